"""Drawing a plan up: its costs, its homes, its alternatives; another one on the ground of one that stands still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.insight.plans import LARGEST_FEN, figure, net_of
from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import within
from linli.kernel.access.refusals import Invalid, Refused, said
from linli.kernel.matters.models import Matter
from linli.kernel.places.models import Kind as PlaceKind
from linli.kernel.places.models import Place
from linli.kernel.rolls.models import Roll, RollState
from linli.law.lifts import HIGHEST, LOWEST, scheme_from
from linli.lib.problems import InputProblem
from linli.lib.texts import clean
from linli.loops.council.plans.actions.holding import holding, note
from linli.loops.council.plans.drawing import homes_under
from linli.loops.council.plans.models import Alternative, How, Kind, Plan, PlanHome
from linli.loops.council.plans.reckoning import subsidies_of

MOST_HOMES: Final = 20_000
MOST_ALTERNATIVES: Final = 8
MOST_ROWS: Final = 8
PLACE_KINDS: Final = (PlaceKind.ENTRANCE, PlaceKind.BUILDING, PlaceKind.COMPOUND)


@dataclass(frozen=True)
class Terms:
    """What a plan costs. Money in fen; `subsidies` and `running` in the shape of the model."""

    title: str
    cost_fen: int = 0
    cost_source: str = ""
    note: str = ""
    lifts: int = 1
    subsidies: Sequence[Mapping[str, Any]] = ()
    running: Sequence[Mapping[str, Any]] = ()
    from_fund: bool = False


def _put(plan: Plan, terms: Terms) -> None:
    """Raises Invalid naming each field that must be mended; a cost still missing is said on the plan's page, a cost below what is given here."""
    title = clean(terms.title, 61)
    wrong: dict[str, list[Any]] = {}
    if not title or len(title) > 60:
        wrong["title"] = [_("请写方案的名称，最多 60 个字。")]
    if not 0 <= terms.cost_fen <= LARGEST_FEN:
        wrong["cost"] = [_("总金额应是不小于零的金额。")]
    if not 1 <= terms.lifts <= 50:
        wrong["lifts"] = [_("电梯数量应是 1 到 50。")]
    if len(terms.subsidies) > MOST_ROWS or len(terms.running) > MOST_ROWS:
        wrong["subsidies"] = [_("补贴和运行费各最多 %(n)s 项。") % {"n": MOST_ROWS}]
    if wrong:
        raise Invalid("bad_terms", _("方案有几处要改。"), fields=wrong)
    plan.title, plan.note = title, clean(terms.note, 1000)
    plan.cost_fen, plan.cost_source = terms.cost_fen, clean(terms.cost_source, 160)
    plan.lifts = terms.lifts if plan.is_lift else 1
    plan.subsidies = [_subsidy(n, row) for n, row in enumerate(terms.subsidies, start=1)]
    plan.running = [_running(n, row) for n, row in enumerate(terms.running, start=1)]
    plan.from_fund = terms.from_fund
    if plan.cost_fen:
        try:
            net_of(plan.cost_fen, subsidies_of(plan), lifts=plan.lifts)
        except InputProblem as problem:
            raise Invalid(problem.code, said(problem), fields={"subsidies": [said(problem)]}) from None


def _subsidy(n: int, row: Mapping[str, Any]) -> dict[str, Any]:
    kind, name, source = row.get("kind"), clean(str(row.get("name", "")), 60), clean(str(row.get("source", "")), 120)
    fen, cap = int(row.get("fen") or 0), row.get("cap_fen")
    share = str(row.get("share") or "0")
    wrong = ""
    if kind not in ("fixed", "per_lift", "share") or not name:
        wrong = _("第 %(n)s 项补贴要写名称，并选怎么补。")
    elif not source:
        wrong = _("第 %(n)s 项补贴要写明来源：哪个部门、哪份文件。")
    elif kind == "share" and not _is_share(share):
        wrong = _("第 %(n)s 项补贴的百分比应在 0 到 100 之间。")
    elif (kind != "share" and not 0 < fen <= LARGEST_FEN) or (cap is not None and not 0 < int(cap) <= LARGEST_FEN):
        wrong = _("第 %(n)s 项补贴的金额应大于零。")
    if wrong:
        words = wrong % {"n": n}
        raise Invalid("bad_subsidy", words, fields={"subsidies": [words]})
    return {
        "name": name, "kind": kind, "source": source, "fen": 0 if kind == "share" else fen,
        "share": share if kind == "share" else "0", "cap_fen": int(cap) if cap is not None and kind == "share" else None,
    }  # fmt: skip


def _is_share(text: str) -> bool:
    share = figure(text)
    return share is not None and 0 < share <= 1


def _running(n: int, row: Mapping[str, Any]) -> dict[str, Any]:
    name, fen = clean(str(row.get("name", "")), 40), row.get("fen")
    if not name or not isinstance(fen, int) or not 0 < fen <= LARGEST_FEN:
        words = _("第 %(n)s 项运行费要写名称和每年的金额。") % {"n": n}
        raise Invalid("bad_running", words, fields={"running": [words]})
    return {"name": name, "fen": fen}


@transaction.atomic
def start(
    *, actor: Actor, kind: str, place: Place, terms: Terms, now: datetime, roll: Roll | None = None, matter: Matter | None = None
) -> Plan:
    """
    Begin a plan for the homes of an entrance, a building or a compound, drawn from the register, or from a frozen roll. A lift begins with the
    published keys as alternatives, a levy by area and by home.

    Raises NotAllowed, Invalid; a place without homes is refused with what to do.
    """
    table.require(actor, "plan.edit", place.path)
    if kind not in Kind.values:
        raise Invalid("bad_kind", _("请选择是加装电梯还是费用分摊。"), fields={"kind": [_("请选择一种。")]})
    if place.kind not in PLACE_KINDS or place.retired_at:
        words = _("请选择一个单元、楼栋或小区。")
        raise Invalid("bad_place", words, fields={"place": [words]})
    plan = Plan(kind=kind, place=place, place_path=place.path, created_at=now, created_by_id=actor.account_id)
    plan.roll, plan.matter = _roll(roll, place), about(matter, place)
    _put(plan, terms)
    plan.save()
    count = _draw(plan)
    if not count:
        words = _("“%(place)s”下面还没有登记房屋。请先在地点或房屋档案里登记各户。") % {"place": place.name}
        raise Invalid("no_homes", words, fields={"place": [words]})
    begin_with(plan)
    note(plan, actor, "start", now, {"homes": count})
    return plan


def _roll(roll: Roll | None, place: Place) -> Roll | None:
    if roll is None:
        return None
    if (
        roll.state != RollState.FROZEN
        or not roll.has_area
        or not (within(place.path, roll.place_path) or within(roll.place_path, place.path))
    ):
        words = _("请选择这个地点已冻结的业主名册，或者从房屋登记取得各户。")
        raise Invalid("bad_roll", words, fields={"roll": [words]})
    return roll


def about(matter: Matter | None, place: Place) -> Matter | None:
    """The motion a plan belongs to. Raises Invalid for another kind of matter and for a motion of somewhere else."""
    if matter is None:
        return None
    if matter.kind != "motion" or not (within(place.path, matter.place_path) or within(matter.place_path, place.path)):
        words = _("%(ref)s 不是这个地点的议题，请核对编号。") % {"ref": matter.ref}
        raise Invalid("bad_matter", words, fields={"matter": [words]})
    return matter


def begin_with(plan: Plan) -> None:
    """The alternatives a plan begins with; the operator changes or removes them."""
    from linli.law.lifts import lift_schemes

    rows: list[dict[str, Any]] = []
    if plan.is_lift:
        for scheme in lift_schemes():
            if scheme.confidence != "example":
                rows.append({"name": scheme.name_zh[:60], "how": How.FLOOR, "scheme": scheme.data()})
        rows.append({"name": gettext_noop("按面积，一层不出"), "how": How.AREA, "free_up_to": 1})
    else:
        rows = [{"name": gettext_noop("按面积分摊"), "how": How.AREA}, {"name": gettext_noop("按户平均"), "how": How.HOME}]
    Alternative.objects.bulk_create([Alternative(plan=plan, number=n, **row) for n, row in enumerate(rows, start=1)])
    plan.lead = 1
    plan.save(update_fields=["lead"])


@transaction.atomic
def change_terms(*, actor: Actor, plan_id: int, terms: Terms, now: datetime, matter: Matter | None = None, seen: int | None = None) -> Plan:
    """Other costs, subsidies or running costs; the motion it belongs to. Raises as `start` does, Conflict."""
    with holding(actor=actor, plan_id=plan_id, verb="terms", now=now, seen=seen) as plan:
        _put(plan, terms)
        plan.matter = about(matter, plan.place)
    return plan


# --- homes ----------------------------------------------------------------------------------------------------
def _draw(plan: Plan) -> int:
    """
    Draw the homes (again): new ones come in, those gone go, what was entered by hand stays. Returns how many there are. Raises Invalid when
    there are too many.
    """
    drawn = homes_under(plan.place, plan.roll, limit=MOST_HOMES)
    if len(drawn) > MOST_HOMES:
        words = _("这里超过 %(n)s 户，请分片各做一份方案。") % {"n": f"{MOST_HOMES:,}"}
        raise Invalid("too_many_homes", words, fields={"place": [words]})
    known = {h.home_id: h for h in plan.homes.all()}
    kept, fresh = [], []
    for d in drawn:
        row = known.pop(d.home.pk, None)
        if row is None:
            why = gettext_noop("车位不参加分摊") if d.parking else ""
            fresh.append(
                PlanHome(
                    plan=plan, home=d.home, path=d.home.path, door=d.door, group_id=d.group_id, floor=d.floor, area=d.area,
                    left_out=d.parking, why_left_out=why,
                )
            )  # fmt: skip
            continue
        row.path, row.door, row.group_id = d.home.path, d.door, d.group_id
        row.floor = row.floor if row.floor_entered else d.floor
        row.area = row.area if row.area_entered else d.area
        kept.append(row)
    PlanHome.objects.bulk_create(fresh, batch_size=500)
    PlanHome.objects.bulk_update(kept, ["path", "door", "group", "floor", "area"], batch_size=200)
    PlanHome.objects.filter(pk__in=[row.pk for row in known.values()]).delete()
    return len(drawn)


@transaction.atomic
def redraw(*, actor: Actor, plan_id: int, now: datetime, seen: int | None = None) -> int:
    """Draw the homes again from where they came; what was entered by hand stays. Returns how many there are."""
    facts: dict[str, Any] = {}
    with holding(actor=actor, plan_id=plan_id, verb="redraw", now=now, seen=seen, facts=facts) as plan:
        facts["homes"] = _draw(plan)
    return int(facts["homes"])


@dataclass(frozen=True)
class Entered:
    """What is entered for one home; a field that is not in `given` stays as it is, None takes the value away."""

    home_id: int
    given: Mapping[str, Any] = field(default_factory=dict)


FIELDS: Final = ("floor", "area", "key", "balance_fen", "left_out", "why_left_out")
LARGEST: Final = {"area": 2_000_000_000, "key": 10**13, "balance_fen": LARGEST_FEN}


@transaction.atomic
def enter(*, actor: Actor, plan_id: int, rows: Sequence[Entered], now: datetime, seen: int | None = None) -> int:
    """
    Enter floors, areas, own keys, fund balances, and who is left out (with the reason). Returns how many homes changed.

    Raises Invalid naming the doors whose values cannot be used; nothing is written then.
    """
    facts: dict[str, Any] = {}
    with holding(actor=actor, plan_id=plan_id, verb="enter", now=now, seen=seen, facts=facts) as plan:
        by_home = {h.home_id: h for h in plan.homes.filter(home_id__in=[r.home_id for r in rows])} if len(rows) < 500 else {
            h.home_id: h for h in plan.homes.all()
        }  # fmt: skip
        wrong: dict[str, list[Any]] = {}
        changed = []
        for row in rows:
            home = by_home.get(row.home_id)
            if home is None:
                wrong.setdefault("homes", []).append(_("这份方案里没有编号 %(id)s 的房屋。") % {"id": row.home_id})
                continue
            before = tuple(getattr(home, f) for f in FIELDS)
            for words in _enter(home, row.given):
                wrong.setdefault("homes", []).append(words)
            if tuple(getattr(home, f) for f in FIELDS) != before:
                changed.append(home)
        if wrong:
            raise Invalid("bad_homes", _("有几户的资料要改，没有写入。"), fields={k: v[:20] for k, v in wrong.items()})
        PlanHome.objects.bulk_update(changed, [*FIELDS, "floor_entered", "area_entered"], batch_size=200)
        facts["homes"] = len(changed)
    return len(changed)


def _enter(home: PlanHome, given: Mapping[str, Any]) -> list[Any]:
    """Put the values on the row; returns what is wrong with them, in words that name the door."""
    wrong = []
    if "floor" in given and given["floor"] != home.floor:
        floor = given["floor"]
        if floor is not None and (not LOWEST <= floor <= HIGHEST or floor == 0):
            wrong.append(_("%(door)s：楼层应是整数，一层写 1，地下一层写 -1。") % {"door": home.door})
        else:
            home.floor, home.floor_entered = floor, floor is not None
    for name in ("area", "key", "balance_fen"):
        value = given.get(name, getattr(home, name))
        if value is not None and not 0 <= value <= LARGEST[name]:
            wrong.append(_("%(door)s：面积、系数和余额都不能是负数，也不能太大。") % {"door": home.door})
        elif value != getattr(home, name):
            setattr(home, name, value)
            if name == "area":
                home.area_entered = value is not None
    if "left_out" in given:
        why = clean(str(given.get("why_left_out", home.why_left_out) or ""), 120)
        if given["left_out"] and not why:
            wrong.append(_("%(door)s：不参加分摊要写明原因。") % {"door": home.door})
        home.left_out, home.why_left_out = bool(given["left_out"]), why if given["left_out"] else ""
    return wrong


# --- alternatives -------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Way:
    """One way to share, as entered; `scheme` in the shape of linli.law.lifts."""

    name: str
    how: str
    scheme: Mapping[str, Any] = field(default_factory=dict)
    free_up_to: int | None = None
    paid_fen: int = 0


def checked(plan: Plan, way: Way) -> dict[str, Any]:
    """The way as it is stored. Raises Invalid naming the field."""
    name = clean(way.name, 61)
    wrong: dict[str, list[Any]] = {}
    if not name or len(name) > 60:
        wrong["name"] = [_("请给这个办法起个名字，最多 60 个字。")]
    if way.how not in How.values:
        wrong["how"] = [_("请选择怎么分摊。")]
    if way.free_up_to is not None and (not LOWEST <= way.free_up_to <= HIGHEST or way.free_up_to == 0):
        wrong["free_up_to"] = [_("楼层应是整数，一层写 1。")]
    if not 0 <= way.paid_fen <= LARGEST_FEN:
        wrong["paid"] = [_("补偿金额应是不小于零的金额。")]
    elif way.paid_fen and way.free_up_to is None:
        wrong["free_up_to"] = [_("写了补偿，就要写明补偿到几层。")]
    scheme: dict[str, Any] = {}
    if way.how == How.FLOOR:
        try:
            scheme = scheme_from(way.scheme).data()
        except InputProblem as problem:
            wrong["scheme"] = [said(problem)]
    if wrong:
        raise Invalid("bad_way", _("分摊办法有几处要改。"), fields=wrong)
    return {"name": name, "how": way.how, "scheme": scheme, "free_up_to": way.free_up_to, "paid_fen": way.paid_fen}


@transaction.atomic
def offer(*, actor: Actor, plan_id: int, way: Way, now: datetime, number: int = 0, seen: int | None = None) -> Alternative:
    """Add an alternative, or change the one with `number`. Raises Invalid, Refused("too_many_ways" | "no_way")."""
    facts: dict[str, Any] = {"name": way.name}
    with holding(actor=actor, plan_id=plan_id, verb="offer", now=now, seen=seen, facts=facts) as plan:
        values = checked(plan, way)
        if number:
            made = plan.alternatives.filter(number=number).first()
            if made is None:
                raise Refused("no_way", _("没有找到这个分摊办法，可能刚刚被删去。"))
            for name, value in values.items():
                setattr(made, name, value)
            made.save()
        else:
            numbers = list(plan.alternatives.values_list("number", flat=True))
            if len(numbers) >= MOST_ALTERNATIVES:
                raise Refused("too_many_ways", _("分摊办法最多 %(n)s 个，请先删去一个。") % {"n": MOST_ALTERNATIVES})
            made = Alternative.objects.create(plan=plan, number=max(numbers, default=0) + 1, **values)
        facts["number"] = made.number
    return made


@transaction.atomic
def take_away(*, actor: Actor, plan_id: int, number: int, now: datetime, seen: int | None = None) -> None:
    """Remove an alternative; the last one stays."""
    with holding(actor=actor, plan_id=plan_id, verb="take_away", now=now, seen=seen, facts={"number": number}) as plan:
        if plan.alternatives.count() < 2:
            raise Refused("last_way", _("至少要留一个分摊办法。"))
        plan.alternatives.filter(number=number).delete()
        if plan.lead == number:
            plan.lead = min(plan.alternatives.values_list("number", flat=True))


@transaction.atomic
def lead_with(*, actor: Actor, plan_id: int, number: int, now: datetime, seen: int | None = None) -> None:
    """Say which alternative counts as the present one, beside which the others are compared."""
    with holding(actor=actor, plan_id=plan_id, verb="lead", now=now, seen=seen, facts={"number": number}) as plan:
        if not plan.alternatives.filter(number=number).exists():
            raise Refused("no_way", _("没有找到这个分摊办法，可能刚刚被删去。"))
        plan.lead = number


@transaction.atomic
def copy(*, actor: Actor, plan_id: int, now: datetime) -> Plan:
    """Another plan with the same costs, homes and alternatives, to be changed; the old one stays as it is."""
    with holding(actor=actor, plan_id=plan_id, verb="copy", now=now, standing=True) as old:
        made = Plan(
            kind=old.kind, title=old.title, note=old.note, place=old.place, place_path=old.place_path, roll_id=old.roll_id, matter_id=old.matter_id,
            follows=old, cost_fen=old.cost_fen, cost_source=old.cost_source, lifts=old.lifts, subsidies=old.subsidies, running=old.running,
            from_fund=old.from_fund, lead=old.lead, created_at=now, created_by_id=actor.account_id,
        )  # fmt: skip
        made.save()
        homes, ways = list(old.homes.all()), list(old.alternatives.all())
        for home in homes:
            home.pk, home.plan = None, made
        for way in ways:
            way.pk, way.plan = None, made
        PlanHome.objects.bulk_create(homes, batch_size=500)
        Alternative.objects.bulk_create(ways)
        note(made, actor, "start", now, {"follows": old.pk})
    return made

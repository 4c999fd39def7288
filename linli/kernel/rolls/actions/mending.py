"""Mending a draft: each finding has its one action. What was decided is kept with its reason and who decided, and can be taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.access.rows import chunks
from linli.kernel.people.models import Person
from linli.kernel.places.models import Place
from linli.kernel.rolls.actions.draft import open_draft
from linli.kernel.rolls.drawing import pair
from linli.kernel.rolls.models import DRAWN, Decision, Roll, RollKind, RollProblem, Voter, VotingUnit
from linli.kernel.rolls.rules import EARNING_AGE, FULL_AGE, age_on
from linli.lib.texts import clean

LARGEST_AREA = 100_000_000  # a million square metres, in 0.01 m²
MOST_ENTRIES = 50_000


def _decide(
    roll: Roll,
    actor: Actor,
    now: datetime,
    verb: str,
    subject: str,
    *,
    home: Place | None = None,
    person: Person | None = None,
    other: Person | None = None,
    value: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Decision:
    made, _new = Decision.objects.update_or_create(
        roll=roll,
        verb=verb,
        subject=subject[:120],
        defaults={
            "home": home,
            "person": person,
            "other": other,
            "value": dict(value or {}),
            "reason": clean(reason, 200),
            "at": now,
            "by_id": actor.account_id,
            "by_name": actor.name[:80],
        },
    )
    return made


def _reason(text: str) -> str:
    """Raises Invalid for an empty one: what is decided about somebody's vote is decided for a reason."""
    text = clean(text, 200)
    if not text:
        raise Invalid("missing", _("请写明依据。"), fields={"reason": [_("请写明依据，例如“不动产登记簿复印件，6 月 3 日查”。")]})
    return text


def _of_kind(roll: Roll, *kinds: str) -> None:
    if roll.kind not in kinds:
        raise Refused("wrong_kind", _("“%(kind)s”名册不用做这一步。") % {"kind": roll.get_kind_display()})


def _home(roll: Roll, place_id: int) -> Place:
    found = Place.objects.filter(pk=place_id).first()
    if found is None or not found.path.startswith(roll.place.path):
        raise NotFound("no_home", _("名册范围内没有这户房屋。"))
    return found


def _voter(roll: Roll, key: str) -> Voter:
    found = Voter.objects.filter(roll=roll, key=key).first()
    if found is None:
        raise NotFound("no_voter", _("名册上没有这一位，可能刚刚被合并或移出，请刷新后再看。"))
    return found


# --- leaving out -------------------------------------------------------------------------------------
def exclude_home(*, actor: Actor, roll_id: int, home_id: int, reason: str, now: datetime, seen: int | None = None) -> Roll:
    """Leave a home out of a roll of owners, by number and by area; the reason is published with the roll."""
    with open_draft(actor=actor, roll_id=roll_id, now=now, seen=seen) as roll:
        _of_kind(roll, RollKind.OWNERS)
        home = _home(roll, home_id)
        _decide(roll, actor, now, "exclude", f"home:{home.pk}", home=home, reason=_reason(reason))
    return roll


def exclude_voter(*, actor: Actor, roll_id: int, key: str, reason: str, now: datetime, seen: int | None = None) -> Roll:
    """
    Leave somebody off a roll, with the reason (deprived of political rights, moved away, died …). An owner is never left off: their right to
    vote goes with the home (Civil Code 278), so of a roll of owners only a home can be left out.
    """
    with open_draft(actor=actor, roll_id=roll_id, now=now, seen=seen) as roll:
        if roll.kind == RollKind.OWNERS:
            raise Refused(
                "owner_stays",
                _("业主的表决权随房屋走，不能把业主移出名册。"),
                rule="民法典 278",
                turn_to=_("房屋不该计入时，请把房屋移出；产权变了，请先在房屋档案里登记。"),
            )
        voter = _voter(roll, key)
        _decide(roll, actor, now, "exclude", f"voter:{key}", person=voter.person, reason=_reason(reason), value={"name": voter.name})
    return roll


# --- homes -------------------------------------------------------------------------------------------
def keep_unknown(*, actor: Actor, roll_id: int, home_id: int, reason: str, now: datetime, seen: int | None = None) -> Roll:
    """
    Count a home whose owner is not known as one voter with its area (OWN-007: one exclusive part counts as one), so that it stays in the
    totals though nobody can vote for it.
    """
    with open_draft(actor=actor, roll_id=roll_id, now=now, seen=seen) as roll:
        _of_kind(roll, RollKind.OWNERS)
        home = _home(roll, home_id)
        _decide(roll, actor, now, "keep_unknown", f"home:{home.pk}", home=home, reason=_reason(reason))
    return roll


def mark_state(*, actor: Actor, roll_id: int, home_id: int, state: str, reason: str, now: datetime, seen: int | None = None) -> Roll:
    """Say that a home is unsold or sold but not handed over: the developer counts as one voter for all of them (OWN-007); or that it is sold."""
    with open_draft(actor=actor, roll_id=roll_id, now=now, seen=seen) as roll:
        _of_kind(roll, RollKind.OWNERS)
        if state not in VotingUnit.State.values:
            raise Invalid("bad_state", _("请选择房屋的状态。"), fields={"state": [_("请选择已交付、未售或已售未交付。")]})
        home = _home(roll, home_id)
        _decide(roll, actor, now, "state", f"home:{home.pk}", home=home, value={"state": state}, reason=_reason(reason))
    return roll


def enter_area(
    *, actor: Actor, roll_id: int, home_id: int, area: int, source: str, reason: str, now: datetime, seen: int | None = None
) -> Roll:
    """
    Enter the area of a home for this roll, in 0.01 m², and where it comes from: register, survey or contract, in this order (OWN-006).

    The home's own record is mended through people.actions.set_home; this is for where the register is not to be touched.
    """
    with open_draft(actor=actor, roll_id=roll_id, now=now, seen=seen) as roll:
        _of_kind(roll, RollKind.OWNERS)
        if not 0 < area <= LARGEST_AREA:
            raise Invalid("bad_area", _("面积应大于 0，请核对。"), fields={"area": [_("请填写大于 0 的面积，例如 89.50。")]})
        if source not in VotingUnit.AreaSource.values:
            raise Invalid("bad_source", _("请选择面积的来源。"), fields={"source": [_("请选择登记簿、测绘或合同。")]})
        home = _home(roll, home_id)
        value = {"area": area, "source": source}
        _decide(roll, actor, now, "area", f"home:{home.pk}", home=home, value=value, reason=_reason(reason))
    return roll


def keep_homes_apart(
    *, actor: Actor, roll_id: int, home_id: int, other_id: int, reason: str, now: datetime, seen: int | None = None
) -> Roll:
    """Two homes that look like one are two."""
    with open_draft(actor=actor, roll_id=roll_id, now=now, seen=seen) as roll:
        both = pair(_home(roll, home_id).pk, _home(roll, other_id).pk)
        _decide(roll, actor, now, "apart_homes", f"homes:{both[0]}-{both[1]}", value={"pair": both}, reason=_reason(reason))
    return roll


# --- who votes ---------------------------------------------------------------------------------------
def name_representative(
    *, actor: Actor, roll_id: int, key: str, person: Person, now: datetime, reason: str = "", seen: int | None = None
) -> Roll:
    """
    Name who votes for joint owners, or for a household: one of themselves (Lishui 12, law.yaml OWN-012). Somebody else needs a written
    authority, recorded with the ballot.
    """
    with open_draft(actor=actor, roll_id=roll_id, now=now, seen=seen) as roll:
        voter = _voter(roll, key)
        among = set(voter.holders.exclude(role="agent").values_list("person_id", flat=True))
        if not (voter.co_owners or voter.household_id) or person.pk not in among:
            raise Refused(
                "not_among_them",
                _("推选的代表应当是共有人（或家庭成员）中的一位。"),
                rule=_("共有人自行推选一人行使表决权"),
                turn_to=_("由别人代为投票的，请在投票时登记书面委托。"),
            )
        _refuse_minor(person, roll)
        value = {"name": person.name}
        _decide(roll, actor, now, "agent", f"voter:{key}", person=person, value=value, reason=reason)
    return roll


def name_agent(
    *,
    actor: Actor,
    roll_id: int,
    key: str,
    now: datetime,
    person: Person | None = None,
    name: str = "",
    reason: str = "",
    seen: int | None = None,
) -> Roll:
    """
    Name who acts for an organisation, a minor, or an owner who died: somebody of the register (who can then vote online), or by name alone.

    Raises Refused for joint owners, who name one of themselves, and for an owner who can act for themselves.
    """
    with open_draft(actor=actor, roll_id=roll_id, now=now, seen=seen) as roll:
        voter = _voter(roll, key)
        name = person.name if person else clean(name, 60)
        if not name:
            raise Invalid("missing", _("请写明由谁代表。"), fields={"person": [_("请填写名册里的人，或写上姓名。")]})
        if not _needs_agent(roll, voter):
            raise Refused(
                "acts_alone",
                _("这一位可以自己投票，不用登记代表。"),
                turn_to=_("想请人代投的，请在投票时登记书面委托。"),
            )
        if person is not None:
            _refuse_minor(person, roll)
        _decide(roll, actor, now, "agent", f"voter:{key}", person=person, value={"name": name}, reason=_reason(reason))
    return roll


def _needs_agent(roll: Roll, voter: Voter) -> bool:
    if voter.organisation or voter.key == "dev":
        return True
    if voter.co_owners or voter.household_id or voter.person is None:
        return False
    born = voter.person.born_on
    minor = born is not None and age_on(born, roll.record_date) < FULL_AGE
    return minor or roll.decisions.filter(verb="deceased", person=voter.person).exists()


def _refuse_minor(person: Person, roll: Roll) -> None:
    if person.erased_at is not None:
        raise Refused("erased", _("这位居民的资料已经删除，不能担任代表。"))
    if person.born_on is not None and age_on(person.born_on, roll.record_date) < FULL_AGE:
        raise Refused("under_age", _("%(name)s未满 18 周岁，不能代表别人投票。") % {"name": person.name}, rule="民法典 18")


# --- people ------------------------------------------------------------------------------------------
def merge_people(*, actor: Actor, roll_id: int, person: Person, other: Person, reason: str, now: datetime, seen: int | None = None) -> Roll:
    """Two records are one person: they count as one on this roll. The records themselves stay as they are."""
    return _pair(actor, roll_id, "merge", "apart", person, other, reason, now, seen)


def keep_apart(*, actor: Actor, roll_id: int, person: Person, other: Person, reason: str, now: datetime, seen: int | None = None) -> Roll:
    """Two records that look like one are two people."""
    return _pair(actor, roll_id, "apart", "merge", person, other, reason, now, seen)


def _pair(
    actor: Actor, roll_id: int, verb: str, instead_of: str, person: Person, other: Person, reason: str, now: datetime, seen: int | None
) -> Roll:
    with open_draft(actor=actor, roll_id=roll_id, now=now, seen=seen) as roll:
        if person.pk == other.pk:
            raise Invalid("same_record", _("请选择两份不同的居民资料。"))
        if (
            verb == "merge"
            and person.identity_blind
            and other.identity_blind
            and bytes(person.identity_blind) != bytes(other.identity_blind)
        ):
            raise Refused(
                "two_identities",
                _("这两份资料的身份证号不同，是两个人。"),
                turn_to=_("身份证号登错了的，请先在居民资料里改正。"),
            )
        both = pair(person.pk, other.pk)
        subject = f"pair:{both[0]}-{both[1]}"
        Decision.objects.filter(roll=roll, verb=instead_of, subject=subject).delete()
        _decide(roll, actor, now, verb, subject, person=person, other=other, value={"pair": both}, reason=_reason(reason))
    return roll


def mark_deceased(*, actor: Actor, roll_id: int, person: Person, reason: str, now: datetime, seen: int | None = None) -> Roll:
    """An owner has died and the heirs are not registered yet: the home stays on the roll, an heir may be named to vote for it."""
    with open_draft(actor=actor, roll_id=roll_id, now=now, seen=seen) as roll:
        _of_kind(roll, RollKind.OWNERS)
        if not roll.holders.filter(person=person).exists():
            raise NotFound("no_voter", _("名册上没有这一位，可能刚刚被合并或移出，请刷新后再看。"))
        _decide(roll, actor, now, "deceased", f"person:{person.pk}", person=person, reason=_reason(reason))
    return roll


def admit(*, actor: Actor, roll_id: int, person: Person, reason: str, now: datetime, seen: int | None = None) -> Roll:
    """
    Admit somebody whose age decides: of sixteen or seventeen who lives mainly on their own work (Civil Code 18), or whose birth date is not
    known but who is of age. Raises Refused for anybody known to be under sixteen, and for who needs no admitting.
    """
    with open_draft(actor=actor, roll_id=roll_id, now=now, seen=seen) as roll:
        _of_kind(roll, *(kind for kind in RollKind.values if kind not in (RollKind.OWNERS, RollKind.HOUSEHOLDS)))
        age = age_on(person.born_on, roll.record_date) if person.born_on else None
        if age is not None and age < EARNING_AGE:
            raise Refused("under_sixteen", _("%(name)s未满 16 周岁，不能列入。") % {"name": person.name}, rule="民法典 18")
        if age is not None and age >= FULL_AGE:
            raise Refused("of_age", _("%(name)s已满 18 周岁，不用另外列入。") % {"name": person.name})
        _decide(roll, actor, now, "admit", f"person:{person.pk}", person=person, reason=_reason(reason))
    return roll


# --- entering ----------------------------------------------------------------------------------------
def enter(
    *,
    actor: Actor,
    roll_id: int,
    now: datetime,
    person: Person | None = None,
    name: str = "",
    bodies: Sequence[str] = (),
    place: Place | None = None,
    note: str = "",
    seen: int | None = None,
) -> Roll:
    """
    Enter one representative, member or person of a list: of the register, or by name alone (who can then vote on paper only).

    `bodies` are those they sit in ("党委", "居委会"), `place` is what they stand for. Entering the same person again replaces the entry.
    """
    entry = {"person": person, "name": name, "bodies": tuple(bodies), "place": place, "note": note}
    return enter_many(actor=actor, roll_id=roll_id, now=now, entries=[entry], seen=seen)


def enter_many(*, actor: Actor, roll_id: int, now: datetime, entries: Iterable[Mapping[str, Any]], seen: int | None = None) -> Roll:
    """Enter many at once, as from a sheet; each as in `enter`. Bodies of one person add up. Raises Invalid when one has neither person nor name."""
    rows = list(entries)
    with open_draft(actor=actor, roll_id=roll_id, now=now, seen=seen) as roll:
        _of_kind(roll, *(kind for kind in RollKind.values if kind not in DRAWN))
        if roll.decisions.filter(verb="enter").count() + len(rows) > MOST_ENTRIES:
            raise Refused("too_many", _("一份名单最多 %(most)s 人。") % {"most": MOST_ENTRIES})
        known = {one.subject: one for one in roll.decisions.filter(verb="enter")}
        made: dict[str, Decision] = {}
        for one in (_entry(roll, actor, now, row) for row in rows):
            before = made.get(one.subject) or known.get(one.subject)
            one.value["bodies"] = list(dict.fromkeys([*(before.value.get("bodies", ()) if before else ()), *one.value["bodies"]]))
            made[one.subject] = one
        for part in chunks(known[subject].pk for subject in made if subject in known):
            roll.decisions.filter(pk__in=part).delete()
        Decision.objects.bulk_create(made.values(), batch_size=500)
    return roll


def _entry(roll: Roll, actor: Actor, now: datetime, row: Mapping[str, Any]) -> Decision:
    person, place = row.get("person"), row.get("place")
    name = person.name if person else clean(str(row.get("name", "")), 60)
    if not name:
        raise Invalid("missing", _("请填写姓名。"), fields={"name": [_("请填写名册里的人，或写上姓名。")]})
    note = clean(str(row.get("note", "")), 120)
    bodies = [clean(body, 40) for body in row.get("bodies", ()) if clean(body, 40)]
    return Decision(
        roll=roll,
        verb="enter",
        subject=f"person:{person.pk}" if person else f"name:{name} {place.pk if place else ''} {note}".strip()[:120],
        person=person,
        home=place,
        value={"name": name, "bodies": bodies, "note": note},
        at=now,
        by_id=actor.account_id,
        by_name=actor.name[:80],
    )


# --- taking back, and many at once -------------------------------------------------------------------
def take_back(*, actor: Actor, roll_id: int, decision_id: int, now: datetime, seen: int | None = None) -> Roll:
    """Take back what was decided (or entered), as long as the roll is a draft. Raises NotFound when it is gone."""
    with open_draft(actor=actor, roll_id=roll_id, now=now, seen=seen) as roll:
        if not roll.decisions.filter(pk=decision_id).delete()[0]:
            raise NotFound("no_decision", _("这一条已经撤回了。"))
    return roll


# What may be said of all findings of one kind at once: the finding, and the decisions that settle it.
FOR_ALL: Mapping[str, tuple[str, ...]] = {
    "no_owner": ("keep_unknown", "unsold", "exclude"),
    "no_area": ("exclude",),
    "no_birth_date": ("admit", "exclude"),
    "alike_people": ("apart", "merge"),
    "alike_homes": ("apart_homes",),
}


def settle_all(*, actor: Actor, roll_id: int, code: str, verb: str, reason: str, now: datetime, seen: int | None = None) -> Roll:
    """
    Settle every finding `code` the draft has by the same decision `verb`, for one reason.

    For registers with hundreds of gaps. Raises Refused for a pair that FOR_ALL does not name.
    """
    if verb not in FOR_ALL.get(code, ()):
        raise Refused("not_for_all", _("这一类问题要一件一件处理。"))
    with open_draft(actor=actor, roll_id=roll_id, now=now, seen=seen) as roll:
        reason = _reason(reason)
        found = list(RollProblem.objects.filter(roll=roll, code=code).select_related("home", "person", "other_person"))
        made = [one for one in (_settled(roll, actor, now, verb, reason, problem) for problem in found) if one is not None]
        known = set(roll.decisions.filter(verb__in={one.verb for one in made}).values_list("verb", "subject"))
        Decision.objects.bulk_create([one for one in made if (one.verb, one.subject) not in known], batch_size=500)
    return roll


def _settled(roll: Roll, actor: Actor, now: datetime, verb: str, reason: str, problem: RollProblem) -> Decision | None:
    home, person, other = problem.home, problem.person, problem.other_person
    value: dict[str, Any] = {}
    if verb in ("apart", "merge"):
        if person is None or other is None:
            return None
        value = {"pair": pair(person.pk, other.pk)}
        subject = f"pair:{value['pair'][0]}-{value['pair'][1]}"
    elif verb == "apart_homes":
        value = {"pair": pair(problem.home_id or 0, problem.other_home_id or 0)}
        subject, home = f"homes:{value['pair'][0]}-{value['pair'][1]}", None
    elif verb == "admit":
        subject = f"person:{problem.person_id}"
    elif roll.kind == RollKind.OWNERS:
        subject, person, other = f"home:{problem.home_id}", None, None
    else:
        subject, home = f"voter:{problem.facts.get('voter', '')}", None
    if verb == "unsold":
        verb, value = "state", {"state": "unsold"}
    return Decision(
        roll=roll,
        verb=verb,
        subject=subject,
        home=home if verb != "admit" else None,
        person=person,
        other=other,
        value=value,
        reason=reason,
        at=now,
        by_id=actor.account_id,
        by_name=actor.name[:80],
    )

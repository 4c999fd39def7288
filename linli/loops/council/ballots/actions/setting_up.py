"""Setting a ballot up, freezing it with the notice, opening it on its day, stopping it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor, system
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused, said
from linli.kernel.files.actions import erase_file
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.lawful import first_moment_after
from linli.kernel.rolls.lawful import is_village_election
from linli.kernel.rolls.models import Roll, RollObjection, RollState
from linli.law import voting
from linli.law.reading import PackError
from linli.lib.problems import InputProblem
from linli.loops.council.ballots import locks
from linli.loops.council.ballots.models import Ballot, Hearing, Kind, Proxy, Reading, Secrecy, State
from linli.loops.council.ballots.rules import check_question, window_problems
from linli.loops.council.ballots.wording import refuse, rule_words
from linli.loops.council.motions.actions import deciding
from linli.loops.council.motions.actions.preparing import decision_of, take_back_notice
from linli.loops.council.motions.actions.taking import text_in_force
from linli.loops.council.motions.models import Motion
from linli.loops.council.motions.roads import road_of
from linli.web.words import date_long

VILLAGE_ELECTION = "village_election."
_WINDOW = {
    "window_short": lambda n: _("投票时间太短：本地规定至少 %(n)s 天。") % {"n": n},
    "window_long": lambda n: _("投票时间太长：本地规定最多 %(n)s 天。") % {"n": n},
    "opens_in_notice": lambda n: _("投票不能早于公告期满。"),
}


def ballot_of(actor: Actor, ballot_id: int, verb: str = "ballot.read") -> Ballot:
    """A ballot for whoever may do `verb` at its place. Raises NotFound, NotAllowed."""
    found = Ballot.objects.select_related("motion__matter__place", "roll").filter(pk=ballot_id).first()
    if found is None:
        raise NotFound("no_ballot", _("没有找到这次表决。"))
    table.require(actor, verb, found.motion.matter.place_path)
    return found


@transaction.atomic
def set_up(
    *,
    actor: Actor,
    motion: Motion,
    roll: Roll,
    opens_at: datetime,
    closes_at: datetime,
    now: datetime,
    kind: str = Kind.YES_NO,
    question: Mapping[str, Any] | None = None,
    profile: str = "",
    jurisdiction: str = "CN",
    policies: Mapping[str, str] | None = None,
    conditions: Sequence[str] = (),
    thresholds: Mapping[str, Any] | None = None,
    thresholds_source: str = "",
    silent_clause: str = "",
    secrecy: str = Secrecy.NAMED,
    first_stands: bool = False,
    settle_signed: bool = False,
    proxy_most: int | None = None,
    official_system: str = "",
    seen: int | None = None,
) -> Ballot:
    """
    Prepare (or change, while nothing is announced) the ballot for the motion's next decision. Doing it twice changes the one draft.

    Raises Refused("roll_not_frozen" | "draft_only"), Invalid for a question, rule, window or policy that cannot be used; a rule whose figures
    nobody verified asks for `thresholds` with their source.
    """
    table.require(actor, "ballot.set_up", motion.matter.place_path)
    step = decision_of(motion)
    if road_of(motion).steps[step].how != "ballot" and kind != Kind.SURVEY:
        raise Refused("not_by_ballot", _("这条议事程序的下一步不是投票决定的。"), rule=road_of(motion).name("zh-hans"))
    # A survey stands beside the ballot that decides, and neither is changed by setting up the other.
    mine = Q(kind=Kind.SURVEY, state=State.DRAFT) if kind == Kind.SURVEY else ~Q(kind=Kind.SURVEY) & ~Q(state=State.ABANDONED)
    draft = Ballot.objects.select_for_update().filter(mine, motion=motion, step=step).first()
    if draft is not None and draft.state != State.DRAFT:
        raise refuse("draft_only")
    if draft is not None and seen is not None and seen != draft.version:
        raise Conflict("changed_meanwhile", _("就在刚才，别人改了这次表决的设置。请看最新情况后再改。"))
    if roll.state != RollState.FROZEN:
        raise refuse("roll_not_frozen")
    place, rule = _rule(jurisdiction, profile, kind, thresholds or {}, thresholds_source, now)
    asked = _question(motion, kind, question or {})
    chosen = _policies(policies or {}, place, silent_clause)
    by_objection = bool(rule in voting.profiles() and voting.profiles()[rule].object_max)
    if by_objection:
        _check_objection(kind, asked, chosen, silent_clause, roll, secrecy)
    if secrecy == Secrecy.SECRET:  # an invalid paper that took no part would belong to nobody
        chosen.setdefault("invalid_ballot", "participates_not_consent")
    _check_window(place, opens_at, closes_at, now)
    _check_roll_posted(place, rule, roll, opens_at)
    consultative = place.is_set("official_platform_required") and roll.has_area and kind != Kind.SURVEY
    if secrecy not in Secrecy.values:
        raise Invalid("bad_secrecy", _("请选择记名或无记名。"), fields={"secrecy": [_("请选择记名或无记名。")]})
    values: dict[str, Any] = {
        "kind": kind,
        "question": asked,
        "roll": roll,
        "jurisdiction": place.id,
        "profile": rule,
        "policies": chosen,
        "conditions": sorted({*conditions, *(voting.policies()["silent"].needs if chosen.get("silent", "strict") != "strict" else ())}),
        "thresholds": dict(thresholds or {}),
        "thresholds_source": thresholds_source.strip()[:200],
        "silent_clause": silent_clause.strip()[:300] if by_objection or chosen.get("silent", "strict") != "strict" else "",
        "secrecy": secrecy,
        "first_stands": first_stands or secrecy == Secrecy.SECRET,
        "settle_signed": settle_signed,
        "proxy_most": proxy_most if proxy_most is not None else place.days("proxy_principals_max"),
        "consultative": consultative or kind == Kind.SURVEY,
        "official_system": official_system.strip()[:80],
        "opens_at": opens_at,
        "closes_at": closes_at,
    }
    if draft is None:
        return Ballot.objects.create(motion=motion, step=step, round=motion.round, created_at=now, created_by_id=actor.account_id, **values)
    for name, value in values.items():
        setattr(draft, name, value)
    draft.version += 1
    draft.save()
    return draft


def _rule(
    jurisdiction: str, profile: str, kind: str, thresholds: Mapping[str, Any], source: str, now: datetime
) -> tuple[voting.Place, str]:
    """The place and the profile's id, checked to be usable on the day. Raises Invalid naming what is missing."""
    try:
        place = voting.place(jurisdiction)
        if kind == Kind.SURVEY:
            return place, profile or "custom"
        if profile == "custom" or profile not in voting.profiles():
            chosen = voting.Profile(id="custom", name_zh="自定规则", name_en="Rule of your own", verified=False)
        else:
            chosen = voting.profile(profile)
        if thresholds:
            chosen = chosen.with_thresholds(thresholds.get("take_part"), thresholds.get("agree", {}), source=source)
    except PackError as problem:
        raise Invalid("bad_rule", str(problem), fields={"profile": [_("请选择通过标准，并写明数字和出处。")]}) from None
    if refused := chosen.why_not(now.date(), place.id):
        raise Invalid(
            refused.code,
            said(refused),
            fields={"thresholds": [_("请按现行法写明参加和同意各要多少，并写明出处。")]},
        )
    return place, chosen.id


def _question(motion: Motion, kind: str, question: Mapping[str, Any]) -> dict[str, Any]:
    """The question checked; options not given are those of the motion's text in force, which is then remembered by its number."""
    if kind not in Kind.values:
        raise Invalid("bad_kind", _("请选择表决的种类。"), fields={"kind": [_("请选择种类。")]})
    from_text = "options" not in question
    given = {**question, "options": text_in_force(motion).options} if from_text else question
    try:
        made = check_question(kind, given)
    except InputProblem as problem:
        raise Invalid(problem.code, said(problem), fields={"question": [said(problem)]}) from None
    return {**made, "text": motion.version} if from_text and "options" in made else made


def _policies(given: Mapping[str, str], place: voting.Place, silent_clause: str) -> dict[str, str]:
    """
    The policies chosen. Counting silence otherwise than strictly rests on an adopted clause (OWN-014): without its words, or where the place
    does not allow one, it is refused.
    """
    known = voting.policies()
    for name, value in given.items():
        if name not in known or value not in known[name].values:
            raise Invalid("bad_policy", _("请从列表里选计票口径。"), fields={"policies": [_("请从列表里选计票口径。")]})
    if given.get("silent", "strict") != "strict":
        if not place.is_set("silent_clause_allowed"):
            words = _("这里不允许把没有交回的票算作参与或同意，只能按严格口径。")
            raise Invalid("silent_forbidden", words, fields={"silent": [words]})
        if not silent_clause.strip():
            words = _("请写明管理规约或议事规则里关于未交回表决票的条款；没有这样的条款，只能按严格口径。")
            raise Invalid("clause_missing", words, fields={"silent_clause": [words]})
    return dict(given)


def _check_objection(kind: str, asked: Mapping[str, Any], policies: Mapping[str, str], basis: str, roll: Roll, secrecy: str) -> None:
    """
    Objection voting (OWN-018) asks one question of owners with areas, counts objections against everybody, and rests on a decision of the assembly
    to vote so. Raises Invalid naming what is missing.
    """
    if kind != Kind.YES_NO or asked.get("options") or not roll.has_area:
        words = _("异议表决只能就一个方案问业主有没有异议。请选“同意、反对、弃权”，名册用业主名册。")
        raise Invalid("bad_objection", words, fields={"kind": [words]})
    if policies.get("silent", "strict") != "strict":
        words = _("异议表决里没有交回的票就是没有异议，不用另选口径。")
        raise Invalid("bad_objection", words, fields={"silent": [words]})
    if secrecy == Secrecy.SECRET:
        words = _("异议表决要记名：反对的面积要公布，大家才能复算。")
        raise Invalid("bad_objection", words, fields={"secrecy": [words]})
    if not basis.strip():
        words = _("请写明业主大会哪一次决定采用异议表决；没有这样的决定不能用。")
        raise Invalid("clause_missing", words, fields={"silent_clause": [words]})


def _check_window(place: voting.Place, opens_at: datetime, closes_at: datetime, now: datetime) -> None:
    if closes_at <= opens_at or closes_at <= now:
        raise Invalid("bad_window", _("截止时间要晚于开始时间。"), fields={"closes_at": [_("请把截止时间改到开始之后。")]})
    least, most = place.days("ballot_open_days_min"), place.days("ballot_open_days_max")
    for code in window_problems(opens_at=opens_at, closes_at=closes_at, least_days=least, most_days=most, decidable_from=None):
        words = _WINDOW[code](least if code == "window_short" else most)
        raise Invalid(code, words, fields={"closes_at": [words]})


def _check_roll_posted(place: voting.Place, profile: str, roll: Roll, opens_at: datetime) -> None:
    """
    Villagers' electors are listed in public for the days the law asks before their committee is elected, on a list whose objections were heard
    as it says (VIL-005). Raises Invalid naming the first day, or that the roll is none of electors.
    """
    setting = place.setting("village_roll_posted_days") if profile.startswith(VILLAGE_ELECTION) else None
    if setting is None or roll.frozen_at is None:
        return
    if not is_village_election(roll):
        words = _("村民委员会选举要用选民名单：请另外草拟一份名册，“用来做什么”选村民委员会选举（%(article)s）。")
        said = words % {"article": setting.source.citation}
        raise Invalid("no_electors", said, fields={"roll": [said]})
    days = place.days("village_roll_posted_days") or 0
    first = first_moment_after(roll.frozen_at, days)
    if opens_at < first:
        words = _("选民名单要公布满 %(days)s 天才能投票（%(article)s）：请把开始时间改到 %(when)s 以后。")
        said = words % {"days": days, "article": setting.source.citation, "when": date_long(first)}
        raise Invalid("roll_posted_short", said, fields={"opens_at": [said]})


@transaction.atomic
def open_now(*, actor: Actor, ballot_id: int, now: datetime) -> Ballot:
    """Open an announced ballot from its hour on. Raises Refused("not_open") before it, and as the notice's days demand."""
    ballot = ballot_of(actor, ballot_id, "ballot.open")
    ballot = Ballot.objects.select_for_update(of=("self",)).select_related("motion", "roll").get(pk=ballot.pk)
    if ballot.state == State.OPEN:
        return ballot
    if ballot.state != State.ANNOUNCED or now < ballot.opens_at:
        raise refuse("not_open")
    _refuse_undecided(ballot)
    if ballot.kind != Kind.SURVEY:
        deciding.open_ballot(actor=actor, matter_id=ballot.motion_id, now=now)
    ballot.state, ballot.opened_at = State.OPEN, now
    ballot.save(update_fields=["state", "opened_at"])
    return ballot


def _refuse_undecided(ballot: Ballot) -> None:
    """Electors whose objection to the list is not decided must not find the vote begun (VIL-005). One query where the rule holds, else none."""
    if not ballot.profile.startswith(VILLAGE_ELECTION):
        return
    waiting = RollObjection.objects.filter(roll_id=ballot.roll_id, state=RollObjection.State.OPEN).count()
    if waiting:
        raise Refused(
            "objections_open",
            _("选民名单还有 %(n)s 件异议没有处理决定，不能开始投票。") % {"n": waiting},
            rule=rule_words("VIL-005"),
            turn_to=_("请在“对名册的异议”里逐件处理。"),
        )


def open_due(now: datetime, *, limit: int = 50) -> int:
    """Open the announced ballots whose hour has come; returns how many. One that cannot be opened waits for a person and is no obstacle."""
    opened = 0
    house = system("ballots")
    for pk in list(
        Ballot.objects.filter(state=State.ANNOUNCED, opens_at__lte=now).order_by("opens_at").values_list("pk", flat=True)[:limit]
    ):
        try:
            open_now(actor=house, ballot_id=pk, now=now)
            opened += 1
        except Refused:
            continue
    return opened


def close_due(now: datetime, *, limit: int = 50) -> int:
    """Close the open ballots whose time is over; returns how many. Votes count by the hour they were cast, not by when this runs."""
    due = Ballot.objects.filter(state=State.OPEN, closes_at__lte=now).order_by("closes_at").values_list("pk", flat=True)[:limit]
    return Ballot.objects.filter(pk__in=list(due), state=State.OPEN).update(state=State.CLOSED, closed_at=now)


@transaction.atomic
def abandon(*, actor: Actor, ballot_id: int, text: str, now: datetime) -> Ballot:
    """Stop a ballot in public: its votes count for nothing, the motion goes back to be drafted and announced anew."""
    ballot = ballot_of(actor, ballot_id, "ballot.open")
    locks.alone(ballot_id)
    ballot = Ballot.objects.select_for_update(of=("self",)).select_related("motion__matter").get(pk=ballot.pk)
    if ballot.state == State.COUNTED:
        raise refuse("already_counted")
    if not text.strip():
        raise Invalid("missing", _("请写明为什么停止。"), fields={"text": [_("请写明为什么停止。")]})
    was = ballot.state
    if ballot.motion.matter.state == "balloting" and ballot.kind != Kind.SURVEY:
        deciding.abandon_ballot(actor=actor, matter_id=ballot.motion_id, now=now, text=text)
    ballot.state, ballot.why_abandoned, ballot.closed_at = State.ABANDONED, text[:300], now
    ballot.key, ballot.key_destroyed_at = "", now
    ballot.save()
    if ballot.is_secret:
        forget_papers(ballot)
    if was == State.ANNOUNCED and ballot.kind != Kind.SURVEY:
        # A notice of a ballot there will not be must not stand on the board as if one could decide by it.
        take_back_notice(actor=actor, matter_id=ballot.motion_id, now=now, text=text)
    return ballot


def forget_papers(ballot: Ballot) -> None:
    """
    What still ties a secret choice to a voter outside the sealed votes: what was keyed, heard or instructed, the scans of papers whose code
    names the voter, and the authorities that say how to vote, of which the hash stays. Erased for good when the ballot is counted or abandoned;
    the paper itself stays in the sealed box.
    """
    readings = Reading.objects.filter(sheet__ballot=ballot)
    scans = list(StoredFile.objects.filter(pk__in=readings.exclude(scan=None).values("scan_id")))
    readings.update(choice=b"", second=b"", scan=None)
    Hearing.objects.filter(ballot=ballot).update(choice=b"")
    instructed = [p for p in Proxy.objects.filter(ballot=ballot).select_related("authority") if p.instruction]
    for proxy in instructed:
        if proxy.authority is not None:
            scans.append(proxy.authority)
            Proxy.objects.filter(pk=proxy.pk).update(authority=None, authority_hash=proxy.authority.sha256)
    Proxy.objects.filter(ballot=ballot).update(instruction=b"")
    for scan in scans:
        erase_file(scan)

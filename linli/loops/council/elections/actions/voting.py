"""The vote: a ballot of the kind election set up by the ballots' own act, its result taken; or the result of the poll entered with its proof."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from linli.insight.choice.seats import Allotted, Standing, allot
from linli.kernel.access.actor import Actor, system
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.files.actions import Readable, store_paper
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.promises import calendar
from linli.kernel.rolls.models import Roll
from linli.law.elections import body
from linli.lib.calendar import WorkCalendar
from linli.loops.council.ballots.actions import setting_up
from linli.loops.council.ballots.models import Ballot
from linli.loops.council.ballots.models import State as BallotState
from linli.loops.council.elections import rules
from linli.loops.council.elections.actions.acting import Acting, acting
from linli.loops.council.elections.models import Candidate, Election, Objection, Seat, State, Task
from linli.loops.council.elections.wording import PATTERN, notice_of_result
from linli.loops.council.motions.models import Motion


def set_ballot(
    *,
    actor: Actor,
    election_id: int,
    roll_id: int,
    opens_at: datetime,
    closes_at: datetime,
    now: datetime,
    secret: bool = True,
    thresholds_source: str = "",
    once: str = "",
) -> Ballot:
    """
    Set the ballot up among the posted candidates, through the ballots' own act, for the motion this election belongs to. Its notice is given from
    the motion. Raises Refused while an objection is open or the posting stands, and whatever the ballots' act raises.
    """
    with acting(actor, election_id, "set_ballot", now, permission="election.plan", once=once) as act:
        election = act.election
        if act.repeated and election.ballot is not None:
            return election.ballot
        _settled(election, now)
        motion = Motion.objects.filter(pk=election.about_id or 0).first()
        if motion is None:
            raise Refused(
                "no_motion", _("请先提出“选举%(body)s”的议题，写在选举安排里，再设置投票。") % {"body": body(election.body).name_zh}
            )
        roll = Roll.objects.filter(pk=roll_id).first()
        if roll is None:
            raise Invalid("no_roll", _("请选择冻结的名册。"), fields={"roll_id": [_("请选择冻结的名册。")]})
        candidates = _accepted(election)
        ballot = setting_up.set_up(
            actor=actor,
            motion=motion,
            roll=roll,
            opens_at=opens_at,
            closes_at=closes_at,
            now=now,
            kind="election",
            question={
                "options": [_option(c) for c in candidates],
                "seats": election.seats,
                "alternates": election.alternates,
                "quotas": election.quotas,
            },
            profile=body(election.body).profile,
            jurisdiction=election.jurisdiction,
            secrecy="secret" if secret else "named",
            thresholds_source=thresholds_source,
        )
        election.ballot, election.state = ballot, State.VOTING
        act.record("set_ballot", ballot=ballot.pk, count=len(candidates))
    return ballot


def _option(candidate: Candidate) -> dict[str, Any]:
    """A candidate as the ballot freezes it; with the quotas they count for, which were looked at when they were checked."""
    made: dict[str, Any] = {"code": candidate.code, "title": candidate.name, "text": candidate.statement[:300]}
    return {**made, "groups": list(candidate.groups)} if candidate.groups else made


def _settled(election: Election, now: datetime) -> None:
    if Objection.objects.filter(election=election, state="open").exists():
        raise Refused("objections_open", _("还有异议没有答复。"))
    if election.posted_until is None or now < election.posted_until:
        raise Refused("still_posted", _("候选人公示期还没有结束。"))
    if len(_accepted(election)) < election.seats:
        raise Refused("few_candidates", _("候选人比席位少，不能投票。"))


def _accepted(election: Election) -> list[Candidate]:
    return list(Candidate.objects.filter(election=election, state="accepted").order_by("number"))


def take_result(*, actor: Actor, election_id: int, now: datetime) -> Election:
    """
    Take the result of the counted ballot: seats and alternates as the count gave them, by the quotas the ballot froze. Raises Refused before it was
    counted.
    """
    with acting(actor, election_id, "take_result", now, permission="election.plan") as act:
        ballot = act.election.ballot
        if ballot is None or ballot.state != BallotState.COUNTED:
            raise Refused("not_counted", _("投票还没有计票。"))
        if ballot.consultative:
            raise Refused("consultative", _("这次表决是征询性的：请录入正式系统或者投票站的结果和证明。"))
        votes = {o["code"]: o["heads"] for o in ballot.result["options"]}
        _decide(act, votes, _allotted(act.election, ballot, votes), how="ballot")
    return act.election


def _allotted(election: Election, ballot: Ballot, votes: Mapping[str, int]) -> Allotted:
    """
    What the count says of the seats, by the candidates' numbers. A ballot announced before quotas stood in its terms is allotted by the plan, which its
    call announced.
    """
    result = ballot.result
    if "alternates" not in ballot.question:
        return _by_votes(election, votes, {o["code"] for o in result["options"] if o["law"]["passed"]})

    def numbers(name: str) -> tuple[int, ...]:
        return tuple(int(code[1:]) for code in result[name])

    return Allotted(
        elected=numbers("elected"),
        alternates=numbers("alternates"),
        tied=numbers("tied"),
        tied_by=numbers("tied_alternates"),
        by_quota=tuple((int(row["code"][1:]), row["quota"]) for row in result["by_quota"]),
        displaced=numbers("displaced"),
        short_of=tuple(result["short_of"]),
    )


def take_due(now: datetime, *, limit: int = 20) -> int:
    """Take the results of ballots counted since; returns how many. One that cannot be taken waits for a person."""
    ready = Election.objects.filter(state=State.VOTING, ballot__state=BallotState.COUNTED, ballot__consultative=False)
    taken = 0
    for pk in list(ready.values_list("pk", flat=True)[:limit]):
        try:
            take_result(actor=system("elections"), election_id=pk, now=now)
            taken += 1
        except Refused:
            continue
    return taken


def enter_result(
    *,
    actor: Actor,
    election_id: int,
    votes: Sequence[str],
    needed: int,
    now: datetime,
    text: str = "",
    upload: Readable | None = None,
    name: str = "",
    once: str = "",
) -> Election:
    """
    Enter the result of the poll, or of the government's own system, with its proof: `votes` are "number=votes", `needed` how many votes elect.

    Raises Invalid for votes that cannot be read or without proof.
    """
    with acting(actor, election_id, "enter_result", now, permission="election.plan", once=once) as act:
        election = act.election
        if act.repeated:
            return election
        _settled(election, now)
        counted = _read_votes(votes, _accepted(election))
        if upload is None and len(text.strip()) < 4:
            words = _("请上传选举结果报告单的照片或文件，或者写明在哪里可以查到。")
            raise Invalid("no_proof", words, fields={"upload": [words]})
        election.proof = store_paper(actor=actor, upload=upload, name=name, now=now) if upload else None
        passed = {code for code, n in counted.items() if n >= needed}
        _decide(act, counted, _by_votes(election, counted, passed), how="poll", text=text.strip()[:300], needed=needed)
    return election


def _by_votes(election: Election, votes: Mapping[str, int], passed: Collection[str]) -> Allotted:
    """The seats by the votes of each, to those who passed."""
    standings = [Standing(c.number, votes.get(c.code, 0), c.code in passed, frozenset(c.groups)) for c in _accepted(election)]
    quotas = {q["code"]: q["least"] for q in election.quotas}
    return allot(standings, seats=election.seats, alternates=election.alternates, quotas=quotas)


def _read_votes(votes: Sequence[str], candidates: Sequence[Candidate]) -> dict[str, int]:
    found: dict[str, int] = {}
    known = {str(c.number): c.code for c in candidates}
    for row in votes:
        number, _eq, count = str(row).partition("=")
        if number in known and count.strip().isdecimal() and int(count) < 10_000_000:
            found[known[number]] = int(count)
    if set(found) != set(known.values()):
        words = _("请给每位候选人填得票数。")
        raise Invalid("bad_votes", words, fields={"votes": [words]})
    return found


def _decide(act: Acting, votes: Mapping[str, int], result: Allotted, *, how: str, **facts: Any) -> None:
    election = act.election
    candidates = _accepted(election)
    today = act.now.astimezone(ZONE).date()
    for c in candidates:
        c.votes = votes.get(c.code, 0)
        place = result.elected.index(c.number) + 1 if c.number in result.elected else None
        waits = result.alternates.index(c.number) + 1 if c.number in result.alternates else None
        c.outcome = "elected" if place else "alternate" if waits else "not_elected"
        c.rank = place or waits
        if c.rank:
            kind = Seat.Kind.MEMBER if place else Seat.Kind.ALTERNATE
            Seat.objects.create(election=election, candidate=c, kind=kind, order=c.rank, since_on=today)
    Candidate.objects.bulk_update(candidates, ["votes", "outcome", "rank"])
    election.state, election.elected_at = State.IN_OFFICE, act.now
    election.term_from, election.term_until = today, rules.months_later(today, election.term_months)
    election.filing_due_on = last_day(act.now, election.filing_days, calendar())
    election.result = {
        "how": how,
        "votes": {str(c.number): c.votes for c in candidates},
        "tied": list(result.tied),
        "tied_alternates": list(result.tied_by),
        "by_quota": [{"number": number, "quota": quota} for number, quota in result.by_quota],
        "displaced": list(result.displaced),
        "short_of": list(result.short_of),
        "vacant": election.seats - len(result.elected),
        **facts,
    }
    _tasks(act)
    notice = act.publish(lambda: notice_of_result(election, candidates), lambda: PATTERN.of(election, "result"))
    act.record("result", notice=notice.pk, how=how, elected=len(result.elected), vacant=election.result["vacant"])
    act.tell(
        [c for c in candidates if c.outcome in ("elected", "alternate")],
        "result",
        lambda: _("选举结果：%(title)s") % {"title": election.title},
        lambda: _("您当选或者列为候补，请看公告。"),
    )


def _tasks(act: Acting) -> None:
    """What the rules ask to be handed over or done first, each with its last day."""
    known = calendar()
    Task.objects.bulk_create(
        Task(
            election=act.election,
            code=duty.code,
            title=duty.name_zh,
            cites="、".join(duty.cites),
            due_on=last_day(act.now, duty.days, known),
        )
        for duty in body(act.election.body).handover
    )


def last_day(moment: datetime, days: int, known: WorkCalendar) -> date:
    """The last day of a period, as a date."""
    return (rules.end_of(moment, days, known).astimezone(ZONE) - timedelta(minutes=1)).date()

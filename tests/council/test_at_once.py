"""Two workers act at the same moment on one draw, one election, one venue, one talk, one paper, one result: one wins, the other is told, nothing is overwritten."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connections

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, Refused
from linli.kernel.accounts.models import Event
from linli.kernel.files.actions import gone_if_refused, store_paper
from linli.kernel.files.models import StoredFile
from linli.kernel.notices.models import Notice
from linli.kernel.rolls.models import Voter
from linli.loops.council.ballots.actions import casting, counting, entrusting, handing, settling
from linli.loops.council.ballots.models import Ballot, Proxy, Settlement
from linli.loops.council.draws.actions import planning as draws
from linli.loops.council.draws.models import Draw
from linli.loops.council.draws.models import Line as DrawLine
from linli.loops.council.elections.actions import planning as elections
from linli.loops.council.elections.actions.planning import Plan as ElectionPlan
from linli.loops.council.elections.models import Election
from linli.loops.council.elections.models import Line as ElectionLine
from linli.loops.council.meetings.actions import minuting, noticing, planning, running
from linli.loops.council.meetings.actions.planning import Topic
from linli.loops.council.meetings.models import Minutes
from linli.loops.council.motions.models import Decision
from linli.loops.council.talks.actions import opening as talks
from linli.loops.council.talks.models import Talk
from linli.loops.venues.actions import keeping
from linli.loops.venues.actions import opening as doors
from linli.loops.venues.models import Opening, Venue
from tests.council.draws.scene import plan_of as draw_plan
from tests.council.factories import CLOSES, OPENS, Council, cast, council_again, opened, submitted
from tests.council.meetings.scene import plan_of as meeting_plan
from tests.factories import DAY, HOUR, NOW
from tests.papers import pdf
from tests.venues.scene import given


@dataclass(frozen=True)
class Race:
    """
    What both try at once (who, mark of the one who tries); the refusal the other gets (None: both are answered with the one row there is, as a
    repeated act is); what must hold of the winner's mark afterwards.
    """

    name: str
    act: Callable[[Actor, str], Any]
    told: type[Refused] | None
    holds: Callable[[str], bool]
    code: str = ""


def at_once(race: Race, workers: list[Actor]) -> list[Any]:
    """Each in a thread with a connection of its own, all let go together; what each returned or raised."""
    ready, came = threading.Barrier(len(workers)), list[Any]([None] * len(workers))

    def run(number: int, who: Actor) -> None:
        try:
            ready.wait(10)
            came[number] = race.act(who, f"第{number}人")
        except Exception as problem:
            came[number] = problem
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n, who)) for n, who in enumerate(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return came


@dataclass
class World:
    """One compound with a draft draw, a draft election, a venue, and a motion to talk about."""

    council: Council
    made: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        worker = self.council.worker
        self.made["draw"] = draws.plan_draw(actor=worker, plan=draw_plan(self.council), now=NOW).pk
        self.made["election"] = elections.plan_election(actor=worker, plan=self.election_plan("楼栋长推选"), now=NOW).pk
        self.made["venue"] = keeping.add_venue(actor=worker, given=given(self.council.cast, place=self.council.compound), now=NOW).pk
        self.made["matter"] = submitted(self.council).pk

    def election_plan(self, title: str) -> ElectionPlan:
        sources = dict.fromkeys(("seats", "term_months"), "居民自治章程")
        return ElectionPlan(
            place=self.council.compound, body="building_leaders", title=title, seats=3, nominate_from=NOW, nominate_until=NOW + 9 * DAY,
            term_months=36, posting_days=3, sources=sources,
        )  # fmt: skip

    def talk(self) -> int:
        return Talk.objects.get(matter_id=self.made["matter"]).pk

    def races(self) -> Iterator[Race]:
        draw, election, venue = (self.made[name] for name in ("draw", "election", "venue"))
        yield Race(
            "both change one draw's plan",
            lambda who, mark: draws.change_draw(actor=who, draw_id=draw, plan=draw_plan(self.council, title=mark), now=NOW, seen=1),
            Conflict,
            lambda mark: Draw.objects.get(pk=draw).title == mark,
        )
        yield Race(
            "both open one draw",
            lambda who, mark: draws.open_draw(actor=who, draw_id=draw, now=NOW),
            Refused,
            lambda mark: DrawLine.objects.filter(draw=draw, verb="open").count() == Notice.objects.filter(facts__draw=draw).count() == 1,
            "not_now",
        )
        yield Race(
            "both change one election's plan",
            lambda who, mark: elections.change_election(actor=who, election_id=election, plan=self.election_plan(mark), now=NOW, seen=1),
            Conflict,
            lambda mark: Election.objects.get(pk=election).title == mark,
        )
        yield Race(
            "both call one election",
            lambda who, mark: elections.open_nominations(actor=who, election_id=election, now=NOW),
            Refused,
            lambda mark: (
                ElectionLine.objects.filter(election=election, verb="open").count()
                == Notice.objects.filter(facts__election=election).count()
                == 1
            ),
            "not_now",
        )
        yield Race(
            "both change one venue",
            lambda who, mark: keeping.change_venue(
                actor=who, venue_id=venue, given=given(self.council.cast, place=self.council.compound, about=mark), now=NOW, seen=1
            ),
            Conflict,
            lambda mark: Venue.objects.get(pk=venue).about == mark,
        )
        yield Race(
            "both open one venue's door",
            lambda who, mark: doors.open_now(actor=who, venue_id=venue, now=NOW),
            None,
            lambda mark: Opening.objects.filter(venue=venue).count() == 1,
        )
        yield Race(
            "both ask about one matter",
            lambda who, mark: talks.open_talk(
                actor=who, matter_id=self.made["matter"], question=f"{mark}问：先修还是先换？", closes_at=NOW + 9 * DAY, now=NOW
            ),
            Refused,
            lambda mark: [t.question[:3] for t in Talk.objects.all()] == [mark],
        )
        yield Race(
            "both end one talk",
            lambda who, mark: talks.end(actor=who, talk_id=self.talk(), heard=f"{mark}听到：多数要先修。", now=NOW + 2 * DAY),
            Refused,
            lambda mark: Talk.objects.get(pk=self.talk()).heard[:3] == mark,
        )


@dataclass
class Papers:
    """An open ballot whose official result is awaited, a voter in conflict, an authority to record; and minutes whose vote has its result now."""

    council: Council
    made: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        council = self.council
        ballot = opened(council, jurisdiction="CN-BJ")
        self.made["ballot"], self.made["roll"] = ballot.pk, ballot.roll_id
        self.made["own"] = cast(council, ballot, 0, "agree", now=OPENS).vote.pk
        self.made["seq"] = Voter.objects.get(roll=ballot.roll, person=council.owners[0]).seq
        said = {"actor": council.worker, "ballot_id": ballot.pk, "channel": "phone", "witness_id": council.head.account_id, "consent": True}
        casting.record_vote(**said, seq=self.made["seq"], choice="against", now=OPENS)
        plan = meeting_plan(
            council.cast, place=council.compound, starts_at=OPENS, entitled=None, topics=(Topic("", ref=ballot.motion.matter.ref),)
        )
        meeting = planning.plan_meeting(actor=council.worker, plan=plan, now=NOW)
        self.made["meeting"] = meeting.pk
        act: dict[str, Any] = {"actor": council.worker, "meeting_id": meeting.pk}
        noticing.give_notice(**act, now=NOW)
        running.open_meeting(**act, now=OPENS)
        running.end(**act, now=OPENS + HOUR)
        minuting.draft_minutes(**act, now=OPENS + HOUR)

    def stored(self, who: Actor, mark: str) -> StoredFile:
        return store_paper(actor=who, upload=io.BytesIO(pdf(words=mark.encode())), name=f"{mark}.pdf", now=OPENS)

    def kept(self, act: Callable[[StoredFile], Any], who: Actor, mark: str) -> Any:
        """As the Desk's pages do it: what was uploaded goes again when the act is refused."""
        with gone_if_refused():
            return act(self.stored(who, mark))

    def races(self) -> Iterator[Race]:
        ballot, seq, meeting = (self.made[name] for name in ("ballot", "seq", "meeting"))
        other = Voter.objects.get(roll_id=self.made["roll"], person=self.council.owners[30]).seq
        yield Race(
            "both record one authority",
            lambda who, mark: (
                self.kept(
                    lambda paper: entrusting.record_proxy(
                        actor=who, ballot_id=ballot, seq=other, holder=self.council.owners[1], authority=paper, now=OPENS
                    ),
                    who,
                    mark,
                ).voter
            ),
            None,
            lambda mark: Proxy.objects.filter(ended_at=None).count() == 1 and Proxy.objects.count() == 2,
        )
        yield Race(
            "both settle one conflict with a signed statement",
            lambda who, mark: self.kept(
                lambda paper: settling.settle(
                    actor=who, ballot_id=ballot, seq=seq, vote_id=self.made["own"], reason=mark, now=OPENS, statement=paper
                ),
                who,
                mark,
            ),
            Refused,
            lambda mark: (
                [(s.reason, s.statement_id) for s in Settlement.objects.all()] == [(mark, StoredFile.objects.last().pk)]  # type: ignore[union-attr]
                and StoredFile.objects.count() == 3
            ),
            "no_conflict",
        )
        yield Race(
            "both take one package",
            lambda who, mark: _Taken(*handing.take_official_package(actor=who, ballot_id=ballot, now=OPENS)),
            None,
            lambda mark: len(set(_packages())) == 1 and len(_packages()) == 2,
        )
        yield Race(
            "both bring in one official result",
            lambda who, mark: self.kept(
                lambda paper: counting.import_official(
                    actor=who, ballot_id=ballot, passed=False, figures={}, proof=paper, text=f"{mark}：不通过", now=CLOSES + DAY
                ),
                who,
                mark,
            ),
            Refused,
            lambda mark: (
                Decision.objects.count() == 1
                and Ballot.objects.get(pk=ballot).official_result["text"].startswith(mark)
                and StoredFile.objects.filter(pk=Ballot.objects.get(pk=ballot).official_proof_id, name=f"{mark}.pdf").exists()
            ),
        )
        yield Race(
            "both take up one meeting's votes",
            lambda who, mark: minuting.take_up_votes(actor=who, meeting_id=meeting, now=CLOSES + 2 * DAY),
            None,
            lambda mark: Minutes.objects.get(meeting=meeting).version == 2 and "不通过" in self.votes(),
        )

    def votes(self) -> str:
        return str(next(s["text"] for s in Minutes.objects.get(meeting=self.made["meeting"]).sections if s["key"] == "votes"))


@dataclass
class _Taken:
    ballot: Ballot
    content: bytes

    @property
    def pk(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def _packages() -> list[str]:
    return [event.details["sha256"] for event in Event.objects.filter(kind="official_package_taken")]


@pytest.mark.parametrize("scene", ["plans", "papers"])
def test_of_two_who_act_at_the_same_moment_one_wins_and_the_other_is_told(transactional_db: None, scene: str) -> None:
    council = council_again()
    world: World | Papers = World(council) if scene == "plans" else Papers(council)
    pair = [council.worker, council.head] if scene == "plans" else [council.cast.inside["street_officer"], council.head]

    for race in world.races():
        came = at_once(race, pair)
        won = [number for number, one in enumerate(came) if not isinstance(one, Exception)]
        lost = [one for one in came if isinstance(one, Exception)]

        if race.told is None:
            assert len({one.pk for one in came}) == 1, (race.name, came)
            assert race.holds(""), (race.name, came)
            continue
        assert len(won) == 1, (race.name, came)
        assert isinstance(lost[0], race.told), (race.name, lost)
        assert lost[0].code == race.code or not race.code, (race.name, lost[0].code)
        assert str(lost[0].text), race.name
        assert race.holds(f"第{won[0]}人"), race.name

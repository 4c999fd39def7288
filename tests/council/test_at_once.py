"""Two workers act at the same moment on one draw, one election, one venue, one talk: one wins, the other is told, nothing is overwritten."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, Refused
from linli.kernel.notices.models import Notice
from linli.loops.council.draws.actions import planning as draws
from linli.loops.council.draws.models import Draw
from linli.loops.council.draws.models import Line as DrawLine
from linli.loops.council.elections.actions import planning as elections
from linli.loops.council.elections.actions.planning import Plan as ElectionPlan
from linli.loops.council.elections.models import Election
from linli.loops.council.elections.models import Line as ElectionLine
from linli.loops.council.talks.actions import opening as talks
from linli.loops.council.talks.models import Talk
from linli.loops.venues.actions import keeping
from linli.loops.venues.actions import opening as doors
from linli.loops.venues.models import Opening, Venue
from tests.council.draws.scene import plan_of as draw_plan
from tests.council.factories import Council, council_again, submitted
from tests.factories import DAY, NOW
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


def test_of_two_who_act_at_the_same_moment_one_wins_and_the_other_is_told(transactional_db: None) -> None:
    world = World(council_again())

    for race in world.races():
        came = at_once(race, [world.council.worker, world.council.head])
        won = [number for number, one in enumerate(came) if not isinstance(one, Exception)]
        lost = [one for one in came if isinstance(one, Exception)]

        if race.told is None:
            assert len({one.pk for one in came}) == 1, (race.name, came)
            assert race.holds(""), race.name
            continue
        assert len(won) == 1, (race.name, came)
        assert isinstance(lost[0], race.told), (race.name, lost)
        assert lost[0].code == race.code or not race.code, (race.name, lost[0].code)
        assert str(lost[0].text), race.name
        assert race.holds(f"第{won[0]}人"), race.name

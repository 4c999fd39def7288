"""What the Wall counts, in any database."""

from __future__ import annotations

import pytest

from linli.kernel.access.actor import ANONYMOUS
from linli.kernel.access.together import answered
from linli.measure.wall import queries
from linli.measure.wall.boards import BOARDS
from linli.measure.wall.pages import drawn
from linli.measure.wall.queries import Viewer
from tests.factories import DAY, NOW, Cast, accepted, dispatched, raised

pytestmark = pytest.mark.django_db


def test_each_stage_holds_what_stands_in_it_and_how_long_the_middle_one_has(cast: Cast) -> None:
    for days in (1, 3, 9):
        raised(cast, now=NOW - days * DAY)
    accepted(cast, now=NOW - 4 * DAY)
    for days in (5, 6):
        dispatched(cast, now=NOW - days * DAY)
    v = Viewer(cast.inside["community_head"], NOW, cast.here.community, full=True)
    tally = queries.tallied(v)
    loop = answered(queries.loop_of(v))

    # The world itself has one raised an hour ago and one dispatched two days ago.
    assert [tally[f"stage_{n}"] for n in (2, 3, 4, 6)] == [4, 1, 3, 0]
    # Of an even number the longer of the two in the middle: nine and three days, one day, an hour; six, five and two.
    assert (loop.waits[2], loop.waits[3], loop.waits[4]) == (3 * DAY, 4 * DAY, 5 * DAY)
    assert loop.resolve is not None
    assert loop.close is not None


def test_every_board_of_every_level_is_drawn_for_those_who_work_there_and_for_strangers(cast: Cast) -> None:
    for place in (cast.here.community, cast.here.street, cast.district):
        for v in (queries.viewer(cast.inside["street_officer"], place, NOW), queries.viewer(ANONYMOUS, place, NOW)):
            made = drawn(v, list(BOARDS))
            assert set(made) == set(BOARDS)
            assert v.full == (v.actor is not ANONYMOUS and place != cast.district)


def test_who_looks_from_outside_is_a_stranger_and_whose_place_lies_lower_sees_their_community(cast: Cast) -> None:
    assert not queries.viewer(cast.outside["community_head"], cast.here.community, NOW).full
    assert queries.own_place(cast.inside["community_head"]) == cast.here.community
    assert queries.own_place(cast.raiser) == cast.here.community
    assert queries.own_place(ANONYMOUS) == cast.district

"""What each room tells the lake: counted by hand here, without a name or a word in it, and following every change in its own part alone."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from linli.insight.measure.definitions import Indicator, formula_from
from linli.insight.measure.engines import Engine, engine
from linli.insight.measure.expressions import figures
from linli.insight.measure.lake import Snapshot
from linli.insight.measure.periods import period
from linli.kernel.people.actions import erase_person, note_group
from linli.kernel.people.models import Ownership, Person
from linli.kernel.places.facts import Source, declared, tables
from linli.law.indicators import pack
from linli.loops.council.elections.models import Election
from linli.loops.council.elections.models import State as ElectionState
from linli.loops.council.meetings.models import Attendee, Meeting, Stay
from linli.loops.requests.actions import handling, judging
from linli.loops.venues.actions import keeping, opening, rating
from linli.measure import building
from tests.council import factories as c
from tests.council.draws.scene import applied
from tests.council.draws.scene import opened as draw_opened
from tests.council.meetings.scene import build_scene as meeting_of
from tests.council.talks.scene import build_scene as talk_of
from tests.factories import DAY, HOUR, HOUSE, NOW, accepted, later
from tests.venues.scene import given

pytestmark = pytest.mark.django_db
AFTER = NOW + 60 * DAY
DISTRICT, HERE = "510107000000", "510107020001"


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.LAKE_DIR = tmp_path / "lake"


def lived() -> c.Council:
    """
    One community in which everything happened once: a request answered and judged, a motion delivered, a ballot of nine, a meeting, a talk of eight,
    a venue, a draw of two and a committee in office.
    """
    council = c.council_again()
    cast = council.cast
    note_group(actor=HOUSE, person=cast.person, group="solitary_elder", since_on=date(2026, 1, 1), source="登记", now=NOW - DAY)
    matter = accepted(cast)
    handling.answer(actor=cast.community_worker, matter_id=matter.pk, text="已到现场。", now=later(hours=3))
    handling.resolve(actor=cast.community_worker, matter_id=matter.pk, text="换了轴承", now=later(days=2))
    judging.rate(actor=cast.raiser, matter_id=matter.pk, answered=True, solved=True, satisfied=True, now=later(days=3))
    c.delivered(council)
    ballot = c.opened(council)
    for n in range(9):
        c.cast(council, ballot, n)
    c.counted(council, ballot)
    meeting_of(cast).ended()
    talk_of(council).lively(8)
    venue = keeping.add_venue(
        actor=cast.community_worker, given=given(cast, has={"ft_accepted": True, "ft_rules": True, "ft_duties": True}), now=NOW - 9 * DAY
    )
    opening.key_in(
        actor=cast.community_worker, venue_id=venue.pk, opened_at=NOW - 2 * DAY, closed_at=NOW - 2 * DAY + 8 * HOUR, now=NOW - DAY
    )
    rating.key_in_forms(
        actor=cast.community_worker, venue_id=venue.pk, day=(NOW - DAY).date(), counts={"satisfied": 6, "fairly": 3, "not": 3}, now=NOW
    )
    draw = draw_opened(council)
    applied(council, draw, 0)
    applied(council, draw, 30)
    Election.objects.create(
        place=council.compound,
        place_path=council.compound.path,
        body="owners_committee",
        title="业委会换届",
        seats=5,
        nominate_from=NOW - 9 * DAY,
        nominate_until=NOW - 8 * DAY,
        term_months=60,
        term_from=date(2026, 6, 5),
        term_until=date(2031, 6, 5),
        state=ElectionState.IN_OFFICE,
        opened_at=NOW - 9 * DAY,
        created_at=NOW - 9 * DAY,
    )
    return council


def rows_of(snapshot: Snapshot, table: str) -> list[dict[str, Any]]:
    return [row for file in snapshot.files(table) for row in pq.read_table(file).to_pylist()]


def counted(connected: Engine, code: str, span: str = "2026-06", level: str = "community") -> tuple[int | None, int | None]:
    known, said = tables(), pack()[code]
    indicator = Indicator(
        **{key: said[key] for key in ("id", "name_zh", "name_en", "dimension", "tier", "level", "unit", "direction", "definition_zh")},
        state="computed",
        formula=formula_from(said["formula"], known, about=code),
    )
    (found,) = [f for f in figures(connected, known, indicator, [period(span)], level) if f.place in (HERE, DISTRICT)]
    return found.numerator, found.denominator


def test_what_happened_is_counted_as_by_hand_and_leads_to_nobody() -> None:
    council = lived()
    snapshot = building.build(AFTER).snapshot
    assert set(snapshot.tables) == set(tables()), "no table without rows: each of its columns was asked for"

    took_part = rows_of(snapshot, "participation")
    acts = Counter(row["act"] for row in took_part)
    assert acts == {
        "raised": 1,
        "rated": 1,
        "proposed": 3,
        "seconded": 6,
        "voted": 9,
        "attended": 3,
        "spoke": 1,
        "marked": 48,
        "applied": 2,
    }
    owner = building.stands_for(council.owners[0].pk)
    assert {row["act"] for row in took_part if row["person"] == owner} == {"proposed", "voted", "marked", "applied", "seconded"}
    voted = [row for row in took_part if row["act"] == "voted"]
    assert {row["at"] for row in voted} == {int(c.CLOSES.timestamp())}, "when somebody voted is not told, only that they did"
    assert len({row["person"] for row in took_part if row["act"] == "marked"}) == 8
    lin = next(row for row in took_part if row["act"] == "rated")
    assert (lin["age"], lin["special"], lin["about"]) == ("60-79", True, "request")

    (ballot,) = rows_of(snapshot, "ballot")
    assert (ballot["entitled"], ballot["cast"], ballot["cast_online"], ballot["cast_phone"]) == (40, 9, 8, 1)
    (meeting,) = rows_of(snapshot, "meeting")
    assert (meeting["came"], meeting["quorum_met"], meeting["speeches"], meeting["items"]) == (3, True, 1, 2)
    (task,) = rows_of(snapshot, "task")
    assert (task["done"], task["in_time"], task["accepted"], task["supervised"]) == (True, True, False, True)
    (venue,) = rows_of(snapshot, "venue")
    assert (venue["accepted"], venue["rules"], venue["age_friendly"], venue["functions"]) == (True, True, False, 2)
    (talk,) = rows_of(snapshot, "talk")
    assert (talk["participants"], talk["marks"], talk["contributions"]) == (8, 48, 6)
    (office,) = rows_of(snapshot, "office")
    assert (office["body"], office["seats"]) == ("owners_committee", 5)
    (draw,) = rows_of(snapshot, "draw")
    assert (draw["applications"], draw["what"]) == (2, "parking")

    # What the indicators make of it.
    with engine("duckdb", snapshot, tables().values(), threads=1) as duckdb:
        assert counted(duckdb, "public_affairs_participation_rate", "2026") == (11, 41)
        assert counted(duckdb, "deliberation_decision_participation_rate", "2026") == (10, 41)
        assert counted(duckdb, "decision_execution_rate") == (0, 1)
        assert counted(duckdb, "special_group_satisfaction") == (1, 1)
        assert counted(duckdb, "service_response_hours") == (180, 1)
        assert counted(duckdb, "venue_satisfaction") == (9, 12)
        assert counted(duckdb, "venue_weekly_open_hours") == (480, 1)
        assert counted(duckdb, "smart_platform_coverage", level="district") == (1, 2)
        assert counted(duckdb, "owners_committee_establishment_rate") == (1, 2)

    everything = b"".join((snapshot.folder / part.file).read_bytes() for part in snapshot.parts)
    for said in (council.cast.person.name, "13800138001", "换了轴承", "业委会换届", "芳草议事厅"):
        assert said.encode() not in everything


def test_the_erased_vanish_and_a_late_change_rewrites_its_part_alone() -> None:
    council = lived()
    first = building.build(AFTER)
    assert building.build(AFTER).written == 0
    leaver = council.owners[7]
    Ownership.objects.filter(person=leaver).update(until_on=(NOW - DAY).date())
    home_row = building.build(AFTER)
    assert {p.table for p in set(home_row.snapshot.parts) - set(first.snapshot.parts)} == {"home"}
    erase_person(actor=HOUSE, person=leaver, reason="本人要求", now=AFTER)
    after = building.build(AFTER)
    gone = building.stands_for(leaver.pk)
    for table in after.snapshot.tables:
        assert all(gone not in row.values() for row in rows_of(after.snapshot, table)), table
    assert Counter(row["act"] for row in rows_of(after.snapshot, "participation"))["voted"] == 9, "the vote stays, without who cast it"

    assert building.build(AFTER).written == 0
    Person.objects.filter(pk=council.owners[3].pk).update(born_on=date(2000, 1, 1))
    late = building.build(AFTER)
    assert {p.table for p in set(late.snapshot.parts) - set(after.snapshot.parts)} == {"participation", "person"}
    older = building.build(AFTER + timedelta(days=365 * 15))
    assert {p.table for p in set(older.snapshot.parts) - set(late.snapshot.parts)} == {"person"}, "ages move on by themselves"


def met(council: c.Council, week: int, came: tuple[int, ...]) -> Meeting:
    """A session of the compound's council that was held, with these owners in the room."""
    begun = NOW - 70 * DAY + week * 7 * DAY
    held = Meeting.objects.create(
        place=council.compound,
        place_path=council.compound.path,
        body="compound",
        title=f"第 {week} 次",
        starts_at=begun,
        opened_at=begun,
        ended_at=begun + HOUR,
        created_at=begun,
        venue="议事厅",
        chair_name="王主任",
        recorder_name="小李",
        secret="s",
        state="ended",
    )
    for seat, who in enumerate(came, 1):
        attendee = Attendee.objects.create(meeting=held, seat=seat, name="x", person=council.owners[who])
        Stay.objects.create(attendee=attendee, present="room", how="worker", came_at=begun, left_at=begun + HOUR)
    return held


def test_rows_that_change_places_are_noticed_and_regulars_are_told_from_others() -> None:
    council = c.council_again()
    last = [met(council, week, (0, 1) if week in (3, 6) else (0,)) for week in range(7)][-1]
    built = building.build(AFTER)
    attendance = rows_of(built.snapshot, "attendance")
    assert len(attendance) == 9
    said: dict[int, dict[int, bool | None]] = {row["meeting"]: {} for row in attendance}
    for row in attendance:
        said[row["meeting"]][row["person"]] = row["regular"]
    always, seldom = (building.stands_for(council.owners[n].pk) for n in (0, 1))
    assert said[last.pk] == {always: True, seldom: False}
    assert said[last.pk - 2] == {always: None}, "a council that has met five times has no regulars yet"
    with engine("duckdb", built.snapshot, tables().values(), threads=1) as duckdb:
        assert counted(duckdb, "participant_concentration", "2026") == (2, 3)

    one, other = council.owners[10], council.owners[11]
    Person.objects.filter(pk=one.pk).update(home_place=other.home_place)
    Person.objects.filter(pk=other.pk).update(home_place=one.home_place)
    again = building.build(AFTER)
    assert {p.table for p in set(again.snapshot.parts) - set(built.snapshot.parts)} == {"person"}


def test_a_branch_of_a_table_is_declared_once() -> None:
    sources = declared()["participation"]
    assert [s.branch for s in sources] == sorted(s.branch for s in sources)
    assert len({s.branch for s in sources}) == len(sources) == 11
    with pytest.raises(ValueError, match="two tables"):
        from linli.kernel.places.facts import declare

        declare(sources[0])
    with pytest.raises(ValueError, match="columns"):
        declare(Source(**{**vars(sources[0]), "branch": "another", "columns": ()}))

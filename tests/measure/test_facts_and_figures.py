"""From the records to the lake to a published figure: incrementally, without persons, and computable again for whoever doubts it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from linli.insight.measure import lake
from linli.insight.measure.periods import period
from linli.kernel.access.refusals import NotAllowed, Refused
from linli.kernel.matters.models import Matter
from linli.kernel.people.actions import erase_person
from linli.lib.problems import InputProblem
from linli.loops.requests.actions import handling
from linli.measure import actions, building, computing, indicators, rounds
from linli.measure.models import Figure, Published, Run
from tests.factories import DAY, HOUR, HOUSE, NOW, Cast, accepted, later, raised

CODE = "resident_request_response_rate"
AFTER = NOW + 30 * DAY


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.LAKE_DIR = tmp_path / "lake"
    indicators.forget()
    yield tmp_path / "lake"
    indicators.forget()


@pytest.fixture
def two(cast: Cast) -> tuple[Matter, Matter]:
    """One answered within a day, one two days late; both of June."""
    soon, late = accepted(cast), accepted(cast, title="第二件")
    handling.answer(actor=cast.community_worker, matter_id=soon.pk, text="已到现场。", now=later(hours=3))
    handling.answer(actor=cast.community_worker, matter_id=late.pk, text="已到现场。", now=later(days=3))
    return soon, late


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Refused) as told:
        yield
    assert told.value.code == code


def figures(cast: Cast, span: str = "2026-06") -> dict[str, tuple[int | None, int | None]]:
    return {f.indicator: (f.numerator, f.denominator) for f in computing.compute(cast.here.community, period(span), codes=[CODE])}


def test_facts_say_what_happened_and_lead_to_nobody(cast: Cast, two: tuple[Matter, Matter], folder: Path) -> None:
    built = building.build(AFTER)
    (part,) = built.snapshot.of("request")
    (first, second) = pq.read_table(folder / part.file).to_pylist()
    assert (part.month, part.district) == ("2026-06", cast.district.code)
    assert (first["row"], first["community"], first["minutes_to_answer"]) == (two[0].pk, cast.here.community.code, 180)
    assert first["answered_at"] - first["raised_at"] == 3 * 3600
    assert first["raised_at_month"] == 2026 * 12 + 5
    assert first["raiser"] == second["raiser"] == building.stands_for(cast.person.pk)
    assert first["raiser"] != cast.person.pk
    everything = (folder / part.file).read_bytes()
    assert cast.person.name.encode() not in everything
    assert "电梯".encode() not in everything
    assert figures(cast) == {CODE: (1, 2)}
    assert figures(cast, "2026-Q2") == figures(cast, "2026") == {CODE: (1, 2)}


def test_only_months_that_changed_are_written_and_the_erased_vanish(cast: Cast, two: tuple[Matter, Matter], folder: Path) -> None:
    def new(now: building.Built, before: building.Built | None = None) -> int:
        """How many parts of requests are other ones than before."""
        return len(set(now.snapshot.of("request")) - set(before.snapshot.of("request") if before else ()))

    raised(cast, now=NOW - 40 * DAY)
    first = building.build(AFTER)
    assert new(first) == 2
    assert building.build(AFTER).written == 0
    handling.answer(actor=cast.community_worker, matter_id=two[1].pk, text="又去了一次。", now=later(days=5))
    built = building.build(AFTER)
    assert new(built, first) == 1
    assert built.taken_over > 0
    erase_person(actor=HOUSE, person=cast.person, reason="本人要求", now=later(days=6))
    after = building.build(AFTER)
    assert new(after, built) == 2
    rows = [row for p in after.snapshot.of("request") for row in pq.read_table(folder / p.file).to_pylist()]
    assert {row["raiser"] for row in rows} == {None}
    Matter.objects.filter(pk=two[1].pk).update(category=None, excluded="x", version=99)
    assert new(building.build(AFTER), after) == 1


def test_a_round_prepares_figures_and_a_failed_one_leaves_the_last(cast: Cast, two: tuple[Matter, Matter], folder: Path) -> None:
    assert rounds.waits(AFTER)
    assert rounds.go_round(AFTER) == Figure.objects.count() > 0
    shown = Figure.objects.get(code=CODE, place=cast.here.community, period="2026-06")
    assert (shown.numerator, shown.denominator, shown.value) == (1, 2, None)  # of two nobody makes a share
    assert not rounds.waits(AFTER + HOUR / 2)
    part = building.current().parts[0]
    (folder / part.file).write_bytes(b"PAR1 cut off")
    before = list(Figure.objects.order_by("pk").values())
    with pytest.raises(InputProblem, match="part_damaged"):
        rounds.go_round(AFTER + 2 * HOUR)
    assert list(Figure.objects.order_by("pk").values()) == before
    assert Run.objects.latest("pk").problem
    with lake.writing(folder), pytest.raises(InputProblem, match="build_running"):
        rounds.go_round(AFTER + 3 * HOUR)
    rounds.go_round(AFTER + 4 * HOUR, everything=True)
    assert Figure.objects.filter(code=CODE).exists()


def test_what_was_published_is_computed_again_to_the_same_value(cast: Cast, two: tuple[Matter, Matter], folder: Path) -> None:
    building.build(AFTER)
    head, june = cast.community_head, period("2026-06")
    with refused("not_over"):
        actions.publish(actor=head, place=cast.here.community, span=june, now=NOW)
    with pytest.raises(NotAllowed):
        actions.publish(actor=cast.raiser, place=cast.here.community, span=june, now=AFTER)
    first = actions.publish(actor=head, place=cast.here.community, span=june, now=AFTER)
    assert {p.code for p in first} >= {CODE}
    assert actions.publish(actor=head, place=cast.here.community, span=june, now=AFTER) == []

    # Later records, and a changed definition, touch nothing that was published.
    accepted(cast, title="补登的一件")
    building.build(AFTER)
    said = {"shape": "share", "numerator": {"table": "request", "where": [["answered_at", "known"]]}}
    actions.change_indicator(actor=HOUSE, code=CODE, data={"formula": said}, reason="改口径", now=AFTER)
    assert figures(cast) == {CODE: (2, 3)}
    assert list(actions.verify_figures()) == []
    corrected = actions.publish(actor=head, place=cast.here.community, span=june, now=AFTER + DAY)
    assert [(p.code, p.version, p.corrects_id) for p in corrected if p.code == CODE] == [
        (CODE, 1, first[[p.code for p in first].index(CODE)].pk)
    ]
    assert list(actions.verify_figures()) == []

    Published.objects.filter(pk=corrected[0].pk).update(numerator=77)
    assert [d.published.pk for d in actions.verify_figures()] == [corrected[0].pk]
    kept = lake.read(folder, first[0].snapshot)
    (folder / kept.parts[0].file).unlink()
    assert {d.published.pk for d in actions.verify_figures()} >= {p.pk for p in first}


def test_no_number_is_typed_in_that_work_yields_and_a_change_says_why(cast: Cast) -> None:
    here, head = cast.here.community, cast.community_head
    given = {"place": here, "span": "2026-Q2", "value": Decimal("12.5"), "document": "派出所通报", "dated": date(2026, 7, 1), "now": AFTER}
    with refused("computed"):
        actions.enter_figure(actor=head, code=CODE, **given)
    with refused("no_document"):
        actions.enter_figure(actor=head, code="public_security_case_change", **{**given, "document": " "})
    with refused("from_the_future"):
        actions.enter_figure(actor=head, code="public_security_case_change", **{**given, "dated": AFTER.date() + timedelta(days=2)})
    assert actions.enter_figure(actor=head, code="public_security_case_change", **given).period == "2026-Q2"
    change = {"actor": HOUSE, "code": CODE, "now": AFTER}
    with refused("no_reason"):
        actions.change_indicator(data={"targets": []}, reason="", **change)
    with refused("target_without_year"):
        actions.change_indicator(data={"targets": [{"op": ">=", "value": 90}]}, reason="新目标", **change)
    with refused("not_changeable"):
        actions.change_indicator(data={"id": "x"}, reason="改名", **change)
    assert indicators.indicator(CODE)[1] == 0
    actions.change_indicator(data={"targets": [{"op": ">=", "value": 98, "year": 2027}]}, reason="新目标", **change)
    assert indicators.indicator(CODE)[1] == 1
    assert indicators.indicator(CODE)[0].targets[0].value == 98

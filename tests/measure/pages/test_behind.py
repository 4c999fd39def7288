"""The matters behind a figure are those the lake counted."""

from __future__ import annotations

from typing import Any

import pytest

from linli.insight.measure.definitions import OPS, formula_from
from linli.insight.measure.periods import period
from linli.kernel.access.actor import ANONYMOUS
from linli.kernel.places.facts import tables
from linli.loops.requests.facts import TABLE
from linli.measure import behind, building, computing, indicators
from linli.measure.models import Figure
from tests.factories import Cast

pytestmark = pytest.mark.django_db
MAY = period("2026-05")


def test_each_figure_counts_as_many_as_its_list_shows(cast: Cast) -> None:
    head, checked = cast.inside["street_officer"], 0
    for code, (one, _version) in indicators.in_force().items():
        for place in (cast.here.community, cast.here.street):
            for span in (MAY, period("2026-Q2"), period("2026")):
                figure = Figure.objects.filter(code=code, place=place, period=str(span)).first()
                for part in behind.PARTS if figure else ():
                    n = getattr(figure, part)
                    if part == "numerator" and one.formula and one.formula.shape == "mean":
                        n = figure.denominator  # its numerator is a sum; behind it stand those that were summed
                    measure = behind.measure_of(one, part)
                    if (
                        n is None
                        or one.formula is None
                        or one.formula.shape == "change"
                        or measure is None
                        or measure.how != "rows"
                        or measure.table != "request"
                    ):
                        continue
                    found = behind.matters_behind(head, one, part, place, span)
                    assert found is not None
                    assert (code, part, str(span), found.count()) == (code, part, str(span), n)
                    checked += 1
    assert checked >= 12


def asked(where: list[Any]) -> Any:
    """An indicator that counts the requests of the community that meet these conditions."""
    formula = formula_from({"shape": "amount", "numerator": {"table": "request", "where": where}}, tables(), about="x")
    one, _version = indicators.indicator("resident_request_response_rate")
    from dataclasses import replace

    return replace(one, id="x", formula=formula, fewest=1)


WHERE: dict[str, list[Any]] = {
    "is": ["state", "is", "closed"],
    "is_not": ["state", "is_not", "closed"],
    "one_of": ["channel", "one_of", ["counter", "web"]],
    "none_of": ["channel", "none_of", ["counter"]],
    "at_least": ["minutes_to_answer", "at_least", 120],
    "at_most": ["answer_met_at", "at_most", {"column": "answer_due_at"}],
    "above": ["answer_met_at", "above", {"column": "answer_due_at", "plus": 3600}],
    "below": ["minutes_to_answer", "below", 121],
    "known": ["rated_satisfied", "known"],
    "unknown": ["resolved_at", "unknown"],
}


def test_every_word_of_a_condition_means_the_same_in_the_lake_and_in_the_records(cast: Cast) -> None:
    assert set(WHERE) == set(OPS)
    more = [["rated_satisfied", "is", False], ["open", "is", True], ["reopened", "is", 0], ["repeats", "is", False], ["public", "is", True]]
    head, place = cast.inside["community_head"], cast.here.community
    spans, found = [MAY, period("2026-06")], 0
    with computing.engine("duckdb", building.current(), tables().values()) as connected:
        for where in [*WHERE.values(), *more]:
            one = asked([where])
            lake = {
                f.period: f.numerator
                for f in computing.figures_of(connected, [one], spans, "community")
                if f.place == computing.code_of(place)
            }
            for span in spans:
                listed = behind.matters_behind(head, one, "numerator", place, span)
                assert listed is not None
                assert (where, str(span), listed.count()) == (where, str(span), lake.get(str(span)) or 0)
                found += listed.count()
    assert found > 50


def test_nobody_is_shown_more_than_they_work_with(cast: Cast) -> None:
    one, _version = indicators.indicator("resident_request_response_rate")

    def listed(actor: Any) -> int:
        found = behind.matters_behind(actor, one, "denominator", cast.here.community, MAY)
        return found.count() if found is not None else -1

    assert listed(cast.inside["community_head"]) == 16
    assert (listed(cast.outside["community_head"]), listed(ANONYMOUS)) == (0, 0)


def test_the_table_of_requests_can_be_opened_and_its_columns_all_have_an_expression() -> None:
    assert len(behind._Asked(behind.declared()["request"][0]).asks) == len(TABLE.columns)

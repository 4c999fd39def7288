"""What the pack of indicators holds: every one of the plans, each with what its state needs, and formulas that can be computed."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from typing import Any

import pytest

from linli.insight.measure.definitions import formula_from
from linli.kernel.places.facts import tables
from linli.law import indicators
from linli.law.reading import PackError

OF_THE_PLANS = 199


def test_every_indicator_of_the_plans_is_there_and_none_is_silently_missing() -> None:
    pack = indicators.pack()
    of_plans = [one for one in pack.values() if one["tier"] != "own"]
    assert len(of_plans) == OF_THE_PLANS
    assert Counter(one["tier"] for one in of_plans) == {"core": 15, "target": 62, "monitor": 60, "pilot": 62}
    assert [d.code for d in indicators.dimensions() if d.official] == ["culture", "governance", "participation", "resources", "services"]
    assert sum(bool(one.get("targets")) for one in of_plans) == 77, "of the core and target tiers each has what it aims at"
    states = Counter(one["state"] for one in of_plans)
    assert set(states) == {"computed", "surveyed", "entered", "not_yet"}
    assert states["computed"] >= 50


def test_every_formula_reads_against_the_tables_of_facts_and_changes_go_back_to_computed_ones() -> None:
    known = tables()
    used = set()
    for code, one in indicators.pack().items():
        if one["state"] != "computed":
            continue
        formula = formula_from(one["formula"], known, about=code)
        used |= {m.table for m in (formula.numerator, formula.denominator) if m}
        assert one["coverage_zh"].endswith("。") and one["coverage_en"].endswith("."), code
    assert {"request", "participation", "motion", "task", "ballot", "meeting", "rating", "order", "venue", "person", "place"} <= used


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"unit": "pieces"}, "unit"),
        ({"formula": None}, "formula"),
        ({"why_zh": "因为"}, "why_zh"),
        ({"targets": [{"op": ">=", "value": 95, "source": "S0 4.4"}]}, "year or a phase"),
        ({"targets": [{"op": ">=", "value": "most", "year": 2025, "source": "S0 4.4"}]}, "not a number"),
        ({"targets": [{"op": "about", "value": 9, "year": 2025, "source": "S0 4.4"}]}, "about"),
        ({"targets": [{"op": ">=", "value": 9, "year": 2025, "source": "hearsay"}]}, "no source"),
        ({"sources": []}, "no source"),
        ({"conflicts_zh": "两处不同。"}, "both languages"),
        ({"fewest": 0}, "fewest"),
    ],
)
def test_an_entry_that_is_not_whole_is_refused_and_the_fault_named(change: dict[str, Any], named: str) -> None:
    entry = {**deepcopy(dict(indicators.pack()["resident_request_response_rate"])), **change}
    with pytest.raises(PackError, match=named):
        indicators.checked("participation.yaml", "participation", entry)

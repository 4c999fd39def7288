"""Figures from the lake are those that counting row by row gives, for every shape, window and level, whatever the rows."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.insight.measure import lake
from linli.insight.measure.definitions import Indicator, formula_from
from linli.insight.measure.engines import Engine, columns_of, engine
from linli.insight.measure.expressions import change, figures
from linli.insight.measure.periods import Period, later, months_between, period, period_of
from linli.insight.measure.tables import Column, FactTable
from linli.lib.problems import InputProblem
from linli.lib.units import SHANGHAI

VISITS = FactTable(
    "visit",
    "event",
    1,
    "走访",
    "visits",
    "at",
    (
        Column("at", "moment", "时间", "at"),
        Column("due_at", "moment", "时限", "due"),
        Column("minutes", "number", "分钟", "minutes"),
        Column("kind", "code", "种类", "kind", ("a", "b")),
        Column("good", "yes", "好", "good"),
        Column("who", "person", "谁", "who"),
    ),
)
HOMES = FactTable(
    "home",
    "state",
    1,
    "住户",
    "homes",
    "since",
    (Column("since", "moment", "自", "since"), Column("until", "moment", "至", "until"), Column("people", "number", "人数", "people")),
    until="until",
)
TABLES = {"visit": VISITS, "home": HOMES}
JANUARY, DECEMBER = period("2026-01"), period("2026-12")
Row = dict[str, Any]


def moment(month: int, day: int = 10, hour: int = 3) -> int:
    """An instant of the months counted from January 2025, as whole seconds."""
    first = later(period("2025").first, month)
    return int(datetime(first.year, first.month, day, hour, tzinfo=UTC).timestamp())


def month_of(seconds: int | None) -> int | None:
    if seconds is None:
        return None
    local = datetime.fromtimestamp(seconds, UTC).astimezone(SHANGHAI)
    return local.year * 12 + local.month - 1


def write(folder: Path, rows: dict[str, list[Row]]) -> lake.Snapshot:
    with lake.writing(folder) as writing:
        for name, found in rows.items():
            parts: dict[tuple[str, str], list[Row]] = {}
            for n, row in enumerate(found):
                full = {"row": n, "street": None, **row}
                for column in TABLES[name].columns:
                    if column.type == "moment":
                        full[f"{column.name}_month"] = month_of(full.get(column.name))
                key = full[f"{TABLES[name].at}_month"]
                parts.setdefault((full["district"], f"{key // 12}-{key % 12 + 1:02d}"), []).append(full)
            types = {"int64": pa.int64(), "int32": pa.int32(), "boolean": pa.bool_(), "string": pa.string()}
            for (district, month), some in parts.items():
                made = {c: pa.array([row.get(c) for row in some], type=types[kind]) for c, kind in columns_of(TABLES[name]).items()}
                writing.add(name, 1, district, month, "m", pa.table(made))
        return writing.commit(datetime(2026, 11, 26, tzinfo=UTC))


visits = st.fixed_dictionaries(
    {
        "district": st.sampled_from(["510107000000", "510108000000"]),
        "community": st.sampled_from(["510107020001", "510107020002", None]),
        "at": st.builds(moment, st.integers(10, 24), st.sampled_from([1, 28]), st.sampled_from([0, 15, 16, 23])),
        "due_at": st.none() | st.builds(moment, st.integers(10, 24)),
        "minutes": st.none() | st.integers(0, 9),
        "kind": st.none() | st.sampled_from(["a", "b"]),
        "good": st.none() | st.booleans(),
        "who": st.none() | st.integers(1, 4),
    }
)


def of(formula: dict[str, Any]) -> Indicator:
    return Indicator(
        "x", "一", "one", "d", "core", "community", "percent", "higher", "", "computed", formula=formula_from(formula, TABLES, about="x")
    )


@pytest.fixture(scope="module")
def connect() -> Iterator[Callable[[lake.Snapshot], Engine]]:
    """One connection for all examples: making one takes longer than asking it."""
    with engine("duckdb", lake.Snapshot(Path(), datetime.now(UTC), ()), TABLES.values(), threads=1) as shared:
        yield lambda snapshot: Engine(shared.backend, snapshot, TABLES.values())


def inside(row: Row, span: Period, window: str) -> bool:
    wide = span.year_to_end() if window == "year" and span.months < 12 else span
    return wide.begins_at().timestamp() <= row["at"] < wide.ends_at().timestamp()


SHAPES: list[tuple[dict[str, Any], Callable[[list[Row]], tuple[int | None, int | None, float | None] | None]]] = [
    (
        {"shape": "share", "numerator": {"table": "visit", "where": [["good", "is", True], ["kind", "one_of", ["a"]]]}},
        lambda rows: (n := sum(r["good"] is True and r["kind"] == "a" for r in rows), len(rows), float(Fraction(100 * n, len(rows)))),
    ),
    (
        {
            "shape": "share",
            "numerator": {
                "table": "visit",
                "how": "distinct",
                "column": "who",
                "where": [["at", "at_most", {"column": "due_at", "plus": 60}]],
            },
            "denominator": {"how": "distinct", "column": "who"},
            "per": 1000,
        },
        lambda rows: (
            n := len({r["who"] for r in rows if r["due_at"] is not None and r["at"] <= r["due_at"] + 60} - {None}),
            d := len({r["who"] for r in rows} - {None}),
            float(Fraction(1000 * n, d)) if d else None,
        ),
    ),
    (
        {"shape": "mean", "numerator": {"table": "visit", "column": "minutes", "where": [["kind", "is_not", "b"]]}, "scale": 60},
        lambda rows: (
            (sum(m), len(m), float(Fraction(sum(m), 60 * len(m))) if m else None)
            if [r for r in rows if r["kind"] == "a"]
            and (m := [r["minutes"] for r in rows if r["kind"] == "a" and r["minutes"] is not None]) is not None
            else None
        ),
    ),
    (
        {"shape": "median", "numerator": {"table": "visit", "column": "minutes"}},
        lambda rows: (None, len(m := [r["minutes"] for r in rows if r["minutes"] is not None]), float(statistics.median(m)) if m else None),
    ),
]


@pytest.mark.parametrize("shape", range(len(SHAPES)))
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(visits, min_size=12, max_size=40),
    unit=st.sampled_from(["month", "quarter", "year"]),
    window=st.sampled_from(["period", "year"]),
)
def test_a_figure_is_what_counting_row_by_row_gives(
    connect: Any, tmp_path_factory: Any, shape: int, rows: list[Row], unit: Any, window: str
) -> None:
    formula, oracle = SHAPES[shape]
    indicator = of({**formula, "window": window})
    last = period_of(unit, period("2026-12").first)
    periods = [last.before(n) for n in range(24 // last.months - 1, -1, -1)]
    connected = connect(write(tmp_path_factory.mktemp("lake"), {"visit": rows}))
    for level, key in (("community", "community"), ("city", "district")):
        expected = {}
        for place in {r[key] for r in rows if r[key]}:
            for span in periods:
                some = [r for r in rows if r[key] == place and inside(r, span, window)]
                if some and (answer := oracle(some)) is not None:
                    expected[(f"{place[:4]}00000000" if level == "city" else place, str(span))] = answer
        if level == "city":  # both districts are of one city
            everything = {str(span): oracle(some) for span in periods if (some := [r for r in rows if inside(r, span, window)])}
            expected = {("510100000000", span): answer for span, answer in everything.items() if answer is not None}
        found = {(f.place, f.period): (f.numerator, f.denominator, f.value) for f in figures(connected, TABLES, indicator, periods, level)}
        assert found == expected


def test_a_state_counts_while_it_holds(connect: Any, tmp_path: Path) -> None:
    homes = [
        {"district": "510107000000", "community": "510107020001", "since": moment(0), "until": None, "people": 3},
        {"district": "510107000000", "community": "510107020001", "since": moment(2), "until": moment(4), "people": 2},
        {"district": "510107000000", "community": "510107020001", "since": moment(2, 5), "until": moment(2, 20), "people": 9},
    ]
    connected = connect(write(tmp_path, {"home": homes}))
    indicator = of({"shape": "amount", "numerator": {"table": "home", "how": "sum", "column": "people"}})
    found = figures(connected, TABLES, indicator, months_between(period("2025-01"), period("2025-06")), "community")
    assert [f.value for f in found] == [3, 3, 5, 5, 3, 3]
    assert [f.value for f in figures(connected, TABLES, indicator, [period("2025-Q2"), period("2025-Q1")], "community")] == [3, 5]


def test_a_table_never_built_has_no_figures(connect: Any, tmp_path: Path) -> None:
    connected = connect(write(tmp_path, {}))
    assert figures(connected, TABLES, of({"shape": "share", "numerator": {"table": "visit"}}), [JANUARY], "community") == []


@pytest.mark.parametrize(
    ("now", "before", "falls", "expected"),
    [(8.0, 10.0, True, 20.0), (8.0, 10.0, False, -20.0), (1.0, 0.0, True, None), (None, 1.0, True, None)],
)
def test_a_change_has_something_to_compare_with_or_is_none(now: Any, before: Any, falls: bool, expected: Any) -> None:
    assert change(now, before, falls=falls) == expected


@pytest.mark.parametrize(
    "formula",
    [
        {},
        {"shape": "sum"},
        {"shape": "share"},
        {"shape": "share", "numerator": {"table": "nothing"}},
        {"shape": "share", "numerator": {"table": "visit", "where": [["colour", "is", "red"]]}},
        {"shape": "share", "numerator": {"table": "visit", "where": [["kind", "is", "c"]]}},
        {"shape": "share", "numerator": {"table": "visit", "where": [["kind", "above", "a"]]}},
        {"shape": "share", "numerator": {"table": "visit", "where": [["at", "below", {"column": "minutes"}]]}},
        {"shape": "share", "numerator": {"table": "visit", "where": [["good", "is", 1]]}},
        {"shape": "share", "numerator": {"table": "visit", "where": [["minutes", "is", 1.5]]}},
        {"shape": "share", "numerator": {"table": "visit", "where": "kind"}},
        {"shape": "share", "numerator": {"table": "visit", "sql": "DROP TABLE"}},
        {"shape": "median", "numerator": {"table": "visit", "column": "kind"}},
        {"shape": "quantile", "numerator": {"table": "visit", "column": "minutes"}, "q": 1},
        {"shape": "change"},
        {"shape": "amount", "numerator": {"table": "visit", "how": "sum", "column": "kind"}},
    ],
)
def test_a_formula_that_cannot_be_computed_is_refused_with_its_reason(formula: dict[str, Any]) -> None:
    with pytest.raises(InputProblem) as refused:
        formula_from(formula, TABLES, about="x")
    assert refused.value.text_zh.endswith(("。", "？"))
    assert refused.value.text_en


@pytest.mark.parametrize(
    ("text", "first", "months"), [("2026-10", "2026-10-01", 1), ("2026-q3", "2026-07-01", 3), (" 2026 ", "2026-01-01", 12)]
)
def test_periods_are_read_and_written_the_same(text: str, first: str, months: int) -> None:
    found = period(text)
    assert (found.first.isoformat(), found.months, period(str(found))) == (first, months, found)
    assert found.begins_at().astimezone(SHANGHAI).isoformat().startswith(f"{first}T00:00")
    assert found.before().next_first == found.first
    assert found.year_to_end().next_first == found.next_first


@pytest.mark.parametrize("text", ["", "2026-13", "2026-Q5", "26-1", "2026-1", "2026-10-01", "二〇二六"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(InputProblem, match="bad_period"):
        period(text)

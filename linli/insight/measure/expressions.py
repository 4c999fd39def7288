"""
From a formula to one Ibis expression: written once, answered by DuckDB and Spark alike with the same figures.

Everything is counted by place and period together, so that one question answers all communities and all months. Rows without the place of a level
do not count for it. Durations, sums and medians are over whole numbers; division comes last and outside (`value_of`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from linli.insight.measure.definitions import Beside, Condition, Formula, Indicator, Measure
from linli.insight.measure.engines import Engine
from linli.insight.measure.periods import Period
from linli.insight.measure.tables import FactTable

if TYPE_CHECKING:
    import ibis.expr.types as ir

# How many characters of a district's code a level above it keeps; the rest is filled up with noughts.
_ABOVE: Final = {"city": 4, "province": 2}


@dataclass(frozen=True)
class Figure:
    """
    One value: `numerator` and `denominator` as counted (a mean: the sum and how many; a median: nothing and how many). `value` is None where the
    denominator is nothing: there is no share of none.
    """

    indicator: str
    level: str
    place: str
    period: str
    numerator: int | None
    denominator: int | None
    value: float | None


def month_number(period: Period) -> int:
    """The first month of a period as the lake numbers months."""
    return period.first.year * 12 + period.first.month - 1


def condition(t: ir.Table, one: Condition) -> ir.BooleanValue:
    """A row's yes or no to one condition; unknown values say no."""
    column = t[one.column]
    if one.op == "known":
        return column.notnull()
    if one.op == "unknown":
        return column.isnull()
    value: Any = t[one.value.column] + one.value.plus if isinstance(one.value, Beside) and one.value.plus else one.value
    if isinstance(one.value, Beside) and not one.value.plus:
        value = t[one.value.column]
    match one.op:
        case "is":
            return column == value
        case "is_not":
            return column != value
        case "one_of":
            return column.isin(list(value))
        case "none_of":
            return column.notin(list(value))
        case "at_least":
            return column >= value
        case "at_most":
            return column <= value
        case "above":
            return column > value
        case _:
            return column < value


def _placed(t: ir.Table, level: str) -> ir.StringValue:
    if level in _ABOVE:
        keep = _ABOVE[level]
        return t.district.substr(0, keep) + "0" * (12 - keep)
    return t[level]


def _periods_table(periods: Sequence[Period], reach: int) -> ir.Table:
    """Each period with the first and the last month its window covers (`reach` months, at least its own)."""
    import ibis

    rows = []
    for n, period in enumerate(periods):
        last = month_number(period) + period.months - 1
        rows.append({"period_no": n, "from_month": last + 1 - max(period.months, reach), "to_month": last})
    return ibis.memtable(rows, schema={"period_no": "int32", "from_month": "int32", "to_month": "int32"})


def measured(t: ir.Table, table: FactTable, measure: Measure, periods: Sequence[Period], window: str, level: str) -> ir.Table:
    """Rows that count, each with `place` and `period_no`, once for every window it lies in."""
    for one in measure.where:
        t = t.filter(condition(t, one))
    t = t.mutate(place=_placed(t, level), month_no=t[f"{measure.at}_month"])
    t = t.filter(t.place.notnull() & (t.place != ""))
    if table.kind == "state":
        spans = _periods_table(periods, 1)
        until = t[f"{table.until}_month"]
        return t.join(spans, [t.month_no <= spans.to_month, until.isnull() | (until > spans.to_month)])
    length = periods[0].months
    if window == "period" and all(p.months == length for p in periods):
        # The plain case needs no join: the number of the period follows from the month.
        starts = {month_number(p): n for n, p in enumerate(periods)}
        t = t.filter((t.month_no >= min(starts)) & (t.month_no < max(starts) + length))
        return _numbered(t, t.month_no - t.month_no % length, starts)
    spans = _periods_table(periods, 12 if window == "year" else 1)
    return t.join(spans, [t.month_no >= spans.from_month, t.month_no <= spans.to_month])


def _numbered(t: ir.Table, first: ir.IntegerValue, starts: dict[int, int]) -> ir.Table:
    import ibis

    numbers = ibis.memtable(
        [{"first_month": month, "period_no": n} for month, n in starts.items()], schema={"first_month": "int32", "period_no": "int32"}
    )
    t = t.mutate(first_month=first.cast("int32"))
    return t.join(numbers, "first_month")


def _counted(t: ir.Table, measure: Measure) -> Any:
    if measure.how == "rows":
        return t.count()
    if measure.how == "sum":
        return t[measure.column].sum()
    return t[measure.column].nunique()


def figures(engine: Engine, tables: dict[str, FactTable], indicator: Indicator, periods: Sequence[Period], level: str) -> list[Figure]:
    """
    The figures of one computed indicator for every place of a level and every period. A place without a single row has none. Raises ValueError for
    a change (see `changes`), InputProblem for damaged facts.
    """
    formula = indicator.formula
    if formula is None or formula.numerator is None:
        raise ValueError(f"{indicator.id} has no formula of its own")
    if not periods:
        return []
    found = _answers(engine, tables, formula, list(periods), level)
    return [
        Figure(indicator.id, level, place, str(periods[n]), numerator, denominator, value)
        for (place, n), (numerator, denominator, value) in sorted(found.items())
    ]


Answer = tuple[int | None, int | None, float | None]


def _answers(
    engine: Engine, tables: dict[str, FactTable], formula: Formula, periods: list[Period], level: str
) -> dict[tuple[str, int], Answer]:
    def rows(measure: Measure, **asked: Any) -> dict[tuple[str, int], dict[str, Any]]:
        table = tables[measure.table]
        t = measured(engine.table(measure.table), table, measure, periods, formula.window, level)
        grouped = t.group_by(["place", "period_no"]).aggregate(**{name: ask(t) for name, ask in asked.items()})
        return {(row["place"], int(row["period_no"])): row for row in engine.rows(grouped)}

    numerator = formula.numerator
    assert numerator is not None
    if formula.shape in ("mean", "median", "quantile"):
        column = numerator.column
        asked: dict[str, Any] = {"many": lambda t: t[column].count()}
        if formula.shape == "mean":
            asked["total"] = lambda t: t[column].sum()
        else:
            asked["middle"] = lambda t: t[column].median() if formula.q == Fraction(1, 2) else t[column].quantile(float(formula.q))
        found = {}
        for key, row in rows(numerator, **asked).items():
            many = int(row["many"])
            if formula.shape == "mean":
                total = _whole(row["total"])
                found[key] = (total, many, value_of(total, many, 1, formula.scale))
            else:
                middle = row["middle"]
                found[key] = (None, many, None if middle is None else float(Fraction(middle) / formula.scale))
        return found
    above = {key: _whole(row["n"]) for key, row in rows(numerator, n=lambda t: _counted(t, numerator)).items()}
    if formula.shape == "amount":
        return {key: (n, None, float(Fraction(n, formula.scale))) for key, n in above.items()}
    denominator = formula.denominator
    assert denominator is not None
    below = {key: _whole(row["n"]) for key, row in rows(denominator, n=lambda t: _counted(t, denominator)).items()}
    return {
        key: (above.get(key, 0), below.get(key, 0), value_of(above.get(key, 0), below.get(key, 0), formula.per, formula.scale))
        for key in above.keys() | below.keys()
    }


def _whole(value: Any) -> int:
    return 0 if value is None else int(value)


def value_of(numerator: int, denominator: int, per: int, scale: int = 1) -> float | None:
    """Numerator ÷ denominator × per ÷ scale, exact until the last step; None where there is nothing to divide by."""
    return float(Fraction(numerator * per, denominator * scale)) if denominator else None


def change(now: float | None, before: float | None, *, falls: bool) -> float | None:
    """The change from `before` to `now` in percent of `before`, a decrease positive where it `falls`; None without something to compare with."""
    if now is None or not before:
        return None
    share = (Fraction(now) - Fraction(before)) / Fraction(before) * 100
    return float(-share if falls else share)

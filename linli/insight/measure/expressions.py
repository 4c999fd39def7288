"""
From a formula to one Ibis expression: written once, answered by DuckDB and Spark alike with the same figures.

Everything is counted by place and period together, so that one question answers all communities and all months. Rows without the place of a level
do not count for it. Durations, sums and medians are over whole numbers; division comes last and outside (`value_of`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


@dataclass(frozen=True)
class _Reading:
    """What is read together: one table, by one of its moments, in windows of one length."""

    table: str
    at: str
    window: str


def placed(t: ir.Table, table: FactTable, at: str, window: str, periods: Sequence[Period], level: str) -> ir.Table:
    """The rows of a table with `place` and `period_no`, each once for every window it lies in."""
    t = t.mutate(place=_placed(t, level), month_no=t[f"{at}_month"])
    t = t.filter(t.place.notnull() & (t.place != ""))
    if table.kind == "state":
        spans = _periods_table(periods, 1)
        until = t[f"{table.until}_month"]
        return t.join(spans, [t.month_no <= spans.to_month, until.isnull() | (until > spans.to_month)])
    length = periods[0].months
    if window == "period" and all(p.months == length for p in periods):
        # The plain case needs no comparing of spans: the number of the period follows from the month.
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


def _all_of(t: ir.Table, measure: Measure) -> ir.BooleanValue | None:
    """All conditions in one; None without any."""
    found = None
    for one in measure.where:
        met = condition(t, one)
        found = met if found is None else found & met
    return found


# A question to the rows of one place and period.
_Ask = Callable[["ir.Table"], Any]


def _asks_of(measure: Measure, formula: Formula) -> dict[str, _Ask]:
    """What is asked for a measure: `rows` that meet it, and what is counted, summed or lies in the middle of them."""
    column = measure.column
    asks: dict[str, _Ask] = {"rows": lambda t: t.count(where=_all_of(t, measure))}
    if formula.shape in ("mean", "median", "quantile"):
        asks["many"] = lambda t: t[column].count(where=_all_of(t, measure))
        if formula.shape == "mean":
            asks["total"] = lambda t: t[column].sum(where=_all_of(t, measure))
        elif formula.q == Fraction(1, 2):
            asks["middle"] = lambda t: t[column].median(where=_all_of(t, measure))
        else:
            asks["middle"] = lambda t: t[column].quantile(float(formula.q), where=_all_of(t, measure))
    elif measure.how == "sum":
        asks["n"] = lambda t: t[column].sum(where=_all_of(t, measure))
    elif measure.how == "distinct":
        asks["n"] = lambda t: t[column].nunique(where=_all_of(t, measure))
    return asks


def figures(engine: Engine, tables: dict[str, FactTable], indicator: Indicator, periods: Sequence[Period], level: str) -> list[Figure]:
    """`figures_of` for one indicator."""
    return figures_of(engine, tables, [indicator], periods, level)


def figures_of(
    engine: Engine, tables: dict[str, FactTable], indicators: Sequence[Indicator], periods: Sequence[Period], level: str
) -> list[Figure]:
    """
    The figures of computed indicators for every place of a level and every period, in the order of indicators, places and periods. What is read of
    one table by one moment is read once for all of them. A place without a single row has no figure. Raises ValueError for a change (see `change`),
    InputProblem for damaged facts.
    """
    if not periods:
        return []
    readings: dict[_Reading, dict[str, _Ask]] = {}
    for n, one in enumerate(indicators):
        formula = one.formula
        if formula is None or formula.numerator is None:
            raise ValueError(f"{one.id} has no formula of its own")
        for part, measure in (("a", formula.numerator), ("b", formula.denominator)):
            if measure is not None:
                asked = readings.setdefault(_reading_of(measure, formula, tables), {})
                asked |= {f"{part}{n}_{name}": ask for name, ask in _asks_of(measure, formula).items()}
    answers: dict[tuple[str, int], dict[str, Any]] = {}
    for reading, asked in readings.items():
        t = placed(engine.table(reading.table), tables[reading.table], reading.at, reading.window, periods, level)
        for row in engine.rows(t.group_by(["place", "period_no"]).aggregate(**{name: ask(t) for name, ask in asked.items()})):
            answers.setdefault((row["place"], int(row["period_no"])), {}).update(row)
    found = []
    for n, one in enumerate(indicators):
        assert one.formula is not None
        for (place, number), row in sorted(answers.items()):
            answer = _answer(one.formula, _named(row, f"a{n}_"), _named(row, f"b{n}_"))
            if answer is not None:
                found.append(Figure(one.id, level, place, str(periods[number]), *answer))
    return found


def _reading_of(measure: Measure, formula: Formula, tables: dict[str, FactTable]) -> _Reading:
    state = tables[measure.table].kind == "state"
    return _Reading(measure.table, measure.at, "period" if state else formula.window)


def _named(row: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {name.removeprefix(prefix): value for name, value in row.items() if name.startswith(prefix)}


Answer = tuple[int | None, int | None, float | None]


def _answer(formula: Formula, above: dict[str, Any], below: dict[str, Any]) -> Answer | None:
    """What was counted of one place and period, as a figure; None where no row met anything."""
    if not above.get("rows") and not below.get("rows"):
        return None
    if formula.shape in ("mean", "median", "quantile"):
        many = _whole(above.get("many"))
        if formula.shape == "mean":
            total = _whole(above.get("total"))
            return total, many, value_of(total, many, 1, formula.scale)
        middle = above.get("middle")
        return None, many, None if middle is None else float(Fraction(middle) / formula.scale)
    counted = _whole(above.get("n", above.get("rows")))
    if formula.shape == "amount":
        return counted, None, float(Fraction(counted, formula.scale))
    against = _whole(below.get("n", below.get("rows")))
    return counted, against, value_of(counted, against, formula.per, formula.scale)


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

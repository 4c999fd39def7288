"""
An indicator as data: what is counted, over what, in which window, against which targets, and how much of what it means that sees.

Read from mappings (a YAML pack, a form of a page) and checked whole against the tables of facts, so that what is stored can always be computed.
A condition is a column, a word and a value; unknown values meet no condition but `unknown`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Literal

from linli.insight.measure.problems import refuse
from linli.insight.measure.tables import ORDERED, FactTable

Op = Literal["is", "is_not", "one_of", "none_of", "at_least", "at_most", "above", "below", "known", "unknown"]
OPS: Final = ("is", "is_not", "one_of", "none_of", "at_least", "at_most", "above", "below", "known", "unknown")
_ORDER_OPS: Final = frozenset({"at_least", "at_most", "above", "below"})
How = Literal["rows", "sum", "distinct"]
Shape = Literal["share", "amount", "mean", "median", "quantile", "change"]
Window = Literal["period", "year"]
State = Literal["computed", "surveyed", "entered", "not_yet"]
STATES: Final = ("computed", "surveyed", "entered", "not_yet")
LEVELS: Final = ("community", "street", "district", "city", "province")


@dataclass(frozen=True)
class Beside:
    """A value that is another column's, `plus` so many seconds (moments) or units (numbers)."""

    column: str
    plus: int = 0


Value = int | str | bool | tuple[int | str, ...] | Beside | None


@dataclass(frozen=True)
class Condition:
    column: str
    op: Op
    value: Value = None


@dataclass(frozen=True)
class Measure:
    """
    Rows of a table inside the window, by the moment `at` (a state: those that hold at its end), that meet all conditions; counted, summed over
    `column`, or its distinct values counted.
    """

    table: str
    at: str
    how: How = "rows"
    column: str = ""
    where: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Formula:
    """
    `share`: numerator ÷ denominator × `per`. `amount`: the numerator alone. `mean`, `median`, `quantile` (with `q`): of the numerator's column,
    divided by `scale` (3600 turns seconds into hours). `change`: of the indicator `of` against the same period a year before, in percent of that;
    `falls` counts a decrease as positive. The window is the period asked for, or the twelve months up to its end.
    """

    shape: Shape
    numerator: Measure | None = None
    denominator: Measure | None = None
    per: int = 100
    scale: int = 1
    q: Fraction = Fraction(1, 2)
    window: Window = "period"
    of: str = ""
    falls: bool = False


@dataclass(frozen=True)
class Target:
    """What is aimed at: by a year, a phase of the plan or (neither) always; where `community_type` is named, in such communities."""

    op: str
    value: Fraction
    year: int | None = None
    phase: str = ""
    community_type: str = ""
    source: str = ""


@dataclass(frozen=True)
class Indicator:
    """
    `direction` says which is better. `why` tells of an indicator that is not computed what it needs; `coverage` of one that is, how much of what it
    means is seen. `fewest`: below so many cases it is not shown finer.
    """

    id: str
    name_zh: str
    name_en: str
    dimension: str
    tier: str
    level: str
    unit: str
    direction: Literal["higher", "lower"]
    definition_zh: str
    state: State
    definition_en: str = ""
    formula: Formula | None = None
    why_zh: str = ""
    why_en: str = ""
    coverage_zh: str = ""
    coverage_en: str = ""
    targets: tuple[Target, ...] = ()
    sources: tuple[str, ...] = ()
    fewest: int = 10
    facts: Mapping[str, Any] = field(default_factory=dict)

    def name(self, language: str) -> str:
        return self.name_zh if language.lower().startswith("zh") else self.name_en


def formula_from(said: Mapping[str, Any], tables: Mapping[str, FactTable], *, about: str) -> Formula:
    """
    Read a formula and check it: every table, column, word and value is one that can be computed. `about` names the indicator in errors. Raises
    InputProblem.
    """
    known = {"shape", "numerator", "denominator", "per", "scale", "q", "window", "of", "falls"}
    if strange := set(said) - known:
        raise _bad(about, f"不认识“{'、'.join(sorted(strange))}”", f"unknown: {', '.join(sorted(strange))}")
    shape = said.get("shape")
    if shape not in ("share", "amount", "mean", "median", "quantile", "change"):
        raise _bad(about, f"没有“{shape}”这种算法", f'there is no shape "{shape}"')
    window = said.get("window", "period")
    if window not in ("period", "year"):
        raise _bad(about, "窗口只能是 period 或 year", "the window is period or year")
    if shape == "change":
        if not said.get("of"):
            raise _bad(about, "变化率要写明是哪个指标的（of）", "a change names the indicator it is of")
        return Formula(shape="change", of=str(said["of"]), falls=bool(said.get("falls", False)), window=window)
    numerator = measure_from(said.get("numerator"), tables, about=about)
    denominator = None
    if shape == "share":
        denominator = measure_from({**_where_from(numerator), **(said.get("denominator") or {})}, tables, about=about)
    of_numbers = bool(numerator.column) and tables[numerator.table].column(numerator.column).type == "number"
    if shape in ("mean", "median", "quantile") and not of_numbers:
        raise _bad(about, "要写明对哪一列数字求", "name the column of numbers it is of")
    q = Fraction(str(said.get("q", "1/2")))
    if not 0 < q < 1:
        raise _bad(about, "分位数要在 0 和 1 之间", "a quantile lies between 0 and 1")
    per, scale = _whole(said.get("per", 100), about), _whole(said.get("scale", 1), about)
    return Formula(shape, numerator, denominator, per, scale, q, window)


def _where_from(numerator: Measure) -> dict[str, Any]:
    """What the denominator need not say again."""
    return {"table": numerator.table, "at": numerator.at}


def measure_from(said: Any, tables: Mapping[str, FactTable], *, about: str) -> Measure:
    """Read what is counted. Raises InputProblem."""
    if not isinstance(said, Mapping):
        raise _bad(about, "缺少要数的内容", "what is counted is missing")
    if strange := set(said) - {"table", "at", "how", "column", "where"}:
        raise _bad(about, f"不认识“{'、'.join(sorted(strange))}”", f"unknown: {', '.join(sorted(strange))}")
    table = tables.get(str(said.get("table", "")))
    if table is None:
        raise _bad(about, f"没有事实表“{said.get('table')}”", f'there is no fact table "{said.get("table")}"')
    at = str(said.get("at") or table.at)
    if table.kind == "state" and at != table.at:
        at = table.at  # a state holds or not at the window's end: there is nothing to choose
    if table.column(at).type != "moment":
        raise _bad(about, f"“{at}”不是时间", f'"{at}" is no moment')
    how, column = said.get("how", "rows"), str(said.get("column", ""))
    if how not in ("rows", "sum", "distinct"):
        raise _bad(about, "只能数行（rows）、求和（sum）或去重（distinct）", "count rows, a sum or distinct values")
    if how == "sum" and (not column or table.column(column).type != "number"):
        raise _bad(about, "求和要写明哪一列数字", "a sum names a column of numbers")
    if how == "distinct" and not column:
        raise _bad(about, "去重要写明哪一列", "distinct names a column")
    if column:
        table.column(column)
    conditions = said.get("where", ())
    if not isinstance(conditions, Sequence) or isinstance(conditions, str):
        raise _bad(about, "条件要写成列表", "conditions are a list")
    return Measure(table.name, at, how, column, tuple(condition_from(one, table, about=about) for one in conditions))


def condition_from(said: Any, table: FactTable, *, about: str) -> Condition:
    """Read `[column, word, value]`. Raises InputProblem."""
    if not isinstance(said, Sequence) or isinstance(said, str) or not 2 <= len(said) <= 3:
        raise _bad(about, "条件要写成 [列, 比较, 值]", "a condition is [column, word, value]")
    column, op = table.column(str(said[0])), said[1]
    if op not in OPS:
        raise _bad(about, f"没有“{op}”这种比较", f'there is no word "{op}"')
    if op in ("known", "unknown"):
        return Condition(column.name, op)
    value = said[2] if len(said) == 3 else None
    if op in _ORDER_OPS and column.type not in ORDERED:
        raise _bad(about, f"“{column.name}”不能比大小", f'"{column.name}" has no order')
    if isinstance(value, Mapping):
        other = table.column(str(value.get("column", "")))
        if other.type != column.type:
            raise _bad(about, f"“{column.name}”和“{other.name}”不能相比", f'"{column.name}" and "{other.name}" cannot be compared')
        return Condition(column.name, op, Beside(other.name, _whole(value.get("plus", 0), about)))
    if op in ("one_of", "none_of"):
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            raise _bad(about, f"“{column.name}”要给出一组值", f'"{column.name}" needs a list of values')
        return Condition(column.name, op, tuple(_plain(one, column.type, column.values, about) for one in value))
    return Condition(column.name, op, _plain(value, column.type, column.values, about))


def _plain(value: Any, kind: str, values: tuple[str, ...], about: str) -> Any:
    if kind == "yes":
        if not isinstance(value, bool):
            raise _bad(about, "这一列只能是真或假", "this column is true or false")
        return value
    if kind in ("number", "moment", "person"):
        return _whole(value, about)
    if not isinstance(value, str) or (values and value not in values):
        raise _bad(about, f"没有“{value}”这个值", f'there is no value "{value}"')
    return value


def _whole(value: Any, about: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _bad(about, f"“{value}”要是整数", f'"{value}" must be a whole number')
    return value


def _bad(about: str, zh: str, en: str) -> Exception:
    return refuse("bad_definition", f"指标“{about}”：{zh}。", f'Indicator "{about}": {en}.')

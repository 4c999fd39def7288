"""How indicators read on a page: dimensions, values with their unit, targets, and formulas as sentences. Pure words; nothing is asked of the database."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _

from linli.insight.measure.definitions import Beside, Condition, Formula, Indicator, Measure, Target
from linli.insight.measure.tables import Column, FactTable

DIMENSIONS: Final[dict[str, Any]] = {
    "governance": gettext_lazy("治理效能"),
    "services": gettext_lazy("服务供给"),
    "culture": gettext_lazy("文化建设"),
    "participation": gettext_lazy("参与机制"),
    "resources": gettext_lazy("资源整合"),
    "policy": gettext_lazy("政策落地"),
    "digital": gettext_lazy("数字化赋能"),
    "venues": gettext_lazy("议事阵地"),
    "facilities": gettext_lazy("设施与空间"),
    "environment_safety": gettext_lazy("绿色与安全"),
    "outcomes": gettext_lazy("综合成效"),
}
STATES: Final[dict[str, Any]] = {
    "computed": gettext_lazy("自动计算"),
    "surveyed": gettext_lazy("抽样调查"),
    "entered": gettext_lazy("外部登记"),
    "not_yet": pgettext_lazy("indicator", "还没有"),
}
TONES: Final = {"computed": "green", "surveyed": "blue", "entered": "blue", "not_yet": "plain"}
TIERS: Final[dict[str, Any]] = {
    "core": gettext_lazy("核心指标"),
    "target": gettext_lazy("有目标的指标"),
    "monitor": gettext_lazy("观察指标"),
    "pilot": gettext_lazy("试点指标"),
}
_UNITS: Final[dict[str, Any]] = {
    "percent": gettext_lazy("%(n)s%%"),
    "percentage_points": gettext_lazy("%(n)s 个百分点"),
    "hours": pgettext_lazy("measure", "%(n)s 小时"),
    "minutes": pgettext_lazy("measure", "%(n)s 分钟"),
    "days": pgettext_lazy("measure", "%(n)s 天"),
    "count": "%(n)s",
    "count_per_month": gettext_lazy("每月 %(n)s 次"),
    "count_per_year": gettext_lazy("每年 %(n)s 次"),
    "hours_per_week": gettext_lazy("每周 %(n)s 小时"),
    "hours_per_year": gettext_lazy("每年 %(n)s 小时"),
    "score_100": gettext_lazy("%(n)s 分（满分 100）"),
    "score_5": gettext_lazy("%(n)s 分（满分 5）"),
    "ratio": gettext_lazy("%(n)s 倍"),
    "yuan_per_person_year": gettext_lazy("每人每年 %(n)s 元"),
    "residents_per_worker": gettext_lazy("每名工作者服务 %(n)s 人"),
    "persons_per_10000_residents": gettext_lazy("每万人 %(n)s 人"),
    "acts_per_1000_residents": gettext_lazy("每千人 %(n)s 次"),
    "person_times_per_year": gettext_lazy("每年 %(n)s 人次"),
    "events_per_1000_person_year": gettext_lazy("每千人每年 %(n)s 起"),
}
_OPS: Final[dict[str, Any]] = {
    ">=": gettext_lazy("不低于 %(value)s"),
    ">": gettext_lazy("高于 %(value)s"),
    "<=": gettext_lazy("不高于 %(value)s"),
    "<": gettext_lazy("低于 %(value)s"),
    "=": gettext_lazy("等于 %(value)s"),
}
_WORDS: Final[dict[str, Any]] = {
    "is": gettext_lazy("%(column)s是%(value)s"),
    "is_not": gettext_lazy("%(column)s不是%(value)s"),
    "one_of": gettext_lazy("%(column)s是%(value)s之一"),
    "none_of": gettext_lazy("%(column)s不是%(value)s中的任何一个"),
    "at_least": gettext_lazy("%(column)s不少于%(value)s"),
    "at_most": gettext_lazy("%(column)s不多于%(value)s"),
    "above": gettext_lazy("%(column)s多于%(value)s"),
    "below": gettext_lazy("%(column)s少于%(value)s"),
    "known": gettext_lazy("%(column)s已知"),
    "unknown": gettext_lazy("%(column)s未知"),
}
_WHEN: Final[dict[str, Any]] = {
    "at_least": gettext_lazy("%(column)s不早于%(value)s"),
    "at_most": gettext_lazy("%(column)s不晚于%(value)s"),
    "above": gettext_lazy("%(column)s晚于%(value)s"),
    "below": gettext_lazy("%(column)s早于%(value)s"),
}


def language() -> str:
    return get_language() or "zh"


def in_chinese() -> bool:
    return language().lower().startswith("zh")


def dimension_name(code: str) -> str:
    return str(DIMENSIONS.get(code, code))


def definition_of(one: Indicator) -> str:
    """The definition in the reader's language, else in the other one."""
    return (one.definition_zh or one.definition_en) if in_chinese() else (one.definition_en or one.definition_zh)


def why_of(one: Indicator) -> str:
    return (one.why_zh or one.why_en) if in_chinese() else (one.why_en or one.why_zh)


def coverage_of(one: Indicator) -> str:
    return (one.coverage_zh or one.coverage_en) if in_chinese() else (one.coverage_en or one.coverage_zh)


def number_words(value: float | Fraction) -> str:
    """A number with one digit after the point, none where it is whole or large."""
    shown = float(value)
    if abs(shown) >= 1000 or abs(shown - round(shown)) < 0.05:
        return f"{round(shown):,}"
    return f"{shown:.1f}"


def value_words(value: float | Fraction | None, unit: str) -> str:
    """The value with its unit; a dash where there is none."""
    if value is None:
        return "—"
    return str(_UNITS.get(unit, "%(n)s")) % {"n": number_words(value)}


def target_words(target: Target, unit: str) -> str:
    """What is aimed at, without when."""
    return str(_OPS.get(target.op, "%(value)s")) % {"value": value_words(target.value, unit)}


def until_words(target: Target) -> str:
    """By when it is aimed at."""
    if target.year:
        return _("%(year)s 年") % {"year": target.year}
    return target.phase or _("一直")


def window_words(formula: Formula | None) -> str:
    if formula is None:
        return ""
    if formula.shape == "change":
        return _("同一期间和一年以前相比")
    return _("到期末为止的十二个月") if formula.window == "year" else _("期间以内")


def formula_words(one: Indicator, tables: dict[str, FactTable], names: dict[str, str]) -> list[str]:
    """How it is computed, as whole sentences; empty for what is not. `names` are those of indicators by code."""
    formula = one.formula
    if formula is None:
        return []
    if formula.shape == "change":
        of = names.get(formula.of, formula.of)
        said = _("“%(name)s”比去年同期减少的百分比。") if formula.falls else _("“%(name)s”比去年同期增加的百分比。")
        return [said % {"name": of}]
    assert formula.numerator is not None
    counted = measure_words(formula.numerator, tables)
    if formula.shape == "share":
        assert formula.denominator is not None
        return [
            _("分子：%(what)s。") % {"what": counted},
            _("分母：%(what)s。") % {"what": measure_words(formula.denominator, tables)},
            _("分子除以分母，乘以 %(per)s。") % {"per": formula.per},
        ]
    return [_statistic(formula) % {"what": counted}]


def _statistic(formula: Formula) -> str:
    scaled = _("再除以 %(n)s。") % {"n": formula.scale} if formula.scale != 1 else ""
    said = {
        "amount": _("数的是：%(what)s。"),
        "mean": _("平均数：%(what)s。"),
        "median": _("中位数：%(what)s。"),
        "quantile": _("分位数：%(what)s。"),
    }[formula.shape]
    return said + scaled.replace("%", "%%")


def measure_words(measure: Measure, tables: dict[str, FactTable]) -> str:
    """What is counted: of which table, by which moment, under which conditions."""
    table = tables[measure.table]
    what = table.says(language())
    if measure.how == "sum" or (measure.column and measure.how == "rows"):
        what = _("%(table)s的%(column)s") % {"table": what, "column": table.column(measure.column).says(language())}
    elif measure.how == "distinct":
        what = _("%(table)s里不同的%(column)s") % {"table": what, "column": table.column(measure.column).says(language())}
    moment = table.column(measure.at).says(language())
    said = (
        _("%(what)s，期末有效的") % {"what": what}
        if table.kind == "state"
        else _("%(what)s，按%(moment)s") % {"what": what, "moment": moment}
    )
    conditions = [condition_words(one, table) for one in measure.where]
    return _("；").join([said, *conditions])


def condition_words(one: Condition, table: FactTable) -> str:
    column = table.column(one.column)
    words = _WHEN.get(one.op, _WORDS[one.op]) if column.type == "moment" else _WORDS[one.op]
    return str(words) % {"column": _("“%(name)s”") % {"name": column.says(language())}, "value": _value(one.value, column, table)}


def _value(value: Any, column: Column, table: FactTable) -> str:
    if isinstance(value, Beside):
        other = _("“%(name)s”") % {"name": table.column(value.column).says(language())}
        return other if not value.plus else _("%(other)s加 %(n)s") % {"other": other, "n": value.plus}
    if isinstance(value, tuple):
        return _("、").join(str(v) for v in value)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return "" if value is None else str(value)

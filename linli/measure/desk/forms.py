"""The forms of indicators: one changed in structured rows, a figure entered from a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from linli.insight.measure.definitions import OPS
from linli.insight.measure.tables import Column, FactTable
from linli.kernel.places.models import CommunityType
from linli.measure import wording

MORE_CONDITIONS: Final = 2
MORE_TARGETS: Final = 3
_SPLIT: Final = str.maketrans({"，": "、", ",": "、"})
_SHAPES: Final = (
    ("", gettext_lazy("不自动计算")),
    ("share", gettext_lazy("比例：分子 ÷ 分母")),
    ("amount", gettext_lazy("数量")),
    ("mean", gettext_lazy("平均数")),
    ("median", gettext_lazy("中位数")),
    ("quantile", gettext_lazy("分位数")),
    ("change", gettext_lazy("和去年同期相比的变化")),
)
_HOWS: Final = (("rows", gettext_lazy("数件数")), ("sum", gettext_lazy("把一列加起来")), ("distinct", gettext_lazy("数不同的值")))
_OPS: Final = {
    "is": pgettext_lazy("condition", "是"),
    "is_not": gettext_lazy("不是"),
    "one_of": gettext_lazy("是其中之一"),
    "none_of": gettext_lazy("都不是"),
    "at_least": gettext_lazy("不早于、不少于"),
    "at_most": gettext_lazy("不晚于、不多于"),
    "above": gettext_lazy("在以后、以上"),
    "below": gettext_lazy("在以前、以下"),
    "known": pgettext_lazy("condition", "已知"),
    "unknown": pgettext_lazy("condition", "未知"),
}
_TARGET_OPS: Final = (("", "—"), (">=", "≥"), (">", ">"), ("<=", "≤"), ("<", "<"), ("=", "="))


def columns_of(tables: Mapping[str, FactTable], types: Iterable[str] = ()) -> list[tuple[str, Any]]:
    """Every column of every table, grouped, as choices "table.column"."""
    wanted = set(types)
    return [
        (
            table.says(wording.language()),
            [(f"{table.name}.{c.name}", c.says(wording.language())) for c in table.columns if not wanted or c.type in wanted],
        )
        for table in tables.values()
    ]


class EditForm(forms.Form):
    """
    An indicator in structured rows. `said` is its entry as it is in force; `changes()` is what the form says otherwise, fit for
    `actions.change_indicator`.
    """

    name_zh = forms.CharField(label=gettext_lazy("中文名称"), max_length=80)
    name_en = forms.CharField(label=gettext_lazy("英文名称"), max_length=120)
    definition_zh = forms.CharField(label=gettext_lazy("定义"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    definition_en = forms.CharField(
        label=gettext_lazy("英文定义"), max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    state = forms.ChoiceField(label=gettext_lazy("数字从哪里来"), choices=[(c, w) for c, w in wording.STATES.items()])
    why_zh = forms.CharField(
        label=gettext_lazy("不自动计算的原因"), max_length=300, required=False, help_text=gettext_lazy("自动计算的不用写。")
    )
    why_en = forms.CharField(label=gettext_lazy("原因（英文）"), max_length=300, required=False)
    fewest = forms.IntegerField(
        label=gettext_lazy("至少多少件才显示"),
        min_value=1,
        max_value=10_000,
        help_text=gettext_lazy("背后的件数比这还少时不显示比例：一两件就会让数字跳动，也可能看得出是谁。"),
    )
    shape = forms.ChoiceField(label=gettext_lazy("怎么算"), choices=_SHAPES, required=False)
    window = forms.ChoiceField(
        label=gettext_lazy("算哪一段时间"),
        choices=[("period", gettext_lazy("期间以内")), ("year", gettext_lazy("到期末为止的十二个月"))],
        required=False,
    )
    per = forms.IntegerField(
        label=gettext_lazy("比例乘以多少"),
        min_value=1,
        max_value=1_000_000,
        required=False,
        help_text=gettext_lazy("百分比写 100，每千人写 1000。"),
    )
    scale = forms.IntegerField(
        label=gettext_lazy("结果除以多少"),
        min_value=1,
        max_value=10_000_000,
        required=False,
        help_text=gettext_lazy("分钟要换成小时就写 60，不换写 1。"),
    )
    q = forms.DecimalField(
        label=gettext_lazy("分位"), min_value=0, max_value=1, required=False, help_text=gettext_lazy("只用于分位数，例如 0.9。")
    )
    of = forms.ChoiceField(label=gettext_lazy("哪个指标的变化"), required=False)
    falls = forms.BooleanField(label=gettext_lazy("减少算作正数"), required=False)
    reason = forms.CharField(label=gettext_lazy("为什么改"), max_length=300, help_text=gettext_lazy("会和新的一版一起保存，大家都看得到。"))

    def __init__(
        self,
        sent: Any = None,
        *,
        said: Mapping[str, Any],
        tables: Mapping[str, FactTable],
        others: list[tuple[str, str]],
        reason: str = "",
    ) -> None:
        self.said, self.tables = said, tables
        formula = said.get("formula") or {}
        self.condition_rows = {
            side: range(len((formula.get(side) or {}).get("where", ())) + MORE_CONDITIONS) for side in ("numerator", "denominator")
        }
        self.target_rows = range(len(said.get("targets", ())) + MORE_TARGETS)
        super().__init__(sent, initial={**_initial(said, tables), "reason": reason})
        self.fields["of"].choices = [("", "—"), *others]  # type: ignore[attr-defined]  # a field with choices
        everything = [("", "—"), *columns_of(tables)]
        for side in ("numerator", "denominator"):
            moments = [("", "—"), *columns_of(tables, ("moment",))]
            self.fields[f"{side}_at"] = forms.ChoiceField(label=_("数什么，按哪个时间"), choices=moments, required=False)
            self.fields[f"{side}_how"] = forms.ChoiceField(label=_("怎么数"), choices=_HOWS, required=False)
            self.fields[f"{side}_column"] = forms.ChoiceField(label=_("哪一列"), choices=everything, required=False)
            for n in self.condition_rows[side]:
                self.fields[f"{side}_where_{n}_column"] = forms.ChoiceField(label=_("列"), choices=everything, required=False)
                self.fields[f"{side}_where_{n}_op"] = forms.ChoiceField(
                    label=_("比较"), choices=[(o, _OPS[o]) for o in OPS], required=False
                )
                self.fields[f"{side}_where_{n}_value"] = forms.CharField(label=_("值"), max_length=300, required=False)
        types = [("", _("所有社区")), *[(c, w) for c, w in CommunityType.choices if c]]
        for n in self.target_rows:
            self.fields[f"target_{n}_op"] = forms.ChoiceField(label=_("方向"), choices=_TARGET_OPS, required=False)
            self.fields[f"target_{n}_value"] = forms.DecimalField(label=_("目标值"), max_digits=12, decimal_places=3, required=False)
            self.fields[f"target_{n}_year"] = forms.IntegerField(label=_("年份"), min_value=2000, max_value=2100, required=False)
            self.fields[f"target_{n}_phase"] = forms.CharField(label=_("或者阶段"), max_length=20, required=False)
            self.fields[f"target_{n}_community_type"] = forms.ChoiceField(label=_("哪类社区"), choices=types, required=False)
            self.fields[f"target_{n}_source"] = forms.CharField(label=_("依据"), max_length=80, required=False)

    # --- rows for the template ---------------------------------------------------------------------------------------------
    def targets(self) -> list[list[forms.BoundField]]:
        names = ("op", "value", "year", "phase", "community_type", "source")
        return [[self[f"target_{n}_{name}"] for name in names] for n in self.target_rows]

    def conditions(self, side: str) -> list[list[forms.BoundField]]:
        return [[self[f"{side}_where_{n}_{name}"] for name in ("column", "op", "value")] for n in self.condition_rows[side]]

    # --- what was typed as data --------------------------------------------------------------------------------------------
    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        self.data_ = {
            name: given.get(name, "") for name in ("name_zh", "name_en", "definition_zh", "definition_en", "state", "why_zh", "why_en")
        }
        self.data_["fewest"] = given.get("fewest")
        self.data_["targets"] = [t for n in self.target_rows if (t := self._target(given, n)) is not None]
        if given.get("shape"):
            self.data_["formula"] = self._formula(given)
        elif given.get("state") == "computed":
            self.add_error("shape", _("要自动计算，就要写怎么算。"))
        if not self.errors and not self.changes():
            raise forms.ValidationError(_("什么都没有改。"))
        return given

    def changes(self) -> dict[str, Any]:
        """What differs from the entry in force."""
        before = {**_plain_entry(self.said, self.tables), "targets": [_plain_target(t) for t in self.said.get("targets", ())]}
        return {name: value for name, value in self.data_.items() if value != before.get(name, "")}

    def _target(self, given: Mapping[str, Any], n: int) -> dict[str, Any] | None:
        op, value = given.get(f"target_{n}_op"), given.get(f"target_{n}_value")
        if not op and value is None:
            return None
        if not op or value is None:
            self.add_error(f"target_{n}_value", _("方向和目标值要一起写；不要这个目标就都空着。"))
            return None
        year, phase = given.get(f"target_{n}_year"), given.get(f"target_{n}_phase", "").strip()
        if year is None and not phase:
            self.add_error(f"target_{n}_year", _("请写年份，或者写阶段，例如 2026-2030。"))
            return None
        told = {"op": op, "value": int(value) if value == value.to_integral_value() else float(value), "year": year, "phase": phase}
        more = {name: given.get(f"target_{n}_{name}", "") for name in ("community_type", "source")}
        return {k: v for k, v in {**told, **more}.items() if v not in (None, "")}

    def _formula(self, given: Mapping[str, Any]) -> dict[str, Any]:
        shape = given["shape"]
        if shape == "change":
            if not given.get("of"):
                self.add_error("of", _("请选择是哪个指标的变化。"))
            return {"shape": "change", "of": given.get("of", ""), "falls": bool(given.get("falls"))}
        made: dict[str, Any] = {"shape": shape, "numerator": self._measure(given, "numerator")}
        if shape == "share":
            made["denominator"] = self._measure(given, "denominator")
            made["per"] = given.get("per") or 100
        if (given.get("scale") or 1) != 1:
            made["scale"] = given["scale"]
        if shape == "quantile":
            made["q"] = str(given.get("q") or "0.5")
        if given.get("window") == "year":
            made["window"] = "year"
        return made

    def _measure(self, given: Mapping[str, Any], side: str) -> dict[str, Any]:
        name, _dot, at = (given.get(f"{side}_at") or "").partition(".")
        if not name and side == "numerator":
            self.add_error(f"{side}_at", _("请选择数什么。"))
        made: dict[str, Any] = {"table": name, "at": at} if name else {}
        if (how := given.get(f"{side}_how")) and how != "rows":
            made["how"] = how
        if column := given.get(f"{side}_column"):
            made["column"] = self._of_table(f"{side}_column", column, name)
        where = [c for n in self.condition_rows[side] if (c := self._condition(given, f"{side}_where_{n}", name)) is not None]
        return {**made, "where": where} if where else made

    def _of_table(self, field: str, chosen: str, table: str) -> str:
        named, _dot, column = chosen.partition(".")
        if table and named != table:
            self.add_error(field, _("这一列不属于上面选的那种记录。"))
        return column

    def _condition(self, given: Mapping[str, Any], field: str, table: str) -> list[Any] | None:
        chosen, op = given.get(f"{field}_column"), given.get(f"{field}_op") or "is"
        if not chosen:
            return None
        name = self._of_table(f"{field}_column", chosen, table)
        if op in ("known", "unknown"):
            return [name, op]
        column = self.tables[chosen.partition(".")[0]].by_name[name]
        try:
            return [name, op, value_from(given.get(f"{field}_value", "").strip(), op, column)]
        except ValueError as wrong:
            self.add_error(f"{field}_value", str(wrong))
            return None


def value_from(text: str, op: str, column: Column) -> Any:
    """What was typed for a column, as the formula keeps it. Raises ValueError with words that say how to mend it."""
    if text.startswith("@"):
        named, _plus, more = text[1:].partition("+")
        if more and not more.isdecimal():
            raise ValueError(_("加号后面要写整数，例如 @answer_due_at+3600。"))
        return {"column": named.strip(), **({"plus": int(more)} if more else {})}
    if op in ("one_of", "none_of"):
        parts = [part.strip() for part in text.translate(_SPLIT).split("、") if part.strip()]
        if not parts:
            raise ValueError(_("请写一组值，用顿号隔开。"))
        return [_single(part, column) for part in parts]
    return _single(text, column)


def _single(text: str, column: Column) -> Any:
    if column.type == "yes":
        said = {"是": True, "否": False, "yes": True, "no": False, "true": True, "false": False}.get(text.lower())
        if said is None:
            raise ValueError(_("这一列只能写“是”或“否”。"))
        return said
    if column.type in ("number", "moment", "person"):
        if not text.lstrip("-").isdecimal():
            raise ValueError(_("这一列要写整数，或者用 @列名 和另一列比较。"))
        return int(text)
    if column.values and text not in column.values:
        raise ValueError(_("可以写的值：%(values)s。") % {"values": "、".join(v or "“”" for v in column.values)})
    return text


def text_of(value: Any) -> str:
    """A value of a condition as it is typed."""
    if isinstance(value, Mapping):
        return f"@{value['column']}" + (f"+{value['plus']}" if value.get("plus") else "")
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, (list, tuple)):
        return "、".join(text_of(v) for v in value)
    return "" if value is None else str(value)


def _plain_entry(said: Mapping[str, Any], tables: Mapping[str, FactTable]) -> dict[str, Any]:
    names = ("name_zh", "name_en", "definition_zh", "definition_en", "state", "why_zh", "why_en")
    entry = {name: said.get(name, "not_yet" if name == "state" else "") for name in names}
    formula = said.get("formula")
    return {**entry, "fewest": said.get("fewest", 10), **({"formula": _plain_formula(formula, tables)} if formula else {})}


def _plain_formula(formula: Mapping[str, Any], tables: Mapping[str, FactTable]) -> dict[str, Any]:
    """A formula as the form would write it, so that one that was not touched is no change."""
    if formula["shape"] == "change":
        return {"shape": "change", "of": formula.get("of", ""), "falls": bool(formula.get("falls"))}
    made: dict[str, Any] = {"shape": formula["shape"], "numerator": _plain_measure(formula["numerator"], tables)}
    if formula["shape"] == "share":
        made["denominator"] = _plain_measure(formula.get("denominator") or {}, tables)
        made["per"] = formula.get("per", 100)
    if formula.get("scale", 1) != 1:
        made["scale"] = formula["scale"]
    if formula["shape"] == "quantile":
        made["q"] = str(float(_fraction(formula.get("q", "1/2"))))
    if formula.get("window") == "year":
        made["window"] = "year"
    return made


def _fraction(text: Any) -> Any:
    from fractions import Fraction

    return Fraction(str(text))


def _plain_measure(measure: Mapping[str, Any], tables: Mapping[str, FactTable]) -> dict[str, Any]:
    table = measure.get("table", "")
    made: dict[str, Any] = {"table": table, "at": measure.get("at") or tables[table].at} if table in tables else {}
    if measure.get("how", "rows") != "rows":
        made["how"] = measure["how"]
    if measure.get("column"):
        made["column"] = measure["column"]
    where = [list(one) for one in measure.get("where", ())]
    return {**made, "where": where} if where else made


def _plain_target(target: Mapping[str, Any]) -> dict[str, Any]:
    return {k: target[k] for k in ("op", "value", "year", "phase", "community_type", "source") if target.get(k) not in (None, "")}


def _initial(said: Mapping[str, Any], tables: Mapping[str, FactTable]) -> dict[str, Any]:
    """The entry as the fields of the form."""
    made = {**_plain_entry(said, tables)}
    formula = made.pop("formula", None) or {}
    made |= {"shape": formula.get("shape", ""), "window": formula.get("window", "period"), "per": formula.get("per", 100)}
    made |= {"scale": formula.get("scale", 1), "q": formula.get("q"), "of": formula.get("of", ""), "falls": formula.get("falls", False)}
    for side in ("numerator", "denominator"):
        made |= _initial_measure(side, formula.get(side) or {}, (formula.get("numerator") or {}).get("table", ""))
    for n, target in enumerate(said.get("targets", ())):
        made |= {f"target_{n}_{name}": value for name, value in target.items()}
    return made


def _initial_measure(side: str, measure: Mapping[str, Any], table: str) -> dict[str, Any]:
    own = measure.get("table") or (table if side == "denominator" and measure else "")
    made: dict[str, Any] = {f"{side}_at": f"{measure['table']}.{measure['at']}" if measure.get("table") and measure.get("at") else ""}
    made[f"{side}_how"] = measure.get("how", "rows")
    made[f"{side}_column"] = f"{own}.{measure['column']}" if measure.get("column") else ""
    for n, one in enumerate(measure.get("where", ())):
        made[f"{side}_where_{n}_column"], made[f"{side}_where_{n}_op"] = f"{own}.{one[0]}", one[1]
        made[f"{side}_where_{n}_value"] = text_of(one[2]) if len(one) > 2 else ""
    return made


class EnterForm(forms.Form):
    """A figure that a document gives."""

    value = forms.DecimalField(label=gettext_lazy("数值"), max_digits=18, decimal_places=6)
    kind = forms.ChoiceField(
        label=gettext_lazy("出自哪里"),
        choices=[("outside", gettext_lazy("外部文件")), ("survey", gettext_lazy("抽样调查"))],
        widget=forms.RadioSelect,
        initial="outside",
    )
    document = forms.CharField(
        label=gettext_lazy("哪份文件"), max_length=200, help_text=gettext_lazy("写明发文单位和名称，例如：派出所 2026 年第三季度通报。")
    )
    dated = forms.DateField(label=gettext_lazy("文件日期"), widget=forms.DateInput(attrs={"type": "date"}))

"""What is filled in about plans: costs, subsidies and running costs as rows, a way to share, a key by floor. Forms turn text into values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from linli.insight.plans import KEY_UNIT, figure
from linli.kernel.access.refusals import Invalid, said
from linli.kernel.places.forms import PlaceField
from linli.law.lifts import LiftScheme, table_from
from linli.lib.problems import InputProblem
from linli.lib.units import UnitError, format_fen, parse_area, parse_money
from linli.loops.council.plans.actions.drafting import MOST_ROWS, PLACE_KINDS, Terms, Way
from linli.loops.council.plans.models import Alternative, How, Kind, Plan
from linli.loops.council.plans.wording import decimal, key_words

SUBSIDY_KINDS = [("fixed", _("固定金额")), ("per_lift", _("每台电梯")), ("share", _("总金额的百分比"))]
USUAL_RUNNING = ("电费", "维护保养", "年检")


class MoneyField(forms.CharField):
    """Yuan as people write them, to fen; None when left empty."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(*args, max_length=24, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_money(text)
        except UnitError as problem:
            raise forms.ValidationError(said(problem)) from None


class PercentField(forms.CharField):
    """A percentage as an exact share, as text ("1/4"); empty when left empty."""

    def clean(self, value: Any) -> str:
        text = str(super().clean(value) or "").strip().rstrip("%％").strip()
        if not text:
            return ""
        share = (figure(text) or Fraction(0)) / 100
        if not 0 < share <= 1:
            raise forms.ValidationError(_t("百分比请写 0 到 100 之间的数，如 20。"))
        return str(share)


class TermsForm(forms.Form):
    """The costs of a plan; with rows `s0_…` for subsidies and `r0_…` for running costs, as many as there are and some empty ones."""

    title = forms.CharField(
        label=_("方案名称"), max_length=60, help_text=_("例如“2 栋 1 单元加装电梯”。"), error_messages={"required": _("请写方案的名称。")}
    )
    matter = forms.CharField(label=_("属于哪个议题"), max_length=20, required=False, help_text=_("议题编号，如 M123；可以以后再填。"))
    cost = MoneyField(
        label=_("总金额（元）"), required=False, help_text=_("按报价单或预算，补贴之前的金额，单位是元；以万元计的在后面写“万”。")
    )
    cost_source = forms.CharField(
        label=_("金额的依据"), max_length=160, required=False, help_text=_("哪家的报价，哪天的；预算、结算也可以。")
    )
    lifts = forms.IntegerField(label=_("电梯台数"), min_value=1, max_value=50, initial=1, required=False)
    note = forms.CharField(label=_("说明"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    from_fund = forms.BooleanField(label=_("从各户维修资金账户列支，算出谁的余额不够"), required=False)

    def __init__(self, *args: Any, kind: str, rows: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.rows = kind, min(rows, MOST_ROWS)
        if kind != Kind.LIFT:
            del self.fields["lifts"]
        for n in range(self.rows):
            self.fields[f"s{n}_name"] = forms.CharField(label=_("名称"), max_length=60, required=False)
            choices = SUBSIDY_KINDS if kind == Kind.LIFT else [row for row in SUBSIDY_KINDS if row[0] != "per_lift"]
            self.fields[f"s{n}_kind"] = forms.ChoiceField(label=_("怎么补"), choices=choices, required=False)
            self.fields[f"s{n}_amount"] = MoneyField(label=_("金额（元）"), required=False)
            self.fields[f"s{n}_share"] = PercentField(label=_("百分比"), max_length=12, required=False)
            self.fields[f"s{n}_cap"] = MoneyField(label=_("最多（元）"), required=False)
            self.fields[f"s{n}_source"] = forms.CharField(label=_("出处"), max_length=120, required=False)
            if kind == Kind.LIFT:
                self.fields[f"r{n}_name"] = forms.CharField(label=_("名称"), max_length=40, required=False)
                self.fields[f"r{n}_amount"] = MoneyField(label=_("每年（元）"), required=False)

    @property
    def subsidy_rows(self) -> list[dict[str, Any]]:
        return [{part: self[f"s{n}_{part}"] for part in ("name", "kind", "amount", "share", "cap", "source")} for n in range(self.rows)]

    @property
    def running_rows(self) -> list[dict[str, Any]]:
        return [{part: self[f"r{n}_{part}"] for part in ("name", "amount")} for n in range(self.rows)] if self.kind == Kind.LIFT else []

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        for n in range(self.rows):
            share = data.get(f"s{n}_kind") == "share"
            if data.get(f"s{n}_name") and share and not data.get(f"s{n}_share") and f"s{n}_share" not in self.errors:
                self.add_error(f"s{n}_share", _t("请写百分比。"))
            if data.get(f"s{n}_name") and not share and not data.get(f"s{n}_amount") and f"s{n}_amount" not in self.errors:
                self.add_error(f"s{n}_amount", _t("请写金额。"))
            if (data.get(f"s{n}_amount") or data.get(f"s{n}_share")) and not data.get(f"s{n}_name") and f"s{n}_name" not in self.errors:
                self.add_error(f"s{n}_name", _t("请写这项补贴的名称。"))
            if data.get(f"s{n}_name") and not data.get(f"s{n}_source"):
                self.add_error(f"s{n}_source", _t("请写明来源：哪个部门、哪份文件。"))
        return data

    def terms(self) -> Terms:
        """The values for the action, once valid."""
        data = self.cleaned_data
        subsidies = [
            {
                "name": data[f"s{n}_name"], "kind": data[f"s{n}_kind"] or "fixed", "fen": data[f"s{n}_amount"] or 0, "share": data[f"s{n}_share"] or "0",
                "cap_fen": data[f"s{n}_cap"], "source": data[f"s{n}_source"],
            }
            for n in range(self.rows)
            if data.get(f"s{n}_name")
        ]  # fmt: skip
        running = [
            {"name": data[f"r{n}_name"] or _t("其他"), "fen": data[f"r{n}_amount"]} for n in range(self.rows) if data.get(f"r{n}_amount")
        ]
        return Terms(
            data["title"],
            data["cost"] or 0,
            data["cost_source"],
            data["note"],
            data.get("lifts") or 1,
            subsidies,
            running,
            data["from_fund"],
        )


class NewForm(TermsForm):
    place = PlaceField(label=_("哪里的方案"), kinds=[k.value for k in PLACE_KINDS])
    homes = forms.ChoiceField(label=_("各户从哪里来"), required=False, choices=[("", _("房屋登记"))])

    field_order = ("place", "title", "matter", "homes", "cost", "cost_source", "lifts", "note", "from_fund")

    def __init__(self, *args: Any, reach: Sequence[str], rolls: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place, homes = self.fields["place"], self.fields["homes"]
        assert isinstance(place, PlaceField)
        assert isinstance(homes, forms.ChoiceField)
        place.reach = list(reach)
        homes.choices = [("", _("房屋登记")), *rolls]


def terms_initial(plan: Plan) -> dict[str, Any]:
    """A plan's costs as they stand in its form."""
    found: dict[str, Any] = {
        "title": plan.title, "matter": plan.matter.ref if plan.matter else "", "cost": plain(plan.cost_fen) if plan.cost_fen else "",
        "cost_source": plan.cost_source, "lifts": plan.lifts, "note": plan.note, "from_fund": plan.from_fund,
    }  # fmt: skip
    for n, row in enumerate(plan.subsidies):
        share = Fraction(row.get("share") or 0)
        found |= {
            f"s{n}_name": row["name"], f"s{n}_kind": row["kind"], f"s{n}_amount": plain(row["fen"]) if row["fen"] else "",
            f"s{n}_share": decimal(share * 100) if share else "", f"s{n}_cap": plain(row["cap_fen"]) if row.get("cap_fen") else "", f"s{n}_source": row["source"],
        }  # fmt: skip
    for n, row in enumerate(plan.running):
        found |= {f"r{n}_name": row["name"], f"r{n}_amount": plain(row["fen"])}
    return found


def usual_running() -> dict[str, Any]:
    """The names of what a lift costs every year, to be filled in."""
    return {f"r{n}_name": name for n, name in enumerate(USUAL_RUNNING)}


def rows_of(plan: Plan | None) -> int:
    """How many rows a form has: those there are and two more."""
    return max(4, len(plan.subsidies) + 2, len(plan.running) + 2) if plan else 4


def plain(fen: int) -> str:
    """Fen as a figure to edit: 1234.50, and 1234 where there are no fen."""
    text = format_fen(fen).replace(",", "")
    return text.removesuffix(".00")


# --- ways to share -----------------------------------------------------------------------------------------------
class WayForm(forms.Form):
    """One way to share. `key` is area, home, key, a scheme by its code, or a table of one's own."""

    name = forms.CharField(label=_("名称"), max_length=60, error_messages={"required": _("请给这个办法起个名字。")})
    key = forms.ChoiceField(label=_("怎么分摊"))
    table = forms.CharField(
        label=_("各层系数"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 7}),
        help_text=_("只在选“自己写各层系数”时填。每行一层，如“1 0”“2 0.5”“3 1.0”。"),
    )  # fmt: skip
    step = forms.CharField(label=_("再往上每层加"), required=False, max_length=12, help_text=_("不填就和最高一行一样。"))
    by = forms.ChoiceField(
        label=_("系数"), choices=[("area", _("乘以面积")), ("home", _("同层各户一样"))], initial="area", widget=forms.RadioSelect
    )
    free_up_to = forms.IntegerField(
        label=_("几层及以下不出钱"), required=False, help_text=_("例如 1；按楼层系数的，系数写 0 也一样。不填就没有。")
    )
    paid = MoneyField(label=_("不出钱的每户补偿（元）"), required=False, help_text=_("由出钱的各户分摊；不补偿就不填。"))

    def __init__(self, *args: Any, schemes: Sequence[tuple[str, LiftScheme]], language: str, lift: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.schemes = dict(schemes)
        plain_ways = [(How.AREA.value, How.AREA.label), (How.HOME.value, How.HOME.label), (How.KEY.value, How.KEY.label)]
        own = [(code, scheme.name(language)) for code, scheme in schemes]
        choice = self.fields["key"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = (
            [*own, ("table", _t("自己写各层系数")), *plain_ways] if lift else [*plain_ways, ("table", _t("自己写各层系数")), *own]
        )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("key") == "table":
            try:
                data["scheme"] = table_from(data.get("table", ""), data.get("by", "area"), data.get("step") or "0")
            except InputProblem as problem:
                self.add_error("table", said(problem))
        return data

    def way(self) -> Way:
        data = self.cleaned_data
        key = data["key"]
        scheme: Mapping[str, Any] = {}
        if key in self.schemes:
            scheme = self.schemes[key].data()
        elif key == "table":
            scheme = {**data["scheme"], "code": "own", "name_zh": data["name"], "source_zh": _t("本方案自定"), "confidence": "own"}
        how = How.FLOOR.value if scheme else key
        return Way(data["name"], how, scheme, data["free_up_to"], data["paid"] or 0)


def way_initial(a: Alternative, schemes: Sequence[tuple[str, LiftScheme]]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": a.name,
        "key": a.how,
        "free_up_to": a.free_up_to,
        "paid": plain(a.paid_fen) if a.paid_fen else "",
        "by": "area",
    }
    if a.how == How.FLOOR:
        known = next((code for code, scheme in schemes if scheme.data() == a.scheme), "table")
        lines = [f"{floor} {decimal(Fraction(value))}" for floor, value in sorted(a.scheme["table"].items(), key=lambda row: int(row[0]))]
        step = Fraction(a.scheme["step"])
        found |= {"key": known, "by": a.scheme["by"], "table": "\n".join(lines), "step": decimal(step) if step else ""}
    return found


class SchemeForm(forms.Form):
    """A key by floor of the operator's own, with its source."""

    place = PlaceField(label=_("哪里用"), required=False, help_text=_("不填就是整个系统都能用。"))
    name = forms.CharField(label=_("名称"), max_length=60, error_messages={"required": _("请写名称。")})
    source = forms.CharField(
        label=_("出处"), max_length=120, help_text=_("哪份文件，或者哪次会议商定的。"), error_messages={"required": _("请写明来源。")}
    )
    table = forms.CharField(
        label=_("各层系数"), max_length=2000, widget=forms.Textarea(attrs={"rows": 7}), help_text=_("每行一层，如“1 0”“2 0.5”“3 1.0”。"),
        error_messages={"required": _("请写各层系数。")},
    )  # fmt: skip
    step = forms.CharField(label=_("再往上每层加"), required=False, max_length=12, help_text=_("不填就和最高一行一样。"))
    by = forms.ChoiceField(
        label=_("系数"), choices=[("area", _("乘以面积")), ("home", _("同层各户一样"))], initial="area", widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, reach: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = self.fields["place"]
        assert isinstance(place, PlaceField)
        place.reach = list(reach)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("table"):
            try:
                data["scheme"] = {
                    **table_from(data["table"], data.get("by", "area"), data.get("step") or "0"),
                    "source_zh": data.get("source", ""),
                }
            except InputProblem as problem:
                self.add_error("table", said(problem))
        return data


# --- homes -----------------------------------------------------------------------------------------------------------
def read_home(given: Mapping[str, str]) -> dict[str, Any]:
    """
    What was typed for one home (floor, area in m², key, balance in yuan), as values; only what was sent. Raises Invalid with the first thing that
    cannot be read.
    """
    made: dict[str, Any] = {}
    for name, text in ((n, given[n].strip()) for n in ("floor", "area", "key", "balance") if n in given):
        try:
            made[{"balance": "balance_fen"}.get(name, name)] = _READ[name](text) if text else None
        except InputProblem as problem:
            raise Invalid(problem.code, said(problem)) from None
    return made


def read_floor(text: str) -> int:
    text = text.removesuffix("层").removesuffix("楼").strip().replace("负", "-").replace("−", "-")
    if not text.lstrip("-").isdecimal() or len(text) > 4:
        raise InputProblem(
            "bad_floor", "楼层请写整数，如 3；地下一层写 -1。", "Write a floor as a whole number, such as 3; -1 below the ground."
        )
    return int(text)


def read_key(text: str) -> int:
    """A key of up to four decimals, in ten-thousandths."""
    value = (figure(text) or Fraction(0)) * KEY_UNIT
    if figure(text) is None or value.denominator != 1:
        raise InputProblem(
            "bad_key", "系数请写不小于零的数，最多四位小数，如 1.25。", "Write a key as a number of 0 or more with at most four decimals."
        )
    return int(value)


_READ: Mapping[str, Any] = {"floor": read_floor, "area": parse_area, "key": read_key, "balance": parse_money}


def home_typed(home: Any) -> dict[str, str]:
    """A home's values as they stand in their boxes."""
    from linli.lib.units import format_area

    return {
        "floor": "" if home.floor is None else str(home.floor), "area": "" if home.area is None else format_area(home.area), "key": key_words(home.key),
        "balance": "" if home.balance_fen is None else plain(home.balance_fen), "left_out": "1" if home.left_out else "", "why": home.why_left_out,
    }  # fmt: skip

"""Setting a ballot up: what is chosen, with shares and areas as people write them, and how a draft comes back into its form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from linli.kernel.rolls.models import Roll
from linli.kernel.rolls.wording import title_of
from linli.law import voting
from linli.lib.units import UnitError, parse_area
from linli.loops.council.ballots.models import Ballot, Kind, Secrecy

CUSTOM: Final = "custom"
_OPS: Final = {"＞": ">", "≥": ">=", ">=": ">=", ">": ">", "=>": ">="}
METHODS: Final = {"schulze": _("两两比较（舒尔策法）"), "instant_runoff": _("逐轮淘汰（排序复选制）")}
SHARES: Final = {"": _("不分摊，或另有办法"), "area": _("按专有面积分摊"), "home": _("按户平均分摊")}


def zh() -> str:
    return get_language() or "zh-hans"


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M", **kwargs)


class ShareText(forms.CharField):
    """A threshold as people write it: "超过 1/2", "≥2/3", "> 50%". Cleaned to [op, share]; empty: no such threshold."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, required=False, **kwargs)

    def clean(self, value: Any) -> list[str] | None:
        text = super().clean(value).replace(" ", "").replace("／", "/").replace("超过", ">").replace("不少于", ">=").replace("至少", ">=")
        if not text:
            return None
        sign = next((s for s in sorted(_OPS, key=len, reverse=True) if text.startswith(s)), "")
        try:
            rest = text.removeprefix(sign)
            share = Fraction(rest.removesuffix("%")) / 100 if rest.endswith("%") else Fraction(rest)
        except (ValueError, ZeroDivisionError):
            share = Fraction(0)
        if not sign or not 0 < share <= 1:
            raise forms.ValidationError(_t("请写成“>1/2”“≥2/3”这样：先写大于或不少于，再写份额。"))
        return [_OPS[sign], f"{share.numerator}/{share.denominator}"]

    def prepare_value(self, value: Any) -> Any:
        return f"{value[0].replace('>=', '≥')}{value[1]}" if isinstance(value, list | tuple) and len(value) == 2 else value


class AreaText(forms.CharField):
    """Square metres as people write them, cleaned to 0.01 m²; None when left empty."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(max_length=20, required=False, widget=widget, **kwargs)

    def clean(self, value: Any) -> int | None:
        text = super().clean(value).strip().replace(",", "")
        if not text:
            return None
        try:
            return parse_area(text)
        except UnitError as problem:
            raise forms.ValidationError(problem.text_zh if zh().lower().startswith("zh") else problem.text_en) from None


def by_roll(has_area: bool, profile: str) -> tuple[str, ...]:
    """The ways of counting for which a person may have to enter thresholds."""
    known = voting.profiles().get(profile)
    if known and known.dimensions:
        return known.dimensions
    return ("owners", "area") if has_area else ("entitled",)


class SetUpForm(forms.Form):
    """Everything that is frozen with the notice. Thresholds are asked only where the law's are not verified."""

    roll = forms.TypedChoiceField(label=_("名册"), coerce=int, error_messages={"required": _("请选择一份冻结的名册。")})
    kind = forms.ChoiceField(label=_("怎么表决"), choices=Kind.choices)
    seats = forms.IntegerField(label=_("选几席"), required=False, min_value=1, max_value=31)
    points = forms.IntegerField(label=_("每人多少点"), required=False, min_value=1, max_value=1000)
    budget = forms.DecimalField(
        label=_("总预算"),
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        error_messages={"max_decimal_places": _("金额写到分，最多两位小数。"), "invalid": _("请填写金额，如 100000 或 1250.50。")},
    )
    method = forms.ChoiceField(label=_("排先后怎么算"), choices=list(METHODS.items()), required=False)
    share_by = forms.ChoiceField(
        label=_("费用怎样分摊到各家"),
        choices=list(SHARES.items()),
        required=False,
        help_text=_("选了以后，每位业主投票以前先看到自己家要出多少。"),
    )
    jurisdiction = forms.ChoiceField(label=_("按哪里的规定"))
    profile = forms.ChoiceField(label=_("通过标准"))
    part_heads = ShareText(label=_("参与：人数"))
    part_area = ShareText(label=_("参与：面积"))
    agree_heads = ShareText(label=_("同意：人数"))
    agree_area = ShareText(label=_("同意：面积"))
    base = forms.ChoiceField(label=_("同意的份额按谁算"), choices=[("participating", _("参与表决的")), ("all", _("全体"))], required=False)
    thresholds_source = forms.CharField(
        label=_("数字出自哪部法律或规约的哪一条"), max_length=200, required=False, help_text=_("例如“管理规约第 12 条”。")
    )
    silent = forms.ChoiceField(label=_("没有交回的票"))
    silent_clause = forms.CharField(
        label=_("规约里的这一条，或者业主大会的决定"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("不按严格口径、或者用异议表决时要写：抄写原文和出处，会印在公告和每张选票上。"),
    )
    invalid_ballot = forms.ChoiceField(label=_("无效票"))
    secrecy = forms.ChoiceField(label=_("记名方式"), choices=Secrecy.choices, widget=forms.RadioSelect)
    first_stands = forms.TypedChoiceField(
        label=_("同一渠道投了两次"),
        choices=[("later", _("截止前可以改，以后一次为准")), ("first", _("以第一次为准，不能改"))],
        coerce=lambda value: value == "first",
    )
    settle_signed = forms.BooleanField(label=_("不同渠道的票互相矛盾时，凭本人签字的书面说明核实"), required=False)
    proxy_most = forms.IntegerField(
        label=_("一人最多代理几票"), required=False, min_value=0, max_value=999, help_text=_("空着就按本地规定。")
    )
    official_system = forms.CharField(
        label=_("主管部门的投票系统"), max_length=80, required=False, help_text=_("本地要求用官方系统的，写它的名称。")
    )
    opens_at = forms.DateTimeField(label=_("投票开始"), widget=MomentInput(), error_messages={"required": _("请填写投票开始的时间。")})
    closes_at = forms.DateTimeField(label=_("投票截止"), widget=MomentInput(), error_messages={"required": _("请填写投票截止的时间。")})

    def __init__(self, *args: Any, rolls: Sequence[Roll], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rolls = {roll.pk: roll for roll in rolls}
        self._choices("roll", [(roll.pk, _t("%(title)s（%(day)s，%(n)s 人）") % _roll_words(roll)) for roll in rolls])
        self._choices("jurisdiction", [(place.id, place.name(zh())) for place in voting.places().values()])
        self._choices("profile", [*((p.id, p.name(zh())) for p in voting.profiles().values()), (CUSTOM, _t("自定规则"))])
        for name, policy in (("silent", "silent"), ("invalid_ballot", "invalid_ballot")):
            words = 0 if zh().lower().startswith("zh") else 1
            self._choices(name, [(code, said[words]) for code, said in voting.policies()[policy].values.items()])

    def _choices(self, name: str, choices: Sequence[tuple[Any, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)

    def roll_chosen(self) -> Roll:
        return self.rolls[self.cleaned_data["roll"]]

    def question(self) -> dict[str, Any]:
        """What the kind needs beside the options, which are the motion's own."""
        given = self.cleaned_data
        found: dict[str, Any] = {}
        if given["kind"] == Kind.ELECTION:
            found["seats"] = given["seats"]
        if given["kind"] == Kind.POINTS and given["points"]:
            found["points"] = given["points"]
        if given["kind"] == Kind.BUDGET and given["budget"] is not None:
            found["budget_fen"] = int(given["budget"] * 100)
        if given["kind"] == Kind.RANKED and given["method"]:
            found["method"] = given["method"]
        if given["share_by"]:
            found["share_by"] = given["share_by"]
        return found

    def thresholds(self) -> dict[str, Any]:
        """As the counting core reads them; empty when nothing was entered, or the law's own hold."""
        given = self.cleaned_data
        known = voting.profiles().get(given["profile"])
        if known is not None and known.verified:
            return {}
        named = by_roll(self.roll_chosen().has_area, given["profile"])
        heads = next((name for name in named if name != voting.AREA), "entitled")
        parts: dict[str, dict[str, Any]] = {}
        for part, which in (("take_part", "part"), ("agree", "agree")):
            rows = {heads: given[f"{which}_heads"], voting.AREA: given[f"{which}_area"] if voting.AREA in named else None}
            parts[part] = {name: value for name, value in rows.items() if value}
        if not parts["take_part"] and not parts["agree"]:
            return {}
        return {"take_part": parts["take_part"], "agree": {"base": given["base"] or "participating", **parts["agree"]}}

    def policies(self) -> dict[str, str]:
        given = self.cleaned_data
        return {name: given[name] for name in ("silent", "invalid_ballot") if given[name] != voting.policies()[name].default}


def _roll_words(roll: Roll) -> dict[str, Any]:
    return {"title": title_of(roll), "day": roll.record_date.isoformat(), "n": roll.voter_count}


def given_of(ballot: Ballot) -> dict[str, Any]:
    """The draft as the form shows it again."""
    question, thresholds = ballot.question, ballot.thresholds or {}
    take_part, agree = thresholds.get("take_part") or {}, dict(thresholds.get("agree") or {})
    base = agree.pop("base", "participating")

    def heads(part: Mapping[str, Any]) -> Any:
        return next((value for name, value in part.items() if name != voting.AREA), None)

    return {
        "roll": ballot.roll_id,
        "kind": ballot.kind,
        "seats": question.get("seats"),
        "points": question.get("points"),
        "budget": f"{question['budget_fen'] // 100}.{question['budget_fen'] % 100:02d}" if "budget_fen" in question else None,
        "method": question.get("method"),
        "share_by": question.get("share_by", ""),
        "jurisdiction": ballot.jurisdiction,
        "profile": ballot.profile,
        "part_heads": heads(take_part),
        "part_area": take_part.get(voting.AREA),
        "agree_heads": heads(agree),
        "agree_area": agree.get(voting.AREA),
        "base": base,
        "thresholds_source": ballot.thresholds_source,
        "silent": ballot.policies.get("silent", "strict"),
        "silent_clause": ballot.silent_clause,
        "invalid_ballot": ballot.policies.get("invalid_ballot", voting.policies()["invalid_ballot"].default),
        "secrecy": ballot.secrecy,
        "first_stands": "first" if ballot.first_stands else "later",
        "settle_signed": ballot.settle_signed,
        "proxy_most": ballot.proxy_most,
        "official_system": ballot.official_system,
        "opens_at": ballot.opens_at,
        "closes_at": ballot.closes_at,
    }

"""Forms of the Desk's pages of ballots: setting up, a choice of any kind, a delivery, a paper, a phone vote, a proxy, an official result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from django import forms
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from linli.kernel.access.actor import Actor
from linli.kernel.files.fields import PaperField, PictureField
from linli.kernel.people.desk_forms import PersonField
from linli.kernel.rolls.models import Roll
from linli.kernel.rolls.wording import title_of
from linli.law import voting
from linli.lib.units import UnitError, parse_area
from linli.loops.council.ballots import official
from linli.loops.council.ballots.actions.counting import invalid_takes_part, totals_of
from linli.loops.council.ballots.models import Ballot, Channel, Delivery, Kind, Secrecy
from linli.loops.council.ballots.rules import ABSTAIN, INVALID
from linli.loops.council.ballots.wording import choice_labels

CUSTOM: Final = "custom"
_OPS: Final = {"＞": ">", "≥": ">=", ">=": ">=", ">": ">", "=>": ">="}
METHODS: Final = {"schulze": _("两两比较（舒尔策法）"), "instant_runoff": _("逐轮淘汰（排序复选制）")}
SHARES: Final = {"": _("不分摊，或另有办法"), "area": _("按专有面积分摊"), "home": _("按户平均分摊")}
SAID: Final = {"agree": pgettext_lazy("a vote", "同意"), "against": _("反对"), "abstain": _("弃权"), "invalid": _("无效票")}


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


def zh() -> str:
    return get_language() or "zh-hans"


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


# --- a choice of any kind ------------------------------------------------------------------------------
class ChoiceForm(forms.Form):
    """What a voter said or ticked. On paper also "invalid". `choice()` is what the actions take; its rules are theirs."""

    def __init__(self, *args: Any, ballot: Ballot, on_paper: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind, self.options = ballot.kind, ballot.question.get("options", [])
        words = [*(["agree", "against"] if not self.options else []), ABSTAIN, *([INVALID] if on_paper else [])]
        labels = choice_labels(ballot)
        said = [(word, labels.get(word, str(SAID[word]))) for word in words]
        if self.options:
            said = [("", _t("选了下面的")), *said]
        self.fields["choice"] = forms.ChoiceField(
            label=_t("怎么投的"),
            choices=said,
            required=not self.options,
            widget=forms.RadioSelect,
            error_messages={"required": _t("请选择票上勾的是哪一项。")},
        )
        self._options()

    def _options(self) -> None:
        if self.kind in (Kind.APPROVAL, Kind.BUDGET, Kind.ELECTION):
            self.fields["approve"] = forms.MultipleChoiceField(
                label=_t("选了哪些"), choices=[(o["code"], option_words(o)) for o in self.options], required=False,
                widget=forms.CheckboxSelectMultiple,
            )  # fmt: skip
        elif self.options:
            most = len(self.options) if self.kind == Kind.RANKED else None
            for at, option in enumerate(self.options):
                label = _t("%(option)s 排第几") if self.kind == Kind.RANKED else _t("%(option)s 给几点")
                self.fields[f"o{at}"] = forms.IntegerField(
                    label=label % {"option": option_words(option)}, required=False, min_value=0, max_value=most
                )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        ranks = [values[f"o{at}"] for at in range(len(self.options)) if values.get(f"o{at}")] if self.kind == Kind.RANKED else []
        if len(set(ranks)) != len(ranks):
            self.add_error("choice", _t("两个方案排在同一位了，请对照票面改一改。"))
        return values

    def choice(self) -> Any:
        given = self.cleaned_data
        if given.get("choice"):
            return given["choice"]
        if "approve" in self.fields:
            return {"approve": given["approve"]}
        numbers = {o["code"]: given.get(f"o{at}") or 0 for at, o in enumerate(self.options)}
        if self.kind == Kind.RANKED:
            return {"rank": sorted((code for code, n in numbers.items() if n), key=lambda code: numbers[code])}
        return {"points": {code: n for code, n in numbers.items() if n}}


def option_words(option: Mapping[str, Any]) -> str:
    return f"{option['code']}. {option['title']}"


def choice_words(ballot: Ballot, choice: Any) -> str:
    """A choice in words."""
    if isinstance(choice, str):
        return choice_labels(ballot).get(choice, str(SAID.get(choice, choice)))
    names = {o["code"]: o["title"] for o in ballot.question.get("options", [])}
    if "points" in choice:
        return _t("、").join(f"{names.get(c, c)} {n}" for c, n in choice["points"].items())
    if "rank" in choice:
        return " › ".join(names.get(c, c) for c in choice["rank"])
    return _t("、").join(names.get(c, c) for c in choice.get("approve", ()))


# --- papers, phones, proxies ---------------------------------------------------------------------------------
class DeliveryForm(forms.Form):
    how = forms.ChoiceField(label=_("怎么送的"), choices=[c for c in Delivery.How.choices if c[0] != Delivery.How.NOTICE])
    outcome = forms.ChoiceField(label=_("结果"), choices=Delivery.Outcome.choices)
    note = forms.CharField(label=_("情况"), max_length=200, required=False, help_text=_("没有送到的要写明当时的情况。"))
    proof = PaperField(label=_("签收或现场照片、回执"), required=False)
    doors = forms.CharField(
        label=_("还有哪些序号"), max_length=2000, required=False, help_text=_("一次送了许多户的，写名册序号，如 3、5、8-20。")
    )

    def clean_doors(self) -> list[int]:
        found: set[int] = set()
        text = self.cleaned_data["doors"].replace("、", ",").replace("，", ",").replace("—", "-").replace("～", "-").replace(" ", ",")
        for part in filter(None, text.split(",")):
            first, _dash, last = part.partition("-")
            if not first.isascii() or not first.isdecimal() or (last and not (last.isascii() and last.isdecimal())) or len(part) > 20:
                raise forms.ValidationError(_t("“%(part)s”不是序号；请写成 3、5、8-20。") % {"part": part[:20]})
            low, high = int(first), int(last or first)
            if not 0 < low <= high < 2**31 or high - low > 2000:
                raise forms.ValidationError(_t("“%(part)s”不是序号；请写成 3、5、8-20。") % {"part": part[:20]})
            found |= set(range(low, high + 1))
        return sorted(found)


class PaperForm(ChoiceForm):
    """What is ticked on one paper, when it came, and its picture (asked of whoever keys it first)."""

    def __init__(self, *args: Any, first: bool, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, on_paper=True, **kwargs)
        if first:
            self.fields["received_at"] = forms.DateTimeField(
                label=_t("什么时候收到的"), widget=MomentInput(), initial=now,
                error_messages={"required": _t("请填写收到的时间。")},
            )  # fmt: skip
            self.fields["scan"] = PictureField(label=_t("选票的照片"), error_messages={"required": _t("请拍下整张选票，留作核对。")})


class HeardForm(ChoiceForm):
    """What somebody said: how, who heard it too, that they agreed to it being taken down."""

    def __init__(self, *args: Any, witnesses: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = [(c.value, c.label) for c in (Channel.PHONE, Channel.VISIT, Channel.MEETING)]
        self.fields["channel"] = forms.ChoiceField(label=_t("怎么说的"), choices=channels)
        self.fields["witness"] = forms.TypedChoiceField(
            label=_t("在场见证的同事"), coerce=int, empty_value=None, required=False, choices=[("", _t("请选择")), *witnesses],
            help_text=_t("对方要在自己的屏幕上确认后，这一票才算数；会场里当众表示的可以不选。"),
        )  # fmt: skip
        self.fields["consent"] = forms.BooleanField(
            label=_t("已向本人宣读全文和选项，本人同意由我登记这一票"), error_messages={"required": _t("请先征得本人同意并登记。")}
        )
        self.fields["note"] = forms.CharField(
            label=_t("备注"), max_length=300, required=False, help_text=_t("例如通话时间、怎样核对的身份。")
        )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("channel") != Channel.MEETING and not values.get("witness") and "witness" not in self.errors:
            self.add_error("witness", _t("电话和上门的票要有另一位工作人员在场见证。"))
        return values


class ProxyForm(forms.Form):
    holder = PersonField(label=_("由谁代投"))
    authority = PaperField(label=_("委托书"), error_messages={"required": _("请上传委托书。")})
    property_staff = forms.BooleanField(label=_("是物业服务人员"), required=False)
    instructed = forms.BooleanField(label=_("委托书写明了怎么投（在下面选）"), required=False)

    def __init__(self, *args: Any, actor: Actor, secret: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if secret:
            self.fields["authority"].help_text = _t("这是无记名表决：写明了怎么投的委托书，照片在计票时销毁，只留指纹；纸件请密封保存。")
        field = self.fields["holder"]
        assert isinstance(field, PersonField)
        field.actor = actor


class OfficialForm(forms.Form):
    passed = forms.TypedChoiceField(
        label=_("官方系统的结果"), choices=[("yes", _("通过")), ("no", _("没有通过"))], coerce=lambda value: value == "yes",
        widget=forms.RadioSelect, error_messages={"required": _("请选择是否通过。")},
    )  # fmt: skip
    text = forms.CharField(
        label=_("结果的原文"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}), error_messages={"required": _("请写明结果。")}
    )
    proof = PaperField(label=_("结果证明"), error_messages={"required": _("请上传结果证明。")})
    knowingly = forms.BooleanField(label=_("数字和结论按公告的规则对不上，我核对过原件，照原文登记"), required=False)

    def __init__(self, *args: Any, ballot: Ballot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ballot = ballot
        for key in official.KEYS if ballot.roll.has_area else ():
            label = official.named(key)
            area = key.endswith("area")
            self.fields[key] = (
                AreaText(label=label) if area else forms.IntegerField(label=label, required=False, min_value=0, max_value=1_000_000)
            )

    def clean(self) -> dict[str, Any]:
        """The same that the action asks, before a file is stored for nothing."""
        values: dict[str, Any] = super().clean() or {}
        if not any(key in self.errors for key in official.KEYS):
            for name, words in official.contradictions(
                self.figures(), totals_of(self.ballot), invalid_takes_part=invalid_takes_part(self.ballot)
            ):
                self.add_error(name, words)
        return values

    def figures(self) -> dict[str, int]:
        """What was typed in; nothing for what was left empty."""
        return {key: n for key in official.KEYS if (n := self.cleaned_data.get(key)) is not None}


class WitnessesForm(forms.Form):
    witnesses = forms.CharField(
        label=_("交给哪两位监票人"), max_length=120, error_messages={"required": _("请写明监票人。")}, help_text=_("会记入安全日志。")
    )


class WhyForm(forms.Form):
    text = forms.CharField(
        label=_("为什么停止"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}), help_text=_("会公开。"),
        error_messages={"required": _("请写明为什么停止。")},
    )  # fmt: skip


class SettleForm(forms.Form):
    """Which of a voter's votes stands (or none), and how that was found out."""

    vote = forms.TypedChoiceField(
        label=_("哪一票算数"), coerce=int, widget=forms.RadioSelect, error_messages={"required": _("请选择哪一票算数。")}
    )
    reason = forms.CharField(
        label=_("怎样核实的"), max_length=300, help_text=_("例如“打电话问本人，以纸质票为准”。"),
        error_messages={"required": _("请写明怎样核实的。")},
    )  # fmt: skip

    statement = PaperField(label=_("本人签字的书面说明"), required=False)

    def __init__(self, *args: Any, votes: Sequence[tuple[int, str]], ballot: Ballot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        signed = self.fields["statement"]
        signed.required = ballot.settle_signed
        signed.error_messages["required"] = _t("这次表决的规则要求：核实时要有本人签字的书面说明。")
        if ballot.is_secret:
            signed.help_text = _t("这是无记名表决：说明里只写哪一次投的算数，不写投了什么。")
        field = self.fields["vote"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [*votes, (0, _t("都不算"))]

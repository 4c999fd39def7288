"""Forms of the Desk's pages of ballots: setting up, a choice of any kind, a delivery, a paper, a phone vote, a proxy, an official result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.kernel.access.actor import Actor
from linli.kernel.files.fields import PaperField, PictureField
from linli.kernel.people.desk_forms import PersonField
from linli.loops.council.ballots import official
from linli.loops.council.ballots.actions.counting import invalid_takes_part, totals_of
from linli.loops.council.ballots.models import Ballot, Channel, Delivery, Kind
from linli.loops.council.ballots.rules import ABSTAIN, INVALID
from linli.loops.council.ballots.setup_form import AreaText, MomentInput
from linli.loops.council.ballots.wording import choice_labels

SAID: Final = {"agree": pgettext_lazy("a vote", "同意"), "against": _("反对"), "abstain": _("弃权"), "invalid": _("无效票")}


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
    note = forms.CharField(label=_("现场情况"), max_length=200, required=False, help_text=_("没有送到的要写明当时的情况。"))
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

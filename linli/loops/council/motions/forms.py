"""What residents write: the steps of raising a motion, seconding, objecting, judging, and the filters of the public list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.kernel.matters.actions import BODY_LIMIT, TITLE_LIMIT
from linli.kernel.people.forms import RaisedForForm
from linli.loops.council.motions.actions.raising import OPTION_TEXT_LIMIT, OPTIONS_MOST
from linli.loops.council.motions.queries import GROUPS
from linli.loops.council.motions.rules import RUNGS, STATES, TOPICS

LARGEST_ID: Final = 2**63 - 1
OPTION_ROWS: Final = 2
_TOO_LONG: Final = gettext_lazy("最多写 %(limit_value)d 个字，现在是 %(show_value)d 个，请删短一些。")


class WhatForm(forms.Form):
    title = forms.CharField(
        label=gettext_lazy("想议什么"),
        help_text=gettext_lazy("一句话说清楚，例如：3 栋加装电梯、中心花园改造。"),
        max_length=TITLE_LIMIT,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("请用一句话写明想议什么。"), "max_length": _TOO_LONG},
    )
    body = forms.CharField(
        label=gettext_lazy("为什么要议"),
        help_text=gettext_lazy("现在怎么样，希望怎么做，对谁有好处。不用写电话和身份证号。"),
        max_length=BODY_LIMIT,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("请写几句为什么要议，邻居看了才好决定附议不附议。"), "max_length": _TOO_LONG},
    )
    topic = forms.ChoiceField(label=gettext_lazy("属于哪一类"), choices=list(TOPICS.items()), initial="public_matters")

    def clean_title(self) -> str:
        return str(self.cleaned_data["title"]).replace("\x00", "").strip()

    def clean_body(self) -> str:
        return str(self.cleaned_data["body"]).replace("\x00", "").strip()


class WhereForm(forms.Form):
    place = forms.TypedChoiceField(
        label=gettext_lazy("关系到哪里的人"),
        help_text=gettext_lazy("选最小、又包得住所有相关的人的那一层。"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选一层。选不准也没关系，审核时可以改。")},
    )

    def __init__(self, *args: Any, offered: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = list(offered)  # type: ignore[attr-defined]  # a choice field


class RoadForm(forms.Form):
    road = forms.ChoiceField(
        label=gettext_lazy("走哪条路"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选一种议事程序。拿不准就用推荐的。")},
    )

    def __init__(self, *args: Any, offered: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["road"].choices = list(offered)  # type: ignore[attr-defined]  # a choice field


class OptionsForm(forms.Form):
    """Some rows of title, words and cost in yuan; empty rows are none."""

    def __init__(self, data: Mapping[str, Any] | None = None, *, rows: Sequence[Mapping[str, str]] = (), count: int = OPTION_ROWS) -> None:
        super().__init__(
            data, initial={f"{name}_{i}": row.get(name, "") for i, row in enumerate(rows) for name in ("title", "text", "cost")}
        )
        self.count = max(1, min(count, OPTIONS_MOST))
        for i in range(self.count):
            letter = chr(ord("A") + i)
            self.fields[f"title_{i}"] = forms.CharField(
                label=_("方案 %(letter)s 的名称") % {"letter": letter},
                required=False,
                max_length=TITLE_LIMIT,
                error_messages={"max_length": _TOO_LONG},
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )
            self.fields[f"text_{i}"] = forms.CharField(
                label=_("怎么做"),
                required=False,
                max_length=OPTION_TEXT_LIMIT,
                error_messages={"max_length": _TOO_LONG},
                widget=forms.Textarea(attrs={"rows": 3}),
            )
            self.fields[f"cost_{i}"] = forms.DecimalField(
                label=_("大约要多少钱（元）"),
                required=False,
                min_value=0,
                max_value=10**11,
                max_digits=14,
                decimal_places=2,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
                error_messages={
                    "invalid": _("请只写数字，例如 580000 或 580000.50。"),
                    "min_value": _("金额不能小于零。"),
                    "max_value": _("金额太大了，请核对一下。"),
                    "max_digits": _("金额太大了，请核对一下。"),
                    "max_decimal_places": _("最多写到分，例如 12.50。"),
                    "max_whole_digits": _("金额太大了，请核对一下。"),
                },
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for i in range(self.count):
            if (
                (given.get(f"text_{i}") or given.get(f"cost_{i}") is not None)
                and not given.get(f"title_{i}")
                and f"title_{i}" not in self.errors
            ):
                self.add_error(f"title_{i}", _("请给这个方案起个名称，或者把这一栏清空。"))
        return given

    def typed(self) -> list[dict[str, str]]:
        """The rows as they were typed, right or wrong, for keeping."""
        rows = [{name: str(self.data.get(f"{name}_{i}", "")) for name in ("title", "text", "cost")} for i in range(self.count)]
        return [
            {k: v.replace("\x00", "")[:OPTION_TEXT_LIMIT] for k, v in row.items()} for row in rows if any(v.strip() for v in row.values())
        ]

    def parts(self) -> list[dict[str, Any]]:
        """For drawing: each row's bound fields with its letter."""
        return [
            {"letter": chr(ord("A") + i), **{name: self[f"{name}_{i}"] for name in ("title", "text", "cost")}} for i in range(self.count)
        ]


def options_of(rows: Sequence[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Typed rows as the action takes them: the cost in fen, None where none was written."""
    return [{"title": row.get("title", ""), "text": row.get("text", ""), "cost_fen": fen_of(row.get("cost", ""))} for row in rows]


def fen_of(yuan: str) -> int | None:
    return int(Decimal(yuan.strip()) * 100) if yuan.strip() else None


class CheckForm(RaisedForForm):
    """Only for whom it is."""


class ObjectForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("对结果有什么异议"),
        help_text=gettext_lazy("写明哪里不对、有什么依据。每件异议都会答复，您的名字不公开。"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("请写明哪里不对。"), "max_length": _TOO_LONG},
    )


class OpinionForm(forms.Form):
    accepts = forms.ChoiceField(
        label=gettext_lazy("验收意见"),
        choices=[("1", gettext_lazy("同意验收")), ("0", gettext_lazy("不同意，要整改"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选择同意或不同意。")},
    )
    text = forms.CharField(
        label=gettext_lazy("看到了什么"),
        help_text=gettext_lazy("不同意的请写明哪里不行。会公开，不写您的名字。"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RateForm(forms.Form):
    satisfied = forms.ChoiceField(
        label=gettext_lazy("满意吗"),
        choices=[("0", gettext_lazy("不满意")), ("1", gettext_lazy("满意"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选择满意或不满意。")},
    )
    solved = forms.ChoiceField(
        label=gettext_lazy("照决议做了吗"),
        choices=[("0", gettext_lazy("没有照做")), ("1", gettext_lazy("照做了"))],
        required=False,
        widget=forms.RadioSelect,
    )
    comment = forms.CharField(
        label=gettext_lazy("还想说什么"),
        help_text=gettext_lazy("会公开，请不要写电话和姓名。"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class WithdrawForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("为什么撤回"), required=False, max_length=300, widget=forms.TextInput())


class AmendForm(WhatForm):
    """The writer's own draft; its class stays as it is."""

    note = forms.CharField(label=gettext_lazy("改了什么"), required=False, max_length=300, widget=forms.TextInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["topic"]


ORDERS: Final = (("new", gettext_lazy("最新的")), ("hot", gettext_lazy("附议最多的")), ("age", gettext_lazy("等得最久的")))


class ListForm(forms.Form):
    """The filters of the public list, all optional; what is not understood is left out and said so."""

    q = forms.CharField(required=False, max_length=100)
    place = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    topic = forms.ChoiceField(required=False, choices=[("", gettext_lazy("所有类别")), *TOPICS.items()])
    rung = forms.ChoiceField(required=False, choices=[("", gettext_lazy("所有参与程度")), *RUNGS.items()])
    status = forms.ChoiceField(
        required=False,
        choices=[(c, "") for c in ("", "open", "closed", "overdue", *GROUPS)] + [(s.code, s.label) for s in STATES if s.code not in GROUPS],
    )
    order = forms.ChoiceField(required=False, choices=[("", ""), *ORDERS])
    mine = forms.BooleanField(required=False)
    after = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)

    def given(self, name: str) -> Any:
        """The cleaned value, or None for what was not given or not understood."""
        self.errors  # noqa: B018 - asking for the errors checks the form, once
        return self.cleaned_data.get(name) or None

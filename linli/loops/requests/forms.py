"""What residents write: the steps of raising a request, additions, ratings, and the filters of the public list."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.kernel.accounts.models import Unit
from linli.kernel.files.fields import PhotosField
from linli.kernel.matters.models import Category, Visibility
from linli.kernel.matters.saying import unit_name
from linli.kernel.people.forms import RaisedForForm
from linli.kernel.places.models import Place
from linli.loops.requests.rules import STATES

TEXT_LIMIT: Final = 2000
LARGEST_ID: Final = 2**63 - 1

Tree = list[tuple[Category, list[Category]]]


class WhatForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("遇到了什么事"),
        help_text=gettext_lazy("什么时候、什么样子，想到什么写什么。不用写电话和身份证号。"),
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("请用一两句话说说是什么事。"),
            "max_length": gettext_lazy("最多写 %(limit_value)d 个字，现在是 %(show_value)d 个，请删短一些。"),
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].widget.attrs |= {
            "hx-post": reverse("square:advice"),
            "hx-trigger": "input changed delay:700ms",
            "hx-target": "#advice",
        }

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).replace("\x00", "").strip()
        if len(text) < 2:
            raise forms.ValidationError(_("请至少写两个字，说说是什么事。"))
        return text


class WhereForm(forms.Form):
    """The place is one of those offered (or the place itself they lie in); the words are optional."""

    place = forms.TypedChoiceField(
        label=gettext_lazy("在哪里"),
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选一个地方。选不准也没关系，选最接近的。")},
    )
    spot = forms.CharField(
        label=gettext_lazy("具体位置"),
        help_text=gettext_lazy("例如：2 单元电梯口、3 楼楼道、东门外 50 米"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    latitude = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    longitude = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)

    def __init__(self, *args: Any, offered: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = offered  # type: ignore[attr-defined]  # a choice field


class SpotForm(forms.Form):
    """The words of the place by themselves: a screen of its own in elder mode."""

    spot = forms.CharField(
        label=gettext_lazy("具体在哪个位置"),
        help_text=gettext_lazy("例如：2 单元电梯口、3 楼楼道。不知道就不填。"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


VISIBLE_CARDS: Final = {
    "public": gettext_lazy("谁都能看到事情和进展，方便有同样遭遇的邻居一起跟进。看不到您的姓名、电话和门牌号。"),
    "neighbours": gettext_lazy("只有登录了的本社区居民和经办人能看到。"),
    "private": gettext_lazy("只有您和经办人能看到。涉及家事、邻里之间的事，请选这一项。"),
}


class WhoForm(RaisedForForm):
    field_order = ("visibility", "raised_for")
    visibility = forms.ChoiceField(
        label=gettext_lazy("谁可以看到"),
        choices=[("public", gettext_lazy("所有人")), ("neighbours", gettext_lazy("本社区的邻居")), ("private", gettext_lazy("只有经办人"))],
        initial=Visibility.PUBLIC,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选择谁可以看到。")},
    )


class PhotoForm(forms.Form):
    photo = PhotosField(label=gettext_lazy("照片"), help_text=gettext_lazy("拍下现场，经办人一看就明白。请避开人脸和车牌。"))


class CheckForm(forms.Form):
    category = forms.ChoiceField(
        label=gettext_lazy("属于哪一类"), required=False, help_text=gettext_lazy("系统按您写的字猜的，不对可以改；拿不准就让社区来分。")
    )

    def __init__(self, *args: Any, tree: Tree, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups: list[Any] = [("", _("让社区来分类"))]
        groups += [(top.name, [(c.code, c.name) for c in leaves]) if leaves else (top.code, top.name) for top, leaves in tree]
        self.fields["category"].choices = groups  # type: ignore[attr-defined]  # a choice field


class AddForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("补充什么"),
        help_text=gettext_lazy("只有提出人和经办人能看到。"),
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("请写一句要补充的情况。")},
    )
    photo = PhotosField(label=gettext_lazy("照片"))


_YES_NO: Final = {"1": True, "0": False}


class RateForm(forms.Form):
    """Three questions, each with two answers and the right to say nothing; and a few words."""

    answered = forms.ChoiceField(
        label=gettext_lazy("有人答复您吗"),
        choices=[("0", gettext_lazy("没有答复")), ("1", gettext_lazy("答复了"))],
        required=False,
        widget=forms.RadioSelect,
    )
    solved = forms.ChoiceField(
        label=gettext_lazy("解决了吗"),
        choices=[("0", gettext_lazy("没有解决")), ("1", gettext_lazy("解决了"))],
        required=False,
        widget=forms.RadioSelect,
    )
    satisfied = forms.ChoiceField(
        label=gettext_lazy("满意吗"),
        choices=[("0", gettext_lazy("不满意")), ("1", gettext_lazy("满意"))],
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

    def answers(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {name: _YES_NO.get(given[name]) for name in ("answered", "solved", "satisfied")} | {"comment": given["comment"]}


class WithdrawForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("为什么撤回"), required=False, max_length=300, widget=forms.TextInput())


PERIODS: Final = (
    ("", gettext_lazy("不限时间")),
    ("7", gettext_lazy("最近 7 天")),
    ("30", gettext_lazy("最近 30 天")),
    ("90", gettext_lazy("最近 90 天")),
    ("365", gettext_lazy("最近一年")),
)
_GROUPS: Final = (
    ("", gettext_lazy("所有状态")),
    ("open", gettext_lazy("还在办")),
    ("overdue", gettext_lazy("已超期")),
    ("handling", gettext_lazy("在办理这一步")),
    ("closed", gettext_lazy("已结束")),
)


class ListForm(forms.Form):
    """The filters of the public list, all optional; what is not understood is left out and said so."""

    q = forms.CharField(required=False, max_length=100)
    place = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    category = forms.SlugField(required=False, max_length=40)
    status = forms.ChoiceField(required=False, choices=[*_GROUPS, ("all", ""), *((s.code, s.label) for s in STATES)])
    unit = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    period = forms.ChoiceField(required=False, choices=PERIODS)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)
    before = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)

    def given(self, name: str) -> Any:
        """The cleaned value, or None for what was not given or not understood."""
        self.errors  # noqa: B018 - asking for the errors checks the form, once
        return self.cleaned_data.get(name) or None

    def span(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """From and until which moment, by the period or by two dates (the second one included)."""
        if self.given("period"):
            return now - timedelta(days=int(self.given("period"))), None
        since, until = self.given("since"), self.given("until")
        zone = timezone.get_current_timezone()
        try:
            return (
                datetime.combine(since, time(), zone) if since else None,
                datetime.combine(until + timedelta(days=1), time(), zone) if until else None,
            )
        except OverflowError:
            return None, None

    @staticmethod
    def status_options() -> list[tuple[str, Any]]:
        return [*_GROUPS, *((s.code, s.label) for s in STATES if s.code not in ("withdrawn", "merged"))]

    @staticmethod
    def map_options() -> list[tuple[str, Any]]:
        """The map shows what is open unless another state, or all of them, is asked for."""
        groups = dict(_GROUPS)
        states = [(s.code, s.label) for s in STATES if s.code not in ("withdrawn", "merged")]
        return [(code, groups[code]) for code in ("open", "overdue")] + [("all", groups[""]), ("closed", groups["closed"]), *states]


def category_options(tree: Tree) -> list[tuple[str, str]]:
    """For a filter: the tops, each followed by its leaves."""
    rows = [("", _("所有类别"))]
    for top, leaves in tree:
        rows += [(top.code, top.name), *((leaf.code, f"— {leaf.name}") for leaf in leaves)]
    return rows


def place_options(line: list[Place], under: list[Place]) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = [("", _("所有地方"))]
    rows += [(str(p.pk), p.name) for p in line]
    return rows + [(str(p.pk), f"— {p.name}") for p in under]


def unit_options(units: list[Unit]) -> list[tuple[str, str]]:
    return [("", _("所有单位")), *((str(u.pk), unit_name(u)) for u in units)]

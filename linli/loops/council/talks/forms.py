"""What is typed about talks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.kernel.places.forms import PlaceField
from linli.loops.council.talks.models import Names, Side
from linli.loops.council.talks.rules import LONGEST, RULES
from linli.web.fields import WhenField


def _area(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class StatementForm(forms.Form):
    kind = forms.CharField(widget=forms.HiddenInput, initial="statement")
    text = forms.CharField(
        label=_("您的看法"),
        max_length=LONGEST["statement"],
        required=False,
        widget=_area(2),
        help_text=_("一条只说一个意思，让别人可以同意或者不同意。例如：电梯应当先修再换。"),
    )


class ArgumentForm(forms.Form):
    kind = forms.CharField(widget=forms.HiddenInput, initial="argument")
    side = forms.ChoiceField(
        label=pgettext_lazy("argument", "是哪一边的理由"), choices=Side.choices, required=False, widget=forms.RadioSelect
    )
    text = forms.CharField(label=_("理由"), max_length=LONGEST["argument"], required=False, widget=_area(3))
    source = forms.CharField(label=_("出处"), max_length=300, required=False, help_text=_("链接，或者写明是哪份文件、哪天的数字。"))


class QuestionForm(forms.Form):
    kind = forms.CharField(widget=forms.HiddenInput, initial="question")
    text = forms.CharField(label=_("您想问什么"), max_length=LONGEST["question"], required=False, widget=_area(2))


class AnswerForm(forms.Form):
    text = forms.CharField(label=_("回答"), max_length=2000, required=False, widget=_area(3))


class ReportForm(forms.Form):
    rule = forms.ChoiceField(label=_("违反了哪一条"), choices=list(RULES.items()), required=False)
    text = forms.CharField(label=_("说明"), max_length=200, required=False)


class OpenForm(forms.Form):
    question = forms.CharField(label=_("想请大家谈什么"), max_length=120, required=False, help_text=_("写成一个问题，例如：电梯修还是换？"))
    intro = forms.CharField(label=_("要知道的情况"), max_length=2000, required=False, widget=_area(4))
    closes_at = WhenField(label=_("截止时间"))
    most_statements = forms.IntegerField(label=_("每人最多写几条看法"), min_value=0, max_value=50, initial=5)
    most_arguments = forms.IntegerField(label=_("每人最多写几条理由"), min_value=0, max_value=50, initial=4)
    most_questions = forms.IntegerField(label=_("每人最多提几个问题"), min_value=0, max_value=50, initial=3)
    seeds = forms.CharField(
        label=_("开头的几条看法"),
        max_length=3000,
        required=False,
        widget=_area(4),
        help_text=_("一行一条，让先来的人有东西可以表态；写明是主办方写的。"),
    )


class ExtendForm(forms.Form):
    closes_at = WhenField(label=_("延到什么时候"))


class EndForm(forms.Form):
    heard = forms.CharField(
        label=_("听到了什么，接下来怎么办"), max_length=3000, required=False, widget=_area(5), help_text=_("会公开，也会告诉每位参加的人。")
    )


class InviteForm(forms.Form):
    unit_id = forms.ChoiceField(label=_("单位"), required=False, choices=[])
    name = forms.CharField(label=_("或者写姓名"), max_length=60, required=False)
    capacity = forms.CharField(label=_("身份"), max_length=80, required=False, help_text=_("例如：电梯公司工程师。"))
    username = forms.CharField(
        label=_("登录名"), max_length=60, required=False, help_text=_("有账号的可以自己回答；没有就由工作人员代为登记。")
    )

    def __init__(self, *args: Any, units: list[tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["unit_id"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "—"), *(units or [])]


class HideForm(forms.Form):
    rule = forms.ChoiceField(label=_("依据哪一条"), choices=list(RULES.items()), required=False)
    reason = forms.CharField(label=_("原因，会公开，不要引用原文"), max_length=200, required=False)


class NamesForm(forms.Form):
    place = PlaceField(label=_("哪里"))
    names = forms.ChoiceField(label=_("名字怎么写"), choices=Names.choices, widget=forms.RadioSelect)
    reason = forms.CharField(label=_("谁、在哪次会上定的"), max_length=200, required=False)
    since_at = WhenField(label=_("什么时候起"))

    def __init__(self, *args: Any, reach: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = self.fields["place"]
        assert isinstance(place, PlaceField)
        place.reach = reach or [""]

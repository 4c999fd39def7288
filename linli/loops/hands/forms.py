"""What is typed to ask about hands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from linli.kernel.accounts.models import Unit
from linli.kernel.matters.models import Category
from linli.kernel.matters.saying import unit_name


class QuestionForm(forms.Form):
    unit = forms.TypedChoiceField(label=gettext_lazy("哪个单位"), coerce=int)
    category = forms.ChoiceField(label=gettext_lazy("哪一类"), required=False, help_text=gettext_lazy("不选就是这个单位办的全部。"))
    hands = forms.IntegerField(
        label=gettext_lazy("现在有几个人办"), required=False, help_text=gettext_lazy("同时能办的人数。不清楚就空着，从最忙的日子估计。")
    )
    extra = forms.IntegerField(label=gettext_lazy("增减几个人"), required=False, help_text=gettext_lazy("加 1 个人写 1，少 1 个人写 -1。"))
    promise_hours = forms.IntegerField(
        label=gettext_lazy("承诺改成多少小时"), required=False, help_text=gettext_lazy("按自然时间算。空着就按现在的承诺。")
    )

    def __init__(self, *args: Any, units: Sequence[Unit], categories: Sequence[Category], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [(unit.pk, unit_name(unit)) for unit in units]  # type: ignore[attr-defined]  # a field with choices
        tops = [c for c in categories if c.parent_id is None]
        self.fields["category"].choices = [  # type: ignore[attr-defined]  # a field with choices
            ("", _("全部类别")),
            *((top.name, [(top.code, _("%(top)s（全部）") % {"top": top.name}), *_leaves(categories, top)]) for top in tops),
        ]


def _leaves(categories: Sequence[Category], top: Category) -> list[tuple[str, str]]:
    return [(c.code, c.name) for c in categories if c.parent_id == top.pk]

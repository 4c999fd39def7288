"""What is typed to answer a suspicion."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.measure.suspicions.models import State


class AnswerForm(forms.Form):
    state = forms.ChoiceField(
        label=_("查下来怎样"),
        choices=[(State.EXPLAINED, State.EXPLAINED.label), (State.MEND, State.MEND.label)],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label=_("原因，或者打算怎样整改"),
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("写事，不写人。这段话会留下来，有权看这条疑点的人都能看到。"),
    )

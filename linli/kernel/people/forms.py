"""What people change about themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linli.kernel.people.models import ContactBy, Person
from linli.lib.masking import mask_name


class ContactForm(forms.Form):
    contact_by = forms.ChoiceField(label=_("有消息怎么告诉您"), choices=ContactBy.choices, widget=forms.RadioSelect)
    phone = forms.CharField(
        label=_("换一个电话号码"),
        help_text=_("不换就不用填。加密保存，经办人要看会留下记录。"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel"}),
    )
    language = forms.ChoiceField(label=_("用什么语言和您联系"), required=False, widget=forms.RadioSelect)
    large_type = forms.BooleanField(label=_("给我的纸面通知用大字"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = [("", _("都可以")), *settings.LANGUAGES]  # type: ignore[attr-defined]  # a choice field


class RaisedForForm(forms.Form):
    """Part of a form that raises something: for oneself, or for one of those whom one helps (`helped`; the question is left out for nobody)."""

    raised_for = forms.TypedChoiceField(label=_("为谁提出"), coerce=int, required=False, empty_value=None, widget=forms.RadioSelect)

    def __init__(self, *args: Any, helped: Sequence[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if helped:
            choices = [("", gettext("我自己")), *((p.pk, mask_name(p.name)) for p in helped)]
            self.fields["raised_for"].choices = choices  # type: ignore[attr-defined]  # a choice field
        else:
            del self.fields["raised_for"]


CONTACT_CARDS = {
    "app": _("只在这里的“我的消息”里看，不打扰您。"),
    "sms": _("有进展发短信。"),
    "phone": _("有进展由社区工作者打电话告诉您。适合不用手机上网的人。"),
    "none": _("不主动联系，您随时可以来查。"),
}


class EraseForm(forms.Form):
    sure = forms.BooleanField(label=_("我明白，删掉以后找不回来"), error_messages={"required": _("请先勾选这一项。")})

"""What people type to sign in and to look after their own account."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class PhoneForm(forms.Form):
    phone = forms.CharField(
        label=_("手机号"),
        max_length=24,
        help_text=_("11 位，我们发一条短信给您。"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel-national", "type": "tel"}),
        error_messages={"required": _("请填写手机号。")},
    )


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("六位验证码"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}),
        error_messages={"required": _("请填写短信里的六位数字。")},
    )

    def clean_code(self) -> str:
        digits = "".join(c for c in self.cleaned_data["code"] if c.isdigit())
        if len(digits) != 6:
            raise forms.ValidationError(_("验证码是六位数字，请核对。"))
        return digits


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("用途"),
        max_length=60,
        help_text=_("写明给哪个系统用，例如“街道数据平台”。"),
        error_messages={"required": _("请写明用途。")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("允许它做什么"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("令牌能做的不会超过您自己的权限。"),
        error_messages={"required": _("请至少选一项。")},
    )
    days = forms.TypedChoiceField(
        label=_("多久后失效"), coerce=int, initial=90, choices=[(30, _("30 天")), (90, _("90 天")), (180, _("180 天")), (365, _("365 天"))]
    )

    def __init__(self, *args: object, scope_choices: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own parameters, passed on as they come
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = scope_choices

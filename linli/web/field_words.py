"""What a field says when it cannot take what was typed: Django's own sentences, put into words that say how to mend it."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core import validators
from django.utils.translation import gettext_lazy as _

_WORDS: Final[dict[type[forms.Field], dict[str, Any]]] = {
    forms.Field: {"required": _("请填写这一项。")},
    forms.IntegerField: {"invalid": _("请写整数，例如 3。")},
    forms.FloatField: {"invalid": _("请写数字，例如 3.5。")},
    forms.DecimalField: {"invalid": _("请写数字，例如 3.5。")},
    forms.DateField: {"invalid": _("没有这一天，或者写法没看懂。请按“年-月-日”填写，例如 2026-06-30。")},
    forms.TimeField: {"invalid": _("时刻没看懂，请写成 19:00 这样。")},
    forms.DateTimeField: {"invalid": _("没有这个时间，或者写法没看懂。请按“年-月-日 时:分”填写，例如 2026-06-30 19:00。")},
    forms.EmailField: {"invalid": _("邮箱没写对，请写成 name@example.com 这样。")},
    forms.ChoiceField: {"required": _("请选一项。"), "invalid_choice": _("没有“%(value)s”这一项，请重新选。")},
    forms.MultipleChoiceField: {"required": _("请至少选一项。"), "invalid_choice": _("没有“%(value)s”这一项，请重新选。")},
    forms.ModelChoiceField: {"required": _("请选一项。"), "invalid_choice": _("没有这一项，请重新选。")},
    forms.FileField: {
        "required": _("请选一个文件。"),
        "missing": _("请选一个文件。"),
        "empty": _("这个文件是空的，请换一个。"),
        "max_length": _("文件名太长，最多 %(max)d 个字，现在是 %(length)d 个。"),
    },
}


def teach() -> None:
    """Before any form is made: a field copies its class's sentences when it is."""
    for field, words in _WORDS.items():
        field.default_error_messages = {**field.__dict__.get("default_error_messages", {}), **words}
    validators.MaxLengthValidator.message = _("最多写 %(limit_value)d 个字，现在是 %(show_value)d 个，请删短一些。")
    validators.MinLengthValidator.message = _("至少写 %(limit_value)d 个字，现在是 %(show_value)d 个。")
    validators.MinValueValidator.message = _("不能小于 %(limit_value)s。")
    validators.MaxValueValidator.message = _("不能大于 %(limit_value)s。")

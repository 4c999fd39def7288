"""Forms of account administration."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.kernel.access.roles import ROLES
from linli.kernel.accounts.models import Unit, UnitKind
from linli.kernel.places.forms import PlaceField


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class NewAccountForm(forms.Form):
    username = forms.CharField(
        label=_("用户名"),
        max_length=64,
        help_text=_("字母、数字和 . _ - @ +，如姓名拼音。"),
        error_messages={"required": _("请填写用户名。")},
    )
    name = forms.CharField(label=_("姓名"), max_length=60, error_messages={"required": _("请填写姓名。")})
    phone = forms.CharField(label=_("手机号"), max_length=24, required=False, help_text=_("也可以用它收验证码登录居民端。"))


class GrantForm(forms.Form):
    role = forms.ChoiceField(label=_("角色"), choices=list(ROLES.items()))
    place = PlaceField(label=_("范围"), required=False, help_text=_("在哪个地点及以下有效。写名称或 # 加编号；空着表示全部范围。"))
    unit = forms.ModelChoiceField(
        label=_("单位"), queryset=Unit.objects.none(), required=False, help_text=_("部门、物业、调解员必须指定单位。")
    )
    starts_on = forms.DateField(label=_("从哪天起"), required=False, widget=DayInput(), help_text=_("空着表示马上。"))
    ends_on = forms.DateField(label=_("到哪天止"), required=False, widget=DayInput(), help_text=_("含这一天；空着表示不定期。"))

    def __init__(self, *args: Any, reach: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place, unit = self.fields["place"], self.fields["unit"]
        assert isinstance(place, PlaceField) and isinstance(unit, forms.ModelChoiceField)
        place.reach = list(reach)
        unit.queryset = Unit.objects.filter(active=True).order_by("name")[:500]
        if self.is_bound:  # a sliced list cannot be searched for what was chosen
            unit.queryset = Unit.objects.filter(active=True)

    def span(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        """(start, end) as instants; a day ends at midnight after it."""
        start, end = self.cleaned_data.get("starts_on"), self.cleaned_data.get("ends_on")
        today = timezone.localdate(now)
        begins = None if start is None or start <= today else timezone.make_aware(datetime.combine(start, time.min))
        ends = None if end is None else timezone.make_aware(datetime.combine(end, time.max))
        return begins, ends


class UnitForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=60, error_messages={"required": _("请填写名称。")})
    name_en = forms.CharField(label=_("英文名称"), max_length=80, required=False)
    code = forms.CharField(
        label=_("代码"), max_length=40, required=False, help_text=_("派单建议按它认单位，如 housing、urban_management。")
    )
    phone = forms.CharField(label=_("电话"), max_length=20, required=False)
    superior = forms.ModelChoiceField(label=_("上级单位"), queryset=Unit.objects.none(), required=False, help_text=_("超时提醒会告诉它。"))

    def __init__(self, *args: Any, superiors: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["superior"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = superiors


class NewUnitForm(UnitForm):
    kind = forms.ChoiceField(label=_("单位类别"), choices=UnitKind.choices)
    place = PlaceField(label=_("服务范围"))

    field_order = ["name", "kind", "place", "superior", "code", "phone", "name_en"]

    def __init__(self, *args: Any, reach: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["place"]
        assert isinstance(field, PlaceField)
        field.reach = list(reach)


class MendUnitForm(UnitForm):
    active = forms.BooleanField(label=_("还在用（可以派单给它）"), required=False)

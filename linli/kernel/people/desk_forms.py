"""Forms of the roster: people, homes, shares, groups."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.desk_forms import DayInput
from linli.kernel.people.models import ContactBy, HomeUse, Person, Relation
from linli.kernel.people.purposes import HOWS, PURPOSES
from linli.kernel.people.queries import find_people, people_in_reach
from linli.kernel.places.forms import PlaceField
from linli.law.packs import population_groups
from linli.lib.masking import mask_phone


class PersonForm(forms.Form):
    name = forms.CharField(label=_("姓名"), max_length=60, error_messages={"required": _("请填写姓名。")})
    identity = forms.CharField(
        label=_("身份证号"),
        max_length=24,
        required=False,
        help_text=_("加密保存，只用来查重和核对。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=_("电话"), max_length=24, required=False, widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})
    )
    address = forms.CharField(label=_("住址"), max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    home_place = PlaceField(label=_("住在哪里"), required=False, help_text=_("房屋、楼栋或小区，写名称或 # 加编号；决定谁能看到这份资料。"))
    contact_by = forms.ChoiceField(label=_("怎样联系"), choices=ContactBy.choices)
    language = forms.ChoiceField(label=_("用什么语言联系"), required=False)
    large_type = forms.BooleanField(label=_("需要大字版"), required=False)

    def __init__(self, *args: Any, reach: Iterable[str], kept: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["home_place"]
        assert isinstance(field, PlaceField)
        field.reach = list(reach)
        self.fields["language"].choices = [("", _t("都可以")), *settings.LANGUAGES]  # type: ignore[attr-defined]  # a choice field
        held = list(kept)
        if held:
            labels = [(name, self.fields[name].label) for name in held]
            self.fields["forget"] = forms.MultipleChoiceField(
                label=_t("删去已经登记的"), required=False, choices=labels, widget=forms.CheckboxSelectMultiple
            )
        for name in held:
            self.fields[name].help_text = _t("已经登记。要更改才填写，空着就保持原样。")


class PersonField(forms.CharField):
    """Names one person of the roster: exact phone or identity number, #number, or a name only one person has."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("姓名、电话、身份证号，或者 # 加编号。"))
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off"}))
        super().__init__(*args, max_length=60, **kwargs)
        self.actor: Actor | None = None

    def clean(self, value: Any) -> Person | None:
        text = super().clean(value)
        if not text or self.actor is None:
            return None
        numbered = re.search(r"#\s*(\d{1,18})$", text)
        found = list(people_in_reach(self.actor).filter(pk=int(numbered[1]))) if numbered else find_people(self.actor, text, limit=6)
        exact = [p for p in found if p.name == text] or found
        if not exact:
            raise forms.ValidationError(_t("名册里没有“%(text)s”，请核对，或先登记这位居民。") % {"text": text})
        if len(exact) > 1:
            listed = "、".join(f"{p.name} {mask_phone(p.phone.open()) if p.phone else ''} #{p.pk}" for p in exact)
            raise forms.ValidationError(_t("不止一位，请写编号：%(listed)s。") % {"listed": listed})
        return exact[0]


class ShareField(forms.CharField):
    """An exact share: 1, 1/2, 0.25 or 25%."""

    def clean(self, value: Any) -> Fraction:
        text = super().clean(value).replace(" ", "").replace("／", "/")
        try:
            share = Fraction(text.removesuffix("%")) / 100 if text.endswith("%") else Fraction(text)
        except (ValueError, ZeroDivisionError):
            raise forms.ValidationError(_t("请写成 1、1/2 或 50%。")) from None
        if not 0 < share <= 1 or share.denominator > 1_000_000:
            raise forms.ValidationError(_t("份额应大于 0、不超过 1。"))
        return share


class AreaField(forms.DecimalField):
    """Square metres with two decimals, cleaned to whole hundredths."""

    def clean(self, value: Any) -> int | None:
        metres = super().clean(value)
        return None if metres is None else int(metres * 100)


class _AboutPerson(forms.Form):
    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, PersonField)
        field.actor = actor


class HomeForm(forms.Form):
    exclusive_area = AreaField(
        label=_("专有部分面积"),
        required=False,
        max_digits=9,
        decimal_places=2,
        min_value=0,
        help_text=_("不动产登记簿上的数，两位小数。"),
        error_messages={"invalid": _("请填写数字，如 89.50。"), "max_decimal_places": _("最多两位小数。")},
    )
    use = forms.ChoiceField(label=pgettext_lazy("of a home", "用途"), choices=HomeUse.choices)
    register_code = forms.CharField(label=_("不动产单元号"), max_length=32, required=False)


class OwnerForm(_AboutPerson):
    person = PersonField(label=_("业主"), required=False, help_text=_("姓名、电话、身份证号，或者 # 加编号。业主是单位的，填下面两项。"))
    organisation = forms.CharField(label=_("单位名称"), max_length=80, required=False)
    code = forms.CharField(label=_("统一社会信用代码"), max_length=24, required=False)
    share = ShareField(label=_("份额"), max_length=20, initial="1", help_text=_("独有写 1，共有写 1/2 等；加起来不超过 1。"))
    since_on = forms.DateField(label=_("从哪天起"), widget=DayInput())

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if "person" in values and bool(values["person"]) == bool(values.get("organisation")):
            self.add_error("person", gettext("请填写一位业主，或者一个单位，二选一。"))
        return values


class ResidentForm(_AboutPerson):
    person = PersonField(label=_("居民"))
    relation = forms.ChoiceField(label=_("与房屋的关系"), choices=Relation.choices)
    since_on = forms.DateField(label=_("从哪天起"), widget=DayInput())


class HelperForm(_AboutPerson):
    person = PersonField(label=_("由谁帮办"))
    kind = forms.ChoiceField(label=_("身份"), choices=[("helper", _("帮办人")), ("guardian", _("监护人"))])
    since_on = forms.DateField(label=_("从哪天起"), widget=DayInput())


class ConsentForm(forms.Form):
    """What somebody agreed to at the counter, on the phone or on paper; only what they have not agreed to yet is offered."""

    purpose = forms.ChoiceField(label=_("同意什么"))
    how = forms.ChoiceField(label=_("怎样同意的"), choices=[(code, _(words)) for code, words in HOWS.items()])

    def __init__(self, *args: Any, given: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        held = set(given)
        self.fields["purpose"].choices = [(p.code, p.label) for p in PURPOSES if p.code not in held]  # type: ignore[attr-defined]  # a choice field


class GroupForm(forms.Form):
    group = forms.ChoiceField(label=_("人群"))
    since_on = forms.DateField(label=_("从哪天起"), widget=DayInput())
    source = forms.CharField(
        label=_("怎么知道的"), max_length=80, help_text=_("例如“入户走访”“残联名单”。"), error_messages={"required": _("请写明来源。")}
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["group"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = group_choices()


def group_choices() -> list[tuple[str, str]]:
    """The population groups of the rule pack, in the reader's language."""
    language = get_language() or "zh-hans"
    return [(g.code, g.name(language)) for g in population_groups()]


class RevealForm(forms.Form):
    field = forms.ChoiceField(label=_("看哪一项"), choices=[("phone", _("电话")), ("identity", _("身份证号")), ("address", _("住址"))])
    purpose = forms.CharField(
        label=_("为什么要看"),
        max_length=120,
        help_text=_("例如“电话回访 R12”。会记下来，本人能看到。"),
        error_messages={"required": _("请写明为什么要看。")},
    )


class EraseForm(forms.Form):
    reason = forms.CharField(
        label=_("依据"), max_length=120, help_text=_("例如“本人书面申请”。"), error_messages={"required": _("请写明依据。")}
    )
    sure = forms.BooleanField(label=_("我知道删除后不能恢复"), error_messages={"required": _("请确认。")})

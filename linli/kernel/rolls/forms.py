"""Forms of rolls: what a roll is drawn up from, each way of mending a draft, freezing, objecting and answering."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.desk_forms import DayInput
from linli.kernel.people.desk_forms import AreaField, PersonField
from linli.kernel.places.forms import PlaceField
from linli.kernel.places.models import Kind
from linli.kernel.rolls.actions.draft import KINDS_OF_PLACES
from linli.kernel.rolls.models import ObjectionKind, RollKind, VotingUnit
from linli.kernel.rolls.rules import POLICY_CHOICES
from linli.kernel.rolls.wording import CHOICE_WORDS, CHOICES_OF, POLICY_WORDS


def choice_field(name: str, *, required: bool = False) -> forms.ChoiceField:
    options = [(value, CHOICE_WORDS[name, value]) for value in POLICY_CHOICES[name]]
    return forms.ChoiceField(label=POLICY_WORDS[name], choices=options, required=required)


class _Policy(forms.Form):
    """The choices that decide who counts; what is not asked for keeps its default."""

    def policy(self) -> dict[str, str]:
        names = (*POLICY_CHOICES, "developer", "developer_code")
        return {
            name: self.cleaned_data[name]
            for name in names
            if name in self.cleaned_data and (self.cleaned_data[name] or "developer" in name)
        }


class DrawForm(_Policy):
    place = PlaceField(
        label=_("哪里的名册"), kinds=[k.value for k in KINDS_OF_PLACES], help_text=_("小区、楼栋、单元、社区或街道；写名称或 # 加编号。")
    )
    kind = forms.ChoiceField(label=_("谁有表决权"), choices=RollKind.choices)
    record_date = forms.DateField(label=_("登记日"), widget=DayInput(), help_text=_("以这一天的登记为准；到这一天才能冻结。"))
    title = forms.CharField(label=_("名册的名称"), max_length=80, required=False, help_text=_("空着就用地点和种类。"))
    about = forms.CharField(label=_("为哪件事"), max_length=24, required=False, help_text=_("议题编号，如 M12。"))
    parking = choice_field("parking")
    representative = choice_field("representative")
    area_source = choice_field("area_source")
    names = choice_field("names")
    tenants = choice_field("tenants")
    purpose = choice_field("purpose")
    developer = forms.CharField(label=_("建设单位"), max_length=80, required=False, help_text=_("它名下的房屋算未售，合计算一人。"))
    developer_code = forms.CharField(label=_("建设单位的统一社会信用代码"), max_length=18, required=False)

    def __init__(self, *args: Any, reach: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["place"]
        assert isinstance(field, PlaceField)
        field.reach = list(reach)


class TermsForm(_Policy):
    """Only the choices that matter for the kind of roll."""

    record_date = forms.DateField(label=_("登记日"), widget=DayInput())
    title = forms.CharField(label=_("名册的名称"), max_length=80, required=False)
    developer = forms.CharField(label=_("建设单位"), max_length=80, required=False)
    developer_code = forms.CharField(label=_("建设单位的统一社会信用代码"), max_length=18, required=False)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in CHOICES_OF[kind]:
            self.fields[name] = choice_field(name, required=True)
        if kind != RollKind.OWNERS:
            del self.fields["developer"], self.fields["developer_code"]


class FreezeForm(forms.Form):
    objection_days = forms.IntegerField(
        label=_("异议期（天）"),
        min_value=1,
        max_value=90,
        help_text=_("从公示第二天起算；最后一天是休息日的，顺延到下一个工作日。"),
    )
    objections_until = forms.DateField(
        label=_("或者直接写最后一天"), required=False, widget=DayInput(), help_text=_("写了就以这一天为准。")
    )
    sure = forms.BooleanField(label=_("我知道冻结以后谁也不能再改"), error_messages={"required": _("请确认。")})


class WhyForm(forms.Form):
    why = forms.CharField(
        label=_("为什么要更正"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("会写进更正公示，例如“异议成立：502 的面积登记有误”。"),
        error_messages={"required": _("请写明为什么要更正。")},
    )


# --- mending -----------------------------------------------------------------------------------------
class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("依据"),
        max_length=200,
        help_text=_("例如“不动产登记簿，6 月 3 日查”。随名册保存。"),
        error_messages={"required": _("请写明依据。")},
    )


class StateForm(ReasonForm):
    state = forms.ChoiceField(label=_("房屋状态"), choices=VotingUnit.State.choices, initial="unsold")
    field_order = ["state", "reason"]


class AreaForm(ReasonForm):
    area = AreaField(
        label=_("专有部分面积"),
        max_digits=9,
        decimal_places=2,
        min_value=0,
        error_messages={"required": _("请填写面积。"), "invalid": _("请填写数字，如 89.50。"), "max_decimal_places": _("最多两位小数。")},
    )
    source = forms.ChoiceField(label=_("面积来自"), choices=VotingUnit.AreaSource.choices)
    field_order = ["area", "source", "reason"]


class RepresentativeForm(forms.Form):
    """One of the joint owners, or of the household."""

    person = forms.TypedChoiceField(label=_("由谁代表"), coerce=int, error_messages={"required": _("请选择一位。")})
    reason = forms.CharField(label=_("依据"), max_length=200, required=False, help_text=_("例如“推选书 6 月 1 日”。"))

    def __init__(self, *args: Any, among: Sequence[tuple[int, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = list(among)


class AgentForm(forms.Form):
    person = PersonField(label=_("由谁代表"), required=False)
    name = forms.CharField(label=_("或者只写姓名"), max_length=60, required=False, help_text=_("不在居民名册里的，只能用纸质票。"))
    reason = forms.CharField(
        label=_("依据"), max_length=200, help_text=_("例如“授权委托书 6 月 1 日”。"), error_messages={"required": _("请写明依据。")}
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, PersonField)
        field.actor = actor

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if "person" in values and not values["person"] and not values.get("name"):
            self.add_error("person", gettext("请填写名册里的人，或写上姓名。"))
        return values


class EnterForm(forms.Form):
    """One person of the register, or many lines of names."""

    person = PersonField(label=_("居民名册里的人"), required=False)
    lines = forms.CharField(
        label=_("或者每行一位"),
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("每行写姓名，后面可以用逗号加电话；电话对得上的就认作居民名册里的那一位。"),
    )
    body = forms.CharField(label=_("所在组织"), max_length=40, required=False, help_text=_("例如“党委”“居委会”“第 2 居民小组”。"))

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["person"]
        assert isinstance(field, PersonField)
        field.actor = actor

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if "person" in values and not values["person"] and not values.get("lines", "").strip():
            self.add_error("person", gettext("请填写一位，或者在下面每行写一位。"))
        return values


class RevealForm(forms.Form):
    purpose = forms.CharField(
        label=_("为什么要看"),
        max_length=120,
        help_text=_("例如“送达表决票”。会记下来，本人能看到。"),
        error_messages={"required": _("请写明为什么要看。")},
    )


# --- objections --------------------------------------------------------------------------------------
class ObjectionForm(forms.Form):
    kind = forms.ChoiceField(label=_("哪里不对"), choices=ObjectionKind.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("请写明应该是什么"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": 1000}),
        error_messages={"required": _("请写明哪里不对、应该是什么。")},
    )


class ObjectionForForm(ObjectionForm):
    person = PersonField(label=_("谁提的"), required=False)
    name = forms.CharField(label=_("或者只写姓名"), max_length=60, required=False)
    home = PlaceField(label=_("关于哪一户"), required=False, kinds=[Kind.HOME.value])
    channel = forms.ChoiceField(
        label=_("怎么提出来的"), choices=[("counter", _("当面")), ("phone", _("电话")), ("visit", _("上门")), ("paper", _("书面"))]
    )
    field_order = ["person", "name", "kind", "text", "home", "channel"]

    def __init__(self, *args: Any, actor: Actor, reach: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person, home = self.fields["person"], self.fields["home"]
        assert isinstance(person, PersonField) and isinstance(home, PlaceField)
        person.actor, home.reach = actor, list(reach)


class AnswerForm(forms.Form):
    accepted = forms.TypedChoiceField(
        label=_("结论"),
        choices=[("yes", _("成立，更正名册")), ("no", _("不成立"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择结论。")},
    )
    text = forms.CharField(
        label=_("理由"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写明查了什么、依据是什么；提出的人会收到。"),
        error_messages={"required": _("请写明理由。")},
    )

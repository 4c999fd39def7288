"""Forms of the settings: promises, categories, calendar, gateways."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from linli.kernel.accounts.desk_forms import DayInput
from linli.kernel.matters.models import Category, Grade, PromiseRule, Urgency
from linli.kernel.places.forms import PlaceField
from linli.law.packs import departments


class PromiseForm(forms.Form):
    kind = forms.ChoiceField(label=_("事项种类"))
    subject = forms.ChoiceField(label=_("承诺什么"), choices=PromiseRule.Subject.choices)
    amount = forms.IntegerField(
        label=_("时限"), min_value=1, max_value=100_000, error_messages={"required": _("请填写数字。"), "min_value": _("时限应为正数。")}
    )
    unit = forms.ChoiceField(label=_("单位"), choices=PromiseRule.Unit.choices, initial="working_days")
    category = forms.ModelChoiceField(label=_("类别"), queryset=Category.objects.none(), required=False, empty_label=_("全部类别"))
    urgency = forms.ChoiceField(label=_("紧急程度"), choices=[("", _("不限")), *Urgency.choices], required=False)
    grade = forms.ChoiceField(label=_("难易程度"), choices=[("", _("不限")), *Grade.choices], required=False)
    place = PlaceField(label=_("哪个地点"), required=False, help_text=_("只在这里有效；空着表示处处有效。"))
    fast_lane = forms.BooleanField(label=_("只用于高频事项"), required=False)
    source = forms.CharField(
        label=_("依据"), max_length=120, help_text=_("文件名称和条款，会公开显示。"), error_messages={"required": _("请写明依据。")}
    )

    def __init__(self, *args: Any, kinds: list[tuple[str, str]], reach: Iterable[str], categories: list[Category], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind, category, place = self.fields["kind"], self.fields["category"], self.fields["place"]
        assert isinstance(kind, forms.ChoiceField) and isinstance(category, forms.ModelChoiceField) and isinstance(place, PlaceField)
        kind.choices, place.reach = kinds, list(reach)
        category.queryset = Category.objects.filter(active=True)
        category.choices = [("", _("全部类别")), *((c.pk, c.name) for c in categories)]


class CategoryForm(forms.Form):
    name_zh = forms.CharField(label=_("中文名称"), max_length=40, error_messages={"required": _("请填写名称。")})
    name_en = forms.CharField(label=_("英文名称"), max_length=60, required=False)
    parent = forms.ModelChoiceField(
        label=_("上级类别"), queryset=Category.objects.none(), required=False, empty_label=_("没有（一级类别）")
    )
    department = forms.ChoiceField(label=_("通常归谁"), required=False)
    urgency = forms.ChoiceField(label=_("默认紧急程度"), choices=Urgency.choices)
    keywords = forms.CharField(
        label=_("关键词"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("一行一个，建议类别时用。后面写 *0.5 可以减轻分量。"),
    )
    external_codes = forms.CharField(
        label=_("外部代码"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("一行一个，写成“对照表名 = 代码”，如“12345 = 0203”。"),
    )
    fast_lane = forms.BooleanField(label=_("高频事项（走快速通道）"), required=False)
    usually_complex = forms.BooleanField(
        label=_("通常是复杂事项"), required=False, help_text=_("受理时建议定为“复杂”：先拿出方案，办结时限更长。由受理的人决定。")
    )
    private = forms.BooleanField(label=_("默认不公开"), required=False)
    active = forms.BooleanField(label=_("在用"), required=False, initial=True)

    def __init__(self, *args: Any, category: Category | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parent, department = self.fields["parent"], self.fields["department"]
        assert isinstance(parent, forms.ModelChoiceField) and isinstance(department, forms.ChoiceField)
        parent.queryset = Category.objects.filter(parent=None).exclude(pk=category.pk if category else 0)
        language = get_language() or "zh-hans"
        known = [(d.code, d.name(language)) for d in departments()]
        if category and category.department and category.department not in dict(known):
            known.append((category.department, _t("其他单位")))
        department.choices = [("", _("未定")), *known]

    def clean_keywords(self) -> list[str | list[Any]]:
        return [self._keyword(line.strip()) for line in self.cleaned_data["keywords"].splitlines() if line.strip()]

    def _keyword(self, line: str) -> str | list[Any]:
        word, star, weight = line.partition("*")
        if not star:
            return line[:40]
        try:
            value = float(weight)
        except ValueError:
            value = -1
        if not 0 < value <= 10:
            raise forms.ValidationError(_t("“%(line)s”里 * 后面应为 0 到 10 之间的数。") % {"line": line})
        return [word.strip()[:40], value]

    def clean_external_codes(self) -> dict[str, str]:
        found = {}
        for line in self.cleaned_data["external_codes"].splitlines():
            if line.strip():
                name, equals, code = line.partition("=")
                if not equals or not name.strip() or not code.strip():
                    raise forms.ValidationError(_t("“%(line)s”应写成“对照表名 = 代码”。") % {"line": line.strip()})
                found[name.strip()] = code.strip()
        return found


class NewCategoryForm(CategoryForm):
    code = forms.CharField(
        label=_("代码"), max_length=40, help_text=_("小写字母、数字和下划线，定了不能改。"), error_messages={"required": _("请填写代码。")}
    )
    field_order = ["code", "name_zh", "name_en", "parent"]


def keyword_lines(category: Category) -> str:
    return "\n".join(k if isinstance(k, str) else f"{k[0]} *{k[1]}" for k in category.keywords)


def code_lines(category: Category) -> str:
    return "\n".join(f"{name} = {code}" for name, code in category.external_codes.items())


class DayForm(forms.Form):
    day = forms.DateField(label=_("日期"), widget=DayInput())
    working = forms.TypedChoiceField(
        label=_("这一天"),
        coerce=lambda v: v == "work",
        choices=[("off", _("放假")), ("work", _("上班"))],
        widget=forms.RadioSelect,
        initial="off",
    )
    name = forms.CharField(label=_("名称"), max_length=40, required=False, help_text=_("如“春节”“春节调休上班”。"))


class YearForm(forms.Form):
    """A year's notice: pasted, or a file of text, JSON or CSV in UTF-8 or GBK."""

    notice = forms.CharField(
        label=_("通知的文字"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("从“一、元旦：……”开始，把《国务院办公厅关于……节假日安排的通知》里的几条粘贴到这里。"),
    )
    file = forms.FileField(
        label=_("或者选一个文件"),
        required=False,
        help_text=_("JSON（days 里是 date、isOffDay、name）或 CSV（每行：日期,放假或上班,名称）。"),
        widget=forms.FileInput(attrs={"accept": ".json,.csv,.txt"}),
    )

    @property
    def text(self) -> str:
        """What is to be read; the file wins when both are given."""
        return str(self.cleaned_data.get("file") or self.cleaned_data["notice"])

    def clean_file(self) -> str:
        upload = self.cleaned_data["file"]
        if not upload:
            return ""
        if upload.size > 256 * 1024:
            raise forms.ValidationError(_t("文件太大，一年的日期表不会超过 256 KB。"))
        content = upload.read()
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return str(content.decode(encoding))
            except UnicodeDecodeError:
                continue
        raise forms.ValidationError(_t("读不懂这个文件的文字编码，请另存为 UTF-8 再上传。"))

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if not self.errors and not found.get("notice", "").strip() and not found.get("file"):
            self.add_error("notice", _t("请粘贴通知的文字，或选择一个文件。"))
        return found


class GatewayTestForm(forms.Form):
    to = forms.CharField(label=_("发给"), max_length=120, required=False, help_text=_("短信填手机号，邮件填地址；机器人不用填。"))

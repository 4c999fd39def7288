"""What is typed about venues: the register, the week, single days, the log book, paper forms, standards."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any, Final

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.kernel.access.refusals import said
from linli.kernel.people.desk_forms import AreaField
from linli.kernel.places.forms import DATUMS, PlaceField, shown
from linli.law.venues import GROUPS, HAS, ITEM_KINDS, MEASURES, OPS, Standard, items, items_of
from linli.lib.geo import wgs84_from_gcj02
from linli.lib.problems import InputProblem
from linli.lib.units import format_fen, parse_money
from linli.loops.venues import hours, wording
from linli.loops.venues.actions.keeping import KINDS, Given
from linli.loops.venues.models import Choice, State, Venue
from linli.loops.venues.standing import tongue
from linli.web.fields import WhenField

KNOWN: Final = [("", _("没查看过")), ("yes", pgettext_lazy("venue", "有")), ("no", pgettext_lazy("venue", "没有"))]


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class MoneyField(forms.CharField):
    """Yuan as people write them, cleaned to fen; None when left empty."""

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_money(text)
        except InputProblem as problem:
            raise forms.ValidationError(said(problem)) from None


class SpansField(forms.CharField):
    """The hours of one day; empty: closed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=80, **kwargs)

    def clean(self, value: Any) -> hours.Day:
        try:
            return hours.read_day(super().clean(value))
        except InputProblem as problem:
            raise forms.ValidationError(said(problem)) from None


class VenueForm(forms.Form):
    """The register. What there is (zones, equipment, features) is one field each, because "nobody has looked" is an answer too."""

    name = forms.CharField(label=_("名称"), max_length=60, required=False)
    place = PlaceField(label=_("属于哪里"), kinds=KINDS)
    address = forms.CharField(
        label=_("地址"), max_length=120, required=False, help_text=_("写到哪条路、哪栋楼、第几层，第一次来的人找得到。")
    )
    phone = forms.CharField(label=_("电话"), max_length=20, required=False)
    state = forms.ChoiceField(label=_("状态"), choices=[(s.value, s.label) for s in (State.IN_USE, State.PREPARING)], initial=State.IN_USE)
    opened_on = forms.DateField(label=_("启用日期"), required=False, widget=DayInput())
    about = forms.CharField(label=_("介绍"), max_length=600, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    area = AreaField(
        label=_("使用面积"),
        required=False,
        max_digits=9,
        decimal_places=2,
        min_value=0,
        error_messages={
            "invalid": _("请填写数字，如 89.50。"),
            "max_decimal_places": _("最多两位小数。"),
            "min_value": _("面积应大于 0。"),
        },
    )
    seats = forms.IntegerField(label=_("座位"), required=False, min_value=1, max_value=1_000_000)
    households = forms.IntegerField(
        label=_("服务户数"), required=False, min_value=1, max_value=1_000_000, help_text=_("空着就按登记的房屋数。")
    )
    cost_fen = MoneyField(label=_("每年经费"), required=False, max_length=30)
    cost_year = forms.IntegerField(label=_("哪一年的经费"), required=False, min_value=2000, max_value=2100)
    latitude = forms.FloatField(label=_("纬度"), required=False, min_value=-90, max_value=90)
    longitude = forms.FloatField(label=_("经度"), required=False, min_value=-180, max_value=180)
    datum = forms.ChoiceField(label=_("坐标系"), choices=DATUMS, initial="wgs84", required=False)
    traits = forms.MultipleChoiceField(
        label=_("社区特点"), required=False, choices=[(t, wording.TYPES[t]) for t in wording.TRAITS], widget=forms.CheckboxSelectMultiple
    )
    functions_known = forms.BooleanField(label=_("功能已核对（不勾选就算还不清楚）"), required=False)
    functions = forms.MultipleChoiceField(label=_("有哪些功能"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, reach: Iterable[str] = ("",), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        place, functions = self.fields["place"], self.fields["functions"]
        assert isinstance(place, PlaceField)
        assert isinstance(functions, forms.MultipleChoiceField)
        place.reach = list(reach)
        functions.choices = [(i.code, i.name(tongue())) for i in items_of("function")]
        for item in items().values():
            if item.kind in HAS:
                self.fields[item.code] = forms.ChoiceField(label=item.name(tongue()), choices=KNOWN, required=False)
        for code, label in wording.STAFF.items():
            self.fields[code] = forms.IntegerField(label=label, required=False, min_value=0, max_value=10_000)

    def of_kind(self, kind: str) -> list[forms.BoundField]:
        """The fields of the zones, the equipment or the features, for the page."""
        return [self[i.code] for i in items_of(kind)]

    def staff_fields(self) -> list[forms.BoundField]:
        return [self[code] for code in wording.STAFF]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if (values.get("latitude") is None) != (values.get("longitude") is None) and not {"latitude", "longitude"} & set(self.errors):
            self.add_error("latitude", _t("纬度和经度要一起填。"))
        return values

    def given(self) -> Given:
        """What was typed, for the action."""
        v = self.cleaned_data
        point = None if v["latitude"] is None else (v["latitude"], v["longitude"])
        if point is not None and v["datum"] == "gcj02":
            point = wgs84_from_gcj02(*point)
        same = (
            "name",
            "place",
            "address",
            "phone",
            "about",
            "area",
            "seats",
            "households",
            "traits",
            "cost_fen",
            "cost_year",
            "state",
            "opened_on",
        )
        return Given(
            **{name: v[name] for name in same},
            point=point,
            has={i.code: v[i.code] == "yes" for i in items().values() if i.kind in HAS and v.get(i.code)},
            functions=v["functions"] if v["functions_known"] or v["functions"] else None,
            staff={code: v[code] for code in wording.STAFF if v[code] is not None},
        )


def venue_initial(venue: Venue) -> dict[str, Any]:
    """A venue as it stands in its form."""
    same = ("name", "address", "phone", "about", "seats", "households", "traits", "cost_year", "state", "opened_on")
    point = venue.point
    return {
        **{name: getattr(venue, name) for name in same},
        "place": shown(venue.place),
        "area": f"{venue.area / 100:.2f}" if venue.area is not None else None,
        "cost_fen": format_fen(venue.cost_fen) if venue.cost_fen is not None else "",
        "latitude": point[0] if point else None,
        "longitude": point[1] if point else None,
        "functions": venue.functions or [],
        "functions_known": venue.functions is not None,
        **{code: "yes" if there else "no" for code, there in venue.has.items()},
        **venue.staff,
    }


class WeekForm(forms.Form):
    """Seven days as text, and from when they hold."""

    starts_on = forms.DateField(label=_("从哪天起"), widget=DayInput(), error_messages={"required": _("请选从哪天起。")})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        for n in range(hours.DAYS):
            self.fields[f"day{n}"] = SpansField(label=wording.weekday(n))

    def days(self) -> list[forms.BoundField]:
        return [self[f"day{n}"] for n in range(hours.DAYS)]

    def week(self) -> hours.Week:
        return tuple(self.cleaned_data[f"day{n}"] for n in range(hours.DAYS))


class ExceptionForm(forms.Form):
    day = forms.DateField(label=_("哪一天"), widget=DayInput(), error_messages={"required": _("请选哪一天。")})
    spans = SpansField(label=_("这一天的开放时间"), help_text=_("例如“09:00-12:00 14:00-17:30”；不开放就空着。"))
    reason = forms.CharField(label=_("原因，公开页面会显示"), max_length=80, required=False)


class LogForm(forms.Form):
    opened_at = WhenField(label=_("开门时间"), error_messages={"required": _("请填开门时间。")})
    closed_at = WhenField(label=_("关门时间"), error_messages={"required": _("请填关门时间。")})
    note = forms.CharField(label=_("备注"), max_length=120, required=False)


class CloseForm(forms.Form):
    closed_at = WhenField(label=_("实际关门时间"), required=False, help_text=_("忘了登记的，填当时的时间；现在关门就空着。"))


class FormsForm(forms.Form):
    """Paper forms of one day, counted."""

    day = forms.DateField(label=_("哪一天收的"), widget=DayInput(), error_messages={"required": _("请选哪一天收的。")})
    satisfied = forms.IntegerField(label=Choice.SATISFIED.label, required=False, min_value=0, max_value=2000)
    fairly = forms.IntegerField(label=Choice.FAIRLY.label, required=False, min_value=0, max_value=2000)
    # The word of the choice is a keyword of the language, so it has another name here.
    dissatisfied = forms.IntegerField(label=Choice.NOT.label, required=False, min_value=0, max_value=2000)
    batch = forms.CharField(label=_("评价表编号"), max_length=40, required=False, help_text=_("写在纸上的编号；同一个编号只能登记一次。"))
    comment = forms.CharField(label=_("有代表性的意见"), max_length=200, required=False)

    def counts(self) -> dict[str, int]:
        v = self.cleaned_data
        return {Choice.SATISFIED: v["satisfied"] or 0, Choice.FAIRLY: v["fairly"] or 0, Choice.NOT: v["dissatisfied"] or 0}


class PhotoForm(forms.Form):
    photo = forms.FileField(
        label=_("照片"),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": "image/*", "data-max-mb": str(settings.MAX_UPLOAD_MB)}),
    )
    photo_words = forms.CharField(label=_("照片上是什么"), max_length=80, required=False, help_text=_("一句话，看不见的人要听它。"))


class StandardForm(forms.Form):
    """A standard; which of its fields count depends on what it measures."""

    name_zh = forms.CharField(label=_("中文名称"), max_length=40, required=False)
    name_en = forms.CharField(label=_("英文名称"), max_length=80, required=False)
    code = forms.CharField(
        label=_("代号"), max_length=40, required=False, help_text=_("小写字母、数字和下划线。和已有的相同，就是代替那一条。")
    )
    group = forms.ChoiceField(label=_("归在哪一组"), choices=[(g, wording.GROUPS[g]) for g in GROUPS])
    measure = forms.ChoiceField(label=_("看什么"), choices=[(m, wording.MEASURES[m]) for m in MEASURES])
    op = forms.ChoiceField(label=_("要求"), choices=[(o, wording.OPS[o]) for o in OPS])
    value = forms.CharField(label=_("数量"), max_length=20, required=False, help_text=_("面积写平方米，经费写元，满意率写百分数。"))
    most = forms.CharField(label=_("上限（只用于两数之间）"), max_length=20, required=False)
    item = forms.ChoiceField(label=_("要有的是哪一样"), required=False)
    households_from = forms.IntegerField(label=_("多少户起（含）"), required=False, min_value=0, max_value=1_000_000)
    households_to = forms.IntegerField(label=_("到多少户（含）"), required=False, min_value=0, max_value=1_000_000)
    types = forms.MultipleChoiceField(
        label=_("只用于这些社区"), required=False, choices=list(wording.TYPES.items()), widget=forms.CheckboxSelectMultiple
    )
    note_zh = forms.CharField(label=_("说明"), max_length=200, required=False)
    place = PlaceField(label=_("用在哪里"), required=False, help_text=_("写名称，或者 # 加编号；空着表示处处有效。"))
    starts_on = forms.DateField(label=_("从哪天起"), widget=DayInput(), error_messages={"required": _("请选从哪天起。")})
    source = forms.CharField(label=_("依据"), max_length=120, required=False)

    def __init__(self, *args: Any, reach: Iterable[str] = ("",), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        place, item = self.fields["place"], self.fields["item"]
        assert isinstance(place, PlaceField)
        assert isinstance(item, forms.ChoiceField)
        place.reach = list(reach)
        groups = [
            (wording.GROUPS["site" if k == "feature" else k], [(i.code, i.name(tongue())) for i in items_of(k)]) for k in ITEM_KINDS[:3]
        ]
        item.choices = [("", _t("不看有没有")), *groups]

    def data_of(self, overrides: Iterable[str] = ()) -> dict[str, Any]:
        """The standard as plain data, to be checked by the law's own reader."""
        v = self.cleaned_data
        names = ("name_zh", "name_en", "code", "group", "measure", "op", "households_from", "households_to", "types", "note_zh")
        has = v["op"] == "has"
        return {
            **{name: v[name] for name in names},
            "value": "0" if has else v["value"],
            "most": v["most"] if v["op"] == "between" else None,
            "item": v["item"] if has else "",
            "overrides": list(overrides),
            "confidence": "own",
        }


def standard_initial(standard: Standard, today: date) -> dict[str, Any]:
    names = ("name_zh", "name_en", "code", "group", "measure", "op", "item", "households_from", "households_to", "types", "note_zh")
    return {
        **{name: getattr(standard, name) for name in names},
        "value": "" if standard.op == "has" else plain_number(standard.value),
        "most": "" if standard.most is None else plain_number(standard.most),
        "starts_on": today,
    }


def plain_number(value: Fraction) -> str:
    """As `Fraction` reads it back: 30, 25/2 as 12.5, 1/3."""
    exact = Fraction(str(float(value)))
    return str(int(value)) if value.denominator == 1 else str(float(value)) if exact == value else str(value)

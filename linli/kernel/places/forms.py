"""The box in which a place is named, used wherever one is asked for, and the forms of the places' own pages."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from linli.kernel.places.actions import names_in
from linli.kernel.places.models import CommunityType, Kind, Place, PlaceName
from linli.kernel.places.queries import places_called, short_names

LIST_ID = "places"


class PlaceField(forms.CharField):
    """
    Names one place: "芳草苑", "芳草社区 / 3 栋", a statistical code, or #number. `reach` are the paths it may lie under; the page draws the
    suggestions (`place_choices`) as a datalist with the id `places`.
    """

    def __init__(self, *args: Any, kinds: Iterable[str] = (), reach: Iterable[str] = ("",), **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"list": LIST_ID, "autocomplete": "off"}))
        kwargs.setdefault("help_text", _("写名称，或者 # 加编号；重名时在前面写上级，用 / 隔开，如“芳草社区 / 3 栋”。"))
        kwargs.setdefault("error_messages", {"required": _("请写明是哪个地点。")})
        super().__init__(*args, max_length=120, **kwargs)
        self.kinds, self.reach = list(kinds), list(reach)

    def clean(self, value: Any) -> Place | None:
        text = super().clean(value)
        if not text:
            return None
        found = places_called(text, self.reach, self.kinds)
        if not found:
            raise forms.ValidationError(_t("您的范围里没有叫“%(text)s”的地点，请核对。") % {"text": text})
        if len(found) > 1:
            names = short_names(found)
            listed = "、".join(f"{names[p.pk]} #{p.pk}" for p in found)
            raise forms.ValidationError(_t("不止一个地点叫这个名字，请写编号：%(listed)s。") % {"listed": listed})
        return found[0]


def shown(place: Place | None) -> str:
    """How a place stands in its box."""
    return f"{place.name} #{place.pk}" if place else ""


DATUMS = [("wgs84", _("WGS-84（GPS、天地图）")), ("gcj02", _("GCJ-02（高德、腾讯地图）"))]


class AddForm(forms.Form):
    kind = forms.ChoiceField(label=_("级别"), choices=[])
    name = forms.CharField(label=_("名称"), max_length=80, error_messages={"required": _("请填写名称。")})
    code = forms.CharField(
        label=_("统计代码"), max_length=32, required=False, help_text=_("社区以上填 12 位统计用区划代码；以下可填自己的编号。")
    )
    community_type = forms.ChoiceField(label=_("社区类型"), choices=CommunityType.choices, required=False)
    phone = forms.CharField(label=_("电话"), max_length=20, required=False)

    def __init__(self, *args: Any, below: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["kind"]
        assert isinstance(field, forms.ChoiceField)
        kinds = list(Kind)
        field.choices = [(k.value, k.label) for k in (kinds[kinds.index(Kind(below)) + 1 :] if below else kinds)]


class RenameForm(forms.Form):
    name = forms.CharField(label=_("新名称"), max_length=80, error_messages={"required": _("请填写名称。")})


class DetailForm(forms.Form):
    community_type = forms.ChoiceField(label=_("社区类型"), choices=CommunityType.choices, required=False)
    phone = forms.CharField(label=_("电话"), max_length=20, required=False, help_text=_("居民在这里按“找人帮忙”时拨打的号码。"))


class NamesForm(forms.Form):
    """The other words people have for a place, several divided by 、."""

    alias = forms.CharField(
        label=_("别名、旧名、简称"), required=False, max_length=400, help_text=_("几个之间用顿号隔开，如“老电厂宿舍、电厂家属院”。")
    )
    road = forms.CharField(label=_("在哪条路上"), required=False, max_length=400)
    landmark = forms.CharField(label=_("旁边大家都知道的地方"), required=False, max_length=400, help_text=_("如“人民医院、农贸市场”。"))

    def names(self) -> dict[str, list[str]]:
        return {why: names_in(self.cleaned_data.get(why, "")) for why in PlaceName.Why.values}


class TargetForm(forms.Form):
    """Where a place goes: under another (move), or into another (merge)."""

    target = PlaceField(label=_("目标地点"))

    def __init__(self, *args: Any, reach: Iterable[str], kinds: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["target"]
        assert isinstance(field, PlaceField)
        field.reach, field.kinds = list(reach), list(kinds)


class SplitForm(forms.Form):
    name = forms.CharField(label=_("新地点的名称"), max_length=80, error_messages={"required": _("请填写名称。")})
    children = forms.TypedMultipleChoiceField(
        label=_("移到新地点的部分"), coerce=int, widget=forms.CheckboxSelectMultiple, error_messages={"required": _("请至少选一处。")}
    )

    def __init__(self, *args: Any, children: list[Place], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["children"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(c.pk, c.name) for c in children]


class PointField(forms.CharField):
    """
    A latitude and a longitude in one box, as they are copied from a map: (latitude, longitude) in degrees, None when empty. Maps differ in which
    comes first; in China every longitude is greater than any latitude.
    """

    def clean(self, value: Any) -> tuple[float, float] | None:
        text = unicodedata.normalize("NFKC", super().clean(value)).replace("、", ",")
        if not text:
            return None
        try:
            numbers = [float(part.strip().rstrip("°")) for part in re.split(r"[,\s]+", text.strip()) if part]
        except ValueError:
            numbers = []
        if len(numbers) != 2:
            raise forms.ValidationError(_t("请写两个数，用逗号隔开，如 30.6312, 104.0623。"))
        latitude, longitude = sorted(numbers) if min(numbers) > 0 else numbers
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise forms.ValidationError(_t("坐标超出范围，请核对。"))
        return latitude, longitude


class OutlineForm(forms.Form):
    """A drawn outline, a point, or both: a building nobody drew can still be found on a map."""

    outline = forms.FileField(label=_("GeoJSON 文件"), required=False, help_text=_("一个面（Polygon 或 MultiPolygon），不超过 1 MB。"))
    text = forms.CharField(label=_("或者粘贴 GeoJSON"), required=False, widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}))
    point = PointField(
        label=_("或者只写一个点"), required=False, max_length=60, help_text=_("从地图上复制的坐标，如 30.6312, 104.0623；经度在前也认得。")
    )
    datum = forms.ChoiceField(label=_("坐标系"), choices=DATUMS, initial="wgs84", widget=forms.RadioSelect)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        upload = values.get("outline")
        if upload and upload.size > 1024 * 1024:
            self.add_error("outline", _t("文件超过 1 MB，请先简化轮廓。"))
            return values
        raw = upload.read() if upload else (values.get("text") or "").encode()
        values["geojson"] = None
        if not raw.strip():
            if not values.get("point") and "point" not in self.errors:
                self.add_error("outline", _t("请选择文件、粘贴内容，或者写一个点。"))
            return values
        try:
            values["geojson"] = json.loads(raw.decode("utf-8-sig"))
        except (UnicodeDecodeError, ValueError, RecursionError):
            self.add_error("outline" if upload else "text", _t("这不是有效的 GeoJSON，请重新导出为 UTF-8 编码的 .geojson 文件。"))
        return values


class PointForm(forms.Form):
    latitude = forms.FloatField(label=_("纬度"), min_value=-90, max_value=90, error_messages={"invalid": _("请填写数字，如 30.63。")})
    longitude = forms.FloatField(label=_("经度"), min_value=-180, max_value=180, error_messages={"invalid": _("请填写数字，如 104.06。")})
    datum = forms.ChoiceField(label=_("坐标系"), choices=DATUMS, initial="wgs84")

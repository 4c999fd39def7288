"""What people do with places: add, rename, move, merge, split, draw. Each change is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.dispatch import Signal
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import segment, subtree
from linli.kernel.access.refusals import Invalid, said
from linli.kernel.places.models import ORDER, CommunityType, Kind, Place, PlaceChange, PlaceName
from linli.kernel.places.naming import forget
from linli.lib.codes import CodeError, check_division_code, check_phone
from linli.lib.geo import GeoError, bounds, check_outline, wgs84_from_gcj02

MICRO = 1_000_000

# Sent inside the transaction after a subtree got a new path: `old`, `new` (paths), `actor`, `now`.
place_moved = Signal()


class Parent(Protocol):
    """What a place's parent must tell for the rules."""

    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def retired_at(self) -> datetime | None: ...


HAN: Final = {char: number for number, char in enumerate("一二三四五六七八九十", start=1)}
# A numeral before the word for what is counted: "三组", "第十二网格", "二期"; "七里香苑" is a name.
_COUNTED: Final = re.compile(rf"[{''.join(HAN)}]+(?=\s*(?:组|社|队|网格|期|区|栋|幢|座|单元|号|院))")


def han_number(text: str) -> int:
    """一 to 九十九; other runs of numerals are read digit by digit."""
    tens, ten, ones = text.partition("十")
    if ten and len(tens) <= 1 and len(ones) <= 1:
        return (HAN[tens] if tens else 1) * 10 + (HAN[ones] if ones else 0)
    return int("".join(str(HAN[char] % 10) for char in text))


def sort_key(name: str) -> str:
    """Numbers inside a name sort by value: "2 栋" before "10 栋", "二组" before "十组"."""
    plain = _COUNTED.sub(lambda m: str(han_number(m.group())), name)
    return re.sub(r"\d+", lambda m: m.group().zfill(6), plain)[:80]


@transaction.atomic
def add_place(
    *,
    actor: Actor,
    kind: str,
    name: str,
    parent: Place | None,
    now: datetime,
    code: str = "",
    community_type: str = "",
    point: tuple[float, float] | None = None,
    datum: str = "wgs84",
    outline: dict[str, Any] | None = None,
    phone: str = "",
) -> Place:
    """
    Add a place under `parent` and return it; the same name and kind under the same parent returns the one that is there.

    `point` is (latitude, longitude) in degrees, in `datum` "wgs84" or "gcj02"; `outline` is GeoJSON in WGS-84.
    Raises Invalid for an unknown kind, a parent of the wrong level, a bad code or outline; NotAllowed outside one's subtree.
    """
    name = name.strip()
    table.require(actor, "place.edit", parent.path if parent else "")
    check_place(kind, name, parent, code)
    found = Place.objects.filter(parent=parent, kind=kind, name=name, retired_at=None).first()
    if found:
        return found
    place = Place(
        kind=kind, name=name, code=code, parent=parent, community_type=community_type, phone=phone, created_at=now, sort_key=sort_key(name)
    )
    _locate(place, point, datum)
    _outline(place, outline)
    try:
        place.save(force_insert=True)
    except IntegrityError:
        raise Invalid(
            "code_taken", _("统计代码 %(code)s 已经属于另一个地点。") % {"code": code}, fields={"code": [_("请核对代码。")]}
        ) from None
    place.path = (parent.path if parent else "") + segment(place.pk)
    place.save(update_fields=["path"])
    _record(place, "added", actor, now, {}, {"name": name, "kind": kind, "code": code, "parent": parent.pk if parent else None})
    return place


def check_place(kind: str, name: str, parent: Parent | None, code: str) -> None:
    """The rules every place obeys, added singly or by the thousand. Raises Invalid."""
    if kind not in ORDER:
        raise Invalid("unknown_kind", _("没有“%(kind)s”这一级地点。") % {"kind": kind})
    if not name or len(name) > 80:
        raise Invalid("bad_name", _("地点名称应为 1 到 80 个字。"), fields={"name": [_("请填写名称。")]})
    if parent and (parent.retired_at or ORDER.index(kind) <= ORDER.index(parent.kind)):
        raise Invalid("wrong_parent", _("“%(name)s”不能放在“%(parent)s”之下。") % {"name": name, "parent": parent.name})
    if code and kind in ORDER[:5]:
        try:
            check_division_code(code)
        except CodeError as error:
            raise Invalid("bad_code", said(error), fields={"code": [said(error)]}) from None


def _locate(place: Place, point: tuple[float, float] | None, datum: str) -> None:
    if point is None:
        return
    latitude, longitude = wgs84_from_gcj02(*point) if datum == "gcj02" else point
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise Invalid("bad_point", _("坐标超出范围：纬度应在 -90 到 90 之间，经度应在 -180 到 180 之间。"))
    place.latitude, place.longitude = round(latitude * MICRO), round(longitude * MICRO)


def _outline(place: Place, outline: dict[str, Any] | None) -> None:
    if not outline:
        return
    try:
        checked = check_outline(outline)
    except GeoError as error:
        raise Invalid("bad_outline", said(error), fields={"outline": [said(error)]}) from None
    south, west, north, east = bounds(checked)
    place.outline = checked
    place.south, place.west, place.north, place.east = (round(v * MICRO) for v in (south, west, north, east))
    if place.latitude is None:
        place.latitude, place.longitude = (place.south + place.north) // 2, (place.west + place.east) // 2


@transaction.atomic
def rename_place(*, actor: Actor, place: Place, name: str, now: datetime) -> Place:
    """Give a place a new name. Matters that name it show today's name; the change keeps the old one."""
    table.require(actor, "place.edit", place.path)
    check_place(place.kind, name.strip(), None, "")
    before, place.name, place.sort_key = place.name, name.strip(), sort_key(name.strip())
    try:
        with transaction.atomic():
            place.save(update_fields=["name", "sort_key"])
    except IntegrityError:
        raise Invalid("name_taken", _("这里已经有一个“%(name)s”。") % {"name": name}, fields={"name": [_("请换一个名称。")]}) from None
    if before != place.name and place.kind not in _UNNAMED and len(before) <= 40:
        PlaceName.objects.get_or_create(place=place, name=before, defaults={"why": PlaceName.Why.ALIAS})
    _record(place, "renamed", actor, now, {"name": before}, {"name": place.name})
    return place


_UNNAMED = (Kind.BUILDING, Kind.ENTRANCE, Kind.HOME)  # told by their number, which other places have too
MOST_NAMES = 20


def names_in(text: str) -> list[str]:
    """Names as people write several into one box or cell, divided by 、 or another mark; the order stays, empty ones are left out."""
    return [name for part in re.split(r"[、，,；;|\n]", text) if (name := " ".join(part.split()))]


def check_names(names: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Other words for a place by why they mean it, without white space around them. Raises Invalid for too many, or one too short or too long."""
    told = {why: [name.strip() for name in given if name.strip()] for why, given in names.items()}
    for why, given in told.items():
        if why not in PlaceName.Why.values or len(given) > MOST_NAMES or any(not 2 <= len(name) <= 40 for name in given):
            words = _("每个名字 2 到 40 个字，每一栏最多 %(n)s 个。") % {"n": MOST_NAMES}
            raise Invalid("bad_name", words, fields={why: [words]})
    return told


@transaction.atomic
def name_place(*, actor: Actor, place: Place, names: Mapping[str, Iterable[str]], now: datetime) -> Place:
    """
    Set the other words people have for a place, by why they mean it (`PlaceName.Why`); what is not named is gone. They only help to find
    it in texts. Raises Invalid as `check_names`.
    """
    table.require(actor, "place.edit", place.path)
    _set_names(place, check_names(names), actor, now)
    return place


def _set_names(place: Place, names: Mapping[str, list[str]], actor: Actor, now: datetime) -> bool:
    """Whether anything changed."""
    wanted: dict[str, str] = {}
    for why, told in names.items():
        wanted |= {name: why for name in told if name != place.name and name not in wanted}
    before = dict(place.names.values_list("name", "why"))
    if wanted == before:
        return False
    place.names.all().delete()
    PlaceName.objects.bulk_create(PlaceName(place=place, name=name, why=why) for name, why in wanted.items())
    transaction.on_commit(forget)
    _record(place, "named", actor, now, {"names": before}, {"names": wanted})
    return True


@transaction.atomic
def draw_place(
    *,
    actor: Actor,
    place: Place,
    outline: dict[str, Any] | None,
    now: datetime,
    point: tuple[float, float] | None = None,
    datum: str = "wgs84",
) -> Place:
    """Set a place's outline (GeoJSON, WGS-84), its point (degrees in `datum`), or both; what is not given stays as it was."""
    table.require(actor, "place.edit", place.path)
    _locate(place, point, datum)
    _outline(place, outline)
    place.save()
    _record(place, "drawn", actor, now, {}, {"outline": bool(outline), "point": list(place.point or ())})
    return place


@transaction.atomic
def move_place(*, actor: Actor, place: Place, parent: Place, now: datetime) -> Place:
    """
    Hang a place, with all below it, under another parent. The old paths stay in its history.

    Announces `place_moved`, by which open matters follow and closed ones keep the place as it was.
    """
    table.require(actor, "place.edit", place.path)
    table.require(actor, "place.edit", parent.path)
    if parent.path.startswith(place.path):
        raise Invalid("move_into_itself", _("不能把“%(name)s”移到它自己下面。") % {"name": place.name})
    check_place(place.kind, place.name, parent, "")
    if Place.objects.filter(parent=parent, kind=place.kind, name=place.name, retired_at=None).exclude(pk=place.pk).exists():
        raise Invalid("name_taken", _("“%(parent)s”里已经有一个“%(name)s”。") % {"parent": parent.name, "name": place.name})
    old_path, old_parent = place.path, place.parent_id
    new_path = parent.path + segment(place.pk)
    Place.objects.filter(**subtree("path", old_path)).update(path=Concat(Value(new_path), Substr(F("path"), len(old_path) + 1)))
    Place.objects.filter(pk=place.pk).update(parent=parent)
    place.refresh_from_db()
    _record(place, "moved", actor, now, {"path": old_path, "parent": old_parent}, {"path": new_path, "parent": parent.pk})
    place_moved.send(Place, old=old_path, new=new_path, actor=actor, now=now)
    return place


@transaction.atomic
def merge_places(*, actor: Actor, source: Place, target: Place, now: datetime) -> Place:
    """
    Merge `source` into `target` of the same kind: its children move over, it is retired and points to where it went.

    Children of the same kind and name are merged in turn.
    """
    table.require(actor, "place.edit", source.path)
    table.require(actor, "place.edit", target.path)
    if source.kind != target.kind or source.pk == target.pk:
        raise Invalid("merge_unlike", _("只能合并同一级的两个不同地点。"))
    for child in list(source.children.filter(retired_at=None)):
        twin = target.children.filter(kind=child.kind, name=child.name, retired_at=None).first()
        if twin:
            merge_places(actor=actor, source=child, target=twin, now=now)
        else:
            move_place(actor=actor, place=child, parent=target, now=now)
    source.retired_at, source.merged_into = now, target
    source.save(update_fields=["retired_at", "merged_into"])
    _record(source, "merged", actor, now, {"path": source.path}, {"into": target.pk})
    place_moved.send(Place, old=source.path, new=target.path, actor=actor, now=now)
    return target


@transaction.atomic
def split_place(*, actor: Actor, place: Place, name: str, children: Iterable[Place], now: datetime) -> Place:
    """Make a new place of the same kind beside `place` and move the given children of it there."""
    table.require(actor, "place.edit", place.path)
    fresh = add_place(actor=actor, kind=place.kind, name=name, parent=place.parent, now=now, community_type=place.community_type)
    for child in children:
        if child.parent_id != place.pk:
            raise Invalid("not_a_child", _("“%(child)s”不在“%(name)s”之下。") % {"child": child.name, "name": place.name})
        move_place(actor=actor, place=child, parent=fresh, now=now)
    _record(place, "split", actor, now, {}, {"into": fresh.pk})
    return fresh


def _record(place: Place, verb: str, actor: Actor, now: datetime, before: dict[str, Any], after: dict[str, Any]) -> None:
    PlaceChange.objects.create(place=place, verb=verb, at=now, by_id=actor.account_id, by_name=actor.name, before=before, after=after)


KINDS_WITH_COMMUNITY_BELOW = (Kind.PROVINCE, Kind.CITY, Kind.DISTRICT, Kind.STREET)


@transaction.atomic
def mend_places(*, actor: Actor, changes: Mapping[int, Mapping[str, Any]], root_path: str, now: datetime) -> set[int]:
    """
    Set `code`, `community_type`, `phone`, `point` (WGS-84 degrees) and `names` (why → words; what is not named stays) of places below
    `root_path`, by id; what is the same already stays untouched. Returns the ids of those that changed.
    """
    table.require(actor, "place.edit", root_path)
    changed: set[int] = set()
    for place in Place.objects.filter(pk__in=[pk for pk, told in changes.items() if told], **subtree("path", root_path)):
        told = dict(changes[place.pk])
        point, names = told.pop("point", None), told.pop("names", {})
        before = {name: getattr(place, name) for name in (*told, "latitude", "longitude")}
        if told.get("code"):
            check_place(place.kind, place.name, None, told["code"])
        for name, value in told.items():
            setattr(place, name, value)
        _locate(place, point, "wgs84")
        after = {name: getattr(place, name) for name in before}
        if after != before:
            place.save(update_fields=list(after))
            _record(place, "mended", actor, now, before, after)
            changed.add(place.pk)
        if names and _set_names(place, {**_names_of(place), **check_names(names)}, actor, now):
            changed.add(place.pk)
    return changed


def _names_of(place: Place) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, why in place.names.order_by("pk").values_list("name", "why"):
        found.setdefault(why, []).append(name)
    return found


@transaction.atomic
def describe_place(*, actor: Actor, place: Place, community_type: str, phone: str, now: datetime) -> Place:
    """Set what kind of community a place is and whom its residents phone for help. Raises Invalid for an unknown type or a bad number."""
    table.require(actor, "place.edit", place.path)
    if community_type not in CommunityType.values:
        raise Invalid("bad_type", _("请选择社区类型。"), fields={"community_type": [_("请选择社区类型。")]})
    if phone.strip():
        try:
            phone = check_phone(phone)
        except CodeError as error:
            raise Invalid("bad_phone", said(error), fields={"phone": [said(error)]}) from None
    before = {"community_type": place.community_type, "phone": place.phone}
    place.community_type, place.phone = community_type, phone.strip()
    place.save(update_fields=["community_type", "phone"])
    _record(place, "described", actor, now, before, {"community_type": community_type, "phone": place.phone})
    return place

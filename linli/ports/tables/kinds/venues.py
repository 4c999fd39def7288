"""Venues: one row for each, its lists in one cell each, its week as people write it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.kernel.access.refusals import said
from linli.law.venues import items, items_of
from linli.lib.problems import InputProblem
from linli.lib.units import format_area, parse_money
from linli.loops.venues import hours
from linli.loops.venues.models import State, Venue
from linli.loops.venues.wording import STAFF, TRAITS, TYPES
from linli.ports.tables import values
from linli.ports.tables.columns import Column, Kind, words_of

NONE_OF_THEM = "—"
_NOT_THERE = re.compile(r"((?:无|没有|\bwithout)\s*[:：])", re.IGNORECASE)
_STATES = words_of([(State.IN_USE, ("使用中", "在用", "已启用", "in use")), (State.PREPARING, ("筹备中", "建设中", "preparing"))])


def state_words() -> list[str]:
    return [str(State.IN_USE.label), str(State.PREPARING.label)]


def _names(kind: str) -> list[str]:
    return [i.name(get_language() or "zh-hans") for i in items_of(kind)]


def _words(kind: str) -> dict[str, str]:
    return words_of([(i.code, (i.name_zh, i.name_en)) for i in items_of(kind)])


def listed(kind: str) -> Callable[[Any], tuple[str, ...]]:
    """A reader of a list of what a venue has of a kind; 无 or a dash: none of them. Raises values.Wrong naming the word it does not know."""
    return lambda value: _several(value, _words(kind), _names(kind))


def looked_at(kind: str) -> Callable[[Any], dict[str, bool]]:
    """
    A reader of what is there: "议事区、调解区" says that nothing else of the kind is; "议事区；无：调解区" speaks of these two alone.

    Raises values.Wrong naming the word it does not know.
    """

    def read(value: Any) -> dict[str, bool]:
        there, mark, absent = (
            _NOT_THERE.split(values.plain(value), maxsplit=1) if _NOT_THERE.search(values.plain(value)) else (value, "", "")
        )
        words, names = _words(kind), _names(kind)
        named = _several(there, words, names)
        if mark:
            return {**dict.fromkeys(_several(absent, words, names), False), **dict.fromkeys(named, True)}
        return {i.code: i.code in named for i in items_of(kind)}

    return read


def traits(value: Any) -> tuple[str, ...]:
    words = words_of([(t, (str(TYPES[t]),)) for t in TRAITS])
    return _several(value, words, [str(TYPES[t]) for t in TRAITS])


def _several(value: Any, words: dict[str, str], known: Iterable[str]) -> tuple[str, ...]:
    text = values.plain(value)
    if text.strip() in (NONE_OF_THEM, "-", "无", "没有", "none"):
        return ()
    found = []
    for part in text.replace("；", "、").replace(";", "、").replace("，", "、").replace("\n", "、").split("、"):
        word = unicodedata.normalize("NFKC", part).strip().lower()
        if word and word not in words:
            raise values.Wrong(_("不认识“%(word)s”。可以填：%(choices)s。") % {"word": word[:20], "choices": "、".join(known)})
        if word:
            found.append(words[word])
    return tuple(dict.fromkeys(found))


def whole(value: Any) -> int:
    """A whole number that is not negative."""
    text = values.plain(value).replace(",", "")
    if not text.isdecimal() or len(text) > 9:
        raise values.Wrong(_("请填 0 以上的整数。"))
    return int(text)


def money(value: Any) -> int:
    """Yuan as fen."""
    try:
        return parse_money(value if isinstance(value, int | float) and not isinstance(value, bool) else values.plain(value))
    except InputProblem as problem:
        raise values.Wrong(said(problem)) from None


def week(value: Any) -> hours.Week:
    try:
        return hours.read_week(values.plain(value))
    except InputProblem as problem:
        raise values.Wrong(said(problem)) from None


def _list_column(key: str, kind: str, zh: str, en: str, example: str, *, whole_list: bool = False) -> Column:
    return Column(
        key,
        zh,
        en,
        listed(kind) if whole_list else looked_at(kind),
        example=example,
        note_zh="有的都写上，用顿号隔开，没写的就是没有；一样也没有写“无”；只说几样就写“议事区；无：调解区”；还没查看过就空着",
        note_en="All it has, separated by 、; — for none of them; to speak of some alone write 'A; without: B'; empty when nobody has looked",
        choices=lambda: _names(kind),
        width=30,
    )


VENUES = Kind(
    "venues",
    "议事场地",
    "Venues",
    (
        Column(
            "name", "名称", "Name", synonyms=("场地名称", "阵地名称", "议事厅"), required=True, limit=60, example="芳草议事厅", width=20
        ),
        Column(
            "place",
            "属于哪里",
            "Place",
            synonyms=("地点", "社区", "小区", "所属社区", "所属小区", "服务范围"),
            limit=200,
            example="芳草社区",
            note_zh="社区或小区的名称、代码，或从上往下的路径；空着就是导入位置",
            note_en="Name, code or path of the community or compound; empty means where you import to",
            width=24,
        ),
        Column("address", "地址", "Address", synonyms=("位置", "详细地址"), limit=120, example="芳草街 12 号一楼", width=28),
        Column("phone", "电话", "Phone", values.phone, ("联系电话",)),
        Column(
            "state",
            "状态",
            "State",
            values.choice(_STATES, state_words),
            choices=state_words,
            note_zh="不填为使用中",
            note_en="Empty means in use",
        ),
        Column("area", "使用面积", "Area", values.area, ("面积", "建筑面积"), example="89.5", note_zh="平方米", note_en="Square metres"),
        Column(
            "households",
            "服务户数",
            "Households",
            whole,
            ("户数",),
            note_zh="空着就按登记的房屋数",
            note_en="Empty: counted from the register of homes",
        ),
        Column("seats", "座位", "Seats", whole, ("座位数",)),
        Column(
            "hours",
            "开放时间",
            "Opening hours",
            week,
            ("每周开放时间",),
            example="周一至周五 09:00-12:00 14:00-17:30；周六 09:00-12:00",
            note_zh="从导入那天起生效",
            note_en="In force from the day of the import",
            width=40,
        ),
        _list_column("zones", "zone", "分区", "Zones", "议事区、调解区、公示栏位置"),
        _list_column("equipment", "equipment", "设备", "Equipment", "可移动桌椅、投影仪、坡道"),
        _list_column("features", "feature", "条件", "Features", "位置方便又人流集中、圆桌式布局"),
        _list_column("functions", "function", "功能", "Functions", "议事协商、矛盾调解", whole_list=True),
        Column("traits", "社区特点", "Traits", traits, choices=lambda: [str(TYPES[t]) for t in TRAITS], width=20),
        *(
            Column(code, zh, en, whole)
            for code, zh, en in (
                ("full_time", "专职管理员", "Full-time managers"),
                ("teams", "固定队伍", "Fixed teams"),
                ("volunteers", "志愿者", "Volunteers"),
                ("digital", "数字专员", "Digital officers"),
                ("training_hours", "每年培训小时", "Training hours a year"),
            )
        ),
        Column("cost", "每年经费", "Yearly cost", money, ("经费", "年经费", "运行经费"), example="96000", note_zh="元", note_en="Yuan"),
        Column("cost_year", "经费年份", "Year of the cost", whole),
        Column("latitude", "纬度", "Latitude", values.degrees, ("lat",), example="30.6312"),
        Column("longitude", "经度", "Longitude", values.degrees, ("lng", "lon"), example="104.0614"),
        Column("about", "介绍", "About", limit=600, width=30),
    ),
    about_zh="一处场地一行。同一个地点里同名的就更新它；空着的格子不改原来的内容。",
    about_en="One row for each venue. One of the same name at the same place is updated; empty cells leave what is there.",
)


def cells_of(venue: Venue, in_force: hours.Week | None, root: str) -> dict[str, Any]:
    """A venue as the columns of the sheet."""
    language = get_language() or "zh-hans"

    def has(kind: str) -> str:
        listed_items = items_of(kind)
        known = [i for i in listed_items if i.code in venue.has]
        there = "、".join(i.name(language) for i in known if venue.has[i.code])
        if not known or len(known) == len(listed_items):
            return there or (NONE_OF_THEM if known else "")
        absent = "、".join(i.name(language) for i in known if not venue.has[i.code])
        return _("%(there)s；无：%(absent)s") % {"there": there, "absent": absent}

    functions = venue.functions
    return {
        "name": venue.name,
        "place": "" if venue.place.path == root else venue.place.code or venue.place.name,
        "address": venue.address,
        "phone": venue.phone,
        "state": str(State(venue.state).label),
        "area": float(format_area(venue.area)) if venue.area is not None else None,
        "households": venue.households,
        "seats": venue.seats,
        "hours": "" if in_force is None else hours.week_text(in_force),
        "zones": has("zone"),
        "equipment": has("equipment"),
        "features": has("feature"),
        "functions": "" if functions is None else "、".join(items()[c].name(language) for c in functions if c in items()) or NONE_OF_THEM,
        "traits": "、".join(str(TYPES[t]) for t in venue.traits),
        **{code: venue.staff.get(code) for code in STAFF},
        "cost": venue.cost_fen / 100 if venue.cost_fen is not None else None,
        "cost_year": venue.cost_year,
        "latitude": venue.point[0] if venue.point else None,
        "longitude": venue.point[1] if venue.point else None,
        "about": venue.about,
    }

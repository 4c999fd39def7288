"""
Names of places found in the messages themselves: what stands before 小区, 路, 新城 … in several of them, as long as it stays the same.

A stem of two characters is lengthened to the left while at least half of the messages that have it have the longer one too (the branching of what comes before
a word, as in unsupervised word segmentation: Z. Harris, "From phoneme to morpheme", Language 31, 1955). A place tree's own names are better,
and come in as they are.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

LONGEST: Final = 10
SHORTEST: Final = 3
MOST_BEFORE: Final = 7

_ENDS: Final = [
    "小区",
    "社区",
    "街道",
    "大道",
    "公园",
    "花园",
    "家园",
    "公寓",
    "大厦",
    "国际",
    "新城",
    "广场",
    "中心",
    "山庄",
    "商圈",
    "物流园",
    "工业园",
    "产业园",
    "园区",
    "片区",
    "安置区",
    "开发区",
    "机场",
    "地铁站",
    "火车站",
    "高铁站",
    "汽车站",
    "公司",
    "学院",
    "大学",
    "中学",
    "小学",
    "医院",
    "市场",
]
_ONE_CHAR_ENDS: Final = "路街巷镇乡村城苑园府湾郡庭桥湖洲庄"
_END: Final = re.compile("|".join(_ENDS) + f"|[{_ONE_CHAR_ENDS}]")
_NOT_INSIDE: Final = frozenset("的了在是有和与及对把被从向到请求问我你他这那不没要能将已还都很太更最又也就才每各某为于本该政附旁周")
_BEFORE_A_NAME: Final = frozenset("省市区县镇乡街道路村")
_GENERAL: Final = ("小区", "社区", "街道", "公园", "花园", "家园", "公寓", "大厦", "广场", "中心")


def found_in(titles: Sequence[str], *, least: int = 2) -> frozenset[str]:
    """
    Names that stand in at least `least` of the `titles` (folded, see `texts`); also without a general word at their end, when three characters
    are left. Empty of nothing.
    """
    seen: Counter[str] = Counter()
    for title in titles:
        seen.update({title[start:end] for start, end in _stems(title)})
    names = set()
    for title in titles:
        for match in _END.finditer(title):
            name = _settled(title, match.start(), match.end(), seen, least)
            if len(name) >= SHORTEST:
                names.add(name)
    shorter = {name[: -len(end)] for name in names for end in _GENERAL if name.endswith(end)}
    return frozenset(names | {name for name in shorter if len(name) >= SHORTEST})


def _stems(title: str) -> Iterable[tuple[int, int]]:
    for match in _END.finditer(title):
        for start in range(match.start() - 1, max(-1, match.start() - MOST_BEFORE - 1), -1):
            if not "㐀" <= title[start] <= "鿿" or title[start] in _NOT_INSIDE:
                break
            if match.start() - start < 2:  # no name is as short
                continue
            if title[start] in _BEFORE_A_NAME:
                break
            yield start, match.end()


def _settled(title: str, stem_end: int, end: int, seen: Counter[str], least: int) -> str:
    best = ""
    for start in range(stem_end - 2, max(-1, stem_end - MOST_BEFORE - 1), -1):
        longer = title[start:end]
        count = seen.get(longer, 0)
        if count < least or (best and 2 * count < seen[best]):
            break
        best = longer
    return best

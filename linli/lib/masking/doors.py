"""The part of an address that leads to one door: hidden, while compound and building stay (芳草苑3栋2单元501室 → 芳草苑3栋****)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from linli.lib.masking.detail import Detail

_N: Final = r"[0-9一二三四五六七八九十百零〇两]"
_BUILDING: Final = rf"(?:{_N}{{1,4}}|[A-Za-z][0-9]{{0,2}})\s*(?:号楼|號樓|栋|棟|幢|座|#楼|#|号)"
_ENTRANCE: Final = rf"(?:{_N}{{1,3}}|[A-Za-z甲乙丙丁东西南北中])\s*(?:单元|單元|门洞|梯|门)"
_FLOOR: Final = rf"{_N}{{1,3}}\s*(?:层|層|楼|樓|F|f)"
_ROOM: Final = rf"(?:(?:[A-Za-z]?[0-9]{{3,4}}|[零〇一二三四五六七八九]{{3,4}})\s*(?:室|号房|號房|号|房(?![屋子价产款源贷东租管地改])|房间)?|{_N}{{1,2}}\s*(?:室(?![内外])|号房|號房))"
_SURE_ROOM: Final = (
    r"(?:[A-Za-z]?[0-9]{3,4}|[零〇一二三四五六七八九]{3,4})\s*(?:室(?![内外])|号房|號房|房间|房(?![屋子价产款源贷东租管地改间]))"
)
_JOINT: Final = r"[\s\-—－,，]{0,2}"
_NO_COUNT: Final = r"(?![0-9]|[ 　]?(?:户|m|M|㎡|元|块|万|米|平|人|名|年|月|天|日|岁|次|台|辆|个|位|斤|吨|公里|多|余|左右|户业主|户居民|度|分|秒|点|:|：|%|％))"

# (what stays)(what is hidden)
_AFTER_BUILDING: Final = re.compile(rf"({_BUILDING})({_JOINT}(?:{_ENTRANCE}{_JOINT})?(?:{_FLOOR}{_JOINT})?{_ROOM}){_NO_COUNT}")
_AFTER_ENTRANCE: Final = re.compile(rf"()({_ENTRANCE}{_JOINT}(?:{_FLOOR}{_JOINT})?{_ROOM}){_NO_COUNT}")
_ALONE: Final = re.compile(rf"()(?<![0-9A-Za-z.\-])({_SURE_ROOM})")
_TRIPLE: Final = re.compile(
    rf"((?<=[\u4e00-\u9fff])[0-9]{{1,3}})(\s?[-—–－]\s?[0-9]{{1,2}}\s?[-—–－]\s?[0-9]{{1,2}}[0-9]{{2}}(?:室|号|房)?){_NO_COUNT}"
)
_PAIR: Final = re.compile(
    rf"((?<=[苑园城府庭居郡湾轩阁里区际寓院村号座])[0-9]{{1,2}}(?:栋|幢|号楼)?)(\s?[-—–－]\s?[0-9]{{1,2}}[0-9]{{2}}(?:室|号|房)?){_NO_COUNT}"
)


# A room of an office is where people are asked to come, not where somebody lives.
_OFFICE: Final = re.compile(
    r"(?:中心|委员会|居委会|村委会|办公楼?|会议|活动|政府|办事处|大厅|学校|学院|医院|银行|法院|检察院|服务站|工作站|派出所|大队|教室|教学楼|门诊|分局|[局处院])[^，。；;,\n]{0,10}$"
)


# What may lead to a door though it does not say whose building it is in: enough for a screen that every passer-by reads.
_ANY_DOOR: Final = re.compile(r"[0-9０-９一二三四五六七八九十百零〇]+\s*(?:单元|室|号房)")


def hide_any_door(text: str) -> str:
    """The text without a single entrance or room in it, an office's too: for what hangs in public, where too much hidden harms nobody."""
    return _ANY_DOOR.sub("****", text)


def doors(view: str) -> Iterator[Detail]:
    """The doors in a text (its `digit_view`), in no order."""
    for sign in (_AFTER_BUILDING, _AFTER_ENTRANCE, _TRIPLE, _PAIR, _ALONE):
        for m in sign.finditer(view):
            if not _OFFICE.search(view, max(0, m.start() - 20), m.start()):
                yield Detail(*m.span(2), "address", "****")

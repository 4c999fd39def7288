"""
The one place that decides how a personal value looks to somebody who may not see it whole.

`mask_…` shorten a known field; `scrub` finds personal details inside free text before strangers read it. All are
idempotent: masking what is masked changes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NamedTuple

from linli.lib.units import digit_view

_DOUBLE_SURNAMES: Final = frozenset(
    re.findall(
        r"\S+",
        """
        欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙 司徒 司空 夏侯 轩辕 端木 百里 南宫
        闻人 独孤 呼延 完颜 拓跋 赫连 澹台 歐陽 諸葛 東方 尉遲 公孫 長孫
        """,
    )
)
_BUILDING: Final = re.compile(r"(?:[0-9]+|[A-Za-z]|[一二三四五六七八九十百]+)\s*(?:号楼|號樓|栋|棟|幢|座|#楼|#)")
_ROAD_NUMBER: Final = re.compile(r"[0-9]+(?:-[0-9]+)?(?:号院?|號院?|弄)")
_TRIPLE: Final = re.compile(r"([0-9]+)\s*[-—–－]\s*[0-9]+\s*[-—–－]\s*[0-9]+")
_INNER: Final = re.compile(r"[0-9A-Za-z一二三四五六七八九十]+\s*(?:单元|單元|门|楼|层|室|户|房)|[0-9]+")
_HIDDEN: Final = "****"


def mask_name(name: str) -> str:
    """王小明 → 王**, 欧阳小明 → 欧阳**; in other scripts each word keeps its first letter (John Smith → J*** S****)."""
    name = name.strip()
    if not name:
        return ""
    if not _is_han(name[0]):
        return " ".join(word[0] + "*" * (len(word) - 1) if len(word) > 1 else "*" for word in name.split())
    shown = 2 if name[:2] in _DOUBLE_SURNAMES and len(name) > 2 else 1
    return name[:shown] + "*" * (len(name) - shown) if len(name) > 1 else "*"


def mask_phone(phone: str) -> str:
    """13812345678 → 138****5678; of a landline the area code and the last four digits stay (02885551234 → 028****1234)."""
    phone = phone.strip()
    if len(phone) < 9:
        return "*" * len(phone) if len(phone) < 5 else "*" * (len(phone) - 2) + phone[-2:]
    return f"{phone[:3]}{_HIDDEN}{phone[-4:]}"


def mask_rin(rin: str) -> str:
    """11010519491231002X → 110*************2X: neither birth date nor full region, enough to tell two cards apart."""
    rin = rin.strip()
    return rin[:3] + "*" * (len(rin) - 5) + rin[-2:] if len(rin) > 7 else "*" * len(rin)


def mask_address(address: str) -> str:
    """
    Keep compound and building, hide entrance, floor and room: 芳草苑3栋2单元501室 → 芳草苑3栋****.

    Without a building the road number or compound name stays; a short form such as 3-2-501 keeps its building.
    """
    address = unicodedata.normalize("NFKC", address).strip()
    if address.endswith(_HIDDEN):
        return address
    triple = _TRIPLE.search(address)
    building = _BUILDING.search(address)
    if triple and not (building and building.start() < triple.start()):
        return address[: triple.end(1)] + _HIDDEN
    kept = building or _ROAD_NUMBER.search(address)
    end = kept.end() if kept else 0
    if not kept:
        inner = _INNER.search(address)
        return address[: inner.start()] + _HIDDEN if inner else address
    return address[:end] + _HIDDEN if address[end:].strip() else address


def mask_email(email: str) -> str:
    """wang@example.com → w***@example.com."""
    name, at, host = email.strip().rpartition("@")
    return f"{name[:1]}***@{host}" if at and name else "***"


class Scrubbed(NamedTuple):
    """Text for public display and the kinds of personal detail taken out of it (phone, rin, bank_card, id_number, email, plate)."""

    text: str
    kinds: list[str]


_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+-]+\s?@\s?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_PLATE: Final = re.compile(
    r"([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼滬雲遼魯蘇贛陝閩貴寧瓊][A-Za-z])([\s·•・.\-]?)"
    r"(?=[A-Za-z]{0,5}[0-9])([A-Za-z0-9]{4,6}[学警挂领港澳學領掛]|[A-Za-z0-9]{5,6})(?![A-Za-z0-9])"
)
_DOCUMENT: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:[EGDSPHMKeghdspmk][0-9]{8,10}|[Ee][A-Za-z][0-9]{7}|[A-Za-z]{1,2}[0-9]{6}\([0-9Aa]\))(?![A-Za-z0-9])"
)
_LOCAL_PHONE: Final = re.compile(
    r"((?:电话|電話|座机|座機|致电|致電|联系|聯繫|联系人|固话|[Tt][Ee][Ll])[^0-9\n]{0,6})([0-9]{3,4}[\s-]?[0-9]{4})(?![0-9*])"
)
_CHAIN: Final = re.compile(r"[0-9](?:[\s()\-‐‑‒–—―−_.·•~/*]{0,3}[0-9])*[Xx]?")
_HAN_DIGITS: Final = str.maketrans("〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "00123456789" + "1" + "123456789")
_HAN_MOBILE: Final = re.compile(
    r"(?<![〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖])[一幺壹][〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖]{10}(?![〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖])"
)


def scrub(text: str) -> Scrubbed:
    """
    Take telephone, identity, bank-card and document numbers, e-mail addresses and vehicle plates out of free text.

    Digits are seen in any script and width, and through spaces, hyphens and dots between them; in doubt a number
    goes (this is for public display, and the holder still sees the original). Stars replace what is hidden.
    """
    kinds: list[str] = []
    while True:
        clean, found = _scrub_once(text)
        kinds.extend(kind for kind in found if kind not in kinds)
        if clean == text:
            return Scrubbed(clean, kinds)
        text = clean


def _scrub_once(text: str) -> tuple[str, list[str]]:
    view = digit_view(text)
    spans: list[tuple[int, int, str]] = []
    for match in _EMAIL.finditer(view):
        spans.append((*match.span(), "email"))
    for match in _PLATE.finditer(view):
        spans.append((*match.span(3), "plate"))
    for match in _DOCUMENT.finditer(view):
        spans.append((*match.span(), "id_number"))
    for match in _LOCAL_PHONE.finditer(view):
        spans.append((*match.span(2), "phone"))
    for match in _HAN_MOBILE.finditer(view):
        if match.group().translate(_HAN_DIGITS)[1] in "3456789":
            spans.append((*match.span(), "phone"))
    for match in _CHAIN.finditer(view):
        spans.extend(_numbers(view, match.start(), match.end()))
    return _starred(text, spans)


def _starred(text: str, spans: list[tuple[int, int, str]]) -> tuple[str, list[str]]:
    pieces, kinds, done = [], [], 0
    for start, end, kind in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start < done:  # inside what is hidden already; its rest, if any, is found in the next round
            continue
        pieces += [text[done:start], "***@***" if kind == "email" else "*" * max(4, sum(char.isalnum() for char in text[start:end]))]
        kinds.append(kind)
        done = end
    return "".join((*pieces, text[done:])), kinds


def _numbers(view: str, start: int, end: int) -> list[tuple[int, int, str]]:
    """The personal numbers inside one chain of digits, left to right; a number starts and ends where a run of digits does."""
    at = [place for place in range(start, end) if view[place].isalnum()]
    chars = "".join(view[place] for place in at)
    found, first = [], 0
    while first < len(at):
        length, kind = _number_at(chars, at, first)
        if length:
            found.append((at[first], at[first + length - 1] + 1, kind))
        first += length or 1
    return found


def _number_at(chars: str, at: list[int], first: int) -> tuple[int, str]:
    """Length in digits and kind of the number that starts at the `first` digit of a chain; 0 when none does."""
    if first and at[first] == at[first - 1] + 1:
        return 0, ""
    ends = {place - first for place in range(first + 1, len(at) + 1) if place == len(at) or at[place] != at[place - 1] + 1}
    rest = chars[first:]
    if 18 in ends and _looks_like_rin(rest[:18]):
        return 18, "rin"
    if rest.endswith(("X", "x")):
        ends.add(len(rest) - 1)
    for prefix in ("", "0", "86", "0086"):
        whole = len(prefix) + 11
        if whole in ends and re.match(prefix + r"1[3-9][0-9]{9}", rest):
            return whole, "phone"
    in_fours = {4, 8, 12} <= ends and rest[0] != "0"
    for length in (19, 18, 17, 16):
        if length in ends and rest[:length].isdecimal() and (_luhn(rest[:length]) or in_fours):
            return length, "bank_card"
    for length in (12, 11, 10):
        if length in ends and re.fullmatch(r"0(?:10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}", rest[:length]):
            return length, "phone"
    run = min(ends)
    if run >= 11 and rest[:run].isalnum():
        return run, "id_number"
    return 0, ""


def _looks_like_rin(chars: str) -> bool:
    """Region, century, month and day are possible; the check digit is not asked, for a mistyped number tells as much."""
    return (
        chars[:17].isdecimal()
        and "1" <= chars[0] <= "9"
        and chars[6:8] in ("18", "19", "20")
        and "01" <= chars[10:12] <= "12"
        and "01" <= chars[12:14] <= "31"
    )


def _luhn(digits: str) -> bool:
    total = sum(int(digit) if place % 2 == 0 else sum(divmod(int(digit) * 2, 10)) for place, digit in enumerate(reversed(digits)))
    return total % 10 == 0


def _is_han(char: str) -> bool:
    return "㐀" <= char <= "鿿" or char >= "\U00020000"

"""
One cell to one value, or what is wrong with it in words.

Spreadsheets bend what people typed: telephone numbers become 1.38E+10, days become serial numbers, text carries a leading
apostrophe. What can be read surely is read; what lost digits is refused with how to type it anew.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from linli.kernel.access.refusals import said
from linli.lib.codes import check_mobile, check_phone, check_rin
from linli.lib.problems import InputProblem
from linli.lib.units import parse_area, parse_date, parse_fraction, parse_instant

_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d+")
# Letters by which a spreadsheet shows that a formula failed.
_FAILED = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!")
_APOSTROPHES = "'\u2019\u2018\uff07`"


class Wrong(ValueError):
    """A value that cannot be taken; the text says why and how to mend it."""


def plain(value: Any) -> str:
    """
    A cell as text: full-width forms and stray spaces mended, whole numbers without .0, leading apostrophes dropped.

    All of them, so that what is kept never begins with one and an export, which may put one in front, reads back as the same.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d" if value.time() == time() else "%Y-%m-%d %H:%M:%S")
    if not isinstance(value, str):
        return str(value)
    text = value.strip()
    text = text.lstrip(_APOSTROPHES).lstrip() or text
    if not text.isascii():
        text = unicodedata.normalize("NFC", text).replace("\u3000", " ").strip("\ufeff\u200b ")
    if text in _FAILED:
        raise Wrong(_("这一格的公式出错了（%(error)s），请改成具体的值。") % {"error": text})
    return text


def text(value: Any) -> str:
    return plain(value)


def digits(value: Any) -> str:
    """A long number kept as text. Raises Wrong where the spreadsheet has already dropped digits."""
    if isinstance(value, float) and abs(value) >= 1e15:
        raise Wrong(_("表格软件把长号码存成了数字，后几位已经丢失。请把这一列设为“文本”格式，再重新填写。"))
    if isinstance(value, date | datetime):
        raise Wrong(_("这里应是号码，却是一个日期。请把这一列设为“文本”格式，再重新填写。"))
    found = unicodedata.normalize("NFKC", plain(value))
    if _SCIENTIFIC.fullmatch(found.replace(" ", "")):
        raise Wrong(_("号码显示成了科学计数法（如 1.38E+10），后几位已经丢失。请把这一列设为“文本”格式，再重新填写。"))
    return re.sub(r"(?<=\d)\.0+$", "", found)


def _mended(check: Callable[[Any], Any], value: Any) -> Any:
    try:
        return check(value)
    except InputProblem as problem:
        raise Wrong(said(problem)) from None


def identity(value: Any) -> str:
    return str(_mended(check_rin, digits(value)))


def phone(value: Any) -> str:
    """The first number when several stand in one cell."""
    found = digits(value)
    several = [part for part in re.split(r"[、,，;；/\n]+", found) if part.strip()]
    return str(_mended(check_phone, several[0] if several else found))


def mobile(value: Any) -> str:
    return str(_mended(check_mobile, digits(value)))


def area(value: Any) -> int:
    """Square metres as 0.01 m²."""
    found = _mended(parse_area, value if isinstance(value, int | float) and not isinstance(value, bool) else plain(value))
    if found <= 0:
        raise Wrong(_("面积应大于 0。"))
    return int(found)


@lru_cache(maxsize=4096)
def _share_text(value: str) -> Fraction:
    return parse_fraction(value)


def share(value: Any) -> Fraction:
    """An exact share; a percentage without its sign (50) is read as such, 共有 or 按份 says nothing and is refused."""
    if isinstance(value, date | datetime):
        raise Wrong(_("份额被表格软件当成了日期（如 1/2 变成 1 月 2 日）。请把这一列设为“文本”格式，再填 1/2 或 50%。"))
    found = plain(value)
    if found in ("单独所有", "全部", "独有", "100"):
        return Fraction(1)
    return _mended(_share_text, found)


def day(value: Any) -> date:
    if isinstance(value, str):
        return _day_text(plain(value))
    if isinstance(value, time | timedelta):
        raise Wrong(_("这里应是日期，却只有时间。"))
    return _mended(parse_date, value)


@lru_cache(maxsize=8192)
def _day_text(value: str) -> date:
    return _mended(parse_date, value)


def instant(value: Any) -> datetime:
    if isinstance(value, time | timedelta):
        raise Wrong(_("这里应是日期和时间，却只有时间。"))
    return _mended(parse_instant, plain(value) if isinstance(value, str) else value)


def degrees(value: Any) -> float:
    try:
        found = float(value) if isinstance(value, int | float) else float(unicodedata.normalize("NFKC", plain(value)).rstrip("°"))
    except ValueError:
        raise Wrong(_("坐标请写成度，如 30.6312。")) from None
    if not -180 <= found <= 180:
        raise Wrong(_("坐标超出范围，请核对。"))
    return found


def yes(value: Any) -> bool:
    found = plain(value).lower()
    if found in ("是", "有", "要", "需要", "√", "✓", "1", "y", "yes", "true"):
        return True
    if found in ("否", "无", "不", "不要", "不需要", "×", "0", "n", "no", "false"):
        return False
    raise Wrong(_("请填“是”或“否”。"))


def choice(words: Mapping[str, str], what: Callable[[], list[str]]) -> Callable[[Any], str]:
    """A reader of one of the known words; `what` names the allowed ones for the message."""

    def read(value: Any) -> str:
        found = unicodedata.normalize("NFKC", plain(value)).strip().lower()
        if found in words:
            return words[found]
        raise Wrong(_("“%(value)s”不在可选范围内。可以填：%(choices)s。") % {"value": found[:20], "choices": "、".join(what()[:12])})

    return read


def several(words: Callable[[], Mapping[str, str]]) -> Callable[[Any], tuple[str, ...]]:
    """A reader of a list of known words, separated by 、 , ; or line ends."""

    def read(value: Any) -> tuple[str, ...]:
        known, found = words(), []
        for part in re.split(r"[、,，;；/|\n]+", plain(value)):
            word = unicodedata.normalize("NFKC", part).strip().lower()
            if not word:
                continue
            if word not in known:
                raise Wrong(_("没有“%(word)s”这个人群标签，请从模板的下拉列表里选。") % {"word": word[:20]})
            found.append(known[word])
        return tuple(dict.fromkeys(found))

    return read

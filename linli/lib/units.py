"""
Quantities as people write them, to exact values and back: areas, shares, money, dates and instants.

Areas are integers of 0.01 m², money is fen, shares are Fractions. What cannot be read raises UnitError saying how to mend it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from linli.lib.problems import InputProblem

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
_AREA_UNIT: Final = re.compile(r"\s*(?:平方米|平米|平方|平|m2|m\^2|sqm|㎡|m²)$", re.IGNORECASE)
_DATE: Final = re.compile(r"(\d{4})\s*(?:年|[-/.])\s*(\d{1,2})\s*(?:月|[-/.])\s*(\d{1,2})(?:\s*日)?")
_TIME: Final = re.compile(
    r"(上午|下午|晚上|中午|凌晨|早上|am|pm)?\s*(\d{1,2})\s*(?:[:时点]\s*(\d{1,2})?\s*分?\s*(?::?\s*(\d{1,2})(?:\.(\d{1,6})\d*)?\s*秒?)?)\s*(am|pm)?"
    r"\s*(z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_EXCEL_FIRST: Final = 61  # 1900-03-01; before it the spreadsheet counts a day that never was
_EXCEL_LAST: Final = 109_574  # 2199-12-31
_EXCEL_ZERO: Final = date(1899, 12, 30)
_YEARS: Final = range(1850, 2200)


class UnitError(InputProblem):
    """A quantity that cannot be read; the texts say how to write it."""


def digit_view(text: str) -> str:
    """
    `text` with full-width letters and the digits of every script as ASCII, character for character: same length, so that
    a place found in the view is the same place in the text. Invisible characters become spaces.
    """
    return text if text.isascii() else text.translate(_VIEW)


def parse_area(text: str | int | float | Decimal) -> int:
    """Square metres with up to two decimals ("89.37㎡", 89.37) as an integer of 0.01 m². Refuses negative and absurd areas."""
    number = _decimal(_AREA_UNIT.sub("", _half(text)) if isinstance(text, str) else text)
    if number is None:
        raise UnitError("area", "面积请写成数字，如 89.37 或 89.37㎡。", "Write an area as a number, such as 89.37.")
    hundredths = _whole(number * 100)
    if hundredths is None:
        raise UnitError("area", "面积最多保留两位小数，如 89.37。", "An area has at most two decimals, such as 89.37.")
    if not 0 <= hundredths <= 10_000_000_000:
        raise UnitError("area", "面积应在 0 到 1 亿平方米之间，请核对。", "An area is between 0 and 100,000,000 m²; check it.")
    return hundredths


def format_area(hundredths: int) -> str:
    """8937 → "89.37"."""
    sign, rest = ("-" if hundredths < 0 else ""), abs(hundredths)
    return f"{sign}{rest // 100}.{rest % 100:02d}"


def parse_fraction(text: str | int | float | Fraction | Decimal) -> Fraction:
    """A share of the whole from "1/2", "50%", "0.5", "二分之一" as an exact Fraction between 0 and 1."""
    problem = UnitError("fraction", "份额请写成 1/2、50% 或 0.5，并在 0 到 1 之间。", "Write a share as 1/2, 50% or 0.5, between 0 and 1.")
    if isinstance(text, Fraction):
        share = text
    elif isinstance(text, str):
        share = _read_fraction(_half(text).replace(" ", ""), problem)
    else:
        number = _decimal(text)
        if number is None:
            raise problem
        share = Fraction(number)
    if not 0 <= share <= 1:
        raise problem
    return share


def parse_money(text: str | int | float | Decimal) -> int:
    """Yuan ("1,234.50", "¥12", "3.5万元") as an integer of fen; negative amounts are allowed."""
    problem = UnitError(
        "money", "金额请写成元，最多两位小数，如 1234.50 元。", "Write an amount in yuan with at most two decimals, such as 1234.50."
    )
    factor = 100
    if isinstance(text, str):
        text = re.sub(r"^(-?)\s*(?:¥|￥|人民币|rmb|cny)\s*", r"\1", _half(text), flags=re.IGNORECASE)
        text = re.sub(r"\s*元整?$", "", text)
        if text.endswith("万"):
            text, factor = text[:-1].strip(), 1_000_000
    number = _decimal(text)
    fen = None if number is None else _whole(number * factor)
    if fen is None or abs(fen) > 10**15:
        raise problem
    return fen


def format_fen(fen: int) -> str:
    """123450 → "1,234.50" (yuan)."""
    sign, rest = ("-" if fen < 0 else ""), abs(fen)
    return f"{sign}{rest // 100:,}.{rest % 100:02d}"


def parse_date(value: str | int | float | date | datetime) -> date:
    """
    A day from 2026-02-03, 2026/2/3, 2026.2.3, 2026年2月3日, 20260203, a spreadsheet serial number, a date or a datetime.

    Day-first and two-digit years are refused, for they can be misread. An aware datetime gives its day in Shanghai.
    """
    if isinstance(value, datetime):
        return (value.astimezone(SHANGHAI) if value.tzinfo else value).date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        return _text_date(_half(value))
    return _number_date(value)


def parse_instant(value: str | int | float | date | datetime) -> datetime:
    """
    An aware instant, in whole microseconds. As `parse_date`, with an optional time ("2026-02-03 14:30", "2026年2月3日下午2点30分",
    ISO 8601 with an offset or Z). Without a zone it is Asia/Shanghai; a day alone is its midnight there.
    """
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=SHANGHAI)
    if isinstance(value, date):
        return datetime.combine(value, time(), SHANGHAI)
    if isinstance(value, bool | int | float):
        day = _number_date(value)
        seconds = 0 if value >= 10_000_000 else round(value % 1 * 86400)
        return datetime.combine(day, time(), SHANGHAI) + timedelta(seconds=seconds)
    return _text_instant(_half(value))


def _text_instant(text: str) -> datetime:
    match = _DATE.match(text) or re.match(r"(\d{4})(\d{2})(\d{2})(?!\d)", text)
    if not match:
        return datetime.combine(_text_date(text), time(), SHANGHAI)
    day = _day(*(int(part) for part in match.groups()))
    rest = text[match.end() :].strip().removeprefix("T").removeprefix("t").strip()
    rest = re.sub(r"^[(（]?(?:星期|周|礼拜)[一二三四五六日天][)）]?", "", rest).strip()
    if not rest:
        return datetime.combine(day, time(), SHANGHAI)
    clock = _TIME.fullmatch(rest)
    if not clock:
        raise _unreadable_instant()
    before, hour_text, minute, second, fraction, after, zone = clock.groups()
    hour = _hour(int(hour_text), (before or after or "").lower())
    try:
        moment = time(hour, int(minute or 0), int(second or 0), int((fraction or "0").ljust(6, "0")))
    except ValueError:
        raise _unreadable_instant() from None
    return datetime.combine(day, moment, _zone(zone))


def _hour(hour: int, half: str) -> int:
    if half in ("下午", "晚上", "pm") and hour < 12:
        return hour + 12
    if half == "中午" and hour < 3:
        return hour + 12
    return 0 if half in ("凌晨", "am") and hour == 12 else hour


def _zone(text: str | None) -> tzinfo:
    if not text:
        return SHANGHAI
    if text in "zZ":
        return UTC
    sign = -1 if text[0] == "-" else 1
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    if minutes >= 24 * 60:
        raise _unreadable_instant()
    return timezone(sign * timedelta(minutes=minutes))


def _text_date(text: str) -> date:
    match = _DATE.fullmatch(text) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    if match:
        return _day(*(int(part) for part in match.groups()))
    spreadsheet = re.fullmatch(r"\d{4,6}(?:\.\d+)?", text)
    if spreadsheet and not (len(text) == 4 and int(text) in _YEARS):
        return _number_date(float(text))
    with_time = _DATE.match(text)
    if with_time and re.match(r"\s|T|上|下", text[with_time.end() :] or " ", re.IGNORECASE):
        return _text_instant(text).astimezone(SHANGHAI).date()
    raise _unreadable_date()


def _number_date(value: float) -> date:
    if isinstance(value, bool) or not math.isfinite(value):
        raise _unreadable_date()
    if value == int(value) and 18_500_101 <= value <= 21_991_231:
        number = int(value)
        return _day(number // 10_000, number // 100 % 100, number % 100)
    if not _EXCEL_FIRST <= value < _EXCEL_LAST + 1:
        raise _unreadable_date()
    return _EXCEL_ZERO + timedelta(days=int(value))


def _day(year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise UnitError(
            "no_such_day",
            f"{year} 年 {month} 月 {day} 日不存在，请改成真实的日期。",
            f"{year}-{month:02d}-{day:02d} does not exist; give a real date.",
        ) from None
    if year not in _YEARS:
        raise UnitError("year", f"{year} 年不在可用范围内，请核对年份。", f"The year {year} is out of range; check it.")
    return found


def _unreadable_date() -> UnitError:
    return UnitError(
        "date",
        "日期请按“年-月-日”书写，如 2026-02-03 或 2026年2月3日，年份写四位。",
        "Write a date as year-month-day, such as 2026-02-03, with a four-digit year.",
    )


def _unreadable_instant() -> UnitError:
    return UnitError(
        "instant",
        "时间请按“年-月-日 时:分”书写，如 2026-02-03 14:30。",
        "Write a time as year-month-day hour:minute, such as 2026-02-03 14:30.",
    )


def _read_fraction(text: str, problem: UnitError) -> Fraction:
    ratio = re.fullmatch(r"(\d{1,9})[/∕⁄](\d{1,9})", text)
    if ratio and int(ratio[2]):
        return Fraction(int(ratio[1]), int(ratio[2]))
    han = re.fullmatch(r"([一二三四五六七八九十])分之([一二三四五六七八九十])", text)
    if han:
        return Fraction("一二三四五六七八九十".index(han[2]) + 1, "一二三四五六七八九十".index(han[1]) + 1)
    percent = text.endswith("%")
    number = _decimal(text.rstrip("%"))
    if number is None:
        raise problem
    return Fraction(number) / (100 if percent else 1)


def _half(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()


def _decimal(value: str | int | float | Decimal) -> Decimal | None:
    """The finite number written, or None. Floats count as their shortest spelling, as a spreadsheet shows them."""
    if isinstance(value, bool):
        return None
    text = _half(value).replace(",", "").replace(" ", "") if isinstance(value, str) else str(value)
    if isinstance(value, str) and not re.fullmatch(r"[+-]?[0-9]{1,18}(?:\.[0-9]{0,12})?|[+-]?\.[0-9]{1,12}", text):
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _whole(number: Decimal) -> int | None:
    """The integer, forgiving the last digits of a float (8937.000000000001); None when there is a real fraction."""
    nearest = round(number)
    return nearest if abs(number - nearest) < Decimal("1e-6") else None


def _viewed(char: str) -> str:
    if char.isascii():
        return char
    if "！" <= char <= "～":
        return chr(ord(char) - 0xFEE0)
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    return " " if unicodedata.category(char) in ("Cf", "Zs") else char


class _Views(dict[int, str]):
    """Characters met before by their view; so many that any usual text is there, and no more."""

    def __missing__(self, code: int) -> str:
        view = _viewed(chr(code))
        if len(self) < 20_000:
            self[code] = view
        return view


_VIEW: Final = _Views()

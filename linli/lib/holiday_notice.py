"""
A year's days off and make-up workdays, read from what people have at hand: the State Council's notice as text, or a list of days.

Nothing is guessed: what a text does not say is not filled in, and every day a notice names with its weekday or its count is checked
against the calendar. A list is JSON in the shape `{"days": [{"date", "isOffDay", "name"}]}` (or the bare list), or CSV with a date, off or
work, and a name in each line.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from linli.lib.problems import InputProblem

LONGEST: Final = 60_000
_ONE_DAY: Final = timedelta(days=1)
_DATE: Final = r"(?:(?P<{p}y>\d{{4}})\s*年\s*)?(?:(?P<{p}m>\d{{1,2}})\s*月\s*)?(?P<{p}d>\d{{1,2}})\s*日(?:\s*[（(](?P<{p}w>[^）)]*)[）)])?"
_TOKEN: Final = re.compile(
    r"(?P<heading>(?:[一二三四五六七八九十]{1,3}\s*[、.．]|\d{1,2}\s*[、.．])?\s*(?P<name>元旦|春节|清明节?|劳动节|端午节?|中秋节?|国庆节?)"
    r"(?P<more>(?:\s*[、和]\s*(?:元旦|春节|清明节?|劳动节|端午节?|中秋节?|国庆节?))*)\s*[：:])"
    rf"|(?P<span>{_DATE.format(p='a')}(?:\s*(?:至|到|—+|-|–|~|～)\s*{_DATE.format(p='b')})?)"
    r"|(?P<act>放假|休息|上班|补班)"
    r"|共\s*(?P<count>\d{1,2})\s*天"
    r"|(?P<stop>[。\n])"
)
_WEEKDAYS: Final = "一二三四五六日"
_OFF: Final = frozenset({"放假", "休", "休息", "off", "true", "1", "是", "yes", "y", "holiday"})
_WORK: Final = frozenset({"上班", "班", "补班", "调休上班", "work", "false", "0", "否", "no", "n", "workday"})


class NoticeError(InputProblem):
    """The text cannot be read as a year's days; the words say where and how to mend it."""

    def __init__(self, code: str, **told: object) -> None:
        zh, en = _TROUBLES[code]
        super().__init__(code, zh.format(**told), en.format(**told))


_TROUBLES: Final = {
    "empty_notice": ("请粘贴通知的文字，或选择一个文件。", "Paste the text of the notice, or choose a file."),
    "long_notice": ("内容太长了，最多 {limit} 个字。", "This is too long: at most {limit} characters."),
    "other_notice": (
        "这是 {said} 年的通知，现在要录入的是 {year} 年。",
        "This is the notice for {said}; the year being entered is {year}.",
    ),
    "other_year": ("{day} 不在 {year} 年里，请核对年份。", "{day} is not in {year}; check the year."),
    "day_twice": ("{day} 又说放假又说上班，请核对。", "{day} is said to be off and to be worked; check it."),
    "no_days_off": (
        "没有读出 {year} 年放假的日子。请粘贴通知里“一、元旦：……”开始的全部文字。",
        "No days off in {year} could be read. Paste the whole text of the notice from the first holiday on.",
    ),
    "not_json": ("这不是完整的 JSON，请检查文件有没有下载全。", "This is not complete JSON; check that the whole file was downloaded."),
    "not_days": (
        'JSON 里没有日期表，应为 {{"days": [{{"date": "2027-01-01", "isOffDay": true, "name": "元旦"}}]}}。',
        'The JSON holds no list of days; it should be {{"days": [{{"date": "2027-01-01", "isOffDay": true, "name": "元旦"}}]}}.',
    ),
    "bad_line": (
        "第 {line} 行读不懂，应为“2027-01-01,放假,元旦”这样。",
        "Line {line} cannot be read; it should look like “2027-01-01,off,New Year”.",
    ),
    "bad_date": ("“{text}”不是一个日期，请核对。", "“{text}” is not a date; check it."),
    "bad_span": ("“{text}”前后颠倒或太长，请核对。", "“{text}” runs backwards or is too long; check it."),
    "wrong_count": (
        "{name}写的是共 {said} 天，读出来是 {found} 天，请核对。",
        "{name} is said to have {said} days off, {found} were read; check it.",
    ),
    "wrong_weekday": (
        "{day} 是周{found}，不是周{said}，请核对日期和年份。",
        "{day} is not the weekday the text says; check the date and the year.",
    ),
}


@dataclass(frozen=True)
class Day:
    """One day that differs from its weekday, or is named by the notice: off or worked, and why."""

    day: date
    working: bool
    name: str


@dataclass(frozen=True)
class Doubt:
    """Something a person should compare with the notice, in two languages."""

    text_zh: str
    text_en: str

    def text(self, language: str) -> str:
        return self.text_zh if language.lower().startswith("zh") else self.text_en


@dataclass
class Notice:
    """What was read: the days in order, and what looks odd (for a person to compare with the notice before it is taken)."""

    year: int
    days: list[Day]
    doubts: list[Doubt] = field(default_factory=list)


def read_notice(text: str, year: int) -> Notice:
    """The days of `year` from any of the three forms. Raises NoticeError."""
    text = text.lstrip("\ufeff").strip()
    if not text:
        raise NoticeError("empty_notice")
    if len(text) > LONGEST:
        raise NoticeError("long_notice", limit=LONGEST)
    if text[0] in "{[":
        found = list(_from_json(text))
    elif "月" in text and "日" in text:
        about = re.search(r"(\d{4})\s*年(?:部分)?节假日", text)
        if about and int(about[1]) != year:
            raise NoticeError("other_notice", said=about[1], year=year)
        found = _from_words(text, year)
    else:
        found = list(_from_csv(text))
    return _ordered(found, year)


def _ordered(found: Iterable[Day], year: int) -> Notice:
    """Each day once; those of other years only where a holiday runs over the year's edge. Raises NoticeError."""
    by_day: dict[date, Day] = {}
    for one in found:
        if not date(year - 1, 12, 20) <= one.day <= date(year + 1, 1, 10):
            raise NoticeError("other_year", day=one.day.isoformat(), year=year)
        known = by_day.get(one.day)
        if known is not None and known.working != one.working:
            raise NoticeError("day_twice", day=one.day.isoformat())
        by_day.setdefault(one.day, one)
    if not any(not one.working and one.day.year == year for one in by_day.values()):
        raise NoticeError("no_days_off", year=year)
    days = [by_day[day] for day in sorted(by_day)]
    return Notice(year, days, list(_doubts(days, year)))


# The days off every year has, whatever the moon says (Regulation on Public Holidays for National Annual Festivals and Memorial Days,
# State Council, as amended on 2024-11-10, art. 2): month, day, which holiday in both languages.
FIXED: Final = (
    (1, 1, "元旦", "New Year's Day"),
    *((5, day, "劳动节", "Labour Day") for day in (1, 2)),
    *((10, day, "国庆节", "National Day") for day in (1, 2, 3)),
)
# The same article: 1 New Year, 4 Spring Festival, 1 Qingming, 2 Labour Day, 1 Dragon Boat, 1 Mid-Autumn, 3 National Day.
STATUTORY_DAYS: Final = 13


def _doubts(days: list[Day], year: int) -> Iterator[Doubt]:
    off = {one.day for one in days if not one.working}
    for month, day, name, name_en in FIXED:
        if date(year, month, day) not in off:
            yield Doubt(f"{month} 月 {day} 日（{name}）没有放假。", f"{year}-{month:02}-{day:02} ({name_en}) is not off.")
    count = sum(day.year == year for day in off)
    if count < STATUTORY_DAYS:
        yield Doubt(
            f"放假的日子只有 {count} 天，法定节假日就有 {STATUTORY_DAYS} 天。",
            f"Only {count} days are off; the statutory holidays alone are {STATUTORY_DAYS}.",
        )
    for one in days:
        if one.working and one.day.weekday() < 5:
            yield Doubt(
                f"{one.day.isoformat()} 是平常的工作日，不用调休上班。",
                f"{one.day.isoformat()} is an ordinary workday; it needs no making up.",
            )


# --- the three forms ---------------------------------------------------------------------------------------------------------
def _from_json(text: str) -> Iterator[Day]:
    try:
        said: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise NoticeError("not_json") from None
    rows = said.get("days") if isinstance(said, Mapping) else said
    if not isinstance(rows, list) or len(rows) > 400:
        raise NoticeError("not_days")
    for row in rows:
        if not isinstance(row, Mapping) or not isinstance(row.get("date"), str) or not isinstance(row.get("isOffDay"), bool):
            raise NoticeError("not_days")
        yield Day(_iso(row["date"]), not row["isOffDay"], _name(row.get("name")))


def _from_csv(text: str) -> Iterator[Day]:
    try:
        lines = list(csv.reader(io.StringIO("\n".join(text.replace("\t", ",").splitlines()))))
    except csv.Error:
        raise NoticeError("bad_line", line=1) from None
    for number, row in enumerate(lines, start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and not re.match(r"\d{4}", cells[0])):
            continue  # an empty line, or the headings
        acts = [n for n, cell in enumerate(cells[1:], start=1) if cell.lower() in _OFF | _WORK]
        if not acts:
            raise NoticeError("bad_line", line=number)
        name = next((cell for n, cell in enumerate(cells[1:], start=1) if n != acts[0] and cell), "")
        yield Day(_iso(cells[0]), cells[acts[0]].lower() in _WORK, _name(name))


def _iso(text: str) -> date:
    parts = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text.strip())
    try:
        if parts:
            return date(int(parts[1]), int(parts[2]), int(parts[3]))
    except ValueError:
        pass
    raise NoticeError("bad_date", text=text[:20])


def _name(value: object) -> str:
    return value.strip()[:40] if isinstance(value, str) else ""


def _from_words(text: str, year: int) -> list[Day]:
    """The State Council's own words: "春节：2月15日（农历腊月二十八、周日）至23日放假调休，共9天。2月14日（周六）上班。" """
    found: list[Day] = []
    waiting: list[list[date]] = []
    named, month, latest = "", 0, 0
    for token in _TOKEN.finditer(text):
        if token["heading"]:
            named, waiting = (token["name"] + token["more"].strip()).replace(" ", ""), []
        elif token["span"]:
            first, month = _day_of(token, "a", year, month)
            last, month = _day_of(token, "b", first.year, month) if token["bd"] else (first, month)
            waiting.append(_days_between(first, last, token["span"]))
        elif token["act"] and waiting and named:
            days = [day for days in waiting for day in days]
            working = token["act"] in ("上班", "补班")
            found += [Day(day, working, f"{named}调休上班" if working else named) for day in days]
            latest, waiting = (0 if working else len(days)), []
        elif token["count"]:
            if latest and int(token["count"]) != latest:
                raise NoticeError("wrong_count", name=named, said=int(token["count"]), found=latest)
            latest = 0
        elif token["stop"]:
            waiting, latest = [], 0
    return found


def _day_of(token: re.Match[str], part: str, year: int, month: int) -> tuple[date, int]:
    """The day a date in the text means, and its month for the next one that names none. Raises NoticeError."""
    said_year, said_month = token[f"{part}y"], token[f"{part}m"]
    month = int(said_month) if said_month else month
    try:
        day = date(int(said_year) if said_year else year, month, int(token[f"{part}d"]))
    except ValueError:
        raise NoticeError("bad_date", text=token["span"][:20]) from None
    weekday = re.search(r"(?:周|星期)([一二三四五六日天])", token[f"{part}w"] or "")
    if weekday and _WEEKDAYS.index(weekday[1].replace("天", "日")) != day.weekday():
        raise NoticeError("wrong_weekday", day=day.isoformat(), said=weekday[1], found=_WEEKDAYS[day.weekday()])
    return day, month


def _days_between(first: date, last: date, text: str) -> list[date]:
    if not first <= last <= first + timedelta(days=14):
        raise NoticeError("bad_span", text=text[:40])
    return [first + n * _ONE_DAY for n in range((last - first).days + 1)]


def as_csv(days: Iterable[Day]) -> str:
    """The days in the form a list is read from again."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for one in days:
        writer.writerow([one.day.isoformat(), "上班" if one.working else "放假", one.name])
    return out.getvalue()

"""
Hot topics from and to tables: messages in CSV, the table of the hottest topics and the table of their messages, in the form of task C of the
eighth "Teddy Cup" data-mining challenge (热点问题表, 热点问题留言明细表), with our own columns after it when they are asked for.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from linli.insight.columns import lines_of
from linli.insight.hot.messages import Message
from linli.insight.hot.summing import Topic
from linli.lib.problems import InputProblem

TOPICS: Final = ("热度排名", "问题ID", "热度指数", "时间范围", "地点/人群", "问题描述")
MORE: Final = ("留言数", "人数", "点赞数", "反对数", "走势", "突发")
DETAILS: Final = ("问题ID", "留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "点赞数", "反对数")

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": ("留言编号", "编号", "id", "ref", "case_enquiry_id"),
    "person": ("留言用户", "用户", "person", "user"),
    "title": ("留言主题", "标题", "title", "subject"),
    "at": ("留言时间", "时间", "提出时间", "time", "at", "open_dt"),
    "body": ("留言详情", "内容", "详情", "body", "text"),
    "likes": ("点赞数", "likes"),
    "dislikes": ("反对数", "dislikes"),
    "place": ("地点", "place"),
}
PERIODS: Final = 13
"""As many periods of the course as are written: a quarter of weeks."""
NEEDED: Final = ("title", "at")
_FORMS: Final = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d", "%Y%m%d")
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")


def messages_of(content: bytes, columns: Mapping[str, str] | None = None) -> Iterator[tuple[Message, dict[str, str]]]:
    """
    Each message of a CSV (plain or gzip) with its row as given. Columns are found by their usual names, or by those in `columns`. Without an id
    the row's number counts; without a body, a person, likes or a place these are empty. A place of several levels is divided by "/".

    Raises InputProblem: not CSV, a column missing, a time or number that cannot be read (with its line).
    """
    rows = lines_of(content)
    header = next(rows, [])
    at = _places(header, columns or {})
    seen: set[str] = set()
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {key: row[n].strip() if n < len(row) else "" for key, n in at.items()}
        name = cells.get("id") or str(number - 1)
        name = name if name not in seen else f"{name}#{number - 1}"
        seen.add(name)
        yield _message(cells, name, number), dict(zip(header, row, strict=False))


def _places(header: Sequence[str], columns: Mapping[str, str]) -> dict[str, int]:
    found = {}
    for key, names in COLUMNS.items():
        wanted = (columns[key],) if key in columns else names
        place = next((header.index(name) for name in wanted if name in header), -1)
        if place < 0 and (key in columns or key in NEEDED):
            listed, there = "、".join(wanted), "、".join(header[:20])
            raise InputProblem(
                "no_column", f"第一行没有这一列：{listed}。现有的列：{there}。", f"The first line lacks a column {listed}; it has {there}."
            )
        if place >= 0:
            found[key] = place
    return found


def _message(cells: Mapping[str, str], name: str, line: int) -> Message:
    return Message(
        id=name,
        title=cells["title"],
        body=cells.get("body", ""),
        person=cells.get("person", ""),
        at=_time(cells["at"], line),
        place=tuple(part for part in cells.get("place", "").split("/") if part),
        likes=_count(cells.get("likes", ""), line),
        dislikes=_count(cells.get("dislikes", ""), line),
    )


def _time(text: str, line: int) -> datetime:
    for form in _FORMS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 (a message's time is local)
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        zh = f"第 {line} 行的时间读不懂，请写成 2026-03-01 08:30:00。"
        raise InputProblem("bad_time", zh, f"Line {line}: the time cannot be read; write it as 2026-03-01 08:30:00.") from None


def _count(text: str, line: int) -> int:
    try:
        number = float(text or 0)
        if not 0 <= number < 1e9 or number != int(number):
            raise ValueError
    except ValueError:
        zh = f"第 {line} 行的点赞数或反对数不是正整数。"
        raise InputProblem("bad_count", zh, f"Line {line}: likes and dislikes must be whole numbers, not negative.") from None
    return int(number)


def write_topics(topics: Sequence[Topic], file: Any, *, more: bool = True) -> None:
    """The table of topics; the five or however many are given, in their order."""
    out = csv.writer(file, lineterminator="\n")
    out.writerow([*TOPICS, *(MORE if more else ())])
    for rank, topic in enumerate(topics, start=1):
        own = [
            len(topic.messages),
            topic.people,
            topic.likes,
            topic.dislikes,
            " ".join(map(str, topic.course.counts[-PERIODS:])),
            _alarm(topic),
        ]
        where = topic.line.place + (f" {topic.line.people}" if topic.line.people else "")
        row = [
            rank,
            topic.number,
            f"{topic.heat:.2f}",
            f"{_day(topic.first)}至{_day(topic.last)}",
            _safe(where.strip()),
            _safe(topic.line.text),
        ]
        out.writerow([*row, *(own if more else ())])


def write_details(topics: Iterable[Topic], rows: Mapping[int | str, tuple[Message, Mapping[str, str]]], file: Any) -> int:
    """The table of the topics' messages, as they were given; returns how many."""
    out = csv.writer(file, lineterminator="\n")
    out.writerow(DETAILS)
    lines = 0
    for topic in topics:
        for name in topic.messages:
            m, _row = rows[name]
            when = m.at.strftime("%Y/%m/%d %H:%M:%S")
            out.writerow([topic.number, name, _safe(m.person), _safe(m.title), when, _safe(m.body), m.likes, m.dislikes])
            lines += 1
    return lines


def _alarm(topic: Topic) -> str:
    if topic.alarm is None:
        return ""
    told = f"{topic.alarm.recent}/{topic.alarm.expected:.2f} p={topic.alarm.chance:.2g}"
    return f"! {told}" if topic.alarm.raised else told


def _day(day: date) -> str:
    return day.strftime("%Y/%m/%d")


def _safe(text: str) -> str:
    """A cell no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_RISKY) else text

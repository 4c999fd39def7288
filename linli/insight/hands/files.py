"""An office's past out of a plain table, and the answer as plain data: what `linli insight hands` reads and writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from linli.insight.columns import columns_of
from linli.insight.hands.cases import Case
from linli.insight.hands.hours import ALWAYS, DAY, OFFICE, Hours, minute_of, observed
from linli.insight.hands.looking_back import LookingBack, Then
from linli.insight.hands.outlook import Asked, Office, Outlook, Share
from linli.lib.problems import InputProblem
from linli.lib.units import UnitError, parse_instant

MOST_PROMISE: Final = 20 * 366 * DAY


@dataclass(frozen=True)
class Columns:
    """What the columns are called; an empty name: there is none."""

    opened: str = "opened"
    closed: str = "closed"
    due: str = "due"
    category: str = "category"
    group: str = "group"
    priority: str = ""


def cases_of(content: bytes, columns: Columns) -> list[Case]:
    """
    The cases of a CSV (or one packed by gzip). Instants as 2026-11-26 08:30, 2026-11-26T08:30:00, 2026/11/26 8:30 or 2026年11月26日 8:30, an empty `closed` is still open, an
    empty `due` was promised nothing. A zone in an instant is not looked at: all must be of one clock.

    Raises InputProblem naming the column or the line.
    """
    asked = [columns.opened, columns.closed, columns.due, columns.category, columns.group, columns.priority]
    rows = columns_of(content, [name for name in dict.fromkeys(asked) if name])
    return list(_cases(rows, columns))


def _cases(rows: Iterator[dict[str, str]], columns: Columns) -> Iterator[Case]:
    for number, row in enumerate(rows, start=2):
        if not any(row.values()):
            continue
        opened = _minute(row, columns.opened, number)
        if opened is None:
            raise _problem(number, columns.opened, "不能为空", "must not be empty")
        closed, due = (_minute(row, name, number) for name in (columns.closed, columns.due))
        if closed is not None and closed < opened:
            raise _problem(number, columns.closed, "早于开始时间", "lies before the opening")
        # Some systems set a due time before the opening; then it was late from its first minute.
        promise = None if due is None else min(MOST_PROMISE, max(1, due - opened))
        yield Case(
            opened, closed, promise, _cell(row, columns.category), _cell(row, columns.group), _priority(row, columns.priority, number)
        )


def _cell(row: Mapping[str, str], name: str) -> str:
    return row[name] if name else ""


def _minute(row: Mapping[str, str], name: str, number: int) -> int | None:
    text = _cell(row, name)
    if not text:
        return None
    try:
        return minute_of(_at(text))
    except UnitError:
        raise _problem(number, name, "不是时间，要写成 2026-11-26 08:30 这样", "is no time; write it as 2026-11-26 08:30") from None


def _at(text: str) -> datetime:
    """ISO is by far the fastest to read and the most frequent."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return parse_instant(text)


def _priority(row: Mapping[str, str], name: str, number: int) -> int:
    text = _cell(row, name)
    if not text:
        return 0
    try:
        return max(-1000, min(1000, int(text)))
    except ValueError:
        raise _problem(number, name, "不是整数", "is no whole number") from None


def _problem(number: int, name: str, zh: str, en: str) -> InputProblem:
    return InputProblem("bad_line", f"第 {number} 行的 {name} 列：{zh}。", f"Line {number}, column {name}: {en}.")


def hours_of(text: str, cases: list[Case], cut: int) -> Hours:
    """
    `office` (Monday to Friday 9-12 and 13-17), `always`, or `observed`: guessed from when things were finished until `cut`.

    Raises InputProblem for anything else.
    """
    if text == "office":
        return Hours(week=(OFFICE,) * 5 + ((), ()))
    if text == "always":
        return ALWAYS
    if text == "observed":
        return observed([case.closed for case in cases if case.closed is not None and case.closed < cut])
    raise InputProblem("bad_hours", "上班时间只能写 office、always 或 observed。", "Hours must be office, always or observed.")


def as_data(group: str, office: Office, asked: Asked, told: Outlook) -> dict[str, Any]:
    """An answer as JSON. Shares between 0 and 1; `low` and `high` hold nine runs in ten."""
    return {
        "group": group,
        "why_none": told.why_none,
        "learned_from": {"cases": told.cases, "days": told.days, "a_day": round(told.a_day, 3)},
        "past": {"in_time": told.past[0], "of": told.past[1], "share": _round(told.past[0] / told.past[1]) if told.past[1] else None},
        "hands": {"now": told.hands, "asked": told.hands + asked.extra, "given": office.hands is not None},
        "minutes_a_case": round(told.work, 2),
        "load": {"now": _round(told.load), "asked": _round(told.load_then)},
        "asked": {"extra": asked.extra, "promise_minutes": asked.promise, "category": asked.category, "days": asked.days},
        "as_it_is": _share(told.as_it_is),
        "as_asked": _share(told.as_asked),
        "gain": _share(told.gain),
        "categories": [
            {"category": name, "as_it_is": _round(now), "as_asked": _round(then), "cases": round(many, 1)}
            for name, (now, then, many) in sorted(told.by_category.items(), key=lambda row: -row[1][2])
        ],
        "method": {"runs": asked.runs, "seed": asked.seed, "interval": 0.9},
    }


def looked_back(told: LookingBack) -> dict[str, Any]:
    """Predicted and real, as JSON; errors in percentage points."""
    return {
        "whole": _then(told.whole) if told.whole else None,
        "groups": [_then(row) for row in told.groups],
        "categories": [_then(row) for row in told.categories],
        "left_out": list(told.left_out),
    }


def _then(row: Then) -> dict[str, Any]:
    return {
        "name": row.name,
        "predicted": _round(row.predicted),
        "low": _round(row.low),
        "high": _round(row.high),
        "real": _round(row.real),
        "error_points": round(100 * row.error, 2),
        "cases": row.count,
    }


def _round(share: float) -> float:
    return round(share, 6)


def _share(share: Share) -> dict[str, float]:
    return {"mean": _round(share.mean), "low": _round(share.low), "high": _round(share.high)}

"""Tables of reports in CSV (plain or gzip): which column is what, and each line as a report."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from linli.insight.columns import lines_of as table_of
from linli.insight.columns import missing
from linli.insight.same.reports import Found, Report
from linli.lib.problems import InputProblem

COLUMNS: Final = ("row", "id", "rank", "same", "chance", "metres", "hours", "words", "reasons")


@dataclass(frozen=True)
class Columns:
    """The names of the columns; empty ones are not there. Without `id` a report is known by its line, counted from 1."""

    text: tuple[str, ...] = ()
    id: str = ""
    time: str = ""
    latitude: str = ""
    longitude: str = ""
    kind: str = ""
    spot: str = ""
    person: str = ""
    closed: str = ""

    def named(self) -> list[str]:
        single = (self.id, self.time, self.latitude, self.longitude, self.kind, self.spot, self.person, self.closed)
        return [*self.text, *(name for name in single if name)]


def lines_of(content: bytes, needed: Sequence[str]) -> Iterator[dict[str, str]]:
    """Each line by its column's name. Raises InputProblem when it is no CSV or lacks a column of `needed`."""
    rows = table_of(content, needed)
    header = next(rows, [])
    missing(header, needed)
    for row in rows:
        if row:
            yield dict(zip(header, row, strict=False))


def reports_of(content: bytes, columns: Columns) -> Iterator[Report]:
    """Each line as a report. A time that is none names its line (InputProblem); a place that cannot be is taken as unknown."""
    for number, line in enumerate(lines_of(content, columns.named()), start=1):
        yield report_of(line, columns, number)


def report_of(line: dict[str, str], columns: Columns, number: int) -> Report:
    def cell(name: str) -> str:
        return line.get(name, "").strip() if name else ""

    return Report(
        id=cell(columns.id) or str(number),
        text="\n".join(filter(None, map(cell, columns.text))),
        at=moment(cell(columns.time), number),
        point=_point(cell(columns.latitude), cell(columns.longitude)),
        kind=cell(columns.kind),
        spot=cell(columns.spot),
        person=cell(columns.person),
        closed_at=moment(cell(columns.closed), number),
    )


def moment(text: str, number: int) -> int | None:
    """Seconds since 1970 of "2026-03-02 08:15:00" and its like (also with / and without seconds, UTC without a zone); None when empty."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace("/", "-") if "T" not in text else text)
    except ValueError:
        found = _loose(text, number)
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


def _loose(text: str, number: int) -> datetime:
    for form in ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y/%m/%d", "%Y年%m月%d日"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise InputProblem(
        "bad_time",
        f"第 {number} 行的时间读不懂，请写成 2026-03-02 08:15:00。",
        f"The time in line {number} cannot be read; write it as 2026-03-02 08:15:00.",
    )


def _point(latitude: str, longitude: str) -> tuple[float, float] | None:
    try:
        point = float(latitude), float(longitude)
    except ValueError:
        return None
    there = all(map(math.isfinite, point)) and abs(point[0]) <= 90 and abs(point[1]) <= 180
    return point if there and point != (0.0, 0.0) else None


def written(found: Iterable[tuple[int, Report, Sequence[Found]]], file: Any) -> int:
    """Write one line a finding: row, id, rank (from 1), the other's id, chance, metres, hours, words, reasons. Returns how many."""
    out = csv.writer(file, lineterminator="\n")
    out.writerow(COLUMNS)
    lines = 0
    for row, report, findings in found:
        for rank, one in enumerate(findings, start=1):
            metres = "" if one.metres is None else round(one.metres)
            hours = "" if one.hours is None else f"{one.hours:.1f}"
            out.writerow([row, report.id, rank, one.id, f"{one.chance:.4f}", metres, hours, " ".join(one.words), reasons_in(one)])
            lines += 1
    return lines


def reasons_in(found: Found) -> str:
    """The points that made the chance, "text +2.0 metres +1.4"."""
    return " ".join(f"{reason.name} {reason.points:+.1f}" for reason in found.reasons if abs(reason.points) >= 0.05)

"""Tables of messages and their answers: every point of every answer in columns, and agreement with labels somebody gave by the guide."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from linli.insight.columns import columns_of
from linli.insight.replies.measures import Agreement, cohen_kappa
from linli.insight.replies.points import Name, Review, review
from linli.insight.replies.sent import Sent, sketch
from linli.lib.problems import InputProblem
from linli.lib.units import UnitError, parse_instant

LABELLED: Final = (Name.MATTER, Name.ACT, Name.WHO, Name.WHEN, Name.BASIS, Name.OWN_WORDS, Name.POLITE, Name.READABLE)


@dataclass(frozen=True)
class Answered:
    """One line of the table: its name (the id column's value, else its number), the message and the answer, when both were, if known."""

    name: str
    message: str
    answer: str
    asked_at: datetime | None
    answered_at: datetime | None


def answered_in(
    content: bytes, message: Sequence[str], answer: str, *, name: str = "", asked: str = "", answered: str = ""
) -> list[Answered]:
    """The lines of a CSV table; a time that cannot be read counts as unknown. Raises InputProblem as `columns_of` does."""
    wanted = [*message, answer, *(column for column in (name, asked, answered) if column)]
    return [
        Answered(
            row[name] if name else str(number),
            "\n".join(row[column] for column in message if row[column]),
            row[answer],
            _instant(row.get(asked, "")),
            _instant(row.get(answered, "")),
        )
        for number, row in enumerate(columns_of(content, wanted), 1)
    ]


def _instant(text: str) -> datetime | None:
    try:
        return parse_instant(text) if text else None
    except UnitError:
        return None


def reviews_of(rows: Sequence[Answered], within: timedelta | None) -> Iterator[Review]:
    """Each answer looked at; in its own words when no other line of the table says the same. In time when it came `within` so long."""
    sketches = [sketch(row.answer) for row in rows]
    sent = Sent()
    for made in sketches:
        sent.add(made)
    for row, made in zip(rows, sketches, strict=True):
        due = row.asked_at + within if within and row.asked_at else None
        yield review(
            row.message, row.answer, asked_at=row.asked_at, answered_at=row.answered_at, due_at=due, same_as=max(0, sent.alike(made) - 1)
        )


def written(rows: Sequence[Answered], reviews: Iterator[Review], file: Any) -> int:
    """
    Write a line an answer to the text `file`: its name, then of each point 1, 0 or nothing (unknown), and the sentence that shows it, or the
    code of what is wrong. Returns how many lines.
    """
    out = csv.writer(file, lineterminator="\n")
    out.writerow(["row", *(column for name in Name for column in (name.value, f"{name.value}_shown"))])
    lines = 0
    for row, made in zip(rows, reviews, strict=True):
        cells = []
        for point in made.points:
            cells += ["" if point.holds is None else int(point.holds), row.answer[point.start : point.end] if point.holds else point.why]
        out.writerow([row.name, *cells])
        lines += 1
    return lines


@dataclass(frozen=True)
class Label:
    """What a labeller said of one answer, by point, and to which part of the sample it belongs."""

    name: str
    part: str
    holds: dict[Name, bool]


def labels_in(content: bytes) -> list[Label]:
    """Labels from a CSV table: message, part, and a column of 0 and 1 for each labelled point. Raises InputProblem for anything else."""
    points = [name.value for name in LABELLED]
    found = []
    for row in columns_of(content, ["message", "part", *points]):
        if any(row[point] not in ("0", "1") for point in points):
            raise InputProblem("bad_label", f"{row['message']}：标签只能是 0 或 1。", f"{row['message']}: labels are 0 or 1.")
        found.append(Label(row["message"], row["part"], {name: row[name.value] == "1" for name in LABELLED}))
    return found


def agreement(labels: Sequence[Label], rows: Sequence[Answered]) -> dict[str, dict[Name, Agreement]]:
    """Per part of the sample, and per point, how far the rules agree with the labels. Raises InputProblem when no labelled row is there."""
    by_name = {row.name: row for row in rows}
    reviewed = {label.name: review(by_name[label.name].message, by_name[label.name].answer) for label in labels if label.name in by_name}
    told: dict[str, dict[Name, Agreement]] = {}
    for part in dict.fromkeys(label.part for label in labels):
        mine = [label for label in labels if label.part == part and label.name in reviewed]
        if mine:
            told[part] = {
                name: cohen_kappa([label.holds[name] for label in mine], [bool(reviewed[label.name][name].holds) for label in mine])
                for name in LABELLED
            }
    if not told:
        raise InputProblem("no_labels", "标签里的编号在表里都找不到。", "None of the labelled messages is in the table.")
    return told

"""Tables of messages in CSV (plain or gzip): the text of some columns run together, a label beside it, and readings written out."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from linli.insight.columns import lines_of, missing
from linli.insight.reading.readings import Reading

COLUMNS: Final = ("row", "label", "confidence", "second", "third", "reason")


def rows_of(content: bytes, text: Sequence[str], label: str = "") -> Iterator[tuple[str, str]]:
    """
    (text, label) of each line: the columns named in `text` in their order, one below the other, empty ones left out; the label is empty
    without a column for it. Raises InputProblem as `columns.lines_of` does, and when a column is not there.
    """
    wanted = [*text, *([label] if label else [])]
    rows = lines_of(content, wanted)
    header = next(rows, [])
    missing(header, wanted)
    at = [header.index(name) for name in text]
    label_at = header.index(label) if label else -1
    for row in rows:
        if row:
            cells = [row[n] for n in at if n < len(row) and row[n].strip()]
            yield "\n".join(cells), row[label_at].strip() if 0 <= label_at < len(row) else ""


def written(readings: Iterable[Reading], file: Any) -> tuple[int, int]:
    """
    Write one line a reading to the text `file`: row (from 1, without the header), label, confidence, second, third, reason (the words that
    spoke for the label, with "?" before them below the threshold). Returns how many lines, and how many of them are sure.
    """
    out = csv.writer(file, lineterminator="\n")
    out.writerow(COLUMNS)
    lines = sure = 0
    for lines, reading in enumerate(readings, start=1):
        second, third = (reading.labels[n] if n < len(reading.labels) else "" for n in (1, 2))
        reason = "" if reading.sure else "? "
        out.writerow([lines, reading.labels[0], f"{reading.chances[0]:.4f}", second, third, (reason + " ".join(reading.words[0])).strip()])
        sure += reading.sure
    return lines, sure

"""Tables of messages in CSV (plain or gzip): the text of some columns run together, a label beside it, and readings written out."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from linli.insight.reading.readings import Reading
from linli.lib.problems import InputProblem

COLUMNS: Final = ("row", "label", "confidence", "second", "third", "reason")
MOST_BYTES: Final = 1_000_000_000
csv.field_size_limit(10_000_000)


def rows_of(content: bytes, text: Sequence[str], label: str = "") -> Iterator[tuple[str, str]]:
    """
    (text, label) of each line: the columns named in `text` in their order, one below the other, empty ones left out; the label is empty
    without a column for it. Raises InputProblem when the file is not CSV in UTF-8 (or GB18030, as older spreadsheets write) or lacks a column.
    """
    rows = csv.reader(io.StringIO(decoded(content), newline=""))
    try:
        header = [cell.strip() for cell in next(rows, [])]
        wanted = [*text, *([label] if label else [])]
        if missing := [name for name in wanted if name not in header]:
            listed, there = "、".join(missing), "、".join(header[:20])
            raise InputProblem(
                "no_column", f"第一行没有这些列：{listed}。现有的列：{there}。", f"The first line lacks {listed}; it has {there}."
            )
        at = [header.index(name) for name in text]
        label_at = header.index(label) if label else -1
        for row in rows:
            if row:
                cells = [row[n] for n in at if n < len(row) and row[n].strip()]
                yield "\n".join(cells), row[label_at].strip() if 0 <= label_at < len(row) else ""
    except csv.Error:
        raise InputProblem("not_csv", "文件不是完整的 CSV。", "The file is not a whole CSV.") from None


def decoded(content: bytes) -> str:
    if content.startswith(b"\x1f\x8b"):
        content = _unpacked(content)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding).replace("\x00", "")
        except UnicodeDecodeError:
            continue
    raise InputProblem("not_utf8", "文件不是 UTF-8 编码，请另存为 UTF-8 的 CSV。", "The file is not UTF-8; save it as CSV in UTF-8.")


def _unpacked(content: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(content)) as file:
            found = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise InputProblem("bad_gzip", "压缩文件不完整，请重新取得。", "The gzip file is not whole; fetch it again.") from None
    if len(found) > MOST_BYTES:
        raise InputProblem("too_large", "文件解开后超过 1 GB，请分成几个文件。", "Unpacked the file is over 1 GB; split it.")
    return found


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

"""Named columns of a CSV table, plain or gzip, as spreadsheets here and elsewhere write them."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from typing import Final

from linli.lib.problems import InputProblem

MOST_BYTES: Final = 2_000_000_000
DIVIDERS: Final = (",", ";", "\t", "|", "，", "；")
csv.field_size_limit(10_000_000)


def decoded(content: bytes) -> str:
    """
    A file's bytes, plain or gzip, as text: UTF-8, GB18030 as older spreadsheets write, or UTF-16 with its mark. Raises InputProblem when they
    are none of these, or not whole, or a workbook.
    """
    if content.startswith(b"\x1f\x8b"):
        content = _unpacked(content)
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        zh = "这是 Excel 或 WPS 的工作簿，不是 CSV。请打开它，另存为“CSV UTF-8”再试。"
        raise InputProblem("workbook", zh, "This is a workbook, not a CSV; open it and save it as CSV UTF-8.")
    marked = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ()
    for encoding in (*marked, "utf-8-sig", "gb18030"):
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
        raise InputProblem("too_large", "文件解开后超过 2 GB，请分成几个文件。", "Unpacked the file is over 2 GB; split it.")
    return found


def lines_of(content: bytes, wanted: Sequence[str] = ()) -> Iterator[list[str]]:
    """
    The lines of a table, the names of its columns first (nothing before them for an empty file). Columns are divided by commas, or by
    whatever else of `DIVIDERS` gives the `wanted` names, or the most names where none are wanted. Raises InputProblem for a file that is no
    table, or whose last quotation mark is never closed: all that follows it would be one cell.
    """
    text = decoded(content)
    if not text.strip():
        raise InputProblem("no_column", "文件是空的：第一行要写列名。", "The file is empty; its first line must name the columns.")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_divider(text, wanted))
    try:
        if text.count('"') % 2:
            _closed(text, _divider(text, wanted))
        yield from _from_the_names_on(rows)
    except csv.Error:
        raise InputProblem("not_csv", "文件不是完整的 CSV。", "The file is not a whole CSV.") from None


def _from_the_names_on(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    for row in rows:
        if any(cell.strip() for cell in row):
            yield [cell.strip() for cell in row]
            break
    yield from rows


def _divider(text: str, wanted: Sequence[str]) -> str:
    head = text[:100_000]
    names = {divider: next(_from_the_names_on(csv.reader(io.StringIO(head, newline=""), delimiter=divider)), []) for divider in DIVIDERS}
    if wanted:
        return next((divider for divider, found in names.items() if set(wanted) <= set(found)), _most(names))
    return _most(names)


def _most(names: dict[str, list[str]]) -> str:
    return "," if len(names[","]) > 1 else max(DIVIDERS, key=lambda divider: len(names[divider]))


def _closed(text: str, divider: str) -> None:
    """Raises InputProblem when the file ends inside a quoted cell."""
    rows, last = csv.reader(io.StringIO(text, newline=""), delimiter=divider, strict=True), 0
    try:
        for _row in rows:
            last = rows.line_num
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            zh = f"第 {last + 1} 行起有一个双引号没有配对，后面的都读成了一格。请补上，或去掉它。"
            en = f"A quotation mark from line {last + 1} on is never closed; close it or take it out."
            raise InputProblem("open_quote", zh, en) from None


def columns_of(content: bytes, wanted: Sequence[str], *, maybe: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """
    A line at a time, the `wanted` columns by name without white space around them, and those of `maybe` that are there. Raises InputProblem
    as `lines_of` does, and for a wanted column that is not there.
    """
    rows = lines_of(content, wanted)
    header = next(rows, [])
    missing(header, wanted)
    at = {name: header.index(name) for name in (*wanted, *(m for m in maybe if m in header))}
    for row in rows:
        if row:
            yield {name: row[n].strip() if n < len(row) else "" for name, n in at.items()}


def missing(header: Sequence[str], wanted: Sequence[str]) -> None:
    """Raises InputProblem naming the `wanted` columns that `header` lacks, and what it has."""
    if lacking := [name for name in wanted if name not in header]:
        listed, there = "、".join(lacking), "、".join(header[:20])
        raise InputProblem(
            "no_column", f"第一行没有这些列：{listed}。现有的列：{there}。", f"The first line lacks {listed}; it has {there}."
        )

"""
Any sheet somebody has, as rows of plain values: xlsx, xls, ods and csv; in GBK or UTF-8, with titles above the header, with merged cells.

What cannot be read is refused with what to do about it. The content decides what a file is, not its name.
"""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _

from linli.kernel.access.refusals import Refused
from linli.ports.tables.open_document import Shape, shapes

MOST_ROWS = 1_000_000
MOST_COLUMNS = 200
# Readers make room for every cell between the first and the last, filled or not.
MOST_CELLS = 20_000_000
# A sheet of 100,000 rows unpacks to about 60 MB; what unpacks to much more than that was made to harm.
MOST_UNPACKED_MB = 600
MOST_RATIO = 200
HEADER_WITHIN = 20
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_KNOWN_JUNK = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"Rar!": "RAR",
    b"7z\xbc\xaf": "7z",
    b"\x1f\x8b": "gzip",
}

Value = str | float | int | bool | date | datetime | time | timedelta | None


class Unreadable(Refused):
    """A file that cannot be taken as a sheet, with how to mend it."""

    status = 422


@dataclass(frozen=True)
class Row:
    """`number` is the row as the spreadsheet program counts it, from 1."""

    number: int
    values: tuple[Any, ...]


@dataclass
class Sheet:
    """
    One sheet: the header's words, the rows below it, and what stood above it. `empty_formulas` are (row, column) of formulas
    whose result the program that saved the file did not store.
    """

    name: str
    header: tuple[str, ...]
    header_row: int
    rows: list[Row]
    above: list[Row] = field(default_factory=list)
    empty_formulas: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class Book:
    """A file that was opened: its sheets' names in order; `read(name)` gives one."""

    file_name: str
    sheets: tuple[str, ...]
    read: Callable[[str], Sheet]


HeaderWords = Callable[[str], bool]


def open_book(content: bytes, file_name: str, *, most_bytes: int, is_heading: HeaderWords = lambda text: False) -> Book:
    """
    Open a sheet file. `is_heading` says whether a text is a known column heading, by which the header row is found.

    Raises Unreadable for anything else: too large, empty, not a sheet, damaged, protected by a password, made to harm.
    """
    if len(content) > most_bytes:
        raise Unreadable(
            "too_large",
            _("文件有 %(size)s MB，超过了 %(limit)s MB。请删去不需要的工作表或分成几个文件。")
            % {"size": len(content) // 1048576 + 1, "limit": most_bytes // 1048576},
        )
    if not content.strip(b"\x00 \t\r\n"):
        raise Unreadable("empty", _("文件是空的。"))
    for start, kind in _KNOWN_JUNK.items():
        if content.startswith(start):
            raise Unreadable("not_a_sheet", _("这是 %(kind)s 文件，不是表格。请上传 Excel 或 CSV 文件。") % {"kind": kind})
    if content.startswith(_ZIP):
        return _zipped(content, file_name, is_heading)
    if content.startswith(_OLE):
        return _old_excel(content, file_name, is_heading)
    return _csv_book(content, file_name, is_heading)


# --- workbooks ---------------------------------------------------------------------------------------
def _zipped(content: bytes, file_name: str, is_heading: HeaderWords) -> Book:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise _damaged() from None
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MOST_UNPACKED_MB * 1048576 or (unpacked > 50 * 1048576 and unpacked > MOST_RATIO * len(content)) or len(parts) > 5000:
        raise Unreadable(
            "bomb",
            _("文件解开后有 %(size)s MB，远大于正常表格，已拒绝打开。请重新另存为 xlsx 或 CSV 再上传。") % {"size": unpacked // 1048576},
        )
    if any(part.flag_bits & 1 for part in parts):
        raise _protected()
    names = {part.filename for part in parts}
    if not names & {"xl/workbook.xml", "content.xml"}:
        raise Unreadable("not_a_sheet", _("这个压缩包里没有能读的表格。请解压后上传其中的 Excel 或 CSV 文件；xlsb 请另存为 xlsx。"))
    formulas = _inspect(content)
    return _workbook(content, file_name, is_heading, formulas, shapes(content) if "content.xml" in names else {})


_SHEET_PART = re.compile(r"xl/worksheets/[^/]+\.xml")
_ROW = re.compile(rb'<row\b[^>]*?\br="(\d+)"')
_WIDE = re.compile(rb'<c\b[^>]*?\br="([A-Z]{2,})\d')
# A formula whose result is the empty text is stored as t="str" with an empty value: that is a result.
_FORMULA = re.compile(
    rb'<c\b(?![^>]*\bt="str"[^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)<v)[^>]*?\br="([A-Z]+)(\d+)"[^>]*>'
    rb"(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>"
)
_REPEATED = re.compile(
    rb'<table:table-cell[^>]*number-columns-repeated="\d{4,}"[^>]*office:value-type'
    rb'|<table:table-cell[^>]*office:value-type[^>]*number-columns-repeated="\d{4,}"'
    rb'|<table:table-row[^>]*number-rows-repeated="\d{4,}"[^>]*>(?:(?!</table:table-row>).)*?office:value-type',
    re.DOTALL,
)


def _inspect(content: bytes) -> dict[str, frozenset[tuple[int, int]]]:
    """
    Unpack every part once, no further than its stated size, before a reader makes room for what the cells claim.

    Returns, by sheet part, the (row, column) of formulas without a stored result. Raises Unreadable for lies and for giants.
    """
    formulas: dict[str, frozenset[tuple[int, int]]] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for part in packed.infolist():
                found = _Inspected(part.filename)
                done = 0
                with packed.open(part) as file:
                    while piece := file.read(1 << 20):
                        done += len(piece)
                        if done > part.file_size:
                            raise _damaged()
                        found.see(piece)
                if found.formulas:
                    formulas[part.filename] = frozenset(found.formulas)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError):
        raise _damaged() from None
    return formulas


class _Inspected:
    """What one part of a workbook shows while it is unpacked piece by piece."""

    def __init__(self, name: str) -> None:
        self.is_sheet, self.is_ods = bool(_SHEET_PART.fullmatch(name)), name == "content.xml"
        self.formulas: set[tuple[int, int]] = set()
        self._tail, self._last_row, self._last_column = b"", 0, 26

    def see(self, piece: bytes) -> None:
        if not (self.is_sheet or self.is_ods):
            return
        text = self._tail + piece
        self._tail = text[-1000:]
        if self.is_ods:
            if _REPEATED.search(text):
                raise _too_wide(1000)
            return
        self._last_row = max([self._last_row, *map(int, _ROW.findall(text))])
        self._last_column = max([self._last_column, *map(_column_number, set(_WIDE.findall(text)))])
        if self._last_row > MOST_ROWS + 100:
            raise _too_long(self._last_row)
        if self._last_row * self._last_column > MOST_CELLS:
            raise _too_wide(self._last_column)
        if b"<f" in text:
            self.formulas |= {(int(row), _column_number(letters) - 1) for letters, row in _FORMULA.findall(text)}


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _old_excel(content: bytes, file_name: str, is_heading: HeaderWords) -> Book:
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise _protected()
    return _workbook(content, file_name, is_heading, {})


def _workbook(
    content: bytes,
    file_name: str,
    is_heading: HeaderWords,
    formulas: dict[str, frozenset[tuple[int, int]]],
    shaped: Mapping[str, Shape] = MappingProxyType({}),
) -> Book:
    import python_calamine  # here: a website nobody brings a sheet to does without

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    except python_calamine.PasswordError:
        raise _protected() from None
    except (python_calamine.CalamineError, OSError, ValueError):
        raise _damaged() from None
    shown = [
        s.name
        for s in book.sheets_metadata
        if s.typ == python_calamine.SheetTypeEnum.WorkSheet and s.visible == python_calamine.SheetVisibleEnum.Visible
    ]
    names = tuple(shown or book.sheet_names)
    if not names:
        raise Unreadable("empty", _("文件里没有工作表。"))

    def read(name: str) -> Sheet:
        part = _part_of_sheet(content, name) if formulas else None
        shape = shaped.get(name)
        bare = frozenset(shape.bare) if shape else formulas.get(part or "", frozenset())
        return _read_sheet(book, name, bare, is_heading, shape.merged if shape else ())

    return Book(file_name, names, read)


Ranges = Sequence[tuple[tuple[int, int], tuple[int, int]]]


def _read_sheet(book: Any, name: str, formulas: frozenset[tuple[int, int]], is_heading: HeaderWords, also_merged: Ranges = ()) -> Sheet:
    import python_calamine  # as above

    try:
        found = book.get_sheet_by_name(name)
        merged = [*(found.merged_cell_ranges or []), *also_merged]
        rows = [Row(number, _trimmed(values)) for number, values in enumerate(found.to_python(skip_empty_area=False), start=1)]
    except python_calamine.WorksheetNotFound:
        raise Unreadable(
            "no_sheet", _("没有名为“%(name)s”的工作表。有：%(names)s。") % {"name": name, "names": "、".join(book.sheet_names)}
        ) from None
    except python_calamine.CalamineError:
        raise _damaged() from None
    rows = _unmerged(rows, merged)
    return _sheet(name, rows, is_heading, formulas)


def _unmerged(rows: list[Row], merged: Ranges) -> list[Row]:
    """A value merged down over several rows belongs to each of them. Merging sideways is decoration (titles) and stays in its first cell."""
    by_number = {row.number: at for at, row in enumerate(rows)}
    for (top, left), (bottom, _right) in merged:
        source = by_number.get(top + 1)
        if bottom == top or source is None or left >= len(rows[source].values) or bottom - top > 100_000:
            continue
        value = rows[source].values[left]
        for number in range(top + 2, bottom + 2):
            at = by_number.get(number)
            if at is None:
                continue
            values = list(rows[at].values) + [""] * max(0, left + 1 - len(rows[at].values))
            if values[left] in ("", None):
                values[left] = value
                rows[at] = Row(number, tuple(values))
    return rows


def _part_of_sheet(content: bytes, name: str) -> str | None:
    """The file inside an xlsx that holds the sheet of that name."""
    packed = zipfile.ZipFile(io.BytesIO(content))
    try:
        workbook = packed.read("xl/workbook.xml").decode("utf-8", "replace")
        relations = packed.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    except KeyError:
        return None
    for tag in re.findall(r"<sheet\b[^>]*>", workbook):
        named, key = re.search(r'\bname="([^"]*)"', tag), re.search(r'\br:id="([^"]*)"', tag)
        if named and key and html.unescape(named[1]) == name:
            for relation in re.findall(r"<Relationship\b[^>]*>", relations):
                target = re.search(r'\bTarget="([^"]*)"', relation)
                if f'Id="{key[1]}"' in relation and target:
                    part = target[1].lstrip("/")
                    part = part if part.startswith("xl/") else f"xl/{part}"
                    return part if part in packed.namelist() else None
    return None


# --- csv -----------------------------------------------------------------------------------------------
def _csv_book(content: bytes, file_name: str, is_heading: HeaderWords) -> Book:
    text = _decoded(content)
    name = "CSV"

    def read(wanted: str) -> Sheet:
        rows = list(_csv_rows(text))
        return _sheet(name, rows, is_heading, frozenset())

    return Book(file_name, (name,), read)


def _decoded(content: bytes) -> str:
    """UTF-8 (with or without mark), UTF-16 with mark, else GB18030 when it makes Chinese text; anything else is no text."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError:
            raise _not_text() from None
    if b"\x00" in content[:65536]:
        raise _not_text()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _reads_like_text(text):
            return text
    raise _not_text()


def _reads_like_text(text: str) -> bool:
    """Control characters and private-use characters do not occur in what people wrote."""
    sample = text[:100_000]
    odd = sum(1 for char in sample if (char < " " and char not in "\t\r\n\x0b\x0c") or "\ue000" <= char <= "\uf8ff" or char == "\ufffd")
    return odd * 200 <= len(sample)


def _csv_rows(text: str) -> Iterator[Row]:
    lines = text.splitlines(keepends=True)
    skip = 1 if lines and lines[0].lower().startswith("sep=") else 0
    delimiter = lines[0].strip()[4:5] if skip else _delimiter(text[:20_000])
    csv.field_size_limit(1 << 20)
    reader = csv.reader(io.StringIO("".join(lines[skip:]), newline=""), delimiter=delimiter or ",", strict=False)
    number = skip
    try:
        for number, values in enumerate(reader, start=1 + skip):
            if number > MOST_ROWS:
                raise _too_long(number)
            if len(values) > 16_384:
                raise _too_wide(len(values))
            yield Row(number, _trimmed(values))
    except csv.Error:
        raise Unreadable("bad_csv", _("第 %(row)s 行读不下去：引号没有成对，或一格里的文字太长。") % {"row": number + 1}) from None


def _delimiter(sample: str) -> str:
    """Of comma, semicolon, tab and bar: the one that cuts the first rows into the most, and most even, columns."""
    best, best_score = ",", 0.0
    for candidate in ",;\t|，；":
        try:
            rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=candidate) if any(cell.strip() for cell in row)][
                :30
            ]
        except csv.Error:
            continue
        widths = sorted(len(row) for row in rows)
        if not widths or widths[-1] < 2:
            continue
        middle = widths[len(widths) // 2]
        score = middle * sum(1 for width in widths if width == middle) / len(widths) - (0.5 if candidate in "，；|" else 0)
        if middle > 1 and score > best_score:
            best, best_score = candidate, score
    return best


# --- common --------------------------------------------------------------------------------------------
def _trimmed(values: Sequence[Any]) -> tuple[Any, ...]:
    """Without empty cells at the end."""
    end = len(values)
    while end and (values[end - 1] is None or values[end - 1] == "" or (isinstance(values[end - 1], str) and not values[end - 1].strip())):
        end -= 1
    return tuple(values[:end])


def _sheet(name: str, rows: list[Row], is_heading: HeaderWords, formulas: frozenset[tuple[int, int]]) -> Sheet:
    filled = [row for row in rows if row.values]
    if not filled:
        raise Unreadable("empty", _("工作表“%(name)s”是空的。") % {"name": name})
    head = _header(filled[:HEADER_WITHIN], is_heading)
    above = [row for row in filled if row.number < head.number]
    header = tuple(_heading(value) for value in head.values)
    below = [row for row in filled if row.number > head.number]
    if len(header) > MOST_COLUMNS:
        raise _too_wide(len(header))
    return Sheet(name, header, head.number, below, above, formulas)


def _header(rows: Sequence[Row], is_heading: HeaderWords) -> Row:
    """The row with the most known headings; when none is known, the first with at least two texts and as wide as what follows."""
    scores = [(sum(1 for value in row.values if isinstance(value, str) and is_heading(value)), -row.number, row) for row in rows]
    best = max(scores, key=lambda score: score[:2])
    if best[0]:
        return best[2]
    widest = max(sum(1 for v in row.values if v not in ("", None)) for row in rows)
    for row in rows:
        texts = [v for v in row.values if isinstance(v, str) and v.strip()]
        if len(texts) * 2 > widest and len(texts) == sum(1 for v in row.values if v not in ("", None)):
            return row
    return rows[0]


def _heading(value: Any) -> str:
    return " ".join(str(value).split()) if value is not None else ""


def _damaged() -> Unreadable:
    return Unreadable("damaged", _("文件已损坏或不完整，打不开。请在 Excel 或 WPS 里打开原文件，另存为 xlsx 后再上传。"))


def _protected() -> Unreadable:
    return Unreadable("protected", _("文件有打开密码。请在 Excel 或 WPS 里去掉密码后另存，再上传。"))


def _not_text() -> Unreadable:
    return Unreadable("not_a_sheet", _("这不是表格文件，也不是可读的文字。请上传 xlsx、xls、ods 或 CSV（UTF-8 或 GBK 编码）。"))


def _too_wide(count: int) -> Unreadable:
    return Unreadable(
        "too_wide", _("表头有 %(count)s 列，最多 %(limit)s 列。请删去右边多余的列。") % {"count": count, "limit": MOST_COLUMNS}
    )


def _too_long(count: int) -> Unreadable:
    return Unreadable("too_long", _("表格有 %(count)s 行，一次最多 %(limit)s 行。请分成几个文件。") % {"count": count, "limit": MOST_ROWS})

"""
Sheets going out: templates, lists, marked copies. Rows stream; memory stays flat however long a list is.

No cell leaves as a formula: in csv, text that begins like one gets an apostrophe in front; in xlsx every text is written as text.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import IO, Any

import xlsxwriter
from django.utils.translation import gettext as _

from linli.lib.units import SHANGHAI
from linli.ports.tables.columns import Kind

FORMATS = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# A cell of a spreadsheet holds no more.
LONGEST = 32_767
SHEET_ROWS = 1_048_000


def guarded(text: str) -> str:
    """Text that a spreadsheet program will not run when it opens a csv."""
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def shown(value: Any) -> str:
    """A value as a csv cell, unguarded."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if value.tzinfo else value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return str(value)


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """A csv in UTF-8 with its mark (so that Excel reads the Chinese), in pieces of some hundred rows."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([guarded(str(word)) for word in header])
    yield b"\xef\xbb\xbf"
    for number, row in enumerate(rows, start=1):
        writer.writerow([_csv_cell(value) for value in row])
        if number % 500 == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _csv_cell(value: Any) -> str:
    text = shown(value)
    return guarded(text) if isinstance(value, str) else text


def write_xlsx(file: IO[bytes], header: Sequence[str], rows: Iterable[Sequence[Any]], *, name: str, widths: Sequence[int] = ()) -> int:
    """An xlsx with a frozen, bold header; returns the number of rows. A list longer than a sheet goes on in the next."""
    book = _book(file)
    heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    day, instant = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet, at, count = None, 0, 0
    for row in rows:
        if sheet is None or at > SHEET_ROWS:
            sheet, at = _started(book, name, header, widths, heading), 0
        at, count = at + 1, count + 1
        for column, value in enumerate(row):
            _put(sheet, at, column, value, day, instant)
    if sheet is None:
        _started(book, name, header, widths, heading)
    book.close()
    return count


def _book(file: IO[bytes]) -> Any:
    return xlsxwriter.Workbook(
        file,
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "default_date_format": "yyyy-mm-dd",
        },
    )


def _started(book: Any, name: str, header: Sequence[str], widths: Sequence[int], heading: Any) -> Any:
    sheets = len(book.worksheets())
    sheet = book.add_worksheet(sheet_name(name if not sheets else f"{name} {sheets + 1}"))
    for column in range(len(header)):
        sheet.set_column(column, column, widths[column] if column < len(widths) else 16)
    sheet.freeze_panes(1, 0)
    for column, word in enumerate(header):
        sheet.write_string(0, column, str(word), heading)
    return sheet


def sheet_name(name: str) -> str:
    """A name a spreadsheet accepts: 31 characters, none of []:*?/\\, no apostrophe at the ends."""
    return ("".join(" " if char in "[]:*?/\\" else char for char in name)[:31]).strip("' ") or "Sheet"


def _put(sheet: Any, row: int, column: int, value: Any, day: Any, instant: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        sheet.write_datetime(row, column, value.astimezone(SHANGHAI).replace(tzinfo=None) if value.tzinfo else value, instant)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day), day)  # noqa: DTZ001 (a day has no zone)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        sheet.write_number(row, column, value)
    elif isinstance(value, Fraction):
        sheet.write_string(row, column, str(value))
    else:
        sheet.write_string(row, column, shown(value)[:LONGEST])


def streamed(file: IO[bytes], *, size: int = 65536) -> Iterator[bytes]:
    """The content of a file from its start, in pieces; closes it at the end."""
    file.seek(0)
    try:
        while piece := file.read(size):
            yield piece
    finally:
        file.close()


def spooled() -> IO[bytes]:
    """A file in memory that moves to disk when it grows beyond 8 MB."""
    return tempfile.SpooledTemporaryFile(max_size=8 * 1024 * 1024)


# --- templates ------------------------------------------------------------------------------------------
def write_template(file: IO[bytes], kind: Kind) -> None:
    """A sheet to fill in: headings (required ones starred), notes, an example row, lists to choose from, and a page of explanations."""
    book = xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False})
    required = book.add_format({"bold": True, "bg_color": "#DCE9E0", "border": 1, "text_wrap": True, "valign": "vcenter"})
    optional = book.add_format({"bold": True, "bg_color": "#F2F2EE", "border": 1, "text_wrap": True, "valign": "vcenter"})
    text, grey = book.add_format({"num_format": "@"}), book.add_format({"num_format": "@", "italic": True, "font_color": "#5F6B66"})
    sheet = book.add_worksheet(sheet_name(kind.name))
    lists = book.add_worksheet(_("可选项"))
    about = book.add_worksheet(_("填写说明"))
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 1)
    listed = 0
    for at, column in enumerate(kind.columns):
        sheet.set_column(at, at, column.width, text)
        sheet.write_string(0, at, f"{column.name} *" if column.required else column.name, required if column.required else optional)
        if column.note:
            sheet.write_comment(0, at, column.note, {"x_scale": 1.6})
        sheet.write_string(1, at, column.example, grey)
        if column.choices:
            options = column.choices()
            lists.write_string(0, listed, column.name, optional)
            for down, option in enumerate(options, start=1):
                lists.write_string(down, listed, option)
            letter = xlsxwriter.utility.xl_col_to_name(listed)
            source = f"='{lists.get_name()}'!${letter}$2:${letter}${len(options) + 1}"
            sheet.data_validation(
                1,
                at,
                10_000,
                at,
                {
                    "validate": "list",
                    "source": source,
                    "error_type": "warning",
                    "error_title": column.name,
                    "error_message": _("请从列表里选；多项用顿号隔开。"),
                },
            )
            lists.set_column(listed, listed, 24)
            listed += 1
    _explain(about, kind, book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"}))
    if not listed:
        lists.hide()
    book.close()


def _explain(about: Any, kind: Kind, bold: Any, wrapped: Any) -> None:
    about.set_column(0, 0, 22)
    about.set_column(1, 1, 10)
    about.set_column(2, 2, 60)
    about.set_column(3, 3, 26)
    about.write_string(0, 0, kind.name, bold)
    about.merge_range(1, 0, 1, 3, kind.about, wrapped)
    about.merge_range(2, 0, 2, 3, _("第二行是示例，导入时会跳过没有改动的示例。号码列已设为文本格式，可直接填写。"), wrapped)
    for at, word in enumerate((_("列"), _("必填"), _("说明"), _("也认得这些表头"))):
        about.write_string(4, at, word, bold)
    for down, column in enumerate(kind.columns, start=5):
        about.write_string(down, 0, column.name)
        about.write_string(down, 1, _("是") if column.required else "")
        about.write_string(down, 2, column.note, wrapped)
        about.write_string(down, 3, "、".join(column.synonyms[:6]), wrapped)

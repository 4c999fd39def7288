"""
Lists taken away as xlsx or csv, the same for every page that shows one. Rows stream; memory stays flat however long a list is.

No cell leaves as a formula: in csv, text that begins like one gets an apostrophe in front; in xlsx every text is written as text.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import IO, Any
from urllib.parse import quote

from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _

from linli.lib.units import SHANGHAI

FORMATS = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# A cell of a spreadsheet holds no more.
LONGEST = 32_767
SHEET_ROWS = 1_048_000


@dataclass(frozen=True)
class Listing:
    """
    A list ready to be written: its title (and file name), headings, widths in characters (missing: 16) and rows, made while they are read;
    `count` asks how many there will be, for whoever shows how far the writing is.
    """

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Any]]
    widths: Sequence[int] = ()
    count: Callable[[], int] | None = None


def format_asked(asked: Any) -> str:
    """`format` of a query or a form: xlsx (also when nothing is said) or csv."""
    return "csv" if asked.get("format") == "csv" else "xlsx"


def as_file(listing: Listing, form: str) -> HttpResponseBase:
    """Any listing as a download, streamed."""
    if form == "csv":
        response = StreamingHttpResponse(csv_lines(listing.header, listing.rows), content_type=FORMATS["csv"])
    else:
        file = spooled()
        write_xlsx(file, listing.header, listing.rows, name=listing.name, widths=listing.widths)
        response = StreamingHttpResponse(streamed(file), content_type=FORMATS["xlsx"])
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(listing.name)}.{form}"
    response["X-Content-Type-Options"] = "nosniff"
    # What a reader may take away is for this reader, now: no cache between keeps it.
    patch_cache_control(response, private=True, no_store=True)
    return response


def write_listing(file: IO[bytes], listing: Listing, form: str) -> None:
    """Any listing into a file, as csv or xlsx."""
    if form == "csv":
        for piece in csv_lines(listing.header, listing.rows):
            file.write(piece)
    else:
        write_xlsx(file, listing.header, listing.rows, name=listing.name, widths=listing.widths)


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


def write_xlsx(
    file: IO[bytes],
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    name: str,
    widths: Sequence[int] = (),
    made_at: datetime | None = None,
) -> int:
    """
    An xlsx with a frozen, bold header; returns the number of rows. A list longer than a sheet goes on in the next. With `made_at` the same rows are the
    same bytes.
    """
    book = _book(file)
    if made_at is not None:
        book.set_properties({"created": made_at.astimezone(UTC).replace(tzinfo=None)})
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
    import xlsxwriter  # here: a page without a file does not pay for it

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

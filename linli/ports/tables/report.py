"""The marked copy: the sheet as it came, faulty cells red with a comment, words in a last column, and a page that sums up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import IO, Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.ports.tables.actions import Outcome
from linli.ports.tables.columns import EXPLAINED, Kind, is_explanation
from linli.ports.tables.mapping import Mapping
from linli.ports.tables.reading import Row, Sheet
from linli.ports.tables.rows import Fault
from linli.web.sheets import LONGEST, sheet_name

# Spreadsheet programs grow slow with more comments than a person would ever read; the last column has the words of all.
MOST_COMMENTS = 2000


def write_marked(file: IO[bytes], *, kind: Kind, sheet: Sheet, mapping: Mapping, outcome: Outcome, only_faulty: bool = False) -> None:
    """
    Write the copy as xlsx. A person mends it and imports it again: the last column is known and passed over.

    `only_faulty` leaves the good rows out (after an import that skipped the bad ones).
    """
    import xlsxwriter

    book = xlsxwriter.Workbook(
        file, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "constant_memory": True}
    )
    copy = book.add_worksheet(sheet_name(sheet.name))
    styles = _Styles(book)
    by_row: dict[int, list[Fault]] = defaultdict(list)
    for fault in outcome.faults:
        by_row[fault.row].append(fault)
    kept = [at for at, word in enumerate(sheet.header) if not is_explanation(word)]
    width = max([len(kept), *(len(row.values) for row in sheet.rows[:200])]) if kept else len(sheet.header)
    columns = kept + list(range(len(sheet.header), width))
    place = {at: out for out, at in enumerate(columns)}
    last = len(columns)
    top = 0 if only_faulty else sheet.header_row - 1
    copy.set_column(0, max(last - 1, 0), 20)
    copy.set_column(last, last, 60)
    # Rows stay where they were, so that "row 17" is row 17; what stood above the header stays above it.
    for row in [] if only_faulty else sheet.above:
        for out, at in enumerate(columns):
            _copy_cell(copy, row.number - 1, out, row.values[at] if at < len(row.values) else None, styles, red=False)
    for out, at in enumerate(columns):
        copy.write_string(top, out, sheet.header[at] if at < len(sheet.header) else "", styles.heading)
    copy.write_string(top, last, EXPLAINED[1] if (get_language() or "").startswith("en") else EXPLAINED[0], styles.heading)
    copy.freeze_panes(top + 1, 0)
    comments, down = 0, top
    for row in sheet.rows:
        faults = by_row.get(row.number, [])
        if only_faulty and not faults:
            continue
        down = down + 1 if only_faulty else row.number - 1
        comments += _write_row(copy, down, row, faults, columns, place, mapping, styles, kind, comments < MOST_COMMENTS)
    copy.autofilter(top, 0, max(down, top + 1), last)
    _summary(book, kind, outcome, styles)
    book.close()


class _Styles:
    def __init__(self, book: Any) -> None:
        self.heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.text = book.add_format({"num_format": "@"})
        self.red = book.add_format(
            {"num_format": "@", "bg_color": "#F6C9C4", "font_color": "#7A1F16", "border": 1, "border_color": "#B3362A"}
        )
        self.day = book.add_format({"num_format": "yyyy-mm-dd"})
        self.instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self.words = book.add_format({"text_wrap": True, "font_color": "#7A1F16", "valign": "top"})
        self.bold = book.add_format({"bold": True, "font_size": 14})
        self.plain = book.add_format({"text_wrap": True, "valign": "top"})


def _write_row(
    copy: Any,
    down: int,
    row: Row,
    faults: Sequence[Fault],
    columns: Sequence[int],
    place: dict[int, int],
    mapping: Mapping,
    styles: _Styles,
    kind: Kind,
    with_comments: bool,
) -> int:
    """Returns how many comments were written."""
    marked: dict[int, list[str]] = defaultdict(list)
    for fault in faults:
        if fault.key in mapping.positions:
            marked[mapping.positions[fault.key]].append(fault.text)
    for at in columns:
        value = row.values[at] if at < len(row.values) else None
        _copy_cell(copy, down, place[at], value, styles, red=at in marked)
        if at in marked and with_comments:
            copy.write_comment(down, place[at], "\n".join(marked[at])[:1000], {"author": _("邻里"), "x_scale": 2})
    if faults:
        words = [f"{kind.by_key[f.key].name}：{f.text}" if f.key in kind.by_key else f.text for f in faults]
        copy.write_string(down, len(columns), "\n".join(words)[:LONGEST], styles.words)
    return len(marked) if with_comments else 0


def _copy_cell(copy: Any, down: int, across: int, value: Any, styles: _Styles, *, red: bool) -> None:
    """As it came: texts as text, numbers as numbers, days as days; never a formula."""
    if value is None or value == "":
        if red:
            copy.write_blank(down, across, None, styles.red)
    elif isinstance(value, bool):
        copy.write_boolean(down, across, value, styles.red if red else None)
    elif isinstance(value, int | float):
        copy.write_number(down, across, value, styles.red if red else None)
    elif isinstance(value, datetime | date) and not red:
        moment = value if isinstance(value, datetime) else datetime.combine(value, time())
        copy.write_datetime(down, across, moment.replace(tzinfo=None), styles.day if moment.time() == time() else styles.instant)
    elif isinstance(value, datetime | date | time | timedelta):
        copy.write_string(down, across, str(value), styles.red if red else styles.text)
    else:
        copy.write_string(down, across, str(value)[:LONGEST], styles.red if red else styles.text)


def _summary(book: Any, kind: Kind, outcome: Outcome, styles: _Styles) -> None:
    page = book.add_worksheet(_("汇总"))
    page.set_column(0, 0, 30)
    page.set_column(1, 1, 14)
    page.set_column(2, 2, 70)
    page.write_string(0, 0, _("%(kind)s：检查结果") % {"kind": kind.name}, styles.bold)
    lines = [(_("共有行数"), outcome.rows), (_("没有问题"), outcome.good), (_("需要改的行"), len(outcome.bad_rows))]
    for down, (word, number) in enumerate(lines, start=2):
        page.write_string(down, 0, word)
        page.write_number(down, 1, number)
    page.write_string(6, 0, _("改好红色的格子，存盘后把这个文件再导入一次。最后一列不用删。"), styles.plain)
    page.write_string(8, 0, _("列"), styles.heading)
    page.write_string(8, 1, _("处数"), styles.heading)
    page.write_string(8, 2, _("问题"), styles.heading)
    tally = Counter((f.key, f.text) for f in outcome.faults)
    for down, ((key, text), count) in enumerate(tally.most_common(500), start=9):
        page.write_string(down, 0, kind.by_key[key].name if key in kind.by_key else _("整行"))
        page.write_number(down, 1, count)
        page.write_string(down, 2, text, styles.plain)

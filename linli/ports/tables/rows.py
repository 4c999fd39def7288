"""From a sheet's rows to values: every cell read, everything wrong with a row said at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from linli.ports.tables.columns import Column, Kind
from linli.ports.tables.mapping import Mapping
from linli.ports.tables.reading import Row, Sheet
from linli.ports.tables.values import Wrong, plain


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in row `row` (as the spreadsheet counts), column key `key` (empty: the row as a whole), in words."""

    row: int
    key: str
    text: str


@dataclass(slots=True)
class Parsed:
    """One row's values by column key; columns without a value are absent."""

    row: int
    values: dict[str, Any]

    def get(self, key: str, otherwise: Any = "") -> Any:
        return self.values.get(key, otherwise)


def parse(kind: Kind, sheet: Sheet, mapping: Mapping) -> Iterator[tuple[Parsed, list[Fault]]]:
    """Each row with its faults; rows whose mapped cells are all empty, and the template's own example, are passed over."""
    chosen = [(kind.by_key[key], at) for key, at in mapping.positions.items()]
    example = tuple(c.example for c in kind.columns)
    for row in sheet.rows:
        parsed, faults = _parsed(chosen, row, sheet)
        if parsed is not None and not _is_example(kind, parsed, example, chosen, row):
            yield parsed, faults


def _parsed(chosen: list[tuple[Column, int]], row: Row, sheet: Sheet) -> tuple[Parsed | None, list[Fault]]:
    cells, count = row.values, len(row.values)
    found: dict[str, Any] = {}
    faults: list[Fault] = []
    empty = True
    for column, at in chosen:
        raw = cells[at] if at < count else None
        if raw is None or raw == "" or (isinstance(raw, str) and raw.isspace()):
            if sheet.empty_formulas and (row.number, at) in sheet.empty_formulas:
                empty = False
                faults.append(
                    Fault(
                        row.number, column.key, _("这一格是公式，但文件里没有存下结果。请在 Excel 或 WPS 里打开并保存一次，或粘贴为数值。")
                    )
                )
            elif column.required:
                faults.append(Fault(row.number, column.key, _("请填写“%(column)s”。") % {"column": column.name}))
            continue
        empty = False
        try:
            value = column.read(raw)
        except Wrong as wrong:
            faults.append(Fault(row.number, column.key, str(wrong)))
            continue
        if column.limit and isinstance(value, str) and len(value) > column.limit:
            text = _("“%(column)s”最多 %(limit)s 个字，现在有 %(count)s 个。") % {
                "column": column.name,
                "limit": column.limit,
                "count": len(value),
            }
            faults.append(Fault(row.number, column.key, text))
            continue
        if value != "" or column.required:
            found[column.key] = value
    return (None, []) if empty else (Parsed(row.number, found), faults)


def _is_example(kind: Kind, parsed: Parsed, example: tuple[str, ...], chosen: list[tuple[Column, int]], row: Row) -> bool:
    """The example row of the template, left standing: every cell is exactly the example's."""
    if row.number > 12 or len(parsed.values) < 3:
        return False
    for column, at in chosen:
        raw = row.values[at] if at < len(row.values) else ""
        try:
            if plain(raw) != column.example:
                return False
        except Wrong:
            return False
    return True


Progress = Callable[[str, int, int], None]

"""Which column of the sheet is which: guessed from headings and contents, confirmed by a person, kept in a file for next time."""

from __future__ import annotations

import json
from collections.abc import Mapping as Map
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

from linli.kernel.access.refusals import Invalid
from linli.ports.tables import values
from linli.ports.tables.columns import Kind, heading_key, is_explanation
from linli.ports.tables.reading import Sheet

SAMPLE = 200


@dataclass(frozen=True)
class Guess:
    """A column of the sheet: what it was taken for (empty: nothing), why ("heading", "part", "content", "note"), and some of its values."""

    position: int
    heading: str
    key: str
    why: str
    samples: tuple[str, ...]


@dataclass(frozen=True)
class Mapping:
    """Column key → position in the sheet (from 0)."""

    positions: dict[str, int]

    def missing(self, kind: Kind) -> list[str]:
        """Names of required columns that the sheet lacks; groups as "a / b"."""
        lacking = [c.name for c in kind.columns if c.required and c.key not in self.positions]
        for group in kind.one_of:
            if not any(key in self.positions for key in group):
                lacking.append(" / ".join(kind.by_key[key].name for key in group))
        return lacking

    def require_complete(self, kind: Kind) -> None:
        """Raises Invalid naming the columns that are missing."""
        lacking = self.missing(kind)
        if lacking:
            raise Invalid(
                "columns_missing",
                _("表里缺少这些列：%(columns)s。请补上，或用列对应文件说明哪一列是它。") % {"columns": "、".join(lacking)},
                fields={"columns": lacking},
            )


def guess(kind: Kind, sheet: Sheet) -> list[Guess]:
    """
    What each column of the sheet is: by its heading, else by a heading that contains a known word, else by what the cells look
    like. No key is given twice; the better reason wins, then the left column.
    """
    width = max([len(sheet.header), *(len(row.values) for row in sheet.rows[:SAMPLE])])
    headings = [sheet.header[at] if at < len(sheet.header) else "" for at in range(width)]
    samples = [_samples(sheet, at) for at in range(width)]
    taken: dict[str, tuple[int, str]] = {}
    for why, find in (("heading", _by_heading), ("part", _by_part)):
        for at, heading in enumerate(headings):
            if heading and not is_explanation(heading) and at not in {p for p, _why in taken.values()}:
                key = find(kind, heading, taken)
                if key:
                    taken[key] = (at, why)
    for at in range(width):
        if at not in {p for p, _why in taken.values()} and not is_explanation(headings[at]):
            key = next((c.key for c in kind.columns if c.looks and c.key not in taken and _mostly(c.looks, samples[at])), "")
            if key:
                taken[key] = (at, "content")
    by_position = {at: (key, why) for key, (at, why) in taken.items()}
    return [
        Guess(at, heading, *by_position.get(at, ("", "note" if heading and is_explanation(heading) else "")), tuple(samples[at][:3]))
        for at, heading in enumerate(headings)
    ]


def mapping_of(guesses: list[Guess]) -> Mapping:
    return Mapping({g.key: g.position for g in guesses if g.key})


def _by_heading(kind: Kind, heading: str, taken: Map[str, Any]) -> str:
    key = kind.headings.get(heading_key(heading), "")
    if key in taken:
        word = heading_key(heading)
        key = next((c.key for c in kind.columns if c.key not in taken and word in c.headings), "")
    return key


def _by_part(kind: Kind, heading: str, taken: Map[str, Any]) -> str:
    """The longest known word of at least two characters inside the heading: "户主手机号码（必填）2"."""
    word = heading_key(heading)
    inside = [(len(known), key) for known, key in kind.headings.items() if len(known) >= 2 and known in word and key not in taken]
    return max(inside)[1] if inside else ""


def _samples(sheet: Sheet, at: int) -> list[str]:
    found = []
    for row in sheet.rows[:SAMPLE]:
        if at < len(row.values) and row.values[at] not in ("", None):
            try:
                found.append(values.plain(row.values[at]))
            except values.Wrong:
                found.append(str(row.values[at]))
    return found


def _mostly(looks: Any, samples: list[str]) -> bool:
    """More than half of what stands there, and at least one: a mistyped number among many is still a column of numbers."""
    return bool(samples) and sum(1 for text in samples if looks(text)) * 2 > len(samples)


# --- files ----------------------------------------------------------------------------------------------
def load_mapping(path: Path, kind: Kind, sheet: Sheet) -> Mapping:
    """
    A mapping file: JSON or YAML, `{"columns": {"name": "户主姓名", "identity": 3, …}}`; a heading or the column's number from 1.

    Columns it does not name are guessed; null leaves one out. Raises Invalid for an unknown key or heading.
    """
    text = path.read_text(encoding="utf-8-sig")
    try:
        told = json.loads(text) if path.suffix.lower() == ".json" else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError):
        raise Invalid("bad_mapping", _("列对应文件读不懂：%(name)s 应是 JSON 或 YAML。") % {"name": path.name}) from None
    columns = told.get("columns", told) if isinstance(told, dict) else None
    if not isinstance(columns, dict):
        raise Invalid("bad_mapping", _("列对应文件应写成 columns: {列名: 表头文字}。"))
    return combined(kind, sheet, columns)


def combined(kind: Kind, sheet: Sheet, told: Map[str, Any]) -> Mapping:
    """The guess, overruled by what was told."""
    positions = mapping_of(guess(kind, sheet)).positions
    wanted: dict[str, int | None] = {}
    for key, value in told.items():
        if key not in kind.by_key:
            raise Invalid("bad_mapping", _("没有“%(key)s”这一列。可以用：%(keys)s。") % {"key": key, "keys": "、".join(kind.by_key)})
        wanted[key] = None if value in (None, "") else _position(sheet, value)
    for key, at in wanted.items():
        positions = {k: p for k, p in positions.items() if k != key and p != at}
    return Mapping({**positions, **{key: at for key, at in wanted.items() if at is not None}})


def _position(sheet: Sheet, value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= max(len(sheet.header), 1):
        return value - 1
    for at, heading in enumerate(sheet.header):
        if heading_key(heading) == heading_key(str(value)):
            return at
    raise Invalid(
        "bad_mapping",
        _("表里没有“%(heading)s”这一列。表头是：%(header)s。") % {"heading": value, "header": "、".join(h for h in sheet.header if h)},
    )


def as_file(kind: Kind, sheet: Sheet, mapping: Mapping) -> str:
    """The mapping as JSON, to be given to `--map` next time."""
    headings = {key: sheet.header[at] if at < len(sheet.header) and sheet.header[at] else at + 1 for key, at in mapping.positions.items()}
    return json.dumps({"kind": kind.code, "columns": headings}, ensure_ascii=False, indent=2) + "\n"

"""
What the reader of OpenDocument sheets does not tell: which cells are merged downwards, and which formulas have no stored result.

Only tags are looked at, in one pass over `content.xml`; positions count from 0, repeated cells and rows as often as they are repeated.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from dataclasses import dataclass, field

_QUOTED = rb"""(?:[^>"']|"[^"]*"|'[^']*')*"""
_TAG = re.compile(rb"<table:(table|table-row|table-cell|covered-table-cell)((?=[\s/>])" + _QUOTED + rb")>|<(/)table:table-row>")
_ATTRIBUTE = re.compile(
    rb"""(table:name|table:number-(?:columns|rows)-(?:repeated|spanned)|table:formula|office:value-type)\s*=\s*["']([^"']*)["']"""
)
# A document larger than this is read without them: merged cells then belong to their first row alone.
MOST = 256 * 1024 * 1024
FARTHEST = 1_048_576


@dataclass
class Shape:
    """`merged` are ((top, left), (bottom, right)); `bare` are (row, column) of formulas without a result, the row counted from 1."""

    merged: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    bare: set[tuple[int, int]] = field(default_factory=set)


def shapes(content: bytes) -> dict[str, Shape]:
    """By sheet name; a sheet with nothing of the kind is not named. The archive was inspected before: it is what it says it is."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if "content.xml" not in packed.namelist() or packed.getinfo("content.xml").file_size > MOST:
            return {}
        text = packed.read("content.xml")
    if b"number-rows-spanned" not in text and b"table:formula" not in text:
        return {}
    found: dict[str, Shape] = {}
    name, row, column, repeats = "", 0, 0, 1
    for tag in _TAG.finditer(text):
        if tag[3]:
            row = min(row + repeats, FARTHEST)
            continue
        attributes = {key.decode(): value for key, value in _ATTRIBUTE.findall(tag[2])}
        if tag[1] == b"table":
            name, row, repeats = html.unescape(attributes.get("table:name", b"").decode("utf-8", "replace")), 0, 1
        elif tag[1] == b"table-row":
            column, repeats = 0, _number(attributes, "table:number-rows-repeated")
            if tag[2].endswith(b"/"):
                row = min(row + repeats, FARTHEST)
        else:
            tall, wide = _number(attributes, "table:number-rows-spanned"), _number(attributes, "table:number-columns-spanned")
            if tall > 1:
                found.setdefault(name, Shape()).merged.append(((row, column), (row + tall - 1, column + wide - 1)))
            if "table:formula" in attributes and "office:value-type" not in attributes:
                found.setdefault(name, Shape()).bare.add((row + 1, column))
            column += _number(attributes, "table:number-columns-repeated")
    return found


def _number(attributes: dict[str, bytes], name: str) -> int:
    text = attributes.get(name, b"1")
    return min(max(int(text), 1), FARTHEST) if text.isdigit() and len(text) < 9 else 1

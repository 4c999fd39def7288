"""
One tree, two forms: XML as GeoReport v2 prints it, and JSON through the "Spark" mapping of that XML.

Outer collection names vanish in JSON (bare arrays), wrappers become arrays, an empty element is null. Ids and codes are text;
booleans are `true`/`false` in XML and real ones in JSON; numbers are numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Many:
    """A wrapper `name` around rows, each an element `item`; rows are mappings or plain values."""

    name: str
    item: str
    rows: Sequence[Any]


@dataclass(frozen=True)
class One:
    """A single element with children."""

    name: str
    fields: Mapping[str, Any]


def to_xml(tree: Many | One) -> bytes:
    return ('<?xml version="1.0" encoding="utf-8"?>\n' + _element(tree.name, tree)).encode()


def to_json(tree: Many | One) -> bytes:
    return json.dumps(_plain(tree), ensure_ascii=False).encode("utf-8", "replace")


def _element(name: str, value: Any) -> str:
    if isinstance(value, Many):
        inside = "".join(_element(value.item, row) for row in value.rows)
    elif isinstance(value, One):
        inside = "".join(_element(key, child) for key, child in value.fields.items())
    elif isinstance(value, Mapping):
        inside = "".join(_element(key, child) for key, child in value.items())
    else:
        inside = escape(_text(value))
    return f"<{name}>{inside}</{name}>" if inside else f"<{name}/>"


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return fit(str(value))


def fit(text: str) -> str:
    """Without the characters XML 1.0 cannot say; line ends as XML reads them."""
    return _UNFIT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _plain(value: Any) -> Any:
    if isinstance(value, Many):
        return [_plain(row) for row in value.rows]
    if isinstance(value, One):
        return {key: _plain(child) for key, child in value.fields.items()}
    if isinstance(value, Mapping):
        return {key: _plain(child) for key, child in value.items()}
    if isinstance(value, str):
        return fit(value) or None
    return value

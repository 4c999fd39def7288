"""How a pack's file is read: one loader for all of them, which refuses what YAML would swallow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


class PackError(ValueError):
    """A rule pack that cannot be used; the message names file, entry, key and how to mend it."""


class _Cut(yaml.YAMLError):
    """A key between braces that has no value."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # the fast one, where it is there
    """
    In ``{note: adopted in 2017, before the Civil Code}`` YAML ends the note at the comma and takes the rest for a key without a value: half a
    source is worse than none.
    """

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        for key, value in node.value if node.flow_style else ():
            if isinstance(value, yaml.ScalarNode) and not value.value and not value.style:
                raise _Cut(
                    f"line {key.start_mark.line + 1}: {key.value!r} has no value: put quotes around the text before it, commas and all"
                )
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def content_of(path: Path) -> Any:
    """What a pack's file holds, as plain values. Raises PackError for one that is missing, is no YAML, or has a text cut at a comma."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a safe loader
    except FileNotFoundError:
        raise PackError(f"{path.name}: the file is missing: install the package again") from None
    except _Cut as fault:
        raise PackError(f"{path.name}: {fault}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise PackError(f"{path.name}: not readable as UTF-8 YAML: {fault}") from None

"""The files the facts on voting stand in, read strictly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from linli.law.reading import PackError, content_of

FOLDER: Final = Path(__file__).parent.parent / "packs" / "voting"
FILES: Final = ("sources", "rules", "profiles", "policies", "places", "reasons")
OPS: Final = (">", ">=", "<", "<=")
Op = Literal[">", ">=", "<", "<="]
Language = str


def read(name: str) -> Mapping[str, Any]:
    """One file of the folder, whole. Raises PackError when it cannot be read."""
    path = FOLDER / f"{name}.yaml"
    content = content_of(path)
    if not isinstance(content, dict) or not isinstance(content.get("entries"), list):
        raise PackError(f"{path.name}: the top level needs a list of entries")
    return content


def rows_of(name: str) -> Iterator[dict[str, Any]]:
    """The entries of one file, each with an id that stands once. Raises PackError."""
    seen: set[str] = set()
    for row in read(name)["entries"]:
        if not isinstance(row, dict) or not isinstance(row.get("id"), str):
            raise PackError(f"{name}.yaml: every entry is a mapping with an id")
        if row["id"] in seen:
            raise PackError(f"{name}.yaml: {row['id']}: id: occurs twice; each may stand once")
        seen.add(row["id"])
        yield row


def only_known(file: str, row: Mapping[str, Any], known: frozenset[str]) -> None:
    """A key nobody reads would look like a rule that holds."""
    if surplus := sorted(row.keys() - known):
        raise PackError(f"{file}.yaml: {row['id']}: {surplus[0]}: is not a key here; use one of {', '.join(sorted(known))}")


def made_of(kind: type[Any], file: str, row: Mapping[str, Any]) -> Any:
    """An entry as its class. Raises PackError for a key that is missing or not its own."""
    try:
        return kind(**row)
    except TypeError as fault:
        raise PackError(f"{file}.yaml: {row.get('id') or row.get('name')}: {fault}") from None


def day_of(text: str | None) -> date | None:
    """A day as the files write it; None where none stands."""
    return date.fromisoformat(text) if text else None

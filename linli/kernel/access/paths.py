"""
Paths of the place tree: each level adds one fixed-width segment, so a subtree is a range of an ordinary index.

Segments use digits and capitals alone, which every database and collation orders alike.
"""

from __future__ import annotations

from typing import Any

WIDTH = 6
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def segment(number: int) -> str:
    """`number` (a place's id, below 36**6) in base 36, six characters."""
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = _DIGITS[rest] + text
    if len(text) > WIDTH:
        raise ValueError("place number too large for its path")
    return text.rjust(WIDTH, "0")


def number_of(text: str) -> int:
    """The place's id behind a segment."""
    return int(text, 36)


def within(path: str, root: str) -> bool:
    """Is `path` the place at `root` or below it? The empty root is the whole tree."""
    return path.startswith(root)


def ceiling(root: str) -> str:
    """The last string any path under `root` can sort before."""
    return root + "Z" * WIDTH


def subtree(field: str, root: str) -> dict[str, Any]:
    """Filter arguments: the place at `root` and everything below, as an index range on `field`."""
    return {f"{field}__gte": root, f"{field}__lte": ceiling(root)} if root else {}


def ancestors(path: str) -> list[str]:
    """Every path from the top down to `path` itself."""
    return [path[: end + WIDTH] for end in range(0, len(path), WIDTH)]

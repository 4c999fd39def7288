"""People counted in groups: by age, and so that a count points at nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

# Fewer than so many in a group, and the group would be a list of names.
LEAST_COUNT: Final = 3
AGE_BANDS: Final = ((18, 34, "a18"), (35, 59, "a35"), (60, 79, "a60"), (80, 200, "a80"))


@dataclass(frozen=True)
class Share:
    """So many of so many; `part` is None where it is protected."""

    label: str
    part: int | None
    whole: int


def protected(rows: Sequence[tuple[str, int, int]], least: int = LEAST_COUNT) -> list[Share]:
    """
    (label, part, whole) with parts of one or two, and all but one or two of a group, taken out: they point at people. When exactly one
    would be taken out, the next smallest goes too, as the sum would give it away.
    """
    hidden = {n for n, (_label, part, whole) in enumerate(rows) if 0 < part < least or 0 < whole - part < min(least, whole)}
    if len(hidden) == 1 and len(rows) > 1:
        beside = min((n for n in range(len(rows)) if n not in hidden), key=lambda n: (rows[n][1] == 0, rows[n][1], rows[n][2]))
        hidden.add(beside)
    return [Share(label, None if n in hidden else part, whole) for n, (label, part, whole) in enumerate(rows)]


def age_band(born_on: date | None, today: date) -> str:
    """The band of somebody's age; empty when the birthday is not known, "u18" for children."""
    if born_on is None:
        return ""
    age = today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))
    return next((code for low, high, code in AGE_BANDS if low <= age <= high), "u18")

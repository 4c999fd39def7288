"""Groups: age bands turn on the birthday, and no count points at people."""

from __future__ import annotations

from datetime import date

import pytest

from linli.lib.groups import Share, age_band, protected


@pytest.mark.parametrize(
    ("born", "band"),
    [("1940-06-11", "a80"), ("1946-06-10", "a80"), ("1946-06-11", "a60"), ("2008-06-10", "a18"), ("2008-06-11", "u18"), (None, "")],
)
def test_an_age_band_turns_on_the_birthday(born: str | None, band: str) -> None:
    assert age_band(date.fromisoformat(born) if born else None, date(2026, 6, 10)) == band


@pytest.mark.parametrize(
    ("rows", "parts"),
    [
        ([("a", 5, 9), ("b", 7, 20)], [5, 7]),
        ([("a", 1, 9), ("b", 7, 20), ("c", 5, 30)], [None, 7, None]),
        ([("a", 2, 9), ("b", 1, 20), ("c", 5, 30)], [None, None, 5]),
        ([("a", 8, 9), ("b", 0, 20), ("c", 5, 30)], [None, 0, None]),
        ([("a", 0, 9), ("b", 0, 20)], [0, 0]),
        ([("a", 1, 1)], [None]),
    ],
)
def test_counts_that_point_at_people_are_taken_out(rows: list[tuple[str, int, int]], parts: list[int | None]) -> None:
    assert protected(rows) == [Share(label, part, whole) for (label, _part, whole), part in zip(rows, parts, strict=True)]

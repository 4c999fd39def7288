"""
Splitting a sum of money so that it adds up to the fen: levies, maintenance fund, lift additions.

Largest remainders (Hamilton's method; Balinski and Young, "Fair Representation", 1982, chapter 2): everybody gets the whole fen of their exact
share, and the fen left over go to the largest fractions. Nobody is more than one fen away from the exact share. Equal fractions go to the
greater weight, then to the smaller id as text, so that anybody who recomputes gets the same.

A levy by area is what Civil Code art. 283 says when nothing else was agreed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from linli.lib.problems import InputProblem

By = Literal["home", "area"]


class ShareProblem(InputProblem):
    """The sum cannot be split in this way."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one pays: whole fen, and the exact share in fen it was rounded from."""

    fen: int
    exact: Fraction


@dataclass(frozen=True, slots=True)
class Home:
    """A home in a lift plan: its floor (ground floor is 1, below it 0 and less), and its area in 0.01 m²."""

    floor: int
    area: int


def split(total_fen: int, weights: Mapping[str, int | Fraction]) -> dict[str, Share]:
    """`total_fen` (0 or more) in proportion to `weights` (0 or more, not all 0). Raises ShareProblem."""
    if total_fen < 0:
        raise ShareProblem("negative_total", "要分摊的金额不能是负数。", "The sum to split cannot be negative.")
    whole = sum(map(Fraction, weights.values()), start=Fraction(0))
    if any(weight < 0 for weight in weights.values()) or not whole:
        raise ShareProblem(
            "no_weights",
            "分摊比例不能是负数，也不能全是零。请补上面积或系数。",
            "Weights cannot be negative, nor all zero. Enter the areas or coefficients.",
        )
    exact = {one: total_fen * Fraction(weight) / whole for one, weight in weights.items()}
    fen = {one: share.numerator // share.denominator for one, share in exact.items()}
    left = total_fen - sum(fen.values())
    for one in sorted(exact, key=lambda one: (fen[one] - exact[one], -weights[one], one))[:left]:
        fen[one] += 1
    return {one: Share(fen[one], exact[one]) for one in weights}


def by_area(total_fen: int, areas: Mapping[str, int]) -> dict[str, Share]:
    """In proportion to areas in 0.01 m²."""
    return split(total_fen, areas)


def by_home(total_fen: int, homes: list[str]) -> dict[str, Share]:
    """The same for every home. Raises ShareProblem when a home is named twice."""
    if len(set(homes)) < len(homes):
        raise ShareProblem("home_twice", "同一户写了两次。请删去重复的。", "A home is named twice. Remove the repetition.")
    return split(total_fen, dict.fromkeys(homes, 1))


@dataclass(frozen=True, slots=True)
class FloorScheme:
    """
    Coefficients by floor for adding a lift: floors named in `table` have theirs; any other floor above `free_up_to` has
    `base + step * (floor - base_floor)`, never below 0; the rest pay nothing. `by` says whether a coefficient counts per home or per 0.01 m².

    Local rules publish such tables (for instance 3rd floor 1.0 and 0.1 more for each floor above, 1st and 2nd free); none is built in here,
    because the owners concerned agree on theirs (Civil Code art. 278, and the place's rules for adding lifts).
    """

    base: Fraction
    step: Fraction
    base_floor: int = 3
    free_up_to: int = 1
    table: Mapping[int, Fraction] | None = None
    by: By = "home"

    def coefficient(self, floor: int) -> Fraction:
        if self.table and floor in self.table:
            return Fraction(self.table[floor])
        if floor <= self.free_up_to:
            return Fraction(0)
        return max(Fraction(0), self.base + self.step * (floor - self.base_floor))


def by_floor(total_fen: int, homes: Mapping[str, Home], scheme: FloorScheme) -> dict[str, Share]:
    """In proportion to the coefficients of the floors, and to areas where the scheme says so. Raises ShareProblem when nobody would pay."""
    weights = {one: scheme.coefficient(home.floor) * (home.area if scheme.by == "area" else 1) for one, home in homes.items()}
    return split(total_fen, weights)

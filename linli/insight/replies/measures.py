"""Agreement of two labellers, or of a rule with one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True)
class Agreement:
    """
    Cohen's kappa with its large-sample standard error, the plain share of agreement, how many pairs, and how often each said yes.
    `kappa` is None when both always gave the same single answer: then chance agrees as often and kappa says nothing.
    """

    pairs: int
    agreed: float
    kappa: float | None
    error: float
    labelled_yes: float
    found_yes: float


def cohen_kappa(labelled: Sequence[bool], found: Sequence[bool]) -> Agreement:
    """
    Agreement beyond chance of two lists of yes and no. J. Cohen, "A coefficient of agreement for nominal scales", Educational and
    Psychological Measurement 20 (1960). Raises ValueError for lists of different length or none.
    """
    if len(labelled) != len(found) or not labelled:
        raise ValueError("two lists of the same length, not empty, are needed")
    n = len(labelled)
    agreed = sum(a == b for a, b in zip(labelled, found, strict=True)) / n
    yes_a, yes_b = sum(labelled) / n, sum(found) / n
    chance = yes_a * yes_b + (1 - yes_a) * (1 - yes_b)
    if chance == 1:
        return Agreement(n, agreed, None, 0.0, yes_a, yes_b)
    return Agreement(n, agreed, (agreed - chance) / (1 - chance), sqrt(agreed * (1 - agreed) / n) / (1 - chance), yes_a, yes_b)

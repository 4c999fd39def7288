"""When a suggestion is worth more than a look by a person: what a wrong dispatch costs decides."""

from __future__ import annotations

from typing import Final

WRONG_COSTS: Final = 3.0
"""A message sent to the wrong department costs as much as three looks by a person (it comes back, is read again, and waits)."""


def threshold_of(wrong_costs: float = WRONG_COSTS) -> float:
    """
    The confidence from which a suggestion is worth more than a look by a person: where (1 - confidence) · `wrong_costs` = 1 (C. K. Chow,
    "On optimum recognition error and reject tradeoff", IEEE Trans. Inf. Theory 16, 1970). A wrong dispatch that costs one look or less
    needs no threshold (0).
    """
    return 1 - 1 / wrong_costs if wrong_costs > 1 else 0.0

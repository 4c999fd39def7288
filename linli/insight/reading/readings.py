"""What reading a text gives, whoever reads: a trained model or the rules of the first day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

TOP: Final = 3


@dataclass(frozen=True)
class Reading:
    """
    What one text was read as: labels with their chances, likeliest first (at most three), and the words that spoke for each, the strongest
    first. `sure` says whether the first is likelier than the threshold. A text without a known word is never sure.
    """

    labels: tuple[str, ...]
    chances: tuple[float, ...]
    words: tuple[tuple[str, ...], ...]
    sure: bool


class Reader(Protocol):
    """Anything that reads texts into labels; it keeps nothing and decides nothing."""

    @property
    def labels(self) -> tuple[str, ...]: ...

    def read(self, texts: Sequence[str], *, explained: int = TOP) -> Iterator[Reading]: ...

"""
What a reader learns of an encoder's vectors beside its own pieces.

The two are columns of one matrix: pieces times √(1 − share), vectors times √share, so that a text is of length 1 as ever and one solution is
found for both. Vectors are taken from their mean first, as those of an encoder all point much the same way (J. Mu & P. Viswanath,
"All-but-the-top", ICLR 2018). Needs numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

import numpy as np

from linli.insight.reading.encoder import to_length_one
from linli.lib.problems import InputProblem

if TYPE_CHECKING:
    from linli.insight.reading.encoder import Encoder

Array: TypeAlias = "np.ndarray[Any, Any]"

TRIED: Final = (0.0, 0.15, 0.3, 0.5, 0.7)
"""Shares of the encoder that are tried on texts not seen; with 0 the reader is as without."""

WITHIN: Final = 0.003
"""So much less of the texts read rightly is a fair price for the simpler reader."""


@dataclass(frozen=True)
class Beside:
    """
    `centre` (dimension,) the mean vector of what was learned, `weights` (dimension, classes), `files` the fingerprint of the encoder they
    belong to. Without that `encoder` it scores nothing.
    """

    centre: Array
    weights: Array
    files: dict[str, str]
    encoder: Encoder | None = field(default=None, repr=False, compare=False)

    def scores(self, texts: Sequence[Any]) -> Array:
        """What the encoder adds to the scores (texts, classes). Raises InputProblem without an encoder."""
        if self.encoder is None:
            needs_encoder()
        found: Array = centred(self.encoder.vectors(texts), self.centre) @ self.weights
        return found

    def reading_with(self, encoder: Encoder) -> Beside:
        """The same with its encoder. Raises InputProblem when it is another than the one it learned beside."""
        other = sorted(name for name in {*self.files, *encoder.files} if self.files.get(name) != encoder.files.get(name))
        if other or encoder.dimension != len(self.centre):
            raise InputProblem(
                "other_encoder",
                f"这不是训练时用的那个编码器（{'、'.join(other)} 不一样）。请换回原来的文件夹，或用它重新训练（linli insight train）。",
                f"This is not the encoder the model learned beside ({', '.join(other)} differ). "
                "Name the folder it had, or train again with this one (linli insight train).",
            )
        return replace(self, encoder=encoder)


def needs_encoder() -> NoReturn:
    raise InputProblem(
        "needs_encoder",
        "这个模型是和编码器一起训练的，请用 --encoder 写明编码器的文件夹。",
        "This model learned beside an encoder; name the encoder's folder with --encoder.",
    )


def centred(vectors: Array, centre: Array) -> Array:
    """`vectors` taken from `centre`, to length 1; a text without a vector (0) stays without."""
    there = vectors.any(axis=1, keepdims=True)
    return to_length_one(np.where(there, vectors - centre, 0))


def centre_of(vectors: Array) -> Array:
    """The mean of those vectors that are not 0; 0 when there is none."""
    there = vectors[vectors.any(axis=1)]
    found: Array = there.mean(axis=0, dtype=np.float64).astype(np.float32) if len(there) else np.zeros(vectors.shape[1], dtype=np.float32)
    return found


def best_of(tables: Sequence[Array], truth: Array, rows: Array) -> int:
    """The number of the first table of scores (the least share) that reads the `rows` as rightly as the best, but for `WITHIN`; 0 without rows."""
    right = [int((table[rows].argmax(axis=1) == truth[rows]).sum()) if len(rows) else 0 for table in tables]
    return next(n for n, many in enumerate(right) if many >= max(right) - WITHIN * len(rows))


def told_of(encoder: Encoder, shares: Sequence[float], tables: Sequence[Array], truth: Array, rows: Array, best: int) -> dict[str, Any]:
    """For the facts of a model: the encoder's fingerprint, the share it has, and which part of the texts not seen each share read rightly."""
    tried = {}
    if len(rows):
        for share, table in zip(shares, tables, strict=True):
            tried[f"{share:g}"] = round(float((table[rows].argmax(axis=1) == truth[rows]).mean()), 4)
    return {"files": dict(encoder.files), "dimension": encoder.dimension, "share": shares[best], "tried": tried}

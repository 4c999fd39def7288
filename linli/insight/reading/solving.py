"""
Regularised least squares over texts, by conjugate gradients (M. Hestenes & E. Stiefel 1952), without making a table of texts by texts.

Needs numpy.
"""

from __future__ import annotations

from typing import Any, Final, Protocol, TypeAlias

import numpy as np

Array: TypeAlias = "np.ndarray[Any, Any]"

RIDGE: Final = 0.15
ROUNDS: Final = 60
NEAR: Final = 0.05
BLOCK: Final = 1000
"""Texts that are gone through at once, as a copy of all costs memory."""


class Squared(Protocol):
    def squared(self, columns: Array) -> Array: ...


class Scaled:
    """`matrix` with each column times `telling` and each row scaled to length 1, without being made."""

    def __init__(self, matrix: Any, telling: Array) -> None:
        self._matrix, self._transposed, self._telling = matrix, matrix.T, telling[:, None]
        self.pieces = len(telling)
        length = np.zeros(matrix.shape[0])
        for at in range(0, len(length), BLOCK):
            block = matrix[at : at + BLOCK]
            np.square(block.data, out=block.data)
            length[at : at + BLOCK] = np.sqrt(block @ np.square(telling))
        self._rows = np.where(length > 0, 1 / np.where(length > 0, length, 1), 0).astype(np.float32)[:, None]

    def times(self, columns: Array) -> Array:
        found: Array = self._rows * (self._matrix @ (self._telling * columns))
        return found

    def turned(self, columns: Array) -> Array:
        found: Array = self._transposed @ (self._rows * columns)
        found *= self._telling
        return found

    def squared(self, columns: Array) -> Array:
        """M·Mᵀ·`columns`."""
        middle = self._transposed @ (self._rows * columns)
        middle *= self._telling
        middle *= self._telling
        found: Array = self._rows * (self._matrix @ middle)
        return found


class Joined:
    """M·Mᵀ of pieces and vectors in one matrix, without being made."""

    def __init__(self, pieces: Squared, vectors: Array, share: float) -> None:
        self._pieces, self._vectors, self._share = pieces, vectors, np.float32(share)

    def squared(self, columns: Array) -> Array:
        found = self._pieces.squared(columns)
        found *= 1 - self._share
        found += self._share * (self._vectors @ (self._vectors.T @ columns))
        return found


def solved(matrix: Squared, targets: Array, heard: Array, *, rounds: int = ROUNDS, near: float = NEAR) -> Array:
    """
    The duals A of (M·Mᵀ + ridge) A = `targets` over the rows that are `heard` (0 for the others), all columns at once, by conjugate gradients
    until every column's rest is below `near` of its beginning. Neither M·Mᵀ (texts × texts) nor a part of M is ever made.
    """
    heard = heard[:, None].astype(np.float32)
    targets = targets * heard
    found = np.zeros_like(targets)
    rest = targets.copy()
    way = rest.copy()
    length = (rest * rest).sum(axis=0)
    enough = length * near**2
    for _n in range(rounds):
        image = heard * matrix.squared(way) + np.float32(RIDGE) * way
        step = length / np.maximum((way * image).sum(axis=0), 1e-30)
        found += step * way
        rest -= step * image
        before, length = length, (rest * rest).sum(axis=0)
        if (length <= enough).all():
            break
        way = rest + (length / np.maximum(before, 1e-30)) * way
    return found

"""
How well a reader reads: accuracy, F1 by class, who is mistaken for whom, and whether its confidence can be believed.

Macro-F1 is the mean over classes of 2PR/(P+R) (the measure of the eighth Teddy Cup, task C). Expected calibration error: the mean
distance between confidence and hit rate over bins of equal width (C. Guo, G. Pleiss, Y. Sun, K. Weinberger, "On calibration of modern
neural networks", ICML 2017). Needs numpy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

Array: TypeAlias = "np.ndarray[Any, Any]"

BINS: Final = 15


@dataclass(frozen=True)
class OfLabel:
    """One class: how many rows truly have it, precision, recall, F1 (0 where nothing was there to count)."""

    label: str
    rows: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Measures:
    """
    `confused` holds (true label, told label, rows), the most frequent mistake first. `sure` is the share of rows at or above the threshold,
    `sure_accuracy` the accuracy among them (0 where there are none).
    """

    rows: int
    accuracy: float
    macro_f1: float
    top3: float
    calibration_error: float
    sure: float
    sure_accuracy: float
    labels: tuple[OfLabel, ...]
    confused: tuple[tuple[str, str, int], ...]


def measures_of(truth: Array, chances: Array, labels: tuple[str, ...], threshold: float = 0.0) -> Measures:
    """
    Of true classes (rows,) as numbers of `labels`, and chances (rows, classes) that sum to 1. A class that never occurs in `truth` counts
    in the macro-F1 only if it was told. Raises ValueError without any row.
    """
    if not len(truth):
        raise ValueError("no rows")
    told = chances.argmax(axis=1)
    confidence = chances[np.arange(len(truth)), told]
    right = told == truth
    table = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(table, (truth, told), 1)
    by_label = tuple(_of_label(label, n, table) for n, label in enumerate(labels))
    met = [row for n, row in enumerate(by_label) if row.rows or table[:, n].any()]
    best = np.argsort(-chances, axis=1, kind="stable")[:, :3]
    sure = confidence >= threshold
    wrong = [(labels[a], labels[b], int(table[a, b])) for a, b in np.argwhere(table) if a != b]
    return Measures(
        rows=len(truth),
        accuracy=float(right.mean()),
        macro_f1=float(np.mean([row.f1 for row in met])),
        top3=float((best == truth[:, None]).any(axis=1).mean()),
        calibration_error=calibration_error(confidence, right),
        sure=float(sure.mean()),
        sure_accuracy=float(right[sure].mean()) if sure.any() else 0.0,
        labels=by_label,
        confused=tuple(sorted(wrong, key=lambda pair: -pair[2])),
    )


def _of_label(label: str, n: int, table: Array) -> OfLabel:
    hits, told, rows = int(table[n, n]), int(table[:, n].sum()), int(table[n].sum())
    return OfLabel(
        label, rows, hits / told if told else 0.0, hits / rows if rows else 0.0, 2 * hits / (told + rows) if told + rows else 0.0
    )


def calibration_error(confidence: Array, right: Array, bins: int = BINS) -> float:
    """The expected calibration error, 0 (believe it) to 1, of confidences (rows,) and whether each was right (rows,)."""
    at = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    sums = np.bincount(at, weights=confidence - right, minlength=bins)
    return float(np.abs(sums).sum() / len(confidence))

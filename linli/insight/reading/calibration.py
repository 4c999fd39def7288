"""
From scores to chances that can be believed: softmax(slope · score + offset of the class), fitted on rows the scores were not learned from.

Vector scaling with one common slope (C. Guo et al., ICML 2017; J. Platt 1999 for two classes). From chances to "I am not sure" see `doubt`.
Needs numpy.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = "np.ndarray[Any, Any]"


def chances_of(scores: Array, slope: float, offsets: Array) -> Array:
    """Chances (rows, classes) of `scores` (rows, classes); every row sums to 1."""
    raised = scores * slope + offsets
    raised = np.exp(raised - raised.max(axis=1, keepdims=True))
    chances: Array = raised / raised.sum(axis=1, keepdims=True)
    return chances


def calibrated(scores: Array, truth: Array, *, rounds: int = 60) -> tuple[float, Array]:
    """
    The slope and offsets (classes,) that make `truth` (rows,) most likely, by damped Newton steps. Offsets are held near 0 by a weak
    prior, so that a class with few rows is not thrown about; slope 1 and no offsets without rows.
    """
    classes = scores.shape[1]
    theta = np.append(1.0, np.zeros(classes))
    if not len(truth):
        return 1.0, theta[1:]
    scores = scores.astype(np.float64)
    wanted = np.eye(classes)[truth]
    prior = np.append(1e-6, np.full(classes, 1.0))
    damping, loss = 1e-3, _loss(theta, scores, truth, prior)
    for _n in range(rounds):
        chances = chances_of(scores, theta[0], theta[1:])
        beyond = chances - wanted
        gradient = np.append((beyond * scores).sum(), beyond.sum(axis=0)) + prior * theta
        middle = scores - (chances * scores).sum(axis=1, keepdims=True)
        curve = np.diag(prior)
        curve[0, 0] += (chances * middle * scores).sum()
        curve[0, 1:] += (chances * middle).sum(axis=0)
        curve[1:, 0] = curve[0, 1:]
        curve[1:, 1:] += np.diag(chances.sum(axis=0)) - chances.T @ chances
        step = np.linalg.solve(curve + damping * np.diag(np.diag(curve)), gradient)
        tried = _loss(theta - step, scores, truth, prior)
        if tried > loss:
            damping *= 10
            continue
        theta, damping = theta - step, max(damping / 10, 1e-9)
        if loss - tried < 1e-9 * max(1.0, loss):
            break
        loss = tried
    return float(theta[0]), theta[1:]


def _loss(theta: Array, scores: Array, truth: Array, prior: Array) -> float:
    chances = chances_of(scores, theta[0], theta[1:])
    return float(-np.log(np.maximum(chances[np.arange(len(truth)), truth], 1e-300)).sum() + (prior * theta**2).sum() / 2)

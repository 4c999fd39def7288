"""
How likely a count is where all is honest: exact upper tails in plain Python, and what many looks do to them.

Each answers "at least `k`", so that fewer hits are never less likely. A `spread` (the intra-class correlation) says how much honest places
differ among themselves: 0 is the plain binomial.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import exp, expm1, lgamma, log, log1p


def binomial(k: int, n: int, share: float) -> float:
    """At least `k` of `n`, each with chance `share`, each by itself."""
    if k <= 0:
        return 1.0
    if k > n or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    return _sum(_choose(n, i) + i * log(share) + (n - i) * log1p(-share) for i in range(k, n + 1))


def beta_binomial(k: int, n: int, share: float, spread: float) -> float:
    """At least `k` of `n` where the share itself differs from place to place around `share` (J. G. Skellam 1948)."""
    if spread < 1e-6:
        return binomial(k, n, share)
    if k <= 0:
        return 1.0
    if k > n or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    size = 1 / spread - 1
    a, b = share * size, (1 - share) * size
    whole = _beta(a, b)
    return _sum(_choose(n, i) + _beta(a + i, b + n - i) - whole for i in range(k, n + 1))


def negative_binomial(k: int, mean: float, variance: float) -> float:
    """At least `k` of a count with this mean and variance; Poisson where the variance is no larger than the mean."""
    if k <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    if variance <= mean * (1 + 1e-9):
        return _count_tail(k, mean, lambda i: i * log(mean) - mean - lgamma(i + 1))
    size = mean * mean / (variance - mean)
    chance = mean / variance
    start = size * log(chance) - lgamma(size)
    return _count_tail(k, mean, lambda i: lgamma(i + size) - lgamma(i + 1) + start + i * log1p(-chance))


def sum_of_chances(k: int, chances: Sequence[float]) -> float:
    """At least `k` of several that each have their own chance and happen each by itself (the Poisson binomial, by convolution)."""
    if k <= 0:
        return 1.0
    if k > len(chances):
        return 0.0
    counts = [1.0]
    for chance in chances:
        grown = [count * (1 - chance) for count in counts] + [0.0]
        for i, count in enumerate(counts):
            grown[i + 1] += count * chance
        counts = grown
    return min(1.0, sum(reversed(counts[k:])))


def among(chance: float, looks: int) -> float:
    """That something with this chance shows at least once in so many looks (Z. Šidák 1967)."""
    if chance >= 1:
        return 1.0
    return min(1.0, -expm1(max(1, looks) * log1p(-chance)))


def _count_tail(k: int, mean: float, logged: Callable[[int], float]) -> float:
    """Summed from `k` upwards until nothing more comes; below the mean from the other side, where few terms stand."""
    if k <= mean:
        return max(0.0, 1 - sum(exp(logged(i)) for i in range(k)))
    total, i = 0.0, k
    while True:
        part = exp(logged(i))
        total += part
        i += 1
        if part <= total * 1e-12 or i > k + 100_000:
            return min(1.0, total)


def _sum(logs: Iterable[float]) -> float:
    return min(1.0, sum(exp(one) for one in logs))


def _choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def _beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)

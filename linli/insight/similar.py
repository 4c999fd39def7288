"""
"Somebody has said this already": open requests like a text that is being typed.

Likeness is weighted overlap of search tokens (pairs of characters), tempered by distance and age. It only suggests "me too".
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Set
from dataclasses import dataclass
from typing import Final

from linli.lib.texts import holds, search_tokens, word_tokens

COMMON: Final = frozenset(
    re.findall(
        r"\S+",
        """
        小区 我们 你们 他们 一个 没有 问题 这个 那个 现在 已经 希望 请问 解决 处理 反映 情况 部门 领导 居民 业主
        不能 可以 什么 怎么 如何 进行 相关 有关 尽快 您好 你好 谢谢 的 了 在 是 有 和 就 都 而 及 与 着 或 也
        很 到 说 要 去 会 我 你 他 她 它 这 那 们 个 上 下 不 请 被 把 让 给 对 从
        """,
    )
)


@dataclass(frozen=True)
class Match:
    """A candidate that resembles the text: its id, a score from 0 to 1, and the shared words, weightiest first."""

    id: int | str
    score: float
    reason: tuple[str, ...]


def similarity(a_tokens: Collection[str], b_tokens: Collection[str]) -> float:
    """
    How alike two token lists (`search_tokens`) are, from 0 (nothing shared) to 1 (same words); symmetric.

    The mean of weighted Jaccard and weighted overlap: a short text wholly inside a long one counts as rather alike.
    """
    a, b = set(a_tokens), set(b_tokens)
    return _alike(a, _weight(a), b)


def _alike(a: Set[str], weight_a: int, b: Set[str]) -> float:
    shared = _weight(a & b)
    if not shared:
        return 0.0
    weight_b = _weight(b)
    return (shared / (weight_a + weight_b - shared) + shared / min(weight_a, weight_b)) / 2


def rank_similar(
    text: str,
    candidates: Iterable[tuple[int | str, str, float | None, float]],
    *,
    top: int = 5,
    least: float = 0.2,
    reach_metres: float = 300.0,
    fade_hours: float = 24.0 * 14,
) -> list[Match]:
    """
    The candidates most like `text`, best first, at least `least` alike; ties keep the order given.

    A candidate is (id, text, metres away or None when unknown, hours since it was raised). The score halves at `reach_metres`
    away and at `fade_hours` of age loses a fifth; an unknown distance counts as half the reach.
    """
    own = set(search_tokens(text))
    weight, found = _weight(own), []
    for key, other_text, metres, hours in candidates:
        other = set(search_tokens(other_text))
        score = (
            _alike(own, weight, other)
            * _nearness(reach_metres / 2 if metres is None else metres, reach_metres)
            * _freshness(hours, fade_hours)
        )
        if score >= least:
            found.append((round(score, 3), key, other))
    best = sorted(found, key=lambda one: -one[0])[:top]
    words = word_tokens(text) if best else []
    return [Match(key, score, _shared_words(words, other)) for score, key, other in best]


def _nearness(metres: float, reach: float) -> float:
    return 1 / (1 + (max(0.0, metres) / reach) ** 2)


def _freshness(hours: float, fade: float) -> float:
    return 0.6 + 0.4 * math.exp(-max(0.0, hours) / fade * math.log(2))


def _weight(tokens: Set[str]) -> int:
    """In tenths: longer runs of letters and digits tell most, single characters and everyday words little."""
    plain = tokens - COMMON
    return sum(10 if len(token) == 2 else 3 if len(token) == 1 else 15 for token in plain) + len(tokens) - len(plain)


def _shared_words(own: Collection[str], other: Collection[str]) -> tuple[str, ...]:
    shared = [word for word in own if len(word) > 1 and word not in COMMON and holds(other, word)]
    return tuple(sorted(shared, key=lambda word: -len(word))[:4])

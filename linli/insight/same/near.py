"""
The same question over the few dozen reports a database finds nearby, in plain Python: what pages use, as they hold no index and no numpy.

The same scorecard judges; a text's pieces are its search tokens, weighed by how rare they are among the reports at hand, everyday words of
letters to an office hardly at all (inverse document frequency: K. Spärck Jones 1972).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from linli.insight.same.evidence import NEAR
from linli.insight.same.reports import Found, Report, pair_of
from linli.insight.same.scorecard import Scorecard
from linli.insight.similar import COMMON
from linli.lib.texts import holds, search_tokens, word_tokens

HEAD: Final = 60
REST: Final = 100
STRONG: Final = 5.0
"""As in `pieces`, which needs numpy; less is read after the head, as a page waits for it (bench/README.md)."""
WORDS: Final = 4
FEW: Final = 5.0
"""Texts thought of beside those at hand, which have no token of theirs: of three texts nobody learns what is rare (tried: bench/README.md)."""
ALONE: Final = 0.5
"""What a token counts that the asked text alone has: it tells how the writer writes, not which of the others is meant (tried: bench/README.md)."""


@dataclass(frozen=True)
class _Read:
    report: Report
    tokens: dict[str, float]


def tokens_of(text: str) -> dict[str, float]:
    """The search tokens of a text's head (its first line) and of what is read after it, with how strong each is."""
    text = text.replace("\x00", " ").encode("utf-8", "ignore").decode().lstrip()
    head = text.partition("\n")[0][:HEAD]
    rest = dict.fromkeys(search_tokens(text[len(head) : len(head) + REST]), 1.0)
    return rest | dict.fromkeys(search_tokens(head), STRONG)


def find_near(asked: Report, nearby: Sequence[Report], *, top: int = 3, least: float = 0.0, card: Scorecard = NEAR) -> list[Found]:
    """
    Those of `nearby` that may be the same matter as `asked`, the likeliest first (of equals the one given first), at most `top`, with a
    chance of at least `least`. One with the id of `asked` is left out.
    """
    own = tokens_of(asked.text)
    others = [_Read(one, tokens_of(one.text)) for one in nearby if not asked.id or one.id != asked.id]
    weights = weights_of([own, *(one.tokens for one in others)])
    known = {token for one in others for token in one.tokens}
    weights |= {token: weights[token] * ALONE for token in own.keys() - known}
    found = []
    for one in others:
        text = alike(own, one.tokens, weights) if own and one.tokens else None
        pair = pair_of(asked, one.report, text)
        chance, reasons = card.judge(pair.values)
        if chance >= least:
            found.append((chance, pair, reasons, one))
    best = sorted(found, key=lambda one: -one[0])[:top]
    words = word_tokens(asked.text[: HEAD + REST]) if best else []
    return [
        Found(one.report.id, round(chance, 4), _shared(words, one.tokens, weights), pair.metres, pair.hours, reasons, one.report.text)
        for chance, pair, reasons, one in best
    ]


def weights_of(texts: Sequence[Collection[str]]) -> dict[str, float]:
    """How much each token tells: the rarer among the texts, the more; single characters and everyday words little."""
    often = Counter(token for tokens in texts for token in tokens)
    return {token: _worth(token) * math.log1p((len(texts) + FEW) / (count + 1)) for token, count in often.items()}


def _worth(token: str) -> float:
    return 0.1 if token in COMMON else 0.3 if len(token) == 1 else 1.0 if len(token) == 2 else 1.5


def alike(own: Mapping[str, float], other: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """From 0 to 1: the cosine of two texts whose tokens weigh strength times `weights`; symmetric."""
    shared = sum(own[token] * other[token] * weights[token] ** 2 for token in own.keys() & other.keys())
    if not shared:
        return 0.0
    one, two = (sum((strong * weights[token]) ** 2 for token, strong in text.items()) for text in (own, other))
    return min(1.0, shared / math.sqrt(one * two))


def _shared(words: Sequence[str], tokens: Collection[str], weights: Mapping[str, float]) -> tuple[str, ...]:
    """Words of the text asked for that the other has too, those that tell most first."""
    shared = [word for word in words if len(word) > 1 and word not in COMMON and holds(tokens, word)]
    return tuple(sorted(shared, key=lambda word: -sum(weights.get(word[n : n + 2], 0.0) for n in range(max(1, len(word) - 1))))[:WORDS])

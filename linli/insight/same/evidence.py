"""
The house's own scorecards, for where nobody marked repeats yet: `CARD` for an index of many, `NEAR` for the few dozen a page compares.

Points of words: how much more often two messages on one event are so alike than others (185 messages of ten events among 4,326, hot-topic
data of the eighth Teddy Cup; for `NEAR` against the most alike of other events), lessened, as what is said in one compound resembles
itself. Points of place, time, category and state: a logistic regression over the repeats clerks named among the requests of a city (436 of
228,450 pairs within 250 m and 60 days, Boston 311, summer 2011), rounded, and made monotone where an address says the same as the distance.
The base is a judgement: of what is open nearby one in a hundred or so. How well it does stands in bench/README.md.
"""

from __future__ import annotations

from typing import Final

from linli.insight.same.scorecard import Scorecard, Table

_LIKENESS: Final = (0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.5, 0.8)


def _card(base: float, text: tuple[float, ...]) -> Scorecard:
    return Scorecard(
        base,
        {
            "text": Table(_LIKENESS, text),
            "metres": Table((15.0, 40.0, 80.0, 150.0, 400.0), (0.9, 0.7, 0.0, -0.2, -1.6, -2.5)),
            "hours": Table((24.0, 72.0, 168.0, 336.0, 720.0, 1440.0), (1.0, 0.5, 0.0, -0.4, -0.8, -1.2, -1.7)),
            "kind": Table((0.5,), (-1.0, 1.0)),
            "spot": Table((0.5,), (-0.3, 1.3)),
            "open": Table((0.5,), (-1.5, 0.5)),
        },
    )


CARD: Final = _card(-4.0, (-4.0, -3.0, -0.5, 1.5, 2.5, 3.2, 3.8, 4.2, 4.8, 6.0))
NEAR: Final = _card(-5.0, (-4.0, -3.0, -1.0, 0.5, 1.2, 2.4, 2.8, 3.2, 4.0, 5.5))

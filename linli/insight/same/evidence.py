"""The house's own scorecard, for where nobody marked repeats yet."""

from __future__ import annotations

from typing import Final

from linli.insight.same.scorecard import Scorecard, Table

CARD: Final = Scorecard(
    base=-3.5,
    tables={
        "text": Table((0.05, 0.1, 0.2, 0.3, 0.45, 0.65, 0.9), (-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.5, 7.0), 0.0),
        "metres": Table((15, 40, 100, 250, 600), (2.0, 1.4, 0.6, -0.4, -1.5, -3.0), 0.0),
        "hours": Table((24, 168, 720, 2160), (0.8, 0.4, 0.0, -0.5, -1.0), 0.0),
        "kind": Table((0.5,), (-0.8, 0.8), 0.0),
        "spot": Table((0.5,), (0.0, 0.8), 0.0),
        "open": Table((0.5,), (-0.5, 0.3), 0.0),
    },
)

"""
Is the number earned? Detectors of figures that were made rather than earned; each answers suspicions that explain themselves and go to a person.

    from linli.insight.measure.detectors import DETECTORS
    DETECTORS["bursts"].look(rows, now)

Plain Python over plain rows, of one community or of many: a place is compared with the other places in the same rows. A suspicion is a question about a
place's period with the matters behind it. It names no person, is no score, and nothing follows from it by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from linli.insight.measure.detectors import bursts, clocks, deadlines, events, no_contact, pictures, returns, same_hand, targets
from linli.insight.measure.detectors.marks import picture_mark
from linli.insight.measure.detectors.suspicion import Detector, Parameter, Suspicion, ordered

DETECTORS: Final[dict[str, Detector]] = {
    one.DETECTOR.code: one.DETECTOR for one in (events, bursts, same_hand, no_contact, pictures, returns, deadlines, targets, clocks)
}


def together(found: Iterable[Suspicion]) -> list[Suspicion]:
    """What several looks found, each once: the same impossible moment is named by every look that met it."""
    return ordered(list({(one.detector, one.place, one.period, one.matters): one for one in found}.values()))


__all__ = ["DETECTORS", "Detector", "Parameter", "Suspicion", "picture_mark", "together"]

"""The map of opinions of a talk: votes out of the database into `linli.insight.opinion`, remembered while nobody votes. Holds no person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from linli.lib.remembered import Remembered
from linli.loops.council.talks.models import Contribution, Mark, Talk

if TYPE_CHECKING:
    from linli.insight.opinion import OpinionMap

CHOICES: Final = {"agree": 1, "disagree": -1, "pass": 0}
HAS_NUMPY: Final = find_spec("numpy") is not None
# A vote changes the key; the seconds only bound memory, and the rare exchange of two votes that leaves every count as it was.
_maps: Remembered[Any] = Remembered(300, most=200)


def map_of(talk: Talk, statements: Sequence[Contribution]) -> OpinionMap | None:
    """
    The map of the statements shown (one query where it changed); None where numpy is not installed: then there are only counts.
    """
    if not HAS_NUMPY:
        return None
    key = (talk.pk, talk.participant_count, tuple((c.pk, c.agrees, c.disagrees, c.passes) for c in statements))
    found: OpinionMap = _maps.get(key, lambda: _made(statements))
    return found


def _made(statements: Sequence[Contribution]) -> OpinionMap:
    from linli.insight.opinion import analyse, votes_of

    rows = Mark.objects.filter(contribution__in=[c.pk for c in statements]).values_list("participant_id", "contribution_id", "choice")
    votes = votes_of(((who, what, CHOICES[choice]) for who, what, choice in rows.iterator()), [c.pk for c in statements])
    return analyse(votes)[0]


@dataclass(frozen=True)
class Spot:
    """A circle of the picture: a group, or where the reader stands. Whole numbers of the picture's own units."""

    x: int
    y: int
    r: int
    name: str = ""
    size: int = 0


WIDTH: Final = 360
HEIGHT: Final = 260


def picture(told: OpinionMap, marks: Mapping[int, str]) -> tuple[list[Spot], Spot | None, str]:
    """
    The groups as circles, as large as they are many, at their middles; where the reader stands by their own votes, and the letter of
    their group (for their eyes only). No other person is on the picture.
    """
    from linli.insight.opinion import MISSING, place_of

    row = [CHOICES[marks[int(str(s))]] if int(str(s)) in marks else MISSING for s in told.statements]
    own = place_of(row, told)
    points = [g.centre for g in told.groups] + ([own[0]] if own else [])
    across, up = (max((abs(p[n]) for p in points), default=1.0) or 1.0 for n in (0, 1))
    scale = min((WIDTH / 2 - 70) / across, (HEIGHT / 2 - 60) / max(up, 1e-9))

    def at(point: tuple[float, float]) -> tuple[int, int]:
        return round(WIDTH / 2 + point[0] * scale), round(HEIGHT / 2 - point[1] * scale)

    counted = max(1, told.counted)
    circles = [Spot(*at(g.centre), round(18 + 40 * (g.size / counted) ** 0.5), g.name, g.size) for g in told.groups]
    if own is None:
        return circles, None, ""
    return circles, Spot(*at(own[0]), 7), told.groups[own[1]].name

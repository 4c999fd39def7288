"""
The map of opinions of a talk: drawn by the worker out of the votes (`linli.insight.opinion`), kept as a row, read by the pages. Holds no person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import Final

from django.db.models import Q

from linli.insight.groups.keeping import kept, told_of
from linli.insight.groups.told import LEAST_PEOPLE, LEAST_VOTES, MISSING, OpinionMap, place_of
from linli.kernel.judgement.switches import is_on
from linli.loops.council.talks.models import Contribution, Drawn, Kind, Mark, Talk

CHOICES: Final = {"agree": 1, "disagree": -1, "pass": 0}
HAS_NUMPY: Final = find_spec("numpy") is not None and find_spec("scipy") is not None
FORM: Final = 1  # of what a row holds: another number draws every map anew
REDRAWN_FOR: Final = timedelta(days=120)


@dataclass(frozen=True)
class Read:
    """A map as it was drawn `at`; `is_fresh` while nobody voted since. `why_off`: "off" by a switch, "missing" without the libraries."""

    told: OpinionMap | None
    at: datetime | None = None
    is_fresh: bool = True
    why_off: str = ""


def map_of(talk: Talk, statements: Sequence[Contribution]) -> Read:
    """
    The last map of a talk, one query. Without one yet: that people are too few, where they are; else nothing, as the worker is about to
    draw it.
    """
    if not is_on("groups", talk.place):
        return Read(None, why_off="off")
    if not HAS_NUMPY:
        return Read(None, why_off="missing")
    if talk.participant_count < LEAST_PEOPLE:
        votes = sum(c.seen for c in statements)
        few = OpinionMap(talk.participant_count, 0, tuple(c.pk for c in statements), votes, LEAST_VOTES, why_none="few_people")
        return Read(few)
    row = Drawn.objects.filter(talk=talk, form=FORM).first()
    if row is None:
        return Read(None, is_fresh=False)
    return Read(told_of(row.data), row.at, row.mark == mark_of(talk, statements))


def mark_of(talk: Talk, statements: Sequence[Contribution]) -> str:
    """What changes with every vote, and with every statement that comes or is hidden; but for two votes exchanged at once."""
    counts = sorted((c.pk, c.agrees, c.disagrees, c.passes) for c in statements)
    return hashlib.sha256(repr((talk.participant_count, counts)).encode()).hexdigest()


def any_waits(now: datetime) -> bool:
    """Did somebody vote in a talk since its map? Two queries."""
    return HAS_NUMPY and bool(_waiting(now))


def draw_due(now: datetime) -> int:
    """Draw the maps of talks in which somebody voted since the last one; returns how many. Three queries and one a map."""
    if not HAS_NUMPY:
        return 0
    waiting = _waiting(now)
    for talk, mark, said in waiting:
        Drawn.objects.update_or_create(talk=talk, defaults={"mark": mark, "form": FORM, "at": now, "data": kept(drawn(said))})
    return len(waiting)


def _waiting(now: datetime) -> list[tuple[Talk, str, list[Contribution]]]:
    """Talks whose map is out of date, with the mark of today's votes and their statements."""
    recent = Talk.objects.filter(Q(drawn=None) | Q(closes_at__gt=now - REDRAWN_FOR) | ~Q(drawn__form=FORM))
    talks = list(recent.filter(participant_count__gte=LEAST_PEOPLE).select_related("place", "drawn"))
    found: dict[int, list[Contribution]] = {talk.pk: [] for talk in talks}
    for said in Contribution.objects.filter(talk__in=talks, kind=Kind.STATEMENT, hidden_at=None):
        found[said.talk_id].append(said)
    waiting = []
    for talk in talks:
        mark, row = mark_of(talk, found[talk.pk]), getattr(talk, "drawn", None)
        if is_on("groups", talk.place) and (row is None or row.mark != mark or row.form != FORM):
            waiting.append((talk, mark, found[talk.pk]))
    return waiting


def drawn(statements: Sequence[Contribution]) -> OpinionMap:
    """The map of the votes on `statements`, computed now. For the worker: it brings numpy and scipy into the process."""
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

"""Who takes part in a talk, by age and building; and the homes nobody has spoken from, for a visit. Counted by `linli.kernel.people.groups`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from linli.kernel.matters.clock import ZONE
from linli.kernel.people.groups import TakingPart, taking_part, unreached_homes
from linli.loops.council.talks.models import Participant, Talk


@dataclass(frozen=True)
class Unreached:
    """Homes from which nobody took part, in the order of their address; `next_after` pages."""

    homes: list[tuple[str, str]]
    count: int
    next_after: str


def participation(talk: Talk, now: datetime) -> tuple[TakingPart, int]:
    """The groups, and how many took part in all, from outside too. Three queries."""
    seats = list(Participant.objects.filter(talk=talk).values_list("person_id", "home_path"))
    came = {person for person, _home in seats if person is not None}
    reached = {home for _person, home in seats}
    return taking_part(talk.place_path, came=came, reached=reached, today=now.astimezone(ZONE).date()), len(seats)


def unreached(talk: Talk, *, after: str = "", limit: int | None = 100) -> Unreached:
    """The homes nobody has taken part from; two queries. Whoever asks is logged by the page."""
    spoke = set(Participant.objects.filter(talk=talk).exclude(home_path="").values_list("home_path", flat=True))
    rows = unreached_homes(talk.place_path, spoke)
    rest = [row for row in rows if row[0] > after]
    page = rest if limit is None else rest[:limit]
    return Unreached(page, len(rows), page[-1][0] if len(page) < len(rest) else "")

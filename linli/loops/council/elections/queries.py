"""What people see of elections: lists, candidates with what the register says, seats, tasks; in a bounded number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import subtree
from linli.kernel.places.models import Place
from linli.kernel.places.queries import short_names
from linli.kernel.rolls.models import Roll, RollState
from linli.loops.council.elections.models import Candidate, Election, Line, Objection, Seat, State, Task
from linli.loops.council.elections.reading import readable

PAGE = 20


@dataclass(frozen=True)
class Found:
    """Elections under way (the first to end first), committees in office, and what is over, newest first, behind a cursor."""

    current: list[Election]
    in_office: list[Election]
    past: list[Election]
    next_before: int | None


def election_list(
    actor: Actor, *, around: Sequence[str] = (), under: Place | None = None, before: int | None = None, limit: int = PAGE
) -> Found:
    """Those the actor may read, of places around the reader where `around` is given. Two queries."""
    rows = Election.objects.filter(readable(actor)).select_related("place")
    if around:
        rows = rows.filter(place_path__in=list(around))
    if under is not None:
        rows = rows.filter(**subtree("place_path", under.path))
    over = Q(state__in=[State.ENDED, State.CANCELLED])
    live = [] if before else list(rows.exclude(over).order_by("nominate_until", "pk")[:200])
    past = rows.filter(over).order_by("-pk")
    if before:
        past = past.filter(pk__lt=before)
    shown = list(past[: limit + 1])
    return Found(
        [e for e in live if e.state != State.IN_OFFICE],
        [e for e in live if e.state == State.IN_OFFICE],
        shown[:limit],
        shown[limit - 1].pk if len(shown) > limit else None,
    )


def candidates_of(election: Election) -> list[Candidate]:
    """All who were named, in their order, with `second_count`. One query."""
    rows = Candidate.objects.filter(election=election).select_related("person", "home").annotate(second_count=Count("seconds"))
    return list(rows.order_by("number"))


def where_of(candidates: Sequence[Candidate], *, doors: bool = False) -> dict[int, str]:
    """By home: where candidates live, for the public without the door. One query."""
    return short_names([c.home for c in candidates if c.home is not None], doors=doors)


def seats_of(election: Election, *, all_ever: bool = False) -> list[Seat]:
    """Members first, then alternates, in order; those who left only when asked. One query."""
    rows = Seat.objects.filter(election=election).select_related("candidate")
    if not all_ever:
        rows = rows.filter(until_on=None)
    return sorted(rows, key=lambda s: (s.kind != Seat.Kind.MEMBER, s.order, s.pk))


def tasks_of(election: Election) -> list[Task]:
    return list(Task.objects.filter(election=election).select_related("proof"))


def objections_of(election: Election) -> list[Objection]:
    return list(Objection.objects.filter(election=election).select_related("candidate"))


def lines_of(election: Election, *, limit: int = 60) -> list[Line]:
    return list(Line.objects.filter(election=election).order_by("-seq")[:limit])


def earlier_elections(paths: Sequence[str], *, limit: int = 50) -> list[Election]:
    """Committees in office or past below the paths: what a new election may follow. One query."""
    scope = Q()
    for path in paths:
        scope |= Q(**subtree("place_path", path)) if path else Q(pk__gt=0)
    rows = Election.objects.filter(scope, state__in=[State.IN_OFFICE, State.ENDED]).select_related("place")
    return list(rows.order_by("-pk")[:limit])


def rolls_for(election: Election) -> list[Roll]:
    """Frozen rolls of the place, the newest first: whom the ballot may be put to. One query."""
    return list(Roll.objects.filter(place=election.place, state=RollState.FROZEN).order_by("-pk")[:10])


def open_around(around: Sequence[str], now: datetime) -> QuerySet[Election]:
    """Elections that call for candidates at the reader's places now, those that end first before the others."""
    rows = Election.objects.filter(state=State.NOMINATING, place_path__in=list(around), nominate_from__lte=now, nominate_until__gt=now)
    return rows.order_by("nominate_until")


def asked_for_consent(actor: Actor) -> QuerySet[Candidate]:
    """Nominations that wait for the actor's yes or no."""
    if actor.account_id is None:
        return Candidate.objects.none()
    mine = Q(account_id=actor.account_id) | (Q(person_id=actor.person_id) if actor.person_id else Q(pk=None))
    rows = Candidate.objects.filter(mine, consent="waiting", state="proposed", election__state=State.NOMINATING)
    return rows.select_related("election")

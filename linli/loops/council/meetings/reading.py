"""Who may read a meeting, and what every page asks of its request."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.http import HttpRequest

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now
from linli.kernel.access.paths import WIDTH, ancestors, subtree, within
from linli.kernel.places.models import Kind
from linli.kernel.places.queries import kinds_above
from linli.loops.council.meetings.models import Attendee, Meeting, Openness, State


def at_desk(request: HttpRequest) -> tuple[Actor, datetime]:
    actor, now = actor_and_now(request)
    return actor.through("desk"), now


def community_path(path: str) -> str:
    """The path of the community a place lies in; empty for a place above communities."""
    depth = next((n for n, (kind, _pk) in enumerate(kinds_above(path), 1) if kind == Kind.COMMUNITY), 0)
    return path[: depth * WIDTH]


def may_read(actor: Actor, meeting: Meeting, *, on_register: bool | None = None) -> bool:
    """
    Plans are for those who plan; after the notice the meeting's openness decides. Whoever is on its register, chairs or records it reads
    it always. `on_register` where that is known already; else one query where all depends on it.
    """
    if table.may(actor, "meeting.read", meeting.place_path):
        return True
    if actor.account_id is not None and actor.account_id in (meeting.chair_id, meeting.recorder_id):
        return True
    if meeting.state == State.PLANNED or (meeting.state == State.CANCELLED and meeting.noticed_at is None):
        return False
    if meeting.openness == Openness.PUBLIC:
        return True
    if actor.account_id is None:
        return False
    if meeting.openness == Openness.NEIGHBOURS:
        around = community_path(meeting.place_path) or meeting.place_path
        if any(within(s.path, around) for s in actor.standings):
            return True
    return Attendee.objects.filter(myself(actor), meeting=meeting).exists() if on_register is None else on_register


def myself(actor: Actor) -> Q:
    """The actor among those on a register; nobody for a stranger."""
    if actor.account_id is None:
        return Q(pk=None)
    return Q(account_id=actor.account_id) | (Q(person_id=actor.person_id) if actor.person_id else Q(pk=None))


def readable(actor: Actor) -> Q:
    """`may_read` as a filter: the same rule in SQL."""
    seen = Q(openness=Openness.PUBLIC)
    if actor.account_id is not None:
        above = {step for s in actor.standings for step in ancestors(s.path)}
        # A meeting of a place below the reader's community is a neighbour's too: the community is above both.
        communities = {community_path(s.path) for s in actor.standings} - {""}
        near = Q(place_path__in=above)
        for path in communities:
            near |= Q(**subtree("place_path", path))
        seen |= Q(openness=Openness.NEIGHBOURS) & near
        seen |= Q(pk__in=Attendee.objects.filter(myself(actor)).values("meeting"))
    seen &= ~Q(state=State.PLANNED) & ~Q(state=State.CANCELLED, noticed_at=None)
    if actor.account_id is not None:
        seen |= Q(chair_id=actor.account_id) | Q(recorder_id=actor.account_id)
    for reach, standing in table.reach_of(actor, "meeting.read"):
        if reach == "area":
            seen |= Q(**subtree("place_path", standing.path)) if standing.path else Q(pk__gt=0)
    return seen

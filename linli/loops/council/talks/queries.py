"""What people see of talks, in a bounded number of queries: lists, contributions with their authors, what is left to answer, rulings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q

from linli.insight.groups.routing import next_for
from linli.insight.groups.told import OpinionMap
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import subtree
from linli.kernel.places.queries import short_names
from linli.loops.council.talks.models import Answer, Contribution, Expert, Kind, Mark, Participant, Ruling, Talk
from linli.loops.council.talks.opinions import CHOICES
from linli.loops.council.talks.reading import readable
from linli.loops.council.talks.rules import draw_of, in_turn


@dataclass(frozen=True)
class Listed:
    """Talks that are open (the one that ends first first) and past ones, newest first; `next_before` pages the past."""

    running: list[Talk]
    past: list[Talk]
    next_before: int | None


def talk_list(
    actor: Actor, now: datetime, *, around: Iterable[str] = (), under: Iterable[str] = (), before: int | None = None, limit: int = 20
) -> Listed:
    """
    The talks the actor may read: of the places on the paths `around` (theirs and above), or anywhere below the paths `under`. Two queries.
    """
    rows = Talk.objects.filter(readable(actor)).select_related("place", "matter")
    scope = Q()
    for path in under:
        scope |= Q(**subtree("place_path", path)) if path else Q(pk__gt=0)
    if around := list(around):
        scope |= Q(place_path__in=around)
    rows = rows.filter(scope)
    over = Q(closed_at__isnull=False) | Q(closes_at__lte=now)
    past = rows.filter(over, pk__lt=before) if before else rows.filter(over)
    found = list(past.order_by("-pk")[: limit + 1])
    more = found[limit - 1].pk if len(found) > limit else None
    running = [] if before else list(rows.exclude(over).order_by("closes_at", "pk")[:limit])
    return Listed(running, found[:limit], more)


def contributions(talk: Talk, kind: str, *, hidden: bool = False) -> list[Contribution]:
    """What was put in of a kind, in order, with who put it in; hidden ones only for those who moderate. One query."""
    rows = Contribution.objects.filter(talk=talk, kind=kind).select_related("participant__person", "participant__building")
    return list(rows if hidden else rows.filter(hidden_at=None))


def questions_with_answers(talk: Talk) -> list[Contribution]:
    """Questions, those most want to know first, each with its answers. Two queries."""
    rows = Contribution.objects.filter(talk=talk, kind=Kind.QUESTION, hidden_at=None).select_related(
        "participant__person", "participant__building"
    )
    answers = Prefetch("answers", Answer.objects.select_related("expert"))
    return list(rows.prefetch_related(answers).order_by("-agrees", "number"))


def building_names(rows: Iterable[Contribution]) -> dict[int, str]:
    """What the buildings of those who contributed are called. One query, none without buildings."""
    places = {c.participant.building.pk: c.participant.building for c in rows if c.participant and c.participant.building}
    return short_names(list(places.values())) if places else {}


def marks_of(me: Participant | None, talk: Talk) -> dict[int, str]:
    """The reader's own marks: contribution → choice. One query."""
    if me is None:
        return {}
    return dict(Mark.objects.filter(participant=me, contribution__talk=talk).values_list("contribution_id", "choice"))


def waiting(statements: Sequence[Contribution], marks: Mapping[int, str], who: int, told: OpinionMap | None = None) -> list[Contribution]:
    """
    The statements the reader has not voted on, in the order in which they come: with a map of the opinions the one that teaches most by
    the reader's own votes first, without one the least seen.
    """
    by_id = {c.pk: c for c in statements if c.pk not in marks}
    if told is None or not told.groups:
        return [by_id[pk] for pk in in_turn(((c.pk, c.seen) for c in by_id.values()), who)]
    order = next_for(
        list(by_id),
        {pk: CHOICES[choice] for pk, choice in marks.items()},
        {int(str(s.statement)): s.by_group for s in told.shared},
        [g.size for g in told.groups],
        seen={pk: c.seen for pk, c in by_id.items()},
        authors={pk: c.participant_id for pk, c in by_id.items() if c.participant_id},
        lot=lambda pk: draw_of(who, pk),
    )
    return [by_id[pk] for pk in order]


def experts_of(talk: Talk) -> list[Expert]:
    return list(Expert.objects.filter(talk=talk, ended_at=None).select_related("unit"))


def rulings_of(talk: Talk) -> list[Ruling]:
    """Everything that was hidden in a talk, the newest first. One query."""
    rows = Ruling.objects.filter(contribution__talk=talk).select_related("contribution__participant")
    return list(rows)

"""Requests that lived elsewhere, by the ten thousand: what `intake.replay_request` does to one, done to many in few statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.rows import chunks, reserve_ids
from linli.kernel.accounts.models import Unit, UnitKind
from linli.kernel.accounts.queries import units_serving
from linli.kernel.matters.actions import first_parties, new_matter, say_raised, whereabouts
from linli.kernel.matters.bulk import write_opened
from linli.kernel.matters.models import Category, Clock, Matter, Party, Urgency, Visibility, WorkOrder
from linli.kernel.matters.queries import known_elsewhere
from linli.kernel.matters.turn import Turn
from linli.kernel.people.models import Person
from linli.kernel.places.models import Place
from linli.lib.geo import geocell
from linli.loops.requests.actions.intake import check_times, lawful_grade, lawful_visibility, promise_of, replay_end
from linli.loops.requests.rules import KIND


@dataclass(frozen=True, slots=True)
class Replay:
    """One request with its own times; `external_id` makes repeating it harmless. `raised_for` is who raised it, when known."""

    title: str
    body: str
    place: Place
    raised_at: datetime
    external_id: str
    category: Category | None = None
    point: tuple[float, float] | None = None
    spot: str = ""
    channel: str = "import"
    closed_at: datetime | None = None
    expected_at: datetime | None = None
    answer: str = ""
    visibility: str = Visibility.PUBLIC.value
    urgency: str = Urgency.ORDINARY.value
    grade: str = ""
    raised_for: Person | None = None


def known_ids(external_ids: Sequence[str]) -> set[str]:
    """Those external ids that are requests already."""
    found: set[str] = set()
    for part in chunks(dict.fromkeys(external_ids)):
        found.update(known_elsewhere(KIND, part).values_list("external_id", flat=True))
    return found


@transaction.atomic
def replay_requests(
    *, actor: Actor, replays: Sequence[Replay], now: datetime, advance: Callable[[int], None] = lambda steps: None
) -> tuple[int, int]:
    """
    Bring in many requests at once; returns (made, known before). The timelines say that they were replayed, when and by whom.

    Raises Invalid for impossible times or texts, NotAllowed by the table: then nothing is written.
    """
    known = known_ids([r.external_id for r in replays])
    fresh = list({r.external_id: r for r in replays if r.external_id not in known}.values())
    where: dict[int, tuple[dict[str, Any], Unit | None]] = {}
    turns: list[Turn] = []
    parties: list[Party] = []
    orders: list[WorkOrder] = []
    clocks: list[Clock] = []
    for replay, number in zip(fresh, reserve_ids(Matter, len(fresh)), strict=True):
        if replay.place.pk not in where:
            table.require(actor, "request.replay", replay.place.path)
            serving = units_serving(replay.place, UnitKind.COMMUNITY, UnitKind.STREET)
            where[replay.place.pk] = whereabouts(replay.place, None), serving[0] if serving else None
        opened = _opened(actor, replay, number, where[replay.place.pk][0], now)
        parties += first_parties(opened.matter, actor, replay.raised_for, replay.raised_at)
        if replay.expected_at is not None and replay.expected_at > replay.raised_at:
            clocks.append(promise_of(opened, replay.expected_at, replay.closed_at))
        if replay.closed_at is not None:
            replay_end(opened, replay.closed_at, replay.expected_at, replay.answer)
        else:
            opened.matter.due_at, opened.matter.due_for = replay.expected_at, "resolve" if replay.expected_at else ""
            unit = where[replay.place.pk][1]
            if unit is not None:
                opened.matter.holder = opened.matter.owner_unit = unit
                orders.append(WorkOrder(matter=opened.matter, unit=unit, task="accept", opened_at=replay.raised_at))
        turns.append(opened)
    write_opened(turns, parties=parties, orders=orders, advance=advance)
    Clock.objects.bulk_create(clocks, batch_size=1000)
    return len(fresh), len(replays) - len(fresh)


def _opened(actor: Actor, replay: Replay, number: int, at_place: dict[str, Any], now: datetime) -> Turn:
    check_times(replay.raised_at, replay.closed_at, now)
    matter = new_matter(
        kind=KIND,
        title=replay.title,
        body=replay.body,
        place=replay.place,
        where=at_place if replay.point is None else {**at_place, **_at_point(replay.point)},
        now=replay.raised_at,
        category=replay.category,
        visibility=lawful_visibility(replay.visibility, replay.category),
        urgency=replay.urgency,
        spot=replay.spot,
        channel=replay.channel,
        external_id=replay.external_id,
    )
    matter.pk, matter.grade = number, lawful_grade(replay.grade)
    opened = Turn(matter, actor, replay.raised_at, fresh=True)
    say_raised(opened, {"replayed": now.isoformat()})
    return opened


def _at_point(point: tuple[float, float]) -> dict[str, Any]:
    return {"latitude": round(point[0] * 1_000_000), "longitude": round(point[1] * 1_000_000), "cell": geocell(*point)}

"""Slot polls as people see them: the offered times with who could come, counted by homes and by who was never at a meeting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors, subtree, within
from linli.kernel.access.refusals import NotFound
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.promises import calendar
from linli.lib.calendar import YearMissing
from linli.loops.council.meetings import rules
from linli.loops.council.meetings.models import Slot, SlotAnswer, SlotPoll
from linli.loops.council.meetings.queries import reached_homes

# So many answers, the newest first, say what suits people; more would only take longer.
MOST_ANSWERS: Final = 5000


@dataclass(frozen=True)
class Ranked:
    """A slot with how many could come; `place` 1 is where most of those not yet reached could."""

    slot: Slot
    count: rules.SlotCount
    place: int


@dataclass(frozen=True)
class Polled:
    """A poll: its slots in time order with their rank, how many answered, how many of them can at no time."""

    poll: SlotPoll
    slots: list[Ranked]
    answers: int
    none_suits: int


def poll_for(actor: Actor, poll_id: int) -> SlotPoll:
    """A poll the actor may see: residents of its place and those who plan there. Raises NotFound."""
    poll = SlotPoll.objects.select_related("place", "chosen", "meeting").filter(pk=poll_id).first()
    near = poll is not None and any(within(s.path, poll.place_path) for s in actor.standings)
    if poll is None or not (near or table.may(actor, "meeting.read", poll.place_path)):
        raise NotFound("no_poll", _("没有找到这次时间征集。"))
    return poll


def polled(poll: SlotPoll, now: datetime) -> Polled:
    """Count and rank; four queries."""
    reached = reached_homes(poll.place, now - timedelta(days=365))
    slots = list(Slot.objects.filter(poll=poll))
    homes = dict(SlotAnswer.objects.filter(poll=poll).values_list("pk", "home_path"))
    can: dict[int, list[int]] = {s.pk: [] for s in slots}
    for answer_id, slot_id in SlotAnswer.slots.through.objects.filter(slotanswer__poll=poll).values_list("slotanswer_id", "slot_id"):
        can[slot_id].append(answer_id)
    counts = [
        rules.SlotCount(
            slot=slot.pk,
            people=len(can[slot.pk]),
            fresh=sum(homes[a] not in reached for a in can[slot.pk]),
            homes=len({homes[a] for a in can[slot.pk]}),
        )
        for slot in slots
    ]
    rank = {c.slot: n for n, c in enumerate(rules.best_first(counts), 1)}
    marked = {a for answers in can.values() for a in answers}
    return Polled(
        poll,
        [Ranked(slot, count, rank[slot.pk]) for slot, count in zip(slots, counts, strict=True)],
        len(homes),
        len(homes) - len(marked),
    )


def is_working_day(day: date) -> bool:
    """Is it a working day? By the weekday alone in a year whose calendar is not published yet."""
    try:
        return calendar().is_working_day(day)
    except YearMissing:
        return bool(day.weekday() < 5)


def earlier_answers(paths: Sequence[str], now: datetime) -> dict[str, rules.Earlier]:
    """What people living below `paths` answered in the polls of the last year, by kind of time (`rules.part_of_day`). Three queries."""
    below = Q()
    for path in paths:
        below |= Q(**subtree("home_path", path))
    answers = SlotAnswer.objects.filter(below, at__gte=now - timedelta(days=365)).order_by("-pk")
    given = {pk: (person, poll) for pk, person, poll in answers.values_list("pk", "person_id", "poll_id")[:MOST_ANSWERS]}
    kinds: dict[int, str] = {}
    of_poll: dict[int, set[str]] = {}
    for pk, poll, starts in Slot.objects.filter(poll__in={poll for _person, poll in given.values()}).values_list(
        "pk", "poll_id", "starts_at"
    ):
        at = starts.astimezone(ZONE)
        kinds[pk] = rules.part_of_day(at.date(), at.time(), is_working_day)
        of_poll.setdefault(poll, set()).add(kinds[pk])
    rows = SlotAnswer.slots.through.objects.filter(slot_id__in=kinds).values_list("slotanswer_id", "slot_id")
    return rules.suited(
        ((person, kind) for person, poll in given.values() for kind in of_poll.get(poll, set())),
        ((given[answer][0], kinds[slot]) for answer, slot in rows if answer in given),
    )


def own_answer(actor: Actor, poll: SlotPoll) -> SlotAnswer | None:
    if actor.person_id is None:
        return None
    return SlotAnswer.objects.filter(poll=poll, person_id=actor.person_id).prefetch_related("slots").first()


def open_polls(actor: Actor, now: datetime, *, limit: int = 5) -> list[SlotPoll]:
    """Polls that wait for an answer from where the reader lives or works. One query."""
    paths = {step for s in actor.standings for step in ancestors(s.path)}
    if not paths:
        return []
    rows = SlotPoll.objects.filter(place_path__in=paths, closed_at=None, closes_at__gt=now).select_related("place")
    return list(rows.order_by("closes_at")[:limit])

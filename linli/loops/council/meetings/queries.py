"""What people see of meetings, in a bounded number of queries: lists, the state of a meeting, attendance, speaking time, participation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Prefetch, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import subtree
from linli.kernel.access.refusals import NotFound
from linli.kernel.access.together import Asking, if_any, together
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Matter
from linli.kernel.people.groups import TakingPart, taking_part, unreached_homes
from linli.kernel.places.models import Place
from linli.kernel.rolls.models import Roll, RollState, VotingUnit
from linli.loops.council.meetings import lawful, rules
from linli.loops.council.meetings.models import (
    AgendaItem,
    Attendee,
    Body,
    Hand,
    Hands,
    Meeting,
    Outcome,
    Point,
    Speech,
    State,
    Stay,
)
from linli.loops.council.meetings.reading import may_read, myself, readable

MANY = 5000  # of each kind of thing in one meeting: a bound for the database, out of reach for people
LIVE_STATES = (State.OPEN, State.ADJOURNED)


def meeting_for(actor: Actor, meeting_id: int) -> Meeting:
    """One meeting with its place when the actor may read it. Raises NotFound, also for what they may not know of."""
    here = OuterRef("pk")
    found = (
        Meeting.objects.select_related("place", "current", "notice")
        .annotate(
            # What it never had is not asked for (`now_of`).
            has_hands=Exists(Hands.objects.filter(meeting=here)),
            has_points=Exists(_standing_points().filter(meeting=here)),
            has_outcomes=Exists(Outcome.objects.filter(meeting=here, struck_at=None)),
        )
        .filter(pk=meeting_id)
        .first()
    )
    if found is None or not may_read(actor, found):
        raise NotFound("no_meeting", _("没有找到这次会议。"))
    return found


def _standing_points() -> QuerySet[Point]:
    return Point.objects.filter(state__in=[Point.State.WAITING, Point.State.PUT])


@dataclass(frozen=True)
class Listed:
    """Meetings under way, to come (soonest first) and past (newest first); `next_before` pages the past."""

    now: list[Meeting]
    coming: list[Meeting]
    past: list[Meeting]
    next_before: int | None


def meeting_list(
    actor: Actor, *, under: Place | None = None, around: Sequence[str] = (), before: int | None = None, limit: int = 20
) -> Listed:
    """
    The meetings the actor may read; of a subtree, or of the places on the paths `around` (theirs and above). Three queries at most.
    """
    rows = Meeting.objects.filter(readable(actor)).select_related("place")
    if under is not None:
        rows = rows.filter(**subtree("place_path", under.path))
    if around:
        rows = rows.filter(place_path__in=list(around))
    past = rows.filter(state__in=[State.ENDED, State.CONFIRMED, State.PUBLISHED, State.CANCELLED])
    if before:
        past = past.filter(pk__lt=before)
    found = list(past.order_by("-pk")[: limit + 1])
    more = found[limit - 1].pk if len(found) > limit else None
    if before:
        return Listed([], [], found[:limit], more)
    return Listed(
        list(rows.filter(state__in=LIVE_STATES).order_by("starts_at")[:limit]),
        list(rows.filter(state__in=[State.PLANNED, State.NOTICED]).order_by("starts_at")[:limit]),
        found[:limit],
        more,
    )


def rolls_for(actor: Actor, meeting: Meeting, limit: int = 20) -> list[Roll]:
    """The frozen rolls whose voters are this meeting's electorate, the newest first; none for who may not read rolls here. One query."""
    if not table.may(actor, "roll.read", meeting.place_path):
        return []
    found = Roll.objects.filter(state=RollState.FROZEN, **subtree("place_path", meeting.place_path)).select_related("place")
    kinds = lawful.electorate(meeting.body)
    return list((found.filter(kind__in=kinds) if kinds else found).order_by("-pk")[:limit])


def quorum_of(meeting: Meeting) -> rules.Quorum:
    """The quorum meter; one query."""
    present = Attendee.objects.filter(meeting=meeting, entitled=True).exclude(present="").count()
    return rules.quorum(
        present, meeting.entitled, Fraction(meeting.quorum_numerator, meeting.quorum_denominator), strict=meeting.quorum_strict
    )


def _on_topic(meeting: Meeting) -> list[Speech]:
    """Who spoke, speaks and waits on the topic under discussion, in the order of asking. One query, none between topics."""
    if meeting.current_id is None:
        return []
    rows = Speech.objects.filter(item_id=meeting.current_id, state__in=_HEARD_OR_WAITING).select_related("attendee", "item")
    return list(rows.order_by("pk"))


def _sides(rows: Iterable[Speech]) -> dict[str, tuple[int, int]]:
    """By side how many speeches ended and how many milliseconds they took; what runs now is not in it."""
    found: dict[str, tuple[int, int]] = {}
    for speech in rows:
        if speech.state == Speech.State.DONE:
            n, ms = found.get(speech.side, (0, 0))
            found[speech.side] = (n + 1, ms + speech.used_ms)
    return found


_HEARD_OR_WAITING = (Speech.State.WAITING, Speech.State.DONE, Speech.State.SPEAKING)


def _queue(meeting: Meeting, rows: Sequence[Speech]) -> tuple[Speech | None, list[Speech]]:
    spoken: dict[int, int] = {}
    last = ""
    for speech in sorted((r for r in rows if r.called_at), key=lambda r: (r.called_at, r.pk)):
        spoken[speech.attendee_id] = spoken.get(speech.attendee_id, 0) + 1
        last = speech.side if speech.side != Speech.Side.OPEN else last
    waiting = {r.pk: r for r in rows if r.state == Speech.State.WAITING}
    asks = [rules.Ask(r.pk, r.attendee_id, r.side, spoken.get(r.attendee_id, 0)) for r in waiting.values()]
    ordered = [waiting[a.number] for a in rules.in_order(asks, last_side=last, alternate=meeting.alternate)]
    for speech in ordered:
        speech.spoken_before = spoken.get(speech.attendee_id, 0)  # type: ignore[attr-defined]  # read by the queue that is drawn
    return next((r for r in rows if r.state == Speech.State.SPEAKING), None), ordered


def waiting_in_order(meeting: Meeting) -> list[Speech]:
    """Those who wait on the current topic, in the order they will be called. One query."""
    return _queue(meeting, _on_topic(meeting))[1]


def areas_present(meeting: Meeting) -> tuple[int, int] | None:
    """
    Of an owners' assembly with a roll: the area of the owners who are here or sent somebody, and of all, in 0.01 m²; None for others. One query.
    """
    if meeting.body != Body.OWNERS_ASSEMBLY or meeting.roll_id is None:
        return None
    here = Attendee.objects.filter(meeting=meeting, entitled=True, voter_id__isnull=False).exclude(present="").values("voter_id")
    sums = VotingUnit.objects.filter(roll_id=meeting.roll_id).aggregate(whole=Sum("area"), part=Sum("area", filter=Q(voter_id__in=here)))
    return (sums["part"] or 0, sums["whole"]) if sums["whole"] else None


@dataclass(frozen=True)
class Now:
    """Everything a meeting shows while it runs. `areas` is that of an owners' assembly (`areas_present`)."""

    meeting: Meeting
    items: list[AgendaItem]
    speaking: Speech | None
    queue: list[Speech]
    points: list[Point]
    hands: Hands | None
    shown: dict[str, int]
    past_hands: list[Hands]
    outcomes: list[Outcome]
    quorum: rules.Quorum
    here: dict[str, int]
    shown_by: dict[int, str] = field(default_factory=dict)
    totals: list[tuple[Attendee, int, int]] = field(default_factory=list)
    called: list[Speech] = field(default_factory=list)
    sides: dict[str, tuple[int, int]] = field(default_factory=dict)
    areas: tuple[int, int] | None = None


def now_of(meeting: Meeting, *, totals: bool = False) -> Now:
    """The state of a meeting; at most three queries. With `totals` who was called and spoke how long comes with it, from the same rows."""
    had = {name: getattr(meeting, f"has_{name}", True) for name in ("hands", "points", "outcomes")}
    counted, hands, items, points, outcomes = together(
        Attendee.objects.filter(meeting=meeting).values_list("present", "entitled").annotate(n=Count("pk")).order_by()[:MANY],
        if_any(had["hands"], Hands.objects.filter(meeting=meeting).select_related("item", "point")[:MANY]),
        AgendaItem.objects.filter(meeting=meeting).select_related("matter")[:MANY],
        if_any(had["points"], _standing_points().filter(meeting=meeting).select_related("attendee")[:MANY]),
        if_any(had["outcomes"], Outcome.objects.filter(meeting=meeting, struck_at=None).select_related("item")[:MANY]),
    )
    counts = {(present, entitled): n for present, entitled, n in counted}
    here = {code: counts.get((code, True), 0) + counts.get((code, False), 0) for code in ("room", "online", "proxy")}
    present = sum(n for (code, entitled), n in counts.items() if entitled and code)
    fraction = Fraction(meeting.quorum_numerator, meeting.quorum_denominator)
    open_hands = next((h for h in hands if h.closed_at is None), None)
    shown_by = dict(Hand.objects.filter(hands=open_hands).values_list("attendee_id", "choice")) if open_hands else {}
    called: list[Speech] = []
    if totals:
        every = list(Speech.objects.filter(meeting=meeting).select_related("attendee", "item").order_by("pk"))
        called = [s for s in every if s.called_at is not None]
        on_topic = [s for s in every if s.item_id == meeting.current_id and s.state in _HEARD_OR_WAITING]
    else:
        on_topic = _on_topic(meeting)
    speaking, queue = _queue(meeting, on_topic)
    return Now(
        meeting=meeting,
        items=items,
        speaking=speaking,
        queue=queue,
        points=points,
        hands=open_hands,
        shown={"agree": 0, "against": 0, "abstain": 0, **Counter(shown_by.values())},
        shown_by=shown_by,
        past_hands=[h for h in hands if h.closed_at is not None],
        outcomes=outcomes,
        quorum=rules.quorum(present, meeting.entitled, fraction, strict=meeting.quorum_strict),
        here=here,
        totals=_totals(called),
        called=called,
        sides=_sides(on_topic),
        areas=areas_present(meeting),
    )


def speaking_totals(meeting: Meeting) -> list[tuple[Attendee, int, int]]:
    """
    (who, how often, milliseconds) for each who spoke, in the order of seats: facts, no ranking. What runs now is not in it. One query.
    """
    return _totals(Speech.objects.filter(meeting=meeting).exclude(called_at=None).select_related("attendee"))


def _totals(called: Iterable[Speech]) -> list[tuple[Attendee, int, int]]:
    found: dict[int, tuple[Attendee, int, int]] = {}
    for speech in called:
        who, n, ms = found.get(speech.attendee_id, (speech.attendee, 0, 0))
        found[speech.attendee_id] = (who, n + 1, ms + speech.used_ms)
    return sorted(found.values(), key=lambda row: row[0].seat)


def attendance(meeting: Meeting) -> list[Attendee]:
    """The register with every stay, in the order of seats. Two queries."""
    rows = Attendee.objects.filter(meeting=meeting).select_related("home", "holder")
    return list(rows.prefetch_related(Prefetch("stays", Stay.objects.order_by("came_at", "pk"))).order_by("seat"))


def matters_to_show(items: Iterable[AgendaItem]) -> dict[int, Matter]:
    """The matters of the agenda that everybody may read, by item."""
    return {i.pk: i.matter for i in items if i.matter is not None and i.matter.visibility == "public"}


def meetings_about(actor: Actor, matter: Matter) -> Asking[list[tuple[AgendaItem, list[Outcome]]]]:
    """Agenda items of meetings about a matter that the actor may read, newest meeting first, each with what was agreed and not struck out."""
    noted = {f"noted_{name}": F(f"noted__{name}") for name in ("id", "kind", "text", "owner", "due_on")}
    items = AgendaItem.objects.filter(matter=matter).select_related("meeting", "meeting__place")
    rows: Any = items.annotate(noted=FilteredRelation("outcomes", condition=Q(outcomes__struck_at=None))).annotate(**noted)
    found: dict[int, tuple[AgendaItem, list[Outcome]]] = {}
    listed = Attendee.objects.filter(myself(actor), meeting=OuterRef("meeting"))
    rows = rows.annotate(on_register=Exists(listed)).order_by("-meeting__starts_at", "pk", "noted_id")
    (rows,) = yield [rows[:100]]
    for row in rows:
        if not may_read(actor, row.meeting, on_register=bool(row.on_register)):
            continue
        _item, outcomes = found.setdefault(row.pk, (row, []))
        if row.noted_id is not None:
            outcomes.append(
                Outcome(
                    pk=row.noted_id,
                    item_id=row.pk,
                    kind=row.noted_kind,
                    text=row.noted_text,
                    owner=row.noted_owner,
                    due_on=row.noted_due_on,
                )
            )
    return list(found.values())[:10]


# --- who takes part ------------------------------------------------------------------------------------------------------
def reached_homes(place: Place, since: datetime) -> set[str]:
    """Paths of the homes below `place` from which somebody was at a meeting since. One query."""
    rows = Stay.objects.filter(came_at__gte=since).exclude(present="proxy").filter(**subtree("attendee__home_path", place.path))
    return set(rows.values_list("attendee__home_path", flat=True).distinct())


def participation(place: Place, now: datetime, *, days: int = 365) -> TakingPart:
    """Who took part in meetings at a place in the last `days`, and the homes nobody came from. Four queries."""
    since = now - timedelta(days=days)
    here = Stay.objects.filter(came_at__gte=since).exclude(present="proxy").filter(**subtree("attendee__home_path", place.path))
    came = set(here.filter(attendee__person__isnull=False).values_list("attendee__person_id", flat=True))
    return taking_part(place.path, came=came, reached=reached_homes(place, since), today=now.astimezone(ZONE).date())


def unreached(place: Place, now: datetime, *, days: int = 365) -> list[tuple[str, str]]:
    """(path, address) of the homes at a place nobody came to a meeting from in the last `days`, in the order of their address. Two queries."""
    return unreached_homes(place.path, reached_homes(place, now - timedelta(days=days)))


def attendees_named(meeting: Meeting, text: str) -> QuerySet[Attendee]:
    """Rows of the register whose name or address holds `text`, in order; all for an empty one."""
    rows = Attendee.objects.filter(meeting=meeting).select_related("home", "holder").order_by("seat")
    text = text.strip()
    if text:
        rows = rows.filter(Q(name__contains=text) | Q(where__contains=text))
    return rows

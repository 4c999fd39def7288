"""What people see of draws: lists, one draw's rows, what the register says of applications; in a bounded number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import subtree
from linli.kernel.people.models import GroupFact, Ownership
from linli.kernel.places.models import Place
from linli.kernel.places.queries import short_names
from linli.lib.masking import mask_name
from linli.loops.council.draws.models import Application, Asks, Draw, Objection, Offer, State
from linli.loops.council.draws.reading import readable

PAGE = 20


@dataclass(frozen=True)
class Found:
    """Draws under way (what comes first to an end first), and those over, newest first; `next_before` is the cursor of older ones."""

    current: list[Draw]
    past: list[Draw]
    next_before: int | None


def draw_list(
    actor: Actor, *, around: Sequence[str] = (), under: Place | None = None, before: int | None = None, limit: int = PAGE
) -> Found:
    """Those the actor may read, of places around the reader where `around` is given. Two queries."""
    rows = Draw.objects.filter(readable(actor)).select_related("place")
    if around:
        near = Q(place_path__in=list(around))
        rows = rows.filter(near)
    if under is not None:
        rows = rows.filter(**subtree("place_path", under.path))
    over = Q(state__in=[State.CLOSED, State.CANCELLED])
    current = [] if before else list(rows.exclude(over).order_by("applies_until", "pk")[:100])
    past = rows.filter(over).order_by("-pk")
    if before:
        past = past.filter(pk__lt=before)
    shown = list(past[: limit + 1])
    return Found(current, shown[:limit], shown[limit - 1].pk if len(shown) > limit else None)


def counts_of(draw: Draw) -> dict[str, int]:
    """How many applications stand in each state. One query."""
    return dict(Application.objects.filter(draw=draw).values_list("state").annotate(n=Count("pk")).order_by())


def own_applications(actor: Actor, draw: Draw) -> list[Application]:
    """The actor's own entries of this draw, newest first, with their offers. Two queries; none for strangers."""
    if actor.account_id is None:
        return []
    mine = Q(account_id=actor.account_id) | (Q(person_id=actor.person_id) if actor.person_id else Q(pk=None))
    return list(Application.objects.filter(mine, draw=draw).select_related("home").prefetch_related("offers").order_by("-pk")[:5])


def building_names(places: Iterable[Place | None]) -> dict[int, str]:
    """By home: the building and entrance as neighbours call it, without the door. One query."""
    return short_names([p for p in places if p is not None], doors=False)


def posted_rows(draw: Draw, *, limit: int | None = None) -> list[tuple[str, str]]:
    """The posted list: where (without the door) and who (masked), in the order of addresses; no numbers, no categories. Two queries."""
    rows = Application.objects.filter(draw=draw, state="accepted").select_related("home").order_by("home__path", "pk")
    found = list(rows[:limit] if limit else rows)
    names = building_names(a.home for a in found)
    return [(names.get(a.home_id or 0, ""), a.called if draw_shows_names(a) else mask_name(a.name)) for a in found]


def draw_shows_names(application: Application) -> bool:
    """An erased person's entry stands under words of its own."""
    return application.person_id is None and application.account_id is None and application.name.startswith("（")


@dataclass(frozen=True)
class Checked:
    """An application for whoever checks it: where, what it asks in words, and what the register says against it (empty: nothing)."""

    application: Application
    where: str
    categories: list[str]
    findings: list[str] = field(default_factory=list)


def to_check(draw: Draw, *, state: str = "", after: int = 0, limit: int = 50) -> list[Checked]:
    """Applications in the order they came, with findings. At most six queries however many."""
    rows = Application.objects.filter(draw=draw, pk__gt=after).select_related("home", "person").order_by("pk")
    if state:
        rows = rows.filter(state=state)
    found = list(rows[:limit])
    names = short_names([a.home for a in found if a.home])
    known = {c["code"]: c for c in draw.categories}
    facts = _register(draw, found)
    return [
        Checked(a, names.get(a.home_id or 0, ""), [known[c]["name"] for c in a.categories if c in known], _findings(a, known, facts))
        for a in found
    ]


@dataclass(frozen=True)
class _Facts:
    disabled: set[int]
    having: set[int]
    owners: set[tuple[int, int]]


def _register(draw: Draw, rows: Sequence[Application]) -> _Facts:
    people = [a.person_id for a in rows if a.person_id]
    homes = [a.home_id for a in rows if a.home_id]
    # Anybody of the household may be the one with a disability, not only who applied.
    disabled = GroupFact.objects.filter(group="disabled", until_on=None, person__home_place__in=homes)
    having = Offer.objects.filter(state="accepted", ended_at=None, application__home__in=homes, draw__what=draw.what).exclude(draw=draw)
    owners = Ownership.objects.filter(person__in=people, until_on=None)
    return _Facts(
        set(disabled.values_list("person__home_place_id", flat=True)),
        set(having.values_list("application__home_id", flat=True)),
        set(owners.values_list("person_id", "home__place_id")),
    )


def _findings(a: Application, known: dict[str, Any], facts: _Facts) -> list[str]:
    asked = {known[c]["asks"] for c in a.categories if c in known}
    said = []
    if a.person is None:
        said.append(_("没有对应的居民档案，请核对身份和住址。"))
    elif a.person.home_place_id != a.home_id and (a.person.pk, a.home_id) not in facts.owners:
        said.append(_("档案里这个人不住在这套房屋，也不是业主。"))
    if Asks.DISABLED in asked and a.home_id not in facts.disabled:
        said.append(_("档案里这户没有残疾人，请核对残疾人证。"))
    if Asks.NONE_YET in asked and a.home_id in facts.having:
        said.append(_("这户在以前的抽签里已经有名额。"))
    return said


def offers_list(draw: Draw, *, limit: int = 500) -> list[Offer]:
    """Offers in the order of categories and lots as drawn, then those that moved up. One query."""
    return list(Offer.objects.filter(draw=draw).select_related("application__home").order_by("pk")[:limit])


def objections_of(draw: Draw) -> list[Objection]:
    return list(Objection.objects.filter(draw=draw))


def earlier_draws(place_paths: Iterable[str], *, limit: int = 50) -> list[Draw]:
    """Draws already held below the paths, newest first: whose waiting list may be carried on. One query."""
    scope = Q()
    for path in place_paths:
        scope |= Q(**subtree("place_path", path)) if path else Q(pk__gt=0)
    rows = Draw.objects.filter(scope, state__in=[State.DRAWN, State.CLOSED]).select_related("place")
    return list(rows.order_by("-pk")[:limit])


def waits_for(actor: Actor, now: datetime) -> QuerySet[Offer]:
    """Places offered to the actor that wait for an answer, the most pressing first."""
    if actor.account_id is None:
        return Offer.objects.none()
    mine = Q(application__account_id=actor.account_id)
    if actor.person_id:
        mine |= Q(application__person_id=actor.person_id)
    return Offer.objects.filter(mine, state="offered", due_at__gt=now).select_related("draw").order_by("due_at")


def under_way() -> QuerySet[Draw]:
    """Draws that take applications or offer places: without one, no reader has anything to be told."""
    return Draw.objects.filter(Q(state=State.OPEN) | Q(pk__in=Offer.objects.filter(state="offered").values("draw")))


def open_around(around: Sequence[str], now: datetime) -> QuerySet[Draw]:
    """Draws that take applications at the reader's places now, those that end first before the others."""
    rows = Draw.objects.filter(state=State.OPEN, place_path__in=list(around), applies_from__lte=now, applies_until__gt=now)
    return rows.order_by("applies_until")

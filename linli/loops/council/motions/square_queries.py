"""What the Square asks of motions beside `queries`: one by its reference, those like what is being written, what awaits the reader, the board."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, When
from django.utils.translation import gettext as _

from linli.insight.similar import rank_similar
from linli.kernel.access import table
from linli.kernel.access.actor import ANONYMOUS, Actor
from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.access.refusals import NotFound, Refused
from linli.kernel.matters.models import Matter, Rating
from linli.kernel.matters.queries import id_of_ref, matter_for, readable
from linli.kernel.matters.turn import is_party, is_raiser
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.queries import below
from linli.loops.council.motions.models import Announcement, Decision, Second
from linli.loops.council.motions.queries import Page, Row, Wanted, motion_page, narrowed, rows_of
from linli.loops.council.motions.rules import KIND, PREPARING
from linli.loops.council.motions.whole import text_with_facts

NEWS_DAYS: Final = 30
BOARD_ROWS: Final = 4


def motion_of_ref(actor: Actor, ref: str) -> Matter:
    """
    The motion with this reference, when the actor may read it; what was never handed in is its writer's and the staff's alone.

    Raises NotFound: the same words whether it is missing or not public.
    """
    return text_of_ref(actor, ref).motion.matter


def text_of_ref(actor: Actor, ref: str) -> Any:
    """The same with its text in force, and what `text_with_facts` knows for this reader: what a page needs first, in one query."""
    missing = NotFound("no_matter", _("没有找到这个议题。"), would_signing_in_help=actor.is_anonymous)
    try:
        text = text_with_facts(actor, id_of_ref(ref))
        if text is None:
            raise missing
        matter = readable(actor, text.motion.matter)
    except NotFound:
        raise missing from None
    never = matter.state in ("draft", "withdrawn") and text.motion.submitted_at is None
    if never and not table.may(actor, f"{KIND}.read", matter.place_path) and not is_party(actor, matter) and not _recorded(actor, matter):
        raise missing
    return text


def _recorded(actor: Actor, matter: Matter) -> bool:
    return actor.account_id is not None and matter.parties.filter(account_id=actor.account_id).exists()


def alike(actor: Actor, text: str, place: Place | None, now: datetime, *, limit: int = 3) -> list[Row]:
    """Open motions near a place whose words are much like `text`: one can second them instead of raising another. Two queries."""
    if len(text.strip()) < 2:
        return []
    found = narrowed(actor, Wanted(status="open"), now).exclude(state="draft")
    if place is not None:
        found = found.filter(Q(place__path__in=ancestors(place.path)) | Q(**subtree("place_path", _community_path(place) or place.path)))
    near = {m.pk: m for m in found.select_related("motion", "place", "holder").order_by("-pk")[:300]}
    candidates = ((m.pk, f"{m.public_title} {m.public_body}", None, (now - m.raised_at).total_seconds() / 3600) for m in near.values())
    return rows_of(actor, [near[int(match.id)] for match in rank_similar(text, candidates, top=limit)], now)


def _community_path(place: Place) -> str:
    return Place.objects.filter(path__in=ancestors(place.path), kind=Kind.COMMUNITY).values_list("path", flat=True).first() or ""


def places_to_raise_at(actor: Actor) -> list[Place]:
    """
    Where the reader may raise: their own building, compound, community and street, the smallest first; for staff the compounds below too.
    """
    paths = {s.path for s in actor.standings if s.path}
    up = {path for own in paths for path in ancestors(own)}
    kinds = (Kind.BUILDING, Kind.COMPOUND, Kind.COMMUNITY, Kind.STREET)
    found = list(Place.objects.filter(path__in=up, kind__in=kinds, retired_at=None).order_by("-path")[:40])
    if actor.is_staff:
        for area in [p for p in found if p.kind in (Kind.COMMUNITY, Kind.STREET)][:1]:
            found += [p for p in below(area, Kind.COMPOUND)[:40] if p not in found]
    return sorted(found, key=lambda p: (-len(p.path), p.path))


def request_to_take_up(actor: Actor, ref: str) -> Matter:
    """
    The request a motion may be made of: for staff who read it, and for whoever raised it once it came back. Raises NotFound, Refused.
    """
    matter = matter_for(actor, id_of_ref(ref))
    if matter.kind != "request":
        raise NotFound("no_matter", _("没有找到这件事。"))
    if table.may(actor, "motion.raise_for", matter.place_path) and table.may(actor, "request.read", matter.place_path):
        return matter
    if not is_raiser(actor, matter):
        raise NotFound("no_matter", _("没有找到这件事。"), would_signing_in_help=actor.is_anonymous)
    if not matter.reopened and not matter.links_out.filter(kind="repeats", ended_at=None).exists():
        raise Refused(
            "came_once",
            _("这件诉求还没有反复出现，先由经办单位办理。办结后没解决或者又发生，就可以转成议题。"),
            turn_to=_("想一起商量的，也可以直接提一个新议题。"),
        )
    return matter


# --- the first page ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Waiting:
    """What of motions waits for the reader (to second, to rate) and what changed near them."""

    to_second: list[Row]
    to_rate: list[Row]
    news: list[Row]


def waiting_for(actor: Actor, place: Place | None, now: datetime) -> QuerySet[Matter]:
    """Motions that await the reader first (`awaits` is 1), then those that changed at the place of late."""
    news = Q(updated_at__gt=now - timedelta(days=NEWS_DAYS), **_of_place(place)) & ~Q(state__in=_NO_NEWS)
    found = narrowed(actor, Wanted(), now).annotate(awaits=Case(When(awaits(actor), then=1), default=0, output_field=IntegerField()))
    return found.filter(Q(awaits=1) | news).select_related("motion", "place", "holder").order_by("-awaits", "-updated_at")


def sorted_out(actor: Actor, matters: Sequence[Any], names: Mapping[int, str], now: datetime, *, limit: int) -> Waiting:
    """What `waiting_for` found, by what the reader may do with it, at most `limit` of each."""
    rows = list(zip(matters, rows_of(actor, matters, now, names), strict=True))
    return Waiting(
        [r for m, r in rows if m.awaits and m.state == "seconding"][:limit],
        [r for m, r in rows if m.awaits and m.state == "rating"][:limit],
        [r for m, r in rows if not m.awaits][:limit],
    )


_NO_NEWS: Final = ("draft", "withdrawn", "merged")


def _of_place(place: Place | None) -> dict[str, Any]:
    """The condition for motions of a place: by the indexed column where there is one, else by path; none for everywhere."""
    if place is None:
        return {}
    column = {Kind.STREET: "street_id", Kind.COMMUNITY: "community_id", Kind.COMPOUND: "compound_id"}.get(Kind(place.kind))
    return {column: place.pk} if column else subtree("place_path", place.path)


def awaits(actor: Actor) -> Q:
    """Motions of the reader's own places that look for seconders they are not yet one of, and done ones they seconded and did not rate."""
    above = {path for s in actor.standings if s.role == "resident" for path in ancestors(s.path)}
    if not above or actor.account_id is None:
        return Q(pk=None)
    seconded = Second.objects.filter(motion=OuterRef("pk"), account_id=actor.own_id)
    rated = Rating.objects.filter(matter=OuterRef("pk"), account_id=actor.own_id, outcome="rated")
    return (Q(state="seconding", place_path__in=above) & ~Exists(seconded)) | (Q(state="rating") & Exists(seconded) & ~Exists(rated))


# --- the board, the feed ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Shown:
    """A motion on the board with the day that matters: a notice's first day of decision, a posting's last."""

    row: Row
    until: datetime | None


def board_rows(place: Place | None, now: datetime) -> dict[str, list[Shown]]:
    """What a screen in the lobby shows, as anybody may read it, under "seconding", "announced", "voting" and "done". Four queries."""
    groups = {
        "seconding": ("seconding",),
        "announced": tuple(s for s in PREPARING if s == "noticed"),
        "voting": ("balloting", "posted"),
        "done": ("carrying", "accepting", "rating", "closed"),
    }
    found = narrowed(ANONYMOUS, Wanted(place=place), now).filter(state__in=[s for states in groups.values() for s in states])
    matters = list(found.select_related("motion", "place", "holder").order_by("-updated_at")[:60])
    rows = rows_of(ANONYMOUS, matters, now)
    ends = _days_that_matter([m.pk for m in matters])
    made: dict[str, list[Shown]] = {name: [] for name in groups}
    for row in rows:
        name = next(n for n, states in groups.items() if row.matter.state in states)
        if len(made[name]) < BOARD_ROWS:
            until = row.motion.seconds_due_at if name == "seconding" else ends.get((row.matter.pk, row.matter.state))
            made[name].append(Shown(row, until))
    return made


def _days_that_matter(ids: Sequence[int]) -> dict[tuple[int, str], datetime]:
    ends: dict[tuple[int, str], datetime] = {}
    for motion, at in Announcement.objects.filter(motion__in=ids, taken_back_at=None, used=False).values_list("motion_id", "decidable_at"):
        ends[motion, "noticed"] = at
    for motion, at in Decision.objects.filter(motion__in=ids, confirmed_at=None, annulled_at=None).values_list("motion_id", "holds_from"):
        ends[motion, "posted"] = at
    return ends


def feed_page(wanted: Wanted, now: datetime, *, limit: int = 50) -> Page:
    """What the feed lists: what anybody may read, whoever asks for it."""
    return motion_page(ANONYMOUS, wanted, now, limit=limit)

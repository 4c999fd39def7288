"""What residents and the public see of requests, each page in few queries: the reader's place, one request, own ones, counts for the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.utils.translation import get_language

from linli.kernel.access import table
from linli.kernel.access.actor import ANONYMOUS, Actor
from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.access.prepared import NUMBER, Prepared
from linli.kernel.access.refusals import NotFound
from linli.kernel.access.together import Asking, answered, beside
from linli.kernel.accounts.models import Unit
from linli.kernel.matters.models import Entry, Link, Matter, Party, Pause, Rating, WorkOrder
from linli.kernel.matters.nearby import Around
from linli.kernel.matters.queries import Line, id_of_ref, matter_for_page, ties_of, timeline, visible_to
from linli.kernel.matters.saying import unit_name, words_of
from linli.kernel.matters.search import matching_ids
from linli.kernel.matters.turn import orders_of
from linli.kernel.people.models import HelperLink
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.queries import naming, short_names
from linli.law.packs import refusal_reasons
from linli.lib.masking import scrub
from linli.loops.requests.queries import Filter, Row, narrowed, request_page, rows_of
from linli.loops.requests.rules import KIND, WORKFLOW
from linli.loops.requests.wording import speaker_of

MINE, NEAR = 5, 6
NEWS_DAYS = 30
NEWS_AMONG = 1000
MOST_COUNTED = 5000


@dataclass(frozen=True)
class Counted:
    """How many requests there are in all, and of them in each place listed (by id)."""

    total: int
    under: dict[int, int]


def counts_below(actor: Actor, found: Around, chosen: Filter, now: datetime) -> Counted:
    """The requests of a filter that the actor may see, by place; with words, among the newest that hold them all. One query beside the search."""
    base = narrowed(actor, chosen, now)
    if chosen.text.strip():
        base = base.filter(pk__in=matching_ids(chosen.text, before=None, limit=MOST_COUNTED))
    column = {Kind.COMMUNITY: "community_id", Kind.COMPOUND: "compound_id"}.get(Kind(found.under[0].kind)) if found.under else None
    if column:
        by_place = dict(base.order_by().values_list(column).annotate(n=Count("pk")).values_list(column, "n"))
        return Counted(sum(by_place.values()), by_place)
    paths = list(base.values_list("place_path", flat=True)[:MOST_COUNTED])
    return Counted(len(paths), {p.pk: n for p in found.under if (n := sum(path.startswith(p.path) for path in paths))})


def units_to_choose(place: Place | None, *, limit: int = 80) -> list[Unit]:
    """Units that may hold requests of a place: those above it and those within."""
    # The path as an expression has no index: the database begins with the few units and not with all places of a city.
    units = Unit.objects.filter(active=True).alias(path=Concat("place__path", Value("")))
    if place is not None:
        units = units.filter(Q(path__in=ancestors(place.path)) | Q(**subtree("path", place.path)))
    return list(units.order_by("kind", "name")[:limit])


# --- one request --------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Called:
    """One unit called by whistle: who, when it came, what it answered; `reason` in words where it refused."""

    unit: Unit
    lead: bool
    reported_at: datetime | None
    state: str
    answered_at: datetime | None
    due_at: datetime | None
    reason: str
    late: bool


@dataclass(frozen=True)
class Tied:
    """Another request this one is tied to, which the reader may read; `outward`: this one points at it."""

    matter: Matter
    kind: str
    outward: bool


@dataclass(frozen=True)
class Seen:
    """
    One request as one reader sees it. `inside` readers (whoever raised it, staff concerned) read everything; others only what is public, with
    personal details taken out once more. `may` holds the verbs open to this reader now.
    """

    matter: Matter
    inside: bool
    is_party: bool
    is_raiser: bool
    where: str
    title: str
    body: str
    spot: str
    lines: list[Line]
    pause: Pause | None
    called: list[Called]
    units: dict[str, str]
    tied: list[Tied]
    ratings: list[Rating]
    may: frozenset[str]
    met_too: bool


_rated: Prepared[Rating] = Prepared(lambda pk: Rating.objects.filter(matter_id=pk).order_by("id"), pk=NUMBER)


def request_of_ref(actor: Actor, ref: str) -> Matter:
    """
    The request with this reference, when the actor may read it. Raises NotFound: the same words whether it is missing or not public.
    """
    try:
        return matter_for_page(actor, id_of_ref(ref), KIND)
    except NotFound as error:
        raise NotFound(error.code, error.text, would_signing_in_help=actor.is_anonymous) from None


def seen_request(actor: Actor, matter: Matter, now: datetime, *, as_public: bool = False) -> Seen:
    """
    One request, read by `request_of_ref`, for one reader in at most eight queries beside the matter's own; `as_public`: as any passer-by reads it.
    """
    if as_public:
        actor = ANONYMOUS
    orders = orders_of(matter)[:60]
    mine = _my_parties(actor, matter)
    party = any(p.role != Party.Role.RECORDER for p in mine)
    held = frozenset(o.unit_id for o in orders if o.state != WorkOrder.State.RECALLED)
    raiser = any(p.role == Party.Role.RAISER for p in mine)
    staff = table.may(actor, f"{KIND}.read", matter.place_path, unit_ids=held)
    # A neighbour who met the same is told and may rate, but does not read what the raiser wrote for the staff alone.
    inside = staff or raiser
    rated = _rated.all(pk=matter.pk)[:50] if matter.state in ("resolved", "closed") else []
    paused = matter.pauses.filter(until_at=None).first() if matter.state in ("waiting", "suspended") else None
    lines = timeline(matter, inside=inside, staff=staff, files=matter.has_files)  # type: ignore[attr-defined]  # annotated
    return Seen(
        matter=matter,
        inside=inside,
        is_party=party,
        is_raiser=raiser,
        where=short_names([matter.place], doors=inside)[matter.place_id],
        title=matter.title if inside else matter.public_title,
        body=matter.body if inside else matter.public_body,
        spot=matter.spot if inside else scrub(matter.spot).text,
        lines=lines if inside else [Line(x.entry, scrub(x.text).text, x.files) for x in lines],
        pause=paused,
        called=_called(orders),
        units={o.unit.name: unit_name(o.unit) for o in orders},
        tied=_tied(actor, matter, inside=inside),
        ratings=rated,
        may=_may(actor, matter, held, mine, rated, party=party, raiser=raiser),
        met_too=any(p.role == Party.Role.ME_TOO and p.account_id == actor.account_id for p in mine),
    )


def _my_parties(actor: Actor, matter: Matter) -> list[Party]:
    """The actor's own parts in a matter, and those of people they help. Bounded, whoever else met it too."""
    if actor.account_id is None:
        return []
    mine = Q(account_id=actor.account_id)
    if actor.person_id:
        helped = HelperLink.objects.filter(person_id=OuterRef("person_id"), helper_id=actor.person_id, until_on=None)
        mine |= Q(person_id=actor.person_id) | Q(Exists(helped))
    return list(Party.objects.filter(mine, matter=matter)[:10])


def _called(orders: Sequence[WorkOrder]) -> list[Called]:
    reasons = refusal_reasons()
    rows = []
    for order in orders:
        if order.task not in (WorkOrder.Task.REPORT_IN, WorkOrder.Task.ANSWER) or order.state == WorkOrder.State.RECALLED:
            continue
        reason = reasons[order.refusal].name(get_language() or "zh-hans") if order.refusal in reasons else ""
        rows.append(Called(order.unit, order.lead, order.reported_at, order.state, order.closed_at, order.due_at, reason, order.was_late))
    return rows


def _tied(actor: Actor, matter: Matter, *, inside: bool) -> list[Tied]:
    """
    Ties to matters the reader may know of; one query where there are any. That one repeats the other is for those inside: it tells that one household
    raised both.
    """
    if not matter.has_links:  # type: ignore[attr-defined]  # annotated
        return []
    ties = ties_of(matter).exclude(kind=Link.Kind.DUPLICATE_OF, target=matter)
    ties = ties if inside else ties.exclude(kind=Link.Kind.REPEATS)
    readable = Matter.objects.filter(visible_to(actor, KIND)).values("pk")
    ties = ties.filter(source__in=readable, target__in=readable)
    return [Tied(t.target if t.source_id == matter.pk else t.source, t.kind, t.source_id == matter.pk) for t in ties[:20]]


def _may(
    actor: Actor, matter: Matter, held: frozenset[int], mine: Sequence[Party], rated: Sequence[Rating], *, party: bool, raiser: bool
) -> frozenset[str]:
    verbs = {m.verb for m in WORKFLOW.moves_from(matter.state)}
    allowed: set[str] = {
        v
        for v in ("add", "rate", "withdraw")
        if v in verbs and party and table.may(actor, f"{KIND}.{v}", matter.place_path, unit_ids=held, own=party)
    }
    if not raiser or matter.me_too:
        allowed.discard("withdraw")
    recorder = any(p.role == Party.Role.RECORDER and p.account_id == actor.account_id for p in mine)
    if recorder or any(r.account_id == actor.account_id and r.round == matter.reopened and r.outcome == "rated" for r in rated):
        allowed.discard("rate")
    if matter.is_open and not party and (actor.is_anonymous or table.may(actor, f"{KIND}.me_too", matter.place_path)):
        allowed.add("me_too")
    return frozenset(allowed)


# --- the first page ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Mine:
    """One of the reader's own requests with the last public word said in it, and the day a suspended one is looked at again."""

    row: Row
    last_who: str
    last_at: datetime | None
    last_text: str
    review_on: date | None = None


@dataclass(frozen=True)
class FirstPage:
    """What the first page lists: the reader's own newest ones, those awaiting their rating, what changed near them."""

    mine: list[Mine]
    more_mine: bool
    to_rate: list[Row]
    news: list[Row]


def first_page(actor: Actor, place: Place | None, now: datetime, *, mine: int = 3) -> Asking[FirstPage]:
    """Everything of the first page in two queries."""
    own, to_rate, news = yield [_own_newest(actor)[: mine + 1], _to_rate(actor)[:MINE], _news(actor, place, now, NEAR)]
    listed = [*own[:mine], *to_rate, *news]
    names, said = yield from beside(naming([m.place for m in listed], doors=actor.is_staff), _last_words(own[:mine]))
    rows = {r.matter.pk: r for r in rows_of(actor, listed, now, names)}
    return FirstPage(
        [Mine(_as_own(rows[m.pk]), who, at, text, m.review_on) for m, (who, at, text) in zip(own[:mine], said, strict=True)],
        len(own) > mine,
        [_as_own(rows[m.pk]) for m in to_rate],
        [rows[m.pk] for m in news],
    )


def _as_own(row: Row) -> Row:
    """With the title as its owner wrote it; a neighbour who met the same reads the public one."""
    return Row(row.matter, row.matter.title if _raised_by_reader(row.matter) else row.matter.public_title, row.where, row.left, row.late)


def _raised_by_reader(matter: Matter) -> bool:
    """As `_of_mine` found out."""
    return bool(getattr(matter, "raised_by_reader", False))


def _own_newest(actor: Actor, before: int | None = None) -> QuerySet[Any]:
    """The reader's own matters, the newest first, each with the day it is looked at again where it is suspended (`review_on`)."""
    if actor.account_id is None:
        return Matter.objects.none()
    suspended = Pause.objects.filter(matter=OuterRef("pk"), until_at=None, matter__state="suspended").values("review_on")[:1]
    found = _of_mine(actor).annotate(review_on=Subquery(suspended)).select_related("place", "category", "holder").order_by("-pk")
    return found.filter(pk__lt=before) if before else found


def my_requests(actor: Actor, now: datetime, *, limit: int = MINE, before: int | None = None) -> tuple[list[Mine], int | None]:
    """The reader's own requests (raised, met too, or raised for them), the newest first, and where the next page begins; three queries."""
    found = list(_own_newest(actor, before)[: limit + 1])
    matters = found[:limit]
    rows = [_as_own(r) for r in rows_of(actor, matters, now)] if matters else []
    lines = zip(rows, matters, answered(_last_words(matters)), strict=True)
    return [Mine(row, *words, review_on=matter.review_on) for row, matter, words in lines], matters[-1].pk if len(found) > limit else None


def _of_mine(actor: Actor) -> QuerySet[Any]:
    """The reader's own matters; each knows whether they raised it (`raised_by_reader`) or met the same."""
    mine = Q(account_id=actor.account_id)
    if actor.person_id:
        mine |= Q(person_id=actor.person_id)
    raised = Party.objects.filter(mine, matter=OuterRef("pk"), role=Party.Role.RAISER)
    found = Matter.objects.filter(kind=KIND, pk__in=Party.objects.filter(mine).exclude(role=Party.Role.RECORDER).values("matter"))
    return found.annotate(raised_by_reader=Exists(raised))


def _last_words(matters: Sequence[Matter]) -> Asking[list[tuple[str, datetime | None, str]]]:
    """The latest entry with words that somebody of the staff wrote, for each matter; one query."""
    spoken: dict[int, Entry] = {}
    if matters:
        said = Entry.objects.filter(matter=OuterRef("pk"), public=True).exclude(text="").exclude(verb__in=("raise", "add", "rate"))
        latest = Matter.objects.filter(pk__in=[m.pk for m in matters]).values_list(Subquery(said.order_by("-seq").values("pk")[:1]))
        (rows,) = yield [Entry.objects.filter(pk__in=latest).select_related("unit")[: len(matters)]]
        spoken = {entry.matter_id: entry for entry in rows}
    return [_said(spoken.get(m.pk), as_raised=_raised_by_reader(m)) for m in matters]


def _said(entry: Entry | None, *, as_raised: bool) -> tuple[str, datetime | None, str]:
    if entry is None:
        return "", None, ""
    text = words_of(entry.text, entry.facts)
    return speaker_of(entry), entry.at, text if as_raised else scrub(text).text


def _to_rate(actor: Actor) -> QuerySet[Matter]:
    """Requests of the reader's that are done and that they have not rated."""
    if actor.account_id is None:
        return Matter.objects.none()
    rated = Rating.objects.filter(matter=OuterRef("pk"), account_id=actor.account_id, round=OuterRef("reopened"), outcome="rated")
    recorder = Party.objects.filter(matter=OuterRef("pk"), account_id=actor.account_id, role=Party.Role.RECORDER)
    found = _of_mine(actor).filter(~Exists(rated), ~Exists(recorder), state="resolved")
    return found.select_related("place", "category", "holder").order_by("-resolved_at")


def _news(actor: Actor, place: Place | None, now: datetime, limit: int) -> QuerySet[Matter]:
    """Requests of the place that changed of late and are not the reader's own, the latest first."""
    # Among the newest of the place alone, which an index leads to: all there ever were would have to be sorted to find the latest few.
    newest = narrowed(actor, Filter(place=place), now).order_by("-pk").values("pk")[:NEWS_AMONG]
    found = Matter.objects.filter(pk__in=newest, updated_at__gt=now - timedelta(days=NEWS_DAYS)).exclude(state__in=("withdrawn", "merged"))
    if actor.account_id is not None:
        found = found.exclude(pk__in=_of_mine(actor).values("pk"))
    # Chosen by number first: rows are wide.
    latest = Matter.objects.filter(pk__in=found.order_by("-updated_at").values("pk")[:limit])
    return latest.select_related("place", "category", "holder").order_by("-updated_at")[:limit]


def feed_rows(chosen: Filter, now: datetime, *, limit: int = 50) -> list[Row]:
    """What the feed lists: public requests alone, whoever asks for it."""
    return request_page(ANONYMOUS, chosen, now, limit=limit).rows

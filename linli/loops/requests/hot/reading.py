"""
Requests as the messages hot topics are made of: what everyone may read of them, who raised them, where they are. No writes.

A private request is in no topic, nor one that was withdrawn, nor what somebody raised whose data were erased; nor the request of an office that
leads others, which is nobody's voice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.functions import Left

from linli.insight.hot.messages import BODY_CHARS, Message, Span
from linli.kernel.access.paths import WIDTH, number_of, subtree
from linli.kernel.access.rows import chunks
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Matter, Party, Visibility
from linli.kernel.people.models import Person
from linli.kernel.places.models import Kind, Place
from linli.loops.requests.hot.models import Topic
from linli.loops.requests.rules import KIND

AT_ONCE: Final = 20_000
"""Numbers in one query: a database takes only so many."""
READ_OF_A_BODY: Final = 8 * BODY_CHARS
"""Characters fetched of a text, some of which are markup and white space."""

_TOO_NARROW = (Kind.HOME, Kind.ENTRANCE)
_NARROW = (Kind.COMPOUND, Kind.BUILDING)


def span_until(today: date) -> Span:
    """The days topics are counted over, up to and with `today`."""
    return Span.until(today, settings.HOT_DAYS)


def local_day(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


@dataclass(frozen=True)
class Ground:
    """The places at a root and below it, down to buildings: names by number, for telling where and for reading names out of texts."""

    root: Place
    places: dict[int, Place]

    def of(self, path: str) -> tuple[str, ...]:
        """The places on a path from the root down, as the keys of a message."""
        numbers = (number_of(path[at : at + WIDTH]) for at in range(0, len(path), WIDTH))
        return tuple(str(number) for number in numbers if number in self.places)

    def near(self, path: str) -> str:
        """The place on a path by which people mean the same "here": the compound, else the building, else nothing narrower than a community."""
        places = [self.places[int(key)] for key in self.of(path)]
        return next((str(p.pk) for p in places if p.kind in _NARROW), "")

    @property
    def words(self) -> dict[str, str]:
        """What a topic's place is called: compounds, and buildings with their compound. Wider places say too little."""
        found = {}
        for number, place in self.places.items():
            if place.kind in _NARROW:
                above = self.places.get(place.parent_id or 0)
                found[str(number)] = f"{above.name} {place.name}" if place.kind == Kind.BUILDING and above else place.name
        return found

    @property
    def names(self) -> frozenset[str]:
        """Names that are read as places in a text."""
        return frozenset(place.name.replace(" ", "").lower() for place in self.places.values() if place.kind != Kind.BUILDING)


def ground_of(root: Place) -> Ground:
    """One query."""
    found = Place.objects.filter(**subtree("path", root.path)).exclude(kind__in=_TOO_NARROW)
    return Ground(root, {p.pk: p for p in found.only("pk", "name", "kind", "parent_id", "path")})


def counted(root: Place, since: datetime) -> QuerySet[Matter]:
    """The requests at a root that may be in topics, oldest first."""
    erased = Party.objects.filter(role=Party.Role.RAISER, person__erased_at__isnull=False).values("matter")
    found = Matter.objects.filter(kind=KIND, raised_at__gte=since, **subtree("place_path", root.path))
    leads = Topic.objects.filter(root=root, lead__isnull=False).values("lead")
    found = found.exclude(visibility=Visibility.PRIVATE).exclude(state="withdrawn").exclude(pk__in=erased).exclude(pk__in=leads)
    return found.order_by("raised_at", "pk")


class Spoken(NamedTuple):
    """What topics need of a request, and no more: a window holds many, with long texts and much else."""

    pk: int
    title: str
    body: str
    visibility: str
    place_path: str
    raised_at: datetime
    updated_at: datetime
    me_too: int


def spoken(matters: QuerySet[Matter]) -> Iterator[Spoken]:
    """The requests in their order, as what topics need of them. One query."""
    rows = matters.annotate(begins=Left("public_body", READ_OF_A_BODY)).values_list(
        "pk", "public_title", "begins", "visibility", "place_path", "raised_at", "updated_at", "me_too"
    )
    return (Spoken(*row) for row in rows.iterator(chunk_size=AT_ONCE))


def spoken_of(matter_ids: Iterable[int]) -> list[Spoken]:
    """Some requests, oldest first. A query for each `AT_ONCE`."""
    found = [m for some in chunks(matter_ids, AT_ONCE) for m in spoken(Matter.objects.filter(pk__in=some))]
    return sorted(found, key=lambda m: (m.raised_at, m.pk))


def public_ones(matters: Iterable[Spoken]) -> frozenset[int]:
    """Those of the requests that strangers may read."""
    return frozenset(m.pk for m in matters if m.visibility == Visibility.PUBLIC)


def messages_of(matters: Sequence[Spoken], ground: Ground) -> list[Message]:
    """As messages, with what everyone may read; two queries for who raised them, of each `AT_ONCE`."""
    raisers = raisers_of([m.pk for m in matters])
    places = {path: (ground.of(path), ground.near(path)) for path in {m.place_path for m in matters}}
    return [
        Message(
            id=m.pk,
            title=m.title,
            body=m.body,
            person=raisers.get(m.pk, ""),
            at=m.raised_at.astimezone(ZONE).replace(tzinfo=None),
            place=places[m.place_path][0],
            near=places[m.place_path][1],
            likes=m.me_too,
        )
        for m in matters
    ]


def raisers_of(matter_ids: Collection[int]) -> dict[int, str]:
    """Who raised each, the same word for the same person however they came in; nobody for what nobody signed."""
    found: dict[int, str] = {}
    for some in chunks(matter_ids, AT_ONCE):
        parties = Party.objects.filter(role=Party.Role.RAISER, matter_id__in=some).values_list("matter_id", "person_id", "account_id")
        rows = list(parties.order_by("-pk"))
        accounts = {account for _matter, person, account in rows if account and not person}
        people = dict(Person.objects.filter(account_id__in=accounts).values_list("account_id", "pk")) if accounts else {}
        for matter, person, account in rows:
            one = person or people.get(account)
            found[matter] = f"p{one}" if one else f"a{account}" if account else ""
    return found


def window_begins(today: date) -> datetime:
    """The first moment of the window."""
    first = span_until(today).first
    return datetime.combine(first, datetime.min.time(), tzinfo=ZONE)

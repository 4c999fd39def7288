"""
The rows detectors read, out of the records of one ground and the last year. Places are communities (by number); whoever acted is a code that stands in
no row that is kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.files.storage import default_storage
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from linli.insight.measure.detectors import picture_mark
from linli.kernel.access.paths import ancestors
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.models import Attachment, Clock, Entry, Link, Matter, Party, Rating
from linli.kernel.people.models import FieldReading
from linli.kernel.places.models import Kind, Place
from linli.lib.problems import InputProblem
from linli.loops.council.meetings.models import Meeting
from linli.loops.requests.rules import KIND
from linli.measure.suspicions.models import Behind, PictureMark

PAST: Final = timedelta(days=366)
MARKS_AT_ONCE: Final = 2_000
_HELD: Final = ("ended", "confirmed", "published")
_WORKED: Final = ("resolve", "conclude_whistle")


@dataclass(frozen=True)
class Source:
    """`rows(ground, since)`: what the detector is given, each with `number`, the matter or meeting it is of."""

    kind: Behind.Kind
    rows: Callable[[int | None, datetime], list[dict[str, Any]]]


def _matters(ground: int | None, since: datetime, field: str = "raised_at") -> QuerySet[Matter]:
    return Matter.objects.filter(kind=KIND, district_id=ground, community_id__isnull=False, **{f"{field}__gte": since}).order_by()


def _of_matters(ground: int | None, since: datetime, moment: str) -> dict[str, Any]:
    return {
        "matter__kind": KIND,
        "matter__district_id": ground,
        "matter__community_id__isnull": False,
        f"{moment}__gte": since,
    }


def same_hand(ground: int | None, since: datetime) -> list[dict[str, Any]]:
    """Requests that were resolved: who recorded them for somebody, and who resolved them last."""
    recorder = Party.objects.filter(matter=OuterRef("pk"), role=Party.Role.RECORDER, account__isnull=False).order_by("pk")
    resolved = Entry.objects.filter(matter=OuterRef("pk"), verb__in=_WORKED, account__isnull=False).order_by("-seq")
    rows = _matters(ground, since, "resolved_at").annotate(
        opener=Subquery(recorder.values("account")[:1]), closer=Subquery(resolved.values("account")[:1])
    )
    return [
        {
            "row": pk,
            "number": pk,
            "place": str(place),
            "opened_at": raised,
            "closed_at": closed,
            "opened_by": _code(opener),
            "closed_by": _code(closer),
        }
        for pk, place, raised, closed, opener, closer in rows.values_list(
            "pk", "community_id", "raised_at", "resolved_at", "opener", "closer"
        ).iterator()
    ]


def _code(account: int | None) -> str | None:
    return None if account is None else f"a{account}"


def deadlines(ground: int | None, since: datetime) -> list[dict[str, Any]]:
    """Each time a request was resolved under a promise, and when it was opened again after that."""
    again = Entry.objects.filter(matter=OuterRef("matter"), verb="reopen", at__gt=OuterRef("met_at")).order_by("at")
    rows = (
        Clock.objects.filter(subject="resolve", order=None, cancelled_at=None, due_at__isnull=False, **_of_matters(ground, since, "met_at"))
        .order_by()
        .annotate(again=Subquery(again.values("at")[:1]))
    )
    return [
        {"row": pk, "number": matter, "place": str(place), "closed_at": met, "due_at": due, "reopened_at": reopened}
        for pk, matter, place, met, due, reopened in rows.values_list(
            "pk", "matter_id", "matter__community_id", "met_at", "due_at", "again"
        ).iterator()
    ]


def _rated(ground: int | None, since: datetime) -> QuerySet[Rating]:
    return Rating.objects.filter(outcome=Rating.Outcome.RATED, **_of_matters(ground, since, "at")).order_by()


def no_contact(ground: int | None, since: datetime) -> list[dict[str, Any]]:
    """
    Ratings staff recorded for somebody on the register, and when their phone was last opened before (that reading is always recorded). Whoever raised it
    without standing on the register has no phone here to open, so nothing can be told of them; nor where most contacts leave no trace at all.
    """
    opened = FieldReading.objects.filter(person=OuterRef("person"), field="phone", at__lte=OuterRef("at")).order_by("-at")
    rows = _rated(ground, since).filter(recorded_by__isnull=False, person__isnull=False).annotate(contact=Subquery(opened.values("at")[:1]))
    found = [
        {"row": pk, "number": matter, "place": str(place), "at": at, "by_staff": True, "satisfied": satisfied, "contact_at": contact}
        for pk, matter, place, at, satisfied, contact in rows.values_list(
            "pk", "matter_id", "matter__community_id", "at", "satisfied", "contact"
        ).iterator()
    ]
    return found if 2 * sum(row["contact_at"] is not None for row in found) >= len(found) else []


def bursts(ground: int | None, since: datetime) -> list[dict[str, Any]]:
    """Ratings with whoever recorded them, or whose own account it was. Devices are not recorded here."""
    rows = _rated(ground, since).annotate(source=Coalesce(F("recorded_by"), F("account")))
    return [
        {"row": pk, "number": matter, "place": str(place), "at": at, "channel": channel, "source": _code(source)}
        for pk, matter, place, at, channel, source in rows.values_list(
            "pk", "matter_id", "matter__community_id", "at", "channel", "source"
        ).iterator()
    ]


def pictures(ground: int | None, since: datetime) -> list[dict[str, Any]]:
    """Pictures shown with requests by whoever works on them; what came with the raising, or from somebody it concerns, is theirs."""
    entry = Entry.objects.filter(matter=OuterRef("matter"), seq=OuterRef("seq"))
    theirs = Party.objects.filter(
        matter=OuterRef("matter"), account=OuterRef("file__added_by"), role__in=(Party.Role.RAISER, Party.Role.ME_TOO)
    )
    rows = (
        Attachment.objects.filter(
            matter__kind=KIND, matter__district_id=ground, matter__community_id__isnull=False, file__media_type__startswith="image/"
        )
        .order_by()
        .annotate(at=Subquery(entry.values("at")[:1]), verb=Subquery(entry.values("verb")[:1]), theirs=Exists(theirs))
        .filter(at__gte=since)
    )
    found = list(rows.values_list("matter_id", "matter__community_id", "at", "file__sha256", "verb", "theirs").iterator())
    marks = _marks({digest for _matter, _place, _at, digest, _verb, _theirs in found})
    cases = _cases(ground)
    return [
        {
            "row": matter,
            "number": matter,
            "place": str(place),
            "at": at,
            "digest": digest,
            "mark": marks.get(digest) or None,
            "case": cases.get(matter),
            "by_staff": not (verb == "raise" or own),
        }
        for matter, place, at, digest, verb, own in found
    ]


def _marks(digests: set[str]) -> dict[str, str]:
    """Marks of stored pictures by the hashes of their contents; those not made yet are made, so many at once, and those of contents that are gone go."""
    stored = StoredFile.objects.filter(sha256=OuterRef("sha256"))
    PictureMark.objects.filter(~Exists(stored)).delete()
    known = {one.sha256: one.mark for one in PictureMark.objects.all() if one.sha256 in digests}
    new = sorted(digests - known.keys())[:MARKS_AT_ONCE]
    made: dict[str, str] = {}
    for start in range(0, len(new), 500):
        made |= {file.sha256: _mark(file) for file in StoredFile.objects.filter(sha256__in=new[start : start + 500])}
    PictureMark.objects.bulk_create((PictureMark(sha256=digest, mark=mark) for digest, mark in made.items()), ignore_conflicts=True)
    return known | made


def _mark(file: StoredFile) -> str:
    where = file.thumbnail_as or file.stored_as
    try:
        with default_storage.open(where) as content:
            return picture_mark(content.read())
    except (OSError, InputProblem):
        return ""


def _cases(ground: int | None) -> dict[int, str]:
    """Requests that belong together (merged, linked, parts of one), each by the smallest of them."""
    ties: list[tuple[int, int]] = list(
        Link.objects.filter(ended_at=None, source__kind=KIND, source__district_id=ground).values_list("source_id", "target_id")
    )
    for field in ("merged_into_id", "parent_id"):
        ties += Matter.objects.filter(kind=KIND, district_id=ground, **{f"{field}__isnull": False}).order_by().values_list("pk", field)
    first: dict[int, int] = {}

    def root(pk: int) -> int:
        while first.setdefault(pk, pk) != pk:
            first[pk] = first[first[pk]]
            pk = first[pk]
        return pk

    for a, b in ties:
        low, high = sorted((root(a), root(b)))
        first[high] = low
    return {pk: f"m{root(pk)}" for pk in list(first)}


def events(ground: int | None, since: datetime) -> list[dict[str, Any]]:
    """Council meetings that were held: title and topics, and how many came."""
    communities = _communities(ground)
    rows = (
        Meeting.objects.filter(state__in=_HELD, starts_at__gte=since)
        .order_by("pk")
        .annotate(came=Count("attendees", filter=Q(attendees__stays__isnull=False), distinct=True))
        .prefetch_related("items")
    )
    found = []
    for meeting in rows:
        place = next((communities[path] for path in ancestors(meeting.place_path) if path in communities), None)
        if place is not None:
            topics = " ".join(item.title for item in meeting.items.all())
            found.append(
                {
                    "row": meeting.pk,
                    "number": meeting.pk,
                    "place": str(place),
                    "at": meeting.opened_at or meeting.starts_at,
                    "title": meeting.title,
                    "text": topics,
                    "people": meeting.came,
                }
            )
    return found


def _communities(ground: int | None) -> dict[str, int]:
    """Communities of a ground by their paths."""
    districts = list(Place.objects.filter(kind=Kind.DISTRICT).values_list("pk", "path"))
    inside = {path for pk, path in districts if pk == ground}
    found = {}
    for pk, path in Place.objects.filter(kind=Kind.COMMUNITY).values_list("pk", "path"):
        above = {other for _pk, other in districts if path.startswith(other)}
        if (above & inside) if ground is not None else not above:
            found[path] = pk
    return found


SOURCES: Final[dict[str, Source]] = {
    "same_hand": Source(Behind.Kind.MATTER, same_hand),
    "deadlines": Source(Behind.Kind.MATTER, deadlines),
    "no_contact": Source(Behind.Kind.MATTER, no_contact),
    "bursts": Source(Behind.Kind.MATTER, bursts),
    "pictures": Source(Behind.Kind.MATTER, pictures),
    "events": Source(Behind.Kind.MEETING, events),
}
"""Which detectors are run here. Returns and figures against targets are looked at where they are kept."""


def numbers(rows: Iterable[dict[str, Any]]) -> dict[Any, int]:
    """The matter or meeting of each row's key."""
    found: dict[Any, int] = defaultdict(int)
    for row in rows:
        found[row["row"]] = row["number"]
    return found

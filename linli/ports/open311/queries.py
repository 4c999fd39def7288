"""What Open311 shows: services, their questions, requests, updates. Each list in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import subtree
from linli.kernel.access.refusals import NotFound
from linli.kernel.matters.models import Attachment, Category, Clock, Entry, Matter
from linli.kernel.matters.queries import known_elsewhere, visible_to
from linli.kernel.places.models import Place
from linli.kernel.places.queries import short_names
from linli.lib.geo import gcj02_from_wgs84
from linli.loops.requests.rules import KIND, WORKFLOW
from linli.ports.open311 import rules
from linli.ports.open311.models import Report, ServiceAttribute
from linli.ports.open311.spark import Many, One

# Entries whose words are worth telling another system.
TOLD = (
    "answer",
    "ask",
    "suspend",
    "resume",
    "resolve",
    "conclude_whistle",
    "answer_whistle",
    "decline",
    "reopen",
    "dispatch",
    "accept",
    "start",
    "close",
    "merge",
    "withdraw",
    "supervise",
)


# --- jurisdictions -------------------------------------------------------------------------------
def jurisdiction(jurisdiction_id: str) -> Place | None:
    """The place a jurisdiction id stands for; None for the whole installation. Raises NotFound for an unknown one."""
    if not jurisdiction_id or jurisdiction_id == settings.OPEN311_JURISDICTION:
        return None
    place = Place.objects.filter(code=jurisdiction_id[:32], retired_at=None).first()
    if place is None:
        raise NotFound("no_jurisdiction", _("没有这个辖区：%(id)s。") % {"id": jurisdiction_id[:60]})
    return place


# --- services ------------------------------------------------------------------------------------
def code_of(category: Category) -> str:
    """The code other systems know a category by: the operator's own `open311` code, or ours."""
    return str(category.external_codes.get("open311") or category.code)


def services() -> Many:
    """Every leaf in force (and tops without leaves)."""
    asks = Exists(ServiceAttribute.objects.filter(category=OuterRef("pk"), retired_at=None))
    rows = list(Category.objects.filter(active=True).annotate(asks=asks).order_by("sort", "id"))
    names = {c.pk: c.name for c in rows}
    parents = {c.parent_id for c in rows}
    return Many("services", "service", [_service(c, names.get(c.parent_id or 0, ""), bool(c.asks)) for c in rows if c.pk not in parents])


def _service(category: Category, group: str, asks: bool) -> dict[str, Any]:
    words = [k[0] if isinstance(k, (list, tuple)) else str(k) for k in category.keywords[:8]] + (["private"] if category.private else [])
    return {
        "service_code": code_of(category),
        "service_name": category.name,
        "description": f"{group}：{category.name}" if group else category.name,
        "metadata": asks,
        # What only the people concerned may read has no public number: its sender gets a token instead.
        "type": "batch" if category.private else "realtime",
        "keywords": ",".join(w.replace(",", " ") for w in words),
        "group": group or category.name,
    }


def service(service_code: str) -> Category:
    """Raises NotFound for a code no category in force has."""
    code = service_code[:60]
    found = Category.objects.filter(active=True).filter(Q(code=code) | Q(external_codes__open311=code)).order_by("id").first()
    if found is None:
        raise NotFound("no_service", _("没有这个服务代码：%(code)s。") % {"code": code})
    return found


def definition(category: Category) -> One:
    return One(
        "service_definition",
        {"service_code": code_of(category), "attributes": Many("attributes", "attribute", [_attribute(a) for a in questions(category)])},
    )


def questions(category: Category) -> list[ServiceAttribute]:
    """Those in force, in their order."""
    return list(ServiceAttribute.objects.filter(category=category, retired_at=None))


def _attribute(asked: ServiceAttribute) -> dict[str, Any]:
    values = [{"key": str(key), "name": str(name)} for key, name in asked.values]
    row: dict[str, Any] = {
        "variable": asked.variable,
        "code": asked.code,
        "datatype": asked.datatype,
        "required": asked.required,
        "datatype_description": asked.datatype_description,
        "order": asked.order,
        "description": asked.description,
    }
    return row | ({"values": Many("values", "value", values)} if values else {})


# --- requests ------------------------------------------------------------------------------------
def requests_seen(actor: Actor, place: Place | None) -> QuerySet[Matter]:
    found = Matter.objects.filter(visible_to(actor, KIND), kind=KIND)
    found = found.filter(**subtree("place_path", place.path)) if place is not None else found
    return found.distinct() if actor.account_id else found


def by_ids(found: QuerySet[Matter], ids: Sequence[str]) -> list[Matter]:
    """The requests with these ids, ours ("R12") or those they had where they came from, in the order asked."""
    ours = [int(i[1:]) for i in ids if i[:1] in ("R", "r") and i[1:].isascii() and i[1:].isdigit() and len(i) < 19]
    rows = list(
        _related(found.filter(Q(pk__in=ours) | Q(pk__in=known_elsewhere(KIND, [i for i in ids if 0 < len(i) <= 64]).values("pk"))))[
            : rules.MOST
        ]
    )
    known = {m.ref.lower(): m for m in rows} | {m.external_id.lower(): m for m in rows if m.external_id}
    return list(dict.fromkeys(known[i.lower()] for i in ids if i.lower() in known))


def in_window(
    found: QuerySet[Matter],
    start: datetime,
    end: datetime,
    categories: Sequence[int] | None,
    statuses: Sequence[str],
    *,
    offset: int,
    limit: int,
) -> list[Matter]:
    """Raised in the span, newest first."""
    found = found.filter(raised_at__gte=start, raised_at__lte=end)
    if categories is not None:
        found = found.filter(category_id__in=categories)
    if statuses and set(statuses) != {"open", "closed"}:
        found = found.filter(is_open="open" in statuses)
    return list(_related(found).order_by("-raised_at", "-pk")[offset : offset + limit])


def _related(found: QuerySet[Matter]) -> QuerySet[Matter]:
    return found.select_related("place", "category", "holder", "report")


def categories_of(codes: Sequence[str]) -> list[int]:
    """Ids of the categories with these codes, tops with their leaves; unknown codes find nothing."""
    rows = Category.objects.filter(Q(code__in=codes) | Q(external_codes__open311__in=codes) | Q(parent__code__in=codes))
    return list(rows.values_list("pk", flat=True))


def requests_out(matters: Sequence[Matter], *, extended: bool, datum: str) -> Many:
    """The requests as Open311 prints them: five queries, however many there are."""
    ids = [m.pk for m in matters]
    notes: dict[int, list[Entry]] = {}
    wanted = (
        Entry.objects.filter(matter_id__in=ids, public=True, verb__in=TOLD)
        .only("matter_id", "seq", "at", "verb", "text")
        .order_by("matter_id", "seq")
    )
    for entry in wanted:
        notes.setdefault(entry.matter_id, []).append(entry)
    pictures: dict[int, int] = {}
    for matter_id, file_id in Attachment.objects.filter(matter_id__in=ids, public=True).order_by("-pk").values_list("matter_id", "file_id"):
        pictures[matter_id] = file_id
    promised = dict(
        Clock.objects.filter(matter_id__in=ids, subject="resolve", due_at__isnull=False).order_by("pk").values_list("matter_id", "due_at")
    )
    names = short_names([m.place for m in matters])
    rows = []
    for m in matters:
        row = _request(m, names[m.place_id], notes.get(m.pk, []), pictures.get(m.pk), extended=extended, datum=datum)
        row["expected_datetime"] = rules.said(promised.get(m.pk, m.due_at))
        rows.append(row)
    return Many("service_requests", "request", rows)


def _request(matter: Matter, where: str, notes: Sequence[Entry], picture: int | None, *, extended: bool, datum: str) -> dict[str, Any]:
    report: Report | None = getattr(matter, "report", None)
    said = next((n.text for n in reversed(notes) if n.text), "")
    latitude, longitude = _point(matter, datum)
    row: dict[str, Any] = {
        "service_request_id": matter.ref,
        "status": "open" if matter.is_open else "closed",
        "status_notes": said,
        "service_name": matter.category.name if matter.category else "",
        "service_code": code_of(matter.category) if matter.category else "",
        "description": matter.public_body or matter.public_title,
        "agency_responsible": matter.holder.name if matter.holder else "",
        "service_notice": "",
        "requested_datetime": rules.said(matter.raised_at),
        "updated_datetime": rules.said(matter.closed_at or matter.updated_at),
        "expected_datetime": None,
        "address": (report.address if report else "") or f"{where} {matter.spot}".strip(),
        "address_id": str(matter.place_id),
        "zipcode": report.zipcode if report else "",
        "lat": latitude,
        "long": longitude,
        "media_url": f"{settings.PUBLIC_URL}/api/v1/files/{picture}" if picture else (report.media_url if report else ""),
    }
    if extended:
        row["extended_attributes"] = _extended(matter, report)
        row["notes"] = Many("notes", "note", _notes(notes, report))
    return row


def _point(matter: Matter, datum: str) -> tuple[float | None, float | None]:
    if matter.latitude is None or matter.longitude is None:
        return None, None
    point = matter.latitude / 1_000_000, matter.longitude / 1_000_000
    latitude, longitude = gcj02_from_wgs84(*point) if datum == "gcj02" else point
    return round(latitude, 6), round(longitude, 6)


def _extended(matter: Matter, report: Report | None) -> dict[str, Any]:
    state = WORKFLOW.by_code[matter.state]
    attributes = [
        {"code": code, "value": ",".join(value) if isinstance(value, list) else str(value)}
        for code, value in (report.attributes if report else {}).items()
    ]
    return {
        "title": matter.public_title,
        "state": matter.state,
        "state_name": str(state.label),
        "stage": matter.stage,
        "external_status_code": rules.EXTENDED[matter.state],
        "channel": matter.channel,
        "external_id": matter.external_id,
        "me_too": matter.me_too,
        "attributes": Many("attributes", "attribute", attributes),
    }


def _notes(notes: Sequence[Entry], report: Report | None) -> list[dict[str, Any]]:
    labels = {m.verb: str(m.label) for m in WORKFLOW.moves}
    ours = [{"datetime": rules.said(n.at), "summary": labels.get(n.verb, n.verb), "description": n.text, "type": n.verb} for n in notes]
    return [dict(n) for n in (report.notes if report else [])] + ours


# --- updates -------------------------------------------------------------------------------------
def updates(actor: Actor, place: Place | None, start: datetime, end: datetime, *, offset: int, limit: int) -> Many:
    """What changed in the span, oldest first, as mySociety's extension asks for it."""
    seen = requests_seen(actor, place).values("pk")
    entries = list(
        Entry.objects.filter(at__gte=start, at__lte=end, public=True, verb__in=TOLD, matter_id__in=seen).order_by("at", "pk")[
            offset : offset + limit
        ]
    )
    pictures: dict[tuple[int, int], int] = {}
    for attachment in Attachment.objects.filter(matter_id__in={e.matter_id for e in entries}, public=True):
        pictures[attachment.matter_id, attachment.seq] = attachment.file_id
    rows = []
    for entry in entries:
        state = str(entry.facts.get("to") or "in_progress")
        picture = pictures.get((entry.matter_id, entry.seq))
        rows.append(
            {
                "update_id": f"E{entry.pk}",
                "service_request_id": f"{WORKFLOW.prefix}{entry.matter_id}",
                "status": "REOPEN" if entry.verb == "reopen" else rules.EXTENDED.get(state, "OPEN"),
                "updated_datetime": rules.said(entry.at),
                "description": entry.text,
                "media_url": f"{settings.PUBLIC_URL}/api/v1/files/{picture}" if picture else "",
                "external_status_code": state,
            }
        )
    return Many("service_request_updates", "request_update", rows)

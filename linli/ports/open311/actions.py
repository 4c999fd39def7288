"""What comes in through Open311: reports, replayed reports, updates. Each is parsed here and done by the loop's own actions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import within
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.files.actions import gone_if_refused, store_picture
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.models import Category, Entry, Matter
from linli.kernel.matters.queries import id_of_ref, known_elsewhere, matter_for
from linli.kernel.people.actions import register_person
from linli.kernel.people.models import Person
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.queries import ancestor_of_kind, place_at
from linli.lib.geo import GeoError, check_position, wgs84_from_gcj02
from linli.lib.texts import clean
from linli.loops.requests.actions import handling, intake, judging
from linli.loops.requests.actions.intake import check_times
from linli.loops.requests.actions.replaying import Replay, known_ids, replay_requests
from linli.loops.requests.rules import KIND, WORKFLOW
from linli.ports.open311 import queries, rules
from linli.ports.open311.models import ReceivedUpdate, Report, ServiceAttribute

_TOKENS = Signer(salt="open311.token", sep=".")
CONTACT = ("email", "first_name", "last_name", "phone")


@dataclass(frozen=True)
class Given:
    """One report as it came: single values, answers to questions, and pictures."""

    values: Mapping[str, str]
    attributes: Mapping[str, list[str]] = field(default_factory=dict)
    media: Sequence[Any] = ()

    def get(self, name: str) -> str:
        """The value without blanks around it; an empty parameter is an absent one."""
        return self.values.get(name, "").strip()


@dataclass(frozen=True)
class Where:
    place: Place
    point: tuple[float, float] | None
    address: str


class Atlas:
    """Where reports belong. One is made for each call, so that a batch looks each thing up once."""

    def __init__(self, actor: Actor, jurisdiction: Place | None) -> None:
        self.actor, self.jurisdiction = actor, jurisdiction
        self._fallback: Place | None = None
        self._looked = False
        self._services: dict[str, Category] = {}
        self._drawn: bool | None = None

    def service(self, code: str) -> Category:
        if code not in self._services:
            self._services[code] = queries.service(code)
        return self._services[code]

    @property
    def drawn(self) -> bool:
        """Is any place drawn at all?"""
        if self._drawn is None:
            self._drawn = Place.objects.filter(south__isnull=False, retired_at=None).exists()
        return self._drawn

    @property
    def fallback(self) -> Place | None:
        """Where reports go that lie in no outline: the jurisdiction, the configured place, else the area of the sender's grant."""
        if not self._looked:
            self._looked = True
            self._fallback = self.jurisdiction or self._configured() or self._granted()
        return self._fallback

    def _configured(self) -> Place | None:
        return Place.objects.filter(code=settings.OPEN311_PLACE, retired_at=None).first() if settings.OPEN311_PLACE else None

    def _granted(self) -> Place | None:
        paths = sorted((s.path for s in self.actor.standings if s.path), key=len)
        return (
            Place.objects.filter(path=paths[0], retired_at=None).first()
            if paths
            else Place.objects.filter(parent=None, retired_at=None).order_by("pk").first()
        )

    def where(self, given: Given) -> Where:
        """Place and point of a report. Raises Invalid without any location, NotFound for an unknown address_id."""
        point = _point(given)
        address, address_id = clean(given.get("address_string"), 120), given.get("address_id")
        if not (point or address or address_id):
            raise Invalid("no_location", _("请给出位置：lat 和 long，或者 address_string，或者 address_id。"))
        if address_id:
            found = (
                Place.objects.filter(pk=int(address_id), retired_at=None).first()
                if address_id.isascii() and address_id.isdigit() and len(address_id) < 19
                else None
            )
            if found is None:
                raise NotFound("no_address", _("没有这个 address_id。"))
            return Where(found, point, address)
        spot = place_at(*point) if point and self.drawn else None
        place = spot.place if spot else (self._named(address) or self.fallback)
        if place is None or (self.jurisdiction is not None and not within(place.path, self.jurisdiction.path)):
            raise Invalid("outside", _("这个位置不在服务范围内。"))
        return Where(place, point, address)

    def _named(self, address: str) -> Place | None:
        """The one building or compound of that very name."""
        if not address:
            return None
        rows = list(Place.objects.filter(name=address, retired_at=None).exclude(kind="home")[:2])
        return rows[0] if len(rows) == 1 else None


def _point(given: Given) -> tuple[float, float] | None:
    """WGS-84 degrees of `lat` and `long`, converted from GCJ-02 where `datum` (or the setting) says so. Raises Invalid."""
    latitude, longitude = given.get("lat"), given.get("long")
    if not latitude and not longitude:
        return None
    datum = given.get("datum") or settings.OPEN311_DATUM
    try:
        if max(len(latitude), len(longitude)) > 40 or datum not in ("wgs84", "gcj02"):
            raise ValueError
        point = check_position(float(latitude), float(longitude))
    except (ValueError, GeoError):
        raise Invalid("bad_point", _("lat 和 long 要一起给出，是 WGS-84（或 datum=gcj02）的度数。")) from None
    return wgs84_from_gcj02(*point) if datum == "gcj02" else point


# --- reports -------------------------------------------------------------------------------------
@gone_if_refused()
@transaction.atomic
def report(*, actor: Actor, given: Given, atlas: Atlas, now: datetime) -> Matter:
    """Raise a request from a report. Raises Invalid, NotFound for an unknown service, NotAllowed by the table."""
    category = _service_of(given, atlas)
    description = _description(given)
    where = atlas.where(given)
    answers = answered(queries.questions(category), given.attributes)
    person, contact = _sender(actor, given, where.place, now)
    matter = intake.raise_request(
        actor=actor,
        title=rules.title_of(description, category.name),
        body=description,
        place=where.place,
        now=now,
        category=category,
        point=where.point,
        spot=where.address,
        channel="open311",
        files=_pictures(actor, given, now),
        raised_for=person,
    )
    _keep(matter, given, where, answers, contact)
    return matter


def _service_of(given: Given, atlas: Atlas) -> Category:
    code = given.get("service_code")
    if not code:
        raise Invalid("no_service_code", _("缺少 service_code。"))
    return atlas.service(code)


def _description(given: Given) -> str:
    text = given.get("description")
    if len(text) > rules.LONGEST_TEXT:
        raise Invalid("too_long", _("description 最多 %(n)s 个字。") % {"n": rules.LONGEST_TEXT})
    return clean(text, rules.LONGEST_TEXT)


def answered(asked: Sequence[ServiceAttribute], given: Mapping[str, list[str]]) -> dict[str, Any]:
    """The answers to a category's questions, checked. Raises Invalid naming each question that is missing or answered wrongly."""
    wrong: dict[str, list[Any]] = {}
    answers: dict[str, Any] = {}
    for question in asked:
        values = [clean(v, 1000) for v in given.get(question.code, []) if v.strip()]
        if not question.variable:
            continue
        if not values:
            if question.required:
                wrong[question.code] = [_("必须回答：%(question)s") % {"question": question.description}]
            continue
        if not _fits(question, values):
            wrong[question.code] = [_("回答不合要求：%(question)s") % {"question": question.description}]
        answers[question.code] = values if question.datatype == ServiceAttribute.DataType.MULTI else values[0]
    if wrong:
        raise Invalid("bad_attributes", "；".join(str(texts[0]) for texts in wrong.values()), fields=wrong)
    return answers


def _fits(question: ServiceAttribute, values: Sequence[str]) -> bool:
    kinds = ServiceAttribute.DataType
    if question.datatype != kinds.MULTI and len(values) > 1:
        return False
    if question.datatype in (kinds.SINGLE, kinds.MULTI):
        return set(values) <= {str(key) for key, _name in question.values}
    if question.datatype == kinds.DATETIME:
        return rules.moment(values[0]) is not None
    if question.datatype == kinds.NUMBER:
        try:
            return abs(float(values[0])) < float("inf") and len(values[0]) < 40
        except ValueError:
            return False
    return True


def _sender(actor: Actor, given: Given, place: Place, now: datetime) -> tuple[Person | None, str]:
    """The person who wrote, put on the roster when the token may do that; else what they left, to be kept sealed."""
    contact = {name: clean(given.get(name), 120) for name in CONTACT if given.get(name)}
    name = _full_name(contact)
    may = table.may(actor, "person.edit", place.path) and table.may(actor, "request.raise_for", place.path)
    if may and name and contact.get("phone"):
        try:
            with transaction.atomic():
                home = ancestor_of_kind(place, Kind.COMMUNITY) or place
                return register_person(actor=actor, name=name, phone=contact["phone"], now=now, home_place=home)[0], ""
        except Invalid:
            return None, json.dumps(contact, ensure_ascii=False)
    return None, json.dumps(contact, ensure_ascii=False) if contact else ""


def _full_name(contact: Mapping[str, str]) -> str:
    """Chinese names are written family name first, without a blank."""
    first, last = contact.get("first_name", ""), contact.get("last_name", "")
    return last + first if not (first + last).isascii() else f"{first} {last}".strip()


def _pictures(actor: Actor, given: Given, now: datetime) -> tuple[StoredFile, ...]:
    if len(given.media) > 9:
        raise Invalid("too_many_files", _("一次最多 9 张照片。"))
    return tuple(store_picture(actor=actor, upload=file, name=getattr(file, "name", "") or "photo", now=now) for file in given.media)


def _keep(matter: Matter, given: Given, where: Where, answers: Mapping[str, Any], contact: str) -> None:
    report = _kept(matter, given, where, answers, contact)
    if report is not None:
        report.save()


def _kept(matter: Matter, given: Given, where: Where, answers: Mapping[str, Any], contact: str, notes: Sequence[Any] = ()) -> Report | None:
    """What came with a report beyond the request itself; None when nothing did. Not yet stored."""
    media = given.get("media_url")
    media = (
        media
        if media.startswith(("https://", "http://")) and len(media) <= 500 and not any(c.isspace() or c in "<>\"'" for c in media)
        else ""
    )
    zipcode = clean(given.get("zipcode"), 20)
    device, account = clean(given.get("device_id"), 64), clean(given.get("account_id"), 64)
    if not (answers or contact or media or notes or zipcode or device or account):
        return None
    return Report(
        matter=matter,
        attributes=dict(answers),
        contact=contact,
        device_id=device,
        account_ref=account,
        media_url=media,
        zipcode=zipcode,
        notes=list(notes),
        address=where.address,
    )


def token_of(matter: Matter) -> str:
    """A token by which the sender of what is not public gets its id; it cannot be made by others."""
    return _TOKENS.sign(str(matter.pk))


def by_token(token: str) -> Matter:
    """Raises NotFound for a token that was never given out."""
    try:
        matter_id = int(_TOKENS.unsign(token))
    except (BadSignature, ValueError):
        raise NotFound("no_token", _("没有这个 token。")) from None
    matter = Matter.objects.filter(pk=matter_id, kind=KIND).first()
    if matter is None:
        raise NotFound("no_token", _("没有这个 token。"))
    return matter


# --- replay --------------------------------------------------------------------------------------
REPLAY_FIELDS = (
    "requested_datetime",
    "closed_datetime",
    "expected_datetime",
    "status_notes",
    "service_request_id",
    "updated_datetime",
    "status",
)


def is_replay(given: Given) -> bool:
    return bool(given.get("requested_datetime"))


@dataclass(frozen=True)
class Replayed:
    """One record of another system, read and checked; still to be stored."""

    replay: Replay
    given: Given
    where: Where
    notes: Sequence[Any] = ()


def read_replay(*, actor: Actor, given: Given, atlas: Atlas, now: datetime, notes: Sequence[Any] = ()) -> Replayed:
    """
    One record with its own times. The sender's token must hold the scope `request.replay`.

    Raises Invalid for what is missing or times that cannot be, NotFound for an unknown service, NotAllowed without the scope.
    """
    category = _service_of(given, atlas)
    external_id = given.get("service_request_id")
    if not external_id or len(external_id) > 64:
        raise Invalid("no_external_id", _("回放时要给出原编号 service_request_id（最多 64 个字符）。"))
    where = atlas.where(given)
    if actor.scopes is None or not table.may(actor, "request.replay", where.place.path):
        raise table.refusal(actor, "request.replay")
    raised_at = _time(given, "requested_datetime")
    if raised_at is None:
        raise Invalid("no_time", _("缺少 requested_datetime。"))
    closed = given.get("status").lower() == "closed"
    closed_at = _time(given, "closed_datetime") or (_time(given, "updated_datetime") if closed else None)
    check_times(raised_at, closed_at, now)
    description = _description(given)
    return Replayed(
        Replay(
            title=rules.title_of(description, category.name),
            body=description,
            place=where.place,
            raised_at=raised_at,
            external_id=external_id,
            category=category,
            point=where.point,
            spot=where.address,
            channel="open311",
            closed_at=closed_at,
            expected_at=_time(given, "expected_datetime"),
            answer=clean(given.get("status_notes"), rules.LONGEST_TEXT),
        ),
        given,
        where,
        notes,
    )


@transaction.atomic
def store_replays(*, actor: Actor, records: Sequence[Replayed], now: datetime) -> tuple[dict[str, Matter], set[str]]:
    """Store what was read; returns the requests by external id, and which of them are new. Sending a record again changes nothing."""
    ids = [r.replay.external_id for r in records]
    known = known_ids(ids)
    replay_requests(actor=actor, replays=[r.replay for r in records], now=now)
    stored = {m.external_id: m for m in known_elsewhere(KIND, ids)}
    fresh = {r.replay.external_id: r for r in records if r.replay.external_id not in known}
    Report.objects.bulk_create(report for i, r in fresh.items() if (report := _report_of(stored[i], r)) is not None)
    return stored, set(fresh)


def _report_of(matter: Matter, record: Replayed) -> Report | None:
    answers = {clean(code, 40): values if len(values) > 1 else values[0] for code, values in record.given.attributes.items() if values}
    return _kept(matter, record.given, record.where, answers, "", record.notes)


def _time(given: Given, name: str) -> datetime | None:
    text = given.get(name)
    if not text:
        return None
    found = rules.moment(text)
    if found is None:
        raise Invalid("bad_time", _("%(name)s 要写成 2010-01-01T00:00:00Z 这样的时间。") % {"name": name})
    return found


# --- updates -------------------------------------------------------------------------------------
@transaction.atomic
def receive_update(*, actor: Actor, given: Given, now: datetime) -> Entry:
    """
    Take an update from another system. The same `update_id` again returns what the first became.

    A request to reopen does so where the sender may; everything else is added to the timeline in words: a status somebody else
    claims never moves our matter by itself. Raises Invalid, NotFound, NotAllowed.
    """
    update_id = given.get("update_id")
    if not update_id or len(update_id) > 64:
        raise Invalid("no_update_id", _("缺少 update_id（最多 64 个字符）。"))
    if actor.account_id is None:
        raise table.refusal(actor, f"{KIND}.add")
    known = ReceivedUpdate.objects.filter(account_id=actor.account_id, update_id=update_id).first()
    if known is not None:
        return Entry.objects.get(pk=known.entry_id)
    matter = _matter_of(actor, given.get("service_request_id"))
    status = given.get("status").upper()
    if status and status not in rules.ACCEPTED_STATUSES:
        raise Invalid("bad_status", _("没有这个状态：%(status)s。") % {"status": status[:40]})
    at = _time(given, "updated_datetime")
    if at is not None and at > now + timedelta(minutes=5):
        raise Invalid("bad_time", _("updated_datetime 不能晚于现在。"))
    text = _description(given) or (f"[{status}]" if status else "")
    if not text:
        raise Invalid("no_description", _("缺少 description。"))
    _add(actor, matter, text, status, _pictures(actor, given, now), now)
    entry = Entry.objects.filter(matter=matter).order_by("-seq").first()
    assert entry is not None
    ReceivedUpdate.objects.create(account_id=actor.account_id, update_id=update_id, matter=matter, entry_id=entry.pk, received_at=now)
    return entry


def _matter_of(actor: Actor, request_id: str) -> Matter:
    if not request_id:
        raise Invalid("no_service_request_id", _("缺少 service_request_id。"))
    found = known_elsewhere(KIND, [request_id]).values_list("pk", flat=True).first() if len(request_id) <= 64 else None
    return matter_for(actor, found or id_of_ref(request_id))


def _add(actor: Actor, matter: Matter, text: str, status: str, files: Sequence[StoredFile], now: datetime) -> None:
    """The words onto the timeline, by the verb the matter's state allows."""
    if (
        status in ("REOPEN", "OPEN")
        and matter.state in ("resolved", "closed", "declined")
        and table.may(actor, f"{KIND}.reopen", matter.place_path)
    ):
        judging.reopen(actor=actor, matter_id=matter.pk, now=now, text=text)
        return
    if matter.state in WORKFLOW.by_verb["add"].sources:
        handling.add(actor=actor, matter_id=matter.pk, now=now, text=text, files=files)
        return
    if files:
        raise Refused("finished", _("这件事已经办结，不能再加照片；可以请求重新办理。"))
    handling.note(actor=actor, matter_id=matter.pk, now=now, text=text)

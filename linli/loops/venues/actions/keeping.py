"""The register: a venue entered, changed, given a picture, closed. What is wrong with what was given is named field by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused, said
from linli.kernel.accounts.actions import log_event
from linli.kernel.files.actions import Readable, erase_file, gone_if_refused, store_picture
from linli.kernel.places.models import Kind, Place
from linli.law.venues import HAS, items
from linli.lib.codes import check_phone
from linli.lib.problems import InputProblem
from linli.lib.texts import clean
from linli.loops.venues.models import State, Venue
from linli.loops.venues.rules import STAFF
from linli.loops.venues.standing import today_of
from linli.loops.venues.wording import TRAITS

LARGEST_AREA: Final = 10_000_000  # a hectare times ten, in 0.01 m²: no venue of a neighbourhood is larger
LARGEST_FEN: Final = 10_000_000_000
MOST: Final = 1_000_000
# Where a venue may belong: what is larger than a street has no venue of its own, and a home is nobody else's.
KINDS: Final = (Kind.STREET, Kind.COMMUNITY, Kind.GRID, Kind.COMPOUND, Kind.BUILDING)


@dataclass(frozen=True)
class Given:
    """What is entered of a venue; see `models.Venue` for units and for what absent means. `point` is (latitude, longitude) in WGS-84 degrees."""

    place: Place
    name: str
    address: str = ""
    point: tuple[float, float] | None = None
    phone: str = ""
    about: str = ""
    area: int | None = None
    seats: int | None = None
    households: int | None = None
    traits: Sequence[str] = ()
    has: Mapping[str, bool] = field(default_factory=dict)
    functions: Sequence[str] | None = None
    staff: Mapping[str, int] = field(default_factory=dict)
    cost_fen: int | None = None
    cost_year: int | None = None
    state: str = State.IN_USE
    opened_on: date | None = None


PLAIN: Final = tuple(f.name for f in fields(Given) if f.name not in ("point",))


def checked(given: Given, today: date) -> dict[str, Any]:
    """The columns of a venue. Raises Invalid naming every field that must be mended."""
    wrong: dict[str, list[Any]] = {}
    made: dict[str, Any] = {name: getattr(given, name) for name in PLAIN}
    made["name"], made["address"] = clean(given.name, 60), clean(given.address, 120)
    made["about"] = clean(given.about, 600)
    if not made["name"]:
        wrong["name"] = [_("请写场地的名称。")]
    if given.place.kind not in KINDS or given.place.retired_at is not None:
        wrong["place"] = [_("场地要属于一个街道、社区、网格、小区或楼栋。")]
    if given.phone.strip():
        try:
            made["phone"] = check_phone(given.phone)
        except InputProblem as problem:
            wrong["phone"] = [said(problem)]
    else:
        made["phone"] = ""
    for name, most, text in (
        ("area", LARGEST_AREA, _("使用面积应大于 0、不超过 10 万平方米，最多两位小数。")),
        ("seats", MOST, _("座位请写 1 以上的整数。")),
        ("households", MOST, _("户数请写 1 到 1000000 的整数。")),
    ):
        value = made[name]
        if value is not None and not 0 < value <= most:
            wrong[name] = [text]
    if given.cost_fen is not None and not 0 <= given.cost_fen <= LARGEST_FEN:
        wrong["cost_fen"] = [_("每年经费请写 0 到 1 亿元之间的金额。")]
    if given.cost_year is not None and not 2000 <= given.cost_year <= today.year + 1:
        wrong["cost_year"] = [_("经费年份请写 2000 到明年。")]
    if given.state not in State.values or given.state == State.CLOSED:
        wrong["state"] = [_("请选“筹备中”或“使用中”；停用请用停用的按钮。")]
    if given.opened_on is not None and given.opened_on > today and given.state == State.IN_USE:
        wrong["opened_on"] = [_("使用中的场地，启用日期不能在今天以后。")]
    _check_lists(given, made, wrong)
    if given.point is not None and not (-90 <= given.point[0] <= 90 and -180 <= given.point[1] <= 180):
        wrong["latitude"] = [_("纬度应在 -90 到 90 之间，经度应在 -180 到 180 之间。")]
    if wrong:
        raise Invalid("bad_venue", _("有几处要改一改，您写的内容都还在。"), fields=wrong)
    point = given.point
    made["latitude"], made["longitude"] = (None, None) if point is None else (round(point[0] * 1_000_000), round(point[1] * 1_000_000))
    return made


def _check_lists(given: Given, made: dict[str, Any], wrong: dict[str, list[Any]]) -> None:
    """Codes are those of the pack, counts are whole numbers."""
    known = items()
    if any(t not in TRAITS for t in given.traits):
        wrong["traits"] = [_("请从列表里选社区特点。")]
    if any(code not in known or known[code].kind not in HAS for code in given.has):
        wrong["has"] = [_("请从列表里选分区、设备和条件。")]
    if given.functions is not None and any(code not in known or known[code].kind != "function" for code in given.functions):
        wrong["functions"] = [_("请从列表里选功能。")]
    if any(key not in STAFF or isinstance(n, bool) or not isinstance(n, int) or not 0 <= n <= 10_000 for key, n in given.staff.items()):
        wrong["staff"] = [_("人数请写 0 到 10000 的整数。")]
    made["traits"] = sorted(set(given.traits))
    made["has"] = {code: bool(there) for code, there in given.has.items()}
    made["functions"] = None if given.functions is None else sorted(set(given.functions))
    made["staff"] = dict(given.staff)


@transaction.atomic
def add_venue(*, actor: Actor, given: Given, now: datetime) -> Venue:
    """Enter a venue. Raises Invalid, NotAllowed; a name that is taken at the place is said to be."""
    table.require(actor, "venue.edit", given.place.path)
    made = checked(given, today_of(now))
    venue = Venue(created_at=now, created_by_id=actor.account_id, updated_at=now, **made)
    _store(venue)
    log_event("venue_changed", now=now, actor=actor, about=venue.name, venue=venue.pk, added=True)
    return venue


def _store(venue: Venue) -> None:
    try:
        with transaction.atomic():
            venue.save()
    except IntegrityError:
        text = _("“%(place)s”已经有一处叫“%(name)s”的场地。") % {"place": venue.place.name, "name": venue.name}
        raise Invalid("name_taken", text, fields={"name": [text]}) from None


@transaction.atomic
def change_venue(*, actor: Actor, venue_id: int, given: Given, now: datetime, seen: int | None = None) -> Venue:
    """
    Change what stands in the register. Nothing changes when nothing differs. Raises Conflict when somebody else changed it since version `seen`,
    Refused for one that was closed.
    """
    venue = locked(actor, venue_id, "venue.edit")
    refuse_closed(venue)
    if given.place.pk != venue.place_id:
        table.require(actor, "venue.edit", given.place.path)
    if seen is not None and seen != venue.version:
        raise Conflict("changed", _("您打开以后，别人改过这处场地。请看看新的内容再改。"), current_version=venue.version)
    made = checked(given, today_of(now))
    before = {name: getattr(venue, name) for name in made}
    changed = sorted(name for name, value in made.items() if before[name] != value)
    if not changed:
        return venue
    for name, value in made.items():
        setattr(venue, name, value)
    venue.version, venue.updated_at = venue.version + 1, now
    _store(venue)
    log_event("venue_changed", now=now, actor=actor, about=venue.name, venue=venue.pk, fields=changed)
    return venue


@gone_if_refused()
@transaction.atomic
def set_photo(*, actor: Actor, venue_id: int, upload: Readable | None, name: str, words: str, now: datetime) -> Venue:
    """The picture of the venue and what it shows, for those who do not see it; None takes it away. Raises Invalid."""
    venue = locked(actor, venue_id, "venue.edit")
    words = clean(words, 80)
    if upload is not None and not words:
        raise Invalid("no_words", _("照片没有存上。"), fields={"photo_words": [_("请用一句话说明照片上是什么，看不见的人要听它。")]})
    before = venue.photo
    venue.photo = store_picture(actor=actor, upload=upload, name=name, now=now) if upload is not None else None
    venue.photo_words = words if upload is not None else ""
    venue.updated_at = now
    venue.save(update_fields=["photo", "photo_words", "updated_at"])
    if before is not None:
        erase_file(before)
    log_event("venue_changed", now=now, actor=actor, about=venue.name, venue=venue.pk, fields=["photo"])
    return venue


@transaction.atomic
def close_venue(*, actor: Actor, venue_id: int, reason: str, now: datetime) -> Venue:
    """It is no longer a venue; what was recorded stays. An opening under way ends. Closing twice changes nothing. Raises Invalid without reason."""
    venue = locked(actor, venue_id, "venue.edit")
    if venue.state == State.CLOSED:
        return venue
    reason = clean(reason, 200)
    if not reason:
        raise Invalid("no_reason", _("请写停用的原因。"), fields={"reason": [_("请写停用的原因，公开页面上会显示。")]})
    for opening in venue.openings.filter(closed_at=None, struck_at=None):
        if opening.opened_at < now:
            opening.closed_at, opening.closed_by_id = now, actor.account_id
            opening.save(update_fields=["closed_at", "closed_by"])
    venue.state, venue.closed_on, venue.reason = State.CLOSED, today_of(now), reason
    venue.version, venue.updated_at = venue.version + 1, now
    venue.save(update_fields=["state", "closed_on", "reason", "version", "updated_at"])
    log_event("venue_closed", now=now, actor=actor, about=venue.name, venue=venue.pk, reason=reason)
    return venue


def locked(actor: Actor, venue_id: int, verb: str) -> Venue:
    """The venue, locked for an act of the actor. Raises NotFound, NotAllowed."""
    found = Venue.objects.select_for_update(of=("self",)).select_related("place").filter(pk=venue_id).first()
    if found is None:
        raise NotFound("no_venue", _("没有找到这处场地。"))
    table.require(actor, verb, found.place.path)
    return found


def refuse_closed(venue: Venue) -> None:
    if venue.state == State.CLOSED:
        raise Refused("venue_closed", _("这处场地已经停用。要重新启用，请新登记一处。"))


def given_of(venue: Venue, **changes: Any) -> Given:
    """A venue as it stands, with some of it changed."""
    stood: dict[str, Any] = {name: getattr(venue, name) for name in PLAIN}
    return Given(**{**stood, "point": venue.point, **changes})

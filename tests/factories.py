"""
A fixed cast for tests: two streets of one district, with a compound, buildings, units and one person for each role, inside and outside.

Everything is made through the house's own actions, at `NOW`: Wednesday 10 June 2026, ten in the morning in Shanghai.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from linli.kernel.access.actor import Actor, system
from linli.kernel.access.roles import ROLES, UNIT_ROLES
from linli.kernel.accounts.actions import ensure_unit, grant_role, open_account
from linli.kernel.accounts.models import Account, Unit
from linli.kernel.accounts.queries import actor_of
from linli.kernel.matters.models import Category, Matter
from linli.kernel.people.actions import register_person
from linli.kernel.people.models import Person
from linli.kernel.places.actions import add_place
from linli.kernel.places.models import Place
from linli.loops.requests.actions import dispatch, handling, intake, whistle
from linli.loops.requests.reference import load_reference
from tests.worlds import laid_down_again

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 6, 10, 10, 0, tzinfo=ZONE)
HOUSE = system("tests", channel="cli")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def at(text: str) -> datetime:
    """ "2026-02-13 17:30", Shanghai time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def later(**length: float) -> datetime:
    return NOW + timedelta(**length)


@dataclass(frozen=True)
class Street:
    """One street with one community, one compound, two buildings with an entrance and a home each, and the units that serve it."""

    street: Place
    community: Place
    grid: Place
    compound: Place
    buildings: tuple[Place, Place]
    homes: tuple[Place, Place]
    units: Mapping[str, Unit]


@dataclass(frozen=True)
class Cast:
    """`here` is where most things happen; `there` is a street of the same district. One actor for each role in each of the two."""

    district: Place
    here: Street
    there: Street
    inside: Mapping[str, Actor]
    outside: Mapping[str, Actor]
    raiser: Actor
    neighbour: Actor
    person: Person

    def __getattr__(self, name: str) -> Actor:
        """cast.community_worker is the one inside."""
        try:
            return vars(self)["inside"][name]
        except KeyError:
            raise AttributeError(name) from None


def build_street(district: Place, name: str, code: str, point: tuple[float, float]) -> Street:
    def add(kind: str, called: str, parent: Place, **more: Any) -> Place:
        return add_place(actor=HOUSE, kind=kind, name=called, parent=parent, now=NOW - 9 * DAY, **more)

    street = add("street", f"{name}街道", district, code=f"{code}000")
    community = add("community", f"{name}社区", street, code=f"{code}001")
    grid = add("grid", "第 1 网格", community)
    compound = add("compound", f"{name}苑", grid, point=point)
    buildings = (add("building", "3 栋", compound), add("building", "10 栋", compound))
    homes = tuple(add("home", "502", add("entrance", "1 单元", b)) for b in buildings)

    def unit(key: str, kind: str, called: str, where: Place, superior: Unit | None = None) -> Unit:
        return ensure_unit(actor=HOUSE, name=f"{name}{called}", kind=kind, place=where, code=key, superior=superior)

    office = unit("street", "street", "街道办事处", street)
    units = {
        "street": office,
        "community": unit("community", "community", "居委会", community, office),
        "housing": unit("housing", "department", "城建科", street, office),
        "water": unit("water", "department", "排水所", street, office),
        "parks": unit("parks", "department", "园林站", street, office),
        "property": unit("property", "property", "物业", compound),
        "mediation": unit("mediation", "mediation", "调委会", community),
    }
    return Street(street, community, grid, compound, buildings, (homes[0], homes[1]), units)


_UNIT_OF_ROLE = {
    "department_handler": "housing",
    "property_manager": "property",
    "mediator": "mediation",
    "community_worker": "community",
    "community_head": "community",
    "street_officer": "street",
}


def place_of_role(role: str, where: Street) -> Place | None:
    """Where somebody of the role is granted it."""
    if role in ("system_admin", "security_admin", "audit_admin"):
        return where.street
    if role in ("street_officer", "department_handler", "auditor"):
        return where.street
    if role == "resident":
        return where.homes[1]
    if role == "building_leader":
        return where.buildings[0]
    return where.compound if role == "property_manager" else where.grid if role == "grid_worker" else where.community


def account_of(username: str, name: str = "", **more: Any) -> Account:
    return open_account(actor=HOUSE, username=username, name=name or username, now=NOW - 9 * DAY, **more)


def actor_with(username: str, role: str, place: Place | None, unit: Unit | None = None, name: str = "") -> Actor:
    account = account_of(username, name)
    grant_role(actor=HOUSE, account=account, role=role, place=place, now=NOW - 9 * DAY, unit=unit)
    return actor_of(account, now=NOW)


def actor_with_all(username: str, roles: Iterable[str], where: Street) -> Actor:
    """Somebody who holds all of these at once."""
    account = account_of(username)
    for role in roles:
        unit = where.units.get(_UNIT_OF_ROLE.get(role, ""))
        grant_role(actor=HOUSE, account=account, role=role, place=place_of_role(role, where), now=NOW - 9 * DAY, unit=unit)
    return actor_of(account, now=NOW)


def members(side: str, where: Street) -> dict[str, Actor]:
    return {
        role: actor_with(f"{role}.{side}", role, place_of_role(role, where), where.units.get(_UNIT_OF_ROLE.get(role, "")), str(ROLES[role]))
        for role in ROLES
    }


@laid_down_again
def build_cast() -> Cast:
    """Places, units, accounts and the reference data; about 130 rows."""
    load_reference(NOW - 30 * DAY)
    province = add_place(actor=HOUSE, kind="province", name="四川省", parent=None, now=NOW - 9 * DAY, code="510000000000")
    city = add_place(actor=HOUSE, kind="city", name="成都市", parent=province, now=NOW - 9 * DAY, code="510100000000")
    district = add_place(actor=HOUSE, kind="district", name="武侯区", parent=city, now=NOW - 9 * DAY, code="510107000000")
    here = build_street(district, "芳草", "510107020", (30.6302, 104.0561))
    there = build_street(district, "桐梓", "510107021", (30.6102, 104.0861))
    inside, outside = members("here", here), members("there", there)
    person, _new = register_person(
        actor=HOUSE,
        name="林素珍",
        now=NOW - 8 * DAY,
        identity="510107195203040022",
        phone="13800138001",
        address="芳草苑 3 栋 1 单元 502",
        home_place=here.homes[0],
    )
    account = account_of("lin.suzhen", "林素珍")
    person.account = account
    person.save(update_fields=["account"])
    person.refresh_from_db()
    grant_role(actor=HOUSE, account=account, role="resident", place=here.homes[0], now=NOW - 8 * DAY)
    return Cast(district, here, there, inside, outside, actor_of(account, now=NOW), inside["resident"], person)


# --- requests in every state ---------------------------------------------------------------------
def raised(cast: Cast, title: str = "3 栋电梯夜里有异响", body: str = "已经一个星期了", now: datetime = NOW, **more: Any) -> Matter:
    more.setdefault("place", cast.here.buildings[0])
    more.setdefault("urgency", "ordinary")
    return intake.raise_request(actor=more.pop("actor", cast.raiser), title=title, body=body, now=now, **more)


def accepted(cast: Cast, now: datetime = NOW, **more: Any) -> Matter:
    return dispatch.accept(actor=cast.community_worker, matter_id=raised(cast, now=now, **more).pk, now=now)


def dispatched(cast: Cast, now: datetime = NOW, unit: str = "housing", **more: Any) -> Matter:
    return dispatch.dispatch(actor=cast.community_worker, matter_id=raised(cast, now=now, **more).pk, now=now, unit=cast.here.units[unit])


def in_progress(cast: Cast, now: datetime = NOW, **more: Any) -> Matter:
    return handling.start(actor=cast.department_handler, matter_id=dispatched(cast, now=now, **more).pk, now=now)


def waiting(cast: Cast, now: datetime = NOW) -> Matter:
    return handling.ask(actor=cast.department_handler, matter_id=in_progress(cast, now=now).pk, now=now, text="哪一部电梯？")


def suspended(cast: Cast, now: datetime = NOW, days: int = 14) -> Matter:
    review_on = (now + days * DAY).astimezone(ZONE).date()
    return handling.suspend(
        actor=cast.department_handler, matter_id=in_progress(cast, now=now).pk, now=now, text="等配件", review_on=review_on
    )


def whistled(cast: Cast, now: datetime = NOW, lead: str = "housing", others: tuple[str, ...] = ("water", "parks"), **more: Any) -> Matter:
    units = cast.here.units
    return whistle.whistle(
        actor=cast.street_officer,
        matter_id=raised(cast, now=now, **more).pk,
        now=now,
        lead=units[lead],
        others=[units[o] for o in others],
        text="一起到场",
    )


def resolved(cast: Cast, now: datetime = NOW, **more: Any) -> Matter:
    return handling.resolve(actor=cast.department_handler, matter_id=in_progress(cast, now=now, **more).pk, now=now, text="换了轴承")


def handler_of(cast: Cast, unit: str) -> Actor:
    """Somebody who speaks for another department of the street."""
    found = Account.objects.filter(username=f"handler.{unit}").first()
    if found is not None:
        return actor_of(found, now=NOW)
    return actor_with(f"handler.{unit}", "department_handler", cast.here.street, cast.here.units[unit])


def resident_at(cast: Cast, username: str, place: Place | None = None) -> Actor:
    """One more resident, of the compound here unless said otherwise."""
    return actor_with(username, "resident", place or cast.here.homes[1])


def category(code: str) -> Category:
    return Category.objects.get(code=code)


assert frozenset(_UNIT_OF_ROLE) >= UNIT_ROLES

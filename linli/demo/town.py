"""The places, units, people and sign-ins of a demo: one community whole, or a street of several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any

from linli.demo import scenes
from linli.kernel.access.actor import Actor, system
from linli.kernel.accounts.actions import ensure_unit, grant_role, open_account
from linli.kernel.accounts.models import Account, Unit
from linli.kernel.accounts.queries import actor_of
from linli.kernel.people.actions import give_consent, link_helper, note_group, own, register_person, set_home, settle
from linli.kernel.people.models import Person
from linli.kernel.people.purposes import CALLED_BY_HANDLERS, HOWS
from linli.kernel.places.actions import add_place, name_place
from linli.kernel.places.models import Place
from linli.law.packs import departments

SETUP = system("demo", channel="cli")
PASSWORD = "Linli-demo-2026"  # noqa: S105 - printed at every start of the demo
DIVISIONS = (("province", "四川省", "510000000000"), ("city", "成都市", "510100000000"), ("district", "武侯区", "510107000000"))
ORIGIN = (30.6302, 104.0561)
# What a street's offices are called, by the code of the department they do the work of.
OFFICES = {
    "housing": "城建科",
    "urban_management": "城管科",
    "sanitation": "环卫所",
    "public_security": "派出所",
    "traffic_police": "交警中队",
    "fire_rescue": "消防站",
    "water_affairs": "排水管护站",
    "parks": "园林绿化站",
    "water_supply": "自来水营业所",
    "power_supply": "供电所",
    "gas_supply": "燃气服务站",
    "civil_affairs": "民政办",
    "market_regulation": "市场监管所",
    "health": "社区卫生服务中心",
    "education": "教育服务点",
    "transport": "道路养护站",
    "environment": "环保站",
    "human_resources": "劳动保障所",
    "communications": "通信服务站",
    "sports": "文体站",
}


@dataclass
class Town:
    """What was built, for whoever makes things happen in it."""

    street: Place
    communities: list[Place] = field(default_factory=list)
    compounds: list[Place] = field(default_factory=list)
    buildings: dict[int, list[Place]] = field(default_factory=dict)
    units: dict[str, Unit] = field(default_factory=dict)
    community_units: dict[int, Unit] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    residents: list[Actor] = field(default_factory=list)
    callers: list[Person] = field(default_factory=list)


def build_town(now: datetime, random: Random) -> Town:
    """One street with one community of two compounds, everyone who works for it, and some sixty homes with their people."""
    born = now - timedelta(days=400)
    parent = None
    for kind, name, code in DIVISIONS:
        parent = add_place(actor=SETUP, kind=kind, name=name, parent=parent, now=born, code=code)
    street = add_place(actor=SETUP, kind="street", name="玉林街道", parent=parent, now=born, code="510107020000", phone="028-85550000")
    town = Town(street)
    _community(town, "芳草社区", "510107020001", "old_residential", born)
    _units(town)
    for number, name in enumerate(scenes.COMPOUNDS[:2]):
        _compound(town, town.communities[0], name, number, born)
    _homes(town, now, random)
    # A neighbour without a phone of her own has the first resident raise and follow things for her.
    account_id = town.residents[0].account_id
    assert account_id is not None
    helper = Person.objects.get(account_id=account_id)
    link_helper(actor=SETUP, person=town.callers[0], helper=helper, kind="helper", since_on=now.date(), now=now)
    _accounts(town, now - timedelta(days=300))
    return town


def _community(town: Town, name: str, code: str, kind: str, born: datetime) -> None:
    town.communities.append(
        add_place(
            actor=SETUP, kind="community", name=name, parent=town.street, now=born, code=code, community_type=kind, phone="028-85551234"
        )
    )


def _units(town: Town) -> None:
    office = ensure_unit(
        actor=SETUP,
        name="玉林街道办事处",
        kind="street",
        place=town.street,
        code="street_office",
        phone="028-85550000",
        name_en="Yulin Street Office",
    )
    town.units["street_office"] = office
    names = {d.code: d for d in departments()}
    for code, name in OFFICES.items():
        town.units[code] = ensure_unit(
            actor=SETUP, name=name, kind="department", place=town.street, code=code, superior=office, name_en=names[code].name_en
        )
    for community in town.communities:
        committee = ensure_unit(
            actor=SETUP,
            name=f"{community.name}居委会",
            kind="community",
            place=community,
            code="residents_committee",
            superior=office,
            phone=community.phone,
            name_en="Residents' Committee",
        )
        town.community_units[community.pk] = committee
        town.units["property_manager"] = ensure_unit(
            actor=SETUP,
            name="安和物业",
            kind="property",
            place=community,
            code="property_manager",
            superior=committee,
            name_en="Anhe Property",
        )
        town.units["mediation"] = ensure_unit(
            actor=SETUP,
            name="人民调解委员会",
            kind="mediation",
            place=community,
            code="justice",
            superior=committee,
            name_en="Mediation Committee",
        )


_OTHER_NAMES = {0: ("老纺织厂宿舍", "人民医院"), 1: ("电讯新村", "玉林农贸市场")}


def _compound(town: Town, community: Place, name: str, number: int, born: datetime) -> None:
    """A compound with six buildings in two rows, drawn to scale (a building is 45 by 14 metres)."""
    south, west = ORIGIN[0] + number * 0.0022, ORIGIN[1] + number * 0.0004
    compound = add_place(
        actor=SETUP, kind="compound", name=name, parent=community, now=born, outline=_box(south - 0.0003, west - 0.0003, 0.0017, 0.0024)
    )
    alias, landmark = _OTHER_NAMES.get(number, ("", ""))
    name_place(actor=SETUP, place=compound, names={"alias": [alias], "landmark": [landmark]}, now=born)
    town.compounds.append(compound)
    town.buildings[compound.pk] = [
        add_place(
            actor=SETUP,
            kind="building",
            name=f"{i + 1} 栋",
            parent=compound,
            now=born,
            outline=_box(south + (i // 3) * 0.0007, west + (i % 3) * 0.00062, 0.00026, 0.00046),
        )
        for i in range(6)
    ]


def _box(south: float, west: float, height: float, width: float) -> dict[str, Any]:
    corners = [(west, south), (west + width, south), (west + width, south + height), (west, south + height), (west, south)]
    return {"type": "Polygon", "coordinates": [[[round(x, 6), round(y, 6)] for x, y in corners]]}


def person_names(random: Random) -> Iterator[str]:
    while True:
        yield random.choice(scenes.SURNAMES) + random.choice(scenes.GIVEN)


def sex_of(name: str) -> str:
    """What the register holds of somebody of this name."""
    return "f" if name[1:] in scenes.WOMEN else "m"


def birthday_of(number: int, year: int, *, elder: bool = False) -> date:
    """A birthday for the register: of working age, or past sixty; every thirtieth past eighty. No dice, so that nothing else of the town changes."""
    age = 82 if number % 30 == 0 else 61 + number * 7 % 17 if elder else 24 + number * 11 % 35
    return date(year - age, 1 + number % 12, 1 + number * 5 % 28)


def _homes(town: Town, now: datetime, random: Random) -> None:
    """Two entrances to the first three buildings of each compound, five homes each, with owners, tenants and dated facts."""
    names, since = person_names(random), date(2021, 5, 1)
    number = 0
    for compound in town.compounds:
        for building in town.buildings[compound.pk][:3]:
            for entrance_number in (1, 2):
                entrance = add_place(actor=SETUP, kind="entrance", name=f"{entrance_number} 单元", parent=building, now=now)
                for floor in range(1, 6):
                    number += 1
                    place = add_place(actor=SETUP, kind="home", name=f"{floor}0{entrance_number}", parent=entrance, now=now)
                    _household(town, place, number, next(names), since, now, random)


def _household(town: Town, place: Place, number: int, name: str, since: date, now: datetime, random: Random) -> None:
    home = set_home(actor=SETUP, place=place, now=now, exclusive_area=random.randrange(5200, 13500))
    phone = f"139{number:08d}"
    person, _new = register_person(
        actor=SETUP,
        name=name,
        now=now,
        phone=phone,
        home_place=place,
        contact_by=random.choice(["app", "app", "sms", "phone"]),
        large_type=number % 9 == 0,
    )
    # What the identity card tells; the demo keeps no card's number of anybody.
    person.sex, person.born_on = sex_of(name), birthday_of(number, now.year, elder=number % 5 == 0)
    person.save(update_fields=["sex", "born_on"])
    if number % 6 == 0:
        settle(actor=SETUP, person=person, home=home, relation="tenant", since_on=since, now=now)
    else:
        settle(actor=SETUP, person=person, home=home, relation="owner", since_on=since, now=now)
        own(actor=SETUP, person=person, home=home, share=Fraction(1, 2) if number % 4 == 0 else Fraction(1), since_on=since, now=now)
    if number % 5 == 0:
        note_group(actor=SETUP, person=person, group="elder", since_on=since, source="社区走访", now=now)
    if number % 2:  # half of the street lets the units that handle a matter ring; those who only telephone said so on the phone
        how = "本人在网页上同意" if number <= 24 else HOWS["phone"]
        give_consent(actor=SETUP, person=person, purpose=CALLED_BY_HANDLERS, basis="consent", how=how, now=now - timedelta(days=150))
    if number <= 24:
        town.residents.append(resident_account(person, phone, now))
    else:
        town.callers.append(person)


def resident_account(person: Person, phone: str, now: datetime) -> Actor:
    begun = now - timedelta(days=200)
    account = open_account(actor=SETUP, username=f"r{phone}", name=person.name, now=begun, phone=phone)
    person.account = account
    person.verified_at = begun
    person.save(update_fields=["account", "verified_at"])
    grant_role(actor=SETUP, account=account, role="resident", place=person.home_place, now=begun)
    return actor_of(account, now=now)


# (user name, display name, role, unit key or None)
STAFF = (
    ("wang.fang", "王芳", "community_worker", "community"),
    ("li.jun", "李军", "community_worker", "community"),
    ("chen.ying", "陈颖", "community_head", "community"),
    ("zhao.wang", "赵旺", "grid_worker", "community"),
    ("sun.lou", "孙秀兰", "building_leader", None),
    ("zhou.street", "周敏", "street_officer", "street_office"),
    ("liu.build", "刘建", "department_handler", "housing"),
    ("he.city", "何磊", "department_handler", "urban_management"),
    ("ma.water", "马涛", "department_handler", "water_affairs"),
    ("qin.property", "秦刚", "property_manager", "property_manager"),
    ("yan.mediate", "严明", "mediator", "mediation"),
    ("shen.audit", "沈洁", "auditor", None),
    ("sys.admin", "系统管理员", "system_admin", None),
    ("sec.admin", "安全管理员", "security_admin", None),
    ("aud.admin", "审计管理员", "audit_admin", None),
)
# Every office has somebody; those not named above are asked for by their office's name.
AT_COMMUNITY = {"community_worker", "community_head", "grid_worker", "property_manager", "mediator"}
EVERYWHERE = {"system_admin", "security_admin", "audit_admin"}


def _accounts(town: Town, since: datetime) -> None:
    community = town.communities[0]
    for username, name, role, unit_key in STAFF:
        place: Place | None = community if role in AT_COMMUNITY else town.street
        if role == "building_leader":
            place = town.buildings[town.compounds[0].pk][0]
        if role in EVERYWHERE:
            place = None
        unit = town.community_units[community.pk] if unit_key == "community" else town.units.get(unit_key or "")
        town.actors[username] = staff_account(username, name, role, place, unit, since)


def staff_account(username: str, name: str, role: str, place: Place | None, unit: Unit | None, since: datetime) -> Actor:
    account = Account.objects.filter(username=username).first() or open_account(
        actor=SETUP, username=username, name=name, now=since, password=PASSWORD
    )
    grant_role(actor=SETUP, account=account, role=role, place=place, unit=unit, now=since)
    return actor_of(account, now=since + timedelta(days=1))


def phone_of(account: Account) -> str:
    return account.phone.open()

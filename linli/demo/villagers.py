"""The village of the demo: its groups and farmhouses, and the families in them with their ages, written in bulk; its committee and its sign-ins."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from linli.demo import scenes
from linli.demo.bulk import move_numbers_on, next_id, placed, save_places
from linli.demo.town import ORIGIN, SETUP, Town, resident_account, staff_account
from linli.kernel.access.actor import Actor
from linli.kernel.access.rows import insert_objects
from linli.kernel.accounts.actions import ensure_unit, phone_index
from linli.kernel.accounts.models import Unit
from linli.kernel.people.models import Home, Household, Person, Residence
from linli.kernel.places.actions import add_place
from linli.kernel.places.models import Place

NAME: Final = "石桥村"
GROUPS: Final = ("一组", "二组", "三组", "四组", "五组", "六组")
HOUSES: Final = 12
PHONES: Final = "1370000{:04d}"
VILLAGER: Final = PHONES.format(1)
# (user name, display name, role)
STAFF: Final = (("tan.village", "谭德明", "community_head"), ("luo.village", "罗春梅", "community_worker"))
WITH_ACCOUNTS: Final = 10
# In so many of ten families a child, or a parent of the couple, lives with them.
_CHILD, _GRANDPARENT = 6, 4


@dataclass
class Village:
    """What was built, for whoever makes things happen in it. `families` are the members of each house, the head first."""

    place: Place
    committee: Unit
    groups: list[Place] = field(default_factory=list)
    families: list[list[Person]] = field(default_factory=list)
    head: Actor | None = None
    worker: Actor | None = None
    villagers: list[Actor] = field(default_factory=list)

    @property
    def staff(self) -> tuple[Actor, Actor]:
        assert self.head is not None
        assert self.worker is not None
        return self.head, self.worker


def build_village(town: Town, now: datetime) -> Village:
    """Six groups of twelve houses each under the town's street, some two hundred villagers of age, two who work for them."""
    born = now - timedelta(days=400)
    point = (ORIGIN[0] - 0.021, ORIGIN[1] - 0.018)
    place = add_place(
        actor=SETUP, kind="community", name=NAME, parent=town.street, now=born, code=f"{town.street.code[:9]}201",
        community_type="rural", phone="028-85557788", point=point,
    )  # fmt: skip
    committee = ensure_unit(
        actor=SETUP, name=f"{NAME}村民委员会", kind="community", place=place, code="residents_committee",
        superior=town.units["street_office"], phone=place.phone, name_en="Shiqiao Villagers' Committee",
    )  # fmt: skip
    village = Village(place, committee)
    houses = _places(village, point, born)
    _families(village, houses, now)
    since = now - timedelta(days=300)
    village.head, village.worker = (staff_account(username, name, role, place, committee, since) for username, name, role in STAFF)
    village.villagers = [resident_account(f[0], PHONES.format(n), now) for n, f in enumerate(village.families[:WITH_ACCOUNTS], 1)]
    return village


def _places(village: Village, point: tuple[float, float], born: datetime) -> list[Place]:
    village.groups = [placed("grid", name, village.place, born) for name in GROUPS]
    for n, group in enumerate(village.groups):
        group.latitude = round((point[0] + (n // 3) * 0.004) * 1_000_000)
        group.longitude = round((point[1] + (n % 3) * 0.005) * 1_000_000)
    save_places(village.groups)
    houses = [placed("home", f"{n} 号", group, born) for group in village.groups for n in range(1, HOUSES + 1)]
    save_places(houses)
    return houses


def _families(village: Village, houses: list[Place], now: datetime) -> None:
    """A farmer and a wife or husband in every house, often a grown or a small child, sometimes a parent; heads have telephones."""
    random, today, names = Random(2026), now.date(), set[str]()
    home_id, household_id = next_id(Home), next_id(Household)
    homes = [Home(pk=home_id + i, place=place, exclusive_area=random.randrange(9000, 21000)) for i, place in enumerate(houses)]
    people: list[Person] = []
    living: list[Residence] = []
    person_id, residence_id = next_id(Person), next_id(Residence)
    for n, place in enumerate(houses):
        family: list[Person] = []
        for surname, sex, age in _members(random):
            person = Person(
                pk=person_id + len(people), name=_named(surname, random, names), sex=sex, born_on=_birthday(today, age, random),
                home_place=place, home_path=place.path, created_at=now, contact_by="app" if not family and n < WITH_ACCOUNTS else "phone",
            )  # fmt: skip
            if not family:
                person.phone, person.phone_blind = PHONES.format(n + 1), phone_index(PHONES.format(n + 1))
            family.append(person)
            people.append(person)
            living.append(
                Residence(
                    pk=residence_id + len(living),
                    person=person,
                    household_id=household_id + n,
                    relation="owner" if len(family) == 1 else "family",
                    since_on=date(2012, 3, 1),
                )
            )
        village.families.append(family)
    insert_objects(Home, homes)
    insert_objects(Person, people)
    heads = [family[0].pk for family in village.families]
    insert_objects(Household, [Household(pk=household_id + i, home=h, head_id=heads[i]) for i, h in enumerate(homes)])
    insert_objects(Residence, living)
    move_numbers_on(Home, Person, Household, Residence)


def _members(random: Random) -> list[tuple[str, str, int]]:
    """(surname, sex, age) of a family, the head first."""
    father, mother = random.sample(scenes.SURNAMES, 2)
    age = random.randrange(38, 66)
    couple = [(father, "m", age), (mother, "f", age - random.randrange(0, 4))]
    family = couple if random.random() < 0.7 else couple[::-1]
    if random.randrange(10) < _CHILD:
        family.append((father, random.choice("fm"), age - random.randrange(22, 31)))
    if random.randrange(10) < _GRANDPARENT:
        family.append(
            (father, "m", age + random.randrange(21, 27)) if random.random() < 0.4 else (mother, "f", age + random.randrange(19, 25))
        )
    return family


def _named(surname: str, random: Random, taken: set[str]) -> str:
    """A name nobody else in the village has: who is meant by it is never a question here."""
    while True:
        name = surname + random.choice(scenes.GIVEN)
        if name not in taken:
            taken.add(name)
            return name


def _birthday(today: date, age: int, random: Random) -> date:
    """Someone of that age today, born on any day of their year."""
    return date(today.year - age, 1, 1) + timedelta(days=random.randrange(max(1, today.timetuple().tm_yday)))

"""
Many more people and requests, written in bulk: the same rows the actions would write, timelines with their chains and all.

Ids are given here, since a chain names its matter; the database's own numbering is moved on afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from linli.demo import scenes
from linli.demo.bulk import move_numbers_on, next_id, placed, save_places
from linli.demo.town import ORIGIN, SETUP, Town, birthday_of, person_names, sex_of
from linli.kernel.access.rows import insert_objects
from linli.kernel.accounts.actions import ensure_unit, phone_index
from linli.kernel.accounts.models import Unit
from linli.kernel.matters import search
from linli.kernel.matters.clock import Span, due_at
from linli.kernel.matters.models import Category, Clock, Entry, Matter, Party, Rating, WorkOrder
from linli.kernel.matters.promises import calendar
from linli.kernel.matters.turn import chained_fields, hash_suite
from linli.kernel.people.models import Home, Household, Person, Residence
from linli.kernel.places.actions import add_place
from linli.kernel.places.models import Place
from linli.lib.chain import entry_hash, text_digest
from linli.lib.geo import geocell
from linli.lib.progress import track
from linli.loops.requests.rules import KIND, WORKFLOW

BATCH = 5000
FLOORS, ENTRANCES, BUILDINGS, COMPOUNDS = 6, 2, 10, 5
SPAN_DAYS = 400
SHARE_OPEN = 0.04
SALT = bytes(16)


@dataclass
class Ground:
    """Where requests can happen: a building with everything a matter keeps of it."""

    place: Place
    community: Place
    compound: Place
    unit: Unit
    people: list[int] = field(default_factory=list)


def crowd(
    town: Town,
    now: datetime,
    random: Random,
    *,
    communities: int,
    residents: int,
    requests: int,
    quiet: bool = True,
) -> dict[str, int]:
    """Add communities with residents, and requests over the last 400 days; shows how far it is unless `quiet`. Returns what was made."""
    with transaction.atomic(), track(communities + 2, _("社区和居民"), quiet=quiet) as advance:
        ground = _communities(town, communities, now, advance)
        _people(ground, residents, now, random)
        advance(2)
    move_numbers_on(Person, Home, Household, Residence)
    _take_room()
    maker = _Requests(town, ground, now, random, short=requests > 200_000)
    with track(requests, _("诉求"), quiet=quiet) as advance:
        before = 0
        for done in maker.make(requests):
            advance(done - before)
            before = done
    move_numbers_on(Matter, Entry, Party, WorkOrder, Clock, Rating)
    return {"requests": requests, "residents": residents}


def _take_room() -> None:
    """A million rows go into some thirty indexes: SQLite keeps more of them in memory while they do."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size=-400000")


def _communities(town: Town, count: int, now: datetime, advance: Callable[[int], None]) -> list[Ground]:
    ground = [
        Ground(building, town.communities[0], compound, town.community_units[town.communities[0].pk])
        for compound in town.compounds
        for building in town.buildings[compound.pk]
    ]
    street, streets = town.street, 1
    for number in range(count):
        if number % 8 == 7:
            name = scenes.STREETS[streets % len(scenes.STREETS)]
            street = add_place(
                actor=SETUP, kind="street", name=name, parent=town.street.parent, now=now, code=f"510107{20 + streets:03d}000"
            )
            streets += 1
        ground += _one_community(town, street, number, now)
        advance(1)
    return ground


def _one_community(town: Town, street: Place, number: int, now: datetime) -> Iterator[Ground]:
    base = scenes.COMMUNITIES[(number + 1) % len(scenes.COMMUNITIES)]
    code = f"{street.code[:9]}{number % 8 + 2:03d}"
    community = add_place(
        actor=SETUP, kind="community", name=base, parent=street, now=now, code=code, community_type="new_commercial", phone="028-85551234"
    )
    unit = ensure_unit(
        actor=SETUP,
        name=f"{base}居委会",
        kind="community",
        place=community,
        superior=town.units["street_office"],
        code="residents_committee",
    )
    compounds = [
        placed("compound", f"{scenes.COMPOUNDS[(number * COMPOUNDS + i) % len(scenes.COMPOUNDS)]}", community, now)
        for i in range(COMPOUNDS)
    ]
    save_places(compounds)
    buildings = [placed("building", f"{b + 1} 栋", c, now) for c in compounds for b in range(BUILDINGS)]
    for i, building in enumerate(buildings):
        building.latitude = round((ORIGIN[0] + 0.006 * (number // 6 + 1) + (i // 10) * 0.0011) * 1_000_000)
        building.longitude = round((ORIGIN[1] + 0.008 * (number % 6) + (i % 10) * 0.0007) * 1_000_000)
    save_places(buildings)
    by_id = {c.pk: c for c in compounds}
    for building in buildings:
        yield Ground(building, community, by_id[building.parent_id or 0], unit)


def _people(ground: list[Ground], count: int, now: datetime, random: Random) -> None:
    """Homes for everybody, three people to a home on the whole, spread over all new buildings."""
    fresh = [g for g in ground if g.place.parent_id and not g.place.outline]
    homes_wanted = -(-count // 3)
    entrances = [placed("entrance", f"{e + 1} 单元", g.place, now) for g in fresh for e in range(ENTRANCES)]
    save_places(entrances)
    by_building = {g.place.pk: g for g in fresh}
    places: list[Place] = []
    round_number = 0
    while len(places) < homes_wanted:
        round_number += 1
        places += [placed("home", f"{round_number}0{1 + i % ENTRANCES}", e, now) for i, e in enumerate(entrances)][
            : homes_wanted - len(places)
        ]
    save_places(places)
    home_id, person_id, household_id, residence_id = (next_id(k) for k in (Home, Person, Household, Residence))
    homes = [Home(pk=home_id + i, place=p, exclusive_area=random.randrange(4500, 14000)) for i, p in enumerate(places)]
    insert_objects(Home, homes)
    insert_objects(Household, [Household(pk=household_id + i, home=h) for i, h in enumerate(homes)])
    names, people, living = person_names(random), [], []
    for i in range(count):
        place, phone = places[i % len(places)], f"138{i:08d}"
        people.append(
            Person(
                pk=person_id + i,
                name=next(names),
                phone=phone,
                phone_blind=phone_index(phone),
                home_place=place,
                home_path=place.path,
                created_at=now,
            )
        )
        people[-1].sex, people[-1].born_on = sex_of(people[-1].name), birthday_of(i, now.year, elder=i % 5 == 0)
        living.append(
            Residence(
                pk=residence_id + i,
                person_id=person_id + i,
                household_id=household_id + i % len(places),
                relation="owner" if i < len(places) else "family",
                since_on=date(2020, 1, 1),
            )
        )
        entrance = place.parent
        if entrance is not None and entrance.parent_id in by_building:
            by_building[entrance.parent_id].people.append(person_id + i)
    insert_objects(Person, people)
    insert_objects(Residence, living)


class _Requests:
    """Makes requests in order of time, so that the newest has the highest number."""

    def __init__(self, town: Town, ground: list[Ground], now: datetime, random: Random, *, short: bool) -> None:
        self.town, self.ground, self.now, self.random, self.short = town, ground, now, random, short
        self.categories = {c.code: c for c in Category.objects.all()}
        self.next_matter, self.next_order = next_id(Matter), next_id(WorkOrder)
        self.suite = hash_suite()
        self.handlers = [town.units[k] for k in ("housing", "urban_management", "water_affairs", "property_manager", "sanitation", "parks")]
        street = town.street
        self.above = {"district_id": street.parent_id}

    def make(self, count: int) -> Iterator[int]:
        for begun in range(0, count, BATCH):
            size = min(BATCH, count - begun)
            with transaction.atomic():
                self._batch([self._moment(i, count) for i in range(begun, begun + size)])
            yield begun + size

    def _moment(self, i: int, count: int) -> datetime:
        """Evenly over the span; the last few percent, which are open, fall into the last days."""
        share = i / count
        return self.now - timedelta(days=SPAN_DAYS * (1 - share), minutes=1 + self.random.random())

    def _batch(self, moments: list[datetime]) -> None:
        self.rows: dict[type[models.Model], list[Any]] = {k: [] for k in (Matter, Entry, Party, WorkOrder, Clock, Rating)}
        for moment in moments:
            self._one(moment)
        for kind, rows in self.rows.items():
            first = next_id(kind)
            for number, row in enumerate(rows, first):
                row.pk = row.pk or number
            insert_objects(kind, rows)
        search.index_all(self.rows[Matter], fresh=True)

    def _one(self, raised_at: datetime) -> None:
        code, title, body, first, done = self.random.choice(scenes.SCENES)
        ground = self.random.choice(self.ground)
        filling = {"b": ground.place.name, "n": str(self.random.randrange(2, 9))}
        is_open = self.random.random() < SHARE_OPEN * (6 if raised_at > self.now - timedelta(days=30) else 0.3)
        unit = self.random.choice(self.handlers)
        matter = self._matter(raised_at, self.categories[code], title.format(**filling), body.format(**filling), ground)
        parties = Party(
            matter=matter, role="raiser", joined_at=raised_at, person_id=self.random.choice(ground.people) if ground.people else None
        )
        if parties.person_id:
            self.rows[Party].append(parties)
        entries: list[Any] = [("raise", matter.body, raised_at, None, False, {"to": "raised"})]
        accepted_at, answered_at = raised_at + timedelta(hours=self._skewed(2)), raised_at + timedelta(hours=self._skewed(9))
        matter.accepted_at, matter.answered_at, matter.holder = accepted_at, answered_at, unit
        if not self.short:
            entries += [
                ("accept", "", accepted_at, ground.unit, True, {"from": "raised", "to": "accepted"}),
                (
                    "dispatch",
                    "",
                    accepted_at + timedelta(minutes=20),
                    ground.unit,
                    True,
                    {"from": "accepted", "to": "dispatched", "unit": unit.name},
                ),
                ("answer", first, answered_at, unit, True, {"from": "dispatched", "to": "in_progress"}),
            ]
        if is_open:
            self._leave_open(matter, unit)
        else:
            entries += self._finish(matter, unit, answered_at, done.format(**filling))
        matter.updated_at = min(max(e[2] for e in entries), self.now)
        self._chain(matter, entries)
        self.rows[Matter].append(matter)

    def _skewed(self, median_hours: float) -> float:
        return median_hours * float(self.random.lognormvariate(0, 0.9))

    def _matter(self, raised_at: datetime, category: Category, title: str, body: str, ground: Ground) -> Matter:
        point = ground.place.point or ORIGIN
        matter = Matter(
            pk=self.next_matter,
            kind=KIND,
            title=title,
            body=body,
            public_title=title,
            public_body=body,
            category=category,
            channel=self.random.choice(("web", "web", "phone", "patrol")),
            visibility="private" if category.private else "public",
            place=ground.place,
            place_path=ground.place.path,
            street_id=ground.community.parent_id,
            community_id=ground.community.pk,
            compound_id=ground.compound.pk,
            latitude=round(point[0] * 1_000_000),
            longitude=round(point[1] * 1_000_000),
            cell=geocell(*point),
            state="raised",
            stage=2,
            raised_at=raised_at,
            updated_at=raised_at,
            owner_unit=ground.unit,
            me_too=max(0, int(self.random.gauss(-2, 4))),
            **self.above,
        )
        self.next_matter += 1
        return matter

    def _leave_open(self, matter: Matter, unit: Unit) -> None:
        state = WORKFLOW.by_code[self.random.choice(("dispatched", "in_progress"))]
        matter.state, matter.stage = state.code, state.stage
        matter.due_at, matter.due_for = due_at(matter.raised_at, Span(3, "working_days"), (), calendar()), "resolve"
        self.rows[WorkOrder].append(
            WorkOrder(pk=self.next_order, matter=matter, unit=unit, task="handle", opened_at=matter.raised_at, due_at=matter.due_at)
        )
        self.next_order += 1
        # Warnings for what stands open in a crowd are taken as given: a demo does not begin with thousands of them.
        self.rows[Clock].append(
            Clock(
                matter=matter,
                subject="resolve",
                amount=3,
                unit="working_days",
                source="S1 4.3",
                started_at=matter.raised_at,
                due_at=matter.due_at,
                warned=3,
            )
        )

    def _finish(self, matter: Matter, unit: Unit, answered_at: datetime, done: str) -> list[Any]:
        resolved_at = min(answered_at + timedelta(hours=self._skewed(20)), self.now - timedelta(minutes=2))
        closed_at = min(resolved_at + timedelta(hours=self._skewed(12)), self.now - timedelta(minutes=1))
        state = WORKFLOW.by_code["closed"]
        matter.state, matter.stage, matter.is_open = state.code, state.stage, state.open
        matter.answered_at = min(answered_at, resolved_at)
        matter.resolved_at, matter.closed_at, matter.was_late = resolved_at, closed_at, resolved_at - matter.raised_at > timedelta(hours=96)
        self.rows[WorkOrder].append(
            WorkOrder(
                pk=self.next_order,
                matter=matter,
                unit=unit,
                task="handle",
                state="done",
                opened_at=matter.raised_at,
                closed_at=resolved_at,
                was_late=matter.was_late,
            )
        )
        self.next_order += 1
        entries: list[Any] = [("resolve", done, resolved_at, unit, True, {"from": "in_progress", "to": "resolved"})]
        if self.random.random() < 0.75:
            good = self.random.random() < 0.88
            matter.rated_answered, matter.rated_solved, matter.rated_satisfied, matter.called_back = True, good, good, "rated"
            self.rows[Rating].append(
                Rating(matter=matter, round=0, answered=True, solved=good, satisfied=good, channel="phone", at=closed_at)
            )
            entries.append(("rate", "", closed_at, None, True, {"answered": True, "solved": good, "satisfied": good}))
        else:
            matter.called_back = "unreachable"
        entries.append(("close", "", closed_at, None, True, {"from": "resolved", "to": "closed"}))
        return entries

    def _chain(self, matter: Matter, entries: list[Any]) -> None:
        previous = ""
        for seq, (verb, text, at, unit, public, facts) in enumerate(entries, 1):
            entry = Entry(
                matter=matter,
                seq=seq,
                at=at,
                unit=unit,
                who=unit.name if unit else "",
                verb=verb,
                public=public,
                text=text,
                salt=SALT if text else b"",
                text_digest=text_digest(text, SALT, self.suite) if text else "",
                facts=facts,
                previous_hash=previous,
            )
            previous = entry.hash = entry_hash(previous, chained_fields(entry), self.suite)
            self.rows[Entry].append(entry)
        matter.entry_count, matter.head_hash = len(entries), previous

"""Putting a plan down, in few statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.rows import insert_rows, reserve_ids
from linli.kernel.people.actions import address_index
from linli.kernel.people.bulk.drafts import Counts, Draft, PlannedHome, PlannedPerson
from linli.kernel.people.bulk.planning import Advance, Planning
from linli.kernel.people.models import ContactBy, GroupFact, Home, Household, Ownership, Person, Relation, Residence
from linli.lib.codes import rin_birth_date, rin_sex
from linli.lib.texts import clean


class Roster(Planning):
    """One import of people into the homes of `tree`, by `actor`, at `now`: planned, then written."""

    @transaction.atomic
    def write(self, *, skip: set[int] | None = None, advance: Advance = lambda steps: None) -> Counts:
        """
        Write the plan, without the rows in `skip`, in the caller's transaction. Returns what was written.

        A person named only in skipped rows is not made.
        """
        table.require(self.actor, "person.import", self.tree.root_path)
        skip = skip or set()
        people = [p for p in self._people if any(row not in skip for row in p.rows)]
        homes = [h for h in self._homes.values() if any(row not in skip for row in h.rows)]
        self.counts.places_new = self.tree.write(actor=self.actor, now=self.now, verb="person.import", wanted={id(h.node) for h in homes})
        self._choose_homes(people, skip)
        self._write_people(people)
        advance(1)
        self._write_homes(homes)
        advance(1)
        alive = {id(p) for p in people}
        self._write_residences([(k, d) for k, d in self._lives.items() if k[0] in alive and d.row not in skip])
        advance(1)
        self._write_shares([(k, d) for k, d in self._owns.items() if k[0] in alive and d.row not in skip])
        self._write_groups([(k, d) for k, d in self._belongs.items() if k[0] in alive and d.row not in skip])
        advance(1)
        return self.counts

    def person_ids(self) -> dict[int, int]:
        """Row → person id, of those known or written."""
        return {row: person.id for row, person in self._person_of.items() if person.id}

    def _choose_homes(self, people: Sequence[PlannedPerson], skip: set[int]) -> None:
        """Where each lives now: the last row that says so."""
        drafts = {d.row: d for d in self._drafts}
        for person in people:
            lived = [drafts[row].home for row in person.rows if row not in skip and drafts[row].lives and drafts[row].home is not None]
            person.home = lived[-1] if lived else None

    def _write_people(self, people: Sequence[PlannedPerson]) -> None:
        fresh, known = [p for p in people if not p.id], [p for p in people if p.id]
        for person, number in zip(fresh, reserve_ids(Person, len(fresh)), strict=True):
            person.id = number
        names = ["id", "name", "sex", "born_on", "identity", "identity_blind", "phone", "phone_blind", "address", "address_blind"]
        names += ["home_place_id", "home_path", "contact_by", "language", "large_type", "created_at"]
        insert_rows(Person, names, (self._person_row(p) for p in fresh))
        changed = [p for p in known if self._moved(p)]
        self.counts.people_new, self.counts.people_changed = len(fresh), len(changed)
        self.counts.people_same = len(known) - len(changed)
        if changed:
            self._change_people(changed)

    def _person_row(self, p: PlannedPerson) -> tuple[Any, ...]:
        d, address = p.draft, clean(p.draft.address, 200) if p.draft.address else ""
        born, sex = (rin_birth_date(d.identity), rin_sex(d.identity)[0]) if d.identity else (None, "")
        return (
            *(p.id, d.name, sex, born, d.identity, p.identity_blind, d.phone, p.phone_blind, address, address_index(address)),
            *((p.home.id, p.home.path) if p.home else (None, "")),
            *(d.contact_by or ContactBy.APP.value, d.language, bool(d.large_type), self.now),
        )

    def _moved(self, person: PlannedPerson) -> bool:
        if person.home is not None and person.home.id != person.known_place:
            person.changes["home_place_id"], person.changes["home_path"] = person.home.id, person.home.path
        return bool(person.changes)

    def _change_people(self, changed: Sequence[PlannedPerson]) -> None:
        columns: set[str] = set()
        objects = []
        for person in changed:
            one = Person(pk=person.id)
            changes = dict(person.changes)
            if "identity" in changes:
                changes |= {
                    "identity_blind": person.identity_blind,
                    "born_on": rin_birth_date(changes["identity"]),
                    "sex": rin_sex(changes["identity"])[0],
                }
            if "phone" in changes:
                changes["phone_blind"] = person.phone_blind
            if "address" in changes:
                changes["address"] = clean(changes["address"], 200)
                changes["address_blind"] = address_index(changes["address"])
            for name, value in changes.items():
                setattr(one, name, value)
            objects.append((frozenset(changes), one))
            columns |= set(changes)
        by_columns: dict[frozenset[str], list[Any]] = defaultdict(list)
        for key, one in objects:
            by_columns[key].append(one)
        for key, group in by_columns.items():
            Person.objects.bulk_update(group, [name.removesuffix("_id") for name in key], batch_size=200)

    def _write_homes(self, homes: Sequence[PlannedHome]) -> None:
        fresh = [h for h in homes if not h.id]
        for home, number in zip(fresh, reserve_ids(Home, len(fresh)), strict=True):
            home.id = number
        insert_rows(
            Home,
            ["id", "place_id", "exclusive_area", "use", "register_code"],
            (
                (h.id, h.node.id, h.facts.get("exclusive_area"), h.facts.get("use", "dwelling"), h.facts.get("register_code", ""))
                for h in fresh
            ),
        )
        by_columns: dict[frozenset[str], list[Model]] = defaultdict(list)
        for home in homes:
            changes = {k: v for k, v in home.facts.items() if home.known and home.known[k] != v}
            if changes:
                by_columns[frozenset(changes)].append(Home(pk=home.id, **changes))
        for key, group in by_columns.items():
            Home.objects.bulk_update(group, list(key), batch_size=200)  # type: ignore[arg-type]  # they are Homes
        self.counts.homes_new, self.counts.homes_changed = len(fresh), sum(map(len, by_columns.values()))

    def _write_residences(self, ties: Sequence[tuple[tuple[int, int], Draft]]) -> None:
        homes = {home_ref: self._by_ref[home_ref] for (_person, home_ref), _draft in ties}
        bare, settled = [h for h in homes.values() if not h.household], [h for h in homes.values() if h.household]
        heads = {home_ref: self._by_ref[person].id for (person, home_ref), draft in ties if draft.heads}
        for home, number in zip(bare, reserve_ids(Household, len(bare)), strict=True):
            home.household = number
        insert_rows(Household, ["id", "home_id", "head_id"], ((h.household, h.id, heads.get(id(h))) for h in bare))
        known = [Household(pk=h.household, head_id=heads[id(h)]) for h in settled if id(h) in heads]
        if known:
            Household.objects.bulk_update(known, ["head"], batch_size=200)
        insert_rows(
            Residence,
            ["person_id", "household_id", "relation", "since_on"],
            ((self._by_ref[p].id, homes[h].household, d.relation or Relation.OTHER.value, d.since_on or self.today) for (p, h), d in ties),
        )
        self.counts.residences_new, self.counts.residences_changed = len(ties), len(self._relations_changed)
        if self._relations_changed:
            rows = [Residence(pk=pk, relation=relation) for pk, relation in self._relations_changed.items()]
            Residence.objects.bulk_update(rows, ["relation"], batch_size=200)

    def _write_shares(self, ties: Sequence[tuple[tuple[int, int], Draft]]) -> None:
        insert_rows(
            Ownership,
            ["home_id", "person_id", "share_numerator", "share_denominator", "since_on"],
            (
                (self._by_ref[h].id, self._by_ref[p].id, d.share.numerator, d.share.denominator, d.since_on or self.today)
                for (p, h), d in ties
                if d.share is not None
            ),
        )
        changed = [Ownership(pk=pk, share_numerator=s.numerator, share_denominator=s.denominator) for pk, s in self._shares_changed.items()]
        self.counts.ownerships_new, self.counts.ownerships_changed = len(ties), len(changed)
        if changed:
            Ownership.objects.bulk_update(changed, ["share_numerator", "share_denominator"], batch_size=200)

    def _write_groups(self, ties: Sequence[tuple[tuple[int, str], Draft]]) -> None:
        rows = [(self._by_ref[p].id, group, d.since_on or self.today, _("批量导入")) for (p, group), d in ties]
        insert_rows(GroupFact, ["person_id", "group", "since_on", "source"], rows)
        self.counts.groups_new = len(rows)

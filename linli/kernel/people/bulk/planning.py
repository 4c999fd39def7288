"""Deciding in memory what each row leads to: who is known already, which homes, shares and groups are new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import subtree
from linli.kernel.access.refusals import Invalid
from linli.kernel.access.rows import chunks
from linli.kernel.accounts.actions import phone_index
from linli.kernel.people.actions import address_index, canonical, identity_index
from linli.kernel.people.bulk.drafts import Counts, Draft, PlannedHome, PlannedPerson, Problem
from linli.kernel.people.models import ContactBy, GroupFact, Home, Household, Ownership, Person, Relation, Residence
from linli.kernel.places.bulk import Tree
from linli.law.packs import population_groups
from linli.lib.texts import clean

Advance = Callable[[int], None]


class Planning:
    """What an import of people into the homes of `tree`, by `actor`, at `now`, would write."""

    def __init__(self, *, actor: Actor, tree: Tree, now: datetime, today: date) -> None:
        table.require(actor, "person.import", tree.root_path)
        self.actor, self.tree, self.now, self.today = actor, tree, now, today
        self.problems: list[Problem] = []
        self.counts = Counts()
        self._people: list[PlannedPerson] = []
        self._homes: dict[int, PlannedHome] = {}
        self._lives: dict[tuple[int, int], Draft] = {}
        self._owns: dict[tuple[int, int], Draft] = {}
        self._belongs: dict[tuple[int, str], Draft] = {}
        self._drafts: list[Draft] = []
        self._person_of: dict[int, PlannedPerson] = {}
        self._by_ref: dict[int, Any] = {}
        self._relations_changed: dict[int, str] = {}
        self._shares_changed: dict[int, Fraction] = {}

    def plan(self, drafts: Sequence[Draft], *, advance: Advance = lambda steps: None) -> list[Problem]:
        """Decide what each draft leads to. Returns every problem found, by row; such rows are left out of the plan."""
        sound = self._drafts = [d for d in drafts if self._checked(d)]
        self._gather_homes(sound)
        people = self._gather_people(sound)
        self._recognise(people)
        advance(len(drafts) // 2)
        refused = {p.row for p in self.problems}
        for person in people:
            if any(row not in refused for row in person.rows):
                self._people.append(person)
        self._tie(sound)
        self._drop_known()
        advance(len(drafts) - len(drafts) // 2)
        return self.problems

    def _say(self, row: int, name: str, text: str) -> None:
        self.problems.append(Problem(row, name, text))

    def _checked(self, draft: Draft) -> bool:
        """The rules of register_person, settle, note_group and set_home that need no look at the database."""
        before = len(self.problems)
        draft.name = clean(draft.name, 60)
        if not draft.name and (draft.home is None or draft.identity or draft.phone or draft.share or draft.lives):
            self._say(draft.row, "name", _("请填写姓名。"))
        try:
            draft.identity, draft.phone = canonical(identity=draft.identity, phone=draft.phone)
        except Invalid as problem:
            for name, texts in problem.fields.items():
                self._say(draft.row, name, "".join(str(text) for text in texts))
        if draft.relation and draft.relation not in Relation.values:
            self._say(draft.row, "relation", _("请选择与房屋的关系。"))
        if draft.contact_by and draft.contact_by not in ContactBy.values:
            self._say(draft.row, "contact_by", _("没有这种联系方式。"))
        for group in draft.groups:
            if group not in population_groups().by_code:
                self._say(draft.row, "groups", _("没有“%(group)s”这个人群标签。") % {"group": group})
        if draft.area is not None and draft.area <= 0:
            self._say(draft.row, "area", _("房屋面积应大于 0。"))
        if draft.share is not None and not 0 < draft.share <= 1:
            self._say(draft.row, "share", _("产权份额应大于 0，不超过 1。"))
        if draft.name and not draft.identity and not draft.phone and draft.home is None:
            self._say(draft.row, "name", _("身份证号、电话和房屋至少填一项，否则无法区分同名的人。"))
        return len(self.problems) == before

    def _gather_homes(self, drafts: Iterable[Draft]) -> None:
        for draft in drafts:
            if draft.home is None:
                continue
            home = self._homes.setdefault(id(draft.home), PlannedHome(draft.home))
            home.rows.append(draft.row)
            for name, value in (("exclusive_area", draft.area), ("use", draft.use), ("register_code", draft.register_code)):
                if value in (None, ""):
                    continue
                if home.facts.setdefault(name, value) != value:
                    first = home.rows[0]
                    self._say(
                        draft.row,
                        "area" if name == "exclusive_area" else name,
                        _("与第 %(row)s 行写的同一户房屋不一致，请核对。") % {"row": first},
                    )
        by_place = {home.node.id: home for home in self._homes.values() if home.node.id}
        if not by_place:
            return
        scope = subtree("place__path", self.tree.root_path)
        for id_, place_id, area, use, code in Home.objects.filter(**scope).values_list(
            "id", "place_id", "exclusive_area", "use", "register_code"
        ):
            found = by_place.get(place_id)
            if found:
                found.id, found.known = id_, {"exclusive_area": area, "use": use, "register_code": code}
        by_home = {home.id: home for home in by_place.values() if home.id}
        scope = subtree("home__place__path", self.tree.root_path)
        for id_, home_id in Household.objects.filter(**scope).order_by("-id").values_list("id", "home_id"):
            if home_id in by_home:
                by_home[home_id].household = id_

    def _gather_people(self, drafts: Sequence[Draft]) -> list[PlannedPerson]:
        """One entry for each person named, however many rows name them; doubled rows and clashes are told with both row numbers."""
        by_identity: dict[str, PlannedPerson] = {}
        by_phone: dict[tuple[str, str], PlannedPerson] = {}
        by_home: dict[tuple[str, int], PlannedPerson] = {}
        people: list[PlannedPerson] = []
        seen: dict[tuple[int, int], int] = {}
        for draft in drafts:
            if not draft.name:
                continue
            place = id(draft.home) if draft.home is not None else 0
            person = by_identity.get(draft.identity) if draft.identity else None
            if person is not None and person.draft.name != draft.name:
                self._say(draft.row, "identity", _("与第 %(row)s 行的身份证号相同，姓名却不同，请核对。") % {"row": person.rows[0]})
                continue
            if person is None and draft.phone:
                alike = by_phone.get((draft.name, draft.phone))
                person = alike if alike and not (draft.identity and alike.draft.identity) else None
            if person is None and not draft.identity and not draft.phone:
                person = by_home.get((draft.name, place))
            if person is None:
                person = PlannedPerson(draft, identity_index(draft.identity), phone_index(draft.phone))
                people.append(person)
            elif (id(person), place) in seen:
                self._say(draft.row, "", _("与第 %(row)s 行重复：同一个人、同一户房屋。") % {"row": seen[id(person), place]})
                continue
            seen[id(person), place] = draft.row
            person.rows.append(draft.row)
            self._person_of[draft.row] = person
            if draft.identity:
                by_identity.setdefault(draft.identity, person)
            if draft.phone:
                by_phone.setdefault((draft.name, draft.phone), person)
            by_home.setdefault((draft.name, place), person)
        return people

    def _recognise(self, people: Sequence[PlannedPerson]) -> None:
        """Find those already on the roster: by identity number, else by name and phone, else by name in the same home."""
        wanted = ("id", "name", "identity_blind", "phone_blind", "home_place_id", "address_blind", "contact_by", "language", "large_type")
        by_identity, by_phone = {}, defaultdict(list)
        for part in chunks(p.identity_blind for p in people if p.identity_blind):
            for row in Person.objects.filter(identity_blind__in=part).values(*wanted):
                by_identity[bytes(row["identity_blind"])] = row
        for part in chunks({p.phone_blind for p in people if p.phone_blind}):
            for row in Person.objects.filter(phone_blind__in=part, erased_at=None).order_by("id").values(*wanted):
                by_phone[bytes(row["phone_blind"]), row["name"]].append(row)
        at_home = self._named_at_home(
            [p for p in people if not p.identity_blind and not p.phone_blind and p.draft.home and p.draft.home.id]
        )
        for person in people:
            row = by_identity.get(person.identity_blind) if person.identity_blind else None
            if row is not None and row["name"] != person.draft.name:
                for number in person.rows:
                    self._say(number, "identity", _("这个身份证号已经登记给另一个姓名，请核对。"))
                continue
            if row is None and person.phone_blind:
                alike = by_phone.get((person.phone_blind, person.draft.name), [])
                row = next((r for r in alike if not (person.identity_blind and r["identity_blind"])), None)
            if row is None and person.draft.home is not None and (person.draft.home.id, person.draft.name) in at_home:
                row = at_home[person.draft.home.id, person.draft.name]
            if row is not None:
                self._compare(person, row)

    def _named_at_home(self, people: Sequence[PlannedPerson]) -> dict[tuple[int, str], dict[str, Any]]:
        found: dict[tuple[int, str], dict[str, Any]] = {}
        for part in chunks({p.draft.home.id for p in people if p.draft.home}):
            rows = Person.objects.filter(home_place_id__in=part, erased_at=None, identity_blind=None, phone_blind=None)
            for row in rows.values(
                "id", "name", "identity_blind", "phone_blind", "home_place_id", "address_blind", "contact_by", "language", "large_type"
            ):
                found[row["home_place_id"], row["name"]] = dict(row)
        return found

    def _compare(self, person: PlannedPerson, row: dict[str, Any]) -> None:
        """What the sheet knows better about somebody already there: a new phone or address, an identity number not yet given."""
        draft = person.draft
        person.id, person.known_place = row["id"], row["home_place_id"]
        if draft.identity and not row["identity_blind"]:
            person.changes["identity"] = draft.identity
        if draft.phone and (row["phone_blind"] is None or bytes(row["phone_blind"]) != person.phone_blind):
            person.changes["phone"] = draft.phone
        address = address_index(clean(draft.address, 200)) if draft.address else None
        if address and (row["address_blind"] is None or bytes(row["address_blind"]) != address):
            person.changes["address"] = draft.address
        for name in ("contact_by", "language", "large_type"):
            value = getattr(draft, name)
            if value not in ("", None) and value != row[name]:
                person.changes[name] = value

    def _tie(self, drafts: Sequence[Draft]) -> None:
        """Residences, shares and groups; shares of one home together may not exceed the whole (民法典 298)."""
        planned = {id(p) for p in self._people}
        for draft in drafts:
            person = self._person_of.get(draft.row)
            if person is None or id(person) not in planned:
                continue
            home = self._homes[id(draft.home)] if draft.home is not None else None
            if home is not None and draft.lives:
                self._lives[id(person), id(home)] = draft
            if home is not None and draft.share is not None:
                self._owns[id(person), id(home)] = draft
            for group in draft.groups:
                self._belongs[id(person), group] = draft
        self._by_ref = {id(p): p for p in self._people} | {id(h): h for h in self._homes.values()}

    def _drop_known(self) -> None:
        self._drop_known_residences()
        self._drop_known_shares()
        known_groups: set[tuple[int, str]] = set()
        ids = {p.id: id(p) for p in self._people if p.id}
        for part in chunks(p.id for p in self._people if p.id):
            known_groups.update(GroupFact.objects.filter(person_id__in=part, until_on=None).values_list("person_id", "group"))
        for person_id, group in known_groups:
            self._belongs.pop((ids[person_id], group), None)

    def _drop_known_residences(self) -> None:
        people = {p.id: id(p) for p in self._people if p.id}
        households = {h.household: id(h) for h in self._homes.values() if h.household}
        if not people or not households:
            return
        for part in chunks(people):
            open_ones = Residence.objects.filter(person_id__in=part, until_on=None)
            for id_, person_id, household_id, relation in open_ones.values_list("id", "person_id", "household_id", "relation"):
                key = (people[person_id], households.get(household_id, 0))
                draft = self._lives.pop(key, None)
                if draft is not None and draft.relation and draft.relation != relation:
                    self._relations_changed[id_] = draft.relation

    def _drop_known_shares(self) -> None:
        people = {p.id: id(p) for p in self._people if p.id}
        homes = {h.id: h for h in self._homes.values() if h.id}
        total: dict[int, Fraction] = defaultdict(Fraction)
        mine: dict[int, list[int]] = defaultdict(list)
        for (_person, home_ref), draft in self._owns.items():
            total[home_ref] += draft.share or 0
            mine[home_ref].append(draft.row)
        for part in chunks(h.id for h in homes.values() if id(h) in mine):
            held = Ownership.objects.filter(home_id__in=part, until_on=None)
            for id_, home_id, person_id, top, bottom in held.values_list(
                "id", "home_id", "person_id", "share_numerator", "share_denominator"
            ):
                ref, share = id(homes[home_id]), Fraction(top, bottom)
                stated = self._owns.get((people.get(person_id, 0), ref))
                if stated is None:
                    total[ref] += share
                    continue
                self._owns.pop((people[person_id], ref))
                if stated.share is not None and stated.share != share:
                    self._shares_changed[id_] = stated.share
        for ref, whole in total.items():
            if whole > 1:
                for row in mine[ref]:
                    others = "、".join(str(other) for other in mine[ref] if other != row) or "—"
                    text = _("这户房屋各位业主的份额加起来是 %(whole)s，超过了 1（同一户的其他行：%(others)s）。") % {
                        "whole": whole,
                        "others": others,
                    }
                    self._say(row, "share", text)

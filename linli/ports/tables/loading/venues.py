"""Venues from a sheet: the same action as the page, row by row; what a row leaves empty stays as it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.paths import subtree
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.places.models import Place
from linli.loops.venues.actions.keeping import Given, add_venue, change_venue, checked, given_of
from linli.loops.venues.actions.promising import set_hours
from linli.loops.venues.models import State, Venue
from linli.loops.venues.wording import STAFF
from linli.ports.tables.loading.common import Advance, Task, faults_of
from linli.ports.tables.rows import Fault, Parsed

_PLAIN = ("name", "address", "phone", "about", "area", "seats", "households", "traits", "functions", "cost_year", "state")
_LISTS = ("zones", "equipment", "features")
_KEYS = {"cost_fen": "cost", "has": "zones", "staff": "full_time", "week": "hours"}


class VenueLoader:
    def __init__(self, task: Task) -> None:
        table.require(task.actor, "venue.edit", task.path)
        self.task = task
        self._rows: dict[int, tuple[Given, Venue | None, Parsed]] = {}

    def check(self, rows: Sequence[Parsed], advance: Advance) -> list[Fault]:
        faults: list[Fault] = []
        known = {(v.place_id, v.name): v for v in self._there()}
        places = {p.pk: p for p in Place.objects.filter(pk__in=self._named(rows))}
        seen: dict[tuple[int, str], int] = {}
        for row in rows:
            try:
                place = places[self.task.place(row.get("place")).id]
                twin = (place.pk, row.get("name"))
                if twin in seen:
                    raise Invalid("twice", "", fields={"name": [_("与第 %(row)s 行是同一处场地。") % {"row": seen[twin]}]})
                seen[twin] = row.row
                given = self._given(row, place, known.get(twin))
                checked(given, self.task.today)
            except Refused as problem:
                faults += faults_of(row.row, problem, _KEYS)
                continue
            self._rows[row.row] = given, known.get(twin), row
        advance(len(rows))
        return faults

    def _there(self) -> list[Venue]:
        rows = Venue.objects.filter(**subtree("place__path", self.task.path)).exclude(state=State.CLOSED)
        return list(rows.select_related("place"))

    def _named(self, rows: Sequence[Parsed]) -> set[int]:
        """The places the rows name; what names none is told row by row."""
        found = set()
        for row in rows:
            try:
                found.add(self.task.place(row.get("place")).id)
            except Refused:
                continue
        return found

    def _given(self, row: Parsed, place: Place, known: Venue | None) -> Given:
        base = given_of(known) if known is not None else Given(place=place, name=row.get("name"))
        told: dict[str, Any] = {key: row.get(key) for key in _PLAIN if key in row.values}
        latitude, longitude = row.get("latitude", None), row.get("longitude", None)
        if (latitude is None) != (longitude is None):
            raise Invalid("bad_point", "", fields={"latitude": [_("纬度和经度要一起填。")]})
        if latitude is not None:
            told["point"] = (latitude, longitude)
        if "cost" in row.values:
            told["cost_fen"] = row.get("cost")
        staff = {code: row.get(code) for code in STAFF if code in row.values}
        has = dict(base.has)
        for key in _LISTS:
            has |= row.get(key, {})
        return replace(base, **told, has=has, staff={**base.staff, **staff})

    def write(self, skip: set[int], advance: Advance) -> dict[str, int]:
        counts = {"venues_new": 0, "venues_changed": 0, "venues_same": 0}
        actor, now = self.task.actor, self.task.now
        for number, (given, known, row) in self._rows.items():
            if number in skip:
                continue
            if known is None:
                venue = add_venue(actor=actor, given=given, now=now)
                counts["venues_new"] += 1
            else:
                venue = change_venue(actor=actor, venue_id=known.pk, given=given, now=now)
                counts["venues_changed" if venue.version != known.version else "venues_same"] += 1
            if "hours" in row.values:
                set_hours(actor=actor, venue_id=venue.pk, week=row.get("hours"), starts_on=self.task.today, now=now)
        advance(4)
        return counts

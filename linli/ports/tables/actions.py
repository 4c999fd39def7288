"""Importing a sheet: read, check, write, record; all or nothing, or all but the bad rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid
from linli.kernel.accounts.actions import log_event
from linli.kernel.places.models import Place
from linli.lib.units import SHANGHAI
from linli.ports.tables.columns import Kind
from linli.ports.tables.kinds import kind_named
from linli.ports.tables.loading.common import Loader, Task
from linli.ports.tables.loading.places import PlaceLoader
from linli.ports.tables.loading.requests import RequestLoader
from linli.ports.tables.loading.roster import RosterLoader
from linli.ports.tables.loading.staff import StaffLoader
from linli.ports.tables.loading.venues import VenueLoader
from linli.ports.tables.mapping import Mapping
from linli.ports.tables.reading import Book, Sheet, open_book
from linli.ports.tables.rows import Fault, Parsed, parse

Advance = Callable[[int], None]
# Stage ("read", "check", "write") and how much it has to do; returns what is called as it is done.
Stages = Callable[[str, int], Advance]

# Who may import what; for staff both.
VERBS: dict[str, tuple[str, ...]] = {
    "places": ("place.edit",),
    "homes": ("person.import",),
    "residents": ("person.import",),
    "staff": ("account.open", "account.grant"),
    "requests": ("request.import",),
    "venues": ("venue.edit",),
}
LOADERS: dict[str, Callable[[Task], Loader]] = {
    "places": PlaceLoader,
    "homes": partial(RosterLoader, owners_only=True),
    "residents": partial(RosterLoader, owners_only=False),
    "staff": StaffLoader,
    "requests": RequestLoader,
    "venues": VenueLoader,
}
ROLLED_UP = 2000


@dataclass
class Outcome:
    """
    What came of an import. `rows` counts those with anything in them; `counts` what was written (in a dry run: nothing, empty).

    `opened` are the accounts that staff got by it, which wait for a first password.

    `written` says whether anything was put down; with faults and without skip_bad it is False and nothing was.
    """

    kind: str
    rows: int
    faults: list[Fault] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    written: bool = False
    dry_run: bool = False
    opened: list[int] = field(default_factory=list)

    @property
    def bad_rows(self) -> list[int]:
        return sorted({fault.row for fault in self.faults})

    @property
    def good(self) -> int:
        return self.rows - len(self.bad_rows)


def may_import(actor: Actor, kind: str) -> bool:
    return all(table.holds(actor, verb) for verb in VERBS[kind])


def open_upload(content: bytes, file_name: str, kind: Kind) -> Book:
    """The book in an uploaded file; the limit is LINLI_MAX_SHEET_MB. Raises reading.Unreadable."""
    return open_book(content, file_name, most_bytes=settings.MAX_SHEET_MB * 1024 * 1024, is_heading=kind.is_heading)


def _quiet(stage: str, amount: int) -> Advance:
    return lambda steps: None


def import_sheet(
    *,
    actor: Actor,
    kind: str,
    sheet: Sheet,
    mapping: Mapping,
    place: Place | None,
    now: datetime,
    file_name: str,
    dry_run: bool = False,
    skip_bad: bool = False,
    stages: Stages = _quiet,
    finish: Callable[[Outcome], Any] = lambda outcome: None,
) -> Outcome:
    """
    Import one sheet into the part of the tree under `place` (None: everywhere), in one transaction with its row of the security log.

    Without `skip_bad` one faulty row keeps all out. `finish` is called in that transaction, so that what it writes is there exactly
    when the rows are. Raises NotAllowed, Invalid for columns that are missing.
    """
    actor = actor.through("import")
    known = kind_named(kind)
    for verb in VERBS[kind]:
        if kind == "staff":
            if not table.holds(actor, verb):
                raise table.refusal(actor, verb)
        else:
            table.require(actor, verb, place.path if place else "")
    mapping.require_complete(known)
    parsed, faults = _read(known, sheet, mapping, stages)
    outcome = Outcome(kind, len(parsed) + len({f.row for f in faults}), dry_run=dry_run)
    with transaction.atomic():
        loader = LOADERS[kind](Task(actor, place, now, now.astimezone(SHANGHAI).date()))
        faults += loader.check(parsed, stages("check", len(parsed)))
        outcome.faults = sorted(faults, key=lambda f: (f.row, f.key))
        if not dry_run and (skip_bad or not faults):
            outcome.counts = loader.write({f.row for f in faults}, stages("write", 4))
            outcome.written = True
            outcome.opened = loader.opened if isinstance(loader, StaffLoader) else []
        if not dry_run:
            log_event(
                "table_imported",
                now=now,
                actor=actor,
                about=f"{known.name}: {file_name}"[:200],
                outcome="done" if outcome.written else "refused",
                rows=outcome.rows,
                bad=len(outcome.bad_rows),
                counts=outcome.counts,
            )
        finish(outcome)
    return outcome


def _read(kind: Kind, sheet: Sheet, mapping: Mapping, stages: Stages) -> tuple[list[Parsed], list[Fault]]:
    advance = stages("read", len(sheet.rows))
    parsed, faults = [], []
    for done, (row, wrong) in enumerate(parse(kind, sheet, mapping), start=1):
        if wrong:
            faults += wrong
        else:
            parsed.append(row)
        if done % ROLLED_UP == 0:
            advance(ROLLED_UP)
    advance(len(sheet.rows) % ROLLED_UP)
    if not parsed and not faults:
        raise Invalid("no_rows", _("表头下面没有内容。"))
    return parsed, faults

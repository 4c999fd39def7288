"""Staff: an account and a grant for each row, through the same actions as the account pages."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, time

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.access.roles import UNIT_ROLES
from linli.kernel.accounts.actions import ensure_office, grant_role, open_account
from linli.kernel.accounts.models import Account, Grant, Unit
from linli.kernel.accounts.queries import units_serving
from linli.kernel.places.models import Place
from linli.lib.units import SHANGHAI
from linli.ports.tables.loading.common import Advance, Task, faults_of
from linli.ports.tables.rows import Fault, Parsed


class _Undone(Exception):
    """Ends the transaction of a rehearsal."""


class StaffLoader:
    def __init__(self, task: Task) -> None:
        for verb in ("account.open", "account.grant"):
            if not table.holds(task.actor, verb):
                raise table.refusal(task.actor, verb)
        self.task = task
        self._rows: list[Parsed] = []
        self._new = {"accounts_new": 0, "grants_new": 0}
        self.opened: list[int] = []

    def check(self, rows: Sequence[Parsed], advance: Advance) -> list[Fault]:
        """Rehearse every row and take it all back: the actions themselves decide."""
        faults: list[Fault] = []
        seen: dict[tuple[str, ...], int] = {}
        with suppress(_Undone), transaction.atomic():
            for row in rows:
                key = tuple(str(row.get(name)).lower() for name in ("username", "role", "unit", "place"))
                if key in seen:
                    faults.append(Fault(row.row, "", _("与第 %(row)s 行重复：同一个人、同一个角色。") % {"row": seen[key]}))
                    continue
                seen[key] = row.row
                try:
                    with transaction.atomic():
                        self._apply(row)
                except Refused as problem:
                    faults += faults_of(row.row, problem)
                else:
                    self._rows.append(row)
                advance(1)
            raise _Undone
        return faults

    def write(self, skip: set[int], advance: Advance) -> dict[str, int]:
        self._new, self.opened = dict.fromkeys(self._new, 0), []
        kept = [row for row in self._rows if row.row not in skip]
        for row in kept:
            self._apply(row)
        advance(4)
        return {**self._new, "grants_same": len(kept) - self._new["grants_new"]}

    def _apply(self, row: Parsed) -> None:
        task, node = self.task, self._place(row)
        place = Place.objects.get(pk=node) if node else None
        unit = self._unit(row, place)
        account = Account.objects.filter(username=row.get("username").strip().lower()).first()
        if account is None:
            account = open_account(
                actor=task.actor, username=row.get("username"), name=row.get("name"), now=task.now, phone=row.get("phone")
            )
            self._new["accounts_new"] += 1
            self.opened.append(account.pk)
        elif account.name != row.get("name"):
            raise Invalid(
                "taken", "", fields={"username": [_("用户名“%(name)s”已经属于另一个人，请换一个。") % {"name": account.username}]}
            )
        before = Grant.objects.filter(account=account).count()
        starts_at, ends_at = _midnight(row.get("starts_on", None)), _midnight(row.get("ends_on", None))
        grant_role(
            actor=task.actor,
            account=account,
            role=row.get("role"),
            place=place,
            unit=unit,
            now=task.now,
            starts_at=starts_at,
            ends_at=ends_at,
        )
        self._new["grants_new"] += Grant.objects.filter(account=account).count() - before

    def _place(self, row: Parsed) -> int | None:
        if not row.get("place") and self.task.root is None:
            return None
        try:
            return self.task.place(row.get("place")).id
        except Invalid as problem:
            raise Invalid(problem.code, "", fields={"place": [str(problem)]}) from None

    def _unit(self, row: Parsed, place: Place | None) -> Unit | None:
        name = row.get("unit")
        if not name:
            if row.get("role") in UNIT_ROLES:
                raise Invalid("needs_unit", "", fields={"unit": [_("这个角色要填写所在单位。")]})
            if place is not None and table.may(self.task.actor, "unit.edit", place.path):
                return ensure_office(actor=self.task.actor, role=row.get("role"), place=place)
            return None
        serving = units_serving(place) if place else list(Unit.objects.filter(active=True))
        below = (
            Unit.objects.filter(active=True, name=name, place__path__startswith=self.task.path) if self.task.path else Unit.objects.none()
        )
        found = [unit for unit in serving if unit.name == name] or list(below)
        if len(found) != 1 and not (found and place):
            names = "、".join(unit.name for unit in serving[:6])
            raise Invalid(
                "no_unit",
                "",
                fields={"unit": [_("没有找到单位“%(unit)s”。这里的单位有：%(names)s。") % {"unit": name, "names": names or "—"}]},
            )
        return found[0]


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), SHANGHAI) if day else None

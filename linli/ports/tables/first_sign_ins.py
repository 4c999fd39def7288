"""First passwords for the accounts an import of staff has opened, given once to whoever imported them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict
from linli.kernel.accounts import first_passwords
from linli.kernel.accounts.models import Account
from linli.ports.tables.models import ImportJob


@dataclass(frozen=True)
class Waiting:
    """How many of an import's new accounts have no password yet, how many an unused one, how many have come in."""

    without: int
    unused: int
    came_in: int


def opened_by(job: ImportJob) -> QuerySet[Account]:
    return Account.objects.filter(pk__in=job.summary.get("opened", [])[:10_000]).order_by("pk")


def waiting_of(job: ImportJob) -> Waiting:
    found = opened_by(job)
    return Waiting(
        first_passwords.without_password(found).count(),
        first_passwords.with_unused_password(found).count(),
        found.exclude(last_seen_at=None).count(),
    )


def hand_out_for(*, actor: Actor, job: ImportJob, again: bool, now: datetime) -> list[first_passwords.Handed]:
    """
    First passwords for the accounts without one, or (`again`) new ones for those who have not used theirs; at most MOST_AT_ONCE.

    Raises Conflict when nobody waits any more, NotAllowed by the table.
    """
    chosen = first_passwords.with_unused_password if again else first_passwords.without_password
    handed = first_passwords.hand_out(actor=actor, accounts=list(chosen(opened_by(job))[: first_passwords.MOST_AT_ONCE]), now=now)
    if not handed:
        raise Conflict("nobody_waits", _("这些人都已经发过密码，或者已经登录过。"))
    return handed

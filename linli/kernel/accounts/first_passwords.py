"""
One-time first passwords: how somebody for whom an account was opened comes in for the first time.

The command line, the Desk's account pages and the import of staff give them by the same verbs here. A password is shown to whoever gives
it, once, and kept nowhere but as its hash; at the first sign-in it must be replaced by one the holder alone knows (GB/T 22239 8.1.4.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, make_password
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.roles import ROLES
from linli.kernel.accounts.actions import log_event, one_time_password, open_account, require_over
from linli.kernel.accounts.models import Account, Grant
from linli.kernel.accounts.queries import readable_accounts
from linli.web.sheets import Listing

# Hashing takes a sixth of a second each: so many are given while somebody waits for the page.
MOST_AT_ONCE = 100


@dataclass(frozen=True)
class Handed:
    """An account and the one-time password given to it, in the clear this once."""

    account: Account
    password: str


@transaction.atomic
def open_with_first_password(*, actor: Actor, username: str, name: str, now: datetime, phone: str = "") -> Handed:
    """Open an account and give it its first password. Raises what `open_account` raises."""
    account = open_account(actor=actor, username=username, name=name, phone=phone, now=now)
    return hand_out(actor=actor, accounts=[account], now=now)[0]


def never_came_in(found: QuerySet[Account]) -> QuerySet[Account]:
    """Open accounts nobody has signed in to yet."""
    return found.filter(is_active=True, last_seen_at=None)


_NO_PASSWORD = Q(password="") | Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)


def without_password(found: QuerySet[Account]) -> QuerySet[Account]:
    """Those of them that were never given a password."""
    return never_came_in(found).filter(_NO_PASSWORD)


def with_unused_password(found: QuerySet[Account]) -> QuerySet[Account]:
    """Those of them whose first password lies unused: it may be given anew, then the one before no longer works."""
    return never_came_in(found).filter(must_change_password=True)


def hand_out(*, actor: Actor, accounts: Sequence[Account], now: datetime) -> list[Handed]:
    """
    Give each account a first password, in the order given; whoever has meanwhile signed in, or was closed, is left out.

    The caller shows the passwords and forgets them. Raises NotAllowed when one account is out of the actor's reach; then none is given.
    """
    for account in accounts:
        require_over(actor, "account.open", account, now)
    passwords = [one_time_password() for _account in accounts]
    hashes = [make_password(password) for password in passwords]  # before the transaction: hashing is slow on purpose
    handed = []
    with transaction.atomic():
        for account, password, hashed in zip(accounts, passwords, hashes, strict=True):
            waiting = never_came_in(Account.objects.filter(pk=account.pk))
            if waiting.update(password=hashed, must_change_password=True):
                account.password, account.must_change_password = hashed, True
                log_event("first_password_given", now=now, actor=actor, about=account.username)
                handed.append(Handed(account, password))
    return handed


# --- who waits for one, and the slips to hand over -----------------------------------------------------------------------------
def staff_never_in(actor: Actor) -> QuerySet[Account]:
    """Accounts in the actor's reach that were granted something beyond a resident's role and nobody has signed in to. Raises NotAllowed."""
    granted = Grant.objects.exclude(role="resident").values("account_id")
    found = never_came_in(Account.objects.filter(readable_accounts(actor), pk__in=granted))
    return found.filter(_NO_PASSWORD | Q(must_change_password=True)).order_by("-pk")


@dataclass(frozen=True)
class Slip:
    """What stands on one person's slip: words, and where to sign in."""

    name: str
    username: str
    password: str
    work: str
    address: str


def work_of(accounts: Sequence[Account]) -> dict[int, str]:
    """What each account was granted and for which unit, in words. One query."""
    words: dict[int, list[str]] = {}
    for grant in Grant.objects.filter(account__in=accounts, ends_at=None).select_related("unit", "place").order_by("pk"):
        parts = [str(ROLES[grant.role]), grant.unit.name if grant.unit else grant.place.name if grant.place else ""]
        words.setdefault(grant.account_id, []).append(" · ".join(filter(None, parts)))
    return {pk: "；".join(dict.fromkeys(said)) for pk, said in words.items()}


def slips(handed: Sequence[Handed]) -> list[Slip]:
    work, address = work_of([h.account for h in handed]), f"{settings.PUBLIC_URL}{settings.LOGIN_URL}"
    return [Slip(h.account.name, h.account.username, h.password, work.get(h.account.pk, ""), address) for h in handed]


def as_listing(ready: Sequence[Slip]) -> Listing:
    """The slips as a sheet, one row each."""
    header = (_("姓名"), _("用户名"), _("首次登录密码"), _("角色和单位"), _("登录地址"))
    rows = [(s.name, s.username, s.password, s.work, s.address) for s in ready]
    return Listing(_("首次登录密码"), header, rows, (12, 18, 24, 36, 40))

"""Who an account is when it acts, units, the security log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.signals import post_save
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import ANONYMOUS, Actor, Standing
from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.access.prepared import MOMENT, NUMBER, TEXT, Prepared
from linli.kernel.access.refusals import Invalid, NotFound
from linli.kernel.access.sealed import blind
from linli.kernel.accounts.models import Account, ApiToken, Event, Grant, Unit
from linli.kernel.places.models import Place
from linli.lib.remembered import Remembered

_granted: Prepared[tuple[Any, ...]] = Prepared(
    lambda account_id, now: Grant.objects.filter(grants_in_force(now), account_id=account_id).values_list(
        "role", "place__path", "unit_id", "unit__name", "unit__place__path", "account__person__id"
    ),
    account_id=NUMBER,
    now=MOMENT,
)
_token: Prepared[ApiToken] = Prepared(
    lambda secret, now: (
        ApiToken.objects.select_related("account")
        .filter(hash=secret, revoked_at=None, account__is_active=True)
        .filter(Q(expires_at=None) | Q(expires_at__gt=now))
    ),
    secret=TEXT,
    now=MOMENT,
)


def actor_of(account: Account, *, now: datetime, channel: str = "web", scopes: frozenset[str] | None = None) -> Actor:
    """The actor behind an account, with what it is granted at `now`. One query, two for somebody without grants."""
    rows = _granted.all(account_id=account.pk, now=now)
    person_id = rows[0][5] if rows else Account.objects.filter(pk=account.pk).values_list("person__id", flat=True).first()
    return Actor(
        account_id=account.pk,
        person_id=person_id,
        name=account.name,
        standings=tuple(Standing(role, path or "", unit_id) for role, path, unit_id, *_rest in rows),
        channel=channel,
        scopes=scopes,
        unit_names={unit_id: name for _role, _path, unit_id, name, *_rest in rows if unit_id},
    )


def actor_of_token(secret: str, *, now: datetime, channel: str = "api") -> Actor | None:
    """The actor of a valid token; None for an unknown, expired or revoked one."""
    from linli.kernel.accounts.actions import token_hash

    token = _token.first(secret=token_hash(secret), now=now)
    if token is None:
        return None
    if token.last_used_at is None or (now - token.last_used_at).total_seconds() > 300:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return actor_of(token.account, now=now, channel=channel, scopes=frozenset(token.scopes))


def anonymous(channel: str = "web") -> Actor:
    return ANONYMOUS.through(channel)


# A unit opened or closed on one machine is known to the others within seconds.
_serving: Remembered[list[Unit]] = Remembered(5)
post_save.connect(_serving.forget, sender=Unit, weak=False, dispatch_uid="forget-units")


def units_serving(place: Place, *kinds: str) -> list[Unit]:
    """Active units at the place or any place above it, the nearest first."""
    found = _serving.get(place.path, lambda: _units_above(place.path))
    return [u for u in found if not kinds or u.kind in kinds]


def _units_above(path: str) -> list[Unit]:
    found = Unit.objects.filter(active=True, place__path__in=ancestors(path)).select_related("place")
    return sorted(found, key=lambda u: (-len(u.place.path), u.kind, u.name))


def security_log(actor: Actor) -> QuerySet[Event]:
    """
    The security log, newest first, for those who may read it: whole for who was granted the whole tree, else of the accounts that hold
    something in the reader's subtrees. Raises NotAllowed.
    """
    standings = [s for reach, s in table.reach_of(actor, "log.read") if reach == "area"]
    if not standings:
        raise table.refusal(actor, "log.read")
    events = Event.objects.select_related("account")
    if any(not s.path for s in standings):
        return events
    near = Q()
    for standing in standings:
        near |= Q(**subtree("place__path", standing.path))
    return events.filter(account__in=Grant.objects.filter(near).values("account_id"))


@dataclass(frozen=True)
class Held:
    """An account in a list with what it is granted now."""

    account: Account
    grants: list[Grant]


def grants_in_force(now: datetime) -> Q:
    return Q(starts_at__lte=now) & (Q(ends_at=None) | Q(ends_at__gt=now))


def readable_accounts(actor: Actor) -> Q:
    """Accounts somebody may read of: granted something in their subtrees, or nothing anywhere. Raises NotAllowed for nobody's reader."""
    standings = [s for reach, s in table.reach_of(actor, "account.read") if reach == "area"]
    if not standings:
        raise table.refusal(actor, "account.read")
    if any(not s.path for s in standings):
        return Q()
    near = Q()
    for standing in standings:
        near |= Q(**subtree("place__path", standing.path))
    return Q(pk__in=Grant.objects.filter(near).values("account_id")) | ~Q(pk__in=Grant.objects.values("account_id"))


def account_page(
    actor: Actor, *, now: datetime, text: str = "", role: str = "", state: str = "open", before: int | None = None, limit: int = 50
) -> tuple[list[Held], int | None]:
    """
    Accounts by the beginning of name or user name or the exact phone number, newest first, and the id to go on from. Two queries.

    Residents who never were granted anything are listed only when searched for. Raises NotAllowed.
    """
    found = Account.objects.filter(readable_accounts(actor))
    text = text.strip()
    if text:
        digits = "".join(c for c in text if c.isdigit())
        match = Q(name__startswith=text) | Q(username__startswith=text.lower())
        found = found.filter(match | Q(phone_blind=blind(digits, "phone")) if len(digits) == 11 else match)
    elif not role:
        found = found.filter(pk__in=Grant.objects.exclude(role="resident").values("account_id"))
    if role:
        found = found.filter(pk__in=Grant.objects.filter(grants_in_force(now), role=role).values("account_id"))
    if state in ("open", "closed"):
        found = found.filter(is_active=state == "open")
    rows = list((found.filter(pk__lt=before) if before else found).order_by("-pk")[: limit + 1])
    shown = rows[:limit]
    grants: dict[int, list[Grant]] = {}
    for grant in Grant.objects.filter(grants_in_force(now), account__in=shown).select_related("place", "unit").order_by("id"):
        grants.setdefault(grant.account_id, []).append(grant)
    return [Held(a, grants.get(a.pk, [])) for a in shown], shown[-1].pk if len(rows) > limit else None


def account_by_id(actor: Actor, account_id: int) -> Account:
    """Raises NotAllowed, or NotFound for an unknown id."""
    account = Account.objects.filter(readable_accounts(actor), pk=account_id).first()
    if account is None:
        raise NotFound("no_account", _("没有找到这个账号。"))
    return account


def grants_of(account: Account, *, limit: int = 200) -> list[Grant]:
    """All grants of an account, the latest first."""
    return list(account.grants.select_related("place", "unit", "granted_by").order_by("-starts_at", "-pk")[:limit])


def unit_page(actor: Actor, *, text: str = "", kind: str = "", limit: int = 200) -> list[Unit]:
    """Units in the actor's reach, by place and kind. Raises NotAllowed."""
    scope = Q()
    standings = table.reach_of(actor, "unit.edit")
    if not standings:
        raise table.refusal(actor, "unit.edit")
    for _reach, standing in standings:
        scope |= Q(**subtree("place__path", standing.path))
    found = Unit.objects.filter(scope).select_related("place", "superior")
    if text.strip():
        found = found.filter(Q(name__icontains=text.strip()) | Q(code=text.strip()))
    if kind:
        found = found.filter(kind=kind)
    return list(found.order_by("place__path", "kind", "name")[:limit])


def unit_by_id(actor: Actor, unit_id: int) -> Unit:
    """Raises NotAllowed outside the actor's reach, NotFound for an unknown id."""
    unit = Unit.objects.select_related("place", "superior").filter(pk=unit_id).first()
    if unit is None:
        raise NotFound("no_unit", _("没有找到这个单位。"))
    table.require(actor, "unit.edit", unit.place.path)
    return unit


def unit_of(unit_id: int) -> Unit:
    """The unit a caller names by its number, in anybody's reach. Raises Invalid for one that is not there."""
    found = Unit.objects.filter(pk=unit_id).first()
    if found is None:
        raise Invalid("unknown_unit", _("没有这个单位。"), fields={"unit": [_("请从单位表中选择。")]})
    return found


def units_of_place(place: Place) -> list[Unit]:
    """Active units at the place, above it and below it: those a role there may act for."""
    return list(
        Unit.objects.filter(Q(place__path__in=ancestors(place.path)) | Q(**subtree("place__path", place.path)), active=True).order_by(
            "name"
        )[:300]
    )


def log_page(
    actor: Actor,
    *,
    kinds: Sequence[str] = (),
    who: str = "",
    outcome: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
    limit: int = 100,
) -> tuple[list[Event], int | None]:
    """Rows of the security log, newest first, and the id to go on from. Raises NotAllowed. One query."""
    found = security_log(actor)
    if kinds:
        found = found.filter(kind__in=list(kinds))
    if who.strip():
        found = found.filter(Q(who__startswith=who.strip()) | Q(about__startswith=who.strip()))
    if outcome:
        found = found.filter(outcome=outcome)
    if since:
        found = found.filter(at__gte=since)
    if until:
        found = found.filter(at__lt=until)
    rows = list((found.filter(pk__lt=before) if before else found).order_by("-pk")[: limit + 1])
    return rows[:limit], rows[limit - 1].pk if len(rows) > limit else None

"""Who an account is when it acts, units, the security log."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from linli.kernel.access import table
from linli.kernel.access.actor import ANONYMOUS, Actor, Standing
from linli.kernel.access.paths import ancestors
from linli.kernel.accounts.models import Account, ApiToken, Event, Grant, Unit
from linli.kernel.places.models import Place


def actor_of(account: Account, *, now: datetime, channel: str = "web", scopes: frozenset[str] | None = None) -> Actor:
    """The actor behind an account, with what it is granted at `now`. One query, two for somebody without grants."""
    rows = list(
        Grant.objects.filter(account=account, starts_at__lte=now)
        .filter(Q(ends_at=None) | Q(ends_at__gt=now))
        .values_list("role", "place__path", "unit_id", "unit__name", "unit__place__path", "account__person__id")
    )
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
    from linli.kernel.accounts.actions import token_hash  # noqa: PLC0415 - actions import nothing from here; the one shared function stays with them

    token = (
        ApiToken.objects.select_related("account")
        .filter(hash=token_hash(secret), revoked_at=None, account__is_active=True)
        .filter(Q(expires_at=None) | Q(expires_at__gt=now))
        .first()
    )
    if token is None:
        return None
    if token.last_used_at is None or (now - token.last_used_at).total_seconds() > 300:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return actor_of(token.account, now=now, channel=channel, scopes=frozenset(token.scopes))


def anonymous(channel: str = "web") -> Actor:
    return ANONYMOUS.through(channel)


def units_serving(place: Place, *kinds: str) -> list[Unit]:
    """Active units at the place or any place above it, the nearest first."""
    found = Unit.objects.filter(active=True, place__path__in=ancestors(place.path)).select_related("place")
    if kinds:
        found = found.filter(kind__in=kinds)
    return sorted(found, key=lambda u: (-len(u.place.path), u.kind, u.name))


def security_log(actor: Actor) -> QuerySet[Event]:
    """The security log, newest first, for those who may read it. Raises NotAllowed."""
    table.require(actor, "log.read")
    return Event.objects.select_related("account")

"""Tokens for programs."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound
from linli.kernel.accounts.actions.log import log_event
from linli.kernel.accounts.models import Account, ApiToken


@transaction.atomic
def make_token(
    *, actor: Actor, account: Account, name: str, scopes: Iterable[str], now: datetime, ends_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """
    Make an API token; returns it with its secret, which is shown this once. Scopes are verbs, `kind.*`, `read` or `*`.

    A token never allows more than its account's grants. Raises Invalid for an unknown scope.
    """
    if actor.account_id != account.pk:
        table.require(actor, "token.manage")
    else:
        table.require(actor, "token.own")
    wanted = sorted({s.strip() for s in scopes if s.strip()})
    verbs = {r.verb for r in table.rows()}
    kinds = {v.partition(".")[0] for v in verbs}
    unknown = [s for s in wanted if s not in verbs and s not in ("read", "*") and s.removesuffix(".*") not in kinds]
    if unknown or not wanted:
        raise Invalid(
            "bad_scope",
            _("没有这样的权限范围：%(scopes)s。") % {"scopes": "、".join(unknown) or "—"},
            fields={"scopes": [_("请核对权限范围。")]},
        )
    secret = f"linli_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        account=account, name=name.strip()[:60] or "token", hash=token_hash(secret), scopes=wanted, created_at=now, expires_at=ends_at
    )
    log_event("token_made", now=now, actor=actor, about=f"{account.username}: {token.name}", scopes=wanted)
    return token, secret


def token_hash(secret: str) -> str:
    """Tokens are long and random: a plain hash cannot be guessed backwards."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def revoke_token(*, actor: Actor, token_id: int, now: datetime) -> None:
    token = ApiToken.objects.select_related("account").filter(pk=token_id).first()
    if token is None or (token.account_id != actor.account_id and not table.may(actor, "token.manage")):
        raise NotFound("no_token", _("没有找到这个令牌。"))
    if token.revoked_at is None:
        token.revoked_at = now
        token.save(update_fields=["revoked_at"])
        log_event("token_revoked", now=now, actor=actor, about=f"{token.account.username}: {token.name}")

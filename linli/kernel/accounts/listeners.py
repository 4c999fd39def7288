"""What the security log keeps of signing in and out, and what follows from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import password_changed, password_set
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed
from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from linli.kernel.accounts.actions import log_event, password_was_changed
from linli.kernel.accounts.addresses import address_of
from linli.kernel.accounts.models import Account
from linli.kernel.accounts.queries import actor_of


def _now(request: HttpRequest | None) -> datetime:
    return getattr(request, "now", None) or timezone.now()


def _note(kind: str, request: HttpRequest | None, user: Account | None, outcome: str = "done", **details: Any) -> None:
    now = _now(request)
    actor = actor_of(user, now=now) if user is not None and user.pk else None
    log_event(kind, now=now, actor=actor, outcome=outcome, address=address_of(request), **details)


@receiver(user_logged_in, dispatch_uid="accounts.signed_in")
def signed_in(sender: Any, request: HttpRequest, user: Account, **_kwargs: Any) -> None:
    methods = [m.get("method", "") for m in request.session.get("account_authentication_methods", [])]
    Account.objects.filter(pk=user.pk).update(last_seen_at=_now(request))
    _note("signed_in", request, user, methods=methods)


@receiver(user_logged_out, dispatch_uid="accounts.signed_out")
def signed_out(sender: Any, request: HttpRequest, user: Account | None, **_kwargs: Any) -> None:
    if user is not None:
        _note("signed_out", request, user)


@receiver(user_login_failed, dispatch_uid="accounts.sign_in_failed")
def sign_in_failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_kwargs: Any) -> None:
    log_event(
        "sign_in_failed", now=_now(request), who=str(credentials.get("username") or ""), outcome="refused", address=address_of(request)
    )


@receiver(user_locked_out, dispatch_uid="accounts.locked_out")
def locked_out(sender: Any, request: HttpRequest | None = None, username: str = "", **_kwargs: Any) -> None:
    log_event("locked_out", now=_now(request), who=username or "", outcome="refused", address=address_of(request))


@receiver(authentication_failed, dispatch_uid="accounts.second_factor_failed")
def second_factor_failed(sender: Any, request: HttpRequest, user: Account, **_kwargs: Any) -> None:
    _note("second_factor_failed", request, user, outcome="refused")


@receiver(authenticator_added, dispatch_uid="accounts.factor_added")
def factor_added(sender: Any, request: HttpRequest, user: Account, authenticator: Authenticator, **_kwargs: Any) -> None:
    """Setting a factor up proves it: whoever just did need not show it a second time in this session."""
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type, reauthenticated=True)
    _note("second_factor_added", request, user, type=str(authenticator.type))


@receiver(authenticator_removed, dispatch_uid="accounts.factor_removed")
def factor_removed(sender: Any, request: HttpRequest, user: Account, authenticator: Authenticator, **_kwargs: Any) -> None:
    _note("second_factor_removed", request, user, type=str(authenticator.type))


@receiver(password_changed, dispatch_uid="accounts.password_changed")
@receiver(password_set, dispatch_uid="accounts.password_set")
def changed_password(sender: Any, request: HttpRequest, user: Account, **_kwargs: Any) -> None:
    password_was_changed(account=user, now=_now(request), address=address_of(request))

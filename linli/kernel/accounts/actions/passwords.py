"""Passwords, second factors and sessions."""

from __future__ import annotations

import secrets
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.accounts.actions.log import log_event
from linli.kernel.accounts.actions.standing import require_over
from linli.kernel.accounts.models import Account


def set_password(account: Account, password: str) -> None:
    """Give an account this password. Raises Invalid saying what is wrong with it."""
    if not password:
        account.set_unusable_password()
        return
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise Invalid("weak_password", _("密码不够安全。"), fields={"password": list(error.messages)}) from None
    account.set_password(password)


def one_time_password() -> str:
    """Four groups of four letters and digits that are not mistaken for one another, about 80 bits."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _place in range(4)) for _group in range(4))


def end_sessions(account: Account) -> int:
    """Sign the account out everywhere; how many sessions there were."""
    sessions = list(UserSession.objects.filter(user=account))
    for session in sessions:
        session.end()
    return len(sessions)


@transaction.atomic
def reset_password(*, actor: Actor, account: Account, now: datetime) -> str:
    """
    Give an account a one-time password, returned to be told to its holder and kept nowhere; every session of it ends.

    Raises Refused for one's own account (change it instead) and for a closed one.
    """
    require_over(actor, "account.open", account, now)
    if actor.account_id == account.pk:
        raise Refused("reset_own", _("自己的密码请在“登录与安全”里更改。"))
    if not account.is_active:
        raise Refused("account_closed", _("这个账号已经停用，请先恢复它。"))
    password = one_time_password()
    account.set_password(password)
    account.must_change_password = True
    account.save(update_fields=["password", "must_change_password"])
    end_sessions(account)
    log_event("password_reset", now=now, actor=actor, about=account.username)
    return password


@transaction.atomic
def reset_second_factor(*, actor: Actor, account: Account, now: datetime) -> int:
    """Take away the second factors of somebody who lost them; returns how many. They set up a new one at the next sign-in."""
    require_over(actor, "account.open", account, now)
    if actor.account_id == account.pk:
        raise Refused("reset_own", _("自己的第二步验证请在“登录与安全”里更改。"))
    gone, _rows = Authenticator.objects.filter(user=account).delete()
    end_sessions(account)
    log_event("second_factor_reset", now=now, actor=actor, about=account.username, count=gone)
    return gone


@transaction.atomic
def password_was_changed(*, account: Account, now: datetime, address: str | None = None) -> None:
    """The holder chose a password of their own: the one-time password is over."""
    Account.objects.filter(pk=account.pk).update(must_change_password=False)
    account.must_change_password = False
    log_event("password_changed", now=now, actor=Actor(account_id=account.pk, name=account.name), address=address)


def end_session(*, actor: Actor, session_id: int, now: datetime) -> None:
    """End one of the actor's own sessions, wherever it is. Raises NotFound for another's."""
    session = UserSession.objects.filter(pk=session_id, user_id=actor.account_id).first()
    if session is None:
        raise NotFound("no_session", _("没有找到这次登录，可能已经结束。"))
    session.end()
    log_event("session_ended", now=now, actor=actor)


def end_other_sessions(*, actor: Actor, keep: str, now: datetime) -> int:
    """End all of the actor's sessions but the one with the key `keep`; returns how many."""
    sessions = list(UserSession.objects.filter(user_id=actor.account_id).exclude(session_key=keep))
    for session in sessions:
        session.end()
    if sessions:
        log_event("session_ended", now=now, actor=actor, count=len(sessions))
    return len(sessions)

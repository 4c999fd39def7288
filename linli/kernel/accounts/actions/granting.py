"""Accounts are opened and closed; roles are granted on a place, and end."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.access.roles import ROLES, SEPARATED, UNIT_ROLES
from linli.kernel.accounts.actions.log import log_event
from linli.kernel.accounts.actions.passwords import end_sessions, set_password
from linli.kernel.accounts.actions.phones import canonical_mobile, phone_index
from linli.kernel.accounts.actions.standing import require_over
from linli.kernel.accounts.models import Account, ApiToken, Grant, Unit
from linli.kernel.accounts.queries import grants_in_force
from linli.kernel.places.models import Place


@transaction.atomic
def open_account(*, actor: Actor, username: str, name: str, now: datetime, password: str = "", phone: str = "") -> Account:
    """
    Open an account. Without a password it can be used by phone code or single sign-on alone, until it is given a first password.

    Raises Invalid for a taken or odd user name, a weak password, a bad phone number; NotAllowed by the table.
    """
    if not table.reach_of(actor, "account.open"):
        raise table.refusal(actor, "account.open")
    username, name = username.strip().lower(), name.strip()
    if not username or len(username) > 64 or not all(c.isalnum() or c in "._-@+" for c in username):
        raise Invalid("bad_username", _("用户名只能用字母、数字和 . _ - @ +。"), fields={"username": [_("请换一个用户名。")]})
    account = Account(username=username, name=name or username, created_at=now)
    set_password(account, password)
    if phone:
        phone = canonical_mobile(phone)
        account.phone, account.phone_blind = phone, phone_index(phone)
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError:
        raise Invalid(
            "account_taken", _("用户名或手机号已经有人使用。"), fields={"username": [_("请换一个用户名，或核对手机号。")]}
        ) from None
    log_event("account_opened", now=now, actor=actor, about=username)
    return account


@transaction.atomic
def grant_role(
    *,
    actor: Actor,
    account: Account,
    role: str,
    place: Place | None,
    now: datetime,
    unit: Unit | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Grant:
    """
    Grant `role` on the subtree of `place` (None: everywhere). The same grant in force is returned, not doubled.

    Raises Refused when the person would hold two administrators' roles (GB/T 22239 8.1.4.2), or grants to themselves; Invalid
    for an unknown role, a role that needs a unit, an end before the start.
    """
    table.require(actor, "account.grant", place.path if place else "")
    starts_at = starts_at or now
    if role not in ROLES or (ends_at is not None and ends_at <= starts_at):
        raise Invalid("bad_grant", _("请选择角色，并让结束日期晚于开始日期。"), fields={"role": [_("请核对角色和日期。")]})
    if role in UNIT_ROLES and unit is None:
        raise Invalid("needs_unit", _("“%(role)s”要指定所在单位。") % {"role": ROLES[role]}, fields={"unit": [_("请选择单位。")]})
    if actor.account_id == account.pk and not actor.is_system:
        raise Refused("grant_to_self", _("不能给自己授权，请另一位安全管理员办理。"), rule="GB/T 22239 8.1.4.2")
    meanwhile = Grant.objects.filter(Q(ends_at=None) | Q(ends_at__gt=starts_at), account=account)
    others = {g.role for g in (meanwhile.filter(starts_at__lt=ends_at) if ends_at else meanwhile)}
    if role in SEPARATED and others & SEPARATED - {role}:
        raise Refused("separated_roles", _("系统、安全、审计三类管理员必须由不同的人担任。"), rule="GB/T 22239 8.1.4.2")
    same = Grant.objects.filter(grants_in_force(starts_at), account=account, role=role, place=place, unit=unit).first()
    if same:
        return same
    grant = Grant.objects.create(
        account=account, role=role, place=place, unit=unit, starts_at=starts_at, ends_at=ends_at, granted_by_id=actor.account_id
    )
    log_event("role_granted", now=now, actor=actor, about=account.username, role=role, place=place.pk if place else None)
    return grant


@transaction.atomic
def end_grant(*, actor: Actor, grant: Grant, now: datetime) -> None:
    """End a grant as of now. Ending it again changes nothing."""
    table.require(actor, "account.grant", grant.place.path if grant.place else "")
    if grant.ends_at is None or grant.ends_at > now:
        grant.ends_at = max(now, grant.starts_at + timedelta(microseconds=1))
        grant.save(update_fields=["ends_at"])
        log_event("role_ended", now=now, actor=actor, about=grant.account.username, role=grant.role)


@transaction.atomic
def close_account(*, actor: Actor, account: Account, now: datetime) -> None:
    """Bar an account from signing in and end what it was granted and its tokens."""
    require_over(actor, "account.open", account, now)
    if actor.account_id == account.pk:
        raise Refused("close_own", _("不能停用自己的账号，请另一位安全管理员办理。"))
    account.is_active = False
    account.save(update_fields=["is_active"])
    Grant.objects.filter(grants_in_force(now), account=account, starts_at__lt=now).update(ends_at=now)
    ApiToken.objects.filter(account=account, revoked_at=None).update(revoked_at=now)
    end_sessions(account)
    log_event("account_closed", now=now, actor=actor, about=account.username)


@transaction.atomic
def reopen_account(*, actor: Actor, account: Account, now: datetime) -> None:
    """Let a closed account sign in again. What it was granted stays ended."""
    require_over(actor, "account.open", account, now)
    if not account.is_active:
        account.is_active = True
        account.save(update_fields=["is_active"])
        log_event("account_reopened", now=now, actor=actor, about=account.username)

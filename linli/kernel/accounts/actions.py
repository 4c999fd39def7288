"""What people do with accounts: open them, sign in by phone code, grant and end roles, make and revoke tokens."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.dispatch import Signal
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.access.refusals import Invalid, NotFound, Refused, TooMany, said
from linli.kernel.access.roles import ROLES, SEPARATED, UNIT_ROLES
from linli.kernel.access.sealed import blind
from linli.kernel.access.tongue import spoken
from linli.kernel.accounts.models import Account, ApiToken, Event, Grant, SignInCode, Unit, UnitKind
from linli.kernel.places.models import Kind, Place
from linli.lib.codes import CodeError, check_mobile

PHONE_CONTEXT = "phone"
CODE_LIVES = timedelta(minutes=5)
CODES_PER_HOUR = 5

# Sent after somebody signed in by a code: `account`, `phone` (canonical digits), `created`. People link their person by it.
signed_in_by_phone = Signal()


def phone_index(phone: str) -> bytes | None:
    """The blind index of a phone number, the same for accounts and people."""
    return blind(phone, PHONE_CONTEXT)


def canonical_mobile(phone: str) -> str:
    """Eleven digits. Raises Invalid saying how to mend it."""
    try:
        return check_mobile(phone)
    except CodeError as error:
        raise Invalid("bad_phone", said(error), fields={"phone": [said(error)]}) from None


def log_event(
    kind: str,
    *,
    now: datetime,
    actor: Actor | None = None,
    who: str = "",
    about: str = "",
    outcome: str = "done",
    address: str | None = None,
    **details: Any,
) -> Event:
    """Write a row of the security log."""
    return Event.objects.create(
        at=now,
        account_id=actor.account_id if actor else None,
        who=(who or (actor.name if actor else ""))[:80],
        kind=kind,
        about=about[:200],
        outcome=outcome,
        address=address,
        details=details,
    )


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
    _set_password(account, password)
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


def require_over(actor: Actor, verb: str, account: Account, now: datetime) -> None:
    """
    May the actor do `verb` to this account? Every role it holds now must lie in the actor's reach; one without roles is anybody's who
    may do it somewhere. Raises NotAllowed.
    """
    if not table.reach_of(actor, verb):
        raise table.refusal(actor, verb)
    for grant in _in_force(Grant.objects.filter(account=account), now).select_related("place"):
        table.require(actor, verb, grant.place.path if grant.place else "")


def _set_password(account: Account, password: str) -> None:
    if not password:
        account.set_unusable_password()
        return
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise Invalid("weak_password", _("密码不够安全。"), fields={"password": list(error.messages)}) from None
    account.set_password(password)


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
    same = _in_force(Grant.objects.filter(account=account, role=role, place=place, unit=unit), starts_at).first()
    if same:
        return same
    grant = Grant.objects.create(
        account=account, role=role, place=place, unit=unit, starts_at=starts_at, ends_at=ends_at, granted_by_id=actor.account_id
    )
    log_event("role_granted", now=now, actor=actor, about=account.username, role=role, place=place.pk if place else None)
    return grant


def _in_force(grants: Any, now: datetime) -> Any:
    return grants.filter(starts_at__lte=now).filter(Q(ends_at=None) | Q(ends_at__gt=now))


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
    _in_force(Grant.objects.filter(account=account, starts_at__lt=now), now).update(ends_at=now)
    ApiToken.objects.filter(account=account, revoked_at=None).update(revoked_at=now)
    _end_sessions(account)
    log_event("account_closed", now=now, actor=actor, about=account.username)


# --- signing in by phone ---------------------------------------------------------------------
def new_code(*, phone: str, now: datetime) -> tuple[str, str]:
    """
    Make a sign-in code for a phone; returns (canonical number, six digits) for the caller to send. At most five an hour.

    Raises Invalid for a bad number, TooMany beyond the limit.
    """
    number = canonical_mobile(phone)
    index = phone_index(number)
    recent = SignInCode.objects.filter(phone_blind=index, sent_at__gt=now - timedelta(hours=1)).count()
    if recent >= CODES_PER_HOUR:
        raise TooMany(
            "too_many_codes",
            _("一小时内最多发送 %(n)s 次验证码，请稍后再试，或请社区工作人员帮忙。") % {"n": CODES_PER_HOUR},
            retry_after=3600,
        )
    code = f"{secrets.randbelow(1_000_000):06d}"
    SignInCode.objects.create(phone_blind=index, code_hash=_code_hash(number, code), sent_at=now, expires_at=now + CODE_LIVES)
    return number, code


def _code_hash(number: str, code: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"{number}:{code}".encode(), hashlib.sha256).hexdigest()


def sign_in_by_code(*, phone: str, code: str, now: datetime) -> Account:
    """
    The account of whoever knows the code; a new one for a number not seen before. A code works once, for five minutes, five tries.

    Raises Refused when the code is wrong, used or too old (a wrong try is counted even so).
    """
    number = canonical_mobile(phone)
    index = phone_index(number)
    latest = SignInCode.objects.filter(phone_blind=index, used_at=None, expires_at__gt=now).order_by("-sent_at", "-pk").first()
    if latest is None or not SignInCode.objects.filter(pk=latest.pk, tries_left__gt=0, used_at=None).update(tries_left=F("tries_left") - 1):
        raise Refused("code_gone", _("验证码已经过期或用过，请重新获取。"))
    if not hmac.compare_digest(latest.code_hash, _code_hash(number, code.strip())):
        raise Refused("code_wrong", _("验证码不对，请核对短信里的六位数字。"))
    with transaction.atomic():
        if not SignInCode.objects.filter(pk=latest.pk, used_at=None).update(used_at=now):
            raise Refused("code_gone", _("验证码已经过期或用过，请重新获取。"))
        account, created = Account.objects.get_or_create(
            phone_blind=index,
            defaults={
                "username": f"r{secrets.token_hex(8)}",
                "name": spoken(lambda: _("居民 %(tail)s") % {"tail": number[-4:]}),
                "phone": number,
                "created_at": now,
            },
        )
        if created:
            account.set_unusable_password()
            account.save(update_fields=["password"])
        if not account.is_active:
            raise Refused("account_closed", _("这个账号已经停用，请联系社区。"))
        signed_in_by_phone.send(Account, account=account, phone=number, created=created)
    return account


# --- tokens ----------------------------------------------------------------------------------
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


@transaction.atomic
def ensure_unit(
    *, actor: Actor, name: str, kind: str, place: Place, code: str = "", superior: Unit | None = None, phone: str = "", name_en: str = ""
) -> Unit:
    """The unit of that kind and name at the place, made when there is none."""
    table.require(actor, "unit.edit", place.path)
    unit, _made = Unit.objects.get_or_create(
        place=place, kind=kind, name=name.strip(), defaults={"code": code, "superior": superior, "phone": phone, "name_en": name_en}
    )
    return unit


# Whose staff belong to the office of their own community or street when no unit is named: the level of the place, the kind of unit.
_OFFICE_OF: dict[str, tuple[str, str]] = {
    "community_head": (Kind.COMMUNITY, UnitKind.COMMUNITY),
    "community_worker": (Kind.COMMUNITY, UnitKind.COMMUNITY),
    "street_officer": (Kind.STREET, UnitKind.STREET),
}
# What follows the place's name in the name of its office.
_OFFICE_NAMES: dict[str, dict[str, str]] = {
    UnitKind.COMMUNITY: {"村": "村委会", "": "居委会"},
    UnitKind.STREET: {"镇": "人民政府", "乡": "人民政府", "": "办事处"},
}


@transaction.atomic
def ensure_office(*, actor: Actor, role: str, place: Place | None) -> Unit | None:
    """
    The residents' committee or street office in which somebody with `role` at `place` works, made when the place has none yet.

    None for a role, or a level of place, without an office of its own. Without an office nobody would find new requests in an inbox.
    """
    level, kind = _OFFICE_OF.get(role, ("", ""))
    if place is None or place.kind != level:
        return None
    known = Unit.objects.filter(place=place, kind=kind, active=True).order_by("pk").first()
    if known is not None:
        return known
    name = place.name + next(word for end, word in _OFFICE_NAMES[kind].items() if place.name.endswith(end))
    return under_the_street(ensure_unit(actor=actor, name=name, kind=kind, place=place, phone=place.phone))


def under_the_street(unit: Unit) -> Unit:
    """
    Put a unit without a superior under the street office above it, and a street office above those below it that have none:
    overdue work then finds its way up from the first day.
    """
    if unit.kind == UnitKind.STREET:
        below = Unit.objects.filter(superior=None, **subtree("place__path", unit.place.path)).exclude(pk=unit.pk)
        below.update(superior=unit)
    elif unit.superior_id is None:
        street = Unit.objects.filter(kind=UnitKind.STREET, active=True, place__path__in=ancestors(unit.place.path)).order_by("pk").first()
        if street is not None:
            unit.superior = street
            unit.save(update_fields=["superior"])
    return unit


# --- administration --------------------------------------------------------------------------
def one_time_password() -> str:
    """Four groups of four letters and digits that are not mistaken for one another, about 80 bits."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _place in range(4)) for _group in range(4))


def _end_sessions(account: Account) -> int:
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
    _end_sessions(account)
    log_event("password_reset", now=now, actor=actor, about=account.username)
    return password


@transaction.atomic
def reset_second_factor(*, actor: Actor, account: Account, now: datetime) -> int:
    """Take away the second factors of somebody who lost them; returns how many. They set up a new one at the next sign-in."""
    require_over(actor, "account.open", account, now)
    if actor.account_id == account.pk:
        raise Refused("reset_own", _("自己的第二步验证请在“登录与安全”里更改。"))
    gone, _rows = Authenticator.objects.filter(user=account).delete()
    _end_sessions(account)
    log_event("second_factor_reset", now=now, actor=actor, about=account.username, count=gone)
    return gone


@transaction.atomic
def reopen_account(*, actor: Actor, account: Account, now: datetime) -> None:
    """Let a closed account sign in again. What it was granted stays ended."""
    require_over(actor, "account.open", account, now)
    if not account.is_active:
        account.is_active = True
        account.save(update_fields=["is_active"])
        log_event("account_reopened", now=now, actor=actor, about=account.username)


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


@transaction.atomic
def mend_unit(
    *,
    actor: Actor,
    unit: Unit,
    now: datetime,
    name: str,
    name_en: str = "",
    code: str = "",
    phone: str = "",
    superior: Unit | None = None,
    active: bool = True,
) -> Unit:
    """Change a unit's words, superior and whether it can be sent anything new. Raises Invalid for a taken name or a circle of superiors."""
    table.require(actor, "unit.edit", unit.place.path)
    above = superior
    while above is not None:
        if above.pk == unit.pk:
            raise Invalid("unit_circle", _("上级单位不能是它自己或它的下级。"), fields={"superior": [_("请另选上级单位。")]})
        above = above.superior
    unit.name, unit.name_en, unit.code, unit.phone, unit.superior, unit.active = (
        name.strip(),
        name_en.strip(),
        code.strip(),
        phone.strip(),
        superior,
        active,
    )
    try:
        with transaction.atomic():
            unit.save()
    except IntegrityError:
        raise Invalid("unit_taken", _("这里已经有一个同名同类的单位。"), fields={"name": [_("请换一个名称。")]}) from None
    log_event("unit_changed", now=now, actor=actor, about=unit.name)
    return unit


LOG_MONTHS_AT_LEAST = 6


def forget_old_events(now: datetime) -> int:
    """
    Drop rows of the security log older than LINLI_LOG_MONTHS; returns how many. Nothing goes before six months whatever
    is set (Cybersecurity Law 21(3); law.yaml SEC-006), and with 0 nothing ever goes.
    """
    if not settings.LOG_MONTHS:
        return 0
    months = max(settings.LOG_MONTHS, LOG_MONTHS_AT_LEAST)
    gone, _rows = Event.objects.filter(at__lt=now - timedelta(days=31 * months)).delete()
    return gone

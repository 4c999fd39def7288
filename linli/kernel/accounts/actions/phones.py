"""Signing in by a code sent to a phone."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.dispatch import Signal
from django.utils.translation import gettext as _

from linli.kernel.access.refusals import Invalid, Refused, TooMany, said
from linli.kernel.access.sealed import blind
from linli.kernel.access.tongue import spoken
from linli.kernel.accounts.models import Account, SignInCode
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

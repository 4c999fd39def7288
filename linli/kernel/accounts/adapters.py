"""How allauth fits our accounts: nobody signs up by password, words and user names are ours, single sign-on opens no rights."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.kernel.access.refusals import Invalid
from linli.kernel.accounts.actions import canonical_mobile, log_event, phone_index
from linli.kernel.accounts.addresses import address_of
from linli.kernel.accounts.models import Account
from linli.kernel.accounts.queries import actor_of

# What allauth wants to say after an act, by the name of its own text; what is not here needs no words.
SAID = {
    "account/messages/password_changed.txt": _("密码已经更改。"),
    "mfa/messages/totp_activated.txt": _("验证器已经启用，下次登录会请您输入它显示的六位数字。"),
    "mfa/messages/totp_deactivated.txt": _("验证器已经停用。"),
    "mfa/messages/webauthn_added.txt": _("通行密钥已经加上。"),
    "mfa/messages/webauthn_removed.txt": _("通行密钥已经移除。"),
    "mfa/messages/recovery_codes_generated.txt": _("新的备用码已经生成，旧的不能再用。"),
    "usersessions/messages/sessions_logged_out.txt": _("其他设备上的登录已经全部结束。"),
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("这个账号已经停用，请联系安全管理员。"),
        "username_password_mismatch": _("用户名或密码不对。请核对大小写；连续输错 5 次会锁定一小时。"),
        "incorrect_password": _("密码不对，请再输一次。"),
        "enter_current_password": _("现在的密码不对，请再输一次。"),
        "too_many_login_attempts": _("试得太多了，请过几分钟再来。"),
        "rate_limited": _("太频繁了，请等一等再试。"),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        text = message or SAID.get(message_template or "")
        if text:
            messages.add_message(request, level, str(text), extra_tags=extra_tags)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        account = request.user
        if isinstance(account, Account) and actor_of(account, now=timezone.now()).is_staff:
            return "/desk/"
        return str(settings.LOGIN_REDIRECT_URL)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)


class MfaAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("验证码不对。请用验证器此刻显示的六位数字；手机时间不准也会这样。"),
        "cannot_delete_authenticator": _("工作人员必须保留一种第二步验证，不能全部停用。"),
    }

    def get_totp_label(self, user: Any) -> str:
        return str(user.username)

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """Where a second factor is required, the last one cannot be taken away, only replaced."""
        if settings.STAFF_SECOND_FACTOR != "required" or not actor_of(authenticator.user, now=timezone.now()).is_staff:
            return True
        others = authenticator.__class__.objects.filter(user=authenticator.user, type__in=["totp", "webauthn"]).exclude(pk=authenticator.pk)
        return authenticator.type == "recovery_codes" or bool(others.exists())


class SocialAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """
        Link a first single sign-on to the account staff prepared: the user name equal to `preferred_username`, or the mobile number
        the provider says it verified. It never opens an account and never grants anything.
        """
        if sociallogin.is_existing:
            return
        if sociallogin.state.get("process") == "connect":
            raise ImmediateHttpResponse(render(request, "socialaccount/no_account.html", {"provider_name": settings.OIDC_NAME}, status=403))
        claims = sociallogin.account.extra_data
        claims = claims.get("userinfo") or claims.get("id_token") or claims
        account = _prepared_account(claims)
        now = getattr(request, "now", None) or timezone.now()
        name = str(claims.get("preferred_username") or claims.get("sub") or "")
        if account is None:
            log_event("single_sign_on_unknown", now=now, who=name, outcome="refused", address=address_of(request))
            raise ImmediateHttpResponse(render(request, "socialaccount/no_account.html", {"provider_name": settings.OIDC_NAME}, status=403))
        sociallogin.connect(request, account)
        log_event("single_sign_on_linked", now=now, who=account.name, about=account.username, address=address_of(request))


def _prepared_account(claims: dict[str, Any]) -> Account | None:
    """The open account the claims speak of; two that disagree are none."""
    found = set()
    if claims.get("preferred_username"):
        found |= set(Account.objects.filter(username=str(claims["preferred_username"]).strip().lower(), is_active=True))
    if claims.get("phone_number") and claims.get("phone_number_verified") is True:
        try:
            number = canonical_mobile(str(claims["phone_number"]))
        except Invalid:
            number = ""
        if number:
            found |= set(Account.objects.filter(phone_blind=phone_index(number), is_active=True))
    return found.pop() if len(found) == 1 else None

"""Proving once more that one is oneself, before an act that cannot be left to whoever picks up an open phone: voting."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.accounts.actions import log_event, sign_in_by_code
from linli.kernel.accounts.addresses import address_of
from linli.kernel.accounts.forms import CodeForm
from linli.kernel.accounts.models import Account
from linli.kernel.accounts.pages import _SHOWN, _TAKEN, ask_for_code, safe_next
from linli.lib.masking import mask_phone

_SENT = "again_sent"


def recently(request: HttpRequest) -> bool:
    """Did this browser prove within the last quarter of an hour who sits before it? By code, password, passkey or single sign-on."""
    now = request.now.timestamp()  # type: ignore[attr-defined]  # set by ActorMiddleware
    known = request.session.get("account_authentication_methods", [])
    return any(0 <= now - float(one.get("at", 0)) < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT for one in known if isinstance(one, dict))


def to_again(request: HttpRequest) -> HttpResponse:
    """Where to go first: to sign in, to show the password, or to the code page; all lead back here."""
    target = request.get_full_path()
    if not request.user.is_authenticated:
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': target})}")
    return HttpResponseRedirect(f"/sign-in/again/?{urlencode({'next': target})}")


@never_cache
@login_required
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest) -> HttpResponse:
    """A code to the account's own number, and to no other; whoever has a password shows that instead."""
    account, target = request.user, safe_next(request)
    assert isinstance(account, Account)
    if recently(request) and request.method != "POST":
        return HttpResponseRedirect(target or "/")
    if account.has_usable_password():
        return HttpResponseRedirect(f"/accounts/reauthenticate/?{urlencode({'next': target or '/'})}")
    number = account.phone.open() if account.phone else ""
    form, status, said = CodeForm(), 200, ""
    if request.method == "POST" and number:
        if "send" in request.POST:
            said, status = _send(request, number)
            if not said:
                return HttpResponseRedirect(f"{request.path}?{urlencode({'next': target})}")
        else:
            form = CodeForm(request.POST)
            if form.is_valid() and _right(request, account, number, form):
                request.session.pop(_SENT, None)
                return HttpResponseRedirect(target or "/")
            status = 422
    context: dict[str, Any] = {
        "form": form, "said": said, "next": target, "phone": mask_phone(number) if number else "", "sent": bool(request.session.get(_SENT)),
        "taken": request.session.get(_TAKEN, False), "shown": request.session.get(_SHOWN, ""),
    }  # fmt: skip
    return render(request, "accounts/again.html", context, status=status)


def _send(request: HttpRequest, number: str) -> tuple[str, int]:
    """Send a code; what went wrong, in words, and the status."""
    try:
        ask_for_code(request, number, "")
    except Refused as problem:
        return str(problem.fields["phone"][0] if isinstance(problem, Invalid) else problem.text), problem.status
    request.session[_SENT] = True
    return "", 200


def _right(request: HttpRequest, account: Account, number: str, form: CodeForm) -> bool:
    now = request.now  # type: ignore[attr-defined]  # set by ActorMiddleware
    try:
        found = sign_in_by_code(phone=number, code=form.cleaned_data["code"], now=now)
    except Refused as problem:
        log_event("sign_in_failed", now=now, who=mask_phone(number), outcome="refused", address=address_of(request), why=problem.code)
        form.add_error("code", str(problem.text))
        return False
    if found.pk != account.pk:
        form.add_error("code", _("这个手机号已经换给了别的账号，请退出后重新登录。"))
        return False
    for key in (_TAKEN, _SHOWN):
        request.session.pop(key, None)
    record_authentication(request, account, method="code")
    return True

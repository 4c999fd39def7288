"""Signing in and out, and the page where people look after their own sign-ins, second factors and tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.account.models import Login
from allauth.account.views import LoginView
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.core.ratelimit import consume
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.refusals import Invalid, Refused, TooMany
from linli.kernel.accounts.actions import (
    end_other_sessions,
    end_session,
    log_event,
    make_token,
    new_code,
    revoke_token,
    sign_in_by_code,
)
from linli.kernel.accounts.addresses import address_of
from linli.kernel.accounts.codes import code_on_page, send_code
from linli.kernel.accounts.devices import device_words
from linli.kernel.accounts.forms import CodeForm, PhoneForm, TokenForm
from linli.kernel.accounts.models import Account, ApiToken
from linli.lib.masking import mask_phone

_PHONE, _NEXT, _TAKEN, _SHOWN = "sign_in_phone", "sign_in_next", "sign_in_taken", "sign_in_code_shown"


def safe_next(request: HttpRequest) -> str:
    """Where to go after signing in: a path of this very site, or nothing."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    return wanted if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()) else ""


class SignIn(LoginView):
    """One address for everybody: residents ask for a code, staff give user name and password, or come by single sign-on or passkey."""

    template_name = "accounts/sign_in.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "phone" in request.POST:
            return self._send(request)
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer

    def _send(self, request: HttpRequest) -> HttpResponse:
        form, status = PhoneForm(request.POST), 422
        if form.is_valid():
            try:
                ask_for_code(request, form.cleaned_data["phone"], safe_next(request))
            except Refused as problem:
                form.add_error("phone", str(problem.fields["phone"][0] if isinstance(problem, Invalid) else problem.text))
                status = problem.status
            else:
                return HttpResponseRedirect("/sign-in/code/")
        context = self.get_context_data(phone_form=form, form=self.get_form_class()(request=request))
        return render(request, self.template_name, context, status=status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        target = safe_next(self.request)
        staff_first = target.startswith("/desk/") or "login" in self.request.POST or self.request.GET.get("who") == "staff"
        context.setdefault("phone_form", PhoneForm())
        return {
            **context,
            "next": target,
            "staff_first": staff_first,
            "idle": "idle" in self.request.GET,
            "oidc_name": settings.OIDC_NAME,
            "oidc_href": f"/accounts/oidc/government/login/?{urlencode({'next': target or '/'})}",
        }


sign_in = SignIn.as_view()


def ask_for_code(request: HttpRequest, phone: str, target: str) -> None:
    """Send a code and remember for whom, in this browser's session alone. The same for known and unknown numbers."""
    if not consume(request, action="sign_in_code"):
        raise TooMany("too_many_codes", _("从这里要验证码的次数太多了，请一小时后再试，或请社区工作人员帮忙。"), retry_after=3600)
    number, code = new_code(phone=phone, now=request.now)  # type: ignore[attr-defined]  # set by ActorMiddleware
    taken = send_code(number, code)
    request.session[_PHONE], request.session[_NEXT], request.session[_TAKEN] = number, target, taken
    request.session[_SHOWN] = code_on_page(code)
    log_event("code_sent", now=request.now, who=mask_phone(number), address=address_of(request))  # type: ignore[attr-defined]  # as above


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: HttpRequest) -> HttpResponse:
    """The second step: the six digits. Sending them again is a button of the same page."""
    number = request.session.get(_PHONE)
    if not number or request.user.is_authenticated:
        return HttpResponseRedirect("/" if request.user.is_authenticated else settings.LOGIN_URL)
    form, status = CodeForm(request.POST or None), 200
    if "again" in request.POST:
        try:
            ask_for_code(request, number, request.session.get(_NEXT, ""))
        except Refused as problem:
            form, status = CodeForm({}), problem.status
            form.errors.clear()
            form.add_error("code", str(problem.text))
        else:
            messages.success(request, _("又发了一次，请用最新的验证码。"))
            return HttpResponseRedirect(request.path)
    elif request.method == "POST" and form.is_valid():
        try:
            account = sign_in_by_code(phone=number, code=form.cleaned_data["code"], now=request.now)  # type: ignore[attr-defined]  # as above
        except Refused as problem:
            log_event(
                "sign_in_failed",
                now=request.now,  # type: ignore[attr-defined]  # as above
                who=mask_phone(number),
                outcome="refused",
                address=address_of(request),
                why=problem.code,
            )
            form.add_error("code", str(problem.text))
            status = 422
        else:
            return _let_in(request, account)
    elif request.method == "POST":
        status = 422
    context = {
        "form": form,
        "phone": mask_phone(number),
        "taken": request.session.get(_TAKEN, False),
        "shown": request.session.get(_SHOWN, ""),
    }
    return render(request, "accounts/code.html", context, status=status)


def _let_in(request: HttpRequest, account: Account) -> HttpResponse:
    """Go on through allauth's stages, so that somebody with a second factor is asked for it whichever way they come."""
    target = request.session.get(_NEXT, "")
    for key in (_PHONE, _NEXT, _TAKEN, _SHOWN):
        request.session.pop(key, None)
    record_authentication(request, account, method="code")
    try:
        answer: HttpResponse = perform_login(request, Login(user=account, redirect_url=target or None))
    except ImmediateHttpResponse as instead:
        return instead.response
    return answer


def locked_out(request: HttpRequest, *_args: object, **_kwargs: object) -> HttpResponse:
    """Too many wrong passwords: for how long, and how to mend it."""
    hours = settings.AXES_COOLOFF_TIME
    response = render(request, "accounts/locked_out.html", {"hours": hours}, status=429)
    response.headers["Retry-After"] = str(hours * 3600)
    return response


@login_required
@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    """Where the Desk sends staff who came in with one factor: to show theirs, or to set one up."""
    target = safe_next(request) or "/desk/"
    if Authenticator.objects.filter(user_id=request.user.pk, type__in=["totp", "webauthn"]).exists():
        return HttpResponseRedirect(f"/accounts/2fa/reauthenticate/?{urlencode({'next': target})}")
    return render(request, "accounts/second_factor.html", {"next": target})


# --- one's own account ---------------------------------------------------------------------------
def scope_choices(request: HttpRequest) -> list[tuple[str, str]]:
    """What a token of this reader may be limited to: reading, or single verbs they hold themselves."""
    actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    verbs = [
        (r.verb, str(r.label))
        for r in table.rows()
        if table.holds(actor, r.verb, own=True) and not r.reads_only and not r.verb.startswith(("token.", "session."))
    ]
    return [("read", _("只读：查看您能看到的内容")), *verbs]


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def security(request: HttpRequest) -> HttpResponse:
    """Where I am signed in, how I prove that I am I, and my tokens. POST makes a token, shown on the answer and never again."""
    actor, account = request.actor, request.user  # type: ignore[attr-defined]  # set by ActorMiddleware
    assert isinstance(account, Account)
    may_token = table.holds(actor, "token.own")
    form = TokenForm(request.POST or None, scope_choices=scope_choices(request)) if may_token else None
    secret, status = "", 200
    if request.method == "POST" and form is not None:
        if not form.is_valid():
            status = 422
        elif account.has_usable_password() and not did_recently_reauthenticate(request):
            raise ReauthenticationRequired()
        else:
            chosen = form.cleaned_data
            ends_at = request.now + timedelta(days=chosen["days"])  # type: ignore[attr-defined]  # as above
            _token, secret = make_token(
                actor=actor,
                account=account,
                name=chosen["name"],
                scopes=chosen["scopes"],
                now=request.now,  # type: ignore[attr-defined]  # as above
                ends_at=ends_at,
            )
            form = TokenForm(scope_choices=scope_choices(request))
    elif request.method == "POST":
        table.require(actor, "token.own")
    context = {
        "account": account,
        "phone": mask_phone(account.phone.open()) if account.phone else "",
        "sessions": [
            {
                "id": s.pk,
                "device": device_words(s.user_agent),
                "ip": s.ip,
                "since": s.created_at,
                "current": s.session_key == request.session.session_key,
            }
            for s in UserSession.objects.filter(user=account).order_by("-created_at", "-pk")[:50]
        ],
        "factors": sorted(Authenticator.objects.filter(user=account).values_list("type", flat=True)),
        "form": form,
        "secret": secret,
        "tokens": list(ApiToken.objects.filter(account=account, revoked_at=None).order_by("-pk")[:50]) if may_token else [],
        "is_staff": actor.is_staff,
    }
    return render(request, "accounts/security.html", context, status=status)


@login_required
@require_POST
def end_one_session(request: HttpRequest, session_id: int) -> HttpResponse:
    end_session(actor=request.actor, session_id=session_id, now=request.now)  # type: ignore[attr-defined]  # set by ActorMiddleware
    messages.success(request, _("那台设备上的登录已经结束。"))
    return HttpResponseRedirect("/me/security/")


@login_required
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    count = end_other_sessions(actor=request.actor, keep=request.session.session_key or "", now=request.now)  # type: ignore[attr-defined]  # as above
    messages.success(request, _("已经结束 %(n)s 处登录，只留下这里。") % {"n": count})
    return HttpResponseRedirect("/me/security/")


@login_required
@require_POST
def revoke_own_token(request: HttpRequest, token_id: int) -> HttpResponse:
    revoke_token(actor=request.actor, token_id=token_id, now=request.now)  # type: ignore[attr-defined]  # as above
    messages.success(request, _("令牌已经收回，用它的系统从现在起连不上了。"))
    return HttpResponseRedirect("/me/security/")


def to_sign_in(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Old and library addresses of signing in lead to the one page."""
    target = safe_next(request)
    return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': target})}" if target else str(settings.LOGIN_URL))


def no_password_here(request: HttpRequest) -> HttpResponse:
    """Residents have no password to change: their phone is their key."""
    return HttpResponseRedirect("/me/security/" if request.user.is_authenticated else str(settings.LOGIN_URL))

"""Every request knows who acts (`request.actor`) and when (`request.now`); idle staff are signed out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.queries import actor_of, anonymous

_SEEN = "seen_at"
# Addresses a signed-in member of staff may use before the second factor is set up.
_OPEN_TO_ALL = ("/accounts/", "/sign-in/", "/sign-out/", "/preferences/", "/static/", "/me/")


class ActorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.now = timezone.now()  # type: ignore[attr-defined]  # the request carries the one instant of its handling
        request.actor = SimpleLazyObject(lambda: _actor(request))  # type: ignore[attr-defined]  # made on first use
        if request.path.startswith("/desk/"):
            answer = _staff_gate(request)
            if answer is not None:
                return answer
        return self.get_response(request)


def _actor(request: HttpRequest) -> Actor:
    user = request.user
    if not user.is_authenticated:
        return anonymous()
    return actor_of(user, now=request.now)  # type: ignore[arg-type,attr-defined]  # an authenticated user is an Account; now is set above


def _staff_gate(request: HttpRequest) -> HttpResponse | None:
    """Idle time-out, and the second factor where it is required (GB/T 22239 8.1.4.1; law.yaml SEC-004)."""
    if not request.user.is_authenticated:
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?next={request.get_full_path()}")
    now, seen = request.now, request.session.get(_SEEN, 0)  # type: ignore[attr-defined]  # set above
    stamp = int(now.timestamp())
    if seen and stamp - seen > timedelta(minutes=settings.STAFF_IDLE_MINUTES).total_seconds():
        logout(request)
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?idle=1&next={request.get_full_path()}")
    if stamp - seen > 60:
        request.session[_SEEN] = stamp
    if settings.STAFF_SECOND_FACTOR == "required" and not _second_factor_used(request):
        return HttpResponseRedirect("/accounts/2fa/")
    return None


def _second_factor_used(request: HttpRequest) -> bool:
    """allauth notes each method used to sign in; single sign-on brings its own factors."""
    methods = request.session.get("account_authentication_methods", [])
    return any(m.get("method") in {"mfa", "socialaccount"} for m in methods)

"""Every request knows who acts (`request.actor`) and when (`request.now`); idle staff are signed out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotAllowed
from linli.kernel.accounts.actions import log_event
from linli.kernel.accounts.addresses import address_of
from linli.kernel.accounts.queries import actor_of, anonymous
from linli.web.pages import page_of

_SEEN = "seen_at"
# Addresses open to somebody who still has a one-time password.
_OPEN_TO_ALL = ("/accounts/", "/sign-in/", "/sign-out/", "/preferences/", "/static/", "/manifest.webmanifest", "/sw.js", "/offline/")


class RefusalLog:
    """Notes in the security log what a signed-in account tried and was not allowed (level-3 audit). It stands below `Refusals`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if isinstance(exception, NotAllowed) and not request.actor.is_anonymous:  # type: ignore[attr-defined]  # set by ActorMiddleware
            verb = str(exception.details.get("verb", exception.code))
            log_event(
                "refused",
                now=request.now,  # type: ignore[attr-defined]  # set by ActorMiddleware
                actor=request.actor,  # type: ignore[attr-defined]  # as above
                about=verb,
                outcome="refused",
                address=address_of(request),
                path=request.path,
            )


class ActorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.now = timezone.now()  # type: ignore[attr-defined]  # the request carries the one instant of its handling
        request.actor = SimpleLazyObject(lambda: _actor(request))  # type: ignore[attr-defined]  # made on first use
        if not request.path.startswith(_OPEN_TO_ALL) and request.COOKIES.get(settings.SESSION_COOKIE_NAME):
            answer = _password_gate(request)
            if answer is not None:
                return answer
        if request.path.startswith("/desk/"):
            answer = staff_gate(request)
            if answer is not None:
                return answer
        return self.get_response(request)


def _actor(request: HttpRequest) -> Actor:
    user = request.user
    if not user.is_authenticated:
        return anonymous()
    return actor_of(user, now=request.now)  # type: ignore[attr-defined]  # an authenticated user is an Account; now is set above


def staff_gate(request: HttpRequest) -> HttpResponse | None:
    """Idle time-out, and the second factor where it is required (GB/T 22239 8.1.4.1; law.yaml SEC-004)."""
    if not request.user.is_authenticated:
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': page_of(request)})}")
    now, seen = request.now, request.session.get(_SEEN, 0)  # type: ignore[attr-defined]  # set above
    stamp = int(now.timestamp())
    if seen and stamp - seen > timedelta(minutes=settings.STAFF_IDLE_MINUTES).total_seconds():
        logout(request)
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'idle': 1, 'next': page_of(request)})}")
    if stamp - seen > 60:
        request.session[_SEEN] = stamp
    if settings.STAFF_SECOND_FACTOR == "required" and not _second_factor_used(request) and request.actor.is_staff:  # type: ignore[attr-defined]  # set above
        return HttpResponseRedirect(f"/accounts/second-factor/?{urlencode({'next': request.get_full_path()})}")
    return None


def _password_gate(request: HttpRequest) -> HttpResponse | None:
    """A one-time password opens one page alone: the one where it is replaced."""
    if request.user.is_authenticated and getattr(request.user, "must_change_password", False):
        return HttpResponseRedirect("/accounts/password/change/")
    return None


def _second_factor_used(request: HttpRequest) -> bool:
    """allauth notes each method used to sign in; single sign-on brings its own factors."""
    methods = request.session.get("account_authentication_methods", [])
    return any(m.get("method") in {"mfa", "socialaccount"} for m in methods)

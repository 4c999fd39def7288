"""The reader's preferences on every request, and the one place that turns refusals into pages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from linli.web.errors import registered

log = logging.getLogger("linli.web")

THEMES = ("auto", "light", "dark")
ELDER_COOKIE, THEME_COOKIE = "linli_elder", "linli_theme"
Next = Callable[[HttpRequest], HttpResponse]
CANNOT_WRITE = ("readonly", "read-only", "disk i/o", "disk is full", "database or disk is full", "no space left", "could not extend file")


@dataclass(frozen=True)
class Preferred:
    """How this reader wants pages: language code, large type with one thing a screen, and the colour scheme."""

    language: str = "zh-hans"
    elder: bool = False
    theme: str = "auto"


def preferences_of(request: HttpRequest) -> Preferred:
    """The preferences the middleware read, or the defaults on a request it never saw."""
    found = getattr(request, "preferences", None)
    return found if isinstance(found, Preferred) else Preferred(language=translation.get_language() or "zh-hans")


def cannot_write(error: BaseException) -> bool:
    """Whether a database error says that nothing can be stored now (read-only file or server, full disk)."""
    text = str(error).lower()
    return isinstance(error, DatabaseError) and any(sign in text for sign in CANNOT_WRITE)


MACHINES = ("/api/", "/open311/")


class Preferences:
    """Language by cookie, then by ``Accept-Language``, else Simplified Chinese; elder mode and theme by their cookies."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(MACHINES):
            # NUL means nothing in a filter, and PostgreSQL takes none: a bent address still opens its list. Machines are told instead.
            request.META["QUERY_STRING"] = request.META.get("QUERY_STRING", "").replace("%00", "")
        language = translation.get_language_from_request(request)
        theme = request.COOKIES.get(THEME_COOKIE, "auto")
        request.preferences = Preferred(  # type: ignore[attr-defined]  # read back by preferences_of
            language=language,
            elder=request.COOKIES.get(ELDER_COOKIE) == "on",
            theme=theme if theme in THEMES else "auto",
        )
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


class Refusals:
    """
    A registered refusal becomes a page with its status, words, rule and way on; so does a database that cannot be written.

    Anything else goes on to Django's own handling (and to ``linli.web.pages.server_error``).
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 405 and not request.path.startswith(MACHINES):
            from linli.web import pages

            return pages.only_by_button(request, response)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        from linli.web import pages

        if isinstance(exception, registered()):
            return pages.refused(request, exception)
        if cannot_write(exception):
            log.error("the database cannot be written: %s", exception)
            return pages.cannot_save(request)
        if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
            return pages.too_large(request)
        return None


def attribute(exception: Any, name: str, otherwise: Any) -> Any:
    """An attribute a refusal may lack."""
    return getattr(exception, name, otherwise) or otherwise

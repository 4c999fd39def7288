"""What every page knows: the site, the reader's preferences, the nonce of this answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.translation import get_language, gettext, gettext_noop

from linli.web.middleware import Preferred, preferences_of
from linli.web.navigation import NavItem, entries

LANG_TAGS = {"zh-hans": "zh-Hans", "en": "en"}

gettext_noop("邻里")  # the default name of the site, in the settings, which are no app and have no catalogue

Hook = Callable[[HttpRequest], str]
_hooks: dict[str, Hook] = {}


def set_help_phone(source: Hook) -> None:
    """Says which number the help button calls for this reader."""
    _hooks["help_phone"] = source


def set_place_name(source: Hook) -> None:
    """Says which place stands in the Square's header for this reader."""
    _hooks["place_name"] = source


@dataclass(frozen=True)
class Banner:
    """One sentence on top of every page of the Desk for those it concerns, with where to act on it."""

    text: str
    href: str
    link_words: str


_banners: list[Callable[[HttpRequest], list[Banner]]] = []


def add_banner(source: Callable[[HttpRequest], list[Banner]]) -> None:
    """Says what stands on top of the Desk for this reader; asked on every page, so it must cost no query."""
    if source not in _banners:
        _banners.append(source)


def asked(hook: str, request: HttpRequest) -> str:
    """What a hook answers for this reader; nothing while nobody has set it."""
    source = _hooks.get(hook)
    return source(request) if source else ""


@dataclass
class Site:
    """The variable ``site`` in every template; what costs a query is asked only when a template reads it."""

    request: HttpRequest
    preferred: Preferred

    @property
    def name(self) -> str:
        return gettext(str(getattr(settings, "SITE_NAME", "邻里")))

    @property
    def language(self) -> str:
        return get_language() or "zh-hans"

    @property
    def lang(self) -> str:
        """The value for the ``lang`` attribute."""
        return LANG_TAGS.get(self.language, self.language)

    @property
    def languages(self) -> list[tuple[str, str]]:
        return [(code, str(label)) for code, label in settings.LANGUAGES]

    @property
    def elder(self) -> bool:
        return self.preferred.elder

    @property
    def theme(self) -> str:
        return self.preferred.theme

    @property
    def path(self) -> str:
        """Where the reader is, for switches that come back; only a page that may be asked for again by GET."""
        return self.request.get_full_path() if self.request.method in {"GET", "HEAD"} else self.request.path

    @property
    def nonce(self) -> str:
        return str(getattr(self.request, "csp_nonce", ""))

    @cached_property
    def help_phone(self) -> str:
        return asked("help_phone", self.request)

    @cached_property
    def place_name(self) -> str:
        return asked("place_name", self.request)

    @cached_property
    def square_nav(self) -> list[NavItem]:
        return entries("square", self.request)

    @cached_property
    def desk_nav(self) -> list[NavItem]:
        return entries("desk", self.request)

    @property
    def banners(self) -> list[Banner]:
        return [banner for source in _banners for banner in source(self.request)]

    @property
    def messages(self) -> Any:
        from django.contrib.messages import get_messages

        return get_messages(self.request)


class Token:
    """The CSRF token of one answer, made when it is first written; every form of a page carries the same."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def _text(self) -> str:
        return get_token(self._request)

    def __str__(self) -> str:
        return self._text

    def __html__(self) -> str:
        return self._text  # letters and digits


class TokenInput(Token):
    """The hidden input with the token."""

    def __init__(self, token: Token) -> None:
        self._token = token

    def __str__(self) -> str:
        return f'<input type="hidden" name="csrfmiddlewaretoken" value="{self._token}">'

    __html__ = __str__


def page(request: HttpRequest) -> dict[str, Any]:
    """Context processor: ``site``, and the CSRF token in one copy."""
    token = Token(request)
    return {"site": Site(request, preferences_of(request)), "csrf_token": token, "csrf_input": TokenInput(token)}

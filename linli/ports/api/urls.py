"""Where the API is: every address behind the guard, what is unknown answered as a problem too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.utils.translation import gettext as _
from ninja.operation import PathView

from linli.ports.api import pages
from linli.ports.api.api import api, description
from linli.ports.api.guard import guarded
from linli.web.jsonapi import problem


def nowhere(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    return problem(404, "not_found", _("这个地址下没有内容。"))


def _operations() -> Iterable[URLPattern]:
    views: dict[str, PathView] = {}
    for router in api._get_bound_routers():
        for route, view in router.path_operations.items():
            # The first router with an address answers it: a second one would never be asked.
            assert views.setdefault(_bare(route), view) is view, f"two routers have {route}"
    for pattern in api.urls[0]:
        if isinstance(pattern, URLPattern) and pattern.name != "api-root":
            found = views[_bare(str(pattern.pattern))]
            yield path(str(pattern.pattern), guarded(pattern.callback, found), name=pattern.name)


def _bare(route: str) -> str:
    """A route without slashes at its ends and with `{x}` and `<x>` written alike."""
    return route.strip("/").replace("<", "{").replace(">", "}")


app_name = "api"
urlpatterns = [
    path("openapi.json", guarded(description, None), name="description"),
    path("docs", pages.docs, name="docs"),
    *_operations(),
    re_path(r"^.*$", guarded(nowhere, None), name="nowhere"),
]

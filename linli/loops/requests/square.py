"""What the Square brings to the face: its navigation, the name of the reader's place, the number the help button calls."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.kernel.access.asking import actor_and_now
from linli.kernel.matters.nearby import here
from linli.kernel.notices.queries import unread_count
from linli.web.context import set_help_phone, set_place_name
from linli.web.navigation import NavItem, navigation


def entries(request: HttpRequest) -> list[NavItem]:
    return [
        NavItem(_("首页"), "/", "home"),
        NavItem(_("提诉求"), "/requests/new/", "speak"),
        NavItem(_("邻里的诉求"), "/requests/", "list"),
    ]


def last_entries(request: HttpRequest) -> list[NavItem]:
    """What stands behind the entries of other rooms; a phone's row of five ends with the reader's own page."""
    actor, _now = actor_and_now(request)
    return [NavItem(_("我的"), "/me/", "person", unread_count(actor) or None), NavItem(_("公示"), "/notices/", "notice")]


def announce() -> None:
    """Called once, when the applications are loaded."""
    navigation("square", entries, order=10)
    navigation("square", last_entries, order=90)
    set_place_name(lambda request: here(actor_and_now(request)[0]).name)
    set_help_phone(lambda request: here(actor_and_now(request)[0]).phone)

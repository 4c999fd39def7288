"""What of administration stands in the Desk's menu: what the reader holds a verb for, no query of its own."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from linli.kernel.access import table
from linli.web.navigation import NavItem, entries


def desk_entries(request: HttpRequest) -> list[NavItem]:
    """The roster, places, accounts, units, settings, log and permission table, each for those who may open it."""
    actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    group = _("管理")
    pages = [
        ("person.read", _("居民名册"), "/desk/people/", "people"),
        ("person.read", pgettext("menu", "房屋"), "/desk/homes/", "building"),
        ("place.edit", pgettext("menu", "地点"), "/desk/places/", "place"),
        ("account.read", _("账号与授权"), "/desk/accounts/", "person"),
        ("unit.edit", pgettext("menu", "单位"), "/desk/units/", "folder"),
        ("permission.read", _("设置"), "/desk/settings/", "settings"),
        ("log.read", _("安全日志"), "/desk/log/", "shield"),
        ("permission.read", _("权限表"), "/desk/permissions/", "lock"),
    ]
    own = {href for _verb, _label, href, _icon in pages}
    to_set = any(item.href not in own for item in entries("settings", request))
    return [
        NavItem(label, href, icon, group=group)
        for verb, label, href, icon in pages
        if table.holds(actor, verb) and (to_set or href != "/desk/settings/")
    ]

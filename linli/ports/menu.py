"""The Desk's entries for importing and exporting, and what the ports have to be set."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.ports.tables.actions import may_import
from linli.ports.tables.kinds import KINDS
from linli.ports.tables.listing import may_export
from linli.web.navigation import NavItem, navigation


def entries(request: HttpRequest) -> list[NavItem]:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    if any(may_import(actor, kind) or may_export(actor, kind) for kind in KINDS):
        return [NavItem(_("导入和导出"), "/desk/import/", "download")]
    return []


def setting_entries(request: HttpRequest) -> list[NavItem]:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    rows = [
        ("category.edit", _("服务要问什么"), "/desk/settings/services/", "list", _("别的系统经 Open311 报事时，各类别要回答的问题。")),
        ("webhook.own", _("推送到其他系统"), "/desk/settings/webhooks/", "send", _("事项有变化时通知别的系统，带签名。")),
    ]
    return [NavItem(label, href, icon, about=about) for verb, label, href, icon, about in rows if table.holds(actor, verb)]


def bring() -> None:
    """Called once when the app is ready."""
    navigation("desk", entries, order=70)
    navigation("settings", setting_entries, order=60)

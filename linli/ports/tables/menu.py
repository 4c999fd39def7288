"""The Desk's entry for importing and exporting."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

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


def bring() -> None:
    """Called once when the app is ready."""
    navigation("desk", entries, order=70)

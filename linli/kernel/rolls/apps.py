from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table, triggers
from linli.web.navigation import NavItem

# What the security log calls them.
EVENTS = {
    "roll_drawn": _("草拟名册"),
    "roll_discarded": _("作废名册草案"),
    "roll_frozen": _("冻结名册"),
    "roll_mended": _("起草更正后的名册"),
    "roll_exported": _("导出或打印名册"),
    "roll_objection": _("登记对名册的异议"),
    "roll_objection_answered": _("答复对名册的异议"),
}


def menu(request: HttpRequest) -> list[NavItem]:
    actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    return [NavItem(str(_("表决名册")), "/desk/rolls/", "list")] if table.holds(actor, "roll.read") else []


class RollsConfig(AppConfig):
    name = "linli.kernel.rolls"
    label = "rolls"

    def ready(self) -> None:
        from linli.kernel.accounts import events
        from linli.kernel.rolls import listeners  # noqa: F401 - connecting is the import's purpose, possible once apps are loaded
        from linli.web.navigation import navigation

        pre_migrate.connect(triggers.step_aside, sender=self, dispatch_uid="triggers.step_aside")
        post_migrate.connect(triggers.stand_again, sender=self, dispatch_uid="triggers.stand_again")
        navigation("desk", menu, order=30)
        for kind, label in EVENTS.items():
            events.name(kind, label)
        near = {"community_worker": "area", "community_head": "area"}
        round_ = {"grid_worker": "area", "building_leader": "area"}
        above = {**near, "street_officer": "area"}
        table.name_kind("roll", _("表决名册"))
        table.add("roll.read", _("查看名册草案和全部名单（遮蔽）"), above, round_, reads_only=True, auditor="area")
        table.add("roll.draw", _("草拟和核对名册"), near)
        table.add("roll.freeze", _("冻结并公示名册"), above)
        table.add("roll.reveal", _("查看名册上的完整姓名（留痕）"), above)
        table.add("roll.export", _("导出和打印名册"), above, reads_only=True, auditor="area")
        table.add("roll.object", _("对名册提异议"), signed_in="own")
        table.add("roll.object_for", _("代居民登记对名册的异议"), near, round_)
        table.add("roll.answer", _("答复对名册的异议"), above)

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class RollsConfig(AppConfig):
    name = "linli.kernel.rolls"
    label = "rolls"

    def ready(self) -> None:
        from linli.kernel.rolls import listeners  # noqa: F401 - connecting is the import's purpose, possible once apps are loaded

        near = {"community_worker": "area", "community_head": "area"}
        above = {**near, "street_officer": "area"}
        table.add("roll.read", _("查看名册草案和全部名单（遮蔽）"), above, reads_only=True, auditor="area")
        table.add("roll.draw", _("草拟和核对名册"), near)
        table.add("roll.freeze", _("冻结并公示名册"), above)
        table.add("roll.reveal", _("查看名册上的完整姓名（留痕）"), above)
        table.add("roll.export", _("导出和打印名册"), above, reads_only=True, auditor="area")
        table.add("roll.object", _("对名册提异议"), signed_in="own")
        table.add("roll.object_for", _("代居民登记对名册的异议"), near, grid_worker="area", building_leader="area")
        table.add("roll.answer", _("答复对名册的异议"), above)

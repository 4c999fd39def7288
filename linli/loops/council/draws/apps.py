from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class DrawsConfig(AppConfig):
    name = "linli.loops.council.draws"
    label = "draws"

    def ready(self) -> None:
        from linli.kernel.matters import home_cards, panels
        from linli.loops.council.draws import checks, duties, listeners, square  # noqa: F401 - they register on import
        from linli.loops.council.draws.models import Draw
        from linli.loops.council.draws.panels import panel
        from linli.loops.council.draws.queries import under_way

        permissions()
        panels.register("draws", panel, kinds=["motion"], order=40, where=lambda pk: Draw.objects.filter(about=pk))
        home_cards.register("draws", square.cards, order=40, where=under_way)
        square.announce()


def permissions() -> None:
    """The rows of the permission table that speak of draws."""
    community = {"community_worker": "area", "community_head": "area", "street_officer": "area"}
    near = {**community, "building_leader": "area", "grid_worker": "area"}
    add = table.add
    table.name_kind("draw", _("抽签"))
    add("draw.read", _("查看抽签的报名和筹备情况"), near, reads_only=True, auditor="area")
    add("draw.plan", _("安排抽签、公示名单、答复异议"), community)
    add("draw.check", _("审核抽签报名"), community)
    add("draw.hold", _("冻结名单、填写随机数、抽签"), community)
    add("draw.apply", _("报名抽签、认领名额"), signed_in="own")
    add("draw.object", _("对抽签名单提出异议"), signed_in="own")
    add("draw.apply_for", _("代居民报名、认领和提异议"), near)

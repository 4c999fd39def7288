from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class PlansConfig(AppConfig):
    name = "linli.loops.council.plans"
    label = "plans"

    def ready(self) -> None:
        from linli.kernel.matters import panels
        from linli.loops.council.ballots import money
        from linli.loops.council.plans import listeners, square  # noqa: F401 - listeners connect on import
        from linli.loops.council.plans.models import Plan
        from linli.loops.council.plans.money import own_money
        from linli.loops.council.plans.panels import panel

        permissions()
        panels.register("plans", panel, kinds=["motion"], order=30, where=lambda pk: Plan.objects.filter(matter=pk))
        money.register(own_money)
        square.announce()


def permissions() -> None:
    """The rows of the permission table that speak of plans."""
    near = {"community_worker": "area", "community_head": "area", "street_officer": "area", "committee_member": "area"}
    heads = {"community_head": "area", "street_officer": "area", "committee_member": "area"}
    add = table.add
    table.name_kind("plan", _("分摊方案"))
    add("plan.read", _("查看起草中的分摊方案"), near, reads_only=True, auditor="area", building_leader="area")
    add("plan.edit", _("起草和修改分摊方案"), near, building_leader="area")
    add("plan.show", _("公开、撤回和停用分摊方案"), near)
    add("plan.adopt", _("把分摊方案写入议题"), near)
    add("plan.export", _("导出和打印各户金额"), near, reads_only=True, auditor="area")
    add("plan.scheme", _("维护楼层系数"), heads)

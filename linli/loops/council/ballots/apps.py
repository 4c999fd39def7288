from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from linli.kernel.access import table
from linli.web.navigation import NavItem, navigation


class BallotsConfig(AppConfig):
    name = "linli.loops.council.ballots"
    label = "ballots"

    def ready(self) -> None:
        from linli.kernel.accounts import events
        from linli.kernel.matters import formal, mine, panels
        from linli.loops.council.ballots import guard, listeners  # noqa: F401 - both do their work on import
        from linli.loops.council.ballots import mine as own
        from linli.loops.council.ballots.actions.announcing import prepared
        from linli.loops.council.ballots.desk import running
        from linli.loops.council.ballots.evidence import is_ready, of_ballots
        from linli.loops.council.ballots.minuted import of_matters
        from linli.loops.council.ballots.models import Ballot
        from linli.loops.council.ballots.panels import panel
        from linli.loops.council.motions import ballots, evidence

        ballots.register(prepared)
        mine.register("ballots", own.mine, order=10)
        evidence.register("ballots", of_ballots, order=20, ready=is_ready)
        panels.register("ballot", panel, kinds=["motion"], order=20, where=lambda pk: Ballot.objects.filter(motion_id=pk))
        formal.register("ballots", of_matters, order=20)
        events.name("openings_taken", _("取走无记名表决的封存内容"))
        events.name("openings_erased", _("删除无记名表决的封存内容"))
        events.name("official_package_taken", _("导出给主管部门投票系统的资料包"))
        navigation("desk", running.menu, order=25)
        navigation("council", voting, order=20)
        permissions()


def voting(request: HttpRequest) -> list[NavItem]:
    """What stands beside the motions on the Square."""
    return [NavItem(pgettext("list", "投票表决"), "/ballots/", "check")]


def permissions() -> None:
    """The rows of the permission table that speak of ballots."""
    convenes = {"community_worker": "area", "community_head": "area", "street_officer": "area", "committee_member": "area"}
    heads = {"community_head": "area", "street_officer": "area", "committee_member": "area"}
    add = table.add
    table.name_kind("ballot", _("表决"))
    add("ballot.read", _("查看表决工作"), convenes, reads_only=True, auditor="area", grid_worker="area", building_leader="area")
    add("ballot.set_up", _("设置表决"), heads)
    add("ballot.open", _("开始和停止表决"), heads)
    add("ballot.cast", _("投票"), signed_in="own")
    add("ballot.record", _("代收纸质、电话和上门的票"), convenes, grid_worker="area", building_leader="area")
    add("ballot.deliver", _("登记送达"), convenes, grid_worker="area", building_leader="area")
    add("ballot.settle", _("核实互相矛盾的票"), heads)
    add("ballot.count", _("计票"), heads)
    # It holds whole names, so it is for those who may open the roll.
    add("ballot.package", _("导出给主管部门投票系统的资料包"), community_head="area", street_officer="area")

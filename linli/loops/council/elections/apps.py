from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class ElectionsConfig(AppConfig):
    name = "linli.loops.council.elections"
    label = "elections"

    def ready(self) -> None:
        from linli.kernel.matters import home_cards, panels
        from linli.loops.council.elections import duties, listeners, square  # noqa: F401 - they register on import
        from linli.loops.council.elections.models import Election, State
        from linli.loops.council.elections.panels import panel

        permissions()
        panels.register("elections", panel, kinds=["motion"], order=42, where=lambda pk: Election.objects.filter(about=pk))
        home_cards.register("elections", square.cards, order=45, where=lambda: Election.objects.filter(state=State.NOMINATING))
        square.announce()


def permissions() -> None:
    """The rows of the permission table that speak of elections."""
    community = {"community_worker": "area", "community_head": "area", "street_officer": "area"}
    near = {**community, "building_leader": "area", "grid_worker": "area"}
    add = table.add
    table.name_kind("election", _("选举"))
    add("election.read", _("查看选举的筹备和核查情况"), near, reads_only=True, auditor="area")
    add("election.plan", _("安排选举、公示、录入结果、登记交接和备案"), community)
    add("election.check", _("核查候选人条件"), community)
    add("election.nominate", _("推荐、自荐和附议"), signed_in="own")
    add("election.consent", _("同意被推荐、退出"), signed_in="own")
    add("election.object", _("对候选人提出异议"), signed_in="own")
    add("election.nominate_for", _("代居民推荐、附议和提异议"), near)

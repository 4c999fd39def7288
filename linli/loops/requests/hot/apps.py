from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class HotConfig(AppConfig):
    name = "linli.loops.requests.hot"
    label = "hot"

    def ready(self) -> None:
        from linli.loops.requests.hot import desk, listeners  # noqa: F401 - listeners connect on import

        above = {"community_worker": "area", "community_head": "area", "street_officer": "area"}
        table.name_kind("hot", _("热点"))
        table.add("hot.read", _("查看热点"), above, reads_only=True, auditor="area")
        table.add("hot.edit", _("整理热点"), above)
        desk.bring()

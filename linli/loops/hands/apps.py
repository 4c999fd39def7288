from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class HandsConfig(AppConfig):
    name = "linli.loops.hands"
    label = "hands"

    def ready(self) -> None:
        from linli.loops.hands import square

        table.name_kind("hands", _("人手测算"))
        table.add("hands.ask", _("测算人手和承诺"), community_head="area", street_officer="area")
        table.add("hands.read", _("查看人手测算"), reads_only=True, community_head="area", street_officer="area", auditor="area")
        square.announce()

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class SuspicionsConfig(AppConfig):
    name = "linli.measure.suspicions"
    label = "suspicions"

    def ready(self) -> None:
        from linli.measure.suspicions import square

        table.name_kind("suspicion", _("数据疑点"))
        table.add("suspicion.read", _("查看数据疑点"), reads_only=True, community_head="area", street_officer="area", auditor="area")
        table.add("suspicion.answer", _("答复数据疑点"), community_head="area", street_officer="area")
        square.announce()

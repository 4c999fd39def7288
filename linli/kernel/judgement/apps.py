from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class JudgementConfig(AppConfig):
    name = "linli.kernel.judgement"
    label = "judgement"
    verbose_name = "judgement"

    def ready(self) -> None:
        table.name_kind("judgement", _("机器建议"))
        table.add("judgement.edit", _("开关机器建议"), community_head="area", street_officer="area", system_admin="area")

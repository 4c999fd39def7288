from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class ReadingConfig(AppConfig):
    name = "linli.kernel.reading"
    label = "reading"
    verbose_name = "reading"

    def ready(self) -> None:
        table.name_kind("reading", _("类别模型"))
        table.add(
            "reading.read",
            _("查看类别模型和更正记录"),
            reads_only=True,
            community_worker="area",
            community_head="area",
            street_officer="area",
            system_admin="area",
            auditor="area",
        )

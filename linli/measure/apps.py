from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.kernel.access import table


class MeasureConfig(AppConfig):
    name = "linli.measure"
    label = "measure"

    def ready(self) -> None:
        from linli.measure import menu

        menu.bring()
        heads = {"community_head": "area", "street_officer": "area"}
        table.name_kind("indicator", pgettext_lazy("measure", "指标"))
        table.add("indicator.read", _("查看指标"), heads, reads_only=True, community_worker="area", auditor="area", grid_worker="area")
        table.add("indicator.edit", _("修改指标定义"), system_admin="area", street_officer="area")
        table.add("indicator.enter", _("登记外部数字"), heads)
        table.add("indicator.publish", _("公布指标"), heads)

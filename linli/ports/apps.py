from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class PortsConfig(AppConfig):
    name = "linli.ports"
    label = "ports"

    def ready(self) -> None:
        from linli.kernel.access.resealing import add_folder
        from linli.kernel.accounts import events
        from linli.kernel.matters.desk import beside
        from linli.ports import menu
        from linli.ports.gateways.setup import register
        from linli.ports.open311.facts import answers_of
        from linli.ports.tables.storage import FOLDER
        from linli.ports.webhooks import listeners  # noqa: F401 - connects on import

        register()
        menu.bring()
        events.name("table_imported", _("导入表格"))
        events.name("table_exported", _("导出表格"))
        events.name("webhook_made", _("建立推送"))
        events.name("webhook_ended", _("停用推送"))
        add_folder(FOLDER)
        beside(answers_of)
        near = {"community_head": "area", "street_officer": "area", "department_handler": "area", "system_admin": "area"}
        table.name_kind("webhook", _("推送"))
        table.add("webhook.own", _("把事件推送到自己的系统"), near)
        table.add("webhook.manage", _("管理所有推送"), system_admin="area", security_admin="area")

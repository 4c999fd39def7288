from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class MattersConfig(AppConfig):
    name = "linli.kernel.matters"
    label = "matters"

    def ready(self) -> None:
        from linli.kernel.accounts import events
        from linli.kernel.matters import listeners, muting, panels  # noqa: F401 - listeners connect on import
        from linli.kernel.matters.calendar_pages import calendar_banner
        from linli.kernel.matters.promises import calendar
        from linli.kernel.matters.settings_menu import setting_entries
        from linli.lib.calendar import put_in_force
        from linli.web.context import add_banner
        from linli.web.navigation import navigation

        put_in_force(calendar)
        events.name("text_masked_again", _("按现在的规则再遮住公开文字"))
        add_banner(calendar_banner)
        navigation("settings", setting_entries, order=50)
        table.name_kind("matter", _("事项"))
        table.name_kind("promise", _("承诺时限"))
        table.name_kind("category", _("诉求类别"))
        table.name_kind("calendar", _("工作日历"))
        panels.register("mute", muting.panel, order=90)
        table.add("matter.mute", _("不再收到一件事的通知"), signed_in="area")
        table.add("matter.redact", _("依法隐去记录文字"), security_admin="area")
        table.add("matter.verify", _("核验办理记录"), reads_only=True, auditor="area", audit_admin="area", system_admin="area")
        table.add("promise.edit", _("设置承诺时限"), street_officer="area", system_admin="area")
        table.add("category.edit", _("维护诉求类别"), street_officer="area", system_admin="area")
        table.add("calendar.edit", _("维护工作日历"), system_admin="area")

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class NoticesConfig(AppConfig):
    name = "linli.kernel.notices"
    label = "notices"

    def ready(self) -> None:
        from linli.kernel.accounts.codes import send_codes_through
        from linli.kernel.notices.codes import send_by_sms

        send_codes_through(send_by_sms)
        from linli.kernel.notices import listeners  # noqa: F401 - connecting is the import's purpose, possible once apps are loaded

        area = dict.fromkeys(("community_worker", "community_head", "street_officer"), "area")
        table.name_kind("notice", _("公示"))
        table.name_kind("call", _("电话告知"))
        table.add("notice.publish", _("发布公示"), area)
        table.add("call.record", _("登记电话告知"), area, grid_worker="area")

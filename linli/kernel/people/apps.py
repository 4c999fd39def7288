from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class PeopleConfig(AppConfig):
    name = "linli.kernel.people"
    label = "people"

    def ready(self) -> None:
        from linli.kernel.people import listeners  # noqa: F401 - connecting is the import's purpose, possible once apps are loaded

        near = {"community_worker": "area", "community_head": "area", "grid_worker": "area"}
        table.name_kind("person", _("居民"))
        table.add(
            "person.read", _("查看居民名册（遮蔽）"), near, reads_only=True, building_leader="area", street_officer="area", auditor="area"
        )
        table.add("person.edit", _("登记和修改居民资料"), near)
        table.add("person.contact", _("修改联系方式和偏好"), near, signed_in="own")
        table.add("person.helper", _("登记帮办人"), near, signed_in="own")
        table.add("person.consent", _("登记同意与撤回"), near, signed_in="own")
        table.add("person.reveal", _("查看居民完整信息（留痕）"), near, signed_in="own")
        table.add("person.call", _("查看同意了的当事人电话（留痕）"), department_handler="unit", property_manager="unit", mediator="unit")
        table.add("person.export", _("导出一个人的资料"), signed_in="own", community_head="area")
        table.add("person.erase", _("删除一个人的资料"), signed_in="own", community_head="area")
        table.add("person.import", _("批量导入居民与房屋"), community_worker="area", community_head="area")

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from linli.kernel.access import table


class AccountsConfig(AppConfig):
    name = "linli.kernel.accounts"
    label = "accounts"

    def ready(self) -> None:
        from linli.kernel.access.refusals import Refused
        from linli.kernel.accounts.menu import desk_entries
        from linli.web.navigation import navigation

        navigation("desk", desk_entries, order=80)
        from linli.kernel.accounts import listeners  # noqa: F401 - connecting is the import's purpose, possible once apps are loaded
        from linli.web import errors

        errors.register(Refused)
        table.name_kind("account", _("账号"))
        table.name_kind("token", _("令牌"))
        table.name_kind("permission", _("权限表"))
        table.name_kind("unit", _("单位"))
        table.name_kind("log", _("安全日志"))
        table.name_kind("session", _("登录"))
        table.name_kind("setting", _("系统设置"))
        table.add("account.open", _("开设和停用账号"), security_admin="area")
        table.add("account.grant", _("授予和收回角色"), security_admin="area")
        table.add("account.read", _("查看账号与授权"), reads_only=True, security_admin="area", audit_admin="area", auditor="area")
        table.add("token.manage", _("管理接口令牌"), security_admin="area")
        table.add(
            "token.own",
            _("为自己制作接口令牌"),
            department_handler="area",
            community_head="area",
            street_officer="area",
            system_admin="area",
        )
        table.add("unit.edit", _("维护单位"), system_admin="area", street_officer="area")
        table.add("log.read", _("查看安全日志"), reads_only=True, audit_admin="area", auditor="area")
        table.add("session.own", _("查看和结束自己的登录"), signed_in="own")
        table.add("setting.edit", _("修改系统设置"), system_admin="area")
        table.add("permission.read", _("查看权限表"), reads_only=True, signed_in="area")

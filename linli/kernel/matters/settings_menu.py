"""What the house itself brings to the Desk's page of settings; other apps bring theirs the same way."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.web.navigation import NavItem


def setting_entries(request: HttpRequest) -> list[NavItem]:
    """What of the house can be set here, for those who may."""
    actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    rows = [
        ("promise.edit", _("承诺时限"), _("受理、答复、办结各要多久，依据是什么。"), "/desk/settings/promises/", "clock"),
        ("category.edit", _("诉求类别"), _("类别、关键词、外部代码，以及 18 项高频事项。"), "/desk/settings/categories/", "list"),
        ("calendar.edit", _("工作日历"), _("节假日和调休，工作日时限按它计算。"), "/desk/settings/calendar/", "calendar"),
        ("judgement.edit", _("机器建议"), _("机器可以在哪里建议什么，谁改过。"), "/desk/settings/judgement/", "settings"),
        ("setting.edit", _("消息网关"), _("短信、机器人、邮件接通了没有。"), "/desk/settings/gateways/", "send"),
        ("unit.edit", _("单位"), _("能接事项的单位和它们的上级。"), "/desk/units/", "building"),
        ("place.edit", _("地点"), _("区划、小区、楼栋和房屋。"), "/desk/places/", "place"),
        ("account.read", _("账号与授权"), _("谁能进来，在哪里能做什么。"), "/desk/accounts/", "person"),
        ("log.read", _("安全日志"), _("登录、授权和设置的记录。"), "/desk/log/", "shield"),
        ("permission.read", _("权限表"), _("每个角色能做什么。"), "/desk/permissions/", "lock"),
    ]
    return [NavItem(title, href, icon, about=about) for verb, title, about, href, icon in rows if table.holds(actor, verb)]

"""The roles an account may be granted, with their names and the law that keeps some of them apart."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

ROLES: Final = {
    "resident": _("居民"),
    "building_leader": _("楼栋长"),
    "grid_worker": _("网格员"),
    "community_worker": _("社区工作者"),
    "community_head": _("社区负责人"),
    "street_officer": _("街道工作人员"),
    "department_handler": _("部门经办人"),
    "property_manager": _("物业负责人"),
    "mediator": _("调解员"),
    "committee_member": _("业委会成员"),
    "auditor": _("审计人员"),
    "system_admin": _("系统管理员"),
    "security_admin": _("安全管理员"),
    "audit_admin": _("审计管理员"),
}

# One person may hold at most one of these (level-3 protection, GB/T 22239 8.1.4.2; law.yaml SEC-005).
SEPARATED: Final = frozenset({"system_admin", "security_admin", "audit_admin"})

# Roles that act for a unit: what they see and may do follows the unit's work orders, not the whole subtree.
UNIT_ROLES: Final = frozenset({"department_handler", "property_manager", "mediator"})

STAFF: Final = frozenset(ROLES) - {"resident"}

"""The security log in words: what each kind of event is called. Other parts add theirs with `name`."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

_names: dict[str, Any] = {
    "signed_in": _("登录"),
    "signed_out": _("退出"),
    "sign_in_failed": _("登录没有成功"),
    "locked_out": _("连续输错，锁定"),
    "code_sent": _("发送验证码"),
    "second_factor_added": _("设置第二步验证"),
    "second_factor_removed": _("停用第二步验证"),
    "second_factor_failed": _("第二步验证没有通过"),
    "second_factor_reset": _("重置第二步验证"),
    "session_ended": _("结束登录"),
    "password_changed": _("更改密码"),
    "password_reset": _("重置密码"),
    "first_password_given": _("发放首次登录密码"),
    "single_sign_on_linked": _("关联统一身份"),
    "single_sign_on_unknown": _("统一身份没有对应账号"),
    "account_opened": _("开设账号"),
    "account_closed": _("停用账号"),
    "account_reopened": _("恢复账号"),
    "role_granted": _("授予角色"),
    "role_ended": _("收回角色"),
    "unit_changed": _("修改单位"),
    "token_made": _("制作令牌"),
    "token_revoked": _("收回令牌"),
    "refused": _("越权操作被拒绝"),
    "log_exported": _("导出安全日志"),
    "person_changed": _("修改居民资料"),
    "person_exported": _("导出居民资料"),
    "person_erased": _("删除居民资料"),
    "helper_linked": _("登记帮办人"),
    "helper_ended": _("取消帮办人"),
    "consent_recorded": _("代为登记同意"),
    "consent_taken_back": _("代为登记撤回同意"),
    "people_searched": _("查找居民"),
    "phone_searched": _("按号码查找居民"),
    "judgement": _("开关机器建议"),
    "model_asked": _("请大模型写大意"),
    "promise_set": _("设置承诺时限"),
    "road_set": _("设置议事程序"),
    "road_ended": _("停用议事程序"),
    "second_rule_set": _("设置附议规则"),
    "second_rule_ended": _("停用附议规则"),
    "promise_ended": _("停用承诺时限"),
    "category_changed": _("修改诉求类别"),
    "service_attribute_changed": _("修改服务要问的问题"),
    "calendar_changed": _("修改工作日历"),
    "gateway_tested": _("测试消息网关"),
    "keys_rotated": _("更换加密密钥"),
}


def name(kind: str, label: Any) -> None:
    """Say what a kind of event is called, once, when the application that logs it is loaded."""
    _names[kind] = label


def label(kind: str) -> str:
    """The words for a kind; one nobody named is an operation like any other."""
    return str(_names.get(kind) or _t("其他操作"))


def choices() -> list[tuple[str, str]]:
    """(kind, words) of all named kinds, for a filter."""
    return [(kind, str(words)) for kind, words in _names.items()]

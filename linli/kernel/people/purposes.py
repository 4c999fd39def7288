"""For what a separate consent is asked, as data; pure. Codes not listed here (from imports) are shown as they came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


@dataclass(frozen=True)
class Purpose:
    """What somebody agrees to, and what happens when they do not."""

    code: str
    label: Any
    explanation: Any


CALLED_BY_HANDLERS: Final = "contact_by_handlers"
SHARED_WITH_PROPERTY: Final = "share_with_property"

PURPOSES: Final = (
    Purpose(CALLED_BY_HANDLERS, _("经办单位可以给我打电话"), _("办您的事的单位能看到您的电话，好约时间上门。不同意也照样办，由社区转达。")),
    Purpose(SHARED_WITH_PROPERTY, _("把联系方式告诉物业"), _("物业为办您的事可以联系您。不同意，物业只知道事情，不知道是谁。")),
    Purpose("care_visits", _("社区上门探访"), _("社区工作者和网格员会不时上门或打电话看看您是否安好。")),
    Purpose("health_records", _("登记健康和照护情况"), _("为照护服务登记健康方面的信息，属于敏感个人信息，单独征得您的同意。")),
)
# How somebody agreed who did not do so on the web; stored as its source, read in the reader's language.
HOWS: Final = {
    "paper": gettext_noop("书面签字同意，原件存社区"),
    "in_person": gettext_noop("当面口头同意"),
    "phone": gettext_noop("电话里口头同意"),
}
BY_CODE: Final = {p.code: p for p in PURPOSES}

"""What may be asked of a unit's past: pure."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _

MOST_HANDS: Final = 500
MOST_EXTRA: Final = 50
MOST_HOURS: Final = 8_760


def why_not_asked(hands: int | None, extra: int, promise_hours: int | None) -> dict[str, str]:
    """What is wrong with a question, by field; empty when it can be asked."""
    wrong = {}
    if hands is not None and not 1 <= hands <= MOST_HANDS:
        wrong["hands"] = _("现在的人数要在 1 到 %(n)s 之间；不清楚就空着。") % {"n": MOST_HANDS}
    if abs(extra) > MOST_EXTRA:
        wrong["extra"] = _("增减的人数不能超过 %(n)s。") % {"n": MOST_EXTRA}
    elif hands is not None and hands + extra < 1:
        wrong["extra"] = _("至少要留一个人。")
    if promise_hours is not None and not 1 <= promise_hours <= MOST_HOURS:
        wrong["promise_hours"] = _("承诺要在 1 小时到 %(n)s 小时之间。") % {"n": MOST_HOURS}
    return wrong

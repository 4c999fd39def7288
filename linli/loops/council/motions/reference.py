"""Reference data of motions: within how long they are screened and taken up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django.utils.translation import gettext_noop

from linli.kernel.matters.models import PromiseRule
from linli.loops.council.motions.rules import KIND

BEGINNING: Final = datetime(2000, 1, 1, tzinfo=UTC)
# No plan document and no rule of law names days for these: ours, and an operator's to change.
_PROMISES: Final = (("screen", 7, "working_days"), ("take_up", 60, "days"), ("follow_up", 10, "working_days"))


def load_reference(now: datetime) -> int:
    """Put the promises for motions into an empty table; what an operator has set is left alone. Returns rows added."""
    if PromiseRule.objects.filter(kind=KIND).exists():
        return 0
    rows = [
        PromiseRule(
            kind=KIND,
            subject=subject,
            amount=amount,
            unit=unit,
            source=gettext_noop("默认设置，可在工作台修改"),
            status="own",
            starts_at=BEGINNING,
        )
        for subject, amount, unit in _PROMISES
    ]
    PromiseRule.objects.bulk_create(rows)
    return len(rows)

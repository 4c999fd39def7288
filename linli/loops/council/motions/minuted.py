"""What motions bring to the minutes of a meeting: decisions a body took without a ballot, with their figures. Those by ballot the ballots bring."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from linli.kernel.matters.formal import Formal
from linli.kernel.matters.models import Visibility
from linli.lib.masking import scrub
from linli.loops.council.motions.models import Decision
from linli.loops.council.motions.rules import BODIES


def of_matters(matter_ids: Collection[int], since: datetime, until: datetime) -> list[Formal]:
    """The decisions without a ballot taken in the span about public motions among these. One query."""
    rows = Decision.objects.filter(motion_id__in=matter_ids, decided_at__range=(since, until), motion__matter__visibility=Visibility.PUBLIC)
    return [_formal(d) for d in rows.exclude(how="ballot").select_related("motion__matter").order_by("pk")]


def _formal(decision: Decision) -> Formal:
    matter = decision.motion.matter
    words = {"ref": matter.ref, "title": matter.public_title, "body": BODIES[decision.body]}
    title = _("议题 %(ref)s“%(title)s”由%(body)s决定") % words
    return Formal(
        decision.motion_id, decision.decided_at, title, tuple(_lines(decision)), True, f"decision-{decision.pk}-{decision.passed}"
    )


def _lines(decision: Decision) -> Iterator[str]:
    yield _("结果：通过。") if decision.passed else _("结果：未通过。")
    labels = {"present": _("到会"), "agree": pgettext("a vote", "同意"), "against": _("反对"), "abstain": _("弃权")}
    counts = [
        _("%(what)s %(n)s 人") % {"what": label, "n": decision.figures[name]} for name, label in labels.items() if name in decision.figures
    ]
    if counts:
        yield _("人数：%(list)s。") % {"list": _("，").join(counts)}
    if decision.text:
        yield scrub(decision.text, named=True).text
    if decision.resolution_number:
        yield _("决议编号：%(number)s。") % {"number": decision.resolution_number}

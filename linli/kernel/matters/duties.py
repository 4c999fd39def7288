"""What the worker does for matters: warnings when time runs out, and the day's root."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.matters import clock as arithmetic
from linli.kernel.matters.models import Clock, Pause, WorkOrder
from linli.kernel.matters.promises import fill_in
from linli.kernel.matters.verify import publish_root
from linli.kernel.notices.actions import Addressee, send
from linli.kernel.notices.models import Message
from linli.web.duties import duty

BATCH = 200


@duty("warn of promises", every=timedelta(seconds=20))
def warn(now: datetime) -> int:
    """
    Warn at half, at 80 % and at the deadline: the holder first, from 80 % on the holder's superior too. Each warning once.
    """
    due = list(Clock.objects.filter(next_warning_at__lte=now).select_related("matter", "order").order_by("next_warning_at", "id")[:BATCH])
    return sum(_warn_one(found, now) for found in due)


@transaction.atomic
def _warn_one(found: Clock, now: datetime) -> int:
    level = found.warned
    # Several warnings may have fallen due while no worker ran: only the gravest is said.
    while level < len(arithmetic.WARNING_SHARES):
        following = arithmetic.next_warning_at(found.started_at, found.due_at, level + 1)
        if following is None or following > now:
            break
        level += 1
    claimed = Clock.objects.filter(pk=found.pk, warned=found.warned, next_warning_at=found.next_warning_at).update(
        warned=level + 1, next_warning_at=arithmetic.next_warning_at(found.started_at, found.due_at, level + 1)
    )
    if not claimed:
        return 0
    units = _holders(found, superior_too=level >= 1)
    matter = found.matter

    def title() -> str:
        said = (_("时限已过一半"), _("时限已过八成"), _("已经超期"))[min(level, 2)]
        return _("%(said)s：%(title)s") % {"said": said, "title": matter.public_title}

    send(
        [Addressee(unit_id=unit) for unit in units],
        key=f"clock:{found.pk}:{level}",
        title=title,
        body=lambda: _("“%(subject)s”承诺于 %(due)s 前完成。") % {"subject": found.get_subject_display(), "due": _local(found.due_at)},
        address=f"/desk/{matter.kind}s/{matter.ref}/",
        about=matter.ref,
        place_path=matter.place_path,
        now=now,
        robot=True,
    )
    return 1


def _holders(found: Clock, *, superior_too: bool) -> list[int]:
    orders = WorkOrder.objects.filter(matter=found.matter, state=WorkOrder.State.OPEN).select_related("unit")
    if found.order_id:
        orders = orders.filter(pk=found.order_id)
    units = [o.unit for o in orders]
    ids = {u.pk for u in units} | ({u.superior_id for u in units if u.superior_id} if superior_too else set())
    return sorted(ids)


def _local(moment: datetime | None) -> str:
    return moment.astimezone(arithmetic.ZONE).strftime("%Y-%m-%d %H:%M") if moment else ""


@duty("review suspended matters", every=timedelta(minutes=10))
def review(now: datetime) -> int:
    """On its review date, tell whoever holds a suspended matter to look at it again."""
    today = now.astimezone(arithmetic.ZONE).date()
    told = 0
    for pause in Pause.objects.filter(until_at=None, review_on__lte=today).select_related("matter").order_by("pk").iterator():
        unit, key = pause.matter.holder_id, f"review:{pause.pk}:{pause.review_on}"
        # No batch limit: those told already stay on the list until somebody resumes them, and must not hide the rest.
        if unit and not Message.objects.filter(key__startswith=f"{key}:").exists():
            told += _ask_to_review(pause, unit, key, now)
    return told


def _ask_to_review(pause: Pause, unit: int, key: str, now: datetime) -> int:
    matter = pause.matter
    return send(
        [Addressee(unit_id=unit)],
        key=key,
        title=lambda: _("挂账到期复核：%(title)s") % {"title": matter.public_title},
        body=pause.text,
        address=f"/desk/{matter.kind}s/{matter.ref}/",
        about=matter.ref,
        place_path=matter.place_path,
        now=now,
    )


@duty("publish the day's root", every=timedelta(minutes=5))
def root(now: datetime) -> int:
    return publish_root(now)


@duty("fill in due times", every=timedelta(minutes=10))
def due_times(now: datetime) -> int:
    """Due times left open because the work calendar of their year was missing."""
    return fill_in(now)

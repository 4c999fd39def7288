"""What people see of suspicions: those of their area, and what each rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import reach
from linli.kernel.access.paths import subtree
from linli.kernel.access.refusals import NotFound
from linli.kernel.matters.models import Matter
from linli.loops.council.meetings.models import Meeting
from linli.measure.suspicions.models import Behind, State, Suspicion

SHOWN: Final = 100


def suspicions_for(actor: Actor, *, answered: bool, limit: int = SHOWN) -> list[Suspicion]:
    """
    Suspicions of the actor's area that still show and wait for an answer, or those answered; the newest period first, places in their order. One query.
    """
    here = Q(pk__in=[])
    for path in reach(actor, "suspicion.read"):
        here |= Q(**subtree("place__path", path)) if path else Q(pk__gt=0)
    rows = Suspicion.objects.filter(here).select_related("place")
    rows = rows.exclude(state=State.OPEN) if answered else rows.filter(state=State.OPEN, gone_at=None)
    return list(rows[:limit])


def suspicion_for(actor: Actor, suspicion_id: int) -> Suspicion:
    """One suspicion. Raises NotFound for what the actor may not read."""
    found = Suspicion.objects.select_related("place").filter(pk=suspicion_id).first()
    if found is None or not table.may(actor, "suspicion.read", found.place.path):
        raise NotFound("no_suspicion", _("没有找到这条疑点。"))
    return found


@dataclass(frozen=True)
class Thing:
    """A matter or meeting behind a suspicion, as far as the actor may see it (`href` empty: not)."""

    title: str
    href: str


def behind(actor: Actor, suspicion: Suspicion, *, limit: int = SHOWN) -> tuple[list[Thing], int]:
    """The first things it rests on, and how many there are. Two or three queries."""
    rows = list(suspicion.behind.all())
    shown = rows[:limit]
    matters = Matter.objects.in_bulk(_numbers(shown, Behind.Kind.MATTER))
    meetings = Meeting.objects.in_bulk(_numbers(shown, Behind.Kind.MEETING))
    return [_thing(actor, row, matters.get(row.number), meetings.get(row.number)) for row in shown], len(rows)


def _numbers(rows: Sequence[Behind], kind: Behind.Kind) -> list[int]:
    return [row.number for row in rows if row.kind == kind]


def _thing(actor: Actor, row: Behind, matter: Matter | None, meeting: Meeting | None) -> Thing:
    if matter is not None and table.may(actor, "request.read", matter.place_path):
        return Thing(f"{matter.ref} {matter.public_title}", f"/desk/requests/{matter.ref}/")
    if meeting is not None and table.may(actor, "meeting.read", meeting.place_path):
        return Thing(meeting.title, f"/desk/meetings/{meeting.pk}/")
    return Thing(_("另一件您看不到的记录"), "")

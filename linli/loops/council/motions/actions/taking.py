"""A turn on a motion: the matter's turn with the motion's own row beside it, locked by the same lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotFound
from linli.kernel.matters.turn import Turn, turn
from linli.loops.council.motions.models import Motion, Text
from linli.loops.council.motions.rules import KIND


@contextmanager
def taking(*, actor: Actor, matter_id: int, now: datetime, seen: int | None = None, quiet: bool = False) -> Iterator[tuple[Turn, Motion]]:
    """Raises NotFound, also for a matter of another kind; Conflict as `turn` does."""
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen, quiet=quiet) as t:
        motion = Motion.objects.filter(pk=matter_id).first() if t.matter.kind == KIND else None
        if motion is None:
            raise NotFound("no_matter", _("没有找到这个议题。"))
        motion.matter = t.matter
        yield t, motion


def text_in_force(motion: Motion) -> Text:
    return Text.objects.get(motion=motion, number=motion.version)

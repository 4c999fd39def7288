"""What a ballot does when its motion moves: it freezes with the notice, thaws when the notice is taken back."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from linli.kernel.matters.turn import Turn, matter_advanced
from linli.loops.council.ballots.actions.setting_up import freeze, thaw
from linli.loops.council.motions.models import Motion
from linli.loops.council.motions.rules import KIND


@receiver(matter_advanced, dispatch_uid="ballots.follow_motion")
def follow(sender: Any, turn: Turn, **_kwargs: Any) -> None:
    if turn.matter.kind != KIND:
        return
    verbs = {e.verb for e in turn.entries}
    if "take_back_notice" in verbs or verbs & {"to_request", "withdraw", "reschedule", "move_tier"}:
        thaw(Motion(pk=turn.matter.pk))
    if "give_notice" in verbs:
        freeze(Motion.objects.select_related("matter").get(pk=turn.matter.pk), turn.now)

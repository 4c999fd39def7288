"""Webhooks listen to every turn."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from linli.kernel.matters.turn import Turn, matter_advanced
from linli.ports.webhooks.actions import note


@receiver(matter_advanced, dispatch_uid="ports.webhooks")
def tell(sender: Any, turn: Turn, **_kwargs: Any) -> None:
    if turn.matter.kind == "request":
        note(turn)

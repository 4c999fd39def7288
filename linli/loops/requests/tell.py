"""Who is told what about a request, and at which address they read it."""

from __future__ import annotations

from linli.kernel.access.prepared import NUMBER, Prepared
from linli.kernel.access.tongue import Words
from linli.kernel.matters.models import Party
from linli.kernel.matters.muting import listening
from linli.kernel.matters.turn import Turn
from linli.kernel.notices.actions import Addressee, send

_parties: Prepared[Party] = Prepared(
    lambda pk: Party.objects.filter(matter_id=pk).exclude(role=Party.Role.RECORDER).select_related("person"), pk=NUMBER
)
_listening: Prepared[Party] = Prepared(
    lambda pk: listening(Party.objects.filter(matter_id=pk).exclude(role=Party.Role.RECORDER)).select_related("person"), pk=NUMBER
)


def page_of(ref: str) -> str:
    return f"/requests/{ref}/"


def tell_parties(t: Turn, title: Words, body: Words, *, asks: bool = False) -> int:
    """
    Tell everyone who raised or met it, each in the way they chose; whoever acts is not told of their own act, and whoever muted it only what
    `asks` for their answer.
    """
    to = [
        Addressee(account_id=p.account_id, person=p.person)
        for p in (_parties if asks else _listening).all(pk=t.matter.pk)
        if p.account_id is None or p.account_id != t.actor.account_id
    ]
    if not to:
        return 0
    return send(
        to,
        key=f"{t.matter.ref}:{t.matter.entry_count + len(t.entries)}",
        title=title,
        body=body,
        address=page_of(t.matter.ref),
        about=t.matter.ref,
        place_path=t.matter.place_path,
        now=t.now,
    )

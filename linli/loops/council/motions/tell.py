"""Who is told what about a motion, and where they read it."""

from __future__ import annotations

from linli.kernel.access.tongue import Words
from linli.kernel.matters.models import Party
from linli.kernel.matters.muting import listening
from linli.kernel.matters.turn import Turn
from linli.kernel.notices.actions import Addressee, send
from linli.loops.council.motions.models import Second


def page_of(ref: str) -> str:
    return f"/motions/{ref}/"


def tell_followers(t: Turn, title: Words, body: Words) -> int:
    """Tell whoever raised or seconded it and did not mute it, each once and in the way they chose; whoever acts is not told of their own act."""
    matter = t.matter
    parties = listening(Party.objects.filter(matter=matter).exclude(role=Party.Role.RECORDER)).select_related("person")
    seconds = listening(Second.objects.filter(motion_id=matter.pk), "motion_id").select_related("person")
    to: dict[tuple[int | None, int | None], Addressee] = {}
    for account_id, person in [*((p.account_id, p.person) for p in parties), *((s.account_id, s.person) for s in seconds)]:
        if account_id is None or account_id != t.actor.account_id:
            key = (account_id, person.pk if person and not account_id else None)
            to.setdefault(key, Addressee(account_id=account_id, person=person))
    if not to:
        return 0
    return send(
        list(to.values()),
        key=f"{matter.ref}:{matter.entry_count + len(t.entries)}",
        title=title,
        body=body,
        address=page_of(matter.ref),
        about=matter.ref,
        place_path=matter.place_path,
        now=t.now,
    )

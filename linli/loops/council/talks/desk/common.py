"""What the Desk's pages of talks share."""

from __future__ import annotations

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.loops.council.talks.models import Talk
from linli.loops.council.talks.reading import talk_for


def desk_talk(actor: Actor, talk_id: int, verb: str = "talk.read") -> Talk:
    """A talk at the Desk, for those who work where it is. Raises NotFound or NotAllowed."""
    talk = talk_for(actor, talk_id)
    table.require(actor, verb, talk.place_path)
    return talk


def address(talk_id: int, part: str = "") -> str:
    return f"/desk/talks/{talk_id}/{part}"

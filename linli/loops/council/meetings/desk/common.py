"""What the Desk's pages of meetings share."""

from __future__ import annotations

from django.http import HttpRequest

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.places.forms import shown
from linli.kernel.places.models import CommunityType, Kind, Place
from linli.loops.council.meetings.models import Body, Meeting
from linli.loops.council.meetings.queries import meeting_for


def usual(paths: list[str]) -> dict[str, str]:
    """Where whoever works for one place alone mostly meets, and who meets there, for an empty form; nothing where there are several. One query."""
    place = Place.objects.filter(path=paths[0]).first() if len(paths) == 1 and paths[0] else None
    if place is None:
        return {}
    if place.kind == Kind.COMMUNITY:
        return {"place": shown(place), "body": Body.VILLAGERS if place.community_type == CommunityType.RURAL else Body.COMMUNITY}
    body = {Kind.COMPOUND: Body.COMPOUND, Kind.BUILDING: Body.BUILDING, Kind.ENTRANCE: Body.BUILDING}.get(Kind(place.kind))
    return {"place": shown(place), **({"body": body} if body else {})}


def desk_meeting(actor: Actor, meeting_id: int, verb: str = "meeting.read") -> Meeting:
    """A meeting at the Desk, for those who work where it is. Raises NotFound or NotAllowed."""
    meeting = meeting_for(actor, meeting_id)
    table.require(actor, verb, meeting.place_path)
    return meeting


def address(meeting_id: int, part: str = "") -> str:
    return f"/desk/meetings/{meeting_id}/{part}"


def back_of(request: HttpRequest, meeting: Meeting) -> str:
    """The page an act was sent from: the meeting's own, where it is run, or its minutes."""
    part = request.POST.get("back", "")
    return address(meeting.pk, part if part in ("run/", "minutes/") else "")

"""What meetings bring to the evidence of a decision: notice, register with times, speeches in order, shows of hands, minutes, the signed sheets."""

from __future__ import annotations

from collections.abc import Iterator

from linli.loops.council.meetings.models import Attendee, Hands, Meeting, Minutes, Paper, Speech, State
from linli.loops.council.motions.evidence import as_json, rows
from linli.loops.council.motions.models import Decision

_MEETING = "title body venue starts_at noticed_at notice_days notice_rule opened_at ended_at state entitled"
_HANDS = "question phone_agree phone_against phone_abstain room_agree room_against room_abstain closed_at"
_MINUTES = "sections digest version chair_by chair_at recorder_by recorder_at published_at"


def of_meetings(decision: Decision) -> Iterator[tuple[str, bytes]]:
    """Every meeting on whose agenda the motion stood, those called off too."""
    found = Meeting.objects.filter(items__matter_id=decision.motion_id).exclude(state=State.PLANNED).distinct().order_by("pk")
    for meeting in found:
        at = f"meeting-{meeting.pk}"
        yield f"{at}/meeting.json", rows(Meeting.objects.filter(pk=meeting.pk), _MEETING)
        people = Attendee.objects.filter(meeting=meeting).prefetch_related("stays").order_by("seat")
        yield f"{at}/attendance.json", as_json([_attendee(one) for one in people])
        speeches = Speech.objects.filter(meeting=meeting).exclude(called_at=None).order_by("called_at", "pk")
        spoken = ["item__seq", "item__title", "attendee__seat", "side", "called_at", "used_ms", "gist"]
        yield f"{at}/speeches.json", as_json(list(speeches.values(*spoken)))
        yield f"{at}/hands.json", rows(Hands.objects.filter(meeting=meeting).exclude(closed_at=None), _HANDS)
        yield f"{at}/minutes.json", rows(Minutes.objects.filter(meeting=meeting), _MINUTES)
        yield f"{at}/papers.json", rows(Paper.objects.filter(meeting=meeting), "kind title link added_at file__sha256 file__size")


def _attendee(one: Attendee) -> dict[str, object]:
    stays = [{"from": s.came_at, "until": s.left_at, "present": s.present} for s in one.stays.all()]
    return {"seat": one.seat, "name": one.name, "capacity": one.capacity, "entitled": one.entitled, "stays": stays}

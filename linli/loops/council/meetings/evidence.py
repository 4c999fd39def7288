"""What meetings bring to the evidence of a decision: notice, register with times, speeches in order, shows of hands, minutes, the signed sheets."""

from __future__ import annotations

from collections.abc import Iterator

from linli.loops.council.meetings.models import Attendee, Hands, Meeting, Minutes, Paper, Speech, State
from linli.loops.council.motions.evidence import as_json
from linli.loops.council.motions.models import Decision


def of_meetings(decision: Decision) -> Iterator[tuple[str, bytes]]:
    """Every meeting on whose agenda the motion stood, those called off too."""
    found = Meeting.objects.filter(items__matter_id=decision.motion_id).exclude(state=State.PLANNED).distinct().order_by("pk")
    for meeting in found:
        at = f"meeting-{meeting.pk}"
        names = (
            "title",
            "body",
            "venue",
            "starts_at",
            "noticed_at",
            "notice_days",
            "notice_rule",
            "opened_at",
            "ended_at",
            "state",
            "entitled",
        )
        yield f"{at}/meeting.json", as_json({name: getattr(meeting, name) for name in names})
        people = Attendee.objects.filter(meeting=meeting).prefetch_related("stays").order_by("seat")
        yield f"{at}/attendance.json", as_json([_attendee(one) for one in people])
        speeches = Speech.objects.filter(meeting=meeting).exclude(called_at=None).order_by("called_at", "pk")
        names = ("item__seq", "item__title", "attendee__seat", "side", "called_at", "used_ms", "gist")
        yield f"{at}/speeches.json", as_json(list(speeches.values(*names)))
        names = ("question", "phone_agree", "phone_against", "phone_abstain", "room_agree", "room_against", "room_abstain", "closed_at")
        yield f"{at}/hands.json", as_json(list(Hands.objects.filter(meeting=meeting).exclude(closed_at=None).order_by("pk").values(*names)))
        minutes = Minutes.objects.filter(meeting=meeting).first()
        if minutes is not None:
            names = ("sections", "digest", "version", "chair_by", "chair_at", "recorder_by", "recorder_at", "published_at")
            yield f"{at}/minutes.json", as_json({name: getattr(minutes, name) for name in names})
        papers = Paper.objects.filter(meeting=meeting).order_by("pk")
        yield f"{at}/papers.json", as_json(list(papers.values("kind", "title", "link", "added_at", "file__sha256", "file__size")))


def _attendee(one: Attendee) -> dict[str, object]:
    stays = [{"from": s.came_at, "until": s.left_at, "present": s.present} for s in one.stays.all()]
    return {"seat": one.seat, "name": one.name, "capacity": one.capacity, "entitled": one.entitled, "stays": stays}

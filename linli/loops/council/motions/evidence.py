"""
The evidence of a decision in one file: everything by which somebody can judge later how it came about, with a hash for every part.

What rooms above hold (the ballot's bundle, the delivery ledger, minutes) they bring themselves: `register`. Pictures are named with their hash
and stay in the file store, which nothing empties meanwhile. The file is the same for the same content: it carries no time of its own making.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet

from linli.kernel.matters.models import Entry
from linli.kernel.notices.models import Notice
from linli.loops.council.motions.models import Announcement, Challenge, Decision, Document, Evidence, Objection, Suspension, Task, Text

Source = Callable[[Decision], Iterator[tuple[str, bytes]]]
# Called before: may the evidence be fixed, or does a room still wait for something (a bundle being made)?
Ready = Callable[[Decision], bool]
_sources: dict[str, tuple[int, Source, Ready]] = {}
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)


def register(name: str, source: Source, *, order: int = 50, ready: Ready = lambda _decision: True) -> None:
    """`source(decision)` gives (file name, content) in a fixed order; `ready` says whether all it will give is there."""
    _sources[name] = (order, source, ready)


def is_ready(decision: Decision) -> bool:
    return all(ready(decision) for _order, _source, ready in _sources.values())


def gathered(decision: Decision) -> tuple[bytes, list[dict[str, Any]]]:
    """The file, and what is in it: [{name, size, sha256}] in the order of the file, the list itself being its last part."""
    parts = [part for _order, source, _ready in sorted(_sources.values(), key=lambda row: row[0]) for part in source(decision)]
    contents = [{"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in parts]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in [*parts, ("contents.json", as_json(contents))]:
            made.writestr(zipfile.ZipInfo(name, _EARLIEST), content, zipfile.ZIP_DEFLATED)
    return out.getvalue(), contents


def fixed(decision: Decision, now: datetime) -> Evidence:
    """Gather and seal it; doing it again writes over what was kept, for a challenge or a correction adds to it."""
    content, contents = gathered(decision)
    made, _new = Evidence.objects.update_or_create(
        decision=decision,
        defaults={
            "made_at": now,
            "digest": f"sha256:{hashlib.sha256(content).hexdigest()}",
            "size": len(content),
            "contents": contents,
            "kept": base64.b64encode(content).decode(),
            "let_go_at": None,
        },
    )
    return made


def content_of(found: Evidence) -> bytes:
    """The file as it was fixed; empty once it was let go."""
    return base64.b64decode(found.kept.open()) if found.kept else b""


def as_json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1, default=_plain).encode()


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


# --- what the motion itself holds -------------------------------------------------------------------------------
def rows(found: QuerySet[Any], columns: str) -> bytes:
    """These columns (named apart by blanks) of what was found, in the order of their numbers."""
    return as_json(list(found.order_by("pk").values(*columns.split())))


_DECISION: Final = (
    "body how passed text figures bundle decided_at posted_at holds_from confirmed_at resolution_number annulled_at why_annulled"
)
_ANNOUNCED: Final = "step text__number days frozen published_at decidable_at taken_back_at why_taken_back used notice_id"
_CHALLENGE: Final = "forum who case_number text known_on filed_on last_day outcome ended_at ruling file__sha256"
_TASK: Final = "number title unit__name due_on budget_line budget_fen spent_fen done_at"


def of_motion(decision: Decision) -> Iterator[tuple[str, bytes]]:
    """Texts, announcements with what they froze, notices, documents, the decision, objections, suspensions, challenges, tasks, the timeline."""
    motion = decision.motion_id
    yield "decision.json", rows(Decision.objects.filter(pk=decision.pk), f"step round {_DECISION}")
    yield "road.json", as_json(decision.motion.road)
    yield "texts.json", rows(Text.objects.filter(motion_id=motion), "number title body options note digest at who")
    yield "announcements.json", rows(Announcement.objects.filter(motion_id=motion), _ANNOUNCED)
    yield "notices.json", rows(Notice.objects.filter(facts__ref=f"M{motion}"), "id form title body paper facts published_at until_at")
    yield "documents.json", rows(Document.objects.filter(motion_id=motion), "kind text public at file__name file__sha256 file__size")
    yield "objections.json", rows(Objection.objects.filter(decision=decision), "text channel at outcome answer answered_at")
    yield "suspensions.json", rows(Suspension.objects.filter(decision=decision), "ground rule text review_on from_at until_at why_ended")
    yield "challenges.json", rows(Challenge.objects.filter(decision=decision), _CHALLENGE)
    yield "tasks.json", rows(Task.objects.filter(motion_id=motion), _TASK)
    yield "timeline.json", rows(Entry.objects.filter(matter_id=motion), "seq at who verb public text text_digest facts previous_hash hash")

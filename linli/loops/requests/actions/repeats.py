"""
The same household raises the same again: suggested at once, tied by a worker, told one level up (processes.yaml complaint_repeat_link).

It says something of the matter, never of the person: nothing of it is kept with people or shown in public.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from linli.insight.similar import rank_similar
from linli.kernel.access.actor import Actor
from linli.kernel.access.prepared import MOMENT, NUMBER, Prepared
from linli.kernel.access.refusals import NotFound
from linli.kernel.matters.models import Link, Matter, Party, Suggestion
from linli.kernel.matters.turn import Turn, turn
from linli.kernel.notices.actions import Addressee, send
from linli.kernel.people.queries import household
from linli.loops.requests.rules import KIND

FIELD = "repeats"
NOT_THE_SAME = "none"
ENGINE = "household/1"
SAME_CATEGORY = "category"
LEAST = 0.3
_LOOKED_AT = 20
_VAGUE = frozenset({"other"})


@dataclass(frozen=True)
class Repeat:
    """The earlier request that a new one may repeat: its number, how much that is believed (percent) and why."""

    target: int
    confidence: int
    reason: list[str]

    def suggestion(self, opened: Turn) -> Suggestion:
        """Not yet stored."""
        ref = Matter(pk=self.target, kind=KIND).ref
        return Suggestion(
            matter=opened.matter,
            field=FIELD,
            suggested=ref,
            confidence=self.confidence,
            reason=self.reason,
            engine=ENGINE,
            at=opened.now,
        )


def find_repeat(person_id: int | None, text: str, category_code: str, now: datetime) -> Repeat | None:
    """
    The earlier request of the same household that a new one with this text most likely repeats; None without any.

    Of those within `REPEAT_DAYS`, one of the same category is believed 0.7, else as much as the words are alike; the later wins.
    `reason` holds "category", or the words they share. One query, none for whoever is not on the roster.
    """
    if person_id is None:
        return None
    since = now - timedelta(days=settings.REPEAT_DAYS)
    return _likest(text, _earlier.all(person=person_id, since=since), category_code)


# Number, title, words and category code of an earlier request: all that the comparison needs of it.
Earlier = tuple[int, str, str, str | None]


def _raised_by(person: Any, since: Any) -> QuerySet[Matter, Earlier]:
    # The newest alone: whoever raised thousands (a hotline's own account) must not make each further one slower.
    raised = (
        Party.objects.filter(person__in=household(person), role=Party.Role.RAISER).order_by("-matter").values("matter")[: 3 * _LOOKED_AT]
    )
    found = Matter.objects.filter(pk__in=raised, kind=KIND, raised_at__gte=since)
    found = found.exclude(state__in=("withdrawn", "merged")).order_by("-pk")
    return found.values_list("pk", "title", "body", "category__code")[:_LOOKED_AT]


_earlier: Prepared[Earlier] = Prepared(_raised_by, person=NUMBER, since=MOMENT)


def _likest(text: str, earlier: list[Earlier], category_code: str) -> Repeat | None:
    if category_code and category_code not in _VAGUE:
        same = next((pk for pk, _title, _body, code in earlier if code == category_code), None)
        if same is not None:
            return Repeat(same, 70, [SAME_CATEGORY])
    texts = [(pk, f"{title} {body[:200]}", 0.0, 0.0) for pk, title, body, _code in earlier]
    match = next(iter(rank_similar(text, texts, top=1, least=LEAST)), None)
    return Repeat(int(match.id), min(95, round(match.score * 100)), list(match.reason)) if match else None


@transaction.atomic
def refute_repeat(*, actor: Actor, matter_id: int, now: datetime, seen: int | None = None) -> Matter:
    """A worker says that the suggested earlier request is another matter; the choice is kept beside the suggestion. Raises NotFound."""
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        t.require("request.refute_repeat")
        if not _choose(t, NOT_THE_SAME):
            raise NotFound("no_suggestion", _("这件事没有等您判断的“再次反映”建议。"))
    return t.matter


def _choose(t: Turn, chosen: str) -> int:
    waiting = Suggestion.objects.filter(matter=t.matter, field=FIELD)
    return waiting.update(chosen=chosen, chosen_by_id=t.actor.account_id, chosen_at=t.now)


def note_repeat(t: Turn, target_ref: str) -> None:
    """
    What follows when a worker ties a request to the one it repeats: the choice is kept, and where that had been resolved already, the
    unit one level up is told (once for each tie).
    """
    _choose(t, target_ref)
    tie = Link.objects.filter(source=t.matter, kind=Link.Kind.REPEATS, ended_at=None).select_related("target").order_by("-pk").first()
    unit = t.matter.owner_unit
    if tie is None or unit is None or unit.superior_id is None or not came_after_resolving(tie):
        return
    send(
        [Addressee(unit_id=unit.superior_id)],
        key=f"{t.matter.ref}:repeats:{tie.target_id}",
        title=lambda: _("办结后再次反映：%(title)s") % {"title": t.matter.public_title},
        body=lambda: _("%(ref)s 办结以后，同一件事又反映上来。请看看上一次为什么没有解决好。") % {"ref": target_ref},
        address=f"/desk/requests/{t.matter.ref}/",
        about=t.matter.ref,
        place_path=t.matter.place_path,
        now=t.now,
    )


def came_after_resolving(tie: Link) -> bool:
    done = tie.target.resolved_at
    return done is not None and tie.source.raised_at >= done

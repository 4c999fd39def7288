"""Hot topics in JSON: the same lists and acts as at the Desk."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import Field

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.judgement.switches import is_on
from linli.loops.requests.hot import deciding, placing
from linli.loops.requests.hot.models import Figure, Topic
from linli.loops.requests.hot.queries import VERB, changes_of, figure_of, hottest, members_of, place_for, places_for, topic_for
from linli.web.jsonapi import PROBLEMS, Id, Input, Limit, at_most

router = Router(tags=["hot topics"])


class HotOut(Schema):
    """
    `heat` by the installation's formula; `counts` are people a week, the last week last; `direction` is new, rising, steady, falling or quiet. `alarm`
    with the people `recent`, those `expected` and the `chance` of so many; null where nothing was tested. `by_place` counts people; in `by_age`,
    `by_home` (owner, family, tenant, other) and `by_size` (people living in the home: one, two, more) null is a count that would point at people.
    """

    id: int
    title: str
    line_place: str
    line_what: str
    state: str
    into: int | None
    place: int | None
    heat: float
    people: int
    messages: int
    me_too: int
    first_on: date | None
    last_on: date | None
    direction: str
    counts: list[int]
    alarm: bool
    recent: int | None
    expected: float | None
    chance: float | None
    by_place: list[list[int]]
    by_age: list[list[Any]]
    by_home: list[list[Any]]
    by_size: list[list[Any]]


class HotPageOut(Schema):
    items: list[HotOut]
    next_cursor: int | None


class HotChangeOut(Schema):
    """What became of a topic: `request` was taken out or put in, `other` is the topic it came from or went to; by null where the system did it."""

    id: int
    verb: str
    text: str
    request: str | None
    other: int | None
    at: datetime
    by: str | None
    can_undo: bool


class WholeHotOut(HotOut):
    requests: list[str]
    lead: str | None
    changes: list[HotChangeOut]


class HotChosen(Schema):
    place: Id | None = None
    dismissed: bool = False
    cursor: Annotated[int, Field(ge=0, le=100_000)] = 0
    limit: Limit = 30


class NameIn(Input):
    name: Annotated[str, at_most(deciding.NAME_MOST)] = ""


class DismissIn(Input):
    reason: Annotated[str, at_most(deciding.REASON_MOST, shortest=1)]


class JoinIn(Input):
    into: Id


class RequestIn(Input):
    request: Annotated[str, at_most(20, shortest=1)]


def who(request: HttpRequest) -> tuple[Actor, datetime]:
    return request.actor.through("api"), request.now  # type: ignore[attr-defined]  # set by the middleware and the guard


def _out(topic: Topic, figure: Figure | None) -> dict[str, Any]:
    same = (
        "heat",
        "people",
        "messages",
        "first_on",
        "last_on",
        "direction",
        "counts",
        "alarm",
        "recent",
        "expected",
        "chance",
        "by_place",
        "by_age",
        "by_home",
        "by_size",
    )
    empty = {"heat": 0.0, "people": 0, "messages": 0, "direction": "quiet", "counts": [], "alarm": False}
    empty |= {"by_place": [], "by_age": [], "by_home": [], "by_size": []}
    return {
        "id": topic.pk,
        "title": topic.title,
        "line_place": topic.line_place,
        "line_what": topic.line_what,
        "state": topic.state,
        "into": topic.into_id,
        "place": figure.place_id if figure else None,
        "me_too": figure.likes if figure else 0,
        **{name: getattr(figure, name) if figure else empty.get(name) for name in same},
    }


@router.get("/hot-topics", response={200: HotPageOut, **PROBLEMS}, summary="Hot topics", operation_id="list_hot_topics")
def list_hot(request: HttpRequest, chosen: Query[HotChosen]) -> Any:
    """Those at a place, hottest first; without one, at the widest place the caller works at. Empty where the function is switched off."""
    actor, _now = who(request)
    if not table.holds(actor, VERB):
        raise table.refusal(actor, VERB)
    place = place_for(actor, chosen.place, places_for(actor))
    if place is None or not is_on("hot", place):
        return {"items": [], "next_cursor": None}
    found = hottest(place, dismissed=chosen.dismissed, limit=chosen.limit + 1, after=chosen.cursor)
    more = chosen.cursor + chosen.limit if len(found) > chosen.limit else None
    return {"items": [_out(f.topic, f) for f in found[: chosen.limit]], "next_cursor": more}


def _whole(actor: Actor, topic: Topic) -> dict[str, Any]:
    refs = [m.ref for m in members_of(actor, topic)[:500]]
    changes = [
        {
            "id": change.pk,
            "verb": change.verb,
            "text": change.text,
            "request": change.matter.ref if change.matter else None,
            "other": change.other_id,
            "at": change.at,
            "by": change.by.name if change.by else None,
            "can_undo": placing.is_undoable(change),
        }
        for change in changes_of(topic)
    ]
    lead = topic.lead.ref if topic.lead else None
    return {**_out(topic, figure_of(actor, topic)), "requests": refs, "lead": lead, "changes": changes}


def _one(request: HttpRequest, topic_id: int) -> dict[str, Any]:
    actor, _now = who(request)
    if not table.holds(actor, VERB):
        raise table.refusal(actor, VERB)
    return _whole(actor, topic_for(actor, topic_id))


@router.get("/hot-topics/{topic_id}", response={200: WholeHotOut, **PROBLEMS}, summary="One hot topic", operation_id="get_hot_topic")
def get_hot(request: HttpRequest, topic_id: Path[Id]) -> Any:
    """With the references of the requests behind it that the caller works with, the newest 500."""
    return _one(request, topic_id)


@router.post("/hot-topics/{topic_id}/rename", response={200: WholeHotOut, **PROBLEMS}, summary="Rename", operation_id="rename_hot_topic")
def rename(request: HttpRequest, topic_id: Path[Id], sent: NameIn) -> Any:
    """An empty name gives back the machine's line."""
    actor, now = who(request)
    deciding.rename(actor=actor, topic_id=topic_id, name=sent.name, now=now)
    return _one(request, topic_id)


@router.post("/hot-topics/{topic_id}/dismiss", response={200: WholeHotOut, **PROBLEMS}, summary="Dismiss", operation_id="dismiss_hot_topic")
def dismiss(request: HttpRequest, topic_id: Path[Id], sent: DismissIn) -> Any:
    actor, now = who(request)
    deciding.dismiss(actor=actor, topic_id=topic_id, reason=sent.reason, now=now)
    return _one(request, topic_id)


@router.post("/hot-topics/{topic_id}/restore", response={200: WholeHotOut, **PROBLEMS}, summary="Restore", operation_id="restore_hot_topic")
def restore(request: HttpRequest, topic_id: Path[Id]) -> Any:
    actor, now = who(request)
    deciding.restore(actor=actor, topic_id=topic_id, now=now)
    return _one(request, topic_id)


@router.post("/hot-topics/{topic_id}/join", response={200: WholeHotOut, **PROBLEMS}, summary="Join", operation_id="join_hot_topic")
def join(request: HttpRequest, topic_id: Path[Id], sent: JoinIn) -> Any:
    """Answers with the topic it went into."""
    actor, now = who(request)
    into = deciding.join(actor=actor, topic_id=topic_id, into_id=sent.into, now=now)
    return _one(request, into.pk)


@router.post(
    "/hot-topics/{topic_id}/take-out", response={200: WholeHotOut, **PROBLEMS}, summary="Take out", operation_id="take_out_of_hot_topic"
)
def take_out(request: HttpRequest, topic_id: Path[Id], sent: RequestIn) -> Any:
    """A request is not about this topic; it is not put there again."""
    actor, now = who(request)
    placing.take_out(actor=actor, topic_id=topic_id, ref=sent.request, now=now)
    return _one(request, topic_id)


@router.post("/hot-topics/{topic_id}/put-in", response={200: WholeHotOut, **PROBLEMS}, summary="Put in", operation_id="put_in_hot_topic")
def put_in(request: HttpRequest, topic_id: Path[Id], sent: RequestIn) -> Any:
    """A request is about this topic, wherever it is now."""
    actor, now = who(request)
    placing.put_in(actor=actor, topic_id=topic_id, ref=sent.request, now=now)
    return _one(request, topic_id)


@router.post(
    "/hot-topics/{topic_id}/changes/{change_id}/undo",
    response={200: WholeHotOut, **PROBLEMS},
    summary="Undo",
    operation_id="undo_hot_topic_change",
)
def undo(request: HttpRequest, topic_id: Path[Id], change_id: Path[Id]) -> Any:
    """The request is where it was before it was taken out or put in."""
    actor, now = who(request)
    placing.undo(actor=actor, topic_id=topic_id, change_id=change_id, now=now)
    return _one(request, topic_id)

"""Hot topics in JSON for anybody: what the Square's page says."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import Field

from linli.kernel.matters.nearby import place_or_none
from linli.loops.requests.hot.models import PublicFigure
from linli.loops.requests.hot.square_queries import (
    Going,
    going,
    hottest,
    level_of,
    public_lead,
    public_members,
    title_of,
    topic_in_public,
)
from linli.web.jsonapi import PROBLEMS, Id, Limit

router = Router(tags=["hot topics"])
MOST = 500


class TopicOut(Schema):
    """
    Counted of public requests alone. `counts` are people a week, the last week last; `direction` is new, rising, steady, falling or quiet; `done` and
    `under_way` count requests; `lead` is the request that leads, where there is one. `by_place` [[place, people], …] leaves out small counts.
    """

    id: int
    title: str
    place: int
    people: int
    requests: int
    me_too: int
    first_on: date
    last_on: date
    direction: str
    counts: list[int]
    by_place: list[list[int]]
    done: int
    under_way: int
    lead: str | None


class TopicPageOut(Schema):
    items: list[TopicOut]
    next_cursor: int | None


class WholeTopicOut(TopicOut):
    refs: list[str]


class TopicsChosen(Schema):
    place: Id | None = None
    cursor: Annotated[int, Field(ge=0, le=100_000)] = 0
    limit: Limit = 30


def _out(figure: PublicFigure, far: Going) -> dict[str, Any]:
    lead = public_lead(figure.topic)
    same = ("people", "first_on", "last_on", "direction", "counts", "by_place")
    return {
        "id": figure.topic_id,
        "title": title_of(figure),
        "place": figure.place_id,
        "requests": figure.messages,
        "me_too": figure.likes,
        "done": far.done,
        "under_way": far.under_way,
        "lead": lead.ref if lead else None,
        **{name: getattr(figure, name) for name in same},
    }


@router.get("/topics", response={200: TopicPageOut, **PROBLEMS}, summary="What everyone is talking about", operation_id="list_topics")
def list_topics(request: HttpRequest, chosen: Query[TopicsChosen]) -> Any:
    """Topics at a street or community, hottest first; without a place, of all streets. Empty where a place does not show them."""
    place = level_of(place_or_none(chosen.place))
    if chosen.place is not None and place is None:
        return {"items": [], "next_cursor": None}
    found = hottest(place, limit=chosen.limit + 1, after=chosen.cursor)
    figures = found[: chosen.limit]
    how_far = going(figures)
    items = [_out(f, how_far.get(f.topic_id, Going())) for f in figures]
    return {"items": items, "next_cursor": chosen.cursor + chosen.limit if len(found) > chosen.limit else None}


@router.get("/topics/{topic_id}", response={200: WholeTopicOut, **PROBLEMS}, summary="One topic", operation_id="get_topic")
def get_topic(request: HttpRequest, topic_id: Path[Id]) -> Any:
    """With the references of its public requests, the newest 500."""
    figure = topic_in_public(topic_id)
    refs = [m.ref for m in public_members(figure.topic)[:MOST]]
    return {**_out(figure, going([figure]).get(figure.topic_id, Going())), "refs": refs}

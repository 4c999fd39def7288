"""Lists, categories and figures of requests."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Status
from pydantic import Field

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.matters.models import Category
from linli.kernel.matters.setting_actions import save_category
from linli.kernel.places.models import Place
from linli.kernel.places.queries import place_by_id
from linli.loops.requests import rules
from linli.loops.requests.api.door import router, who
from linli.loops.requests.api.inputs import Chosen, Code, Latitude, Listed, Longitude, category_of
from linli.loops.requests.api.shapes import CategoryOut, FiguresOut, RateOut, RequestPageOut, SimilarOut, row_out
from linli.loops.requests.figures import repeated_after_resolving
from linli.loops.requests.queries import category_tree, narrowed, request_page, similar_nearby
from linli.web.jsonapi import PROBLEMS, Id, Input, at_most


@router.get("/requests", response={200: RequestPageOut, **PROBLEMS}, summary="List requests", operation_id="list_requests")
def list_requests(request: HttpRequest, chosen: Query[Listed]) -> RequestPageOut:
    """Newest first. Follow `next_cursor` until it is null."""
    actor, now = who(request)
    page = request_page(actor, chosen.as_filter(), now, before=chosen.cursor, limit=chosen.limit)
    return RequestPageOut.model_construct(items=[row_out(r) for r in page.rows], next_cursor=page.next_before)


class LikeThis(Input):
    text: Annotated[str, at_most(200, shortest=2)]
    place_id: Id | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None


@router.get(
    "/requests/similar",
    response={200: list[SimilarOut], **PROBLEMS},
    summary="Similar open requests nearby",
    operation_id="similar_requests",
)
def similar(request: HttpRequest, like: Query[LikeThis]) -> list[SimilarOut]:
    actor, now = who(request)
    point = (like.latitude, like.longitude) if like.latitude is not None and like.longitude is not None else None
    place = place_by_id(like.place_id) if like.place_id else None
    return [
        SimilarOut(ref=s.matter.ref, title=s.matter.public_title, where=s.where, metres=s.metres, words=list(s.words))
        for s in similar_nearby(actor, like.text, place, point, now)
    ]


@router.get("/categories", response={200: list[CategoryOut], **PROBLEMS}, summary="Categories", operation_id="list_categories")
def list_categories(request: HttpRequest) -> list[CategoryOut]:
    """Tops, each followed by its leaves."""
    return [category_out(c, top if c is not top else None) for top, leaves in category_tree() for c in (top, *leaves)]


def category_out(category: Category, parent: Category | None) -> CategoryOut:
    return CategoryOut(
        code=category.code,
        name=category.name,
        parent=parent.code if parent else None,
        urgency=category.urgency,
        fast_lane=category.fast_lane,
        usually_complex=category.usually_complex,
        private=category.private,
        department=category.department,
        external_codes={str(k): str(v) for k, v in category.external_codes.items()},
    )


class CategoryIn(Input):
    """`external_codes` maps a foreign table's name to its code; under `open311` stands the service code other systems know."""

    code: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{1,39}$")]
    name_zh: Annotated[str, at_most(40, shortest=1)]
    name_en: Annotated[str, at_most(60)] = ""
    parent: Annotated[str, at_most(40)] = ""
    department: Annotated[str, at_most(40)] = ""
    private: bool = False
    external_codes: Annotated[dict[str, Annotated[str, at_most(60)]], Field(max_length=20)] = {}


@router.post("/categories", response={201: CategoryOut, **PROBLEMS}, summary="Add a category", operation_id="add_category")
def add_category(request: HttpRequest, given: CategoryIn) -> Status[CategoryOut]:
    actor, now = who(request)
    parent = category_of(given.parent) if given.parent else None
    fields = given.model_dump(exclude={"parent"})
    return Status(201, category_out(save_category(actor=actor, now=now, parent=parent, **fields), parent))


FORMULAS = {
    "answered": "said yes to 'was I answered' / answered that question",
    "solved": "said yes to 'is it solved' / answered that question",
    "satisfied": "said yes to 'am I satisfied' / answered that question",
    "repeated": "tied by a worker to an earlier, resolved request of the same household / raised",
}


def rate_out(rate: rules.Rate) -> RateOut:
    share = float(rate.share) if rate.share is not None else None
    return RateOut(name=rate.name, formula=FORMULAS[rate.name], numerator=rate.numerator, denominator=rate.denominator, share=share)


def _own_area(actor: Actor) -> int | None:
    """The widest place whose figures the actor may read; None for somebody who may read all, or none."""
    paths = sorted((s.path for _reach, s in table.reach_of(actor, "figures.read")), key=len)
    return Place.objects.filter(path=paths[0]).values_list("pk", flat=True).first() if paths and paths[0] else None


class FigureChosen(Input):
    """Without a place: the caller's own area."""

    place_id: Id | None = None
    category: Code | None = None
    unit_id: Id | None = None
    since: datetime | None = None
    until: datetime | None = None


@router.get("/figures", response={200: FiguresOut, **PROBLEMS}, summary="The three rates", operation_id="get_figures", tags=["figures"])
def get_figures(request: HttpRequest, chosen: Query[FigureChosen]) -> FiguresOut:
    """Answered, solved, satisfied: numerator, denominator and what was left out, with the reason counted."""
    actor, now = who(request)
    narrowed_to = Chosen(
        place_id=chosen.place_id or _own_area(actor),
        category=chosen.category,
        unit_id=chosen.unit_id,
        since=chosen.since,
        until=chosen.until,
    ).as_filter()
    table.require(actor, "figures.read", narrowed_to.place.path if narrowed_to.place else "")
    found = narrowed(actor, narrowed_to, now)
    judged = found.filter(state__in=("resolved", "closed", "declined", "suspended")).values_list(
        "rated_answered", "rated_solved", "rated_satisfied", "called_back", "excluded", "state"
    )
    counted = rules.rates(
        rules.Judged(a, s, t, reached, excluded, state == "suspended") for a, s, t, reached, excluded, state in judged.iterator()
    )
    open_ones = found.filter(is_open=True)
    repeated = rules.Rate("repeated", found.filter(repeated_after_resolving()).count(), found.count())
    return FiguresOut(
        rates=[rate_out(r) for r in (counted.answered, counted.solved, counted.satisfied)],
        repeated=rate_out(repeated),
        finished=counted.finished,
        called_back=counted.called_back,
        unreachable=counted.unreachable,
        not_asked=counted.not_asked,
        suspended=counted.suspended,
        excluded=counted.excluded,
        open=open_ones.count(),
        overdue=open_ones.filter(due_at__lt=now).count(),
    )

"""Lists of requests, similar ones, and categories."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Status
from pydantic import Field

from linli.kernel.matters.models import Category
from linli.kernel.matters.setting_actions import save_category
from linli.kernel.places.queries import place_by_id
from linli.loops.requests.api.door import router, who
from linli.loops.requests.api.inputs import Latitude, Listed, Longitude, category_of
from linli.loops.requests.api.shapes import CategoryOut, RequestPageOut, SimilarOut, row_out
from linli.loops.requests.queries import category_tree, request_page, similar_nearby
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

"""The figures of requests in JSON: the same counts as the Desk's page, and behind each the very requests it counts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Query
from pydantic import Field

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid
from linli.kernel.matters.models import Matter
from linli.kernel.places.queries import place_by_id
from linli.loops.requests import figures, rules
from linli.loops.requests.api.door import router, who
from linli.loops.requests.api.inputs import Code, aware, category_of
from linli.loops.requests.api.shapes import (
    FigureLineOut,
    FiguresOut,
    PromiseKeptOut,
    RateOut,
    RequestPageOut,
    TookOut,
    rate_out,
    row_out,
)
from linli.loops.requests.figures import Line, Overview, Scope, Took
from linli.loops.requests.queries import rows_of
from linli.web.jsonapi import PROBLEMS, Cursor, Id, Input, Limit

DAYS: Final = 30


class FigureChosen(Input):
    """
    `since` until before `until`; without them the thirty days up to now. Without a place: all the caller works with. `unit_id` is the
    unit that holds or last held a request.
    """

    place_id: Id | None = None
    category: Code | None = None
    unit_id: Id | None = None
    since: datetime | None = None
    until: datetime | None = None


class FigureLines(FigureChosen):
    by: Annotated[Literal["place", "category", "unit"] | None, Field(description="Adds a line for each of these.")] = None


class BehindFigure(FigureChosen):
    cursor: Cursor | None = None
    limit: Limit = 20


def _scope(actor: Actor, chosen: FigureChosen, now: datetime) -> Scope:
    """Raises NotAllowed where the actor may not read figures, Invalid for a period that ends before it begins."""
    place = place_by_id(chosen.place_id) if chosen.place_id else None
    if place is not None:
        table.require(actor, "figures.read", place.path)
    until = aware(chosen.until, "until") or now
    since = aware(chosen.since, "since") or until - timedelta(days=DAYS)
    if since >= until:
        raise Invalid("bad_period", _("开始时间应在结束时间之前。"), fields={"since": [_("请核对时间。")]})
    return Scope(since, until, place, category_of(chosen.category) if chosen.category else None, chosen.unit_id)


def _took(took: Took) -> TookOut:
    """Whole minutes, rounded down."""
    minutes = [span // timedelta(minutes=1) if span is not None else None for span in (took.median, took.ninth)]
    return TookOut(count=took.count, median_minutes=minutes[0], p90_minutes=minutes[1])


def _line(line: Line) -> FigureLineOut:
    counts = {code: line.counts[code] for code in ("raised", "finished", "asked", "unreachable", "late", "reopened")}
    rates: list[RateOut] = [rate_out(line.rate(name)) for name in figures.QUESTIONS]
    return FigureLineOut(id=line.key, name=line.name, rates=rates, **counts)


def _open(actor: Actor, scope: Scope, now: datetime) -> dict[str, int]:
    """What is open now, whenever it was raised, and what of it is overdue."""
    found = Matter.objects.filter(figures.in_reach(actor), kind=rules.KIND, is_open=True)
    narrowing = [figures.at_place(scope.place)] if scope.place else []
    narrowing += [figures.of_category(scope.category)] if scope.category else []
    narrowing += [Q(holder_id=scope.holder_id)] if scope.holder_id else []
    found = found.filter(*narrowing)
    return {"open": found.count(), "overdue": found.filter(due_at__lt=now).count()}


def _lines(actor: Actor, scope: Scope, by: str | None) -> list[Line]:
    made: Any = {"place": figures.by_place, "category": figures.by_category, "unit": figures.by_unit}.get(by or "")
    return list(made(actor, scope)) if made else []


@router.get("/figures", response={200: FiguresOut, **PROBLEMS}, summary="The three rates", operation_id="get_figures", tags=["figures"])
def get_figures(request: HttpRequest, chosen: Query[FigureLines]) -> FiguresOut:
    """
    Answered, solved, satisfied: numerator, denominator and what was left out, each class counted; times, kept promises, and lines by
    place, category or unit. `GET /figures/{code}/requests` lists the requests behind a count.
    """
    actor, now = who(request)
    scope = _scope(actor, chosen, now)
    found: Overview = figures.overview(actor, scope)
    counted = found.rates
    return FiguresOut(
        since=scope.since,
        until=scope.until,
        rates=[rate_out(r) for r in (counted.answered, counted.solved, counted.satisfied)],
        repeated=rate_out(found.repeated),
        raised=found.raised,
        resolved=found.resolved,
        reopened=found.reopened,
        finished=counted.finished,
        called_back=counted.called_back,
        unreachable=counted.unreachable,
        not_asked=counted.not_asked,
        suspended=counted.suspended,
        excluded=counted.excluded,
        first_answer=_took(found.first_answer),
        resolve=_took(found.resolve),
        promises=[PromiseKeptOut(subject=subject, met=met, late=late) for subject, (late, met) in found.late.items() if met],
        lines=[_line(line) for line in _lines(actor, scope, chosen.by)],
        **_open(actor, scope, now),
    )


@router.get(
    "/figures/{code}/requests",
    response={200: RequestPageOut, **PROBLEMS},
    summary="The requests behind a figure",
    operation_id="list_behind_figure",
    tags=["figures"],
)
def list_behind(
    request: HttpRequest, code: Path[Annotated[str, Field(pattern=r"^[a-z_]{1,20}(-[a-z_]{1,24})?$")]], chosen: Query[BehindFigure]
) -> RequestPageOut:
    """
    Newest first: `raised`, `finished`, `resolved`, `asked`, `unreachable`, `not_asked`, `suspended`, `excluded` (or `excluded-` and a class),
    `reopened`, `repeated`, `late`; for a rate `answered-yes` of `answered-asked`, and so `solved`, `satisfied`; for a promise `overdue-resolve` of
    `met-resolve`.
    """
    actor, now = who(request)
    scope = _scope(actor, chosen, now)
    if not table.holds(actor, "figures.read"):
        raise table.refusal(actor, "figures.read")
    found = figures.scoped(actor, scope).filter(figures.behind(code, scope.since, scope.until))
    found = found.filter(pk__lt=chosen.cursor) if chosen.cursor else found
    matters = list(found.select_related("place", "category", "holder").order_by("-pk")[: chosen.limit + 1])
    shown = matters[: chosen.limit]
    following = shown[-1].pk if len(matters) > chosen.limit else None
    return RequestPageOut.model_construct(items=[row_out(r) for r in rows_of(actor, shown, now)], next_cursor=following)

"""Indicators in JSON: their definitions for anybody; prepared figures for those who read them at the place, published ones for everybody else."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import Field

from linli.insight.measure.definitions import Indicator, Target
from linli.kernel.access import table
from linli.kernel.access.asking import actor_and_now
from linli.kernel.places.queries import place_by_id
from linli.measure import indicators, judging, queries
from linli.measure.queries import Value
from linli.web.jsonapi import PROBLEMS, Id

router = Router(tags=["indicators"])
State = Literal["computed", "surveyed", "entered", "not_yet"]


class TargetOut(Schema):
    """By `year` or `phase`, or always; `community_type` empty: for all."""

    op: str
    value: float
    year: int | None
    phase: str
    community_type: str
    source: str


class IndicatorOut(Schema):
    """`state`: computed from records, surveyed, entered from documents, or not yet; `why` tells of the last three, `coverage` of the first."""

    code: str
    name_zh: str
    name_en: str
    dimension: str
    tier: str
    level: str
    unit: str
    direction: str
    state: State
    why_zh: str
    why_en: str
    coverage_zh: str
    coverage_en: str
    version: int


class VersionOut(Schema):
    """What an operator changed, when and why."""

    version: int
    reason: str
    made_at: datetime


class WholeIndicatorOut(IndicatorOut):
    definition_zh: str
    definition_en: str
    fewest: int
    formula: dict[str, Any] | None
    targets: list[TargetOut]
    sources: list[str]
    versions: list[VersionOut]


class IndicatorFigureOut(Schema):
    """
    `value` is null where too few cases stand behind it. `target` is the one in force for such a place in that year, `met` whether the value meets it.
    `published`: it never changes; `document`: it was entered from that.
    """

    code: str
    place_id: int
    period: str
    value: float | None
    numerator: int | None
    denominator: int | None
    version: int
    target: float | None
    met: bool | None
    published: bool
    document: str


class IndicatorFigurePageOut(Schema):
    items: list[IndicatorFigureOut]


class IndicatorsChosen(Schema):
    dimension: Annotated[str, Field(max_length=40)] = ""
    state: State | None = None


class FiguresChosen(Schema):
    """`published`: what was published, also where the caller may read what is prepared."""

    place: Id
    period: Annotated[str, Field(max_length=7, examples=["2026-10", "2026-Q3", "2026"])]
    published: bool = False


def _target(target: Target) -> dict[str, Any]:
    same = ("op", "year", "phase", "community_type", "source")
    return {"value": float(target.value), **{name: getattr(target, name) for name in same}}


def _short(one: Indicator, version: int) -> dict[str, Any]:
    same = (
        "name_zh",
        "name_en",
        "dimension",
        "tier",
        "level",
        "unit",
        "direction",
        "state",
        "why_zh",
        "why_en",
        "coverage_zh",
        "coverage_en",
    )
    return {"code": one.id, "version": version, **{name: getattr(one, name) for name in same}}


@router.get("/indicators", response={200: list[IndicatorOut], **PROBLEMS}, summary="Every indicator", operation_id="list_indicators")
def list_indicators(request: HttpRequest, chosen: Query[IndicatorsChosen]) -> Any:
    """Each with where its figures come from, or why there are none."""
    return [
        _short(one, version)
        for one, version in indicators.in_force().values()
        if (not chosen.dimension or one.dimension == chosen.dimension) and (chosen.state is None or one.state == chosen.state)
    ]


@router.get("/indicators/{code}", response={200: WholeIndicatorOut, **PROBLEMS}, summary="One indicator", operation_id="get_indicator")
def get_indicator(request: HttpRequest, code: Annotated[str, Path(max_length=64)]) -> Any:
    """Its definition, formula, targets and versions."""
    everything = indicators.in_force()
    queries.require_known(code, everything)
    one, version = everything[code]
    return {
        **_short(one, version),
        "definition_zh": one.definition_zh,
        "definition_en": one.definition_en,
        "fewest": one.fewest,
        "formula": indicators.said_of()[code].get("formula"),
        "targets": [_target(t) for t in one.targets],
        "sources": list(one.sources),
        "versions": [{"version": v.version, "reason": v.reason, "made_at": v.made_at} for v in queries.versions_of(code)],
    }


@router.get(
    "/indicator-figures",
    response={200: IndicatorFigurePageOut, **PROBLEMS},
    summary="A place's figures of a period",
    operation_id="list_indicator_figures",
)
def list_indicator_figures(request: HttpRequest, chosen: Query[FiguresChosen]) -> Any:
    """Prepared and entered figures for those who read them there, else what was published."""
    actor, now = actor_and_now(request)
    place, span = place_by_id(chosen.place), queries.period_asked(chosen.period, now)
    inside = not chosen.published and table.may(actor, queries.VERB, place.path)
    values: list[Value] = []
    if inside:
        found = {**queries.prepared([place.pk], [span]), **queries.entered([place.pk], [span])}
        values = list(found.values())
    else:
        last: dict[str, Value] = {}
        for row in queries.published_of(place, span):
            last.setdefault(row.code, Value(row.code, row.place_id, row.period, row.value, row.numerator, row.denominator, row.version))
        values = list(last.values())
    everything = indicators.in_force()
    items = []
    for value in sorted(values, key=lambda v: v.code):
        one = everything[value.code][0] if value.code in everything else None
        target = judging.in_force(one.targets, span.first.year, place.community_type) if one else None
        met = judging.judged(value.value, target)
        items.append(
            {
                "code": value.code,
                "place_id": value.place_id,
                "period": value.period,
                "value": value.value,
                "numerator": value.numerator,
                "denominator": value.denominator,
                "version": value.version,
                "target": float(target.value) if target else None,
                "met": None if met == "unknown" else met == "met",
                "published": not inside,
                "document": value.document,
            }
        )
    return {"items": items}

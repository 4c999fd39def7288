"""What people see of figures: those prepared, published or entered, of the places the reader works at. Rows only: no library of the lake is met here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from linli.insight.measure.periods import Period, period, period_of
from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import subtree, within
from linli.kernel.access.refusals import Invalid, NotFound, said
from linli.kernel.access.together import together
from linli.kernel.places.models import Kind, Place
from linli.lib.problems import InputProblem
from linli.lib.units import SHANGHAI
from linli.measure.models import Definition, Entered, Figure, Published

LEVELS: Final = (Kind.DISTRICT, Kind.STREET, Kind.COMMUNITY)
VERB: Final = "indicator.read"
MOST_PLACES: Final = 400
_COLUMNS: Final = ("pk", "name", "kind", "path", "code", "community_type", "parent_id", "sort_key")
_BELOW: Final = {Kind.DISTRICT: Kind.STREET, Kind.STREET: Kind.COMMUNITY}


def reads(actor: Actor, verb: str = VERB) -> list[str]:
    """The paths under which the actor works with figures. Raises NotAllowed where there is none."""
    paths = [s.path for reach, s in table.reach_of(actor, verb) if reach == "area"]
    if not paths:
        raise table.refusal(actor, verb)
    return paths


def places_for(actor: Actor, verb: str = VERB) -> list[Place]:
    """The districts, streets and communities whose figures the actor may see, from the top down. One query."""
    scope = Q()
    for path in reads(actor, verb):
        scope |= Q(**subtree("path", path)) if path else Q(pk__gt=0)
    found = Place.objects.filter(scope, kind__in=LEVELS, retired_at=None).order_by("path")
    return list(found.only(*_COLUMNS)[:2000])


def place_among(places: Sequence[Place], place_id: int | None) -> Place | None:
    """The place asked for, else the widest. Raises NotFound for one outside."""
    if place_id is None:
        return places[0] if places else None
    found = next((p for p in places if p.pk == place_id), None)
    if found is None:
        raise NotFound("no_place", _("没有这个地点，或者不在您的范围里。"))
    return found


def below(place: Place, places: Sequence[Place]) -> list[Place]:
    """The places one level below, in their own order, out of those given."""
    kind = _BELOW.get(Kind(place.kind))
    found = [p for p in places if p.kind == kind and within(p.path, place.path)]
    return sorted(found, key=lambda p: (p.sort_key, p.path))[:MOST_PLACES]


def period_asked(text: str, now: datetime) -> Period:
    """The period an address names; without one the last month that is over. Raises Invalid."""
    if not text:
        return period_of("month", now.astimezone(SHANGHAI).date()).before()
    try:
        return period(text)
    except InputProblem as problem:
        raise Invalid(problem.code, said(problem)) from None


def periods_offered(now: datetime, chosen: Period) -> list[Period]:
    """What a page offers: three years, six quarters, thirteen months; and what was chosen."""
    today = now.astimezone(SHANGHAI).date()
    offered = [period_of("month", today).before(n) for n in range(13)]
    offered += [period_of("quarter", today).before(n) for n in range(6)]
    offered += [period_of("year", today).before(n) for n in range(3)]
    return offered if chosen in offered else [chosen, *offered]


@dataclass(frozen=True)
class Value:
    """A figure as a page draws it: prepared from the records, or entered from a document (`document` says which, `dated` when)."""

    code: str
    place_id: int
    period: str
    value: float | None
    numerator: int | None = None
    denominator: int | None = None
    version: int = 0
    computed_at: datetime | None = None
    document: str = ""


def prepared(places: Collection[int], periods: Iterable[Period], codes: Collection[str] | None = None) -> dict[tuple[int, str, str], Value]:
    """Prepared figures by (place, code, period). One query."""
    found = Figure.objects.filter(place__in=places, period__in=[str(p) for p in periods])
    if codes is not None:
        found = found.filter(code__in=codes)
    return {
        (f.place_id, f.code, f.period): Value(f.code, f.place_id, f.period, f.value, f.numerator, f.denominator, f.version, f.computed_at)
        for f in found.order_by()
    }


def entered(places: Collection[int], periods: Iterable[Period], codes: Collection[str] | None = None) -> dict[tuple[int, str, str], Value]:
    """Figures from documents by (place, code, period): of several the last entered. One query."""
    found = Entered.objects.filter(place__in=places, period__in=[str(p) for p in periods]).order_by("pk")
    if codes is not None:
        found = found.filter(code__in=codes)
    return {
        (e.place_id, e.code, e.period): Value(e.code, e.place_id, e.period, float(e.value), computed_at=e.entered_at, document=e.document)
        for e in found
    }


def published_of(place: Place, span: Period, *, limit: int = 1000) -> list[Published]:
    """What was published of a place in a period, the newest first. One query."""
    return list(Published.objects.filter(place=place, period=str(span)).order_by("-pk")[:limit])


def versions_of(code: str) -> list[Definition]:
    """Every version an operator made, the newest first. One query."""
    return list(_versions(code))


def _versions(code: str) -> QuerySet[Definition]:
    return Definition.objects.filter(code=code).select_related("made_by").order_by("-version")[:50]


def history_of(code: str, place: Place) -> tuple[list[Definition], list[Published], list[Entered]]:
    """An indicator's versions, what was published of it at a place, and what documents say of it there; each the newest first. One query."""
    published = Published.objects.filter(place=place, code=code).select_related("published_by").order_by("-pk")[:12]
    documents = Entered.objects.filter(code=code, place=place).select_related("entered_by").order_by("-period", "-pk")[:50]
    versions, told, entries = together(_versions(code), published, documents)
    return versions, told, entries


def require_known(code: str, codes: Collection[str]) -> None:
    """Raises NotFound for a code that no indicator has."""
    if code not in codes:
        raise NotFound("no_indicator", _("没有这个指标。"))


def must(place: Place | None) -> Place:
    """Raises Invalid where the reader works at no place that has figures."""
    if place is None:
        raise Invalid("no_place", _("您的账号没有负责的社区、街道或区县，看不到指标。"))
    return place

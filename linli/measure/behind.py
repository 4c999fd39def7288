"""
The matters behind a figure: the conditions of its formula asked of the records themselves, as the lake's are asked of the facts.

The expressions are those that fill the lake (`kernel.places.facts.Source`), so that a figure and its list cannot mean different things. What changed
since the figure was prepared shows in the list at once.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db.models import Case, DateTimeField, DurationField, ExpressionWrapper, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import NegatedExpression
from django.db.models.functions import TruncSecond

from linli.insight.measure.definitions import Beside, Condition, Formula, Indicator, Measure
from linli.insight.measure.periods import Period
from linli.insight.measure.tables import Column
from linli.kernel.access.actor import Actor
from linli.kernel.matters.models import PREFIXES, Matter
from linli.kernel.matters.queries import visible_to
from linli.kernel.places.facts import MinutesTo, Source, declared
from linli.kernel.places.models import Kind, Place
from linli.loops.requests.figures import in_reach
from linli.loops.requests.rules import KIND as REQUEST
from linli.measure.indicators import in_force

PARTS: Final = ("numerator", "denominator")
_LEVELS: Final = {Kind.DISTRICT: 1, Kind.STREET: 2, Kind.COMMUNITY: 3}


def source_of(measure: Measure) -> Source | None:
    """Where the rows come from, when they are matters that can be opened; else None."""
    sources = declared().get(measure.table, ())
    only = sources[0] if len(sources) == 1 and not sources[0].at_now else None
    return only if only is not None and only.rows().model is Matter else None


def measure_of(one: Indicator, part: str) -> Measure | None:
    """What a figure counts in its numerator or its denominator; of a change, what the indicator it is of counts."""
    formula: Formula | None = one.formula
    if formula is not None and formula.shape == "change":
        base = in_force().get(formula.of)
        formula = base[0].formula if base else None
    if formula is None:
        return None
    return formula.denominator if part == "denominator" and formula.shape == "share" else formula.numerator


def matters_behind(actor: Actor, one: Indicator, part: str, place: Place, span: Period) -> QuerySet[Matter] | None:
    """
    The matters one part of a figure counts, that the actor works with, the newest first; None where what is counted are no matters. A share's
    numerator counts only what its own conditions say.
    """
    measure = measure_of(one, part)
    source = source_of(measure) if measure else None
    if measure is None or source is None or place.kind not in _LEVELS:
        return None
    rows: QuerySet[Matter] = rows_of(source, measure, place, span, one.formula.window if one.formula else "period")
    mine = Q(kind=REQUEST) & in_reach(actor)
    for kind in PREFIXES if measure.table != REQUEST else ():
        mine |= Q(kind=kind) & visible_to(actor, kind) if kind != REQUEST else Q()
    return rows.filter(mine).order_by("-pk")


def rows_of(source: Source, measure: Measure, place: Place, span: Period, window: str) -> QuerySet[Any]:
    """Rows of a source at a place, inside the window, that meet every condition of a measure."""
    kept = _Asked(source)
    column = source.where[_LEVELS[Kind(place.kind)]]
    rows = source.rows().filter(**{column: place.pk})
    table = source.table
    at = kept.name(measure.at)
    begins, ends = (span.year_to_end() if window == "year" else span).begins_at(), span.ends_at()
    rows = rows.annotate(**kept.columns(measure))
    if table.kind == "state":
        until = kept.name(table.until)
        rows = rows.filter(Q(**{f"{until}__isnull": True}) | Q(**{f"{until}__gte": ends}), **{f"{at}__lt": ends})
    else:
        rows = rows.filter(**{f"{at}__gte": begins, f"{at}__lt": ends})
    for one in measure.where:
        rows = rows.filter(kept.condition(one))
    if measure.column:
        rows = rows.filter(**{f"{kept.name(measure.column)}__isnull": False})
    return rows


class _Asked:
    """The columns of a source as annotations of its query, and conditions over them."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.asks = {column.name: ask for column, ask in zip(source.table.columns, source.columns, strict=True)}

    def name(self, column: str) -> str:
        return f"fact_{column}"

    def columns(self, measure: Measure) -> dict[str, Any]:
        """The annotations a measure needs: of its moment, its column, its conditions and what these are compared with."""
        table = self.source.table
        needed = [measure.at, table.at, *([table.until] if table.until else []), *([measure.column] if measure.column else [])]
        for one in measure.where:
            needed.append(one.column)
            if isinstance(one.value, Beside):
                needed.append(one.value.column)
        for name in list(needed):
            ask = self.asks[name]
            if isinstance(ask, MinutesTo):
                needed.append(ask.column)
        ordered = sorted(dict.fromkeys(needed), key=lambda name: isinstance(self.asks[name], MinutesTo))
        return {self.name(name): self._expression(name) for name in ordered}

    def _expression(self, name: str) -> Any:
        ask = self.asks[name]
        if isinstance(ask, (Q, NegatedExpression)):
            # NOT binds weaker in SQL than the IS NOT NULL that a condition puts behind it.
            return Case(When(ask, then=Value(True)), default=Value(False))
        if not isinstance(ask, MinutesTo):
            return ask
        took = F(self.name(ask.column)) - F(self.name(self.source.table.at))
        return ExpressionWrapper(took, output_field=DurationField())

    def condition(self, one: Condition) -> Q:
        """A condition as a filter; what is unknown meets none but `unknown`."""
        column = self.source.table.column(one.column)
        name = self.name(one.column)
        known = Q(**{f"{name}__isnull": False})
        if one.op in ("known", "unknown"):
            return known if one.op == "known" else ~known
        if isinstance(one.value, Beside):
            return known & _compare(name, one.op, self._beside(one, one.value, column))
        if one.op in ("one_of", "none_of"):
            assert isinstance(one.value, tuple)
            among = Q(**{f"{name}__in": [self._plain(v, column) for v in one.value]})
            return known & (among if one.op == "one_of" else ~among)
        return known & _compare(name, one.op, self._plain(one.value, column))

    def _beside(self, one: Condition, value: Beside, column: Column) -> Any:
        other: Any = F(self.name(value.column))
        if column.type == "moment":
            # The lake knows whole seconds: what was done within the second of its deadline was in time.
            within = 999_999 if one.op in ("at_most", "above") else 0
            other = TruncSecond(other) + timedelta(seconds=value.plus, microseconds=within)
            return ExpressionWrapper(other, output_field=DateTimeField())
        return ExpressionWrapper(other + value.plus, output_field=IntegerField()) if value.plus else other

    def _plain(self, value: Any, column: Column) -> Any:
        if column.type == "moment":
            return datetime.fromtimestamp(int(value), tz=UTC)
        if isinstance(self.asks[column.name], MinutesTo):
            return timedelta(minutes=int(value))
        return value


def _compare(name: str, op: str, value: Any) -> Q:
    look = {"is": "exact", "at_least": "gte", "at_most": "lte", "above": "gt", "below": "lt"}.get(op)
    return Q(**{f"{name}__{look}": value}) if look else ~Q(**{name: value})

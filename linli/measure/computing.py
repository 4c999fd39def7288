"""
Figures of all computed indicators, for the places and periods asked for: straight from the lake (`compute`), or prepared for the pages (`prepare`).

A figure of fewer cases than its indicator allows keeps its counts for whoever may see the matters behind it, and has no value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from django.db import transaction

from linli.insight.measure.definitions import Indicator
from linli.insight.measure.engines import Engine, EngineName, engine
from linli.insight.measure.expressions import Figure as Computed
from linli.insight.measure.expressions import change
from linli.insight.measure.expressions import figures_of as figures
from linli.insight.measure.lake import Snapshot
from linli.insight.measure.periods import Period, period, period_of
from linli.insight.measure.problems import refuse
from linli.kernel.places.facts import tables
from linli.kernel.places.models import Kind, Place
from linli.measure import building
from linli.measure.indicators import in_force
from linli.measure.models import Figure

LEVELS: Final = (Kind.COMMUNITY, Kind.STREET, Kind.DISTRICT)
"""Of which figures are prepared; a city's and a province's are computed when asked for."""
MONTHS: Final = 25
"""So many months back are prepared: two years and the one that runs, so that each can be set beside the same a year before."""


def computed(codes: Iterable[str] = ()) -> list[Indicator]:
    """The indicators that operations yield, all or these. Raises InputProblem for an unknown code or one that is not computed."""
    everything = in_force()
    wanted = list(codes)
    for code in wanted:
        if code not in everything:
            raise refuse("no_indicator", f"没有指标“{code}”。", f'There is no indicator "{code}".')
        if everything[code][0].state != "computed":
            raise refuse("not_computed", f"指标“{code}”不是自动计算的。", f'The indicator "{code}" is not computed.')
    return [one for code, (one, _version) in everything.items() if one.state == "computed" and (not wanted or code in wanted)]


def figures_of(connected: Engine, indicators: Sequence[Indicator], periods: Sequence[Period], level: str) -> list[Computed]:
    """
    The figures of these indicators for every place of a level; those that change from another one are worked out from its figures. Raises
    InputProblem for damaged facts.
    """
    known = tables()
    by_code = {one.id: one for one, _version in in_force().values()}
    plain = [one for one in indicators if one.formula is not None and one.formula.shape != "change"]
    made = figures(connected, known, plain, periods, level)
    changing = [one for one in indicators if one not in plain]
    if not changing:
        return made
    bases = {one.formula.of: by_code[one.formula.of] for one in changing if one.formula is not None}
    now_and_before = sorted({*periods, *(p.a_year_before() for p in periods)})
    of_base = {(f.indicator, f.place, f.period): f.value for f in figures(connected, known, list(bases.values()), now_and_before, level)}
    places = {place for _code, place, _period in of_base}
    for one in changing:
        formula = one.formula
        assert formula is not None
        for p in periods:
            for place in sorted(place for place in places if (formula.of, place, str(p)) in of_base):
                now, before = of_base[formula.of, place, str(p)], of_base.get((formula.of, place, str(p.a_year_before())))
                made.append(Computed(one.id, level, place, str(p), None, None, change(now, before, falls=formula.falls)))
    return made


def shown(figure: Computed, indicator: Indicator) -> Computed:
    """The figure as it may be shown: without a value where too few cases stand behind it."""
    if figure.denominator is not None and figure.denominator < indicator.fewest and figure.value is not None:
        return replace(figure, value=None)
    return figure


def compute(
    place: Place, span: Period, *, codes: Iterable[str] = (), name: EngineName = "duckdb", snapshot: Snapshot | None = None
) -> list[Computed]:
    """
    Every computed indicator of one place and period, from the lake as it is (or was, with a snapshot). Raises InputProblem where there are no facts or
    the place is below a community.
    """
    level = str(place.kind)
    if level not in ("community", "street", "district", "city", "province"):
        raise refuse(
            "bad_level",
            "指标按社区、街道、区县及以上计算，请选这样的地点。",
            "Figures are of communities, streets, districts and above; choose such a place.",
        )
    return compute_in(snapshot or building.current(), code_of(place), level, span, codes=codes, name=name)


def compute_in(
    facts: Snapshot, code: str, level: str, span: Period, *, codes: Iterable[str] = (), name: EngineName = "duckdb"
) -> list[Computed]:
    """The same from a lake of one's choice, of a place known by its code alone. Raises InputProblem."""
    with engine(name, facts, tables().values()) as connected:
        chosen = computed(codes)
        by_code = {one.id: one for one in chosen}
        found = figures_of(connected, chosen, [span], level)
    return [shown(f, by_code[f.indicator]) for f in found if f.place == code]


def level_of(code: str) -> str:
    """The level a 12-digit code speaks of by its noughts: 510107020001 is a community's, 510107020000 a street's. Raises InputProblem."""
    if len(code) != 12 or not code.isdigit():
        raise refuse("bad_code", "地点代码是 12 位数字。", "The code of a place has 12 digits.")
    for level, zeros in (("province", 10), ("city", 8), ("district", 6), ("street", 3)):
        if code.endswith("0" * zeros):
            return level
    return "community"


def code_of(place: Place) -> str:
    """The code a place has in the lake: its own, or its number with noughts before it."""
    return place.code or f"{place.pk:012d}"


def periods_until(now: datetime, earliest: str) -> dict[str, list[Period]]:
    """The months, quarters and years that are prepared, from the earliest facts on, by their unit."""
    from linli.lib.units import SHANGHAI

    today = now.astimezone(SHANGHAI).date()
    first = period(earliest)
    found: dict[str, list[Period]] = {}
    for unit, count in (("month", MONTHS), ("quarter", MONTHS // 3 + 1), ("year", 3)):
        last = period_of(unit, today)  # type: ignore[arg-type]
        every = [last.before(n) for n in range(count - 1, -1, -1)]
        found[unit] = [p for p in every if p.next_first > first.first]
    return found


def prepare(now: datetime, *, advance: Callable[[int], None] = lambda steps: None) -> int:
    """
    Compute all figures of the newest facts and put them in the place of what was prepared before, in one transaction; returns how many. Nothing is
    touched when the facts are damaged. Raises InputProblem.
    """
    facts = building.current()
    if not facts.parts:
        return 0
    places = {code_of(place): place.pk for place in Place.objects.filter(kind__in=LEVELS)}
    versions = {code: version for code, (_one, version) in in_force().items()}
    chosen = computed()
    spans = periods_until(now, min(p.month for p in facts.parts))
    rows: list[Figure] = []
    with engine("duckdb", facts, tables().values()) as connected:
        by_code = {one.id: one for one in chosen}
        for periods in spans.values():
            for level in LEVELS:
                for found in figures_of(connected, chosen, periods, str(level)) if periods else ():
                    if found.place in places:
                        one = by_code[found.indicator]
                        rows.append(_row(shown(found, one), places[found.place], versions[one.id], facts.id, now))
                advance(1)
    with transaction.atomic():
        Figure.objects.all().delete()
        Figure.objects.bulk_create(rows, batch_size=2000)
    return len(rows)


def _row(found: Computed, place_id: int, version: int, snapshot: str, now: datetime) -> Figure:
    return Figure(
        code=found.indicator,
        version=version,
        place_id=place_id,
        period=found.period,
        numerator=found.numerator,
        denominator=found.denominator,
        value=found.value,
        snapshot=snapshot,
        computed_at=now,
    )

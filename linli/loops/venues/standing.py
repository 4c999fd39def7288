"""Where a venue stands: the standards in force for it, the facts about it, its hours. Everything for a whole list in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.signals import post_delete, post_save
from django.utils.translation import get_language

from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.matters.clock import ZONE
from linli.kernel.places.models import Kind, Place
from linli.law.venues import Standard, standard_from, standards
from linli.lib.remembered import Remembered
from linli.loops.venues import hours, rules
from linli.loops.venues.models import GOOD, HoursException, HoursPlan, Opening, OwnStandard, State, Venue, VisitRating


def today_of(now: datetime) -> date:
    """The day by the clock of the place."""
    return now.astimezone(ZONE).date()


def tongue() -> str:
    return get_language() or "zh-hans"


# --- which standards -----------------------------------------------------------------------------------------------------
_kept: Remembered[list[OwnStandard]] = Remembered(5)
for _signal in (post_save, post_delete):
    _signal.connect(_kept.forget, sender=OwnStandard, weak=False, dispatch_uid="forget-venue-standards")


def own_in_force(on: date) -> list[OwnStandard]:
    """Every place's own standards in force on a day, oldest first. One query every few seconds."""
    return [row for row in _kept.get("own", _read_own) if row.starts_on <= on and (row.ends_on is None or row.ends_on > on)]


def _read_own() -> list[OwnStandard]:
    return list(OwnStandard.objects.select_related("place").order_by("pk"))


def standards_at(path: str, own: Iterable[OwnStandard]) -> list[Standard]:
    """
    The standards for a place: the pack's in its order, each replaced (or taken away) by the nearest own one of its code, then own ones of new
    codes. No query.
    """
    above = set(ancestors(path))
    nearest: dict[str, OwnStandard] = {}
    for row in own:
        root = row.place.path if row.place is not None else ""
        if root and root not in above:
            continue
        known = nearest.get(row.code)
        if known is None or len(root) >= len(known.place.path if known.place is not None else ""):
            nearest[row.code] = row
    made = []
    for standard in standards():
        row_here = nearest.pop(standard.code, None)
        if row_here is None:
            made.append(standard)
        elif not row_here.off:
            made.append(standard_from(row_here.data))
    return made + [standard_from(row.data) for row in nearest.values() if not row.off]


# --- hours ---------------------------------------------------------------------------------------------------------------
def promises_of(venues: Sequence[Venue], since: date) -> dict[int, hours.Promise]:
    """The hours of each venue by id, exceptions from `since` on. Two queries."""
    plans: dict[int, list[hours.Plan]] = {}
    for row in HoursPlan.objects.filter(venue__in=venues):
        plans.setdefault(row.venue_id, []).append(hours.Plan(hours.week_from(row.week), row.starts_on, row.ends_on))
    days: dict[int, dict[date, hours.Day]] = {}
    reasons: dict[int, dict[date, str]] = {}
    for found in HoursException.objects.filter(venue__in=venues, day__gte=since):
        days.setdefault(found.venue_id, {})[found.day] = hours.checked_day(found.spans)
        reasons.setdefault(found.venue_id, {})[found.day] = found.reason
    return {v.pk: hours.Promise(plans.get(v.pk, []), days.get(v.pk, {}), reasons.get(v.pk, {})) for v in venues}


def with_last_opening(rows: QuerySet[Venue], now: datetime) -> QuerySet[Venue]:
    """Venues with their last logged opening beside them (`last_opened_at`, `last_closed_at`), for `last_of`. No query of its own."""
    newest = Opening.objects.filter(venue=OuterRef("pk"), struck_at=None, opened_at__lte=now).order_by("-opened_at")
    return rows.annotate(last_opened_at=Subquery(newest.values("opened_at")[:1]), last_closed_at=Subquery(newest.values("closed_at")[:1]))


def last_of(venue: Any) -> tuple[datetime, datetime | None] | None:
    """The last logged opening of a venue read by `with_last_opening`."""
    return (venue.last_opened_at, venue.last_closed_at) if venue.last_opened_at else None


def standing_of(venue: Venue, promise: hours.Promise, last: tuple[datetime, datetime | None] | None, now: datetime) -> hours.Standing:
    """Is it open now? A venue that is not in use never is."""
    if venue.state != State.IN_USE:
        return hours.Standing(False, "")
    return hours.standing(promise, last, now, ZONE)


# --- facts ---------------------------------------------------------------------------------------------------------------
Said = dict[tuple[int, int], rules.Yearly]


def said_of(venues: Sequence[Venue]) -> dict[int, Said]:
    """What visitors said in each (year, quarter) with an answer, by venue. One query."""
    counted: dict[int, dict[tuple[int, int], list[int]]] = {}
    rows = VisitRating.objects.filter(venue__in=venues, struck_at=None).order_by().values("venue", "day__year", "day__quarter", "choice")
    for row in rows.annotate(n=Sum("count")):
        found = counted.setdefault(row["venue"], {}).setdefault((row["day__year"], row["day__quarter"]), [0, 0])
        found[1] += row["n"]
        found[0] += row["n"] if row["choice"] in GOOD else 0
    return {pk: {quarter: rules.Yearly(*sums) for quarter, sums in said.items()} for pk, said in counted.items()}


def years_of(said: Said, today: date) -> list[tuple[int, rules.Yearly]]:
    """From the first year with an answer to this one, years without any included; empty before there was one."""
    if not said:
        return []
    years = range(min(year for year, _quarter in said), today.year + 1)
    of = {y: [one for (year, _quarter), one in said.items() if year == y] for y in years}
    return [(y, rules.Yearly(sum(o.satisfied for o in ones), sum(o.answers for o in ones))) for y, ones in of.items()]


def yearly(venues: Sequence[Venue], today: date) -> dict[int, list[tuple[int, rules.Yearly]]]:
    """What visitors said in each year (`years_of`), by venue; those nobody answered for are left out. One query."""
    return {pk: years_of(said, today) for pk, said in said_of(venues).items()}


def quarter_begins(today: date) -> date:
    return date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)


def homes_under(paths: Iterable[str]) -> dict[str, int]:
    """How many homes the register holds under each place; one query."""
    wanted = sorted(set(paths))
    if not wanted:
        return {}
    counts = {f"n{i}": Count("pk", filter=Q(**subtree("path", path))) for i, path in enumerate(wanted)}
    scope = Q()
    for path in wanted:
        scope |= Q(**subtree("path", path))
    found = Place.objects.filter(scope, kind=Kind.HOME, retired_at=None).aggregate(**counts)
    return {path: found[f"n{i}"] for i, path in enumerate(wanted)}


@dataclass(frozen=True)
class Around:
    """Of what kind the community of a place is (empty: nobody said), the compounds it holds, and those of them that have a venue in use."""

    community: str
    courtyards: int
    with_point: int


def around(paths: Iterable[str]) -> dict[str, Around]:
    """By path; one query. A place that holds no compound (it is one, or lies in one) counts as one courtyard."""
    wanted = set(paths)
    scope = Q(path__in={a for path in wanted for a in ancestors(path)}) & ~Q(community_type="")
    for path in wanted:
        scope |= Q(kind=Kind.COMPOUND, **subtree("path", path)) | Q(path=path)
    points = Venue.objects.filter(state=State.IN_USE, place__path__startswith=OuterRef("path"))
    rows = (
        Place.objects.filter(scope, retired_at=None)
        .annotate(has_venue=Exists(points))
        .values_list("path", "kind", "community_type", "has_venue")
    )
    listed = list(rows)
    typed = {path: kind for path, _kind, kind, _point in listed if kind}
    made = {}
    for path in wanted:
        inside = [point for found, kind, _type, point in listed if kind == Kind.COMPOUND and found.startswith(path)]
        inside = inside or [point for found, _kind, _type, point in listed if found == path]
        community = next((typed[a] for a in reversed(ancestors(path)) if a in typed), "")
        made[path] = Around(community, len(inside) or 1, sum(inside))
    return made


def facts_of(
    venue: Venue,
    *,
    households: int | None,
    around: Around,
    promise: hours.Promise,
    years: Sequence[tuple[int, rules.Yearly]],
    today: date,
) -> rules.Facts:
    week = promise.week_on(today)
    return rules.Facts(
        area=venue.area,
        households=households,
        types=frozenset([*venue.traits, *([around.community] if around.community else [])]),
        type_known=bool(around.community),
        has=venue.has,
        functions=None if venue.functions is None else len(venue.functions),
        staff=venue.staff,
        cost_fen=venue.cost_fen,
        weekly=None if week is None else hours.weekly_minutes(week),
        evening=None if week is None else hours.evening_minutes(week),
        weekend=None if week is None else hours.weekend_minutes(week),
        courtyards=around.courtyards,
        with_point=around.with_point,
        years=[(number, year) for number, year in years if number < today.year],
    )


@dataclass(frozen=True)
class Stand:
    """
    One venue with everything a page says of it. `counted`: its households are those of the register, not entered. `years` are all with an
    answer, this one included; `quarter` is what was said in the one that runs (S3 6.2 asks residents every quarter).
    """

    venue: Venue
    facts: rules.Facts
    findings: list[rules.Finding]
    terms: rules.ExitTerms
    promise: hours.Promise
    now: hours.Standing
    counted: bool
    years: list[tuple[int, rules.Yearly]]
    quarter: rules.Yearly

    @property
    def summary(self) -> rules.Summary:
        return rules.summary(self.findings)


def stands(venues: Sequence[Venue], now: datetime) -> dict[int, Stand]:
    """Where each venue (read `with_last_opening`, its place loaded) stands, by id. Six queries at most, however many there are."""
    if not venues:
        return {}
    today = today_of(now)
    own, promises = own_in_force(today), promises_of(venues, today)
    counts = homes_under(v.place.path for v in venues if v.households is None)
    places, answers = around(v.place.path for v in venues), said_of(venues)
    made = {}
    for venue in venues:
        promise, path = promises[venue.pk], venue.place.path
        households = venue.households if venue.households is not None else counts.get(path) or None
        said = answers.get(venue.pk, {})
        years = years_of(said, today)
        facts = facts_of(venue, households=households, around=places[path], promise=promise, years=years, today=today)
        listed = standards_at(path, own)
        made[venue.pk] = Stand(
            venue=venue,
            facts=facts,
            findings=rules.evaluate(listed, facts),
            terms=rules.terms_of(listed),
            promise=promise,
            now=standing_of(venue, promise, last_of(venue), now),
            counted=venue.households is None,
            years=years,
            quarter=said.get((today.year, (today.month + 2) // 3), rules.Yearly(0, 0)),
        )
    return made


def stand_of(venue: Venue, now: datetime) -> Stand:
    return stands([venue], now)[venue.pk]


def openings_between(venue: Venue, since: datetime, until: datetime) -> list[Opening]:
    """Openings that were not struck and touch the time, oldest first; one query."""
    rows = Opening.objects.filter(Q(closed_at=None) | Q(closed_at__gt=since), venue=venue, struck_at=None, opened_at__lt=until)
    return list(rows.order_by("opened_at"))


def kept_between(promise: hours.Promise, openings: Iterable[Opening], since: datetime, until: datetime) -> hours.Kept:
    """Promised hours against real openings within [since, until)."""
    first, last = today_of(since), today_of(until)

    def cut(moments: Iterable[tuple[datetime, datetime | None]]) -> list[hours.Moment]:
        clipped = [(max(a, since), min(b or until, until)) for a, b in moments]
        return [(a, b) for a, b in clipped if a < b]

    return hours.kept(cut(promise.moments(first, last, ZONE)), cut((o.opened_at, o.closed_at) for o in openings))

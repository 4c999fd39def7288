"""
The figures of requests, counted in the database, each with the very filter that lists the matters behind it.

`behind(code, …)` is the one place that says what a figure counts: the figures use it inside their counts, the list uses it as
its filter, so that the two cannot differ. Shares follow `rules.rates` (law.yaml HOT-011, HOT-012).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from django.db.models import Count, DurationField, ExpressionWrapper, F, Q, QuerySet, Window
from django.db.models.functions import Coalesce, RowNumber, Substr
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import WIDTH, subtree, within
from linli.kernel.access.refusals import NotFound
from linli.kernel.accounts.models import Unit
from linli.kernel.matters.models import Category, Clock, Link, Matter, Pause, PromiseRule, WorkOrder
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.queries import kinds_above
from linli.law.packs import exclusions
from linli.loops.requests import overruled
from linli.loops.requests.rules import KIND, Rate, Rates

# Levels with an index of their own: a reach or a place of one is an equality, not a range.
INDEXED: Final = {Kind.STREET: "street_id", Kind.COMMUNITY: "community_id", Kind.COMPOUND: "compound_id"}
LATE_SUBJECTS: Final = ("accept", "first_answer", "plan", "resolve", "report_in", "answer", "follow_up")
QUESTIONS: Final = ("answered", "solved", "satisfied")
LINES: Final = 200
CALLED_TASKS: Final = (WorkOrder.Task.REPORT_IN, WorkOrder.Task.ANSWER)


def in_reach(actor: Actor) -> Q:
    """
    The requests the actor works with: everything in the granted area, or only what the actor's unit holds or held.

    Narrower than what they might read: public requests elsewhere are for the Square.
    """
    pairs = [(reach, s) for reach, s in table.reach_of(actor, f"{KIND}.read") if reach != "own"]
    scope = Q(pk__in=[])
    for reach, standing in pairs:
        if reach == "area" and not standing.path:
            return Q()
        if reach == "area":
            kind, place_id = kinds_above(standing.path)[-1]
            column = INDEXED.get(Kind(kind))
            scope |= Q(**{column: place_id}) if column else Q(**subtree("place_path", standing.path))
        elif standing.unit_id:
            held = WorkOrder.objects.filter(unit_id=standing.unit_id).exclude(state=WorkOrder.State.RECALLED)
            scope |= Q(pk__in=held.values("matter"))
    return scope


def at_place(place: Place, *, exact: bool = False) -> Q:
    """The requests raised at a place or below it; with `exact` only those at the place itself."""
    if exact:
        return Q(place_path=place.path)
    column = INDEXED.get(Kind(place.kind))
    return Q(**{column: place.pk}) if column else Q(**subtree("place_path", place.path))


def of_category(category: Category) -> Q:
    """A leaf, or a top with its leaves."""
    return Q(category=category) if category.parent_id else Q(category=category) | Q(category__parent=category)


# --- what each figure counts ---------------------------------------------------------------------------------------------
BEHIND: Final[dict[str, Any]] = {
    "raised": gettext_lazy("提出的"),
    "finished": gettext_lazy("办完的"),
    "resolved": gettext_lazy("办结的"),
    "asked": gettext_lazy("评价或回访成功的"),
    "unreachable": gettext_lazy("未联系上或不愿评价的"),
    "not_asked": gettext_lazy("还没有评价或回访的"),
    "suspended": gettext_lazy("挂账中的"),
    "excluded": gettext_lazy("依法不计入的"),
    "reopened": gettext_lazy("重新办理过的"),
    "repeated": gettext_lazy("办结后同一户再次反映的"),
    "late": gettext_lazy("有过超期的"),
    "first_answered": gettext_lazy("期间首次答复的"),
    "answered-yes": gettext_lazy("说有答复的"),
    "answered-asked": gettext_lazy("回答了有没有答复的"),
    "solved-yes": gettext_lazy("说解决了的"),
    "solved-asked": gettext_lazy("回答了有没有解决的"),
    "satisfied-yes": gettext_lazy("说满意的"),
    "satisfied-asked": gettext_lazy("回答了满意不满意的"),
    "called": gettext_lazy("吹哨叫到的"),
    "came": gettext_lazy("报到了的"),
    "came_in_time": gettext_lazy("按时报到的"),
    "refused": gettext_lazy("说明不属本部门的"),
    "owing": gettext_lazy("还没有答复的"),
}
_WHISTLE: Final = ("called", "came", "came_in_time", "refused", "owing")


def label_of(code: str) -> str:
    """What the matters behind a figure are, in words. Raises NotFound for an unknown code."""
    if code in BEHIND:
        return str(BEHIND[code])
    name, _dash, of = code.partition("-")
    if overruled.is_code(code):
        return _("机器建议后由人改了的") if name == "overruled" else _("机器建议过、由人定了的")
    if name == "excluded" and of in exclusions():
        return _("依法不计入的：%(reason)s") % {"reason": exclusions()[of].name(get_language() or "zh")}
    if name in ("met", "overdue") and of in LATE_SUBJECTS:
        promise = PromiseRule.Subject(of).label
        return (_("兑现或超期完成了“%(promise)s”的") if name == "met" else _("“%(promise)s”超期完成的")) % {"promise": promise}
    raise NotFound("no_figure", _("没有这样的数字。"))


def finished(since: datetime, until: datetime) -> Q:
    """Done with inside the period: resolved, lawfully declined, or suspended (which leaves the rates but is counted)."""
    stopped = Pause.objects.filter(reason=Pause.Reason.SUSPENDED, until_at=None, from_at__gte=since, from_at__lt=until)
    return (
        Q(state__in=("resolved", "closed"), resolved_at__gte=since, resolved_at__lt=until)
        | Q(state="declined", closed_at__gte=since, closed_at__lt=until)
        | Q(state="suspended", pk__in=stopped.values("matter"))
    )


def behind(code: str, since: datetime, until: datetime, unit_id: int | None = None) -> Q:
    """
    The filter of the matters a figure counts, over `[since, until)`; `unit_id` narrows the whistle figures to one unit.

    Raises NotFound for an unknown code.
    """
    label_of(code)
    if code == "raised":
        return Q(raised_at__gte=since, raised_at__lt=until)
    if code == "repeated":
        return Q(raised_at__gte=since, raised_at__lt=until) & repeated_after_resolving()
    if code == "resolved":
        return Q(state__in=("resolved", "closed"), resolved_at__gte=since, resolved_at__lt=until)
    if code == "first_answered":
        return Q(answered_at__gte=since, answered_at__lt=until)
    if overruled.is_code(code):
        return overruled.matters_behind(code, since, until)
    if code in _WHISTLE:
        return Q(pk__in=_called(code, since, until, unit_id).values("matter"))
    name, _dash, of = code.partition("-")
    if name in ("met", "overdue"):
        return Q(pk__in=_clocks(of, since, until, late=name == "overdue").values("matter"))
    return finished(since, until) & _of_finished(code)


def repeated_after_resolving() -> Q:
    """Tied by a worker to an earlier request that had been resolved by then; what the machine only suggests does not count."""
    after = Link.objects.filter(kind=Link.Kind.REPEATS, ended_at=None, source__raised_at__gte=F("target__resolved_at"))
    return Q(pk__in=after.values("source"))


def _of_finished(code: str) -> Q:
    """What a code means among the finished ones. The order of the exclusions is that of `rules.rates`."""
    counted = Q(excluded="") & ~Q(state="suspended")
    name, _dash, of = code.partition("-")
    if name == "excluded":
        return Q(excluded=of) if of else ~Q(excluded="")
    if name in QUESTIONS:
        said = Q(**{f"rated_{name}": True}) if of == "yes" else Q(**{f"rated_{name}__isnull": False})
        return counted & Q(called_back="rated") & said
    return {
        "finished": Q(),
        "suspended": Q(excluded="", state="suspended"),
        "asked": counted & Q(called_back="rated"),
        "unreachable": counted & Q(called_back__in=("unreachable", "declined")),
        "not_asked": counted & Q(called_back=""),
        "reopened": Q(reopened__gt=0),
        "late": Q(was_late=True),
    }[code]


def _clocks(subject: str, since: datetime, until: datetime, *, late: bool) -> QuerySet[Clock]:
    met = Clock.objects.filter(subject=subject, met_at__gte=since, met_at__lt=until)
    return met.filter(met_at__gt=F("due_at")) if late else met


def _called(code: str, since: datetime, until: datetime, unit_id: int | None = None) -> QuerySet[WorkOrder]:
    orders = WorkOrder.objects.filter(task__in=CALLED_TASKS, opened_at__gte=since, opened_at__lt=until)
    if unit_id:
        orders = orders.filter(unit_id=unit_id)
    return orders.filter(_WHISTLE_Q[code]).distinct() if code == "came_in_time" else orders.filter(_WHISTLE_Q[code])


_WHISTLE_Q: Final[dict[str, Q]] = {
    "called": Q(),
    "came": Q(reported_at__isnull=False),
    "came_in_time": Q(clocks__subject="report_in", clocks__met_at__lte=F("clocks__due_at")),
    "refused": Q(state=WorkOrder.State.REFUSED),
    "owing": Q(state=WorkOrder.State.OPEN),
}


# --- the whole, and its lines --------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Scope:
    """What figures are over: a period `[since, until)`, and optionally a place, a category, the unit that holds or held it."""

    since: datetime
    until: datetime
    place: Place | None = None
    category: Category | None = None
    holder_id: int | None = None


@dataclass(frozen=True)
class Took:
    """Exact median and 90th percentile of a time, over `count` requests; None of nothing."""

    count: int
    median: timedelta | None
    ninth: timedelta | None


@dataclass(frozen=True)
class Overview:
    """The three rates with all they leave out, and the counts beside them. `late` holds (late, met) per promise."""

    rates: Rates
    raised: int
    resolved: int
    reopened: int
    repeated: Rate = field(default_factory=lambda: Rate("repeated", 0, 0))
    late: dict[str, tuple[int, int]] = field(default_factory=dict)
    first_answer: Took = Took(0, None, None)
    resolve: Took = Took(0, None, None)


@dataclass(frozen=True)
class Line:
    """One line of a breakdown: `key` is the place's, category's or unit's id (None: without)."""

    key: int | None
    name: str
    counts: dict[str, int]
    deeper: bool = False
    exact: bool = False

    def rate(self, name: str) -> Rate:
        return Rate(name, self.counts[f"{name}-yes"], self.counts[f"{name}-asked"])


def scoped(actor: Actor, scope: Scope) -> QuerySet[Matter]:
    """The requests of a scope, changed since it began: whatever happened in the period has touched them since."""
    found = Matter.objects.filter(in_reach(actor), kind=KIND, updated_at__gte=scope.since)
    if scope.place is not None:
        found = found.filter(at_place(scope.place))
    if scope.category is not None:
        found = found.filter(of_category(scope.category))
    if scope.holder_id:
        found = found.filter(holder_id=scope.holder_id)
    return found


_COUNTS: Final = ("raised", "finished", "asked", "unreachable", "not_asked", "suspended", "reopened", "repeated", "late", "resolved")


def _counters(scope: Scope, codes: Iterable[str]) -> dict[str, Count]:
    return {code.replace("-", "__"): Count("pk", filter=behind(code, scope.since, scope.until)) for code in codes}


def _plain(row: dict[str, Any]) -> dict[str, int]:
    return {name.replace("__", "-"): value for name, value in row.items()}


def _questions() -> list[str]:
    return [f"{q}-{part}" for q in QUESTIONS for part in ("yes", "asked")]


def overview(actor: Actor, scope: Scope, *, times: bool = True, promises: bool = True) -> Overview:
    """
    The figures of a scope in at most five queries, however many requests there are.

    Raises NotAllowed for those who may not read figures.
    """
    if not table.holds(actor, "figures.read"):
        raise table.refusal(actor, "figures.read")
    found = scoped(actor, scope)
    classes = [f"excluded-{entry.code}" for entry in exclusions()]
    counts = _plain(found.aggregate(**_counters(scope, [*_COUNTS, "first_answered", *_questions(), *classes])))
    made = {q: Rate(q, counts[f"{q}-yes"], counts[f"{q}-asked"]) for q in QUESTIONS}
    rates = Rates(
        **made,
        finished=counts["finished"],
        called_back=counts["asked"],
        unreachable=counts["unreachable"],
        not_asked=counts["not_asked"],
        suspended=counts["suspended"],
        excluded={code.partition("-")[2]: counts[code] for code in classes if counts[code]},
    )
    return Overview(
        rates=rates,
        raised=counts["raised"],
        resolved=counts["resolved"],
        reopened=counts["reopened"],
        repeated=Rate("repeated", counts["repeated"], counts["raised"]),
        late=_late(found, scope) if promises else {},
        first_answer=_took(found, scope, "first_answered", "answered_at", counts["first_answered"]) if times else Took(0, None, None),
        resolve=_took(found, scope, "resolved", "resolved_at", counts["resolved"]),
    )


def _late(found: QuerySet[Matter], scope: Scope) -> dict[str, tuple[int, int]]:
    """For each promise the requests where it was met late, and where it was met at all, inside the period. One query."""
    met = Clock.objects.filter(matter__in=found.values("pk"), met_at__gte=scope.since, met_at__lt=scope.until)
    counters = {}
    for subject in LATE_SUBJECTS:
        counters[f"{subject}_met"] = Count("matter", distinct=True, filter=Q(subject=subject))
        counters[f"{subject}_late"] = Count("matter", distinct=True, filter=Q(subject=subject, met_at__gt=F("due_at")))
    row = met.aggregate(**counters)
    return {s: (row[f"{s}_late"], row[f"{s}_met"]) for s in LATE_SUBJECTS}


def rank_of(count: int, share: Fraction) -> int:
    """The nearest rank, from 1, of `share` among `count` values: what `rules.quantile` takes."""
    return max(-(-count * share.numerator // share.denominator), 1)


def _took(found: QuerySet[Matter], scope: Scope, code: str, column: str, count: int) -> Took:
    """Exact nearest-rank quantiles, sorted and picked by the database. One query, none of nothing."""
    if not count:
        return Took(0, None, None)
    half, ninth = rank_of(count, Fraction(1, 2)), rank_of(count, Fraction(9, 10))
    took = ExpressionWrapper(F(column) - F("raised_at"), output_field=DurationField())
    ranked = found.filter(behind(code, scope.since, scope.until)).annotate(
        took=took, place_in_line=Window(RowNumber(), order_by=[took.asc(), F("pk").asc()])
    )
    picked = dict(ranked.filter(place_in_line__in=[half, ninth]).values_list("place_in_line", "took"))
    return Took(count, picked[half], picked[ninth])


def sees_all_of(actor: Actor, place: Place | None) -> bool:
    """Does the actor read every request at a place (None: anywhere), not only what their unit holds?"""
    return any(
        reach == "area" and (not s.path or (place is not None and within(place.path, s.path)))
        for reach, s in table.reach_of(actor, f"{KIND}.read")
    )


_LINE_COUNTS: Final = ("raised", "finished", "asked", "unreachable", "late", "reopened")


def by_place(actor: Actor, scope: Scope) -> list[Line]:
    """One line for each place directly below the scope's place (or the actor's own area). Two queries."""
    root = scope.place.path if scope.place else common_root(actor)
    rows = _grouped(scoped(actor, scope).annotate(at=Substr("place_path", 1, len(root) + WIDTH)), "at", scope)
    places = {p.path: p for p in Place.objects.filter(path__in=list(rows)).only("pk", "path", "name", "kind", "sort_key")}
    lines = []
    for path, counts in rows.items():
        place = places.get(path)
        if place is None:
            continue
        own = path == root
        name = _("%(place)s（没有细分到下级）") % {"place": place.name} if own else place.name
        lines.append(
            (
                place.sort_key,
                Line(place.pk, name, counts, deeper=not own and place.kind not in (Kind.BUILDING, Kind.ENTRANCE, Kind.HOME), exact=own),
            )
        )
    return [line for _key, line in sorted(lines, key=lambda pair: pair[0])]


def common_root(actor: Actor) -> str:
    """The path of the smallest place that holds all the actor was granted."""
    paths = [s.path for s in actor.standings if s.role != "resident"]
    if not paths:
        return ""
    shortest, tallest = min(paths), max(paths)
    end = 0
    while end < min(len(shortest), len(tallest)) and shortest[end : end + WIDTH] == tallest[end : end + WIDTH]:
        end += WIDTH
    return shortest[:end]


def by_category(actor: Actor, scope: Scope) -> list[Line]:
    """One line for each top of the tree, or for each leaf of the scope's top. Two queries."""
    column = F("category_id") if scope.category else Coalesce("category__parent_id", "category_id")
    rows = _grouped(scoped(actor, scope).annotate(of=column), "of", scope)
    known = {c.pk: c for c in Category.objects.filter(pk__in=[k for k in rows if k])}
    lines = [Line(k, known[k].name if k else _("未分类"), counts, deeper=bool(k and scope.category is None)) for k, counts in rows.items()]
    return sorted(lines, key=lambda line: (line.key is None, known[line.key].sort if line.key else 0))


def by_unit(actor: Actor, scope: Scope) -> list[Line]:
    """One line for each unit that holds or last held a request, by name: never by result. Two queries."""
    rows = _grouped(scoped(actor, scope), "holder_id", scope)
    names = dict(Unit.objects.filter(pk__in=[k for k in rows if k]).values_list("pk", "name"))
    return sorted(
        (Line(k, names[k] if k else _("没有承办单位"), counts) for k, counts in rows.items()),
        key=lambda line: (line.key is None, line.name),
    )


def _grouped(found: QuerySet[Matter], key: str, scope: Scope) -> dict[Any, dict[str, int]]:
    grouped: dict[Any, dict[str, int]] = {}
    for row in found.values(key).annotate(**_counters(scope, [*_LINE_COUNTS, *_questions()])).order_by(key)[:LINES]:
        at = row.pop(key)
        if any(row.values()):
            grouped[at] = _plain(row)
    return grouped


@dataclass(frozen=True)
class WhistleLine:
    """Who was called in the period, came, came in time, refused, still owes an answer: counts of requests."""

    unit_id: int
    name: str
    counts: dict[str, int]


def by_whistle(actor: Actor, scope: Scope) -> list[WhistleLine]:
    """The units called by the whistle, by name. One query beside the reach."""
    orders = WorkOrder.objects.filter(
        matter__in=scoped(actor, scope).values("pk"), task__in=CALLED_TASKS, opened_at__gte=scope.since, opened_at__lt=scope.until
    )
    counters = {code: Count("matter", distinct=True, filter=_WHISTLE_Q[code]) for code in _WHISTLE}
    rows: Any = orders.values("unit_id", "unit__name").annotate(**counters).order_by("unit__name")[:LINES]
    return [WhistleLine(r["unit_id"], r["unit__name"], {code: r[code] for code in _WHISTLE}) for r in rows]

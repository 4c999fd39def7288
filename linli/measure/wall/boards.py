"""What each board of the Wall shows, in words and with the way to what stands behind every figure. A board asks little; several are asked together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from linli.insight.measure.definitions import Indicator
from linli.insight.measure.periods import Period, period
from linli.kernel.access import table
from linli.kernel.access.together import Asking, if_any
from linli.kernel.places.drawings import outlines
from linli.kernel.places.models import Kind, Place
from linli.loops.requests.hot import wording as hot
from linli.loops.requests.hot.models import PublicFigure
from linli.loops.requests.hot.square_queries import title_of
from linli.loops.requests.rules import STAGES
from linli.measure import indicators, judging, wording
from linli.measure.asked.actions import last_month
from linli.measure.desk.shared import Shown, address, shown, target_of
from linli.measure.models import Figure, Published
from linli.measure.queries import Value
from linli.measure.wall import queries
from linli.measure.wall.queries import FEWEST, Ground, Loop, Taking, Viewer
from linli.web.words import minutes_words, percent

BOARDS: Final[dict[str, Any]] = {
    "today": gettext_lazy("今天"),
    "loop": gettext_lazy("闭环"),
    "map": gettext_lazy("哪里有事"),
    "topics": gettext_lazy("热点"),
    "indicators": pgettext_lazy("measure", "指标"),
    "compare": gettext_lazy("同类比较"),
    "participation": gettext_lazy("参与"),
}
COMPARED: Final = 6
MOST: Final = 8000


def count_words(v: Viewer, n: int) -> str:
    """A count; one that is small is not told to strangers."""
    if v.full or n == 0 or n >= FEWEST:
        return f"{n:,}"
    return _("少于 %(n)s") % {"n": FEWEST}


def _list(v: Viewer, **wanted: Any) -> str:
    """The list of requests behind a count: the Desk's for those who work there, the Square's for others."""
    base = "/desk/requests/" if v.full and v.actor.is_staff else reverse("square:list")
    return f"{base}?{urlencode({'place': v.place.pk, **{k: x for k, x in wanted.items() if x}})}"


def figure(v: Viewer, label: str, n: int, href: str = "", note: str = "", tone: str = "") -> dict[str, Any]:
    return {"label": label, "value": count_words(v, n), "href": href, "note": note, "tone": tone if n else ""}


# --- today --------------------------------------------------------------------------------------------------------------------------
def today(v: Viewer, tally: dict[str, int]) -> dict[str, Any]:
    hour = ngettext("近一小时 %(n)s 件", "近一小时 %(n)s 件", tally["hour"]) % {"n": tally["hour"]} if v.full and tally["hour"] else ""
    return {
        "figures": [
            figure(v, _("没办完的"), tally["open"], _list(v, status="open")),
            figure(v, _("已超期的"), tally["overdue"], _list(v, status="overdue"), tone="late"),
            figure(v, _("今天到期的"), tally["due_today"], _list(v, status="open", sort="due" if v.full else ""), tone="waiting"),
            figure(v, _("今天新来的"), tally["today"], _list(v, since=v.today.date().isoformat()), note=hour),
        ]
    }


# --- the loop -----------------------------------------------------------------------------------------------------------------------
def loop(v: Viewer, tally: dict[str, int], found: Loop) -> dict[str, Any]:
    """Each of the seven stages: how many stand in it or passed it, and how long that takes (the middle one)."""
    month = (v.now - queries.LATELY).date().isoformat()
    told: list[tuple[str, str, timedelta | None, str]] = [
        (_("近 30 天提出"), "", None, _list(v, since=month)),
        (_("等受理"), _("已等"), found.waits.get(2), _list(v, status="raised")),
        (_("等派单"), _("已等"), found.waits.get(3), _list(v, status="accepted")),
        (_("在办"), _("已办"), found.waits.get(4), _list(v, status="handling")),
        (
            _("近 30 天办结"),
            _("从提出到办结"),
            found.resolve,
            _list(v, behind="resolved" if v.full else "", status="" if v.full else "resolved"),
        ),
        (_("等评价"), _("已等"), found.waits.get(6), _list(v, status="resolved")),
        (_("近 30 天走完"), _("从提出到走完"), found.close, _list(v, status="closed")),
    ]
    most = max([tally[f"stage_{n}"] for n in range(1, 8)] + [1])
    return {
        "stages": [
            {
                "number": n,
                "name": str(STAGES[n - 1]),
                "what": what,
                "count": count_words(v, tally[f"stage_{n}"]),
                "size": round(100 * tally[f"stage_{n}"] / most) if v.full or tally[f"stage_{n}"] >= FEWEST else 0,
                "time": _("%(what)s %(time)s（中位）") % {"what": how, "time": minutes_words(length)} if length is not None else "",
                "href": href,
            }
            for n, (what, how, length, href) in enumerate(told, 1)
        ]
    }


# --- the map ------------------------------------------------------------------------------------------------------------------------
def ground(v: Viewer, found: Ground) -> dict[str, Any]:
    """The plan with the number of open requests in each place, darker where more lie; points are single ones."""
    counts = {pk: n for pk, n in found.counts.items() if v.full or n >= FEWEST}
    hrefs = {p.pk: _way_down(v, p) for p in found.under}
    shapes = outlines(found.under, found.ground, hrefs, counts)
    rows = [
        {"label": p.name, "value": counts.get(p.pk, 0), "text": count_words(v, found.counts[p.pk]), "href": hrefs[p.pk]}
        for p in found.under
        if p.pk in found.counts
    ]
    return {
        "shapes": shapes,
        "points": found.points,
        "rows": sorted(rows, key=lambda r: -r["value"])[:10],  # type: ignore[operator]  # a count
        "most": max([*counts.values(), 1]),
    }


def _way_down(v: Viewer, place: Place) -> str:
    if place.kind in (Kind.STREET, Kind.COMMUNITY):
        return f"{reverse('wall:home')}?{urlencode({'place': place.pk, **({} if v.full else {'public': 1})})}"
    base = "/desk/requests/" if v.full and v.actor.is_staff else reverse("square:list")
    return f"{base}?{urlencode({'place': place.pk, 'status': 'open'})}"


# --- topics -------------------------------------------------------------------------------------------------------------------------
def topics(v: Viewer, found: Sequence[Any]) -> dict[str, Any]:
    return {
        "rows": [
            {
                "title": title_of(one) if isinstance(one, PublicFigure) else (one.topic.title or _("（还没有名称）")),
                "href": reverse("topics:one", args=[one.topic_id]) if isinstance(one, PublicFigure) else f"/desk/hot/{one.topic_id}/",
                "people": one.people,
                "counts": one.counts,
                "course": hot.course(one.counts),
                "direction": hot.direction(one.direction),
                "tone": hot.TONES.get(one.direction, "plain"),
            }
            for one in found
        ]
    }


# --- participation --------------------------------------------------------------------------------------------------------------------
def participation(v: Viewer, tally: dict[str, int], found: Taking) -> dict[str, Any]:
    share = percent((tally["satisfied"], tally["asked"])) if tally["asked"] >= 10 else _("样本太少")
    asked = f"{tally['satisfied']:,} / {tally['asked']:,}" if tally["asked"] >= 10 else ""
    quarter = (v.now - queries.QUARTER).date().isoformat()
    return {
        "figures": [
            figure(v, _("近 90 天提过诉求的人"), found.raisers, _list(v, since=quarter)),
            figure(v, _("近 90 天说“也遇到”的人"), found.met_too, _list(v, since=quarter)),
            figure(v, _("正在商量的议题"), found.motions, f"{reverse('motions:list')}?place={v.place.pk}"),
            {
                "label": _("近 30 天办结后满意的"),
                "value": share,
                "href": _list(v, behind="satisfied-asked") if v.full else "",
                "note": asked,
                "tone": "",
            },
        ]
    }


# --- indicators -----------------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Known:
    """The figures a viewer may see: of the place over months, and of similar places in the one month."""

    span: Period
    spans: list[Period]
    values: dict[tuple[int, str, str], Value]
    beside: list[Place]


def figures_known(v: Viewer, wanted: Sequence[Place]) -> Asking[Known]:
    """Prepared figures where the viewer reads them, published ones elsewhere."""
    last = last_month(v.now)
    spans = [last.before(n) for n in range(queries.MONTHS - 1, -1, -1)]
    mine = [p.pk for p in wanted if v.full and table.may(v.actor, "indicator.read", p.path)]
    others = [p.pk for p in wanted if p.pk not in mine]
    told, rows, documents = yield [
        if_any(others, queries.newest_published(others, str(spans[0]))[:MOST]),
        if_any(mine, queries.prepared_of(v.place, mine, spans)[:MOST]),
        if_any(mine, queries.entered_of(mine, spans)[:MOST]),
    ]
    values = {(p.place_id, p.code, p.period): value_of(p) for p in told}
    values |= {(f.place_id, f.code, f.period): value_of(f) for f in rows}
    values |= {(e.place_id, e.code, e.period): Value(e.code, e.place_id, e.period, float(e.value), document=e.document) for e in documents}
    return Known(_span(v, values, last), spans, values, list(wanted[1:]))


def few(shown_tree: dict[str, Any], most: int = 12) -> dict[str, Any]:
    """As much of the tree as a screen holds: those with a target first, in the order they stand."""
    rows = [(group["name"], row) for group in shown_tree["groups"] for row in group["rows"]]
    rows.sort(key=lambda pair: not pair[1]["known"].target)
    kept = [row for _name, row in rows[:most]]
    groups = [{**g, "rows": [r for r in g["rows"] if r in kept]} for g in shown_tree["groups"]]
    return {**shown_tree, "groups": [g for g in groups if g["rows"]]}


def value_of(row: Figure | Published) -> Value:
    return Value(row.code, row.place_id, row.period, row.value, row.numerator, row.denominator, row.version)


def _span(v: Viewer, values: dict[tuple[int, str, str], Value], last: Period) -> Period:
    """The last month that is over; for strangers the last one something was published of."""
    months = sorted({key[2] for key in values if key[0] == v.place.pk and len(key[2]) == 7 and key[2] <= str(last)})
    if v.full or not months or str(last) in months:
        return last
    return period(months[-1])


def _named(one: Indicator) -> str:
    return one.name(wording.language())


def tree(v: Viewer, known: Known) -> dict[str, Any]:
    """Dimension by dimension what is known this month, with target and course; and how many meet their target."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for code, (one, _version) in indicators.in_force().items():
        value = known.values.get((v.place.pk, code, str(known.span)))
        if value is None:
            continue
        target = target_of(one, known.span, v.place)
        course = [x.value if (x := known.values.get((v.place.pk, code, str(s)))) else None for s in known.spans]
        groups.setdefault(one.dimension, []).append(
            {
                "name": _named(one),
                "href": address(code, place=v.place.pk, period=str(known.span)) if v.full else "",
                "known": shown(one, value, target),
                "met": judging.judged(value.value, target),
                "course": course,
                "said": _course(one, course),
            }
        )
    return {
        "span": known.span.name(wording.language()),
        "groups": [
            {
                "name": wording.dimension_name(code),
                "rows": rows,
                "said": _met(rows),
            }
            for code in wording.DIMENSIONS
            if (rows := groups.get(code))
        ],
    }


def _met(rows: list[dict[str, Any]]) -> str:
    judged = [r for r in rows if r["met"] != "unknown"]
    if not judged:
        return ""
    return _("有目标的 %(all)s 项，达到 %(met)s 项") % {"all": len(judged), "met": sum(r["met"] == "met" for r in judged)}


def _course(one: Indicator, course: Sequence[float | None]) -> str:
    found = [x for x in course if x is not None]
    if len(found) < 2:
        return _("还看不出走势")
    return _("从 %(first)s 到 %(last)s") % {
        "first": wording.value_words(found[0], one.unit),
        "last": wording.value_words(found[-1], one.unit),
    }


def compare(v: Viewer, known: Known) -> dict[str, Any]:
    """A few indicators of the place beside those of similar ones, each in its own order: nobody is placed before another."""
    places = sorted([v.place, *known.beside], key=lambda p: (p.sort_key, p.path))
    everything = indicators.in_force()
    with_values = [
        code
        for code, (one, _version) in everything.items()
        if one.state == "computed" and sum((p.pk, code, str(known.span)) in known.values for p in places) > 1
    ]
    with_values.sort(key=lambda code: everything[code][0].tier != "core")
    chosen = [everything[code][0] for code in with_values[:COMPARED]]
    rows = []
    for place in places:
        cells: list[Shown] = [
            shown(one, known.values.get((place.pk, one.id, str(known.span))), target_of(one, known.span, place)) for one in chosen
        ]
        rows.append({"name": place.name, "own": place.pk == v.place.pk, "cells": cells, "href": f"{reverse('wall:home')}?place={place.pk}"})
    return {
        "span": known.span.name(wording.language()),
        "columns": [_named(one) for one in chosen],
        "rows": rows if chosen and len(rows) > 1 else [],
    }

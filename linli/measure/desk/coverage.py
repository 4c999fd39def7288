"""The coverage table: every indicator by dimension, with what the house knows of it here and now, or why it knows nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_safe

from linli.insight.measure.definitions import STATES, Indicator
from linli.kernel.access import table
from linli.kernel.matters.desk import at_desk
from linli.measure import indicators, queries, wording
from linli.measure.asked.actions import HAS_LAKE
from linli.measure.desk.shared import Chosen, Shown, address, chosen, period_options, place_options, shown, target_of
from linli.measure.queries import Value
from linli.web.downloads import as_download, asked_as, downloads


@require_safe
@at_desk
def index(request: HttpRequest) -> HttpResponseBase:
    """Every indicator, narrowed as asked. Four queries beside the frame's."""
    here = chosen(request)
    everything = {code: one for code, (one, _version) in indicators.in_force().items()}
    wanted = {name: request.GET.get(name, "")[:60] for name in ("dimension", "state", "q")}
    listed = [one for one in everything.values() if _matches(one, wanted)]
    values = _values(here)
    rows = [_row(here, one, values) for one in listed]
    if asked_as(request):
        return _file(request, here, rows)
    counts: Counter[str] = Counter(one.state for one in everything.values())
    by_dimension = {one.dimension: [row for row in rows if row["one"].dimension == one.dimension] for one in listed}
    context = {
        "place": here.place,
        "span": here.span.name(wording.language()),
        "places": place_options(here.places),
        "periods": period_options(here),
        "period": str(here.span),
        "wanted": wanted,
        "on": sum(1 for value in wanted.values() if value),
        "dimensions": [("", _("全部维度")), *((code, str(word)) for code, word in wording.DIMENSIONS.items())],
        "states": [("", _("全部")), *((code, str(word)) for code, word in wording.STATES.items())],
        "tabs": _tabs(here, counts, wanted),
        "groups": [(wording.dimension_name(code), found) for code, found in by_dimension.items()],
        "total": len(everything),
        "sub": _sub(len(everything), counts),
        "exports": downloads(request, most=0),
        "may_publish": table.holds(here.actor, "indicator.publish"),
        "publish_href": f"publish/?{urlencode(here.kept())}",
        "able": HAS_LAKE,
        "computed_at": max((v.computed_at for v in values.values() if v.computed_at and not v.document), default=None),
    }
    return render(request, "measure/desk/list.html", context)


def _matches(one: Indicator, wanted: dict[str, str]) -> bool:
    q = wanted["q"].strip().lower()
    return (
        (not wanted["dimension"] or one.dimension == wanted["dimension"])
        and (not wanted["state"] or one.state == wanted["state"])
        and (not q or q in f"{one.id} {one.name_zh} {one.name_en}".lower())
    )


def _values(here: Chosen) -> dict[tuple[int, str, str], Value]:
    if here.place is None:
        return {}
    return {**queries.prepared([here.place.pk], [here.span]), **queries.entered([here.place.pk], [here.span])}


def _row(here: Chosen, one: Indicator, values: dict[tuple[int, str, str], Value]) -> dict[str, Any]:
    value = values.get((here.place.pk, one.id, str(here.span))) if here.place else None
    known: Shown = shown(one, value, target_of(one, here.span, here.place))
    return {
        "one": one,
        "href": address(one.id, **here.kept()),
        "title": one.name(wording.language()),
        "meta": wording.definition_of(one),
        "state": str(wording.STATES[one.state]),
        "tone": wording.TONES[one.state],
        "known": known,
        "has_figure": value is not None or one.state != "not_yet",
        "why": wording.why_of(one) if one.state != "computed" else wording.coverage_of(one),
    }


def _tabs(here: Chosen, counts: Counter[str], wanted: dict[str, str]) -> list[dict[str, Any]]:
    kept = here.kept(dimension=wanted["dimension"], q=wanted["q"])
    tabs = [{"label": _("全部"), "href": f"?{urlencode(kept)}", "current": not wanted["state"], "count": sum(counts.values())}]
    return tabs + [
        {
            "label": str(wording.STATES[state]),
            "href": f"?{urlencode({**kept, 'state': state})}",
            "current": wanted["state"] == state,
            "count": counts[state],
        }
        for state in STATES
    ]


def _sub(total: int, counts: Counter[str]) -> str:
    return ngettext(
        "共 %(n)s 项：%(computed)s 项由办理记录自动计算，%(surveyed)s 项靠抽样调查，%(entered)s 项由外部文件登记，%(not_yet)s 项还没有，原因写在旁边。",
        "共 %(n)s 项：%(computed)s 项由办理记录自动计算，%(surveyed)s 项靠抽样调查，%(entered)s 项由外部文件登记，%(not_yet)s 项还没有，原因写在旁边。",
        total,
    ) % {"n": total, **{state: counts[state] for state in STATES}}


def _file(request: HttpRequest, here: Chosen, rows: Iterable[dict[str, Any]]) -> HttpResponseBase:
    header = (
        _("代码"), pgettext("measure", "指标"), _("维度"), pgettext("measure", "来源"), _("定义"), _("地点"), _("期间"), _("数值"), _("分子和分母"), _("目标"), _("是否达到"), _("原因或覆盖范围"),
    )  # fmt: skip
    cells = (
        [
            row["one"].id,
            row["title"],
            wording.dimension_name(row["one"].dimension),
            row["state"],
            row["meta"],
            here.place.name if here.place else "",
            str(here.span),
            row["known"].words,
            row["known"].of,
            row["known"].target,
            row["known"].verdict,
            row["why"],
        ]
        for row in rows
    )
    return as_download(request, pgettext("measure", "指标"), header, cells, (30, 30, 14, 12, 50, 20, 12, 14, 16, 18, 14, 50))

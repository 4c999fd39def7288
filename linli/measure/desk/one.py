"""One indicator at one place in one period: its figure and what stands behind it, its targets, its course, the places below, its versions."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from linli.insight.measure.definitions import Indicator
from linli.insight.measure.periods import Period
from linli.kernel.access import table
from linli.kernel.matters import desk
from linli.kernel.matters.desk import at_desk
from linli.kernel.places.facts import tables
from linli.kernel.places.models import Place
from linli.kernel.places.queries import short_names
from linli.measure import behind, indicators, judging, queries, wording
from linli.measure.desk.shared import VERDICTS, Chosen, address, chosen, counts_words, period_options, place_options, shown, target_of
from linli.measure.models import Definition, Published
from linli.measure.queries import Value
from linli.web.downloads import as_download, asked_as, downloads
from linli.web.words import date_long, day

_BACK: Final = {1: 25, 3: 9, 12: 3}
PAGE: Final = 50
FILE_MOST: Final = 20_000


def known(code: str) -> tuple[Indicator, int]:
    """The indicator an address names. Raises NotFound."""
    everything = indicators.in_force()
    queries.require_known(code, everything)
    return everything[code]


@require_safe
@at_desk
def show(request: HttpRequest, code: str) -> HttpResponseBase:
    """Everything of one indicator. Six queries beside the frame's."""
    one, version = known(code)
    here = chosen(request)
    place = here.here
    spans = [here.span.before(n) for n in range(_BACK[here.span.months] - 1, -1, -1)]
    under = queries.below(place, here.places)
    values = _values(one, place, under, spans)
    value, target = values.get((place.pk, code, str(here.span))), target_of(one, here.span, place)
    if asked_as(request):
        return _file(request, one, place, under, here, values)
    versions, published, entries = queries.history_of(code, place)
    names = {key: found.name(wording.language()) for key, (found, _v) in indicators.in_force().items()}
    context = {
        "one": one,
        "name": one.name(wording.language()),
        "dimension": wording.dimension_name(one.dimension),
        "place": place,
        "span": here.span.name(wording.language()),
        "places": place_options(here.places),
        "periods": period_options(here),
        "period": str(here.span),
        "state": str(wording.STATES[one.state]),
        "tone": wording.TONES[one.state],
        "known": shown(one, value, target),
        "value": value,
        "parts": _parts(one, value, here),
        "facts": _facts(one, version, value),
        "sentences": wording.formula_words(one, tables(), names),
        "targets": _targets(one, value, here.span, place),
        "trend": _trend(one, place, spans, values),
        "target": float(target.value) if target else None,
        "target_line": _("虚线是目标：%(target)s（%(when)s）")
        % {"target": wording.target_words(target, one.unit), "when": wording.until_words(target)}
        if target
        else "",
        "under": _under(one, under, here, values),
        "under_note": _under_note(one, under, here, values),
        "versions": [_version(row) for row in versions],
        "published": [_published(one, row) for row in published],
        "entries": entries,
        "why": wording.why_of(one),
        "coverage": wording.coverage_of(one),
        "list_href": address(**here.kept()),
        "edit_href": address(code, part="edit", **here.kept()) if table.holds(here.actor, "indicator.edit") else "",
        "enter_href": address(code, part="enter", **here.kept()) if _may_enter(here, one, place) else "",
        "exports": downloads(request, most=0),
    }
    return render(request, "measure/desk/one.html", context)


def _may_enter(here: Chosen, one: Indicator, place: Place) -> bool:
    return one.state != "computed" and table.may(here.actor, "indicator.enter", place.path)


def _values(one: Indicator, place: Place, under: list[Place], spans: list[Period]) -> dict[tuple[int, str, str], Value]:
    """The figures of the place over time, and of those below in the last of these periods. One query, two where documents tell."""
    ids = [place.pk, *(p.pk for p in under)]
    if one.state == "computed":
        return queries.prepared(ids, spans, [one.id])
    return queries.entered(ids, spans, [one.id])


def _parts(one: Indicator, value: Value | None, here: Chosen) -> list[dict[str, Any]]:
    """What the figure counts, with the way to the matters, where these are matters."""
    if value is None or one.formula is None:
        return []
    found = []
    for part, n in (("numerator", value.numerator), ("denominator", value.denominator)):
        measure = behind.measure_of(one, part)
        if n is None or measure is None:
            continue
        label = _("分子") if part == "numerator" else _("分母") if one.formula.shape == "share" else _("件数")
        href = address(one.id, part="behind", of=part, **here.kept()) if behind.source_of(measure) else ""
        found.append({"label": label, "n": n, "what": wording.measure_words(measure, tables()), "href": href})
    return found


def _facts(one: Indicator, version: int, value: Value | None) -> list[dict[str, Any]]:
    rows = [
        {"label": _("定义"), "value": wording.definition_of(one) or _("还没有写定义。")},
        {"label": _("层级"), "value": str(wording.TIERS.get(one.tier, one.tier))},
        {"label": _("越高越好还是越低越好"), "value": _("越高越好") if one.direction == "higher" else _("越低越好")},
    ]
    if window := wording.window_words(one.formula):
        rows.append({"label": _("算哪一段时间"), "value": window})
    if one.formula is not None:
        rows.append({"label": _("至少多少件才显示"), "value": str(one.fewest)})
    rows.append({"label": _("第几版"), "value": _("第 %(n)s 版") % {"n": version} if version else _("原始定义")})
    if one.sources:
        rows.append({"label": _("依据"), "value": "；".join(one.sources)})
    if value is not None and value.computed_at is not None:
        rows.append({"label": _("登记时间") if value.document else _("计算时间"), "value": date_long(value.computed_at)})
    return rows


def _targets(one: Indicator, value: Value | None, span: Period, place: Place) -> list[dict[str, Any]]:
    """Every target for such a place, in order of time, and how this figure stands to it."""
    mine = judging.applying(one.targets, place.community_type)
    in_force = judging.in_force(one.targets, span.first.year, place.community_type)
    rows = []
    for target in sorted(mine, key=lambda t: (judging.span_of(t) or (0, 0), t.value)):
        met = judging.judged(value.value if value else None, target)
        rows.append(
            {
                "when": wording.until_words(target),
                "what": wording.target_words(target, one.unit),
                "source": target.source,
                "verdict": {"met": _("达到"), "missed": _("没有达到"), "unknown": _("没有数字可比")}[met],
                "tone": VERDICTS[met],
                "now": target is in_force,
            }
        )
    return rows


def _trend(
    one: Indicator, place: Place, spans: list[Period], values: dict[tuple[int, str, str], Value]
) -> list[tuple[str, float | None, str]]:
    """The course up to the period, from the first that is known on; six periods at least."""
    points = [(str(s), *_point(one, values.get((place.pk, one.id, str(s))))) for s in spans]
    known = [n for n, point in enumerate(points) if point[1] is not None]
    return points[min(known[0] if known else len(points), max(len(points) - 6, 0)) :] if known else []


def _point(one: Indicator, value: Value | None) -> tuple[float | None, str]:
    number = value.value if value else None
    words = shown(one, value, None).words if value else "—"
    return number, words


def _under(one: Indicator, under: list[Place], here: Chosen, values: dict[tuple[int, str, str], Value]) -> list[dict[str, Any]]:
    """The places below, each with its figure, in their own order: nobody is placed before another."""
    rows = []
    for place in under:
        value = values.get((place.pk, one.id, str(here.span)))
        known = shown(one, value, target_of(one, here.span, place))
        reach = judging.interval(one, value.numerator, value.denominator) if value and value.value is not None else None
        rows.append(
            {
                "label": place.name,
                "href": address(one.id, place=place.pk, period=str(here.span)),
                "value": value.value if value else None,
                "text": known.words,
                "low": reach.low if reach else None,
                "high": reach.high if reach else None,
                "note": known.of,
            }
        )
    return rows


def _under_note(one: Indicator, under: list[Place], here: Chosen, values: dict[tuple[int, str, str], Value]) -> str:
    found = [values.get((p.pk, one.id, str(here.span))) for p in under]
    reaches = [r for v in found if v and v.value is not None and (r := judging.interval(one, v.numerator, v.denominator))]
    if len(reaches) < 2:
        return _("按地点自己的顺序排列，不排名次。")
    if judging.apart(reaches):
        return _("按地点自己的顺序排列，不排名次。浅色是可能的范围：范围不重叠的两处才说得上有高低。")
    return _("按地点自己的顺序排列，不排名次。浅色是可能的范围：这些范围互相重叠，现在的数字分不出高低。")


def _version(row: Definition) -> dict[str, Any]:
    return {
        "title": _("第 %(n)s 版") % {"n": row.version},
        "reason": row.reason,
        "meta": " · ".join(part for part in (row.made_by.name if row.made_by else _("系统"), date_long(row.made_at)) if part),
    }


def _published(one: Indicator, row: Published) -> dict[str, Any]:
    return {
        "period": row.period,
        "words": wording.value_words(row.value, one.unit) if row.value is not None else _("样本太少"),
        "of": counts_words(Value(row.code, row.place_id, row.period, row.value, row.numerator, row.denominator)),
        "version": _("第 %(n)s 版") % {"n": row.version} if row.version else _("原始定义"),
        "meta": " · ".join(part for part in (row.published_by.name if row.published_by else "", day(row.published_at)) if part),
        "corrects": row.corrects_id is not None,
    }


def _file(
    request: HttpRequest, one: Indicator, place: Place, under: list[Place], here: Chosen, values: dict[tuple[int, str, str], Value]
) -> HttpResponseBase:
    header = (_("地点"), _("期间"), _("数值"), _("分子"), _("分母"), _("第几版"))
    order = {p.pk: p.name for p in (place, *under)}
    found = sorted(values.values(), key=lambda v: (list(order).index(v.place_id), v.period))
    rows = ([order[v.place_id], v.period, v.value, v.numerator, v.denominator, v.version] for v in found)
    return as_download(request, one.name(wording.language()), header, rows, (24, 12, 14, 12, 12, 10))


# --- the matters behind -----------------------------------------------------------------------------------------------------
@require_safe
@at_desk
def matters(request: HttpRequest, code: str) -> HttpResponseBase:
    """The matters one part of a figure counts, as far as the reader works with them. Five queries beside the frame's."""
    one, _version = known(code)
    here = chosen(request)
    place = here.here
    part = request.GET.get("of", "") if request.GET.get("of", "") in behind.PARTS else "denominator"
    found = behind.matters_behind(here.actor, one, part, place, here.span)
    queries.require_known(part if found is not None else "", behind.PARTS)
    assert found is not None
    found = found.select_related("place", "category")
    if asked_as(request):
        header = (_("编号"), _("标题"), _("在哪里"), _("类别"), _("提出时间"), _("办结时间"))
        rows = ([m.ref, m.title, m.place.name, desk.category_words(m), m.raised_at, m.resolved_at] for m in found[:FILE_MOST])
        return as_download(request, one.name(wording.language()), header, rows, (10, 40, 20, 16, 18, 18), most=FILE_MOST)
    before = request.GET.get("before", "")
    listed = list((found.filter(pk__lt=int(before)) if before.isdecimal() and len(before) < 19 else found)[: PAGE + 1])
    shown_now = listed[:PAGE]
    spots = short_names([m.place for m in shown_now]) if shown_now else {}
    measure = behind.measure_of(one, part)
    assert measure is not None
    name, count = one.name(wording.language()), found.count()
    context = {
        "one": one,
        "name": name,
        "title": (_("%(name)s：分子") if part == "numerator" else _("%(name)s：分母")) % {"name": name},
        "place": place,
        "span": here.span.name(wording.language()),
        "what": wording.measure_words(measure, tables()),
        "count": ngettext("您能看到的共 %(n)s 件。", "您能看到的共 %(n)s 件。", count) % {"n": f"{count:,}"},
        "rows": [
            {
                "href": desk.address_of(m),
                "title": m.title,
                "meta": f"{m.ref} · {desk.category_words(m)}",
                "where": spots[m.place_id],
                "raised": day(m.raised_at),
                "resolved": day(m.resolved_at),
            }
            for m in shown_now
        ],
        "tabs": [
            {"label": label, "href": address(code, part="behind", of=name, **here.kept()), "current": part == name}
            for name, label in (("numerator", _("分子")), ("denominator", _("分母")))
        ]
        if one.formula and one.formula.shape == "share"
        else [],
        "back": address(code, **here.kept()),
        "list_href": address(**here.kept()),
        "next": address(code, part="behind", of=part, before=shown_now[-1].pk, **here.kept()) if len(listed) > PAGE else "",
        "first": address(code, part="behind", of=part, **here.kept()) if before else "",
        "exports": downloads(request, most=FILE_MOST),
    }
    return render(request, "measure/desk/behind.html", context)

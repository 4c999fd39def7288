"""Publishing a period of a place: what is to be published beside what already is, then the worker does it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from linli.kernel.access.refusals import Refused
from linli.kernel.matters.desk import at_desk
from linli.measure import indicators, queries, wording
from linli.measure.asked.actions import ask_to_publish
from linli.measure.desk.shared import Chosen, address, chosen, period_options, place_options, shown, target_of
from linli.measure.models import Published
from linli.measure.queries import Value
from linli.web.downloads import as_download, asked_as, downloads
from linli.web.words import date_long


@never_cache
@require_http_methods(["GET", "POST"])
@at_desk
def publish(request: HttpRequest) -> HttpResponseBase:
    """What would be published of a place's period, and the button. Three queries beside the frame's."""
    here = chosen(request, "indicator.publish")
    refused: Refused | None = None
    if request.method == "POST":
        try:
            return _asked(request, here)
        except Refused as problem:
            if problem.status in (403, 404):
                raise
            refused = problem
    rows = _rows(here)
    if asked_as(request):
        header = (pgettext("measure", "指标"), _("数值"), _("分子和分母"), _("目标"), _("已公布的数值"), _("第几版"))
        return as_download(
            request,
            _("公布指标"),
            header,
            ([r["title"], r["known"].words, r["known"].of, r["known"].target, r["published"], r["version"]] for r in rows),
            (36, 14, 16, 18, 14, 12),
        )
    over = here.span.over(here.now)
    context = {
        "place": here.here,
        "places": place_options(here.places),
        "periods": period_options(here),
        "period": str(here.span),
        "span": here.span.name(wording.language()),
        "rows": rows,
        "over": over,
        "refused": refused,
        "changed": sum(r["differs"] for r in rows),
        "said": _said(rows),
        "list_href": address(**here.kept()),
        "exports": downloads(request, most=0),
    }
    return render(request, "measure/desk/publish.html", context, status=409 if refused else 200)


def _asked(request: HttpRequest, here: Chosen) -> HttpResponse:
    made = ask_to_publish(actor=here.actor, place=here.here, span=here.span, now=here.now)
    messages.success(request, _("正在公布：系统先从事实库重算一遍，再连同定义和快照一起存好。"))
    return HttpResponseRedirect(reverse("indicators:asked", args=[made.pk]))


def _rows(here: Chosen) -> list[dict[str, Any]]:
    """Every computed indicator with what is prepared, and what was published last."""
    place, key = here.here, str(here.span)
    values = queries.prepared([place.pk], [here.span])
    last: dict[str, Published] = {}
    for row in queries.published_of(place, here.span):
        last.setdefault(row.code, row)
    rows = []
    for code, (one, version) in indicators.in_force().items():
        value = values.get((place.pk, code, key))
        if one.state != "computed" or (value is None and code not in last):
            continue
        before = last.get(code)
        rows.append(
            {
                "title": one.name(wording.language()),
                "href": address(code, **here.kept()),
                "known": shown(one, value, target_of(one, here.span, place)),
                "version": _("第 %(n)s 版") % {"n": version} if version else _("原始定义"),
                "published": _before(before, one.unit),
                "when": date_long(before.published_at) if before else "",
                "differs": before is None or not _same(before, value),
            }
        )
    return rows


def _before(row: Published | None, unit: str) -> str:
    if row is None:
        return _("还没有公布")
    return wording.value_words(row.value, unit) if row.value is not None else _("样本太少")


def _same(before: Published, value: Value | None) -> bool:
    return value is not None and (before.numerator, before.denominator, before.value) == (value.numerator, value.denominator, value.value)


def _said(rows: list[dict[str, Any]]) -> str:
    changed = sum(r["differs"] for r in rows)
    if not rows:
        return _("这个期间还没有算好的数字。")
    if not changed:
        return _("这些数字都已公布，没有变化。")
    return ngettext("有 %(n)s 个数字还没有公布，或者和公布的不同。", "有 %(n)s 个数字还没有公布，或者和公布的不同。", changed) % {
        "n": changed
    }

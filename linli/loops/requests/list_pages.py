"""The list of requests, narrowed as the reader chose."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.kernel.access.asking import actor_and_now
from linli.kernel.matters.models import Category
from linli.kernel.matters.nearby import around, here, place_or_none
from linli.loops.requests.cards import shown
from linli.loops.requests.forms import (
    PERIODS,
    ListForm,
    category_options,
    place_options,
    unit_options,
)
from linli.loops.requests.hot.square_queries import shows
from linli.loops.requests.lists import public_file
from linli.loops.requests.queries import Filter, category_tree, request_page
from linli.loops.requests.square_queries import (
    units_to_choose,
)
from linli.web.downloads import PUBLIC_MOST, asked_as, downloads
from linli.web.jinja import Fragment
from linli.web.words import day

_LIST: Final = Fragment("requests/list.html", "rows")


def filter_of(form: ListForm, now: datetime) -> Filter:
    """The filter a list form asks for; what does not exist is left out."""
    code = form.given("category")
    since, until = form.span(now)
    return Filter(
        place=place_or_none(form.given("place")),
        category=Category.objects.select_related("parent").filter(code=code).first() if code else None,
        unit_id=form.given("unit"),
        status=form.given("status") or "",
        text=form.given("q") or "",
        since=since,
        until=until,
    )


def query_of(form: ListForm, **change: Any) -> str:
    """The filters as an address says them, with some changed (None takes one out); the page's start is never carried on."""
    kept = {k: v for k, v in form.data.items() if k in form.fields and v and k != "before" and k not in form.errors}
    return urlencode({k: v for k, v in {**kept, **change}.items() if v})


@require_safe
def request_list(request: HttpRequest) -> HttpResponseBase:
    """Public requests (and the neighbours' own for a neighbour), newest first, narrowed by what the reader chose."""
    actor, now = actor_and_now(request)
    form = ListForm(request.GET)
    chosen = filter_of(form, now)
    if asked_as(request):
        return public_file(request, actor, chosen, now)
    page = request_page(actor, chosen, now, before=form.given("before"))
    found = around(chosen.place or here(actor).place)
    tree = category_tree()
    context = {
        "form": form,
        "not_understood": sorted(form.errors),
        "rows": [shown(r, now) for r in page.rows],
        "next": f"?{query_of(form, before=page.next_before)}" if page.next_before else "",
        "first": not form.given("before"),
        "chips": chips(form, chosen),
        "place_options": place_options(found.line or ([found.place] if found.place else []), found.under),
        "category_options": category_options(tree),
        "unit_options": unit_options(units_to_choose(here(actor).place)),
        "status_options": form.status_options(),
        "periods": PERIODS,
        "query": query_of(form),
        "exports": downloads(request, most=PUBLIC_MOST),
        "map_query": query_of(form),
        "topics_on": shows(found.place),
    }
    return _LIST(request, context)


def chips(form: ListForm, chosen: Filter) -> list[dict[str, str]]:
    """The filters in force, each with the address that takes it out."""
    labels = {
        "q": _("含“%(text)s”") % {"text": chosen.text} if chosen.text else "",
        "place": chosen.place.name if chosen.place else "",
        "category": chosen.category.name if chosen.category else "",
        "status": dict(form.status_options()).get(chosen.status, "") if chosen.status else "",
        "period": dict(PERIODS).get(form.given("period") or "", "") if form.given("period") else "",
        "since": _("%(day)s起") % {"day": day(form.given("since"))} if form.given("since") else "",
        "until": _("到%(day)s") % {"day": day(form.given("until"))} if form.given("until") else "",
        "unit": _("按单位") if chosen.unit_id else "",
    }
    return [{"label": str(label), "href": f"?{query_of(form, **{name: None})}"} for name, label in labels.items() if label]

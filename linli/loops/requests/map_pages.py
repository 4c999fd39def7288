"""The Square's map: how many requests lie where, narrowed as the list is; each place a link further down, or to its list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from linli.kernel.access.asking import actor_and_now
from linli.kernel.matters.nearby import Around, around, here
from linli.kernel.places.drawings import outlines
from linli.kernel.places.models import Kind, Place
from linli.loops.requests.forms import PERIODS, ListForm, category_options, unit_options
from linli.loops.requests.list_pages import chips, filter_of, query_of
from linli.loops.requests.queries import category_tree
from linli.loops.requests.square_queries import Counted, counts_below, units_to_choose


@require_safe
def request_map(request: HttpRequest) -> HttpResponse:
    """Communities, compounds, buildings with the number of requests in each: those still open, unless a state was chosen."""
    actor, now = actor_and_now(request)
    form = ListForm(request.GET)
    asked = filter_of(form, now)
    status = asked.status or "open"
    found = around(_holding(asked.place) or here(actor).place)
    counted = counts_below(actor, found, replace(asked, place=found.place, status=status), now)
    hrefs = {p.pk: _way_down(form, found, p, status) for p in found.under}
    context = {
        "form": form,
        "not_understood": sorted(form.errors),
        "found": found,
        "heading": _("%(place)s：%(count)s") % {"place": found.place.name, "count": _words(counted.total, status)}
        if found.place
        else _("哪里有事"),
        "line": [(p.name, f"?{query_of(form, place=p.pk)}") for p in found.line[:-1]] + [(p.name, "") for p in found.line[-1:]],
        "shapes": outlines(found.under, found.place, hrefs, counted.under),
        "rows": _rows(form, found, hrefs, counted, status),
        "chips": chips(form, replace(asked, place=None)),
        "category_options": category_options(category_tree()),
        "unit_options": unit_options(units_to_choose(here(actor).place)),
        "status_options": form.map_options(),
        "status": status,
        "periods": PERIODS,
        "list_href": _list_href(form, found.place, status),
    }
    return render(request, "requests/map.html", context)


def _holding(place: Place | None) -> Place | None:
    """The place on whose map this one is drawn: a building's compound, any other place itself."""
    return place.parent if place is not None and place.kind in (Kind.BUILDING, Kind.ENTRANCE) else place


def _list_href(form: ListForm, place: Place | None, status: str) -> str:
    wanted = query_of(form, place=place.pk if place else None, status=None if status == "all" else status)
    return f"{reverse('square:list')}{'?' if wanted else ''}{wanted}"


def _way_down(form: ListForm, found: Around, place: Place, status: str) -> str:
    return _list_href(form, place, status) if found.is_last else f"{reverse('square:map')}?{query_of(form, place=place.pk)}"


def _words(n: int, status: str) -> str:
    """How many, in the words of the state that was asked for."""
    if status == "open":
        return ngettext("%(n)s 件在办", "%(n)s 件在办", n) % {"n": n}
    if status == "overdue":
        return ngettext("%(n)s 件超期", "%(n)s 件超期", n) % {"n": n}
    return ngettext("%(n)s 件", "%(n)s 件", n) % {"n": n}


def _rows(form: ListForm, found: Around, hrefs: dict[int, str], counted: Counted, status: str) -> list[dict[str, Any]]:
    """Every place listed, and last what lies in none of them: the ways and the green between the buildings."""
    icon = "building" if found.is_last else "place"
    rows = [_row(p.name, hrefs[p.pk], counted.under.get(p.pk, 0), status, icon) for p in found.under]
    outside = counted.total - sum(counted.under.get(p.pk, 0) for p in found.under)
    if found.place is not None and found.is_last and outside:
        rows.append(
            _row(_("%(place)s的公共地方") % {"place": found.place.name}, _list_href(form, found.place, status), outside, status, "place")
        )
    return rows


def _row(title: str, href: str, n: int, status: str, icon: str) -> dict[str, Any]:
    nothing = _("没有在办的") if status == "open" else _("没有")
    return {"title": title, "href": href, "chip": _words(n, status) if n else nothing, "tone": "gold" if n else "plain", "icon": icon}

"""The office's error book at the Desk: where people chose otherwise than the machine suggested. It counts suggestions, never people."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from linli.kernel.access import table
from linli.kernel.matters import desk
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Matter
from linli.loops.requests import overruled
from linli.loops.requests.desk import actor_and_now
from linli.loops.requests.desk.words import words_by_field
from linli.loops.requests.desk_queries import start_of
from linli.loops.requests.figures import in_reach
from linli.loops.requests.overruled import Book, Cell
from linli.loops.requests.rules import KIND
from linli.web.downloads import as_download, asked_as, downloads
from linli.web.words import MONTHS_EN, in_english

VERB: Final = "reading.read"
TABS: Final = {
    "category": gettext_lazy("类别"),
    "unit": gettext_lazy("承办单位"),
    "urgency": gettext_lazy("紧急程度"),
    "grade": gettext_lazy("难易程度"),
}


@require_GET
@desk.at_desk
def book(request: HttpRequest) -> HttpResponseBase:
    """Six months of one field: a line for each choice, a column for each month, each number opening its requests."""
    actor, now = actor_and_now(request)
    if not table.holds(actor, VERB):
        raise table.refusal(actor, VERB)
    field = request.GET.get("field", "") if request.GET.get("field", "") in TABS else "category"
    months = overruled.months_until(now.astimezone(ZONE).date())
    reach = Matter.objects.filter(in_reach(actor), kind=KIND)
    found = overruled.book(reach, field, months, start_of(months[0]), start_of(_after(months[-1])))
    words = words_by_field(field)
    rows = [_row(found, field, what, words) for what in overruled.rows_of(found)]
    if asked_as(request):
        return _file(request, found, rows)
    values = {
        "field": field,
        "tabs": [{"label": str(word), "href": f"?field={name}", "current": name == field} for name, word in TABS.items()],
        "months": [month_words(month) for month in months],
        "columns": [
            {"label": _("人选的")},
            *({"label": month_words(month), "numeric": True} for month in months),
            {"label": _("合计"), "numeric": True},
        ],
        "rows": rows,
        "whole": _cells(found, field, ""),
        "pairs": [_pair(found, field, pair, words) for pair in found.pairs],
        "exports": downloads(request, most=0),
    }
    return render(request, "requests/desk/book.html", values)


def month_words(month: date) -> str:
    return MONTHS_EN[month.month - 1] if in_english() else f"{month.month} 月"


def _after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _row(found: Book, field: str, what: str, words: dict[str, str]) -> dict[str, Any]:
    return {"name": words.get(what, what), **_cells(found, field, what)}


def _cells(found: Book, field: str, what: str) -> dict[str, Any]:
    """The cells of one line (all lines together for ""), and all months of it."""
    cells = [_cell(overruled.total(found, chosen=what, month=month), field, what, month, _last(month)) for month in found.months]
    return {"cells": cells, "all": _cell(overruled.total(found, chosen=what), field, what, found.months[0], _last(found.months[-1]))}


def _last(month: date) -> date:
    return _after(month) - timedelta(days=1)


def _cell(cell: Cell, field: str, what: str, since: date, until: date) -> dict[str, Any]:
    codes = {name: overruled.code_of(field, only_overruled=name == "overruled", chosen=what) for name in ("overruled", "decided")}
    return {
        "overruled": cell.overruled,
        "decided": cell.decided,
        "overruled_href": _href(codes["overruled"], since, until) if cell.overruled else "",
        "decided_href": _href(codes["decided"], since, until) if cell.decided else "",
    }


def _href(code: str, since: date, until: date) -> str:
    return f"/desk/requests/?{urlencode({'behind': code, 'since': since.isoformat(), 'until': until.isoformat()})}"


def _pair(found: Book, field: str, pair: tuple[str, str, int], words: dict[str, str]) -> dict[str, Any]:
    suggested, chosen, count = pair
    code = overruled.code_of(field, only_overruled=True, suggested=suggested, chosen=chosen)
    href = _href(code, found.months[0], _last(found.months[-1]))
    return {"suggested": words.get(suggested, suggested), "chosen": words.get(chosen, chosen), "n": count, "href": href}


def _file(request: HttpRequest, found: Book, rows: list[dict[str, Any]]) -> HttpResponseBase:
    header = (
        _("人选的"),
        *(word for month in found.months for word in (_("%(month)s改了") % {"month": month_words(month)}, month_words(month))),
    )
    lines = [[row["name"], *(n for cell in row["cells"] for n in (cell["overruled"], cell["decided"]))] for row in rows]
    return as_download(request, _("更正记录"), header, lines, (24, *(12 for _name in header[1:])))

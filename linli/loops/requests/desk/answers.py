"""The figures of answers at a place: the share that holds each point, and the answers behind every share."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from linli.insight.replies.points import Name
from linli.kernel.access.asking import number_in
from linli.kernel.matters import desk
from linli.kernel.matters.clock import ZONE
from linli.kernel.places.models import Place
from linli.lib.texts import excerpt
from linli.loops.requests.answer_figures import COUNTED, NEWEST, looked_at, rates_of
from linli.loops.requests.desk import actor_and_now
from linli.loops.requests.desk.home import address, share_words
from linli.loops.requests.desk.rates import PERIODS, period_of
from linli.loops.requests.desk_queries import start_of
from linli.web.downloads import as_download, asked_as, downloads
from linli.web.words import date_long

SHOWN: Final = 50
LABELS: Final = {
    Name.MATTER: gettext_lazy("答的是所问的事"),
    Name.ACT: gettext_lazy("说了做什么"),
    Name.WHO: gettext_lazy("说了谁来做"),
    Name.WHEN: gettext_lazy("说了什么时候"),
    Name.BASIS: gettext_lazy("写了依据"),
    Name.POLITE: gettext_lazy("有称呼或谢意"),
    Name.READABLE: gettext_lazy("读得懂"),
}


@require_GET
@desk.at_desk
def answers(request: HttpRequest) -> HttpResponseBase:
    """One place (or the whole reach), one period; a point opens the answers with or without it. At most five queries."""
    actor, now = actor_and_now(request)
    period, since, until = period_of(request.GET, now.astimezone(ZONE).date())
    number = number_in(request.GET.get("place", ""))
    place = Place.objects.filter(pk=number).first() if number else None
    found = looked_at(actor, place, start_of(since), start_of(until + timedelta(days=1)))
    here = {"since": since.isoformat(), "until": until.isoformat(), **({"place": str(place.pk)} if place else {})}
    point = next((name for name in COUNTED if name.value == request.GET.get("point", "")), None)
    without = request.GET.get("without") == "1"
    behind = [a for a in found if point is not None and (a.shown[point] is None) == without]
    if asked_as(request):
        header = (_("要点"), _("写到的占多少"), _("写到"), _("没写到"))
        lines = [[str(LABELS[name]), share_words(r), r.numerator, r.denominator - r.numerator] for name, r in rates_of(found).items()]
        return as_download(request, _("答复说了什么"), header, lines, (24, 14, 10, 10))
    at = {"place": here["place"]} if place else {}
    values = {
        "exports": downloads(request),
        "periods": [
            {"label": str(word), "href": f"?{urlencode({**at, 'period': name})}", "current": name == period}
            for name, word in PERIODS.items()
            if name != "custom"
        ],
        "misread": not period and bool(request.GET.get("since") or request.GET.get("until")),
        "since": since,
        "until": until,
        "place": place,
        "count": len(found),
        "most": NEWEST,
        "rows": [
            {
                "label": str(LABELS[name]),
                "share": share_words(rate),
                "yes": rate.numerator,
                "no": rate.denominator - rate.numerator,
                "yes_href": f"?{urlencode({**here, 'point': name.value})}#behind",
                "no_href": f"?{urlencode({**here, 'point': name.value, 'without': '1'})}#behind",
            }
            for name, rate in rates_of(found).items()
        ],
        "point": _("%(point)s：没有") % {"point": LABELS[point]} if point and without else str(LABELS[point]) if point else "",
        "behind": [
            {
                "href": address(a.ref),
                "ref": a.ref,
                "title": a.title,
                "when": date_long(a.at),
                "words": excerpt(a.shown[point] or a.text, 120),
            }
            for a in behind[:SHOWN]
            if point is not None
        ],
        "period": period,
    }
    return render(request, "requests/desk/answers.html", values)

"""Who takes part, by age and building; and the homes nobody has spoken from, to visit."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.kernel.access import table
from linli.kernel.accounts.actions import log_event
from linli.kernel.matters.desk import at_desk as staff_only
from linli.kernel.people.groups import band_words, few_words
from linli.lib.groups import Share
from linli.loops.council.talks.desk.common import address, desk_talk
from linli.loops.council.talks.models import Talk
from linli.loops.council.talks.participation import Unreached, participation, unreached
from linli.loops.council.talks.reading import at_desk
from linli.web.downloads import as_download, asked_as, downloads
from linli.web.words import date_long, percent, whole_dates

_Row = dict[str, object]


def _row(share: Share, label: str) -> _Row:
    return {
        "label": label,
        "part": few_words() if share.part is None else share.part,
        "whole": share.whole,
        "share": "—" if share.part is None else percent((share.part, share.whole), 0),
    }


@require_GET
@staff_only
def takes_part(request: HttpRequest, talk_id: int) -> HttpResponseBase:
    """For those who opened it: whose voice is missing. Groups and homes, nobody by name."""
    actor, now = at_desk(request)
    talk = desk_talk(actor, talk_id, "talk.participation")
    found, people = participation(talk, now)
    bands, buildings = [_row(s, band_words(s.label)) for s in found.bands], [_row(s, s.label) for s in found.buildings]
    if asked_as(request):
        return _groups_file(request, talk, bands, buildings)
    context = {
        "talk": talk,
        "found": found,
        "people": people,
        "share": percent((found.reached, found.homes)),
        "bands": bands,
        "buildings": buildings,
        "may_visit": table.may(actor, "talk.visit", talk.place_path),
        "exports": downloads(request, most=0),
    }
    return render(request, "talks/desk/participation.html", context)


def _groups_file(request: HttpRequest, talk: Talk, bands: Sequence[_Row], buildings: Sequence[_Row]) -> HttpResponseBase:
    """Both tables of the page one below the other, small counts left out there as here."""
    rows = [
        [how, row["label"], row["part"], row["whole"], unit, row["share"]]
        for how, unit, part in ((_("按年龄"), _("人"), bands), (_("按楼栋"), _("户"), buildings))
        for row in part
    ]
    header = (_("怎么分"), _("年龄或楼栋"), _("参加"), _("一共"), _("单位"), _("占比"))
    return as_download(request, f"{_('谁参加了')} {talk.question}", header, rows, (12, 24, 16, 10, 8, 10))


@require_GET
@staff_only
@whole_dates()
def visits(request: HttpRequest, talk_id: int) -> HttpResponseBase:
    """The homes to visit, as a list to take along, on paper or as a file; that it was opened is logged."""
    actor, now = at_desk(request)
    talk = desk_talk(actor, talk_id, "talk.visit")
    found = unreached(talk, limit=None) if asked_as(request) else unreached(talk, after=request.GET.get("after", "")[:72])
    log_event("talk_homes_listed", now=now, actor=actor, about=f"{talk.matter.ref} {talk.question}", homes=len(found.homes))
    if asked_as(request):
        return _visits_file(request, talk, found)
    context = {
        "talk": talk,
        "found": found,
        "next": f"?after={found.next_after}" if found.next_after else "",
        "size": "a4",
        "back_href": address(talk.pk, "participation/"),
        "printed": date_long(now),
        "exports": downloads(request),
    }
    return render(request, "talks/desk/visits.html", context)


def _visits_file(request: HttpRequest, talk: Talk, found: Unreached) -> HttpResponseBase:
    """Every home of the list, with the columns to fill in at the door."""
    header = (_("住址"), _("哪天去的"), _("说了什么"))
    return as_download(
        request, f"{_('还没有参加的户')} {talk.question}", header, ([home, "", ""] for _path, home in found.homes), (40, 16, 60)
    )

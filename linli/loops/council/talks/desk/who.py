"""Who takes part, by age and building; and the homes nobody has spoken from, to visit."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.kernel.access import table
from linli.kernel.accounts.actions import log_event
from linli.kernel.matters.desk import at_desk as staff_only
from linli.loops.council.talks.desk.common import address, desk_talk
from linli.loops.council.talks.participation import participation, unreached
from linli.loops.council.talks.reading import at_desk
from linli.loops.council.talks.rules import LEAST_COUNT, Share
from linli.loops.council.talks.wording import band_words
from linli.web.words import date_long, percent


def _row(share: Share, label: str) -> dict[str, object]:
    few = _("不足 %(n)s，不显示") % {"n": LEAST_COUNT}
    return {
        "label": label,
        "part": few if share.part is None else share.part,
        "whole": share.whole,
        "share": "—" if share.part is None else percent((share.part, share.whole), 0),
    }


@require_GET
@staff_only
def takes_part(request: HttpRequest, talk_id: int) -> HttpResponse:
    """For those who opened it: whose voice is missing. Groups and homes, nobody by name."""
    actor, now = at_desk(request)
    talk = desk_talk(actor, talk_id, "talk.participation")
    found = participation(talk, now)
    context = {
        "talk": talk,
        "found": found,
        "share": percent((found.reached, found.homes)),
        "bands": [_row(s, band_words(s.label)) for s in found.bands],
        "buildings": [_row(s, s.label) for s in found.buildings],
        "may_visit": table.may(actor, "talk.visit", talk.place_path),
    }
    return render(request, "talks/desk/participation.html", context)


@require_GET
@staff_only
def visits(request: HttpRequest, talk_id: int) -> HttpResponse:
    """The homes to visit, as a list to take along; that it was opened is logged."""
    actor, now = at_desk(request)
    talk = desk_talk(actor, talk_id, "talk.visit")
    found = unreached(talk, after=request.GET.get("after", "")[:72])
    log_event("talk_homes_listed", now=now, actor=actor, about=f"{talk.matter.ref} {talk.question}", homes=len(found.homes))
    context = {
        "talk": talk,
        "found": found,
        "next": f"?after={found.next_after}" if found.next_after else "",
        "size": "a4",
        "back_href": address(talk.pk, "participation/"),
        "printed": date_long(now),
    }
    return render(request, "talks/desk/visits.html", context)

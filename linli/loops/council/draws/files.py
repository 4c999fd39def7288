"""What is taken away of draws: their list, the posted list, printed notices, the bundle, the script that checks it, one's receipt, the proof."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.insight.choice import verify_draw
from linli.insight.choice.draw_bundle import SCRIPT
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now
from linli.kernel.access.refusals import NotFound
from linli.kernel.files.serving import served
from linli.kernel.matters import held_notices
from linli.kernel.notices.official import draft_paper, paper_of_notice
from linli.loops.council.draws import queries as found
from linli.loops.council.draws.actions.applying import household
from linli.loops.council.draws.models import Draw, Line, Published, State
from linli.loops.council.draws.reading import draw_for
from linli.loops.council.draws.shown import lots_count
from linli.loops.council.draws.wording import PATTERN, notice_of_opening
from linli.web.downloads import MOST, STEP, as_download, every
from linli.web.sheets import FORMATS, Listing, as_file
from linli.web.words import whole_dates

# What can be printed, and the act whose notice it is.
SHEETS: Final = {"call": "open", "list": "post_list", "frozen": "freeze", "result": "hold"}


def draws_file(
    request: HttpRequest, actor: Actor, address: Callable[[int], str], *, around: Sequence[str] = (), most: int = MOST
) -> HttpResponseBase:
    """The draws the actor may read, under way first, then those over. Two queries, one more for each five hundred."""

    def page(before: int | None) -> tuple[Sequence[Draw], int | None]:
        rows = found.draw_list(actor, around=around, before=before, limit=STEP)
        return [*rows.current, *rows.past], rows.next_before

    rows = (
        [
            draw.title,
            draw.get_what_display(),
            draw.place.name,
            draw.get_state_display(),
            lots_count(draw),
            draw.applies_from,
            draw.applies_until,
            draw.source_at,
            draw.drawn_at,
            f"{settings.PUBLIC_URL}{address(draw.pk)}",
        ]
        for draw in every(page)
    )
    header = (
        _("抽签"), _("抽什么"), _("地点"), _("状态"), _("名额"), _("报名开始"), _("报名截止"), _("随机数公布"), _("抽签时间"), _("网页"),
    )  # fmt: skip
    return as_download(request, _("抽签"), header, rows, (36, 16, 20, 12, 8, 18, 18, 18, 18, 40), most=most)


@never_cache
@require_safe
def posted(request: HttpRequest, draw_id: int) -> HttpResponseBase:
    """Who applied, as posted for objections; as a spreadsheet with `format`."""
    actor, _now = actor_and_now(request)
    draw = draw_for(actor, draw_id)
    if draw.listed_at is None:
        raise NotFound("no_list", _("名单还没有公示。"))
    rows = found.posted_rows(draw)
    if request.GET.get("format") in FORMATS:
        name = _("抽签名单 %(title)s") % {"title": draw.title}
        return as_file(Listing(name, [_("房屋"), _("申请人")], rows, [30, 16]), request.GET["format"])
    return render(request, "draws/posted.html", {"draw": draw, "rows": rows})


@require_safe
@whole_dates()
def printed(request: HttpRequest, draw_id: int, sheet: str) -> HttpResponse:
    """A notice as it stands on the board, as an A4 sheet or an A3 poster; the call before it went out as a draft."""
    actor, now = actor_and_now(request)
    draw = draw_for(actor, draw_id)
    notice = held_notices.newest_notice(Line, "draw", draw, SHEETS[sheet]) if sheet in SHEETS else None
    if notice is None and not (sheet == "call" and draw.state == State.DRAFT):
        raise NotFound("no_sheet", _("这份公告还没有。"))
    draft = PATTERN.of(draw, "open"), *notice_of_opening(draw), draw.place.name
    paper = paper_of_notice(notice) if notice else draft_paper(*draft, now)
    made = held_notices.sheet(request, paper, draw.place, reverse("draws:one", args=[draw.pk]), sent=notice is not None)
    return render(request, "draws/print.html", made | {"rows": found.posted_rows(draw) if sheet == "list" else []})


@require_safe
def bundle(request: HttpRequest, draw_id: int) -> HttpResponse:
    """The published file as it is, with its fingerprint as tag."""
    actor, _now = actor_and_now(request)
    published = Published.objects.filter(pk=draw_for(actor, draw_id).pk).first()
    if published is None:
        raise NotFound("not_drawn", _("还没有抽签，文件在抽签后公布。"))
    if request.headers.get("If-None-Match") == f'"{published.fingerprint}"':
        return HttpResponseNotModified()
    answer = HttpResponse(published.content, content_type="application/json; charset=utf-8")
    answer.headers["ETag"], answer.headers["Cache-Control"] = f'"{published.fingerprint}"', "public, no-cache"
    answer.headers["Content-Disposition"] = f'attachment; filename="draw-{draw_id}.json"'
    return answer


@require_safe
def script(request: HttpRequest, draw_id: int) -> HttpResponse:
    """The script that checks the file on anybody's own computer."""
    actor, _now = actor_and_now(request)
    draw_for(actor, draw_id)
    answer = HttpResponse(SCRIPT.read_bytes(), content_type="text/x-python; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="verify_draw.py"'
    return answer


@never_cache
@require_safe
def receipt(request: HttpRequest, draw_id: int, application_id: int) -> HttpResponse:
    """One's own receipt: with it the number in the published file is recognised as one's own."""
    actor, _now = actor_and_now(request)
    draw = draw_for(actor, draw_id)
    mine = next((a for a in found.own_applications(actor, draw) if a.pk == application_id and a.nonce), None)
    if mine is None:
        raise NotFound("no_application", _("这次抽签里没有您的这份报名。"))
    made: dict[str, Any] = {
        "format": verify_draw.RECEIPT,
        "draw": draw.pk,
        "number": mine.number,
        "household": household(mine),
        "nonce": mine.nonce,
    }
    answer = HttpResponse(json.dumps(made, ensure_ascii=False, indent=1), content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="draw-{draw.pk}-receipt.json"'
    return answer


@require_safe
def proof(request: HttpRequest, draw_id: int) -> HttpResponse:
    """The picture or document that shows what the source published."""
    actor, _now = actor_and_now(request)
    draw = draw_for(actor, draw_id)
    return served(draw.proof if draw.drawn_at else None)

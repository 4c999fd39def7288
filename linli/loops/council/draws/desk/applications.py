"""Applications at the Desk: looked at with what the register says, checked, recorded on behalf, taken away as a spreadsheet."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from linli.kernel.access import table
from linli.kernel.access.asking import number_in, once, put_on
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.files.serving import served_inside
from linli.kernel.matters.acts import worker_and_now
from linli.kernel.matters.desk import at_desk as staff_only
from linli.kernel.people.models import Person
from linli.kernel.places.models import Place
from linli.kernel.places.queries import place_choices
from linli.loops.council.draws import queries as found
from linli.loops.council.draws.actions import applying
from linli.loops.council.draws.desk.draws import address, desk_draw
from linli.loops.council.draws.forms import ApplyForForm
from linli.loops.council.draws.models import Application, Draw, State
from linli.loops.council.draws.rules import REASONS
from linli.web.downloads import downloads
from linli.web.sheets import FORMATS, Listing, as_file

PAGE = 50
TONES = {"received": "gold", "accepted": "green", "refused": "red", "withdrawn": "plain"}


@require_GET
@staff_only
def index(request: HttpRequest, draw_id: int) -> HttpResponseBase:
    """The applications, those to check first when asked so; the same as xlsx or csv, all pages of it."""
    actor, _now = worker_and_now(request)
    draw = desk_draw(actor, draw_id)
    if request.GET.get("format") in FORMATS:
        return as_file(_listing(draw, _state(request)), request.GET["format"])
    return page(request, draw)


def page(request: HttpRequest, draw: Draw, *, refused: Refused | None = None) -> HttpResponse:
    actor, _now = worker_and_now(request)
    state = _state(request)
    after = number_in(request.GET.get("after", "")) or 0
    rows = found.to_check(draw, state=state, after=after, limit=PAGE + 1)
    names = [("", _("全部")), *Application.State.choices]
    context: dict[str, Any] = {
        "draw": draw,
        "rows": [_row(r) for r in rows[:PAGE]],
        "next": f"?{urlencode({'state': state, 'after': rows[PAGE - 1].application.pk})}" if len(rows) > PAGE else "",
        "states": names,
        "state": state,
        "reasons": [("", _("请选择")), *REASONS.items()],
        "counts": found.counts_of(draw),
        "exports": downloads(request, address(draw.pk, "applications/"), most=0),
        "refused": refused,
        "once": once(),
        "may_check": table.may(actor, "draw.check", draw.place_path) and draw.state in (State.OPEN, State.LISTED),
        "may_apply_for": table.may(actor, "draw.apply_for", draw.place_path),
    }
    return render(request, "draws/desk/applications.html", context, status=refused.status if refused else 200)


def _state(request: HttpRequest) -> str:
    """The state the list is narrowed to; empty for all."""
    state = request.GET.get("state", "")
    return state if state in Application.State.values else ""


def channel_words(channel: str) -> str:
    return {
        "web": _("网上报名"), "api": _("网上报名"), "desk": _("工作人员登记"), "counter": _("到窗口"), "phone": _("打电话"), "paper": _("纸质表"),
        "carried": _("上次候补接续"),
    }.get(channel, channel)  # fmt: skip


def _row(r: found.Checked) -> dict[str, Any]:
    a = r.application
    return {
        "entry": a,
        "where": r.where,
        "categories": _("、").join(r.categories),
        "findings": r.findings,
        "tone": TONES[a.state],
        "why": " ".join(filter(None, [str(REASONS.get(a.reason, "")), a.reason_text])),
        "channel": channel_words(a.channel),
        "paper": address(a.draw_id, f"applications/{a.pk}/paper/") if a.paper_id else "",
    }


def _listing(draw: Draw, state: str) -> Listing:
    header = [
        _("编号"),
        _("房屋"),
        _("申请人"),
        _("类别"),
        _("说明"),
        _("怎么报的名"),
        _("报名时间"),
        _("状态"),
        _("原因"),
        _("上次候补"),
        _("签序"),
    ]

    def rows() -> Any:
        after = 0
        while part := found.to_check(draw, state=state, after=after, limit=500):
            for r in part:
                a = r.application
                why = " ".join(filter(None, [str(REASONS.get(a.reason, "")), a.reason_text]))
                yield (
                    a.number, r.where, a.called, _("、").join(r.categories), a.note, channel_words(a.channel), a.at, a.get_state_display(), why,
                    a.carried or None, a.turn,
                )  # fmt: skip
            after = part[-1].application.pk

    return Listing(_("抽签报名 %(title)s") % {"title": draw.title}, header, rows(), [10, 26, 12, 24, 30, 14, 18, 12, 30, 10, 8])


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def apply_for(request: HttpRequest, draw_id: int) -> HttpResponse:
    """Record an application made on paper, by phone or at the counter."""
    actor, now = worker_and_now(request)
    draw = desk_draw(actor, draw_id, "draw.apply_for")
    refused: Refused | None = None
    form = ApplyForForm(request.POST, request.FILES, draw=draw) if request.method == "POST" else ApplyForForm(draw=draw)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            made = applying.apply_for(
                actor=actor,
                draw_id=draw.pk,
                home=given["home"],
                name=given["name"],
                person=_known(given["home"], given["name"]),
                categories=given["categories"],
                channel=given["channel"],
                note=given["note"],
                upload=given["photo"],
                file_name=given["photo"].name if given["photo"] else "",
                now=now,
            )
        except Invalid as wrong:
            put_on(form, wrong)
        except Refused as caught:
            refused = caught
        else:
            messages.success(request, _("已登记，编号 %(number)s，请抄给申请人。") % {"number": made.number})
            return HttpResponseRedirect(address(draw.pk, "apply/"))
    places = place_choices([draw.place_path], ("home",), limit=500)
    context = {"draw": draw, "form": form, "refused": refused, "places": places}
    return render(request, "draws/desk/apply_for.html", context, status=refused.status if refused else 422 if form.errors else 200)


def _known(home: Place, name: str) -> Person | None:
    """The person of this name who lives in the home, or owns it; None when nobody or several are called so."""
    lives = list(Person.objects.filter(name=name.strip(), home_place=home, erased_at=None)[:2])
    owns = list(Person.objects.filter(name=name.strip(), ownerships__home__place=home, ownerships__until_on=None, erased_at=None)[:2])
    people = {p.pk: p for p in [*lives, *owns]}
    return next(iter(people.values())) if len(people) == 1 else None


@require_GET
@staff_only
def paper(request: HttpRequest, draw_id: int, application_id: int) -> HttpResponse:
    """The paper an applicant sent: for those who check, and written down."""
    actor, now = worker_and_now(request)
    draw = desk_draw(actor, draw_id, "draw.check")
    found = Application.objects.filter(draw=draw, pk=application_id).select_related("paper").first()
    return served_inside(found.paper if found else None, actor=actor, about=f"draw {draw.pk}, application {application_id}", now=now)

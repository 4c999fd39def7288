"""Draws at the Desk: the list, a new plan or a changed one, one draw with whatever comes next, every act."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import number_in, once, reach
from linli.kernel.access.refusals import Refused
from linli.kernel.matters.acts import worker_and_now
from linli.kernel.matters.desk import at_desk as staff_only
from linli.kernel.matters.held_desk import do_one, keep_plan
from linli.kernel.places.queries import place_choices
from linli.loops.council.draws import queries as found
from linli.loops.council.draws import shown
from linli.loops.council.draws.actions import planning
from linli.loops.council.draws.actions.applying import waiting_of
from linli.loops.council.draws.files import draws_file
from linli.loops.council.draws.forms import DrawForm, draw_initial
from linli.loops.council.draws.models import Draw, Published, State
from linli.loops.council.draws.reading import draw_for
from linli.loops.council.draws.verbs import GIVEN, VERBS
from linli.loops.council.draws.wording import TONES
from linli.web.downloads import asked_as, downloads

PLACE_KINDS = ("street", "community", "grid", "compound", "building")
# Where the plan's form has several fields for what the action takes as a whole.
FIELDS = {"categories": "name_1"}


def desk_draw(actor: Actor, draw_id: int, verb: str = "draw.read") -> Draw:
    """A draw at the Desk, for those who work where it is. Raises NotFound or NotAllowed."""
    draw = draw_for(actor, draw_id)
    table.require(actor, verb, draw.place_path)
    return draw


def address(draw_id: int, part: str = "") -> str:
    return f"/desk/draws/{draw_id}/{part}"


@require_GET
@staff_only
def index(request: HttpRequest) -> HttpResponseBase:
    actor, _now = worker_and_now(request)
    if not table.holds(actor, "draw.read"):
        raise table.refusal(actor, "draw.read")
    if asked_as(request):
        return draws_file(request, actor, address)
    rows = found.draw_list(actor, before=number_in(request.GET.get("before", "")))
    context = {
        "current": [shown.row_of(d, _way_to(actor, d)) for d in rows.current],
        "past": [shown.row_of(d, _way_to(actor, d)) for d in rows.past],
        "next": f"?{urlencode({'before': rows.next_before})}" if rows.next_before else "",
        "may_plan": table.holds(actor, "draw.plan"),
        "exports": downloads(request),
    }
    return render(request, "draws/desk/list.html", context)


def _way_to(actor: Actor, draw: Draw) -> str:
    """The desk's page where the reader works; elsewhere (a building's leader, something of the whole compound) what everybody reads."""
    may = table.may(actor, "draw.read", draw.place_path)
    return address(draw.pk) if may else reverse("draws:one", args=[draw.pk])


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def new(request: HttpRequest) -> HttpResponse:
    actor, now = worker_and_now(request)
    if not table.holds(actor, "draw.plan"):
        raise table.refusal(actor, "draw.plan")
    paths = reach(actor, "draw.plan")
    earlier = found.earlier_draws(paths)
    if request.method != "POST":
        initial = {"about": request.GET.get("about", "")[:20]}
        return _plan_page(request, DrawForm(reach=paths, earlier=earlier, initial=initial), paths, None)
    form = DrawForm(request.POST, reach=paths, earlier=earlier)
    draw, refused = keep_plan(form, lambda: planning.plan_draw(actor=actor, plan=form.plan(), now=now), FIELDS)
    if draw is None:
        return _plan_page(request, form, paths, None, refused)
    messages.success(request, _("抽签安排好了。核对以后发出报名公告。"))
    return HttpResponseRedirect(address(draw.pk))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def edit(request: HttpRequest, draw_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    draw = desk_draw(actor, draw_id, "draw.plan")
    paths = reach(actor, "draw.plan")
    earlier = [d for d in found.earlier_draws(paths) if d.pk != draw.pk]
    if request.method != "POST":
        return _plan_page(request, DrawForm(reach=paths, earlier=earlier, initial=draw_initial(draw)), paths, draw)
    form, seen = DrawForm(request.POST, reach=paths, earlier=earlier), number_in(request.POST.get("version", ""))
    kept, refused = keep_plan(
        form, lambda: planning.change_draw(actor=actor, draw_id=draw.pk, plan=form.plan(), now=now, seen=seen), FIELDS
    )
    if kept is None:
        return _plan_page(request, form, paths, draw, refused)
    messages.success(request, _("改好了。"))
    return HttpResponseRedirect(address(draw.pk))


def _plan_page(request: HttpRequest, form: DrawForm, paths: list[str], draw: Draw | None, refused: Refused | None = None) -> HttpResponse:
    context = {"form": form, "draw": draw, "places": place_choices(paths, PLACE_KINDS), "refused": refused}
    status = refused.status if refused else 422 if form.is_bound and form.errors else 200
    return render(request, "draws/desk/plan.html", context, status=status)


@require_GET
@staff_only
def show(request: HttpRequest, draw_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    return page(request, desk_draw(actor, draw_id), actor, now)


def page(request: HttpRequest, draw: Draw, actor: Actor, now: datetime, *, refused: Refused | None = None) -> HttpResponse:
    """Where the draw stands, what comes next, objections, offers, the record."""
    drawn = draw.state in (State.DRAWN, State.CLOSED)
    counts = found.counts_of(draw)
    objections = found.objections_of(draw) if draw.listed_at else []
    published = Published.objects.filter(pk=draw.pk).first() if drawn else None
    context: dict[str, Any] = {
        "draw": draw,
        "chip": draw.get_state_display(),
        "tone": TONES[State(draw.state)],
        "strip": shown.strip_of(draw),
        "next_words": shown.next_words(draw),
        "facts": shown.facts_of(draw),
        "categories": shown.category_rows(draw),
        "counts": counts,
        "unchecked": counts.get("received", 0),
        "objections": objections,
        "open_objections": sum(o.state == "open" for o in objections),
        "offers": shown.offer_rows(draw, found.offers_list(draw)) if drawn else [],
        "waiting": waiting_of(draw) if drawn else [],
        "proofs": shown.proof_rows(draw, published),
        "record": shown.record_of(draw),
        "refused": refused,
        "typed": request.POST if request.method == "POST" else {},
        "once": once(),
        "ended": now >= draw.applies_until,
        "source_came": now >= draw.source_at,
        "objections_over": draw.objections_until is not None and now >= draw.objections_until,
        "second_person": draw.text_by_id is not None and draw.text_by_id != actor.account_id,
        "may_plan": table.may(actor, "draw.plan", draw.place_path),
        "may_hold": table.may(actor, "draw.hold", draw.place_path),
        "may_apply_for": table.may(actor, "draw.apply_for", draw.place_path),
    }
    return render(request, "draws/desk/draw.html", context, status=refused.status if refused else 200)


@require_POST
@staff_only
def act(request: HttpRequest, draw_id: int, verb: str) -> HttpResponse:
    """Do one thing. Refused, the same page comes back with the reason and everything typed."""
    actor, now = worker_and_now(request)
    draw = desk_draw(actor, draw_id)
    given: dict[str, Any] = request.POST.dict()
    if verb == "object":
        given["on_behalf"] = "1"
    upload = request.FILES.get("upload") if verb == "text" else None
    refused = do_one(VERBS, verb, given, actor=actor, now=now, given=GIVEN, upload=upload, draw_id=draw.pk)
    if refused is not None:
        if request.POST.get("back") == "applications/":
            from linli.loops.council.draws.desk import applications

            return applications.page(request, desk_draw(actor, draw_id), refused=refused)
        return page(request, desk_draw(actor, draw_id), actor, now, refused=refused)
    messages.success(request, done_words(verb))
    back = "applications/" if request.POST.get("back") == "applications/" else ""
    return HttpResponseRedirect(address(draw.pk, back) + (f"?{urlencode({'state': 'received'})}" if back else ""))


def done_words(verb: str) -> str:
    return {
        "open": _("报名公告已发出。"),
        "source": _("来源改好了，已公告。"),
        "cancel": _("抽签已取消。"),
        "check": _("审核结果已记下，已告诉申请人。"),
        "withdraw": _("报名已撤回。"),
        "carry-over": _("候补名单已接续，请逐户审核。"),
        "post-list": _("名单已公示。"),
        "object": _("异议已登记。"),
        "answer-objection": _("答复已公布。"),
        "freeze": _("名单已冻结，承诺值已公布。"),
        "text": _("随机数已填写，请另一位工作人员核对并抽签。"),
        "hold": _("抽签完成，结果已公布。"),
        "answer": _("答复已登记。"),
        "give-back": _("名额已收回，由候补递补。"),
        "close": _("抽签已办结。"),
    }[verb]

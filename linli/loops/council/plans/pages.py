"""Plans on the Square: those near the reader, and one with the reader's own share under each alternative; others' only by floor."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import query, sign_in_at
from linli.kernel.access.refusals import said
from linli.kernel.places.queries import short_names
from linli.kernel.rolls.queries import own_place
from linli.loops.council.plans import shown
from linli.loops.council.plans.files import plans_file
from linli.loops.council.plans.models import Adoption, State
from linli.loops.council.plans.queries import PAGE, my_homes, plan_for, plans_of_mine, public_plans
from linli.loops.council.plans.reckoning import figures_of
from linli.loops.council.plans.square import rows_of
from linli.loops.council.plans.wording import TONES, money, share_words
from linli.web.downloads import PUBLIC_MOST, STEP, asked_as, downloads


def who(request: HttpRequest) -> tuple[Actor, datetime]:
    return request.actor, request.now  # type: ignore[attr-defined]  # set by ActorMiddleware


def cursor(request: HttpRequest) -> int | None:
    before = request.GET.get("before", "")
    return int(before) if before.isascii() and before.isdecimal() and len(before) < 10 else None


@never_cache
@require_safe
def plan_list(request: HttpRequest) -> HttpResponseBase:
    """Those in which a home of the reader's shares first, then the others near them."""
    actor, now = who(request)
    before = cursor(request)
    place = own_place(actor)
    if asked_as(request):
        return plans_file(
            request,
            lambda last: public_plans(place, before=last, limit=STEP + 1),
            reverse("plans:list"),
            first=list(plans_of_mine(actor, now)[:10]),
            most=PUBLIC_MOST,
        )
    mine = list(plans_of_mine(actor, now)[:10]) if before is None else []
    found = public_plans(place, before=before, limit=PAGE + 1)
    own = {p.pk for p in mine}
    rows = found[:PAGE]
    context = {
        "mine": rows_of(mine, reverse("plans:list")),
        "others": rows_of([p for p in rows if p.pk not in own], reverse("plans:list")),
        "next": query(request, before=str(rows[-1].pk)) if len(found) > PAGE else "",
        "first": before is None,
        "exports": downloads(request, most=PUBLIC_MOST),
    }
    return render(request, "plans/list.html", context)


@never_cache
@require_safe
def plan(request: HttpRequest, plan_id: int) -> HttpResponse:
    """One plan: own share first, then the alternatives side by side by floor, costs with their sources, how it is reckoned."""
    actor, now = who(request)
    found = plan_for(actor, plan_id)
    figures = figures_of(found)
    columns, rows = shown.side_by_side(figures, shown.group_names(figures.homes))
    adoption = Adoption.objects.filter(plan=found).defer("calculation").first()
    homes = my_homes(actor, found, now)
    context = {
        "plan": found,
        "place": short_names([found.place])[found.place_id],
        "chip": found.get_state_display(),
        "tone": TONES[State(found.state)],
        "own": [
            {
                "door": h.door,
                "rows": shown.own_rows(figures, h),
                "left_out": h.why_left_out if h.left_out else "",
                "lead": _lead(figures, h),
            }
            for h in homes
        ],
        "signed_in": not actor.is_anonymous,
        "sign_in": sign_in_at(reverse("plans:plan", args=[found.pk])),
        "problems": [said(p) for p in figures.problems],
        "facts": shown.cost_facts(figures),
        "ways": shown.ways(figures),
        "columns": columns,
        "rows": rows,
        "yearly": bool(figures.running_fen),
        "adoption": adoption,
        "adopted": [o["title"] for o in adoption.options] if adoption else [],
        "motion_href": f"/motions/{found.matter.ref}/" if found.matter else "",
        "may_desk": table.may(actor, "plan.read", found.place_path),
        "money": money,
    }
    return render(request, "plans/plan.html", context)


def _lead(figures: Any, home: Any) -> str:
    lead = figures.lead
    return share_words(lead.fen(home.home_id)) if lead is not None and lead.shared is not None else _("还算不出来")

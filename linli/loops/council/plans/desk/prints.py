"""The shares as a sheet to post (A4, names masked) and as a table to take away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.kernel.access.asking import number_in
from linli.kernel.access.paths import subtree
from linli.kernel.matters.acts import worker_and_now
from linli.kernel.matters.clock import ZONE
from linli.kernel.people.models import Ownership
from linli.kernel.places.queries import short_names
from linli.kernel.rolls.desk_rows import masked
from linli.lib.units import format_fen
from linli.loops.council.plans import shown
from linli.loops.council.plans import wording as words
from linli.loops.council.plans.desk.common import address, of_plan
from linli.loops.council.plans.models import Adoption, Plan
from linli.loops.council.plans.reckoning import Figures, figures_of
from linli.web.sheets import Listing, as_file, format_asked
from linli.web.words import date_long, whole_dates


@require_GET
@of_plan("plan.export")
@whole_dates()
def printed(request: HttpRequest, plan: Plan) -> HttpResponse:
    """Each home with what it pays by one alternative (`way`, else the present one): doors and masked names, no areas."""
    _actor, now = worker_and_now(request)
    found = figures_of(plan)
    chosen = found.by_number(number_in(request.GET.get("way", "")) or 0) or found.lead
    able = chosen is not None and chosen.shared is not None
    names = owners_of(plan, now.astimezone(ZONE).date()) if able else {}
    adoption = Adoption.objects.filter(plan=plan).defer("calculation").first()
    context = {
        "plan": plan,
        "way": words.name_of(chosen.alternative) if chosen else "",
        "how": words.how_words(chosen.alternative) if chosen and able else "",
        "rows": [
            {
                "door": h.door,
                "name": names.get(h.home_id, ""),
                "floor": words.floor_words(h.floor) if plan.is_lift else "",
                "share": _share(chosen.fen(h.home_id)),
                "yearly": format_fen(chosen.yearly_fen(h.home_id)) if found.running_fen else "",
            }
            for h in found.sharing
        ]
        if chosen is not None and able
        else [],
        "total": format_fen(found.net.net_fen) if found.net else "",
        "yearly_total": format_fen(found.running_fen) if found.running_fen else "",
        "facts": shown.cost_facts(found),
        "others": [
            {"number": a.number, "name": words.name_of(a.alternative)}
            for a in found.alternatives
            if a.shared is not None and a is not chosen
        ],
        "digest": adoption.digest if adoption else "",
        "printed": date_long(now),
        "size": "a4",
        "paper_url": f"{settings.PUBLIC_URL}{reverse('plans:plan', args=[plan.pk])}" if plan.state in ("shown", "adopted") else "",
        "place": short_names([plan.place])[plan.place_id],
        "paper_issuer": "",
        "back_href": address(plan.pk),
    }
    return render(request, "plans/desk/print.html", context)


def _share(fen: int | None) -> str:
    return "" if fen is None else format_fen(fen)


def owners_of(plan: Plan, today: Any) -> dict[int, str]:
    """Who owns each home today, people masked, as one text a home. One query."""
    in_force = Ownership.objects.filter(Q(until_on=None) | Q(until_on__gt=today), **subtree("home__place__path", plan.place_path))
    found: dict[int, list[str]] = {}
    for home, name, organisation in in_force.order_by("pk").values_list("home__place_id", "person__name", "organisation"):
        found.setdefault(home, []).append(organisation or masked(name or ""))
    return {home: _("、").join(rows) for home, rows in found.items()}


@require_GET
@of_plan("plan.export")
def table(request: HttpRequest, plan: Plan) -> HttpResponseBase:
    """Every home with every alternative, as xlsx or csv; filled in, the same table can be imported again."""
    return as_file(listing(figures_of(plan)), format_asked(request.GET))


def listing(found: Figures) -> Listing:
    able = [a for a in found.alternatives if a.shared is not None]
    heads = [_("编号"), _("门牌"), _("楼层"), _("面积（㎡）"), _("自定系数"), _("维修资金余额（元）"), _("不参加"), _("原因")]
    for one in able:
        heads.append(_("%(name)s（元）") % {"name": words.name_of(one.alternative)})
        if found.running_fen:
            heads.append(_("%(name)s，每年（元）") % {"name": words.name_of(one.alternative)})
        if one.fund is not None:
            heads.append(_("%(name)s，账户剩余（元）") % {"name": words.name_of(one.alternative)})
    return Listing(found.plan.title, tuple(heads), _rows(found, able), (10, 24, 8, 12, 12, 18, 10, 20))


def _rows(found: Figures, able: list[Any]) -> Iterator[list[Any]]:
    for h in found.homes:
        row: list[Any] = [
            h.home_id, h.door, h.floor, h.area / 100 if h.area is not None else None, words.key_words(h.key) or None,
            h.balance_fen / 100 if h.balance_fen is not None else None, words.left_out_words(h), h.why_left_out,
        ]  # fmt: skip
        for one in able:
            fen = one.fen(h.home_id)
            row.append(fen / 100 if fen is not None else None)
            if found.running_fen:
                row.append(one.yearly_fen(h.home_id) / 100)
            if one.fund is not None:
                left = one.fund.left.get(str(h.home_id))
                row.append(left / 100 if left is not None else None)
        yield row

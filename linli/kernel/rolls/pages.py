"""Rolls on the Square: what was published, the reader's own entry with its proof, the doors by building, objecting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now, put_on, query, sign_in_at
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.rolls import queries
from linli.kernel.rolls.actions import objecting
from linli.kernel.rolls.desk_rows import unit_row
from linli.kernel.rolls.forms import ObjectionForm
from linli.kernel.rolls.models import Level, Roll, RollObjection, RollState
from linli.kernel.rolls.notice import shown_name
from linli.kernel.rolls.wording import FINDINGS, area_words, name_of, terms, title_of
from linli.web.downloads import PUBLIC_MOST, STEP, as_download, asked_as, cut, downloads, every
from linli.web.words import day

PAGE = 20
DOORS = 300
LARGEST = 2**63 - 1


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


@require_safe
def rolls(request: HttpRequest) -> HttpResponseBase:
    """Frozen rolls near the reader, the newest first."""
    actor, _now = actor_and_now(request)
    if asked_as(request):
        return _rolls_file(request, actor)
    found = queries.public_rolls(queries.own_place(actor), before=_number(request.GET.get("before", "")) or None, limit=PAGE + 1)
    shown = found[:PAGE]
    rows = [
        {
            "title": title_of(roll),
            "href": reverse("rolls:roll", args=[roll.pk]),
            "meta": _("登记日 %(day)s · %(n)s 人") % {"day": day(roll.record_date), "n": roll.voter_count},
            "icon": "list",
        }
        for roll in shown
    ]
    following = query(request, before=str(shown[-1].pk)) if len(found) > PAGE else ""
    return render(request, "rolls/rolls.html", {"rows": rows, "next": following, "exports": downloads(request, most=PUBLIC_MOST)})


def _rolls_file(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """One query for each five hundred."""
    place = queries.own_place(actor)

    def page(before: int | None) -> tuple[Sequence[Roll], int | None]:
        return cut(queries.public_rolls(place, before=before, limit=STEP + 1), lambda roll: roll.pk)

    rows = (
        [
            title_of(roll),
            roll.place.name,
            roll.record_date,
            roll.voter_count,
            roll.unit_count if roll.has_area else None,
            roll.area / 100 if roll.has_area else None,
            roll.frozen_at,
            roll.hash,
            f"{settings.PUBLIC_URL}{reverse('rolls:roll', args=[roll.pk])}",
        ]
        for roll in every(page)
    )
    header = (
        _("名册"), _("地点"), _("登记日"), _("人数"), _("专有部分"), _("面积（㎡）"), _("冻结时间"), _("存证值"), _("网页"),
    )  # fmt: skip
    return as_download(request, _("表决名册"), header, rows, (36, 20, 12, 10, 10, 14, 18, 40, 40), most=PUBLIC_MOST)


@never_cache
@require_safe
def roll(request: HttpRequest, roll_id: int) -> HttpResponse:
    return roll_page(request, queries.public_roll(min(roll_id, LARGEST)))


def roll_page(request: HttpRequest, roll: Roll, *, status: int = 200, form: Any = None) -> HttpResponse:
    """What everybody may know of a roll, and what the reader may know of themselves."""
    actor, now = actor_and_now(request)
    mine = queries.mine(actor, roll)
    open_now = queries.is_open(roll, now)
    successor = queries.successor_of(roll) if roll.state == RollState.REPLACED else None
    context = {
        "roll": roll,
        "title": title_of(roll),
        "area": area_words(roll.area),
        "terms": terms(roll),
        "warnings": [
            {"title": FINDINGS[k.code].title, "about": FINDINGS[k.code].about, "count": k.count}
            for k in queries.findings(roll)
            if k.level == Level.WARN or k.code == "excluded"
        ],
        "buildings": [{"b": b, "area": area_words(b.area)} for b in queries.buildings(roll)],
        "mine": [_own(one) for one in mine],
        "signed_in": not actor.is_anonymous,
        "sign_in": sign_in_at(request.path),
        "objections": [_objection(one) for one in queries.my_objections(actor, roll)],
        "may_object": open_now and (bool(mine) or objecting.concerned(actor, roll)),
        "open_now": open_now,
        "form": form or ObjectionForm(),
        "successor": successor,
    }
    return render(request, "rolls/roll.html", context, status=status)


def _own(mine: queries.Mine) -> dict[str, Any]:
    roles = {
        "owner": _("业主"),
        "co_owner": _("共有人"),
        "agent": _("代表"),
        "voter": _("本人"),
        "member": _("家庭成员"),
    }
    voter = mine.voter
    return {
        "seq": voter.seq,
        "role": roles.get(mine.role, ""),
        "for": name_of(voter) if mine.role == "agent" else "",
        "units": [unit_row(unit) for unit in mine.units],
        "door": voter.door,
        "area": area_words(voter.area),
        "votes": mine.votes,
        "together": bool(voter.co_owners) and not voter.agent_id and not voter.agent_name,
        "other": mine.other,
        "note": voter.note,
        "proof": bool(bytes(voter.salt)),
    }


def _objection(one: RollObjection) -> dict[str, Any]:
    return {"one": one, "kind": one.get_kind_display(), "state": one.get_state_display(), "open": one.state == RollObjection.State.OPEN}


@require_safe
def building(request: HttpRequest, roll_id: int, building_id: int) -> HttpResponseBase:
    """The doors of one building, with names only as the roll's rule says; 0 for homes without a building."""
    found = queries.public_roll(min(roll_id, LARGEST))
    named = found.policy.get("names", "none")
    place = min(building_id, LARGEST) or None
    rows, more = _doors(found, place, request.GET.get("after", "")[:80])
    if not rows:
        raise NotFound("no_building", _("名册上没有这栋楼。"))
    name = next((b.name for b in queries.buildings(found) if b.id == place), "")
    if asked_as(request):
        heads = (_("门牌"), _("姓名")) if named != "none" else (_("门牌"),)
        lines = ([row["door"], row["name"]][: len(heads)] for row in every(lambda after: _doors(found, place, after or "")))
        return as_download(request, f"{title_of(found)} {name}", heads, lines, (36, 24), most=PUBLIC_MOST)
    context = {
        "roll": found,
        "title": title_of(found),
        "building": name,
        "rows": rows,
        "named": named != "none",
        "next": query(request, after=more) if more else "",
        "exports": downloads(request, most=PUBLIC_MOST),
    }
    return render(request, "rolls/building.html", context)


def _doors(roll: Roll, building: int | None, after: str) -> tuple[list[dict[str, str]], str]:
    """The doors of a building, with names as far as the roll's rule shows them, and where to go on. One query, two without areas."""
    named = roll.policy.get("names", "none")
    if roll.has_area:
        units, more = queries.unit_page(roll, building=building, after=after, limit=DOORS)
        return [{"door": u.door, "name": shown_name(u.voter.name, named)} for u in units], more
    voters, end = queries.voter_page(roll, building=building, everywhere=False, after=_number(after), limit=DOORS)
    rows = [{"door": r.voter.door or _("第 %(seq)s 号") % {"seq": r.voter.seq}, "name": shown_name(r.voter.name, named)} for r in voters]
    return rows, str(end) if end else ""


@never_cache
@require_safe
def proof(request: HttpRequest, roll_id: int, seq: int) -> HttpResponse:
    """The reader's own proof as a file: with it anybody can check that they are on the roll, without the roll."""
    actor, _now = actor_and_now(request)
    found = queries.public_roll(min(roll_id, LARGEST))
    mine = next((one for one in queries.mine(actor, found) if one.voter.seq == seq), None)
    if mine is None:
        raise NotFound("no_voter", _("您不在名册的这个序号上。"))
    answer = JsonResponse(asdict(queries.proof_of(found, mine.voter)), json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer.headers["Content-Disposition"] = f'attachment; filename="roll-{found.pk}-{seq}.json"'
    return answer


@require_POST
def object_to(request: HttpRequest, roll_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    found = queries.public_roll(min(roll_id, LARGEST))
    if actor.is_anonymous:
        back = reverse("rolls:roll", args=[found.pk])
        return HttpResponseRedirect(sign_in_at(back))
    form = ObjectionForm(request.POST)
    if form.is_valid():
        try:
            objecting.object_to(actor=actor, roll_id=found.pk, now=now, **form.cleaned_data)
        except Invalid as problem:
            put_on(form, problem)
        except Refused as problem:
            if problem.status == 403:
                raise
            form.add_error(None, " ".join(filter(None, [str(problem.text), str(problem.turn_to)])))
        else:
            messages.success(request, _("异议已经提出，答复后会通知您。"))
            return HttpResponseRedirect(reverse("rolls:roll", args=[found.pk]))
    return roll_page(request, found, status=422, form=form)


@require_POST
def withdraw(request: HttpRequest, roll_id: int, objection_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    objecting.withdraw(actor=actor, objection_id=min(objection_id, LARGEST), now=now)
    messages.success(request, _("异议已撤回。"))
    return HttpResponseRedirect(reverse("rolls:roll", args=[min(roll_id, LARGEST)]))

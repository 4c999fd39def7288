"""Homes at the Desk, with who owns a share of them and who lives there."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now, answer_to, query, reach, told
from linli.kernel.access.refusals import NotFound
from linli.kernel.people import actions
from linli.kernel.people.desk_forms import (
    HomeForm,
    OwnerForm,
    ResidentForm,
)
from linli.kernel.people.desk_queries import UNDER, home_history, home_page, home_place_in_reach
from linli.kernel.people.models import Ownership, Person, Residence
from linli.kernel.places.models import Place
from linli.kernel.places.queries import chain, place_choices, places_called, short_names
from linli.lib.masking import mask_name


def square_metres(hundredths: int | None) -> str:
    return f"{hundredths // 100:,}.{hundredths % 100:02d}" if hundredths is not None else ""


def share_words(share: Ownership) -> str:
    part = Fraction(share.share_numerator, share.share_denominator)
    return _("独有") if part == 1 else f"{part.numerator}/{part.denominator}"


@login_required
@require_safe
def homes(request: HttpRequest) -> HttpResponse:
    actor, _now = actor_and_now(request)
    paths, text = reach(actor, "person.read"), request.GET.get("place", "").strip()
    under, problem = _under(text, paths)
    rows, more = home_page(actor, under=under, after=request.GET.get("after", ""))
    names = short_names([r.place for r in rows])
    listed = [
        {
            "href": f"/desk/homes/{r.place.pk}/",
            "name": names[r.place.pk],
            "area": square_metres(r.home.exclusive_area) if r.home else "",
            "owners": [(_name(actor, o.person, r.place) if o.person else o.organisation, share_words(o)) for o in r.owners],
            "living": [(_name(actor, s.person, r.place), s.get_relation_display()) for s in r.living],
        }
        for r in rows
    ]
    context = {
        "rows": listed,
        "text": text,
        "problem": problem,
        "next": query(request, after=more) if more else "",
        "places": place_choices(paths, UNDER),
        "exports": _homes_files(under),
    }
    return render(request, "people/desk/homes.html", context)


def _homes_files(under: Place | None) -> list[tuple[str, str]]:
    where = f"place={under.pk}&" if under else ""
    return [(word, f"/desk/export/homes?{where}format={form}") for word, form in (("Excel", "xlsx"), ("CSV", "csv"))]


def _name(actor: Actor, who: Person, where: Place) -> str:
    return who.name if table.may(actor, "person.edit", where.path) else mask_name(who.name)


def _under(text: str, paths: list[str]) -> tuple[Place | None, str]:
    if not text:
        return None, ""
    found = places_called(text, paths)
    if len(found) == 1:
        return found[0], ""
    if not found:
        return None, _("没有找到“%(text)s”，下面是全部房屋。") % {"text": text}
    names = short_names(found)
    return None, _("不止一个地点叫这个名字，请写编号：%(listed)s。") % {"listed": "、".join(f"{names[p.pk]} #{p.pk}" for p in found)}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest, place_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    place = home_place_in_reach(actor, place_id)
    if request.method != "POST":
        return _home_page(request, place)
    form = HomeForm(request.POST)
    saved = answer_to(
        request, form, lambda: actions.set_home(actor=actor, place=place, now=now, **form.cleaned_data), _("已保存。"), _at(place)
    )
    return saved or _home_page(request, place, status=422, form=form)


def _at(place: Place) -> str:
    return f"/desk/homes/{place.pk}/"


def _home_page(request: HttpRequest, place: Place, *, status: int = 200, **forms: Any) -> HttpResponse:
    actor, now = actor_and_now(request)
    found, owners, living = home_history(place)
    today = timezone.localdate(now)
    given = {
        "exclusive_area": square_metres(found.exclusive_area).replace(",", "") if found else "",
        "use": found.use if found else "dwelling",
        "register_code": found.register_code if found else "",
    }
    held = sum((Fraction(o.share_numerator, o.share_denominator) for o in owners if o.until_on is None), Fraction(0))
    context = {
        "place": place,
        "line": chain(place),
        "home": found,
        "area": square_metres(found.exclusive_area) if found else "",
        "owners": [
            {"share": o, "name": _name(actor, o.person, place) if o.person else o.organisation, "words": share_words(o)} for o in owners
        ],
        "held": "" if not owners or held == 1 else f"{held.numerator}/{held.denominator}",
        "living": [{"stay": s, "name": _name(actor, s.person, place)} for s in living],
        "may_edit": table.may(actor, "person.edit", place.path),
        "form": HomeForm(initial=given),
        "owner_form": OwnerForm(actor=actor, initial={"since_on": today, "share": "1"}),
        "resident_form": ResidentForm(actor=actor, initial={"since_on": today}),
        **forms,
    }
    return render(request, "people/desk/home.html", context, status=status)


@login_required
@require_POST
def add_owner(request: HttpRequest, place_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    place = home_place_in_reach(actor, place_id)
    form = OwnerForm(request.POST, actor=actor)

    def add() -> Ownership:
        chosen = form.cleaned_data
        found = actions.set_home(actor=actor, place=place, now=now, use="")
        held: dict[str, Any] = {"home": found, "share": chosen["share"], "since_on": chosen["since_on"], "now": now}
        if chosen["person"]:
            return actions.own(actor=actor, person=chosen["person"], **held)
        return actions.own_as_organisation(actor=actor, organisation=chosen["organisation"], code=chosen["code"], **held)

    added = answer_to(request, form, add, _("已登记业主。"), _at(place), refused_at="share")
    return added or _home_page(request, place, status=422, owner_form=form)


@login_required
@require_POST
def add_resident(request: HttpRequest, place_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    place = home_place_in_reach(actor, place_id)
    form = ResidentForm(request.POST, actor=actor)

    def add() -> Residence:
        chosen = form.cleaned_data
        found = actions.set_home(actor=actor, place=place, now=now, use="")
        return actions.settle(
            actor=actor, person=chosen["person"], home=found, relation=chosen["relation"], since_on=chosen["since_on"], now=now
        )

    return answer_to(request, form, add, _("已登记。"), _at(place)) or _home_page(request, place, status=422, resident_form=form)


@login_required
@require_POST
def end_owner(request: HttpRequest, place_id: int, share_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    place = home_place_in_reach(actor, place_id)
    share = Ownership.objects.select_related("home__place").filter(pk=share_id, home__place=place).first()
    if share is None:
        raise NotFound("no_share", _("没有找到这条记录。"))
    actions.end_ownership(actor=actor, ownership=share, until_on=max(timezone.localdate(now), share.since_on), now=now)
    return told(request, _("已结束，历史仍然保留。"), _at(place))


@login_required
@require_POST
def end_resident(request: HttpRequest, place_id: int, stay_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    place = home_place_in_reach(actor, place_id)
    _home, _owners, living = home_history(place)
    stay = next((s for s in living if s.pk == stay_id), None)
    if stay is None:
        raise NotFound("no_residence", _("没有找到这条记录。"))
    actions.move_out(actor=actor, residence=stay, until_on=max(timezone.localdate(now), stay.since_on), now=now)
    return told(request, _("已结束，历史仍然保留。"), _at(place))

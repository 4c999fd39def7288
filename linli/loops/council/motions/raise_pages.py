"""
Raising a motion in short steps: what, where, which road, options with their costs, check and send. One question a screen.

Works without script; what was written stays in the session, also across signing in.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now, put_on, sign_in_at
from linli.kernel.access.refusals import Conflict, Invalid, Refused
from linli.kernel.matters.models import Link, Matter
from linli.kernel.matters.nearby import here, people_i_help, place_or_none
from linli.kernel.matters.queries import one_known_elsewhere
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.queries import short_names
from linli.law.roads import Road
from linli.lib.masking import scrub
from linli.loops.council.motions import drafts
from linli.loops.council.motions.actions import raising
from linli.loops.council.motions.drafts import Draft
from linli.loops.council.motions.forms import OPTION_ROWS, CheckForm, OptionsForm, RoadForm, WhatForm, WhereForm, options_of
from linli.loops.council.motions.models import Case
from linli.loops.council.motions.pages import rows_sent
from linli.loops.council.motions.roads import fitting, roads_for, threshold_at, tier_of
from linli.loops.council.motions.rows import shown
from linli.loops.council.motions.rules import KIND, TIERS, TOPICS, seconds_needed
from linli.loops.council.motions.square_queries import alike, places_to_raise_at, request_to_take_up
from linli.loops.council.motions.standing import homes_at
from linli.loops.council.motions.wording import language, money, steps_words, tier_words

STEPS: Final = ("what", "where", "road", "options", "check")
NAMES: Final = {
    "what": gettext_lazy("议什么"),
    "where": gettext_lazy("关系到谁"),
    "road": gettext_lazy("走哪条路"),
    "options": gettext_lazy("方案"),
    "check": gettext_lazy("核对"),
}
# What is decided by owners under the law starts on their road; common affairs on the road of consultation.
_OWNERS: Final = frozenset({"lift", "parking", "money", "election", "property_quality"})


def address(step: str, **more: Any) -> str:
    return f"{reverse('motions:raise')}?{urlencode({'step': step, **more})}"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def raise_steps(request: HttpRequest) -> HttpResponse:
    """One step of raising; `step` in the address. `from` brings a request, `case` a case of the library; both start a new draft."""
    actor, _now = actor_and_now(request)
    if request.method != "POST" and (request.GET.get("from") or request.GET.get("case")):
        return _start_from(request, actor)
    draft = drafts.draft_of(request)
    step = request.GET.get("step", "what")
    if step not in STEPS:
        step = "what"
    sent = _already_sent(actor, request.POST.get("token", "")) if step == "check" and request.method == "POST" else None
    if sent is not None:
        return HttpResponseRedirect(reverse("motions:one", args=[sent.ref]))
    missing = _first_missing(draft, before=STEPS.index(step))
    if missing:
        return HttpResponseRedirect(address(missing))
    if step != "what" and actor.is_anonymous:
        return HttpResponseRedirect(sign_in_at(address(step)))
    return _HANDLERS[step](request, draft)


def _start_from(request: HttpRequest, actor: Actor) -> HttpResponse:
    """A draft with the words of a request that keeps coming back, or of a case that went well elsewhere."""
    draft = drafts.fresh()
    if ref := request.GET.get("from", ""):
        if actor.is_anonymous:
            return HttpResponseRedirect(sign_in_at(request.get_full_path()))
        parent = request_to_take_up(actor, ref[:20])
        draft.title, draft.body, draft.parent = parent.public_title, parent.public_body, parent.ref
        offered = {p.pk for p in places_to_raise_at(actor)}
        wanted = parent.compound_id or parent.community_id or 0
        draft.place_id = wanted if wanted in offered else 0
    else:
        number = request.GET.get("case", "")
        case = Case.objects.filter(pk=int(number)).first() if number.isascii() and number.isdecimal() and len(number) < 19 else None
        if case is not None:
            draft.title, draft.topic = case.title, case.topic
            draft.body = _("现在的情况：\n%(situation)s\n\n别处是这样做的：\n%(done)s") % {"situation": case.situation, "done": case.done}
    drafts.keep(request, draft)
    return HttpResponseRedirect(address("what"))


def _first_missing(draft: Draft, *, before: int) -> str:
    """The first step that must be done before the one at `before`, and is not; empty when none."""
    has = {"what": bool(draft.title and draft.body), "where": bool(draft.place_id), "road": bool(draft.road)}
    return next((s for s in STEPS[:before] if not has.get(s, True)), "")


def _next(step: str) -> HttpResponse:
    return HttpResponseRedirect(address(STEPS[STEPS.index(step) + 1]))


def _page(request: HttpRequest, step: str, draft: Draft, *, status: int = 200, **more: Any) -> HttpResponse:
    position = STEPS.index(step) + 1
    context = {
        "step": step,
        "draft": draft,
        "steps": [{"label": str(NAMES[s]), "href": address(s)} for s in STEPS],
        "position": position,
        "back": address(STEPS[position - 2]) if position > 1 else reverse("motions:list"),
        "similar": _similar(request, draft) if step in ("what", "check") else [],
    }
    return render(request, "motions/raise.html", context | more, status=status)


def _similar(request: HttpRequest, draft: Draft) -> list[Any]:
    actor, now = actor_and_now(request)
    if not draft.title:
        return []
    place = place_or_none(draft.place_id) or here(actor).place
    return [shown(row, now) for row in alike(actor, f"{draft.title} {draft.body}", place, now)]


# --- what ------------------------------------------------------------------------------------------------
def _what(request: HttpRequest, draft: Draft) -> HttpResponse:
    initial = {"title": draft.title, "body": draft.body, "topic": draft.topic}
    if request.method != "POST":
        return _page(request, "what", draft, form=WhatForm(initial=initial))
    form = WhatForm(request.POST)
    if not form.is_valid():
        return _page(request, "what", draft, status=422, form=form)
    given = form.cleaned_data
    changed = (given["title"], given["body"]) != (draft.title, draft.body)
    if given["topic"] != draft.topic:
        draft.road = ""
    draft.title, draft.body, draft.topic = given["title"], given["body"], given["topic"]
    drafts.keep(request, draft)
    if changed and _similar(request, draft) and not request.POST.get("go_on"):
        # Neighbours already raised something like it: shown once, before anybody writes more.
        return _page(request, "what", draft, form=WhatForm(initial=given), found_similar=True)
    return _next("what")


# --- where -----------------------------------------------------------------------------------------------
def _where(request: HttpRequest, draft: Draft) -> HttpResponse:
    actor, _now = actor_and_now(request)
    places = places_to_raise_at(actor)
    names = short_names(places)
    offered = [(p.pk, f"{TIERS[tier_of(p)]}：{names[p.pk]}") for p in places]
    cards = {str(p.pk): tier_words(tier_of(p)) for p in places}
    if request.method != "POST":
        form = WhereForm(initial={"place": draft.place_id or _usual(places)}, offered=offered)
        return _page(request, "where", draft, form=form, cards=cards, phone=here(actor).phone)
    form = WhereForm(request.POST, offered=offered)
    if not form.is_valid():
        return _page(request, "where", draft, status=422, form=form, cards=cards, phone=here(actor).phone)
    if form.cleaned_data["place"] != draft.place_id:
        draft.road = ""
    draft.place_id = form.cleaned_data["place"]
    drafts.keep(request, draft)
    return _next("where")


def _usual(places: list[Place]) -> int | None:
    return next((p.pk for p in places if p.kind == Kind.COMPOUND), places[0].pk if places else None)


# --- which road --------------------------------------------------------------------------------------------
def roads_offered(actor: Actor, place: Place, now: datetime) -> list[Road]:
    """The roads of the place's own tier that the reader may begin: those a body begins are its own; every road where none fits the tier."""
    usable = [r for r in roads_for(place, now) if actor.is_staff or r.steps[0].body in ("residents", "villagers")]
    return fitting([r for r in usable if r.tier == tier_of(place)] or usable, place)


def usual_road(roads: list[Road], topic: str) -> str:
    wanted = "owners_assembly_written" if topic in _OWNERS else "four_steps"
    return next((r.code for r in roads if r.code == wanted), roads[0].code if roads else "")


def _road(request: HttpRequest, draft: Draft) -> HttpResponse:
    actor, now = actor_and_now(request)
    place = place_or_none(draft.place_id)
    if place is None:
        return HttpResponseRedirect(address("where"))
    roads = roads_offered(actor, place, now)
    usual = usual_road(roads, draft.topic)
    offered = [(r.code, _("%(road)s（推荐）") % {"road": r.name(language())} if r.code == usual else r.name(language())) for r in roads]
    cards = {r.code: r.hint(language()) for r in roads}
    more: dict[str, Any] = {
        "cards": cards,
        "roads": [{"name": r.name(language()), "steps": steps_words(r), "days": max(s.notice_days for s in r.steps)} for r in roads],
    }
    if request.method != "POST":
        return _page(request, "road", draft, form=RoadForm(initial={"road": draft.road or usual}, offered=offered), **more)
    form = RoadForm(request.POST, offered=offered)
    if not form.is_valid():
        return _page(request, "road", draft, status=422, form=form, **more)
    draft.road = form.cleaned_data["road"]
    drafts.keep(request, draft)
    return _next("road")


# --- options -----------------------------------------------------------------------------------------------
def _options(request: HttpRequest, draft: Draft) -> HttpResponse:
    if request.method != "POST":
        return _page(request, "options", draft, form=OptionsForm(rows=draft.options, count=max(OPTION_ROWS, len(draft.options))))
    form = OptionsForm(request.POST, count=rows_sent(request))
    draft.options = form.typed()
    drafts.keep(request, draft)
    if request.POST.get("more"):
        return _page(request, "options", draft, form=OptionsForm(rows=draft.options, count=rows_sent(request) + 1))
    if not form.is_valid():
        return _page(request, "options", draft, status=422, form=form)
    return _next("options")


# --- check and send ------------------------------------------------------------------------------------------
def _check(request: HttpRequest, draft: Draft) -> HttpResponse:
    actor, now = actor_and_now(request)
    place = place_or_none(draft.place_id)
    if place is None:
        return HttpResponseRedirect(address("where"))
    helped = people_i_help(actor)
    if request.method != "POST":
        return _check_page(request, draft, place, CheckForm(initial={"raised_for": draft.raised_for}, helped=helped))
    form = CheckForm(request.POST, helped=helped)
    if not form.is_valid():
        return _check_page(request, draft, place, form, status=422)
    draft.raised_for = form.cleaned_data.get("raised_for")
    drafts.keep(request, draft)
    try:
        matter = _send(actor, draft, place, now)
        if not request.POST.get("keep"):
            matter = raising.submit(actor=actor, matter_id=matter.pk, now=now)
    except Invalid as refused:
        put_on(form, refused)
        return _check_page(request, draft, place, form, status=422)
    except Conflict:
        raise
    except Refused as refused:
        form.add_error(None, " ".join(str(x) for x in (refused.text, refused.turn_to) if x))
        return _check_page(request, draft, place, form, status=refused.status)
    drafts.drop(request)
    if matter.state == "draft":
        messages.success(request, _("草稿存好了，编号 %(ref)s。写好以后在这一页提交。") % {"ref": matter.ref})
    elif matter.state == "seconding":
        messages.success(request, _("已提交，编号 %(ref)s。现在请邻居附议，可以把这一页发给他们。") % {"ref": matter.ref})
    else:
        messages.success(request, _("已提交，编号 %(ref)s，进入审核。") % {"ref": matter.ref})
    return HttpResponseRedirect(reverse("motions:one", args=[matter.ref]))


def _already_sent(actor: Actor, token: str) -> Matter | None:
    if actor.account_id is None or not token:
        return None
    return one_known_elsewhere(KIND, drafts.external_id(actor.account_id, token))


def _send(actor: Actor, draft: Draft, place: Place, now: datetime) -> Matter:
    """Draft what was written. Sending the same twice gives the motion it made."""
    assert actor.account_id is not None
    helped = next((p for p in people_i_help(actor) if p.pk == draft.raised_for), None)
    parent = request_to_take_up(actor, draft.parent) if draft.parent else None
    matter = raising.draft_motion(
        actor=actor,
        title=draft.title,
        body=draft.body,
        place=place,
        road=draft.road,
        now=now,
        topic=draft.topic,
        options=options_of(draft.options),
        raised_for=helped,
        parent=parent,
        external_id=drafts.external_id(actor.account_id, draft.token),
    )
    if parent is not None:
        Link.objects.get_or_create(
            source=matter,
            target=parent,
            kind=Link.Kind.CAUSED_BY,
            ended_at=None,
            defaults={"made_at": now, "made_by_id": actor.account_id},
        )
    return matter


def _check_page(request: HttpRequest, draft: Draft, place: Place, form: CheckForm, *, status: int = 200) -> HttpResponse:
    actor, now = actor_and_now(request)
    road = next((r for r in roads_offered(actor, place, now) if r.code == draft.road), None)
    if road is None:
        return HttpResponseRedirect(address("road"))
    title, body = scrub(draft.title), scrub(draft.body)
    rows = [
        {"label": _("议什么"), "value": draft.title, "href": address("what")},
        {"label": _("为什么要议"), "value": draft.body, "href": address("what")},
        {"label": _("类别"), "value": str(TOPICS.get(draft.topic, "")), "href": address("what")},
        {"label": _("关系到哪里"), "value": f"{short_names([place])[place.pk]} · {TIERS[tier_of(place)]}", "href": address("where")},
        {"label": _("走哪条路"), "value": road.name(language()), "href": address("road")},
    ]
    offered = options_of(draft.options)
    said = "；".join(f"{o['title']} {money(o['cost_fen'])}".strip() for o in offered) or _("还没有，以后再拟定")
    rows.append({"label": _("方案"), "value": said, "href": address("options")})
    return _page(
        request,
        "check",
        draft,
        status=status,
        form=form,
        rows=rows,
        public_title=title.text,
        hidden_details=bool(title.kinds or body.kinds),
        asked=_asked(road, place, now),
    )


def _asked(road: Road, place: Place, now: datetime) -> str:
    """What comes next: how many homes must second within how many days, or that it goes straight to the screening."""
    if not road.has("second"):
        return _("提交以后直接进入审核，不用附议。")
    threshold = threshold_at(place, tier_of(place), now)
    needed = seconds_needed(homes_at(place), count=threshold.count, share=threshold.share)
    return _("提交以后要在 %(days)s 天里找到 %(n)s 户附议，您家算一户。够数就进入审核。") % {"days": threshold.days, "n": needed}


_HANDLERS: Final = {"what": _what, "where": _where, "road": _road, "options": _options, "check": _check}

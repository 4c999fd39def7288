"""
Raising a request in short steps: what, where, who may see it, check and send. In elder mode one question a screen.

Works without script; what was written stays in the session, also across signing in.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from linli.insight.keywords import numbers_to_call
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now, put_on
from linli.kernel.access.refusals import Conflict, Invalid
from linli.kernel.files import kept
from linli.kernel.files.actions import store_picture
from linli.kernel.files.models import StoredFile
from linli.kernel.judgement.switches import is_on
from linli.kernel.matters.acts import PHOTOS
from linli.kernel.matters.models import Category, Matter
from linli.kernel.matters.nearby import Around, around, here, people_i_help, place_or_none
from linli.kernel.matters.saying import title_from
from linli.kernel.places.drawings import outlines
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.naming import place_named
from linli.kernel.places.queries import place_at, place_in_force, short_names
from linli.lib.images import position
from linli.lib.masking import mask_name, scrub
from linli.loops.requests import drafts
from linli.loops.requests.actions.intake import raise_request
from linli.loops.requests.drafts import Draft
from linli.loops.requests.forms import VISIBLE_CARDS, CheckForm, PhotoForm, SpotForm, WhatForm, WhereForm, WhoForm
from linli.loops.requests.queries import category_tree, similar_nearby
from linli.loops.requests.rules import KIND
from linli.loops.requests.suggest import suggest
from linli.web.middleware import preferences_of

STEPS: Final = ("what", "where", "who", "check")
ELDER_STEPS: Final = ("what", "where", "spot", "who", "photo", "check")
NAMES: Final = {
    "what": gettext_lazy("什么事"),
    "where": gettext_lazy("在哪里"),
    "spot": gettext_lazy("具体位置"),
    "who": gettext_lazy("谁能看"),
    "photo": gettext_lazy("照片"),
    "check": gettext_lazy("核对"),
}


def address(step: str, **more: Any) -> str:
    return f"{reverse('square:raise')}?{urlencode({'step': step, **more})}"


def steps_for(request: HttpRequest) -> tuple[str, ...]:
    return ELDER_STEPS if preferences_of(request).elder else STEPS


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def raise_steps(request: HttpRequest) -> HttpResponse:
    """One step of raising; `step` in the address. Words brought from the first page (`text`) start the draft."""
    draft = drafts.draft_of(request)
    _take_kept(request, draft)
    if request.method != "POST" and request.GET.get("text", "").strip():
        draft.text = request.GET["text"].replace("\x00", "").strip()[:2000]
        drafts.keep(request, draft)
        return HttpResponseRedirect(address("what"))
    steps = steps_for(request)
    step = request.GET.get("step", "what")
    if step not in steps:
        # The other mode has steps of its own: a switch in the middle goes on with the nearest one.
        step = {"spot": "where", "photo": "who"}.get(step, "what")
    missing = _first_missing(draft, before=steps.index(step), steps=steps)
    if missing and request.method != "POST":
        return HttpResponseRedirect(address(missing))
    return _HANDLERS[step](request, draft)


def _first_missing(draft: Draft, *, before: int, steps: tuple[str, ...]) -> str:
    """The first step that must be done before the one at `before`, and is not; empty when none."""
    has = {"what": bool(draft.text), "where": bool(draft.place_id), "who": bool(draft.visibility)}
    return next((s for s in steps[:before] if not has.get(s, True)), "")


def _next(request: HttpRequest, step: str) -> HttpResponse:
    steps = steps_for(request)
    return HttpResponseRedirect(address(steps[steps.index(step) + 1]))


def _page(request: HttpRequest, step: str, draft: Draft, *, status: int = 200, **more: Any) -> HttpResponse:
    steps = steps_for(request)
    position = steps.index(step) + 1
    labels = [{"label": str(NAMES[s]), "href": address(s)} for s in steps]
    back = address(steps[position - 2]) if position > 1 else "/"
    context = {
        "step": step,
        "draft": draft,
        "steps": labels,
        "position": position,
        "back": back,
        "limit": settings.MAX_UPLOAD_MB,
        "photos_most": PHOTOS,
    }
    return render(request, "requests/raise.html", context | more, status=status)


# --- what ------------------------------------------------------------------------------------------------
def _what(request: HttpRequest, draft: Draft) -> HttpResponse:
    if request.method == "POST":
        form = WhatForm(request.POST)
        if form.is_valid():
            draft.text = form.cleaned_data["text"]
            draft.category = None
            drafts.keep(request, draft)
            return _next(request, "what")
        return _page(request, "what", draft, status=422, form=form, advice=None)
    return _page(
        request,
        "what",
        draft,
        form=WhatForm(initial={"text": draft.text}),
        advice=advise(request, draft.text, None) if draft.text else None,
    )


def advise(request: HttpRequest, text: str, place: Place | None) -> dict[str, Any]:
    """What the words call for: numbers to ring first, and open requests nearby that sound the same."""
    actor, now = actor_and_now(request)
    where = place or here(actor).place
    return {
        "call": numbers_to_call(text),
        "similar": [
            {
                "href": reverse("square:one", args=[s.matter.ref]),
                "title": s.matter.public_title,
                "meta": _similar_meta(s.where, s.metres, s.matter.me_too),
            }
            for s in similar_nearby(actor, text, where, None, now)
        ],
    }


def _similar_meta(where: str, metres: int | None, me_too: int) -> str:
    parts = [where]
    if metres is not None and metres >= 10:
        parts.append(_("离您选的地方约 %(n)s 米") % {"n": round(metres, -1)})
    if me_too:
        parts.append(ngettext("%(n)s 位邻居也遇到", "%(n)s 位邻居也遇到", me_too) % {"n": me_too})
    return " · ".join(parts)


@never_cache
@require_POST
def advice(request: HttpRequest) -> HttpResponse:
    """The advice for the words typed so far, as a fragment."""
    draft = drafts.draft_of(request)
    text = request.POST.get("text", "")[:2000]
    given = advise(request, text, place_or_none(draft.place_id)) if len(text.strip()) >= 2 else None
    return render(request, "requests/advice.html", {"advice": given})


# --- where -----------------------------------------------------------------------------------------------
def _where(request: HttpRequest, draft: Draft) -> HttpResponse:
    if request.method == "POST" and request.POST.get("locate") == "photo":
        return _locate_by_photo(request, draft)
    if request.method == "POST" and request.POST.get("locate"):
        return _locate(request, draft)
    found = _around(request, draft)
    elder = preferences_of(request).elder
    if request.method == "POST":
        form = WhereForm(request.POST, offered=_offered(found))
        if form.is_valid():
            if form.cleaned_data["place"] != draft.place_id:
                draft.latitude = draft.longitude = None
            draft.place_id = form.cleaned_data["place"]
            if not elder:
                draft.spot = form.cleaned_data["spot"]
            drafts.keep(request, draft)
            return _next(request, "where")
        draft.spot = request.POST.get("spot", draft.spot)[:120]
        return _where_page(request, draft, found, form, status=422)
    return _where_page(
        request, draft, found, WhereForm(initial={"place": draft.place_id or None, "spot": draft.spot}, offered=_offered(found))
    )


def _where_page(request: HttpRequest, draft: Draft, found: Around, form: WhereForm, *, status: int = 200) -> HttpResponse:
    shapes = outlines(found.under, found.place) if found.is_last else []
    line = [(p.name, address("where", **{"in": p.pk})) for p in found.line]
    rows = (
        []
        if found.is_last
        else [
            {"title": p.name, "href": address("where", **{"in": p.pk}), "icon": "building" if p.kind == Kind.COMPOUND else "place"}
            for p in found.under
        ]
    )
    return _page(
        request,
        "where",
        draft,
        status=status,
        form=form,
        found=found,
        line=line,
        rows=rows,
        shapes=shapes,
        drawn={s.key for s in shapes if s.kind == "building"},
        selected=str(form["place"].value() or ""),
        named=_named(request, draft),
        elder=preferences_of(request).elder,
    )


def _named(request: HttpRequest, draft: Draft) -> dict[str, Any] | None:
    """The place the words name, while none was chosen: offered, never set. Three queries at most."""
    actor, _now = actor_and_now(request)
    if draft.place_id or not draft.text:
        return None
    own = max((s.path for s in actor.standings if s.path), key=len, default="")
    middle = own or getattr(here(actor).place, "path", "")
    named = place_named(draft.text, middle) if middle else None
    place = place_in_force(named.id) if named else None
    if named is None or place is None or not is_on("brief", place):
        return None
    return {"name": named.name, "place": place.pk, "within": place.parent_id if place.kind == Kind.BUILDING else place.pk}


def _around(request: HttpRequest, draft: Draft) -> Around:
    """The place to choose in: the one asked for, else around what was chosen, else the reader's own compound or community."""
    actor, _now = actor_and_now(request)
    wanted = request.POST.get("in") or request.GET.get("in") or ""
    if wanted == "top":
        return around(None)
    place = place_or_none(int(wanted)) if wanted.isdecimal() and len(wanted) < 19 else None
    if place is None and draft.place_id:
        chosen = place_or_none(draft.place_id)
        place = _holding(chosen) if chosen else None
    if place is None:
        own = max((s.path for s in actor.standings if s.path), key=len, default="")
        compound = Place.objects.filter(path__in=[own[:n] for n in range(6, len(own) + 1, 6)], kind=Kind.COMPOUND).first() if own else None
        place = compound or here(actor).place
    return around(place)


def _holding(place: Place) -> Place | None:
    """The place whose list shows this one: a building's compound, a compound itself."""
    return place.parent if place.kind in (Kind.BUILDING, Kind.ENTRANCE) else place


def _offered(found: Around) -> list[tuple[int, str]]:
    offered = [(p.pk, p.name) for p in found.under] if found.is_last else []
    if found.place is not None:
        whole = _("整个%(place)s，或者楼外面的公共地方") if found.place.kind == Kind.COMPOUND else _("%(place)s的道路或公共地方")
        offered.append((found.place.pk, found.place.name if found.place.kind == Kind.BUILDING else whole % {"place": found.place.name}))
    return offered


def _locate(request: HttpRequest, draft: Draft) -> HttpResponse:
    form = WhereForm(request.POST, offered=[])
    form.is_valid()
    latitude, longitude = form.cleaned_data.get("latitude"), form.cleaned_data.get("longitude")
    draft.spot = request.POST.get("spot", draft.spot)[:120]
    return _placed_at(request, draft, (latitude, longitude) if latitude is not None and longitude is not None else None)


def _placed_at(request: HttpRequest, draft: Draft, point: tuple[float, float] | None) -> HttpResponse:
    """Back to the step with the place a point lies in already chosen, or with a word that there is none."""
    spot = place_at(*point) if point else None
    if spot is None or point is None:
        drafts.keep(request, draft)
        messages.warning(request, _("没有定位到登记过的楼栋或小区，请在下面选一下。"))
        return HttpResponseRedirect(address("where"))
    place = spot.place.parent if spot.place.kind in (Kind.HOME, Kind.ENTRANCE) and spot.place.parent else spot.place
    draft.place_id, (draft.latitude, draft.longitude) = place.pk, point
    drafts.keep(request, draft)
    messages.success(request, _("定位到：%(place)s。不对可以改。") % {"place": short_names([place])[place.pk]})
    return HttpResponseRedirect(address("where"))


def _locate_by_photo(request: HttpRequest, draft: Draft) -> HttpResponse:
    """
    The place where a photo says it was taken. The photo stays with the draft (of whoever is signed in), without what it said of the place.
    """
    actor, now = actor_and_now(request)
    upload = request.FILES.get("taken")
    content = upload.read(settings.MAX_UPLOAD_MB * 1024 * 1024) if upload else b""
    point = position(content)
    if upload is not None and not actor.is_anonymous and len(draft.photos) < PHOTOS:
        upload.seek(0)
        try:
            stored = store_picture(actor=actor, upload=upload, name=upload.name or "", now=now)
        except Invalid as refused:
            messages.warning(request, str(refused.text))
            return HttpResponseRedirect(address("where"))
        draft.photos.append([stored.pk, stored.name])
    if point is None:
        drafts.keep(request, draft)
        messages.warning(
            request, _("这张照片里没有写位置（截图和聊天里转来的照片都没有），请在下面选一下。") if content else _("请先选一张照片。")
        )
        return HttpResponseRedirect(address("where"))
    return _placed_at(request, draft, point)


def _spot(request: HttpRequest, draft: Draft) -> HttpResponse:
    form = SpotForm(request.POST if request.method == "POST" else None, initial={"spot": draft.spot})
    if request.method == "POST":
        if form.is_valid():
            draft.spot = form.cleaned_data["spot"]
            drafts.keep(request, draft)
            return _next(request, "spot")
        return _page(request, "spot", draft, status=422, form=form)
    return _page(request, "spot", draft, form=form)


# --- who may see it, photos ------------------------------------------------------------------------------
def _who(request: HttpRequest, draft: Draft) -> HttpResponse:
    actor, _now = actor_and_now(request)
    helped = people_i_help(actor)
    with_photo = not preferences_of(request).elder
    photo = PhotoForm(request.POST, request.FILES) if request.method == "POST" else PhotoForm()
    if request.method != "POST":
        form = WhoForm(initial={"visibility": draft.visibility or "public", "raised_for": draft.raised_for}, helped=helped)
        return _page(request, "who", draft, form=form, photo=photo if with_photo else None, cards=VISIBLE_CARDS)
    form = WhoForm(request.POST, helped=helped)
    if form.is_valid():
        draft.visibility = form.cleaned_data["visibility"]
        draft.raised_for = form.cleaned_data.get("raised_for")
    fine = _take_photos(request, draft, photo) if with_photo else True
    drafts.keep(request, draft)
    if request.POST.get("remove"):
        return HttpResponseRedirect(address("who"))
    if form.is_valid() and fine:
        return _next(request, "who")
    return _page(request, "who", draft, status=422, form=form, photo=photo if with_photo else None, cards=VISIBLE_CARDS)


def _photo(request: HttpRequest, draft: Draft) -> HttpResponse:
    photo = PhotoForm(request.POST, request.FILES) if request.method == "POST" else PhotoForm()
    if request.method != "POST":
        return _page(request, "photo", draft, photo=photo)
    fine = _take_photos(request, draft, photo)
    drafts.keep(request, draft)
    if request.POST.get("remove"):
        return HttpResponseRedirect(address("photo"))
    return _next(request, "photo") if fine else _page(request, "photo", draft, status=422, photo=photo)


def _take_photos(request: HttpRequest, draft: Draft, form: PhotoForm) -> bool:
    """Store the pictures sent; those that are refused say why on the form, the others stay. Returns whether all went in."""
    actor, now = actor_and_now(request)
    removed = request.POST.get("remove", "")
    if removed:
        draft.photos = [p for p in draft.photos if str(p[0]) != removed]
        return True
    if actor.is_anonymous:
        kept.hold(request)  # the session ended while they were chosen: they wait until its owner has signed in
        return True
    kept.held_elsewhere(request)
    if not form.is_valid():
        return not form.errors
    fine = True
    for upload in form.cleaned_data["photo"]:
        if len(draft.photos) >= PHOTOS:
            form.add_error("photo", _("最多 %(n)s 张照片，其余的没有收下。") % {"n": PHOTOS})
            return False
        try:
            stored = store_picture(actor=actor, upload=upload, name=upload.name or "", now=now)
            draft.photos.append([stored.pk, stored.name])
        except Invalid as refused:
            put_on(form, refused)
            fine = False
    return fine


def _take_kept(request: HttpRequest, draft: Draft) -> None:
    """Photos chosen just after the session had ended join the draft once its owner is signed in."""
    actor, now = actor_and_now(request)
    if actor.is_anonymous:
        return
    for upload in kept.take(request, "photo"):
        if len(draft.photos) < PHOTOS:
            stored = store_picture(actor=actor, upload=upload, name=upload.name or "", now=now)
            draft.photos.append([stored.pk, stored.name])
            drafts.keep(request, draft)


# --- check and send --------------------------------------------------------------------------------------
def _check(request: HttpRequest, draft: Draft) -> HttpResponse:
    actor, now = actor_and_now(request)
    tree = category_tree()
    if request.method != "POST":
        codes = {c.code for top, leaves in tree for c in (top, *leaves)}
        initial = _suggested(draft) if draft.category is None else draft.category
        return _check_page(request, draft, CheckForm(initial={"category": initial if initial in codes else ""}, tree=tree), tree)
    sent = _already_sent(actor, request.POST.get("token", ""))
    if sent is not None:
        return HttpResponseRedirect(reverse("square:one", args=[sent.ref]))
    missing = _first_missing(draft, before=3, steps=STEPS)
    if missing:
        return HttpResponseRedirect(address(missing))
    form = CheckForm(request.POST, tree=tree)
    if not form.is_valid():
        return _check_page(request, draft, form, tree, status=422)
    draft.category = form.cleaned_data["category"]
    drafts.keep(request, draft)
    if actor.is_anonymous:
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?next={quote(address('check'))}")
    try:
        matter = _send(actor, draft, now)
    except Invalid as refused:
        put_on(form, refused)
        return _check_page(request, draft, form, tree, status=422)
    drafts.drop(request)
    messages.success(request, _("已收到，编号 %(ref)s。有进展会告诉您。") % {"ref": matter.ref})
    return HttpResponseRedirect(reverse("square:one", args=[matter.ref]))


def _suggested(draft: Draft) -> str:
    """The category that stands ready, empty where the machine is not sure: a guess that nobody looks at helps nobody."""
    made = suggest(title_from(draft.text), draft.text, place=place_or_none(draft.place_id))
    return made.category.code if made.category and made.sure else ""


def _already_sent(actor: Actor, token: str) -> Matter | None:
    if actor.account_id is None or not token:
        return None
    return (
        Matter.objects.filter(kind=KIND, external_id=drafts.external_id(actor.account_id, token)).exclude(external_id="").first()
    )  # lets the partial index serve


def _send(actor: Actor, draft: Draft, now: datetime) -> Matter:
    """Raise what the draft says. Sending the same draft again gives the request it made."""
    place = place_or_none(draft.place_id)
    if place is None or actor.account_id is None:
        raise Invalid("no_place", _("您选的地方已经变更，请重新选一下在哪里。"))
    title = title_from(draft.text)
    name = drafts.external_id(actor.account_id, draft.token)
    category = Category.objects.filter(code=draft.category, active=True).first() if draft.category else None
    helped = next((p for p in people_i_help(actor) if p.pk == draft.raised_for), None)
    try:
        return raise_request(
            actor=actor,
            title=title,
            body="" if draft.text.strip() == title else draft.text,
            place=place,
            now=now,
            category=category,
            visibility=draft.visibility,
            spot=draft.spot,
            point=draft.point,
            files=list(StoredFile.objects.filter(pk__in=[p[0] for p in draft.photos], added_by_id=actor.account_id)),
            external_id=name,
            raised_for=helped,
        )
    except Conflict:
        made = _already_sent(actor, draft.token)
        if made is None:
            raise
        return made


def _check_page(
    request: HttpRequest, draft: Draft, form: CheckForm, tree: list[tuple[Category, list[Category]]], *, status: int = 200
) -> HttpResponse:
    actor, _now = actor_and_now(request)
    place = place_or_none(draft.place_id)
    if place is None:
        return HttpResponseRedirect(address("where"))
    where = short_names([place])[place.pk]
    elder = preferences_of(request).elder
    visible = dict(WhoForm(helped=[]).fields["visibility"].choices)  # type: ignore[attr-defined]  # a choice field
    rows = [
        {"label": _("什么事"), "value": draft.text, "href": address("what")},
        {"label": _("在哪里"), "value": where, "href": address("where")},
        {"label": _("具体位置"), "value": draft.spot, "href": address("spot" if elder else "where")},
        {"label": _("谁能看"), "value": visible.get(draft.visibility, ""), "href": address("who")},
    ]
    helped = next((p for p in people_i_help(actor) if p.pk == draft.raised_for), None) if draft.raised_for else None
    if helped is not None:
        rows.append({"label": _("为谁提出"), "value": mask_name(helped.name), "href": address("who")})
    photo_words = _("%(n)s 张") % {"n": len(draft.photos)} if draft.photos else ""
    rows.append({"label": _("照片"), "value": photo_words, "href": address("photo" if elder else "who")})
    private = {c.code for top, leaves in tree for c in (top, *leaves) if c.private}
    title, text = scrub(title_from(draft.text)), scrub(draft.text)
    return _page(
        request,
        "check",
        draft,
        status=status,
        form=form,
        rows=rows,
        advice=advise(request, draft.text, place),
        public_title=title.text,
        hidden_details=bool(title.kinds or text.kinds),
        private_category=str(form["category"].value() or "") in private,
        sign_in=f"{settings.LOGIN_URL}?next={quote(address('check'))}" if actor.is_anonymous else "",
    )


_HANDLERS: Final = {"what": _what, "where": _where, "spot": _spot, "who": _who, "photo": _photo, "check": _check}

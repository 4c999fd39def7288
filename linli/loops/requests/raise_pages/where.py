"""Where: by name, by plan, by the phone's own place or a photo's."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from linli.kernel.access.asking import actor_and_now
from linli.kernel.access.refusals import Invalid
from linli.kernel.files.actions import store_picture
from linli.kernel.judgement.switches import is_on
from linli.kernel.matters.acts import PHOTOS
from linli.kernel.matters.nearby import Around, around, here, place_or_none
from linli.kernel.places.drawings import outlines
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.naming import place_named
from linli.kernel.places.queries import place_at, place_in_force, short_names
from linli.lib.images import position
from linli.loops.requests import drafts
from linli.loops.requests.drafts import Draft
from linli.loops.requests.forms import SpotForm, WhereForm
from linli.loops.requests.raise_pages.steps import address, next_step, step_page
from linli.web.middleware import preferences_of


def where_step(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The place, however it is pointed at."""
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
            return next_step(request, "where")
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
    return step_page(
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


def spot_step(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The exact spot by itself, in elder mode."""
    form = SpotForm(request.POST if request.method == "POST" else None, initial={"spot": draft.spot})
    if request.method == "POST":
        if form.is_valid():
            draft.spot = form.cleaned_data["spot"]
            drafts.keep(request, draft)
            return next_step(request, "spot")
        return step_page(request, "spot", draft, status=422, form=form)
    return step_page(request, "spot", draft, form=form)

"""Who may see it, and its photos."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from linli.kernel.access.asking import actor_and_now, put_on
from linli.kernel.access.refusals import Invalid
from linli.kernel.files import kept
from linli.kernel.files.actions import store_picture
from linli.kernel.matters.acts import PHOTOS
from linli.kernel.matters.nearby import people_i_help
from linli.loops.requests import drafts
from linli.loops.requests.drafts import Draft
from linli.loops.requests.forms import VISIBLE_CARDS, PhotoForm, WhoForm
from linli.loops.requests.raise_pages.steps import address, next_step, step_page
from linli.web.middleware import preferences_of


def who_step(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Who may see it and for whom it is; on the ordinary page the photos too."""
    actor, _now = actor_and_now(request)
    helped = people_i_help(actor)
    with_photo = not preferences_of(request).elder
    photo = PhotoForm(request.POST, request.FILES) if request.method == "POST" else PhotoForm()
    if request.method != "POST":
        form = WhoForm(initial={"visibility": draft.visibility or "public", "raised_for": draft.raised_for}, helped=helped)
        return step_page(request, "who", draft, form=form, photo=photo if with_photo else None, cards=VISIBLE_CARDS)
    form = WhoForm(request.POST, helped=helped)
    if form.is_valid():
        draft.visibility = form.cleaned_data["visibility"]
        draft.raised_for = form.cleaned_data.get("raised_for")
    fine = _take_photos(request, draft, photo) if with_photo else True
    drafts.keep(request, draft)
    if request.POST.get("remove"):
        return HttpResponseRedirect(address("who"))
    if form.is_valid() and fine:
        return next_step(request, "who")
    return step_page(request, "who", draft, status=422, form=form, photo=photo if with_photo else None, cards=VISIBLE_CARDS)


def photo_step(request: HttpRequest, draft: Draft) -> HttpResponse:
    """The photos by themselves, in elder mode."""
    photo = PhotoForm(request.POST, request.FILES) if request.method == "POST" else PhotoForm()
    if request.method != "POST":
        return step_page(request, "photo", draft, photo=photo)
    fine = _take_photos(request, draft, photo)
    drafts.keep(request, draft)
    if request.POST.get("remove"):
        return HttpResponseRedirect(address("photo"))
    return next_step(request, "photo") if fine else step_page(request, "photo", draft, status=422, photo=photo)


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


def take_kept(request: HttpRequest, draft: Draft) -> None:
    """Photos chosen just after the session had ended join the draft once its owner is signed in."""
    actor, now = actor_and_now(request)
    if actor.is_anonymous:
        return
    for upload in kept.take(request, "photo"):
        if len(draft.photos) < PHOTOS:
            stored = store_picture(actor=actor, upload=upload, name=upload.name or "", now=now)
            draft.photos.append([stored.pk, stored.name])
            drafts.keep(request, draft)

"""Look it over and send it."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now, put_on
from linli.kernel.access.refusals import Conflict, Invalid
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.models import Category, Matter
from linli.kernel.matters.nearby import people_i_help, place_or_none
from linli.kernel.matters.saying import title_from
from linli.kernel.places.queries import short_names
from linli.lib.masking import mask_name, scrub
from linli.loops.requests import drafts
from linli.loops.requests.actions.intake import raise_request
from linli.loops.requests.drafts import Draft
from linli.loops.requests.forms import CheckForm, WhoForm
from linli.loops.requests.queries import category_tree
from linli.loops.requests.raise_pages.steps import STEPS, address, first_missing, step_page
from linli.loops.requests.raise_pages.what import advise
from linli.loops.requests.rules import KIND
from linli.loops.requests.suggest import suggest
from linli.web.middleware import preferences_of


def check_step(request: HttpRequest, draft: Draft) -> HttpResponse:
    """Everything once more, and the button that sends it."""
    actor, now = actor_and_now(request)
    tree = category_tree()
    if request.method != "POST":
        codes = {c.code for top, leaves in tree for c in (top, *leaves)}
        initial = _suggested(draft) if draft.category is None else draft.category
        return _check_page(request, draft, CheckForm(initial={"category": initial if initial in codes else ""}, tree=tree), tree)
    sent = _already_sent(actor, request.POST.get("token", ""))
    if sent is not None:
        return HttpResponseRedirect(reverse("square:one", args=[sent.ref]))
    missing = first_missing(draft, before=3, steps=STEPS)
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
    return step_page(
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

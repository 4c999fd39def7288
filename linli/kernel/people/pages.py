"""A person's own data under /me/: what is stored, who read it, how to be reached, helpers, consents, a copy to take away, erasure."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.access.asking import sign_in_at
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.access.tongue import as_read, spoken
from linli.kernel.people import actions
from linli.kernel.people.forms import CONTACT_CARDS, ContactForm, EraseForm
from linli.kernel.people.models import Consent, Person
from linli.kernel.people.own_queries import consents_of, helper_ties_of, homes_of
from linli.kernel.people.purposes import BY_CODE, PURPOSES
from linli.kernel.people.queries import readings_of
from linli.kernel.places.queries import short_names
from linli.law.packs import population_groups
from linli.lib.masking import mask_address, mask_name, mask_phone, mask_rin
from linli.web.words import date_long, day, in_english

View = Callable[..., HttpResponse]
MASKS: Final = {"phone": mask_phone, "identity": mask_rin, "address": mask_address}
FIELD_NAMES: Final = {
    "phone": gettext_lazy("电话"),
    "identity": gettext_lazy("身份证号"),
    "address": gettext_lazy("住址"),
    "name": gettext_lazy("名册上的姓名"),
}


def own_page(view: View) -> View:
    """Pages about oneself: to sign in when nobody is, never kept in a cache, and the reader's own person as the second argument."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        actor = request.actor  # type: ignore[attr-defined]  # set by the accounts' middleware
        if actor.is_anonymous:
            back = request.get_full_path() if request.method in ("GET", "HEAD") else reverse("people:data")
            return HttpResponseRedirect(sign_in_at(back))
        return view(request, actions.person_of(actor), *args, **kwargs)

    return guarded


def _who_and_when(request: HttpRequest) -> dict[str, Any]:
    return {"actor": request.actor, "now": request.now}  # type: ignore[attr-defined]  # set by the accounts' middleware


# --- what is stored ----------------------------------------------------------------------------------------
@own_page
@require_http_methods(["GET", "HEAD", "POST"])
def data(request: HttpRequest, person: Person) -> HttpResponse:
    """What is stored, masked; by POST one sealed field is shown to its owner (their own reading is not logged)."""
    opened = request.POST.get("show", "") if request.method == "POST" else ""
    rows = []
    for field in ("phone", "identity", "address"):
        value = actions.reveal(person=person, field=field, purpose="", **_who_and_when(request)) if getattr(person, field) else ""
        rows.append(
            {
                "field": field,
                "label": FIELD_NAMES[field],
                "value": value if field == opened else MASKS[field](value),
                "shown": field == opened,
                "has": bool(value),
            }
        )
    context = {"person": person, "facts": _plain_facts(person), "sealed": rows, "readings": _reading_rows(person)}
    return render(request, "people/me_data.html", context)


def _plain_facts(person: Person) -> list[dict[str, Any]]:
    groups = population_groups()
    facts: list[dict[str, Any]] = [
        {"label": _("姓名"), "value": person.name},
        {"label": _("出生日期"), "value": day(person.born_on) if person.born_on else ""},
        {"label": _("家"), "value": short_names([person.home_place])[person.home_place.pk] if person.home_place else ""},
    ]
    homes, memberships = homes_of(person)
    facts += [
        {"label": _("住在"), "value": _("%(place)s，%(as)s，%(day)s起") % {"place": h.place, "as": h.relation, "day": day(h.since_on)}}
        for h in homes
    ]
    facts += [
        {
            "label": _("登记的类别"),
            "value": _("%(group)s，%(day)s起")
            % {"group": groups[m.group].name("en" if in_english() else "zh") if m.group in groups else m.group, "day": day(m.since_on)},
        }
        for m in memberships
    ]
    return facts


def _reading_rows(person: Person) -> list[dict[str, Any]]:
    return [
        {"who": r.reader_name or _("系统"), "what": FIELD_NAMES.get(r.field, r.field), "why": as_read(r.purpose), "when": date_long(r.at)}
        for r in readings_of(person)
    ]


@own_page
@require_safe
def export(request: HttpRequest, person: Person) -> HttpResponse:
    """Everything stored about the reader as a file (JSON), to take away."""
    everything = actions.export_person(person=person, **_who_and_when(request))
    answer = JsonResponse(everything, json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return answer


# --- how to be reached ---------------------------------------------------------------------------------------
@own_page
@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest, person: Person) -> HttpResponse:
    form = ContactForm(
        request.POST if request.method == "POST" else None,
        initial={"contact_by": person.contact_by, "language": person.language, "large_type": person.large_type},
    )
    if request.method == "POST" and form.is_valid():
        changes = {name: form.cleaned_data[name] for name in ("contact_by", "language", "large_type")}
        if form.cleaned_data["phone"]:
            changes["phone"] = form.cleaned_data["phone"]
        try:
            actions.mend_person(person=person, **_who_and_when(request), **changes)
        except Invalid as refused:
            for name, texts in refused.fields.items():
                form.add_error(name if name in form.fields else None, [str(t) for t in texts])
        else:
            messages.success(request, _("记下了。"))
            return HttpResponseRedirect(reverse("people:contact"))
    context = {"form": form, "cards": CONTACT_CARDS, "phone": mask_phone(person.phone.open()) if person.phone else ""}
    return render(request, "people/me_contact.html", context, status=422 if form.errors else 200)


# --- helpers -------------------------------------------------------------------------------------------------
@own_page
@require_safe
def helpers(request: HttpRequest, person: Person) -> HttpResponse:
    """Who may act for the reader, and for whom the reader may act."""
    mine, others = helper_ties_of(person)
    rows = [{"id": t.pk, "name": mask_name(t.helper.name), "kind": t.get_kind_display(), "since": day(t.since_on)} for t in mine]
    helped = [{"name": mask_name(t.person.name), "kind": t.get_kind_display(), "since": day(t.since_on)} for t in others]
    return render(request, "people/me_helpers.html", {"rows": rows, "helped": helped})


@own_page
@require_POST
def end_helper(request: HttpRequest, person: Person, tie_id: int) -> HttpResponse:
    mine, _others = helper_ties_of(person)
    tie = next((t for t in mine if t.pk == tie_id), None)
    if tie is None:
        raise NotFound("no_helper", _("没有找到这位帮办人。"))
    actions.end_helper(tie=tie, **_who_and_when(request))
    messages.success(request, _("从现在起，这个人不能再代您办事。"))
    return HttpResponseRedirect(reverse("people:helpers"))


# --- consents ------------------------------------------------------------------------------------------------
@own_page
@require_safe
def consents(request: HttpRequest, person: Person) -> HttpResponse:
    """Each purpose with its state; giving and withdrawing are one press each."""
    given = {c.purpose: c for c in consents_of(person) if c.withdrawn_at is None}
    rows = [{"code": p.code, "label": p.label, "text": p.explanation, "given": given.get(p.code)} for p in PURPOSES]
    rows += [{"code": code, "label": code, "text": "", "given": c} for code, c in given.items() if code not in BY_CODE]
    past = [
        {"label": BY_CODE[c.purpose].label if c.purpose in BY_CODE else c.purpose, "given": c.given_at, "withdrawn": c.withdrawn_at}
        for c in consents_of(person)
        if c.withdrawn_at
    ]
    return render(request, "people/me_consents.html", {"rows": rows, "past": past})


@own_page
@require_POST
def give(request: HttpRequest, person: Person) -> HttpResponse:
    purpose = request.POST.get("purpose", "")
    if purpose not in BY_CODE:
        raise Invalid("bad_purpose", _("没有这一项同意。"))
    actions.give_consent(
        person=person, purpose=purpose, basis="consent", how=spoken(lambda: _("本人在网页上同意")), **_who_and_when(request)
    )
    messages.success(request, _("记下了您的同意，随时可以收回。"))
    return HttpResponseRedirect(reverse("people:consents"))


@own_page
@require_POST
def take_back(request: HttpRequest, person: Person) -> HttpResponse:
    wanted = request.POST.get("purpose", "")
    found: Consent | None = next((c for c in consents_of(person) if c.purpose == wanted and c.withdrawn_at is None), None)
    if found is not None:
        actions.withdraw_consent(consent=found, **_who_and_when(request))
        messages.success(request, _("已经收回，从现在起不再这样做。"))
    return HttpResponseRedirect(reverse("people:consents"))


# --- erasure -------------------------------------------------------------------------------------------------
@own_page
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest, person: Person) -> HttpResponse:
    """Erase the reader's own data, after saying what goes and what stays; they are signed out."""
    form = EraseForm(request.POST if request.method == "POST" else None)
    refused: Refused | None = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.erase_person(person=person, reason=gettext_noop("本人申请"), **_who_and_when(request))
        except Refused as error:
            refused = error
        else:
            logout(request)
            return render(request, "people/me_erased.html")
    return render(
        request,
        "people/me_erase.html",
        {"form": form, "refused": refused},
        status=refused.status if refused else 422 if form.errors else 200,
    )

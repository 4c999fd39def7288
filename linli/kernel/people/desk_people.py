"""The roster at the Desk: find, register, mend, open a sealed field with a reason, export, erase."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now, answer_to, query, reach, told
from linli.kernel.access.refusals import NotFound
from linli.kernel.access.tongue import as_read
from linli.kernel.people import actions
from linli.kernel.people.desk_forms import (
    ConsentForm,
    EraseForm,
    GroupForm,
    HelperForm,
    PersonForm,
    RevealForm,
    group_choices,
)
from linli.kernel.people.desk_queries import UNDER, near_name, whole_person
from linli.kernel.people.models import Person
from linli.kernel.people.purposes import BY_CODE
from linli.kernel.people.queries import find_people, people_in_reach, person_in_reach
from linli.kernel.places.forms import shown
from linli.kernel.places.queries import place_choices, short_names
from linli.lib.masking import mask_address, mask_name, mask_phone, mask_rin
from linli.web.downloads import downloads

PAGE = 50


def field_words(field: str) -> str:
    known = {"phone": _("电话"), "identity": _("身份证号"), "address": _("住址"), "name": _("名册上的姓名")}
    return known.get(field, _("其他"))


def masked(actor: Actor, person: Person) -> dict[str, Any]:
    """One row of the roster: the name whole for those who look after the roster there, numbers always masked."""
    whole = table.may(actor, "person.edit", person.home_path)
    return {
        "pk": person.pk,
        "name": person.name if whole else mask_name(person.name),
        "phone": mask_phone(person.phone.open()) if person.phone else "",
        "person": person,
    }


@login_required
@require_safe
def people(request: HttpRequest) -> HttpResponse:
    actor, _now = actor_and_now(request)
    text = request.GET.get("q", "").strip()
    scope = people_in_reach(actor)
    if text:
        found, more = find_people(actor, text, limit=PAGE), ""
    else:
        after = request.GET.get("after", "")
        start = int(after) if after.isdecimal() and len(after) < 18 else 0
        found = list(scope.order_by("id").filter(pk__gt=start)[: PAGE + 1])
        more = query(request, after=str(found[PAGE - 1].pk)) if len(found) > PAGE else ""
        found = found[:PAGE]
    names = short_names([p.home_place for p in found if p.home_place])
    rows = [{**masked(actor, p), "home": names.get(p.home_place_id or 0, "")} for p in found]
    context = {
        "rows": rows,
        "text": text,
        "next": more,
        "may_register": table.holds(actor, "person.edit"),
        "exports": downloads(request, "/desk/export/residents", most=0),
    }
    return render(request, "people/desk/people.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    actor, now = actor_and_now(request)
    paths = reach(actor, "person.edit")
    if not paths:
        raise table.refusal(actor, "person.edit")
    form, status = PersonForm(request.POST or None, reach=paths), 200
    form.fields["home_place"].required = "" not in paths  # whoever keeps one area alone puts people into it
    if request.method == "POST":
        status = 422
        made = answer_to(
            request,
            form,
            lambda: actions.register_person(actor=actor, now=now, **form.cleaned_data),
            lambda made: _("已登记。") if made[1] else _("名册里已经有这位居民，没有重复登记。"),
            lambda made: page_of(made[0]),
        )
        if made is not None:
            return made
    context = {"form": form, "title": _("登记居民"), "back": "/desk/people/", "places": place_choices(paths, UNDER)}
    return render(request, "people/desk/edit.html", context, status=status)


@never_cache
@login_required
@require_safe
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    actor, _now = actor_and_now(request)
    return person_page(request, person_in_reach(actor, person_id))


def page_of(found: Person) -> str:
    return f"/desk/people/{found.pk}/"


def person_page(
    request: HttpRequest, found: Person, *, opened: tuple[str, str] | None = None, status: int = 200, **forms: Any
) -> HttpResponse:
    actor, now = actor_and_now(request)
    known = whole_person(found)
    verbs = ("edit", "reveal", "export", "erase", "helper", "consent")
    may = {verb: table.may(actor, f"person.{verb}", found.home_path) for verb in verbs}
    places = [r.household.home.place for r in known.residences] + [o.home.place for o in known.ownerships]
    names = {p.pk: near_name(p) for p in places}
    groups = dict(group_choices())
    context = {
        "person": found,
        "row": masked(actor, found),
        "identity": mask_rin(found.identity.open()) if found.identity else "",
        "address": mask_address(found.address.open()) if found.address else "",
        "home": names.get(found.home_place_id or 0, found.home_place.name if found.home_place else ""),
        "known": known,
        "names": names,
        "groups": [{"fact": f, "label": groups.get(f.group, _("其他人群"))} for f in known.groups],
        "consents": [
            {"consent": c, "label": str(BY_CODE[c.purpose].label) if c.purpose in BY_CODE else _("其他用途"), "how": as_read(c.how)}
            for c in known.consents
        ],
        "readings": [{"what": field_words(r.field), "who": r.reader_name, "why": as_read(r.purpose), "at": r.at} for r in known.readings],
        "may": may,
        "named": lambda other: other.name if may["edit"] else mask_name(other.name),
        "opened": {"what": field_words(opened[0]), "value": opened[1]} if opened else None,
        "reveal_form": RevealForm(),
        "group_form": GroupForm(initial={"since_on": timezone.localdate(now)}),
        "helper_form": HelperForm(actor=actor, initial={"since_on": timezone.localdate(now)}),
        "consent_form": ConsentForm(given=[c.purpose for c in known.consents if c.withdrawn_at is None]),
        "erase_form": EraseForm(),
        **forms,
    }
    return render(request, "people/desk/person.html", context, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, person_id: int) -> HttpResponse:
    """Change facts. Sealed fields are not shown: what is left empty stays as it is."""
    actor, now = actor_and_now(request)
    found = person_in_reach(actor, person_id)
    table.require(actor, "person.edit", found.home_path)
    paths = reach(actor, "person.edit")
    sealed = [name for name in ("identity", "phone", "address") if getattr(found, name)]
    given = {"name": found.name, "home_place": shown(found.home_place)}
    given |= {name: getattr(found, name) for name in ("contact_by", "language", "large_type")}
    form, status = PersonForm(request.POST or None, initial=given, reach=paths, kept=sealed), 200
    if request.method == "POST":
        status = 422

        def mend() -> Person:
            forgotten = dict.fromkeys(form.cleaned_data.pop("forget", ()), "")
            changes = forgotten | {k: v for k, v in form.cleaned_data.items() if v not in ("", None) or k in ("large_type", "language")}
            return actions.mend_person(actor=actor, person=found, now=now, **changes)

        mended = answer_to(request, form, mend, _("已保存。"), page_of(found))
        if mended is not None:
            return mended
    context = {
        "form": form,
        "title": _("修改“%(name)s”的资料") % {"name": given["name"]},
        "back": page_of(found),
        "places": place_choices(paths, UNDER),
    }
    return render(request, "people/desk/edit.html", context, status=status)


@never_cache
@login_required
@require_POST
def reveal(request: HttpRequest, person_id: int) -> HttpResponse:
    """Open one sealed field, said why; the answer shows it once and the person can read that it was read."""
    actor, now = actor_and_now(request)
    found = person_in_reach(actor, person_id)
    form = RevealForm(request.POST)
    if not form.is_valid():
        return person_page(request, found, status=422, reveal_form=form)
    field = form.cleaned_data["field"]
    value = actions.reveal(actor=actor, person=found, field=field, purpose=form.cleaned_data["purpose"], now=now)
    return person_page(request, found, opened=(field, value or _("没有登记")))


@login_required
@require_POST
def add_group(request: HttpRequest, person_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    found = person_in_reach(actor, person_id)
    form = GroupForm(request.POST)
    noted = answer_to(
        request, form, lambda: actions.note_group(actor=actor, person=found, now=now, **form.cleaned_data), _("已记下。"), page_of(found)
    )
    return noted or person_page(request, found, status=422, group_form=form)


@login_required
@require_POST
def end_group(request: HttpRequest, person_id: int, fact_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    found = person_in_reach(actor, person_id)
    fact = found.group_facts.filter(pk=fact_id).first()
    if fact is None:
        raise NotFound("no_fact", _("没有找到这条记录。"))
    actions.end_group(actor=actor, fact=fact, until_on=max(timezone.localdate(now), fact.since_on), now=now)
    return told(request, _("已结束，历史仍然保留。"), page_of(found))


@login_required
@require_POST
def export(request: HttpRequest, person_id: int) -> HttpResponse:
    """Everything stored about one person, for them, as a JSON file (PIPL 45)."""
    actor, now = actor_and_now(request)
    found = person_in_reach(actor, person_id)
    content = json.dumps(actions.export_person(actor=actor, person=found, now=now), ensure_ascii=False, indent=2, default=str)
    answer = HttpResponse(content, content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="person-{found.pk}.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@login_required
@require_POST
def erase(request: HttpRequest, person_id: int) -> HttpResponse:
    actor, now = actor_and_now(request)
    found = person_in_reach(actor, person_id)
    form = EraseForm(request.POST)
    erased = answer_to(
        request,
        form,
        lambda: actions.erase_person(actor=actor, person=found, reason=form.cleaned_data["reason"], now=now),
        _("个人资料已经删除，办理过的事项保留为匿名。"),
        "/desk/people/",
        refused_at=NON_FIELD_ERRORS,
    )
    return erased or person_page(request, found, status=422, erase_form=form)

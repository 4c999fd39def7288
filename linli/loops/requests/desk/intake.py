"""Registering a request for somebody at the counter, on the phone, or from a letter; and the slip they take home."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import number_in, put_on
from linli.kernel.access.refusals import Invalid, NotAllowed, NotFound
from linli.kernel.accounts.actions import log_event
from linli.kernel.files.actions import gone_if_refused, store_picture
from linli.kernel.files.fields import PhotosField
from linli.kernel.judgement.switches import is_on
from linli.kernel.matters import desk, promises
from linli.kernel.matters.acts import not_too_many, text_field
from linli.kernel.matters.models import Category, Urgency, Visibility
from linli.kernel.matters.saying import title_from, unit_name
from linli.kernel.people.actions import give_consent, register_person
from linli.kernel.people.models import ContactBy, Person
from linli.kernel.people.purposes import CALLED_BY_HANDLERS, HOWS, SHARED_WITH_PROPERTY
from linli.kernel.people.queries import find_people, person_in_reach
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.naming import place_named
from linli.kernel.places.queries import ancestor_of_kind, place_in_force, short_names
from linli.law.packs import departments
from linli.lib.masking import mask_name, mask_phone
from linli.loops.requests.actions.intake import raise_request
from linli.loops.requests.desk import actor_and_now
from linli.loops.requests.desk.home import address
from linli.loops.requests.desk.offering import request_at_desk
from linli.loops.requests.desk_forms import categories, category_choices, entry_name
from linli.loops.requests.desk_queries import find_places
from linli.loops.requests.queries import similar_nearby
from linli.loops.requests.rules import CHANNELS, STAGES
from linli.loops.requests.suggest import suggest
from linli.loops.requests.wording import promised_of, standing_of

CHANNELS_HERE: Final = ("phone", "counter", "paper")
NEW: Final = "new"
NOBODY: Final = "none"


class IntakeForm(forms.Form):
    """One screen, in the order a call goes: how they came, who, what, where."""

    channel = forms.ChoiceField(
        label=gettext_lazy("怎么来的"), choices=[(c, CHANNELS[c]) for c in CHANNELS_HERE], widget=forms.RadioSelect, initial="phone"
    )
    caller = forms.CharField(
        label=gettext_lazy("手机号或姓名"), required=False, max_length=60, help_text=gettext_lazy("完整手机号，或姓名开头。查找会留痕。")
    )
    person = forms.ChoiceField(label=gettext_lazy("是哪一位"), required=False, widget=forms.RadioSelect)
    name = forms.CharField(label=gettext_lazy("姓名"), required=False, max_length=60)
    phone = forms.CharField(label=gettext_lazy("电话"), required=False, max_length=20)
    contact_by = forms.ChoiceField(label=gettext_lazy("怎么告诉他进展"), choices=ContactBy.choices, required=False, initial=ContactBy.PHONE)
    lives_here = forms.BooleanField(label=gettext_lazy("他就住在下面写的地点"), required=False)
    text = text_field(gettext_lazy("什么事"), rows=4)
    title = forms.CharField(label=gettext_lazy("标题"), required=False, max_length=80, help_text=gettext_lazy("留空就用第一句话。"))
    where = forms.CharField(label=gettext_lazy("在哪"), max_length=80, help_text=gettext_lazy("小区、楼栋、单元，例如“芳草苑 3 栋”。"))
    place = forms.ChoiceField(label=gettext_lazy("是哪一处"), required=False, widget=forms.RadioSelect)
    spot = forms.CharField(label=gettext_lazy("具体位置"), required=False, max_length=120)
    category = forms.ChoiceField(label=gettext_lazy("类别"), required=False)
    urgency = forms.ChoiceField(
        label=gettext_lazy("紧急程度"), required=False, choices=[("", gettext_lazy("按文字判断")), *Urgency.choices]
    )
    visibility = forms.ChoiceField(label=gettext_lazy("谁可以看到"), choices=Visibility.choices, initial=Visibility.PUBLIC)
    photo = PhotosField(label=gettext_lazy("照片"), help_text=gettext_lazy("来信、他带来的照片，都可以拍下来附上。"))
    agrees = forms.MultipleChoiceField(
        label=gettext_lazy("他同意谁给他打电话"),
        required=False,
        choices=[(CALLED_BY_HANDLERS, gettext_lazy("办这件事的单位")), (SHARED_WITH_PROPERTY, gettext_lazy("物业"))],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("问过他再勾选；不同意也照样办，由社区转达。"),
    )

    def __init__(self, *args: Any, people: list[tuple[str, str]], places: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        for name, choices in (("person", people), ("place", places), ("category", category_choices(_("先不选，由受理人定")))):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices


@require_http_methods(["GET", "POST"])
@desk.at_desk
def new(request: HttpRequest) -> HttpResponse:
    """
    The form, what was found for it so far, and at the end the request. Works without scripts: "look up" is a button that comes back
    with the people and places found; with them the same parts are filled while typing.
    """
    actor, now = actor_and_now(request)
    if not table.holds(actor, "request.raise_for"):
        raise table.refusal(actor, "request.raise_for")
    data = _taken_up(request.POST) if request.method == "POST" else None
    people = people_found(actor, data.get("caller", ""), now) if data else []
    places = places_found(actor, data.get("where", "")) if data else []
    form = IntakeForm(
        data, request.FILES or None, people=person_choices(actor, people, data), places=[(str(p.pk), name) for p, name in places]
    )
    if data is None:
        return _page(request, form, people, places)
    if "look" in data:
        form.errors.clear()
        return _page(request, form, people, places, looked=True)
    place = _chosen_place(form, places) if form.is_valid() else None
    if form.errors or place is None:
        return _page(request, form, people, places, status=422, looked=True)
    try:
        person = _chosen_person(actor, form, people, place, now)
        with gone_if_refused():
            matter = raise_request(
                actor=actor,
                title=form.cleaned_data["title"] or title_from(form.cleaned_data["text"]),
                body=form.cleaned_data["text"],
                place=place,
                now=now,
                spot=form.cleaned_data["spot"],
                category=Category.objects.filter(code=form.cleaned_data["category"]).first() if form.cleaned_data["category"] else None,
                urgency=form.cleaned_data["urgency"],
                visibility=form.cleaned_data["visibility"],
                channel=form.cleaned_data["channel"],
                raised_for=person,
                files=[store_picture(actor=actor, upload=f, name=f.name, now=now) for f in not_too_many(form.cleaned_data["photo"])],
            )
        _note_consents(actor, form, person, now)
    except Invalid as refused:
        put_on(form, refused)
        return _page(request, form, people, places, status=422, looked=True)
    messages.success(request, _("已登记为 %(ref)s。可以打印回执给提出人。") % {"ref": matter.ref})
    return HttpResponseRedirect(address(matter.ref))


def _taken_up(posted: QueryDict) -> QueryDict:
    """What was sent; a place the text names, taken up by a press, stands in it as if it had been typed, and is looked for."""
    if not posted.get("take"):
        return posted
    data = posted.copy()
    data["where"], data["look"] = str(data["take"])[:80], "1"
    return data


def _page(
    request: HttpRequest,
    form: IntakeForm,
    people: list[Person],
    places: list[tuple[Place, str]],
    *,
    status: int = 200,
    looked: bool = False,
) -> HttpResponse:
    actor, now = actor_and_now(request)
    text = str(form.data.get("text", "")) if form.is_bound else ""
    typed = str(form.data.get("where", "")).strip() if form.is_bound else ""
    read, named = place_in_text(actor, text) if not typed else (None, "")
    place = places[0][0] if len(places) == 1 else read
    values = {
        "form": form,
        "people": people,
        "places": places,
        "looked": looked,
        **advice_for(actor, text, place, now),
        "named": named,
        "may_register": table.holds(actor, "person.edit"),
        "limit": settings.MAX_UPLOAD_MB,
    }
    return render(request, "requests/desk/new.html", values, status=status)


# --- who -----------------------------------------------------------------------------------------------------------------
def people_found(actor: Actor, text: str, now: datetime) -> list[Person]:
    """People in reach by exact phone or the beginning of a name; that it was asked is logged. Nothing for those who may not."""
    text = text.strip()
    if len(text) < 2:
        return []
    try:
        found = find_people(actor, text, limit=8)
    except NotAllowed:
        return []
    log_event("people_searched", now=now, actor=actor, about=mask_phone(text) if text.isdecimal() else mask_name(text))
    return found


def person_choices(actor: Actor, people: list[Person], data: Any) -> list[tuple[str, str]]:
    """Those found, masked with the home that tells two apart; registering a new one; or nobody in particular."""
    homes = short_names([p.home_place for p in people if p.home_place])
    rows = [
        (
            str(p.pk),
            " ".join(filter(None, (mask_name(p.name), mask_phone(p.phone.open()) if p.phone else "", homes.get(p.home_place_id or 0)))),
        )
        for p in people
    ]
    picked = str(data.get("person", "")) if data else ""
    if picked.isdecimal() and picked not in dict(rows):
        try:
            known = person_in_reach(actor, int(picked))
            rows.insert(0, (picked, mask_name(known.name)))
        except (NotFound, NotAllowed):
            pass
    if table.holds(actor, "person.edit"):
        rows.append((NEW, _("登记一位新的")))
    return [*rows, (NOBODY, _("不愿留姓名"))]


def _chosen_person(actor: Actor, form: IntakeForm, people: list[Person], place: Place, now: datetime) -> Person | None:
    picked = form.cleaned_data["person"] or (NEW if form.cleaned_data["name"] or form.cleaned_data["phone"] else NOBODY)
    if picked == NOBODY:
        return None
    if picked == NEW:
        home = place if form.cleaned_data["lives_here"] else ancestor_of_kind(place, Kind.COMMUNITY) or place
        person, _new = register_person(
            actor=actor,
            name=form.cleaned_data["name"],
            phone=form.cleaned_data["phone"],
            home_place=home,
            contact_by=form.cleaned_data["contact_by"] or ContactBy.PHONE,
            now=now,
        )
        return person
    return next((p for p in people if str(p.pk) == picked), None) or person_in_reach(actor, int(picked))


# How somebody said yes, by the way they came.
_SAID: Final = {"phone": "phone", "counter": "in_person", "paper": "paper"}


def _note_consents(actor: Actor, form: IntakeForm, person: Person | None, now: datetime) -> None:
    """What the caller agreed to while it was taken down, where the worker keeps the roster they are on."""
    if person is None or not table.may(actor, "person.consent", person.home_path):
        return
    how = HOWS[_SAID[form.cleaned_data["channel"]]]
    for purpose in form.cleaned_data["agrees"]:
        give_consent(actor=actor, person=person, purpose=purpose, basis="consent", how=how, now=now)


# --- where ---------------------------------------------------------------------------------------------------------------
def places_found(actor: Actor, text: str) -> list[tuple[Place, str]]:
    """Places in reach that the words may mean, with the name a neighbour would use."""
    found = find_places(actor, text)
    names = short_names(found) if found else {}
    return [(p, names[p.pk]) for p in found]


def _chosen_place(form: IntakeForm, places: list[tuple[Place, str]]) -> Place | None:
    by_id = {str(p.pk): p for p, _name in places}
    picked = form.cleaned_data["place"]
    if picked in by_id:
        return by_id[picked]
    if len(places) == 1:
        return places[0][0]
    if not places:
        form.add_error("where", _("在您的范围里没有找到这个地点，请换个写法，例如“芳草苑 3 栋”。"))
    else:
        form.add_error("place", _("有几处都像，请选一处。"))
    return None


def place_in_text(actor: Actor, text: str) -> tuple[Place | None, str]:
    """
    The one place a text names in the actor's reach, and what a neighbour calls it; none and empty when it names none, or where the function
    is off.
    """
    if len(text.strip()) < 4:
        return None, ""
    for reach, standing in table.reach_of(actor, "request.raise_for"):
        if reach == "area":
            named = place_named(text, standing.path)
            if named is not None:
                place = place_in_force(named.id)
                return (place, named.name) if place is not None and is_on("brief", place) else (None, "")
    return None, ""


# --- what the machine says while typing ----------------------------------------------------------------------------------
def advice_for(actor: Actor, text: str, place: Place | None, now: datetime) -> dict[str, Any]:
    """The suggested category with its reason, and open requests nearby that may be the same matter, as far as the place is known."""
    if len(text.strip()) < 4:
        return {"suggested": None, "similar": []}
    made = suggest("", text, place=place)
    names = {c.code: c.name for c in categories()}
    bodies = {d.code: entry_name(d) for d in departments()}
    suggested = None
    if made.category is not None:
        suggested = {
            "code": made.category.code,
            "name": names.get(made.category.code, ""),
            "confidence": round(made.category.confidence * 100),
            "words": "、".join(made.category.reason),
            "department": bodies.get(made.department.code, "") if made.department else "",
            "sure": made.sure,
            "strange": made.strange,
            "others": [
                {"name": names.get(s.code, s.code), "confidence": round(s.confidence * 100), "words": "、".join(s.reason)}
                for s in made.others
            ],
        }
    urgent = dict(Urgency.choices)[made.urgency.code] if made.urgency.code != Urgency.ORDINARY else ""
    return {
        "suggested": suggested,
        "urgent": str(urgent),
        "urgent_words": "、".join(made.urgency.reason),
        "similar": similar_nearby(actor, text, place, None, now),
    }


@require_GET
@desk.at_desk
def look(request: HttpRequest, part: str) -> HttpResponse:
    """One part of the intake form, filled while typing: people, places, or advice."""
    actor, now = actor_and_now(request)
    if not table.holds(actor, "request.raise_for"):
        raise table.refusal(actor, "request.raise_for")
    values: dict[str, Any] = {"part": part, "chosen": ""}
    if part == "people":
        values["choices"] = person_choices(actor, people_found(actor, request.GET.get("caller", ""), now), None)
        values["name"] = "person"
    elif part == "places":
        values["choices"] = [(str(p.pk), name) for p, name in places_found(actor, request.GET.get("where", ""))]
        values["name"], values["chosen"] = "place", values["choices"][0][0] if len(values["choices"]) == 1 else ""
    elif part == "advice":
        number = number_in(request.GET.get("place", ""))
        place = Place.objects.filter(pk=number).first() if number else None
        text = request.GET.get("text", "")[:4000]
        read, named = (None, "") if place or request.GET.get("where", "").strip() else place_in_text(actor, text)
        values |= advice_for(actor, text, place or read, now) | {"named": named}
    else:
        raise NotFound("no_part", _("没有这样的内容。"))
    return render(request, "requests/desk/look.html", values)


@require_GET
@desk.at_desk
def receipt(request: HttpRequest, ref: str) -> HttpResponse:
    """The slip for whoever has no phone: number, promise, QR code. Nothing on it that the public may not read."""
    actor, now = actor_and_now(request)
    matter = request_at_desk(actor, ref)
    calendar = promises.calendar()
    values = {
        "matter": matter,
        "stages": [str(s) for s in STAGES],
        "standing": standing_of(matter, now, calendar),
        "promised": promised_of(matter, now, calendar),
        "where": short_names([matter.place], doors=False)[matter.place_id],
        "unit": unit_name(matter.owner_unit),
        "paper_url": f"{settings.PUBLIC_URL}/requests/{matter.ref}/",
        "paper_issuer": unit_name(matter.owner_unit),
        "back_href": address(matter.ref),
    }
    return render(request, "requests/desk/receipt.html", values)

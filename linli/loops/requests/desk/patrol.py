"""Patrol: what a grid worker meets on the way, sent at once or later, written once however often it is sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import number_in, put_on
from linli.kernel.access.refusals import Conflict, Invalid
from linli.kernel.access.tongue import spoken
from linli.kernel.files.actions import gone_if_refused, store_picture
from linli.kernel.files.fields import PhotosField
from linli.kernel.matters import desk
from linli.kernel.matters.acts import not_too_many, text_field
from linli.kernel.matters.models import Category, Matter
from linli.kernel.matters.saying import title_from
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.queries import place_at
from linli.loops.requests.actions.intake import raise_request
from linli.loops.requests.desk import actor_and_now
from linli.loops.requests.desk.home import address
from linli.loops.requests.desk_forms import categories
from linli.loops.requests.desk_queries import places_of_patrol
from linli.loops.requests.rules import KIND
from linli.web.pages import kept_offline
from linli.web.words import date_long

# What is met most on the way, as buttons; "something else" leaves it to whoever accepts.
QUICK: Final = 8
# What went out sooner than this was noted as good as now; a phone that says more than that long ago has a wrong clock.
LATE: Final = timedelta(minutes=10)
FORGOTTEN: Final = timedelta(days=30)


class PatrolForm(forms.Form):
    photo = PhotosField(label=gettext_lazy("照片"))
    text = text_field(gettext_lazy("看到什么"), rows=3)
    category = forms.ChoiceField(label=gettext_lazy("是哪一类"), required=False, widget=forms.RadioSelect)
    place = forms.ChoiceField(label=gettext_lazy("在哪"), required=False)
    spot = forms.CharField(label=gettext_lazy("具体位置"), required=False, max_length=120)
    idempotency_key = forms.UUIDField(required=False, widget=forms.HiddenInput)
    latitude = forms.FloatField(required=False, min_value=-90, max_value=90, widget=forms.HiddenInput)
    longitude = forms.FloatField(required=False, min_value=-180, max_value=180, widget=forms.HiddenInput)
    noted_at = forms.CharField(required=False, max_length=40)

    def __init__(self, *args: Any, places: list[tuple[str, list[tuple[int, str]]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        place, category = self.fields["place"], self.fields["category"]
        assert isinstance(place, forms.ChoiceField) and isinstance(category, forms.ChoiceField)
        place.choices = [("", _("请选择")), *[(name, [(str(pk), word) for pk, word in members]) for name, members in places]]
        category.choices = [*[(c.code, c.name) for c in quick_categories()], ("", _("其他"))]

    @property
    def point(self) -> tuple[float, float] | None:
        """Where the phone was, in WGS-84 degrees."""
        latitude, longitude = self.cleaned_data.get("latitude"), self.cleaned_data.get("longitude")
        return (latitude, longitude) if latitude is not None and longitude is not None else None

    def chosen_place(self) -> Place | None:
        """The place picked, else the one the phone stood in; with a word on the form where there is neither."""
        picked = number_in(self.cleaned_data["place"])
        if picked:
            return Place.objects.get(pk=picked)
        spot = place_at(*self.point) if self.point else None
        if spot is None:
            words = _("定位的地方没有画过轮廓的楼栋或小区，请选一下在哪。") if self.point else _("请选择在哪，或者用手机定位。")
            self.add_error("place", words)
            return None
        place = spot.place
        return place.parent if place.kind in (Kind.HOME, Kind.ENTRANCE) and place.parent else place

    def words(self, now: datetime) -> str:
        """What was seen; with the hour it was noted down where it went out much later, for there was no connection."""
        text = str(self.cleaned_data["text"])
        noted = parse_instant_or_none(self.cleaned_data["noted_at"])
        if noted is None or not LATE < now - noted < FORGOTTEN:
            return text
        return spoken(lambda: _("%(text)s\n（%(when)s在现场记下，当时没有网络。）") % {"text": text, "when": date_long(noted)})


def parse_instant_or_none(text: str) -> datetime | None:
    """The instant a phone wrote down, with its zone; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def quick_categories() -> list[Category]:
    """The tops of the tree, in its order: few enough for buttons, and right even where the operator changed the leaves."""
    return [c for c in categories() if c.parent_id is None][:QUICK]


@require_GET
@desk.at_desk
def patrol(request: HttpRequest) -> HttpResponse:
    """The page a phone keeps: it holds places and categories, nothing about people."""
    actor, _now = actor_and_now(request)
    _require(actor)
    sent = request.GET.get("sent", "")[:20]
    return kept_offline(_page(request, PatrolForm(places=places_of_patrol(actor)), sent=sent))


def _require(actor: Actor) -> None:
    if not table.holds(actor, "request.raise_for"):
        raise table.refusal(actor, "request.raise_for")


def _page(request: HttpRequest, form: PatrolForm, *, status: int = 200, sent: str = "") -> HttpResponse:
    values = {"form": form, "sent": sent, "sent_href": address(sent) if sent else "", "limit": settings.MAX_UPLOAD_MB}
    return render(request, "requests/desk/patrol.html", values, status=status)


@require_POST
@desk.at_desk
def send(request: HttpRequest) -> HttpResponse:
    """
    Take one finding. The device's key makes it harmless to send again: the same request is answered, and `again` says that it was known.

    A browser that sends the form itself is led back to the page; the queue of a phone gets JSON.
    """
    actor, now = actor_and_now(request)
    _require(actor)
    form = PatrolForm(request.POST, request.FILES, places=places_of_patrol(actor))
    place = form.chosen_place() if form.is_valid() or "place" in form.cleaned_data else None
    if form.errors or place is None:
        return _refused(request, form)
    key = form.cleaned_data["idempotency_key"]
    external_id = key_of(actor, key) if key else ""
    before = _known(external_id)
    if before is not None:
        return _answer(request, before, again=True)
    try:
        with gone_if_refused():
            files = [store_picture(actor=actor, upload=f, name=f.name, now=now) for f in not_too_many(form.cleaned_data["photo"])]
            matter = raise_request(
                actor=actor,
                title=title_from(form.cleaned_data["text"]),
                body=form.words(now),
                place=place,
                now=now,
                spot=form.cleaned_data["spot"],
                point=form.point,
                category=Category.objects.filter(code=form.cleaned_data["category"]).first() if form.cleaned_data["category"] else None,
                channel="patrol",
                files=files,
                external_id=external_id,
            )
    except Invalid as refused:
        put_on(form, refused)
        return _refused(request, form)
    except Conflict:
        # The same finding came twice at the same moment: whoever was first has written it.
        first = _known(external_id)
        if first is None:
            raise
        return _answer(request, first, again=True)
    return _answer(request, matter, again=False)


def key_of(actor: Actor, key: UUID) -> str:
    """The device's key, made the actor's own: nobody can name somebody else's finding by guessing."""
    return f"patrol:{actor.account_id}:{key}"


def _known(external_id: str) -> Matter | None:
    return (
        Matter.objects.filter(kind=KIND, external_id=external_id).exclude(external_id="").first() if external_id else None
    )  # the exclusion lets the partial index serve


def _by_page(request: HttpRequest) -> bool:
    return "text/html" in request.headers.get("Accept", "")


def _answer(request: HttpRequest, matter: Matter, *, again: bool) -> HttpResponse:
    if _by_page(request):
        return HttpResponseRedirect(f"/desk/patrol/?sent={matter.ref}")
    # The queue of the face takes 201 for "written"; a repeat is just as written, and says so in its body.
    return JsonResponse({"ref": matter.ref, "address": address(matter.ref), "again": again}, status=201)


def _refused(request: HttpRequest, form: PatrolForm) -> HttpResponse:
    if _by_page(request):
        return _page(request, form, status=422)
    fields = {name: [str(e) for e in errors] for name, errors in form.errors.items()}
    return JsonResponse({"code": "invalid", "fields": fields}, status=422)

"""Registering a motion for somebody who called, came or wrote on paper; for a committee; from a survey."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import put_on, reach
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.matters import desk
from linli.kernel.matters.acts import text_field, worker_and_now
from linli.kernel.people.desk_forms import PersonField
from linli.kernel.places.forms import PlaceField
from linli.kernel.places.queries import place_choices
from linli.law.roads import roads
from linli.loops.council.motions.actions.raising import draft_motion, submit
from linli.loops.council.motions.desk.forms import CHANNELS, MoneyField, note_search, pairs, tongue
from linli.loops.council.motions.desk.home import MOTIONS, address
from linli.loops.council.motions.models import RoadTemplate
from linli.loops.council.motions.rules import ORIGINS, TIERS, TOPICS

VERB: Final = "motion.raise_for"
# A request becomes a motion on its own page, so that both stay tied.
HERE: Final = ("resident", "committee", "worker", "survey")


class NewMotionForm(forms.Form):
    """One screen, in the order a call goes: how it came, who, what, where, which way."""

    channel = forms.ChoiceField(label=gettext_lazy("怎么来的"), choices=pairs(CHANNELS), widget=forms.RadioSelect, initial="counter")
    origin = forms.ChoiceField(label=gettext_lazy("谁提出的"), choices=[(c, ORIGINS[c]) for c in HERE], initial="resident")
    person = PersonField(
        label=gettext_lazy("提出的居民"),
        required=False,
        help_text=gettext_lazy("完整手机号或姓名；重名时写 # 加编号。替业委会、居委会登记的不用填。查找会留痕。"),
    )
    title = forms.CharField(label=gettext_lazy("标题"), max_length=80)
    body = text_field(gettext_lazy("为什么提、希望怎样"), rows=5, most=4000)
    option = forms.CharField(label=gettext_lazy("建议的方案"), required=False, max_length=80, help_text=gettext_lazy("以后还可以加。"))
    cost = MoneyField(label=gettext_lazy("大约要花（元）"))
    place = PlaceField(label=gettext_lazy("在哪里"))
    tier = forms.ChoiceField(label=gettext_lazy("哪一层商量"), choices=pairs(TIERS, gettext_lazy("按地点")), required=False)
    topic = forms.ChoiceField(label=gettext_lazy("类别"), choices=pairs(TOPICS))
    road = forms.ChoiceField(
        label=gettext_lazy("议事程序"), help_text=gettext_lazy("拿不准先选一种，审核时还可以改。"), initial="four_steps"
    )
    hand_in = forms.BooleanField(
        label=gettext_lazy("马上提交"), required=False, initial=True, help_text=gettext_lazy("不勾就先存为草稿，还可以修改文本。")
    )

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        person, place, road = self.fields["person"], self.fields["place"], self.fields["road"]
        assert isinstance(person, PersonField) and isinstance(place, PlaceField) and isinstance(road, forms.ChoiceField)
        person.actor, place.reach = actor, reach(actor, VERB)
        road.choices = _roads()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("origin") == "resident" and not cleaned.get("person") and "person" not in self.errors:
            self.add_error("person", _("请写明是哪位居民提出的；替组织登记的，请在上面改选。"))
        if cleaned.get("cost") is not None and not cleaned.get("option"):
            self.add_error("option", _("写了费用，也要写方案的名称。"))
        return cleaned


def _roads() -> list[tuple[str, str]]:
    """The packs' roads and the places' own that are in force; whether one holds at the place is checked when it is drafted."""
    own = {t.code: str(t.data.get("name_zh", t.code)) for t in RoadTemplate.objects.filter(ends_at=None).order_by("pk")}
    return list({**{r.code: r.name(tongue()) for r in roads()}, **own}.items())


@require_http_methods(["GET", "HEAD", "POST"])
@desk.at_desk
def new(request: HttpRequest) -> HttpResponse:
    """The form, and at the end the motion: drafted and, unless it is to be worked on first, handed in."""
    actor, now = worker_and_now(request)
    if not table.holds(actor, VERB):
        raise table.refusal(actor, VERB)
    form = NewMotionForm(request.POST or None, actor=actor)
    status, refused = 200, None
    if request.method == "POST":
        status = 422
        note_search(actor, request.POST.get("person", ""), now)
        if form.is_valid():
            try:
                ref = _register(actor, form.cleaned_data, now)
            except Invalid as problem:
                put_on(form, problem)
            except Refused as problem:
                refused, status = problem, problem.status
            else:
                messages.success(request, _("已登记为 %(ref)s。") % {"ref": ref})
                return HttpResponseRedirect(address(ref))
    values = {"form": form, "motions": str(MOTIONS), "refused": refused, "places": place_choices(reach(actor, VERB))}
    return render(request, "motions/desk/new.html", values, status=status)


@transaction.atomic
def _register(actor: Actor, data: dict[str, Any], now: datetime) -> str:
    options = [{"title": data["option"], "text": "", "cost_fen": data["cost"]}] if data["option"] else []
    matter = draft_motion(
        actor=actor,
        title=data["title"],
        body=data["body"],
        place=data["place"],
        road=data["road"],
        topic=data["topic"],
        origin=data["origin"],
        tier=data["tier"],
        options=options,
        channel=data["channel"],
        raised_for=data["person"] if data["origin"] == "resident" else None,
        now=now,
    )
    if data["hand_in"]:
        submit(actor=actor, matter_id=matter.pk, now=now)
    return matter.ref

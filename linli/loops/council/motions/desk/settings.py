"""A place's own rules at the Desk: the roads its motions take, and how many must second them."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import put_on, reach
from linli.kernel.access.refusals import Invalid, NotFound
from linli.kernel.matters import desk
from linli.kernel.matters.acts import worker_and_now
from linli.kernel.people.desk_forms import ShareField
from linli.kernel.places.forms import PlaceField, shown
from linli.kernel.places.models import Place
from linli.kernel.places.queries import place_choices
from linli.law import voting
from linli.law.roads import HOW, KINDS, MOST_STEPS, PUBLICATIONS, ROLLS, Road, Step, road_from, roads
from linli.loops.council.motions.actions import setting
from linli.loops.council.motions.desk.forms import pairs, tongue
from linli.loops.council.motions.desk.words import step_name
from linli.loops.council.motions.models import RoadTemplate, SecondRule
from linli.loops.council.motions.roads import DEFAULT_DAYS, DEFAULTS
from linli.loops.council.motions.rules import BODIES, DOCUMENTS, RUNGS, TIERS
from linli.web.downloads import as_download, asked_as, downloads

ROADS: Final = "/desk/settings/roads/"
SECONDING: Final = "/desk/settings/seconding/"
STEP_KINDS: Final = {
    "raise": gettext_lazy("提出"),
    "second": gettext_lazy("附议"),
    "screen": gettext_lazy("审核"),
    "deliberate": gettext_lazy("协商"),
    "draft": gettext_lazy("拟定方案"),
    "notice": gettext_lazy("公告"),
    "decide": gettext_lazy("决定"),
    "publish": gettext_lazy("公示结果"),
    "carry_out": gettext_lazy("落实"),
    "accept": gettext_lazy("验收"),
    "rate": gettext_lazy("评价"),
}
WAYS: Final = {
    "": gettext_lazy("不作决定"),
    "ballot": gettext_lazy("投票表决"),
    "meeting": gettext_lazy("会议"),
    "consent": gettext_lazy("协商一致"),
}
ROLL_WORDS: Final = {
    "": gettext_lazy("不用名册"),
    "owners": gettext_lazy("业主"),
    "residents": gettext_lazy("居民"),
    "households": gettext_lazy("住户"),
    "representatives": gettext_lazy("代表"),
    "members": gettext_lazy("成员"),
    "list": gettext_lazy("录入的名单"),
}
PUBLISHED: Final = {
    "notice": gettext_lazy("公告"),
    "roll": gettext_lazy("名册"),
    "draft": gettext_lazy("方案草案"),
    "result": gettext_lazy("结果"),
    "minutes": gettext_lazy("会议记录"),
    "progress": gettext_lazy("进展"),
    "outcome": gettext_lazy("办成的结果"),
}


def _require(request: HttpRequest) -> tuple[Actor, Any]:
    actor, now = worker_and_now(request)
    if not table.holds(actor, setting.VERB):
        raise table.refusal(actor, setting.VERB)
    return actor, now


# --- roads -------------------------------------------------------------------------------------------------------------------
class RoadForm(forms.Form):
    """The road itself; its steps are `StepForm`s in the order of their numbers."""

    name_zh = forms.CharField(label=gettext_lazy("中文名称"), max_length=40)
    name_en = forms.CharField(label=gettext_lazy("英文名称"), max_length=80, required=False)
    code = forms.CharField(
        label=gettext_lazy("代号"), max_length=40, help_text=gettext_lazy("小写字母、数字和下划线，不能和别的程序相同。")
    )
    tier = forms.ChoiceField(label=gettext_lazy("层级"), choices=pairs(TIERS))
    rung = forms.ChoiceField(label=gettext_lazy("参与程度"), choices=pairs(RUNGS))
    place = PlaceField(label=gettext_lazy("用在哪里"), required=False)
    hint_zh = forms.CharField(label=gettext_lazy("什么时候用它"), max_length=200, required=False)
    hint_en = forms.CharField(label=gettext_lazy("英文说明"), max_length=300, required=False)


class StepForm(forms.Form):
    place_in_order = forms.IntegerField(label=gettext_lazy("第几步"), min_value=1, max_value=99, required=False)
    name_zh = forms.CharField(label=gettext_lazy("步骤名称"), max_length=40, required=False)
    name_en = forms.CharField(label=gettext_lazy("英文名称"), max_length=80, required=False)
    code = forms.CharField(label=gettext_lazy("代号"), max_length=40, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("做什么"), choices=[(k, STEP_KINDS[k]) for k in KINDS])
    body = forms.ChoiceField(label=gettext_lazy("谁来做"), choices=pairs(BODIES))
    notice_days = forms.IntegerField(label=gettext_lazy("公告天数"), min_value=0, max_value=366, required=False)
    posting_days = forms.IntegerField(label=gettext_lazy("公示天数"), min_value=0, max_value=366, required=False)
    how = forms.ChoiceField(label=gettext_lazy("怎样决定"), choices=[(h, WAYS[h]) for h in HOW], required=False)
    profile = forms.ChoiceField(label=gettext_lazy("计票规则"), required=False)
    roll = forms.ChoiceField(label=gettext_lazy("名册"), choices=[(r, ROLL_WORDS[r]) for r in ROLLS], required=False)
    documents = forms.MultipleChoiceField(
        label=gettext_lazy("要备的文件"), choices=pairs(DOCUMENTS), required=False, widget=forms.CheckboxSelectMultiple
    )
    publications = forms.MultipleChoiceField(
        label=gettext_lazy("要公布的"),
        choices=[(p, PUBLISHED[p]) for p in PUBLICATIONS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    optional = forms.BooleanField(label=gettext_lazy("可以不走"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        profile = self.fields["profile"]
        assert isinstance(profile, forms.ChoiceField)
        profile.choices = [("", _("不计票")), *[(p.id, p.name(tongue())) for p in voting.profiles().values()]]

    @property
    def shown(self) -> str:
        """Its name in the reader's language."""
        return step_name(str(self["name_zh"].value() or ""), str(self["name_en"].value() or ""))

    @property
    def empty(self) -> bool:
        return not str(self["name_zh"].value() or "").strip()

    def data_of(self) -> dict[str, Any]:
        """The step as data."""
        typed = {k: v for k, v in self.cleaned_data.items() if k != "place_in_order"}
        days = {name: typed[name] or 0 for name in ("notice_days", "posting_days")}
        return {**typed, **days}


@desk.at_desk
def road_list(request: HttpRequest) -> HttpResponseBase:
    """The packs' roads and the places' own, each as its steps."""
    actor, _now = _require(request)
    own = list(RoadTemplate.objects.filter(ends_at=None).select_related("place").order_by("code"))
    ended = RoadTemplate.objects.exclude(ends_at=None).count()
    rows = [_road_row(road_from({**t.data, "version": t.version}), t, setting.may_set(actor, t.place)) for t in own]
    rows += [_road_row(r, None, False) for r in roads()]
    if asked_as(request):
        lines = (
            [r["name"], r["meta"], number, step["name"], step["body"], step["asks"]]
            for r in rows
            for number, step in enumerate(r["steps"], start=1)
        )
        header = (_("议事程序"), _("用在哪里"), _("第几步"), _("步骤名称"), _("谁来做"), _("要求"))
        return as_download(request, _("议事程序"), header, lines, (28, 32, 8, 20, 20, 60))
    context = {
        "roads": rows,
        "ended": ended,
        "may_copy": bool(reach(actor, setting.VERB)),
        "exports": downloads(request, most=0),
    }
    return render(request, "motions/desk/roads.html", context)


def _road_row(road: Road, template: RoadTemplate | None, may: bool) -> dict[str, Any]:
    where = "" if template is None else template.place.name if template.place else _("全部地点")
    return {
        "road": road,
        "name": road.name(tongue()),
        "hint": road.hint(tongue()),
        "template": template,
        "may": may,
        "meta": " · ".join(str(w) for w in (TIERS[road.tier], RUNGS[road.rung], where) if w),
        "steps": [_step_row(step) for step in road.steps],
    }


def _step_row(step: Step) -> dict[str, str]:
    asks = [str(WAYS[step.how])] if step.how else []
    asks += [_("公告至少 %(n)s 天") % {"n": step.notice_days}] if step.notice_days else []
    asks += [_("公示 %(n)s 天") % {"n": step.posting_days}] if step.posting_days else []
    asks += [str(DOCUMENTS[d]) for d in step.documents]
    asks += [_("公布%(what)s") % {"what": PUBLISHED[p]} for p in step.publications]
    asks += [_("可以不走")] if step.optional else []
    return {"name": step_name(step.name_zh, step.name_en), "body": str(BODIES[step.body]), "asks": _("、").join(asks)}


@require_http_methods(["GET", "HEAD", "POST"])
@desk.at_desk
def copy_road(request: HttpRequest, code: str) -> HttpResponse:
    """A copy of a pack's road under a code of its own, changed before it is put into force."""
    actor, _now = _require(request)
    base = next((r for r in roads() if r.code == code), None)
    if base is None:
        raise NotFound("no_road", _("没有找到这种议事程序。"))
    home = _root(actor)
    names = {"name_zh": _("%(name)s（本地）") % {"name": base.name_zh}, "code": f"{base.code[:34]}_own"}
    return _road_form(request, base, place=home, based_on=base.code, names=names)


@require_http_methods(["GET", "HEAD", "POST"])
@desk.at_desk
def change_road(request: HttpRequest, template_id: int) -> HttpResponse:
    """Change a place's own road: what is saved follows it as the next version; running motions keep theirs."""
    actor, _now = _require(request)
    found = RoadTemplate.objects.select_related("place").filter(pk=template_id, ends_at=None).first()
    if found is None:
        raise NotFound("no_road", _("没有找到这种议事程序，它可能已经停用或改过。"))
    if not setting.may_set(actor, found.place):
        raise table.refusal(actor, setting.VERB)
    return _road_form(request, road_from(found.data), place=found.place, based_on=found.based_on, names={}, template=found)


def _root(actor: Actor) -> Place | None:
    paths = reach(actor, setting.VERB)
    return Place.objects.filter(path=paths[0]).first() if paths and paths[0] else None


def _road_form(
    request: HttpRequest,
    base: Road,
    *,
    place: Place | None,
    based_on: str,
    names: dict[str, str],
    template: RoadTemplate | None = None,
) -> HttpResponse:
    actor, now = worker_and_now(request)
    data = request.POST if request.method == "POST" else None
    given = {name: getattr(base, name) for name in ("name_zh", "name_en", "code", "tier", "rung", "hint_zh", "hint_en")}
    form = RoadForm(data, initial={**given, "place": shown(place), **names})
    where = form.fields["place"]
    assert isinstance(where, PlaceField)
    where.reach = reach(actor, setting.VERB)
    if template is not None:
        form.fields["code"].disabled = form.fields["place"].disabled = True
    steps = _step_forms(data, base)
    status = 200
    if data is not None:
        status = 422
        sound = [s.is_valid() for s in steps if not s.empty]
        if form.is_valid() and all(sound):
            try:
                made = setting.save_road(
                    actor=actor,
                    data={**_of_form(form), "steps": _ordered(steps), "cites": list(base.cites)},
                    place=template.place if template else form.cleaned_data["place"],
                    now=now,
                    based_on=based_on,
                )
            except Invalid as problem:
                put_on(form, problem)
            else:
                messages.success(request, _("“%(name)s”已经生效；正在走的议题照旧走原来的程序。") % {"name": made.data["name_zh"]})
                return HttpResponseRedirect(ROADS)
    values = {
        "form": form,
        "steps": steps,
        "base": base.name(tongue()),
        "template": template,
        "places": place_choices(reach(actor, setting.VERB)),
    }
    return render(request, "motions/desk/road.html", values, status=status)


def _of_form(form: RoadForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in ("name_zh", "name_en", "code", "tier", "rung", "hint_zh", "hint_en")}


def _step_forms(data: Any, base: Road) -> list[StepForm]:
    """The steps there are and two empty ones behind them; a step whose name is emptied is left out."""
    count = min(MOST_STEPS, len(base.steps) + 2)
    if data is not None:
        count = min(MOST_STEPS, max(count, sum(f"step_{n}-name_zh" in data for n in range(MOST_STEPS))))
    made = []
    for n in range(count):
        step = base.steps[n] if n < len(base.steps) else None
        initial = (
            {name: getattr(step, name) for name in StepForm.base_fields if name != "place_in_order"} if step else {"kind": "deliberate"}
        )
        made.append(StepForm(data, prefix=f"step_{n}", initial={**initial, "place_in_order": n + 1}))
    return made


def _ordered(steps: list[StepForm]) -> list[dict[str, Any]]:
    kept = [(s.cleaned_data["place_in_order"] or n, n, s) for n, s in enumerate(steps, start=1) if not s.empty]
    return [s.data_of() for _order, _n, s in sorted(kept, key=lambda row: row[:2])]


@require_POST
@desk.at_desk
def end_road(request: HttpRequest, template_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    setting.end_road(actor=actor, template_id=template_id, now=now)
    messages.success(request, _("已停用。正在走的议题不受影响。"))
    return HttpResponseRedirect(ROADS)


# --- seconding ---------------------------------------------------------------------------------------------------------------
class ShareIfAny(ShareField):
    """An exact share; None when left empty."""

    def clean(self, value: Any) -> Any:
        return super().clean(value) if value and str(value).strip() else None


class SecondForm(forms.Form):
    tier = forms.ChoiceField(label=gettext_lazy("层级"), choices=pairs(TIERS), initial="compound")
    place = PlaceField(label=gettext_lazy("用在哪里"), required=False, help_text=gettext_lazy("写名称，或者 # 加编号；空着表示处处有效。"))
    homes = forms.IntegerField(label=gettext_lazy("户数"), required=False, min_value=1, max_value=100_000)
    share = ShareIfAny(
        label=gettext_lazy("或占总户数的比例"), required=False, help_text=gettext_lazy("写成 1/20 或 5%。两项都填，先到的算。")
    )
    days = forms.IntegerField(label=gettext_lazy("多少天之内"), min_value=1, max_value=366, initial=30)
    source = forms.CharField(label=gettext_lazy("依据"), max_length=120, required=False)


@require_http_methods(["GET", "HEAD", "POST"])
@desk.at_desk
def seconding(request: HttpRequest) -> HttpResponseBase:
    """The rules in force and a form for the next; a rule is ended or followed, never edited."""
    actor, now = _require(request)
    form = SecondForm(request.POST or None)
    where = form.fields["place"]
    assert isinstance(where, PlaceField)
    where.reach = reach(actor, setting.VERB)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                setting.set_second_rule(actor=actor, now=now, **form.cleaned_data)
            except Invalid as problem:
                put_on(form, problem)
            else:
                messages.success(request, _("新规则从现在起用于新提交的议题。"))
                return HttpResponseRedirect(SECONDING)
    rules = SecondRule.objects.filter(ends_at=None).select_related("place").order_by("tier", "place__path")
    own = [_rule_row(actor, rule) for rule in rules]
    defaults = [{"tier": str(TIERS[t]), "needed": _needed(count, share), "days": DEFAULT_DAYS} for t, (count, share) in DEFAULTS.items()]
    if request.method != "POST" and asked_as(request):
        lines = [[r["tier"], r["where"], r["needed"], r["days"], r["source"], r["since"]] for r in own]
        lines += [[d["tier"], _("默认"), d["needed"], d["days"], "", None] for d in defaults]
        header = (_("层级"), _("用在哪里"), _("要求"), _("多少天之内"), _("依据"), _("从什么时候起"))
        return as_download(request, _("附议规则"), header, lines, (12, 24, 28, 12, 40, 18))
    values = {
        "form": form,
        "rules": own,
        "defaults": defaults,
        "exports": downloads(request, most=0),
        "ended": SecondRule.objects.exclude(ends_at=None).count(),
        "places": place_choices(reach(actor, setting.VERB)),
    }
    return render(request, "motions/desk/seconding.html", values, status=status)


def _needed(homes: int | None, share: Any) -> str:
    """The rule in words: so many homes, such a share of them, or whichever is fewer."""
    number, part = _("%(n)s 户") % {"n": homes}, _("总户数的 %(share)s") % {"share": share}
    if homes and share:
        return _("%(part)s，最多 %(number)s") % {"part": part, "number": number}
    return number if homes else part


def _rule_row(actor: Actor, rule: SecondRule) -> dict[str, Any]:
    share = f"{rule.share_numerator}/{rule.share_denominator}" if rule.share_numerator else None
    return {
        "pk": rule.pk,
        "tier": str(TIERS[rule.tier]),
        "where": rule.place.name if rule.place else _("全部地点"),
        "needed": _needed(rule.homes, share),
        "days": rule.days,
        "source": rule.source,
        "since": rule.starts_at,
        "may_end": setting.may_set(actor, rule.place),
    }


@require_POST
@desk.at_desk
def end_second_rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    setting.end_second_rule(actor=actor, rule_id=rule_id, now=now)
    messages.success(request, _("已停用。正在征集附议的议题不受影响。"))
    return HttpResponseRedirect(SECONDING)

"""Hot topics at the Desk: a list with heat, people and course, a map, one topic with what is behind it, and what a worker makes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import number_in, put_on
from linli.kernel.access.refusals import Conflict, Invalid, Refused
from linli.kernel.judgement.switches import is_on
from linli.kernel.matters import desk
from linli.kernel.matters.actions import BODY_LIMIT, TITLE_LIMIT
from linli.kernel.matters.acts import text_field, worker_and_now
from linli.kernel.matters.opening import ways_from
from linli.kernel.people.groups import band_words, few_words
from linli.kernel.places.drawings import outlines
from linli.kernel.places.models import Place
from linli.kernel.places.queries import short_names
from linli.loops.requests.hot import deciding, wording
from linli.loops.requests.hot.models import Change, Figure, Topic
from linli.loops.requests.hot.placing import is_undoable
from linli.loops.requests.hot.queries import (
    PAGE,
    VERB,
    Whole,
    hottest,
    lead_place,
    members_of,
    others,
    place_for,
    places_for,
    round_of,
    topic_for,
    whole,
)
from linli.loops.requests.hot.reading import local_day
from linli.loops.requests.hot.rounds import able
from linli.loops.requests.rules import WORKFLOW
from linli.web.downloads import as_download, asked_as, downloads
from linli.web.navigation import NavItem, navigation
from linli.web.words import day

HOME: Final = "/desk/hot/"


def address(topic: Topic) -> str:
    return f"{HOME}{topic.pk}/"


def who(request: HttpRequest) -> tuple[Actor, datetime]:
    actor, now = worker_and_now(request)
    if not table.holds(actor, VERB):
        raise table.refusal(actor, VERB)
    return actor, now


# --- the list ----------------------------------------------------------------------------------------------------------------
@require_GET
@desk.at_desk
def index(request: HttpRequest) -> HttpResponseBase:
    """The topics at one place, hottest first; beside them where they are."""
    actor, now = who(request)
    places = places_for(actor)
    place = place_for(actor, number_in(request.GET.get("place")), places)
    dismissed = request.GET.get("show") == "dismissed"
    after = number_in(request.GET.get("after")) or 0
    if place is None:
        return render(request, "hot/desk/list.html", {"place": None, "rows": [], "places": []})
    if asked_as(request):
        return _file(request, place, hottest(place, dismissed=dismissed, limit=None))
    found = hottest(place, dismissed=dismissed, limit=PAGE + 1, after=after)
    figures = found[:PAGE]
    on = is_on("hot", place)
    base = {"place": place.pk, "show": "dismissed" if dismissed else ""}
    values = {
        "place": place,
        "places": [(str(p.pk), p.name) for p in places[:200]],
        "rows": [_row(f, now) for f in figures] if on else [],
        "on": on,
        "able": able(),
        "round": round_of(place),
        "dismissed": dismissed,
        "shapes": _shapes(place, figures, places) if on and not dismissed else [],
        "tabs": [
            {"label": _("在看"), "href": _query(place=place.pk), "current": not dismissed},
            {"label": _("不再列出的"), "href": _query(place=place.pk, show="dismissed"), "current": dismissed},
        ],
        "next": _query(**base, after=after + PAGE) if len(found) > PAGE else "",
        "first": _query(**base) if after else "",
        "exports": downloads(request),
        "formula": wording.formula(),
    }
    return render(request, "hot/desk/list.html", values)


def _query(**params: Any) -> str:
    return f"?{urlencode({k: v for k, v in params.items() if v})}"


def _row(figure: Figure, now: datetime) -> dict[str, Any]:
    topic = figure.topic
    alarm = ngettext("突发：近 7 天 %(n)s 人", "突发：近 7 天 %(n)s 人", figure.recent or 0) % {"n": figure.recent} if figure.alarm else ""
    return {
        "href": address(topic),
        "title": topic.title or _("（还没有名称）"),
        "meta": _("%(first)s 到 %(last)s") % {"first": day(figure.first_on), "last": day(figure.last_on)},
        "alarm": alarm,
        "new": (local_day(now) - figure.first_on).days < 7,
        "heat": f"{figure.heat:.1f}",
        "people": figure.people,
        "messages": figure.messages,
        "likes": figure.likes,
        "counts": figure.counts,
        "course": wording.course(figure.counts),
        "direction": wording.direction(figure.direction),
        "tone": wording.TONES.get(figure.direction, "plain"),
    }


def _shapes(place: Place, figures: Sequence[Figure], places: Sequence[Place]) -> list[Any]:
    """How many people talk of the topics listed, in each place below that is drawn. One query."""
    people: dict[int, int] = {}
    for figure in figures:
        for pk, count in figure.by_place:
            people[pk] = people.get(pk, 0) + count
    drawn = Place.objects.filter(parent__path__startswith=place.path, path__startswith=place.path, retired_at=None, outline__isnull=False)
    under = [p for p in drawn.only("pk", "name", "outline", "path", "kind")[:300] if p.pk in people]
    known = {p.pk for p in places}
    return outlines(under, place, {p.pk: f"{HOME}?place={p.pk}" for p in under if p.pk in known}, people)


def _file(request: HttpRequest, place: Place, figures: Sequence[Figure]) -> HttpResponseBase:
    header = (
        _("编号"), _("热点"), _("热度"), _("说的人数"), _("诉求数"), _("也遇到的邻居"), _("最早"), _("最近"), _("走势"), _("每周人数"), _("突发提醒"), _("地点"),
    )  # fmt: skip
    rows = (
        [
            f.topic_id,
            f.topic.title,
            round(f.heat, 2),
            f.people,
            f.messages,
            f.likes,
            f.first_on,
            f.last_on,
            wording.direction(f.direction),
            " ".join(map(str, f.counts)),
            _("是") if f.alarm else "",
            place.name,
        ]
        for f in figures
    )
    return as_download(request, _("热点"), header, rows, (8, 40, 10, 10, 10, 14, 14, 14, 12, 36, 8, 20))


# --- one topic ---------------------------------------------------------------------------------------------------------------
class NameForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("名称"),
        required=False,
        max_length=deciding.NAME_MOST,
        help_text=gettext_lazy("空着就用系统的写法。公开的热点页上也用这个名称。"),
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("为什么不再列出"), max_length=deciding.REASON_MOST)


class RequestForm(forms.Form):
    ref = forms.CharField(
        label=gettext_lazy("诉求编号"), max_length=20, help_text=gettext_lazy("例如 R12。它会从原来的热点里移过来，以后一直在这里。")
    )


class LeadForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("标题"), max_length=TITLE_LIMIT)
    body = text_field(gettext_lazy("内容"), required=False, rows=5, most=BODY_LIMIT)


@require_GET
@desk.at_desk
def show(request: HttpRequest, topic_id: int) -> HttpResponseBase:
    """One topic: its figures, where and who, the requests behind it, what was decided about it and what may be."""
    actor, now = who(request)
    topic = topic_for(actor, topic_id)
    if asked_as(request):
        return _members_file(request, actor, topic)
    return _page(request, actor, topic, now)


def _page(
    request: HttpRequest,
    actor: Actor,
    topic: Topic,
    now: datetime,
    *,
    forms_now: dict[str, forms.Form] | None = None,
    refused: Refused | None = None,
) -> HttpResponse:
    before = number_in(request.GET.get("before"))
    found = whole(actor, topic, before=before)
    given = forms_now or {}
    may = topic.state != Topic.State.JOINED and deciding.may_decide(actor, topic)
    parent = next((m for m in found.members if m.is_open), found.members[0] if found.members else None)
    title = topic.title or _("（还没有名称）")
    values = {
        "topic": topic,
        "title": title,
        "line": f"{topic.line_place} {topic.line_what}".strip(),
        "f": found.figure,
        "row": _row(found.figure, now) if found.figure else None,
        "alarm": wording.alarm(found.figure) if found.figure else "",
        "places": _place_rows(found),
        "who": _who_they_are(found.figure),
        "members": _member_rows(found),
        "columns": _columns(may),
        "next": f"?before={found.members[-1].pk}" if found.more > 0 else "",
        "first": address(topic) if before else "",
        "changes": [_change(c) for c in found.changes],
        "may": may,
        "name_form": given.get("name") or NameForm(initial={"name": topic.name}),
        "reason_form": given.get("reason") or ReasonForm(),
        "request_form": given.get("request") or RequestForm(),
        "lead_form": given.get("lead") or LeadForm(initial={"title": title[:TITLE_LIMIT], "body": _lead_body(found)}),
        "others": [(str(t.pk), f"{t.title or t.pk}（{t.size}）") for t in others(topic)] if may else [],  # type: ignore[attr-defined]
        "may_lead": may and table.holds(actor, "request.raise_for") and not (topic.lead and topic.lead.is_open),
        "ways": [(str(w.label), f"/desk/matters/{parent.ref}/open/{w.kind}/") for w in ways_from(actor, parent)] if may and parent else [],
        "lead_href": desk.address_of(topic.lead) if topic.lead else "",
        "refused": refused,
        "exports": downloads(request),
        "on": is_on("hot", topic.root),
    }
    problem = refused is not None or any(form.errors for form in given.values())
    return render(request, "hot/desk/topic.html", values, status=(refused.status if refused else 422) if problem else 200)


def _columns(may: bool) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = [
        {"label": _("诉求")},
        {"label": _("在哪")},
        {"label": _("走到哪一步")},
        {"label": _("也遇到"), "numeric": True},
    ]
    return [*told, {"label": _("整理"), "hide_label": True}] if may else told


def _who_they_are(figure: Figure | None) -> list[tuple[str, list[tuple[str, Any]]]]:
    """The population's breakdowns that say something, each with its heading."""
    if figure is None:
        return []
    parts = (
        (_("年龄"), figure.by_age, band_words),
        (_("怎么住的"), figure.by_home, wording.living),
        (_("家里住几口人"), figure.by_size, wording.household),
    )
    return [
        (head, [(say(kind), part if part is not None else few_words()) for kind, part, _whole in rows]) for head, rows, say in parts if rows
    ]


def _place_rows(found: Whole) -> list[dict[str, Any]]:
    """People by place, one query for the names."""
    rows = found.figure.by_place if found.figure else []
    names = dict(Place.objects.filter(pk__in=[pk for pk, _people in rows]).values_list("pk", "name")) if rows else {}
    return [{"label": names[pk], "value": people} for pk, people in rows[:20] if pk in names]


def _member_rows(found: Whole) -> list[dict[str, Any]]:
    names = short_names([m.place for m in found.members]) if found.members else {}
    return [
        {
            "href": desk.address_of(m),
            "ref": m.ref,
            "title": m.public_title,
            "meta": f"{m.ref} · {day(m.raised_at)}",
            "where": names[m.place_id],
            "state": str(WORKFLOW.by_code[m.state].label),
            "me_too": m.me_too,
        }
        for m in found.members
    ]


def _change(change: Change) -> dict[str, Any]:
    who = change.by.name if change.by else _("系统")
    other = change.other.title if change.other else ""
    more = " → ".join(part for part in (other, change.matter.ref) if part) if change.matter else change.text or other
    undo = f"{HOME}{change.topic_id}/changes/{change.pk}/undo/" if is_undoable(change) else ""
    return {"who": who, "did": change.get_verb_display(), "more": more, "at": change.at, "undo": undo}


def _lead_body(found: Whole) -> str:
    if found.figure is None:
        return ""
    return _("%(people)s 位居民在 %(first)s 到 %(last)s 提了 %(n)s 件同样的诉求：%(refs)s。") % {
        "people": found.figure.people,
        "first": day(found.figure.first_on),
        "last": day(found.figure.last_on),
        "n": found.figure.messages,
        "refs": _("、").join(m.ref for m in found.members[:20]),
    }


def _members_file(request: HttpRequest, actor: Actor, topic: Topic) -> HttpResponseBase:
    header = (_("编号"), _("标题"), _("在哪里"), _("类别"), _("状态"), _("提出时间"), _("也遇到的邻居"))
    rows = (
        [
            m.ref,
            m.public_title,
            m.place.name,
            m.category.name if m.category else "",
            str(WORKFLOW.by_code[m.state].label),
            m.raised_at,
            m.me_too,
        ]
        for m in members_of(actor, topic)[:20_000]
    )
    return as_download(request, topic.title or _("热点"), header, rows, (10, 40, 20, 16, 12, 18, 14))


# --- what a worker makes of it -----------------------------------------------------------------------------------------------
def decide(request: HttpRequest, topic_id: int, name: str, form: forms.Form, act: Callable[[], str]) -> HttpResponse:
    """Carry out one decision and go back to the topic; what is wrong comes back with everything typed."""
    actor, now = who(request)
    refused: Refused | None = None
    if form.is_valid():
        try:
            messages.success(request, act())
            return HttpResponseRedirect(f"{HOME}{topic_id}/")
        except Invalid as problem:
            put_on(form, problem)
        except Conflict:
            raise
        except Refused as problem:
            if problem.status in (403, 404):
                raise
            refused = problem
    return _page(request, actor, topic_for(actor, topic_id), now, forms_now={name: form}, refused=refused)


@require_POST
@desk.at_desk
def rename(request: HttpRequest, topic_id: int) -> HttpResponse:
    actor, now = who(request)
    form = NameForm(request.POST)

    def act() -> str:
        deciding.rename(actor=actor, topic_id=topic_id, name=form.cleaned_data["name"], now=now)
        return _("名称已改好。")

    return decide(request, topic_id, "name", form, act)


@require_POST
@desk.at_desk
def dismiss(request: HttpRequest, topic_id: int) -> HttpResponse:
    actor, now = who(request)
    form = ReasonForm(request.POST)

    def act() -> str:
        deciding.dismiss(actor=actor, topic_id=topic_id, reason=form.cleaned_data["reason"], now=now)
        return _("这个热点不再列出，以后可以重新列出。")

    return decide(request, topic_id, "reason", form, act)


@require_POST
@desk.at_desk
def restore(request: HttpRequest, topic_id: int) -> HttpResponse:
    actor, now = who(request)

    def act() -> str:
        deciding.restore(actor=actor, topic_id=topic_id, now=now)
        return _("这个热点重新列出了。")

    return decide(request, topic_id, "restore", forms.Form({}), act)


@require_POST
@desk.at_desk
def join(request: HttpRequest, topic_id: int) -> HttpResponse:
    actor, now = who(request)
    into = number_in(request.POST.get("into")) or 0
    try:
        found = deciding.join(actor=actor, topic_id=topic_id, into_id=into, now=now)
    except Invalid as problem:
        return _page(request, actor, topic_for(actor, topic_id), now, refused=problem)
    messages.success(request, _("两个热点并在一起了。"))
    return HttpResponseRedirect(address(found))


@require_http_methods(["POST"])
@desk.at_desk
def lead(request: HttpRequest, topic_id: int) -> HttpResponse:
    actor, now = who(request)
    form = LeadForm(request.POST)
    topic = topic_for(actor, topic_id)

    def act() -> str:
        given = form.cleaned_data
        made = deciding.lead(actor=actor, topic_id=topic_id, title=given["title"], body=given["body"], place=lead_place(topic), now=now)
        return _("牵头诉求 %(ref)s 立好了，没办完的诉求都关联到它。") % {"ref": made.ref}

    return decide(request, topic_id, "lead", form, act)


# --- the menu ----------------------------------------------------------------------------------------------------------------
def menu(request: HttpRequest) -> list[NavItem]:
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    return [NavItem(_("热点"), HOME, "chart")] if table.holds(actor, VERB) else []


def bring() -> None:
    """Called once when the app is ready."""
    navigation("desk", menu, order=12)

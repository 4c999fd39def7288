"""The Square: talks near the reader, one statement at a time, the map, arguments, questions, rulings, one's own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now, number_in, once, put_on, sign_in_at
from linli.kernel.access.paths import ancestors
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.matters.desk import address_of
from linli.loops.council.talks import rules, shown
from linli.loops.council.talks.actions import answering, moderating, saying
from linli.loops.council.talks.files import talks_file
from linli.loops.council.talks.forms import ArgumentForm, QuestionForm, StatementForm
from linli.loops.council.talks.models import Kind, Participant, Talk
from linli.loops.council.talks.opinions import map_of
from linli.loops.council.talks.queries import (
    building_names,
    contributions,
    experts_of,
    marks_of,
    questions_with_answers,
    rulings_of,
    talk_list,
    waiting,
)
from linli.loops.council.talks.reading import me_in, talk_for, why_not_part
from linli.loops.council.talks.wording import ends_words, names_words, people_words
from linli.web.downloads import PUBLIC_MOST, asked_as, downloads

LARGEST: Final = 2**63 - 1
PARTS: Final = ("", "map/", "arguments/", "questions/", "rulings/", "mine/")


@never_cache
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Talks of the places around the reader; all public ones for a stranger and for those who work here."""
    actor, now = actor_and_now(request)
    around = sorted({step for s in actor.standings for step in ancestors(s.path)}) if not actor.is_staff else []
    if asked_as(request):
        return talks_file(request, actor, now, lambda pk: f"/talks/{pk}/", around=around, most=PUBLIC_MOST)
    found = talk_list(actor, now, around=around, before=number_in(request.GET.get("before")))
    context = {
        "running": [shown.list_row(t, now) for t in found.running],
        "past": [shown.list_row(t, now) for t in found.past],
        "next": f"?before={found.next_before}" if found.next_before else "",
        "exports": downloads(request, most=PUBLIC_MOST),
    }
    return render(request, "talks/list.html", context)


def common(request: HttpRequest, actor: Actor, talk: Talk, now: datetime, part: str, refused: Refused | None) -> dict[str, Any]:
    """What every page of a talk shows. At most three queries."""
    is_open = rules.is_open(talk.opened_at, talk.closes_at, talk.closed_at, now)
    why = why_not_part(actor, talk) if is_open else None
    me = me_in(actor, talk)
    labels = {
        "": _("表态"),
        "map/": _("大家怎么看"),
        "arguments/": _("正反理由"),
        "questions/": _("问和答"),
        "rulings/": _("删改公示"),
        **({"mine/": _("我写的")} if me else {}),
    }
    return {
        "talk": talk,
        "base": f"/talks/{talk.pk}/",
        "part": part,
        "tabs": [{"label": label, "href": f"/talks/{talk.pk}/{p}", "current": p == part} for p, label in labels.items()],
        "is_open": is_open,
        "ends": ends_words(talk, now),
        "people": people_words(talk.participant_count),
        "matter_href": f"/{talk.matter.kind}s/{talk.matter.ref}/",
        "matter_title": talk.matter.public_title,
        "names_rule": names_words(talk.names),
        "me": me,
        "may_part": is_open and why is None,
        "why_not": why,
        "sign_in": sign_in_at(f"/talks/{talk.pk}/{part}") if actor.is_anonymous and is_open else "",
        "may_desk": actor.is_staff and table.may(actor, "talk.read", talk.place_path),
        "desk_matter": address_of(talk.matter),
        "rules": list(rules.RULES.items()),
        "refused": refused,
        "typed": request.POST if request.method == "POST" else {},
        "once": once(),
    }


Part = Callable[[HttpRequest, Actor, Talk, datetime, dict[str, Any]], str]


def _drawn(request: HttpRequest, talk_id: int, part: str, refused: Refused | None = None) -> HttpResponse:
    actor, now = actor_and_now(request)
    talk = talk_for(actor, talk_id)
    context = common(request, actor, talk, now, part, refused)
    template = _PARTS[part](request, actor, talk, now, context)
    return render(request, template, context, status=refused.status if refused else 200)


def _form(request: HttpRequest, kind: str, form: type[Any], refused: Refused | None) -> Any:
    """The form as it was sent when it was refused, else an empty one."""
    sent = request.method == "POST" and request.POST.get("kind") == kind and refused is not None
    made = form(request.POST if sent else None, initial={"kind": kind})
    if sent and isinstance(refused, Invalid):
        made.is_valid()
        put_on(made, refused)
    return made


def _statements(request: HttpRequest, actor: Actor, talk: Talk, now: datetime, context: dict[str, Any]) -> str:
    me: Participant | None = context["me"]
    found = contributions(talk, Kind.STATEMENT)
    marks = marks_of(me, talk)
    left = waiting(found, marks, actor.person_id or 0, map_of(talk, found).told)
    given = sum(1 for c in found if me is not None and c.participant_id == me.pk)
    card = left[0] if left else None
    context |= {
        "card": shown.card(card, talk, building_names([card])) if card else None,
        "left": len(left),
        "done": sum(1 for c in found if c.pk in marks),
        "total": len(found),
        "form": _form(request, "statement", StatementForm, context["refused"]),
        "may_say": context["may_part"] and given < talk.most_statements,
        "given": given,
    }
    return "talks/one.html"


def _map(request: HttpRequest, actor: Actor, talk: Talk, now: datetime, context: dict[str, Any]) -> str:
    found = contributions(talk, Kind.STATEMENT)
    marks = marks_of(context["me"], talk)
    context |= shown.map_context(found, map_of(talk, found), marks)
    return "talks/map.html"


def _arguments(request: HttpRequest, actor: Actor, talk: Talk, now: datetime, context: dict[str, Any]) -> str:
    found = contributions(talk, Kind.ARGUMENT)
    marks, names = marks_of(context["me"], talk), building_names(found)
    rows = [shown.row(c, talk, names, marks, context["me"]) for c in sorted(found, key=lambda c: (-c.agrees, c.number))]
    given = sum(r["mine"] for r in rows)
    context |= {
        "pro": [r for r in rows if r["side"] == "pro"],
        "contra": [r for r in rows if r["side"] == "contra"],
        "form": _form(request, "argument", ArgumentForm, context["refused"]),
        "may_say": context["may_part"] and given < talk.most_arguments,
    }
    return "talks/arguments.html"


def _questions(request: HttpRequest, actor: Actor, talk: Talk, now: datetime, context: dict[str, Any]) -> str:
    found = questions_with_answers(talk)
    marks, names = marks_of(context["me"], talk), building_names(found)
    experts = experts_of(talk)
    rows = [shown.question(c, talk, names, marks, context["me"], now) for c in found]
    context |= {
        "open_rows": [r for r in rows if not r["answers"]],
        "answered": [r for r in rows if r["answers"]],
        "experts": experts,
        "may_answer": any(answering.is_expert(actor, e) for e in experts),
        "form": _form(request, "question", QuestionForm, context["refused"]),
        "may_say": context["may_part"] and sum(r["mine"] for r in rows) < talk.most_questions,
    }
    return "talks/questions.html"


def _rulings(request: HttpRequest, actor: Actor, talk: Talk, now: datetime, context: dict[str, Any]) -> str:
    context["rows"] = [shown.ruling(r) for r in rulings_of(talk)]
    return "talks/rulings.html"


def _mine(request: HttpRequest, actor: Actor, talk: Talk, now: datetime, context: dict[str, Any]) -> str:
    context |= shown.own_context(talk, context["me"], now)
    return "talks/mine.html"


_PARTS: Final[Mapping[str, Part]] = {
    "": _statements,
    "map/": _map,
    "arguments/": _arguments,
    "questions/": _questions,
    "rulings/": _rulings,
    "mine/": _mine,
}


@never_cache
@require_safe
def statements(request: HttpRequest, talk_id: int) -> HttpResponse:
    """One statement at a time, the least seen first; below it, room for one's own."""
    return _drawn(request, talk_id, "")


@never_cache
@require_safe
def opinion_map(request: HttpRequest, talk_id: int) -> HttpResponse:
    """The groups, what speaks for each, what all share; every statement with its counts."""
    return _drawn(request, talk_id, "map/")


@never_cache
@require_safe
def arguments(request: HttpRequest, talk_id: int) -> HttpResponse:
    """For and against, side by side."""
    return _drawn(request, talk_id, "arguments/")


@never_cache
@require_safe
def questions(request: HttpRequest, talk_id: int) -> HttpResponse:
    """Questions without an answer first, with how long they wait; then those answered."""
    return _drawn(request, talk_id, "questions/")


@never_cache
@require_safe
def rulings(request: HttpRequest, talk_id: int) -> HttpResponse:
    """What was hidden, by which rule and why; never the text."""
    return _drawn(request, talk_id, "rulings/")


@never_cache
@require_safe
def mine(request: HttpRequest, talk_id: int) -> HttpResponse:
    """What the reader contributed and voted, to look at and to change; rulings on their words, with the appeal."""
    actor, _now = actor_and_now(request)
    if actor.is_anonymous:
        talk_for(actor, talk_id)
        return HttpResponseRedirect(sign_in_at(request.path))
    return _drawn(request, talk_id, "mine/")


# --- acts -------------------------------------------------------------------------------------------------------------------
def _say(actor: Actor, talk_id: int, data: Mapping[str, str], now: datetime) -> str:
    kind, text, side, source = (data.get(key, "")[:2000] for key in ("kind", "text", "side", "source"))
    mark = data.get("once", "")[:40]
    made = saying.say(actor=actor, talk_id=talk_id, kind=kind, text=text, side=side, source=source, now=now, once=mark)
    return _("写好了，是第 %(n)s 条。") % {"n": made.number}


def _mark(actor: Actor, talk_id: int, data: Mapping[str, str], now: datetime) -> str:
    saying.mark(actor=actor, talk_id=talk_id, contribution_id=_about(data), choice=data.get("choice", ""), now=now)
    return ""


def _report(actor: Actor, talk_id: int, data: Mapping[str, str], now: datetime) -> str:
    moderating.report(
        actor=actor, talk_id=talk_id, contribution_id=_about(data), rule=data.get("rule", ""), text=data.get("text", ""), now=now
    )
    return _("已告诉工作人员，他们会看。")


def _appeal(actor: Actor, talk_id: int, data: Mapping[str, str], now: datetime) -> str:
    moderating.appeal(actor=actor, talk_id=talk_id, ruling_id=number_in(data.get("ruling")) or 0, text=data.get("text", ""), now=now)
    return _("申诉收到了，由另一位工作人员复核。")


def _answer(actor: Actor, talk_id: int, data: Mapping[str, str], now: datetime) -> str:
    answering.answer(actor=actor, talk_id=talk_id, contribution_id=_about(data), text=data.get("text", ""), now=now)
    return _("回答已公布，提问的人会收到。")


def _about(data: Mapping[str, str]) -> int:
    return number_in(data.get("about")) or 0


DEEDS: Final[Mapping[str, Callable[[Actor, int, Mapping[str, str], datetime], str]]] = {
    "say": _say,
    "mark": _mark,
    "report": _report,
    "appeal": _appeal,
    "answer": _answer,
}


@require_POST
def act(request: HttpRequest, talk_id: int, deed: str) -> HttpResponse:
    """What somebody does for themselves; refused, they come back to the page with the reason and what they wrote."""
    actor, now = actor_and_now(request)
    talk = talk_for(actor, talk_id)
    function = DEEDS.get(deed)
    if function is None:
        raise NotFound("no_act", _("没有这样的操作。"))
    back = request.POST.get("back", "")
    back = back if back in PARTS else ""
    if actor.is_anonymous:
        return HttpResponseRedirect(sign_in_at(f"/talks/{talk.pk}/{back}"))
    data = {key: value.replace("\x00", "") for key, value in request.POST.dict().items() if isinstance(value, str)}
    try:
        words = function(actor, talk.pk, data, now)
    except Refused as refused:
        return _drawn(request, talk_id, back, refused)
    if words:
        messages.success(request, words)
    return HttpResponseRedirect(f"/talks/{talk.pk}/{back}{_anchor(data)}")


def _anchor(data: Mapping[str, str]) -> str:
    where = data.get("at", "")
    return f"#{where}" if where.isalnum() and len(where) < 24 else ""

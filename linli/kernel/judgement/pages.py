"""The switches of machine judgement at the Desk: per place what the machine may suggest, and who switched what, when and why."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now, reach
from linli.kernel.access.paths import within
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.judgement.actions import turn_switch
from linli.kernel.judgement.models import Function, Switch
from linli.kernel.judgement.switches import is_on, own_and_newest
from linli.kernel.places.forms import shown
from linli.kernel.places.models import Place
from linli.kernel.places.queries import place_choices, places_called, roots_in_reach

HOME: Final = "/desk/settings/judgement/"
VERB: Final = "judgement.edit"
HISTORY: Final = 50
ABOUT: Final = {
    Function.KIND: gettext_lazy("学过本地诉求的模型建议类别和承办单位。关闭后只按关键词建议。"),
    Function.SAME: gettext_lazy("登记和办理时找出可能是同一件的诉求。"),
    Function.HOT: gettext_lazy("把说同一件事的诉求归成话题，突然增多时提醒。"),
    Function.TOPICS: gettext_lazy("广场上公开“大家在说什么”：只算公开的诉求，人数够多才列出，不写是谁提的。"),
    Function.REPLY: gettext_lazy("答复发出前提示漏掉的要点。从不拦下，也从不代写。"),
    Function.BRIEF: gettext_lazy("长的诉求摘出要点、地点、时间和诉求人要什么。"),
    Function.GROUPS: gettext_lazy("讨论页上的意见分布图。"),
    Function.HANDS: gettext_lazy("按历史记录测算人手和承诺时限。"),
}


@login_required
@require_safe
def switches(request: HttpRequest) -> HttpResponse:
    """One place's switches, or the whole installation's; the place is named in `place`. Without one the reader's own stands first."""
    actor, _now = actor_and_now(request)
    paths = reach(actor, VERB)
    if not paths:
        raise table.refusal(actor, VERB)
    text = request.GET.get("place", "").strip()[:120]
    problem = ""
    place = _named(text, paths) if text else _own(paths)
    if text and place is None:
        problem = _("您的范围里没有叫“%(text)s”的地点，请核对。") % {"text": text}
        place = _own(paths)
    return _page(request, actor, paths, place, problem=problem, text=text)


def _own(paths: list[str]) -> Place | None:
    """Where the reader's reach begins; None for somebody who may everywhere."""
    return None if "" in paths else next(iter(roots_in_reach(paths, limit=1)), None)


def _named(text: str, paths: list[str]) -> Place | None:
    found = places_called(text, paths)
    return found[0] if len(found) == 1 else None


def _page(
    request: HttpRequest, actor: Actor, paths: list[str], place: Place | None, *, problem: str = "", text: str = "", status: int = 200
) -> HttpResponse:
    own, turns = own_and_newest(place)
    values = {
        "place": place,
        "where": place.name if place else _("整个系统"),
        "box": text if problem else shown(place),
        "problem": problem,
        "places": place_choices(paths),
        "rows": [_row(function, place, own.get(function)) for function in Function],
        "history": [_turned(s) for s in _history(turns, paths)],
        "may": table.may(actor, VERB, place.path if place else ""),
    }
    return render(request, "judgement/switches.html", values, status=status)


def _row(function: Function, place: Place | None, own: Switch | None) -> dict[str, Any]:
    on = is_on(function, place)
    if own is not None:
        why = _("%(who)s设置") % {"who": _who(own)}
    elif place is not None:
        why = _("随上级")
    else:
        why = _("没有设置过，默认打开")
    return {
        "function": str(function.value),
        "label": str(function.label),
        "about": str(ABOUT[function]),
        "on": on,
        "why": why,
        "when": own.set_at if own else None,
        "reason": own.reason if own else "",
    }


def _who(switch: Switch) -> str:
    return (switch.set_by.name or switch.set_by.username) if switch.set_by else _("系统")


def _history(turns: list[Switch], paths: list[str]) -> list[Switch]:
    """The newest turns in reach; those of the whole installation too, as they reach everybody."""
    return [s for s in turns if s.place is None or any(within(s.place.path, path) for path in paths)][:HISTORY]


def _turned(switch: Switch) -> dict[str, Any]:
    said = _("打开“%(what)s”") if switch.on else _("关闭“%(what)s”")
    return {
        "who": _who(switch),
        "when": switch.set_at,
        "title": said % {"what": Function(switch.function).label},
        "what": switch.reason,
        "where": switch.place.name if switch.place else _("整个系统"),
    }


@login_required
@require_POST
def turn(request: HttpRequest) -> HttpResponse:
    """Turn one switch; what cannot be done comes back on the page with its reason."""
    actor, now = actor_and_now(request)
    given = request.POST
    paths = reach(actor, VERB)
    place = None
    if number := given.get("place", ""):
        place = next(iter(places_called(f"#{number}", paths or ["-"])), None)
        if place is None:
            raise NotFound("no_place", _("您的范围里没有这个地点。"))
    try:
        made = turn_switch(
            actor=actor, function=given.get("function", ""), on=given.get("on") == "1", place=place, now=now, reason=given.get("reason", "")
        )
    except Invalid as refused:
        return _page(request, actor, paths, place, problem=_words(refused), status=refused.status)
    said = _("已打开“%(what)s”。") if made.on else _("已关闭“%(what)s”。")
    messages.success(request, said % {"what": Function(made.function).label})
    return HttpResponseRedirect(f"{HOME}?place=%23{place.pk}" if place else HOME)


def _words(refused: Refused) -> str:
    return str(refused.text)

"""The Desk: what detectors ask of one's area, each with its reasons and the matters behind, and where a person says what it is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.insight.measure.detectors import DETECTORS
from linli.insight.measure.periods import period
from linli.kernel.access import table
from linli.kernel.access.asking import answer_to
from linli.kernel.matters.acts import worker_and_now
from linli.kernel.matters.desk import at_desk
from linli.measure.suspicions.actions import answer
from linli.measure.suspicions.forms import AnswerForm
from linli.measure.suspicions.models import Answer, State, Suspicion
from linli.measure.suspicions.queries import SHOWN, behind, suspicion_for, suspicions_for
from linli.web.downloads import MOST, as_download, asked_as, downloads
from linli.web.words import date_long


@never_cache
@require_safe
@at_desk
def index(request: HttpRequest) -> HttpResponseBase:
    """Those that wait for an answer, or (`?answered=1`) those answered. At most six queries."""
    actor, _now = worker_and_now(request)
    if not table.holds(actor, "suspicion.read"):
        raise table.refusal(actor, "suspicion.read")
    answered_ones = request.GET.get("answered") == "1"
    found = suspicions_for(actor, answered=answered_ones, limit=MOST + 1 if asked_as(request) else SHOWN)
    if asked_as(request):
        header = (_("地方"), _("时期"), _("疑点"), _("说明"), _("结果"))
        rows = ([one.place.name, _period(one), _name(one), one.says, one.get_state_display()] for one in found)
        return as_download(request, _("数据疑点"), header, rows, (16, 14, 24, 80, 14))
    context = {
        "tabs": [
            {"label": _("待说明"), "href": "/desk/suspicions/", "current": not answered_ones},
            {"label": _("已答复"), "href": "/desk/suspicions/?answered=1", "current": answered_ones},
        ],
        "rows": [_row(one) for one in found],
        "more": len(found) >= SHOWN,
        "most": SHOWN,
        "answered": answered_ones,
        "exports": downloads(request),
    }
    return render(request, "suspicions/list.html", context)


@never_cache
@require_safe
@at_desk
def one(request: HttpRequest, suspicion_id: int) -> HttpResponse:
    """One suspicion with its reasons, what it rests on, what was said of it. At most nine queries."""
    actor, _now = worker_and_now(request)
    return _drawn(request, suspicion_for(actor, suspicion_id), AnswerForm())


@require_POST
@at_desk
def answered(request: HttpRequest, suspicion_id: int) -> HttpResponse:
    """Keep what was said, and show it; with something wrong the form comes back as it was filled in."""
    actor, now = worker_and_now(request)
    found = suspicion_for(actor, suspicion_id)
    table.require(actor, "suspicion.answer", found.place.path)
    form = AnswerForm(request.POST)

    def act() -> Answer:
        v = form.cleaned_data
        return answer(actor=actor, suspicion_id=suspicion_id, state=v["state"], text=v["text"], now=now)

    done = answer_to(request, form, act, _("记下了。"), f"/desk/suspicions/{suspicion_id}/", refused_at="text")
    return done or _drawn(request, found, form, status=422)


def _drawn(request: HttpRequest, found: Suspicion, form: AnswerForm, status: int = 200) -> HttpResponse:
    actor, _now = worker_and_now(request)
    detector = DETECTORS[found.detector]
    language = get_language() or "zh"
    things, many = behind(actor, found)
    answers = list(found.answers.all())
    context = {
        "s": {**_row(found), "number": found.pk},
        "says": found.says,
        "gone": found.gone_at is not None and found.state == State.OPEN,
        "looks_for": detector.looks_for(language),
        "innocent": detector.innocent(language),
        "things": things,
        "many": many,
        "answers": [{"title": one.get_state_display(), "meta": f"{one.by_name} {date_long(one.at)}", "text": one.text} for one in answers],
        "may_answer": table.may(actor, "suspicion.answer", found.place.path),
        "form": form,
    }
    return render(request, "suspicions/one.html", context, status=status)


def _row(found: Suspicion) -> dict[str, Any]:
    return {
        "href": f"/desk/suspicions/{found.pk}/",
        "title": _("%(place)s：%(what)s") % {"place": found.place.name, "what": _name(found)},
        "meta": _period(found),
        "chip": found.get_state_display(),
        "tone": "gold" if found.state == State.OPEN else "plain",
        "icon": "search",
    }


def _name(found: Suspicion) -> str:
    return DETECTORS[found.detector].name(get_language() or "zh")


def _period(found: Suspicion) -> str:
    return period(found.period).name(get_language() or "zh")

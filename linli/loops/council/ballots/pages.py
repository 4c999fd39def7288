"""Ballots on the Square: which there are, one with its rule, turnout and result, the bundle and how to check it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from linli.insight.choice.bundle import SCRIPT
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import query, sign_in_at
from linli.kernel.places.models import Place
from linli.kernel.rolls.queries import own_place
from linli.loops.council.ballots import square_queries as found
from linli.loops.council.ballots import square_words as words
from linli.loops.council.ballots.actions.publishing import file_of
from linli.loops.council.ballots.forms import ReceiptForm
from linli.loops.council.ballots.models import Ballot, Kind, Published, State
from linli.loops.council.ballots.queries import my_standings, open_ballots_for, turnout, why_not_now
from linli.loops.council.ballots.wording import choice_labels, seated_of
from linli.loops.council.motions.tell import page_of
from linli.web.downloads import PUBLIC_MOST, STEP, as_download, asked_as, cut, downloads, every

LARGEST = 2**31 - 1


def who(request: HttpRequest) -> tuple[Actor, datetime]:
    return request.actor, request.now  # type: ignore[attr-defined]  # set by ActorMiddleware


def ballot_asked(request: HttpRequest, ballot_id: int) -> Ballot:
    return found.ballot_for(who(request)[0], min(ballot_id, LARGEST))


@never_cache
@require_safe
def ballots(request: HttpRequest) -> HttpResponseBase:
    """Those that await the reader first, then what else is open, coming and over near them."""
    actor, now = who(request)
    place = own_place(actor)
    if asked_as(request):
        return _file(request, open_ballots_for(actor, now), place, now)
    before = request.GET.get("before", "")
    older = int(before) if before.isascii() and before.isdecimal() and len(before) < 10 else None
    mine = open_ballots_for(actor, now) if older is None else []
    waiting = {b.pk for b in mine}
    over = found.public_ballots(found.OVER, place, before=older, limit=found.PAGE + 1)
    shown = over[: found.PAGE]
    groups = [(_("等您投票"), mine)]
    if older is None:
        groups += [
            (_("正在投票"), [b for b in found.public_ballots(found.OPEN, place) if b.pk not in waiting]),
            (_("将要投票"), found.public_ballots(found.COMING, place)),
        ]
    groups.append((_("已经结束"), shown))
    context = {
        "groups": [(title, [_row(b, now) for b in rows]) for title, rows in groups if rows],
        "next": query(request, before=str(shown[-1].pk)) if len(over) > found.PAGE else "",
        "first": older is None,
        "exports": downloads(request, most=PUBLIC_MOST),
    }
    return render(request, "ballots/ballots.html", context)


def _file(request: HttpRequest, mine: Sequence[Ballot], place: Place | None, now: datetime) -> HttpResponseBase:
    """All of them in the order of the page. One query a group and five hundred rows."""
    waiting = {b.pk for b in mine}

    def group(name: str) -> Iterator[Ballot]:
        return every(lambda before: cut(found.public_ballots(name, place, before=before, limit=STEP + 1), lambda b: b.pk))

    others = (b for b in group(found.OPEN) if b.pk not in waiting)
    rows = (_cells(b, now) for b in chain(mine, others, group(found.COMING), group(found.OVER)))
    header = (_("议题编号"), _("表决"), _("表决种类"), _("状态"), _("开始时间"), _("截止时间"), _("网页"))
    return as_download(request, _("投票表决"), header, rows, (10, 36, 14, 20, 18, 18, 40), most=PUBLIC_MOST)


def _cells(ballot: Ballot, now: datetime) -> list[Any]:
    matter = ballot.motion.matter
    return [
        matter.ref,
        matter.public_title,
        _note(ballot) or ballot.get_kind_display(),
        words.state_words(ballot, now)[0],
        ballot.opens_at,
        ballot.closes_at,
        f"{settings.PUBLIC_URL}{reverse('ballots:ballot', args=[ballot.pk])}",
    ]


def _note(ballot: Ballot) -> str:
    return _("征求意见") if ballot.kind == Kind.SURVEY else _("征询性") if ballot.consultative else ""


def _row(ballot: Ballot, now: datetime) -> dict[str, Any]:
    chip, tone = words.state_words(ballot, now)
    return {
        "title": ballot.motion.matter.public_title,
        "href": reverse("ballots:ballot", args=[ballot.pk]),
        "meta": " · ".join(filter(None, [_note(ballot), words.window_words(ballot)])),
        "chip": chip,
        "tone": tone,
        "icon": "check",
    }


@never_cache
@require_safe
def ballot(request: HttpRequest, ballot_id: int) -> HttpResponse:
    return ballot_page(request, ballot_asked(request, ballot_id))


def ballot_page(
    request: HttpRequest, asked: Ballot, *, form: ReceiptForm | None = None, receipt: str = "", status: int = 200
) -> HttpResponse:
    """Everything everybody may know of a ballot, and how the reader stands in it."""
    actor, now = who(request)
    text = found.text_of(asked)
    running = asked.state in (State.OPEN, State.CLOSED, State.COUNTED)
    seen = turnout(asked, channels=False) if running else None
    standings = my_standings(actor, asked) if asked.state == State.OPEN else []
    chip, tone = words.state_words(asked, now)
    counted = asked.state == State.COUNTED
    context = {
        "ballot": asked, "title": asked.motion.matter.public_title, "text": text, "options": found.options_of(asked, text),
        "motion_href": page_of(asked.motion.matter.ref), "chip": chip, "tone": tone, "note": words.kind_note(asked),
        "window": words.window_words(asked), "voters": words.voters_words(asked), "secrecy": words.secrecy_words(asked),
        "rule": words.rule_words(asked), "turnout": seen, "bars": words.turnout_bars(seen) if seen else [],
        "missing": words.missing_words(seen) if seen and asked.state == State.OPEN and asked.kind != Kind.SURVEY else "",
        "open_now": why_not_now(asked, now) is None, "standings": standings, "signed_in": not actor.is_anonymous,
        "sign_in": sign_in_at(reverse('ballots:vote', args=[asked.pk])), "counted": counted,
        "headline": words.headline(asked) if counted else "", "results": words.result_rows(asked) if counted else [],
        "sums": words.sums_rows(asked.result.get("law", {}), choice_labels(asked)) if counted else [], "strict": words.strict_words(asked) if counted else "",
        "option_rows": words.option_rows(asked) if counted else [], "projects": words.project_rows(asked) if counted else [],
        "rounds": words.round_rows(asked) if counted else [], "seated": seated_of(asked) if counted else [], "withheld": asked.result.get("withheld", {}).get(words.tongue(), ""),
        "published": Published.objects.filter(pk=asked.pk).defer("content").first() if counted else None,
        "form": form or ReceiptForm(), "receipt": receipt, "money": words.money, "budget": words.money(asked.question.get("budget_fen")),
    }  # fmt: skip
    return render(request, "ballots/ballot.html", context, status=status)


@never_cache
@require_safe
def check(request: HttpRequest, ballot_id: int) -> HttpResponse:
    """Is the vote with this receipt in? Nothing of what it says is shown."""
    asked = ballot_asked(request, ballot_id)
    form = ReceiptForm(request.GET)
    if not form.is_valid():
        return ballot_page(request, asked, form=form, status=422)
    return ballot_page(request, asked, form=form, receipt=found.find_receipt(asked, form.cleaned_data["code"]))


@require_safe
def bundle(request: HttpRequest, ballot_id: int) -> HttpResponse:
    """The published file as it is, with its hash as tag."""
    asked = ballot_asked(request, ballot_id)
    content, digest = file_of(asked.pk)
    if request.headers.get("If-None-Match") == f'"{digest}"':
        return HttpResponseNotModified()
    answer = HttpResponse(content, content_type="application/json; charset=utf-8")
    answer.headers["ETag"], answer.headers["Cache-Control"] = f'"{digest}"', "public, no-cache"
    answer.headers["Content-Disposition"] = f'attachment; filename="ballot-{asked.pk}.json"'
    return answer


@require_safe
def script(request: HttpRequest, ballot_id: int) -> HttpResponse:
    """The script that checks the file on anybody's own computer."""
    ballot_asked(request, ballot_id)
    answer = HttpResponse(SCRIPT.read_bytes(), content_type="text/x-python; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="verify_bundle.py"'
    return answer

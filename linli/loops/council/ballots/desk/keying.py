"""Paper ballots coming back: found by their code, keyed by one, keyed again by another who does not see the first, differences settled by the scan."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import put_on
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.files.actions import gone_if_refused
from linli.kernel.matters import desk
from linli.loops.council.ballots.actions import on_paper
from linli.loops.council.ballots.desk import LARGEST, door_of, kept_scan, photo_as, to, worker_and_now
from linli.loops.council.ballots.desk.sheets import face_of, spaced
from linli.loops.council.ballots.desk_forms import PaperForm, choice_words
from linli.loops.council.ballots.models import Reading, Sheet, State, Vote


def plain(code: str) -> str:
    """The code as it is stored, whatever was between its letters; of a scanned address its last part."""
    last = code.strip().rstrip("/").rsplit("/", 1)[-1]
    return "".join(c for c in last.upper() if c.isascii() and c.isalnum())[:24]


@require_GET
@desk.at_desk
def find(request: HttpRequest) -> HttpResponse:
    """One box for the code; a telephone's camera fills it in where the browser can read QR codes."""
    actor, _now = worker_and_now(request)
    if not table.holds(actor, "ballot.record"):
        raise table.refusal(actor, "ballot.record")
    code, error = plain(request.GET.get("code", "")), ""
    if request.GET.get("code", "").strip():
        try:
            _sheet(actor, code)
        except NotFound as missing:
            error = str(missing.text)
        else:
            return to("key_sheet", code)
    return render(
        request, "ballots/desk/key.html", {"code": request.GET.get("code", "")[:40], "error": error}, status=404 if error else 200
    )


def _sheet(actor: Actor, code: str) -> Sheet:
    """A sheet at a place where the actor takes votes. Raises NotFound, also for one out of reach."""
    found = Sheet.objects.select_related("ballot__motion__matter__place", "ballot__roll", "voter").filter(code=plain(code)).first()
    if found is None or not table.may(actor, "ballot.record", found.ballot.motion.matter.place_path):
        raise NotFound("no_sheet", _("没有这个票号，请核对二维码下面的 12 位字母和数字。"))
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@desk.at_desk
def sheet(request: HttpRequest, code: str) -> HttpResponse:
    actor, now = worker_and_now(request)
    found = _sheet(actor, code)
    ballot = found.ballot
    reading = Reading.objects.select_related("keyed_by", "second_by", "scan").filter(sheet=found, state__in=("waiting", "differs")).first()
    first = reading is None
    form = PaperForm(request.POST or None, request.FILES or None, ballot=ballot, first=first, now=now)
    refused, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                with gone_if_refused():
                    made = on_paper.key_in(
                        actor=actor,
                        code=found.code,
                        choice=form.choice(),
                        received_at=given["received_at"] if first or reading is None else reading.received_at,
                        now=now,
                        scan=kept_scan(actor, given.get("scan"), now) if first else None,
                    )
            except Invalid as problem:
                put_on(form, photo_as(problem, "scan"))
            except Refused as problem:
                if problem.status == 403:
                    raise
                refused, status = problem, problem.status
            else:
                return _after(request, found, made)
    return render(request, "ballots/desk/key_sheet.html", _context(request, found, reading, form, refused), status=status)


def _after(request: HttpRequest, sheet: Sheet, made: Reading) -> HttpResponse:
    if made.state == Reading.State.DIFFERS:
        messages.warning(request, _("和第一个人录的不一样，请两人一起对照照片核对。"))
        return to("key_sheet", sheet.code)
    if made.state == Reading.State.CONFIRMED:
        vote = Vote.objects.filter(reading=made).first()
        counts = vote is None or vote.state == Vote.State.STANDS
        (messages.success if counts else messages.warning)(request, _outcome(vote))
    else:
        messages.success(request, _("已录入，等另一个人再录一遍。"))
    return to("key")


def _outcome(vote: Vote | None) -> str:
    if vote is None:
        return _("两人录的一致；这一户已经投过同样的票，只计一票。")
    return {
        Vote.State.CONFLICT: _("两人录的一致；但和这一户别的票矛盾，已列入待核实。"),
        Vote.State.LATE: _("两人录的一致；这张票是截止后收到的，留存但不计。"),
    }.get(Vote.State(vote.state), _("两人录的一致，已计入。"))


def _context(request: HttpRequest, sheet: Sheet, reading: Reading | None, form: Any, refused: Refused | None) -> dict[str, Any]:
    actor, now = worker_and_now(request)
    ballot = sheet.ballot
    differs = reading is not None and reading.state == Reading.State.DIFFERS
    done = Reading.objects.filter(sheet=sheet, state=Reading.State.CONFIRMED).exists()
    return {
        "sheet": sheet,
        "ballot": ballot,
        "code": spaced(sheet.code),
        "door": door_of(sheet.voter),
        "face": face_of(ballot),
        "form": form,
        "reading": reading,
        "done": done,
        "mine": reading is not None and not differs and reading.keyed_by_id == actor.account_id,
        "differs": differs,
        "pair": _pair(ballot, reading) if differs and reading else [],
        "scan": reverse("ballots_desk:file", args=[ballot.pk, reading.scan_id]) if reading and reading.scan_id else "",
        "refused": refused,
        "keyable": ballot.state in (State.OPEN, State.CLOSED) and sheet.void_at is None,
        "void": sheet.void_at is not None,
        "over": now >= ballot.closes_at,
    }


def _pair(ballot: Any, reading: Reading) -> list[dict[str, Any]]:
    """What the two read, shown to both once they disagree: it is a paper in their hands, not yet anybody's vote."""
    return [
        {"who": reading.keyed_by.name, "what": choice_words(ballot, json.loads(reading.choice.open())), "first": "1"},
        {
            "who": reading.second_by.name if reading.second_by else "",
            "what": choice_words(ballot, json.loads(reading.second.open())),
            "first": "0",
        },
    ]


@require_POST
@desk.at_desk
def settle(request: HttpRequest, reading_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    made = on_paper.settle_reading(
        actor=actor, reading_id=min(reading_id, LARGEST), first_is_right=request.POST.get("first") == "1", now=now
    )
    messages.success(request, _outcome(Vote.objects.filter(reading=made).first()))
    return to("key")


@require_POST
@desk.at_desk
def drop(request: HttpRequest, reading_id: int) -> HttpResponseRedirect:
    actor, now = worker_and_now(request)
    made = on_paper.drop_reading(actor=actor, reading_id=min(reading_id, LARGEST), now=now)
    messages.success(request, _("录入已作废，请重新录。"))
    return to("key_sheet", made.sheet.code)

"""Votes said on the phone, at the door or in the meeting: find the voter, read out the whole question, take it down, the witness confirms."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import put_on
from linli.kernel.access.paths import ancestors
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.accounts.models import Grant
from linli.kernel.people.queries import find_people
from linli.kernel.rolls import queries as rolls
from linli.kernel.rolls.models import Voter
from linli.loops.council.ballots.actions import casting, hearing
from linli.loops.council.ballots.desk import LARGEST, door_of, number, of_ballot, to, voter_words, worker_and_now
from linli.loops.council.ballots.desk.sheets import face_of
from linli.loops.council.ballots.desk_forms import HeardForm, choice_words
from linli.loops.council.ballots.models import Ballot, Channel, Hearing, State, Vote

_MOST = 20


def witnesses(ballot: Ballot, actor: Actor, now: datetime) -> list[tuple[int, str]]:
    """Colleagues who may take votes here, by name. One query."""
    path = ballot.motion.matter.place_path
    roles = [role for role, reach in table.row("ballot.record").reach_by_role.items() if reach == "area"]
    found = Grant.objects.filter(
        Q(place=None) | Q(place__path__in=ancestors(path)),
        Q(ends_at=None) | Q(ends_at__gt=now),
        role__in=roles,
        starts_at__lte=now,
        account__is_active=True,
    ).exclude(account_id=actor.own_id)
    return list(found.order_by("account__name", "account_id").values_list("account_id", "account__name").distinct()[:200])


def find_voter(actor: Actor, ballot: Ballot, text: str) -> list[dict[str, Any]]:
    """Voters by door, the beginning of a name, #number, or the exact telephone number of somebody on the roll. Names masked."""
    found = [row.voter for row in rolls.find_voters(ballot.roll, text, limit=_MOST)]
    if not found and sum(c.isdigit() for c in text) >= 7:
        people = [p.pk for p in find_people(actor, text, limit=5)]
        found = list(Voter.objects.filter(roll_id=ballot.roll_id, holders__person_id__in=people).distinct().order_by("seq")[:_MOST])
    return [{"seq": v.seq, "door": door_of(v), "name": voter_words(v)} for v in found]


@require_http_methods(["GET", "HEAD", "POST"])
@of_ballot("ballot.record")
def phone(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    actor, now = worker_and_now(request)
    seq = number(request.POST.get("seq", "") or request.GET.get("seq", ""))
    voter = rolls.voter_on(ballot.roll, seq) if 0 < seq < 2**31 else None
    form = HeardForm(request.POST or None, ballot=ballot, witnesses=witnesses(ballot, actor, now)) if voter else None
    refused, status = None, 200
    if request.method == "POST":
        status = 422
        if voter is not None and form is not None and form.is_valid():
            try:
                return _take_down(request, ballot, voter, form)
            except Invalid as problem:
                put_on(form, problem)
            except Refused as problem:
                if problem.status == 403:
                    raise
                refused, status = problem, problem.status
    text = request.GET.get("q", "").strip()
    waiting = Hearing.objects.filter(ballot=ballot, state=Hearing.State.WAITING).select_related("voter", "recorder", "witness")
    mine = list(waiting.order_by("heard_at")[:100])
    context = {
        "ballot": ballot,
        "title": ballot.motion.matter.public_title or ballot.motion.matter.title,
        "text": text,
        "found": find_voter(actor, ballot, text) if text and voter is None else [],
        "voter": {"seq": voter.seq, "door": door_of(voter), "name": voter_words(voter)} if voter else None,
        "voted": voter is not None and Vote.objects.filter(ballot=ballot, voter=voter, state__in=("stands", "conflict")).exists(),
        "form": form,
        "face": face_of(ballot) if voter else None,
        "refused": refused,
        "open": ballot.state == State.OPEN and ballot.opens_at <= now < ballot.closes_at,
        "to_confirm": [_hearing(ballot, h) for h in mine if h.witness_id == actor.account_id],
        "others": [_hearing(ballot, h, closed=True) for h in mine if h.witness_id != actor.account_id],
        "may_settle": table.may(actor, "ballot.settle", ballot.motion.matter.place_path),
        "me": actor.account_id,
    }
    return render(request, "ballots/desk/phone.html", context, status=status)


def _hearing(ballot: Ballot, one: Hearing, *, closed: bool = False) -> dict[str, Any]:
    """To the witness with what was said, since they heard it; to others without."""
    return {
        "id": one.pk,
        "door": door_of(one.voter),
        "recorder": one.recorder.name,
        "recorder_id": one.recorder_id,
        "witness": one.witness.name,
        "channel": one.get_channel_display(),
        "at": one.heard_at,
        "what": "" if closed else choice_words(ballot, json.loads(one.choice.open())),
        "note": one.note,
    }


def _take_down(request: HttpRequest, ballot: Ballot, voter: Voter, form: HeardForm) -> HttpResponse:
    actor, now = worker_and_now(request)
    given = form.cleaned_data
    said: dict[str, Any] = {
        "actor": actor, "ballot_id": ballot.pk, "seq": voter.seq, "choice": form.choice(), "channel": given["channel"], "now": now,
        "witness_id": given["witness"], "consent": given["consent"], "note": given["note"],
    }  # fmt: skip
    if given["channel"] == Channel.MEETING and given["witness"] is None:
        receipt = casting.record_vote(**said)
        if receipt.vote.state == Vote.State.CONFLICT:
            messages.warning(request, _("已登记；和这一户别的票矛盾，已列入待核实。"))
        else:
            messages.success(request, _("已登记这一票。"))
    else:
        if given["channel"] == Channel.MEETING:
            raise Invalid("bad_channel", _("会场里当众表示的不用另选见证人。"), fields={"witness": [_("会场里当众表示的不用另选见证人。")]})
        hearing.hear(**said)
        messages.success(request, _("已登记，等见证人在自己的屏幕上确认。"))
    return to("phone", ballot.pk)


@require_POST
@of_ballot("ballot.record")
def confirm(request: HttpRequest, ballot: Ballot, hearing_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    receipt = hearing.confirm_hearing(actor=actor, hearing_id=min(hearing_id, LARGEST), now=now)
    if receipt.vote.state == Vote.State.CONFLICT:
        messages.warning(request, _("已确认；和这一户别的票矛盾，已列入待核实。"))
    else:
        messages.success(request, _("已确认，这一票已计入。"))
    return to("phone", ballot.pk)


@require_POST
@of_ballot("ballot.record")
def drop(request: HttpRequest, ballot: Ballot, hearing_id: int) -> HttpResponse:
    actor, now = worker_and_now(request)
    hearing.drop_hearing(actor=actor, hearing_id=min(hearing_id, LARGEST), why=request.POST.get("why", ""), now=now)
    messages.success(request, _("登记已作废。"))
    return to("phone", ballot.pk)

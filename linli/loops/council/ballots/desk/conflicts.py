"""Votes of one voter that contradict each other: channels, times, who recorded; which one stands is settled with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from linli.kernel.access import table
from linli.kernel.access.asking import put_on, query
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.files.actions import gone_if_refused
from linli.kernel.files.wording import look
from linli.kernel.rolls.models import Voter
from linli.lib.masking import mask_name
from linli.loops.council.ballots import queries
from linli.loops.council.ballots.actions import settling
from linli.loops.council.ballots.desk import door_of, kept, number, of_ballot, photo_as, to, voter_words, worker_and_now
from linli.loops.council.ballots.desk_forms import SettleForm, choice_words
from linli.loops.council.ballots.models import Ballot, Settlement, State, Vote
from linli.web.downloads import STEP, as_download, asked_as, cut, downloads, every
from linli.web.words import date_long

PAGE = 30


@require_http_methods(["GET", "HEAD", "POST"])
@of_ballot("ballot.read")
def conflicts(request: HttpRequest, ballot: Ballot) -> HttpResponseBase:
    """Of a secret ballot never the choices, only that they differ."""
    actor, now = worker_and_now(request)
    if request.method != "POST" and asked_as(request):
        return _file(request, ballot)
    may = table.may(actor, "ballot.settle", ballot.motion.matter.place_path) and ballot.state in (State.OPEN, State.CLOSED)
    found = queries.conflicts(ballot, after=number(request.GET.get("after", "")), limit=PAGE + 1)
    tried, status, refused = None, 200, None
    if request.method == "POST":
        seq, status = number(request.POST.get("seq", "")), 422
        mine = next(((v, votes) for v, votes in found if v.seq == seq), None) or _of(ballot, seq)
        form = SettleForm(
            request.POST, request.FILES, votes=[(v.pk, "") for v in mine[1]] if mine else [], ballot=ballot, auto_id=f"s{seq}_%s"
        )
        if form.is_valid() or not mine:
            try:
                with gone_if_refused():
                    settling.settle(
                        actor=actor,
                        ballot_id=ballot.pk,
                        seq=seq,
                        vote_id=form.cleaned_data["vote"] or None if mine else None,
                        reason=form.cleaned_data.get("reason", "") if mine else "-",
                        statement=kept(actor, form.cleaned_data.get("statement"), now) if mine else None,
                        now=now,
                    )
            except Invalid as problem:
                put_on(form, photo_as(problem, "statement"))
            except Refused as problem:
                if problem.status in (403, 404):
                    raise
                refused, status = problem, problem.status
            else:
                messages.success(request, _("已核实。"))
                return to("conflicts", ballot.pk)
        tried = (seq, form)
    context = {
        "ballot": ballot,
        "title": ballot.motion.matter.public_title or ballot.motion.matter.title,
        "rows": [_row(ballot, voter, votes, may, tried) for voter, votes in found[:PAGE]],
        "next": query(request, after=str(found[PAGE - 1][0].seq)) if len(found) > PAGE else "",
        "may": may,
        "refused": refused,
        "settled": [
            _settled(s)
            for s in Settlement.objects.filter(ballot=ballot).select_related("voter", "stands", "statement").order_by("-pk")[:50]
        ],
        "may_open": table.may(actor, "ballot.record", ballot.motion.matter.place_path),
        "exports": downloads(request),
    }
    return render(request, "ballots/desk/conflicts.html", context, status=status)


def _file(request: HttpRequest, ballot: Ballot) -> HttpResponseBase:
    """A row for each vote that waits to be settled; of a secret ballot never the choices. Two queries for each five hundred voters."""

    def page(after: int | None) -> tuple[Sequence[tuple[Voter, list[Vote]]], int | None]:
        return cut(queries.conflicts(ballot, after=after or 0, limit=STEP + 1), lambda one: one[0].seq)

    def rows() -> Iterator[list[Any]]:
        for voter, votes in every(page):
            for vote in votes:
                told = _vote(ballot, vote)
                row = [voter.seq, door_of(voter), voter_words(voter), told["channel"], vote.cast_at, told["who"], told["recorded"]]
                yield row if ballot.is_secret else [*row, told["what"]]

    header = (_("序号"), _("门牌"), _("姓名"), _("渠道"), _("什么时候投的"), _("谁投的"), _("谁登记的"))
    name = f"{_('互相矛盾的票')} {ballot.motion.matter.ref}"
    return as_download(request, name, header if ballot.is_secret else (*header, _("投的什么")), rows(), (8, 28, 16, 12, 18, 14, 14, 24))


def _of(ballot: Ballot, seq: int) -> tuple[Voter, list[Vote]] | None:
    votes = list(Vote.objects.filter(ballot=ballot, voter__seq=seq, state=Vote.State.CONFLICT).select_related("voter").order_by("pk"))
    return (votes[0].voter, votes) if votes else None


def _row(ballot: Ballot, voter: Voter, votes: list[Vote], may: bool, tried: Any) -> dict[str, Any]:
    shown = [_vote(ballot, v) for v in votes]
    labels = [(v.pk, _("、").join(filter(None, [s["channel"], s["cast"], s["what"]]))) for v, s in zip(votes, shown, strict=True)]
    form = tried[1] if tried and tried[0] == voter.seq else None
    if form is not None:
        form.fields["vote"].choices = [*labels, (0, _("都不算"))]
    return {
        "seq": voter.seq,
        "door": door_of(voter),
        "name": voter_words(voter),
        "votes": shown,
        "form": (form or SettleForm(votes=labels, ballot=ballot, auto_id=f"s{voter.seq}_%s")) if may else None,
    }


def _vote(ballot: Ballot, vote: Vote) -> dict[str, str]:
    return {
        "channel": vote.get_channel_display(),
        "cast": date_long(vote.cast_at),
        "recorded": vote.recorder.name if vote.recorder else _("本人"),
        "who": mask_name(vote.person.name) if vote.person else "",
        "what": "" if ballot.is_secret else choice_words(ballot, vote.choice),
    }


def _settled(one: Settlement) -> dict[str, Any]:
    return {
        "door": door_of(one.voter),
        "stands": one.stands.get_channel_display() if one.stands else _("都不算"),
        "reason": one.reason,
        "statement": reverse("ballots_desk:file", args=[one.ballot_id, one.statement_id]) if one.statement_id else "",
        "look": look(one.statement) if one.statement else "",
        "by": one.by_name,
        "at": one.at,
    }

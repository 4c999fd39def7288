"""Sheets for the wall in the official wording: ballot notice, result notice, a specimen of the paper ballot; and the pictures kept with a ballot."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.kernel.access import table
from linli.kernel.access.refusals import NotFound
from linli.kernel.files.models import StoredFile
from linli.kernel.files.serving import served_inside
from linli.law import voting
from linli.loops.council.ballots.desk import LARGEST, of_ballot, words, worker_and_now
from linli.loops.council.ballots.desk.running import result_of
from linli.loops.council.ballots.desk.setup import term_rows
from linli.loops.council.ballots.desk.sheets import face_of
from linli.loops.council.ballots.models import Ballot, Delivery, Proxy, Reading, Settlement, State
from linli.loops.council.ballots.wording import cited, frozen_words
from linli.loops.council.motions.models import Decision
from linli.web.words import whole_dates

WHAT = ("notice", "result", "specimen", "form")


@require_GET
@of_ballot("ballot.read")
@whole_dates()
def printed(request: HttpRequest, ballot: Ballot, what: str) -> HttpResponse:
    """`size=a3` for the poster. The result only exists once it was counted."""
    if what not in WHAT or (what == "result" and ballot.state != State.COUNTED):
        raise NotFound("no_sheet", _("没有这张纸，或者还没有到能印的时候。"))
    place = voting.place(ballot.jurisdiction)
    context: dict[str, Any] = {
        "ballot": ballot,
        "face": face_of(ballot),
        "size": "a3" if request.GET.get("size") == "a3" else "a4",
        "paper_url": f"{settings.PUBLIC_URL}/ballots/{ballot.pk}/",
        "paper_issuer": ballot.motion.matter.place.name,
        "back_href": reverse("ballots_desk:one", args=[ballot.pk]),
        "lines": list(frozen_words(ballot, voting_over=what == "result")),
        "cited": cited(words.rule_of(ballot).rules),
        "what": what,
        "place": place.name(words.language()),
    }
    if what == "result":
        decision = Decision.objects.filter(motion=ballot.motion).order_by("-pk").first()
        context |= {"result": result_of(ballot), "until": decision.holds_from if decision else None}
    if what == "form":
        context["terms"] = term_rows(ballot)
    template = {"notice": "notice_print", "result": "result_print", "specimen": "specimen", "form": "official_form"}[what]
    return render(request, f"ballots/desk/{template}.html", context)


@require_GET
@of_ballot("ballot.read")
def picture(request: HttpRequest, ballot: Ballot, file_id: int) -> HttpResponse:
    """A scan, a proof, an authority or a statement of this ballot, for whoever takes votes here. Not found and not allowed look alike."""
    actor, now = worker_and_now(request)
    number = min(file_id, LARGEST)
    kept = (
        Reading.objects.filter(sheet__ballot=ballot, scan_id=number).exists()
        or Delivery.objects.filter(ballot=ballot, proof_id=number).exists()
        or Proxy.objects.filter(ballot=ballot, authority_id=number).exists()
        or Settlement.objects.filter(ballot=ballot, statement_id=number).exists()
        or ballot.official_proof_id == number
    )
    allowed = table.may(actor, "ballot.record", ballot.motion.matter.place_path)
    file = StoredFile.objects.filter(pk=number).first() if kept and allowed else None
    return served_inside(file, actor=actor, about=f"ballot {ballot.pk}", now=now)

"""After the count: what opens a secret ballot handed to its witnesses and then erased, a bundle that failed made once more."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linli.kernel.access.refusals import Refused
from linli.loops.council.ballots.actions import publishing
from linli.loops.council.ballots.desk import of_ballot, to, worker_and_now
from linli.loops.council.ballots.desk.running import one_page
from linli.loops.council.ballots.desk_forms import WitnessesForm
from linli.loops.council.ballots.models import Ballot


@require_POST
@of_ballot("ballot.count")
def take(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    """The file for the counting witnesses, as `verify_bundle.py --openings` reads it. Taking it is logged with their names."""
    actor, now = worker_and_now(request)
    form = WitnessesForm(request.POST)
    if not form.is_valid():
        return one_page(request, ballot, status=422, witnesses=form)
    try:
        told = publishing.take_openings(actor=actor, ballot_id=ballot.pk, witnesses=form.cleaned_data["witnesses"], now=now)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        return one_page(request, ballot, status=refused.status, refused=refused, witnesses=form)
    answer = HttpResponse(json.dumps(told, ensure_ascii=False, indent=1), content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="openings-{ballot.pk}.json"'
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@require_POST
@of_ballot("ballot.count")
def erase(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    actor, now = worker_and_now(request)
    try:
        publishing.erase_openings(actor=actor, ballot_id=ballot.pk, now=now)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        return one_page(request, ballot, status=refused.status, refused=refused)
    messages.success(request, _("封存内容已经从这里删除，只有监票人手里有。"))
    return to("one", ballot.pk)


@require_POST
@of_ballot("ballot.count")
def again(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    """A bundle that could not be made is tried once more, after its cause was mended."""
    actor, now = worker_and_now(request)
    try:
        publishing.build_again(actor=actor, ballot_id=ballot.pk, now=now)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        return one_page(request, ballot, status=refused.status, refused=refused)
    messages.success(request, _("表决包会重新生成，过几分钟再来看。"))
    return to("one", ballot.pk)

"""The package for the government's voting system, taken at the Desk."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from linli.kernel.access.refusals import Refused
from linli.loops.council.ballots.actions import handing
from linli.loops.council.ballots.desk import of_ballot, worker_and_now
from linli.loops.council.ballots.desk.running import one_page
from linli.loops.council.ballots.models import Ballot


@require_POST
@of_ballot("ballot.package")
def take(request: HttpRequest, ballot: Ballot) -> HttpResponse:
    actor, now = worker_and_now(request)
    try:
        _ballot, content = handing.take_official_package(actor=actor, ballot_id=ballot.pk, now=now)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        return one_page(request, ballot, status=refused.status, refused=refused)
    answer = HttpResponse(content, content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="official-{ballot.motion.matter.ref}-{ballot.pk}.zip"'
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer

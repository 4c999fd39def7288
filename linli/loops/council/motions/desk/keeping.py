"""The evidence of a decision as a file, for a court or the archive."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.kernel.access.refusals import NotFound
from linli.kernel.matters import desk
from linli.kernel.matters.acts import worker_and_now
from linli.loops.council.motions.actions.keeping import take_evidence
from linli.loops.council.motions.desk.reading import at_desk


@require_GET
@desk.at_desk
def evidence(request: HttpRequest, ref: str, decision_id: str) -> HttpResponse:
    """Taking it is logged."""
    actor, now = worker_and_now(request)
    matter = at_desk(actor, ref).matter
    content, decision = take_evidence(actor=actor, decision_id=int(decision_id), now=now)
    if decision.motion_id != matter.pk:
        raise NotFound("no_decision", _("没有找到这项决定。"))
    answer = HttpResponse(content, content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="evidence-{matter.ref}-{decision.pk}.zip"'
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer

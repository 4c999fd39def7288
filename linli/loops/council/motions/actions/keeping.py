"""Keeping the evidence of a decision as long as it can be challenged, and letting it go afterwards."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotFound, Refused
from linli.kernel.accounts.actions import log_event
from linli.loops.council.motions import evidence
from linli.loops.council.motions.contesting import is_kept
from linli.loops.council.motions.models import Challenge, Decision, Evidence

VERB = "motion.evidence"


def fix_due(now: datetime, *, limit: int = 5) -> int:
    """
    Fix the evidence of decisions that became final, and again of those attacked or annulled since; returns how many. One for which a room
    still makes something waits.
    """
    final = Q(confirmed_at__isnull=False) | Q(annulled_at__isnull=False)
    stale = Q(evidence=None) | Q(evidence__let_go_at=None, challenges__recorded_at__gte=F("evidence__made_at"))
    stale |= Q(evidence__let_go_at=None, challenges__ended_at__gte=F("evidence__made_at"))
    stale |= Q(evidence__let_go_at=None, annulled_at__gte=F("evidence__made_at"))
    done = 0
    for decision in Decision.objects.filter(final & stale).select_related("motion__matter").distinct().order_by("pk")[:limit]:
        if evidence.is_ready(decision) and is_kept(decision, list(Challenge.objects.filter(decision=decision)), now):
            with transaction.atomic():
                evidence.fixed(decision, now)
            done += 1
    return done


def let_go_due(now: datetime, *, limit: int = 50) -> int:
    """Empty what can no longer be asked for; that it was there, and its hash, stay. Returns how many."""
    done = 0
    for found in Evidence.objects.filter(let_go_at=None).select_related("decision").order_by("pk")[:limit]:
        if not is_kept(found.decision, list(Challenge.objects.filter(decision=found.decision)), now):
            found.kept, found.let_go_at = "", now
            found.save(update_fields=["kept", "let_go_at"])
            done += 1
    return done


@transaction.atomic
def take_evidence(*, actor: Actor, decision_id: int, now: datetime) -> tuple[bytes, Decision]:
    """
    The file for a court or the archive; taking it is logged. One that was not fixed yet is gathered now. Raises NotFound, NotAllowed,
    Refused("let_go") once its time is over.
    """
    decision = Decision.objects.select_related("motion__matter").filter(pk=decision_id).first()
    if decision is None:
        raise NotFound("no_decision", _("没有找到这项决定。"))
    table.require(actor, VERB, decision.motion.matter.place_path)
    found = Evidence.objects.filter(pk=decision_id).first()
    if found is not None and found.let_go_at is not None:
        raise Refused("let_go", _("可以请求撤销的期限已过，证据档案已经依法清除；它的指纹还在。"), rule=_("民法典第二百八十条"))
    content = evidence.content_of(found) if found is not None else evidence.gathered(decision)[0]
    log_event("evidence_taken", now=now, actor=actor, about=decision.motion.matter.ref, decision=decision.pk)
    return content, decision

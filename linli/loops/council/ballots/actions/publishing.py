"""Publishing the bundle: made by the worker after the result was posted, once; what opens a secret one goes to the witnesses and then away."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from linli.insight.choice.bundle import NotSecret
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.accounts.actions import log_event
from linli.loops.council.ballots import bundles
from linli.loops.council.ballots.actions.setting_up import ballot_of
from linli.loops.council.ballots.models import Ballot, Openings, Published

log = logging.getLogger(__name__)
# A worker that died while building: another takes over after this.
LEASE = timedelta(minutes=30)


def build_due(now: datetime, *, limit: int = 5) -> int:
    """Make the bundles that wait; returns how many were published. Each is claimed first, so that two workers never make the same."""
    free = Q(state="waiting") | Q(state="building", claimed_at__lt=now - LEASE)
    made = 0
    for pk in list(Published.objects.filter(free).order_by("ballot_id").values_list("pk", flat=True)[:limit]):
        if Published.objects.filter(free, pk=pk).update(state=Published.State.BUILDING, claimed_at=now):
            made += publish(pk, now)
    return made


def publish(ballot_id: int, now: datetime) -> bool:
    """
    Build, check and store the bundle of one counted ballot; whether it is there. What cannot be built says why and stays for a person: the
    posted result is not touched.
    """
    ballot = Ballot.objects.select_related("roll", "motion__matter").get(pk=ballot_id)
    try:
        content, digest = bundles.to_file(bundles.build(ballot, _kept(ballot) if ballot.is_secret else None))
    except (bundles.BundleProblem, NotSecret, ValueError, KeyError) as problem:
        log.exception("the bundle of ballot %s could not be made", ballot_id)
        Published.objects.filter(pk=ballot_id).update(state=Published.State.FAILED, problem=str(problem)[:300], claimed_at=now)
        return False
    fingerprint = json.loads(content)["fingerprint"]
    with transaction.atomic():
        Published.objects.filter(pk=ballot_id).update(
            state=Published.State.READY, content=bundles.packed(content), size=len(content), digest=digest, built_at=now, problem=""
        )
        Ballot.objects.filter(pk=ballot_id).update(bundle_hash=fingerprint)
    return True


def _kept(ballot: Ballot) -> dict[str, Any]:
    found = Openings.objects.filter(ballot=ballot).first()
    told: dict[str, Any] = json.loads(found.kept.open()) if found and found.kept else {}
    return told


@transaction.atomic
def build_again(*, actor: Actor, ballot_id: int, now: datetime) -> Published:
    """Have a bundle that failed made once more (after its cause was mended)."""
    ballot_of(actor, ballot_id, "ballot.count")
    if not Published.objects.filter(pk=ballot_id, state=Published.State.FAILED).update(state=Published.State.WAITING):
        raise Refused("not_failed", _("表决包没有失败，不用重新生成。"))
    return Published.objects.get(pk=ballot_id)


@transaction.atomic
def take_openings(*, actor: Actor, ballot_id: int, witnesses: str, now: datetime) -> dict[str, Any]:
    """
    The file for the counting witnesses, who keep it under lock for a court: it shows area beside choice. Taking it is logged; it can be
    taken again until it is erased here. Raises Refused before the bundle is published and after the erasure.
    """
    ballot_of(actor, ballot_id, "ballot.count")
    found = Openings.objects.select_for_update().filter(pk=ballot_id).first()
    if found is None:
        raise NotFound("no_openings", _("记名表决没有封存内容。"))
    if not found.kept:
        raise Refused("openings_erased", _("封存内容已经交给监票人，这里不再保存。"))
    if not Published.objects.filter(pk=ballot_id, state=Published.State.READY).exists():
        raise Refused("bundle_waiting", _("表决包还没有公布，请过几分钟再取。"))
    if not witnesses.strip():
        raise Invalid("missing", _("请写明交给哪两位监票人。"), fields={"witnesses": [_("请写明监票人。")]})
    found.taken_at, found.taken_by_id, found.witnesses = now, actor.account_id, witnesses.strip()[:120]
    found.save(update_fields=["taken_at", "taken_by", "witnesses"])
    log_event("openings_taken", now=now, actor=actor, about=f"ballot {ballot_id}")
    told: dict[str, Any] = json.loads(found.kept.open())
    return told


@transaction.atomic
def erase_openings(*, actor: Actor, ballot_id: int, now: datetime) -> None:
    """The witnesses have the file: here it is erased for good. Refused while nobody took it."""
    ballot_of(actor, ballot_id, "ballot.count")
    if not Openings.objects.filter(pk=ballot_id, taken_at__isnull=False, erased_at=None).update(kept=b"", erased_at=now):
        raise Refused("not_taken", _("监票人还没有取走封存内容，不能删除。"))
    log_event("openings_erased", now=now, actor=actor, about=f"ballot {ballot_id}")


def file_of(ballot_id: int) -> tuple[bytes, str]:
    """The published file and its hash. Raises NotFound while there is none."""
    found = Published.objects.filter(pk=ballot_id, state=Published.State.READY).first()
    if found is None:
        raise NotFound("no_bundle", _("表决包还没有公布。"))
    return bundles.unpacked(found.content), found.digest

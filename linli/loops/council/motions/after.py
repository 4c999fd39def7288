"""What a motion's page shows after the result: suspensions, challenges, until when it can be attacked, and the evidence kept for it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from django.urls import reverse

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking, if_any
from linli.kernel.access.tongue import as_read
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Matter
from linli.kernel.notices.official import full_date
from linli.lib.masking import scrub
from linli.loops.council.motions.contesting import kept_until, last_day_to_challenge
from linli.loops.council.motions.models import Challenge, Decision, Evidence, Suspension

# Where a decision was taken; on the way to the first there is nothing to attack.
MOST: Final = 1000
_AFTER: Final = ("posted", "carrying", "accepting", "rating", "suspended", "closed", "failed", "annulled")


def after_result(
    actor: Actor, matter: Matter, decisions: Sequence[Decision], told: Collection[str], *, desk: bool
) -> Asking[dict[str, Any] | None]:
    """
    What `motions/contest.html` is drawn with; None before a decision, and on the Square where there is nothing to attack. `told` are the verbs of
    the timeline: what it never spoke of is not asked for. At most one query.
    """
    if matter.state not in _AFTER or not decisions:
        return None
    decision = decisions[-1]
    challenges, suspensions = yield [
        if_any("challenge" in told, Challenge.objects.filter(decision=decision).order_by("pk")[:MOST]),
        if_any("suspend" in told, Suspension.objects.filter(decision=decision).order_by("pk")[:MOST]),
    ]
    context: dict[str, Any] = {
        "challenges": [_challenge(one) for one in challenges],
        "suspensions": [_suspension(one) for one in suspensions],
        "posted_until": full_date(last_day_to_challenge(decision.posted_at.astimezone(ZONE).date())),
        "annulled": decision.annulled_at is not None,
        "desk": desk,
    }
    if desk:
        return context | _kept(actor, matter, decision, challenges)
    return context if decision.passed or challenges or suspensions else None


def _challenge(one: Challenge) -> dict[str, Any]:
    return {
        "where": one.get_forum_display(),
        "who": one.who,
        "case": one.case_number,
        "text": scrub(one.text).text,
        "filed": full_date(one.filed_on),
        "known": full_date(one.known_on),
        "last": full_date(one.last_day),
        "in_time": one.in_time,
        "outcome": one.get_outcome_display(),
        "running": not one.outcome,
        "ruling": scrub(one.ruling).text,
    }


def _suspension(one: Suspension) -> dict[str, Any]:
    return {
        "ground": one.get_ground_display(),
        "rule": one.rule,
        "text": scrub(one.text).text,
        "since": full_date(one.from_at.astimezone(ZONE).date()),
        "review": full_date(one.review_on),
        "until": full_date(one.until_at.astimezone(ZONE).date()) if one.until_at else "",
        "why_ended": as_read(scrub(one.why_ended).text),
    }


def _kept(actor: Actor, matter: Matter, decision: Decision, challenges: list[Challenge]) -> dict[str, Any]:
    """For those who keep the file: its hash, its parts, through which day it is kept."""
    kept: Evidence | None = getattr(decision, "evidence", None)
    until = kept_until(decision.posted_at, challenges)
    may = table.may(actor, "motion.evidence", matter.place_path)
    return {
        "digest": kept.digest if kept else "",
        "parts": len(kept.contents) if kept else 0,
        "let_go": bool(kept and kept.let_go_at),
        "kept_until": full_date(until) if until else "",
        "download": reverse("motions_desk:evidence", args=[matter.ref, decision.pk]) if may and not (kept and kept.let_go_at) else "",
    }

"""Can this ballot be kept secret? Asked before it is announced, of the roll it will be put to."""

from __future__ import annotations

from linli.insight.choice.secrecy import why_not_secret
from linli.law.reasons import say
from linli.loops.council.ballots import bundles
from linli.loops.council.ballots.models import Ballot
from linli.loops.council.ballots.wording import language


def obstacle(ballot: Ballot) -> str:
    """Why the choices could not stay secret, in words for whoever sets it up, one sentence a reason; empty when they can."""
    policies = ballot.policies
    reasons = why_not_secret(
        list(bundles.areas_of(ballot).values()),
        silent=policies.get("silent", "strict"),
        invalid_ballot=policies.get("invalid_ballot", "not_participating"),
    )
    return " ".join(say(reason, "zh" if language().startswith("zh") else "en") for reason in reasons)

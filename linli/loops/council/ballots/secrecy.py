"""Can this ballot be kept secret? Asked before it is announced, of the roll it will be put to."""

from __future__ import annotations

from django.utils.translation import gettext as _

from linli.loops.council.ballots.models import Ballot

# Fewer than this, and who voted is nearly what was voted.
FEWEST = 10


def obstacle(ballot: Ballot) -> str:
    """Why the choices could not stay secret, in words for whoever sets it up; empty when they can."""
    if ballot.roll.voter_count < FEWEST:
        return _("无记名表决：名册只有 %(n)s 人，人太少，保不住秘密，请改为记名。") % {"n": ballot.roll.voter_count}
    return ""

"""A voter's votes that contradict each other, settled by a person before the count."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.files.models import StoredFile
from linli.kernel.rolls.models import Voter
from linli.loops.council.ballots import locks
from linli.loops.council.ballots.actions.storing import voter_of
from linli.loops.council.ballots.models import Ballot, Settlement, State, Vote
from linli.loops.council.ballots.wording import refuse


@transaction.atomic
def settle(
    *, actor: Actor, ballot_id: int, seq: int, vote_id: int | None, reason: str, now: datetime, statement: StoredFile | None = None
) -> Settlement:
    """
    Say which of a voter's contradicting votes stands (None: neither counts, as for joint owners who do not agree), after asking them; why is kept,
    and the `statement` they signed, without which it is refused where the ballot's rule asks for one. Raises Invalid, Refused("no_conflict").
    """
    ballot = Ballot.objects.select_related("motion__matter").filter(pk=ballot_id).first()
    if ballot is None:
        raise NotFound("no_ballot", _("没有找到这次表决。"))
    table.require(actor, "ballot.settle", ballot.motion.matter.place_path)
    locks.share(ballot_id)
    ballot.refresh_from_db(fields=["state"])
    if ballot.state in (State.COUNTED, State.ABANDONED):
        raise refuse("already_counted" if ballot.state == State.COUNTED else "abandoned")
    if not reason.strip():
        raise Invalid("missing", _("请写明怎样核实的。"), fields={"reason": [_("请写明怎样核实的。")]})
    if ballot.settle_signed and statement is None:
        words = _("这次表决的规则要求：核实时要有本人签字的书面说明。")
        raise Invalid("statement_missing", words, fields={"statement": [words]})
    voter = voter_of(ballot, seq)
    Voter.objects.select_for_update(of=("self",)).filter(pk=voter.pk).first()
    held = Vote.objects.filter(ballot=ballot, voter=voter, state=Vote.State.CONFLICT)
    chosen = held.filter(pk=vote_id).first() if vote_id is not None else None
    if not held.exists() or (vote_id and chosen is None):
        raise Refused("no_conflict", _("这一户没有待核实的票，可能别人已经核实过了。"))
    held.exclude(pk=vote_id or 0).update(state=Vote.State.VOID)
    if chosen is not None:
        Vote.objects.filter(pk=chosen.pk).update(state=Vote.State.STANDS)
    return Settlement.objects.create(
        ballot=ballot,
        voter=voter,
        stands=chosen,
        reason=reason.strip()[:300],
        statement=statement,
        at=now,
        by_id=actor.account_id,
        by_name=actor.name,
    )

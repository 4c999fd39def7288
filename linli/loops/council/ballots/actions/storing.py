"""The one way a vote comes in, whatever its channel: checked, beside the voter's earlier ones, with its receipt. A voter counts once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from linli.kernel.access.prepared import NUMBER, Prepared
from linli.kernel.access.prepared import store as store_rows
from linli.kernel.access.refusals import Invalid, NotFound, said
from linli.kernel.rolls.models import Voter
from linli.lib.problems import InputProblem
from linli.loops.council.ballots import kept, locks, receipts, sealing
from linli.loops.council.ballots.models import Ballot, Vote
from linli.loops.council.ballots.rules import check_choice, on_second_vote, why_not_cast
from linli.loops.council.ballots.wording import refuse


@dataclass(frozen=True)
class Receipt:
    """What a voter takes away: the vote's state, and the code by which its place in the published bundle can be found."""

    vote: Vote
    code: str
    repeats: bool = False
    seq: int = 0


_live: Prepared[Vote] = Prepared(
    lambda ballot, voter: Vote.objects.filter(ballot_id=ballot, voter_id=voter, state__in=("stands", "conflict")).order_by("pk"),
    ballot=NUMBER,
    voter=NUMBER,
)


def store(
    ballot: Ballot,
    voter: Voter,
    choice: Any,
    *,
    channel: str,
    cast_at: datetime,
    now: datetime,
    person_id: int | None,
    theirs: str = "",
    locked: bool = False,
    **more: Any,
) -> Receipt:
    """
    Store a vote beside what the voter's earlier ones mean: it replaces, repeats, is refused, or lies in conflict with them.

    The voter's row is locked first (or was by the caller), so that two channels at the same instant are told apart.
    """
    if not locked:
        list(Voter.objects.select_for_update(of=("self",)).filter(pk=voter.pk).values_list("pk"))
    live = _live.all(ballot=ballot.pk, voter=voter.pk)
    standing = live[0] if live else None
    cipher = sealing.cipher_of(ballot) if ballot.is_secret else None
    state = Vote.State.STANDS
    if cast_at >= ballot.closes_at:
        state = Vote.State.LATE
    elif standing is not None:
        said = {vote.pk: _choice_of(ballot, vote, cipher) for vote in live}
        same = next((v for v in live if said[v.pk] == choice and (v.channel, v.person_id) == (channel, person_id)), None)
        if same is not None:
            return Receipt(same, receipt_code(ballot, same, cipher), repeats=True, seq=voter.seq)
        before = said[standing.pk]
        fate = on_second_vote(
            same_choice=before == choice,
            same_channel=standing.channel == channel,
            same_person=standing.person_id == person_id,
            first_stands=ballot.first_stands,
            earlier_is_later=standing.cast_at > cast_at,
        )
        if fate == "refused":
            raise refuse("first_stands")
        if fate == "repeats" and standing.state == Vote.State.STANDS:
            return Receipt(standing, receipt_code(ballot, standing, cipher), repeats=True, seq=voter.seq)
        if fate == "replaces" and standing.state == Vote.State.STANDS:
            Vote.objects.filter(pk=standing.pk).update(state=Vote.State.REPLACED)
        else:
            state = Vote.State.CONFLICT
            Vote.objects.filter(ballot=ballot, voter=voter, state=Vote.State.STANDS).update(state=Vote.State.CONFLICT)
    hidden: dict[str, Any] = {}
    if cipher:
        made = receipts.secret_payload(choice, theirs)
        code, hidden = made["tag"], {"choice": None, "sealed": sealing.seal(cipher, ballot, voter.pk, made)}
    else:
        nonce = secrets.token_bytes(16)
        code = receipts.named_code(receipts.ballot_name(ballot), voter.seq, choice, nonce.hex())
        hidden = {"choice": choice, "nonce": nonce, "receipt": code}
    vote = Vote(
        ballot=ballot,
        voter=voter,
        channel=channel,
        state=state,
        cast_at=cast_at,
        recorded_at=now,
        person_id=person_id,
        **hidden,
        **more,
    )
    store_rows([vote])
    return Receipt(vote, code, seq=voter.seq)


def _choice_of(ballot: Ballot, vote: Vote, cipher: Any) -> Any:
    return sealing.unseal(cipher, ballot, vote.voter_id, vote.sealed)["choice"] if cipher else vote.choice


def receipt_code(ballot: Ballot, vote: Vote, cipher: Any = None) -> str:
    """
    Named: the salted hash of voter and choice, which anybody computes again from the bundle. Secret: the random tag under which the choice
    is published, known to the voter alone once the count has destroyed the key; Refused("key_destroyed") then.
    """
    if not ballot.is_secret:
        return vote.receipt
    return str(sealing.unseal(cipher or sealing.cipher_of(ballot), ballot, vote.voter_id, vote.sealed)["tag"])


def checked(ballot: Ballot, choice: Any, *, on_paper: bool = False) -> Any:
    """The choice as it is counted. Raises Invalid for one that this ballot does not know; on paper a sheet may also be invalid."""
    try:
        return check_choice(ballot.kind, ballot.question, choice, on_paper=on_paper)
    except InputProblem as problem:
        raise Invalid(problem.code, said(problem), fields={"choice": [said(problem)]}) from None


def open_ballot(ballot_id: int, now: datetime) -> Ballot:
    """A ballot that takes votes now, and until the end of the transaction. Raises NotFound, or Refused with why not."""
    return open_for(ballot_id, None, now)[0]


def open_for(ballot_id: int, person_id: int | None, now: datetime) -> tuple[Ballot, bool]:
    """The ballot while it is open, which it stays until the end of the transaction; whether the person holds an authority in it."""
    locks.share(ballot_id)
    found = kept.ballot_now(ballot_id, person_id)
    if found is None:
        raise NotFound("no_ballot", _("没有找到这次表决。"))
    ballot = found[0]
    code = why_not_cast(state=ballot.state, opens_at=ballot.opens_at, closes_at=ballot.closes_at, now=now)
    if code:
        raise refuse(code)
    return found


def voter_of(ballot: Ballot, seq: int) -> Voter:
    """The voter with this number on the ballot's roll. Raises NotFound."""
    found = Voter.objects.filter(roll_id=ballot.roll_id, seq=seq).first()
    if found is None:
        raise NotFound("no_voter", _("名册上没有这个序号。"))
    return found

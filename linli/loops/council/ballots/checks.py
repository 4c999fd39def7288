"""Data consistency of ballots, for `linli check`."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, F, Q

from linli.insight.choice.reading import CaseError
from linli.law.voting import RuleRefused
from linli.loops.council.ballots import guard
from linli.loops.council.ballots.actions.announcing import frozen_still
from linli.loops.council.ballots.actions.counting import recount
from linli.loops.council.ballots.models import Ballot, Reading, Secrecy, State, Vote
from linli.web.checks import Problem, consistency

_MOST = 50


@consistency("announced ballots are guarded by the database")
def guarded() -> Iterator[Problem]:
    for name in guard.missing():
        yield Problem(f"the trigger {name} is missing: call linli.loops.council.ballots.guard.install()")


@consistency("ballots stand as they were frozen")
def frozen() -> Iterator[Problem]:
    for ballot in Ballot.objects.exclude(state__in=(State.DRAFT, State.ABANDONED)).select_related("roll").order_by("pk").iterator(200):
        if not frozen_still(ballot):
            yield Problem(f"ballot {ballot.pk}: rule, roll, secrecy or window differ from what was announced; restore them from a backup")


@consistency("a voter has at most one vote that stands")
def once() -> Iterator[Problem]:
    twice = Vote.objects.filter(state=Vote.State.STANDS).values("ballot_id", "voter_id").annotate(n=Count("pk")).filter(n__gt=1)
    for row in twice[:_MOST]:
        yield Problem(f"ballot {row['ballot_id']}: voter {row['voter_id']} has {row['n']} votes that stand; settle which one counts")


@consistency("only voters of the roll have voted")
def on_the_roll() -> Iterator[Problem]:
    for vote in Vote.objects.exclude(voter__roll_id=F("ballot__roll_id")).select_related("voter")[:_MOST]:
        yield Problem(f"ballot {vote.ballot_id}: vote {vote.pk} is of voter {vote.voter_id}, who is on another roll ({vote.voter.roll_id})")


@consistency("secret ballots were parted from their voters")
def parted() -> Iterator[Problem]:
    over = Ballot.objects.filter(secrecy=Secrecy.SECRET, state__in=(State.COUNTED, State.ABANDONED))
    for ballot in over.order_by("pk"):
        if ballot.key or ballot.key_destroyed_at is None:
            yield Problem(f"ballot {ballot.pk} is over and its key is still there: destroy it")
        left = Reading.objects.filter(sheet__ballot=ballot).exclude(choice=b"", second=b"", scan=None)
        if left.exists():
            yield Problem(f"ballot {ballot.pk} is over and readings or scans of its papers still name a choice: erase them")
    still = Vote.objects.filter(ballot__state=State.COUNTED, ballot__secrecy=Secrecy.SECRET).exclude(Q(sealed=b"") & Q(choice=None))
    for vote in still[:_MOST]:
        yield Problem(f"ballot {vote.ballot_id}: vote {vote.pk} of a counted secret ballot still holds a choice: erase it")


@consistency("named ballots counted again give the same result")
def recounted() -> Iterator[Problem]:
    for ballot in Ballot.objects.filter(state=State.COUNTED, secrecy=Secrecy.NAMED).select_related("roll").order_by("pk").iterator(50):
        try:
            again = recount(ballot)
        except (CaseError, RuleRefused) as problem:
            yield Problem(f"ballot {ballot.pk} can no longer be counted: {problem}")
            continue
        if again != ballot.result:
            yield Problem(f"ballot {ballot.pk}: counting the stored votes again gives another result than the one posted")

"""What is the same for every voter is read once; what moves is asked at every vote."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from linli.kernel.access.refusals import Refused
from linli.loops.council.ballots import kept
from linli.loops.council.ballots.actions import casting, setting_up
from linli.loops.council.ballots.models import Ballot, Vote
from linli.loops.council.motions.actions import preparing
from linli.loops.council.motions.models import Motion
from tests.council.ballots.test_square import address, at, signed_in  # noqa: F401 - a fixture among them
from tests.council.factories import CLOSES, OPENS, Council, announced, cast, opened
from tests.factories import DAY, HOUR, NOW

pytestmark = pytest.mark.django_db


def asked(act: Any) -> list[str]:
    """What is asked of the database beside the beginning and the end of transactions."""
    with CaptureQueriesContext(connection) as found:
        act()
    return [q["sql"] for q in found if not q["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))]


def test_a_vote_after_the_first_asks_the_database_seven_times(council: Council, at: Any) -> None:  # noqa: F811
    ballot = opened(council)
    cast(council, ballot, 2)
    client = signed_in(council)
    done: list[Any] = []
    sent, where = {"choice": "agree", "cast": "1"}, address(council, ballot)
    queries = asked(lambda: done.append(client.post(where, sent)))
    assert done[0].headers["Location"] == address(council, ballot, page="receipt")
    # Session, account, grants, the ballot as it stands, the voter (locked), earlier votes, the vote; on PostgreSQL the ballot's lock too.
    assert len(queries) == 7 + (connection.vendor == "postgresql"), queries
    assert Vote.objects.filter(state="stands").count() == 2
    # The same again is the same vote; another choice is told as before.
    client.post(address(council, ballot), sent)
    assert Vote.objects.count() == 2
    client.post(address(council, ballot), {**sent, "choice": "against"})
    assert sorted(Vote.objects.values_list("state", "choice")) == [("replaced", "agree"), ("stands", "against"), ("stands", "agree")]


def test_nothing_kept_lets_a_vote_into_a_ballot_that_was_stopped(council: Council, at: Any) -> None:  # noqa: F811
    ballot = opened(council)
    cast(council, ballot, 2)
    client = signed_in(council)
    setting_up.abandon(actor=council.head, ballot_id=ballot.pk, text="名册有误", now=OPENS + HOUR)
    answer = client.post(address(council, ballot), {"choice": "agree", "cast": "1"})
    assert answer.status_code in (403, 409) and Vote.objects.count() == 1


def test_a_ballot_announced_anew_is_read_anew(council: Council) -> None:
    ballot = announced(council)
    before, _holds = kept.ballot_now(ballot.pk, None) or pytest.fail("it is there")
    assert kept.asked_lately(ballot.pk) is not None
    preparing.take_back_notice(actor=council.head, matter_id=ballot.motion_id, now=NOW + HOUR, text="写错了时间")
    draft, _holds = kept.ballot_now(ballot.pk, None) or pytest.fail("it is there")
    assert draft.state == "draft"
    setting_up.set_up(
        actor=council.head,
        motion=Motion.objects.get(pk=ballot.motion_id),
        roll=ballot.roll,
        opens_at=OPENS,
        closes_at=CLOSES + DAY,
        profile=ballot.profile,
        now=NOW + HOUR,
    )
    preparing.give_notice(actor=council.head, matter_id=ballot.motion_id, now=NOW + HOUR)
    setting_up.open_now(actor=council.head, ballot_id=ballot.pk, now=OPENS)
    after, _holds = kept.ballot_now(ballot.pk, None) or pytest.fail("it is there")
    assert (before.closes_at, after.closes_at) == (CLOSES, CLOSES + DAY)
    with pytest.raises(Refused) as refused:
        casting.cast_own(actor=council.residents[0], ballot_id=ballot.pk, choice="agree", now=OPENS + HOUR, asked=before.frozen_hash)
    assert refused.value.code == "changed_meanwhile"
    assert not Vote.objects.exists()
    assert casting.cast_own(
        actor=council.residents[0], ballot_id=ballot.pk, choice="agree", now=OPENS + HOUR, asked=after.frozen_hash
    ).vote.pk
    assert kept.ballot_now(ballot.pk + 999, None) is None
    assert Ballot.objects.get().votes.count() == 1

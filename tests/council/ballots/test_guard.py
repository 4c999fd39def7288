"""What was announced stands still in the database itself: no ordinary statement changes it, and what lawfully goes on still can."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from linli.kernel.access import triggers
from linli.loops.council.ballots import checks, guard
from linli.loops.council.ballots.actions import announcing, publishing
from linli.loops.council.ballots.models import Ballot, State
from linli.loops.council.motions.actions import preparing
from linli.loops.council.motions.models import Announcement, Text
from tests.council.factories import CLOSES, Council, announced, cast, counted, opened
from tests.factories import DAY, HOUR, NOW

pytestmark = pytest.mark.django_db

Act = Callable[[], Any]


@pytest.fixture
def council() -> Council:
    from tests.council.factories import council_again

    return council_again()


def refused(*acts: Act) -> None:
    for number, act in enumerate(acts):
        with pytest.raises(DatabaseError, match="what was announced never changes"), transaction.atomic():
            act()
            pytest.fail(f"act {number} was not refused")


def write(table: str, what: str, pk: int) -> Act:
    """An ordinary UPDATE as somebody with a database client would type it."""

    def act() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE {table} SET {what} WHERE id = %s", [pk])

    return act


CHANGES = (
    *("profile = 'owners.civil_code.special'", "jurisdiction = 'CN-SH'", 'policies = \'{"silent": "agree"}\'', "conditions = '[\"x\"]'"),
    *('thresholds = \'{"agree": {"area": "1/3"}}\'', "thresholds_source = 'mine'", "silent_clause = 'new'", "secrecy = 'secret'"),
    *("question = '{\"seats\": 9}'", "kind = 'survey'", "roll_id = roll_id + 1", "first_stands = NOT first_stands", "proxy_most = 99"),
    *("consultative = NOT consultative", "official_system = 'x'", "step = step + 1", "frozen = '{}'", "frozen_hash = 'sha256:00'"),
    *("motion_id = motion_id + 1", "announcement_id = NULL", "created_by_id = NULL, version = version + 1"),
    *(
        "state = 'draft'",
        "state = 'draft', announcement_id = NULL, frozen = '{}', frozen_hash = ''",
        "state = 'counted'",
        "state = 'closed'",
    ),
)


def test_an_announced_ballot_is_refused_every_change_that_decides(council: Council) -> None:
    ballot = announced(council)
    refused(
        *(write("ballots_ballot", what, ballot.pk) for what in CHANGES),
        lambda: Ballot.objects.filter(pk=ballot.pk).update(closes_at=CLOSES + DAY),
        lambda: Ballot.objects.filter(pk=ballot.pk).update(opens_at=NOW),
        lambda: Ballot.objects.filter(pk=ballot.pk)._raw_delete("default"),
    )
    ballot.refresh_from_db()
    assert announcing.frozen_still(ballot)


def test_a_notice_and_its_text_are_refused_every_change(council: Council) -> None:
    notice = announced(council).announcement
    assert notice is not None
    refused(
        *(
            write("motions_announcement", what, notice.pk)
            for what in ("days = 1", "frozen = '{}'", "step = step + 1", "text_id = text_id + 1")
        ),
        lambda: Announcement.objects.filter(pk=notice.pk).update(decidable_at=NOW),
        lambda: Announcement.objects.filter(pk=notice.pk).update(published_at=NOW - DAY),
        lambda: Announcement.objects.filter(pk=notice.pk)._raw_delete("default"),
        *(
            write("motions_text", what, notice.text_id)
            for what in ("title = 'x'", "body = 'x'", "options = '[]'", "digest = 'x'", "number = 9")
        ),
        lambda: Text.objects.filter(pk=notice.text_id)._raw_delete("default"),
    )
    # Who wrote it may be forgotten.
    assert Text.objects.filter(pk=notice.text_id).update(who="", by=None) == 1


def test_a_notice_is_taken_back_once_and_its_ballot_with_it(council: Council) -> None:
    ballot = announced(council)
    notice = ballot.announcement
    assert notice is not None
    preparing.take_back_notice(actor=council.head, matter_id=ballot.motion_id, now=NOW + DAY, text="文本有误")
    ballot.refresh_from_db()
    assert (ballot.state, ballot.frozen_hash) == (State.DRAFT, "")
    refused(
        lambda: Announcement.objects.filter(pk=notice.pk).update(taken_back_at=None, why_taken_back=""),
        lambda: Announcement.objects.filter(pk=notice.pk).update(why_taken_back="别的理由"),
    )
    # A draft is free again.
    assert Ballot.objects.filter(pk=ballot.pk).update(closes_at=CLOSES + DAY) == 1
    assert Ballot.objects.filter(pk=ballot.pk)._raw_delete("default") == 1  # type: ignore[func-returns-value]


def test_a_ballot_goes_its_way_and_its_result_stays(council: Council) -> None:
    ballot = opened(council)
    for who in range(30):
        cast(council, ballot, who)
    ballot = counted(council, ballot)
    assert publishing.build_due(CLOSES + HOUR) == 1
    refused(
        *(write("ballots_ballot", what, ballot.pk) for what in ("result = '{}'", "passed = NOT passed", "counted_at = NULL")),
        *(write("ballots_ballot", what, ballot.pk) for what in ("bundle_hash = 'x'", "state = 'open'", "state = 'abandoned'")),
        write("motions_announcement", f"used = {'false' if connection.vendor == 'postgresql' else 0}", ballot.announcement_id or 0),
        lambda: Ballot.objects.filter(pk=ballot.pk)._raw_delete("default"),
    )
    assert list(checks.frozen()) == list(checks.recounted()) == []


def test_the_check_of_the_house_names_a_missing_trigger(council: Council) -> None:
    assert list(checks.guarded()) == []
    guard.remove()
    assert len(list(checks.guarded())) == 6
    guard.install()
    assert list(checks.guarded()) == []


def test_the_guard_names_only_terms_the_table_has(council: Council) -> None:
    """As after a migration went back: else the trigger would refuse every change of an announced ballot, or none of the next."""
    ballot = announced(council)
    with connection.cursor() as cursor:
        guard.remove()
        cursor.execute("ALTER TABLE ballots_ballot RENAME COLUMN settle_signed TO settle_signed_later")
        guard.install()
        cursor.execute("UPDATE ballots_ballot SET state = 'open' WHERE id = %s", [ballot.pk])
        assert cursor.rowcount == 1
        refused(write("ballots_ballot", "proxy_most = 99", ballot.pk))
        guard.remove()
        cursor.execute("ALTER TABLE ballots_ballot RENAME COLUMN settle_signed_later TO settle_signed")
        guard.install()
    refused(write("ballots_ballot", "settle_signed = NOT settle_signed", ballot.pk))


def test_migrating_puts_back_triggers_that_went_with_a_table(council: Council) -> None:
    guard.remove()
    call_command("migrate", verbosity=0)
    assert guard.missing() == []
    triggers.step_aside(plan=[object()])
    assert guard.missing() != []
    triggers.step_aside(plan=[])
    triggers.stand_again()
    assert guard.missing() == []

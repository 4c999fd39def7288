"""Votes on every channel: who may vote how and when, what a second vote does, when channels disagree, who was reached."""

from __future__ import annotations

from typing import Any

import pytest

from linli.kernel.access.refusals import Invalid, NotAllowed, Refused
from linli.kernel.files.models import StoredFile
from linli.loops.council.ballots.actions import casting, delivering, entrusting, on_paper, setting_up, settling
from linli.loops.council.ballots.models import Ballot, Delivery, Sheet, Vote
from linli.loops.council.ballots.queries import conflicts, ledger, my_standings
from tests.council.ballots.scene import code_of, seq_of
from tests.council.factories import CLOSES, HOMES, OPENS, Council, announced, cast, counted, opened
from tests.factories import DAY, HOUR, NOW


# --- casting ------------------------------------------------------------------------------------------
def test_nobody_votes_before_or_after_the_window_nor_off_the_roll(council: Council) -> None:
    ballot = announced(council)
    with pytest.raises(Refused) as early:
        cast(council, ballot, 0, now=OPENS - HOUR)
    setting_up.open_due(OPENS)
    with pytest.raises(Refused) as stranger:
        casting.cast_online(actor=council.cast.neighbour, ballot_id=ballot.pk, choice="agree", now=OPENS)
    with pytest.raises(Refused) as late:
        cast(council, ballot, 0, now=CLOSES)
    assert [code_of(x) for x in (early, stranger, late)] == ["not_open", "not_on_roll", "closed"]


def test_sending_a_vote_twice_gives_the_same_receipt_and_counts_once(council: Council) -> None:
    ballot = opened(council)
    first, again = cast(council, ballot, 0), cast(council, ballot, 0)
    assert first.code == again.code
    assert again.repeats
    assert Vote.objects.count() == 1


def test_a_later_vote_on_the_same_channel_replaces_the_earlier(council: Council) -> None:
    ballot = opened(council)
    cast(council, ballot, 0, "agree")
    cast(council, ballot, 0, "against", now=OPENS + 2 * DAY)
    assert [v.state for v in Vote.objects.order_by("pk")] == ["replaced", "stands"]
    assert my_standings(council.residents[0], ballot)[0].voted.choice == "against"


def test_where_the_first_stands_a_second_is_refused(council: Council) -> None:
    ballot = opened(council, first_stands=True)
    cast(council, ballot, 0, "agree")
    with pytest.raises(Refused) as refused:
        cast(council, ballot, 0, "against")
    assert code_of(refused) == "first_stands"


def test_channels_that_disagree_wait_to_be_settled_before_the_count(council: Council) -> None:
    ballot = opened(council)
    cast(council, ballot, 0, "agree")
    seq = seq_of(council, ballot, 0)
    paper_vote(council, ballot, 0, "against")

    assert [v.seq for v, _votes in conflicts(ballot)] == [seq]
    with pytest.raises(Refused) as held:
        counted(council, ballot)
    online = Vote.objects.get(channel="online")
    with pytest.raises(NotAllowed):
        settling.settle(actor=council.worker, ballot_id=ballot.pk, seq=seq, vote_id=online.pk, reason="打电话核实", now=CLOSES)
    settling.settle(actor=council.head, ballot_id=ballot.pk, seq=seq, vote_id=online.pk, reason="打电话核实", now=CLOSES)
    assert code_of(held) == "conflicts_open"
    assert counted(council, ballot).result["law"]["agree"]["owners"] == 1


def paper_vote(council: Council, ballot: Ballot, who: int, choice: Any, now: Any = None) -> Any:
    now = now or ballot.opens_at + 3 * DAY
    sheets = on_paper.print_sheets(actor=council.worker, ballot_id=ballot.pk, now=now)
    sheet = next(s for s in sheets if s.voter.person_id == council.owners[who].pk)
    on_paper.key_in(actor=council.worker, code=sheet.code, choice=choice, received_at=now, now=now)
    return on_paper.key_in(actor=council.head, code=sheet.code, choice=choice, received_at=now, now=now)


def test_a_paper_needs_two_people_and_becomes_a_vote_when_they_agree(council: Council) -> None:
    ballot = opened(council)
    now = OPENS + DAY
    sheet = next(
        s for s in on_paper.print_sheets(actor=council.worker, ballot_id=ballot.pk, now=now) if s.voter.person_id == council.owners[20].pk
    )
    on_paper.key_in(actor=council.worker, code=sheet.code, choice="agree", received_at=now, now=now)
    with pytest.raises(Refused) as alone:
        on_paper.key_in(actor=council.worker, code=sheet.code, choice="agree", received_at=now, now=now)
    differs = on_paper.key_in(actor=council.head, code=sheet.code, choice="against", received_at=now, now=now)
    assert code_of(alone) == "same_person"
    assert differs.state == "differs"
    with pytest.raises(Refused):
        counted(council, ballot)
    on_paper.drop_reading(actor=council.head, reading_id=differs.pk, now=now)
    for who in (council.worker, council.head):
        on_paper.key_in(actor=who, code=sheet.code, choice="invalid", received_at=now, now=CLOSES)
    vote = Vote.objects.get()
    assert (vote.channel, vote.choice, vote.recorder_id, vote.witness_id) == (
        "paper",
        "invalid",
        council.worker.account_id,
        council.head.account_id,
    )


def test_a_reprint_voids_the_sheet_before_it(council: Council) -> None:
    ballot = opened(council)
    old = on_paper.print_sheets(actor=council.worker, ballot_id=ballot.pk, now=OPENS, seqs=[1])[0]
    new = on_paper.print_sheets(actor=council.worker, ballot_id=ballot.pk, now=OPENS, seqs=[1], again=True)[0]
    assert old.code != new.code
    with pytest.raises(Refused) as refused:
        on_paper.key_in(actor=council.worker, code=old.code, choice="agree", received_at=OPENS, now=OPENS)
    assert code_of(refused) == "void_sheet"
    assert Sheet.objects.filter(void_at=None).count() == 1


def test_a_paper_received_after_closing_is_kept_and_not_counted(council: Council) -> None:
    ballot = opened(council)
    sheet = on_paper.print_sheets(actor=council.worker, ballot_id=ballot.pk, now=OPENS, seqs=[1])[0]
    setting_up.close_due(CLOSES)
    for who in (council.worker, council.head):
        on_paper.key_in(actor=who, code=sheet.code, choice="agree", received_at=CLOSES + HOUR, now=CLOSES + 2 * HOUR)
    assert Vote.objects.get().state == Vote.State.LATE


def test_a_vote_by_phone_needs_consent_and_a_witness(council: Council) -> None:
    ballot = opened(council)
    given: dict[str, Any] = {"actor": council.worker, "ballot_id": ballot.pk, "seq": 1, "choice": "agree", "channel": "phone", "now": OPENS}
    with pytest.raises(Refused) as unasked:
        casting.record_vote(**given, witness_id=council.head.account_id, consent=False)
    with pytest.raises(Refused) as unseen:
        casting.record_vote(**given, witness_id=None, consent=True)
    with pytest.raises(Refused) as self_seen:
        casting.record_vote(**given, witness_id=council.worker.account_id, consent=True)
    assert [code_of(x) for x in (unasked, unseen, self_seen)] == ["consent_needed", "witness_needed", "same_person"]


def test_a_proxy_needs_a_paper_and_keeps_to_its_instruction(council: Council, authority: StoredFile) -> None:
    ballot = opened(council, proxy_most=1)
    seq = seq_of(council, ballot, 30)
    given: dict[str, Any] = {"actor": council.worker, "ballot_id": ballot.pk, "holder": council.owners[1], "now": OPENS}
    with pytest.raises(Invalid):
        entrusting.record_proxy(**given, seq=seq, authority=None)
    entrusting.record_proxy(**given, seq=seq, authority=authority, instruction="agree")
    with pytest.raises(Refused) as limit:
        entrusting.record_proxy(**given, seq=seq_of(council, ballot, 31), authority=authority)
    with pytest.raises(Refused) as against:
        entrusting.cast_by_proxy(actor=council.residents[1], ballot_id=ballot.pk, seq=seq, choice="against", now=OPENS)
    with pytest.raises(Refused) as other:
        entrusting.cast_by_proxy(actor=council.residents[2], ballot_id=ballot.pk, seq=seq, choice="agree", now=OPENS)
    receipt = entrusting.cast_by_proxy(actor=council.residents[1], ballot_id=ballot.pk, seq=seq, choice="agree", now=OPENS)
    assert [code_of(x) for x in (limit, against, other)] == ["proxy_limit", "against_instruction", "no_proxy"]
    assert receipt.vote.channel == "proxy"


@pytest.fixture
def authority(council: Council) -> StoredFile:
    import io

    from PIL import Image

    from linli.kernel.files.actions import store_picture

    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "PNG")
    picture.seek(0)
    return store_picture(actor=council.worker, upload=picture, name="委托书.png", now=NOW)


# --- delivery ----------------------------------------------------------------------------------------
def test_the_ledger_shows_every_attempt_and_whom_nobody_reached(council: Council) -> None:
    ballot = opened(council)
    for seq, outcome in ((1, "signed"), (2, "unreachable"), (3, "refused")):
        delivering.record_delivery(
            actor=council.worker, ballot_id=ballot.pk, seq=seq, how="in_person", outcome=outcome, note="敲门两次", now=OPENS
        )
    assert [r.voter.seq for r in ledger(ballot, only="failed")] == [2, 3]
    assert delivering.announce_instead(actor=council.head, ballot_id=ballot.pk, now=OPENS + DAY) == 2
    assert delivering.announce_instead(actor=council.head, ballot_id=ballot.pk, now=OPENS + DAY) == 0
    assert all(d.stands_from and d.stands_from > OPENS + 8 * DAY for d in Delivery.objects.filter(how="notice"))
    assert len(ledger(ballot, only="untried")) == HOMES - 3
    assert ledger(ballot, building=None) == [], "every home here stands in a building"
    assert len(ledger(ballot, building=ballot.roll.voters.all()[0].building_id)) == HOMES


def test_reminders_go_only_to_those_who_have_not_voted(council: Council) -> None:
    ballot = opened(council)
    for who in range(HOMES - 2):
        cast(council, ballot, who)
    assert delivering.remind(actor=council.head, ballot_id=ballot.pk, now=OPENS + 2 * DAY) == 2
    assert delivering.remind(actor=council.head, ballot_id=ballot.pk, now=OPENS + 2 * DAY) == 0

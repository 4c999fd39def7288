"""A ballot from its setting up to its result: what freezes, what its notice and lists owe, what is counted, what is kept secret."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.db.models import ProtectedError

from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.people.actions import settle
from linli.kernel.people.models import Home, Person
from linli.kernel.rolls.actions import objecting
from linli.kernel.rolls.models import Roll
from linli.lib.problems import InputProblem
from linli.loops.council.ballots.actions import announcing, counting, setting_up
from linli.loops.council.ballots.models import Ballot, SecretPaper, State, Vote
from linli.loops.council.ballots.queries import open_ballots_for, turnout
from linli.loops.council.ballots.rules import check_choice, check_question, on_second_vote
from linli.loops.council.motions.actions import preparing, raising
from linli.loops.council.motions.models import Decision, Motion
from tests.council.ballots.scene import code_of
from tests.council.factories import CLOSES, HOMES, OPENS, Council, announced, cast, counted, frozen_roll, opened, scheduled
from tests.factories import DAY, NOW


# --- pure -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "question", "choice"),
    [
        ("yes_no", {}, "perhaps"),
        ("yes_no", {}, "invalid"),
        ("approval", {"options": [{"code": "A"}, {"code": "B"}]}, {"approve": ["C"]}),
        ("approval", {"options": [{"code": "A"}, {"code": "B"}]}, {"approve": []}),
        ("election", {"options": [{"code": "A"}, {"code": "B"}], "seats": 1}, {"approve": ["A", "B"]}),
        ("ranked", {"options": [{"code": "A"}, {"code": "B"}]}, {"rank": ["A", "A"]}),
        ("points", {"options": [{"code": "A"}], "points": 3}, {"points": {"A": 4}}),
        ("points", {"options": [{"code": "A"}], "points": 3}, {"points": {"A": -1}}),
    ],
)
def test_a_choice_that_cannot_be_used_says_what_to_change(kind: str, question: dict[str, Any], choice: Any) -> None:
    with pytest.raises(InputProblem) as problem:
        check_choice(kind, question, choice)
    assert problem.value.text_zh


@pytest.mark.parametrize(
    ("same_choice", "same_channel", "same_person", "first_stands", "earlier_is_later", "fate"),
    [
        (True, False, False, True, True, "repeats"),
        (False, True, True, False, False, "replaces"),
        (False, True, True, True, False, "refused"),
        (False, True, True, False, True, "conflict"),
        (False, False, True, False, False, "conflict"),
        (False, True, False, False, False, "conflict"),
    ],
)
def test_what_a_second_vote_means(
    same_choice: bool, same_channel: bool, same_person: bool, first_stands: bool, earlier_is_later: bool, fate: str
) -> None:
    found = on_second_vote(
        same_choice=same_choice,
        same_channel=same_channel,
        same_person=same_person,
        first_stands=first_stands,
        earlier_is_later=earlier_is_later,
    )
    assert found == fate


# --- setting up and freezing --------------------------------------------------------------------------
def test_a_ballot_freezes_with_its_notice_for_everybody(council: Council) -> None:
    ballot = announced(council)

    assert ballot.state == State.ANNOUNCED
    assert ballot.frozen["roll_hash"] == ballot.roll.hash
    assert announcing.frozen_still(ballot)
    with pytest.raises(Refused) as refused:
        setting_up.set_up(
            actor=council.cast.street_officer,
            motion=Motion.objects.get(pk=ballot.motion_id),
            roll=ballot.roll,
            opens_at=OPENS,
            closes_at=CLOSES + DAY,
            profile="owners.civil_code.ordinary",
            now=NOW,
        )
    assert code_of(refused) == "draft_only"


def test_a_changed_text_thaws_it_and_it_must_be_announced_anew(council: Council) -> None:
    ballot = announced(council)
    raising.amend(actor=council.head, matter_id=ballot.motion_id, now=NOW + DAY, title="改了", body="另一份方案", options=[])
    ballot.refresh_from_db()
    assert (ballot.state, ballot.frozen_hash) == (State.DRAFT, "")
    assert setting_up.open_due(OPENS) == 0


def test_a_window_that_opens_within_the_notice_is_not_announced(council: Council) -> None:
    with pytest.raises(Refused) as refused:
        announced(council, opens_at=NOW + 10 * DAY, in_time=False)
    assert code_of(refused) == "opens_in_notice"
    assert Ballot.objects.get().state == State.DRAFT


def test_a_rule_nobody_verified_asks_for_its_figures_and_their_source(council: Council) -> None:
    matter = scheduled(council)
    motion = Motion.objects.get(pk=matter.pk)
    terms: dict[str, Any] = {
        "actor": council.head,
        "motion": motion,
        "roll": frozen_roll(council),
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "now": NOW,
    }
    with pytest.raises(Invalid) as invalid:
        setting_up.set_up(**terms, profile="residents_meeting.from_2026")
    assert "thresholds" in invalid.value.fields
    entered = {"take_part": {"entitled": [">", "1/2"]}, "agree": {"entitled": [">", "1/2"]}}
    assert setting_up.set_up(**terms, profile="residents_meeting.from_2026", thresholds=entered, thresholds_source="新法第 20 条")


def test_beijing_keeps_binding_votes_on_its_own_system(council: Council) -> None:
    ballot = opened(council, jurisdiction="CN-BJ")
    assert ballot.consultative
    for who in range(30):
        cast(council, ballot, who)
    counted(council, ballot)
    assert not Decision.objects.exists()
    with pytest.raises(Invalid):
        counting.import_official(
            actor=council.head, ballot_id=ballot.pk, passed=True, figures={}, proof=None, text="通过", now=CLOSES + DAY
        )


# --- notice and lists ----------------------------------------------------------------------------------
def residents_roll(council: Council) -> Roll:
    """Twelve neighbours of 26 registered as living here."""
    for person, home in zip(council.owners[:12], council.homes[:12], strict=True):
        Person.objects.filter(pk=person.pk).update(born_on=date(2000, 1, 1))
        settle(actor=council.worker, person=person, home=Home.objects.get(place=home), relation="owner", since_on=date(2020, 1, 1), now=NOW)
    return frozen_roll(council, kind="residents")


def test_a_villages_list_of_electors_is_public_for_its_twenty_days_before_the_vote(council: Council) -> None:
    matter, roll = scheduled(council), residents_roll(council)
    terms: dict[str, Any] = {
        "actor": council.head, "motion": Motion.objects.get(pk=matter.pk), "roll": roll, "profile": "village_election.first_round", "now": NOW,
        "kind": "election", "question": {"options": [{"code": c, "title": c} for c in "AB"], "seats": 1}, "closes_at": CLOSES,
    }  # fmt: skip

    with pytest.raises(Invalid) as none:
        setting_up.set_up(**terms, opens_at=NOW + 23 * DAY)
    assert code_of(none) == "no_electors"
    terms["roll"] = frozen_roll(council, kind="residents", policy={"purpose": "village_election"})
    with pytest.raises(Invalid) as refused:
        setting_up.set_up(**terms, opens_at=NOW + 19 * DAY)

    assert code_of(refused) == "roll_posted_short"
    assert "20 天" in str(refused.value.text)
    assert "《中华人民共和国村民委员会组织法" in str(refused.value.fields["opens_at"])
    ballot = setting_up.set_up(**terms, opens_at=NOW + 23 * DAY)

    objection = objecting.object_for(
        actor=council.worker, roll_id=ballot.roll_id, name="老张", kind="missing", text="没有我", now=NOW + DAY
    )
    preparing.give_notice(actor=council.head, matter_id=matter.pk, now=NOW)
    with pytest.raises(Refused) as waiting:
        setting_up.open_now(actor=council.head, ballot_id=ballot.pk, now=ballot.opens_at)
    assert code_of(waiting) == "objections_open" and "村民委员会组织法" in str(waiting.value.rule)
    objecting.answer(actor=council.head, objection_id=objection.pk, accepted=False, text="不满十八周岁", now=NOW + 2 * DAY)
    assert setting_up.open_now(actor=council.head, ballot_id=ballot.pk, now=ballot.opens_at).state == "open"


def test_a_villagers_meeting_is_noticed_ten_days_ahead_and_an_owners_fifteen(council: Council) -> None:
    motion, roll = Motion.objects.get(pk=scheduled(council).pk), residents_roll(council)
    terms: dict[str, Any] = {"actor": council.head, "motion": motion, "now": NOW, "opens_at": OPENS, "closes_at": CLOSES}

    for profile, days in (("villagers_meeting.persons", 10), ("villagers_representatives", 0)):
        ballot = setting_up.set_up(**terms, roll=roll, profile=profile)
        assert announcing.notice_days(ballot, demanded=False) == days
        prepared = announcing.prepared(motion, ballot.step, NOW)
        assert prepared is not None
        assert prepared.frozen["notice_days"] == days
    owners = setting_up.set_up(**terms, roll=frozen_roll(council), profile="owners.civil_code.ordinary")
    assert announcing.notice_days(owners, demanded=True) == 15


def test_a_place_that_asks_for_working_days_gets_them(council: Council) -> None:
    """Shaoxing: five working days for whatever owners are told; from Wednesday 10 June they end on Wednesday 17 June."""
    ballot = Ballot(jurisdiction="CN-33-SX")

    assert counting.posting_days(ballot, NOW) == 7
    assert counting.posting_days(Ballot(jurisdiction="CN-44-QY"), NOW) == 15
    assert counting.posting_days(Ballot(jurisdiction="CN"), NOW) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"quotas": [{"code": "q1", "name": "女委员", "least": 2, "source": "第八条"}]},
        {"quotas": [{"code": "q1", "name": "女委员", "least": 1, "source": ""}]},
        {"options": [{"code": "A", "title": "甲", "groups": ["q9"]}, {"code": "B", "title": "乙"}]},
        {"alternates": -1},
    ],
)
def test_a_quota_that_cannot_be_applied_is_not_put_to_a_vote(change: dict[str, Any]) -> None:
    with pytest.raises(InputProblem):
        check_question("election", {"options": [{"code": "A", "title": "甲"}, {"code": "B", "title": "乙"}], "seats": 1, **change})


# --- turnout and count -------------------------------------------------------------------------------
def test_turnout_says_in_both_dimensions_what_is_still_needed(council: Council) -> None:
    ballot = opened(council)
    for who in range(10):
        cast(council, ballot, who)
    found = turnout(ballot)
    owners, area = found.dimensions
    assert (owners.have, owners.total, owners.needed, owners.missing) == (10, 40, 27, 17)
    assert area.total == ballot.roll.area
    assert area.needed is not None and area.missing == area.needed - area.have > 0
    assert found.by_channel == {"online": 8, "phone": 2}


def test_a_decision_passes_by_both_dimensions_and_reaches_the_motion(council: Council) -> None:
    ballot = opened(council)
    for who in range(30):
        cast(council, ballot, who, "agree" if who < 20 else "against")
    ballot = counted(council, ballot)

    assert ballot.passed
    decision = Decision.objects.get()
    assert decision.passed
    assert decision.figures["agree_owners"] == 20
    with pytest.raises(Refused) as again:
        counting.count(actor=council.head, ballot_id=ballot.pk, now=CLOSES)
    assert code_of(again) == "already_counted"


def test_a_decision_that_passes_by_number_fails_by_area_and_says_by_how_much(council: Council) -> None:
    from linli.kernel.people.models import Home

    # Ten large homes against twenty-four small ones.
    Home.objects.filter(place__in=council.homes[30:]).update(exclusive_area=40_000)
    ballot = opened(council)
    for who in range(34):
        cast(council, ballot, who if who < 24 else who + 6, "agree" if who < 24 else "against")
    ballot = counted(council, ballot)

    law = ballot.result["law"]
    assert law["quorum"]
    assert not ballot.passed
    assert any("area" in reason for reason in law["reasons"])
    assert "平方米" in Decision.objects.get().text


def test_joint_owners_who_disagree_count_neither_way_when_left_unsettled(council: Council) -> None:
    assert on_second_vote(same_choice=False, same_channel=True, same_person=False, first_stands=False, earlier_is_later=False) == "conflict"


def test_options_are_decided_by_method_and_law(council: Council) -> None:
    options = [{"code": "A", "title": "一部", "text": "", "cost_fen": 1}, {"code": "B", "title": "两部", "text": "", "cost_fen": 2}]
    ballot = opened(council, kind="approval", question={"options": options})
    for who in range(30):
        cast(council, ballot, who, {"approve": ["B"]} if who < 20 else {"approve": ["A", "B"]} if who < 25 else "abstain")
    ballot = counted(council, ballot)
    assert (ballot.passed, ballot.result["winner"]) == (True, "B")


@pytest.mark.parametrize("method", ["schulze", "instant_runoff"])
def test_rankings_find_a_winner_the_owners_carry(council: Council, method: str) -> None:
    options = [{"code": c, "title": c, "text": "", "cost_fen": None} for c in "ABC"]
    ballot = opened(council, kind="ranked", question={"options": options, "method": method})
    for who in range(28):
        cast(council, ballot, who, {"rank": ["A", "B"] if who < 15 else ["C", "A"]})
    assert counted(council, ballot).result["winner"] == "A"


def test_an_election_fills_seats_and_leaves_equals_without_one(council: Council) -> None:
    options = [{"code": c, "title": f"候选人{c}", "text": "", "cost_fen": None} for c in "ABCD"]
    ballot = opened(council, kind="election", question={"options": options, "seats": 2})
    for who in range(30):
        cast(council, ballot, who, {"approve": ["A", "B"] if who < 20 else ["A", "C"]})
    result = counted(council, ballot).result
    assert result["elected"] == ["A", "B"]
    assert result["vacant"] == 0


def test_a_budget_is_shared_out_with_reasons(council: Council) -> None:
    options = [{"code": c, "title": c, "text": "", "cost_fen": cost} for c, cost in (("A", 60_000), ("B", 30_000), ("C", 50_000))]
    ballot = opened(council, kind="budget", question={"options": options, "budget_fen": 100_000})
    for who in range(30):
        cast(council, ballot, who, {"approve": ["A", "B"] if who < 20 else ["C"]})
    result = counted(council, ballot).result
    assert set(result["winners"]) == {"A", "B"}
    assert {"greedy", "mes_add1"} == set(result["rules"])


# --- secrecy ------------------------------------------------------------------------------------------
def test_the_database_alone_never_links_a_secret_choice_to_a_voter(council: Council) -> None:
    ballot = opened(council, secrecy="secret")
    receipts = [cast(council, ballot, who, "agree" if who % 3 else "against") for who in range(30)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT choice, sealed FROM ballots_vote")
        rows = cursor.fetchall()
    assert all(choice in (None, "null") for choice, _sealed in rows)
    assert len({len(bytes(sealed)) for _choice, sealed in rows}) == 1

    ballot = counted(council, ballot)
    assert ballot.key_destroyed_at
    assert not ballot.key
    assert not any(bytes(v.sealed) for v in Vote.objects.all())
    papers = list(SecretPaper.objects.all())
    assert [p.tag for p in papers] == sorted(p.tag for p in papers)
    assert {r.code for r in receipts} == {p.tag for p in papers}
    assert sum(p.choice == "agree" for p in papers) == ballot.result["law"]["agree"]["owners"]


def test_a_group_too_small_to_hide_in_is_asked_for_a_named_ballot(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linli.insight.choice.secrecy.LEAST_OWNERS", HOMES + 1)
    with pytest.raises(Refused) as refused:
        announced(council, secrecy="secret")
    assert code_of(refused) == "missing"
    assert "记名" in str(refused.value)


def test_open_ballots_await_those_on_the_roll_and_nobody_else(council: Council) -> None:
    ballot = opened(council)
    assert [b.pk for b in open_ballots_for(council.residents[0], OPENS)] == [ballot.pk]
    assert open_ballots_for(council.cast.neighbour, OPENS) == []
    assert open_ballots_for(council.residents[0], CLOSES) == []


def test_stopping_a_ballot_is_public_and_a_new_notice_begins_anew(council: Council) -> None:
    ballot = opened(council)
    cast(council, ballot, 0)
    with pytest.raises(Invalid):
        setting_up.abandon(actor=council.head, ballot_id=ballot.pk, text=" ", now=OPENS + DAY)
    setting_up.abandon(actor=council.head, ballot_id=ballot.pk, text="名册漏了一栋", now=OPENS + DAY)
    again = announced(
        council,
        matter=Motion.objects.get(pk=ballot.motion_id).matter,
        now=OPENS + DAY,
        opens_at=OPENS + 30 * DAY,
        closes_at=OPENS + 50 * DAY,
    )
    assert again.pk != ballot.pk
    assert again.state == State.ANNOUNCED
    with pytest.raises(ProtectedError):
        ballot.roll.delete()
    preparing.take_back_notice(actor=council.head, matter_id=ballot.motion_id, now=OPENS + 2 * DAY, text="再改")

"""Ballots at the Desk: set up, opened, counted, printed; who may, bad input, what is never shown, how many queries."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.kernel.access.refusals import Invalid, Refused
from linli.loops.council.ballots import checks, guard
from linli.loops.council.ballots.actions import announcing, setting_up
from linli.loops.council.ballots.models import Ballot, State
from linli.loops.council.ballots.setup_form import ShareText
from linli.loops.council.motions.models import Announcement
from tests.council.ballots.scene import browser, local, set_up_form
from tests.council.factories import CLOSES, OPENS, Council, announced, cast, counted, frozen_roll, opened, scheduled
from tests.factories import DAY, HOUR, NOW

pytestmark = pytest.mark.usefixtures("plain_factor")

BOUND = 12


# --- setting up ----------------------------------------------------------------------------------------
def test_a_head_sets_a_ballot_up_changes_it_and_sees_what_the_notice_will_say(council: Council, at: Any) -> None:
    at(NOW)
    matter, roll = scheduled(council), frozen_roll(council)
    head, address = browser(council.head), f"/desk/motions/{matter.ref}/ballot/"
    page = head.get(address)
    assert page.status_code == 200
    assert "15" in page.content.decode()
    made = head.post(address, set_up_form(roll))
    assert made.status_code == 302
    ballot = Ballot.objects.get()
    shown = head.get(made.url).content.decode()
    assert roll.hash[:24] in shown
    head.post(address, set_up_form(roll, secrecy="secret", version=ballot.version))
    ballot.refresh_from_db()
    assert (ballot.secrecy, ballot.version) == ("secret", 2)
    late = head.post(address, set_up_form(roll, version=1))
    assert late.status_code == 409
    assert "share_by" not in ballot.question
    assert browser(council.worker).get(address).status_code == 403


def test_what_it_costs_is_shared_by_area_unless_the_head_says_otherwise(council: Council, at: Any) -> None:
    at(NOW)
    matter, roll = scheduled(council), frozen_roll(council)
    head, address = browser(council.head), f"/desk/motions/{matter.ref}/ballot/"
    assert re.search(r'<option value="area"\s+selected', head.get(address).content.decode())
    made = head.post(address, set_up_form(roll, share_by="area"))
    ballot = Ballot.objects.get()
    assert ballot.question["share_by"] == "area"
    assert "按专有面积分摊" in head.get(made.url).content.decode()
    head.post(address, set_up_form(roll, share_by="home", version=ballot.version))
    ballot.refresh_from_db()
    assert ballot.question["share_by"] == "home"


def test_a_stranger_to_the_rooms_numbers_is_told_the_law_in_words(council: Council, at: Any) -> None:
    """Refusals name the rule as people read it: the article, never the number it has in a table."""
    ballot = announced(council, opens_at=OPENS, closes_at=CLOSES)
    at(OPENS + DAY)
    setting_up.open_now(actor=council.head, ballot_id=ballot.pk, now=OPENS)
    with pytest.raises(Refused) as refused:
        announcing.announce_survey(actor=council.head, ballot_id=ballot.pk, now=OPENS)
    assert "《物业管理条例》第14条" in str(refused.value.rule)
    assert "OWN-" not in browser(council.head).get(f"/ballots/{ballot.pk}/").content.decode()


def test_what_was_typed_comes_back_with_what_to_mend(council: Council, at: Any) -> None:
    at(NOW)
    matter, roll = scheduled(council), frozen_roll(council)
    head, address = browser(council.head), f"/desk/motions/{matter.ref}/ballot/"
    for bad, field in (
        ({"closes_at": local(OPENS)}, "closes_at"),
        ({"kind": "budget", "budget": "12.345"}, "budget"),
        ({"profile": "custom", "agree_heads": "half"}, "agree_heads"),
        ({"profile": "residents_meeting.from_2026"}, "thresholds"),
        ({"silent": "follow_majority"}, "silent_clause"),
        ({"roll": "999"}, "roll"),
    ):
        page = head.post(address, {**set_up_form(roll), "official_system": "市平台", **bad})
        assert page.status_code == 422, field
        assert "市平台" in page.content.decode()
        assert "error-summary" in page.content.decode()
    assert not Ballot.objects.exists()


def test_a_rule_of_ones_own_takes_exact_shares_and_their_source(council: Council, at: Any) -> None:
    at(NOW)
    matter, roll = scheduled(council), frozen_roll(council)
    given = set_up_form(roll, profile="custom", part_heads="≥2/3", part_area="≥ 2/3", agree_heads="超过1/2", agree_area="> 50%")
    head, address = browser(council.head), f"/desk/motions/{matter.ref}/ballot/"
    assert head.post(address, given).status_code == 422
    assert head.post(address, {**given, "thresholds_source": "管理规约第 12 条"}).status_code == 302
    ballot = Ballot.objects.get()
    assert ballot.thresholds == {
        "take_part": {"owners": [">=", "2/3"], "area": [">=", "2/3"]},
        "agree": {"base": "participating", "owners": [">", "1/2"], "area": [">", "1/2"]},
    }


def test_silence_counts_otherwise_only_by_an_adopted_clause_printed_on_every_paper(council: Council, at: Any) -> None:
    clause = "业主大会议事规则第 9 条：未交回的按多数意见计。"
    matter, roll = scheduled(council), frozen_roll(council)
    silent = {"matter": matter, "roll": roll, "policies": {"silent": "follow_majority"}}
    with pytest.raises(Invalid) as bare:
        announced(council, **silent)
    assert bare.value.code == "clause_missing"
    ballot = announced(council, **silent, silent_clause=clause)
    assert ballot.frozen["silent_clause"] == clause
    at(NOW + DAY)
    worker = browser(council.worker)
    made = worker.post(f"/desk/ballots/{ballot.pk}/paper/make/", {"seq": 1})
    assert clause in worker.get(made.url).content.decode()


@pytest.mark.parametrize("text", ["1/2", ">0", ">3/2", "≥", "much", ">1/0"])
def test_a_share_that_is_none_is_refused(text: str) -> None:
    from django import forms

    with pytest.raises(forms.ValidationError):
        ShareText().clean(text)


def test_hangzhou_keeps_a_ballot_open_at_least_five_days(council: Council) -> None:
    with pytest.raises(Invalid) as short:
        announced(council, jurisdiction="CN-33-HZ", closes_at=OPENS + 3 * DAY)
    assert short.value.code == "window_short"


# --- running -------------------------------------------------------------------------------------------
def test_the_ballots_page_shows_turnout_and_never_a_choice_in_bounded_queries(council: Council, at: Any) -> None:
    ballot = opened(council)
    cast(council, ballot, 0, "against")
    cast(council, ballot, 9, "agree")
    at(OPENS + 2 * DAY)
    head = browser(council.head)
    head.get(f"/desk/ballots/{ballot.pk}/")
    for address in ("", "delivery/", "paper/", "phone/", "proxies/", "conflicts/"):
        with CaptureQueriesContext(connection) as made:
            page = head.get(f"/desk/ballots/{ballot.pk}/{address}")
        assert page.status_code == 200, address
        assert len(made) <= BOUND, (address, len(made), [q["sql"][:90] for q in made])
    shown = head.get(f"/desk/ballots/{ballot.pk}/").content.decode()
    assert "共 40" in shown
    assert "还差 25" in shown
    assert head.get("/desk/ballots/").status_code == 200


def test_residents_and_strangers_to_the_place_have_no_ballot_desk(council: Council, at: Any) -> None:
    ballot = opened(council)
    at(OPENS + DAY)
    for address in ("", "delivery/", "paper/", "phone/", "proxies/", "conflicts/"):
        assert browser(council.residents[0]).get(f"/desk/ballots/{ballot.pk}/{address}").status_code == 403
        assert Client().get(f"/desk/ballots/{ballot.pk}/{address}").status_code in (302, 403)


def test_a_ballot_is_opened_counted_and_printed_through_its_pages(council: Council, at: Any) -> None:
    ballot = announced(council)
    head, address = browser(council.head), f"/desk/ballots/{ballot.pk}/"
    at(NOW + DAY)
    assert head.post(f"{address}open/").status_code == 409
    at(OPENS)
    head = browser(council.head)
    assert head.post(f"{address}open/").headers["Location"] == address
    for who in range(30):
        cast(council, ballot, who)
    assert head.post(f"{address}count/").status_code == 409
    at(CLOSES + HOUR)
    head = browser(council.head)
    assert browser(council.worker).post(f"{address}count/").status_code == 403
    assert head.post(f"{address}count/").status_code == 302
    ballot.refresh_from_db()
    assert ballot.passed
    assert "表决通过" in head.get(address).content.decode()
    for what in ("notice", "result", "specimen", "form"):
        for size in ("", "?size=a3"):
            sheet = head.get(f"{address}print/{what}/{size}")
            assert sheet.status_code == 200
            # Beside a result nobody is told how to vote any more.
            assert ("同一名册序号只计一票" in sheet.content.decode()) == (what == "notice")
    assert list(checks.recounted()) == []
    guard.remove()  # until the end of the test's transaction
    Ballot.objects.filter(pk=ballot.pk).update(first_stands=True)
    assert len(list(checks.frozen())) == 1


def test_abandoning_an_announced_ballot_takes_its_notice_from_the_board(council: Council, at: Any) -> None:
    ballot = announced(council)
    at(NOW + DAY)
    head, address = browser(council.head), f"/desk/ballots/{ballot.pk}/"
    assert head.post(f"{address}abandon/", {"text": ""}).status_code == 422
    assert head.post(f"{address}abandon/", {"text": "名册有误"}).status_code == 302
    ballot.refresh_from_db()
    assert ballot.state == State.ABANDONED
    assert Announcement.objects.get().taken_back_at is not None


def test_a_survey_is_published_opened_and_counted_without_deciding_anything(council: Council, at: Any) -> None:
    at(NOW)
    matter, roll = scheduled(council), frozen_roll(council)
    head = browser(council.head)
    made = head.post(
        f"/desk/motions/{matter.ref}/ballot/?survey=1",
        set_up_form(roll, kind="survey", opens_at=local(NOW + DAY), closes_at=local(NOW + 5 * DAY)),
    )
    assert made.status_code == 302
    ballot = Ballot.objects.get()
    assert head.post(f"/desk/ballots/{ballot.pk}/survey/").status_code == 302
    assert setting_up.open_due(NOW + DAY) == 1
    ballot.refresh_from_db()
    cast(council, ballot, 0, now=NOW + 2 * DAY)
    ballot = counted(council, ballot)
    assert (ballot.state, ballot.passed) == (State.COUNTED, None)
    matter.refresh_from_db()
    assert matter.state == "scheduled"

"""Who by law is told of an assembly, and who may demand one; how long a roll is posted; a survey that becomes a motion."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from linli.kernel.access.refusals import Refused
from linli.kernel.accounts.models import Account, Unit, UnitKind
from linli.kernel.matters.models import Entry
from linli.kernel.notices.models import Message
from linli.kernel.places.law import place_rules
from linli.kernel.places.models import Place
from linli.kernel.rolls.actions.draft import draw_up
from linli.kernel.rolls.actions.freezing import days_posted, freeze
from linli.kernel.rolls.models import Roll
from linli.law import voting
from linli.lib.remembered import forget_all
from linli.loops.council.ballots.actions import announcing, counting, following, setting_up
from linli.loops.council.ballots.models import State
from linli.loops.council.motions.actions import preparing, screening, seconding
from linli.loops.council.motions.actions.telling import was_demanded
from linli.loops.council.motions.models import Announcement, Motion
from tests.council.factories import CLOSES, OPENS, Council, announced, cast, frozen_roll, scheduled, seconded
from tests.factories import HOUR, NOW

pytestmark = pytest.mark.django_db


def entry(verb: str) -> Entry | None:
    return Entry.objects.filter(verb=verb).order_by("-pk").first()


# --- the residents' committee ----------------------------------------------------------------------------
def test_the_residents_committee_is_told_with_the_notice_of_an_owners_assembly(council: Council) -> None:
    ballot = announced(council)
    said = entry("tell_committee")
    assert said is not None and said.facts["unit"] == council.cast.here.units["community"].name
    assert "物业管理条例" in said.facts["rule"]
    told = Message.objects.filter(unit_id=council.cast.here.units["community"].pk, title__startswith="业主大会会议告知")
    assert told.count() == 1
    # The same transaction, the same moment (同时告知).
    assert said.at == Announcement.objects.get(ballot=ballot).published_at


def test_without_a_residents_committee_the_paper_must_be_at_hand_or_nothing_is_announced(council: Council) -> None:
    Unit.objects.filter(kind=UnitKind.COMMUNITY).update(active=False)
    forget_all()
    matter = scheduled(council)
    with pytest.raises(Refused) as refused:
        announced(council, matter=matter)
    assert refused.value.code == "committee_not_told" and refused.value.rule == "OWN-020"
    assert not Announcement.objects.exists()
    preparing.file_document(actor=council.head, matter_id=matter.pk, now=NOW, kind="committee_told", text="6 月 1 日送达居委会，李主任签收")
    preparing.give_notice(actor=council.head, matter_id=matter.pk, now=NOW)
    said = entry("tell_committee")
    assert said is not None and said.facts["document"] == "committee_told"
    # A second notice is another one: the old paper does not tell of it.
    preparing.take_back_notice(actor=council.head, matter_id=matter.pk, now=NOW + HOUR, text="写错了")
    with pytest.raises(Refused) as again:
        preparing.give_notice(actor=council.head, matter_id=matter.pk, now=NOW + 2 * HOUR)
    assert again.value.code == "committee_not_told"


# --- a fifth of the owners -----------------------------------------------------------------------------------
def test_a_fifth_of_the_owners_demand_an_assembly_counted_against_the_roll(council: Council) -> None:
    frozen_roll(council)
    matter = seconded(council)
    motion = Motion.objects.get(pk=matter.pk)
    assert matter.state == "screening" and not was_demanded(motion)
    for who in range(motion.second_count, 7):
        seconding.second(actor=council.residents[who], matter_id=matter.pk, now=NOW)
    assert not was_demanded(motion), "seven of forty are not a fifth"
    screening.screen(actor=council.head, matter_id=matter.pk, now=NOW, power="owners")
    seconding.second(actor=council.residents[7], matter_id=matter.pk, now=NOW + HOUR)
    said = entry("demand")
    assert said is not None and was_demanded(motion)
    assert (said.facts["owners"], said.facts["owners_all"]) == (8, 40)
    assert "物业管理条例" in said.facts["rule"] and said.facts["share"] == "1/5"
    page = Client().get(f"/motions/M{matter.pk}/").content.decode()
    assert "联名业主 8 位（名册 40 位）" in page and "应当召开业主大会临时会议" in page
    # Said once, whoever else joins.
    seconding.second_for(actor=council.worker, matter_id=matter.pk, person=council.owners[12], channel="phone", now=NOW + HOUR)
    assert Entry.objects.filter(verb="demand").count() == 1
    matter.refresh_from_db()
    assert matter.state == "banked", "further seconders move nothing"


def test_owners_of_many_small_homes_are_no_fifth_of_the_area(council: Council) -> None:
    from linli.kernel.people.models import Home

    Home.objects.filter(place__in=council.homes[8:]).update(exclusive_area=20_000)
    frozen_roll(council)
    matter = seconded(council)
    for who in range(Motion.objects.get(pk=matter.pk).second_count, 8):
        seconding.second(actor=council.residents[who], matter_id=matter.pk, now=NOW)
    assert entry("demand") is None


# --- how long a roll is posted -------------------------------------------------------------------------------
@time_machine.travel(NOW, tick=False)
def test_a_roll_is_posted_as_long_as_the_place_asks(council: Council, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"
    roll = draw_up(actor=council.head, place=council.compound, kind="owners", record_date=NOW.date(), now=NOW)
    assert days_posted(roll) == (15, "")
    Place.objects.filter(pk=council.cast.here.community.pk).update(code="110105001001")
    assert place_rules(council.compound).id == "CN-BJ"
    assert days_posted(Roll.objects.get(pk=roll.pk)) == (15, "OWN-043")
    client = Client()
    client.force_login(Account.objects.get(pk=council.head.account_id), backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(f"/desk/rolls/{roll.pk}/freeze/").content.decode()
    assert "北京市" in page and 'value="15"' in page
    frozen = freeze(actor=council.head, roll_id=roll.pk, now=NOW)
    assert frozen.objections_until is not None and frozen.objections_until >= NOW + timedelta(days=15)


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ("330106001001", "CN-33-HZ"),
        ("330200000000", "CN-33-NB"),
        ("339999000000", "CN-33"),
        ("510000000000", "CN"),
        ("", "CN"),
        ("X1", "CN"),
    ],
)
def test_a_statistical_code_names_whose_rules_hold(code: str, place: str) -> None:
    assert voting.place_of_division(code).id == place


# --- a survey ------------------------------------------------------------------------------------------------
@time_machine.travel(CLOSES + HOUR, tick=False)
def test_a_counted_survey_becomes_a_motion_with_its_figures(council: Council, settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"
    from tests.council.ballots.test_desk import browser

    matter = scheduled(council)
    survey = setting_up.set_up(
        actor=council.head,
        motion=Motion.objects.get(pk=matter.pk),
        roll=frozen_roll(council),
        kind="survey",
        opens_at=OPENS,
        closes_at=CLOSES,
        now=NOW,
    )
    announcing.announce_survey(actor=council.head, ballot_id=survey.pk, now=NOW)
    setting_up.open_now(actor=council.head, ballot_id=survey.pk, now=OPENS)
    with pytest.raises(Refused) as early:
        following.motion_from_survey(actor=council.head, ballot_id=survey.pk, now=OPENS)
    assert early.value.code == "not_counted"
    for who in range(12):
        cast(council, survey, who, "agree" if who < 9 else "against")
    setting_up.close_due(CLOSES)
    counting.count(actor=council.head, ballot_id=survey.pk, now=CLOSES)
    survey.refresh_from_db()
    assert survey.state == State.COUNTED
    client = browser(council.head)
    page = client.get(f"/desk/ballots/{survey.pk}/").content.decode()
    assert f"/desk/ballots/{survey.pk}/motion/" in page and "把结果转成议题" in page
    answer = client.post(f"/desk/ballots/{survey.pk}/motion/")
    made = Motion.objects.exclude(pk=matter.pk).select_related("matter").get()
    assert answer.headers["Location"] == f"/desk/motions/{made.matter.ref}/"
    assert (made.origin, made.matter.parent_id, made.matter.state) == ("survey", matter.pk, "draft")
    text: Any = made.texts.get()
    assert text.options and "来自征求意见" in text.body and f"/ballots/{survey.pk}/" in text.body
    assert "参与：12 位，" in text.body and "同意：9 位，" in text.body and "反对：3 位，" in text.body, text.body
    # Pressed twice it is the same motion.
    assert client.post(f"/desk/ballots/{survey.pk}/motion/").headers["Location"] == answer.headers["Location"]
    binding = announced(council, matter=scheduled(council, who=3, title="另一件"), roll=survey.roll)
    assert client.post(f"/desk/ballots/{binding.pk}/motion/").status_code == 409

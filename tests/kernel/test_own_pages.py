"""A person's own data under /me/, their messages, and the notice board."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from linli.kernel.accounts.models import Account
from linli.kernel.matters.actions import add_me_too
from linli.kernel.notices.actions import publish_notice
from linli.kernel.notices.models import Message
from linli.kernel.people.actions import give_consent, link_helper, own, register_person, reveal, set_home
from linli.kernel.people.models import Consent, ContactBy, FieldReading, HelperLink, Person
from linli.loops.requests.actions import handling
from tests import factories as f
from tests.factories import NOW, Cast
from tests.loops.square_reader import reader, stopped_clock  # noqa: F401 - the fixture is used by name

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
OWN = (
    "/me/",
    "/me/requests/",
    "/me/messages/",
    "/me/data/",
    "/me/data/export/",
    "/me/contact/",
    "/me/helpers/",
    "/me/consents/",
    "/me/erase/",
)


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize("address", OWN)
def test_a_stranger_is_asked_to_sign_in_and_comes_back(cast: Cast, address: str) -> None:
    answer = reader().get(address)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in/?next=%2Fme%2F")


@pytest.mark.parametrize("address", OWN)
def test_own_pages_are_never_kept_by_a_cache(cast: Cast, address: str) -> None:
    answer = reader(cast.raiser).get(address)

    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]


def test_what_is_stored_is_masked_until_its_owner_asks_and_that_is_no_reading(cast: Cast) -> None:
    client = reader(cast.raiser)

    masked = text_of(client.get("/me/data/"))
    shown = text_of(client.post("/me/data/", {"show": "phone"}))

    assert "138****8001" in masked
    assert "13800138001" not in masked
    assert "13800138001" in shown
    assert "510107195203040022" not in shown
    assert FieldReading.objects.count() == 0


def test_who_read_my_personal_fields_is_shown_to_me_with_the_reason(cast: Cast) -> None:
    reveal(actor=cast.community_worker, person=cast.person, field="phone", purpose="电话回访", now=NOW)

    page = text_of(reader(cast.raiser).get("/me/data/"))

    assert "电话回访" in page
    assert cast.community_worker.name in page


def test_the_way_to_be_reached_can_be_changed_and_a_bad_number_keeps_the_rest(cast: Cast) -> None:
    client = reader(cast.raiser)

    bad = client.post("/me/contact/", {"contact_by": "phone", "phone": "12", "language": "en"})
    good = client.post("/me/contact/", {"contact_by": "phone", "phone": "13900139000", "language": "en", "large_type": "on"})

    assert bad.status_code == 422
    assert 'value="12"' in text_of(bad)
    assert good.status_code == 302
    person = Person.objects.get(pk=cast.person.pk)
    assert (person.contact_by, person.language, person.large_type, person.phone.open()) == (ContactBy.PHONE, "en", True, "13900139000")


def test_a_helper_is_named_masked_and_can_be_ended(cast: Cast) -> None:
    helper, _new = register_person(actor=f.HOUSE, name="周帮办", now=NOW, phone="13900139009")
    tie = link_helper(actor=f.HOUSE, person=cast.person, helper=helper, kind="helper", since_on=NOW.date(), now=NOW)
    client = reader(cast.raiser)

    page = text_of(client.get("/me/helpers/"))
    foreign = reader(cast.neighbour).post(f"/me/helpers/{tie.pk}/end/")
    client.post(f"/me/helpers/{tie.pk}/end/")

    assert "周**" in page
    assert "周帮办" not in page
    assert foreign.status_code == 404
    assert HelperLink.objects.get(pk=tie.pk).until_on == NOW.date()


def test_a_consent_is_given_and_taken_back_with_one_press_each(cast: Cast) -> None:
    client = reader(cast.raiser)

    client.post("/me/consents/give/", {"purpose": "care_visits"})
    client.post("/me/consents/give/", {"purpose": "care_visits"})
    assert Consent.objects.filter(person=cast.person, withdrawn_at=None).count() == 1
    client.post("/me/consents/take-back/", {"purpose": "care_visits"})

    assert Consent.objects.filter(person=cast.person, withdrawn_at=None).count() == 0
    assert client.post("/me/consents/give/", {"purpose": "everything"}).status_code == 422


def test_a_consent_under_a_code_of_elsewhere_is_shown_and_can_be_taken_back(cast: Cast) -> None:
    give_consent(actor=cast.raiser, person=cast.person, purpose="old_form_7", basis="consent", how="paper", now=NOW)
    client = reader(cast.raiser)

    assert "old_form_7" in text_of(client.get("/me/consents/"))
    client.post("/me/consents/take-back/", {"purpose": "old_form_7"})

    assert Consent.objects.get(purpose="old_form_7").withdrawn_at is not None


def test_everything_stored_can_be_taken_away_as_a_file(cast: Cast) -> None:
    answer = reader(cast.raiser).get("/me/data/export/")

    stored = json.loads(answer.content)
    assert "attachment" in answer.headers["Content-Disposition"]
    assert (stored["name"], stored["phone"], stored["identity"]) == ("林素珍", "13800138001", "510107195203040022")


def test_erasing_says_first_what_goes_and_stays_and_then_signs_out(cast: Cast) -> None:
    matter = f.raised(cast)
    client = reader(cast.raiser)

    unsure = client.post("/me/erase/", {})
    done = client.post("/me/erase/", {"sure": "on"})

    assert unsure.status_code == 422
    assert "会留下" in text_of(unsure)
    assert "您的资料已经删掉" in text_of(done)
    assert Account.objects.get(pk=cast.raiser.account_id).is_active is False
    assert client.get("/me/data/").status_code == 302
    assert matter.public_title in text_of(reader().get(f"/requests/{matter.ref}/"))


def test_an_owner_on_the_register_is_told_why_they_cannot_be_erased(cast: Cast) -> None:
    home = set_home(actor=f.HOUSE, place=cast.here.homes[0], now=NOW, exclusive_area=8_000)
    own(actor=f.HOUSE, person=cast.person, home=home, share=Fraction(1), since_on=NOW.date(), now=NOW)

    answer = reader(cast.raiser).post("/me/erase/", {"sure": "on"})

    assert answer.status_code == 409
    assert "个人信息保护法 47" in text_of(answer)
    assert Person.objects.get(pk=cast.person.pk).erased_at is None


def test_staff_without_a_person_are_told_so(cast: Cast) -> None:
    assert reader(cast.community_worker).get("/me/data/").status_code == 404


# --- messages ------------------------------------------------------------------------------------------------
def test_a_message_is_new_until_read_and_leads_to_its_matter(cast: Cast) -> None:
    matter = f.in_progress(cast)
    handling.answer(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="今天到场")
    client = reader(cast.raiser)
    message = Message.objects.filter(account_id=cast.raiser.account_id).latest("pk")

    page = text_of(client.get("/me/messages/"))
    opened = client.post("/me/messages/read/", {"id": message.pk, "open": "1"})

    assert "今天到场" in page
    assert opened.headers["Location"] == f"/requests/{matter.ref}/"
    message.refresh_from_db()
    assert message.read_at == NOW


def test_nobody_marks_or_opens_the_messages_of_another(cast: Cast) -> None:
    matter = f.in_progress(cast)
    handling.answer(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="今天到场")
    message = Message.objects.filter(account_id=cast.raiser.account_id).latest("pk")

    answer = reader(cast.neighbour).post("/me/messages/read/", {"id": message.pk, "open": "1"})

    assert answer.headers["Location"] == "/me/messages/"
    message.refresh_from_db()
    assert message.read_at is None


def test_a_message_never_leads_out_of_the_house(cast: Cast) -> None:
    made = Message.objects.create(key="x", account_id=cast.raiser.account_id, title="看这里", address="//evil.example/", created_at=NOW)

    answer = reader(cast.raiser).post("/me/messages/read/", {"id": made.pk, "open": "1"})

    assert answer.headers["Location"] == "/me/messages/"


def test_a_neighbour_is_told_with_the_public_words(cast: Cast) -> None:
    matter = f.raised(cast, title="电梯响，打 13811112222")
    add_me_too(actor=cast.neighbour, matter_id=matter.pk, now=NOW)
    f.dispatch.accept(actor=cast.community_worker, matter_id=matter.pk, now=NOW)

    page = text_of(reader(cast.neighbour).get("/me/messages/"))

    assert "电梯响" in page
    assert "13811112222" not in page


@pytest.mark.parametrize("ids", [["abc"], ["-1"], ["9" * 30], []])
def test_nonsense_among_the_messages_marks_nothing(cast: Cast, ids: list[str]) -> None:
    assert reader(cast.raiser).post("/me/messages/read/", {"id": ids}).status_code == 302


# --- notices -------------------------------------------------------------------------------------------------
def test_the_board_shows_what_hangs_above_and_below_the_readers_place(cast: Cast) -> None:
    publish_notice(actor=cast.street_officer, place=cast.here.street, title="街道的通知", body="全街道", now=NOW)
    publish_notice(actor=cast.community_worker, place=cast.here.compound, title="小区的通知", body="本小区", now=NOW)
    publish_notice(actor=cast.outside["community_worker"], place=cast.there.community, title="别处的通知", body="别处", now=NOW)

    page = text_of(reader(cast.raiser).get("/notices/"))

    assert "街道的通知" in page
    assert "小区的通知" in page
    assert "别处的通知" not in page
    assert "别处的通知" in text_of(reader().get("/notices/"))


def test_a_notice_prints_with_a_code_to_scan_and_says_when_it_has_ended(cast: Cast) -> None:
    notice = publish_notice(
        actor=cast.community_worker,
        place=cast.here.community,
        title="停水",
        body="九点<b>到</b>十点",
        now=NOW - f.DAY,
        until_at=NOW - f.HOUR,
    )
    client = reader()

    page, sheet, large = (text_of(client.get(f"/notices/{notice.pk}/{part}")) for part in ("", "print/", "print/?size=a3"))

    assert "已经到期" in page
    assert "<b>到</b>" not in page
    assert 'class="qr"' in sheet
    assert "is-a3" in large


@pytest.mark.parametrize("number", ["0", "999999", "9" * 25])
def test_a_notice_that_is_not_there_is_not_found(cast: Cast, number: str) -> None:
    assert reader().get(f"/notices/{number}/").status_code == 404


def test_a_notice_dated_ahead_is_not_shown_before_its_day(cast: Cast) -> None:
    notice = publish_notice(actor=cast.community_worker, place=cast.here.community, title="明天的事", body="…", now=NOW + f.DAY)

    assert reader().get(f"/notices/{notice.pk}/").status_code == 404
    assert "明天的事" not in text_of(reader().get("/notices/"))

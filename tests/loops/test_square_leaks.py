"""What must never be read in public: every public page, feed and search is asked for after life has put secrets everywhere."""

from __future__ import annotations

from typing import Any

import pytest

from linli.kernel.files.actions import store_picture
from linli.kernel.matters.actions import add_me_too, link
from linli.kernel.matters.models import Matter
from linli.loops.requests.actions import handling, judging, whistle
from tests import factories as f
from tests.factories import NOW, Cast
from tests.loops.square_reader import picture, reader, stopped_clock  # noqa: F401 - the fixture is used by name

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]

RAISER_PHONE, OTHER_PHONE, STAFF_PHONE = "13811112222", "13833334444", "13855556666"
SECRETS = [
    RAISER_PHONE,
    OTHER_PHONE,
    STAFF_PHONE,
    "13800138001",
    "林素珍",
    "502",
    "只对经办人说的话",
    "内部看的记录",
    "私下的一件",
    "510107195203040022",
]


@pytest.fixture
def life(cast: Cast) -> tuple[Cast, Matter, Matter]:
    """A public request with a number in every text that people write, at somebody's own door, and a private one tied to it."""
    photo = store_picture(actor=cast.raiser, upload=picture(), name=f"{RAISER_PHONE}.jpg", now=NOW)
    public = f.dispatched(
        cast,
        title=f"电梯响，打 {RAISER_PHONE}",
        body=f"住户电话 {RAISER_PHONE}，一直响",
        place=cast.here.homes[0],
        spot=f"门口 {OTHER_PHONE}",
        files=[photo],
    )
    private = f.raised(cast, title="私下的一件", body="只对经办人说的话", visibility="private")
    link(actor=cast.community_worker, source_id=private.pk, target_id=public.pk, kind="caused_by", now=NOW)
    handling.start(actor=cast.department_handler, matter_id=public.pk, now=NOW)
    handling.note(actor=cast.department_handler, matter_id=public.pk, now=NOW, text="内部看的记录")
    handling.answer(actor=cast.department_handler, matter_id=public.pk, now=NOW, text=f"维保电话 {STAFF_PHONE}")
    handling.add(actor=cast.raiser, matter_id=public.pk, now=NOW, text="只对经办人说的话")
    add_me_too(actor=cast.neighbour, matter_id=public.pk, now=NOW)
    handling.suspend(
        actor=cast.department_handler, matter_id=public.pk, now=NOW, text=f"等配件，联系 {STAFF_PHONE}", review_on=(NOW + f.DAY).date()
    )
    handling.resume(actor=cast.department_handler, matter_id=public.pk, now=NOW)
    handling.resolve(actor=cast.department_handler, matter_id=public.pk, now=NOW, text=f"修好了，有事打 {STAFF_PHONE}")
    judging.rate(
        actor=cast.raiser, matter_id=public.pk, now=NOW, answered=True, solved=True, satisfied=True, comment=f"谢谢，我的电话 {OTHER_PHONE}"
    )
    return cast, public, private


def pages_of(public: Matter, private: Matter) -> list[str]:
    return [
        "/",
        "/requests/",
        "/requests/?status=closed",
        "/requests/?q=电梯",
        f"/requests/?q={RAISER_PHONE}",
        f"/requests/?q={OTHER_PHONE}",
        "/requests/?q=只对经办人说的话",
        "/requests/?q=私下",
        "/requests/map/",
        "/requests/feed.atom",
        f"/requests/{public.ref}/",
        f"/requests/{public.ref}/notice/",
        f"/requests/{private.ref}/",
        "/notices/",
    ]


def read(client: Any, address: str) -> str:
    """The page without what the reader asked with."""
    text = str(client.get(address).content.decode())
    asked = address.partition("q=")[2]
    return text.replace(asked, "") if asked else text


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_public_page_feed_or_search_shows_anything_private(life: tuple[Cast, Matter, Matter], language: str) -> None:
    _cast, public, private = life
    client = reader(language=language)

    for address in pages_of(public, private):
        text = read(client, address)
        assert [secret for secret in SECRETS if secret in text] == [], address


def test_a_neighbour_who_met_the_same_reads_no_more_than_the_public(life: tuple[Cast, Matter, Matter]) -> None:
    cast, public, private = life
    client = reader(cast.neighbour)

    for address in pages_of(public, private):
        text = read(client, address)
        assert [secret for secret in SECRETS if secret in text] == [], address


def test_searching_a_number_or_private_words_finds_nothing(life: tuple[Cast, Matter, Matter]) -> None:
    _cast, public, _private = life
    client = reader()

    for words in (RAISER_PHONE, OTHER_PHONE, "只对经办人说的话", "私下"):
        assert f"/requests/{public.ref}/" not in client.get("/requests/", {"q": words}).content.decode(), words


def test_whoever_raised_it_reads_their_own_words_but_no_internal_note(life: tuple[Cast, Matter, Matter]) -> None:
    cast, public, private = life
    client = reader(cast.raiser)

    text = client.get(f"/requests/{public.ref}/").content.decode()

    assert RAISER_PHONE in text
    assert "只对经办人说的话" in text
    assert "内部看的记录" not in text
    assert f"/requests/{private.ref}/" in text


def test_a_refused_whistle_shows_its_reason_and_not_its_internal_words(cast: Cast) -> None:
    matter = f.whistled(cast)
    whistle.refuse_whistle(
        actor=f.handler_of(cast, "water"), matter_id=matter.pk, now=NOW, reason="not_our_duty", text=f"请打 {STAFF_PHONE}"
    )

    text = reader().get(f"/requests/{matter.ref}/").content.decode()

    assert "不属于本单位职责" in text
    assert STAFF_PHONE not in text


def test_no_page_says_how_many_private_requests_there_are(cast: Cast) -> None:
    f.raised(cast, visibility="private")

    assert "1 件在办" not in reader().get("/requests/map/", {"place": cast.here.community.pk}).content.decode()

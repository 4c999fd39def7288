"""Raising a request in steps: nothing typed is lost, one request is made, what the words call for is said."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from linli.kernel.accounts.models import Account
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.models import Attachment, Category, Entry, Matter
from linli.kernel.matters.saying import title_from
from linli.kernel.people.actions import link_helper, register_person
from linli.kernel.places.models import Place
from tests import factories as f
from tests.factories import NOW, Cast
from tests.loops.square_reader import BACKEND, picture, reader, stopped_clock  # noqa: F401 - the fixture is used by name

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
WORDS = "3 栋的电梯晚上一直响，老人不敢坐。请打 13812345678 找我。"


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def walk(client: Client, place: Place, words: str = WORDS, **who: Any) -> None:
    """Everything up to the check."""
    client.post("/requests/new/?step=what", {"text": words})
    client.post("/requests/new/?step=where", {"in": place.parent_id, "place": place.pk, "spot": "2 单元电梯口"})
    client.post("/requests/new/?step=who", {"visibility": "public", **who})


def token_of(client: Client) -> str:
    return str(client.session["raise_draft"]["token"])


def test_a_resident_raises_a_request_in_four_steps(cast: Cast) -> None:
    client = reader(cast.raiser)
    walk(client, cast.here.buildings[0], photo=picture())

    sent = client.post("/requests/new/?step=check", {"token": token_of(client), "category": "lift_repair"})

    matter = Matter.objects.get()
    assert sent.headers["Location"] == f"/requests/{matter.ref}/"
    assert matter.title == "3 栋的电梯晚上一直响，老人不敢坐"
    assert matter.body == WORDS
    assert "13812345678" not in matter.public_body
    assert (matter.place, matter.spot, matter.visibility) == (cast.here.buildings[0], "2 单元电梯口", "public")
    assert Attachment.objects.filter(matter=matter, public=False).count() == 1
    assert matter.ref in text_of(client.get(sent.headers["Location"]))
    assert "raise_draft" not in client.session


def test_each_step_leads_to_the_next_and_none_can_be_jumped(cast: Cast) -> None:
    client = reader(cast.raiser)

    assert client.get("/requests/new/?step=check").headers["Location"] == "/requests/new/?step=what"
    assert client.post("/requests/new/?step=what", {"text": WORDS}).headers["Location"] == "/requests/new/?step=where"
    assert client.get("/requests/new/?step=check").headers["Location"] == "/requests/new/?step=where"


def test_in_elder_mode_there_is_one_question_a_screen(cast: Cast) -> None:
    client = reader(cast.raiser, elder=True)
    building = cast.here.buildings[0]

    steps = [
        client.post("/requests/new/?step=what", {"text": WORDS}),
        client.post("/requests/new/?step=where", {"in": building.parent_id, "place": building.pk}),
        client.post("/requests/new/?step=spot", {"spot": "电梯口"}),
        client.post("/requests/new/?step=who", {"visibility": "private"}),
        client.post("/requests/new/?step=photo", {"photo": picture()}),
    ]

    assert [s.headers["Location"].rpartition("=")[2] for s in steps] == ["where", "spot", "who", "photo", "check"]
    for step in ("what", "where", "spot", "who", "photo"):
        assert text_of(client.get(f"/requests/new/?step={step}")).count('<fieldset class="field') <= 1
    client.post("/requests/new/?step=check", {"token": token_of(client), "category": ""})
    assert Matter.objects.get().visibility == "private"


def test_pressing_send_twice_makes_one_request(cast: Cast) -> None:
    client = reader(cast.raiser)
    walk(client, cast.here.buildings[0])
    token = token_of(client)

    first = client.post("/requests/new/?step=check", {"token": token, "category": ""})
    second = client.post("/requests/new/?step=check", {"token": token, "category": ""})

    assert Matter.objects.count() == 1
    assert first.headers["Location"] == second.headers["Location"]


def test_two_presses_at_the_same_moment_make_one_request(cast: Cast) -> None:
    """The second arrives with the session as it was before the first had ended."""
    client = reader(cast.raiser)
    walk(client, cast.here.buildings[0])
    before = dict(client.session["raise_draft"])
    first = client.post("/requests/new/?step=check", {"token": before["token"], "category": ""})
    session = client.session
    session["raise_draft"] = before
    session.save()

    second = client.post("/requests/new/?step=check", {"token": before["token"], "category": ""})

    assert Matter.objects.count() == 1
    assert first.headers["Location"] == second.headers["Location"]


def test_a_token_of_somebody_else_makes_nothing_and_shows_nothing(cast: Cast) -> None:
    mine = reader(cast.raiser)
    walk(mine, cast.here.buildings[0])
    token = token_of(mine)
    mine.post("/requests/new/?step=check", {"token": token, "category": ""})

    other = reader(cast.neighbour).post("/requests/new/?step=check", {"token": token, "category": ""})

    assert other.headers["Location"] == "/requests/new/?step=what"
    assert Matter.objects.count() == 1


def test_what_a_stranger_wrote_survives_signing_in(cast: Cast) -> None:
    client = reader()
    walk(client, cast.here.buildings[0])
    check = text_of(client.get("/requests/new/?step=check"))
    assert "登录并提交" in check

    asked = client.post("/requests/new/?step=check", {"token": token_of(client), "category": "lift_repair"})
    assert asked.headers["Location"] == "/sign-in/?next=/requests/new/%3Fstep%3Dcheck"
    assert Matter.objects.count() == 0
    client.force_login(Account.objects.get(pk=cast.raiser.account_id), backend=BACKEND)
    after = text_of(client.get("/requests/new/?step=check"))
    client.post("/requests/new/?step=check", {"token": token_of(client), "category": "lift_repair"})

    assert "老人不敢坐" in after
    assert 'value="lift_repair" selected' in after
    assert Matter.objects.get().body == WORDS


def test_a_stranger_is_not_asked_for_photos_before_signing_in(cast: Cast) -> None:
    client = reader()
    client.post("/requests/new/?step=what", {"text": WORDS})
    client.post("/requests/new/?step=where", {"in": cast.here.compound.pk, "place": cast.here.buildings[0].pk})

    page = text_of(client.get("/requests/new/?step=who"))

    assert 'type="file"' not in page
    assert "照片在登录以后添加" in page


def test_a_refused_photo_keeps_everything_else(cast: Cast) -> None:
    client = reader(cast.raiser)
    client.post("/requests/new/?step=what", {"text": WORDS})
    client.post("/requests/new/?step=where", {"in": cast.here.compound.pk, "place": cast.here.buildings[0].pk})
    bad = type(picture())(b"GIF89a broken")
    bad.name = "bad.gif"

    answer = client.post("/requests/new/?step=who", {"visibility": "neighbours", "photo": [picture(), bad]})

    assert answer.status_code == 422
    draft = client.session["raise_draft"]
    assert (draft["text"], draft["visibility"], len(draft["photos"])) == (WORDS, "neighbours", 1)
    assert "bad.gif" in text_of(answer)
    client.post("/requests/new/?step=who", {"visibility": "neighbours", "remove": draft["photos"][0][0]})
    assert client.session["raise_draft"]["photos"] == []


def test_somebody_elses_picture_cannot_be_taken_into_a_request(cast: Cast) -> None:
    client = reader(cast.raiser)
    walk(client, cast.here.buildings[0], photo=picture())
    other = reader(cast.neighbour)
    walk(other, cast.here.buildings[1])
    session = other.session
    session["raise_draft"] = {**session["raise_draft"], "photos": client.session["raise_draft"]["photos"]}
    session.save()

    other.post("/requests/new/?step=check", {"token": token_of(other), "category": ""})

    assert Attachment.objects.count() == 0


@pytest.mark.parametrize("words", ["", " ", "啊", "长" * 2001])
def test_words_that_will_not_do_come_back_with_what_to_mend(cast: Cast, words: str) -> None:
    answer = reader(cast.raiser).post("/requests/new/?step=what", {"text": words})

    assert answer.status_code == 422
    assert "error-summary" in text_of(answer)
    assert words.strip() in text_of(answer)


@pytest.mark.parametrize("place", ["", "0", "-3", "abc", "99999999999999999999", "1"])
def test_a_place_that_was_not_offered_is_refused_and_the_words_of_the_spot_stay(cast: Cast, place: str) -> None:
    client = reader(cast.raiser)
    client.post("/requests/new/?step=what", {"text": WORDS})

    answer = client.post("/requests/new/?step=where", {"in": cast.here.compound.pk, "place": place, "spot": "电梯口"})

    assert answer.status_code == 422
    assert 'value="电梯口"' in text_of(answer)


@pytest.mark.parametrize("inside", ["", "top", "abc", "-1", "99999999999999999999999"])
def test_any_way_of_asking_where_gives_something_to_pick(cast: Cast, inside: str) -> None:
    client = reader(cast.raiser)
    client.post("/requests/new/?step=what", {"text": WORDS})

    assert client.get("/requests/new/", {"step": "where", "in": inside}).status_code == 200


def test_nobody_can_pick_a_home_of_somebody(cast: Cast) -> None:
    client = reader(cast.raiser)
    client.post("/requests/new/?step=what", {"text": WORDS})

    answer = client.post("/requests/new/?step=where", {"in": cast.here.homes[0].pk, "place": cast.here.homes[0].pk})

    assert answer.status_code == 422


def test_the_device_position_picks_the_building_it_lies_in(cast: Cast) -> None:
    building = cast.here.buildings[0]
    ring = [[104.0560, 30.6301], [104.0562, 30.6301], [104.0562, 30.6303], [104.0560, 30.6303], [104.0560, 30.6301]]
    Place.objects.filter(pk=building.pk).update(
        outline={"type": "Polygon", "coordinates": [ring]}, south=30630100, north=30630300, west=104056000, east=104056200
    )
    client = reader(cast.raiser)
    client.post("/requests/new/?step=what", {"text": WORDS})

    client.post("/requests/new/?step=where", {"locate": "1", "latitude": "30.6302", "longitude": "104.0561"})
    page = text_of(client.get("/requests/new/?step=where"))
    nowhere = client.post("/requests/new/?step=where", {"locate": "1", "latitude": "nan", "longitude": "1e999"}, follow=True)

    assert client.session["raise_draft"]["place_id"] == building.pk
    assert f'value="{building.pk}" checked' in page
    assert "没有定位到" in text_of(nowhere)


def test_the_place_a_photo_was_taken_at_is_chosen_and_the_photo_kept_without_it(cast: Cast) -> None:
    building = cast.here.buildings[1]
    ring = [[104.0560, 30.6301], [104.0562, 30.6301], [104.0562, 30.6303], [104.0560, 30.6303], [104.0560, 30.6301]]
    Place.objects.filter(pk=building.pk).update(
        outline={"type": "Polygon", "coordinates": [ring]}, south=30630100, north=30630300, west=104056000, east=104056200
    )
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (30.0, 37.0, 48.72), 3: "E", 4: (104.0, 3.0, 21.96)})
    taken = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(taken, "JPEG", exif=exif)
    client = reader(cast.raiser)
    client.post("/requests/new/?step=what", {"text": WORDS})

    def by(content: bytes) -> str:
        photo = SimpleUploadedFile("taken.jpg", content, "image/jpeg")
        return text_of(client.post("/requests/new/?step=where", {"locate": "photo", "taken": photo}, follow=True))

    found, bare = by(taken.getvalue()), by(picture().getvalue())
    draft = client.session["raise_draft"]
    kept = StoredFile.objects.get(pk=draft["photos"][0][0])

    assert "定位到：芳草苑 10 栋" in found and "这张照片里没有写位置" in bare
    assert draft["place_id"] == building.pk and len(draft["photos"]) == 2
    with default_storage.open(kept.stored_as) as file:
        assert not Image.open(file).getexif()
    assert "请先选一张照片" in text_of(client.post("/requests/new/?step=where", {"locate": "photo"}, follow=True))


def test_words_of_danger_say_whom_to_call_first(cast: Cast) -> None:
    client = reader()

    said = text_of(client.post("/requests/advice/", {"text": "三楼着火了，有人晕倒"}))

    assert "先打电话，再写" in said
    assert 'href="tel:119"' in said
    assert "<html" not in said


def test_an_open_request_nearby_that_sounds_the_same_is_shown_while_typing_and_at_the_check(cast: Cast) -> None:
    known = f.raised(cast)
    hidden = f.raised(cast, title="3 栋电梯夜里有异响，私下说", visibility="private")
    client = reader(cast.neighbour)

    typed = text_of(client.post("/requests/advice/", {"text": "电梯夜里有异响"}))
    walk(client, cast.here.buildings[0], words="3 栋电梯夜里有异响")
    checked = text_of(client.get("/requests/new/?step=check"))

    for page in (typed, checked):
        assert f"/requests/{known.ref}/" in page
        assert f"/requests/{hidden.ref}/" not in page and "私下说" not in page


def test_the_words_suggest_a_kind_that_the_resident_may_change(cast: Cast) -> None:
    client = reader(cast.raiser)
    walk(client, cast.here.buildings[0], words="电梯坏了，门关不上")
    assert 'value="lift_repair" selected' in text_of(client.get("/requests/new/?step=check"))

    client.post("/requests/new/?step=check", {"token": token_of(client), "category": ""})

    assert Matter.objects.get().category is None


def test_a_kind_between_neighbours_stays_private_and_says_so(cast: Cast) -> None:
    code = Category.objects.filter(private=True).exclude(parent=None).values_list("code", flat=True)[0]
    client = reader(cast.raiser)
    walk(client, cast.here.buildings[0])

    client.post("/requests/new/?step=check", {"token": token_of(client), "category": code})

    assert Matter.objects.get().visibility == "private"


def test_a_helper_may_raise_for_the_person_they_help(cast: Cast) -> None:
    helper, _new = register_person(actor=f.HOUSE, name="周帮办", now=NOW, phone="13900139009")
    account = f.account_of("helper", "周帮办")
    helper.account = account
    helper.save()
    link_helper(actor=f.HOUSE, person=cast.person, helper=helper, kind="helper", since_on=NOW.date(), now=NOW)
    client = reader(f.actor_of(account, now=NOW))
    walk(client, cast.here.buildings[0], raised_for=cast.person.pk)

    client.post("/requests/new/?step=check", {"token": token_of(client), "category": ""})

    matter = Matter.objects.get()
    assert matter.parties.get(role="raiser").person == cast.person
    assert Entry.objects.get(matter=matter, verb="raise").account_id == account.pk


def test_the_first_pages_box_starts_the_draft_and_takes_the_words_out_of_the_address(cast: Cast) -> None:
    client = reader()

    answer = client.get("/requests/new/", {"text": "路灯不亮" + "长" * 3000})

    assert answer.headers["Location"] == "/requests/new/?step=what"
    assert "路灯不亮" in text_of(client.get("/requests/new/?step=what"))


def test_markup_in_the_words_stays_words(cast: Cast) -> None:
    client = reader(cast.raiser)
    walk(client, cast.here.buildings[0], words="<script>alert(1)</script> 电梯坏了")
    sent = client.post("/requests/new/?step=check", {"token": token_of(client), "category": ""})

    for address in (sent.headers["Location"], "/requests/", "/", "/requests/feed.atom"):
        assert "<script>alert(1)" not in text_of(client.get(address))


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("电梯坏了", "电梯坏了"),
        ("电梯坏了。已经三天。", "电梯坏了"),
        ("  电梯坏了\n第二行", "电梯坏了"),
        ("？？？", "？？？"),
        ("很" * 50, "很" * 36 + "…"),
        (
            "我家楼下的路灯从上个星期开始就不亮了，晚上回家看不清台阶，老人摔了一跤，希望尽快来修",
            "我家楼下的路灯从上个星期开始就不亮了，晚上回家看不清台阶，老人摔了一跤…",
        ),
        ("", ""),
    ],
)
def test_a_headline_is_the_first_sentence_at_a_readable_length(words: str, title: str) -> None:
    assert title_from(words) == title

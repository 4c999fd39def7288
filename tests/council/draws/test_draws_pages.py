"""Pages and API of draws: what shows to whom, in how many queries, and that nothing typed is lost."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client

from linli.kernel.access.together import answered
from linli.kernel.accounts.actions import make_token
from linli.kernel.accounts.models import Account
from linli.kernel.files.actions import store_paper
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.home_cards import cards_for
from linli.kernel.matters.panels import panels_of
from linli.kernel.people.actions import erase_person
from linli.kernel.people.models import Ownership
from linli.loops.council.draws.actions import applying
from linli.loops.council.draws.models import Application, Draw, Objection, Offer
from tests.council.draws.scene import HELD, LISTED, SOURCE_AT, TEXT, UNTIL, accepted, applied, drawn, frozen, opened
from tests.council.factories import Council, scheduled
from tests.factories import DAY, HOUSE, NOW
from tests.papers import pdf

CountQueries = Callable[..., Any]


@pytest.fixture(autouse=True)
def _plain_sign_in(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"


def as_(username: str) -> Client:
    browser = Client()
    browser.force_login(Account.objects.get(username=username))
    return browser


@pytest.fixture
def clerk(council: Council) -> Client:
    return as_("community_worker.here")


def test_a_resident_applies_and_sees_the_number(council: Council) -> None:
    draw = opened(council)
    browser = as_("owner0")
    with time_machine.travel(NOW + DAY, tick=False):
        empty = browser.post(f"/draws/{draw.pk}/apply/", {"note": "川A12345"})
        sent = browser.post(f"/draws/{draw.pk}/apply/", {"categories": ["c1", "c2"], "note": "残疾人证 5101"}, follow=True)

    made = Application.objects.get()
    assert empty.status_code == 422
    assert "川A12345" in empty.content.decode()
    assert made.number in sent.content.decode()
    assert "5101" not in Client().get(f"/draws/{draw.pk}/").content.decode()


def test_a_stranger_is_asked_to_sign_in_first(council: Council) -> None:
    draw = opened(council)

    assert Client().get(f"/draws/{draw.pk}/apply/")["Location"].startswith("/sign-in/")
    assert Client().post(f"/draws/{draw.pk}/do/object/", {"text": "不对"})["Location"].startswith("/sign-in/")


def test_a_draft_is_not_public(council: Council) -> None:
    from linli.loops.council.draws.actions import planning
    from tests.council.draws.scene import plan_of

    draw = planning.plan_draw(actor=council.worker, plan=plan_of(council), now=NOW)

    assert Client().get(f"/draws/{draw.pk}/").status_code == 404
    assert draw.title not in Client().get("/draws/").content.decode()


def test_the_posted_list_names_buildings_and_no_numbers(council: Council, clerk: Client) -> None:
    draw = accepted(council, opened(council))
    with time_machine.travel(LISTED, tick=False):
        assert clerk.post(f"/desk/draws/{draw.pk}/post-list/").status_code == 302
        page = Client().get(f"/draws/{draw.pk}/").content.decode()
        sheet = b"".join(Client().get(f"/draws/{draw.pk}/list/?format=csv").streaming_content).decode()  # type: ignore[attr-defined]

    numbers = list(Application.objects.values_list("number", flat=True))
    assert "1 栋 1 单元" in page
    assert "邻**" in sheet
    assert not any(number in sheet for number in numbers)
    assert "邻居3" not in page


@pytest.mark.parametrize("people", [3, 12])
def test_pages_take_few_queries_however_many_apply(
    council: Council, clerk: Client, django_assert_max_num_queries: CountQueries, people: int
) -> None:
    draw = drawn(council, people)
    mine = as_("owner0")
    with time_machine.travel(HELD, tick=False):
        for browser, address in (
            (mine, "/draws/"),
            (mine, f"/draws/{draw.pk}/"),
            (mine, f"/draws/{draw.pk}/apply/"),
            (mine, f"/draws/{draw.pk}/list/"),
            (clerk, "/desk/draws/"),
            (clerk, f"/desk/draws/{draw.pk}/"),
            (clerk, f"/desk/draws/{draw.pk}/applications/"),
            (clerk, "/desk/draws/new/"),
        ):
            browser.get(address)
            with django_assert_max_num_queries(12):
                assert browser.get(address).status_code == 200, address


def test_the_file_of_applications_follows_the_state_that_is_looked_at(council: Council, clerk: Client) -> None:
    draw = accepted(council, opened(council), 2)
    waiting = applied(council, draw, 2)
    path = f"/desk/draws/{draw.pk}/applications/"
    assert f"{path}?state=received&amp;format=csv" in clerk.get(f"{path}?state=received").content.decode()

    rows = [
        b"".join(clerk.get(f"{path}?state={state}&format=csv").streaming_content).decode("utf-8-sig").splitlines()[1:]
        for state in ("received", "accepted", "", "nonsense")
    ]

    assert [len(part) for part in rows] == [1, 2, 3, 3]
    assert rows[0][0].startswith(waiting.number)


def test_the_list_of_draws_is_taken_away_without_drafts(council: Council, clerk: Client) -> None:
    draw = opened(council)
    public, desk = (
        b"".join(browser.get(f"{address}?format=csv").streaming_content).decode("utf-8-sig").splitlines()
        for browser, address in ((Client(), "/draws/"), (clerk, "/desk/draws/"))
    )

    assert len(public) == len(desk) == 2
    assert public[1].startswith(draw.title)
    assert public[1].endswith(f"/draws/{draw.pk}/")
    assert desk[1].endswith(f"/desk/draws/{draw.pk}/")
    Draw.objects.update(state="draft", opened_at=None)
    assert len(list(Client().get("/draws/?format=csv").streaming_content)[-1].splitlines()) == 1


def test_the_desk_takes_a_draw_from_plan_to_result(council: Council, clerk: Client) -> None:
    typed = {
        "place": f"桂花苑 #{council.compound.pk}", "what": "parking", "title": "车位抽签", "applies_from": "2026-06-12T08:00", "applies_until": "2026-07-01T18:00",
        "objection_days": "3", "accept_days": "7", "source": "双色球 2026150 期", "source_at": "2026-07-15T21:15", "source_where": "https://www.example.cn",
        "name_1": "普通车位", "lots_1": "A01-A03、B9", "passes_1": "on",
    }  # fmt: skip
    with time_machine.travel("2026-06-12T09:00+08:00", tick=False):
        bad = clerk.post("/desk/draws/new/", {**typed, "lots_1": "A9-A1", "source": ""})
        done = clerk.post("/desk/draws/new/", typed)
        draw = Draw.objects.get()
        base = f"/desk/draws/{draw.pk}/"
        assert clerk.get(f"{base}edit/").status_code == 200
        clerk.post(f"{base}open/")
        for n in (0, 20):
            home = council.homes[n]
            clerk.post(f"{base}apply/", {"home": f"#{home.pk}", "name": f"邻居{n}", "categories": ["c1"], "channel": "phone"})
        for a in Application.objects.all():
            clerk.post(f"{base}check/", {"application_id": a.pk, "accept": "1", "back": "applications/"})
    with time_machine.travel("2026-07-01T19:00+08:00", tick=False):
        clerk = as_("community_worker.here")
        said = clerk.post(f"{base}post-list/")
        assert said.status_code == 302, (said.status_code, re.findall(r"<h2>.*|refusal[^\n]*", said.content.decode())[:8])
        said = clerk.post(f"{base}object/", {"text": "李家没有车", "name": "王师傅"})
        assert said.status_code == 302, (said.status_code, re.findall(r"<h2>.*|refusal[^\n]*", said.content.decode())[:8])
        clerk.post(f"{base}answer-objection/", {"objection_id": Objection.objects.get().pk, "upheld": "0", "answer": "核对过了"})
    with time_machine.travel("2026-07-10T09:00+08:00", tick=False):
        as_("community_head.here").post(f"{base}freeze/")
    with time_machine.travel("2026-07-15T22:00+08:00", tick=False):
        clerk, head = as_("community_worker.here"), as_("community_head.here")
        early = clerk.post(f"{base}hold/", {"text": TEXT})
        clerk.post(f"{base}text/", {"text": TEXT, "link": "https://www.example.cn/150"})
        same = clerk.post(f"{base}hold/", {"text": TEXT})
        head.post(f"{base}hold/", {"text": TEXT})
        page = clerk.get(base).content.decode()
        prints = [Client().get(f"/draws/{draw.pk}/print/{sheet}/") for sheet in ("call", "list", "frozen", "result", "none")]

    draw.refresh_from_db()
    assert (bad.status_code, done.status_code) == (422, 302)
    assert "A9-A1" in bad.content.decode()
    assert (early.status_code, same.status_code) == (409, 409)
    assert TEXT in same.content.decode()
    assert draw.state == "drawn"
    assert Application.objects.filter(person=council.owners[20], channel="phone").exists()
    assert "A01" in page
    assert [sheet.status_code for sheet in prints] == [200, 200, 200, 200, 404]
    for sheet in prints[:4]:  # signed and dated as a notice is, with the year in every date
        assert re.search(r'official-sign">[^<]+<br>2026年\d+月\d+日</p>', sheet.content.decode())
    assert "对名单有异议的" in prints[1].content.decode() and "期限 3 天" in prints[1].content.decode()


def test_winners_accept_on_their_own_screen_and_only_their_own(council: Council) -> None:
    draw = drawn(council, 8)
    won = Offer.objects.filter(draw=draw, application__account__isnull=False).select_related("application__account").order_by("pk")[:2]
    browser = as_(won[0].application.account.username)  # type: ignore[union-attr]
    with time_machine.travel(HELD, tick=False):
        other = browser.post(f"/draws/{draw.pk}/do/answer/", {"offer_id": won[1].pk, "accept": "1"})
        browser.post(f"/draws/{draw.pk}/do/answer/", {"offer_id": won[0].pk, "accept": "1"})

    assert other.status_code == 404
    assert list(Offer.objects.filter(pk__in=[o.pk for o in won]).order_by("pk").values_list("state", flat=True)) == ["accepted", "offered"]


def test_the_first_page_shows_what_waits(council: Council) -> None:
    draw = opened(council)
    cards = answered(cards_for(council.residents[0], council.compound, NOW))

    assert draw.title in [row["title"] for card in cards for row in card.rows if isinstance(row, dict)]


def test_a_motion_shows_the_draw_that_carries_it_out(council: Council) -> None:
    matter = scheduled(council)
    draw = opened(council, about=matter.ref)

    panels = answered(panels_of(council.worker, matter, NOW, desk=True))

    assert [p.href for p in panels if p.title == "抽签"] == [f"/desk/draws/{draw.pk}/"]


def test_the_api_does_what_the_pages_do(council: Council) -> None:
    _token, secret = make_token(actor=HOUSE, account=Account.objects.get(username="community_worker.here"), name="t", scopes=["*"], now=NOW)
    browser = Client(headers={"Authorization": f"Bearer {secret}"})
    plan = {
        "place": council.compound.pk, "title": "车位抽签", "categories": [{"name": "普通", "lots": ["A1", "A2"]}], "applies_from": "2026-06-11T00:00:00Z",
        "applies_until": "2026-07-01T00:00:00Z", "source": "双色球 2026150 期", "source_at": "2026-07-15T00:00:00Z", "source_where": "https://www.example.cn",
    }  # fmt: skip
    with time_machine.travel(NOW + DAY, tick=False):
        made = browser.post("/api/v1/draws", plan, content_type="application/json")
        pk = made.json()["id"]
        opened_ = browser.post(f"/api/v1/draws/{pk}/open", {}, content_type="application/json")
        sent = browser.post(
            f"/api/v1/draws/{pk}/apply-for",
            {"home": council.homes[3].pk, "name": "邻居3", "categories": ["c1"]},
            content_type="application/json",
        )
        early = browser.post(f"/api/v1/draws/{pk}/post-list", {}, content_type="application/json")
        listed = browser.get(f"/api/v1/draws/{pk}/applications")
        closed = Client().get(f"/api/v1/draws/{pk}/applications")

    assert (made.status_code, opened_.status_code, sent.status_code) == (201, 200, 200)
    assert (early.status_code, early.json()["code"]) == (409, "still_open")
    assert listed.status_code == 200, listed.json()
    assert listed.json()["items"][0]["name"] == "邻居3"
    assert closed.status_code in (401, 403)
    assert Client().get("/api/v1/draws").json()["items"][0]["id"] == pk


def test_an_erased_person_leaves_a_number_and_no_name(council: Council) -> None:
    draw = drawn(council, 3)
    mine = Application.objects.get(draw=draw, person=council.owners[0])
    mine.paper = store_paper(actor=HOUSE, upload=io.BytesIO(pdf()), name="残疾人证.pdf", now=HELD)
    mine.save()
    Ownership.objects.filter(person=council.owners[0]).delete()

    erase_person(actor=HOUSE, person=council.owners[0], reason="本人要求", now=HELD + DAY)

    mine.refresh_from_db()
    assert (mine.person_id, mine.account_id, mine.home_id, mine.paper_id, mine.nonce) == (None, None, None, None, "")
    assert not StoredFile.objects.filter(name="残疾人证.pdf").exists()
    assert mine.number
    assert applying.waiting_of(draw) is not None


def test_a_withdrawn_entry_may_be_sent_again(council: Council) -> None:
    draw = opened(council)
    mine = applied(council, draw, 0)
    browser = as_("owner0")
    with time_machine.travel(NOW + DAY, tick=False):
        browser.post(f"/draws/{draw.pk}/do/withdraw/", {"application_id": mine.pk})
        browser.post(f"/draws/{draw.pk}/apply/", {"categories": ["c2"]})

    assert sorted(Application.objects.values_list("state", flat=True)) == ["received", "withdrawn"]


def test_nothing_is_downloaded_before_the_draw(council: Council) -> None:
    draw = frozen(council, 3)

    assert Client().get(f"/draws/{draw.pk}/draw.json").status_code == 404
    assert UNTIL < SOURCE_AT

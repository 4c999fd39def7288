"""Pages, API, sheets and the demo of venues: who sees what, in how many queries, without script, with bad input."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from io import BytesIO, StringIO
from random import Random
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from PIL import Image

from linli.config.setup import load_reference_data
from linli.demo import town as towns
from linli.demo import venues as demo
from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account
from linli.law.venues import items
from linli.loops.council.meetings.actions import noticing, planning
from linli.loops.council.meetings.actions.planning import Plan, Topic
from linli.loops.venues.actions import exiting, keeping, opening, promising, rating
from linli.loops.venues.models import Opening, OwnStandard, State, Venue, VisitRating
from linli.loops.venues.standing import stands, with_last_opening
from linli.ports.tables.actions import import_sheet
from linli.ports.tables.kinds import KINDS
from linli.ports.tables.listing import export
from linli.ports.tables.mapping import guess, mapping_of
from linli.ports.tables.reading import open_book
from linli.web.sheets import csv_lines
from tests.factories import DAY, HOUR, HOUSE, NOW
from tests.venues.scene import WEEK, Scene, bad_years, given

MOST_QUERIES = 12


@pytest.fixture(autouse=True)
def _now(settings: Any) -> Iterator[None]:
    settings.STAFF_SECOND_FACTOR = "optional"
    with time_machine.travel(NOW, tick=False):
        yield


def browser(actor: Actor | None) -> Client:
    client = Client()
    if actor is not None:
        client.force_login(Account.objects.get(pk=actor.account_id))
    return client


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def whole(scene: Scene) -> Venue:
    """Everything a page can show: a log, ratings of three years, a case, a day that differs, a second venue being prepared."""
    cast, venue = scene.cast, scene.venue
    bad_years(cast, venue, 2024, 2025)
    exiting.raise_due(NOW)
    promising.set_exception(actor=HOUSE, venue_id=venue.pk, day=NOW.date() + 9 * DAY, spans=[], reason="端午放假", now=NOW)
    opening.key_in(actor=HOUSE, venue_id=venue.pk, opened_at=NOW - DAY, closed_at=NOW - DAY + 2 * HOUR, now=NOW, note="灯坏了一盏")
    opening.open_now(actor=cast.grid_worker, venue_id=venue.pk, now=NOW - HOUR)
    rating.rate(actor=cast.raiser, venue_id=venue.pk, choice="satisfied", comment="椅子再多几把", now=NOW)
    keeping.add_venue(actor=HOUSE, given=given(cast, name="桂花角", state="preparing", point=None, place=cast.here.community), now=NOW)
    return venue


# --- reading -----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_in_both_languages_in_few_queries(scene: Scene, language: str, settings: Any) -> None:
    venue, cast = whole(scene), scene.cast
    v, d = f"/venues/{venue.pk}/", f"/desk/venues/{venue.pk}/"
    public = [
        "/venues/",
        f"/venues/?open=1&access=1&evening=1&weekend=1&place={cast.here.compound.pk}&q=芳草",
        "/venues/map/",
        v,
        f"{v}sheet/",
    ]
    desk = ["/desk/venues/", d, f"{d}edit/", f"{d}hours/", "/desk/venues/new/", "/desk/settings/venue-standards/"]
    desk += ["/desk/settings/venue-standards/new/", "/desk/settings/venue-standards/change/area_500_1000/"]
    costly = []
    for actor, paths in ((None, public), (cast.neighbour, [v]), (cast.street_officer, desk)):
        client = browser(actor)
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
        for path in paths:
            client.get(path)
            with CaptureQueriesContext(connection) as asked:
                answer = client.get(path)
            assert answer.status_code == 200, path
            body = text_of(answer)
            if language == "en":
                left = body.replace("芳草", "").replace("四川省", "")
                assert "议事场地" not in left, path
            if len(asked) > MOST_QUERIES:
                costly.append(f"{path}: {len(asked)}\n" + "\n".join(q["sql"][:200] for q in asked))
    assert costly == []


def test_a_list_of_many_costs_what_a_list_of_one_does(scene: Scene) -> None:
    client = browser(scene.cast.street_officer)
    counts = []
    for n in range(2):
        for path in ("/venues/", "/desk/venues/"):
            client.get(path)
            with CaptureQueriesContext(connection) as asked:
                client.get(path)
            counts.append(len(asked))
        for i in range(6):
            keeping.add_venue(actor=HOUSE, given=given(scene.cast, name=f"议事点{n}{i}", households=None), now=NOW)
    assert counts[2] <= counts[0] + 1
    assert counts[3] <= counts[1] + 1


def test_the_public_page_says_what_a_visitor_asks_first(scene: Scene) -> None:
    venue = whole(scene)
    body = text_of(browser(None).get(f"/venues/{venue.pk}/"))

    for words in (
        "正在开放",
        "开到 12:00。",
        "芳草街 12 号一楼",
        "老年人和轮椅无台阶可达",
        "端午放假",
        "还要增加 4.5 平方米。",
        "要辟出：调解区。",
        "02885551234",
    ):
        assert words in body
    # Who opened it, and the words of visitors, are for those who work here.
    for words in ("椅子再多几把", "灯坏了一盏", scene.cast.grid_worker.name):
        assert words not in body


def test_what_is_being_prepared_is_for_those_who_work_here(scene: Scene) -> None:
    whole(scene)
    hidden = Venue.objects.get(state=State.PREPARING)

    assert browser(None).get(f"/venues/{hidden.pk}/").status_code == 404
    assert "桂花角" not in text_of(browser(None).get("/venues/"))
    assert browser(scene.cast.community_worker).get(f"/venues/{hidden.pk}/").status_code == 200
    assert browser(scene.cast.neighbour).get(f"/desk/venues/{scene.venue.pk}/").status_code == 403
    assert browser(scene.cast.outside["community_worker"]).get(f"/desk/venues/{scene.venue.pk}/").status_code == 403
    assert scene.venue.name not in text_of(browser(scene.cast.outside["community_worker"]).get("/desk/venues/"))


def test_the_nearest_come_first_and_nonsense_in_the_address_is_passed_over(scene: Scene) -> None:
    far = keeping.add_venue(actor=HOUSE, given=given(scene.cast, name="远处", point=(30.64, 104.06)), now=NOW)
    keeping.add_venue(actor=HOUSE, given=given(scene.cast, name="不知道在哪", point=None), now=NOW)

    body = text_of(browser(None).get("/venues/?latitude=30.6399&longitude=104.0601"))

    assert body.index(far.name) < body.index(scene.venue.name) < body.index("不知道在哪")
    assert "约 20 米" in body
    for nonsense in ("?latitude=nan&longitude=1", "?latitude=x&longitude=y", "?place=99999999999999999999", "?after=-1", "?q=%00"):
        assert browser(None).get(f"/venues/{nonsense}").status_code == 200
    assert browser(None).get("/venues/99999999999999999999/").status_code == 404


def test_the_list_is_taken_away_as_it_is_narrowed_with_how_far_each_is(scene: Scene) -> None:
    far = keeping.add_venue(actor=HOUSE, given=given(scene.cast, name="远处", point=(30.64, 104.06)), now=NOW)
    keeping.add_venue(actor=HOUSE, given=given(scene.cast, name="别的地方"), now=NOW)

    narrowed = lines_of(browser(None).get("/venues/?q=远处&format=csv"))
    nearest = lines_of(browser(None).get("/venues/?latitude=30.6399&longitude=104.0601&format=csv"))

    assert [line[0] for line in narrowed[1:]] == [far.name]
    assert len(narrowed[0]) == 7
    assert (nearest[1][0], nearest[0][-1], nearest[1][-1]) == (far.name, "多远（米）", "15")
    assert len(nearest) == 4


def test_the_whole_log_of_a_venue_is_a_file_that_names_nobody(scene: Scene) -> None:
    whole(scene)
    address = f"/desk/venues/{scene.venue.pk}/"
    assert f"{address}?format=xlsx" in text_of(browser(scene.cast.community_worker).get(address))

    lines = lines_of(browser(scene.cast.community_worker).get(f"{address}?format=csv"))

    assert lines[0] == ["开门", "关门", "怎么登记的", "备注", "为什么作废"]
    assert len(lines) == 1 + Opening.objects.filter(venue=scene.venue).count() > 1
    assert not any(a.name in "".join(map("".join, lines)) for a in Account.objects.exclude(name=""))
    assert browser(scene.cast.raiser).get(f"{address}?format=csv").status_code == 403


def lines_of(answer: Any) -> list[list[str]]:
    return list(csv.reader(StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


# --- doing -------------------------------------------------------------------------------------------------------------------
def test_a_worker_enters_a_venue_and_its_hours_and_bad_input_comes_back_whole(scene: Scene) -> None:
    client = browser(scene.cast.community_worker)
    typed = {
        "name": "桂花议事点",
        "place": f"#{scene.cast.here.community.pk}",
        "state": "in_use",
        "area": "31.505",
        "cost_fen": "八万",
        "full_time": "2",
    }

    bad = client.post("/desk/venues/new/", typed)
    good = client.post("/desk/venues/new/", {**typed, "area": "31.5", "cost_fen": "8万", "zone_mediation": "yes", "eq_ramp": "no"})

    assert bad.status_code == 422
    assert 'value="桂花议事点"' in text_of(bad)
    assert "最多两位小数" in text_of(bad)
    made = Venue.objects.get(name="桂花议事点")
    assert good["Location"] == f"/desk/venues/{made.pk}/hours/"
    assert (made.area, made.cost_fen, made.staff, made.has) == (
        3150,
        8_000_000,
        {"full_time": 2},
        {"zone_mediation": True, "eq_ramp": False},
    )
    assert made.functions is None
    week = {f"day{n}": "09:00-12:00" for n in range(7)}
    assert client.post(good["Location"], {**week, "day3": "12-9", "starts_on": "2026-06-10"}).status_code == 422
    assert client.post(good["Location"], {**week, "starts_on": "2026-06-10"})["Location"] == f"/desk/venues/{made.pk}/"
    assert "每周共" in text_of(client.get(f"/desk/venues/{made.pk}/"))


def test_changing_with_an_old_version_says_so_and_keeps_what_was_typed(scene: Scene) -> None:
    client, venue = browser(scene.cast.community_worker), scene.venue
    keeping.change_venue(actor=HOUSE, venue_id=venue.pk, given=given(scene.cast, area=5000), now=NOW)

    late = client.post(
        f"/desk/venues/{venue.pk}/edit/", {"name": "新名字", "place": f"#{scene.cast.here.compound.pk}", "state": "in_use", "version": "1"}
    )

    assert late.status_code == 409
    assert "别人改过这处场地" in text_of(late)
    assert 'value="新名字"' in text_of(late)
    assert Venue.objects.get(pk=venue.pk).name == venue.name


def test_the_day_at_the_desk_from_opening_to_closing_and_the_log_book(scene: Scene) -> None:
    client, d = browser(scene.cast.grid_worker), f"/desk/venues/{scene.venue.pk}/"

    assert client.post(f"{d}opened/").status_code == 302
    assert "登记关门" in text_of(client.get(d))
    bad = client.post(f"{d}shut/", {"closed_at": "2026-06-11T09:00"})
    assert bad.status_code == 422
    assert 'value="2026-06-11T09:00"' in text_of(bad)
    with time_machine.travel(NOW + HOUR, tick=False):
        assert client.post(f"{d}shut/").status_code == 302
    book = {"opened_at": "2026-06-09T09:00", "closed_at": "2026-06-09T12:00", "note": "停电一小时"}
    assert client.post(f"{d}log/", book).status_code == 302
    clash = client.post(f"{d}log/", {**book, "closed_at": "2026-06-09T11:00"})
    assert clash.status_code == 422
    assert "已经登记过一次开放" in text_of(clash)
    row = Opening.objects.get(source="paper")
    assert client.post(f"{d}log/{row.pk}/strike/", {"reason": ""}).status_code == 422
    assert client.post(f"{d}log/{row.pk}/strike/", {"reason": "写错了"}).status_code == 302
    assert client.post(f"{d}forms/", {"day": "2026-06-09", "satisfied": "3", "dissatisfied": "1", "batch": "A1"}).status_code == 302
    assert client.post(f"{d}forms/", {"day": "2026-06-09", "satisfied": "3", "batch": "A1"}).status_code == 422
    assert client.post(f"{d}days/", {"day": "2026-06-19", "spans": "", "reason": "放假"}).status_code == 403  # a grid worker sets no hours
    worker = browser(scene.cast.community_worker)
    assert worker.post(f"{d}days/", {"day": "2026-06-19", "spans": "9-8", "reason": "放假"}).status_code == 422
    assert worker.post(f"{d}days/", {"day": "2026-06-19", "spans": "", "reason": "放假"}).status_code == 302
    assert worker.post(f"{d}days/drop/", {"day": "2026-06-19"}).status_code == 302
    assert worker.post(f"{d}days/drop/", {"day": "never"}).status_code == 422
    assert worker.post(f"{d}close/", {"reason": ""}).status_code == 422
    assert worker.post(f"{d}close/", {"reason": "搬走"}).status_code == 302
    assert worker.post(f"{d}opened/").status_code == 409


def test_a_picture_is_put_up_and_served_to_everybody(scene: Scene) -> None:
    client, d = browser(scene.cast.community_worker), f"/desk/venues/{scene.venue.pk}/"
    picture = BytesIO()
    Image.new("RGB", (60, 40), "green").save(picture, "PNG")
    picture.name = "门口.png"
    picture.seek(0)

    assert client.post(f"{d}photo/", {"photo_words": "门口"}).status_code == 422
    assert client.post(f"{d}photo/", {"photo": picture, "photo_words": "门口的坡道"}).status_code == 302

    assert 'alt="门口的坡道"' in text_of(browser(None).get(f"/venues/{scene.venue.pk}/"))
    assert browser(None).get(f"/venues/{scene.venue.pk}/photo/")["Content-Type"].startswith("image/")
    assert client.post(f"{d}photo/", {"remove": "1"}).status_code == 302
    assert browser(None).get(f"/venues/{scene.venue.pk}/photo/").status_code == 404


def test_a_visitor_rates_and_mends_it_and_a_stranger_is_asked_to_sign_in(scene: Scene) -> None:
    v = f"/venues/{scene.venue.pk}/"

    assert browser(None).post(f"{v}rate/", {"choice": "not"})["Location"].startswith("/sign-in/")
    client = browser(scene.cast.neighbour)
    empty = client.post(f"{v}rate/", {"comment": "门难开"})
    assert empty.status_code == 422
    assert 'value="门难开"' in text_of(empty)
    assert client.post(f"{v}rate/", {"choice": "not"}).status_code == 302
    assert client.post(f"{v}rate/", {"choice": "fairly"}).status_code == 302
    assert [r.choice for r in VisitRating.objects.all()] == ["fairly"]


def test_standards_are_replaced_and_ended_on_their_page(scene: Scene) -> None:
    client, s = browser(scene.cast.community_head), "/desk/settings/venue-standards/"
    here = f"#{scene.cast.here.community.pk}"
    typed = {
        "name_zh": "本社区的面积",
        "group": "area",
        "measure": "area",
        "op": ">=",
        "value": "六十",
        "households_from": "500",
        "place": here,
        "starts_on": "2026-06-10",
        "source": "居民会议决定",
    }

    bad = client.post(f"{s}change/area_500_1000/", typed)
    good = client.post(f"{s}change/area_500_1000/", {**typed, "value": "60.5"})

    assert bad.status_code == 422
    assert "六十" in text_of(bad)
    assert good.status_code == 302
    assert "至少 60.5 平方米" in text_of(client.get(s))
    own = OwnStandard.objects.get()
    assert client.post(f"{s}{own.pk}/end/", {"ends_on": "2026-06-10"}).status_code == 302
    assert client.post(f"{s}off/site_exclusive/", {"place": here, "source": "居民会议决定"}).status_code == 302
    assert OwnStandard.objects.filter(off=True, ends_on=None).count() == 1
    assert client.post(f"{s}off/site_exclusive/", {"place": "", "source": "x"}).status_code == 403
    assert client.get(f"{s}change/nothing_such/").status_code == 404
    assert browser(scene.cast.community_worker).get(s).status_code == 403


def test_a_meetings_pages_lead_to_its_venue_and_warn_when_it_is_shut(scene: Scene) -> None:
    venue, worker = scene.venue, scene.cast.community_worker
    plan = Plan(
        place=scene.cast.here.compound, body="compound", title="停车怎么分", starts_at=NOW + DAY + 10 * HOUR, venue=f"{venue.name} {venue.ref}",
        chair_name="王", recorder_name="李", topics=(Topic("停车"),),
    )  # fmt: skip
    meeting = planning.plan_meeting(actor=worker, plan=plan, now=NOW)
    client = browser(worker)

    assert f'value="{venue.name} {venue.ref}"' in text_of(client.get("/desk/meetings/new/"))
    assert "不在这处场地公布的开放时间里" in text_of(client.get(f"/desk/meetings/{meeting.pk}/"))
    noticing.give_notice(actor=worker, meeting_id=meeting.pk, now=NOW)
    assert f'href="/venues/{venue.pk}/"' in text_of(browser(None).get(f"/meetings/{meeting.pk}/"))
    assert f'href="/meetings/{meeting.pk}/"' in text_of(browser(None).get(f"/venues/{venue.pk}/"))


# --- machines ----------------------------------------------------------------------------------------------------------------
def test_the_api_tells_and_does_what_the_pages_do(scene: Scene) -> None:
    venue = whole(scene)
    client = browser(scene.cast.community_worker)

    def post(path: str, body: dict[str, Any], who: Client = client) -> Any:
        return who.post(f"/api/v1/venues{path}", json.dumps(body), content_type="application/json")

    told = client.get(f"/api/v1/venues/{venue.pk}").json()
    listed = browser(None).get("/api/v1/venues?open_now=true&latitude=30.63&longitude=104.05").json()
    missed = {f["standard"]: f["short"] for f in told["findings"] if f["state"] == "misses"}

    assert missed["area_500_1000"] == "9/2"
    assert (told["area_per_household"], told["years"][0]["share"]) == ("91/1240", "11/20")
    assert [v["ref"] for v in listed["items"]] == [venue.ref]
    assert listed["items"][0]["metres"] > 0
    made = post("", {"place": scene.cast.here.community.pk, "name": "接口场地", "area": 6000})
    assert made.status_code == 201
    pk = made.json()["id"]
    assert post("", {"place": scene.cast.here.community.pk, "name": "接口场地"}).status_code == 422
    week = [[list(span) for span in day] for day in WEEK]
    assert post(f"/{pk}/hours", {"week": week, "starts_on": "2026-06-10"}).status_code == 200
    assert post(f"/{pk}/opened", {}).status_code == 200
    assert post(f"/{pk}/log", {"opened_at": "2026-06-09T01:00:00Z", "closed_at": "2026-06-09T02:00:00Z"}).json()["source"] == "paper"
    assert post(f"/{pk}/forms", {"day": "2026-06-10", "counts": {"satisfied": 3}}).json()["years"][0]["answers"] == 3
    assert post(f"/{pk}/rating", {"choice": "not"}, browser(scene.cast.neighbour)).status_code == 200
    assert post(f"/{pk}/rating", {"choice": "not"}, browser(None)).status_code in (401, 403)
    assert len(client.get(f"/api/v1/venues/{pk}/openings").json()) == 2
    assert browser(None).get(f"/api/v1/venues/{pk}/openings").status_code in (401, 403)
    assert {s["code"] for s in browser(None).get("/api/v1/venue-standards").json()} >= {"area_under_500", "exit_threshold"}
    assert browser(None).get("/api/v1/venue-items").json()["eq_ramp"]["access"] is True
    forms = VisitRating.objects.get(venue_id=pk, channel="paper").pk
    assert post(f"/{pk}/forms/{forms}/strike", {"reason": "日期写错了"}).json()["years"][0]["answers"] == 1
    file = BytesIO()
    Image.new("RGB", (80, 60), "green").save(file, "PNG")
    picture = {"photo": SimpleUploadedFile("hall.png", file.getvalue()), "words": "门口有坡道"}
    assert client.post(f"/api/v1/venues/{pk}/photo", picture).status_code == 200
    assert Venue.objects.get(pk=pk).photo_words == "门口有坡道"
    own = {
        "standard": {"code": "area_under_500"},
        "off": True,
        "starts_on": "2026-06-11",
        "source": "街道会议",
        "place": scene.cast.here.community.pk,
    }
    boss = browser(scene.cast.street_officer)
    made = boss.post("/api/v1/venue-standards", json.dumps(own), content_type="application/json")
    assert made.status_code == 201, made.content
    ends = boss.post(
        f"/api/v1/venue-standards/{made.json()['id']}/end", json.dumps({"ends_on": "2026-06-11"}), content_type="application/json"
    )
    assert ends.json()["ends_on"] == "2026-06-11"


# --- sheets ------------------------------------------------------------------------------------------------------------------
def brought_in(scene: Scene, text: str, **more: Any) -> Any:
    kind = KINDS["venues"]
    book = open_book(text.encode(), "场地.csv", most_bytes=1_000_000, is_heading=kind.is_heading)
    sheet = book.read(book.sheets[0])
    return import_sheet(
        actor=scene.cast.community_worker, kind="venues", sheet=sheet, mapping=mapping_of(guess(kind, sheet)), place=scene.cast.here.community,
        now=NOW, file_name="场地.csv", **more,
    )  # fmt: skip


HEAD = "名称,属于哪里,使用面积,户数,开放时间,分区,设备,功能,每年经费\n"


def test_a_sheet_of_venues_comes_in_and_what_goes_out_comes_in_unchanged(scene: Scene) -> None:
    rows = (
        HEAD
        + "桂花点,芳草苑,45.5㎡,300,周一至周五 09:00-12:00；周六 14:00-16:00,议事区、公示栏位置,无,议事协商、矛盾调解,8万元\n,,,,,,,,\n"
    )

    outcome = brought_in(scene, rows)

    assert (outcome.faults, outcome.counts["venues_new"]) == ([], 1)
    made = Venue.objects.get(name="桂花点")
    assert (made.area, made.households, made.cost_fen) == (4550, 300, 8_000_000)
    assert (made.has["zone_deliberation"], made.has["zone_mediation"], made.has["eq_ramp"]) == (True, False, False)
    assert "ft_entrance" not in made.has
    everything = {i.code: i.code != "zone_board" for i in items().values() if i.kind != "function"}
    keeping.change_venue(actor=HOUSE, venue_id=scene.venue.pk, given=given(scene.cast, has=everything, traits=["ageing", "young"]), now=NOW)
    for language in ("zh-hans", "en"):
        with translation.override(language):
            listing = export(actor=scene.cast.community_worker, kind="venues", place=scene.cast.here.community, now=NOW)
            again = brought_in(scene, b"".join(csv_lines(listing.header, listing.rows)).decode("utf-8-sig"))
        assert again.faults == []
        assert (again.counts["venues_new"], again.counts["venues_changed"], again.counts["venues_same"]) == (0, 0, 2)


def test_bad_rows_are_named_with_how_to_mend_them_and_nothing_is_written(scene: Scene) -> None:
    rows = HEAD + (
        "甲,火星小区,30,,,,,,\n"
        "乙,芳草苑,三十平,,,,,,\n"
        "丙,芳草苑,30,,周一 9点到,,,,\n"
        "丁,芳草苑,30,,,游泳池,,,\n"
        "戊,芳草苑,30,-4,,,,,\n"
        "戊,芳草苑,30,,,,,,\n"
        "戊,芳草苑,30,,,,,,一大笔\n"
        "己,芳草苑,30,,,,,,\n"
        "己,芳草苑,30,,,,,,\n"
    )

    outcome = brought_in(scene, rows)

    assert outcome.bad_rows == [2, 3, 4, 5, 6, 8, 10]
    assert not outcome.written
    assert all(fault.text for fault in outcome.faults)
    assert Venue.objects.count() == 1


def test_the_demo_has_two_venues_of_which_one_misses_standards(db: None) -> None:
    load_reference_data(NOW - 400 * DAY)
    town = towns.build_town(NOW, Random(1))
    demo.build(town, NOW)

    found = stands(list(with_last_opening(Venue.objects.select_related("place"), NOW).order_by("pk")), NOW)
    misses = [stand.summary.misses for stand in found.values()]
    assert len(misses) == 2
    assert min(misses) == 0
    assert max(misses) >= 5

"""What residents and the public see of requests: the first page, the list, the map, one request, what they can do there."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.core.files.storage import default_storage
from pytest_django import DjangoAssertNumQueries

from linli.kernel.files.actions import store_picture
from linli.kernel.matters.actions import add_me_too, merge
from linli.kernel.matters.models import Entry, Matter, Party
from linli.kernel.notices.actions import publish_notice
from linli.kernel.people.actions import link_helper, register_person
from linli.loops.requests.actions import dispatch, handling, whistle
from tests import factories as f
from tests.factories import DAY, HOUR, NOW, Cast
from tests.loops.square_reader import picture, reader, stopped_clock  # noqa: F401 - the fixture is used by name

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stopped_clock")]
MOST_QUERIES = 12


def text_of(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]  # a response


# --- the first page ------------------------------------------------------------------------------------
def test_a_stranger_sees_how_it_works_what_is_open_and_whom_to_call(cast: Cast) -> None:
    cast.here.community.phone = "028-85550000"
    cast.here.community.save()
    matter = f.raised(cast)
    client = reader()

    page = text_of(client.get("/"))

    assert "怎么用" in page
    assert matter.public_title in page
    assert 'action="/requests/new/"' in page


def test_a_resident_finds_their_own_request_with_its_promise_and_the_last_word(cast: Cast) -> None:
    matter = f.in_progress(cast)
    handling.answer(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="维保单位今天到场")

    page = text_of(reader(cast.raiser).get("/"))

    assert "维保单位今天到场" in page
    assert "承诺" in page
    assert re.search(r"还有 \d+ 个工作日", page)


def test_what_is_done_awaits_the_rating_of_whoever_raised_it_alone(cast: Cast) -> None:
    f.resolved(cast)

    assert "等您评价" in text_of(reader(cast.raiser).get("/"))
    assert "等您评价" not in text_of(reader(cast.neighbour).get("/"))


def test_a_neighbour_reads_what_changed_but_not_twice(cast: Cast) -> None:
    matter = f.raised(cast)
    add_me_too(actor=f.resident_at(cast, "first"), matter_id=matter.pk, now=NOW)
    add_me_too(actor=f.resident_at(cast, "second"), matter_id=matter.pk, now=NOW)

    for address in ("/", "/requests/"):
        page = text_of(reader(cast.neighbour).get(address))
        assert page.count(f'href="/requests/{matter.ref}/"') == 1, address


def test_notices_of_the_community_stand_on_the_first_page(cast: Cast) -> None:
    publish_notice(actor=cast.community_worker, place=cast.here.community, title="周四停水", body="九点到十三点", now=NOW)
    publish_notice(actor=cast.outside["community_worker"], place=cast.there.community, title="别处停电", body="一小时", now=NOW)

    page = text_of(reader(cast.raiser).get("/"))

    assert "周四停水" in page
    assert "别处停电" not in page


# --- one request ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("make", "says"),
    [
        (f.raised, "社区先受理"),
        (f.accepted, "社区正在确定由哪个单位办"),
        (f.dispatched, "承办单位收到后开始办理"),
        (f.in_progress, "办完以后"),
        (f.waiting, "等提出人补充情况"),
        (f.suspended, "到了复核日期"),
        (f.whistled, "街道叫来的每个单位"),
        (f.resolved, "请提出人评价"),
    ],
)
def test_every_state_says_what_happens_next(cast: Cast, make: Callable[[Cast], Matter], says: str) -> None:
    page = text_of(reader().get(f"/requests/{make(cast).ref}/"))

    assert says in page
    assert 'class="loop' in page


def test_the_promise_names_who_what_and_when(cast: Cast) -> None:
    matter = f.dispatched(cast)

    page = text_of(reader().get(f"/requests/{matter.ref}/"))

    assert "芳草城建科" in page
    assert re.search(r"6 月 11 日周四 10:00 前答复", page)


def test_what_is_overdue_says_by_how_much(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    matter = f.dispatched(cast)
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + 26 * HOUR)

    page = text_of(reader().get(f"/requests/{matter.ref}/"))

    assert "超期" in page
    assert "已过 2 小时" in page


def test_a_suspended_one_says_why_and_when_it_is_looked_at_again(cast: Cast) -> None:
    page = text_of(reader().get(f"/requests/{f.suspended(cast).ref}/"))

    assert "等配件" in page
    assert "6 月 24 日周三" in page


def test_the_whistle_table_says_who_came_and_who_did_not(cast: Cast) -> None:
    matter = f.whistled(cast)
    whistle.report_in(actor=f.handler_of(cast, "water"), matter_id=matter.pk, now=NOW + HOUR)

    page = text_of(reader().get(f"/requests/{matter.ref}/"))

    assert "牵头" in page
    assert page.count("还没有到") == 2
    assert "6 月 10 日周三 11:00" in page


def test_a_merged_one_points_to_where_it_goes_on(cast: Cast) -> None:
    first, second = f.raised(cast), f.raised(cast, title="电梯又响了")
    merge(actor=cast.community_worker, source_id=second.pk, target_id=first.pk, now=NOW)

    page = text_of(reader().get(f"/requests/{second.ref}/"))

    assert "已经并入另一件相同的事" in page
    assert f"/requests/{first.ref}/" in page


@pytest.mark.parametrize("typed", ["r{}", "{}", "%20R{}"])
def test_a_reference_said_another_way_leads_to_the_same_page(cast: Cast, typed: str) -> None:
    matter = f.raised(cast)

    answer = reader().get("/requests/" + typed.format(matter.pk) + "/")

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/requests/{matter.ref}/"


@pytest.mark.parametrize("typed", ["R0", "X1", "R99999999999999999999", "nothing", "R1;drop"])
def test_a_reference_of_nothing_is_not_found(cast: Cast, typed: str) -> None:
    assert reader().get(f"/requests/{typed}/").status_code == 404


# --- who may see what ----------------------------------------------------------------------------------
def test_a_private_one_is_not_found_by_strangers_and_neighbours_alike(cast: Cast) -> None:
    matter = f.raised(cast, visibility="private")

    assert reader().get(f"/requests/{matter.ref}/").status_code == 404
    assert reader(cast.neighbour).get(f"/requests/{matter.ref}/").status_code == 404
    assert reader(cast.raiser).get(f"/requests/{matter.ref}/").status_code == 200
    missing = text_of(reader().get("/requests/R987654/"))
    hidden = text_of(reader().get(f"/requests/{matter.ref}/"))
    assert re.findall(r"<main.*?</main>", missing, re.S)[0].replace("R987654", "") == re.findall(r"<main.*?</main>", hidden, re.S)[
        0
    ].replace(matter.ref, "")


def test_the_neighbours_own_is_for_signed_in_residents_of_the_community(cast: Cast) -> None:
    matter = f.raised(cast, visibility="neighbours")
    far = cast.outside["resident"]

    assert reader().get(f"/requests/{matter.ref}/").status_code == 404
    assert reader(far).get(f"/requests/{matter.ref}/").status_code == 404
    assert reader(cast.neighbour).get(f"/requests/{matter.ref}/").status_code == 200
    assert f"/requests/{matter.ref}/" in text_of(reader(cast.neighbour).get("/requests/"))
    assert f"/requests/{matter.ref}/" not in text_of(reader(far).get("/requests/"))


def test_a_helper_reads_and_adds_for_the_person_they_help(cast: Cast) -> None:
    helper, _new = register_person(actor=f.HOUSE, name="周帮办", now=NOW, phone="13900139009")
    account = f.account_of("helper", "周帮办")
    helper.account = account
    helper.save()
    link_helper(actor=f.HOUSE, person=cast.person, helper=helper, kind="helper", since_on=NOW.date(), now=NOW)
    matter = f.raised(cast, visibility="private")
    client = reader(f.actor_of(account, now=NOW))

    assert client.get(f"/requests/{matter.ref}/").status_code == 200
    assert client.post(f"/requests/{matter.ref}/add/", {"add-text": "老人让我补充"}).status_code == 302


def test_the_page_of_a_reader_is_never_kept_by_a_cache(cast: Cast) -> None:
    assert "no-store" in reader(cast.raiser).get(f"/requests/{f.raised(cast).ref}/").headers["Cache-Control"]


# --- what a reader can do ------------------------------------------------------------------------------
def test_me_too_counts_once_however_often_it_is_pressed(cast: Cast) -> None:
    matter = f.raised(cast)
    client = reader(cast.neighbour)

    client.post(f"/requests/{matter.ref}/me-too/")
    client.post(f"/requests/{matter.ref}/me-too/")

    matter.refresh_from_db()
    assert matter.me_too == 1
    assert Party.objects.filter(matter=matter, role="me_too").count() == 1


def test_a_neighbour_takes_me_too_back_and_whoever_raised_it_reads_why_it_stays(cast: Cast) -> None:
    matter = f.raised(cast)
    client = reader(cast.neighbour)
    client.post(f"/requests/{matter.ref}/me-too/")

    said = text_of(client.get(f"/requests/{matter.ref}/"))
    raiser = text_of(reader(cast.raiser).get(f"/requests/{matter.ref}/"))
    for _again in range(2):
        client.post(f"/requests/{matter.ref}/me-too/end/")

    matter.refresh_from_db()
    assert "您说过“我也遇到”" in said and "还有邻居也遇到了这件事，不能撤回" in raiser
    assert (matter.me_too, Party.objects.filter(matter=matter, role="me_too").count()) == (0, 0)
    assert Entry.objects.filter(matter=matter, verb="me_too_ended").count() == 1
    assert Party.objects.filter(matter=matter, role="raiser").count() == 1
    reader(cast.raiser).post(f"/requests/{matter.ref}/me-too/end/")
    assert Party.objects.filter(matter=matter, role="raiser").count() == 1
    assert "收回了“我也遇到”" in text_of(reader().get(f"/requests/{matter.ref}/"))


def test_a_stranger_who_acts_is_asked_to_sign_in_and_comes_back(cast: Cast) -> None:
    matter = f.raised(cast)

    answer = reader().post(f"/requests/{matter.ref}/me-too/")

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/sign-in/?next=%2Frequests%2F{matter.ref}%2F"


def test_adding_what_was_asked_for_lets_the_clock_run_again(cast: Cast) -> None:
    matter = f.waiting(cast)

    reader(cast.raiser).post(f"/requests/{matter.ref}/add/", {"add-text": "左边那一部"})

    matter.refresh_from_db()
    assert matter.state == "in_progress"


def test_a_refused_photo_keeps_the_words(cast: Cast) -> None:
    matter = f.waiting(cast)
    bad = picture()
    bad = type(bad)(b"%PDF-1.4 no picture")
    bad.name = "x.jpg"

    answer = reader(cast.raiser).post(f"/requests/{matter.ref}/add/", {"add-text": "左边那一部", "add-photo": bad})

    assert answer.status_code == 422
    page = text_of(answer)
    assert "左边那一部" in page
    assert "PDF" in page
    matter.refresh_from_db()
    assert matter.state == "waiting"


def test_an_empty_addition_says_what_is_missing(cast: Cast) -> None:
    answer = reader(cast.raiser).post(f"/requests/{f.waiting(cast).ref}/add/", {"add-text": "  "})

    assert answer.status_code == 422
    assert "请写一句要补充的情况" in text_of(answer)


def test_a_bad_rating_sends_it_back_to_work_and_a_good_one_closes_it(cast: Cast) -> None:
    matter = f.resolved(cast)
    client = reader(cast.raiser)
    assert "有人答复您吗" in text_of(client.get(f"/requests/{matter.ref}/"))

    client.post(f"/requests/{matter.ref}/rate/", {"rate-answered": "1", "rate-solved": "0", "rate-satisfied": "0", "rate-comment": "还响"})
    matter.refresh_from_db()
    assert (matter.state, matter.reopened) == ("in_progress", 1)

    handling.resolve(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="又换了")
    client.post(f"/requests/{matter.ref}/rate/", {"rate-answered": "1", "rate-solved": "1", "rate-satisfied": "1"})
    matter.refresh_from_db()
    assert matter.state == "closed"
    assert "评价：有答复，解决了，满意" in text_of(client.get(f"/requests/{matter.ref}/"))


def test_a_rating_without_an_answer_is_sent_back_with_the_comment(cast: Cast) -> None:
    answer = reader(cast.raiser).post(f"/requests/{f.resolved(cast).ref}/rate/", {"rate-comment": "我再想想"})

    assert answer.status_code == 422
    assert "我再想想" in text_of(answer)


def test_whoever_did_not_raise_it_cannot_rate_it(cast: Cast) -> None:
    matter = f.resolved(cast)
    client = reader(cast.neighbour)

    assert "有人答复您吗" not in text_of(client.get(f"/requests/{matter.ref}/"))
    assert client.post(f"/requests/{matter.ref}/rate/", {"rate-solved": "1"}).status_code == 403


def test_taking_back_is_for_whoever_raised_it_while_nobody_else_has_it(cast: Cast) -> None:
    matter, other = f.raised(cast), f.raised(cast, title="路灯不亮")
    add_me_too(actor=cast.neighbour, matter_id=other.pk, now=NOW)
    client = reader(cast.raiser)

    assert "撤回这件事" not in text_of(client.get(f"/requests/{other.ref}/"))
    refused = client.post(f"/requests/{other.ref}/withdraw/", {"withdraw-text": ""})
    assert refused.status_code == 409
    assert "不能撤回" in text_of(refused)
    assert client.post(f"/requests/{matter.ref}/withdraw/", {"withdraw-text": "修好了"}).status_code == 302
    matter.refresh_from_db()
    assert matter.state == "withdrawn"


@pytest.mark.parametrize("act", ["me-too", "add", "rate", "withdraw"])
def test_an_act_is_never_done_by_following_a_link(cast: Cast, act: str) -> None:
    assert reader(cast.raiser).get(f"/requests/{f.raised(cast).ref}/{act}/").status_code == 405


# --- list, search, map, feed ---------------------------------------------------------------------------
def test_two_characters_of_chinese_are_found(cast: Cast) -> None:
    lift, lamp = f.raised(cast), f.raised(cast, title="东门路灯不亮", body="一排都灭了")

    page = text_of(reader().get("/requests/", {"q": "路灯"}))

    assert lamp.ref in page
    assert f"/requests/{lift.ref}/" not in page


def test_the_filters_narrow_and_can_be_taken_out_one_by_one(cast: Cast) -> None:
    here, there = f.raised(cast), f.raised(cast, actor=cast.outside["resident"], place=cast.there.buildings[0], title="桐梓苑漏水")
    f.dispatched(cast, title="已派的一件")

    page = text_of(reader().get("/requests/", {"place": cast.here.compound.pk, "status": "raised"}))

    assert here.ref in page
    assert there.ref not in page
    assert "已派的一件" not in page
    assert "芳草苑" in page
    assert f'href="?place={cast.here.compound.pk}"' in page


@pytest.mark.parametrize(
    "query",
    [
        "place=x", "place=-1", "place=99999999999999999999", "before=abc", "before=99999999999999999999999", "status=nonsense", "category=<script>",
        "since=2026-02-30", "until=9999-12-31", "unit=0", "period=8", "q=%00", "q=%22%27--", "place=1&place=2", "q=" + "长" * 300,
    ],
)  # fmt: skip
def test_nonsense_in_a_filter_is_left_out_and_never_breaks_list_map_or_feed(cast: Cast, query: str) -> None:
    f.raised(cast)

    for address in ("/requests/", "/requests/map/", "/requests/feed.atom", "/me/requests/"):
        assert reader(cast.raiser).get(f"{address}?{query}").status_code == 200, address


def test_what_was_not_understood_is_said(cast: Cast) -> None:
    assert "没有看懂" in text_of(reader().get("/requests/?since=2026-02-30"))


def test_the_next_page_goes_on_where_this_one_ends(cast: Cast) -> None:
    made = [f.raised(cast, title=f"第 {n} 件") for n in range(23)]
    client = reader()

    first = text_of(client.get("/requests/"))
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = text_of(client.get("/requests/" + following[1].replace("&amp;", "&")))

    seen = re.findall(r'href="/requests/(R\d+)/" class="rows-title"', first + second)
    assert sorted(seen) == sorted(m.ref for m in made)


def test_the_map_counts_what_is_open_and_leads_down_to_the_list(cast: Cast) -> None:
    f.raised(cast)
    f.raised(cast, title="另一件", place=cast.here.homes[0])
    f.resolved(cast, place=cast.here.buildings[1])
    client = reader()

    community = text_of(client.get("/requests/map/", {"place": cast.here.community.pk}))
    compound = text_of(client.get("/requests/map/", {"place": cast.here.compound.pk}))

    assert "3 件在办" in community
    assert f"?place={cast.here.compound.pk}" in community
    assert "2 件在办" in compound
    assert f"/requests/?place={cast.here.buildings[0].pk}&amp;status=open" in compound


def test_the_map_is_narrowed_as_the_list_is_and_keeps_it_on_the_way_down(cast: Cast) -> None:
    lamp = f.raised(cast, title="东门路灯不亮", place=cast.here.compound, category=f.category("street_light"))
    f.raised(cast)
    dispatch.decline(actor=cast.community_worker, matter_id=f.raised(cast).pk, now=NOW, text="已转", reason="emergency", turn_to="110")
    client, here = reader(), cast.here.compound.pk

    lights = text_of(client.get("/requests/map/", {"place": here, "category": "street_light", "q": "路灯"}))
    every = text_of(client.get("/requests/map/", {"place": here, "status": "all"}))
    above = text_of(client.get("/requests/map/", {"place": cast.here.community.pk, "category": "street_light"}))
    of_building = text_of(client.get("/requests/map/", {"place": cast.here.buildings[0].pk, "status": "declined"}))

    assert "芳草苑：1 件在办" in lights and "芳草苑的公共地方" in lights
    assert f"/requests/?place={here}&amp;category=street_light&amp;q=" in lights
    assert "芳草苑：3 件" in every and "件在办" not in every
    assert f"?place={here}&amp;category=street_light" in above
    assert "芳草苑：1 件" in of_building
    assert f"/requests/map/?place={here}&amp;category=street_light" in text_of(
        client.get("/requests/", {"place": here, "category": "street_light"})
    )
    assert lamp.ref in text_of(client.get("/requests/", {"place": here, "category": "street_light", "status": "open"}))


def test_the_feed_has_stable_ids_and_the_filters_of_the_list(cast: Cast) -> None:
    lamp = f.raised(cast, title="东门路灯不亮")
    f.raised(cast)
    client = reader()

    first = client.get("/requests/feed.atom", {"q": "路灯"})
    dispatch.accept(actor=cast.community_worker, matter_id=lamp.pk, now=NOW)
    again = text_of(client.get("/requests/feed.atom", {"q": "路灯"}))

    assert first.headers["Content-Type"].startswith("application/atom+xml")
    ids = re.findall(r"<id>([^<]+)</id>", text_of(first))
    assert len(ids) == 2
    assert ids == re.findall(r"<id>([^<]+)</id>", again)
    assert "已受理" in again
    assert 'type="application/atom+xml"' in text_of(client.get("/requests/"))


def test_the_list_answers_htmx_with_its_rows_alone(cast: Cast) -> None:
    f.raised(cast)

    part = text_of(reader().get("/requests/", headers={"HX-Request": "true"}))

    assert "<html" not in part
    assert 'id="rows"' in part


# --- files -----------------------------------------------------------------------------------------------
def test_a_photo_of_whoever_raised_it_is_not_for_the_public(cast: Cast) -> None:
    mine = store_picture(actor=cast.raiser, upload=picture(), name="a.jpg", now=NOW)
    matter = f.raised(cast, files=[mine])

    assert reader().get(f"/files/{mine.pk}/").status_code == 404
    assert reader(cast.neighbour).get(f"/files/{mine.pk}/small/").status_code == 404
    assert reader(cast.raiser).get(f"/files/{mine.pk}/").status_code == 200
    assert reader(cast.community_worker).get(f"/files/{mine.pk}/").status_code == 200
    assert f"/files/{mine.pk}/" not in text_of(reader().get(f"/requests/{matter.ref}/"))
    assert f"/files/{mine.pk}/" in text_of(reader(cast.raiser).get(f"/requests/{matter.ref}/"))


def test_a_photo_of_what_was_done_is_public_with_headers_that_keep_it_a_picture(cast: Cast) -> None:
    done = store_picture(actor=cast.department_handler, upload=picture("#aa3322"), name="b.jpg", now=NOW)
    matter = f.in_progress(cast)
    handling.resolve(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="好了", files=[done])

    answer = reader().get(f"/files/{done.pk}/")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"].startswith("private")


def test_a_photo_of_a_private_matter_is_not_public_even_when_its_entry_is(cast: Cast) -> None:
    done = store_picture(actor=cast.department_handler, upload=picture("#3322aa"), name="c.jpg", now=NOW)
    matter = f.in_progress(cast, visibility="private")
    handling.resolve(actor=cast.department_handler, matter_id=matter.pk, now=NOW, text="好了", files=[done])

    assert reader().get(f"/files/{done.pk}/").status_code == 404
    assert reader().get("/files/999999/").status_code == 404
    assert reader().get("/files/99999999999999999999999/").status_code == 404
    default_storage.delete(done.stored_as)
    assert reader(cast.raiser).get(f"/files/{done.pk}/").status_code == 404


# --- paper -------------------------------------------------------------------------------------------------
def test_the_printed_notice_has_strip_promise_and_a_code_to_scan(cast: Cast) -> None:
    page = text_of(reader().get(f"/requests/{f.whistled(cast).ref}/notice/"))

    assert 'class="loop' in page
    assert "芳草排水所" in page
    assert 'class="qr"' in page


def test_the_printed_notice_is_what_a_passer_by_may_read_whoever_prints_it(cast: Cast) -> None:
    matter = f.raised(cast, title="电梯响，电话 13912345678", body="只给经办人看的原话 13912345678")

    page = text_of(reader(cast.community_worker).get(f"/requests/{matter.ref}/notice/"))

    assert "13912345678" not in page
    assert "只给经办人看的原话" not in page or "**" in page


def test_a_private_matter_is_not_printed_for_the_wall(cast: Cast) -> None:
    assert reader(cast.raiser).get(f"/requests/{f.raised(cast, visibility='private').ref}/notice/").status_code == 409


# --- how many queries --------------------------------------------------------------------------------------
@pytest.mark.parametrize("make", [f.raised, f.dispatched, f.in_progress, f.waiting, f.suspended, f.whistled, f.resolved])
def test_the_page_of_a_request_needs_few_queries_in_every_state(
    cast: Cast, make: Callable[[Cast], Matter], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    matter = make(cast)
    client = reader(cast.raiser)
    client.get("/notices/")

    with django_assert_max_num_queries(MOST_QUERIES):
        client.get(f"/requests/{matter.ref}/")


@pytest.mark.parametrize(
    "address", ["/", "/requests/", "/requests/?q=电梯&status=open", "/requests/map/", "/me/", "/me/requests/", "/requests/feed.atom"]
)
def test_pages_of_many_requests_need_few_queries_however_many_there_are(
    cast: Cast, address: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(6):
        f.raised(cast, title=f"电梯第 {n} 件", place=cast.here.buildings[n % 2])
        f.resolved(cast, title=f"电梯办结 {n}")
    f.suspended(cast)
    client = reader(cast.raiser)
    client.get("/")  # what a process remembers for a while (places, units, which rooms have anything under way) is not this page's

    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(address).status_code == 200


def test_a_late_look_back_is_said_on_the_page_and_not_in_the_list(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    matter = f.resolved(cast)
    judged_at: datetime = NOW + 20 * DAY
    monkeypatch.setattr("django.utils.timezone.now", lambda: judged_at)

    assert "超期" in text_of(reader().get(f"/requests/{matter.ref}/"))
    assert "已过" not in text_of(reader().get("/requests/"))


def test_the_six_lawful_reasons_to_decline_say_where_to_turn(cast: Cast) -> None:
    matter = f.raised(cast)
    dispatch.decline(
        actor=cast.community_worker, matter_id=matter.pk, now=NOW, text="不归本地", reason="outside_duty", turn_to="供电公司 95598"
    )

    page = text_of(reader().get(f"/requests/{matter.ref}/"))

    assert "为什么不予受理，可以找谁" in page
    assert "可以找：供电公司 95598" in page
    assert "有新的情况，重新提一件" in page and "又发生了" not in page

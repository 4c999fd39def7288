"""Motions as residents and the public see them: who may read and do what, what shows, how many queries, nothing typed is lost, no script needed."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.kernel.matters.models import Link, Matter
from linli.loops.council.motions.actions import carrying, holding, preparing, raising, seconding
from linli.loops.council.motions.models import Motion, Second, Text
from tests.council import factories as c
from tests.council.factories import Council
from tests.factories import DAY, NOW, resolved
from tests.loops.square_reader import reader

pytestmark = [pytest.mark.django_db]
MOST_QUERIES = 12


@pytest.fixture(autouse=True)
def at_now() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def page(council: Council, matter: Matter, who: int | None = None, *, language: str = "zh-hans", at: datetime = NOW) -> str:
    with time_machine.travel(at, tick=False):
        answer = reader(council.residents[who] if who is not None else None, language=language).get(f"/motions/{matter.ref}/")
    assert answer.status_code == 200
    return text_of(answer)


# --- the list ---------------------------------------------------------------------------------------------
def test_the_list_shows_where_a_motion_stands_how_many_second_it_and_whom_it_waits_for(council: Council) -> None:
    matter = c.submitted(council)

    found = text_of(reader().get("/motions/"))

    assert matter.public_title in found
    assert "1 户附议，需要 2 户" in found
    assert "还差 1 户" in found
    assert "等邻居附议" in found


def file_of(address: str, client: Client | None = None) -> list[dict[str, str]]:
    answer = (client or reader()).get(address)
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_the_list_and_the_cases_leave_as_files_in_the_order_and_with_the_filters_of_the_page(council: Council) -> None:
    first = c.submitted(council, title="=1+1 停车规则")
    second = c.banked(council, title="入了库的电梯")
    closed_with_case(council)
    c.drafted(council, title="还没提交的")

    assert [row["标题"] for row in file_of("/motions/?format=csv&status=seconding")] == [f"'{first.public_title}"]
    assert [row["编号"] for row in file_of("/motions/?format=csv&q=停车")] == [first.ref]
    found = file_of("/motions/?format=csv&status=in_bank")
    assert [(row["编号"], row["附议户数"], row["接下来谁办"]) for row in found] == [(second.ref, "2", "等芳草居委会推进")]
    assert [row["编号"] for row in file_of("/motions/?format=csv&order=age")] == [row["编号"] for row in file_of("/motions/?format=csv")][
        ::-1
    ]
    assert [row["标题"] for row in file_of("/motions/cases/?format=csv&q=路灯")] == ["路灯换新"]
    assert file_of("/motions/cases/?format=csv&q=电梯") == []


def test_each_tab_holds_its_own_motions(council: Council) -> None:
    c.submitted(council, title="征集中的停车规则")
    c.banked(council, title="入了库的电梯")
    c.carrying_out(council, title="正在落实的路灯")

    tabs = {
        "seconding": "征集中的停车规则",
        "in_bank": "入了库的电梯",
        "carrying_out": "正在落实的路灯",
    }
    for tab, title in tabs.items():
        found = text_of(reader().get(f"/motions/?status={tab}"))
        assert title in found
        assert not [other for other in tabs.values() if other != title and other in found], tab


def test_the_hot_order_begins_with_the_most_seconded(council: Council) -> None:
    c.submitted(council, title="没人附议的事")
    c.seconded(council, title="很多人附议的事")
    c.submitted(council, title="又一件没人附议的事")

    found = text_of(reader().get("/motions/?order=hot"))

    assert found.index("很多人附议的事") < found.index("没人附议的事")


def test_a_filter_that_is_not_understood_is_left_out_and_said_so(council: Council) -> None:
    c.submitted(council)

    answer = reader().get("/motions/?topic=nonsense&after=minus")

    assert answer.status_code == 200
    assert "没有看懂" in text_of(answer)


def test_drafts_are_for_whoever_wrote_them(council: Council) -> None:
    matter = c.drafted(council, title="还没写完的事")

    for who in (None, council.residents[1], council.cast.outsider if hasattr(council.cast, "outsider") else None):
        client = reader(who)
        assert "还没写完的事" not in text_of(client.get("/motions/"))
        assert client.get(f"/motions/{matter.ref}/").status_code == 404
    assert "还没写完的事" in text_of(reader(council.residents[0]).get("/motions/"))
    assert "提交这个议题" in page(council, matter, 0)


def test_the_feed_holds_public_motions_and_no_drafts(council: Council) -> None:
    c.submitted(council, title="公开的议题")
    c.drafted(council, title="还没写完的事")

    found = text_of(reader(council.residents[0]).get("/motions/feed.atom"))

    assert "公开的议题" in found
    assert "还没写完的事" not in found


# --- one motion ---------------------------------------------------------------------------------------------
def test_a_motion_shows_its_road_its_text_its_money_and_who_may_do_what(council: Council) -> None:
    matter = c.submitted(council)

    stranger, neighbour, raiser = page(council, matter), page(council, matter, 1), page(council, matter, 0)

    for found in (stranger, neighbour, raiser):
        assert "业主共同决定（书面征求意见）" in found
        assert "业主表决" in found
        assert "580,000 元" in found
    assert "附议（先登录）" in stranger
    assert "我家附议" in neighbour
    assert "我家附议" not in raiser
    assert "撤回这个议题" in raiser


def test_a_neighbour_seconds_and_takes_it_back(council: Council) -> None:
    matter = c.submitted(council)
    Motion.objects.update(seconds_needed=5)
    client = reader(council.residents[1])

    client.post(f"/motions/{matter.ref}/second/")
    assert Second.objects.filter(motion=matter.pk).count() == 2
    assert "收回我家的附议" in page(council, matter, 1)
    client.post(f"/motions/{matter.ref}/unsecond/")

    assert Second.objects.filter(motion=matter.pk).count() == 1


def test_seconding_twice_is_refused_on_the_page_with_the_rule(council: Council) -> None:
    matter = c.submitted(council)
    Motion.objects.update(seconds_needed=5)
    client = reader(council.residents[1])
    client.post(f"/motions/{matter.ref}/second/")

    answer = client.post(f"/motions/{matter.ref}/second/")

    assert answer.status_code == 409
    assert "一户只计一次" in text_of(answer)


def test_a_stranger_is_sent_to_sign_in_and_comes_back(council: Council) -> None:
    matter = c.submitted(council)

    answer = reader().post(f"/motions/{matter.ref}/second/")

    assert answer.status_code == 302
    assert f"next=%2Fmotions%2F{matter.ref}%2F" in answer["Location"]


def test_a_notice_in_force_says_its_days_and_the_first_day_of_decision(council: Council) -> None:
    matter = c.scheduled(council, road="four_steps")
    preparing.give_notice(actor=council.head, matter_id=matter.pk, now=NOW)

    found = page(council, matter)

    assert "公告期 3 天" in found
    assert "明天是第 1 天" in found
    assert "最早哪天决定" in found
    assert "今天是第 2 天" in page(council, matter, at=NOW + 2 * DAY)
    assert "今天是第 5 天" in page(council, matter, at=NOW + 5 * DAY)  # it ends on a Saturday, so on Monday
    assert "公告期已满" in page(council, matter, at=NOW + 6 * DAY)


def test_a_counted_ballot_shows_both_dimensions_met_or_missed_and_by_how_much(council: Council) -> None:
    ballot = c.opened(council)
    for who in range(8):
        c.cast(council, ballot, who)
    c.counted(council, ballot)
    matter = Matter.objects.get(pk=ballot.motion_id)

    found = page(council, matter, at=ballot.closes_at)

    assert "参与表决（专有面积）" in found
    assert "参与表决（业主人数）" in found
    assert "8，占 20.0%" in found
    assert "不够，还差 19" in found  # of 40 owners 27 are two thirds
    assert "未通过" in found


def test_whoever_lives_here_objects_to_a_posted_result(council: Council) -> None:
    matter = c.posted(council)

    with time_machine.travel(NOW + 4 * DAY, tick=False):
        client = reader(council.residents[3])
        empty = client.post(f"/motions/{matter.ref}/object/", {"object-text": ""})
        done = client.post(f"/motions/{matter.ref}/object/", {"object-text": "到场人数数错了"})

    assert empty.status_code == 422
    assert "请写明哪里不对" in text_of(empty)
    assert done.status_code == 302
    assert "到场人数数错了" not in page(council, matter, 5, at=NOW + 4 * DAY)


def test_tasks_show_owner_day_money_and_whether_they_are_late(council: Council) -> None:
    matter = c.carrying_out(council)
    carrying.add_task(
        actor=council.head,
        matter_id=matter.pk,
        now=NOW + 8 * DAY,
        text="装好路灯",
        unit=council.cast.here.units["property"],
        due_on=(NOW + 10 * DAY).date(),
        budget_line="公共收益",
        budget_fen=1_200_050,
    )

    assert "12,000.50 元" in page(council, matter, at=NOW + 9 * DAY)
    assert "进行中" in page(council, matter, at=NOW + 9 * DAY)
    assert "已超期" in page(council, matter, at=NOW + 12 * DAY)


def test_supervisors_give_their_opinion_and_nobody_else(council: Council) -> None:
    matter = c.delivered(council)

    with time_machine.travel(NOW + 17 * DAY, tick=False):
        assert "您是这个议题的居民监督员" in text_of(reader(council.residents[0]).get(f"/motions/{matter.ref}/"))
        assert "您是这个议题的居民监督员" not in text_of(reader(council.residents[5]).get(f"/motions/{matter.ref}/"))
        refused = reader(council.residents[0]).post(f"/motions/{matter.ref}/opinion/", {"opinion-accepts": "0", "opinion-text": ""})
        done = reader(council.residents[0]).post(f"/motions/{matter.ref}/opinion/", {"opinion-accepts": "1"})

    assert refused.status_code == 422
    assert "请写明哪里不行" in text_of(refused)
    assert done.status_code == 302


def test_those_who_raised_or_seconded_rate_once(council: Council) -> None:
    matter = c.delivered(council)
    for who in range(3):
        carrying.give_opinion(actor=council.residents[who], matter_id=matter.pk, now=NOW + 17 * DAY, accepts=True)

    with time_machine.travel(NOW + 18 * DAY, tick=False):
        client = reader(council.residents[0])
        assert "请您评价" in text_of(client.get(f"/motions/{matter.ref}/"))
        assert client.post(f"/motions/{matter.ref}/rate/", {"rate-satisfied": "1", "rate-comment": "很好"}).status_code == 302
        again = text_of(client.get(f"/motions/{matter.ref}/"))
        assert "请您评价" not in again
        assert "1 人评价，1 人满意" in again
        assert "请您评价" not in text_of(reader(council.residents[7]).get(f"/motions/{matter.ref}/"))


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_entry_of_a_long_life_is_in_words(council: Council, language: str) -> None:
    matter = c.delivered(council)

    found = page(council, matter, 0, language=language, at=NOW + 17 * DAY)

    assert "有新的记录" not in found
    assert "Something was recorded" not in found


def test_a_withdrawn_one_says_so_and_offers_to_begin_anew(council: Council) -> None:
    matter = c.submitted(council)

    reader(council.residents[0]).post(f"/motions/{matter.ref}/withdraw/", {"withdraw-text": "已经修好了"})

    found = page(council, matter)
    assert "已经修好了" in found
    assert "重新提一个议题" in found


def test_what_holds_it_up_is_public_with_the_day_it_is_looked_at_again(council: Council) -> None:
    matter = c.banked(council)
    holding.block(actor=council.head, matter_id=matter.pk, now=NOW, text="等规划批复", review_on=(NOW + 30 * DAY).date())

    assert "等规划批复" in page(council, matter)


# --- queries ---------------------------------------------------------------------------------------------------
def queries_of(client: Client, address: str) -> int:
    from django.db import connection

    client.get(address)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


def test_a_page_asks_as_much_of_a_long_life_as_of_a_short_one(council: Council) -> None:
    short = c.submitted(council)
    long = c.delivered(council, title="活了很久的议题")

    with time_machine.travel(NOW + 17 * DAY, tick=False):
        for who in (None, council.residents[4]):
            client = reader(who)
            assert queries_of(client, f"/motions/{short.ref}/") <= MOST_QUERIES
            assert queries_of(client, f"/motions/{long.ref}/") <= MOST_QUERIES, who


def test_the_list_asks_the_same_for_one_row_and_for_many(council: Council) -> None:
    c.submitted(council)
    client = reader(council.residents[1])
    one = queries_of(client, "/motions/")
    for n in range(6):
        c.submitted(council, title=f"第 {n} 个议题")

    assert queries_of(client, "/motions/") == one <= 12


# --- raising ----------------------------------------------------------------------------------------------------
WHAT = {"title": "中心花园改造", "body": "地面坑洼，老人容易摔。建议铺平、加扶手。", "topic": "facility_works"}


def walk_to_check(client: Client, council: Council) -> None:
    client.post("/motions/new/?step=what", WHAT)
    client.post("/motions/new/?step=where", {"place": council.compound.pk})
    client.post("/motions/new/?step=road", {"road": "four_steps"})
    client.post(
        "/motions/new/?step=options",
        {"title_0": "铺防滑砖", "text_0": "全部重铺", "cost_0": "36000.5", "title_1": "", "text_1": "", "cost_1": ""},
    )


def test_a_motion_is_raised_step_by_step_without_script(council: Council) -> None:
    client = reader(council.residents[0])
    walk_to_check(client, council)

    check = text_of(client.get("/motions/new/?step=check"))
    assert "中心花园改造" in check
    assert "铺防滑砖 36,000.50 元" in check
    assert "2 户附议" in check
    token = check.split('name="token" value="')[1].split('"')[0]
    first = client.post("/motions/new/?step=check", {"token": token})
    again = client.post("/motions/new/?step=check", {"token": token})

    motion = Motion.objects.select_related("matter").get()
    assert first["Location"] == again["Location"] == f"/motions/{motion.matter.ref}/"
    assert motion.matter.state == "seconding"
    assert motion.road_code == "four_steps"
    assert motion.budget_fen == 3_600_050


def test_a_draft_can_be_kept_amended_and_submitted_later(council: Council) -> None:
    client = reader(council.residents[0])
    walk_to_check(client, council)
    check = text_of(client.get("/motions/new/?step=check"))
    client.post("/motions/new/?step=check", {"token": check.split('name="token" value="')[1].split('"')[0], "keep": "1"})
    matter = Matter.objects.get(kind="motion")
    assert matter.state == "draft"

    client.post(f"/motions/{matter.ref}/amend/", {"title": "中心花园改造（一期）", "body": WHAT["body"], "note": "分两期"})
    client.post(f"/motions/{matter.ref}/submit/")

    matter.refresh_from_db()
    assert (matter.title, matter.state) == ("中心花园改造（一期）", "seconding")
    assert Text.objects.filter(motion=matter.pk).count() == 2


@pytest.mark.parametrize(
    ("step", "sent", "kept"),
    [
        ("what", {"title": "", "body": "写了很多理由"}, "写了很多理由"),
        ("options", {"title_0": "铺砖", "cost_0": "三万"}, "三万"),
        ("options", {"title_0": "", "text_0": "只写了做法"}, "只写了做法"),
        ("options", {"title_0": "铺砖", "cost_0": "-5"}, "-5"),
    ],
)
def test_bad_input_is_told_and_stays_as_typed(council: Council, step: str, sent: dict[str, str], kept: str) -> None:
    client = reader(council.residents[0])
    walk_to_check(client, council)

    answer = client.post(f"/motions/new/?step={step}", sent)

    assert answer.status_code == 422
    assert kept in text_of(answer)
    assert "有误" in text_of(answer)


def test_words_are_kept_while_a_stranger_signs_in(council: Council) -> None:
    client = reader()

    client.post("/motions/new/?step=what", WHAT)
    answer = client.get("/motions/new/?step=where")

    assert answer.status_code == 302
    assert "sign-in" in answer["Location"]
    assert WHAT["title"] in text_of(client.get("/motions/new/?step=what"))


def test_a_similar_motion_is_offered_before_another_is_written(council: Council) -> None:
    c.submitted(council, title="中心花园地面改造", body="地面坑洼，老人容易摔，想铺平", topic="facility_works")
    client = reader(council.residents[2])

    shown = client.post("/motions/new/?step=what", WHAT)
    on = client.post("/motions/new/?step=what", {**WHAT, "go_on": "1"})

    assert shown.status_code == 200
    assert "中心花园地面改造" in text_of(shown)
    assert on.status_code == 302


def test_the_road_recommended_follows_the_class(council: Council) -> None:
    client = reader(council.residents[0])
    client.post("/motions/new/?step=what", {**WHAT, "topic": "lift"})
    client.post("/motions/new/?step=where", {"place": council.compound.pk})

    found = text_of(client.get("/motions/new/?step=road"))

    assert "业主共同决定（书面征求意见）（推荐）" in found


def test_a_request_that_came_back_becomes_a_motion_and_both_are_linked(council: Council) -> None:
    request = resolved(council.cast, title="路灯又不亮了")
    client = reader(council.worker)

    client.get(f"/motions/new/?from={request.ref}")
    found = text_of(client.get("/motions/new/?step=what"))
    assert "路灯又不亮了" in found
    client.post("/motions/new/?step=what", {"title": "更换全部路灯", "body": "同一处坏了三次", "topic": "facility_works", "go_on": "1"})
    where = text_of(client.get("/motions/new/?step=where"))
    assert "小区" in where
    client.post("/motions/new/?step=where", {"place": request.compound_id or council.compound.pk})
    client.post("/motions/new/?step=road", {"road": "four_steps"})
    client.post("/motions/new/?step=options", {})
    check = text_of(client.get("/motions/new/?step=check"))
    client.post("/motions/new/?step=check", {"token": check.split('name="token" value="')[1].split('"')[0]})

    made = Matter.objects.get(kind="motion")
    assert Link.objects.filter(source=made, target=request, kind="caused_by").count() == 1
    assert Motion.objects.get(pk=made.pk).origin == "request"


def test_nobody_makes_a_motion_of_a_request_that_is_not_theirs(council: Council) -> None:
    request = resolved(council.cast, title="别人的事")

    answer = reader(council.residents[3]).get(f"/motions/new/?from={request.ref}")

    assert answer.status_code == 404


# --- texts, notice, board, cases, home ---------------------------------------------------------------------------
def test_two_versions_stand_side_by_side_with_what_was_changed_marked(council: Council) -> None:
    matter = c.scheduled(council)
    raising.amend(
        actor=council.head,
        matter_id=matter.pk,
        now=NOW,
        title="1 栋加装电梯",
        body="楼里老人多，上下楼难。建议加装两部电梯。",
        options=c.OPTIONS,
        note="改为两部",
    )

    found = text_of(reader().get(f"/motions/{matter.ref}/texts/"))

    assert "<del>" in found
    assert "<ins>" in found
    assert "改为两部" in found
    assert reader().get(f"/motions/{matter.ref}/texts/?before=99&after=x").status_code == 200


@pytest.mark.parametrize("size", ["", "?size=a3"])
def test_the_notice_prints_with_its_days_and_its_code(council: Council, size: str) -> None:
    matter = c.scheduled(council, road="four_steps")
    preparing.give_notice(actor=council.head, matter_id=matter.pk, now=NOW)

    found = text_of(reader().get(f"/motions/{matter.ref}/notice/{size}"))

    assert "期限 3 天，自公布的次日起算：从2026年6月11日起，最后一日2026年6月13日是休息日，依法顺延到2026年6月15日24时止" in found
    assert "<svg" in found
    assert "邻居" not in found.split("<main")[1].split("sheet-foot")[0]
    assert reader(council.residents[0]).get(f"/motions/{c.drafted(council).ref}/notice/").status_code == 409


def test_the_board_shows_what_is_under_way_and_nobodys_name(council: Council) -> None:
    c.submitted(council, title="征集中的事")
    c.posted(council, title="公示中的事")

    found = text_of(reader().get(f"/motions/board/?place={council.compound.pk}"))

    assert "征集中的事" in found
    assert "公示中的事" in found
    assert 'http-equiv="refresh"' not in found
    assert 'http-equiv="refresh"' in text_of(reader().get(f"/motions/board/?place={council.compound.pk}&screen=on"))
    assert "邻居0" not in found


def closed_with_case(council: Council) -> int:
    matter = c.delivered(council)
    for who in range(3):
        carrying.give_opinion(actor=council.residents[who], matter_id=matter.pk, now=NOW + 17 * DAY, accepts=True)
    carrying.rate(actor=council.residents[0], matter_id=matter.pk, now=NOW + 18 * DAY, satisfied=True)
    carrying.close(actor=council.head, matter_id=matter.pk, now=NOW + 19 * DAY)
    found = carrying.publish_case(
        actor=council.head,
        matter_id=matter.pk,
        now=NOW + 19 * DAY,
        title="路灯换新",
        situation="夜里看不见",
        done="换了六盏",
        lessons="先量后买",
    )
    return found.pk


def test_a_case_is_found_by_its_words_and_starts_a_new_motion(council: Council) -> None:
    case = closed_with_case(council)
    client = reader(council.residents[4])

    assert "路灯换新" in text_of(client.get("/motions/cases/?q=路灯"))
    assert "路灯换新" not in text_of(client.get("/motions/cases/?q=电梯"))
    assert "先量后买" in text_of(client.get(f"/motions/cases/{case}/"))
    client.get(f"/motions/new/?case={case}")

    assert "换了六盏" in text_of(client.get("/motions/new/?step=what"))
    assert client.get("/motions/cases/999999/").status_code == 404


def test_the_first_page_says_what_awaits_the_readers_seconding(council: Council) -> None:
    matter = c.submitted(council)

    assert "等您附议" in text_of(reader(council.residents[1]).get("/"))
    assert "等您附议" not in text_of(reader(council.residents[0]).get("/"))
    stranger = text_of(reader().get("/"))
    assert matter.public_title in stranger
    assert "议事" in stranger


def test_seconding_many_times_shows_one_line(council: Council) -> None:
    matter = c.submitted(council)
    Motion.objects.update(seconds_needed=9)
    for who in (1, 2, 3):
        seconding.second(actor=council.residents[who], matter_id=matter.pk, now=NOW)

    found = page(council, matter)

    assert "又有 3 户附议，现在 4 户，需要 9 户" in found

"""Pages of talks: who sees what, in how many queries, without script, with bad input; exports; the API; the demo."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account, Event
from linli.kernel.judgement.actions import turn_switch
from linli.kernel.judgement.switches import forget
from linli.loops.council.talks import opinions, rules
from linli.loops.council.talks.actions import answering, moderating, opening
from linli.loops.council.talks.models import Contribution, Mark, NameRule, Ruling, Talk
from linli.loops.council.talks.participation import participation, unreached
from linli.loops.council.talks.queries import waiting
from linli.loops.council.talks.shown import apart_words
from tests.council.talks.scene import WORDS, Scene
from tests.factories import DAY, HOUSE, NOW

MOST_QUERIES = 12


@pytest.fixture(autouse=True)
def _no_second_factor(settings: Any) -> Iterator[None]:
    settings.STAFF_SECOND_FACTOR = "optional"
    with time_machine.travel(NOW, tick=False):
        yield


def browser(actor: Actor | None) -> Client:
    client = Client()
    if actor is not None:
        client.force_login(Account.objects.get(pk=actor.account_id))
    return client


def text_of(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode() if answer.streaming else str(answer.content.decode())


def asked_about(page: str) -> int:
    """Which statement the page asks about."""
    found = re.search(r'name="about" value="(\d+)"', page)
    assert found
    return int(found[1])


def full(scene: Scene) -> Scene:
    """Everything a talk can hold: votes, a map, arguments, questions with and without answers, a ruling with its appeal, a report."""
    scene.lively()
    argument = scene.argue(source="https://example.cn/a")
    scene.argue("换新的停一个月，老人怎么上楼。", side="contra", who=1)
    scene.mark(argument, who=2)
    asked = scene.ask()
    scene.ask("换新要停多久？", who=1)
    expert = answering.invite(actor=scene.worker, talk_id=scene.talk.pk, name="秦工", capacity="电梯公司", now=NOW)
    answering.answer(
        actor=scene.worker, talk_id=scene.talk.pk, contribution_id=asked.pk, text="还剩三十一万。", expert_id=expert.pk, now=NOW
    )
    bad = scene.say("物业的人都是一群废物吧")
    given = {"actor": scene.worker, "talk_id": scene.talk.pk, "now": NOW, "rule": "insult", "reason": "用词伤人，请换种说法"}
    ruling = moderating.hide(contribution_id=bad.pk, **given)
    moderating.appeal(actor=scene.resident(), talk_id=scene.talk.pk, ruling_id=ruling.pk, text="我说的是事实", now=NOW)
    moderating.report(actor=scene.resident(3), talk_id=scene.talk.pk, contribution_id=argument.pk, rule="advert", now=NOW)
    return scene


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_opens_in_both_languages_in_few_queries(scene: Scene, language: str) -> None:
    full(scene)
    t, d = f"/talks/{scene.talk.pk}/", f"/desk/talks/{scene.talk.pk}/"
    parts = ["", "map/", "arguments/", "questions/", "rulings/"]
    person = scene.council.owners[30].pk
    pages = {
        None: ["/talks/", *(t + p for p in parts)],
        scene.resident(): ["/talks/", f"/motions/{scene.matter.ref}/", *(t + p for p in [*parts, "mine/"])],
        scene.worker: [
            "/desk/talks/", "/desk/talks/new/", f"/desk/talks/new/?matter={scene.matter.ref}", d, f"{d}words/", f"{d}words/?kind=argument",
            f"{d}behalf/?q=邻居", f"{d}behalf/?person={person}", f"{d}sheet/", f"{d}participation/", f"{d}visits/",
        ],
        scene.head: ["/desk/settings/talk-names/"],
    }  # fmt: skip
    for actor, paths in pages.items():
        client = browser(actor)
        client.cookies["django_language"] = language
        for path in paths:
            client.get(path)  # the first page of a reader fills what is remembered
            with CaptureQueriesContext(connection) as found:
                answer = client.get(path)
            assert answer.status_code == 200, path
            assert len(found) <= MOST_QUERIES, (path, [q["sql"][:120] for q in found.captured_queries])


def test_a_statement_is_answered_one_a_screen_and_without_script(scene: Scene) -> None:
    found = scene.seeded()
    client = browser(scene.resident())
    page = text_of(client.get(f"/talks/{scene.talk.pk}/"))
    card = asked_about(page)
    assert page.count('class="tk-text"') == 1
    assert "同意 " not in page.split('id="card"')[1].split("</section>")[0]

    answer = client.post(f"/talks/{scene.talk.pk}/do/mark/", {"about": card, "choice": "disagree", "at": "card"})

    assert answer["Location"] == f"/talks/{scene.talk.pk}/#card"
    assert Mark.objects.get().choice == "disagree"
    again = text_of(client.get(f"/talks/{scene.talk.pk}/"))
    assert asked_about(again) != card
    assert f"您已表态 1 条，还有 {len(found) - 1} 条" in again


def test_what_was_typed_is_kept_when_it_is_refused(scene: Scene) -> None:
    words = "电梯为什么总是坏？"
    answer = browser(scene.resident()).post(f"/talks/{scene.talk.pk}/do/say/", {"kind": "statement", "text": words})

    assert answer.status_code == 422
    assert words in text_of(answer)
    assert "请写到“提问”里" in text_of(answer)
    long = browser(scene.resident()).post(f"/talks/{scene.talk.pk}/do/say/", {"kind": "statement", "text": "修" * 141})
    assert long.status_code == 422
    assert "最多 140 个字，现在有 141 个" in text_of(long) and "目前字符数" not in text_of(long), (
        "one error, and the one that says what to do"
    )


@pytest.mark.parametrize("deed", ["say", "mark", "report", "appeal", "answer"])
def test_a_stranger_is_asked_to_sign_in(scene: Scene, deed: str) -> None:
    answer = Client().post(f"/talks/{scene.talk.pk}/do/{deed}/", {"kind": "statement", "text": WORDS[0]})

    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize(
    "data", [{}, {"about": "x", "choice": "agree"}, {"about": "9" * 30}, {"kind": "\x00", "text": "\x00"}, {"ruling": "-1"}]
)
@pytest.mark.parametrize("deed", ["say", "mark", "report", "appeal", "answer", "dance"])
def test_nonsense_is_refused_with_words(scene: Scene, deed: str, data: dict) -> None:
    assert browser(scene.resident()).post(f"/talks/{scene.talk.pk}/do/{deed}/", data).status_code in (403, 404, 409, 422)


def test_names_are_for_those_who_work_there(scene: Scene) -> None:
    full(scene)
    for part in ("", "map/", "arguments/", "questions/", "rulings/"):
        assert "邻居0" not in text_of(Client().get(f"/talks/{scene.talk.pk}/{part}"))
    d = f"/desk/talks/{scene.talk.pk}/words/?kind=argument"
    assert "邻居0" in text_of(browser(scene.worker).get(d))
    assert "邻居0" not in text_of(browser(scene.council.cast.grid_worker).get(d))


def test_the_map_shows_groups_and_ones_own_place_to_oneself_alone(scene: Scene) -> None:
    found = scene.lively(24)
    opinions.draw_due(NOW)
    stranger, me = (
        text_of(Client().get(f"/talks/{scene.talk.pk}/map/")),
        text_of(browser(scene.resident()).get(f"/talks/{scene.talk.pk}/map/")),
    )

    assert "A 群 12 人，B 群 12 人" in stranger
    assert "人投得和别人一模一样。" in stranger, "whoever looks at the picture is told of copies"
    assert apart_words([("A", (0.0, 0.0)), ("B", (1.0, 0.0))]) == ""
    assert apart_words([("A", (0.0, 0.0)), ("B", (3.0, 4.0)), ("C", (1.0, 0.0))]) == "A 群和 B 群看法差得最多，A 群和 C 群最接近。"
    assert stranger.count('tk-group"') == 2
    assert found[4].text in stranger.split("大家都认同的")[1].split("看法相近的人群")[0]
    assert "tk-own" not in stranger
    assert me.count("tk-own") == 1
    assert "只有您自己看得到" in me


def test_of_few_people_no_groups_and_no_counts_are_shown(scene: Scene) -> None:
    said = scene.say()
    page = text_of(Client().get(f"/talks/{scene.talk.pk}/map/"))

    assert "有 12 人表态以后才分群，现在 1 人" in page
    assert "表态的还不到 3 人" in page
    assert "tk-map" not in page
    scene.mark(said, who=1)
    scene.mark(said, "pass", who=2)
    assert "同意 2，不同意 0，跳过 1" in text_of(Client().get(f"/talks/{scene.talk.pk}/map/"))


def test_without_numpy_there_are_counts(scene: Scene, monkeypatch: Any) -> None:
    monkeypatch.setattr(opinions, "HAS_NUMPY", False)
    scene.lively()

    page = text_of(Client().get(f"/talks/{scene.talk.pk}/map/"))

    assert "没有安装分析组件" in page
    assert "同意 10" in page


def test_the_worker_draws_a_map_once_and_again_when_somebody_votes(scene: Scene) -> None:
    found = scene.lively()
    assert "意见分布图正在算" in text_of(Client().get(f"/talks/{scene.talk.pk}/map/"))
    assert opinions.draw_due(NOW) == 1
    assert opinions.draw_due(NOW) == 0
    rows = list(Contribution.objects.filter(talk=scene.talk))
    with CaptureQueriesContext(connection) as asked:
        first = opinions.map_of(scene.fresh(), rows)
    assert (len(asked), first.is_fresh) == (2, True)
    scene.mark(found[0], "pass", who=1)
    assert "分群算到" in text_of(Client().get(f"/talks/{scene.talk.pk}/map/"))
    assert opinions.draw_due(NOW) == 1
    assert opinions.map_of(scene.fresh(), list(Contribution.objects.filter(talk=scene.talk))).is_fresh


def test_what_teaches_most_is_asked_next_where_there_is_a_map(scene: Scene) -> None:
    found = scene.lively(24)
    opinions.draw_due(NOW)
    late = scene.say("这件事晚一点再说也可以")
    rows = list(Contribution.objects.filter(talk=scene.talk))
    told = opinions.map_of(scene.fresh(), rows).told

    first = [c.pk for c in waiting(rows, {}, 77, told)]
    assert set(first) == {c.pk for c in rows}
    agreed = next(int(s.statement) for s in told.shared if s.all_agree)
    assert first.index(late.pk) < first.index(agreed)
    assert found[0].pk not in [c.pk for c in waiting(rows, {found[0].pk: "agree"}, 77, told)]


def test_with_the_switch_off_there_are_counts_and_no_map(scene: Scene) -> None:
    scene.lively()
    opinions.draw_due(NOW)
    turn_switch(actor=HOUSE, function="groups", on=False, place=scene.talk.place, now=NOW)
    forget()

    page = text_of(Client().get(f"/talks/{scene.talk.pk}/map/"))

    assert "没有打开意见分布图" in page
    assert "tk-map" not in page
    assert "同意 10" in page
    scene.mark(Contribution.objects.filter(talk=scene.talk).first(), "pass", who=1)
    assert opinions.draw_due(NOW) == 0


def test_hidden_words_stand_nowhere_but_their_ruling_does(scene: Scene) -> None:
    full(scene)
    everywhere = [text_of(Client().get(f"/talks/{scene.talk.pk}/{p}")) for p in ("", "map/", "arguments/", "questions/", "rulings/")]

    assert not any("一群废物" in page for page in everywhere)
    assert "用词伤人" in everywhere[-1]
    mine = text_of(browser(scene.resident()).get(f"/talks/{scene.talk.pk}/mine/"))
    assert "一群废物" in mine
    assert "用词伤人" in mine


# --- the Desk -------------------------------------------------------------------------------------------------------------------
def test_a_worker_opens_a_talk_with_first_statements(scene: Scene) -> None:
    opening.end(actor=scene.worker, talk_id=scene.talk.pk, heard="第一次交流已经听完了，谢谢。", now=NOW)
    data = {
        "matter": scene.matter.ref, "question": "换哪一种", "closes_at": "2026-06-20 21:00", "seeds": f"{WORDS[0]}\n\n{WORDS[1]}",
        "most_statements": "5", "most_arguments": "4", "most_questions": "3",
    }  # fmt: skip
    answer = browser(scene.worker).post("/desk/talks/new/", data)

    talk = Talk.objects.order_by("-pk").first()
    assert answer["Location"] == f"/desk/talks/{talk.pk}/"
    assert [c.text for c in talk.contributions.all()] == list(WORDS[:2])
    bad = browser(scene.worker).post("/desk/talks/new/", {**data, "closes_at": "昨天", "intro": "要知道的情况"})
    assert bad.status_code == 422
    assert "要知道的情况" in text_of(bad)


def test_a_bad_first_statement_opens_nothing(scene: Scene) -> None:
    opening.end(actor=scene.worker, talk_id=scene.talk.pk, heard="第一次交流已经听完了，谢谢。", now=NOW)
    data = {"matter": scene.matter.ref, "question": "换哪一种", "closes_at": "2026-06-20 21:00", "seeds": "为什么？为什么？"}
    answer = browser(scene.worker).post("/desk/talks/new/", {**data, "most_statements": 5, "most_arguments": 4, "most_questions": 3})

    assert answer.status_code == 422
    assert Talk.objects.count() == 1


def test_paper_is_entered_for_a_person_and_shown_as_such(scene: Scene) -> None:
    found = scene.seeded()
    person = scene.council.owners[30]
    client = browser(scene.worker)
    page = text_of(client.get(f"/desk/talks/{scene.talk.pk}/behalf/?person={person.pk}"))
    once = re.search(r'name="once" value="(\w+)"', page)
    assert once
    data = {
        "person": person.pk, "once": once[1], f"v{found[0].pk}": "agree", f"v{found[1].pk}": "pass", "statement": "电梯要在冬天以前修好",
        "argument": "", "question": "谁来监督施工？",
    }  # fmt: skip
    for _twice in range(2):
        assert client.post(f"/desk/talks/{scene.talk.pk}/behalf/", data).status_code in (302, 422)

    assert Mark.objects.filter(participant__person=person, channel="desk").count() == 3
    assert Contribution.objects.filter(participant__person=person).count() == 2
    assert "工作人员代为登记" in text_of(client.get(f"/desk/talks/{scene.talk.pk}/words/"))
    again = text_of(client.get(f"/desk/talks/{scene.talk.pk}/behalf/?person={person.pk}"))
    assert "已经表态 3 条" in again
    assert " checked" not in again
    assert client.post(f"/desk/talks/{scene.talk.pk}/behalf/", {"person": person.pk}).status_code == 422
    kept = client.post(f"/desk/talks/{scene.talk.pk}/behalf/", {"person": person.pk, "statement": "为什么总是坏？"})
    assert "为什么总是坏？" in text_of(kept)


@pytest.mark.parametrize(
    ("verb", "data"),
    [
        ("extend", {"closes_at": "2026-06-30 21:00"}),
        ("invite", {"name": "李工", "capacity": "检测单位"}),
        ("seed", {"kind": "argument", "side": "pro", "text": "检测只要三天。", "source": "报价单"}),
        ("end", {"heard": "大家都要先检测，下周请检测单位来看。"}),
    ],
)
def test_acts_at_the_desk_are_done_and_refused_with_what_was_typed(scene: Scene, verb: str, data: dict) -> None:
    client = browser(scene.worker)

    assert client.post(f"/desk/talks/{scene.talk.pk}/{verb}/", {}).status_code == 422
    assert client.post(f"/desk/talks/{scene.talk.pk}/{verb}/", data).status_code == 302
    assert browser(scene.council.cast.grid_worker).post(f"/desk/talks/{scene.talk.pk}/{verb}/", data).status_code == 403


def test_moderation_at_the_desk_ends_in_the_public_log(scene: Scene) -> None:
    said = scene.say("物业的人都是一群废物吧")
    client = browser(scene.worker)
    refused = client.post(f"/desk/talks/{scene.talk.pk}/hide/", {"about": said.pk, "rule": "insult", "reason": "不"})
    assert refused.status_code == 422
    client.post(f"/desk/talks/{scene.talk.pk}/hide/", {"about": said.pk, "rule": "insult", "reason": "用词伤人，请换种说法"})
    ruling = Ruling.objects.get()
    done = browser(scene.head).post(
        f"/desk/talks/{scene.talk.pk}/decide/", {"ruling": ruling.pk, "outcome": "restored", "reason": "复核认为可以保留"}
    )

    assert done.status_code == 302
    assert "复核认为可以保留" in text_of(Client().get(f"/talks/{scene.talk.pk}/rulings/"))


def test_names_are_decided_on_a_page(scene: Scene) -> None:
    data = {"place": f"#{scene.council.compound.pk}", "names": "anonymous", "reason": "议事会定的", "since_at": "2026-06-11 09:00"}
    answer = browser(scene.head).post("/desk/settings/talk-names/", data)

    assert answer.status_code == 302
    assert NameRule.objects.get().names == "anonymous"
    assert browser(scene.worker).get("/desk/settings/talk-names/").status_code == 403


def test_slots_for_a_meeting_begin_with_the_talks_topic(scene: Scene) -> None:
    """From the talk to a poll about when to meet, and from there to a meeting whose topic is the matter."""
    client = browser(scene.worker)
    href = re.search(r'href="(/desk/meetings/slots/new/[^"]+)"', text_of(client.get(f"/desk/talks/{scene.talk.pk}/")))
    assert href
    page = text_of(client.get(html.unescape(href[1])))

    assert f'value="{scene.matter.ref} 电梯修还是换"' in page
    assert f'value="{scene.council.compound.name} #{scene.council.compound.pk}"' in page
    assert page.count('name="slots"') > 2


# --- who takes part ---------------------------------------------------------------------------------------------------------------
def test_participation_protects_small_counts_and_lists_homes_to_visit(scene: Scene) -> None:
    scene.lively(20)
    (found, people), homes = participation(scene.talk, NOW), unreached(scene.talk, limit=5)

    assert (people, found.homes, found.reached) == (20, 40, 20)
    assert [(s.label, s.part, s.whole) for s in found.buildings] == [("1 栋", 20, 40)]
    assert (homes.count, len(homes.homes), homes.homes[0][1]) == (20, 5, "桂花苑 1 栋 1 单元 0601")
    assert unreached(scene.talk, after=homes.next_after, limit=None).count == 20


def test_the_list_of_homes_is_logged_and_not_for_everybody(scene: Scene) -> None:
    path = f"/desk/talks/{scene.talk.pk}/visits/"
    assert "0101" in text_of(browser(scene.worker).get(path))
    assert Event.objects.filter(kind="talk_homes_listed").count() == 1
    assert browser(scene.council.cast.auditor).get(path).status_code == 403


def test_the_file_of_homes_to_visit_holds_all_of_them_and_is_logged_as_the_page_is(scene: Scene) -> None:
    scene.lively(5)
    path = f"/desk/talks/{scene.talk.pk}/visits/?format=csv&after=zzzz"
    lines = lines_of(browser(scene.worker).get(path))

    assert lines[0] == ["住址", "哪天去的", "说了什么"]
    assert len(lines) == 1 + unreached(scene.talk, limit=None).count == 36
    assert [e.details["homes"] for e in Event.objects.filter(kind="talk_homes_listed")] == [35]
    assert browser(scene.council.cast.auditor).get(path).status_code == 403
    assert Event.objects.filter(kind="talk_homes_listed").count() == 1


def test_the_file_of_who_takes_part_leaves_out_what_the_page_leaves_out(scene: Scene) -> None:
    scene.lively(2)
    path = f"/desk/talks/{scene.talk.pk}/participation/"
    lines = lines_of(browser(scene.worker).get(f"{path}?format=csv"))

    assert ["按楼栋", "1 栋", "不足 3，不显示", "40", "户", "—"] in lines
    assert "不足 3，不显示" in text_of(browser(scene.worker).get(path))
    assert browser(scene.resident()).get(f"{path}?format=csv").status_code == 403


def test_a_list_of_talks_is_taken_away_as_the_reader_may_see_it(scene: Scene) -> None:
    scene.lively(4)
    for client, address in ((browser(None), "/talks/"), (browser(scene.worker), "/desk/talks/")):
        lines = lines_of(client.get(f"{address}?format=csv&before=1"))
        assert [(line[0], line[2], line[5]) for line in lines[1:]] == [(scene.talk.question, "正在交流", "4")]
        assert lines[1][-1].endswith(f"{address}{scene.talk.pk}/")
    assert browser(scene.resident()).get("/desk/talks/?format=csv").status_code == 403


def lines_of(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_rules_of_names_and_lots_are_tables() -> None:
    rows = [("AA", NOW, "name"), ("AABB", NOW - DAY, "anonymous"), ("AABB", NOW + DAY, "name"), ("CC", NOW, "name")]

    assert rules.rule_in_force(rows, "AABBCC", NOW) == "anonymous"
    assert rules.rule_in_force(rows, "AABBCC", NOW + DAY) == "name"
    assert rules.rule_in_force(rows, "AAXX", NOW) == "name"
    assert rules.rule_in_force(rows, "ZZ", NOW) == "building"
    orders = {tuple(rules.in_turn([(n, 0) for n in range(6)], who)) for who in range(40)}
    assert len(orders) > 30


# --- taken away ------------------------------------------------------------------------------------------------------------------
def test_tables_hold_counts_and_no_person(scene: Scene) -> None:
    full(scene)
    client = browser(scene.worker)
    for what in ("statements", "arguments", "questions"):
        text = text_of(client.get(f"/desk/talks/{scene.talk.pk}/table/{what}/?format=csv"))
        assert "邻居" not in text
        assert "一群废物" not in text
    xlsx = client.get(f"/desk/talks/{scene.talk.pk}/table/questions/")
    assert b"".join(xlsx.streaming_content)[:2] == b"PK"
    assert Event.objects.filter(kind="talk_exported").count() == 4
    assert client.get(f"/desk/talks/{scene.talk.pk}/table/poems/").status_code == 404


def test_votes_leave_under_numbers_drawn_anew_and_give_the_same_map(scene: Scene) -> None:
    from linli.insight.opinion import analyse, votes_of
    from linli.insight.opinion_files import read_votes

    scene.lively()
    client = browser(scene.worker)
    files = [text_of(client.get(f"/desk/talks/{scene.talk.pk}/table/votes/?format=csv")) for _n in range(2)]

    assert files[0] != files[1]
    assert len(list(csv.reader(io.StringIO(files[0])))) == 121
    told, _groups = analyse(votes_of(read_votes(files[0].encode())))
    opinions.draw_due(NOW)
    shown = opinions.map_of(scene.fresh(), list(Contribution.objects.filter(talk=scene.talk))).told
    assert [g.size for g in told.groups] == [g.size for g in shown.groups]


def test_votes_of_few_do_not_leave(scene: Scene) -> None:
    scene.lively(11)

    assert browser(scene.worker).get(f"/desk/talks/{scene.talk.pk}/table/votes/").status_code == 409


# --- the API ----------------------------------------------------------------------------------------------------------------------
def call(client: Client, path: str, data: dict | None = None) -> tuple[int, Any]:
    sent = (
        client.get(f"/api/v1{path}") if data is None else client.post(f"/api/v1{path}", json.dumps(data), content_type="application/json")
    )
    return sent.status_code, json.loads(sent.content or "null")


def test_the_api_does_what_the_pages_do(scene: Scene) -> None:
    found = scene.seeded()
    client, talk = browser(scene.resident()), f"/talks/{scene.talk.pk}"

    listed = call(client, "/talks")
    assert [t["id"] for t in listed[1].get("items", [])] == [scene.talk.pk], listed
    status, card = call(client, f"{talk}/next")
    assert (status, card["left"], card["statement"]["agree"]) == (200, len(found), None)
    marked = call(client, f"{talk}/contributions/{card['statement']['id']}/mark", {"choice": "agree"})
    assert (marked[0], marked[1]["mine"]) == (200, "agree")
    status, said = call(client, f"{talk}/contributions", {"kind": "argument", "side": "pro", "text": "检测只要三天。", "source": "报价单"})
    assert (status, said["who"]) == (201, "桂花苑 1 栋的邻居")
    assert call(client, f"{talk}/contributions", {"kind": "argument", "text": "没有写哪一边的理由"})[0] == 422
    assert call(client, f"{talk}/contributions/{said['id']}/report", {"rule": "advert"}) == (200, {"done": True})
    assert call(client, f"{talk}/contributions/{said['id']}/hide", {"rule": "advert", "reason": "这是一条广告"})[0] == 403
    assert call(browser(scene.worker), f"{talk}/contributions/{said['id']}/hide", {"rule": "advert", "reason": "这是一条广告"})[0] == 200
    ruling = call(client, f"{talk}/rulings")[1][0]
    assert "检测" not in json.dumps(ruling, ensure_ascii=False)
    assert call(client, f"{talk}/rulings/{ruling['id']}/appeal", {"text": "不是广告"})[0] == 200
    decided = call(browser(scene.head), f"{talk}/rulings/{ruling['id']}/decide", {"outcome": "restored", "reason": "不算广告，恢复"})
    assert decided[0] == 200
    assert [s["number"] for s in call(client, f"{talk}/statements")[1]] == [1, 2, 3, 4, 5, 6]
    assert len(call(client, f"{talk}/arguments")[1]) == 1
    assert call(client, f"{talk}/experts", {"name": "秦工"})[0] == 403
    assert call(browser(scene.worker), f"{talk}/experts", {"name": "秦工", "capacity": "电梯公司"})[0] == 201
    assert [e["name"] for e in call(client, f"{talk}/experts")[1]] == ["秦工"]


def test_the_api_tells_the_map_questions_and_runs_a_talk(scene: Scene) -> None:
    full(scene)
    client, talk = browser(scene.worker), f"/talks/{scene.talk.pk}"
    opinions.draw_due(NOW)

    told = call(client, f"{talk}/map")[1]
    assert [g["size"] for g in told["groups"]] == [10, 10]
    questions = call(client, f"{talk}/questions")[1]
    assert sorted(len(q["answers"]) for q in questions) == [0, 1]
    assert call(client, f"{talk}/extend", {"closes_at": "2026-07-01T21:00:00+08:00"})[1]["open"] is True
    assert call(client, f"{talk}/end", {"heard": "大家都要先检测，下周请检测单位来看。"})[1]["open"] is False
    opened = call(client, "/talks", {"matter": scene.matter.ref, "question": "再谈一次", "closes_at": "2026-07-01T21:00:00+08:00"})
    assert opened[0] == 201

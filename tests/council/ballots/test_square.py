"""Ballots on the Square: what everybody sees, voting on one's own screen, receipts, and the same in JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from linli.kernel.access.together import answered
from linli.kernel.accounts.actions import make_token
from linli.kernel.accounts.models import Account
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.panels import panels_of
from linli.kernel.people.actions import erase_person, export_person
from linli.kernel.people.models import Person
from linli.kernel.rolls.models import Voter
from linli.loops.council.ballots import guard, square_words
from linli.loops.council.ballots.actions import casting, entrusting, publishing
from linli.loops.council.ballots.models import Ballot, Vote
from linli.loops.council.ballots.square_queries import own_shares, public_ballots
from linli.loops.council.motions.models import Decision
from tests.council.factories import CLOSES, HOMES, OPENS, Council, announced, cast, counted, opened
from tests.factories import DAY, HOUR, HOUSE, NOW

DURING = OPENS + DAY
OPTIONS = [
    {"code": "A", "title": "修路灯", "text": "换六盏", "cost_fen": 30_000},
    {"code": "B", "title": "加座椅", "text": "", "cost_fen": 50_000},
    {"code": "C", "title": "种树", "text": "", "cost_fen": 20_000},
]
Go = Callable[[datetime], None]


@pytest.fixture
def at() -> Iterator[Any]:
    """The clock of the pages, moved by `at.move_to(…)`."""
    with time_machine.travel(DURING, tick=False) as clock:
        yield clock


def signed_in(council: Council, who: int = 0, *, ago: float = 60, now: datetime = DURING) -> Client:
    """The owner of home `who` at their own screen, having shown who they are `ago` seconds before."""
    client = Client()
    client.force_login(Account.objects.get(pk=council.residents[who].account_id))
    session = client.session
    session["account_authentication_methods"] = [{"method": "code", "at": now.timestamp() - ago}]
    session.save()
    return client


def address(council: Council, ballot: Ballot, who: int = 0, page: str = "vote") -> str:
    return f"/ballots/{ballot.pk}/{page}/{seq(council, ballot, who)}/"


def seq(council: Council, ballot: Ballot, who: int) -> int:
    return Voter.objects.get(roll=ballot.roll, person=council.owners[who]).seq


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


# --- for everybody -----------------------------------------------------------------------------------
def test_the_list_says_what_is_open_coming_and_over(council: Council, at: Any) -> None:
    ballot = opened(council)
    assert "正在投票" in words(Client().get("/ballots/"))
    mine = signed_in(council).get("/ballots/")
    assert "等您投票" in words(mine)
    counted(council, ballot)
    assert "已经结束" in words(Client().get("/ballots/"))
    assert [b.pk for b in public_ballots("over", None)] == [ballot.pk]


def test_a_draft_is_nobodys_business(council: Council, at: Any) -> None:
    ballot = announced(council)
    guard.remove()  # until the end of the test's transaction
    Ballot.objects.filter(pk=ballot.pk).update(state="draft")
    assert Client().get(f"/ballots/{ballot.pk}/").status_code == 404


def test_turnout_says_in_both_dimensions_what_is_missing(council: Council, at: Any) -> None:
    ballot = opened(council)
    for who in range(10):
        cast(council, ballot, who)
    told = words(Client().get(f"/ballots/{ballot.pk}/"))
    assert re.search(r"还差 17 名业主、1,[\d,.]+ 平方米，参与才够数", told), told[:1500]
    assert "同意 10" not in told


def test_the_rule_stands_there_in_words_with_its_articles(council: Council, at: Any) -> None:
    told = words(Client().get(f"/ballots/{opened(council).pk}/"))
    assert "达到 2/3" in told
    assert "超过 1/2" in told
    assert "《中华人民共和国民法典》第278条第2款" in told
    assert "OWN-" not in told


def test_the_page_keeps_to_twelve_queries(council: Council, at: Any) -> None:
    ballot = opened(council)
    client = signed_in(council)
    for path in (f"/ballots/{ballot.pk}/", address(council, ballot)):
        client.get(path)
        with CaptureQueriesContext(connection) as made:
            assert client.get(path).status_code == 200
        assert len(made) <= 12, [q["sql"][:90] for q in made]


def test_after_the_count_the_page_says_by_how_much_and_how_to_check(council: Council, at: Any) -> None:
    ballot = opened(council)
    for who in range(30):
        cast(council, ballot, who, "agree" if who < 12 else "against")
    ballot = counted(council, ballot)
    at.move_to(CLOSES + HOUR)
    page = words(Client().get(f"/ballots/{ballot.pk}/"))
    assert "表决没有通过。同意的专有部分面积还差251.38平方米，业主人数还差4人。" in page
    assert "表决包正在生成" in page
    publishing.build_due(CLOSES + HOUR)
    page = words(Client().get(f"/ballots/{ballot.pk}/"))
    assert "下载核对程序" in page
    ballot.refresh_from_db()
    assert ballot.bundle_hash in page


def test_a_secret_ballot_that_failed_tells_no_area_its_veil_keeps(council: Council, at: Any) -> None:
    ballot = opened(council, secrecy="secret")
    for who in range(30):
        cast(council, ballot, who, "agree" if who == 3 else "against")
    ballot = counted(council, ballot)
    assert ballot.result.get("withheld")
    assert square_words.shortfall(ballot) == ""


def test_a_count_is_told_in_both_languages_whoever_counts(council: Council, at: Any) -> None:
    ballot = opened(council)
    for who in range(30):
        cast(council, ballot, who, "agree" if who < 12 else "against")
    with translation.override("en"):
        counted(council, ballot)
    decision = Decision.objects.get()
    assert decision.text.startswith("表决没有通过。\n参与表决的")
    assert decision.figures["said_en"].startswith("The motion was not carried.\nTaking part")
    at.move_to(CLOSES + HOUR)
    english = Client(headers={"accept-language": "en"}).get(f"/motions/{ballot.motion.matter.ref}/").content.decode()
    assert "Taking part by exclusive area" in english
    assert english.count("参与表决的专有部分面积") == 1, "in the record alone"
    assert "said_en" not in str(ballot.motion.matter.entries.last().facts)


def test_the_bundle_is_served_as_it_was_hashed(council: Council, at: Any) -> None:
    ballot = opened(council)
    assert Client().get(f"/ballots/{ballot.pk}/bundle.json").status_code == 404
    for who in range(30):
        cast(council, ballot, who)
    counted(council, ballot)
    publishing.build_due(CLOSES)
    answer = Client().get(f"/ballots/{ballot.pk}/bundle.json")
    _content, digest = publishing.file_of(ballot.pk)
    assert answer.headers["ETag"] == f'"{digest}"'
    assert json.loads(answer.content)["ballot"]["ref"] == ballot.motion.matter.ref
    assert Client().get(f"/ballots/{ballot.pk}/bundle.json", headers={"If-None-Match": f'"{digest}"'}).status_code == 304
    assert b"def verify(" in Client().get(f"/ballots/{ballot.pk}/verify.py").content


@pytest.mark.parametrize(
    ("kind", "question", "choice", "said"),
    [
        ("budget", {"options": OPTIONS, "budget_fen": 60_000}, {"approve": ["A", "C"]}, "支持它的人"),
        ("election", {"options": OPTIONS, "seats": 1}, {"approve": ["A"]}, "当选"),
        ("ranked", {"options": OPTIONS, "method": "instant_runoff"}, {"rank": ["A", "B"]}, "第 1 轮"),
        ("points", {"options": OPTIONS, "points": 10}, {"points": {"A": 7}}, "达到法定比例"),
    ],
)
def test_results_of_every_kind_are_explained(
    council: Council, at: Any, kind: str, question: dict[str, Any], choice: Any, said: str
) -> None:
    ballot = opened(council, kind=kind, question=question)
    for who in range(30):
        cast(council, ballot, who, choice)
    counted(council, ballot)
    at.move_to(CLOSES + HOUR)
    assert said in words(Client().get(f"/ballots/{ballot.pk}/"))


def test_a_survey_and_a_consultative_ballot_are_marked(council: Council, at: Any) -> None:
    ballot = opened(council)
    guard.remove()  # until the end of the test's transaction
    Ballot.objects.filter(pk=ballot.pk).update(consultative=True, official_system="上海市业主决策平台")
    assert "没有约束力" in words(Client().get(f"/ballots/{ballot.pk}/"))


# --- voting -------------------------------------------------------------------------------------------
def test_a_vote_is_read_again_cast_and_given_a_receipt(council: Council, at: Any) -> None:
    ballot, client = opened(council), signed_in(council)
    assert client.get(f"/ballots/{ballot.pk}/vote/").headers["Location"] == address(council, ballot)
    form = client.get(address(council, ballot))
    assert "楼里老人多" in words(form), "the whole text is there"
    again = client.post(address(council, ballot), {"choice": "agree"})
    assert "请再看一遍" in words(again)
    assert not Vote.objects.exists()
    done = client.post(address(council, ballot), {"choice": "agree", "cast": "1"})
    assert done.headers["Location"] == address(council, ballot, page="receipt")
    vote = Vote.objects.get()
    assert (vote.choice, vote.channel) == ("agree", "online")
    receipt = client.get(done.headers["Location"])
    assert vote.receipt[:8] in words(receipt)
    assert "已经计入" in words(Client().get(f"/ballots/{ballot.pk}/check/", {"code": vote.receipt}))
    assert "没有找到" in words(Client().get(f"/ballots/{ballot.pk}/check/", {"code": "f" * 64}))


def test_nobody_votes_without_signing_in_or_on_an_old_sign_in(council: Council, at: Any) -> None:
    ballot = opened(council)
    assert Client().get(address(council, ballot)).headers["Location"].startswith("/sign-in/?next=")
    old = signed_in(council, ago=16 * 60)
    assert old.get(address(council, ballot)).headers["Location"].startswith("/sign-in/again/")
    assert old.post(address(council, ballot), {"choice": "agree", "cast": "1"}).status_code == 302
    assert not Vote.objects.exists()


def test_a_fresh_code_to_ones_own_number_opens_the_way(council: Council, at: Any, caplog: pytest.LogCaptureFixture) -> None:
    ballot = opened(council)
    account = Account.objects.get(pk=council.residents[0].account_id)
    account.set_unusable_password()
    from linli.kernel.accounts.actions import phone_index

    account.phone, account.phone_blind = "13900000000", phone_index("13900000000")
    account.save()
    client = signed_in(council, ago=3600)
    here = client.get(address(council, ballot)).headers["Location"]
    with caplog.at_level("WARNING", logger="linli.sign_in"):
        client.post(here, {"send": "1"})
    code = caplog.messages[-1][-6:]
    wrong = "000000" if code != "000000" else "111111"
    assert client.post(here, {"code": wrong}).status_code == 422
    back = client.post(here, {"code": code})
    assert back.headers["Location"] == address(council, ballot)
    assert client.get(back.headers["Location"]).status_code == 200


def test_a_neighbour_not_on_the_roll_is_told_so(council: Council, at: Any) -> None:
    ballot = opened(council)
    client = Client()
    client.force_login(Account.objects.get(pk=council.cast.neighbour.account_id))
    session = client.session
    session["account_authentication_methods"] = [{"method": "code", "at": DURING.timestamp()}]
    session.save()
    assert client.get(f"/ballots/{ballot.pk}/vote/").status_code in (403, 409, 422)
    assert client.post(address(council, ballot), {"choice": "agree", "cast": "1"}).status_code in (403, 409, 422)
    assert not Vote.objects.exists()


@pytest.mark.parametrize(
    ("kind", "question", "sent", "wrong", "stored"),
    [
        ("approval", {"options": OPTIONS}, {"approve": ["A", "C"]}, {}, {"approve": ["A", "C"]}),
        ("approval", {"options": OPTIONS}, {"abstain": "on"}, {"abstain": "on", "approve": ["A"]}, "abstain"),
        ("election", {"options": OPTIONS, "seats": 1}, {"approve": ["B"]}, {"approve": ["A", "B"]}, {"approve": ["B"]}),
        ("ranked", {"options": OPTIONS}, {"rank_1": "B", "rank_2": "A"}, {"rank_1": "B", "rank_2": "B"}, {"rank": ["B", "A"]}),
        (
            "points",
            {"options": OPTIONS, "points": 10},
            {"points_A": "7", "points_C": "3"},
            {"points_A": "11"},
            {"points": {"A": 7, "C": 3}},
        ),
        ("budget", {"options": OPTIONS, "budget_fen": 60_000}, {"approve": ["B"]}, {}, {"approve": ["B"]}),
    ],
)
def test_each_kind_has_its_form(council: Council, at: Any, kind: str, question: Any, sent: Any, wrong: Any, stored: Any) -> None:
    ballot, client = opened(council, kind=kind, question=question), signed_in(council)
    asked_back = client.post(address(council, ballot), wrong)
    assert asked_back.status_code == 422
    assert "还不能投出去" in words(asked_back)
    confirm = client.post(address(council, ballot), sent)
    assert confirm.status_code == 200
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', confirm.content.decode())
    given: dict[str, Any] = {"cast": "1"}
    for name, value in hidden:
        given.setdefault(name, []).append(value)
    assert client.post(address(council, ballot), given).status_code == 302
    assert Vote.objects.get().choice == stored


def test_a_budget_adds_up_what_is_ticked_without_script(council: Council, at: Any) -> None:
    ballot, client = opened(council, kind="budget", question={"options": OPTIONS, "budget_fen": 60_000}), signed_in(council)
    page = words(client.post(address(council, ballot), {"approve": ["A", "B"], "total": "1"}))
    assert "合计 800 元，超出预算 200 元" in page
    assert "还剩 100 元" in words(client.post(address(council, ballot), {"approve": ["A", "C"], "total": "1"}))


def test_the_money_for_the_own_home_stands_before_the_vote(council: Council, at: Any) -> None:
    ballot = opened(council, question={"share_by": "area"})
    voter = Voter.objects.get(roll=ballot.roll, person=council.owners[0])
    page = words(signed_in(council).get(address(council, ballot)))
    exact = 58_000_000 * voter.area / ballot.roll.area / 100
    shown = float(re.search(r"([\d,]+\.\d\d) 元 总共", page)[1].replace(",", ""))  # type: ignore[index]
    assert abs(shown - exact) <= 0.01
    options = [{"title": "电梯", "cost_fen": 58_000_001}]
    units = [own_shares(ballot, options, list(v.units.all()))[0].share_fen for v in Voter.objects.filter(roll=ballot.roll)]
    assert sum(units) == 58_000_001


def test_a_vote_can_be_changed_until_the_close_where_the_rule_says_so(council: Council, at: Any) -> None:
    ballot, client = opened(council), signed_in(council)
    client.post(address(council, ballot), {"choice": "agree", "cast": "1"})
    first = Vote.objects.get().receipt
    assert "再投会取代前一票" in words(client.get(address(council, ballot)))
    client.post(address(council, ballot), {"choice": "against", "cast": "1"})
    assert list(Vote.objects.order_by("pk").values_list("choice", "state")) == [("agree", "replaced"), ("against", "stands")]
    assert "取代" in words(Client().get(f"/ballots/{ballot.pk}/check/", {"code": first}))


def test_where_the_first_stands_the_page_leads_to_the_receipt(council: Council, at: Any) -> None:
    ballot, client = opened(council, first_stands=True), signed_in(council)
    client.post(address(council, ballot), {"choice": "agree", "cast": "1"})
    assert client.get(address(council, ballot)).headers["Location"] == address(council, ballot, page="receipt")


def test_a_conflict_is_explained_on_the_page(council: Council, at: Any) -> None:
    ballot = opened(council)
    cast(council, ballot, 0, "agree")
    casting.record_vote(actor=council.worker, ballot_id=ballot.pk, seq=seq(council, ballot, 0), choice="against", channel="phone", witness_id=council.head.account_id, consent=True, now=DURING)  # fmt: skip
    assert "意见不同" in words(signed_in(council).get(address(council, ballot)))


def test_a_proxy_votes_for_both_on_one_list(council: Council, at: Any, authority: StoredFile) -> None:
    ballot = opened(council)
    entrusting.record_proxy(actor=council.worker, ballot_id=ballot.pk, seq=seq(council, ballot, 30), holder=council.owners[0], authority=authority, now=DURING)  # fmt: skip
    client = signed_in(council)
    page = words(client.get(f"/ballots/{ballot.pk}/vote/"))
    assert "为自己投票" in page
    assert "（委托）" in page
    client.post(address(council, ballot, 30), {"choice": "agree", "cast": "1"})
    assert Vote.objects.get().channel == "proxy"
    assert Vote.objects.get().voter.person_id == council.owners[30].pk


@pytest.fixture
def authority(council: Council) -> StoredFile:
    import io

    from PIL import Image

    from linli.kernel.files.actions import store_picture

    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "PNG")
    picture.seek(0)
    return store_picture(actor=council.worker, upload=picture, name="委托书.png", now=NOW)


def test_a_secret_receipt_can_be_read_until_the_count(council: Council, at: Any) -> None:
    ballot, client = opened(council, secrecy="secret"), signed_in(council)
    client.post(address(council, ballot), {"choice": "agree", "cast": "1", "nonce": "abc"})
    page = client.get(address(council, ballot, page="receipt"))
    assert "回执号" in words(page)
    assert "同意" not in words(page)
    mine = client.get(address(council, ballot, page="receipt") + "?file=1").json()
    assert "计票以后才能查" in words(Client().get(f"/ballots/{ballot.pk}/check/", {"code": mine["vote"]["tag"]}))
    for who in range(1, 30):
        cast(council, ballot, who, "agree" if who % 3 else "against")
    counted(council, ballot)
    at.move_to(CLOSES + HOUR)
    assert "已经计入" in words(Client().get(f"/ballots/{ballot.pk}/check/", {"code": mine["vote"]["tag"]}))
    late = signed_in(council, now=CLOSES + HOUR)
    assert "查不回来" in words(late.get(address(council, ballot, page="receipt")))


def test_large_type_shows_the_text_first_and_then_the_choice(council: Council, at: Any) -> None:
    ballot, client = opened(council), signed_in(council)
    client.cookies["linli_elder"] = "on"
    first = client.get(address(council, ballot)).content.decode()
    second = client.get(address(council, ballot) + "?choose=1").content.decode()
    assert "楼里老人多" in first
    assert 'type="radio"' not in first
    assert "楼里老人多" not in second
    assert 'type="radio"' in second


# --- JSON -----------------------------------------------------------------------------------------------
def token(council: Council, who: int = 0) -> dict[str, str]:
    account = Account.objects.get(pk=council.residents[who].account_id)
    return {"Authorization": f"Bearer {make_token(actor=HOUSE, account=account, name='t', scopes=['*'], now=DURING)[1]}"}


def test_a_vote_in_json_is_done_once_under_its_key(council: Council, at: Any) -> None:
    ballot = opened(council)
    headers = {**token(council), "Idempotency-Key": "one"}
    given: dict[str, Any] = {"data": {"choice": "agree"}, "content_type": "application/json", "headers": headers}
    one, two = (Client().post(f"/api/v1/ballots/{ballot.pk}/votes", **given) for _ in range(2))
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.json() == two.json()
    assert Vote.objects.get().receipt == one.json()["receipt"]
    found = Client().get(f"/api/v1/ballots/{ballot.pk}/receipts/{one.json()['receipt']}").json()
    assert found == {"found": "stands"}


def test_no_kept_answer_holds_a_secret_receipt(council: Council, at: Any) -> None:
    from linli.ports.api.models import KeptAnswer

    ballot = opened(council, secrecy="secret")
    headers = {**token(council), "Idempotency-Key": "one"}
    path = f"/api/v1/ballots/{ballot.pk}/votes"
    Client().post(path, {"choice": "agree"}, content_type="application/json", headers=headers)
    tag = Client().get(f"/api/v1/ballots/{ballot.pk}/mine", headers=token(council)).json()[0]["receipt"]
    assert len(tag) == 64
    assert tag.encode() not in bytes(KeptAnswer.objects.get().body)
    assert b"agree" not in bytes(KeptAnswer.objects.get().body)


def test_a_session_votes_in_json_only_after_a_fresh_proof(council: Council, at: Any) -> None:
    ballot = opened(council)
    path = f"/api/v1/ballots/{ballot.pk}/votes"
    old = signed_in(council, ago=3600).post(path, {"choice": "agree"}, content_type="application/json")
    new = signed_in(council).post(path, {"choice": "agree"}, content_type="application/json")
    assert (old.json()["code"], new.status_code) == ("sign_in_again", 201)


def test_the_ballot_and_its_turnout_are_public_in_json(council: Council, at: Any) -> None:
    ballot = opened(council)
    cast(council, ballot, 0)
    client = Client()
    assert [b["id"] for b in client.get("/api/v1/ballots").json()["items"]] == [ballot.pk]
    assert client.get(f"/api/v1/ballots/{ballot.pk}").json()["ballot"]["title"] == ballot.motion.matter.public_title
    seen = client.get(f"/api/v1/ballots/{ballot.pk}/turnout").json()
    assert seen["dimensions"][0] == {"name": "owners", "have": "1", "total": str(HOMES), "needed": "27", "missing": "26"}
    wrong = client.post(f"/api/v1/ballots/{ballot.pk}/votes", {"choice": "agree"}, content_type="application/json")
    assert wrong.status_code in (401, 403)


def test_casting_takes_few_queries(council: Council, at: Any) -> None:
    ballot = opened(council)
    with CaptureQueriesContext(connection) as made:
        casting.cast_online(actor=council.residents[0], ballot_id=ballot.pk, choice="agree", now=DURING)
    assert len(made) <= 9, [q["sql"][:90] for q in made]  # two of them open and close the transaction


# --- the motion's page, and people who go -------------------------------------------------------------------
def test_the_motions_page_shows_its_ballot(council: Council, at: Any) -> None:
    ballot = opened(council)
    shown = [p for p in answered(panels_of(council.residents[0], ballot.motion.matter, DURING)) if p.href == f"/ballots/{ballot.pk}/"]
    assert shown[0].link_label == "去表决"
    assert shown[0].urgent  # the motion's page makes it the first button
    assert "还差" in shown[0].context["missing"]


def test_a_copy_of_ones_data_names_ones_votes_and_erasing_leaves_the_count(council: Council, at: Any) -> None:
    ballot = opened(council)
    cast(council, ballot, 0, "agree")
    told = export_person(actor=council.residents[0], person=Person.objects.get(pk=council.owners[0].pk), now=DURING)
    assert told["votes"][0]["choice"] == "agree"
    council.owners[0].ownerships.update(until_on=NOW.date())
    erase_person(actor=HOUSE, person=Person.objects.get(pk=council.owners[0].pk), reason="本人要求", now=DURING)
    vote = Vote.objects.get()
    assert (vote.state, vote.choice, vote.account_id, vote.note) == ("stands", "agree", None, "")

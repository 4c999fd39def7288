"""Rolls on pages and in JSON: drawn up, mended and frozen at the Desk, read and objected to on the Square; who may, what shows, how many queries."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account
from linli.kernel.people.models import FieldReading, Person
from linli.kernel.rolls.actions import draft, freezing
from linli.kernel.rolls.models import Roll, RollObjection
from linli.kernel.rolls.rules import Proof
from tests.factories import NOW, Cast
from tests.kernel.rolls_town import TODAY, Yard, lives, owned_by_company, person_called, with_account

BOUND = 12


@pytest.fixture
def yard(cast: Cast, settings: Any) -> Iterator[Yard]:
    settings.STAFF_SECOND_FACTOR = "optional"
    with time_machine.travel(NOW, tick=False):
        yield Yard(cast)


def browser(actor: Actor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=actor.account_id))
    return client


@pytest.fixture
def desk(yard: Yard) -> Client:
    return browser(yard.cast.community_worker)


def drawn(yard: Yard, kind: str = "owners", **more: Any) -> Roll:
    return draft.draw_up(actor=yard.cast.community_worker, place=yard.building, kind=kind, record_date=TODAY, now=NOW, **more)


def frozen(yard: Yard, **more: Any) -> Roll:
    yard.home("101", person_called("王一"), person_called("李二"))
    yard.home("102", person_called("赵三"), area=10_050)
    return freezing.freeze(actor=yard.cast.community_worker, roll_id=drawn(yard, **more).pk, now=NOW)


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


# --- the Desk --------------------------------------------------------------------------------------------
def test_a_worker_draws_up_mends_and_freezes_a_roll_on_pages(yard: Yard, desk: Client) -> None:
    a, b = person_called("王一"), person_called("李二")
    yard.home("101", a, b)
    bare = yard.home("102", person_called("赵三"), area=None)
    empty = yard.home("103")

    made = desk.post(
        "/desk/rolls/new/",
        {"place": f"#{yard.building.pk}", "kind": "owners", "record_date": "2026-06-10", "about": "m12", "names": "masked"},
    )
    roll = Roll.objects.get()
    where = f"/desk/rolls/{roll.pk}/"
    assert (made.status_code, made["Location"]) == (302, where)
    assert (roll.about, roll.policy["names"]) == ("M12", "masked")
    page = text_of(desk.get(where))
    assert all(words in page for words in ("房屋没有登记业主", "房屋没有面积", "共有人还没有推选代表", "6 栋"))

    refused = desk.post(f"{where}freeze/", {"objection_days": "15", "sure": "on", "version": roll.version})
    assert refused.status_code == 409
    assert "还有 2 处问题影响计数" in text_of(refused)

    wrong = desk.post(
        f"{where}mend/area/", {"code": "no_area", "home": bare.place_id, "key": f"p{a.pk}", "area": "0", "source": "contract", "reason": ""}
    )
    assert wrong.status_code == 422
    assert "请写明依据。" in text_of(wrong)
    found = roll.problems.get(code="no_area")
    given = {"code": "no_area", "home": found.home_id, "key": found.facts.get("voter", "")}
    desk.post(f"{where}mend/area/", {**given, "area": "89.50", "source": "contract", "reason": "买卖合同"})
    desk.post(f"{where}mend/keep-unknown/", {"code": "no_owner", "home": empty.place_id, "reason": "查无此人"})
    key = roll.voters.get(name="王一、李二").key
    desk.post(f"{where}mend/representative/", {"code": "joint_without_representative", "key": key, "person": b.pk})

    roll.refresh_from_db()
    done = desk.post(f"{where}freeze/", {"objection_days": "15", "sure": "on", "version": roll.version})
    assert (done.status_code, done["Location"]) == (302, where)
    roll.refresh_from_db()
    assert (roll.state, roll.area) == ("frozen", 8937 + 8950 + 8937)
    assert "查无此人" in text_of(desk.get(f"{where}decisions/"))
    assert "102（赵*）" in roll.notice.body


def test_a_form_that_was_refused_keeps_what_was_typed(yard: Yard, desk: Client) -> None:
    yard.home("101", person_called("王一"), area=None)
    roll = drawn(yard)
    found = roll.problems.get(code="no_area")

    answer = desk.post(
        f"/desk/rolls/{roll.pk}/mend/area/",
        {"code": "no_area", "home": found.home_id, "area": "89.555", "source": "contract", "reason": "合同第三页"},
    )

    assert answer.status_code == 422
    page = text_of(answer)
    assert 'value="89.555"' in page and 'value="合同第三页"' in page
    assert "最多两位小数。" in page


def test_a_freeze_of_a_draft_somebody_changed_meanwhile_is_told(yard: Yard, desk: Client) -> None:
    yard.home("101", person_called("王一"))
    roll = drawn(yard)
    draft.redraw(actor=yard.cast.community_head, roll_id=roll.pk, now=NOW)

    answer = desk.post(f"/desk/rolls/{roll.pk}/freeze/", {"objection_days": "15", "sure": "on", "version": roll.version})

    assert answer.status_code == 409
    assert "就在刚才" in text_of(answer)


def test_all_findings_of_a_kind_are_settled_at_once(yard: Yard, desk: Client) -> None:
    for n in range(3):
        yard.home(f"10{n}")
    roll = drawn(yard)
    where = f"/desk/rolls/{roll.pk}/findings/no_owner/"
    assert "全部登记为未售" in text_of(desk.get(where))

    missing = desk.post(f"{where}all/", {"verb": "unsold", "reason": " "})
    desk.post(f"{where}all/", {"verb": "unsold", "reason": "开发商名单"})

    roll.refresh_from_db()
    assert missing.status_code == 422
    assert (roll.voter_count, roll.unit_count) == (1, 3)


def test_names_are_masked_and_opening_one_is_logged_for_the_person(yard: Yard, desk: Client) -> None:
    roll = frozen(yard)
    where = f"/desk/rolls/{roll.pk}/voters/"

    lists = text_of(desk.get(where)) + text_of(desk.get(f"{where}?q=101")) + text_of(desk.get(f"{where}1/"))
    without = desk.post(f"{where}1/reveal/", {"purpose": ""})
    opened = text_of(desk.post(f"{where}1/reveal/", {"purpose": "送达表决票"}))

    assert "王*、李*" in lists
    assert "王一" not in lists
    assert without.status_code == 422
    assert "王一、李二" in opened
    assert {(r.field, r.purpose) for r in FieldReading.objects.all()} == {("name", "送达表决票")}
    assert {r.person.name for r in FieldReading.objects.select_related("person")} == {"王一", "李二"}


def test_voters_are_filtered_by_building_and_found_by_door(yard: Yard, desk: Client) -> None:
    roll = frozen(yard)
    where = f"/desk/rolls/{roll.pk}/voters/"

    assert "赵*" in text_of(desk.get(f"{where}?building={yard.building.pk}"))
    assert "赵*" not in text_of(desk.get(f"{where}?building={yard.cast.here.buildings[0].pk}"))
    assert "赵*" in text_of(desk.get(f"{where}?q=102"))
    assert "没有找到" in text_of(desk.get(f"{where}?q=999"))


def test_lists_are_printed_by_building_for_the_wall_and_for_the_round(yard: Yard, desk: Client) -> None:
    roll = frozen(yard)
    where = f"/desk/rolls/{roll.pk}/print/?building={yard.building.pk}"

    wall, round_ = text_of(desk.get(where)), text_of(desk.get(f"{where}&for=round"))

    assert "6 栋 1 单元 101" in wall and roll.hash in wall
    assert "赵*" not in wall and "89.37" not in wall
    assert "赵*" in round_ and "100.50" in round_ and "送达签收" in round_


def test_members_are_entered_line_by_line_and_recognised_by_their_number(yard: Yard, desk: Client) -> None:
    known = person_called("王一", phone="13900000001", home=yard.entrance)
    roll = drawn(yard, "members")

    desk.post(f"/desk/rolls/{roll.pk}/entries/", {"body": "居委会", "lines": "王一, 139 0000 0001\n\n外聘顾问，律师 13812345678\n"})

    assert [(v.person_id, v.name) for v in roll.voters.all()] == [(known.pk, "王一"), (None, "外聘顾问")]
    assert roll.voters.get(name="外聘顾问").note.startswith("居委会、律师")
    stored = json.dumps(list(roll.decisions.values_list("value", flat=True)))
    assert "13812345678" not in stored and "13900000001" not in stored


def test_a_sheet_of_names_is_entered_and_one_without_names_is_refused(yard: Yard, desk: Client) -> None:
    known = Person.objects.get(name="林素珍")
    roll = drawn(yard, "representatives")
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (["代表名单"], ["姓名", "联系电话", "组织"], ["林素珍", "13800138001", "第 1 小组"], ["老王", "", "第 2 小组"]):
        book.active.append(row)
    book.save(out)

    done = desk.post(f"/desk/rolls/{roll.pk}/sheet/", {"file": SimpleUploadedFile("代表.xlsx", out.getvalue())})
    bad = desk.post(f"/desk/rolls/{roll.pk}/sheet/", {"file": SimpleUploadedFile("x.csv", "甲,乙\n1,2\n".encode())})

    assert done.status_code == 302
    assert [(v.person_id, v.note) for v in roll.voters.all()] == [(known.pk, "第 1 小组"), (None, "第 2 小组")]
    assert bad.status_code == 422
    assert "姓名" in text_of(bad)


def test_a_roll_leaves_as_a_file_masked_and_whole_only_for_a_purpose(yard: Yard, desk: Client) -> None:
    owned_by_company(yard.home("103"), "=HYPERLINK(公司)")
    roll = frozen(yard)
    where = f"/desk/rolls/{roll.pk}/table"

    def rows(answer: Any) -> list[list[str]]:
        return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))

    masked, whole = rows(desk.get(f"{where}?format=csv")), rows(desk.post(where, {"format": "csv", "purpose": "报街道备案"}))
    book = openpyxl.load_workbook(io.BytesIO(b"".join(desk.get(where).streaming_content)))

    assert {row[1] for row in masked[1:]} == {"王*、李*", "赵*", "'=HYPERLINK(公司)"}, "no formula runs, no name shows"
    assert {"王一、李二", "赵三"} <= {row[1] for row in whole}
    assert book.active.max_row == 4
    assert {row[1] for row in rows(desk.get(f"{where}?format=csv&q=102"))[1:]} == {"赵*"}
    assert len(rows(desk.get(f"{where}?format=csv&building={yard.building.pk}"))) == 4
    assert len(rows(desk.get(f"{where}?format=csv&building=0"))) == 1
    assert f"{where}?building={yard.building.pk}&amp;format=csv" in text_of(
        desk.get(f"/desk/rolls/{roll.pk}/voters/?building={yard.building.pk}")
    )
    whole = rows(desk.post(where, {"format": "csv", "purpose": "再报一次", "q": "102"}))
    assert len(whole) == 4, "what is opened for everybody is the whole roll"
    assert FieldReading.objects.filter(purpose="报街道备案").count() == 3


def test_objections_come_in_at_the_counter_and_are_answered(yard: Yard, desk: Client) -> None:
    roll = frozen(yard)
    where = f"/desk/rolls/{roll.pk}/objections/"

    bad = desk.post(where, {"name": "", "kind": "area", "text": "不对", "channel": "counter"})
    desk.post(where, {"name": "老张", "kind": "area", "text": "应为 90.00", "channel": "phone"})
    made = RollObjection.objects.get()
    assert "应为 90.00" in text_of(desk.get("/desk/rolls/objections/"))
    for address, first in (("/desk/rolls/objections/?format=csv", "名册"), (f"{where}?format=csv", "异议")):
        heads, line = csv.reader(io.StringIO(b"".join(desk.get(address).streaming_content).decode("utf-8-sig")))
        assert heads[0] == first and {"应为 90.00", "老张", "电话"} <= set(line)
    short = desk.post(f"{where}{made.pk}/answer/", {"accepted": "yes", "text": ""})
    desk.post(f"{where}{made.pk}/answer/", {"accepted": "yes", "text": "登记簿上是 90.00"})

    made.refresh_from_db()
    assert (bad.status_code, short.status_code, made.state) == (422, 422, "accepted")
    begun = desk.post(f"/desk/rolls/{roll.pk}/mended/", {"why": "101 面积登记有误"})
    assert begun["Location"] == f"/desk/rolls/{Roll.objects.get(replaces=roll).pk}/"


def test_a_company_is_registered_as_owner_on_the_home_page(yard: Yard, desk: Client) -> None:
    home = yard.home("101")

    both = desk.post(f"/desk/homes/{home.place_id}/owners/", {"person": "", "organisation": "", "share": "1", "since_on": "2020-01-01"})
    bad = desk.post(
        f"/desk/homes/{home.place_id}/owners/", {"organisation": "甲公司", "code": "123", "share": "1", "since_on": "2020-01-01"}
    )
    desk.post(f"/desk/homes/{home.place_id}/owners/", {"organisation": "甲公司", "share": "1/2", "since_on": "2020-01-01"})
    desk.post(f"/desk/homes/{home.place_id}/owners/", {"organisation": "乙公司", "share": "1/2", "since_on": "2020-01-01"})
    over = desk.post(f"/desk/homes/{home.place_id}/owners/", {"organisation": "丙公司", "share": "1/2", "since_on": "2020-01-01"})

    assert (both.status_code, bad.status_code, over.status_code) == (422, 422, 422)
    assert [o.organisation for o in home.ownerships.all()] == ["甲公司", "乙公司"]


# --- the Square ------------------------------------------------------------------------------------------
def test_everybody_reads_the_sums_and_doors_and_nobodys_name(yard: Yard) -> None:
    roll = frozen(yard)
    client = Client()

    pages = [client.get(f"/rolls/{roll.pk}/"), client.get(f"/rolls/{roll.pk}/buildings/{yard.building.pk}/"), client.get("/rolls/")]
    text = "".join(map(text_of, pages))

    assert {p.status_code for p in pages} == {200}
    assert roll.hash in text and "189.87" in text and "6 栋 1 单元 101" in text
    assert not any(name in text for name in ("王一", "李二", "赵三", "王*"))
    assert client.get(f"/rolls/{drawn(yard).pk}/").status_code == 404


def test_an_owner_sees_their_entry_downloads_the_proof_and_objects(yard: Yard) -> None:
    roll = frozen(yard)
    with_account(Person.objects.get(name="赵三"), "zhao.san")
    client = Client()
    client.force_login(Account.objects.get(username="zhao.san"))
    where = f"/rolls/{roll.pk}/"

    page = text_of(client.get(where))
    assert "第 2 号 · 业主" in page and "100.50" in page and "由您投票。" in page
    assert "89.37" not in page.split("名册合计")[0], "the neighbours' areas are theirs"
    proof = json.loads(client.get(f"{where}proof/2/").content)
    assert Proof(**proof).holds()
    assert client.get(f"{where}proof/1/").status_code == 404

    bad = client.post(f"{where}object/", {"kind": "area", "text": ""})
    client.post(f"{where}object/", {"kind": "area", "text": "我家是 101.00"})
    made = RollObjection.objects.get()
    assert bad.status_code == 422
    assert "我家是 101.00" in text_of(client.get(where))
    client.post(f"{where}objections/{made.pk}/withdraw/")
    made.refresh_from_db()
    assert made.state == "withdrawn"


def test_joint_owners_are_told_that_they_have_named_nobody(yard: Yard) -> None:
    roll = frozen(yard)
    with_account(Person.objects.get(name="王一"), "wang.yi")
    client = Client()
    client.force_login(Account.objects.get(username="wang.yi"))

    assert "共有人还没有推选代表" in text_of(client.get(f"/rolls/{roll.pk}/")).split("名册合计")[0]


def test_strangers_are_asked_to_sign_in_and_neighbours_of_elsewhere_cannot_object(yard: Yard) -> None:
    roll = frozen(yard)

    anonymous = Client().post(f"/rolls/{roll.pk}/object/", {"kind": "area", "text": "不对"})
    outside = browser(yard.cast.outside["resident"]).post(f"/rolls/{roll.pk}/object/", {"kind": "area", "text": "不对不对"})

    assert (anonymous.status_code, outside.status_code) == (302, 403)
    assert RollObjection.objects.count() == 0


# --- JSON ------------------------------------------------------------------------------------------------
def test_the_api_reads_what_the_pages_show(yard: Yard, desk: Client) -> None:
    roll = frozen(yard)
    with_account(Person.objects.get(name="赵三"), "zhao.san")
    owner = Client()
    owner.force_login(Account.objects.get(username="zhao.san"))

    whole = Client().get(f"/api/v1/rolls/{roll.pk}").json()
    assert (whole["roll"]["hash"], whole["roll"]["area"], whole["buildings"][0]["voters"]) == (roll.hash, "189.87", 2)
    assert [r["id"] for r in Client().get("/api/v1/rolls").json()["items"]] == [roll.pk]
    assert owner.get(f"/api/v1/rolls/{roll.pk}/mine").json()[0]["units"][0]["area"] == "100.50"
    assert Proof(**owner.get(f"/api/v1/rolls/{roll.pk}/mine/2/proof").json()).holds()
    voters = desk.get(f"/api/v1/rolls/{roll.pk}/voters?limit=1").json()
    assert (voters["items"][0]["name"], voters["next_cursor"]) == ("王*、李*", 1)
    assert owner.get(f"/api/v1/rolls/{roll.pk}/voters").status_code == 403
    assert Client().get(f"/api/v1/rolls/{drawn(yard).pk}").status_code == 404


# --- bounds ----------------------------------------------------------------------------------------------
def test_no_page_of_rolls_asks_more_the_more_homes_there_are(yard: Yard, desk: Client) -> None:
    a = person_called("王一", phone="13900000001")
    homes = [yard.home(f"{n}", person_called(f"人{n}"), a) for n in range(100, 112)]
    for n in range(200, 212):
        yard.home(f"{n}")
    for home in homes:
        lives(home, person_called(f"住{home.pk}", born=date(1990, 1, 1)))
    first, households = drawn(yard), drawn(yard, "households")
    roll = drawn(yard)
    draft_of = f"/desk/rolls/{first.pk}/"
    desk.post(f"/desk/rolls/{roll.pk}/findings/no_owner/all/", {"verb": "keep_unknown", "reason": "查无此人"})
    roll = freezing.freeze(actor=yard.cast.community_worker, roll_id=roll.pk, now=NOW)
    here = f"/desk/rolls/{roll.pk}/"
    with_account(a, "wang.yi")
    owner = Client()
    owner.force_login(Account.objects.get(username="wang.yi"))
    wanted = [
        *((desk, path) for path in ("/desk/rolls/", "/desk/rolls/new/", "/desk/rolls/objections/")),
        *(
            (desk, f"{draft_of}{path}")
            for path in ("", "freeze/", "terms/", "findings/no_owner/", "findings/joint_without_representative/")
        ),
        (desk, f"/desk/rolls/{households.pk}/findings/no_head/"),
        *(
            (desk, f"{here}{path}")
            for path in ("", "voters/", "voters/?q=1", "voters/1/", "decisions/", "objections/", "voters/1/receipt/")
        ),
        (desk, f"{here}print/?building={yard.building.pk}&for=round"),
        *((owner, path) for path in ("/rolls/", f"/rolls/{roll.pk}/", f"/rolls/{roll.pk}/buildings/{yard.building.pk}/")),
    ]
    over = []
    for client, path in wanted:
        client.get(path)  # what is read once (place kinds, reference tables) is not the page's
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(path)
        own = [q for q in asked.captured_queries if "session" not in q["sql"] and "SAVEPOINT" not in q["sql"]]
        if answer.status_code != 200 or len(own) > BOUND:
            over.append(f"{path}: {answer.status_code}, {len(own)}")
    assert over == []

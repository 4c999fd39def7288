"""Pages of plans: who sees what, in how many queries, without script, with bad input; the sheet, the table, the paper, the API."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.actions import make_token
from linli.kernel.accounts.models import Account
from linli.kernel.people.models import Home, Ownership
from linli.kernel.places.forms import shown as place_words
from linli.loops.council.ballots.actions import on_paper
from linli.loops.council.plans.actions import drafting, showing
from linli.loops.council.plans.actions.drafting import Entered
from linli.loops.council.plans.models import Adoption, Plan, Scheme, State
from linli.loops.council.plans.reckoning import figures_of
from linli.loops.council.plans.wording import money
from tests.council.factories import Council, opened, scheduled
from tests.council.plans.test_plans_road import COST, GRANT, adopted_lift, entrance_of, levy, lift, shown_lift
from tests.factories import HOUSE, NOW

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
    return str((b"".join(answer.streaming_content) if answer.streaming else answer.content).decode(errors="replace"))


def share_in(plan: Plan, council: Council, n: int, way: int = 1) -> str:
    one = figures_of(plan).by_number(way)
    assert one is not None
    return money(one.fen(council.homes[n].pk) or 0)


# --- every page, in few queries -------------------------------------------------------------------------------
def test_every_page_opens_in_both_languages_in_few_queries(council: Council) -> None:
    plan, made, draft = shown_lift(council), adopted_lift(council), levy(council)
    pages: dict[Actor | None, list[str]] = {
        None: ["/plans/", f"/plans/{plan.pk}/", f"/plans/{made.plan_id}/", f"/motions/{made.motion.matter.ref}/"],
        council.residents[4]: ["/", "/plans/", f"/plans/{plan.pk}/", f"/motions/{made.motion.matter.ref}/"],
        council.head: [
            "/desk/plans/", "/desk/plans/new/lift/", "/desk/plans/new/levy/", "/desk/plans/schemes/",
            *(f"/desk/plans/{pk}/{part}" for pk in (plan.pk, draft.pk, made.plan_id) for part in ("", "print/", "table/?format=csv", "table/")),
            *(f"/desk/plans/{pk}/{part}" for pk in (plan.pk, draft.pk) for part in ("terms/", "homes/", "homes/?lack", "ways/", "ways/1/", "sheet/")),
            f"/desk/motions/{made.motion.matter.ref}/",
        ],
    }  # fmt: skip
    for actor, paths in pages.items():
        client = browser(actor)
        for language in ("zh-hans", "en"):
            client.cookies["django_language"] = language
            for path in paths:
                text_of(client.get(path))  # the first page of a reader fills what is remembered
                with CaptureQueriesContext(connection) as asked:
                    answer = client.get(path)
                    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
                assert answer.status_code == 200, path
                assert body
                if "/plans/" in path:
                    assert len(asked) <= MOST_QUERIES, (path, [q["sql"][:120] for q in asked])


# --- one's own share ---------------------------------------------------------------------------------------------
def test_a_household_sees_its_own_share_under_each_way_and_others_only_by_floor(council: Council) -> None:
    plan = shown_lift(council)
    own, other = (share_in(plan, council, n) for n in (38, 39))
    top = [share_in(plan, council, n) for n in range(36, 40)]
    page = text_of(browser(council.residents[6]).get(f"/plans/{plan.pk}/"))
    stranger = text_of(browser(None).get(f"/plans/{plan.pk}/"))
    neighbour = text_of(browser(council.residents[7]).get(f"/plans/{plan.pk}/"))

    assert own != other
    for way in (1, 3):
        assert share_in(plan, council, 6, way) in page
        assert share_in(plan, council, 6, way) not in neighbour
        assert share_in(plan, council, 6, way) not in stranger
    assert "您家（0203）要出多少" in page
    assert "÷" in page, "and can reckon it again"
    for text in (page, stranger):
        assert f"{min(top)[:-2]} 至 {max(top)}" in text
        assert "0204" not in text
        assert "邻居7" not in text
    assert top[1] not in stranger
    assert "登录看我家的" in stranger


def test_a_tenant_does_not_see_the_landlords_share(council: Council) -> None:
    plan = shown_lift(council)
    Ownership.objects.filter(person=council.owners[5]).update(until_on=NOW.date())

    page = text_of(browser(council.residents[5]).get(f"/plans/{plan.pk}/"))

    assert "您名下没有这里的房屋" in page


def test_a_draft_is_nobodys_business_but_the_desks(council: Council) -> None:
    plan = lift(council)

    assert browser(council.residents[0]).get(f"/plans/{plan.pk}/").status_code == 404
    assert browser(None).get(f"/plans/{plan.pk}/").status_code == 404
    assert "居民看不到这一页" in text_of(browser(council.worker).get(f"/plans/{plan.pk}/"))


def test_the_first_page_and_the_motion_lead_to_the_plan(council: Council) -> None:
    matter = scheduled(council)
    plan = shown_lift(council, matter=matter)
    client = browser(council.residents[6])

    assert f"/plans/{plan.pk}/" in text_of(client.get("/"))
    page = text_of(client.get(f"/motions/{matter.ref}/"))
    assert f"/plans/{plan.pk}/" in page
    assert share_in(plan, council, 6) in page


def test_the_ballot_shows_the_money_for_the_own_home_before_voting(council: Council) -> None:
    made = adopted_lift(council)
    ballot = opened(council, matter=made.motion.matter)
    seq = ballot.roll.voters.get(person=council.owners[6]).seq
    with time_machine.travel(ballot.opens_at, tick=False):
        client = browser(council.residents[6])
        session = client.session
        session["account_authentication_methods"] = [{"method": "code", "at": ballot.opens_at.timestamp()}]
        session.save()
        page = text_of(client.get(f"/ballots/{ballot.pk}/vote/{seq}/"))

    assert share_in(made.plan, council, 6) in page
    assert "以后每年" in page
    assert made.digest in page
    assert f"/plans/{made.plan_id}/" in page


def test_the_paper_ballot_says_the_money_for_the_home_it_is_printed_for(council: Council) -> None:
    made = adopted_lift(council)
    ballot = opened(council, matter=made.motion.matter)
    seq = ballot.roll.voters.get(person=council.owners[38]).seq
    on_paper.print_sheets(actor=council.head, ballot_id=ballot.pk, now=ballot.opens_at, seqs=[seq])
    with time_machine.travel(ballot.opens_at, tick=False):
        page = text_of(browser(council.head).get(f"/desk/ballots/{ballot.pk}/paper/sheets/"))

    assert "这一户要出的钱" in page
    assert share_in(made.plan, council, 38) in page


# --- at the Desk, with a form alone ---------------------------------------------------------------------------------
def terms_sent(council: Council, **change: str) -> dict[str, str]:
    sent = {
        "place": place_words(entrance_of(council)), "title": "1 单元加装电梯", "cost": "60万", "cost_source": "报价单", "lifts": "1", "rows": "4",
        "s0_name": "市级补贴", "s0_kind": "fixed", "s0_amount": "150,000", "s0_source": "市住建局", "s1_name": "街道补贴", "s1_kind": "share",
        "s1_share": "10%", "s1_cap": "3万", "s1_source": "街道会议纪要", "r0_name": "电费", "r0_amount": "3600",
    }  # fmt: skip
    return {**sent, **change}


def test_a_plan_is_drawn_up_shown_and_adopted_with_forms_alone(council: Council) -> None:
    matter, client = scheduled(council), browser(council.head)
    answer = client.post("/desk/plans/new/lift/", terms_sent(council, matter=matter.ref))
    plan = Plan.objects.get()
    assert answer.status_code == 302, text_of(answer)
    assert answer["Location"] == f"/desk/plans/{plan.pk}/"
    found = figures_of(plan)
    assert found.net is not None
    assert found.net.net_fen == 60_000_000 - 15_000_000 - 3_000_000

    way = {"name": "商定", "key": "table", "table": "1 0\n2 0.5\n3 1", "by": "area", "step": "0.2", "free_up_to": "1", "paid": "5000"}
    tried = text_of(client.post(f"/desk/plans/{plan.pk}/ways/", {**way, "preview": "1"}))
    assert "收到补偿 5,000 元" in tried
    assert plan.alternatives.count() == 3, "trying out stores nothing"
    assert client.post(f"/desk/plans/{plan.pk}/ways/", way).status_code == 302
    assert client.get(f"/desk/plans/{plan.pk}/ways/4/").status_code == 200
    for verb, sent in (
        ("lead", {"number": "4"}),
        ("remove", {"number": "2"}),
        ("show", {}),
        ("adopt", {"numbers": ["4"], "matter": matter.ref}),
    ):
        assert client.post(f"/desk/plans/{plan.pk}/do/{verb}/", sent).status_code == 302, verb

    plan.refresh_from_db()
    assert plan.state == State.ADOPTED
    assert "每户补偿 5,000 元" in Adoption.objects.get().options[0]["text"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"place": ""}, "请写明是哪个地点"),
        ({"cost": "很多"}, "金额请写成元"),
        ({"s0_amount": "70万"}, "补贴合计超过了总金额"),
        ({"s0_source": ""}, "请写明来源"),
        ({"s1_share": "150"}, "百分比请写"),
        ({"s1_share": "1e9"}, "百分比请写"),
        ({"matter": "M999999"}, "没有找到议题"),
        ({"lifts": "0"}, "1"),
    ],
)
def test_bad_terms_come_back_with_the_mend_and_everything_typed(council: Council, change: dict[str, str], words: str) -> None:
    answer = browser(council.head).post("/desk/plans/new/lift/", terms_sent(council, **change))

    assert answer.status_code == 422
    page = text_of(answer)
    assert words in page
    assert "街道会议纪要" in page
    assert not Plan.objects.exists()


def test_a_home_is_mended_on_the_page_and_bad_values_lose_nothing(council: Council) -> None:
    Home.objects.filter(place=council.homes[3]).update(exclusive_area=None)
    plan, client = lift(council), browser(council.worker)
    first, fourth = council.homes[0].pk, council.homes[3].pk
    path = f"/desk/plans/{plan.pk}/homes/?lack"
    assert "0104" in text_of(client.get(path))

    bad = client.post(path, {f"h{fourth}_area": "很大", f"h{fourth}_floor": "1", f"h{fourth}_why": "再问"})
    assert bad.status_code == 422
    assert "面积请写成数字" in text_of(bad)
    assert "再问" in text_of(bad)
    assert client.post(path, {f"h{fourth}_area": "91.5㎡", f"h{fourth}_floor": "1层"}).status_code == 302

    assert plan.homes.get(home_id=fourth).area == 9150
    assert plan.homes.get(home_id=first).area == 8000


def test_the_file_of_homes_follows_the_filter_and_comes_back_filled_in(council: Council) -> None:
    Home.objects.filter(place=council.homes[3]).update(exclusive_area=None)
    plan, client = lift(council), browser(council.worker)
    path = f"/desk/plans/{plan.pk}/homes/"
    assert "?lack=1&amp;format=csv" in text_of(client.get(f"{path}?lack=1"))

    rows = list(csv.reader(io.StringIO(text_of(client.get(f"{path}?lack=1&format=csv")).lstrip("\ufeff"))))
    assert rows[0] == ["编号", "门牌", "楼层", "面积（㎡）", "自定系数", "不参加", "原因"]
    assert [row[:4] for row in rows[1:]] == [[str(council.homes[3].pk), rows[1][1], "1", ""]]
    assert len(text_of(client.get(f"{path}?format=csv")).splitlines()) == 41

    rows[1][3] = "91.5"
    sheet = "\n".join(",".join(row) for row in rows)
    answer = client.post(f"/desk/plans/{plan.pk}/sheet/", {"file": SimpleUploadedFile("各户.csv", sheet.encode())})
    assert answer.status_code == 302, text_of(answer)
    assert plan.homes.get(home_id=council.homes[3].pk).area == 9150
    assert browser(council.residents[0]).get(f"{path}?format=csv").status_code == 403


def test_lists_of_plans_are_taken_away_ones_own_first_and_each_once(council: Council) -> None:
    plan, draft = shown_lift(council), levy(council)
    mine, desk = (
        text_of(browser(actor).get(f"{address}?format=csv"))
        for actor, address in ((council.residents[6], "/plans/"), (council.worker, "/desk/plans/"))
    )

    assert mine.count(f"/plans/{plan.pk}/") == 1
    assert draft.title not in mine
    assert f"/desk/plans/{draft.pk}/" in desk
    assert f"/desk/plans/{plan.pk}/" in desk


def test_incomplete_plans_and_missing_reasons_are_refused_on_the_page(council: Council) -> None:
    plan = drafting.start(actor=council.worker, kind="lift", place=entrance_of(council), terms=drafting.Terms("电梯"), now=NOW)
    client = browser(council.worker)

    show = client.post(f"/desk/plans/{plan.pk}/do/show/")
    drop = client.post(f"/desk/plans/{plan.pk}/do/drop/", {"text": ""})

    assert (show.status_code, drop.status_code) == (409, 422)
    assert "总金额是零" in text_of(show)
    assert "请写明为什么停用" in text_of(drop)
    assert client.post(f"/desk/plans/{plan.pk}/do/explode/").status_code == 404


def test_a_key_of_ones_own_is_entered_and_ended(council: Council) -> None:
    client = browser(council.head)
    sent = {
        "name": "本楼商定",
        "source": "楼栋会议",
        "table": "1 0\n2 0.5",
        "by": "home",
        "step": "",
        "place": place_words(council.compound),
    }

    bad = client.post("/desk/plans/schemes/", {**sent, "table": "1 0\n3 1"})
    good = client.post("/desk/plans/schemes/", sent)

    assert "第 2 层没有写系数" in text_of(bad)
    assert good.status_code == 302
    assert "本楼商定" in text_of(client.get("/desk/plans/schemes/"))
    assert client.post(f"/desk/plans/schemes/{Scheme.objects.get().pk}/end/").status_code == 302
    assert Scheme.objects.get().ends_at == NOW


# --- tables and paper --------------------------------------------------------------------------------------------------
def test_the_printed_table_masks_names_names_no_area_and_adds_up(council: Council) -> None:
    plan = shown_lift(council)

    page = text_of(browser(council.worker).get(f"/desk/plans/{plan.pk}/print/"))

    assert "邻*" in page
    assert "邻居" not in page
    assert "83.25" not in page
    assert "450,000.00" in page
    assert share_in(plan, council, 39).removesuffix(" 元") in page
    assert "征求意见稿" in page


def test_the_table_filled_in_and_imported_again_changes_what_was_filled_in(council: Council) -> None:
    plan, client = levy(council), browser(council.worker)
    book = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(f"/desk/plans/{plan.pk}/table/").streaming_content)))
    sheet = book.active
    heads = [cell.value for cell in sheet[1]]
    key, balance = heads.index("自定系数") + 1, heads.index("维修资金余额（元）") + 1
    for row in range(2, 42):
        sheet.cell(row, key, 1.25 if row == 2 else 1)
        sheet.cell(row, balance, 200)
    out = io.BytesIO()
    book.save(out)

    answer = client.post(f"/desk/plans/{plan.pk}/sheet/", {"file": SimpleUploadedFile("各户.xlsx", out.getvalue())})

    assert answer.status_code == 302, text_of(answer)
    homes = list(plan.homes.all())
    assert (homes[0].key, homes[1].key, homes[5].balance_fen) == (12_500, 10_000, 20_000)
    assert all(h.area == 8000 + n % 4 * 325 for n, h in enumerate(homes))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("姓名,系数\n王,1\n", "没有找到门牌一列"),
        ("门牌,姓名\n0101,王\n", "没有可以填写的列"),
        ("门牌,系数\n9999,1\n", "第 2 行：这份方案里没有这个门牌"),
        ("门牌,系数\n0101,1\n0101,2\n", "写了两次"),
        ("门牌,系数\n0101,负一\n", "系数请写"),
        ("编号,系数\n1,1\n", "没有这个编号"),
        ("门牌,系数\n", "没有一行"),
    ],
)
def test_a_sheet_that_cannot_be_used_says_where_and_writes_nothing(council: Council, content: str, words: str) -> None:
    plan = levy(council)

    answer = browser(council.worker).post(
        f"/desk/plans/{plan.pk}/sheet/", {"file": SimpleUploadedFile("各户.csv", content.encode("gb18030"))}
    )

    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not plan.homes.exclude(key=None).exists()


def test_doors_are_found_as_people_write_them(council: Council) -> None:
    plan = levy(council)
    content = "房号,面积\n1栋1单元0101,70\n0102室,71.5\n"

    answer = browser(council.worker).post(f"/desk/plans/{plan.pk}/sheet/", {"file": SimpleUploadedFile("各户.csv", content.encode())})

    assert answer.status_code == 302, text_of(answer)
    assert [h.area for h in plan.homes.all()[:3]] == [7000, 7150, 8650]


# --- JSON ---------------------------------------------------------------------------------------------------------------
def bearer(actor: Actor) -> dict[str, str]:
    account = Account.objects.get(pk=actor.account_id)
    return {"authorization": f"Bearer {make_token(actor=HOUSE, account=account, name='t', scopes=['*'], now=NOW)[1]}"}


def test_the_api_does_what_the_pages_do_and_tells_each_only_their_own(council: Council) -> None:
    matter, client, worker = scheduled(council), Client(), bearer(council.head)

    def send(path: str, body: Any, headers: dict[str, str] = worker) -> Any:
        return client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=headers)

    made = send(
        "/plans",
        {
            "kind": "lift", "place": entrance_of(council).pk, "title": "加装电梯", "cost_fen": COST, "motion": matter.ref,
            "subsidies": [{"name": "补贴", "fen": GRANT, "source": "市"}], "running": [{"name": "电费", "fen": 360_000}],
        },
    )  # fmt: skip
    assert made.status_code == 201, made.content
    plan = made.json()["id"]
    assert made.json()["net_fen"] == COST - GRANT
    assert sum(f["sum_fen"] for f in made.json()["ways"][0]["floors"]) == COST - GRANT
    assert send(f"/plans/{plan}/homes", {"homes": [{"home": council.homes[0].pk, "area": 7000}]}).status_code == 200
    assert send(f"/plans/{plan}/ways", {"name": "平均", "how": "home"}).status_code == 201
    assert send(f"/plans/{plan}/ways", {"name": "坏", "how": "floor", "scheme": {"by": "x"}}).status_code == 422
    assert client.get(f"/api/v1/plans/{plan}", headers=bearer(council.residents[0])).status_code == 404
    assert send(f"/plans/{plan}/ways/1", {"name": "平均", "how": "home"}).json()["ways"][0]["name"] == "平均"
    last = send(f"/plans/{plan}/ways", {"name": "再一种", "how": "area"}).json()["ways"][-1]["number"]
    assert send(f"/plans/{plan}/ways/{last}/lead", {}).json()["ways"][-1]["present"] is True
    assert send(f"/plans/{plan}/ways/1/lead", {}).status_code == 200
    assert last not in {w["number"] for w in send(f"/plans/{plan}/ways/{last}/remove", {}).json()["ways"]}
    terms = {"kind": "lift", "place": entrance_of(council).pk, "title": "加装电梯", "cost_fen": COST, "motion": matter.ref}
    assert send(f"/plans/{plan}", terms).json()["net_fen"] == COST
    assert (
        send(f"/plans/{plan}", {**terms, "subsidies": [{"name": "补贴", "fen": GRANT, "source": "市"}]}).json()["net_fen"] == COST - GRANT
    )
    assert send(f"/plans/{plan}/redraw", {}).status_code == 200
    key = {"name": "商定", "scheme": {"by": "home", "base": "1", "step": "0", "source_zh": "会议"}, "place": council.compound.pk}
    own = send("/plan-schemes", key)
    assert own.status_code == 201 and client.get("/api/v1/plan-schemes", headers=worker).json()[0]["id"] == own.json()["id"]
    assert send(f"/plan-schemes/{own.json()['id']}/end", {}).status_code == 204
    other = send(f"/plans/{plan}/copy", {}).json()["id"]
    assert send(f"/plans/{other}/drop", {"text": "不做了"}).json()["state"] == "dropped"
    assert send(f"/plans/{plan}/show", {}).status_code == 200
    assert send(f"/plans/{plan}/take-back", {}).json()["state"] == "draft"
    assert send(f"/plans/{plan}/show", {}).status_code == 200
    mine = client.get(f"/api/v1/plans/{plan}/mine", headers=bearer(council.residents[7])).json()
    assert {row["door"] for row in mine} == {"0204"}
    assert len(mine) == 4
    assert client.get(f"/api/v1/plans/{plan}/mine").json() == []
    assert client.get(f"/api/v1/plans/{plan}/shares", headers=bearer(council.residents[7])).status_code == 403
    assert len(client.get(f"/api/v1/plans/{plan}/shares", headers=worker).json()) == 160
    adopted = send(f"/plans/{plan}/adopt", {"ways": [1]})
    assert adopted.status_code == 200, adopted.content
    assert adopted.json()["digest"]
    assert [p["id"] for p in client.get("/api/v1/plans").json()["items"]] == [plan]


def test_numbers_beyond_reason_are_refused_not_crashed_on(council: Council) -> None:
    plan = lift(council)
    client = browser(council.head)

    assert client.get("/plans/99999999999999999999/").status_code == 404
    assert client.get(f"/desk/plans/{plan.pk}/ways/99999999999/").status_code == 404
    assert client.post("/desk/plans/schemes/99999999999999999999/end/").status_code == 404
    rows = [Entered(council.homes[0].pk, {"area": 10**12})]
    with pytest.raises(Exception, match="没有写入"):
        drafting.enter(actor=council.head, plan_id=plan.pk, rows=rows, now=NOW)
    assert showing.show(actor=council.head, plan_id=plan.pk, now=NOW).state == State.SHOWN

"""A draft of an answer gets hints before it is sent and is never held for good; long texts show their points; a named place is offered."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotAllowed
from linli.kernel.accounts.models import Account
from linli.kernel.judgement.actions import turn_switch
from linli.kernel.judgement.models import Function
from linli.kernel.matters.models import Entry, Matter, Suggestion
from linli.kernel.places.actions import name_place, rename_place
from linli.kernel.places.models import PlaceName
from linli.kernel.places.naming import place_named, places_named
from linli.lib.remembered import forget_all
from linli.loops.requests.actions import dispatch, handling
from linli.loops.requests.hints import hints_of
from tests.factories import HOUSE, NOW, Cast, in_progress, later, raised

STOCK = "您好，您反映的问题已转交有关部门核实处理，感谢您的留言。"
FULL = "林女士您好，房管所工程师7月6日上午到3栋查看，电梯曳引机轴承磨损，7月9日前更换。依据《特种设备安全法》，更换后由检验所复检。"
LONG = (
    "从今年3月起，芳草苑3栋的电梯每天晚上11点到凌晨2点发出很大的响声，像有东西在敲。我们找过物业三次，都说正常。"
    "楼里有12户老人，有一位已经因为睡不好住院，花了3200元。希望尽快请维保单位来检查电梯，给我们一个说法。联系人王小明13812345678。"
)


@pytest.fixture(autouse=True)
def _anew() -> None:
    forget_all()


def signed_in(actor: Actor, settings: Any) -> Client:
    settings.STAFF_SECOND_FACTOR = "optional"
    client = Client()
    client.force_login(Account.objects.get(pk=actor.account_id), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def send(client: Client, matter: Matter, verb: str = "answer", **typed: Any) -> HttpResponse:
    matter.refresh_from_db()
    return client.post(f"/desk/requests/{matter.ref}/{verb}/", {"version": matter.version, "entries": matter.entry_count, **typed})  # type: ignore[return-value]  # a test client's answer


def test_a_draft_of_stock_phrases_comes_back_once_with_hints_and_goes_out_on_the_second_press(cast: Cast, settings: Any) -> None:
    matter = in_progress(cast)
    client = signed_in(cast.department_handler, settings)
    before = Entry.objects.count()

    held = send(client, matter, text=STOCK)
    page = held.content.decode()
    assert held.status_code == 200 and Entry.objects.count() == before, "nothing was recorded, nobody was told"
    assert "只说了转给谁" in page and STOCK in page and 'name="hinted" value="1"' in page and "不记在任何人名下" in page
    assert send(client, matter, text=STOCK, hinted="1").status_code == 302
    assert Entry.objects.filter(verb="answer", text=STOCK).exists()


def test_a_draft_is_looked_at_when_asked_and_a_good_or_a_short_one_goes_straight_out(cast: Cast, settings: Any) -> None:
    matter = in_progress(cast)
    client = signed_in(cast.department_handler, settings)

    page = send(client, matter, text="房管所已经到现场看过电梯。", look="1").content.decode()
    assert "没有看到什么时候做的" in page and "没有写依据" in page and "说了谁来做" in page
    asked = client.post(f"/desk/requests/{matter.ref}/hints/", {"text": "房管所已经到现场看过电梯。"})
    assert asked.status_code == 200 and "没有看到什么时候做的" in asked.content.decode() and "<html" not in asked.content.decode()
    assert not Entry.objects.filter(verb="answer").exists()
    assert send(client, matter, text=FULL).status_code == 302
    assert send(client, matter, text="周三换件").status_code == 302


def test_what_others_were_answered_is_told_and_nothing_of_it_is_kept(cast: Cast) -> None:
    first, second = in_progress(cast), in_progress(cast, title="3 栋电梯停了")
    handling.answer(actor=cast.department_handler, matter_id=first.pk, now=later(minutes=9), text=FULL)

    found = hints_of(second, FULL, later(minutes=20))
    assert found.first and [h.point for h in found.missing] == ["own_words"]
    has = {h.point: h.sentence for h in found.has}
    assert has["polite"] == "林女士您好，房管所工程师7月6日上午到3栋查看，电梯曳引机轴承磨损，7月9日前更换。" and has["readable"] == ""
    assert not hints_of(first, FULL, later(minutes=20)).first, "its own earlier answer is no other's"


def test_with_everything_switched_off_the_desk_is_as_before_and_a_request_goes_its_whole_road(cast: Cast, settings: Any) -> None:
    for function in Function.values:
        turn_switch(actor=HOUSE, function=function, on=False, place=None, now=NOW)
    forget_all()
    matter = in_progress(cast, body=LONG)
    client, worker, head = (signed_in(who, settings) for who in (cast.department_handler, cast.community_worker, cast.community_head))

    page = client.get(f"/desk/requests/{matter.ref}/").content.decode()
    assert "先检查一下" not in page and "机器摘出" not in page
    assert client.post(f"/desk/requests/{matter.ref}/hints/", {"text": STOCK}).content.decode().strip() == ""
    assert send(client, matter, text=STOCK).status_code == 302
    new = {"text": "芳草苑3栋电梯坏了", "where": "芳草苑 3 栋", "channel": "phone", "person": "none", "visibility": "public"}
    assert "填为地点" not in worker.post("/desk/requests/new/", {**new, "look": "1"}).content.decode()
    assert worker.post("/desk/requests/new/", new).status_code == 302
    second = Matter.objects.exclude(pk=matter.pk).get()
    told = Suggestion.objects.get(matter=second, field="category")
    assert told.engine == "keywords/1", "keyword rules are no machine that learned"
    dispatch.dispatch(actor=cast.community_worker, matter_id=second.pk, now=later(minutes=20), unit=cast.here.units["housing"])
    assert send(client, matter, "resolve", text="房管所7月6日换了轴承，电梯恢复运行。").status_code == 302
    for address, words in (
        ("/desk/hot/", "关掉了热点功能"),
        ("/desk/hands/", "没有打开人手测算"),
        ("/desk/figures/answers/", "最近的 0 条答复"),
    ):
        assert words in head.get(address).content.decode()
    for address in ("/desk/", "/desk/figures/", "/desk/figures/book/", "/desk/readers/", f"/desk/requests/{second.ref}/"):
        assert head.get(address).status_code == 200
    similar = worker.get(f"/desk/requests/{second.ref}/similar/?panel=1", headers={"HX-Request": "true"})
    assert similar.content.decode().strip() == ""


def test_a_long_request_shows_its_points_marked_as_found_by_the_machine(
    cast: Cast, settings: Any, django_assert_max_num_queries: Any
) -> None:
    matter = in_progress(cast, body=LONG)
    client = signed_in(cast.department_handler, settings)
    client.get(f"/desk/requests/{matter.ref}/")

    with django_assert_max_num_queries(12):
        page = client.get(f"/desk/requests/{matter.ref}/").content.decode()
    assert "机器摘出" in page and "可能有遗漏，以原文为准" in page
    for words in ("希望尽快请维保单位来检查电梯", "芳草苑 3 栋", "每天晚上11点到凌晨2点", "3200元", "12户"):
        assert words in page
    public = Client().get(f"/requests/{matter.ref}/").content.decode()
    assert "王小明" not in public and "13812345678" not in public and "王**" in public
    short = in_progress(cast)
    assert "机器摘出" not in client.get(f"/desk/requests/{short.ref}/").content.decode()


def test_a_place_named_in_the_words_is_offered_at_intake_and_to_residents_and_never_set(cast: Cast, settings: Any) -> None:
    client = signed_in(cast.community_worker, settings)
    words = "芳草苑3栋电梯坏了，老人下不了楼"
    sent = {"channel": "phone", "person": "none", "text": words, "where": "", "visibility": "public"}

    looked = client.post("/desk/requests/new/", {**sent, "look": "1"}).content.decode()
    assert 'name="take" value="芳草苑 3 栋"' in looked
    assert 'name="take" value="芳草苑 3 栋"' in client.get("/desk/requests/new/advice/", {"text": words}).content.decode()
    taken = client.post("/desk/requests/new/", {**sent, "take": "芳草苑 3 栋"}).content.decode()
    assert f'value="{cast.here.buildings[0].pk}" checked' in taken or 'value="芳草苑 3 栋"' in taken
    assert not Matter.objects.exists()

    forget_all()
    resident = Client()
    resident.post("/requests/new/?step=what", {"text": words})
    page = resident.get("/requests/new/?step=where").content.decode()
    assert "您写到了“芳草苑 3 栋”" in page and "就是这里" in page
    chosen = resident.post("/requests/new/?step=where", {"in": cast.here.compound.pk, "place": cast.here.buildings[0].pk})
    assert chosen.headers["Location"] == "/requests/new/?step=who"
    assert "您写到了" not in resident.get("/requests/new/?step=where").content.decode()


def test_other_words_for_a_place_find_it_and_an_old_name_stays_one(cast: Cast, settings: Any) -> None:
    compound, path = cast.here.compound, cast.here.buildings[0].path
    words = {"alias": ["老电厂宿舍", " "], "road": ["芳草街"], "landmark": ["人民医院"]}
    name_place(actor=HOUSE, place=compound, names=words, now=NOW)

    assert [(n.name, n.by) for n in places_named("老电厂宿舍3栋和人民医院旁边", path)] == [
        ("芳草苑 3 栋", "building"),
        ("芳草苑", "landmark"),
    ]
    assert place_named("别处的灯坏了", path) is None
    rename_place(actor=HOUSE, place=compound, name="芳草新苑", now=NOW)
    assert PlaceName.objects.get(place=compound, name="芳草苑").why == "alias"
    assert place_named("芳草苑门口的灯坏了", path).id == compound.pk  # type: ignore[union-attr]  # it is found
    with pytest.raises(Invalid, match="2 到 40"):
        name_place(actor=HOUSE, place=compound, names={"alias": ["院"]}, now=NOW)
    with pytest.raises(NotAllowed):
        name_place(actor=cast.raiser, place=compound, names={}, now=NOW)


def test_a_name_in_a_title_or_a_door_is_hidden_from_neighbours_and_shown_to_staff(cast: Cast, settings: Any) -> None:
    matter = raised(cast, title="3栋2单元501室王小明先生家漏水", body="请看看")

    assert matter.public_title == "3栋****王**先生家漏水"
    assert "501室王小明先生" in signed_in(cast.community_worker, settings).get(f"/desk/requests/{matter.ref}/").content.decode()


def test_figures_of_answers_are_of_a_place_and_open_the_answers_behind_them(cast: Cast, settings: Any) -> None:
    matters = [in_progress(cast, title=f"{n} 栋电梯停了") for n in range(3, 9)]
    now = timezone.now()
    for n, matter in enumerate(matters):
        text = FULL if n else "您好，您反映的问题已转有关部门处理，谢谢。"
        handling.answer(actor=cast.department_handler, matter_id=matter.pk, now=now, text=text)
    client = signed_in(cast.community_head, settings)

    page = client.get(f"/desk/figures/answers/?place={cast.here.community.pk}").content.decode()
    assert "83.3%" in page.replace(" ", "") or "83%" in page.replace(" ", "")
    behind = client.get(f"/desk/figures/answers/?place={cast.here.community.pk}&point=act&without=1").content.decode()
    assert matters[0].ref in behind and matters[1].ref not in behind
    assert cast.department_handler.name not in page and "不用来考核" in page
    turn_switch(actor=HOUSE, function="reply", on=False, place=cast.here.community, now=NOW)
    forget_all()
    assert "最近的 0 条答复" in client.get(f"/desk/figures/answers/?place={cast.here.community.pk}").content.decode()
    assert signed_in(cast.raiser, settings).get("/desk/figures/answers/").status_code in (302, 403, 404)

"""What a category asks: set at the Desk, served to other systems, held to when they report, seen by whoever handles the request."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from linli.kernel.access.refusals import Invalid, NotAllowed, Refused
from linli.kernel.accounts.actions import grant_role
from linli.kernel.accounts.models import Event
from linli.kernel.matters.models import Category
from linli.ports.open311 import rules
from linli.ports.open311.attributes import move_attribute, restore_attribute, retire_attribute, save_attribute
from linli.ports.open311.models import ServiceAttribute
from tests.ports.village import SETUP, Village

V2 = "/open311/v2"
HERE = {"lat": "30.63", "long": "104.06"}
SIDES = "left = 左边\nright = 右边"


@pytest.fixture
def lamp(db: Any, village: Village) -> Category:
    return Category.objects.get(code="parking_shortage")


@pytest.fixture
def desk(village: Village, settings: Any) -> Client:
    """A system administrator at the Desk."""
    settings.STAFF_SECOND_FACTOR = "optional"
    return signed_in(village, "system")


def signed_in(village: Village, name: str) -> Client:
    client = Client()
    client.force_login(village.accounts[name], backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def address(category: Category, rest: str = "") -> str:
    return f"/desk/settings/services/{category.pk}/{rest}"


def add(desk: Client, category: Category, **more: Any) -> Any:
    given = {"code": "POLE", "description": "灯杆编号是多少？", "datatype": "string", "variable": "on", **more}
    return desk.post(address(category), given)


def served(client: Client, category: Category) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"{V2}/services/{category.code}.json").json()["attributes"]
    return found


# --- rules ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "good"),
    [
        ("POLE", True),
        ("a.b-c_1", True),
        ("9", True),
        ("", False),
        ("A[B", False),
        ("灯", False),
        ("_a", False),
        ("a" * 41, False),
        ("a b", False),
    ],
)
def test_a_code_travels_through_forms_unchanged(code: str, good: bool) -> None:
    assert rules.is_code(code) is good


@pytest.mark.parametrize(
    ("datatype", "values", "wrong"),
    [
        ("string", [], ""),
        ("string", [("a", "b")], "unwanted"),
        ("singlevaluelist", [("a", "A")], "missing"),
        ("singlevaluelist", [("a", "A"), ("b", "B")], ""),
        ("multivaluelist", [("a", "A"), ("a", "B")], "twice"),
        ("multivaluelist", [("a", "A"), ("", "B")], "empty"),
        ("singlevaluelist", [(str(n), "x") for n in range(201)], "too_many"),
    ],
)
def test_choices_fit_the_form_of_the_answer(datatype: str, values: list[tuple[str, str]], wrong: str) -> None:
    assert rules.why_not_values(datatype, values) == wrong


# --- the page ---------------------------------------------------------------------------------------------
def test_a_question_set_at_the_desk_is_served_and_reports_are_held_to_it(desk: Client, village: Village, lamp: Category) -> None:
    before = next(s for s in Client().get(f"{V2}/services.json").json() if s["service_code"] == lamp.code)

    made = add(desk, lamp, datatype="singlevaluelist", values=SIDES, required="on", datatype_description="面向大门")
    after = next(s for s in Client().get(f"{V2}/services.json").json() if s["service_code"] == lamp.code)
    report = {"api_key": village.tokens["system"], "service_code": lamp.code, "description": "灯不亮", **HERE}
    silent = Client().post(f"{V2}/requests.json", report)
    wrong = Client().post(f"{V2}/requests.json", {**report, "attribute[POLE]": "middle"})
    right = Client().post(f"{V2}/requests.json", {**report, "attribute[POLE]": "left"})

    assert made.status_code == 302 and (before["metadata"], after["metadata"]) == (False, True)
    assert served(Client(), lamp) == [
        {
            "variable": True,
            "code": "POLE",
            "datatype": "singlevaluelist",
            "required": True,
            "datatype_description": "面向大门",
            "order": 1,
            "description": "灯杆编号是多少？",
            "values": [{"key": "left", "name": "左边"}, {"key": "right", "name": "右边"}],
        }
    ]
    assert (silent.status_code, wrong.status_code, right.status_code) == (400, 400, 200)
    assert "必须回答：灯杆编号是多少？" in silent.content.decode()
    seen = signed_in(village, "worker").get(f"/desk/requests/{right.json()[0]['service_request_id']}/").content.decode()
    assert "灯杆编号是多少？" in seen and "左边" in seen


def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(desk: Client, lamp: Category) -> None:
    answer = add(desk, lamp, code="a b", datatype="multivaluelist", values="one = 一")
    page = answer.content.decode()

    assert answer.status_code == 422 and not ServiceAttribute.objects.exists()
    assert "字母或数字开头" in page and "至少要有两个选项" in page and "one = 一" in page


def test_a_code_is_used_once_in_a_category_even_after_it_was_retired(desk: Client, lamp: Category) -> None:
    add(desk, lamp)
    desk.post(address(lamp, f"{ServiceAttribute.objects.get().pk}/retire/"))

    again = add(desk, lamp)

    assert again.status_code == 422 and "用过了" in again.content.decode()
    assert ServiceAttribute.objects.count() == 1


def test_order_changing_retiring_and_taking_up_again_show_at_once(desk: Client, lamp: Category) -> None:
    for code in ("A", "B", "C"):
        add(desk, lamp, code=code, description=f"问题 {code}")
    ids = {a.code: a.pk for a in ServiceAttribute.objects.all()}

    desk.post(address(lamp, f"{ids['C']}/move/"), {"to": "up"})
    desk.post(address(lamp, f"{ids['A']}/move/"), {"to": "up"})  # already first: nothing
    moved = [(a["code"], a["order"]) for a in served(Client(), lamp)]
    desk.post(address(lamp, f"{ids['A']}/retire/"))
    retired = [a["code"] for a in served(Client(), lamp)]
    desk.post(address(lamp, f"{ids['A']}/restore/"))
    desk.post(address(lamp, f"{ids['B']}/"), {"description": "几号灯？", "datatype": "number", "variable": "on"})
    last = [(a["code"], a["description"], a["datatype"]) for a in served(Client(), lamp)]

    assert moved == [("A", 1), ("C", 2), ("B", 3)]
    assert retired == ["C", "B"]
    assert last == [("C", "问题 C", "string"), ("B", "几号灯？", "number"), ("A", "问题 A", "string")]
    assert Event.objects.filter(kind="service_attribute_changed").count() == 8


def test_an_answer_outlives_its_question(desk: Client, village: Village, lamp: Category) -> None:
    add(desk, lamp)
    report = {"api_key": village.tokens["system"], "service_code": lamp.code, "description": "灯不亮", **HERE}
    ref = Client().post(f"{V2}/requests.json", {**report, "attribute[POLE]": "A17"}).json()[0]["service_request_id"]

    desk.post(address(lamp, f"{ServiceAttribute.objects.get().pk}/retire/"))

    page = signed_in(village, "worker").get(f"/desk/requests/{ref}/").content.decode()
    assert "灯杆编号是多少？" in page and "A17" in page
    assert Client().post(f"{V2}/requests.json", report).status_code == 200


# --- who may --------------------------------------------------------------------------------------------------
def test_a_street_officer_reads_them_and_only_those_who_set_categories_for_all_change_them(
    village: Village, lamp: Category, settings: Any
) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"
    now = timezone.now()
    officer = village.actor("officer")

    with pytest.raises(NotAllowed):
        save_attribute(actor=officer, category=lamp, code="A", description="问", now=now)
    made = save_attribute(actor=village.actor("system"), category=lamp, code="A", description="问", now=now)
    for act in (retire_attribute, restore_attribute):
        with pytest.raises(NotAllowed):
            act(actor=officer, attribute=made, now=now)
    with pytest.raises(NotAllowed):
        move_attribute(actor=officer, attribute=made, up=True, now=now)

    page = signed_in(village, "officer").get(address(lamp)).content.decode()
    assert "由系统管理员修改" in page and "加一个问题" not in page
    assert signed_in(village, "worker").get(address(lamp)).status_code == 403


def test_a_category_asks_at_most_thirty_and_a_sentence_to_read_requires_nothing(village: Village, lamp: Category) -> None:
    now, system = timezone.now(), village.actor("system")

    told = save_attribute(
        actor=system,
        category=lamp,
        code="NOTE",
        description="先看看公告",
        variable=False,
        required=True,
        datatype="singlevaluelist",
        now=now,
    )
    for n in range(29):
        save_attribute(actor=system, category=lamp, code=f"Q{n}", description="问", now=now)
    with pytest.raises(Refused, match="最多问 30 个"):
        save_attribute(actor=system, category=lamp, code="ONE_MORE", description="问", now=now)
    with pytest.raises(Invalid):
        save_attribute(actor=system, category=lamp, attribute=told, description=" ", now=now)

    assert not told.required and told.values == []


def test_settings_lead_there_for_who_may(village: Village, desk: Client) -> None:
    grant_role(
        actor=SETUP,
        account=village.accounts["housing"],
        role="department_handler",
        place=village.street,
        unit=village.housing,
        now=timezone.now() - timedelta(days=1),
    )

    assert "/desk/settings/services/" in desk.get("/desk/settings/").content.decode()
    handlers = signed_in(village, "housing").get("/desk/settings/").content.decode()
    assert "/desk/settings/webhooks/" in handlers and "/desk/settings/services/" not in handlers
    assert "/desk/settings/" in signed_in(village, "housing").get("/desk/settings/webhooks/").content.decode()

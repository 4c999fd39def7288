"""Administration at the Desk: who may, what shows, how many queries, and that a refusal loses nothing typed."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, timedelta
from fractions import Fraction
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotAllowed, Refused
from linli.kernel.accounts import events
from linli.kernel.accounts.actions import forget_old_events, grant_role, log_event, open_account
from linli.kernel.accounts.models import Account, Event, Grant, Unit
from linli.kernel.accounts.queries import actor_of
from linli.kernel.matters import setting_actions
from linli.kernel.matters.models import CalendarYear, Category, Clock, PromiseRule, WorkDay
from linli.kernel.matters.promises import calendar
from linli.kernel.people.actions import own, register_person, set_home, settle
from linli.kernel.people.models import FieldReading, Ownership, Person
from linli.kernel.places.models import Place
from linli.loops.requests import suggest
from tests.factories import HOUSE, Cast, dispatched

MOST_QUERIES = 12
HERE = "芳草"


@pytest.fixture(autouse=True)
def _one_factor(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"


def as_(actor: Actor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=actor.account_id), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def root(cast: Cast) -> Client:
    """A security administrator of the whole tree."""
    account = open_account(actor=HOUSE, username="root.security", name="全域安全员", now=timezone.now() - timedelta(days=1))
    grant_role(actor=HOUSE, account=account, role="security_admin", place=None, now=timezone.now() - timedelta(days=1))
    return as_(actor_of(account, now=timezone.now()))


def text(answer: Any) -> str:
    return str(answer.content.decode())


# --- every page: who may, and how many queries ----------------------------------------------------
def pages(cast: Cast) -> list[tuple[str, str]]:
    """(role that may, address)"""
    holder = Account.objects.get(username="community_worker.here")
    return [
        ("security_admin", "/desk/accounts/"),
        ("security_admin", f"/desk/accounts/{holder.pk}/"),
        ("security_admin", "/desk/accounts/new/"),
        ("system_admin", "/desk/units/"),
        ("system_admin", f"/desk/units/{cast.here.units['housing'].pk}/"),
        ("audit_admin", "/desk/log/"),
        ("resident", "/desk/permissions/"),
        ("resident", "/me/security/"),
        ("community_worker", "/desk/people/"),
        ("community_worker", f"/desk/people/{cast.person.pk}/"),
        ("community_worker", f"/desk/people/{cast.person.pk}/edit/"),
        ("community_worker", "/desk/people/new/"),
        ("community_worker", "/desk/homes/"),
        ("community_worker", f"/desk/homes/{cast.here.homes[0].pk}/"),
        ("community_head", "/desk/places/?q=3"),
        ("community_head", f"/desk/places/{cast.here.compound.pk}/"),
        ("community_head", f"/desk/places/{cast.here.compound.pk}/outline/"),
        ("community_head", f"/desk/places/{cast.here.compound.pk}/move/"),
        ("community_head", f"/desk/places/{cast.here.compound.pk}/merge/"),
        ("community_head", f"/desk/places/{cast.here.compound.pk}/split/"),
        ("community_head", "/desk/places/at/?latitude=30.63&longitude=104.05&datum=gcj02"),
        ("system_admin", "/desk/settings/"),
        ("system_admin", "/desk/settings/promises/"),
        ("system_admin", "/desk/settings/categories/"),
        ("system_admin", f"/desk/settings/categories/{Category.objects.exclude(parent=None)[0].pk}/"),
        ("system_admin", "/desk/settings/calendar/"),
        ("system_admin", "/desk/settings/gateways/"),
    ]


def test_each_page_opens_for_who_may_within_twelve_queries(cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for role, address in pages(cast):
        client = as_(cast.inside[role])
        client.get("/desk/permissions/")  # once a minute the session notes that its holder is there
        with django_assert_max_num_queries(MOST_QUERIES, info=address):
            answer = client.get(address)
        assert answer.status_code == 200, f"{address} {answer.status_code}"


def test_each_page_is_closed_to_who_may_not_and_to_strangers(cast: Cast) -> None:
    open_to_all = ("/desk/permissions/", "/me/security/", "/desk/settings/")
    for _role, address in pages(cast):
        if address in open_to_all:
            continue
        assert as_(cast.inside["resident"]).get(address).status_code in (403, 404), address
        assert Client().get(address).status_code == 302, address


def test_english_pages_hold_no_chinese_but_names(cast: Cast) -> None:
    client = as_(cast.inside["security_admin"])
    client.cookies["django_language"] = "en"

    page = text(client.get("/desk/permissions/"))

    assert "Permission table" in page and "Community worker" in page and "权限" not in page


# --- accounts ------------------------------------------------------------------------------------
def test_an_account_is_opened_with_a_one_time_password_shown_once(root: Client) -> None:
    answer = root.post("/desk/accounts/new/", {"username": "Han.Mei", "name": "韩梅", "phone": ""})
    made = Account.objects.get(username="han.mei")
    password = text(answer).split('<code class="said">')[1].split("</code>")[0]

    assert made.must_change_password and made.check_password(password)
    assert password not in text(root.get(f"/desk/accounts/{made.pk}/"))


def test_a_taken_user_name_comes_back_with_what_was_typed(root: Client) -> None:
    answer = root.post("/desk/accounts/new/", {"username": "resident.here", "name": "韩梅", "phone": ""})

    assert answer.status_code == 422
    assert 'value="韩梅"' in text(answer) and "请换一个用户名" in text(answer)


def test_roles_are_granted_within_reach_with_dates_and_ended(cast: Cast) -> None:
    client = as_(cast.inside["security_admin"])
    holder = Account.objects.get(username="community_worker.here")

    granted = client.post(
        f"/desk/accounts/{holder.pk}/grant/",
        {"role": "mediator", "place": f"{HERE}社区", "unit": cast.here.units["mediation"].pk, "ends_on": "2030-01-01"},
    )
    grant = Grant.objects.get(account=holder, role="mediator")
    client.post(f"/desk/accounts/{holder.pk}/grants/{grant.pk}/end/")

    assert granted.status_code == 302
    assert grant.ends_at is not None and timezone.localdate(grant.ends_at) == date(2030, 1, 1)
    grant.refresh_from_db()
    assert grant.ends_at <= timezone.now()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"role": "grid_worker", "place": "桐梓社区"}, "您的范围里没有"),
        ({"role": "department_handler", "place": "芳草街道"}, "要指定所在单位"),
        ({"role": "grid_worker", "place": "芳草社区", "ends_on": "2020-01-01"}, "结束日期"),
    ],
)
def test_a_grant_that_cannot_be_is_refused_in_words(cast: Cast, given: dict[str, str], said: str) -> None:
    holder = Account.objects.get(username="resident.here")

    answer = as_(cast.inside["security_admin"]).post(f"/desk/accounts/{holder.pk}/grant/", given)

    assert answer.status_code == 422 and said in text(answer)
    assert set(holder.grants.values_list("role", flat=True)) == {"resident"}


def test_three_administrators_are_three_people_and_nobody_grants_to_themselves(cast: Cast, root: Client) -> None:
    system_admin = Account.objects.get(username="system_admin.here")
    me = Account.objects.get(username="root.security")

    both = root.post(f"/desk/accounts/{system_admin.pk}/grant/", {"role": "audit_admin", "place": ""})
    myself = root.post(f"/desk/accounts/{me.pk}/grant/", {"role": "grid_worker", "place": ""})

    assert "必须由不同的人担任" in text(both) and "GB/T 22239" in text(both)
    assert "不能给自己授权" in text(myself)


def test_closing_an_account_ends_its_sessions_and_reopening_gives_no_role_back(cast: Cast, root: Client) -> None:
    holder = Account.objects.get(username="community_worker.here")
    holder.set_password("a-good-long-pass")
    holder.save()
    worker = Client()
    worker.post("/sign-in/", {"login": holder.username, "password": "a-good-long-pass"})
    assert worker.get("/me/security/").status_code == 200

    root.post(f"/desk/accounts/{holder.pk}/close/")
    closed = worker.get("/me/security/")
    root.post(f"/desk/accounts/{holder.pk}/reopen/")

    assert closed.status_code == 302
    assert worker.get("/me/security/").status_code == 302
    assert not [g for g in holder.grants.all() if g.ends_at is None]


def test_a_reset_password_is_shown_once_and_must_be_changed(cast: Cast, root: Client) -> None:
    holder = Account.objects.get(username="community_worker.here")

    page = text(root.post(f"/desk/accounts/{holder.pk}/password/"))

    holder.refresh_from_db()
    assert holder.must_change_password and holder.check_password(page.split('<code class="said">')[1].split("</code>")[0])


def test_an_administrator_of_one_street_cannot_touch_an_account_of_another(cast: Cast) -> None:
    client = as_(cast.inside["security_admin"])
    theirs = Account.objects.get(username="community_worker.there")

    assert client.get(f"/desk/accounts/{theirs.pk}/").status_code == 404
    assert client.post(f"/desk/accounts/{theirs.pk}/close/").status_code == 404
    theirs.refresh_from_db()
    assert theirs.is_active


def test_a_unit_is_added_and_mended_and_cannot_be_its_own_superior(cast: Cast) -> None:
    client = as_(cast.inside["system_admin"])
    client.post("/desk/units/", {"name": "消防所", "kind": "department", "place": f"{HERE}街道", "code": "fire"})
    made = Unit.objects.get(name="消防所")
    street = cast.here.units["street"]

    circle = client.post(f"/desk/units/{street.pk}/", {"name": street.name, "superior": cast.here.units["housing"].pk, "active": "on"})
    client.post(f"/desk/units/{made.pk}/", {"name": "消防救援站", "code": "fire"})

    made.refresh_from_db()
    assert (made.name, made.active) == ("消防救援站", False)
    assert circle.status_code == 422 and "不能是它自己或它的下级" in text(circle)


# --- the log and the table -----------------------------------------------------------------------
def test_the_log_is_filtered_and_exported_and_the_export_is_logged(cast: Cast) -> None:
    account = open_account(actor=HOUSE, username="root.audit", name="全域审计员", now=timezone.now() - timedelta(days=1))
    grant_role(actor=HOUSE, account=account, role="audit_admin", place=None, now=timezone.now() - timedelta(days=1))
    client = as_(actor_of(account, now=timezone.now()))
    log_event("sign_in_failed", now=timezone.now(), who="=cmd()", outcome="refused")

    page = text(client.get("/desk/log/?kind=sign_in_failed"))
    rows = list(csv.reader(io.StringIO(b"".join(client.get("/desk/log/export/?kind=sign_in_failed")).decode("utf-8-sig"))))

    assert "=cmd()" in page and "community_worker.here" not in page
    assert rows[1][1] == "'=cmd()" and rows[1][3] == "被拒绝"
    assert Event.objects.filter(kind="log_exported").count() == 1


def test_everything_that_is_logged_has_a_name() -> None:
    written = "\n".join(path.read_text(encoding="utf-8") for path in Path(events.__file__).parents[2].rglob("*.py"))
    kinds = set(re.findall(r"log_event\(\s*\"([a-z_]+)\"", written)) | set(re.findall(r"_note\(\"([a-z_]+)\"", written))

    assert len(kinds) > 30 and kinds - {kind for kind, _words in events.choices()} == set()


def test_every_list_of_administration_leaves_as_xlsx_and_csv_as_it_is_narrowed(cast: Cast) -> None:
    log_event("sign_in_failed", now=timezone.now(), who="=HYPERLINK()", outcome="refused")
    lists = {
        "/desk/log/export/?kind=sign_in_failed": ("audit_admin", "谁"),
        "/desk/units/?q=城": ("system_admin", "单位类别"),
        "/desk/accounts/?role=grid_worker": ("security_admin", "角色"),
        "/desk/places/?q=3": ("system_admin", "上级地点"),
        "/desk/settings/calendar/?year=2026": ("system_admin", "上班还是放假"),
        "/desk/settings/services/?": ("system_admin", "服务代码"),
        "/desk/settings/categories/?": ("system_admin", "通常归谁"),
        "/desk/settings/promises/?": ("system_admin", "依据"),
        "/desk/permissions/?kind=log": ("resident", "能做的事"),
    }
    account = open_account(actor=HOUSE, username="root.audit", name="全域审计员", now=timezone.now() - timedelta(days=1))
    grant_role(actor=HOUSE, account=account, role="audit_admin", place=None, now=timezone.now() - timedelta(days=1))
    for address, (role, heading) in lists.items():
        client = as_(actor_of(account, now=timezone.now())) if role == "audit_admin" else as_(cast.inside[role])
        sheet = openpyxl.load_workbook(io.BytesIO(b"".join(client.get(address + "&format=xlsx")))).worksheets[0]
        lines = list(csv.reader(io.StringIO(b"".join(client.get(address + "&format=csv")).decode("utf-8-sig"))))

        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert heading in {cell.value for cell in cells} and heading in lines[0], address
        assert sheet.max_row == len(lines) and len(lines) > 1, address
        assert {cell.data_type for cell in cells} <= {"s", "n", "d"}, address  # never a formula
    narrowed = b"".join(as_(cast.inside["system_admin"]).get("/desk/units/?q=城建科&format=csv")).decode("utf-8-sig")
    assert [row[0] for row in csv.reader(io.StringIO(narrowed))] == ["名称", "芳草城建科"]
    narrowed = b"".join(as_(cast.inside["security_admin"]).get("/desk/accounts/?role=grid_worker&format=csv")).decode("utf-8-sig")
    assert [row[1:3] for row in csv.reader(io.StringIO(narrowed))] == [["用户名", "角色"], ["grid_worker.here", "网格员"]]


def lines_of(client: Client, address: str) -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO(b"".join(client.get(address).streaming_content).decode("utf-8-sig")))
    return list(rows)


def links_of(page: str) -> list[str]:
    return [unescape(href) for href in re.findall(r'<a href="([^"]*format=csv)" download>', page)]


def test_the_roster_and_the_homes_leave_as_they_are_searched_with_names_masked(cast: Cast) -> None:
    register_person(actor=HOUSE, name="赵三", now=timezone.now(), home_place=cast.here.homes[1])
    for home in cast.here.homes:
        set_home(actor=HOUSE, place=home, now=timezone.now(), exclusive_area=8937)
    client = as_(cast.inside["community_worker"])

    (found,) = links_of(text(client.get("/desk/people/", {"q": "赵"})))
    (everybody,) = links_of(text(client.get("/desk/people/")))
    assert [row["姓名"] for row in lines_of(client, found)] == ["赵*"]
    assert {row["姓名"] for row in lines_of(client, everybody)} == {"赵*", "林**"}
    (by_phone,) = links_of(text(client.get("/desk/people/", {"q": "13800138001"})))
    assert [row["姓名"] for row in lines_of(client, by_phone)] == ["林**"]

    (narrowed,) = links_of(text(client.get("/desk/homes/", {"place": f"#{cast.here.buildings[0].pk}"})))
    (everywhere,) = links_of(text(client.get("/desk/homes/")))
    assert {row["楼栋"] for row in lines_of(client, narrowed)} == {"3 栋"}
    assert {row["楼栋"] for row in lines_of(client, everywhere)} == {"3 栋", "10 栋"}


def test_staff_leave_as_a_sheet_only_as_far_as_the_reader_reads_accounts(cast: Cast, root: Client) -> None:
    near = {row["用户名"] for row in lines_of(as_(cast.inside["security_admin"]), "/desk/export/staff?format=csv")}
    far = {row["用户名"] for row in lines_of(root, "/desk/export/staff?format=csv")}

    assert {"grid_worker.here"} <= near
    assert not {name for name in near if name.endswith(".there")}
    assert {"grid_worker.here", "grid_worker.there"} <= far


def test_the_places_below_one_leave_as_a_sheet(cast: Cast) -> None:
    rows = lines_of(as_(cast.inside["system_admin"]), f"/desk/places/{cast.here.compound.pk}/?format=csv")

    assert [(row["名称"], row["级别"]) for row in rows] == [("3 栋", "楼栋"), ("10 栋", "楼栋")]
    assert rows[0]["上级地点"].endswith("芳草苑")


def test_an_audit_administrator_of_a_street_reads_of_that_street_alone(cast: Cast) -> None:
    now = timezone.now()
    log_event("signed_in", now=now, actor=cast.inside["community_worker"], who="这里的人")
    log_event("signed_in", now=now, actor=cast.outside["community_worker"], who="那里的人")

    page = text(as_(cast.inside["audit_admin"]).get("/desk/log/"))

    assert "这里的人" in page and "那里的人" not in page


def test_no_row_of_the_log_goes_before_six_months_whatever_is_set(cast: Cast, settings: Any) -> None:
    now = timezone.now()
    for days in (10, 150, 400):
        log_event("signed_in", now=now - timedelta(days=days), who=f"{days}")

    settings.LOG_MONTHS = 0
    assert forget_old_events(now) == 0
    settings.LOG_MONTHS = 1
    forget_old_events(now)

    assert set(Event.objects.filter(kind="signed_in").values_list("who", flat=True)) == {"10", "150"}


def test_the_table_says_why_one_can_and_why_one_cannot(cast: Cast) -> None:
    client = as_(cast.inside["community_worker"])

    can = text(client.get("/desk/permissions/", {"verb": "request.accept", "place": f"{HERE}社区"}))
    outside = text(client.get("/desk/permissions/", {"verb": "request.accept", "place": "桐梓社区"}))
    never = text(client.get("/desk/permissions/", {"verb": "account.grant"}))

    assert "您可以“受理诉求”，因为您是社区工作者" in can
    assert "您不能“受理诉求”" in outside
    assert "可以这样做的是：安全管理员" in never


# --- people and homes ----------------------------------------------------------------------------
def test_numbers_are_masked_and_opening_one_is_logged_with_its_purpose(cast: Cast) -> None:
    client = as_(cast.inside["community_worker"])
    where = f"/desk/people/{cast.person.pk}/"

    page = text(client.get(where))
    silent = client.post(f"{where}reveal/", {"field": "phone", "purpose": " "})
    opened = text(client.post(f"{where}reveal/", {"field": "phone", "purpose": "电话回访"}))

    assert "138****8001" in page and "13800138001" not in page and "510107195203040022" not in page
    assert silent.status_code == 422 and "13800138001" not in text(silent)
    assert "13800138001" in opened
    reading = FieldReading.objects.get(person=cast.person)
    assert (reading.field, reading.purpose) == ("phone", "电话回访")


def test_people_are_found_by_beginning_of_name_and_by_exact_number(cast: Cast) -> None:
    client = as_(cast.inside["community_worker"])

    found = {
        q: "林素珍" in text(client.get("/desk/people/", {"q": q})) for q in ("林素", "素珍", "13800138001", "1380013", "510107195203040022")
    }

    assert found == {"林素": True, "素珍": False, "13800138001": True, "1380013": False, "510107195203040022": True}


def test_those_who_only_read_see_a_masked_name_and_no_button(cast: Cast) -> None:
    page = text(as_(cast.inside["auditor"]).get(f"/desk/people/{cast.person.pk}/"))

    assert "林素珍" not in page and "林**" in page and "查看完整号码" not in page


def test_people_of_another_community_are_not_there(cast: Cast) -> None:
    client = as_(cast.outside["community_worker"])

    assert client.get(f"/desk/people/{cast.person.pk}/").status_code == 404
    assert "没有找到" in text(client.get("/desk/people/", {"q": "林素珍"}))


def test_a_wrong_identity_number_comes_back_with_all_that_was_typed(cast: Cast) -> None:
    given = {"name": "新来的", "identity": "110105194912310021", "phone": "", "address": "", "home_place": f"{HERE}苑", "contact_by": "sms"}

    answer = as_(cast.inside["community_worker"]).post("/desk/people/new/", given)

    assert answer.status_code == 422
    assert 'value="新来的"' in text(answer) and 'value="110105194912310021"' in text(answer) and "校验位不符" in text(answer)
    nowhere = as_(cast.inside["community_worker"]).post("/desk/people/new/", given | {"identity": "", "home_place": ""})
    assert nowhere.status_code == 422 and "请写明是哪个地点" in text(nowhere) and 'value="新来的"' in text(nowhere)


def test_editing_leaves_sealed_fields_that_were_not_filled_in(cast: Cast) -> None:
    client = as_(cast.inside["community_worker"])
    given = {"name": "林素贞", "identity": "", "phone": "", "address": "", "home_place": f"#{cast.here.homes[0].pk}", "contact_by": "phone"}

    assert client.post(f"/desk/people/{cast.person.pk}/edit/", given | {"language": "en"}).status_code == 302

    person = Person.objects.get(pk=cast.person.pk)
    assert (person.name, person.contact_by, person.phone.open(), person.language) == ("林素贞", "phone", "13800138001", "en")
    client.post(f"/desk/people/{cast.person.pk}/edit/", given | {"forget": ["phone", "address"]})
    person = Person.objects.get(pk=cast.person.pk)
    assert not person.phone and person.phone_blind is None and not person.address and person.identity.open() == "510107195203040022"


def test_one_person_is_exported_by_who_may_and_erased_with_a_reason(cast: Cast) -> None:
    head = as_(cast.inside["community_head"])
    where = f"/desk/people/{cast.person.pk}/"

    assert as_(cast.inside["community_worker"]).post(f"{where}export/").status_code == 403
    content = json.loads(head.post(f"{where}export/").content)
    unsaid = head.post(f"{where}erase/", {"reason": "", "sure": "on"})
    done = head.post(f"{where}erase/", {"reason": "本人书面申请", "sure": "on"})

    assert content["phone"] == "13800138001"
    assert unsaid.status_code == 422 and done.status_code == 302
    assert Person.objects.get(pk=cast.person.pk).erased_at is not None


def test_consents_and_helpers_are_recorded_and_taken_back_for_who_says_so_at_the_counter(cast: Cast) -> None:
    where, client = f"/desk/people/{cast.person.pk}/", as_(cast.inside["community_worker"])
    helper, _new = register_person(actor=HOUSE, name="何小敏", now=timezone.now(), phone="13900139009", home_place=cast.here.homes[1])

    client.post(f"{where}consents/", {"purpose": "contact_by_handlers", "how": "paper"})
    wrong = client.post(f"{where}consents/", {"purpose": "contact_by_handlers", "how": "paper"})
    client.post(f"{where}helpers/", {"person": "何小敏", "kind": "helper", "since_on": "2026-01-01"})
    page = text(client.get(where))
    consent, tie = cast.person.consents.get(), cast.person.helpers.get()
    client.post(f"{where}consents/{consent.pk}/end/")
    client.post(f"{where}helpers/{tie.pk}/end/")
    consent.refresh_from_db()
    tie.refresh_from_db()

    assert "经办单位可以给我打电话" in page and "书面签字同意" in page and "何小敏" in page
    assert wrong.status_code == 422
    assert consent.withdrawn_at is not None and tie.until_on is not None and tie.helper_id == helper.pk
    assert [e.kind for e in Event.objects.filter(about=f"person {cast.person.pk}").order_by("pk")] == [
        "consent_recorded",
        "helper_linked",
        "consent_taken_back",
        "helper_ended",
    ]
    assert as_(cast.inside["auditor"]).post(f"{where}consents/", {"purpose": "care_visits", "how": "paper"}).status_code == 403
    assert as_(cast.outside["community_worker"]).post(f"{where}helpers/{tie.pk}/end/").status_code == 404


def test_an_owner_cannot_be_erased_and_is_told_why(cast: Cast) -> None:
    home = set_home(actor=HOUSE, place=cast.here.homes[0], now=timezone.now(), exclusive_area=8950)
    own(actor=HOUSE, person=cast.person, home=home, share=Fraction(1), since_on=date(2020, 1, 1), now=timezone.now())

    answer = as_(cast.inside["community_head"]).post(f"/desk/people/{cast.person.pk}/erase/", {"reason": "申请", "sure": "on"})

    assert answer.status_code == 422 and "登记在册的业主不能删除" in text(answer)


def test_a_home_shows_exact_area_and_shares_and_refuses_more_than_the_whole(cast: Cast) -> None:
    client = as_(cast.inside["community_worker"])
    where = f"/desk/homes/{cast.here.homes[0].pk}/"
    client.post(where, {"exclusive_area": "89.50", "use": "dwelling", "register_code": ""})
    other, _new = register_person(actor=HOUSE, name="第二业主", now=timezone.now(), home_place=cast.here.homes[0])

    first = client.post(f"{where}owners/", {"person": "林素珍", "share": "2/3", "since_on": "2020-01-01"})
    over = client.post(f"{where}owners/", {"person": f"#{other.pk}", "share": "1/2", "since_on": "2020-01-01"})
    client.post(f"{where}owners/", {"person": f"#{other.pk}", "share": "1/3", "since_on": "2020-01-01"})
    page = text(client.get(where))

    assert first.status_code == 302
    assert over.status_code == 422 and "超过了 1" in text(over)
    assert "89.50 平方米" in page and "2/3" in page and "1/3" in page and "还不到全部" not in page
    share = Ownership.objects.get(person=other)
    client.post(f"{where}owners/{share.pk}/end/")
    assert "合计 2/3" in text(client.get(where))


def test_somebody_moves_in_and_out(cast: Cast) -> None:
    client = as_(cast.inside["community_worker"])
    where = f"/desk/homes/{cast.here.homes[0].pk}/"
    client.post(f"{where}residents/", {"person": "林素珍", "relation": "tenant", "since_on": "2024-05-01"})
    stay = cast.person.residences.get()

    client.post(f"{where}residents/{stay.pk}/end/")

    stay.refresh_from_db()
    assert stay.until_on == timezone.localdate()


def test_the_roster_costs_the_same_for_one_and_for_many(cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    now = timezone.now()
    for n in range(30):
        person, _new = register_person(actor=HOUSE, name=f"居民{n}", phone=f"139000000{n:02d}", now=now, home_place=cast.here.homes[n % 2])
        settle(
            actor=HOUSE,
            person=person,
            home=set_home(actor=HOUSE, place=cast.here.homes[n % 2], now=now),
            relation="family",
            since_on=date(2024, 1, 1),
            now=now,
        )
    client = as_(cast.inside["community_worker"])

    for address in ("/desk/people/", "/desk/homes/", f"/desk/homes/{cast.here.homes[0].pk}/"):
        with django_assert_max_num_queries(MOST_QUERIES, info=address):
            assert client.get(address).status_code == 200


# --- places --------------------------------------------------------------------------------------
SQUARE = {"type": "Polygon", "coordinates": [[[104.05, 30.63], [104.06, 30.63], [104.06, 30.64], [104.05, 30.64], [104.05, 30.63]]]}


def test_an_outline_is_previewed_kept_converted_drawn_on_and_found_by_a_point(cast: Cast, django_assert_max_num_queries: Any) -> None:
    client = as_(cast.inside["community_head"])
    where = f"/desk/places/{cast.here.compound.pk}/outline/"
    Place.objects.update(latitude=None, longitude=None, outline=None)
    unknown = text(client.get(where))
    assert "这一带还没有任何坐标" in unknown and "data-corners" not in unknown
    given = {"text": json.dumps(SQUARE), "datum": "gcj02"}

    seen = client.post(where, {**given, "preview": "1"})
    assert seen.status_code == 200 and "<svg" in text(seen) and Place.objects.get(pk=cast.here.compound.pk).outline is None
    assert client.post(where, given).status_code == 302

    kept = Place.objects.get(pk=cast.here.compound.pk).outline
    assert kept is not None and kept["coordinates"][0][0] != [104.05, 30.63]
    # From now on it can be drawn on, and so can what lies in it and around it.
    for place, begins in ((cast.here.compound, True), (cast.here.buildings[0], False), (cast.here.community, False)):
        with django_assert_max_num_queries(MOST_QUERIES):
            page = text(client.get(f"/desk/places/{place.pk}/outline/"))
        assert 'data-corners="id_text"' in page, place.name
        assert ('data-now="[[' in page) is begins, place.name
    inside = text(client.get("/desk/places/at/", {"latitude": "30.635", "longitude": "104.055", "datum": "gcj02"}))
    assert "在“芳草苑”里" in inside


@pytest.mark.parametrize(
    "given",
    ["not json", '{"type": "Point", "coordinates": [1, 2]}', '{"type": "Polygon", "coordinates": [[[0,0],[1,1],[0,0]]]}', "[" * 5000],
)
def test_a_bad_outline_is_refused_and_what_was_pasted_stays(cast: Cast, given: str) -> None:
    answer = as_(cast.inside["community_head"]).post(f"/desk/places/{cast.here.compound.pk}/outline/", {"text": given, "datum": "wgs84"})

    assert answer.status_code == 422 and "error-summary" in text(answer)


@pytest.mark.parametrize(
    ("typed", "datum", "kept"),
    [
        ("30.6302, 104.0561", "wgs84", (30.6302, 104.0561)),
        ("104.0561，30.6302", "wgs84", (30.6302, 104.0561)),
        ("104.0561,30.6302", "gcj02", (30.6327, 104.0536)),
        ("东经一百零四度", "wgs84", None),
        ("30.6302", "wgs84", None),
        ("300, 104", "wgs84", None),
    ],
)
def test_a_building_nobody_drew_gets_a_point_as_it_is_copied_from_a_map(
    cast: Cast, typed: str, datum: str, kept: tuple[float, float] | None
) -> None:
    building = cast.here.buildings[0]

    answer = as_(cast.inside["community_head"]).post(f"/desk/places/{building.pk}/outline/", {"point": typed, "datum": datum})

    building.refresh_from_db()
    assert answer.status_code == (302 if kept else 422)
    assert building.point == (pytest.approx(kept, abs=0.0002) if kept else None)
    assert typed in text(answer) or kept


def test_places_are_added_renamed_described_split_moved_and_merged(cast: Cast) -> None:
    client = as_(cast.inside["community_head"])
    compound = cast.here.compound
    client.post(f"/desk/places/{compound.pk}/add/", {"kind": "building", "name": "5 栋"})
    five = Place.objects.get(parent=compound, name="5 栋")
    client.post(f"/desk/places/{five.pk}/rename/", {"name": "6 栋"})
    client.post(f"/desk/places/{compound.pk}/describe/", {"community_type": "old_residential", "phone": "028-85551234"})

    client.post(f"/desk/places/{compound.pk}/split/", {"name": "芳草二苑", "children": [five.pk]})
    fresh = Place.objects.get(name="芳草二苑")
    five.refresh_from_db()
    assert (five.name, five.parent_id) == ("6 栋", fresh.pk)

    client.post(f"/desk/places/{five.pk}/move/", {"target": f"#{compound.pk}"})
    client.post(f"/desk/places/{fresh.pk}/merge/", {"target": f"#{compound.pk}"})
    fresh.refresh_from_db()
    five.refresh_from_db()
    assert five.parent_id == compound.pk and fresh.merged_into_id == compound.pk
    history = text(client.get(f"/desk/places/{five.pk}/"))
    assert "由“5 栋”改名为“6 栋”" in history and "移到另一个上级之下" in history


def test_nobody_moves_a_place_out_of_or_into_another_street(cast: Cast) -> None:
    client = as_(cast.inside["community_head"])

    out = client.post(f"/desk/places/{cast.here.buildings[0].pk}/move/", {"target": f"#{cast.there.compound.pk}"})

    assert out.status_code == 422
    assert client.get(f"/desk/places/{cast.there.compound.pk}/").status_code == 404
    assert client.post(f"/desk/places/{cast.there.compound.pk}/rename/", {"name": "我的"}).status_code == 404


# --- settings ------------------------------------------------------------------------------------
def promise(**more: Any) -> dict[str, str]:
    return {"kind": "request", "subject": "resolve", "amount": "2", "unit": "working_days", "source": "街道办法第三条", **more}


def test_a_new_promise_ends_the_same_old_one_and_running_clocks_keep_theirs(cast: Cast) -> None:
    matter = dispatched(cast)
    before = list(Clock.objects.filter(matter=matter).order_by("pk").values_list("amount", "unit", "due_at"))
    client = as_(cast.inside["system_admin"])

    client.post("/desk/settings/promises/", promise())
    client.post("/desk/settings/promises/", promise(amount="1"))

    rules = PromiseRule.objects.filter(subject="resolve", category=None, fast_lane=False, urgency="", place=None).order_by("pk")
    assert [(r.amount, r.ends_at is None) for r in rules][-2:] == [(2, False), (1, True)]
    assert list(Clock.objects.filter(matter=matter).order_by("pk").values_list("amount", "unit", "due_at")) == before
    assert "街道办法第三条" in text(client.get("/desk/settings/promises/"))


def test_a_street_officer_promises_for_the_street_and_not_for_everywhere(cast: Cast) -> None:
    client = as_(cast.inside["street_officer"])

    assert client.post("/desk/settings/promises/", promise()).status_code == 403
    assert client.post("/desk/settings/promises/", promise(place=f"{HERE}街道")).status_code == 302
    assert PromiseRule.objects.get(source="街道办法第三条").place == cast.here.street


def test_a_promise_without_a_source_comes_back(cast: Cast) -> None:
    answer = as_(cast.inside["system_admin"]).post("/desk/settings/promises/", promise(source="", amount="7"))

    assert answer.status_code == 422 and 'value="7"' in text(answer) and "请写明依据" in text(answer)


def test_a_category_is_changed_and_the_suggester_knows_at_once(cast: Cast) -> None:
    leaf = Category.objects.exclude(parent=None)[0]
    suggest.suggest("热身", "")
    given = {
        "name_zh": leaf.name_zh,
        "name_en": leaf.name_en,
        "parent": leaf.parent_id,
        "urgency": "ordinary",
        "keywords": "量子井盖",
        "external_codes": "12345 = 0203",
        "active": "on",
    }

    as_(cast.inside["system_admin"]).post(f"/desk/settings/categories/{leaf.pk}/", given)

    leaf.refresh_from_db()
    found = suggest.suggest("量子井盖不见了", "").category
    assert leaf.external_codes == {"12345": "0203"}
    assert found is not None and found.code == leaf.code


def test_eighteen_frequent_matters_and_no_more(cast: Cast) -> None:
    actor = cast.inside["system_admin"]
    now = timezone.now()
    leaves = list(Category.objects.exclude(parent=None))
    Category.objects.filter(pk__in=[c.pk for c in leaves]).update(fast_lane=False)
    for leaf in leaves[:18]:
        setting_actions.save_category(
            actor=actor, now=now, category=Category.objects.get(pk=leaf.pk), name_zh=leaf.name_zh, parent=leaf.parent, fast_lane=True
        )

    with pytest.raises(Refused, match="已经有 18 项"):
        setting_actions.save_category(
            actor=actor,
            now=now,
            category=Category.objects.get(pk=leaves[18].pk),
            name_zh="第十九项",
            parent=leaves[18].parent,
            fast_lane=True,
        )


def test_categories_are_set_by_nobody_else(cast: Cast) -> None:
    leaf = Category.objects.exclude(parent=None)[0]

    with pytest.raises(NotAllowed):
        setting_actions.save_category(actor=cast.inside["street_officer"], now=timezone.now(), category=leaf, name_zh="改名")
    with pytest.raises(Invalid):
        setting_actions.save_category(actor=cast.inside["system_admin"], now=timezone.now(), code="Bad Code", name_zh="新")


def test_a_year_is_declared_only_after_its_days_are_entered(cast: Cast) -> None:
    client = as_(cast.inside["system_admin"])
    assert not calendar().covers(2031)

    empty = client.post("/desk/settings/calendar/declare/", {"year": "2031"}, follow=True)
    assert "还没有录入任何放假的日子" in text(empty) and not CalendarYear.objects.exists()

    client.post("/desk/settings/calendar/?year=2031", {"day": "2031-01-01", "working": "off", "name": "元旦"})
    client.post("/desk/settings/calendar/declare/", {"year": "2031"})

    assert calendar().covers(2031) and not calendar().is_working_day(date(2031, 1, 1))
    client.post("/desk/settings/calendar/remove/", {"day": "2031-01-01"})
    assert not WorkDay.objects.exists() and calendar().is_working_day(date(2031, 1, 1))


@pytest.mark.parametrize("day", ["2026-02-30", "1999-01-01", ""])
def test_a_day_that_is_none_is_refused(cast: Cast, day: str) -> None:
    answer = as_(cast.inside["system_admin"]).post("/desk/settings/calendar/", {"day": day, "working": "off", "name": "春节"})

    assert answer.status_code == 422 and 'value="春节"' in text(answer)


def test_gateways_say_what_is_missing_and_each_setting_is_in_the_log(cast: Cast) -> None:
    client = as_(cast.inside["system_admin"])

    page = text(client.get("/desk/settings/gateways/"))
    client.post("/desk/settings/promises/", promise())

    assert "LINLI_SMS_URL" in page
    assert client.post("/desk/settings/gateways/sms/test/", {"to": "13800138000"}).status_code == 404
    assert Event.objects.filter(kind="promise_set").count() == 1

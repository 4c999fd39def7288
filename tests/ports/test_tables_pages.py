"""Import at the Desk: upload, columns, check, marked copy, import, history; and lists to take away."""

from __future__ import annotations

import io
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from linli.kernel.access.refusals import NotFound
from linli.kernel.accounts.models import Account
from linli.kernel.people.models import Person
from linli.ports.tables import jobs, storage
from linli.ports.tables.models import ImportJob
from tests.factories import build_cast

GOOD = "姓名,身份证号,手机,小区,楼栋,单元,房号,与户主关系\n王小明,11010519491231002X,13800138000,芳草苑,7,1,501,户主\n李梅,,13900139000,芳草苑,7,1,501,配偶\n"
BAD = GOOD.replace("13900139000", "1.39E+10")


@pytest.fixture
def desk(db: Any, settings: Any) -> Client:
    """A community worker at the Desk."""
    settings.STAFF_SECOND_FACTOR = "optional"
    build_cast()
    return signed_in("community_worker.here")


def signed_in(username: str) -> Client:
    client = Client()
    found = Account.objects.filter(username__startswith=username).order_by("username").first()
    assert found is not None
    client.force_login(found, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def upload(client: Client, text: str, kind: str = "residents", name: str = "名册.csv") -> Any:
    file = io.BytesIO(text.encode("gbk"))
    file.name = name
    return client.post(f"/desk/import/new/{kind}/", {"file": file, "place": "芳草社区"}, follow=True)


def confirm(client: Client, job: ImportJob) -> Any:
    return client.post(f"/desk/import/{job.pk}/columns/", {f"c{at}": key for key, at in job.mapping.items()}, follow=True)


def only_job() -> ImportJob:
    return ImportJob.objects.get()


def test_roster_goes_the_whole_way_and_leaves_no_file(desk: Client):
    shown = upload(desk, GOOD)
    assert "按表头认出" in shown.content.decode() and "13800138000" in shown.content.decode()
    checked = confirm(desk, only_job())
    assert "检查通过" in checked.content.decode() and not Person.objects.filter(name="王小明").exists()
    done = desk.post(f"/desk/import/{only_job().pk}/go/", follow=True)

    assert "导入完成" in done.content.decode()
    assert Person.objects.filter(name="王小明").count() == 1
    with pytest.raises(NotFound, match="已经清理"):
        storage.fetch(only_job().file)
    assert "名册.csv" in desk.get("/desk/import/").content.decode()


def test_faults_are_shown_and_the_marked_copy_comes_down(desk: Client):
    upload(desk, BAD)
    checked = confirm(desk, only_job()).content.decode()
    marked = desk.get(f"/desk/import/{only_job().pk}/marked.xlsx")
    refused = desk.post(f"/desk/import/{only_job().pk}/go/", follow=True)
    skipped = desk.post(f"/desk/import/{only_job().pk}/go/", {"skip_bad": "1"}, follow=True)

    assert "科学计数法" in checked
    assert "科学计数法" in openpyxl.load_workbook(io.BytesIO(marked.content)).worksheets[0].cell(3, 9).value
    assert "还有 1 行要改" in refused.content.decode()
    assert "导入完成" in skipped.content.decode()
    assert list(Person.objects.filter(name__in=["王小明", "李梅"]).values_list("name", flat=True)) == ["王小明"]


def test_uploaded_file_lies_sealed(desk: Client):
    upload(desk, GOOD)

    stored = (storage.SHEETS.path() / only_job().file).read_bytes()

    assert b"13800138000" not in stored and storage.fetch(only_job().file).startswith("姓名".encode("gbk"))


def test_large_import_waits_for_the_worker_and_survives_its_death(desk: Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(jobs, "AT_ONCE", 0)
    upload(desk, GOOD)
    waiting = confirm(desk, only_job()).content.decode()
    # A worker that died while checking: the state says it is at work, but nobody holds the lock.
    ImportJob.objects.update(state="checking", attempts=1)

    worked = jobs.work(timezone.now())

    assert 'hx-trigger="every 2s"' in waiting
    assert worked == 1 and only_job().state == "checked"
    ImportJob.objects.update(state="importing", attempts=jobs.ATTEMPTS)
    jobs.work(timezone.now())
    assert only_job().state == "failed" and not Person.objects.filter(name="王小明").exists()


def test_job_somebody_works_on_is_left_alone(desk: Client, monkeypatch: pytest.MonkeyPatch, settings: Any):
    if settings.TEST_DATABASE == "postgres":
        pytest.skip("PostgreSQL gives one connection its own lock twice; two workers have two connections")
    monkeypatch.setattr(jobs, "AT_ONCE", 0)
    upload(desk, GOOD)
    confirm(desk, only_job())

    with jobs._held(only_job().pk) as mine:
        assert mine and jobs.work(timezone.now()) == 0

    assert only_job().state == "to_check"


def test_wrong_file_column_and_place_are_said_on_the_form(desk: Client):
    junk = io.BytesIO(b"\x7fELF\x00\x01\x02")
    junk.name = "名册.xlsx"
    refused = desk.post("/desk/import/new/residents/", {"file": junk, "place": "芳草社区"})
    elsewhere = desk.post("/desk/import/new/residents/", {"file": io.BytesIO(GOOD.encode()), "place": "桐梓社区"})
    upload(desk, GOOD)
    doubled = desk.post(f"/desk/import/{only_job().pk}/columns/", {"c0": "name", "c1": "name"})

    assert (refused.status_code, elsewhere.status_code, doubled.status_code) == (422, 422, 422)
    assert "不是表格文件" in refused.content.decode() and "已经对应了另一列" in doubled.content.decode()


def test_others_neither_see_nor_touch_somebodys_import(desk: Client):
    upload(desk, GOOD)
    head, resident = signed_in("community_head.here"), signed_in("resident.here")

    assert head.get(f"/desk/import/{only_job().pk}/").status_code == 404
    assert head.post(f"/desk/import/{only_job().pk}/drop/").status_code == 404
    assert resident.get("/desk/import/new/residents/").status_code == 403
    assert resident.get("/desk/export/residents?format=csv").status_code == 403


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", ["residents", "homes", "places", "requests"])
def test_lists_are_taken_away_in_both_formats(desk: Client, kind: str, form: str):
    answer = desk.get(f"/desk/export/{kind}?format={form}&status=open")
    content = b"".join(answer.streaming_content)

    assert answer.status_code == 200 and content[:2] == (b"PK" if form == "xlsx" else b"\xef\xbb")
    assert f".{form}" in answer["Content-Disposition"]


def test_pages_ask_few_questions_of_the_database(desk: Client, django_assert_max_num_queries: Any):
    upload(desk, BAD)
    confirm(desk, only_job())

    for address in (
        "/desk/import/",
        "/desk/import/new/residents/",
        f"/desk/import/{only_job().pk}/",
        f"/desk/import/{only_job().pk}/columns/",
    ):
        desk.get(address)
        with django_assert_max_num_queries(12):
            assert desk.get(address).status_code == 200

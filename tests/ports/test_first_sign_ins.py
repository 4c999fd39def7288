"""Staff imported from a sheet come in: one-time passwords for the accounts it opened, for the importer, once."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone

from linli.kernel.accounts.actions import grant_role, open_account
from linli.kernel.accounts.models import Account
from linli.ports.tables.commands import import_
from linli.ports.tables.models import ImportJob
from tests.factories import HOUSE, build_cast

STAFF = "姓名,用户名,手机,角色,单位,负责范围\n李敏,limin,13900139001,社区工作者,,\n周强,zhouq,13900139002,社区工作者,,\n"
PASSWORD = re.compile(r"(?:[a-z2-9]{4}-){3}[a-z2-9]{4}")


def signed_in(username: str, role: str) -> Client:
    account = open_account(actor=HOUSE, username=username, name=username, now=timezone.now())
    grant_role(actor=HOUSE, account=account, role=role, place=None, now=timezone.now())
    client = Client()
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def imported(db: Any, settings: Any) -> tuple[Client, ImportJob]:
    """A security administrator who has just imported two people."""
    settings.STAFF_SECOND_FACTOR = "optional"
    build_cast()
    client = signed_in("root.security", "security_admin")
    file = io.BytesIO(STAFF.encode())
    file.name = "人员.csv"
    client.post("/desk/import/new/staff/", {"file": file, "place": "芳草社区"})
    job = ImportJob.objects.get()
    client.post(f"/desk/import/{job.pk}/columns/", {f"c{at}": key for key, at in job.mapping.items()})
    client.post(f"/desk/import/{job.pk}/go/")
    job.refresh_from_db()
    assert job.state == "done", job.summary
    return client, job


def test_page_of_results_gives_them_once_and_whoever_lost_the_sheet_anew(imported: tuple[Client, ImportJob]) -> None:
    client, job = imported
    address = f"/desk/import/{job.pk}/first-passwords/"

    offered = client.get(f"/desk/import/{job.pk}/").content.decode()
    paper = client.post(address).content.decode()
    after = client.get(f"/desk/import/{job.pk}/").content.decode()
    twice = client.post(address)
    anew = client.post(address, {"again": "1", "format": "xlsx"})

    first = PASSWORD.findall(paper)
    rows = list(openpyxl.load_workbook(io.BytesIO(b"".join(anew.streaming_content))).worksheets[0].iter_rows(min_row=2, values_only=True))
    limin = Account.objects.get(username="limin")
    assert "2 人还没有密码" in offered and "2 人发过密码，还没有登录" in after and not PASSWORD.search(after)
    assert len(first) == 2 and "李敏" in paper and twice.status_code == 409
    assert [row[1] for row in rows] == ["limin", "zhouq"]
    assert limin.check_password(rows[0][2]) and not limin.check_password(first[0]) and limin.must_change_password


def test_they_come_in_and_the_page_says_so(imported: tuple[Client, ImportJob]) -> None:
    client, job = imported
    passwords = PASSWORD.findall(client.post(f"/desk/import/{job.pk}/first-passwords/").content.decode())

    for username, password in zip(("limin", "zhouq"), passwords, strict=True):
        newcomer = Client()
        newcomer.post("/sign-in/", {"how": "password", "login": username, "password": password})
        assert newcomer.get("/desk/").headers["Location"] == "/accounts/password/change/"
        done = newcomer.post(
            "/accounts/password/change/", {"oldpassword": password, "password1": "only-i-know-this", "password2": "only-i-know-this"}
        )
        assert done.status_code == 302 and newcomer.get("/desk/").status_code == 200

    assert "都已经登录过" in client.get(f"/desk/import/{job.pk}/").content.decode()
    assert client.post(f"/desk/import/{job.pk}/first-passwords/", {"again": "1"}).status_code == 409


def test_somebody_elses_import_gives_nothing(imported: tuple[Client, ImportJob]) -> None:
    _client, job = imported

    answer = signed_in("second.security", "security_admin").post(f"/desk/import/{job.pk}/first-passwords/")

    assert answer.status_code == 404
    assert not Account.objects.get(username="limin").has_usable_password()


def test_command_line_import_writes_them_to_a_file_or_says_how(db: Any, tmp_path: Path) -> None:
    cast = build_cast()
    sheet, out = tmp_path / "人员.csv", tmp_path / "密码.csv"
    sheet.write_text(STAFF, encoding="utf-8")
    place = ["--place", cast.here.community.code, "--quiet"]

    wrong = CliRunner().invoke(import_, ["staff", str(sheet), "--dry-run", "--passwords", str(out), *place])
    done = CliRunner().invoke(import_, ["staff", str(sheet), "--passwords", str(out), *place])
    sheet.write_text(STAFF.replace("limin", "limin2").replace("13900139001", ""), encoding="utf-8")
    told = CliRunner().invoke(import_, ["staff", str(sheet), "--skip-bad", *place])

    written = out.read_text(encoding="utf-8-sig")
    assert wrong.exit_code == 2 and done.exit_code == 0, done.output
    assert len(PASSWORD.findall(written)) == 2 and not PASSWORD.search(done.output)
    assert Account.objects.get(username="limin").check_password(PASSWORD.findall(written)[0])
    assert told.exit_code == 0 and "linli user first-passwords" in told.output

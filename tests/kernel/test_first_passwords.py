"""First passwords: given once, to those who never came in, forced to be changed, the same by page and by command."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotAllowed
from linli.kernel.accounts import commands
from linli.kernel.accounts.actions import grant_role, open_account
from linli.kernel.accounts.first_passwords import hand_out
from linli.kernel.accounts.models import Account, Event
from linli.kernel.accounts.queries import actor_of
from tests.factories import HOUSE, Cast

PASSWORD = re.compile(r"(?:[a-z2-9]{4}-){3}[a-z2-9]{4}")
PAGE = "/desk/accounts/first-passwords/"


@pytest.fixture(autouse=True)
def _one_factor(settings: Any) -> None:
    settings.STAFF_SECOND_FACTOR = "optional"


def newcomer(cast: Cast, username: str = "new.worker", name: str = "新来的") -> Account:
    """Somebody with an account and a role, and no password."""
    account = open_account(actor=HOUSE, username=username, name=name, now=timezone.now())
    grant_role(actor=HOUSE, account=account, role="community_worker", place=cast.here.community, now=timezone.now())
    return account


def security(cast: Cast) -> tuple[Actor, Client]:
    account = open_account(actor=HOUSE, username="root.security", name="全域安全员", now=timezone.now() - timedelta(days=1))
    grant_role(actor=HOUSE, account=account, role="security_admin", place=None, now=timezone.now() - timedelta(days=1))
    client = Client()
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    Account.objects.filter(pk=account.pk).update(last_seen_at=timezone.now())
    return actor_of(account, now=timezone.now()), client


def test_slips_are_shown_once_and_open_the_page_where_the_password_is_changed(cast: Cast) -> None:
    account, (_actor, root) = newcomer(cast), security(cast)

    listed = root.get(PAGE).content.decode()
    answer = root.post(PAGE, {"account": account.pk})
    (password,) = PASSWORD.findall(answer.content.decode())
    client = Client()
    client.post("/sign-in/", {"how": "password", "login": "new.worker", "password": password})

    assert "new.worker" in listed and "社区工作者" in listed
    assert "no-store" in answer["Cache-Control"] and "只显示一次" in answer.content.decode()
    assert client.get("/desk/").headers["Location"] == "/accounts/password/change/"
    assert password not in root.get(PAGE).content.decode()
    assert password not in str(list(Event.objects.values_list("who", "about", "details")))
    assert Event.objects.filter(kind="first_password_given", about="new.worker").count() == 1


def test_the_sheet_holds_one_row_for_each_and_is_not_kept_by_the_browser(cast: Cast) -> None:
    one, two = newcomer(cast), newcomer(cast, "new.two", "=1+1")
    _actor, root = security(cast)

    answer = root.post(PAGE, {"account": [one.pk, two.pk], "format": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    rows = {row[1]: row for row in sheet.iter_rows(min_row=2, values_only=True)}

    assert "no-store" in answer["Cache-Control"]
    assert rows["new.two"][0] == "=1+1" and sheet.cell(2, 1).data_type == "s"
    two.refresh_from_db()
    assert two.check_password(rows["new.two"][2]) and two.must_change_password


def test_whoever_came_in_meanwhile_keeps_the_password_they_chose(cast: Cast) -> None:
    account, (actor, root) = newcomer(cast), security(cast)
    account.set_password("mine-since-this-morning")
    account.last_seen_at = timezone.now()
    account.save()

    handed = hand_out(actor=actor, accounts=[account], now=timezone.now())

    account.refresh_from_db()
    assert handed == [] and account.check_password("mine-since-this-morning")
    assert "new.worker" not in root.get(PAGE).content.decode()


def test_given_again_the_one_before_no_longer_works(cast: Cast) -> None:
    account, (actor, _root) = newcomer(cast), security(cast)

    first = hand_out(actor=actor, accounts=[account], now=timezone.now())[0].password
    second = hand_out(actor=actor, accounts=[account], now=timezone.now())[0].password

    account.refresh_from_db()
    assert account.check_password(second) and not account.check_password(first)


def test_only_who_may_open_accounts_gives_them_and_only_in_reach(cast: Cast) -> None:
    account = newcomer(cast)

    with pytest.raises(NotAllowed):
        hand_out(actor=cast.outside["security_admin"], accounts=[account], now=timezone.now())
    with pytest.raises(NotAllowed):
        hand_out(actor=cast.inside["community_head"], accounts=[account], now=timezone.now())

    account.refresh_from_db()
    assert not account.has_usable_password()


def test_nobody_chosen_is_said_and_nothing_given(cast: Cast) -> None:
    newcomer(cast)
    _actor, root = security(cast)

    answer = root.post(PAGE, {})

    assert answer.status_code == 422 and "请先勾选" in answer.content.decode()
    assert not Event.objects.filter(kind="first_password_given").exists()


def test_the_command_writes_a_file_its_owner_alone_reads_and_never_over_another(cast: Cast, tmp_path: Path) -> None:
    account, out = newcomer(cast), tmp_path / "slips.csv"

    done = CliRunner().invoke(commands.user, ["first-passwords", str(out), "--place", cast.here.community.code, "--quiet"])
    again = CliRunner().invoke(commands.user, ["first-passwords", str(out), "--again", "--quiet"])
    idle = CliRunner().invoke(commands.user, ["first-passwords", str(tmp_path / "b.csv"), "--place", cast.here.community.code, "--quiet"])

    row = next(line for line in out.read_text(encoding="utf-8-sig").splitlines() if "new.worker" in line)
    (password,) = PASSWORD.findall(row)
    account.refresh_from_db()
    assert done.exit_code == 0, done.output
    assert out.stat().st_mode & 0o777 == 0o600 and account.check_password(password) and password not in done.output
    assert again.exit_code == 1 and "已经存在" in again.output
    assert idle.exit_code == 0 and "没有要发放的" in idle.output and not (tmp_path / "b.csv").exists()

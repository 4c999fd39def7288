"""Accounts and tokens from the terminal: what is printed, what is refused in one line, and that it works at the door afterwards."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from django.test import Client
from django.utils import timezone

from linli.config import cli
from linli.kernel.accounts import commands
from linli.kernel.accounts.models import Account, ApiToken, Event, Grant, Unit
from linli.kernel.accounts.queries import grants_in_force
from linli.kernel.matters.commands import docs, verify
from linli.ports.api import limits
from tests.factories import Cast, account_of, raised

PASSWORD = re.compile(r"一次性密码（只显示这一次，首次登录必须更改）：(\S+)")


@pytest.fixture(autouse=True)
def _limits_start_anew() -> Iterator[None]:
    limits.start_anew()
    yield
    limits.start_anew()


@pytest.fixture(autouse=True)
def _set_up_already(monkeypatch: pytest.MonkeyPatch) -> None:
    """Setting up again would point the log at a stream that closes with the test."""
    monkeypatch.setattr(cli, "set_up", lambda: None)


def user(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(commands.user, list(arguments), input=typed)


def token(*arguments: str) -> Result:
    return CliRunner().invoke(commands.token, list(arguments))


def roles_of(username: str) -> list[str]:
    return list(Grant.objects.filter(grants_in_force(timezone.now()), account__username=username).values_list("role", flat=True))


def new_worker(cast: Cast) -> str:
    """A community worker opened on the command line; the one-time password."""
    done = user("add", "zhang.min", "--name", "张敏", "--role", "community_worker", "--place", cast.here.community.code)
    assert done.exit_code == 0, done.output
    return PASSWORD.findall(done.output)[0]


def new_token(*scopes: str) -> str:
    done = token("add", "--account", "zhang.min", "--name", "平台", *(part for scope in scopes for part in ("--scope", scope)))
    assert done.exit_code == 0, done.output
    return done.output.strip()


def one_line(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Run a command line as the terminal does: its exit code, and the one line on stderr."""
    code = cli.run(list(arguments))
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("linli: ")
    assert told.err.count("\n") == 1
    assert "Traceback" not in told.err
    return code, told.err


# --- user add ---------------------------------------------------------------------------------------------------------------------------
def test_a_new_account_gets_its_role_its_office_and_a_password_told_once(cast: Cast) -> None:
    done = user("add", "Zhang.Min", "--name", "张敏", "--role", "community_worker", "--place", cast.here.community.code)

    assert done.exit_code == 0, done.output
    (password,) = PASSWORD.findall(done.output)
    assert done.output.count(password) == 1
    account = Account.objects.get(username="zhang.min")
    assert (account.name, account.must_change_password, account.check_password(password)) == ("张敏", True, True)
    grant = Grant.objects.select_related("unit").get(account=account)
    assert (grant.role, grant.place_id, grant.ends_at) == ("community_worker", cast.here.community.pk, None)
    assert grant.unit is not None and grant.unit.place_id == cast.here.community.pk
    assert grant.unit.name in done.output
    for later in (user("list"), user("list", "--all"), token("list")):
        assert password not in later.output
    assert password not in json.dumps(list(Event.objects.values_list("who", "about", "details")), ensure_ascii=False)


def test_somebody_known_is_given_one_more_role_and_no_new_password(cast: Cast) -> None:
    password = new_worker(cast)

    done = user("add", "zhang.min", "--role", "grid_worker", "--place", cast.here.community.code)

    assert done.exit_code == 0, done.output
    assert not PASSWORD.search(done.output)
    assert sorted(roles_of("zhang.min")) == ["community_worker", "grid_worker"]
    assert Account.objects.get(username="zhang.min").check_password(password)


def test_a_password_from_standard_input_is_not_printed_and_need_not_be_changed(cast: Cast) -> None:
    secret = "qingshan-lvshui-2026"

    done = user("add", "li.lei", "--role", "auditor", "--password-stdin", typed=f"{secret}\n")

    assert done.exit_code == 0, done.output
    assert secret not in done.output and not PASSWORD.search(done.output)
    account = Account.objects.get(username="li.lei")
    assert account.check_password(secret) and not account.must_change_password


def test_a_role_for_some_days_ends_by_itself(cast: Cast) -> None:
    user("add", "xiao.wang", "--role", "auditor", "--days", "30")

    grant = Grant.objects.get(account__username="xiao.wang")

    assert grant.ends_at is not None and (grant.ends_at - grant.starts_at).days == 30


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--role", "king", "--place", "all"], 2, "king"),
        (["--place", "all"], 2, "--role"),
        (["--role", "community_worker", "--place", "999999999999"], 1, "没有“999999999999”这个地点"),
        (["--role", "community_worker", "--place", "不存在社区"], 1, "没有“不存在社区”这个地点"),
        (["--role", "department_handler", "--place", "all", "--unit", "没有这个科"], 1, "没有（或不止一个）叫“没有这个科”的单位"),
        (["--role", "department_handler", "--place", "all"], 1, "要指定所在单位"),
        (["--role", "auditor", "--days", "0"], 2, "--days"),
    ],
    ids=["unknown role", "no role", "unknown code", "unknown name", "unknown unit", "unit missing", "no days"],
)
def test_what_does_not_fit_is_said_in_one_line_and_opens_nothing(
    cast: Cast, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, says: str
) -> None:
    before = (Account.objects.count(), Grant.objects.count(), Unit.objects.count())

    ended, line = one_line(capsys, "user", "add", "zhang.min", *arguments)

    assert ended == code
    assert says in line
    assert (Account.objects.count(), Grant.objects.count(), Unit.objects.count()) == before


def test_two_administrators_roles_for_one_person_are_refused_by_the_rule(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    user("add", "zhang.min", "--role", "security_admin")

    ended, line = one_line(capsys, "user", "add", "zhang.min", "--role", "system_admin")

    assert ended == 1
    assert "GB/T 22239 8.1.4.2" in line
    assert roles_of("zhang.min") == ["security_admin"]


def test_a_weak_password_is_refused_and_opens_nothing(cast: Cast) -> None:
    done = user("add", "zhang.min", "--role", "auditor", "--password-stdin", typed="12345678\n")

    assert done.exit_code != 0
    assert "密码" in str(done.exception)
    assert not Account.objects.filter(username="zhang.min").exists()


# --- user list, end, reset --------------------------------------------------------------------------------------------------------------
def test_the_list_tells_who_holds_what_where(cast: Cast) -> None:
    new_worker(cast)
    account_of("nobody", "没有角色")

    everybody, workers, all_of_them = user("list").output, user("list", "--role", "community_worker").output, user("list", "--all").output

    row = next(line for line in everybody.splitlines() if line.startswith("zhang.min\t"))
    assert "张敏" in row and "在用" in row and cast.here.community.name in row
    assert "zhang.min" in workers and "auditor.here" not in workers and "auditor.here" in everybody
    assert "nobody" not in everybody and "nobody" in all_of_them


def test_one_role_ends_or_the_whole_account_with_its_tokens(cast: Cast, client: Client) -> None:
    new_worker(cast)
    user("add", "zhang.min", "--role", "grid_worker", "--place", cast.here.community.code)
    secret = new_token("read")

    assert "收回了 1 项" in user("end", "zhang.min", "--role", "grid_worker").output
    assert roles_of("zhang.min") == ["community_worker"]

    assert user("end", "zhang.min").exit_code == 0
    account = Account.objects.get(username="zhang.min")
    assert (account.is_active, roles_of("zhang.min")) == (False, [])
    assert "zhang.min" not in token("list").output
    assert client.get("/api/v1/requests", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    assert "已停用" in next(line for line in user("list", "--all").output.splitlines() if line.startswith("zhang.min\t"))


def test_a_reset_gives_a_new_password_told_once_and_the_old_one_is_gone(cast: Cast) -> None:
    old = new_worker(cast)
    Account.objects.filter(username="zhang.min").update(must_change_password=False)

    done = user("reset", "zhang.min")

    (password,) = PASSWORD.findall(done.output)
    assert done.output.count(password) == 1
    account = Account.objects.get(username="zhang.min")
    assert account.check_password(password) and not account.check_password(old)
    assert account.must_change_password


@pytest.mark.parametrize("words", [["user", "end"], ["user", "reset"], ["token", "add", "--scope", "read", "--account"]], ids=" ".join)
def test_an_account_nobody_has_is_said_in_one_line(cast: Cast, capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    ended, line = one_line(capsys, *words, "wu.ming")

    assert ended == 1
    assert "没有“wu.ming”这个账号" in line


# --- tokens -----------------------------------------------------------------------------------------------------------------------------
def test_a_token_opens_what_its_account_may_read_until_it_is_revoked(cast: Cast, client: Client) -> None:
    new_worker(cast)
    matter = raised(cast, visibility="private")
    address = f"/api/v1/requests/{matter.ref}"
    secret = new_token("read")
    headers = {"Authorization": f"Bearer {secret}"}

    assert client.get(address).status_code == 404
    read = client.get(address, headers=headers)
    assert read.status_code == 200, read.content
    assert read.json()["request"]["ref"] == matter.ref
    accept = client.post(f"{address}/accept", data="{}", content_type="application/json", headers=headers)
    assert accept.status_code == 403  # the account may accept, this token may only read

    number = ApiToken.objects.get().pk
    revoked = token("revoke", str(number))
    assert revoked.exit_code == 0 and f"令牌 {number} 已收回" in revoked.output
    assert client.get(address, headers=headers).status_code == 401


def test_a_token_for_one_verb_does_that_verb(cast: Cast, client: Client) -> None:
    new_worker(cast)
    matter = raised(cast, now=timezone.now())
    secret = new_token("request.accept", "read")

    accepted = client.post(
        f"/api/v1/requests/{matter.ref}/accept",
        data="{}", content_type="application/json", headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": "k1"},
    )  # fmt: skip

    assert accepted.status_code == 200, accepted.content
    assert accepted.json()["state"] == "accepted"


def test_a_token_is_printed_once_alone_and_kept_as_a_hash(cast: Cast) -> None:
    new_worker(cast)

    secret = new_token("read")

    row = ApiToken.objects.get()
    assert re.fullmatch(r"linli_[\w-]{40,}", secret)
    assert secret not in row.hash
    listed = token("list", "--account", "zhang.min").output
    assert secret not in listed
    assert listed.split("\t")[:4] == [str(row.pk), "zhang.min", "平台", "read"]
    assert row.expires_at is not None and (row.expires_at - row.created_at).days == 90
    assert token("list", "--account", "auditor.here").output == ""


@pytest.mark.parametrize("scope", ["fly", "request.fly", "nothing.*", " "])
def test_a_scope_nobody_knows_is_refused_in_one_line(cast: Cast, capsys: pytest.CaptureFixture[str], scope: str) -> None:
    new_worker(cast)

    ended, line = one_line(capsys, "token", "add", "--account", "zhang.min", "--scope", scope)

    assert ended == 1
    assert "没有这样的权限范围" in line
    assert not ApiToken.objects.exists()


def test_a_token_nobody_made_cannot_be_revoked(cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    ended, line = one_line(capsys, "token", "revoke", "4711")

    assert ended == 1
    assert "没有找到这个令牌" in line


# --- help -------------------------------------------------------------------------------------------------------------------------------
def every_command() -> Iterator[Any]:
    for group in (commands.user, commands.unit, commands.token, commands.keys, verify, docs):
        assert isinstance(group, click.Command)
        yield pytest.param(group, [], id=str(group.name))
        for name in group.commands if isinstance(group, click.Group) else ():
            yield pytest.param(group, [name], id=f"{group.name} {name}")


@pytest.mark.parametrize(("command", "words"), list(every_command()))
def test_help_shows_an_example_that_can_be_typed(command: click.Command, words: list[str]) -> None:
    done = CliRunner().invoke(command, [*words, "--help"], terminal_width=400)

    assert done.exit_code == 0
    assert "例：linli " + " ".join([str(command.name), *words]) in done.output

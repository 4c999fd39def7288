"""`linli user`, `linli token`, `linli keys`: accounts, tokens and encryption keys from the terminal of the machine itself."""

from __future__ import annotations

import os
import pwd
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

import click
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.kernel.access import resealing
from linli.kernel.access.actor import Actor, system
from linli.kernel.access.paths import subtree
from linli.kernel.access.refusals import Invalid, NotFound
from linli.kernel.access.roles import ROLES
from linli.kernel.access.rows import chunks
from linli.kernel.access.sealed import cipher, keys_in_use
from linli.kernel.accounts import actions, first_passwords
from linli.kernel.accounts.models import Account, ApiToken, Grant, Unit, UnitKind
from linli.kernel.accounts.queries import grants_in_force, units_of_place
from linli.kernel.places.models import Place
from linli.kernel.places.queries import places_called, short_names
from linli.law.packs import departments
from linli.lib.crypto import KeyRing
from linli.lib.presence import SomebodyThere, alone
from linli.lib.progress import track
from linli.web.sheets import write_listing


def _operator() -> Actor:
    """Whoever may run commands on the machine acts for the house; the log keeps the system user's name."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = str(os.getuid())
    return system(f"cli:{name}"[:60], channel="cli")


def _place(text: str) -> Place | None:
    """A place by statistical code, #number or name; "all" (or nothing) is everywhere. Raises Invalid."""
    if text in ("", "all"):
        return None
    found = places_called(text, [""])
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFound("no_place", _("没有“%(text)s”这个地点。") % {"text": text})
    names = short_names(found)
    raise Invalid(
        "which_place", _("不止一个地点叫这个名字，请写编号：%(listed)s。") % {"listed": "、".join(f"{names[p.pk]} #{p.pk}" for p in found)}
    )


def _unit(text: str, place: Place | None) -> Unit | None:
    if not text:
        return None
    known = units_of_place(place) if place else list(Unit.objects.filter(active=True))
    found = [u for u in known if text in (u.name, u.code)]
    if len(found) != 1:
        raise NotFound(
            "no_unit", _("没有（或不止一个）叫“%(text)s”的单位。用 linli unit list 查看，用 linli unit add 新设。") % {"text": text}
        )
    return found[0]


def _account(username: str) -> Account:
    account = Account.objects.filter(username=username.strip().lower()).first()
    if account is None:
        raise NotFound("no_account", _("没有“%(name)s”这个账号。") % {"name": username})
    return account


# --- users ---------------------------------------------------------------------------------------
@click.group(help=_("管理账号和角色。"), epilog=_("例：linli user add zhang.min --name 张敏 --role community_worker --place 510107020001"))
def user() -> None:
    pass


@user.command(
    help=_("开设账号（已有的直接授予角色），并打印一次性密码。角色：%(roles)s。")
    % {"roles": "、".join(f"{code} {name}" for code, name in ROLES.items())},
    epilog=_("例：linli user add li.lei --name 李雷 --role department_handler --place 510107020000 --unit 城建科"),
)
@click.argument("username", required=False)
@click.option("--role", required=True, type=click.Choice(list(ROLES)), help=_("角色代码。"))
@click.option("--place", default="all", help=_("在哪个地点及以下：12 位代码、名称或 #编号；all 表示全部。"))
@click.option("--unit", "unit_name", default="", help=_("所在单位的名称或代码；社区和街道的人不写时，就是本社区居委会、本街道办事处。"))
@click.option("--name", default="", help=_("姓名。"))
@click.option("--days", type=click.IntRange(1, 3650), help=_("多少天后到期；不写表示不定期。"))
@click.option("--password-stdin", is_flag=True, help=_("从标准输入读密码，不生成一次性密码。"))
def add(username: str | None, role: str, place: str, unit_name: str, name: str, days: int | None, password_stdin: bool) -> None:
    now, operator = timezone.now(), _operator()
    username = username or f"{role}.{secrets.token_hex(2)}"
    where = _place(place)
    unit = _unit(unit_name, where)
    with transaction.atomic():
        unit = unit or actions.ensure_office(actor=operator, role=role, place=where)
        account = Account.objects.filter(username=username.strip().lower()).first()
        password = ""
        if account is None:
            if password_stdin:
                typed = sys.stdin.readline().rstrip("\n")
                account = actions.open_account(actor=operator, username=username, name=name, now=now, password=typed)
            else:
                handed = first_passwords.open_with_first_password(actor=operator, username=username, name=name, now=now)
                account, password = handed.account, handed.password
        actions.grant_role(
            actor=operator,
            account=account,
            role=role,
            place=where,
            unit=unit,
            now=now,
            ends_at=now + timedelta(days=days) if days else None,
        )
    told = {
        "username": account.username,
        "role": ROLES[role],
        "place": where.name if where else _("全部范围"),
        "unit": unit.name if unit else "",
    }
    click.echo((_("%(username)s：%(role)s，%(place)s，%(unit)s") if unit else _("%(username)s：%(role)s，%(place)s")) % told)
    if password:
        click.echo(_("一次性密码（只显示这一次，首次登录必须更改）：%(password)s") % {"password": password})


@user.command("list", help=_("列出账号和它们现在的角色。"), epilog=_("例：linli user list --role security_admin"))
@click.option("--role", type=click.Choice(list(ROLES)), help=_("只列有这个角色的。"))
@click.option("--all", "everybody", is_flag=True, help=_("连同停用的和没有角色的。"))
def list_users(role: str | None, everybody: bool) -> None:
    now = timezone.now()
    held: dict[int, list[str]] = {}
    grants = Grant.objects.filter(grants_in_force(now)).select_related("place", "unit").order_by("id")
    for grant in grants.filter(role=role) if role else grants:
        held.setdefault(grant.account_id, []).append(
            " ".join(
                filter(
                    None,
                    [str(ROLES[grant.role]), grant.place.name if grant.place else _("全部范围"), grant.unit.name if grant.unit else ""],
                )
            )
        )
    accounts = Account.objects.order_by("username")
    for account in accounts if everybody and not role else accounts.filter(pk__in=held):
        click.echo(
            "\t".join(
                [account.username, account.name, _("在用") if account.is_active else _("已停用"), "; ".join(held.get(account.pk, []))]
            )
        )


@user.command(
    help=_("停用账号，结束它的角色、令牌和登录；加 --role 只收回一种角色。"),
    epilog=_("例：linli user end zhang.min --role community_worker"),
)
@click.argument("username")
@click.option("--role", type=click.Choice(list(ROLES)), help=_("只收回这种角色。"))
def end(username: str, role: str | None) -> None:
    now, operator, account = timezone.now(), _operator(), _account(username)
    if role is None:
        actions.close_account(actor=operator, account=account, now=now)
        click.echo(_("%(username)s 已停用。") % {"username": account.username})
        return
    grants = list(Grant.objects.filter(grants_in_force(now), account=account, role=role).select_related("place", "account"))
    for grant in grants:
        actions.end_grant(actor=operator, grant=grant, now=now)
    click.echo(_("收回了 %(n)s 项“%(role)s”。") % {"n": len(grants), "role": ROLES[role]})


@user.command(
    help=_("重置密码，打印一次性密码；--second-factor 同时清除第二步验证。"), epilog=_("例：linli user reset zhang.min --second-factor")
)
@click.argument("username")
@click.option("--second-factor", is_flag=True, help=_("本人丢了手机时用。"))
def reset(username: str, second_factor: bool) -> None:
    now, operator, account = timezone.now(), _operator(), _account(username)
    if second_factor:
        actions.reset_second_factor(actor=operator, account=account, now=now)
    password = actions.reset_password(actor=operator, account=account, now=now)
    click.echo(_("一次性密码（只显示这一次，首次登录必须更改）：%(password)s") % {"password": password})


@user.command(
    "first-passwords",
    help=_("给还没有登录过的工作人员一次性发放首次登录密码，写进一个表格文件（xlsx 或 csv），只写这一次；首次登录必须更改。"),
    epilog=_("例：linli user first-passwords 密码条.xlsx；只给某个单位范围：--place 510107020001；发过没用的重新发：--again"),
)
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--place", default="all", help=_("只给在这个地点及以下有角色的人。"))
@click.option("--again", is_flag=True, help=_("连同发过但还没有用过的一起重新发放，以前发的就不能用了。"))
@click.option("--quiet", is_flag=True, help=_("不显示进度。"))
def give_first_passwords(out: Path, place: str, again: bool, quiet: bool) -> None:
    now, operator, where = timezone.now(), _operator(), _place(place)
    waiting = first_passwords.staff_never_in(operator)
    if where is not None:
        waiting = waiting.filter(pk__in=Grant.objects.filter(**subtree("place__path", where.path)).values("account_id"))
    if not again:
        waiting = first_passwords.without_password(waiting)
    hand_to_file(actor=operator, accounts=list(waiting), out=out, now=now, quiet=quiet)


def hand_to_file(*, actor: Actor, accounts: list[Account], out: Path, now: datetime, quiet: bool) -> None:
    """Give first passwords and write them to a file only its owner may read; the file is opened before anything is given."""
    if not accounts:
        click.echo(_("没有要发放的：每个人都登录过，或者已经发过密码。"))
        return
    handed: list[first_passwords.Handed] = []
    with open_private(out) as file, track(len(accounts), _("发放密码"), quiet=quiet) as advance:
        for part in chunks(accounts, 10):
            handed += first_passwords.hand_out(actor=actor, accounts=part, now=now)
            advance(len(part))
        write_listing(file, first_passwords.as_listing(first_passwords.slips(handed)), "csv" if out.suffix == ".csv" else "xlsx")
    click.echo(
        _("已给 %(n)s 人发放首次登录密码，写在 %(name)s（只有您能读）。交给本人后请删掉这个文件。") % {"n": len(handed), "name": out}
    )


@contextmanager
def open_private(out: Path) -> Iterator[IO[bytes]]:
    """A new file for secrets: mode 0600 from its first byte. Raises ClickException where one stands already."""
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise click.ClickException(_("%(name)s 已经存在，请换一个文件名。") % {"name": out}) from None
    except OSError as error:
        raise click.ClickException(_("不能写 %(name)s：%(why)s。") % {"name": out, "why": error.strerror}) from None
    with os.fdopen(descriptor, "wb") as file:
        yield file


# --- units ---------------------------------------------------------------------------------------
@click.group(
    help=_("管理单位：居委会、街道办事处、部门、物业等承办单位。"),
    epilog=_("例：linli unit add 城建科 --kind department --place 510107020000 --code housing"),
)
def unit() -> None:
    pass


@unit.command(
    "add",
    help=_("新设单位（已有同名的不重复）。类别：%(kinds)s。") % {"kinds": "、".join(f"{code} {name}" for code, name in UnitKind.choices)},
    epilog=_(
        "例：linli unit add 城建科 --kind department --place 510107020000 --code housing。系统按代码建议派给谁，可用的代码：%(codes)s。"
    )
    % {"codes": "、".join(f"{entry.code} {entry.name_zh}" for entry in departments() if entry.kind != "neighbourhood")},
)
@click.argument("name")
@click.option("--kind", required=True, type=click.Choice(UnitKind.values), help=_("单位类别。"))
@click.option("--place", required=True, help=_("为哪个地点及以下服务：12 位代码、名称或 #编号。"))
@click.option("--code", default="", help=_("部门代码，派单建议按它认单位。"))
@click.option("--phone", default="", help=_("电话。"))
def add_unit(name: str, kind: str, place: str, code: str, phone: str) -> None:
    where = _place(place)
    if where is None:
        raise click.UsageError(_("单位要写明为哪个地点服务。"))
    with transaction.atomic():
        made = actions.ensure_unit(actor=_operator(), name=name, kind=kind, place=where, code=code, phone=phone)
        actions.under_the_street(made)
    click.echo(_("%(unit)s：%(kind)s，%(place)s") % {"unit": made.name, "kind": made.get_kind_display(), "place": where.name})


@unit.command("list", help=_("列出在用的单位。"), epilog=_("例：linli unit list --place 510107020000"))
@click.option("--place", default="all", help=_("只列为这个地点服务的，和在它之下的。"))
def list_units(place: str) -> None:
    where = _place(place)
    known = units_of_place(where) if where else list(Unit.objects.filter(active=True).order_by("name"))
    places = short_names(list(Place.objects.filter(pk__in={u.place_id for u in known})))
    for row in known:
        click.echo("\t".join([row.name, str(row.get_kind_display()), row.code, places[row.place_id]]))


# --- tokens --------------------------------------------------------------------------------------
@click.group(
    help=_("管理接口令牌。"), epilog=_("例：linli token add --account platform --scope request.raise --scope read --name 数据平台")
)
def token() -> None:
    pass


@token.command(
    "add",
    help=_("制作令牌并打印它，只显示这一次。范围是权限表里的事、“种类.*”、read 或 *。"),
    epilog=_("例：linli token add --account platform --scope request.raise --scope read --name 数据平台 --days 90"),
)
@click.option("--account", "username", required=True, help=_("以哪个账号的名义。"))
@click.option("--scope", "scopes", multiple=True, required=True, help=_("允许做什么，可以写多次。"))
@click.option("--name", default="token", help=_("用途。"))
@click.option("--days", type=click.IntRange(0, 3650), default=90, show_default=True, help=_("多少天后失效；0 表示不失效。"))
def add_token(username: str, scopes: tuple[str, ...], name: str, days: int) -> None:
    now = timezone.now()
    ends_at = now + timedelta(days=days) if days else None
    _made, secret = actions.make_token(actor=_operator(), account=_account(username), name=name, scopes=scopes, now=now, ends_at=ends_at)
    click.echo(secret)


@token.command("list", help=_("列出还有效的令牌。"), epilog=_("例：linli token list --account platform"))
@click.option("--account", "username", help=_("只列这个账号的。"))
def list_tokens(username: str | None) -> None:
    found = ApiToken.objects.filter(revoked_at=None).select_related("account").order_by("id")
    for row in found.filter(account=_account(username)) if username else found:
        until = _day(row.expires_at) if row.expires_at else _("不失效")
        used = _day(row.last_used_at) if row.last_used_at else _("还没用过")
        click.echo("\t".join([str(row.pk), row.account.username, row.name, ",".join(row.scopes), until, used]))


def _day(when: datetime) -> str:
    return timezone.localtime(when).strftime("%Y-%m-%d")


@token.command("revoke", help=_("收回令牌，马上失效。"), epilog=_("例：linli token revoke 12"))
@click.argument("number", type=int)
def revoke_token(number: int) -> None:
    operator = _operator()
    actions.revoke_token(actor=operator, token_id=number, now=timezone.now())
    click.echo(_("令牌 %(number)s 已收回。") % {"number": number})


# --- encryption keys -----------------------------------------------------------------------------
LISTED = 50


@click.group(help=_("管理加密密钥。"), epilog=_("例：linli keys rotate"))
def keys() -> None:
    pass


@keys.command(
    help=_("换一把新的加密密钥，并把已有的内容逐条换成用它加密。改了 LINLI_CRYPTO_SUITE 之后也要运行。中断后加 --resume 接着做。"),
    epilog=_("例：linli keys rotate；中断后：linli keys rotate --resume。运行前请停下网站和后台任务（在运行时会拒绝），并备份密钥文件。"),
)
@click.option("--resume", is_flag=True, help=_("不换新的密钥，只做完上次没做完的。"))
@click.option("--quiet", is_flag=True, help=_("不显示进度。"))
def rotate(resume: bool, quiet: bool) -> None:
    try:
        with alone(keys_in_use()):
            _rotate(resume=resume, quiet=quiet)
    except SomebodyThere:
        text = _("网站或后台任务还在运行，什么都没有改。请先停下它们（多台机器的话每台都要停），再运行 linli keys rotate。")
        raise click.ClickException(text) from None


def _rotate(*, resume: bool, quiet: bool) -> None:
    if settings.FIELD_KEYS and not resume:
        raise click.ClickException(_("密钥来自 LINLI_FIELD_KEYS：请在那里加上新的一把（写在最前），再运行 linli keys rotate --resume。"))
    if not resume:
        path = Path(settings.FIELD_KEYS_PATH)
        KeyRing.load(path).rotated().save(path)
    cipher.cache_clear()
    operator, now = _operator(), timezone.now()
    columns, folders = resealing.columns(), resealing.folders()
    total = sum(column.filled.count() for column in columns) + sum(len(list(folder.files())) for folder in folders)
    rewritten, left = 0, list[resealing.Left]()
    with track(total, _("重新加密"), quiet=quiet) as advance:
        for column in columns:
            written, problems = resealing.reseal(column, advance)
            rewritten, left = rewritten + written, left + problems
        for folder in folders:
            written, problems = resealing.reseal_folder(folder, advance)
            rewritten, left = rewritten + written, left + problems
    actions.log_event("keys_rotated", now=now, actor=operator, count=rewritten, left=len(left))
    click.echo(_("完成：%(n)s 条已用新密钥加密，共 %(all)s 条。") % {"n": rewritten, "all": total})
    if left:
        for one in left[:LISTED]:
            click.echo(_why_left(one), err=True)
        raise click.ClickException(_("有 %(n)s 条没有动，仍是原来的样子。处理后请运行 linli keys rotate --resume。") % {"n": len(left)})


def _why_left(left: resealing.Left) -> str:
    where = {"column": left.column, "pk": left.pk, "other": left.other}
    if left.trouble == "damaged":
        return _("%(column)s #%(pk)s：解不开，可能已经损坏，或不是用现有的密钥加密的。") % where
    return _("%(column)s #%(pk)s：和 #%(other)s 的内容相同，请先合并或改正其中一条。") % where

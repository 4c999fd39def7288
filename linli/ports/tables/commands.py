"""`linli import` and `linli export`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.kernel.access.actor import Actor, system
from linli.kernel.access.refusals import NotFound
from linli.kernel.accounts.commands import hand_to_file
from linli.kernel.accounts.models import Account
from linli.kernel.accounts.queries import actor_of
from linli.kernel.places.models import Place
from linli.kernel.places.queries import place_by_code
from linli.lib.progress import track
from linli.loops.council.ballots.actions.handing import take_official_package
from linli.ports.tables.actions import Outcome, Stages, import_sheet, open_upload
from linli.ports.tables.columns import Kind
from linli.ports.tables.kinds import KINDS, kind_named
from linli.ports.tables.listing import export as export_list
from linli.ports.tables.mapping import Mapping, as_file, guess, load_mapping, mapping_of
from linli.ports.tables.reading import Sheet, Unreadable
from linli.ports.tables.report import write_marked
from linli.ports.tables.words import count_lines, stage_name
from linli.ports.tables.writing import write_template
from linli.web.sheets import csv_lines, write_xlsx

SHOWN = 10
STEP = 500  # rows between two looks at the bar
KIND = click.Choice(list(KINDS))


def _actor(username: str | None, now: datetime) -> Actor:
    """The account named, or the house itself. Raises NotFound."""
    if not username:
        return system(_("命令行"), "cli")
    account = Account.objects.filter(username=username.strip().lower(), is_active=True).first()
    if account is None:
        raise NotFound("no_account", _("没有用户名为 %(name)s 的账号。") % {"name": username})
    return actor_of(account, now=now, channel="cli")


@click.command(
    "import",
    help=_("把 Excel 或 CSV 里的地点、房屋、居民、工作人员、诉求、议事场地导入进来；可以重复导入，已有的不会重复。"),
    epilog=_(
        "例：linli import residents 名册.xlsx --place 510107020001 --dry-run --report 检查结果.xlsx"
        "\n\n例：linli import requests 热线工单.csv --map 对应.yaml --skip-bad --report 没导入的行.xlsx"
        "\n\n例：linli import homes --template 房屋模板.xlsx"
    ),
)
@click.argument("kind", type=KIND)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option(
    "--map",
    "map_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=_("列对应文件（JSON 或 YAML），说明哪一列是什么。"),
)
@click.option("--save-map", type=click.Path(dir_okay=False, path_type=Path), help=_("把这次认出的列对应存成文件，下次用 --map。"))
@click.option("--sheet", "sheet_name", help=_("工作表的名字；不写时用第一张。"))
@click.option("--place", "place_code", help=_("导入到哪个地点（代码）之下；不写时为全部范围。"))
@click.option("--dry-run", is_flag=True, help=_("只检查，不写入。"))
@click.option("--skip-bad", is_flag=True, help=_("跳过有问题的行，导入其余的；不加时有一行有问题就都不导入。"))
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help=_("把标出问题的表格另存为这个 xlsx。"))
@click.option("--template", type=click.Path(dir_okay=False, path_type=Path), help=_("不导入，只把空白模板存成这个 xlsx。"))
@click.option("--as", "username", help=_("以这个账号的身份和权限导入。"))
@click.option(
    "--passwords",
    type=click.Path(dir_okay=False, path_type=Path),
    help=_("导入工作人员后，把新账号的首次登录密码写进这个表格，只写这一次。"),
)
@click.option("--quiet", is_flag=True, help=_("不显示进度。"))
def import_(
    kind: str,
    file: Path | None,
    map_file: Path | None,
    save_map: Path | None,
    sheet_name: str | None,
    place_code: str | None,
    dry_run: bool,
    skip_bad: bool,
    report: Path | None,
    template: Path | None,
    username: str | None,
    passwords: Path | None,
    quiet: bool,
) -> None:
    now, known = timezone.now(), kind_named(kind)
    if passwords is not None and (kind != "staff" or dry_run):
        raise click.UsageError(_("--passwords 只用于导入工作人员，不和 --dry-run 一起用。"))
    if passwords is not None and passwords.exists():
        raise click.ClickException(_("%(name)s 已经存在，请换一个文件名。") % {"name": passwords})
    if template is not None:
        with template.open("wb") as out:
            write_template(out, known)
        click.echo(_("模板已存为 %(name)s。") % {"name": template})
        return
    if file is None:
        raise click.UsageError(_("请写明要导入的文件。"))
    actor = _actor(username, now)
    place = place_by_code(place_code) if place_code else None
    sheet = _sheet(file, known, sheet_name)
    mapping = load_mapping(map_file, known, sheet) if map_file else mapping_of(guess(known, sheet))
    click.echo(_columns_line(known, sheet, mapping))
    if save_map is not None:
        save_map.write_text(as_file(known, sheet, mapping), encoding="utf-8")
    with ExitStack() as bars:
        outcome = import_sheet(
            actor=actor,
            kind=kind,
            sheet=sheet,
            mapping=mapping,
            place=place,
            now=now,
            file_name=file.name,
            dry_run=dry_run,
            skip_bad=skip_bad,
            stages=_bars(bars, quiet),
        )
    if report is not None:
        with report.open("wb") as out:
            write_marked(out, kind=known, sheet=sheet, mapping=mapping, outcome=outcome, only_faulty=outcome.written)
    _tell(outcome, known, report)
    _first_passwords(actor, outcome, passwords, now, quiet)


def _first_passwords(actor: Actor, outcome: Outcome, out: Path | None, now: datetime, quiet: bool) -> None:
    """Written to the file asked for; else how to come by them is said."""
    if not outcome.opened:
        return
    if out is None:
        click.echo(_("新账号还没有密码。一次性发放：linli user first-passwords 密码条.xlsx，或在网页“账号与授权”里。"))
        return
    hand_to_file(actor=actor, accounts=list(Account.objects.filter(pk__in=outcome.opened).order_by("pk")), out=out, now=now, quiet=quiet)


def _sheet(file: Path, kind: Kind, name: str | None) -> Sheet:
    if file.stat().st_size > settings.MAX_SHEET_MB * 1024 * 1024:
        text = _("%(name)s 超过了 %(limit)s MB（LINLI_MAX_SHEET_MB）。") % {"name": file.name, "limit": settings.MAX_SHEET_MB}
        raise Unreadable("too_large", text)
    book = open_upload(file.read_bytes(), file.name, kind)
    if name is None and len(book.sheets) > 1:
        click.echo(
            _("有 %(count)s 张工作表：%(names)s。导入第一张，用 --sheet 可以另选。")
            % {"count": len(book.sheets), "names": "、".join(book.sheets)}
        )
    return book.read(name or book.sheets[0])


def _columns_line(kind: Kind, sheet: Sheet, mapping: Mapping) -> str:
    pairs = [
        f"{sheet.header[at] if at < len(sheet.header) else at + 1} → {kind.by_key[key].name}"
        for key, at in sorted(mapping.positions.items(), key=lambda p: p[1])
    ]
    return _("认出的列：%(pairs)s") % {"pairs": "，".join(pairs) or "—"}


def _bars(bars: ExitStack, quiet: bool) -> Stages:
    """A progress bar for each stage; the one before ends when the next begins."""

    def stage(name: str, amount: int) -> Callable[[int], None]:
        bars.close()
        return bars.enter_context(track(max(amount, 1), stage_name(name), quiet=quiet))

    return stage


def _tell(outcome: Outcome, kind: Kind, report: Path | None) -> None:
    for fault in outcome.faults[:SHOWN]:
        column = f"{kind.by_key[fault.key].name}：" if fault.key in kind.by_key else ""
        click.echo(_("第 %(row)s 行 %(text)s") % {"row": fault.row, "text": column + fault.text})
    if len(outcome.faults) > SHOWN:
        click.echo(_("…… 另有 %(count)s 处。") % {"count": len(outcome.faults) - SHOWN})
    for line in count_lines(outcome.counts):
        click.echo(line)
    bad = len(outcome.bad_rows)
    if outcome.written:
        click.echo(_("完成：%(rows)s 行，导入 %(good)s 行，跳过 %(bad)s 行。") % {"rows": outcome.rows, "good": outcome.good, "bad": bad})
    elif bad:
        where = _("改法见 %(report)s。") % {"report": report} if report else _("加 --report 文件.xlsx 可得到标出问题的表格。")
        said = ngettext(
            "%(rows)s 行里有 %(bad)s 行要改，什么都没有写入。%(where)s", "%(rows)s 行里有 %(bad)s 行要改，什么都没有写入。%(where)s", bad
        )
        raise click.ClickException(said % {"rows": outcome.rows, "bad": bad, "where": where})
    else:
        click.echo(_("检查通过：%(rows)s 行都可以导入。") % {"rows": outcome.rows})


class _Exports(click.Group):
    """A list by its kind, as ever; other files by their names."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(
    "export",
    cls=_Exports,
    help=_("把列表导出为 CSV 或 xlsx（linli export list），或者导出一次表决交给主管部门的资料包。"),
    epilog=_("例：linli export requests --format xlsx 诉求.xlsx\n\n例：linli export official-package 12 资料包.zip --as head"),
)
def export() -> None:
    pass


@export.command(
    "official-package",
    help=_("导出表决的资料包（ZIP），交给主管部门的投票系统；里面有完整姓名，逐人留痕。"),
    epilog=_("例：linli export official-package 12 资料包.zip --as head"),
)
@click.argument("ballot", type=click.IntRange(1, 2**63 - 1))
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--as", "username", help=_("以这个账号的身份和权限导出。"))
def official_package(ballot: int, out: Path, username: str | None) -> None:
    now = timezone.now()
    _ballot, content = take_official_package(actor=_actor(username, now), ballot_id=ballot, now=now)
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # whole names are in it
        file.write(content)
    click.echo(_("资料包已存为 %(name)s。核对：linli verify package %(name)s") % {"name": out})


@export.command(
    "list",
    help=_("把地点、房屋、居民、工作人员、诉求、议事场地导出为 CSV 或 xlsx；个人信息默认遮蔽。"),
    epilog=_(
        "例：linli export requests --format xlsx 诉求.xlsx --place 510107020001\n\n例：linli export residents --format csv 名册.csv --as head --purpose 电话回访"
    ),
)
@click.argument("kind", type=KIND)
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--format", "form", type=click.Choice(["csv", "xlsx"]), required=True, help=_("文件格式。"))
@click.option("--place", "place_code", help=_("只导出这个地点（代码）之下的。"))
@click.option("--purpose", default="", help=_("写明用途后导出完整的个人信息，逐人留痕。"))
@click.option("--as", "username", help=_("以这个账号的身份和权限导出。"))
@click.option("--quiet", is_flag=True, help=_("不显示进度。"))
def export_kind(kind: str, out: Path, form: str, place_code: str | None, purpose: str, username: str | None, quiet: bool) -> None:
    now = timezone.now()
    place: Place | None = place_by_code(place_code) if place_code else None
    listing = export_list(actor=_actor(username, now), kind=kind, place=place, now=now, purpose=purpose)
    length = 0 if quiet or listing.count is None else listing.count()
    count = 0

    with out.open("wb") as file, track(length, _("导出"), quiet=quiet) as advance:

        def counted(rows: Iterable[Any]) -> Iterator[Any]:
            nonlocal count
            for row in rows:
                count += 1
                if count % STEP == 0:
                    advance(STEP)
                yield row
            advance(count % STEP)

        if form == "csv":
            for piece in csv_lines(listing.header, counted(listing.rows)):
                file.write(piece)
        else:
            write_xlsx(file, listing.header, counted(listing.rows), name=listing.name, widths=listing.widths)
    click.echo(_("已导出 %(count)s 行到 %(name)s。") % {"count": count, "name": out})

"""`linli verify`, `linli docs` and `linli calendar`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.insight.choice import verify_bundle, verify_draw, verify_package
from linli.kernel.access.actor import system
from linli.kernel.matters import masking, promises, setting_actions
from linli.kernel.matters.models import DayRoot, Entry, Matter
from linli.kernel.matters.queries import id_of_ref
from linli.kernel.matters.verify import Fault, verify_days, verify_timelines
from linli.kernel.matters.workflow import diagram, workflows
from linli.kernel.rolls.commands import roll
from linli.lib.holiday_notice import LONGEST, NoticeError, read_notice
from linli.lib.progress import track

BATCH = 2000


@click.group(help=_("验证办理记录和公布的表决结果没有被改动。"), epilog=_("例：linli verify timeline"))
def verify() -> None:
    pass


@verify.command(
    help=_("核验每件事的时间线和每一天公示的存证；发现问题时逐条指出，并以退出码 1 结束。"),
    epilog=_("例：linli verify timeline --ref R1042"),
)
@click.option("--ref", help=_("只核验这一件，例如 R1042。"))
def timeline(ref: str | None) -> None:
    if ref:
        faults = list(verify_timelines(Matter.objects.filter(pk=id_of_ref(ref))))
    else:
        faults = [*_all_timelines(), *verify_days()]
    for fault in faults:
        where = fault.matter if fault.seq is None else f"{fault.matter} #{fault.seq}"
        click.echo(f"{where}  [{fault.kind}]  {fault.text}")
    if faults:
        raise click.ClickException(_("发现 %(n)s 处问题。") % {"n": len(faults)})
    counts = {"entries": Entry.objects.count(), "matters": Matter.objects.count(), "days": DayRoot.objects.count()}
    click.echo(_("全部一致：%(matters)s 件事，%(entries)s 条记录，%(days)s 天存证。") % counts)


@verify.command(
    "ballot",
    help=_("核验公布的表决包：重算结果，找出被删除、添加或者改动的票；加 --receipt 时核对回执。发现问题时以退出码 1 结束。"),
    epilog=_("例：linli verify ballot bundle.json --receipt receipt.json"),
)
@click.argument("bundle", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--receipt", type=click.Path(dir_okay=False, path_type=Path), help=_("投票人的回执（JSON 文件）"))
@click.option("--openings", type=click.Path(dir_okay=False, path_type=Path), help=_("监票人保管的封存内容（JSON 文件）"))
@click.option("--fingerprint", help=_("另外核对这个公布过的指纹"))
def ballot(bundle: Path, receipt: Path | None, openings: Path | None, fingerprint: str | None) -> None:
    content = _json_object(bundle)
    problems = verify_bundle.verify(content)
    if receipt:
        problems += verify_bundle.verify_receipt(content, _json_object(receipt))
    if openings:
        problems += verify_bundle.verify_openings(content, _json_object(openings))
    if fingerprint and fingerprint != content.get("fingerprint"):
        problems.append(("fingerprint", "与另外公布的指纹不同", "differs from the fingerprint published elsewhere"))
    chinese = (get_language() or "zh").startswith("zh")
    for where, text_zh, text_en in problems:
        click.echo(f"{where}  {text_zh if chinese else text_en}")
    if problems:
        raise click.ClickException(_("表决包有 %(n)s 处问题。") % {"n": len(problems)})
    click.echo(_("表决包没有问题：%(ballots)s 张票，结果重算一致。") % {"ballots": len(content["votes"])})
    for text_zh, text_en in verify_bundle.elected_words(content):
        click.echo(text_zh if chinese else text_en)
    if "withheld" in content:
        click.echo(str(content["withheld"]["zh" if chinese else "en"]))
    click.echo(_("指纹：%(fingerprint)s") % {"fingerprint": content["fingerprint"]})


@verify.command(
    "draw",
    help=_("核验公布的抽签包：按名单和公布的随机数把抽签重做一遍；加 --receipt 时核对自己的编号。发现问题时以退出码 1 结束。"),
    epilog=_("例：linli verify draw draw.json --receipt receipt.json"),
)
@click.argument("bundle", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--receipt", type=click.Path(dir_okay=False, path_type=Path), help=_("报名的回执（JSON 文件）"))
@click.option("--commitment", help=_("另外核对抽签前公布的这个承诺值"))
@click.option("--fingerprint", help=_("另外核对这个公布过的指纹"))
def draw(bundle: Path, receipt: Path | None, commitment: str | None, fingerprint: str | None) -> None:
    content = _json_object(bundle)
    problems = verify_draw.verify(content)
    own = _json_object(receipt) if receipt else None
    if own is not None:
        problems += verify_draw.verify_receipt(content, own)
    for name, wanted in (("commitment", commitment), ("fingerprint", fingerprint)):
        if wanted and wanted != content.get(name):
            problems.append((name, "与另外公布的值不同", "differs from the value published elsewhere"))
    chinese = (get_language() or "zh").startswith("zh")
    for where, text_zh, text_en in problems:
        click.echo(f"{where}  {text_zh if chinese else text_en}")
    if problems:
        raise click.ClickException(_("抽签包有 %(n)s 处问题。") % {"n": len(problems)})
    facts = {"entrants": len(content["entrants"]), "drawn": len(content["drawn"])}
    click.echo(_("抽签包没有问题：%(entrants)s 户参加，抽中 %(drawn)s 户，重做一遍结果一致。") % facts)
    if own is not None:
        click.echo(verify_draw.result_for(content, str(own["number"]))[0 if chinese else 1])
    click.echo(_("承诺值：%(commitment)s") % {"commitment": content["commitment"]})
    click.echo(_("指纹：%(fingerprint)s") % {"fingerprint": content["fingerprint"]})


@verify.command(
    "package",
    help=_("核验交给主管部门投票系统的资料包：每个文件的校验值，并重新算出名册指纹。发现问题时以退出码 1 结束。"),
    epilog=_("例：linli verify package official-M12-3.zip --roll sha256:…"),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--roll", "roll_hash", help=_("另外核对公告里的这个名册指纹"))
def package(file: Path, roll_hash: str | None) -> None:
    content = file.read_bytes()
    problems = verify_package.verify(content)
    about = verify_package.manifest_of(content) if not problems else {}
    if about and roll_hash and roll_hash != about["roll"]["hash"]:
        problems.append(("roll", "与公告里的名册指纹不同", "differs from the roll's hash in the notice"))
    chinese = (get_language() or "zh").startswith("zh")
    for where, text_zh, text_en in problems:
        click.echo(f"{where}  {text_zh if chinese else text_en}")
    if problems:
        raise click.ClickException(_("资料包有 %(n)s 处问题。") % {"n": len(problems)})
    told = {"files": len(about["files"]), "voters": about["roll"]["voters"], "area": about["roll"]["area"]}
    click.echo(_("资料包没有问题：%(files)s 个文件，名册 %(voters)s 人，面积 %(area)s 平方米，名册指纹重算一致。") % told)
    click.echo(_("名册指纹：%(hash)s") % {"hash": about["roll"]["hash"]})


@verify.command(
    "masking",
    help=_("用现在的遮蔽规则再看一遍公开的文字：逐条指出会多遮住什么，并以退出码 1 结束；加 --mend 时遮住，逐条留痕。"),
    epilog=_("例：linli verify masking；遮住：linli verify masking --mend"),
)
@click.option("--mend", is_flag=True, help=_("把指出的文字遮住；工作人员改过的公开文字只指出，不改。"))
@click.option("--quiet", is_flag=True, help=_("不显示进度。"))
def masked_texts(mend: bool, quiet: bool) -> None:
    now, house = timezone.now(), system(_("命令行"), "cli")
    counts = {"found": 0, "mended": 0, "read": 0}
    for texts in masking.known():
        length = texts.rows().count()
        counts["read"] += length
        with track(length, texts.name, quiet=quiet) as advance:
            for seen in masking.look_through(texts, advance):
                done = mend and masking.mend(actor=house, seen=seen, now=now)
                counts["found"] += 1
                counts["mended"] += done
                state = _("已遮住") if done else _("工作人员改过，没有动") if seen.by_hand else _("会遮住")
                click.echo(f"{texts.name} {seen.where}  [{'、'.join(seen.kinds)}]  {state}")
    if counts["found"] > counts["mended"]:
        raise click.ClickException(_("看了 %(read)s 段，%(found)s 段会多遮住内容，遮住了 %(mended)s 段。") % counts)
    click.echo(_("看了 %(read)s 段公开文字，遮住了 %(mended)s 段。") % counts)


def _json_object(path: Path) -> dict[str, Any]:
    """A JSON object from a file, or one line saying what is wrong."""
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise click.ClickException(_("%(name)s 不是有效的 JSON 对象，请核对文件。") % {"name": path})
    return content


def _all_timelines() -> list[Fault]:
    """In batches of ids, so that memory stays small and progress shows; entries beyond the last matter are looked at too."""
    last = max(Matter.objects.aggregate(m=Max("pk"))["m"] or 0, Entry.objects.aggregate(m=Max("matter_id"))["m"] or 0)
    faults: list[Fault] = []
    with track(last, _("核验")) as advance:
        for low in range(1, last + 1, BATCH):
            high = low + BATCH - 1
            faults += verify_timelines(
                Matter.objects.filter(pk__gte=low, pk__lte=high), Entry.objects.filter(matter_id__gte=low, matter_id__lte=high)
            )
            advance(min(high, last) - low + 1)
    return faults


verify.add_command(roll)


@click.group(help=_("从数据生成文档。"), epilog=_("例：linli docs workflows docs/workflows"))
def docs() -> None:
    pass


@docs.command("workflows", help=_("把每种事项的流程画成 Mermaid 状态图。"), epilog=_("例：linli docs workflows docs/workflows"))
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def draw_workflows(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for workflow in workflows():
        target = folder / f"{workflow.kind}.md"
        target.write_text(f"# {workflow.kind} / {workflow.label}\n\n```mermaid\n{diagram(workflow)}```\n", encoding="utf-8")
        click.echo(str(target))


@click.command(
    "calendar",
    help=_("录入一年的工作日历：文件是国务院通知的文字，或日期表（JSON、CSV）。不写文件时，说出这一年有没有。"),
    epilog=_("例：linli calendar 2027 通知.txt --dry-run；录入：linli calendar 2027 通知.txt"),
)
@click.argument("year", type=click.IntRange(2000, 2100))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--dry-run", is_flag=True, help=_("只读出来看，不录入。"))
def work_calendar(year: int, file: Path | None, dry_run: bool) -> None:
    if file is None:
        known = promises.calendar().covers(year)
        click.echo((_("%(year)s 年的工作日历已经有了。") if known else _("还没有 %(year)s 年的工作日历。")) % {"year": year})
        return
    content = file.read_bytes()[: 4 * LONGEST]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    language = get_language() or "zh-hans"
    try:
        notice = read_notice(text, year)
    except NoticeError as problem:
        raise click.ClickException(problem.text(language)) from None
    for one in notice.days:
        click.echo("\t".join([one.day.isoformat(), _("上班") if one.working else _("放假"), one.name]))
    for doubt in notice.doubts:
        click.echo(_("请对照通知：%(doubt)s") % {"doubt": doubt.text(language)}, err=True)
    if dry_run:
        return
    setting_actions.enter_year(actor=system(_("命令行"), "cli"), year=year, days=notice.days, now=timezone.now())
    click.echo(_("%(year)s 年的工作日历已经录入，时限可以算进这一年。") % {"year": year})

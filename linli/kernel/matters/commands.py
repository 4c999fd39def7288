"""`linli verify` and `linli docs`."""

from __future__ import annotations

from pathlib import Path

import click
from django.db.models import Max
from django.utils.translation import gettext as _

from linli.kernel.matters.models import DayRoot, Entry, Matter
from linli.kernel.matters.queries import id_of_ref
from linli.kernel.matters.verify import Fault, verify_days, verify_timelines
from linli.kernel.matters.workflow import diagram, workflows
from linli.kernel.rolls.commands import roll
from linli.lib.progress import track

BATCH = 2000


@click.group(help=_("验证办理记录没有被改动、删除、插入或调换次序。"), epilog=_("例：linli verify timeline"))
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

"""`linli verify roll`."""

from __future__ import annotations

import click
from django.utils.translation import gettext as _

from linli.kernel.rolls.models import Roll, RollState
from linli.kernel.rolls.verify import verify_rolls


@click.command("roll", help=_("核验冻结的名册没有被改动；发现问题时逐条指出，并以退出码 1 结束。"), epilog=_("例：linli verify roll 12"))
@click.argument("number", type=int, required=False)
def roll(number: int | None) -> None:
    if number is not None and not Roll.objects.filter(pk=number).exclude(state=RollState.DRAFT).exists():
        raise click.ClickException(_("没有编号为 %(number)s 的冻结名册。") % {"number": number})
    faults = list(verify_rolls(number))
    for fault in faults:
        where = f"{fault.roll}" if fault.seq is None else f"{fault.roll} #{fault.seq}"
        click.echo(f"{where}  [{fault.kind}]  {fault.text}")
    if faults:
        raise click.ClickException(_("发现 %(n)s 处问题。") % {"n": len(faults)})
    checked = 1 if number is not None else Roll.objects.exclude(state=RollState.DRAFT).count()
    click.echo(_("全部一致：%(rolls)s 份名册。") % {"rolls": checked})

"""Data consistency of plans, for `linli check`."""

from __future__ import annotations

from collections.abc import Iterator

from linli.lib.chain import canonical, digest
from linli.loops.council.motions.models import Text
from linli.loops.council.plans.models import Adoption
from linli.web.checks import Problem, consistency


@consistency("plans that became texts are as they were reckoned")
def calculations() -> Iterator[Problem]:
    for row in Adoption.objects.order_by("pk").iterator(50):
        if digest(canonical(row.calculation), row.digest.partition(":")[0]) != row.digest:
            yield Problem(f"plan {row.plan_id}: the calculation differs from its digest; restore it from a backup")
        net, running = row.calculation["net_fen"], row.calculation["running_fen"]
        for one in row.calculation["alternatives"]:
            if sum(fen for _home, fen in one["shares"]) != net or (one["yearly"] and sum(fen for _home, fen in one["yearly"]) != running):
                yield Problem(f"plan {row.plan_id}: the shares of alternative {one['number']} do not add up")


@consistency("texts that came from a plan name its calculation")
def texts() -> Iterator[Problem]:
    for row in Adoption.objects.defer("calculation").order_by("pk").iterator(100):
        text = Text.objects.filter(motion_id=row.motion_id, number=row.text_number).first()
        if text is None or any(row.digest not in str(o["text"]) for o in text.options):
            yield Problem(f"plan {row.plan_id}: version {row.text_number} of its motion's text does not name the calculation")

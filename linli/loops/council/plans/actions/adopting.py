"""The chosen alternatives become the motion's text, through the motion's own amendment; the calculation behind it is kept and named there."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.access.tongue import in_place_language, spoken
from linli.kernel.matters.models import Matter
from linli.kernel.matters.turn import hash_suite
from linli.lib.chain import canonical, digest
from linli.lib.masking import scrub
from linli.loops.council.motions.actions import raising
from linli.loops.council.motions.models import Motion, Text
from linli.loops.council.plans.actions.drafting import about
from linli.loops.council.plans.actions.holding import holding
from linli.loops.council.plans.actions.showing import refuse_incomplete
from linli.loops.council.plans.models import Adoption, State
from linli.loops.council.plans.reckoning import Figures, Reckoned, figures_of
from linli.loops.council.plans.wording import option_text, option_title

_TRIES = 40


@transaction.atomic
def adopt(
    *, actor: Actor, plan_id: int, numbers: Sequence[int], now: datetime, matter: Matter | None = None, seen: int | None = None,
    seen_text: int | None = None,
) -> Adoption:  # fmt: skip
    """
    Write the alternatives `numbers` into the motion's text as its options: one for a yes or no, several to choose among. The plan stands still from
    here on; a notice already given is taken back by the motion itself (OWN-022). `seen_text` is the version of the text the actor saw.

    Raises Refused("not_shown" | "no_motion" | "no_way" | "incomplete"), Conflict, and what the motion's amendment refuses.
    """
    facts: dict[str, Any] = {}
    with holding(actor=actor, plan_id=plan_id, verb="adopt", now=now, seen=seen, facts=facts) as plan:
        if plan.state != State.SHOWN:
            raise Refused("not_shown", _("先公开征求意见，让每户看到自己的一份，再写入议题。"))
        plan.matter = about(matter, plan.place) or plan.matter
        if plan.matter is None:
            words = _("请写明写入哪个议题。")
            raise Invalid("no_motion", words, fields={"matter": [words]})
        refuse_incomplete(plan)
        found = figures_of(plan)
        chosen = [one for n in dict.fromkeys(numbers) if (one := found.by_number(n)) is not None]
        if not chosen or len(chosen) < len(set(numbers)):
            words = _("请勾选要写入议题的分摊办法。")
            raise Invalid("no_way", words, fields={"numbers": [words]})
        current = _current(plan.matter, seen_text)
        calculation, mark, options = _written(found, chosen)
        raising.amend(
            actor=actor, matter_id=plan.matter.pk, now=now, title=current.title, body=current.body, options=options,
            note=spoken(lambda: _("按分摊方案 %(number)s 写入") % {"number": plan.pk}),
        )  # fmt: skip
        text = Text.objects.filter(motion_id=plan.matter.pk).order_by("-number")[0]
        stands_for = [{**option, "number": one.number} for option, one in zip(text.options, chosen, strict=True)]
        made = Adoption.objects.create(
            plan=plan, motion_id=plan.matter.pk, text_number=text.number, options=stands_for, calculation=calculation, digest=mark, at=now,
            by_id=actor.account_id,
        )  # fmt: skip
        plan.state, plan.lead = State.ADOPTED, chosen[0].number
        facts |= {"ref": plan.matter.ref, "version": text.number, "digest": mark}
    return made


def _current(matter: Matter, seen_text: int | None) -> Text:
    from linli.kernel.access.refusals import Conflict

    motion = Motion.objects.get(pk=matter.pk)
    if seen_text is not None and motion.version != seen_text:
        raise Conflict("changed_meanwhile", _("议题的文本刚刚改过。请看最新文本后再写入。"))
    return Text.objects.get(motion=motion, number=motion.version)


def _written(found: Figures, chosen: Sequence[Reckoned]) -> tuple[dict[str, Any], str, list[dict[str, Any]]]:
    """
    (calculation, digest, options). The salt keeps areas from being guessed out of the digest; it is drawn again in the rare case that the digest
    holds what reads like a telephone number, which public texts have taken out.
    """
    assert found.net is not None
    for _try in range(_TRIES):
        calculation = calculation_of(found, chosen, secrets.token_hex(16))
        mark = digest(canonical(calculation), hash_suite())
        with in_place_language():
            options = [
                {"title": option_title(found.plan, one), "text": option_text(found, one, mark), "cost_fen": found.net.cost_fen}
                for one in chosen
            ]
        if all(scrub(str(o["text"]), named=True).text == o["text"] for o in options):
            return calculation, mark, options
    raise Refused("text_unfit", _("方案里有像电话或证件号码的数字，公开文本里不能有。请改补贴来源或名称。"))


def calculation_of(found: Figures, chosen: Sequence[Reckoned], salt: str) -> dict[str, Any]:
    """Everything the figures rest on and the figures themselves, as plain data: whoever has it reckons the same."""
    plan, net = found.plan, found.net
    assert net is not None
    return {
        "plan": plan.pk, "kind": plan.kind, "place": plan.place_id, "salt": salt, "cost_fen": net.cost_fen, "net_fen": net.net_fen,
        "subsidies": [{"name": one.name, "fen": fen, "source": one.source} for one, fen in net.subsidies],
        "running": list(plan.running), "running_fen": found.running_fen,
        "homes": [[h.home_id, h.floor, h.area, h.key] for h in found.sharing],
        "alternatives": [_alternative(one) for one in chosen],
    }  # fmt: skip


def _alternative(one: Reckoned) -> dict[str, Any]:
    a = one.alternative
    assert one.shared is not None
    return {
        "number": a.number, "name": a.name, "how": a.how, "scheme": a.scheme, "free_up_to": a.free_up_to, "paid_fen": a.paid_fen,
        "shares": [[int(home), share.fen] for home, share in one.shared.shares.items()],
        "yearly": [[int(home), share.fen] for home, share in one.yearly.shares.items()] if one.yearly else [],
    }  # fmt: skip

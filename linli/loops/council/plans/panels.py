"""What a motion's page shows of its plans: what it costs, and the reader's own share by the present way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.together import Asking
from linli.kernel.matters.models import Matter
from linli.kernel.matters.panels import Panel
from linli.loops.council.plans.models import Plan, PlanHome
from linli.loops.council.plans.queries import MOST_OWN, OPEN_STATES, homes_of_mine, plans_about
from linli.loops.council.plans.reckoning import reckon
from linli.loops.council.plans.wording import TONES, State, money, share_words

MOST_HOMES: Final = 100_000
MOST_WAYS: Final = 100


def panel(actor: Actor, matter: Matter, now: datetime, *, desk: bool = False) -> Asking[Panel | None]:
    """The newest plan in full, the others by name; None when there are none. One query, two for the owner of a home that shares."""
    found, homes = yield [
        plans_about(matter)[:5],
        (PlanHome.objects.none() if desk else homes_of_mine(actor, now).filter(plan__matter=matter))[: 5 * MOST_OWN],
    ]
    plans = [p for p in found if p.state in OPEN_STATES or table.may(actor, "plan.read", p.place_path)]
    if not plans:
        return None
    base = "/desk/plans/" if desk else "/plans/"
    rows = [
        {
            "title": p.title,
            "href": f"{base}{p.pk}/",
            "meta": money(p.cost_fen),
            "chip": p.get_state_display(),
            "tone": TONES[State(p.state)],
        }
        for p in plans
    ]
    own = yield from _own(plans[0], [h for h in homes if h.plan_id == plans[0].pk])
    return Panel(_("费用分摊方案"), "plans/panel.html", {"rows": rows, "own": own}, rows[0]["href"], _("看各户怎么分摊"))


def _own(plan: Plan, homes: Sequence[PlanHome]) -> Asking[list[dict[str, Any]]]:
    if not homes:
        return []
    sharing, ways = yield [plan.homes.all()[:MOST_HOMES], plan.alternatives.all()[:MOST_WAYS]]
    lead = reckon(plan, sharing, ways).lead
    return [{"door": h.door, "share": share_words(lead.fen(h.home_id))} for h in homes] if lead and lead.shared else []

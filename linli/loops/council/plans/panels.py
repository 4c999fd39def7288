"""What a motion's page shows of its plans: what it costs, and the reader's own share by the present way."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.matters.models import Matter
from linli.kernel.matters.panels import Panel
from linli.loops.council.plans.models import Plan
from linli.loops.council.plans.queries import OPEN_STATES, my_homes, plans_about
from linli.loops.council.plans.reckoning import figures_of
from linli.loops.council.plans.wording import TONES, State, money, share_words


def panel(actor: Actor, matter: Matter, now: datetime, *, desk: bool = False) -> Panel | None:
    """The newest plan in full, the others by name; None when there are none. Four queries; at the Desk one."""
    plans = [p for p in plans_about(matter) if p.state in OPEN_STATES or table.may(actor, "plan.read", p.place_path)]
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
    own = [] if desk else _own(actor, plans[0], now)
    return Panel(_("费用分摊方案"), "plans/panel.html", {"rows": rows, "own": own}, rows[0]["href"], _("看各户怎么分摊"))


def _own(actor: Actor, plan: Plan, now: datetime) -> list[dict[str, Any]]:
    homes = my_homes(actor, plan, now)
    if not homes:
        return []
    lead = figures_of(plan).lead
    return [{"door": h.door, "share": share_words(lead.fen(h.home_id))} for h in homes] if lead and lead.shared else []

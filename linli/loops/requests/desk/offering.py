"""What a worker may do with a request now, as forms."""

from __future__ import annotations

from typing import Any, Final

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Unit
from linli.kernel.accounts.queries import units_serving
from linli.kernel.matters import acts
from linli.kernel.matters.acts import ActForm
from linli.kernel.matters.models import Matter, WorkOrder
from linli.kernel.matters.queries import id_of_ref, matter_for_page
from linli.kernel.matters.saying import unit_name
from linli.loops.requests.desk.matter_shown import WHISTLE_TASKS
from linli.loops.requests.desk_forms import ACTS, EXTRA_VERBS, FIRST, Setting, categories
from linli.loops.requests.desk_queries import AtDesk
from linli.loops.requests.rules import KIND, WORKFLOW
from linli.loops.requests.suggest import serves_as

_NEEDS_UNITS: Final = frozenset({"dispatch", "redispatch", "whistle"})


def request_at_desk(actor: Actor, ref: str) -> Matter:
    """The request with this reference. Raises NotFound, also for what is another kind."""
    return matter_for_page(actor, id_of_ref(ref), KIND)


def offered_verbs(actor: Actor, whole: AtDesk) -> list[str]:
    """
    The verbs the reader may do now, in the order of the table of acts. The permission table and the state decide; what a
    unit may only do with its own order is left out for others.
    """
    allowed = set(whole.verbs)
    matter, mine = whole.matter, set(actor.unit_ids)
    open_mine = [o for o in whole.orders if o.state == WorkOrder.State.OPEN and o.unit_id in mine]
    called = [o for o in open_mine if o.task in WHISTLE_TASKS]
    if not any(o.task == WorkOrder.Task.REPORT_IN for o in called):
        allowed.discard("report_in")
    if not called:
        allowed.discard("answer_whistle")
    if not any(not o.lead for o in called):
        allowed.discard("refuse_whistle")
    if not any(o.task == WorkOrder.Task.HANDLE for o in open_mine):
        allowed.discard("object")
    if not any(o.task in WHISTLE_TASKS for o in whole.orders):
        allowed.discard("score_whistle")
    street = any(s.role == "street_officer" for s in actor.standings_at(matter.place_path))
    if not street and not any(o.lead and o.reported_at and o.unit_id in mine for o in whole.orders):
        allowed.discard("conclude_whistle")
    for verb in EXTRA_VERBS:
        if table.may(actor, f"{KIND}.{verb}", matter.place_path, unit_ids=whole.working) and not (verb == "exclude" and matter.excluded):
            allowed.add(verb)
    return [verb for verb in ACTS if verb in allowed]


def owing(whole: AtDesk) -> list[str]:
    """The called units that have neither answered nor refused."""
    return [unit_name(o.unit) for o in whole.orders if o.task in WHISTLE_TASKS and o.state == WorkOrder.State.OPEN]


def suggested_unit(units: list[Unit], department: str) -> Unit | None:
    """The unit that serves the place and is the department the category names."""
    return next((u for u in units if serves_as(u, department)), None)


def setting_of(whole: AtDesk, verbs: list[str]) -> Setting:
    matter = whole.matter
    units = units_serving(matter.place) if _NEEDS_UNITS & set(verbs) else []
    return Setting(
        units=units,
        suggested_unit=suggested_unit(units, _category_of(whole).department) if _category_of(whole) else None,
        category=category_code(whole),
        urgency=matter.urgency,
        grade=matter.grade or next((s.suggested for s in whole.suggestions if s.field == "grade"), ""),
        visibility=matter.visibility,
        public_title=matter.public_title,
        public_body=matter.public_body,
        orders=whole.orders,
        state=matter.state,
    )


def category_code(whole: AtDesk) -> str:
    """The category it has; before it has one, the suggested one stands ready in the form, unless the machine is not sure itself."""
    if whole.matter.category:
        return whole.matter.category.code
    return next((s.suggested for s in whole.suggestions if s.field == "category" and s.sure), "")


def _category_of(whole: AtDesk) -> Any:
    code = category_code(whole)
    return next((c for c in categories() if c.code == code), None) if code else None


def offers(actor: Actor, whole: AtDesk, bound: ActForm | None = None) -> dict[str, list[acts.Offer]]:
    """Every offered move with its form, by group; the one the reader just sent back with errors stands open."""
    verbs = offered_verbs(actor, whole)
    return acts.offers(ACTS, verbs, setting_of(whole, verbs), label=label_of, first=FIRST.get(whole.matter.state, ()), bound=bound)


def label_of(verb: str) -> str:
    return str(EXTRA_VERBS[verb] if verb in EXTRA_VERBS else WORKFLOW.by_verb[verb].label)

"""What people see of plans: lists, one plan, the reader's own homes in it, what a ballot needs of an adopted one. Scoped, in bounded SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.access.refusals import NotFound
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Matter, Visibility
from linli.kernel.matters.queries import matter_for
from linli.kernel.people.models import Ownership, Relation, Residence
from linli.kernel.places.models import Place
from linli.law.lifts import LiftScheme, lift_schemes, scheme_from
from linli.loops.council.plans.models import Adoption, Plan, PlanHome, Scheme, State

PAGE, MOST_OWN = 20, 50
LARGEST = 2**31 - 1
OPEN_STATES = (State.SHOWN, State.ADOPTED)


def plan_for(actor: Actor, plan_id: int, verb: str = "") -> Plan:
    """
    A plan the reader may see: drafts and dropped ones only where they do `plan.read` (or `verb`), shown ones as their motion is. Raises NotFound; with
    `verb` NotAllowed.
    """
    found = Plan.objects.select_related("place", "matter", "roll").filter(pk=min(plan_id, LARGEST)).first()
    if found is None:
        raise _nothing()
    if verb:
        table.require(actor, verb, found.place_path)
        return found
    if table.may(actor, "plan.read", found.place_path):
        return found
    if found.state not in OPEN_STATES:
        raise _nothing()
    if found.matter is not None and found.matter.visibility != Visibility.PUBLIC:
        matter_for(actor, found.matter_id or 0)
    return found


def _nothing() -> NotFound:
    return NotFound("no_plan", _("没有找到这份方案。"))


def public_plans(place: Place | None, *, before: int | None = None, limit: int = PAGE) -> list[Plan]:
    """Shown and adopted plans of the place, of those above and below it (everywhere without a place), the newest first. One query."""
    found = Plan.objects.filter(state__in=OPEN_STATES).filter(Q(matter=None) | Q(matter__visibility=Visibility.PUBLIC))
    if place is not None:
        found = found.filter(Q(place_path__in=ancestors(place.path)) | Q(**subtree("place_path", place.path)))
    return _page(found, before, limit)


def plans_in_reach(actor: Actor, *, before: int | None = None, limit: int = PAGE) -> list[Plan]:
    """Every plan where the actor does `plan.read`, the newest first. One query."""
    scope = Q(pk__in=[])
    for reach, standing in table.reach_of(actor, "plan.read"):
        if reach == "area":
            scope |= Q(**subtree("place_path", standing.path)) if standing.path else Q(pk__gt=0)
    return _page(Plan.objects.filter(scope), before, limit)


def _page(found: QuerySet[Plan], before: int | None, limit: int) -> list[Plan]:
    return list((found.filter(pk__lt=before) if before else found).select_related("place", "matter").order_by("-pk")[:limit])


def plans_about(matter: Matter) -> QuerySet[Plan]:
    """Plans of a motion, the newest first."""
    return Plan.objects.filter(matter=matter).exclude(state=State.DROPPED).order_by("-pk")


# --- the reader's own -----------------------------------------------------------------------------------------
def own_homes(actor: Actor, now: datetime) -> Q:
    """
    The filter on `home` for homes whose share is the reader's business: those they own, those they live in as an owner or of the owner's family. A
    tenant's landlord pays. An account without a register entry sees the home it was granted for.
    """
    if not actor.person_id:
        paths = [s.path for s in actor.standings if s.role == "resident"]
        return Q(home__path__in=paths) if paths else Q(pk__in=[])
    today = now.astimezone(ZONE).date()
    in_force = Q(person_id=actor.person_id) & (Q(until_on=None) | Q(until_on__gt=today))
    lives = Residence.objects.filter(in_force, relation__in=(Relation.OWNER, Relation.FAMILY))
    return Q(home_id__in=Ownership.objects.filter(in_force).values("home__place_id")) | Q(
        home_id__in=lives.values("household__home__place_id")
    )


def my_homes(actor: Actor, plan: Plan, now: datetime) -> list[PlanHome]:
    """The reader's own homes in the plan, also those left out. One query."""
    return list(homes_of_mine(actor, now).filter(plan=plan)[:MOST_OWN])


def homes_of_mine(actor: Actor, now: datetime) -> QuerySet[PlanHome]:
    """The reader's own homes in any plan."""
    return PlanHome.objects.none() if actor.is_anonymous else PlanHome.objects.filter(own_homes(actor, now)).order_by("path")


def plans_of_mine(actor: Actor, now: datetime) -> QuerySet[Plan]:
    """Shown plans in which a home of the reader's shares, the newest first."""
    if actor.is_anonymous:
        return Plan.objects.none()
    mine = PlanHome.objects.filter(own_homes(actor, now), left_out=False).values("plan")
    return Plan.objects.filter(pk__in=mine, state=State.SHOWN).select_related("place", "matter").order_by("-pk")


# --- keys by floor ----------------------------------------------------------------------------------------
def schemes_at(path: str) -> list[tuple[str, LiftScheme]]:
    """(code of the choice, key) of all keys a plan at `path` may take: the published ones and the examples, then the operators' own. One query."""
    own = Scheme.objects.filter(ends_at=None, place_path__in=["", *ancestors(path)])
    return [*((f"pack:{s.code}", s) for s in lift_schemes()), *((f"own:{row.pk}", scheme_from(row.data)) for row in own)]


def schemes_in_reach(actor: Actor) -> list[Scheme]:
    """The operators' own keys in force that the actor may end, and those above. One query."""
    scope = Q(place_path="")
    for reach, standing in table.reach_of(actor, "plan.scheme"):
        if reach == "area":
            scope |= (
                (Q(**subtree("place_path", standing.path)) | Q(place_path__in=ancestors(standing.path))) if standing.path else Q(pk__gt=0)
            )
    return list(Scheme.objects.filter(scope, ends_at=None).select_related("place")[:200])


# --- what a ballot needs ------------------------------------------------------------------------------------
def adopted_for(motion_id: int, options: Sequence[Mapping[str, Any]]) -> Adoption | None:
    """The plan these options came from, word for word; None when a hand changed them since. One query."""
    rows = Adoption.objects.filter(motion_id=motion_id).select_related("plan").defer("calculation").order_by("-pk")[:5]
    return next((row for row in rows if options and all(number_of(row, o) for o in options)), None)


def number_of(adoption: Adoption, option: Mapping[str, Any]) -> int:
    """Which alternative an option stands for; 0 for none."""
    told = (option.get("title"), option.get("text", ""), option.get("cost_fen"))
    return next((int(o["number"]) for o in adoption.options if (o["title"], o["text"], o["cost_fen"]) == told), 0)


@lru_cache(maxsize=32)
def adopted_figures(adoption_id: int, digest: str) -> dict[int, tuple[dict[int, int], dict[int, int]]]:
    """Alternative → (fen once, fen a year) by home, of an adoption, which never changes: `digest` names it. One query the first time."""
    calculation = Adoption.objects.values_list("calculation", flat=True).get(pk=adoption_id)
    return {int(a["number"]): (dict(map(tuple, a["shares"])), dict(map(tuple, a["yearly"]))) for a in calculation["alternatives"]}

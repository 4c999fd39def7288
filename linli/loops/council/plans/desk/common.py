"""What the Desk's pages of plans share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid
from linli.kernel.matters import desk
from linli.kernel.matters.acts import worker_and_now
from linli.kernel.matters.models import Matter
from linli.kernel.matters.queries import id_of_ref, matter_for
from linli.loops.council.plans.models import Plan
from linli.loops.council.plans.queries import plan_for

P = ParamSpec("P")


def of_plan(verb: str) -> Callable[[Callable[Concatenate[HttpRequest, Plan, P], HttpResponseBase]], Any]:
    """A page of one plan for whoever may do `verb` at its place: fetched and allowed in one step."""

    def wrap(view: Callable[Concatenate[HttpRequest, Plan, P], HttpResponseBase]) -> Any:
        @desk.at_desk
        @wraps(view)
        def page(request: HttpRequest, plan_id: int, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            return view(request, plan_for(worker_and_now(request)[0], plan_id, verb), *args, **kwargs)

        return page

    return wrap


def address(plan_id: int, part: str = "") -> str:
    return f"/desk/plans/{plan_id}/{part}"


def motion_named(actor: Actor, ref: str) -> Matter | None:
    """The matter a reference names; None for an empty one. Raises Invalid for one the actor does not find."""
    from linli.kernel.access.refusals import NotFound

    if not ref.strip():
        return None
    try:
        return matter_for(actor, id_of_ref(ref))
    except NotFound:
        words = _("没有找到议题 %(ref)s，请核对编号。") % {"ref": ref.strip()[:20]}
        raise Invalid("bad_matter", words, fields={"matter": [words]}) from None


def needs(actor: Actor, verb: str) -> None:
    """Raises NotAllowed for staff who have nothing to do with plans."""
    if not table.holds(actor, verb):
        raise table.refusal(actor, verb)

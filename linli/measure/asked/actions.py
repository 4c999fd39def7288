"""Asking the lake from a page, and answering in the worker: the verbs are those of `linli.measure.actions`, done by whoever asked."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib.util import find_spec
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from linli.insight.measure.definitions import Indicator
from linli.insight.measure.periods import Period, period, period_of
from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused, said
from linli.kernel.access.tongue import in_place_language
from linli.kernel.accounts.queries import actor_of
from linli.kernel.places.facts import tables
from linli.kernel.places.models import Place
from linli.law.indicators import pack
from linli.lib.problems import InputProblem
from linli.lib.units import SHANGHAI
from linli.measure import indicators
from linli.measure.asked.models import Asked
from linli.measure.models import Definition

HAS_LAKE: Final = all(find_spec(name) is not None for name in ("duckdb", "ibis", "pyarrow"))
LEASE: Final = timedelta(minutes=10)
AT_ONCE: Final = 5
MONTHS: Final = 12
log = logging.getLogger(__name__)


def last_month(now: datetime) -> Period:
    """The last month that is over."""
    return period_of("month", now.astimezone(SHANGHAI).date()).before()


def may_edit(actor: Actor) -> None:
    """An indicator is one for the whole house: whoever may edit somewhere may. Raises NotAllowed."""
    if not table.holds(actor, "indicator.edit"):
        raise table.refusal(actor, "indicator.edit")


def _require_lake() -> None:
    """Raises Refused where the libraries of the lake are not installed: nobody would ever answer."""
    if not HAS_LAKE:
        raise Refused("no_lake", _("这里没有安装分析组件，不能试算，也不能公布。"), turn_to=_("请系统管理员安装 linli[measure]。"))


def _account(actor: Actor) -> int:
    """Whose rights the worker acts with. Raises NotAllowed for an actor without an account."""
    if actor.account_id is None:
        raise table.refusal(actor, "indicator.read")
    return actor.account_id


@transaction.atomic
def ask_preview(*, actor: Actor, code: str, data: Mapping[str, Any], reason: str, place: Place, now: datetime) -> Asked:
    """
    Ask what a changed indicator would have said of a place in the last twelve months that are over. Raises Invalid for a definition that cannot be
    computed, Refused without the libraries of the lake, NotAllowed.
    """
    may_edit(actor)
    _require_lake()
    changed(code, data)
    return Asked.objects.create(
        kind=Asked.Kind.PREVIEW, code=code, data=dict(data), reason=reason[:300], place=place, period=str(last_month(now)), asked_at=now,
        asked_by_id=_account(actor),
    )  # fmt: skip


def changed(code: str, data: Mapping[str, Any]) -> Indicator:
    """The indicator as it would be with these changes on what is in force. Raises Invalid."""
    if strange := set(data) - set(indicators.CHANGEABLE):
        raise Invalid("not_changeable", _("不能改：%(names)s。") % {"names": "、".join(sorted(strange))})
    newest = Definition.objects.filter(code=code).order_by("-version").first()
    try:
        if code not in pack():
            indicators.indicator(code)
        return indicators.indicator_from({**pack()[code], **(newest.data if newest else {}), **data}, tables())
    except InputProblem as problem:
        raise Invalid(problem.code, said(problem)) from None


@transaction.atomic
def ask_to_publish(*, actor: Actor, place: Place, span: Period, now: datetime) -> Asked:
    """Ask for a place's period to be published; the same that still waits is returned. Raises Refused while the period runs, NotAllowed."""
    table.require(actor, "indicator.publish", place.path)
    _require_lake()
    if not span.over(now):
        raise Refused("not_over", _("%(period)s还没有结束，不能公布。") % {"period": span.name(get_language() or "zh")})
    same = {"kind": Asked.Kind.PUBLISH, "place": place, "period": str(span)}
    waiting = Asked.objects.filter(**same, answered_at=None).first()
    return waiting or Asked.objects.create(**same, asked_at=now, asked_by_id=_account(actor))


def asked_for(actor: Actor, asked_id: int) -> Asked:
    """One question. Raises NotFound for what the actor may not read."""
    found = Asked.objects.select_related("place", "asked_by").filter(pk=asked_id).first()
    if found is None or not any(table.may(actor, f"indicator.{verb}", found.place.path) for verb in ("read", "edit")):
        raise NotFound("no_question", _("没有找到这次试算或公布。"))
    return found


def _free(now: datetime) -> QuerySet[Asked]:
    return Asked.objects.filter(Q(begun_at=None) | Q(begun_at__lt=now - LEASE), answered_at=None)


def any_waits(now: datetime) -> bool:
    return _free(now).exists()


def answer_due(now: datetime) -> int:
    """Answer what waits, the oldest first, a few at a time; returns how many. Brings the libraries of the lake into the process: for the worker."""
    done = 0
    for asked in _free(now).select_related("place", "asked_by").order_by("pk")[:AT_ONCE]:
        # Of several workers one gets it: the update names what it was.
        if not Asked.objects.filter(pk=asked.pk, begun_at=asked.begun_at, answered_at=None).update(begun_at=now):
            continue
        with in_place_language():
            answer, problem = _answered(asked, now)
        Asked.objects.filter(pk=asked.pk).update(answered_at=now, answer=answer, problem=problem[:500])
        done += 1
    return done


def _answered(asked: Asked, now: datetime) -> tuple[dict[str, Any], str]:
    try:
        if asked.kind == Asked.Kind.PREVIEW:
            return _previewed(asked), ""
        from linli.measure.actions import publish  # the lake's side of the house: for the worker alone

        made = publish(actor=actor_of(asked.asked_by, now=now), place=asked.place, span=period(asked.period), now=now)
        return {"published": len(made)}, ""
    except Refused as refused:
        return {}, str(refused.text)
    except InputProblem as problem:
        return {}, said(problem)
    except Exception:
        log.exception("the question %s about figures could not be answered", asked.pk)
        return {}, _("这次没有算出来，已记入日志，请告诉系统管理员。")


def _previewed(asked: Asked) -> dict[str, Any]:
    """Month by month: the value as it is defined now, and as it would be."""
    from linli.insight.measure.engines import engine
    from linli.measure import building, computing

    after = changed(asked.code, asked.data)
    before = indicators.in_force()[asked.code][0]
    last = period(asked.period)
    spans = [last.before(n) for n in range(MONTHS - 1, -1, -1)]
    code, level = computing.code_of(asked.place), str(asked.place.kind)
    with engine("duckdb", building.current(), tables().values()) as connected:
        values = [
            {
                f.period: (computing.shown(f, one).value, f.denominator)
                for f in (computing.figures_of(connected, [one], spans, level) if one.formula is not None else [])
                if f.place == code
            }
            for one in (before, after)
        ]
    nothing = (None, None)
    rows = [
        [str(s), values[0].get(str(s), nothing)[0], values[1].get(str(s), nothing)[0], values[1].get(str(s), nothing)[1]] for s in spans
    ]
    return {"rows": rows}

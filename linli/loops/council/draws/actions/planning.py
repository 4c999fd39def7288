"""Before anybody applies: planned, changed, opened with its notice; the source named anew; called off."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.insight.choice.lottery import Announcement, Category, DrawProblem
from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.arguments import needed
from linli.kernel.access.refusals import Invalid, NotFound, Refused, said
from linli.kernel.matters.held import begin
from linli.kernel.matters.queries import id_of_ref, matter_for
from linli.kernel.places.models import Place
from linli.lib.texts import clean
from linli.loops.council.draws import rules
from linli.loops.council.draws.actions.acting import Acting, acting
from linli.loops.council.draws.models import Application, Asks, Draw, State, What
from linli.loops.council.draws.wording import PATTERN, notice_of_opening, notice_of_source


@dataclass(frozen=True)
class Kind:
    """One category as planned: its name, the lots it gives out in their order, what it asks, whether unfilled lots pass on."""

    name: str
    lots: Sequence[str]
    asks: str = Asks.NOTHING
    passes_on: bool = True


@dataclass(frozen=True)
class Plan:
    """What a draw is planned with. `about` is the reference of the motion it carries out; `follows` the draw whose waiting list goes on."""

    place: Place
    title: str
    categories: Sequence[Kind]
    applies_from: datetime
    applies_until: datetime
    source: str
    source_at: datetime
    source_where: str
    what: str = What.PARKING
    terms: str = ""
    about: str = ""
    follows: int | None = None
    objection_days: int = 3
    accept_days: int = 7


_SAME = ["what", "title", "terms", "applies_from", "applies_until", "objection_days", "accept_days", "source", "source_at", "source_where"]


@transaction.atomic
def plan_draw(*, actor: Actor, plan: Plan, now: datetime) -> Draw:
    """Plan a draw. Raises Invalid naming every field to mend, NotFound for a matter or an earlier draw the actor may not read."""
    table.require(actor, "draw.plan", plan.place.path)
    plan = _checked(plan, now)
    draw = Draw(place=plan.place, place_path=plan.place.path, created_at=now, created_by_id=actor.account_id)
    _put(draw, plan, actor)
    draw.save()
    begin(Acting(draw, actor, now), "plan")
    return draw


def change_draw(*, actor: Actor, draw_id: int, plan: Plan, now: datetime, seen: int | None = None) -> Draw:
    """Change the plan while nothing is announced. Raises Conflict when somebody else changed it since `seen`."""
    with acting(actor, draw_id, "change", now, permission="draw.plan", seen=seen) as act:
        if plan.place.pk != act.draw.place_id:
            words = _("范围不能改。请取消这次抽签，另外安排一次。")
            raise Invalid("place_fixed", words, fields={"place": [words]})
        _put(act.draw, _checked(plan, now), actor)
        act.record("change")
    return act.draw


def _put(draw: Draw, plan: Plan, actor: Actor) -> None:
    for name in _SAME:
        setattr(draw, name, getattr(plan, name))
    draw.categories = [
        {"code": f"c{n}", "name": k.name, "asks": k.asks, "passes_on": k.passes_on, "lots": list(k.lots)}
        for n, k in enumerate(plan.categories, 1)
    ]
    try:
        draw.about = matter_for(actor, id_of_ref(plan.about)) if plan.about else None
    except NotFound as missing:
        raise Invalid("no_matter", str(missing.text), fields={"about": [str(missing.text)]}) from None
    draw.follows = _earlier(plan) if plan.follows else None


def _earlier(plan: Plan) -> Draw:
    found = Draw.objects.filter(pk=plan.follows or 0, place_path=plan.place.path, state__in=[State.DRAWN, State.CLOSED]).first()
    if found is None:
        words = _("只能接着同一范围里已经抽过签的那一次。")
        raise Invalid("no_earlier", words, fields={"follows": [words]})
    return found


def announcement_frame(draw: Draw) -> tuple[Category, ...]:
    """The categories as the lottery takes them."""
    return tuple(Category(c["code"], len(c["lots"]), c["passes_on"], tuple(c["lots"])) for c in draw.categories)


def _checked(plan: Plan, now: datetime) -> Plan:
    """The plan with its texts cleaned. Raises Invalid naming every field that must be mended."""
    plan = replace(
        plan,
        title=clean(plan.title, 80),
        terms=clean(plan.terms, 3000),
        source=one_line(plan.source, 160),
        source_where=one_line(plan.source_where, 300),
        about=plan.about.strip(),
        categories=[replace(k, name=one_line(k.name, 40)) for k in plan.categories if k.name.strip() or k.lots],
    )
    wrong: dict[str, list[Any]] = {}
    if not plan.title:
        wrong["title"] = [_("请写这次抽签的名称。")]
    if plan.what not in What.values:
        wrong["what"] = [_("请选择抽的是什么。")]
    if plan.applies_until <= plan.applies_from or plan.applies_until <= now:
        wrong["applies_until"] = [_("报名截止时间要晚于开始时间，也要在现在以后。")]
    if not 1 <= plan.objection_days <= 30:
        wrong["objection_days"] = [_("名单公示请填 1 到 30 天。")]
    if not 1 <= plan.accept_days <= 60:
        wrong["accept_days"] = [_("认领期限请填 1 到 60 天。")]
    wrong |= source_problems(plan.source, plan.source_at, plan.source_where, after=plan.applies_until)
    if not plan.categories:
        wrong["categories"] = [_("请至少写一类，并写出名额编号。")]
    elif len(plan.categories) > rules.MOST_CATEGORIES or any(
        not k.name or not k.lots or k.asks not in Asks.values for k in plan.categories
    ):
        wrong["categories"] = [_("每一类都要有名称和名额编号，最多 %(n)s 类。") % {"n": rules.MOST_CATEGORIES}]
    else:
        try:
            frame = tuple(Category(f"c{n}", len(k.lots), k.passes_on, tuple(k.lots)) for n, k in enumerate(plan.categories, 1))
            Announcement(plan.title or "-", plan.source or "-", frame, ())
        except DrawProblem as problem:
            wrong["categories"] = [said(problem)]
    if wrong:
        raise Invalid("plan_incomplete", _("抽签安排有几处要改一改。"), fields=wrong)
    return plan


def one_line(text: str, limit: int) -> str:
    return re.sub(r"\s+", " ", clean(text, limit))


def source_problems(source: str, at: datetime, where: str, *, after: datetime) -> dict[str, list[Any]]:
    """What is wrong with a named source: nobody here may steer it, and it must come after the applications."""
    wrong: dict[str, list[Any]] = {}
    if len(source) < 4:
        wrong["source"] = [_("请写明用什么做随机数：例如“中国福利彩票双色球 2026150 期开奖号码”。")]
    if len(where) < 4:
        wrong["source_where"] = [_("请写明到哪里能看到：网址、报纸或者电视台。")]
    if at <= after:
        wrong["source_at"] = [_("随机数来源的公布时间要晚于报名截止，并留出名单公示的天数。")]
    return wrong


def open_draw(*, actor: Actor, draw_id: int, now: datetime, once: str = "") -> Draw:
    """Publish the notice that calls for applications: what is drawn, who may apply, categories and lots, the source named beforehand."""
    with acting(actor, draw_id, "open", now, permission="draw.plan", once=once) as act:
        draw = act.draw
        if act.repeated:
            return draw
        if now >= draw.applies_until or now >= draw.source_at:
            raise Refused("too_late", _("报名截止时间或者来源的公布时间已经过了，请先改时间。"))
        draw.state, draw.opened_at = State.OPEN, now
        notice = act.publish(lambda: notice_of_opening(draw), lambda: PATTERN.of(draw, "open"))
        act.record("open", notice=notice.pk)
    return draw


def name_source(*, actor: Actor, draw_id: int, source: str, source_at: datetime, source_where: str, now: datetime, once: str = "") -> Draw:
    """
    Name another source, one that is still to be published; told on the board. Possible until the list is frozen, never after.

    Raises Invalid for a source that is not clear or comes too early.
    """
    with acting(actor, draw_id, "name_source", now, permission="draw.plan", once=once) as act:
        draw = act.draw
        if act.repeated:
            return draw
        source, source_where = one_line(source, 160), one_line(source_where, 300)
        after = max(now, draw.applies_until, draw.objections_until or now)
        wrong = source_problems(source, source_at, source_where, after=after)
        if wrong:
            raise Invalid("bad_source", _("请写清楚新的随机数来源。"), fields=wrong)
        before = rules.source_line(draw.source, draw.source_at, draw.source_where)
        draw.source, draw.source_at, draw.source_where = source, source_at, source_where
        facts: dict[str, Any] = {"before": before, "source": rules.source_line(source, source_at, source_where)}
        if draw.state != State.DRAFT:
            facts["notice"] = act.publish(lambda: notice_of_source(draw, before), lambda: PATTERN.of(draw, "source")).pk
        act.record("name_source", **facts)
    return draw


def cancel(*, actor: Actor, draw_id: int, reason: str, now: datetime, once: str = "") -> Draw:
    """Call the draw off before it is held, saying why; applicants are told. A frozen list may be cancelled, never changed."""
    with acting(actor, draw_id, "cancel", now, permission="draw.plan", once=once) as act:
        draw = act.draw
        if act.repeated:
            return draw
        draw.reason = needed(reason, "reason", _("请写明原因，大家都能看到。"))
        if draw.state != State.DRAFT:

            def title() -> str:
                return _("抽签取消：%(title)s") % {"title": draw.title}

            act.publish(lambda: (title(), draw.reason), lambda: PATTERN.of(draw, "cancel"))
            live = Application.objects.filter(draw=draw, state__in=["received", "accepted"]).select_related("person")
            act.tell(live, "cancel", title, draw.reason)
        draw.state = State.CANCELLED
        act.record("cancel", reason=draw.reason)
    return draw

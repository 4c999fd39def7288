"""The list: posted for objections, objected to, answered, frozen with its hash before the source can be known."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from linli.insight.choice.lottery import Announcement, DrawProblem, Entrant
from linli.kernel.access.actor import Actor
from linli.kernel.access.arguments import needed
from linli.kernel.access.refusals import Invalid, Refused, said
from linli.kernel.matters.lawful import counted
from linli.kernel.matters.promises import calendar
from linli.lib.texts import clean
from linli.loops.council.draws import rules
from linli.loops.council.draws.actions.acting import acting
from linli.loops.council.draws.actions.planning import announcement_frame
from linli.loops.council.draws.models import Application, Draw, Objection, State
from linli.loops.council.draws.wording import PATTERN, notice_of_freezing, notice_of_list
from linli.web.words import until


def post_list(*, actor: Actor, draw_id: int, now: datetime, once: str = "") -> Draw:
    """
    Post who applied (household and building, without numbers or categories) for objections; the days are counted the law's way.

    Raises Refused while applications come in or one is unchecked, and when the source would be published before the days are over.
    """
    with acting(actor, draw_id, "post_list", now, permission="draw.plan", once=once) as act:
        draw = act.draw
        if act.repeated:
            return draw
        if now < draw.applies_until:
            raise Refused("still_open", _("报名还没有截止，%(when)s 以后才能公示名单。") % {"when": until(draw.applies_until)})
        unchecked = Application.objects.filter(draw=draw, state="received").count()
        if unchecked:
            raise Refused("unchecked", _("还有 %(n)s 份报名没有审核。") % {"n": unchecked})
        ends = rules.end_of(now, draw.objection_days, calendar())
        if ends >= draw.source_at:
            raise Refused(
                "source_too_early",
                _("公示要到%(until)s，随机数来源在那以前就公布了。请先另定一个更晚的来源，再公示名单。") % {"until": until(ends)},
            )
        draw.state, draw.listed_at, draw.objections_until = State.LISTED, now, ends
        accepted = Application.objects.filter(draw=draw, state="accepted").count()
        notice = act.publish(lambda: notice_of_list(draw, accepted), lambda: PATTERN.of(draw, "list", counted(now, draw.objection_days)))
        act.record("post_list", notice=notice.pk, accepted=accepted, until=ends.isoformat())
    return draw


def raise_objection(
    *, actor: Actor, draw_id: int, text: str, now: datetime, on_behalf: bool = False, name: str = "", once: str = ""
) -> Objection:
    """
    Object to the posted list; on behalf of somebody who came or phoned with their name. Raises Refused after the days are over.
    """
    permission = "draw.apply_for" if on_behalf else "draw.object"
    with acting(actor, draw_id, "object", now, permission=permission, own=not on_behalf, once=once) as act:
        if act.repeated:
            return Objection.objects.filter(draw=act.draw).latest("pk")
        if act.draw.objections_until is None or now >= act.draw.objections_until:
            raise Refused("objections_over", _("异议期已经结束。"), turn_to=_("仍有意见的，可以到社区窗口反映。"))
        made = Objection.objects.create(
            draw=act.draw,
            text=needed(text, "text", _("请写明哪里不对。"), 500),
            name=needed(name, "name", _("请写是谁提出的。"), 60) if on_behalf else actor.name[:60],
            account_id=None if on_behalf else actor.account_id,
            channel=actor.channel,
            at=now,
        )
        act.record("object", objection=made.pk)
    return made


def answer_objection(
    *, actor: Actor, draw_id: int, objection_id: int, upheld: bool, answer: str, now: datetime, once: str = ""
) -> Objection:
    """Answer an objection in words; when it is upheld, the application it is about is looked at again by whoever checks. Raises Invalid."""
    with acting(actor, draw_id, "answer_objection", now, permission="draw.plan", once=once) as act:
        made = Objection.objects.filter(draw=act.draw, pk=objection_id).first()
        if made is None:
            raise Invalid("no_objection", _("没有这条异议。"))
        if act.repeated:
            return made
        made.answer = needed(answer, "answer", _("请写明怎么处理、为什么。"), 500)
        made.state = Objection.State.UPHELD if upheld else Objection.State.REJECTED
        made.answered_at, made.answered_by = now, clean(actor.name, 60)
        made.save()
        act.record("answer_objection", objection=made.pk, upheld=upheld)
    return made


def announcement_of(draw: Draw) -> Announcement:
    """What is frozen, as the lottery takes it. Raises DrawProblem. One query."""
    rows = Application.objects.filter(draw=draw, state="accepted").values_list("number", "categories", "carried", "who")
    entrants = tuple(Entrant(number, frozenset(categories), carried, who) for number, categories, carried, who in rows)
    return Announcement(draw.title, rules.source_line(draw.source, draw.source_at, draw.source_where), announcement_frame(draw), entrants)


def freeze(*, actor: Actor, draw_id: int, now: datetime, once: str = "") -> Draw:
    """
    Freeze the list and post its hash together with the source, before the source is published: from here on nobody chooses either.

    Raises Refused while something is unsettled, or when the source's hour has come.
    """
    with acting(actor, draw_id, "freeze", now, permission="draw.hold", once=once) as act:
        draw = act.draw
        if act.repeated:
            return draw
        states = list(Application.objects.filter(draw=draw).values_list("state", flat=True))
        why = rules.why_not_freeze(
            now=now,
            objections_until=draw.objections_until,
            source_at=draw.source_at,
            unchecked=states.count("received"),
            objections=Objection.objects.filter(draw=draw, state="open").count(),
            accepted=states.count("accepted"),
        )
        if why is not None:
            raise Refused("not_yet", why)
        try:
            announced = announcement_of(draw)
        except DrawProblem as problem:
            raise Refused(problem.code, said(problem)) from None
        draw.state, draw.frozen_at = State.FROZEN, now
        draw.digest, draw.commitment = announced.digest(), announced.commitment()
        notice = act.publish(
            lambda: notice_of_freezing(draw, len(announced.entrants)),
            lambda: PATTERN.of(draw, "frozen"),
            commitment=draw.commitment,
            digest=draw.digest,
        )
        act.record("freeze", notice=notice.pk, entrants=len(announced.entrants), digest=draw.digest, commitment=draw.commitment)
    return draw

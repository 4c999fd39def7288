"""Deciding: the ballot opens, a body's decision is recorded and posted, objections are answered, and then it holds, fails or goes on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.access.tongue import in_place_language
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.lawful import counted, first_moment_after
from linli.kernel.matters.models import Matter
from linli.kernel.matters.orders import close_orders, open_order
from linli.kernel.matters.turn import Turn
from linli.kernel.notices.models import Notice
from linli.kernel.people.models import Person
from linli.lib.masking import scrub
from linli.lib.texts import clean
from linli.loops.council.motions import publishing
from linli.loops.council.motions.actions.preparing import announced_now, decision_of
from linli.loops.council.motions.actions.raising import take_back
from linli.loops.council.motions.actions.taking import taking
from linli.loops.council.motions.models import Announcement, Decision, Motion, Objection
from linli.loops.council.motions.roads import road_of
from linli.loops.council.motions.rules import BODIES, Announced, why_not_confirm, why_not_decide
from linli.loops.council.motions.standing import home_of, home_of_person
from linli.loops.council.motions.tell import tell_followers
from linli.web.words import date_long

_WHY_NOT = {
    "not_announced": lambda: _("没有公告过的事不能表决。请先发布公告。"),
    "text_changed": lambda: _("公告以后文本改过了，请按新文本重新公告。"),
    "too_early": lambda: _("公告期还没有满，不能提前表决。"),
    "still_posted": lambda: _("结果还在公示期，期满才能生效。"),
    "objections_open": lambda: _("还有异议没有答复，请先逐件答复。"),
}


def _announced(found: Announcement | None) -> Announced | None:
    return Announced(found.step, found.text.number, found.decidable_at) if found else None


def require_decidable(motion: Motion, decision: int, now: datetime) -> Announcement | None:
    """The notice under which the decision may be taken now (None on a road that needs none). Raises Refused with the rule."""
    found = announced_now(motion)
    code = why_not_decide(road_of(motion), decision, _announced(found), version=motion.version, now=now)
    if code:
        words = _WHY_NOT[code]()
        if code == "too_early" and found is not None:
            words = _("公告期还没有满：%(when)s 起才能表决。") % {"when": date_long(found.decidable_at)}
        raise Refused(code, words, rule=_("没有公告的事不表决；公告期满才表决"))
    return found


@transaction.atomic
def open_ballot(*, actor: Actor, matter_id: int, now: datetime, seen: int | None = None) -> tuple[Matter, Announcement]:
    """
    The ballot begins, under the notice that announced it. Called by the ballots' room, in its own transaction.

    Raises Refused("not_announced" | "text_changed" | "too_early").
    """
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        decision = decision_of(motion)
        t.require("motion.open_ballot")
        found = require_decidable(motion, decision, now)
        if found is None:
            raise Refused("not_announced", _WHY_NOT["not_announced"]())
        t.move("open_ballot", facts={"version": found.text.number, "digest": found.text.digest})
        motion.step = decision
        motion.save()
        tell_followers(t, lambda: _("开始表决：%(title)s") % {"title": t.matter.public_title}, lambda: _("请在截止前投票。"))
    return t.matter, found


@transaction.atomic
def abandon_ballot(*, actor: Actor, matter_id: int, now: datetime, text: str, seen: int | None = None) -> Matter:
    """A ballot that cannot go on (a wrong roll, a mistaken text) is stopped in public; a new notice begins anew. Its votes count for nothing."""
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        t.move("abandon_ballot", text=text)
        take_back(t, motion, text)
        tell_followers(t, lambda: _("停止表决：%(title)s") % {"title": t.matter.public_title}, text)
    return t.matter


@transaction.atomic
def record_decision(
    *,
    actor: Actor,
    matter_id: int,
    now: datetime,
    passed: bool | None,
    text: str,
    figures: Mapping[str, Any] | None = None,
    bundle: str = "",
    by_ballot: bool = False,
    post_days: int = 0,
    seen: int | None = None,
) -> Matter:
    """
    Record and post what a body decided. A decision by ballot comes from the ballots' room alone (`by_ballot`), with its bundle; what a body
    decided in a meeting or by consent is entered with the minutes' words and figures. It is posted for the road's days, or for `post_days`
    where the place's law asks for more (OWN-036).

    Raises Refused when the step decides by ballot and this is not one, and as `require_decidable`.
    """
    if passed is None:
        raise Invalid("missing", _("请选择通过或未通过。"), fields={"passed": [_("请选择。")]})
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        road, index = road_of(motion), decision_of(motion)
        step = road.steps[index]
        if (step.how == "ballot") != by_ballot:
            raise Refused(
                "by_ballot_only",
                _("这一步由投票决定，结果由计票产生，不能手工登记。") if step.how == "ballot" else _("这一步不是投票决定的。"),
                rule=step.name_zh,
            )
        found = announced_now(motion) if by_ballot else require_decidable(motion, index, now)
        t.move("record_decision", text=text, facts={"step": step.code, "passed": passed, "how": step.how, **_public(figures)})
        if found is not None:
            Announcement.objects.filter(pk=found.pk).update(used=True)
        posting = max(road.posting_of(index), post_days)
        decision = Decision.objects.create(
            motion=motion,
            step=index,
            round=motion.round,
            body=step.body,
            how=step.how,
            passed=passed,
            text=text,
            figures=dict(figures or {}),
            bundle=bundle,
            post_days=post_days,
            decided_at=now,
            posted_at=now,
            holds_from=first_moment_after(now, posting),
        )
        motion.step = index
        if posting:
            _post(t, decision, posting)
        tell_followers(t, lambda: (_("通过：%(title)s") if passed else _("未通过：%(title)s")) % {"title": t.matter.public_title}, text)
        if not posting:
            _confirm(t, motion, decision)
        motion.save()
    return t.matter


def _public(figures: Mapping[str, Any] | None) -> dict[str, Any]:
    """The figures short enough for the timeline: exact fractions and counts as text."""
    return {"figures": {k: str(v) for k, v in figures.items() if k != "said_en" and not isinstance(v, dict | list)}} if figures else {}


@in_place_language()
def _post(t: Turn, decision: Decision, days: int, *, before: bool | None = None) -> None:
    """Put the result before everybody, for objections; with `before` (what it said until now) as a correction."""
    title, period = t.matter.public_title, counted(t.now, days)
    words = {"title": title, "ref": t.matter.ref, "body": BODIES[decision.body], "result": _result(decision.passed)}
    if before is None:
        form, name, heading = "result", _("结果公示：%(title)s"), _("关于“%(title)s”表决结果的公示")
        lines = [_("议题“%(title)s”（编号 %(ref)s）由%(body)s决定，结果：%(result)s。") % words]
    else:
        form, name, heading = "correction", _("结果更正：%(title)s"), _("关于更正“%(title)s”表决结果的公告")
        lines = [
            _("议题“%(title)s”（编号 %(ref)s）的结果此前公示为“%(before)s”，现更正为“%(result)s”；公示期从头计算。")
            % {**words, "before": _result(before)},
            _("更正的内容和理由："),
        ]
    last = Decision.objects.filter(pk=decision.pk).values_list("notice_id", flat=True).first()
    if before is not None and last:
        Notice.objects.filter(pk=last, until_at__gt=t.now).update(until_at=t.now)
    decision.notice = publishing.put_up(
        t,
        form,
        title=name % {"title": title},
        heading=heading % {"title": title},
        body=decision.body,
        lines=[*lines, scrub(decision.text, named=True).text],
        facts=[
            (_("议题编号"), t.matter.ref),
            (_("结果"), _result(decision.passed)),
            (_("作出决定"), date_long(decision.decided_at)),
            (_("生效"), _("公示期满、异议都答复以后")),
        ],
        days=period,
        object_to=publishing.where_to_object(t, period, _("结果")),
        about={"decision": decision.pk, **({"corrected": True} if before is not None else {})},
    )
    decision.save(update_fields=["notice"])


def _result(passed: bool) -> str:
    return _("通过") if passed else _("未通过")


@transaction.atomic
def object_to(*, actor: Actor, matter_id: int, now: datetime, text: str, person: Person | None = None, channel: str = "") -> Objection:
    """
    Object to a posted result, for oneself or (staff) for somebody who came or called. Raises Refused once it holds, or without a home here.
    """
    text = clean(text, 2000)
    with taking(actor=actor, matter_id=matter_id, now=now, quiet=True) as (t, motion):
        decision = _posted(motion)
        home = home_of_person(person, t.matter.place, now) if person else home_of(actor, t.matter.place, now)
        if home is None:
            raise Refused("no_home_here", _("住在这里或在这里有房的人可以提出异议。"), turn_to=_("请到社区窗口登记。"))
        if person is not None:
            t.require("motion.object_for")
        t.move("object", text=text)
        made = Objection.objects.create(
            decision=decision,
            account_id=person.account_id if person else actor.account_id,
            person_id=person.pk if person else actor.person_id,
            text=text,
            channel=channel or actor.channel,
            at=now,
        )
        if t.matter.holder:
            open_order(t, t.matter.holder, "answer")
    return made


def _posted(motion: Motion) -> Decision:
    found = Decision.objects.filter(motion=motion, annulled_at=None, confirmed_at=None).order_by("-pk").first()
    if found is None:
        raise Refused("not_posted", _("现在没有正在公示的结果。"))
    return found


@transaction.atomic
def settle_objection(*, actor: Actor, objection_id: int, now: datetime, upheld: bool, answer: str, seen: int | None = None) -> Matter:
    """Answer an objection with reasons. One that holds leads to a correction, an annulment or a new ballot; which, the answer says."""
    answer = clean(answer, 2000)
    if not answer:
        raise Invalid("missing", _("请写明答复和依据。"), fields={"answer": [_("请写明答复和依据。")]})
    found = Objection.objects.select_related("decision").filter(pk=objection_id).first()
    if found is None:
        raise Invalid("no_objection", _("没有找到这件异议。"))
    with taking(actor=actor, matter_id=found.decision.motion_id, now=now, seen=seen) as (t, _motion):
        locked = Objection.objects.filter(pk=objection_id, outcome="").update(
            outcome="upheld" if upheld else "dismissed", answer=answer, answered_at=now, answered_by_id=actor.account_id
        )
        if not locked:
            raise Refused("already_answered", _("这件异议已经答复过了。"))
        t.move("settle_objection", text=answer, facts={"objection": objection_id, "upheld": upheld})
        close_orders(t, ["answer"])
        if Objection.objects.filter(decision=found.decision, outcome="").exists() and t.matter.holder:
            open_order(t, t.matter.holder, "answer")
    return t.matter


@transaction.atomic
def correct(
    *,
    actor: Actor,
    matter_id: int,
    now: datetime,
    passed: bool,
    text: str,
    figures: Mapping[str, Any] | None = None,
    seen: int | None = None,
) -> Matter:
    """Correct a posted result, publicly and with the reason; the posting begins anew. The first result stays in the record."""
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        decision = _posted(motion)
        t.move("correct", text=text, facts={"passed": passed, "before": decision.passed, **_public(figures)})
        before, days = decision.passed, max(road_of(motion).posting_of(decision.step), decision.post_days)
        decision.passed, decision.text, decision.posted_at = passed, text, now
        decision.figures = {**decision.figures, **dict(figures or {}), "corrected": True}
        decision.holds_from = first_moment_after(now, days)
        decision.save()
        if days:
            _post(t, decision, days, before=before)
        tell_followers(t, lambda: _("结果更正：%(title)s") % {"title": t.matter.public_title}, text)
    return t.matter


@transaction.atomic
def confirm(*, actor: Actor, matter_id: int, now: datetime, seen: int | None = None) -> Matter:
    """
    The posting is over and every objection answered: the result holds. Passed, it becomes a resolution or goes on to the next body; else it
    has failed. Raises Refused("still_posted" | "objections_open").
    """
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        t.require("motion.resolve")
        decision = _posted(motion)
        open_ones = Objection.objects.filter(decision=decision, outcome="").count()
        code = why_not_confirm(holds_from=decision.holds_from, open_objections=open_ones, now=now)
        if code:
            raise Refused(code, _WHY_NOT[code](), rule=_("公示期满、异议答复后生效"))
        _confirm(t, motion, decision)
        motion.save()
    return t.matter


def _confirm(t: Turn, motion: Motion, decision: Decision) -> None:
    """By rule: on to where a result that holds leads."""
    road = road_of(motion)
    following = next((i for i in road.decisions if i > decision.step), None)
    verb = "fail" if not decision.passed else "next_body" if following is not None else "resolve"
    move = t.workflow.by_verb[verb]
    before, state = t.matter.state, t.workflow.by_code[move.target or t.matter.state]
    t.matter.state, t.matter.stage, t.matter.is_open = state.code, state.stage, state.open
    decision.confirmed_at = t.now
    facts: dict[str, Any] = {"from": before, "to": state.code, "by_rule": True}
    close_orders(t, ["prepare"])
    if verb == "fail":
        t.cancel("*")
        t.matter.closed_at = t.now
        motion.archive_number = archive_number(motion, t)
        close_orders(t)
    elif verb == "resolve":
        decision.resolution_number = facts["number"] = number_of(t)
        publishing.resolution(t, body=decision.body, text=decision.text, number=decision.resolution_number, decided_at=decision.decided_at)
        motion.step = road.next_of("carry_out", decision.step) or motion.step
        if t.matter.holder:
            open_order(t, t.matter.holder, "prepare")
    else:
        motion.step = decision.step + 1
        if t.matter.holder:
            open_order(t, t.matter.holder, "prepare")
    decision.save()
    t.say(verb, facts=facts)
    if verb != "next_body":
        holds, title = verb == "resolve", {"title": t.matter.public_title}
        tell_followers(t, lambda: (_("决议生效：%(title)s") if holds else _("未通过：%(title)s")) % title, decision.text)


def number_of(t: Turn) -> str:
    """A resolution's number, and a file's in the archive: its year and the motion's own, so that it is unique without a counter."""
    return f"{t.now.astimezone(ZONE).year}-{t.matter.ref}"


def archive_number(motion: Motion, t: Turn) -> str:
    """The number the file has in the archive from its end on; one that was given stays."""
    return motion.archive_number or number_of(t)


def confirm_due(now: datetime, *, limit: int = 100) -> int:
    """Let results hold whose posting is over without an open objection; returns how many. Those with one wait for a person."""
    from linli.kernel.access.actor import system

    due = Decision.objects.filter(confirmed_at=None, annulled_at=None, holds_from__lte=now, motion__matter__state="posted")
    done = 0
    for row in due.order_by("holds_from").select_related("motion")[:limit]:
        if Objection.objects.filter(decision=row, outcome="").exists():
            continue
        confirm(actor=system("posting"), matter_id=row.motion_id, now=now)
        done += 1
    return done

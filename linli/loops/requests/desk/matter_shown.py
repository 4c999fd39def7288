"""The parts of a request's page at the Desk, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.kernel.access.actor import Actor
from linli.kernel.matters import desk
from linli.kernel.matters.models import Link, Matter, PromiseRule, Suggestion, WorkOrder
from linli.kernel.matters.promises import source_words
from linli.kernel.matters.queries import Line
from linli.kernel.matters.saying import left_words, since_words, unit_name, with_names, words_of
from linli.law.packs import refusal_reasons
from linli.loops.requests.actions.repeats import came_after_resolving
from linli.loops.requests.desk.home import address
from linli.loops.requests.desk.words import field_name, words_by_field
from linli.loops.requests.desk_forms import entry_name
from linli.loops.requests.desk_queries import AtDesk
from linli.loops.requests.rules import CHANNELS, KIND, WORKFLOW
from linli.loops.requests.suggest import department_of
from linli.loops.requests.wording import did, grade_name, kind_of, speaker_of
from linli.web.words import date_long, minutes_words

WHISTLE_TASKS: Final = (WorkOrder.Task.REPORT_IN, WorkOrder.Task.ANSWER)


@dataclass(frozen=True)
class Clocked:
    """One promise: what, until when, what is left, by what rule, whose."""

    kind: str
    when: str
    left: str
    state: str
    source: str
    who: str


def clocks_shown(whole: AtDesk, now: datetime, calendar: Any) -> list[Clocked]:
    made = []
    for clock in whole.clocks:
        due = clock.due_at
        state = "stopped" if due is None else "late" if due < now else "waiting"
        who = next((unit_name(o.unit) for o in whole.orders if o.pk == clock.order_id), "")
        made.append(
            Clocked(
                kind=clock.get_subject_display(),
                when=_("%(when)s 前") % {"when": date_long(due)} if due else _("时限暂停"),
                left=left_words(due, now, calendar) if due else "",
                state=state,
                source=_("%(span)s · %(source)s") % {"span": _span(clock), "source": source_words(clock.source)[0]},
                who=who,
            )
        )
    return made


def _span(clock: Any) -> str:
    """How long was promised, as people say it: a promise to a named day is kept in minutes."""
    if clock.unit == PromiseRule.Unit.MINUTES:
        return minutes_words(clock.amount)
    return _("%(amount)s %(unit)s") % {"amount": clock.amount, "unit": clock.get_unit_display()}


def facts_shown(whole: AtDesk) -> list[dict[str, Any]]:
    matter = whole.matter
    rows = [
        {"label": _("在哪"), "value": f"{whole.where}{'，' + matter.spot if matter.spot else ''}"},
        {"label": _("类别"), "value": matter.category.name if matter.category else _("未分类")},
        {"label": _("紧急程度"), "value": matter.get_urgency_display()},
        {"label": _("难易程度"), "value": grade_name(matter.grade) or _("还没有定")},
        {"label": _("来源"), "value": str(CHANNELS.get(matter.channel, matter.channel))},
        {"label": _("谁在办"), "value": unit_name(matter.holder) or _("还没有")},
        {"label": _("首接单位"), "value": unit_name(matter.owner_unit) or _("还没有")},
        {"label": _("谁能看到"), "value": matter.get_visibility_display()},
        {"label": _("提出时间"), "value": date_long(matter.raised_at)},
    ]
    if matter.me_too:
        rows.append({"label": _("也遇到"), "value": ngettext("%(n)s 位邻居", "%(n)s 位邻居", matter.me_too) % {"n": matter.me_too}})
    if matter.reopened:
        rows.append({"label": _("重新办理"), "value": ngettext("%(n)s 次", "%(n)s 次", matter.reopened) % {"n": matter.reopened}})
    rows += [{"label": _("再次反映"), "value": _came_back(tie)} for tie in whole.links if _is_repeat_of(tie, matter)]
    return rows + [{"label": label, "value": value} for label, value in desk.known_beside(matter)]


def _is_repeat_of(tie: Link, matter: Matter) -> bool:
    return tie.kind == Link.Kind.REPEATS and tie.source_id == matter.pk


def _came_back(tie: Link) -> str:
    """The household raised this before: which one, and how that ended."""
    earlier = tie.target
    if came_after_resolving(tie) and earlier.resolved_at:
        return _("同一户反映过 %(ref)s，%(when)s办结后又来") % {"ref": earlier.ref, "when": date_long(earlier.resolved_at)}
    return _("同一户反映过 %(ref)s，那件还没办结") % {"ref": earlier.ref}


def entries_shown(lines: list[Line], ref: str, names: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "who": speaker_of(line.entry),
            "when": line.entry.at,
            "title": did(line.entry.verb, with_names(line.entry.facts, names)),
            "what": words_of(line.text, line.entry.facts) or (_("（文字已依法隐去）") if line.entry.redacted_at else ""),
            "kind": kind_of(line.entry.verb, line.entry.facts),
            "public": line.entry.public,
            "attachments": [
                {"name": a.file.name, "href": f"{address(ref)}photos/{a.pk}/", "thumb": f"{address(ref)}photos/{a.pk}/?small=1"}
                for a in line.files
            ],
        }
        for line in reversed(lines)
    ]


def suggestion_shown(row: Suggestion, whole: AtDesk) -> dict[str, Any]:
    field, known = field_name(row.field), words_by_field(row.field)
    if row.field == "unit":
        known = known | {department_of(o.unit): unit_name(o.unit) for o in whole.orders}
    return {
        "field": field,
        "suggested": known.get(row.suggested, row.suggested),
        "confidence": row.confidence,
        "why": _why(row, whole),
        "chosen": known.get(row.chosen, row.chosen),
        "same": row.chosen == row.suggested,
        "sure": row.sure,
        "others": [
            {"name": known.get(o["code"], o["code"]), "confidence": o["confidence"], "reason": "、".join(o["reason"])} for o in row.others
        ],
    }


def _why(row: Suggestion, whole: AtDesk) -> str:
    """What a suggestion rests on: words of the text, or the category somebody chose."""
    category = whole.matter.category
    if row.field == "unit" and category is not None and row.reason == [category.name_zh]:
        return _("按已选的类别")
    return _("因为写到“%(words)s”") % {"words": _("、").join(row.reason)} if row.reason else ""


def repeat_shown(whole: AtDesk, now: datetime) -> dict[str, Any] | None:
    """The suggestion that the same household raised this before, with why; for the worker to confirm or to refute."""
    earlier = whole.repeats
    row = next((s for s in whole.suggestions if s.field == "repeats"), None)
    if earlier is None or row is None:
        return None
    same = row.reason == ["category"] and earlier.category is not None
    why = (
        _("类别相同：%(category)s") % {"category": earlier.category.name}
        if same and earlier.category
        else _("都写到“%(words)s”") % {"words": _("、").join(row.reason)}
        if row.reason
        else _("说法相近")
    )
    return {
        "ref": earlier.ref,
        "title": earlier.title,
        "href": address(earlier.ref),
        "when": since_words(earlier.raised_at, now),
        "state": str(WORKFLOW.by_code[earlier.state].label),
        "why": why,
        "confidence": row.confidence,
        "resolved": earlier.resolved_at is not None and earlier.resolved_at <= whole.matter.raised_at,
    }


def may_be_same(actor: Actor, whole: AtDesk) -> bool:
    """Whether to look for requests that are the same matter: while it could be merged, for who may, until somebody said it is none."""
    decided = any(s.field == "same" and s.chosen for s in whole.suggestions)
    return "merge" in whole.verbs and whole.matter.state in ("raised", "accepted", "dispatched", "in_progress") and not decided


def whistle_shown(whole: AtDesk) -> list[dict[str, Any]]:
    reasons = {e.code: entry_name(e) for e in refusal_reasons()}
    rows = []
    for order in whole.orders:
        if order.task not in WHISTLE_TASKS:
            continue
        if order.state == WorkOrder.State.REFUSED:
            state, tone = _("说明不属本部门：%(reason)s") % {"reason": reasons.get(order.refusal, order.refusal)}, "red"
        elif order.state == WorkOrder.State.DONE:
            state, tone = _("已答复"), "green"
        elif order.state == WorkOrder.State.RECALLED:
            state, tone = _("已收回"), "plain"
        elif order.reported_at:
            state, tone = _("已报到，待答复"), "gold"
        else:
            state, tone = _("待报到"), "gold"
        rows.append(
            {
                "unit": unit_name(order.unit),
                "lead": order.lead,
                "state": state,
                "tone": tone,
                "reported": date_long(order.reported_at) if order.reported_at else "",
                "due": date_long(order.due_at) if order.due_at and order.state == WorkOrder.State.OPEN else "",
                "answer": order.answer,
                "score": order.score,
            }
        )
    return rows


def state_of(other: Matter) -> str:
    return str(WORKFLOW.by_code[other.state].label) if other.kind == KIND else ""


def rating_shown(rating: Any) -> dict[str, Any]:
    if rating.outcome != "rated":
        words = rating.get_outcome_display()
    else:
        words = did(
            "record_rating" if rating.recorded_by_id else "rate",
            {"answered": rating.answered, "solved": rating.solved, "satisfied": rating.satisfied},
        )
    return {"words": words, "when": date_long(rating.at), "comment": rating.comment, "round": rating.round}

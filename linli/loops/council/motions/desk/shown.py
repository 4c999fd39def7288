"""The parts of one motion's page at the Desk, in words: road, text and its versions, seconders, notice, decisions, tasks, people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from linli.kernel.files.wording import attached, described
from linli.kernel.matters import desk
from linli.kernel.matters.lawful import first_moment_after
from linli.kernel.matters.models import Matter
from linli.kernel.matters.promises import source_words
from linli.kernel.matters.saying import words_of
from linli.law import voting
from linli.lib.units import format_fen
from linli.loops.council.motions.actions.preparing import changed_options, notice_body
from linli.loops.council.motions.ballots import prepared_for
from linli.loops.council.motions.desk.forms import CHANNELS, masked, name_of, names_of, tongue
from linli.loops.council.motions.desk.reading import AtDesk
from linli.loops.council.motions.desk.words import did, left_words, look_of, speaker, step_name
from linli.loops.council.motions.queries import Piece, compared, twins_of
from linli.loops.council.motions.rules import (
    BODIES,
    DOCUMENTS,
    KIND,
    MADE_HERE,
    ORIGINS,
    POWERS,
    RUNGS,
    TIERS,
    TOPICS,
    WORKFLOW,
    why_not_announce,
)
from linli.loops.council.motions.whole import position_of
from linli.web.words import begins, date_long, day, until


def facts_of(whole: AtDesk) -> list[dict[str, Any]]:
    matter, motion = whole.matter, whole.motion
    rule = voting.profiles().get(motion.profile) if motion.profile else None
    rows = [
        (_("在哪"), f"{whole.where} · {TIERS[motion.tier]}"),
        (_("类别"), TOPICS[motion.topic]),
        (_("参与程度"), RUNGS[motion.rung]),
        (_("由谁发起"), ORIGINS[motion.origin]),
        (_("归谁决定"), POWERS[motion.power] if motion.power else _("审核时定")),
        (_("议事程序"), whole.road.name(tongue())),
        (_("计票规则"), rule.name(tongue()) if rule else ""),
        (_("接下来谁办"), name_of(matter.holder) or _("还没有")),
        (_("预算"), _("%(yuan)s 元") % {"yuan": format_fen(motion.budget_fen)} if motion.budget_fen is not None else ""),
        (_("排期"), day(motion.scheduled_on) if motion.scheduled_on else ""),
        (_("谁能看到"), matter.get_visibility_display()),
        (_("提交时间"), date_long(motion.submitted_at) if motion.submitted_at else _("还没有提交")),
        (_("档案号"), motion.archive_number),
        *desk.known_beside(matter),
    ]
    return [{"label": label, "value": str(value)} for label, value in rows if value]


def road_of_page(whole: AtDesk) -> list[dict[str, Any]]:
    """Each step: its name, who acts, what it asks for, and whether it is done, now, or still to come."""
    at, ended = position_of(whole.road, whole.motion, whole.matter), not whole.matter.is_open and whole.matter.state != "closed"
    rows = []
    for i, step in enumerate(whole.road.steps):
        done = i < at or whole.matter.state == "closed"
        state = "done" if done else "coming" if i > at else "stopped" if ended else "now"
        asks = [str(DOCUMENTS[code]) for code in step.documents]
        if step.notice_days:
            asks.append(_("公告至少 %(n)s 天") % {"n": step.notice_days})
        if step.posting_days:
            asks.append(_("公示 %(n)s 天") % {"n": step.posting_days})
        rows.append(
            {"name": step_name(step.name_zh, step.name_en), "body": str(BODIES[step.body]), "asks": _("、").join(asks), "state": state}
        )
    return rows


def clocks_of(whole: AtDesk, now: datetime) -> list[dict[str, str]]:
    rows = []
    for clock in whole.clocks:
        due = clock.due_at
        who = name_of(clock.order.unit) if clock.order else ""
        rows.append(
            {
                "kind": clock.get_subject_display(),
                "when": _("%(when)s 前") % {"when": date_long(due)} if due else _("时限暂停"),
                "left": left_words(due, now) if due else "",
                "state": "stopped" if due is None else "late" if due < now else "waiting",
                "source": source_words(clock.source)[0],
                "who": who,
            }
        )
    return rows


# --- texts -------------------------------------------------------------------------------------------------------------------
def options_of(options: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{**o, "cost": _cost(o.get("cost_fen"))} for o in options]


def _cost(fen: int | None) -> str:
    return "" if fen is None else _("%(yuan)s 元") % {"yuan": format_fen(fen)}


def versions_of(whole: AtDesk) -> list[dict[str, Any]]:
    """The versions, the latest first, each with what it changed against the one before."""
    rows = []
    for before, after in reversed(list(zip([None, *whole.texts[:-1]], whole.texts, strict=True))):
        row: dict[str, Any] = {"text": after, "when": date_long(after.at), "title": [], "body": [], "options": []}
        if before is not None:
            row["title"] = compared(before.title, after.title) if before.title != after.title else []
            row["body"] = compared(before.body, after.body) if before.body != after.body else []
            row["options"] = [_changed(change) for change in changed_options(before, after)]
        rows.append(row)
    return rows


def _changed(change: Mapping[str, Any]) -> dict[str, Any]:
    """An option's words compared by characters; an amount is one thing, out or in whole."""
    before, after = change["before"] or {}, change["after"] or {}

    def words(option: Mapping[str, Any]) -> str:
        return " ".join(filter(None, (option.get("title", ""), option.get("text", ""))))

    pieces = compared(words(before), words(after))
    costs = _cost(before.get("cost_fen")), _cost(after.get("cost_fen"))
    if costs[0] == costs[1]:
        pieces += [Piece("same", f" {costs[0]}")] if costs[0] else []
    else:
        pieces += [Piece(kind, f" {cost}") for kind, cost in zip(("gone", "new"), costs, strict=True) if cost]
    return {"code": change["code"], "pieces": pieces}


# --- what is at hand, what is missing ------------------------------------------------------------------------------------------
def documents_of(whole: AtDesk) -> list[dict[str, Any]]:
    """What was filed, and what the steps ahead still ask for."""
    rows = [
        {
            "name": str(DOCUMENTS[d.kind]),
            "text": d.text,
            "href": f"/files/{d.file_id}/" if d.file_id else "",
            "what": described(d.file) if d.file else "",
            "when": day(d.at),
            "public": d.public,
            "missing": False,
        }
        for d in whole.documents
    ]
    at_hand = {d.kind for d in whole.documents} | MADE_HERE
    ahead = {code for step in whole.road.steps[whole.motion.step :] for code in step.documents}
    for code in sorted(ahead - at_hand):
        rows.append({"name": str(DOCUMENTS[code]), "text": "", "href": "", "what": "", "when": "", "public": True, "missing": True})
    return rows


@dataclass(frozen=True)
class Preview:
    """The notice as it would go out now: its wording, from when a decision may be taken, and what keeps it from going out."""

    body: str
    opens: str
    days: int
    missing: list[str]


def preview_of(whole: AtDesk, now: datetime) -> Preview | None:
    """None where the next decision needs no notice."""
    decision = whole.decision
    step = whole.road.leading_to(decision, "notice") if decision is not None else None
    if decision is None or step is None:
        return None
    ballot = prepared_for(whole.motion, decision, now)
    days = max(step.notice_days, int((ballot.frozen if ballot else {}).get("notice_days", 0)))
    missing = why_not_announce(
        whole.road,
        decision,
        documents=[d.kind for d in whole.documents],
        ballot_ready=ballot is not None and ballot.ready,
        has_options=bool(whole.text.body.strip() or whole.text.options),
    )
    words = {"ballot": _("设好的表决（名册、规则、时间）"), "options": _("要表决的文本")}
    named = [str(words.get(code) or DOCUMENTS[code]) for code in missing] + list(ballot.missing if ballot else ())
    return Preview(
        notice_body(whole.motion, decision, days, whole.text, ballot, now, ""), date_long(first_moment_after(now, days)), days, named
    )


def notice_of(whole: AtDesk, now: datetime) -> dict[str, Any] | None:
    """The notice in force or the last one used."""
    found = whole.announced
    if found is None:
        return None
    return {
        "href": f"/notices/{found.notice_id}/",
        "version": found.text.number,
        "days": found.days,
        "published": date_long(found.published_at),
        "opens": begins(found.decidable_at),
        "over": found.decidable_at <= now,
        "left": left_words(found.decidable_at, now) if found.decidable_at > now else "",
        "used": found.used,
    }


# --- decisions, work, people ----------------------------------------------------------------------------------------------------
def decisions_of(whole: AtDesk) -> list[dict[str, Any]]:
    words = {"present": _("到场"), "agree": pgettext("a vote", "同意"), "against": _("反对"), "abstain": _("弃权")}
    rows = []
    for d in reversed(whole.decisions):
        step = whole.road.steps[d.step]
        state, tone = (_("已撤销"), "red") if d.annulled_at else (_("已生效"), "green") if d.confirmed_at else (_("公示中"), "gold")
        rows.append(
            {
                "step": step_name(step.name_zh, step.name_en),
                "body": str(BODIES[d.body]),
                "result": _("通过") if d.passed else _("未通过"),
                "passed": d.passed,
                "state": state,
                "tone": tone,
                "text": d.text,
                "figures": [f"{word} {d.figures[name]}" for name, word in words.items() if name in d.figures],
                "corrected": bool(d.figures.get("corrected")),
                "when": date_long(d.decided_at),
                "holds": until(d.holds_from),
                "number": d.resolution_number,
                "why_annulled": d.why_annulled,
                "notice": f"/notices/{d.notice_id}/" if d.notice_id else "",
                "objections": [o for o in whole.objections if o.decision_id == d.pk],
            }
        )
    return rows


def tasks_of(whole: AtDesk, now: datetime) -> list[dict[str, Any]]:
    rows = []
    for t in whole.tasks:
        late = t.order.was_late if t.done_at else bool(t.order.due_at and t.order.due_at < now)
        due, tone = (
            (_("%(day)s 完成") % {"day": day(t.done_at)}, "gold" if late else "green")
            if t.done_at
            else desk.promise_chip(t.order.due_at, now)
        )
        money = [_("预算 %(yuan)s 元") % {"yuan": format_fen(t.budget_fen)}] if t.budget_fen is not None else []
        if t.spent_fen is not None:
            money.append(_("花了 %(yuan)s 元") % {"yuan": format_fen(t.spent_fen)})
        rows.append({"task": t, "unit": name_of(t.unit), "due": due, "tone": tone, "money": _("，").join(money)})
    return rows


def supervisors_of(whole: AtDesk) -> list[dict[str, Any]]:
    rows = []
    for s in whole.supervisors:
        said = next((o for o in s.opinions.all() if o.round == whole.motion.round), None)
        rows.append({"name": masked(s.person), "said": said, "channel": str(CHANNELS.get(said.channel, "")) if said else ""})
    return rows


def state_of(other: Matter) -> str:
    """How a motion stands, in a word; empty for a matter of another kind."""
    return str(WORKFLOW.by_code[other.state].label) if other.kind == KIND else ""


def twins(whole: AtDesk, now: datetime) -> list[dict[str, Any]]:
    """Motions much like this one, with how alike and the words they share, for whoever screens."""
    return [
        {
            "ref": t.matter.ref,
            "href": f"/desk/motions/{t.matter.ref}/",
            "title": t.matter.public_title,
            "score": round(t.score * 100),
            "words": _("、").join(t.words),
        }
        for t in twins_of(whole.matter, now)
    ]


def entries_of(whole: AtDesk) -> list[dict[str, Any]]:
    """The timeline, the latest first."""
    names = names_of(t.unit for t in whole.tasks)
    rows = []
    for line in reversed(whole.lines):
        entry = line.entry
        facts = {**entry.facts, **({"unit": names.get(entry.facts["unit"], entry.facts["unit"])} if entry.facts.get("unit") else {})}
        rows.append(
            {
                "who": speaker(entry),
                "when": entry.at,
                "title": did(entry.verb, facts),
                "what": words_of(line.text, entry.facts) or (_("（文字已依法隐去）") if entry.redacted_at else ""),
                "kind": look_of(entry),
                "public": entry.public,
                "attachments": [
                    {**attached(a.file, 1, f"/files/{a.file_id}/", f"/files/{a.file_id}/small/"), "name": a.file.name} for a in line.files
                ],
            }
        )
    return rows

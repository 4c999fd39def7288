"""One motion in words for its page: where it stands, its road, its text and money, notice, decisions, tasks, who watches, what it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from linli.kernel.files.wording import attached, described
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Link, Matter
from linli.kernel.matters.promises import calendar
from linli.kernel.matters.queries import Line
from linli.kernel.matters.saying import unit_name, with_names
from linli.kernel.matters.workflow import workflow_of
from linli.lib.masking import scrub
from linli.loops.council.motions.figures import figures_of
from linli.loops.council.motions.models import Announcement, Decision, Supervisor, Task, Text
from linli.loops.council.motions.rows import missing_words, stages
from linli.loops.council.motions.rules import BEFORE_VOTE, ORIGINS, POWERS, RUNGS, TIERS, TOPICS
from linli.loops.council.motions.whole import Whole
from linli.loops.council.motions.wording import (
    body_name,
    did,
    document_name,
    entry_words,
    kind_of,
    language,
    money,
    next_words,
    promised_of,
    seconded_words,
    speaker_of,
    standing_of,
    who_must,
)
from linli.web.words import begins, date_long, day, until

STATE_WORDS = {"done": "check", "now": "clock", "coming": "", "stopped": "stop"}


def context_of(seen: Whole, now: datetime) -> dict[str, Any]:
    """What the page of one motion draws, for whoever `seen` was made for."""
    matter, pause = seen.matter, seen.pause
    names = {t.unit.name: unit_name(t.unit) for t in seen.tasks}
    return {
        "seen": seen,
        "matter": matter,
        "motion": seen.motion,
        "title": title_of(seen),
        "stages": stages(),
        "standing": standing_of(matter, now, calendar()),
        "promise": promised_of(matter, now, calendar(), review_on=pause.review_on if pause else None),
        "next_words": next_words(matter),
        "pause_reason": scrub(pause.text).text if pause else "",
        "pause_day": day(pause.review_on) if pause and pause.review_on else "",
        "why": _why_ended(seen),
        "seconded": seconded_words(seen.motion) if seen.motion.seconds_needed and matter.state in BEFORE_VOTE else "",
        "missing": missing_words(max(0, seen.motion.seconds_needed - seen.motion.second_count)),
        "homes": ngettext("范围内共 %(n)s 户", "范围内共 %(n)s 户", seen.motion.home_count) % {"n": seen.motion.home_count},
        "steps": steps_of(seen),
        "road_name": seen.road.name(language()),
        "road_hint": seen.road.hint(language()),
        "text": text_of(seen.text, inside=seen.inside),
        "announced": announced_of(seen.announced, now),
        "decisions": [decision_of(d, seen, now) for d in reversed(seen.decisions)],
        "objections": [_objection(o) for o in seen.objections],
        "tasks": [_task(t, now) for t in seen.tasks],
        "overdue": _overdue(seen.tasks, now),
        "supervisors": [_supervisor(s, seen) for s in seen.supervisors],
        "documents": [_document(d) for d in seen.documents],
        "ratings": _ratings(seen.ratings),
        "tied": [row for link in seen.links if (row := _tied(link, matter))],
        "entries": timeline_entries(seen.lines, inside=seen.inside, names=names),
        "facts": facts_of(seen),
        "state": matter.state,
    }


def title_of(seen: Whole) -> str:
    return seen.matter.title if seen.inside else seen.matter.public_title


def steps_of(seen: Whole) -> list[dict[str, str]]:
    """The road's steps by name, who acts at each, and where on it the motion stands."""
    said = {"done": _("已完成"), "now": _("正在这一步"), "coming": _("还没到"), "stopped": _("停在这一步")}
    return [
        {
            "name": (s.name_en if not language().startswith("zh") and s.name_en else s.name_zh),
            "body": body_name(seen.road.steps[s.index].body),
            "state": s.state,
            "said": said[s.state],
            "icon": STATE_WORDS[s.state],
        }
        for s in seen.steps
    ]


def text_of(text: Text, *, inside: bool) -> dict[str, Any]:
    """The words in force; outside readers get them with personal details taken out."""
    body = text.body if inside else scrub(text.body).text
    options = [{**o, "cost": money(o.get("cost_fen"))} for o in text.options]
    return {"number": text.number, "body": body, "options": options, "note": text.note, "at": text.at, "digest": text.digest}


def announced_of(found: Announcement | None, now: datetime) -> dict[str, Any] | None:
    """A notice with its days counted: the day of publication does not count, the last ends at midnight (Civil Code 201, 203)."""
    if found is None or found.used:
        return None
    gone = max(0, (now.astimezone(ZONE).date() - found.published_at.astimezone(ZONE).date()).days)
    running = now < found.decidable_at
    return {
        "notice": found.notice,
        "href": reverse("notices:one", args=[found.notice_id]),
        "published": date_long(found.published_at),
        "version": found.text.number,
        "days": ngettext("公告期 %(n)s 天，发布当天不算", "公告期 %(n)s 天，发布当天不算", found.days) % {"n": found.days},
        "count": _("今天是第 %(n)s 天") % {"n": gone} if running and gone else _("明天是第 1 天") if running else _("公告期已满"),
        "decidable": begins(found.decidable_at),
        "running": running,
    }


def decision_of(decision: Decision, seen: Whole, now: datetime) -> dict[str, Any]:
    step = seen.road.steps[decision.step] if decision.step < len(seen.road.steps) else None
    posted = decision.confirmed_at is None and decision.annulled_at is None
    profile = seen.motion.profile or (step.profile if step else "")
    if decision.annulled_at:
        standing = _("%(day)s被依法撤销：%(why)s") % {"day": day(decision.annulled_at), "why": decision.why_annulled}
    elif posted:
        standing = _("公示到 %(when)s，期满并且异议都已答复才生效") % {"when": until(decision.holds_from)}
    else:
        standing = (
            _("%(day)s生效") % {"day": day(decision.confirmed_at)}
            if decision.passed
            else _("%(day)s确认未通过") % {"day": day(decision.confirmed_at)}
        )
    return {
        "name": step.name(language()) if step else "",
        "body": body_name(decision.body),
        "passed": decision.passed,
        "words": _("通过") if decision.passed else _("未通过"),
        "tone": "plain" if decision.annulled_at else "green" if decision.passed else "red",
        "text": _decided_words(decision, seen),
        "day": date_long(decision.decided_at),
        "figures": figures_of(decision.figures, profile),
        "present": decision.figures.get("present"),
        "standing": standing,
        "number": decision.resolution_number,
        "bundle": decision.bundle,
        "posted": posted,
        "corrected": bool(decision.figures.get("corrected")),
    }


def _decided_words(decision: Decision, seen: Whole) -> str:
    """What was decided as it was recorded; a count said it in English too."""
    said = decision.figures.get("said_en") if not language().startswith("zh") else None
    words = str(said) if said and not decision.figures.get("corrected") else decision.text
    return words if seen.inside else scrub(words).text


def _objection(one: Any) -> dict[str, Any]:
    return {
        "text": one.text,
        "when": date_long(one.at),
        "outcome": one.get_outcome_display(),
        "answer": one.answer,
        "open": not one.outcome,
    }


def _overdue(tasks: Sequence[Task], now: datetime) -> str:
    """How many tasks are past their day and not done; empty for none."""
    late = sum(t.done_at is None and t.order.due_at is not None and now > t.order.due_at for t in tasks)
    words = ngettext(
        "有 %(n)s 项任务过了期限还没有做完，下面写着谁做、原定哪天。", "有 %(n)s 项任务过了期限还没有做完，下面写着谁做、原定哪天。", late
    )
    return words % {"n": late} if late else ""


def _task(task: Task, now: datetime) -> dict[str, Any]:
    due = task.order.due_at
    ended = task.done_at or now
    late = bool(due and ended > due)
    if task.done_at:
        state, tone = (_("%(day)s完成，比期限晚") if late else _("%(day)s完成")) % {"day": day(task.done_at)}, "red" if late else "green"
    else:
        state, tone = (_("已超期"), "red") if late else (_("进行中"), "gold")
    paid = _("，实际 %(money)s") % {"money": money(task.spent_fen)} if task.spent_fen is not None else ""
    budget = money(task.budget_fen)
    return {
        "number": task.number,
        "title": task.title,
        "unit": unit_name(task.unit),
        "due": day(task.due_on),
        "money": " ".join(filter(None, [task.budget_line, budget])) + paid,
        "state": state,
        "tone": tone,
        "outcome": scrub(task.outcome).text,
    }


def _supervisor(one: Supervisor, seen: Whole) -> dict[str, Any]:
    """A supervisor as the public may know them: that there is one, and what they said in this round."""
    said = next((o for o in one.opinions.all() if o.round == seen.motion.round), None)
    words = (
        _("还没有给意见")
        if said is None
        else pgettext("opinion given", "同意验收")
        if said.accepts
        else pgettext("opinion given", "不同意，要整改")
    )
    tone = "plain" if said is None else "green" if said.accepts else "red"
    return {"words": words, "tone": tone, "text": scrub(said.text).text if said else ""}


def _document(document: Any) -> dict[str, Any]:
    href = reverse("square:file", args=[document.file_id]) if document.file_id else ""
    what = described(document.file) if document.file_id else ""
    return {"name": document_name(document.kind), "text": scrub(document.text).text, "href": href, "what": what, "day": day(document.at)}


def _ratings(counted: tuple[int, int]) -> str:
    yes, asked = counted
    return _("%(n)s 人评价，%(yes)s 人满意") % {"n": asked, "yes": yes} if asked else ""


def _tied(link: Link, matter: Matter) -> dict[str, str] | None:
    outward = link.source_id == matter.pk
    other = link.target if outward else link.source
    words = {
        (Link.Kind.CAUSED_BY, True): _("起因于"),
        (Link.Kind.CAUSED_BY, False): _("引起了"),
        (Link.Kind.PART_OF, True): _("属于"),
        (Link.Kind.PART_OF, False): _("包含"),
        (Link.Kind.DUPLICATE_OF, True): _("并入了"),
        (Link.Kind.DUPLICATE_OF, False): _("并进来的"),
    }
    address = {"motion": "motions:one", "request": "square:one"}.get(other.kind)
    if address is None:
        return None
    flow = workflow_of(other.kind)
    label = str(flow.by_code[other.state].label) if other.state in flow.by_code else ""
    return {
        "title": other.public_title,
        "href": reverse(address, args=[other.ref]),
        "meta": f"{words.get((Link.Kind(link.kind), outward), _('相关'))} · {other.ref}",
        "chip": label,
        "tone": "plain",
        "kind": link.kind,
    }


def _why_ended(seen: Whole) -> dict[str, str] | None:
    """Why it was not taken up, did not pass or was annulled, and where to turn: the first thing whoever raised it has to know."""
    verbs = {"declined": "decline", "annulled": "annul", "turned": "to_request", "withdrawn": "withdraw"}
    verb = verbs.get(seen.matter.state)
    line = next((x for x in reversed(seen.lines) if x.entry.verb == verb), None) if verb else None
    if line is None or not (line.text or line.entry.facts.get("turn_to")):
        return None
    return {"why": line.text if seen.inside else scrub(line.text).text, "turn_to": str(line.entry.facts.get("turn_to", ""))}


def timeline_entries(lines: Sequence[Line], *, inside: bool, names: dict[str, str]) -> list[dict[str, Any]]:
    """The timeline in words, oldest first; homes that seconded one after another become one line."""
    made: list[dict[str, Any]] = []
    joined = 0
    for line in lines:
        entry = line.entry
        joined = joined + 1 if entry.verb == "second" else 0
        row = {
            "who": speaker_of(entry),
            "when": entry.at,
            "title": did(entry.verb, with_names(entry.facts, names)),
            "what": entry_words(entry, line.text if inside else scrub(line.text).text),
            "kind": kind_of(entry.verb, entry.facts),
            "attachments": pictures(line.files),
            **({"public": entry.public} if inside else {}),
        }
        if joined > 1:
            made[-1] = row | {"title": _joined_words(joined, entry.facts)}
        else:
            made.append(row)
    return made


def _joined_words(n: int, facts: dict[str, Any]) -> str:
    words = ngettext("又有 %(n)s 户附议", "又有 %(n)s 户附议", n) % {"n": n}
    if facts.get("count") and facts.get("needed"):
        words += _("，现在 %(count)s 户，需要 %(needed)s 户") % facts
    return words


def pictures(files: Sequence[Any]) -> list[dict[str, str]]:
    return [
        attached(a.file, i, reverse("square:file", args=[a.file_id]), reverse("square:thumbnail", args=[a.file_id]))
        for i, a in enumerate(files, start=1)
    ]


def facts_of(seen: Whole) -> list[dict[str, Any]]:
    matter, motion = seen.matter, seen.motion
    rows = [
        {"label": _("编号"), "value": matter.ref},
        {"label": _("关系到哪里"), "value": f"{seen.where} · {TIERS[motion.tier]}"},
        {"label": _("类别"), "value": str(TOPICS.get(motion.topic, ""))},
        {"label": _("参与程度"), "value": str(RUNGS.get(motion.rung, ""))},
        {"label": _("由谁提出"), "value": str(ORIGINS.get(motion.origin, ""))},
        {"label": _("轮到谁"), "value": who_must(motion, matter) or _("已经结束")},
    ]
    if motion.power:
        rows.append({"label": _("谁有权决定"), "value": str(POWERS.get(motion.power, ""))})
    if motion.seconds_needed and motion.second_count and matter.state not in BEFORE_VOTE:
        rows.append({"label": _("附议"), "value": seconded_words(motion)})
    if motion.submitted_at:
        rows.append({"label": _("提交时间"), "value": date_long(motion.submitted_at)})
    if motion.scheduled_on:
        rows.append({"label": _("排期"), "value": day(motion.scheduled_on)})
    if motion.budget_fen is not None:
        rows.append({"label": _("大约花费"), "value": money(motion.budget_fen)})
    if motion.archive_number:
        rows.append({"label": _("归档编号"), "value": motion.archive_number})
    return rows

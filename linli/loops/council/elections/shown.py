"""Elections as pages draw them: rows of lists, facts, candidates, seats, tasks, the record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.kernel.access.actor import Actor
from linli.kernel.access.tongue import as_read
from linli.kernel.matters.held_desk import record_rows
from linli.law.elections import bodies
from linli.loops.council.elections.actions.standing import is_mine
from linli.loops.council.elections.models import Candidate, Election, Line, Seat, State, Task
from linli.loops.council.elections.wording import (
    TONES,
    body_name,
    check_name,
    line_words,
    position,
    quota_lines,
    seated_by_quota,
    steps,
    task_name,
)
from linli.web.words import date_long, day, step_sentence, until

CANDIDATE_TONES = {"proposed": "gold", "accepted": "green", "refused": "red", "withdrawn": "plain"}
OUTCOME_TONES = {"elected": "green", "alternate": "blue", "not_elected": "plain", "": "plain"}


def next_words(election: Election) -> str:
    """What comes next, by when."""
    state = State(election.state)
    if state == State.NOMINATING:
        return _("%(when)s截止推荐和自荐") % {"when": until(election.nominate_until)}
    if state == State.POSTED:
        return _("公示到%(when)s") % {"when": until(election.posted_until)}
    if state == State.IN_OFFICE and election.term_until:
        return _("任期到%(day)s") % {"day": day(election.term_until)}
    return ""


def row_of(election: Election, href: str) -> dict[str, Any]:
    n = election.seats
    seats = ngettext("%(n)s 席", "%(n)s 席", n) % {"n": n}
    return {
        "href": href,
        "title": election.title,
        "meta": " · ".join(filter(None, [election.place.name, body_name(election.body), seats, next_words(election)])),
        "chip": election.get_state_display(),
        "tone": TONES[State(election.state)],
        "icon": "people",
    }


def strip_of(election: Election) -> dict[str, Any] | None:
    at = position(election)
    if not at:
        return None
    stages = steps()
    return {"stages": stages, "position": at, "sentence": step_sentence(at, len(stages), stages[min(at, len(stages)) - 1])}


def facts_of(election: Election) -> list[dict[str, Any]]:
    times = {"a": date_long(election.nominate_from), "b": until(election.nominate_until)}
    rows: list[dict[str, Any]] = [
        {"label": _("选举"), "value": body_name(election.body)},
        {"label": _("在哪里"), "value": election.place.name},
        {"label": _("席位"), "value": _("%(n)s 席，候补 %(m)s 人") % {"n": election.seats, "m": election.alternates}},
        {"label": _("推荐和自荐"), "value": _("%(a)s至%(b)s") % times},
        {"label": _("任期"), "value": term_words(election)},
    ]
    if election.seconds_needed:
        rows.append({"label": _("附议"), "value": _("要有 %(n)s 户") % {"n": election.seconds_needed}})
    if election.quotas:
        rows.append({"label": _("名额要求"), "value": _("；").join(quota_lines(election))})
    if election.posted_until:
        rows.append({"label": _("公示期"), "value": _("到%(when)s为止") % {"when": until(election.posted_until)}})
    if election.about is not None:
        rows.append({"label": _("议题"), "value": election.about.ref, "href": f"/motions/{election.about.ref}/", "act": _("打开")})
    if election.ballot_id and election.ballot is not None and election.ballot.state not in ("draft", "abandoned"):
        rows.append(
            {"label": _("投票"), "value": election.ballot.get_state_display(), "href": f"/ballots/{election.ballot_id}/", "act": _("打开")}
        )
    if election.follows is not None:
        rows.append({"label": _("上一届"), "value": election.follows.title, "href": f"/elections/{election.follows_id}/", "act": _("打开")})
    return rows


def term_words(election: Election) -> str:
    if election.term_from is None:
        return _("%(n)s 个月") % {"n": election.term_months}
    return _("%(a)s到%(b)s") % {"a": day(election.term_from), "b": day(election.term_until)}


def filing_words(election: Election, today: date) -> tuple[str, str]:
    """How filing stands, and its tone."""
    if election.filed_on is not None:
        facts = {"number": election.filing_number, "day": day(election.filed_on), "where": election.filed_with}
        return _("%(day)s已向%(where)s备案，备案号 %(number)s。") % facts, "green"
    if election.filing_due_on is None:
        return "", "plain"
    late = today > election.filing_due_on
    words = _("备案已经超期，应在%(day)s以前。") if late else _("请在%(day)s以前备案。")
    return words % {"day": day(election.filing_due_on)}, "red" if late else "gold"


def candidate_rows(
    actor: Actor, candidates: Sequence[Candidate], where: dict[int, str], quotas: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    names = {q["code"]: q["name"] for q in quotas}
    return [
        {
            "entry": c,
            "where": where.get(c.home_id or 0, ""),
            "origin": " ".join(filter(None, [str(c.get_origin_display()), c.nominated_by])),
            "seconds": getattr(c, "second_count", 0),
            "groups": _("、").join(names[g] for g in c.groups if g in names),
            "mine": is_mine(actor, c),
            "chip": c.get_outcome_display() if c.outcome else c.get_state_display() if c.state != "proposed" else c.get_consent_display(),
            "tone": OUTCOME_TONES[c.outcome] if c.outcome else CANDIDATE_TONES[c.state],
        }
        for c in candidates
    ]


def public_candidates(election: Election, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Who is shown to everybody: those who consented and were not refused or withdrawn; from the posting on only accepted ones."""
    if election.posted_at is None:
        return [c for c in candidates if c.consent == "given" and c.state in ("proposed", "accepted")]
    return [c for c in candidates if c.state == "accepted"]


def quota_rows(election: Election, candidates: Sequence[Candidate]) -> list[str]:
    """Beside a result: whom a quota seated and by which rule. Empty before there is one, and where votes alone decided."""
    return seated_by_quota(election, {c.number: c.name for c in candidates}) if election.elected_at else []


def seat_rows(seats: Sequence[Seat]) -> list[dict[str, Any]]:
    return [
        {
            "seat": s,
            "name": s.candidate.name,
            "kind": s.role or s.get_kind_display(),
            "since": day(s.since_on),
            "until": _("%(day)s起不再任职：%(why)s") % {"day": day(s.until_on), "why": as_read(s.why_ended)} if s.until_on else "",
        }
        for s in seats
    ]


def task_rows(election: Election, tasks: Sequence[Task], today: date) -> list[dict[str, Any]]:
    rows = []
    articles = {duty.code: duty.article for duty in bodies()[election.body].handover}
    for t in tasks:
        late = t.done_at is None and today > t.due_on
        done_late = t.done_at is not None and t.done_at.date() > t.due_on
        chip = (_("已完成，超期") if done_late else _("已完成")) if t.done_at else _("超期") if late else _("待办")
        rows.append(
            {
                "task": t,
                "title": task_name(election, t),
                "due": day(t.due_on),
                "basis": articles.get(t.code, ""),
                "chip": chip,
                "tone": "red" if late else "green" if t.done_at else "gold",
                "done": " · ".join(filter(None, [t.done_text, t.done_by, date_long(t.done_at) if t.done_at else ""])),
            }
        )
    return rows


def check_rows(election: Election) -> list[dict[str, Any]]:
    return [{"code": c["code"], "name": check_name(c), "article": c["article"], "auto": c["auto"]} for c in election.checks]


def record_of(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Every step, the last first; residents' own acts without their names."""
    own = ("nominate", "consent", "second", "withdraw", "object")
    return record_rows(lines, own, line_words)

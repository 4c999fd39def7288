"""Talks in words, ready to be drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from itertools import combinations
from math import hypot
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from linli.insight.groups.told import OpinionMap, Shared, order_of
from linli.kernel.access.tongue import as_read
from linli.lib.groups import LEAST_COUNT
from linli.loops.council.talks import rules
from linli.loops.council.talks.models import Choice, Contribution, Kind, Mark, Participant, Ruling, Talk
from linli.loops.council.talks.opinions import HEIGHT, WIDTH, Read, picture
from linli.loops.council.talks.wording import (
    age_words,
    author_words,
    count_words,
    ends_words,
    people_words,
    ruling_words,
    why_none_words,
)
from linli.web.words import date_long, percent


def list_row(talk: Talk, now: datetime, href: str = "") -> dict[str, Any]:
    """A talk in a list, in words."""
    is_open = rules.is_open(talk.opened_at, talk.closes_at, talk.closed_at, now)
    return {
        "href": href or f"/talks/{talk.pk}/",
        "title": talk.question,
        "meta": " · ".join([talk.place.name, ends_words(talk, now), people_words(talk.participant_count)]),
        "chip": _("正在交流") if is_open else _("听到了什么") if talk.heard else _("已结束"),
        "tone": "gold" if is_open else "green" if talk.heard else "plain",
        "icon": "speak",
    }


def card(said: Contribution, talk: Talk, names: Mapping[int, str]) -> dict[str, Any]:
    """The statement one is asked about: its text and who wrote it. No counts before one has voted, so that nobody follows the crowd."""
    return {"pk": said.pk, "number": said.number, "text": said.text, "who": author_words(talk.names, said, names)}


def row(said: Contribution, talk: Talk, names: Mapping[int, str], marks: Mapping[int, str], me: Participant | None) -> dict[str, Any]:
    """An argument or a question in words, and how the reader stands to it."""
    return {
        **card(said, talk, names),
        "side": said.side,
        "source": said.source,
        "source_href": _link(said.source),
        "support": said.agrees,
        "supported": said.pk in marks,
        "mine": me is not None and said.participant_id == me.pk,
        "when": date_long(said.at),
    }


def _link(source: str) -> str:
    """The source when it is an address on the web; anything else stays words."""
    parts = urlsplit(source) if source.startswith(("http://", "https://")) else None
    return source if parts is not None and parts.netloc else ""


def question(
    said: Contribution, talk: Talk, names: Mapping[int, str], marks: Mapping[int, str], me: Participant | None, now: datetime
) -> dict[str, Any]:
    answers = list(said.answers.all())
    return {
        **row(said, talk, names, marks, me),
        "age": "" if answers else age_words(said.at, now),
        "answers": [{"who": a.who, "when": date_long(a.at), "text": a.text} for a in answers],
    }


def ruling(found: Ruling) -> dict[str, Any]:
    """A line of the public log: which number, by which rule, why, what became of it. Never the text."""
    said = found.contribution
    return {
        "pk": found.pk,
        "what": _("第 %(n)s 条（%(kind)s）") % {"n": said.number, "kind": said.get_kind_display()},
        "when": date_long(found.at),
        "rule": str(rules.RULES.get(found.rule, found.rule)),
        "reason": found.reason,
        "who": as_read(found.who),
        "state": ruling_words(found),
        "tone": "green" if found.outcome == "restored" else "gold" if found.appealed_at and not found.outcome else "plain",
        "outcome_reason": found.outcome_reason,
        "decided": f"{as_read(found.decided_who)} · {date_long(found.decided_at)}" if found.decided_at else "",
    }


def statement_row(said: Contribution, marks: Mapping[int, str]) -> dict[str, Any]:
    few = said.seen < LEAST_COUNT
    return {
        "pk": said.pk,
        "number": said.number,
        "text": said.text,
        "words": count_words(said),
        "few": few,
        "agree": 0 if few else round(100 * said.agrees / said.seen),
        "disagree": 0 if few else round(100 * said.disagrees / said.seen),
        "mine": str(Choice(marks[said.pk]).label) if said.pk in marks else "",
    }


def map_context(found: Sequence[Contribution], read: Read, marks: Mapping[int, str]) -> dict[str, Any]:
    """The map with its text alternative; every statement with its counts, the most voted on first."""
    told = read.told
    rows = {c.pk: statement_row(c, marks) for c in found}
    base: dict[str, Any] = {
        "rows": sorted(rows.values(), key=lambda r: (r["few"], -max(r["agree"], r["disagree"]), r["number"])),
        "why_none": why_none_words(read),
        "votes": sum(c.seen for c in found),
        "groups": [],
    }
    if told is None or not told.groups:
        return base
    circles, me, mine = picture(told, marks)
    base |= {
        "width": WIDTH,
        "height": HEIGHT,
        "circles": circles,
        "own": me,
        "own_group": mine,
        "counted": told.counted,
        "left_out": told.people - told.counted,
        "apart_words": apart_words([(g.name, g.centre) for g in told.groups]),
        "copies": told.copies if told.most_copies >= LEAST_COUNT else 0,
        "picture_words": _("%(n)s 群：%(groups)s")
        % {
            "n": len(told.groups),
            "groups": _("，").join(_("%(name)s 群 %(size)s 人") % {"name": g.name, "size": g.size} for g in told.groups),
        },
        "apart": [_shared(s, rows, agree=True) for s in _apart(told) if s.statement in rows][:3],
        "steady": percent(Fraction(max(0.0, told.chosen.steadiness.mean)).limit_denominator(1000), 0)
        if told.chosen.steadiness.resamples
        else "",
        "resamples": told.chosen.steadiness.resamples,
        "groups": [
            {
                "name": g.name,
                "size": g.size,
                "said": [_representative(r, rows) for r in g.representative if r.statement in rows],
            }
            for g in told.groups
        ],
        "shared_yes": [_shared(s, rows, agree=True) for s in told.shared if s.all_agree and s.statement in rows][:5],
        "shared_no": [
            _shared(s, rows, agree=False) for s in sorted(told.shared, key=lambda s: -s.disagree) if s.all_disagree and s.statement in rows
        ][:3],
    }
    return base


def apart_words(groups: Sequence[tuple[str, tuple[float, float]]]) -> str:
    """Which two of three groups or more stand farthest from one another and which nearest: what the picture shows, for who cannot see it."""
    if len(groups) < 3:
        return ""
    pairs = sorted((hypot(a[0] - b[0], a[1] - b[1]), one, other) for (one, a), (other, b) in combinations(groups, 2))
    (_near, *near), (_far, *far) = pairs[0], pairs[-1]
    words = {"a": far[0], "b": far[1], "c": near[0], "d": near[1]}
    return _("%(a)s 群和 %(b)s 群看法差得最多，%(c)s 群和 %(d)s 群最接近。") % words


def _apart(told: OpinionMap) -> list[Shared]:
    """The statements on which two groups differ most in how many agree, the widest gap first."""
    gap = {s.statement: max(c.share for c in s.by_group) - min(c.share for c in s.by_group) for s in told.shared}
    return sorted((s for s in told.shared if gap[s.statement] >= 0.3), key=lambda s: (-gap[s.statement], order_of(s.statement)))


def _representative(found: Any, rows: Mapping[Any, dict[str, Any]]) -> dict[str, Any]:
    yes = found.counts.agree if found.agrees else found.counts.disagree
    return {
        "text": rows[found.statement]["text"],
        "number": rows[found.statement]["number"],
        "verb": Choice.AGREE.label if found.agrees else Choice.DISAGREE.label,
        "agrees": found.agrees,
        "share": percent((yes, found.counts.seen), 0),
        "tested": found.tested,
    }


def _shared(found: Any, rows: Mapping[Any, dict[str, Any]], *, agree: bool) -> dict[str, Any]:
    shares = [percent((c.agree if agree else c.disagree, c.seen), 0) for c in found.by_group]
    return {
        "text": rows[found.statement]["text"],
        "number": rows[found.statement]["number"],
        "by_group": _("，").join(f"{'ABCDE'[n]} {share}" for n, share in enumerate(shares)),
    }


def own_context(talk: Talk, me: Participant | None, now: datetime) -> dict[str, Any]:
    """What the reader wrote and voted. Two queries and one for rulings."""
    if me is None:
        return {"own": [], "votes": []}
    written = list(Contribution.objects.filter(participant=me).prefetch_related("rulings"))
    marks = list(Mark.objects.filter(participant=me, contribution__hidden_at=None).select_related("contribution").order_by("-at"))
    return {
        "own": [_own_row(c, now) for c in written],
        "votes": [
            {
                "pk": m.contribution_id,
                "text": m.contribution.text,
                "number": m.contribution.number,
                "kind": m.contribution.kind,
                "choice": m.choice,
                "words": m.get_choice_display() if m.contribution.kind == Kind.STATEMENT else _("支持"),
            }
            for m in marks
        ],
        "choices": Choice.choices,
    }


def _own_row(said: Contribution, now: datetime) -> dict[str, Any]:
    found = next(iter(said.rulings.all()), None)
    may = found is not None and found.appealed_at is None and found.decided_at is None and (now - found.at).days < rules.APPEAL_DAYS
    return {
        "number": said.number,
        "kind": said.get_kind_display(),
        "text": said.text,
        "words": count_words(said) if said.kind == Kind.STATEMENT else "",
        "ruling": ruling(found) if found else None,
        "may_appeal": may,
    }

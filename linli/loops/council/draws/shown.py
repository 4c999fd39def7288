"""Draws as pages draw them: rows of lists, facts, own entries, results, the record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.kernel.matters.held_desk import record_rows
from linli.loops.council.draws import queries as found
from linli.loops.council.draws.actions.applying import LIVE
from linli.loops.council.draws.models import Application, Draw, Line, Offer, Published, State
from linli.loops.council.draws.rules import REASONS, write_lots
from linli.loops.council.draws.wording import OFFER_TONES, TONES, line_words, position, source_words, steps
from linli.web.words import date_long, step_sentence, until


def lots_count(draw: Draw) -> int:
    return sum(len(c["lots"]) for c in draw.categories)


def entrants_of(draw: Draw, published: Published | None) -> tuple[int, int]:
    """How many households applied and how many take part; after the draw both are those of the frozen list, which the bundle holds."""
    if published is not None:
        return (len(json.loads(published.content)["entrants"]),) * 2
    counts = found.counts_of(draw)
    return counts.get("received", 0) + counts.get("accepted", 0), counts.get("accepted", 0)


def next_words(draw: Draw) -> str:
    """What comes next, by when."""
    state = State(draw.state)
    if state == State.OPEN:
        return _("%(when)s截止报名") % {"when": until(draw.applies_until)}
    if state == State.LISTED:
        return _("异议期到%(when)s") % {"when": until(draw.objections_until)}
    if state == State.FROZEN:
        return _("%(when)s公布随机数") % {"when": date_long(draw.source_at)}
    return date_long(draw.drawn_at) if draw.drawn_at else ""


def row_of(draw: Draw, href: str) -> dict[str, Any]:
    """A draw in a list, in words."""
    n = lots_count(draw)
    lots = ngettext("%(n)s 个名额", "%(n)s 个名额", n) % {"n": n}
    return {
        "href": href,
        "title": draw.title,
        "meta": " · ".join(filter(None, [draw.place.name, str(draw.get_what_display()), lots, next_words(draw)])),
        "chip": draw.get_state_display(),
        "tone": TONES[State(draw.state)],
        "icon": "sort",
    }


def strip_of(draw: Draw) -> dict[str, Any] | None:
    """Arguments of the strip; None before it is announced and for one that was called off."""
    at = position(draw)
    if not at:
        return None
    stages = steps()
    sentence = step_sentence(min(at, len(stages)), len(stages), stages[min(at, len(stages)) - 1])
    return {"stages": stages, "position": at, "sentence": sentence}


def facts_of(draw: Draw) -> list[dict[str, Any]]:
    rows = [
        {"label": _("抽什么"), "value": _("%(what)s，%(n)s 个") % {"what": draw.get_what_display(), "n": lots_count(draw)}},
        {"label": _("在哪里"), "value": draw.place.name},
        {"label": _("报名时间"), "value": _("%(a)s至%(b)s") % {"a": date_long(draw.applies_from), "b": until(draw.applies_until)}},
        {"label": _("随机数来源"), "value": source_words(draw)},
    ]
    if draw.objections_until:
        rows.append({"label": _("异议期"), "value": _("到%(when)s为止") % {"when": until(draw.objections_until)}})
    if draw.about is not None:
        rows.append({"label": _("按哪个议题的决定"), "value": draw.about.ref, "href": f"/motions/{draw.about.ref}/", "act": _("打开")})
    if draw.follows is not None:
        rows.append({"label": _("接续"), "value": draw.follows.title, "href": f"/draws/{draw.follows_id}/", "act": _("打开")})
    return rows


def category_rows(draw: Draw) -> list[dict[str, Any]]:
    last = len(draw.categories)
    return [
        {
            "name": c["name"],
            "asks": dict(found.Asks.choices).get(c["asks"], ""),
            "count": len(c["lots"]),
            "lots": write_lots(c["lots"]),
            "rest": _("转给下一类") if c["passes_on"] and n < last else _("不转"),
        }
        for n, c in enumerate(draw.categories, 1)
    ]


def own_rows(draw: Draw, rows: Sequence[Application], now: datetime) -> list[dict[str, Any]]:
    """The reader's entries in words, with what they may do."""
    names = {c["code"]: c["name"] for c in draw.categories}
    made = []
    for a in rows:
        offers = list(a.offers.all())
        standing = offers[-1] if offers else None
        made.append(
            {
                "entry": a,
                "where": a.home.name if a.home else "",
                "categories": _("、").join(names.get(c, c) for c in a.categories),
                "words": own_words(draw, a, standing),
                "offer": standing if standing and standing.state == "offered" and now < standing.due_at else None,
                "due": until(standing.due_at) if standing else "",
                "live": a.state in LIVE and not a.left,
                "may_withdraw": a.state in LIVE
                and not a.left
                and draw.state in (State.OPEN, State.LISTED, State.FROZEN, State.DRAWN)
                and (standing is None or standing.state not in ("offered", "accepted")),
            }
        )
    return made


def own_words(draw: Draw, a: Application, offer: Offer | None) -> str:
    """Where an entry stands, for whoever made it."""
    facts = {"number": a.number, "turn": a.turn, "lot": offer.lot if offer else "", "until": until(offer.due_at) if offer else ""}
    if a.state == "withdrawn" or a.left:
        return _("编号 %(number)s 已撤回。") % facts
    if a.state == "refused":
        why = " ".join(filter(None, [str(REASONS.get(a.reason, "")), a.reason_text]))
        return _("编号 %(number)s 未通过审核：%(why)s") % {**facts, "why": why}
    if offer is not None:
        if offer.ended_at is not None:
            return _("%(lot)s 已收回。") % facts
        return {
            "offered": _("抽中 %(lot)s，请在%(until)s以前认领或者放弃。") % facts,
            "accepted": _("已认领 %(lot)s。") % facts,
            "declined": _("已放弃 %(lot)s。") % facts,
            "lapsed": _("%(lot)s 逾期没有认领，已由别人递补。") % facts,
        }[offer.state]
    if a.turn is not None and not a.category:
        return _("编号 %(number)s 在候补名单，抽签时排第 %(turn)s 位。") % facts
    if a.state == "accepted":
        return _("编号 %(number)s 已通过审核，等待抽签。") % facts
    return _("编号 %(number)s 已收到，等待审核。") % facts


def offer_rows(draw: Draw, offers: Sequence[Offer]) -> list[dict[str, Any]]:
    """Places in the order of categories and lots: who has them by number, and how they stand."""
    names = {c["code"]: c["name"] for c in draw.categories}
    order = {lot: n for n, lot in enumerate(lot for c in draw.categories for lot in c["lots"])}
    rows = sorted(offers, key=lambda o: (order.get(o.lot, 0), o.pk))
    return [
        {
            "offer": o,
            "lot": o.lot,
            "category": names.get(o.category, o.category),
            "number": o.application.number,
            "how": _("递补") if o.moved_up else _("抽中"),
            "state": _("已收回") if o.ended_at else o.get_state_display(),
            "tone": "plain" if o.ended_at else OFFER_TONES[Offer.State(o.state)],
            "due": until(o.due_at) if o.state == "offered" else "",
        }
        for o in rows
    ]


def record_of(draw: Draw, *, limit: int = 60) -> list[dict[str, Any]]:
    """Every step, the last first; who did it by name only for those who work here: applicants stand as numbers. One query."""
    lines = Line.objects.filter(draw=draw).order_by("-seq")[:limit]
    own = ("apply", "apply_again", "withdraw", "object", "accept", "decline")
    return record_rows(lines, own, line_words)


def proof_rows(draw: Draw, published: Published | None) -> list[dict[str, Any]]:
    """The values that anybody compares."""
    rows = []
    if draw.commitment:
        rows += [{"label": _("承诺值"), "value": draw.commitment}, {"label": _("名单校验值"), "value": draw.digest}]
    if draw.text and draw.drawn_at:
        rows.append({"label": _("来源公布的内容"), "value": draw.text})
        if draw.proof_link.startswith(("https://", "http://")):
            rows[-1] |= {"href": draw.proof_link, "act": _("看原文")}
        elif draw.proof_id:
            rows[-1] |= {"href": f"/draws/{draw.pk}/proof/", "act": _("看证明")}
    if published is not None:
        rows += [
            {"label": _("种子"), "value": json.loads(published.content)["seed"]},
            {"label": _("文件指纹"), "value": published.fingerprint},
        ]
    return rows

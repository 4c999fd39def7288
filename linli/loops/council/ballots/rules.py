"""
What a ballot allows: the shape of a choice, when votes replace each other, when a place must use the government's own system. Pure.

Sources: law.yaml OWN-005 (abstain), OWN-012 (joint owners), OWN-022 (freeze), OWN-026 to OWN-034 (proxies, electronic voting).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from linli.lib.problems import InputProblem

YES_NO: Final = ("agree", "against", "abstain", "invalid")
ABSTAIN: Final = "abstain"
INVALID: Final = "invalid"
RANKED_METHODS: Final = ("instant_runoff", "schulze")
# What a sealed vote is padded to, so that its length tells nothing.
SEALED_BYTES: Final = 2048

Choice = Any


def check_choice(kind: str, question: Mapping[str, Any], choice: Any, *, on_paper: bool = False) -> Choice:
    """
    The choice in its one stored form: a word, {"approve": [codes]}, {"rank": [codes]} or {"points": {code: n}}.

    "invalid" exists on paper alone: what a screen cannot send. Raises InputProblem saying what to change.
    """
    if choice == INVALID and on_paper:
        return INVALID
    if kind in ("yes_no", "survey"):
        if choice in YES_NO[:3]:
            return choice
        raise InputProblem("no_choice", "请选择同意、反对或弃权。", "Choose agree, against or abstain.")
    if choice == ABSTAIN:
        return ABSTAIN
    codes = [o["code"] for o in question["options"]]
    if not isinstance(choice, Mapping):
        raise InputProblem("no_choice", "请作出选择，或者选择弃权。", "Make a choice, or abstain.")
    if kind in ("approval", "budget", "election"):
        return {"approve": _approved(kind, question, codes, choice.get("approve"))}
    if kind == "ranked":
        return {"rank": _known(codes, choice.get("rank"))}
    return {"points": _points(question, codes, choice.get("points"))}


def _known(codes: Sequence[str], given: Any) -> list[str]:
    chosen = list(given) if isinstance(given, list | tuple) else []
    if not chosen or len(set(chosen)) != len(chosen) or any(c not in codes for c in chosen):
        raise InputProblem("bad_options", "请从列出的方案里选，每个只选一次。", "Choose among the options listed, each once.")
    return chosen


def _approved(kind: str, question: Mapping[str, Any], codes: Sequence[str], given: Any) -> list[str]:
    chosen = _known(codes, given)
    most = question.get("seats") if kind == "election" else question.get("most")
    if most and len(chosen) > most:
        raise InputProblem("too_many", f"最多选 {most} 个。", f"Choose {most} at most.")
    return sorted(chosen, key=codes.index)


def _points(question: Mapping[str, Any], codes: Sequence[str], given: Any) -> dict[str, int]:
    points = {c: n for c, n in given.items() if n} if isinstance(given, Mapping) else {}
    wrong = any(c not in codes or isinstance(n, bool) or not isinstance(n, int) or n < 0 for c, n in points.items())
    most = question.get("points", 10)
    if wrong or not points or sum(points.values()) > most:
        raise InputProblem("bad_points", f"请把点数分给方案，一共不超过 {most} 点。", f"Share out the points, {most} in all at most.")
    return dict(sorted(points.items()))


def check_question(kind: str, question: Mapping[str, Any]) -> dict[str, Any]:
    """What the kind needs of its question, checked. Raises InputProblem."""
    shared = question.get("share_by", "")
    if shared not in ("", "area", "home"):
        raise InputProblem("bad_share", "费用请选择按面积或者按户分摊。", "Costs are shared by area or by home.")
    made: dict[str, Any] = {"share_by": shared} if shared else {}
    if kind in ("yes_no", "survey"):
        return made
    options = list(question.get("options", ()))
    if len(options) < 2:
        raise InputProblem("few_options", "至少要有两个方案或候选人。", "At least two options or candidates are needed.")
    made["options"] = options
    if kind == "election":
        seats = question.get("seats")
        if not isinstance(seats, int) or not 1 <= seats <= 31:
            raise InputProblem("bad_seats", "请写明要选几席（1 到 31）。", "Say how many seats are to be filled, 1 to 31.")
        made |= {"seats": seats, **_of_seats(question, options, seats)}
    if kind == "points":
        points = question.get("points", 10)
        if not isinstance(points, int) or not 1 <= points <= 1000:
            raise InputProblem("bad_points", "点数应在 1 到 1000 之间。", "Points are 1 to 1000.")
        made["points"] = points
    if kind == "budget":
        budget = question.get("budget_fen")
        if not isinstance(budget, int) or budget <= 0 or any(o.get("cost_fen") is None for o in options):
            raise InputProblem("bad_budget", "请写明总预算，并给每个项目写上费用。", "Give the whole budget and each project's cost.")
        made |= {"budget_fen": budget, "rule": question.get("rule", "mes_add1")}
    if kind == "ranked":
        method = question.get("method", "schulze")
        if method not in RANKED_METHODS:
            raise InputProblem("bad_method", "请选择计票方法。", "Choose how rankings are counted.")
        made["method"] = method
    return made


def _of_seats(question: Mapping[str, Any], options: Sequence[Mapping[str, Any]], seats: int) -> dict[str, Any]:
    """How many stand by, and the quotas [{code, name, least, source}] whose groups the candidates name. Raises InputProblem."""
    made: dict[str, Any] = {}
    if (alternates := question.get("alternates")) is not None:
        if not isinstance(alternates, int) or not 0 <= alternates <= 31:
            raise InputProblem("bad_alternates", "候补人数应在 0 到 31 之间。", "Alternates are 0 to 31.")
        made["alternates"] = alternates
    quotas = [dict(q) for q in question.get("quotas", ())]
    codes = {q.get("code") for q in quotas}
    fine = all(isinstance(q.get("least"), int) and 1 <= q["least"] <= seats and q.get("name") and q.get("source") for q in quotas)
    if not fine or len(codes) != len(quotas) or any(not set(o.get("groups", ())) <= codes for o in options):
        raise InputProblem(
            "bad_quotas",
            "名额要求请写明是哪些人、依据哪条规定，人数在 1 和席位数之间；候选人只能属于列出的这些人。",
            "A quota names its group and its rule, and asks for 1 up to the number of seats; candidates belong to groups that are named.",
        )
    if quotas:
        made["quotas"] = [{name: q[name] for name in ("code", "name", "least", "source")} for q in quotas]
    return made


# --- several votes of one voter ----------------------------------------------------------------------
def on_second_vote(*, same_choice: bool, same_channel: bool, same_person: bool, first_stands: bool, earlier_is_later: bool) -> str:
    """
    What becomes of a vote when one of the same voter stands already: "replaces", "repeats", "refused" or "conflict".

    By the rule later replaces earlier or the first stands; joint owners who disagree, and channels that disagree, are never settled by the
    clock: a paper signed on Monday and scanned on Friday says nothing of which was meant (OWN-012: held until settled).
    """
    if same_choice:
        return "repeats"
    if not same_person:
        return "conflict"
    if not same_channel:
        return "conflict"
    if first_stands:
        return "refused"
    return "conflict" if earlier_is_later else "replaces"


def why_not_cast(*, state: str, opens_at: datetime, closes_at: datetime, now: datetime) -> str | None:
    """Say why no vote may be cast now; None means it may. The window is half-open."""
    if state == "abandoned":
        return "abandoned"
    if now < opens_at or state in ("draft", "announced"):
        return "not_open"
    if now >= closes_at or state in ("closed", "counted"):
        return "closed"
    return None


def window_problems(
    *, opens_at: datetime, closes_at: datetime, least_days: int | None, most_days: int | None, decidable_from: datetime | None
) -> list[str]:
    """What is wrong with a voting window under a place's rules: codes; empty means nothing."""
    found = []
    length = closes_at - opens_at
    if least_days is not None and length.days < least_days:
        found.append("window_short")
    if most_days is not None and (length.days, length.seconds) > (most_days, 0):
        found.append("window_long")
    if decidable_from is not None and opens_at < decidable_from:
        found.append("opens_in_notice")
    return found

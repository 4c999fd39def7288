"""A counted case as plain data: the answer of `linli choice tally --json`, with exact fractions and every reason in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from linli.insight.choice import cases
from linli.insight.choice.cases import Case
from linli.insight.choice.reading import CaseError, Reader
from linli.insight.choice.tally import Amounts, Result, Test
from linli.law.reasons import Reason, percent, say
from linli.law.voting import AREA, RuleRefused, policies
from linli.lib.units import format_area, parse_instant


def answer_to(data: Any) -> dict[str, Any]:
    """The answer to a case read from JSON. Raises CaseError for what cannot be read, RuleRefused for a rule that may not be applied."""
    if isinstance(data, Mapping) and data.get("profile") == "period":
        return _period(data)
    return answer(cases.count(data))


def answer(counted: Sequence[tuple[Case, Result]]) -> dict[str, Any]:
    """The answer to a case counted; with alternatives, `passed` is a list and `cases` holds each."""
    found = [_one(case, result) for case, result in counted]
    if len(found) == 1:
        return found[0]
    quorums = {item["quorum"] for item in found}
    quorum = quorums.pop() if len(quorums) == 1 else [item["quorum"] for item in found]
    return {"quorum": quorum, "passed": [item["passed"] for item in found], "cases": found}


def refusal(refused: RuleRefused) -> dict[str, Any]:
    """A rule that may not be applied, as an answer that decides nothing."""
    return {
        "quorum": None,
        "passed": None,
        "refused": {
            "code": refused.code, "profile": refused.profile, "rule": refused.rule, "zh": refused.text_zh, "en": refused.text_en,
        },
        "rules": [refused.rule] if refused.rule else [],
        "reasons": [refused.code],
    }  # fmt: skip


def problems(error: CaseError) -> dict[str, Any]:
    """What is wrong with a case, place by place."""
    return {"errors": [{"path": one.path, "code": one.code, "zh": one.text_zh, "en": one.text_en} for one in error.problems]}


def _period(data: Mapping[str, Any]) -> dict[str, Any]:
    """Days of notice: first and last day, and the earliest day of the meeting (GEN-002)."""
    from linli.law.periods import period
    from linli.lib.calendar import WorkCalendar, YearMissing

    reader = Reader()
    given = data["input"] if isinstance(data.get("input"), Mapping) else data
    published = reader.calling("$.published", lambda: parse_instant(given.get("published", "")))
    days = reader.count("$.days", given.get("days"))
    if published and days < 1:
        reader.wrong("$.days", "no_days", "天数至少为 1。", "At least one day.")
    reader.done()
    try:
        found = period(reader.must(published), days, WorkCalendar())
    except YearMissing as missing:
        reader.wrong("$.published", "year_missing", f"没有 {missing.year} 年的放假安排，请先录入。", str(missing))
        reader.done()
        raise
    return {
        "first_day": found.first_day.isoformat(), "last_day_plain": found.last_day_plain.isoformat(),
        "last_day_after_holiday_rule": found.last_day.isoformat(), "earliest_meeting": found.next_day.isoformat(), "rules": ["GEN-002"],
    }  # fmt: skip


def _one(case: Case, result: Result) -> dict[str, Any]:
    profile, silent = case.profile, result.silent_policy
    body = _body(result)
    said = [*result.verdict.explained, *result.counted]
    rules = list(dict.fromkeys([*profile.rules, *_rules_used(case, result)]))
    body |= {
        "profile": profile.id, "jurisdiction": case.place.id, "base": profile.base, "policies": dict(case.policies), "rules": rules,
        "reasons": list(result.verdict.failures), "explain": [_worded(reason) for reason in said],
    }  # fmt: skip
    if silent != "strict" and result.strict is not None:
        body["requires"] = list(policies()["silent"].needs)
        body["strict"] = {**_body(result.strict), "reasons": list(result.strict.verdict.failures)}
    elif case.conditions_missing:
        body["requires"] = list(policies()["silent"].needs)
        body["missing_conditions"] = list(case.conditions_missing)
    return body


def _body(result: Result) -> dict[str, Any]:
    counts, verdict = result.counts, result.verdict
    kinds = (("take_part", "take_part"), ("agree", "agree"), ("object", "object"))
    shares, display = {}, {}
    needed: dict[str, dict[str, Any]] = {}
    for kind, name in kinds:
        for dimension, test in verdict.of(kind).items():  # type: ignore[arg-type]
            shares[f"{name}_{dimension}"] = None if test.share is None else str(test.share)
            display[f"{name}_{dimension}"] = percent(test.part, test.whole)
            needed.setdefault("too_many" if kind == "object" else name, {})[dimension] = _number(dimension, test.missing)
    body = {
        "quorum": verdict.quorum, "passed": verdict.passed, "total": _plain(counts.total), "participating": _plain(counts.participating),
        "agree": _plain(counts.agree), "against": _plain(counts.against), "abstain": _plain(counts.abstain), "shares": shares, "display": display,
        "still_needed": needed, "tests": [_test(test) for test in verdict.tests],
    }  # fmt: skip
    return {key: value for key, value in body.items() if value != {} or key in ("shares", "total", "participating", "agree")}


def _rules_used(case: Case, result: Result) -> list[str]:
    """The rules behind the policies that made a difference here."""
    said = {reason.code for reason in result.counted} - {"silent_strict"}
    found = [
        rule
        for name, policy in policies().items()
        if name != "parking"
        for rule in policy.rules
        if any(code.startswith(f"{name}_") for code in said)
    ]
    local = case.place.setting("parking")
    if said & {"parking_counted", "parking_excluded"}:
        found.append(
            local.rule if local and local.value == case.policies["parking"] else "OWN-009" if "parking_counted" in said else "OWN-010"
        )
    return found


def _test(test: Test) -> dict[str, Any]:
    name = test.threshold.dimension
    return {
        "kind": test.kind, "dimension": name, "op": test.threshold.op, "threshold": str(test.threshold.share), "part": _number(name, test.part),
        "whole": _number(name, test.whole), "share": None if test.share is None else str(test.share), "met": test.met,
        "missing": _number(name, test.missing),
    }  # fmt: skip


def _plain(amounts: Amounts) -> Mapping[str, Any]:
    return {name: _number(name, number) for name, number in amounts.items()}


def _number(dimension: str, number: int) -> str | int:
    return format_area(number) if dimension == AREA else number


def _worded(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "zh": say(reason, "zh"), "en": say(reason, "en")}

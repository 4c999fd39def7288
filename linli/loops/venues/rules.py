"""
How a venue stands against its standards, pure: for each one meets, misses, not known or does not apply, by how much, and what it would take.

Amounts are exact fractions in the unit of the standard's measure (m², hours, yuan, per cent). Nothing here reads a database or a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, Literal

from linli.law.venues import HAS, Standard

State = Literal["meets", "misses", "unknown", "not_applicable"]
STAFF: Final = ("full_time", "teams", "volunteers", "digital", "training_hours")


@dataclass(frozen=True)
class Yearly:
    """What visitors said in one year, or another stretch of time: `satisfied` of `answers`."""

    satisfied: int
    answers: int

    @property
    def share(self) -> Fraction | None:
        return Fraction(self.satisfied, self.answers) if self.answers else None


@dataclass(frozen=True)
class Facts:
    """
    What is known of a venue; None and absent keys: not known. `area` is in 0.01 m², `cost_fen` in fen, minutes are whole.

    `types` are the kinds of community it serves, `type_known` whether the register says which at all. `years` are complete calendar years
    in order. `courtyards` counts the compounds it serves, `with_point` those of them that have a venue in use.
    """

    area: int | None = None
    households: int | None = None
    types: frozenset[str] = frozenset()
    type_known: bool = True
    has: Mapping[str, bool] = field(default_factory=dict)
    functions: int | None = None
    staff: Mapping[str, int] = field(default_factory=dict)
    cost_fen: int | None = None
    weekly: int | None = None
    evening: int | None = None
    weekend: int | None = None
    courtyards: int | None = None
    with_point: int | None = None
    years: Sequence[tuple[int, Yearly]] = ()


@dataclass(frozen=True)
class Finding:
    """
    One standard against the facts. `short` is what is missing to meet it, `over` by how much it is exceeded (above what was asked for, or
    above the upper limit where that is what it misses); `need` is what was asked of this venue.

    `why` says, for what is not known or does not apply: households, type, value, few_answers, no_year, overridden, other_households, other_type.
    """

    standard: Standard
    state: State
    have: Fraction | None = None
    need: Fraction | None = None
    short: Fraction = Fraction(0)
    over: Fraction = Fraction(0)
    why: str = ""


def evaluate(standards: Iterable[Standard], facts: Facts) -> list[Finding]:
    """Every standard in the order given."""
    listed = list(standards)
    # Whoever stands instead of another counts only where it applies itself.
    replaced = {code for s in listed if _applies(s, facts) == "" for code in s.overrides}
    terms = terms_of(listed)
    return [_finding(s, facts, terms, overridden=s.code in replaced) for s in listed]


def _applies(standard: Standard, facts: Facts) -> str:
    """Empty when it applies; else why not, or "?households" and "?type" when that cannot be known."""
    if standard.types and not facts.types & set(standard.types):
        from_register = any(t not in ("ageing", "young", "mixed", "culture_heritage") for t in standard.types)
        return "?type" if from_register and not facts.type_known else "other_type"
    low, high = standard.households_from, standard.households_to
    if low is None and high is None:
        return ""
    if facts.households is None:
        return "?households"
    within = (low is None or facts.households >= low) and (high is None or facts.households <= high)
    return "" if within else "other_households"


def _finding(standard: Standard, facts: Facts, terms: ExitTerms, *, overridden: bool) -> Finding:
    if overridden:
        return Finding(standard, "not_applicable", why="overridden")
    why = _applies(standard, facts)
    if why.startswith("?"):
        return Finding(standard, "unknown", why=why[1:])
    if why:
        return Finding(standard, "not_applicable", why=why)
    if standard.measure in HAS:
        known = facts.has.get(standard.item)
        if known is None:
            return Finding(standard, "unknown", why="value")
        return Finding(standard, "meets" if known else "misses")
    have, missing = measured(standard.measure, facts, terms)
    if have is None:
        return Finding(standard, "unknown", why=missing)
    return _compared(standard, have, facts)


def _compared(standard: Standard, have: Fraction, facts: Facts) -> Finding:
    need = standard.value * (facts.courtyards or 1) if standard.measure == "points" else standard.value
    least, most = {
        ">=": (need, None),
        ">": (need, None),
        "<=": (None, need),
        "<": (None, need),
        "between": (need, standard.most),
    }[standard.op]
    strict = standard.op in (">", "<")
    short = max(Fraction(0), least - have) if least is not None else Fraction(0)
    over = max(Fraction(0), have - most) if most is not None else max(Fraction(0), have - need)
    misses = short > 0 or (most is not None and over > 0) or (strict and have == need)
    return Finding(standard, "misses" if misses else "meets", have, need, short, over)


def measured(measure: str, facts: Facts, terms: ExitTerms) -> tuple[Fraction | None, str]:
    """(the amount in the measure's unit, why it is not known)."""
    if measure == "area":
        return _of(facts.area, 100)
    if measure == "area_per_household":
        if not facts.households:
            return None, "households"
        return _of(facts.area, 100 * facts.households)
    if measure == "yearly_cost":
        return _of(facts.cost_fen, 100)
    if measure in ("weekly_hours", "evening_hours", "weekend_hours"):
        return _of(getattr(facts, measure.removesuffix("_hours")), 60)
    if measure in STAFF:
        return _of(facts.staff.get(measure), 1)
    if measure == "functions":
        return _of(facts.functions, 1)
    if measure == "points":
        return _of(facts.with_point, 1)
    if not facts.years:
        return None, "no_year"
    if measure == "years_below":
        return Fraction(len(years_below(facts.years, terms))), ""
    last = facts.years[-1][1]
    if measure == "answers":
        return Fraction(last.answers), ""
    if last.share is None or last.answers < terms.least_answers:
        return None, "few_answers"
    return last.share * 100, ""


def _of(value: int | None, per: int) -> tuple[Fraction | None, str]:
    return (None, "value") if value is None else (Fraction(value, per), "")


# --- summing up -------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Summary:
    """How many standards apply and are met, missed, not known."""

    meets: int
    misses: int
    unknown: int

    @property
    def applying(self) -> int:
        return self.meets + self.misses + self.unknown


def summary(findings: Iterable[Finding]) -> Summary:
    states = [f.state for f in findings]
    return Summary(states.count("meets"), states.count("misses"), states.count("unknown"))


# --- the exit rule ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class ExitTerms:
    """By what a venue is judged: below `threshold` (a share) counts, a year with fewer than `least_answers` does not, `years` in a row are a case."""

    threshold: Fraction = Fraction(60, 100)
    least_answers: int = 20
    years: int = 2


def terms_of(standards: Iterable[Standard]) -> ExitTerms:
    """The exit rule as the standards in force set it; what none of them says is the documents' own (S3 3.4)."""
    by_measure = {s.measure: s.value for s in standards if s.group == "exit"}
    plain = ExitTerms()
    return ExitTerms(
        by_measure["satisfaction"] / 100 if "satisfaction" in by_measure else plain.threshold,
        -int(-by_measure["answers"] // 1) if "answers" in by_measure else plain.least_answers,
        max(1, -int(-by_measure["years_below"] // 1)) if "years_below" in by_measure else plain.years,
    )


def is_below(year: Yearly, terms: ExitTerms) -> bool:
    """Too few answers are no judgement: such a year is not below."""
    return year.share is not None and year.answers >= terms.least_answers and year.share < terms.threshold


def years_below(years: Sequence[tuple[int, Yearly]], terms: ExitTerms, after: int = 0) -> list[int]:
    """The complete years in a row below the threshold that end with the last one; those up to and with `after` no longer count."""
    found: list[int] = []
    for number, year in reversed(years):
        if number <= after or not is_below(year, terms) or (found and number != found[-1] - 1):
            break
        found.append(number)
    return found[::-1]


def exit_case(years: Sequence[tuple[int, Yearly]], terms: ExitTerms, after: int = 0) -> list[int]:
    """The years that make a case, or none. `after` is the last year of the case before: each year is counted in one case alone."""
    found = years_below(years, terms, after)
    return found if len(found) >= terms.years else []

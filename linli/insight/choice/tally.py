"""
The count of a decision: who took part, who agreed, whether every threshold is met, and by how much one is missed.

Pure and exact: areas are integers of 0.01 m², shares are Fractions, nothing is rounded before it is compared. Thresholds come from
`linli.law.voting`; the order of ballots never matters, and an owner counts once however many papers there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import compress
from typing import Final, Literal

from linli.insight.choice.units import Roll
from linli.law.reasons import Reason, fraction_word, percent, quantity, say, threshold_words
from linli.law.voting import Profile, RuleRefused, Threshold
from linli.lib.problems import InputProblem
from linli.lib.units import format_area

SILENT, AGREE, AGAINST, ABSTAIN, INVALID, HELD = range(6)
CHOICES: Final = {"agree": AGREE, "against": AGAINST, "abstain": ABSTAIN, "invalid": INVALID}

Silent = Literal["strict", "delivered_participates", "follow_majority"]
InvalidBallot = Literal["not_participating", "participates_not_consent"]
Kind = Literal["take_part", "agree", "object"]
Amounts = Mapping[str, int]

_KIND_WORDS: Final = {"take_part": "participation", "agree": "consent", "object": "objection"}
_OP_WORDS: Final = {">": "not_above", ">=": "below", "<": "not_below", "<=": "above"}


class NotOnRoll(InputProblem):
    """A ballot of somebody who is not on the roll; `ballot` is its position."""

    def __init__(self, ballot: int) -> None:
        super().__init__(
            "not_on_roll", "这张票的业主不在名册上，请核对编号。", "The owner of this ballot is not on the roll; check the id."
        )
        self.ballot = ballot


@dataclass(frozen=True)
class Cast:
    """What each owner of a roll chose: `choices[i]` for `owners[i]`, one of SILENT … HELD; with papers that did not count."""

    choices: bytes
    repeated: int = 0
    off_roll: int = 0


@dataclass(frozen=True)
class Counts:
    """Sums by dimension. `objecting` are those against; `base` for agreement is `participating` unless the rule says all."""

    total: Amounts
    participating: Amounts
    agree: Amounts
    against: Amounts = field(default_factory=dict)
    abstain: Amounts = field(default_factory=dict)
    runner_up: int | None = None


@dataclass(frozen=True, slots=True)
class Test:
    """One threshold applied: `part` of `whole`; `missing` is by how much it is missed (0: met), in the dimension's unit."""

    __test__ = False

    kind: Kind
    threshold: Threshold
    part: int
    whole: int

    @property
    def met(self) -> bool:
        return self.threshold.met(self.part, self.whole)

    @property
    def missing(self) -> int:
        return self.threshold.missing(self.part, self.whole)

    @property
    def share(self) -> Fraction | None:
        """Exact; None of nothing."""
        return Fraction(self.part, self.whole) if self.whole else None

    @property
    def failure(self) -> str:
        """What a miss is called, without its dimension: consent_not_above_half."""
        return f"{_KIND_WORDS[self.kind]}_{_OP_WORDS[self.threshold.op]}_{fraction_word(self.threshold.share)}"

    def reason(self, base: str) -> Reason:
        """The sentence's code and parameters, met or missed."""
        dimension, op, share = self.threshold.dimension, self.threshold.op, self.threshold.share
        names = {"zh": _dimension(dimension, "zh"), "en": _dimension(dimension, "en")}
        measured = {
            "all": ("总数", "all"),
            "participating": ("参与表决者", "those taking part"),
            "votes_cast": ("所投票", "the votes cast"),
        }[base]
        return Reason(
            f"{self.kind}_{'met' if self.met else 'missed'}",
            {
                "dimension": names, "have": quantity(dimension, self.part), "share": percent(self.part, self.whole),
                "threshold": threshold_words(op, share), "missing": quantity(dimension, self.missing),
                "base": {"zh": measured[0], "en": measured[1]},
            },
        )  # fmt: skip


@dataclass(frozen=True)
class Verdict:
    """Whether the quorum is there and the decision passed, with every test, and the codes of what failed (empty: passed)."""

    quorum: bool
    passed: bool
    tests: tuple[Test, ...]
    failures: tuple[str, ...]
    explained: tuple[Reason, ...]

    def of(self, kind: Kind) -> Mapping[str, Test]:
        """The tests of one kind by dimension."""
        return {test.threshold.dimension: test for test in self.tests if test.kind == kind}


@dataclass(frozen=True)
class Result:
    """
    A counted decision. `strict` is the result without any policy on silent owners, there only when such a policy was applied;
    `counted` says in codes how papers and owners were counted.
    """

    profile: Profile
    counts: Counts
    verdict: Verdict
    counted: tuple[Reason, ...] = ()
    silent_policy: Silent = "strict"
    strict: Result | None = None


def collect(roll: Roll, ballots: Iterable[tuple[str, int]], *, lenient: bool = True) -> Cast:
    """
    One choice for every owner, from papers in any order and of any channel. Papers of one owner that agree count once; papers that
    disagree hold each other (OWN-012: the joint owners have named no one voter). Raises NotOnRoll; papers of owners whom the parking policy
    leaves out are counted in `off_roll` when `lenient`.
    """
    choices = bytearray(len(roll.owners))
    again: dict[int, int] = {}
    off_roll = 0
    find = roll.index.get
    for number, (owner, choice) in enumerate(ballots):
        at = find(owner)
        if at is None:
            at = roll.aliases.get(owner)
            if at is None:
                if lenient and owner in roll.left_out:
                    off_roll += 1
                    continue
                raise NotOnRoll(number)
        had = choices[at]
        if had == SILENT:
            choices[at] = choice
        else:
            again[at] = again.get(at, 0) + 1
            if had != choice:
                choices[at] = HELD
    repeated = sum(more for at, more in again.items() if choices[at] != HELD)
    return Cast(bytes(choices), repeated, off_roll)


def sums(areas: Sequence[int], choices: bytes) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Owners and area by choice, each in the order SILENT … HELD."""
    heads = tuple(choices.count(code) for code in range(6))
    spaces = tuple(sum(compress(areas, choices.translate(_ONLY[code]))) if heads[code] else 0 for code in range(6))
    return heads, spaces


_ONLY: Final = tuple(bytes(1 if byte == code else 0 for byte in range(256)) for code in range(6))


def tally(
    profile: Profile,
    roll: Roll,
    cast: Cast,
    *,
    silent: Silent = "strict",
    delivered: Iterable[str] = (),
    invalid_ballot: InvalidBallot = "not_participating",
) -> Result:
    """
    The result of an owners' decision. `silent` other than strict looks at owners who returned nothing and to whom the ballot was
    `delivered`; the strict result then stands beside. Raises RuleRefused when the profile's thresholds are not verified.
    """
    if refusal := profile.why_not():
        raise refusal
    heads, spaces = sums(roll.areas, cast.choices)
    strict = _result(profile, roll, heads, spaces, invalid_ballot, _counted(roll, cast, heads, spaces, invalid_ballot))
    if silent == "strict":
        return strict
    reached = bytearray(len(roll.owners))
    for owner in delivered:
        at = roll.find(owner)
        if at is not None:
            reached[at] = cast.choices[at] == SILENT
    silent_heads, silent_area = reached.count(1), sum(compress(roll.areas, reached))
    return with_silent(strict, silent, silent_heads, silent_area)


def with_silent(strict: Result, silent: Silent, heads: int, area: int) -> Result:
    """
    `strict` with `heads` owners and `area` of those to whom the ballot was delivered and who returned none. follow_majority adds them
    to the choice that leads in owners and in area; where none leads in both they only take part.
    """
    counts, extra = strict.counts, {"owners": heads, "area": area}
    follows = leading(counts) if silent == "follow_majority" else None
    added = Counts(
        total=counts.total,
        participating=_plus(counts.participating, extra),
        agree=_plus(counts.agree, extra) if follows == "agree" else counts.agree,
        against=_plus(counts.against, extra) if follows == "against" else counts.against,
        abstain=counts.abstain,
    )
    code = f"silent_follow_{follows}" if follows in ("agree", "against") else "silent_no_majority"
    if silent == "delivered_participates":
        code = "silent_participates"
    told = {"owners": heads, "area": format_area(area)}
    counted = tuple(item for item in strict.counted if item.code != "silent_strict")
    counted = (*counted, Reason(code, told), Reason("silent_needs"))
    return Result(strict.profile, added, judge(strict.profile, added), counted, silent, strict)


def leading(counts: Counts) -> str | None:
    """The choice that more owners and more area made than any other, or None when the two do not agree on one."""
    found = set()
    for dimension in counts.total:
        amounts = {
            "agree": counts.agree.get(dimension, 0),
            "against": counts.against.get(dimension, 0),
            "abstain": counts.abstain.get(dimension, 0),
        }
        most = max(amounts.values())
        first = [name for name, amount in amounts.items() if amount == most]
        found.add(first[0] if len(first) == 1 and most else None)
    return found.pop() if len(found) == 1 else None


def judge(profile: Profile, counts: Counts) -> Verdict:
    """Every threshold of `profile` against `counts`. Raises RuleRefused when its thresholds are not verified."""
    if not profile.verified and (refusal := profile.why_not()):
        raise refusal
    base = counts.total if profile.base == "all" else counts.participating
    take_part = tuple(
        Test("take_part", test, counts.participating[test.dimension], counts.total[test.dimension]) for test in profile.take_part
    )
    agree = tuple(Test("agree", test, counts.agree[test.dimension], base[test.dimension]) for test in profile.agree)
    objecting = tuple(Test("object", test, counts.against[test.dimension], counts.total[test.dimension]) for test in profile.object_max)
    quorum = all(test.met for test in take_part)
    failures = [*_failures(take_part), *_failures(agree), *_failures(objecting)]
    ahead = not profile.plurality or (counts.runner_up is not None and next(iter(counts.agree.values())) > counts.runner_up)
    if not ahead:
        failures.append("not_plurality")
    tests = (*take_part, *agree, *objecting)
    explained = [test.reason("all" if test.kind != "agree" else profile.base) for test in tests]
    explained += [Reason("not_plurality")] if not ahead else []
    explained += [Reason("no_participation_threshold")] if not take_part else []
    return Verdict(quorum, not failures, tests, tuple(failures), tuple(explained))


def words(result: Result, language: str) -> list[str]:
    """Everything beside a result as sentences: each threshold first, then how papers and owners counted."""
    return [say(reason, language) for reason in (*result.verdict.explained, *result.counted)]


def _result(
    profile: Profile, roll: Roll, heads: Sequence[int], spaces: Sequence[int], invalid_ballot: InvalidBallot, counted: tuple[Reason, ...]
) -> Result:
    def amounts(*codes: int) -> Amounts:
        return {"area": sum(spaces[code] for code in codes), "owners": sum(heads[code] for code in codes)}

    taking_part = [AGREE, AGAINST, ABSTAIN, *([INVALID] if invalid_ballot == "participates_not_consent" else [])]
    counts = Counts(
        total={"area": roll.area, "owners": len(roll.owners)},
        participating=amounts(*taking_part),
        agree=amounts(AGREE),
        against=amounts(AGAINST),
        abstain=amounts(ABSTAIN),
    )
    return Result(profile, counts, judge(profile, counts), counted)


def _counted(roll: Roll, cast: Cast, heads: Sequence[int], spaces: Sequence[int], invalid_ballot: InvalidBallot) -> tuple[Reason, ...]:
    codes = {
        HELD: "co_owners_conflict_not_participating",
        ABSTAIN: "abstain_participates",
        INVALID: "invalid_not_participating" if invalid_ballot == "not_participating" else "invalid_participates",
        SILENT: "silent_strict",
    }
    said = [Reason(name, {"owners": heads[code], "area": format_area(spaces[code])}) for code, name in codes.items() if heads[code]]
    if cast.repeated:
        said.append(Reason("same_ballot_counted_once", {"ballots": cast.repeated}))
    if cast.off_roll:
        said.append(Reason("off_roll_not_counted", {"ballots": cast.off_roll}))
    return (*roll.reasons, *said)


def _failures(tests: Sequence[Test]) -> list[str]:
    """One code when every dimension of a kind fails alike, else one for each that fails, led by its dimension."""
    missed = [test for test in tests if not test.met]
    if len(missed) == len(tests) and len({test.failure for test in missed}) == 1:
        return [missed[0].failure]
    return [f"{test.threshold.dimension}_{test.failure}" for test in missed]


def _plus(amounts: Amounts, extra: Amounts) -> Amounts:
    return {dimension: amounts[dimension] + extra[dimension] for dimension in amounts}


def _dimension(dimension: str, tongue: str) -> str:
    from linli.law.reasons import dimensions

    return dimensions()[dimension][f"name_{tongue}"]


__all__ = [
    "ABSTAIN", "AGAINST", "AGREE", "CHOICES", "HELD", "INVALID", "SILENT", "Cast", "Counts", "NotOnRoll", "Result", "RuleRefused", "Test",
    "Verdict", "collect", "judge", "leading", "sums", "tally", "with_silent", "words",
]  # fmt: skip

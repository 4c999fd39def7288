"""
What a detector says: a question to a person about one place and one period, with the chance that honest work looks like this.

It names places and matters, never a person; it has no score and no consequence. What the detector looks at, what it takes as honest and what
innocent reasons there may be stand beside every suspicion.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from linli.insight.measure.periods import Period
from linli.insight.measure.problems import refuse

Test = Literal["share", "count", "sum", "pictures", "same_file", "not_possible"]
"""`share`: beta-binomial against other places; `count`: negative binomial; `sum`: Poisson binomial; the last two leave nothing to chance."""
Key = int | str
LEAST_SAID: Final = 1e-12


@dataclass(frozen=True)
class Suspicion:
    """
    `alone`: the chance that one honest place shows this or more in one such period; `chance`: that any of the `looked` looks does (None where
    chance has no part in it). `matters`: the numbers of the rows behind it, in their order. `figures` are those of the sentences.
    """

    detector: str
    place: str
    period: Period
    test: Test
    alone: float | None
    chance: float | None
    looked: int
    matters: tuple[Key, ...]
    says_zh: str
    says_en: str
    figures: Mapping[str, Any] = field(default_factory=dict)

    def says(self, language: str) -> str:
        return self.says_zh if language.lower().startswith("zh") else self.says_en


@dataclass(frozen=True)
class Parameter:
    """One thing that may be set: its default, what is allowed, and why the default is what it is."""

    name: str
    default: int | float
    least: int | float
    most: int | float
    why_zh: str
    why_en: str


AT_MOST: Final = Parameter(
    "at_most",
    0.05,
    1e-9,
    0.5,
    "一次查看里，全部如实时也会冒出一条疑点的机会不超过 5%：误报要少，人才会认真看每一条。",
    "In one look at honest work, the chance that anything is asked at all stays below 5 %: people read questions that are few.",
)


def least(default: int, why_zh: str, why_en: str) -> Parameter:
    """At least so many rows behind a suspicion."""
    return Parameter("least", default, 1, 10_000, why_zh, why_en)


@dataclass(frozen=True)
class Detector:
    """
    `columns` are what it reads of a row. `look(rows, now, **parameters)` answers suspicions, in the order of periods and places, and raises
    InputProblem for rows or parameters it cannot use. `innocent_*`: honest reasons a person should think of first.
    """

    code: str
    name_zh: str
    name_en: str
    looks_for_zh: str
    looks_for_en: str
    innocent_zh: str
    innocent_en: str
    parameters: tuple[Parameter, ...]
    columns: tuple[str, ...]
    look: Callable[..., list[Suspicion]]

    def name(self, language: str) -> str:
        return self.name_zh if language.lower().startswith("zh") else self.name_en

    def looks_for(self, language: str) -> str:
        return self.looks_for_zh if language.lower().startswith("zh") else self.looks_for_en

    def innocent(self, language: str) -> str:
        return self.innocent_zh if language.lower().startswith("zh") else self.innocent_en


def settled(allowed: tuple[Parameter, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """Every parameter with its value. Raises InputProblem for one that is not known or out of its bounds."""
    known = {one.name: one for one in allowed}
    for name, value in given.items():
        if name not in known:
            raise refuse(
                "no_parameter",
                f"没有“{name}”这个参数；可以设的是：{'、'.join(known)}。",
                f'There is no parameter "{name}"; there are: {", ".join(known)}.',
            )
        one = known[name]
        whole = isinstance(one.default, int)
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)) or not one.least <= value <= one.most:
            raise refuse(
                "bad_parameter",
                f"参数“{name}”应当是 {one.least} 到 {one.most} 之间的{'整数' if whole else '数'}。",
                f'The parameter "{name}" is a {"whole number" if whole else "number"} between {one.least} and {one.most}.',
            )
    return {name: given.get(name, one.default) for name, one in known.items()}


def one_in(chance: float) -> str:
    """A chance as people say it: 1/20, 1/3,000; two leading figures are enough."""
    if chance <= LEAST_SAID:
        return f"1/{1 / LEAST_SAID:,.0f}"
    if chance >= 0.95:
        return "1"
    many = 1 / chance
    digits = max(0, len(str(int(many))) - 2)
    return f"1/{round(many, -digits):,.0f}" if many >= 10 else f"1/{many:.1f}".replace(".0", "")


def percent(share: float) -> str:
    """12 %, 3.4 %, 0.21 %."""
    value = 100 * share
    return f"{value:.0f}%" if value >= 10 else f"{value:.1f}%" if value >= 1 or value == 0 else f"{value:.2f}%"


def by_chance(alone: float, chance: float, looked: int) -> tuple[str, str]:
    """The sentences that say how likely it is where all is honest, in both languages."""
    below_zh, below_en = ("不到 ", "less than ") if alone <= LEAST_SAID else ("大约 ", "about ")
    again_zh, again_en = ("不到 ", "less than ") if chance <= LEAST_SAID else ("大约 ", "about ")
    return (
        f"如果一切如实，单看一处出现这样或更多的机会{below_zh}{one_in(alone)}；这次一共看了 {looked:,} 处，其中任何一处碰巧出现的机会{again_zh}{one_in(chance)}。",
        (
            f"Where all is honest, one look shows this or more with a chance of {below_en}{one_in(alone)}; {looked:,} were looked at, and the chance "
            f"that any of them shows it is {again_en}{one_in(chance)}."
        ),
    )


def ordered(found: list[Suspicion]) -> list[Suspicion]:
    """In the order of periods and places, which says nothing of anybody."""
    return sorted(found, key=lambda one: (one.period, one.place, one.detector, str(one.matters)))

"""
What a lift or a levy costs each home: subsidies off the cost, the rest shared by area, by home, by a key of one's own or by floor, so that it
adds up to the fen; what a ground floor is paid; what running it costs a year; what is left of each home's maintenance fund.

Plain data in and out: money in fen, areas in 0.01 m², own keys in ten-thousandths, coefficients as fractions. Splitting itself is
`linli.insight.choice.shares` (largest remainders, ties to the greater weight and then the smaller id as text).

By area is what holds where nothing else was agreed (Civil Code 283, FND-007); keys by floor: LIFT-002, LIFT-003.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

from linli.insight.choice.shares import FloorScheme, Share, ShareProblem, split
from linli.lib.problems import InputProblem

How = Literal["area", "home", "key", "floor"]
LARGEST_FEN = 10**13
KEY_UNIT = 10_000  # a key of 1 is kept as this


class PlanProblem(InputProblem):
    """The costs or the key cannot be used; the texts say how to mend them."""


# --- money ------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Subsidy:
    """
    Money from elsewhere, with its `source`. `fixed`: `fen` for all; `per_lift`: `fen` for each lift; `share`: that `share` of the whole cost,
    at most `cap_fen` (None: no cap), rounded down to the fen.
    """

    name: str
    kind: Literal["fixed", "per_lift", "share"]
    fen: int = 0
    share: Fraction = Fraction(0)
    cap_fen: int | None = None
    source: str = ""

    def amount(self, cost_fen: int, lifts: int) -> int:
        """What it pays towards `cost_fen`, in fen."""
        if self.kind == "fixed":
            return self.fen
        if self.kind == "per_lift":
            return self.fen * lifts
        exact = self.share * cost_fen
        whole = exact.numerator // exact.denominator
        return whole if self.cap_fen is None else min(whole, self.cap_fen)


@dataclass(frozen=True, slots=True)
class Net:
    """The cost, what each subsidy pays of it, and what is left for the homes; all in fen."""

    cost_fen: int
    subsidies: tuple[tuple[Subsidy, int], ...]
    net_fen: int


def net_of(cost_fen: int, subsidies: Sequence[Subsidy] = (), *, lifts: int = 1) -> Net:
    """What the homes have to pay together. Raises PlanProblem for a cost of nothing and for subsidies beyond the cost."""
    if cost_fen <= 0:
        raise PlanProblem(
            "no_cost",
            "总金额是零，没有什么可分摊的。请填写报价单上的总金额。",
            "The total is zero, so there is nothing to share. Enter the total of the quotation.",
        )
    if cost_fen > LARGEST_FEN:
        raise PlanProblem("cost_too_large", "总金额太大，请核对单位是不是元。", "The total is too large; check that it is in yuan.")
    paid = tuple((one, one.amount(cost_fen, lifts)) for one in subsidies)
    left = cost_fen - sum(fen for _one, fen in paid)
    if left < 0:
        raise PlanProblem(
            "subsidy_over_cost",
            "补贴合计超过了总金额。请核对每项补贴的金额，或者给按比例的补贴写上封顶。",
            "The subsidies add up to more than the cost. Check each of them, or cap those that are a share.",
        )
    return Net(cost_fen, paid, left)


# --- homes and keys ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Unit:
    """A home that shares: `floor` (ground floor 1, below it -1), `area` in 0.01 m², `key` in ten-thousandths, `balance_fen` of its fund; None: not known."""

    id: str
    floor: int | None = None
    area: int | None = None
    key: int | None = None
    balance_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """
    How a sum is shared. `scheme` goes with "floor". Homes up to floor `free_up_to` (None: no home) pay nothing and receive `paid_fen` each,
    which the others bring up on top (0: nobody is paid).
    """

    how: How
    scheme: FloorScheme | None = None
    free_up_to: int | None = None
    paid_fen: int = 0

    @property
    def by_area(self) -> bool:
        return self.how == "area" or (self.how == "floor" and self.scheme is not None and self.scheme.by == "area")

    @property
    def needs(self) -> frozenset[str]:
        """What must be known of every home: "area", "floor", "key"."""
        asked = {"floor": self.how == "floor" or self.free_up_to is not None, "area": self.by_area, "key": self.how == "key"}
        return frozenset(what for what, needed in asked.items() if needed)

    @property
    def every_year(self) -> Key:
        """The same key for what comes every year: who is free stays free, and nobody is paid."""
        return replace(self, paid_fen=0)

    def is_free(self, unit: Unit) -> bool:
        return self.free_up_to is not None and unit.floor is not None and unit.floor <= self.free_up_to

    def coefficient(self, unit: Unit) -> Fraction:
        """What one home of the unit's floor (or with its own key) counts, before area; 0 for those who are free."""
        if self.is_free(unit):
            return Fraction(0)
        if self.how == "key":
            return Fraction(unit.key or 0, KEY_UNIT)
        return self.scheme.coefficient(unit.floor or 0) if self.how == "floor" and self.scheme is not None else Fraction(1)

    def weight(self, unit: Unit) -> Fraction:
        """The unit's weight; what it needs must be known."""
        return self.coefficient(unit) * (unit.area or 0) if self.by_area else self.coefficient(unit)


def lacking(units: Iterable[Unit], key: Key) -> dict[str, list[str]]:
    """What `key` needs and is not known: "area" | "floor" | "key" → ids of the homes, in order. An area of 0 is not known. Empty: nothing lacks."""
    found: dict[str, list[str]] = {}
    for unit in units:
        for what in sorted(key.needs):
            value = getattr(unit, what)
            if value is None or (what == "area" and value <= 0):
                found.setdefault(what, []).append(unit.id)
    return found


_LACKS = {
    "area": ("有 {n} 户没有面积。请在“各户资料”里补上，或者改用不按面积的算法。", "{n} homes have no area. Enter it under “Homes”, or use a key that needs none."),
    "floor": ("有 {n} 户不知道在几层。请在“各户资料”里补上楼层。", "{n} homes have no floor. Enter it under “Homes”."),
    "key": ("有 {n} 户没有自定系数。请在“各户资料”里填写，或者从表格导入。", "{n} homes have no key of their own. Enter it under “Homes”, or import a sheet."),
}  # fmt: skip


def lack_words(found: Mapping[str, Sequence[str]]) -> list[PlanProblem]:
    """One problem for each thing that lacks."""
    return [PlanProblem(f"no_{what}", *(text.format(n=len(ids)) for text in _LACKS[what])) for what, ids in sorted(found.items())]


@dataclass(frozen=True, slots=True)
class Shared:
    """
    A sum shared out: by home its weight, its coefficient and its share (negative for those who are paid). The shares add up to `total_fen`;
    `paid_fen` is what those who are paid receive together, which the others bring up on top.
    """

    total_fen: int
    paid_fen: int
    whole: Fraction
    weights: Mapping[str, Fraction]
    coefficients: Mapping[str, Fraction]
    shares: Mapping[str, Share]


def share_out(total_fen: int, units: Sequence[Unit], key: Key) -> Shared:
    """Share `total_fen` among `units`. Raises PlanProblem for no homes, a home twice, something that lacks, or a key by which nobody pays."""
    if not units:
        raise PlanProblem(
            "no_homes", "还没有分摊的住户。请先从房屋登记或名册取得各户。", "There are no homes. Draw them from the register or a roll."
        )
    if len({unit.id for unit in units}) < len(units):
        raise ShareProblem("home_twice", "同一户写了两次。请删去重复的。", "A home is named twice. Remove the repetition.")
    if missing := lack_words(lacking(units, key)):
        raise missing[0]
    if total_fen < 0:
        raise PlanProblem("negative_total", "要分摊的金额不能是负数。", "The sum to share cannot be negative.")
    paid = {unit.id for unit in units if key.is_free(unit)} if key.paid_fen else set()
    weights = {unit.id: key.weight(unit) for unit in units}
    if not any(weights.values()):
        raise PlanProblem(
            "nobody_pays",
            "按这个算法没有人出钱：系数全是零。请改系数，或者改不出钱的楼层。",
            "By this key nobody pays: all coefficients are zero. Change them, or the floors that pay nothing.",
        )
    on_top = key.paid_fen * len(paid)
    made = split(total_fen + on_top, weights)
    shares = {one: Share(-key.paid_fen, Fraction(-key.paid_fen)) if one in paid else share for one, share in made.items()}
    return Shared(total_fen, on_top, sum(weights.values(), start=Fraction(0)), weights, {u.id: key.coefficient(u) for u in units}, shares)


# --- what others may see of it ---------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Line:
    """Some homes together: how many, the first one's coefficient, the least and the most a home of them pays, and all of it together."""

    homes: int
    coefficient: Fraction
    least_fen: int
    most_fen: int
    sum_fen: int


def summed(units: Sequence[Unit], shared: Shared) -> Line:
    """The shares of `units` (at least one) together."""
    fen = [shared.shares[unit.id].fen for unit in units]
    return Line(len(fen), shared.coefficients[units[0].id], min(fen), max(fen), sum(fen))


def by_floor(units: Sequence[Unit]) -> dict[int | None, list[Unit]]:
    """The units of each floor, the lowest first; those whose floor is not known last."""
    found: dict[int | None, list[Unit]] = {}
    for unit in sorted(units, key=lambda unit: (unit.floor is None, unit.floor or 0)):
        found.setdefault(unit.floor, []).append(unit)
    return found


# --- the maintenance fund -----------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Fund:
    """
    What paying the shares from the fund leaves: by home what is left (negative: what it would fall short by), who falls short, whose balance is
    not known, and the sums; all in fen.
    """

    left: Mapping[str, int] = field(default_factory=dict)
    short: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    balance_fen: int = 0
    short_fen: int = 0


def fund_after(units: Sequence[Unit], shared: Shared) -> Fund:
    """What is left of each home's balance after its share. Homes without a balance are named, not guessed."""
    known = [unit for unit in units if unit.balance_fen is not None]
    left = {unit.id: (unit.balance_fen or 0) - shared.shares[unit.id].fen for unit in known}
    short = tuple(one for one, fen in left.items() if fen < 0)
    return Fund(
        left,
        short,
        tuple(unit.id for unit in units if unit.balance_fen is None),
        sum(unit.balance_fen or 0 for unit in known),
        -sum(left[one] for one in short),
    )


# --- figures as people write them -----------------------------------------------------------------------------
_FIGURE = re.compile(r"\d{1,9}(?:\.\d{1,6})?|\d{1,12}/0*[1-9]\d{0,11}")


def figure(text: str) -> Fraction | None:
    """A figure of 0 or more ("0.5", "1/3", "12") as an exact fraction; None for anything else, powers of ten among it."""
    text = text.strip()
    return Fraction(text) if text.isascii() and _FIGURE.fullmatch(text) else None


# --- floors from doors --------------------------------------------------------------------------------------
_WORDED = re.compile(r"(?P<below>负|地下|-|B|b)?\s*(?P<floor>\d{1,3})\s*(?:层|楼|[Ff]$|[Ff](?=[^A-Za-z]))")
_NUMBERED = re.compile(r"(?:^|(?<=[^0-9]))(?P<below>负|地下|[Bb]|(?<![0-9A-Za-z])-)?(?P<floor>\d{1,2})\d\d(?:\s*(?:室|号|房|户))?$")


def floor_of_door(door: str) -> int | None:
    """
    The floor a door's number tells: 301, 0301室 and 3-301 are on the third, 1203 on the twelfth, B101 and 负101 one below the ground, "5层东户" on the
    fifth. None where it tells none, for a guess would cost somebody money.
    """
    text = door.strip()
    found = _WORDED.search(text) or _NUMBERED.search(text)
    if found is None:
        return None
    floor = int(found["floor"])
    return None if not floor else -floor if found["below"] else floor

"""
Cases given as sums: how many took part and agreed, by dimension. For results counted elsewhere, small meetings, and worked examples.

Amounts are `{"area": "6800.00", "owners": 70}`, a bare number where a rule has one dimension, or one key for each (`agree_owners`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from linli.insight.choice.reading import Reader
from linli.insight.choice.tally import ABSTAIN, AGAINST, AGREE, INVALID, Cast, Counts, Result, judge, sums
from linli.insight.choice.units import Roll
from linli.law.reasons import Reason, dimensions
from linli.law.voting import AREA, Profile
from linli.lib.units import format_area

TOTAL_WORDS: Final = ("total", "members", "entitled", "villagers_18", "households", "persons_or_households", "registered", "electorate")
PART_WORDS: Final = ("participating", "present", "persons", "votes_cast", "part")
AGREE_WORDS: Final = ("agree", "votes")
OTHERS: Final = ("against", "abstain", "invalid")
_GROUPS: Final = (*TOTAL_WORDS, *PART_WORDS, *AGREE_WORDS, *OTHERS)
_FLAT: Final = {f"{group}_{dimension}" for group in ("total", *PART_WORDS, "agree", *OTHERS) for dimension in ("area", "owners")}
_HOUSE: Final = {"floors", "homes_per_floor", "area_per_home", "cost", "subsidy", "key"}
KEYS: Final = {
    *_GROUPS, *_FLAT, *_HOUSE, "returned", "delivered_no_reply", "not_delivered", "area_per_vote", "runner_up", "others",
}  # fmt: skip
Amounts = dict[str, int]


def read(reader: Reader, profile: Profile, content: Mapping[str, Any], invalid_ballot: str) -> tuple[Result, tuple[int, int] | None]:
    """The result of the sums, and for owners who returned nothing though delivered their number and area (None: not told)."""
    each = _area_each(reader, content)
    if "returned" in content:
        counts, silent = _returned(reader, content, each, invalid_ballot)
    else:
        counts, silent = _plain(reader, profile, content, each), None
    reader.done()
    _check(reader, counts)
    reader.done()
    return Result(profile, counts, judge(profile, counts), _told(counts)), silent


def of_people(
    reader: Reader, profile: Profile, content: Mapping[str, Any], roll: Roll, cast: Cast, present: set[str], invalid_ballot: str
) -> Result:
    """The result of papers cast by people on a list, one head each. `present` are those who came; empty: those whose paper counts."""
    heads, _spaces = sums(roll.areas, cast.choices)
    voted = [AGREE, AGAINST, ABSTAIN, *([INVALID] if invalid_ballot == "participates_not_consent" else [])]
    taking = {owner for owner, choice in zip(roll.owners, cast.choices, strict=True) if choice in voted} | (present & set(roll.owners))
    names = _dimensions(profile)
    counts = Counts(
        total=dict.fromkeys(names, len(roll.owners)),
        participating=dict.fromkeys(names, len(taking)),
        agree=dict.fromkeys(names, heads[AGREE]),
        against=dict.fromkeys(names, heads[AGAINST]),
        abstain=dict.fromkeys(names, heads[ABSTAIN]),
        runner_up=_runner_up(reader, profile, content),
    )
    reader.done()
    said = [Reason("same_ballot_counted_once", {"ballots": cast.repeated})] if cast.repeated else []
    return Result(profile, counts, judge(profile, counts), tuple(said))


def _plain(reader: Reader, profile: Profile, content: Mapping[str, Any], each: int | None) -> Counts:
    whole = [test.dimension for test in (*profile.take_part, *profile.object_max)]
    voted = [test.dimension for test in profile.agree]
    base = voted if profile.base == "all" else []
    total = _amounts(reader, content, TOTAL_WORDS, list(dict.fromkeys([*whole, *base])), each, _homes(reader, content))
    took = list(dict.fromkeys([*(test.dimension for test in profile.take_part), *([] if profile.base == "all" else voted)]))
    participating = _amounts(reader, content, PART_WORDS, took, each, {})
    agree = _amounts(reader, content, AGREE_WORDS, voted, each, {})
    extra = {name: _optional(reader, content, name, list(dict.fromkeys([*whole, *voted])), each) for name in ("against", "abstain")}
    if profile.object_max and not extra["against"]:
        extra["against"] = _amounts(reader, content, ("against",), whole, each, {})
    return Counts(total, participating, agree, extra["against"], extra["abstain"], _runner_up(reader, profile, content))


def _returned(reader: Reader, content: Mapping[str, Any], each: int | None, invalid_ballot: str) -> tuple[Counts, tuple[int, int] | None]:
    names = ["area", "owners"]
    given = reader.must(reader.mapping("$.returned", content["returned"]))
    reader.only("$.returned", given, ("agree", "against", "abstain", "invalid"))
    parts = {
        name: _amount(reader, f"$.returned.{name}", given.get(name, 0), names, each) for name in ("agree", "against", "abstain", "invalid")
    }
    counted = ["agree", "against", "abstain", *(["invalid"] if invalid_ballot == "participates_not_consent" else [])]
    participating = {name: sum(parts[part].get(name, 0) for part in counted) for name in names}
    total = _amounts(reader, content, ("total",), names, each, {})
    silent = content.get("delivered_no_reply")
    reached = _amount(reader, "$.delivered_no_reply", silent, names, each) if silent is not None else None
    told = (reached.get("owners", 0), reached.get("area", 0)) if reached is not None else None
    return Counts(total, participating, parts["agree"], parts["against"], parts["abstain"]), told


def _amounts(
    reader: Reader, content: Mapping[str, Any], words: tuple[str, ...], names: list[str], each: int | None, known: Amounts
) -> Amounts:
    """Amounts by dimension from the first of `words` that is there, from flat keys, or from `known`; what is missing is a problem."""
    if not names:
        return {}
    word = next((word for word in words if word in content and not isinstance(content[word], list)), words[0])
    found = dict(known)
    if word in content:
        found |= _amount(reader, f"$.{word}", content[word], names, each)
    for prefix in words:
        for name in names:
            if f"{prefix}_{name}" in content:
                found |= _one(reader, f"$.{prefix}_{name}", name, content[f"{prefix}_{name}"])
    if each is not None and "owners" in found and AREA in names and AREA not in found:
        found[AREA] = found["owners"] * each
    if found and AREA not in names:
        first = next(iter(found.values()))
        found = {name: found.get(name, first) for name in names}
    for name in names:
        if name not in found:
            found[name] = 0
            reader.wrong(f"$.{word}.{name}", "missing", "缺少这个数，请填写。", "This number is missing; give it.")
    return {name: found[name] for name in names}


def _optional(reader: Reader, content: Mapping[str, Any], word: str, names: list[str], each: int | None) -> Amounts:
    there = word in content or any(f"{word}_{name}" in content for name in names)
    return _amounts(reader, content, (word,), names, each, {}) if there else {}


def _amount(reader: Reader, path: str, value: Any, names: list[str], each: int | None) -> Amounts:
    """One amount: an object by dimension, or a bare number of heads."""
    if isinstance(value, Mapping):
        reader.only(path, value, dimensions())
        found: Amounts = {}
        for name, number in value.items():
            if name in dimensions():
                found |= _one(reader, f"{path}.{name}", name, number)
        if each is not None and "owners" in found:
            found.setdefault(AREA, found["owners"] * each)
        return found
    heads = [name for name in names if name != AREA]
    number = reader.count(path, value)
    found = dict.fromkeys(heads, number)
    if AREA in names and each is not None:
        found[AREA] = number * each
    elif AREA in names and number == 0:
        found[AREA] = 0
    return found


def _one(reader: Reader, path: str, name: str, value: Any) -> Amounts:
    return {name: reader.area(path, value) if name == AREA else reader.count(path, value)}


def _area_each(reader: Reader, content: Mapping[str, Any]) -> int | None:
    word = next((word for word in ("area_per_vote", "area_per_home") if word in content), None)
    return None if word is None else reader.area(f"$.{word}", content[word])


def _homes(reader: Reader, content: Mapping[str, Any]) -> Amounts:
    """All homes of a stairwell from floors and homes on each (the decision's scope is the stairwell, OWN-041)."""
    if "floors" not in content or "homes_per_floor" not in content:
        return {}
    return {"owners": reader.count("$.floors", content["floors"]) * reader.count("$.homes_per_floor", content["homes_per_floor"])}


def _runner_up(reader: Reader, profile: Profile, content: Mapping[str, Any]) -> int | None:
    """The most votes of any other candidate, which a plurality rule cannot do without."""
    if not profile.plurality:
        return None
    if isinstance(content.get("others"), list):
        return max((reader.count(f"$.others[{at}]", value) for at, value in enumerate(content["others"])), default=0)
    if "runner_up" not in content:
        reader.wrong(
            "$.runner_up", "missing", "另行选举以得票多的当选：请写出其他候选人中最多的得票数，没有的写 0。",
            "In a further round the most votes win: give the most votes of any other candidate, 0 if there is none.",
        )  # fmt: skip
        return None
    return reader.count("$.runner_up", content["runner_up"])


def _check(reader: Reader, counts: Counts) -> None:
    """More cannot take part than there are, nor vote than take part."""
    for name, number in counts.participating.items():
        if name in counts.total and number > counts.total[name]:
            reader.wrong(
                f"$.participating.{name}", "more_than_all", "参与的多于总数，请核对。", "More take part than there are in all; check."
            )
        if any(name in amounts for amounts in (counts.agree, counts.against, counts.abstain)):
            voted = sum(amounts.get(name, 0) for amounts in (counts.agree, counts.against, counts.abstain))
            if voted > number:
                reader.wrong(
                    f"$.agree.{name}", "more_than_participating", "同意、反对、弃权合计多于参与的数，请核对。",
                    "In favour, against and abstaining together are more than those taking part; check.",
                )  # fmt: skip
    for name, number in counts.against.items():
        if name not in counts.participating and number > counts.total.get(name, number):
            reader.wrong(f"$.against.{name}", "more_than_all", "反对的多于总数，请核对。", "More object than there are in all; check.")


def _told(counts: Counts) -> tuple[Reason, ...]:
    if not counts.abstain or not {"area", "owners"} <= counts.abstain.keys() or not counts.abstain["owners"]:
        return ()
    return (Reason("abstain_participates", {"owners": counts.abstain["owners"], "area": format_area(counts.abstain["area"])}),)


def _dimensions(profile: Profile) -> list[str]:
    return list(dict.fromkeys(test.dimension for test in (*profile.take_part, *profile.agree, *profile.object_max)))

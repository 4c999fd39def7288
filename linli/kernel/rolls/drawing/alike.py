"""Who may be one and the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from linli.kernel.rolls.drawing.facts import BLOCK, Drawn, Found, Known, Pair, PersonFact


def pair(a: int, b: int) -> Pair:
    return (a, b) if a < b else (b, a)


def same_as(merged: Iterable[Pair]) -> dict[int, int]:
    """For each id in the pairs, the smallest id it is the same as, through any chain of pairs."""
    root: dict[int, int] = {}

    def top(one: int) -> int:
        while root.setdefault(one, one) != one:
            one = root[one]
        return one

    for a, b in merged:
        low, high = pair(top(a), top(b))
        root[high] = low
    return {one: top(one) for one in list(root)}


def look_alike(people: Iterable[PersonFact]) -> Iterator[Pair]:
    """Pairs of records that may be one person: the same name with the same phone or address, unless two identity numbers tell them apart."""
    by_mark: dict[tuple[str, str, bytes], list[PersonFact]] = defaultdict(list)
    for one in people:
        for kind, mark in (("phone", one.phone), ("address", one.address)):
            if mark and one.name and not one.erased:
                by_mark[one.name, kind, mark].append(one)
    told: set[Pair] = set()
    for group in by_mark.values():
        for at, first in enumerate(group):
            for second in group[at + 1 :]:
                both = pair(first.id, second.id)
                if both not in told and not (first.has_identity and second.has_identity):
                    told.add(both)
                    yield both


def alike_voters(voters: Sequence[Drawn], known: Known) -> list[Found]:
    by_person = {v.person: v for v in voters if v.person}
    alike = [both for both in look_alike(known.people[p] for p in by_person) if both not in known.decided.apart]
    return [
        Found("alike_people", BLOCK, by_person[a].key, None, None, a, b, by_person[a].door, {"other": by_person[b].door}) for a, b in alike
    ]

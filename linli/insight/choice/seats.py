"""
Who gets the seats of a committee: the most votes first, then the least numbers a rule asks of a group (women, owners who live there).

Pure. No lot is drawn for an office: those equal where a seat falls have none until a further vote. The same rule stands a second time, on its own, in
the script that is published with a bundle (`verify_bundle.seats_of`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """A candidate at the count, by the number on the ballot: votes, whether the law's test was passed, the quotas they count for."""

    number: int
    votes: int
    passed: bool = True
    groups: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Allotted:
    """
    Numbers in order of votes. `tied` are equal where a seat falls, `tied_by` where the last place of those who stand by does. `by_quota` are those
    elected only because a quota asks for them, each with that quota; `displaced` those who had a seat by votes alone; `short_of` quotas that cannot be met.
    """

    elected: tuple[int, ...]
    alternates: tuple[int, ...]
    tied: tuple[int, ...] = ()
    tied_by: tuple[int, ...] = ()
    by_quota: tuple[tuple[int, str], ...] = ()
    displaced: tuple[int, ...] = ()
    short_of: tuple[str, ...] = ()


def allot(standings: Iterable[Standing], *, seats: int, alternates: int, quotas: Mapping[str, int]) -> Allotted:
    """
    Seats to the most votes among those who passed and have a vote. Then, quota by quota as they are given: while fewer than its least
    are of the group, the next of the group takes the seat of the last elected whom no quota needs. A seat that somebody with equal votes could
    have as well is nobody's yet. The order of `standings` is irrelevant; without quotas this is the plain outcome.
    """
    queue = sorted((s for s in standings if s.passed and s.votes > 0), key=_order)
    plain, _plain_tied = _parted(queue[:seats], queue[seats:], {})
    chosen, short = _with_quotas(queue, seats, quotas)
    outside = [s for s in queue if s not in chosen]
    elected, tied = _parted(chosen, outside, quotas)
    rest = [s for s in outside if s not in tied]
    stand_by, tied_by = ([], []) if tied else _parted(rest[:alternates], rest[alternates:], {})
    return Allotted(
        elected=_numbers(elected),
        alternates=_numbers(stand_by),
        tied=_numbers(tied),
        tied_by=_numbers(tied_by),
        by_quota=tuple((s.number, _why(s, elected, quotas)) for s in elected if s not in plain),
        displaced=_numbers([s for s in plain if s not in elected and s not in tied]),
        short_of=tuple(short),
    )


def _order(one: Standing) -> tuple[int, int]:
    return -one.votes, one.number


def _numbers(found: Iterable[Standing]) -> tuple[int, ...]:
    return tuple(s.number for s in found)


def _of(group: str, people: Iterable[Standing]) -> int:
    return sum(group in s.groups for s in people)


def _with_quotas(queue: Sequence[Standing], seats: int, quotas: Mapping[str, int]) -> tuple[list[Standing], list[str]]:
    """The first `seats` of the queue, changed until the quotas are met as far as they can be; and the quotas that are not."""
    chosen, short = list(queue[:seats]), []
    for group, least in quotas.items():
        while _of(group, chosen) < least:
            swap = _swap(queue, chosen, group, quotas)
            if swap is None:
                short.append(group)
                break
            goes, comes = swap
            chosen = sorted([*(s for s in chosen if s is not goes), comes], key=_order)
    return chosen, short


def _swap(queue: Sequence[Standing], chosen: Sequence[Standing], group: str, quotas: Mapping[str, int]) -> tuple[Standing, Standing] | None:
    """Who of the group comes, the most votes first, for the last chosen whose leaving costs no quota anything; None when nobody can."""
    for comes in queue:
        if comes in chosen or group not in comes.groups:
            continue
        for goes in reversed(chosen):
            if group not in goes.groups and _harmless(chosen, goes, comes, quotas):
                return goes, comes
    return None


def _harmless(chosen: Sequence[Standing], goes: Standing, comes: Standing, quotas: Mapping[str, int]) -> bool:
    """Whether every quota is met as well as before when one comes for the other."""
    lost = [g for g in quotas if g in goes.groups and g not in comes.groups]
    return all(_of(g, chosen) > quotas[g] for g in lost)


def _parted(chosen: Sequence[Standing], outside: Sequence[Standing], quotas: Mapping[str, int]) -> tuple[list[Standing], list[Standing]]:
    """Those who have their seat for sure, and those equal in votes who could have it just as well as another."""
    tied = {
        one.number
        for has in chosen
        for wants in outside
        if has.votes == wants.votes and _harmless(chosen, has, wants, quotas)
        for one in (has, wants)
    }
    everybody = sorted([*chosen, *outside], key=_order)
    return [s for s in chosen if s.number not in tied], [s for s in everybody if s.number in tied]


def _why(one: Standing, elected: Sequence[Standing], quotas: Mapping[str, int]) -> str:
    """The quota that needs this one; empty for nobody's."""
    mine = [group for group in quotas if group in one.groups]
    return next((group for group in mine if _of(group, elected) <= quotas[group]), mine[0] if mine else "")

"""
Several options: approval, points, instant runoff, Schulze; and elections for several seats.

Ballots come as a mapping from the ballot to the number of voters who cast it, so their order cannot matter. Every function takes `lot`: the
options in the order that breaks ties, earlier winning, announced or drawn beforehand (`lottery.order`). Without it ties go by id as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from linli.lib.problems import InputProblem

Ranking = tuple[str, ...]
WeakRanking = tuple[frozenset[str], ...]


class RankedProblem(InputProblem):
    """Ballots or options that cannot be counted."""


@dataclass(frozen=True, slots=True)
class Scored:
    """Options with their counts, best first. `tied_for_first` has several options where only the lot decides."""

    order: tuple[str, ...]
    counts: Mapping[str, int]
    tied_for_first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunoffRound:
    """First choices among those still in, ballots with nobody left on them, and who went out (None in the last round)."""

    counts: Mapping[str, int]
    exhausted: int
    out: str | None
    by_lot: bool


@dataclass(frozen=True, slots=True)
class Runoff:
    """`winner` is None when no ballot names anybody."""

    winner: str | None
    rounds: tuple[RunoffRound, ...]


@dataclass(frozen=True, slots=True)
class Schulze:
    """
    `winners` nobody beats (several: the lot put the first of `order` there), `order` of all options, `prefer[a, b]` voters who put a before
    b, and `paths[a, b]` the strength of the strongest beat-path.
    """

    winners: tuple[str, ...]
    order: tuple[str, ...]
    prefer: Mapping[tuple[str, str], int]
    paths: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Seats:
    """
    Who is elected and who stands by, each in the order of votes; `below_quota` missed it; `tied` are equal where the last seat (or the last
    stand-in) is at stake and no lot was drawn: nobody of them has the place until it is, or until they are voted on again. `vacant` seats remain.
    """

    elected: tuple[str, ...]
    alternates: tuple[str, ...]
    below_quota: tuple[str, ...]
    tied: tuple[str, ...]
    vacant: int


def _place(options: Sequence[str], lot: Sequence[str] | None) -> dict[str, int]:
    if not options or len(set(options)) < len(options) or (lot is not None and set(lot) != set(options)):
        raise RankedProblem(
            "options_unclear",
            "选项不能为空也不能重复，抽签次序要正好包含全部选项。",
            "There must be options, none twice, and the lot must contain exactly these.",
        )
    return {option: place for place, option in enumerate(lot if lot is not None else sorted(options))}


def _check(named: Iterable[str], options: Mapping[str, int], number: int) -> None:
    names = list(named)
    if number < 0 or len(set(names)) < len(names) or any(name not in options for name in names):
        raise RankedProblem(
            "ballot_unclear",
            "选票写了不在其中的选项，或把一个选项写了两次。",
            "A ballot names an option that does not stand, or one option twice.",
        )


def approval(options: Sequence[str], ballots: Mapping[frozenset[str], int], lot: Sequence[str] | None = None) -> Scored:
    """Each voter approves any number of options. Brams and Fishburn, "Approval Voting", 1983. Raises RankedProblem."""
    place = _place(options, lot)
    counts = dict.fromkeys(options, 0)
    for ballot, number in ballots.items():
        _check(ballot, place, number)
        for option in ballot:
            counts[option] += number
    return _scored(counts, place)


def points(
    options: Sequence[str], ballots: Mapping[tuple[tuple[str, int], ...], int], most: int, lot: Sequence[str] | None = None
) -> Scored:
    """Each voter shares out at most `most` points. Raises RankedProblem, also for a ballot with more, or with points below zero."""
    place = _place(options, lot)
    counts = dict.fromkeys(options, 0)
    for ballot, number in ballots.items():
        _check((option for option, _ in ballot), place, number)
        if any(given < 0 for _, given in ballot) or sum(given for _, given in ballot) > most:
            raise RankedProblem(
                "too_many_points", f"一张选票最多给 {most} 分，不能有负分。", f"A ballot has at most {most} points, none below zero."
            )
        for option, given in ballot:
            counts[option] += given * number
    return _scored(counts, place)


def _scored(counts: dict[str, int], place: Mapping[str, int]) -> Scored:
    ordered = sorted(counts, key=lambda option: (-counts[option], place[option]))
    return Scored(tuple(ordered), counts, tuple(option for option in ordered if counts[option] == counts[ordered[0]]))


def instant_runoff(options: Sequence[str], ballots: Mapping[Ranking, int], lot: Sequence[str] | None = None) -> Runoff:
    """
    Instant runoff (alternative vote): while nobody has more than half of the ballots that still count, the option with the fewest first
    choices goes out. Equal ones: who had fewer in the latest earlier round where they differ, else the later in the lot.
    """
    place = _place(options, lot)
    for ballot, number in ballots.items():
        _check(ballot, place, number)
    within, rounds = set(options), list[RunoffRound]()
    while True:
        counts = _first_choices(within, ballots)
        exhausted = sum(ballots.values()) - sum(counts.values())
        leader = min(counts, key=lambda option: (-counts[option], place[option]))
        if 2 * counts[leader] > sum(counts.values()) or len(within) == 1:
            rounds.append(RunoffRound(counts, exhausted, None, False))
            return Runoff(leader if counts[leader] else None, tuple(rounds))
        out, by_lot = _goes_out(counts, [earlier.counts for earlier in rounds], place)
        rounds.append(RunoffRound(counts, exhausted, out, by_lot))
        within.remove(out)


def _first_choices(within: set[str], ballots: Mapping[Ranking, int]) -> dict[str, int]:
    counts = dict.fromkeys(sorted(within), 0)
    for ballot, number in ballots.items():
        first = next((option for option in ballot if option in within), None)
        if first is not None:
            counts[first] += number
    return counts


def _goes_out(counts: Mapping[str, int], earlier: Sequence[Mapping[str, int]], place: Mapping[str, int]) -> tuple[str, bool]:
    last = [option for option in counts if counts[option] == min(counts.values())]
    for before in reversed(earlier):
        fewest = min(before[option] for option in last)
        last = [option for option in last if before[option] == fewest]
    return max(last, key=lambda option: place[option]), len(last) > 1


def schulze(options: Sequence[str], ballots: Mapping[WeakRanking, int], lot: Sequence[str] | None = None) -> Schulze:
    """
    Markus Schulze, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent single-winner election method", Social
    Choice and Welfare 36 (2011), sections 2.2 to 2.3, strength by winning votes.

    A ballot is groups of equals, best first; options it does not name are equal and last.
    """
    place = _place(options, lot)
    prefer = {(a, b): 0 for a in options for b in options if a != b}
    for ballot, number in ballots.items():
        _check((option for group in ballot for option in group), place, number)
        rank = {option: level for level, group in enumerate(ballot) for option in group}
        for a, b in prefer:
            if rank.get(a, len(ballot)) < rank.get(b, len(ballot)):
                prefer[a, b] += number
    paths = _strongest_paths(options, prefer)
    beaten_by = {a: sum(paths[b, a] > paths[a, b] for b in options if b != a) for a in options}
    ordered = sorted(options, key=lambda a: (beaten_by[a], place[a]))
    return Schulze(tuple(a for a in ordered if not beaten_by[a]), tuple(ordered), prefer, paths)


def _strongest_paths(options: Sequence[str], prefer: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Floyd and Warshall's scheme with the weakest link of a path for its length (Schulze 2011, section 2.3.1)."""
    paths = {(a, b): votes if votes > prefer[b, a] else 0 for (a, b), votes in prefer.items()}
    for via in options:
        for a in options:
            for b in options:
                if len({a, b, via}) == 3:
                    paths[a, b] = max(paths[a, b], min(paths[a, via], paths[via, b]))
    return paths


def elect(
    votes: Mapping[str, int],
    *,
    ballots: int,
    seats: int,
    quota: Fraction = Fraction(1, 2),
    quota_inclusive: bool = False,
    alternates: int = 0,
    lot: Sequence[str] | None = None,
) -> Seats:
    """
    Fill `seats` with those who have the most votes and the quota: more than (`quota_inclusive`: at least) that share of `ballots`.

    Alternates need the quota too. `lot` decides between equals where given; without it, those equal at the last place have none yet.
    Raises RankedProblem.
    """
    if seats < 1 or alternates < 0 or ballots < 0 or any(not 0 <= number <= ballots for number in votes.values()):
        raise RankedProblem(
            "election_unclear",
            "应选名额至少为一，每人得票不能多于选票数。",
            "There must be at least one seat, and nobody can have more votes than there are ballots.",
        )
    place = _place(list(votes), lot) if votes else {}
    reached = [one for one, number in votes.items() if number > quota * ballots or (quota_inclusive and number == quota * ballots)]
    queue = sorted(reached, key=lambda one: (-votes[one], place[one]))
    elected, tied = _fill(queue, votes, seats, drawn=lot is not None)
    stand_ins: list[str] = []
    if not tied:
        stand_ins, tied = _fill(queue[len(elected) :], votes, alternates, drawn=lot is not None)
    missed = sorted(votes.keys() - set(reached), key=lambda one: (-votes[one], place[one]))
    return Seats(tuple(elected), tuple(stand_ins), tuple(missed), tuple(tied), seats - len(elected))


def _fill(queue: Sequence[str], votes: Mapping[str, int], places: int, *, drawn: bool) -> tuple[list[str], list[str]]:
    """The first `places` of the queue, and those equal across the edge, who have none."""
    if drawn or len(queue) <= places or not places or votes[queue[places - 1]] > votes[queue[places]]:
        return list(queue[:places]), []
    edge = votes[queue[places]]
    return [one for one in queue[:places] if votes[one] > edge], [one for one in queue if votes[one] == edge]

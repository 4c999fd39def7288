"""What people see of ballots: turnout in both dimensions and by building, one's own vote, what is in the way of the count, deliveries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from linli.kernel.access.actor import Actor
from linli.kernel.places.models import Kind as PlaceKind
from linli.kernel.rolls.models import Roll, Voter, VotingUnit
from linli.kernel.rolls.queries import voters_cast_by
from linli.law import voting
from linli.loops.council.ballots.models import Ballot, Delivery, Proxy, Reading, State, Vote
from linli.loops.council.ballots.rules import why_not_cast

_CAST = ("stands", "conflict")
MOST_BUILDINGS: Final = 5000


@dataclass(frozen=True)
class Dimension:
    """Turnout in one dimension: how many of how many took part, how many are needed, how many are still missing (area in 0.01 m²)."""

    name: str
    have: int
    total: int
    needed: int | None
    missing: int


@dataclass(frozen=True)
class Building:
    """How many of a building's voters have voted; nothing of what they voted."""

    building_id: int | None
    name: str
    voted: int
    voters: int
    is_group: bool = False


@dataclass(frozen=True)
class Turnout:
    dimensions: list[Dimension]
    buildings: list[Building]
    conflicts: int
    by_channel: dict[str, int]


def turnout(ballot: Ballot, *, channels: bool = True) -> Turnout:
    """
    Live turnout. A voter whose votes contradict each other has taken part in voting, and is counted as waiting to be settled. Two queries,
    one without the `channels`.

    Area is that of the voter's units, parking left out where the roll's policy says so (the roll's own sum).
    """
    by_channel: dict[str, int] = {}
    if channels:
        cast = Vote.objects.filter(ballot=ballot, state__in=_CAST).values_list("channel")
        by_channel = dict(cast.annotate(n=Count("voter", distinct=True)).order_by())
    return turnout_of(ballot, by_building(ballot), by_channel)


def by_building(ballot: Ballot) -> QuerySet[Any, Any]:
    """Of each building: voters, who of them voted, with what area, and who is to be settled."""
    voted = Vote.objects.filter(ballot=ballot, voter=OuterRef("pk"), state__in=_CAST)
    voters = Voter.objects.filter(roll_id=ballot.roll_id)
    return (
        voters.annotate(has_voted=Exists(voted), differs=Exists(voted.filter(state="conflict")))
        .values("building_id", "building__name", "building__kind")
        .annotate(
            voters=Count("pk"),
            voted=Count("pk", filter=Q(has_voted=True)),
            area=Sum("area", filter=Q(has_voted=True)),
            conflicts=Count("pk", filter=Q(differs=True)),
        )
        .order_by("building__sort_key", "building_id")
    )


def turnout_of(ballot: Ballot, rows: Iterable[dict[str, Any]], by_channel: dict[str, int] | None = None) -> Turnout:
    """`turnout` from what `by_building` answered."""
    rows = list(rows)
    buildings = [
        Building(r["building_id"], r["building__name"] or "", r["voted"], r["voters"], r["building__kind"] == PlaceKind.GRID) for r in rows
    ]
    heads, area = sum(r["voted"] for r in rows), sum(r["area"] or 0 for r in rows)
    return Turnout(_dimensions(ballot, heads, area), buildings, sum(r["conflicts"] for r in rows), by_channel or {})


def _dimensions(ballot: Ballot, heads: int, area: int) -> list[Dimension]:
    roll: Roll = ballot.roll
    needed = {t.dimension: t for t in thresholds_of(ballot)}
    found = []
    people = next((t for name, t in needed.items() if name != voting.AREA), None)
    for name, have, total, test in (
        ("owners" if roll.has_area else "voters", heads, roll.voter_count, people),
        ("area", area, roll.area, needed.get(voting.AREA)),
    ):
        if name == "area" and not roll.has_area:
            continue
        least = test.bound(total) if test else None
        found.append(Dimension(name, have, total, least, max(0, least - have) if least is not None else 0))
    return found


def thresholds_of(ballot: Ballot) -> tuple[voting.Threshold, ...]:
    """What must take part, by the law or as the operator entered it."""
    if ballot.profile == "custom" or ballot.thresholds:
        base = (
            voting.Profile(id="custom", name_zh="", name_en="", verified=False)
            if ballot.profile == "custom"
            else voting.profile(ballot.profile)
        )
        if not ballot.thresholds:
            return ()
        entered = base.with_thresholds(
            ballot.thresholds.get("take_part"), ballot.thresholds.get("agree", {}), source=ballot.thresholds_source or "-"
        )
        return entered.take_part
    return voting.profile(ballot.profile).take_part


@dataclass(frozen=True)
class Standing:
    """How a reader stands in a ballot for one voter they cast for: whether they voted, whether that lies in conflict, what they may do."""

    voter: Voter
    units: list[VotingUnit]
    voted: Vote | None
    conflict: bool
    proxy: Proxy | None


def my_standings(actor: Actor, ballot: Ballot) -> list[Standing]:
    """The voters the reader casts for, with the vote that stands. Four queries; nothing for whoever is not on the roll."""
    if not actor.person_id:
        return []
    mine = voters_cast_by(ballot.roll, actor.person_id)
    held = list(Proxy.objects.filter(ballot=ballot, holder_id=actor.person_id, ended_at=None).select_related("voter"))
    by_proxy = {p.voter_id: p for p in held}
    voters = [*mine, *(p.voter for p in held if p.voter_id not in {v.pk for v in mine})]
    votes: dict[int, list[Vote]] = {}
    for vote in Vote.objects.filter(ballot=ballot, voter__in=voters, state__in=_CAST).order_by("pk"):
        votes.setdefault(vote.voter_id, []).append(vote)
    units: dict[int, list[VotingUnit]] = {}
    for unit in VotingUnit.objects.filter(voter__in=voters).order_by("path"):
        units.setdefault(unit.voter_id, []).append(unit)
    return [
        Standing(
            v,
            units.get(v.pk, []),
            next((x for x in votes.get(v.pk, []) if x.state == "stands"), None),
            any(x.state == "conflict" for x in votes.get(v.pk, [])),
            by_proxy.get(v.pk),
        )
        for v in voters
    ]


def why_not_now(ballot: Ballot, now: datetime) -> str | None:
    return why_not_cast(state=ballot.state, opens_at=ballot.opens_at, closes_at=ballot.closes_at, now=now)


def conflicts(ballot: Ballot, *, after: int = 0, limit: int = 50) -> list[tuple[Voter, list[Vote]]]:
    """Voters whose votes contradict each other, with these votes, by number on the roll. Two queries."""
    seqs = (
        Vote.objects.filter(ballot=ballot, state="conflict", voter__seq__gt=after)
        .order_by("voter__seq")
        .values_list("voter__seq", flat=True)
        .distinct()[:limit]
    )
    rows = Vote.objects.filter(ballot=ballot, state="conflict", voter__seq__in=list(seqs)).select_related("voter", "recorder", "person")
    grouped: dict[int, tuple[Voter, list[Vote]]] = {}
    for vote in rows.order_by("voter__seq", "pk"):
        grouped.setdefault(vote.voter.seq, (vote.voter, []))[1].append(vote)
    return list(grouped.values())


def readings_open(ballot: Ballot, *, limit: int = 200) -> list[Reading]:
    """Papers keyed once, or differently by two people: what waits for a second pair of eyes."""
    found = Reading.objects.filter(sheet__ballot=ballot, state__in=("waiting", "differs")).select_related(
        "sheet__voter", "keyed_by", "scan"
    )
    return list(found.order_by("keyed_at")[:limit])


def authorities(ballot: Ballot, *, after: int = 0, limit: int = 100) -> tuple[list[Proxy], set[int]]:
    """Written authorities by number, those that ended too, and which of them were voted under. Two queries."""
    found = list(Proxy.objects.filter(ballot=ballot, pk__gt=after).select_related("voter", "holder").order_by("pk")[:limit])
    used = Vote.objects.filter(ballot=ballot, proxy__in=found).values_list("proxy_id", flat=True)
    return found, {pk for pk in used if pk is not None}


@dataclass(frozen=True)
class DeliveryRow:
    """One voter in the ledger: every attempt, whether any reached them, and whether they have voted (which proves delivery)."""

    voter: Voter
    attempts: list[Delivery]
    reached: bool
    voted: bool


EVERYWHERE: Final = -1


def ledger(ballot: Ballot, *, only: str = "", building: int | None = EVERYWHERE, after: int = 0, limit: int = 50) -> list[DeliveryRow]:
    """
    The delivery ledger by number on the roll, one page. `only`: "unreached" (nobody reached them), "untried", "failed" or all. `building`
    None is homes without a building. Two queries.
    """
    reached = Delivery.objects.filter(ballot=ballot, voter=OuterRef("pk"), outcome__in=("signed", "delivered"))
    tried = Delivery.objects.filter(ballot=ballot, voter=OuterRef("pk"))
    voted = Vote.objects.filter(ballot=ballot, voter=OuterRef("pk"))
    found = Voter.objects.filter(roll_id=ballot.roll_id, seq__gt=after).annotate(reached=Exists(reached), has_voted=Exists(voted))
    if building != EVERYWHERE:
        found = found.filter(building_id=building)
    if only == "unreached":
        found = found.filter(reached=False, has_voted=False)
    elif only == "untried":
        found = found.filter(~Exists(tried), has_voted=False)
    elif only == "failed":
        found = found.filter(Exists(tried), reached=False, has_voted=False)
    voters: list[Any] = list(found.order_by("seq")[:limit])
    attempts: dict[int, list[Delivery]] = {}
    for row in Delivery.objects.filter(ballot=ballot, voter__in=voters).order_by("pk"):
        attempts.setdefault(row.voter_id, []).append(row)
    return [DeliveryRow(v, attempts.get(v.pk, []), v.reached, v.has_voted) for v in voters]


def open_ballots_for(actor: Actor, now: datetime) -> list[Ballot]:
    """Open ballots of rolls the reader stands on, what closes first first: "awaits your vote" on the first page. One query."""
    if not actor.person_id:
        return []
    found = Ballot.objects.filter(state=State.OPEN, opens_at__lte=now, closes_at__gt=now, roll__holders__person_id=actor.person_id)
    return list(found.select_related("motion__matter").distinct().order_by("closes_at")[:10])

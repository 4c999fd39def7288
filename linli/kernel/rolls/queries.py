"""What people see of rolls: lists, one roll by building, findings, "am I on it", proofs, the counting case. Scoped, in bounded SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors, subtree
from linli.kernel.access.prepared import NUMBER, Prepared
from linli.kernel.access.refusals import NotFound
from linli.kernel.places.models import Kind as PlaceKind
from linli.kernel.places.models import Place
from linli.kernel.places.queries import short_names
from linli.kernel.rolls.actions.draft import hash_suite, sealed_units
from linli.kernel.rolls.models import (
    Decision,
    Holder,
    Level,
    Roll,
    RollObjection,
    RollProblem,
    RollState,
    Voter,
    VotingUnit,
    chained,
)
from linli.kernel.rolls.rules import Policy, Proof, case_unit, owner_id, path_of, who_text

PAGE = 50


# --- which rolls -------------------------------------------------------------------------------------
def _reach(actor: Actor, verb: str = "roll.read") -> Q:
    """Rolls in the granted subtrees. Raises NotAllowed when there are none."""
    standings = [s for reach, s in table.reach_of(actor, verb) if reach == "area"]
    if not standings:
        raise table.refusal(actor, verb)
    scope = Q()
    for standing in standings:
        scope |= Q(**subtree("place_path", standing.path))
    return Q() if any(not s.path for s in standings) else scope


def rolls_in_reach(actor: Actor, *, state: str = "", about: str = "", before: int | None = None, limit: int = PAGE) -> list[Roll]:
    """Rolls staff may read, the newest first, drafts among them. One query."""
    found = Roll.objects.filter(_reach(actor)).select_related("place", "replaces").order_by("-pk")
    if state:
        found = found.filter(state=state)
    if about:
        found = found.filter(about=about.strip().upper())
    return list((found.filter(pk__lt=before) if before else found)[:limit])


def own_place(actor: Actor) -> Place | None:
    """The place of the reader's longest grant; None for who has none."""
    path = max((s.path for s in actor.standings if s.path), key=len, default="")
    return Place.objects.filter(path=path).first() if path else None


def public_rolls(place: Place | None, *, before: int | None = None, limit: int = 20) -> list[Roll]:
    """Frozen rolls of the place, of those above and below it, the newest first; without a place all of them. One query."""
    found = Roll.objects.filter(state=RollState.FROZEN).select_related("place")
    if place is not None:
        found = found.filter(Q(place_path__in=ancestors(place.path)) | Q(**subtree("place_path", place.path)))
    return list((found.filter(pk__lt=before) if before else found).order_by("-pk")[:limit])


def rolls_about(ref: str) -> list[Roll]:
    """Every roll drawn up for a matter, the newest first."""
    return list(Roll.objects.filter(about=ref.upper()).exclude(about="").select_related("place").order_by("-pk")[:50])


def roll_for_staff(actor: Actor, roll_id: int) -> Roll:
    """A roll staff may read. Raises NotFound, also for one out of reach; NotAllowed for who reads none."""
    found = Roll.objects.filter(_reach(actor), pk=roll_id).select_related("place", "replaces", "notice").first()
    if found is None:
        raise NotFound("no_roll", _("没有找到这份名册，或者不在您的管理范围内。"))
    return found


def public_roll(roll_id: int) -> Roll:
    """A frozen or replaced roll, as everybody may see it. Raises NotFound for a draft."""
    found = Roll.objects.filter(pk=roll_id).exclude(state=RollState.DRAFT).select_related("place", "replaces", "notice").first()
    if found is None:
        raise NotFound("no_roll", _("没有找到这份名册。"))
    return found


def successor_of(roll: Roll) -> Roll | None:
    """The roll that replaced it, or the draft begun to."""
    return Roll.objects.filter(replaces=roll).first()


# --- findings ----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Kind:
    """Findings of one code."""

    code: str
    level: str
    count: int


def findings(roll: Roll) -> list[Kind]:
    """How many findings of each code, blocks first; as counted when the roll was drawn. No query."""
    order = [Level.BLOCK, Level.WARN, Level.NOTE]
    rows = roll.facts.get("found", [])
    return sorted((Kind(code, level, n) for code, level, n in rows), key=lambda k: (order.index(Level(k.level)), -k.count, k.code))


def problems(roll: Roll, code: str, *, after: int = 0, limit: int = PAGE) -> tuple[list[RollProblem], int]:
    """Findings of one code, and the id to go on from (0 at the end). One query."""
    found = RollProblem.objects.filter(roll=roll, code=code, pk__gt=after).order_by("pk")
    rows = list(found.select_related("voter", "person", "other_person", "home", "other_home")[: limit + 1])
    return rows[:limit], rows[limit - 1].pk if len(rows) > limit else 0


def decisions(roll: Roll, *, after: int = 0, limit: int = PAGE) -> tuple[list[Decision], int]:
    """What was decided while drawing up, and the id to go on from. One query."""
    rows = list(roll.decisions.filter(pk__gt=after).select_related("home", "person", "other")[: limit + 1])
    return rows[:limit], rows[limit - 1].pk if len(rows) > limit else 0


# --- voters ------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Building:
    """One building (in a village: one group) of a roll: how many voters have their (first) door there, how many units and how much area lie in it."""

    id: int | None
    name: str
    voters: int
    units: int
    area: int
    is_group: bool = False


def buildings(roll: Roll) -> list[Building]:
    """The roll by building, in the order of the tree. Three queries, two without area."""
    near = ("building_id", "building__path", "building__name", "building__kind")
    counted = list(Voter.objects.filter(roll=roll).order_by().values_list(*near).annotate(n=Count("pk")))
    voters = {row[0]: row[4] for row in counted}
    summed: list[Any] = []
    if roll.has_area:
        summed = list(VotingUnit.objects.filter(roll=roll).order_by().values_list(*near).annotate(n=Count("pk"), a=Sum("area")))
    units = {row[0]: (row[4], row[5] or 0) for row in summed}
    met = {row[0]: Place(pk=row[0], path=row[1], name=row[2], kind=row[3]) for row in (*counted, *summed) if row[0]}
    places = sorted(met.values(), key=lambda place: place.path)
    names = short_names(places)
    rows = [Building(p.pk, names[p.pk], voters.get(p.pk, 0), *units.get(p.pk, (0, 0)), p.kind == PlaceKind.GRID) for p in places]
    if None in voters or None in units:
        rows.append(Building(None, _("不分楼栋"), voters.get(None, 0), *units.get(None, (0, 0))))
    return rows


@dataclass(frozen=True)
class Row:
    """A voter with their units, all of them wherever they lie."""

    voter: Voter
    units: list[VotingUnit]


def voter_page(
    roll: Roll, *, building: int | None = None, everywhere: bool = True, after: int = 0, limit: int = PAGE
) -> tuple[list[Row], int]:
    """Voters by number (of one building unless `everywhere`), and the number to go on from (0 at the end). Two queries."""
    found = Voter.objects.filter(roll=roll, seq__gt=after).order_by("seq")
    if not everywhere:
        found = found.filter(building_id=building)
    voters = list(found[: limit + 1])
    return with_units(voters[:limit]), voters[limit - 1].seq if len(voters) > limit else 0


def with_units(voters: Sequence[Voter]) -> list[Row]:
    """One query for the units of all."""
    units: dict[int, list[VotingUnit]] = {}
    for unit in VotingUnit.objects.filter(voter__in=voters).order_by("path"):
        units.setdefault(unit.voter_id, []).append(unit)
    return [Row(v, units.get(v.pk, [])) for v in voters]


def unit_page(roll: Roll, *, building: int | None, after: str = "", limit: int = 500) -> tuple[list[VotingUnit], str]:
    """Units of a building by door, with their voters, and the path to go on from. One query."""
    found = VotingUnit.objects.filter(roll=roll, building_id=building, path__gt=after).select_related("voter").order_by("path")
    rows = list(found[: limit + 1])
    return rows[:limit], rows[limit - 1].path if len(rows) > limit else ""


def find_voters(roll: Roll, text: str, *, limit: int = PAGE) -> list[Row]:
    """
    Voters by door ("502", "3 栋 502": every word must stand in it), by the beginning of a name, or by number on the roll ("#12"). Two
    queries. An empty text finds nobody.
    """
    text = text.strip()
    if not text:
        return []
    voters = Voter.objects.filter(roll=roll)
    if text.startswith("#") and text[1:].isdecimal() and len(text) < 10:
        return with_units(list(voters.filter(seq=int(text[1:]))))
    door = Q()
    for word in text.split()[:6]:
        door &= Q(units__door__contains=word) if roll.has_area else Q(door__contains=word)
    match = door | Q(name__startswith=text) | Q(name__contains=f"、{text}") | Q(agent_name__startswith=text)
    return with_units(list(voters.filter(match).distinct().order_by("seq")[:limit]))


def voter_on(roll: Roll, seq: int) -> Voter:
    """A voter by number. Raises NotFound."""
    found = Voter.objects.filter(roll=roll, seq=seq).select_related("person", "agent").first()
    if found is None:
        raise NotFound("no_voter", _("名册上没有这个序号。"))
    return found


# --- the reader's own --------------------------------------------------------------------------------
@dataclass(frozen=True)
class Mine:
    """How the reader stands on a roll. `votes` says whether they cast for this voter; else `other` is who does ("" when nobody is named)."""

    voter: Voter
    units: list[VotingUnit]
    role: str
    votes: bool
    other: str


def mine(actor: Actor, roll: Roll) -> list[Mine]:
    """
    "Am I on it, and with what": every voter the reader stands behind, as owner, joint owner, agent or member of the household. Two queries;
    nothing for who is not on it.
    """
    if not actor.person_id:
        return []
    held: dict[int, set[str]] = {}
    voters: dict[int, Voter] = {}
    for one in Holder.objects.filter(roll=roll, person_id=actor.person_id).select_related("voter__person", "voter__agent"):
        held.setdefault(one.voter_id, set()).add(one.role)
        voters[one.voter_id] = one.voter
    rows = with_units(sorted(voters.values(), key=lambda v: v.seq)) if voters else []
    return [_mine(actor, row, held[row.voter.pk]) for row in rows]


def _mine(actor: Actor, row: Row, roles: set[str]) -> Mine:
    order = ["owner", "co_owner", "voter", "member", "agent"]
    voter, role = row.voter, min(roles, key=order.index)
    votes = actor.person_id in voter.may_cast or (role == "owner" and not voter.agent_id and not voter.agent_name)
    other = "" if votes else (voter.agent_name or voter.name if not voter.co_owners or voter.agent_name else "")
    return Mine(voter, row.units, role, votes, other)


_held: Prepared[Holder] = Prepared(
    lambda roll, person: Holder.objects.filter(roll_id=roll, person_id=person).select_related("voter").order_by("voter__seq"),
    roll=NUMBER,
    person=NUMBER,
)
_held_locked: Prepared[Holder] = Prepared(
    lambda roll, person: (
        Holder.objects.filter(roll_id=roll, person_id=person)
        .select_related("voter")
        .order_by("voter__seq")
        .select_for_update(of=("voter",))
    ),
    roll=NUMBER,
    person=NUMBER,
)


def voters_cast_by(roll: Roll, person_id: int, *, lock: bool = False) -> list[Voter]:
    """
    The voters for whom the person may cast: themselves, those they are the agent of, joint ownerships without a representative. One query.

    `lock` keeps anybody else from casting for them until the end of the transaction; it is taken in the order of the roll.
    """
    roles: dict[int, set[str]] = {}
    voters: dict[int, Voter] = {}
    for one in (_held_locked if lock else _held).all(roll=roll.pk, person=person_id):
        roles.setdefault(one.voter_id, set()).add(one.role)
        voters[one.voter_id] = one.voter
    return [v for v in voters.values() if person_id in v.may_cast or ("owner" in roles[v.pk] and not v.agent_id and not v.agent_name)]


# --- proofs ------------------------------------------------------------------------------------------
def proof_of(roll: Roll, voter: Voter) -> Proof:
    """
    What a voter needs to show being on a frozen roll, without the roll being public. Two or three queries.

    Raises NotFound for a draft, and for a voter whose names were erased by law.
    """
    if roll.is_draft or not bytes(voter.salt):
        raise NotFound("no_proof", _("这一位没有凭证：名册还没有冻结，或者姓名已依法删除。"))
    hashes = list(Voter.objects.filter(roll=roll).order_by("seq").values_list("hash", flat=True))
    units = VotingUnit.objects.filter(voter=voter).values_list("home_id", "area", "kind", "state")
    suite = roll.root.partition(":")[0] or hash_suite()
    return Proof(
        roll=roll.pk,
        seq=voter.seq,
        size=len(hashes),
        who=who_text(voter.name, voter.organisation, voter.organisation_code, voter.co_owners, voter.agent_name),
        salt=bytes(voter.salt).hex(),
        units=sealed_units(units),
        leaf=voter.hash,
        path=path_of(hashes, voter.seq - 1, suite),
        root=roll.root,
        chained=plain_chained(roll),
        previous=previous_hash(roll),
        hash=roll.hash,
    )


def plain_chained(roll: Roll) -> dict[str, Any]:
    """What the roll's hash covers, in values JSON knows, spelt as the hash spells them."""
    import json

    from linli.lib.chain import canonical

    told: dict[str, Any] = json.loads(canonical(chained(roll)))
    return told


def previous_hash(roll: Roll) -> str:
    return roll.replaces.hash if roll.replaces else ""


# --- objections --------------------------------------------------------------------------------------
def objections(roll: Roll, *, state: str = "", after: int = 0, limit: int = PAGE) -> tuple[list[RollObjection], int]:
    """Objections to a roll, the oldest first, and the id to go on from. One query."""
    found = roll.objections.filter(pk__gt=after).select_related("home", "person", "mended_in")
    rows = list((found.filter(state=state) if state else found)[: limit + 1])
    return rows[:limit], rows[limit - 1].pk if len(rows) > limit else 0


def objections_in_reach(actor: Actor, *, after: int = 0, limit: int = PAGE) -> list[RollObjection]:
    """Open objections the actor may answer, the oldest first. One query."""
    standings = [s for reach, s in table.reach_of(actor, "roll.answer") if reach == "area"]
    scope = Q(pk__in=[])
    for standing in standings:
        scope |= Q(**subtree("roll__place_path", standing.path)) if standing.path else Q(pk__gt=0)
    found = RollObjection.objects.filter(scope, state=RollObjection.State.OPEN, pk__gt=after)
    return list(found.select_related("roll__place", "home").order_by("pk")[:limit])


def my_objections(actor: Actor, roll: Roll) -> list[RollObjection]:
    """The reader's own objections to a roll, those recorded for them too. One query."""
    if actor.is_anonymous:
        return []
    own = Q(account_id=actor.own_id)
    if actor.person_id:
        own |= Q(person_id=actor.person_id)
    return list(roll.objections.filter(own)[:50])


def objection_counts(roll: Roll) -> dict[str, int]:
    """How many objections in each state. One query."""
    return dict(RollObjection.objects.filter(roll=roll).order_by().values_list("state").annotate(n=Count("pk")))


def is_open(roll: Roll, now: datetime) -> bool:
    """Can it be objected to at `now`?"""
    return roll.state == RollState.FROZEN and roll.objections_until is not None and now < roll.objections_until


# --- for the counting core ---------------------------------------------------------------------------
def case_of(
    roll: Roll,
    *,
    profile: str,
    jurisdiction: str = "CN",
    policies: dict[str, str] | None = None,
    ballots: Iterable[dict[str, Any]] = (),
    delivered: Iterable[str] = (),
) -> dict[str, Any]:
    """
    The roll as plain data for the counting core. Owners are called V1, V2 … by their number (`rules.owner_id`), units U and the number of
    their home; `ballots` and `delivered` speak of owners by these names. A roll without area has no units and lists
    those `entitled` instead.

    Two queries.
    """
    seqs: dict[int, tuple[int, int]] = {
        pk: (seq, len(together))
        for pk, seq, together in Voter.objects.filter(roll=roll).order_by("seq").values_list("pk", "seq", "co_owners")
    }
    case: dict[str, Any] = {
        "profile": profile,
        "jurisdiction": jurisdiction,
        "policies": {"parking": Policy.of(roll.policy).parking, **(policies or {})} if roll.has_area else dict(policies or {}),
        "ballots": list(ballots),
        "delivered": list(delivered),
    }
    if not roll.has_area:
        return case | {"entitled": [owner_id(seq) for seq, _together in seqs.values()]}
    units: QuerySet[VotingUnit] = VotingUnit.objects.filter(roll=roll).order_by("path").only("home_id", "area", "kind", "state", "voter_id")
    case["units"] = [case_unit(unit, *seqs[unit.voter_id]) for unit in units.iterator(5000)]
    return case

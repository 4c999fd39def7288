"""Drawing up a roll, drawing it again, changing its choices, throwing the draft away."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused
from linli.kernel.access.rows import insert_rows, reserve_ids
from linli.kernel.accounts.actions import log_event
from linli.kernel.places.models import Kind, Place
from linli.kernel.rolls.drawing import Drawn, Found, Outcome, draw
from linli.kernel.rolls.gathering import gather
from linli.kernel.rolls.models import Holder, Roll, RollKind, RollProblem, Voter, VotingUnit
from linli.kernel.rolls.rules import Policy, leaf_hash, unknown_choices, who_digest, who_text
from linli.lib.texts import clean

# A roll of a whole district would be a census, not an electorate.
KINDS_OF_PLACES = (Kind.STREET, Kind.COMMUNITY, Kind.GRID, Kind.COMPOUND, Kind.BUILDING, Kind.ENTRANCE)


def hash_suite() -> str:
    return "sm3" if settings.CRYPTO_SUITE == "national" else "sha256"


@transaction.atomic
def draw_up(
    *,
    actor: Actor,
    place: Place,
    kind: str,
    record_date: date,
    now: datetime,
    title: str = "",
    about: str = "",
    policy: Mapping[str, str] | None = None,
) -> Roll:
    """
    Draw up a roll of `kind` for `place` as of `record_date`; a draft, with everything wrong in it named.

    `about` is the reference of the matter it is for ("M12"). Raises Invalid for an unknown kind, choice or level of place, NotAllowed.
    """
    table.require(actor, "roll.draw", place.path)
    _check(place, kind, policy or {})
    roll = Roll.objects.create(
        place=place,
        place_path=place.path,
        kind=kind,
        title=clean(title, 80),
        record_date=record_date,
        about=about.strip().upper()[:24],
        policy=Policy.of(policy or {}).plain(),
        drawn_at=now,
        created_at=now,
        created_by_id=actor.account_id,
    )
    write_draft(roll, now)
    log_event("roll_drawn", now=now, actor=actor, about=f"roll {roll.pk}", roll_kind=kind, place=place.pk)
    return roll


def _check(place: Place, kind: str, policy: Mapping[str, str]) -> None:
    fields: dict[str, list[Any]] = {}
    if kind not in RollKind.values:
        fields["kind"] = [_("请选择名册的种类。")]
    if place.kind not in KINDS_OF_PLACES or place.retired_at is not None:
        fields["place"] = [_("请选择街道以下、房屋以上的地点，例如一个小区、一栋楼或一个单元。")]
    for name in unknown_choices(policy):
        fields[name] = [_("没有这个选项，请重新选择。")]
    if fields:
        raise Invalid("bad_roll", _("名册的条件有误，请改正后再草拟。"), fields=fields)


@contextmanager
def open_draft(*, actor: Actor, roll_id: int, now: datetime, seen: int | None = None, verb: str = "roll.draw") -> Iterator[Roll]:
    """
    A draft under lock, drawn again when the block ends; all in one transaction.

    Raises NotFound, NotAllowed; Refused when it is frozen; Conflict when it was drawn again since version `seen`.
    """
    with transaction.atomic():
        roll = locked(roll_id)
        table.require(actor, verb, roll.place_path)
        refuse_frozen(roll)
        refuse_stale(roll, seen)
        yield roll
        roll.version += 1
        write_draft(roll, now)


def locked(roll_id: int) -> Roll:
    roll = Roll.objects.select_for_update(of=("self",)).select_related("place").filter(pk=roll_id).first()
    if roll is None:
        raise NotFound("no_roll", _("没有找到这份名册。"))
    return roll


def refuse_frozen(roll: Roll) -> None:
    if not roll.is_draft:
        raise Refused(
            "roll_frozen",
            _("这份名册已经冻结，谁也不能再改。"),
            rule=_("名册冻结后不可更改"),
            turn_to=_("异议成立时请起草更正后的名册，由它取代这一份。"),
        )


def refuse_stale(roll: Roll, seen: int | None) -> None:
    if seen is not None and seen != roll.version:
        raise Conflict(
            "changed_meanwhile",
            _("就在刚才，有人改动了这份名册，您的操作没有写入。请看最新情况后再决定。"),
            current_version=roll.version,
        )


def redraw(*, actor: Actor, roll_id: int, now: datetime, seen: int | None = None) -> Roll:
    """Draw the draft again from the register as it is now, with everything decided so far. Doing it twice changes nothing more."""
    with open_draft(actor=actor, roll_id=roll_id, now=now, seen=seen) as roll:
        pass
    return roll


def set_terms(
    *,
    actor: Actor,
    roll_id: int,
    now: datetime,
    record_date: date | None = None,
    title: str | None = None,
    policy: Mapping[str, str] | None = None,
    seen: int | None = None,
) -> Roll:
    """Change the draft's record date, title or choices (those named; the others stay), and draw it again. Raises Invalid, Refused."""
    with open_draft(actor=actor, roll_id=roll_id, now=now, seen=seen) as roll:
        _check(roll.place, roll.kind, policy or {})
        roll.policy = Policy.of({**roll.policy, **(policy or {})}).plain()
        roll.record_date = record_date or roll.record_date
        roll.title = clean(title, 80) if title is not None else roll.title
        roll.save(update_fields=["policy", "record_date", "title"])
    return roll


@transaction.atomic
def discard(*, actor: Actor, roll_id: int, now: datetime) -> None:
    """Throw a draft away: nothing of it was published. Raises Refused for a frozen roll."""
    roll = locked(roll_id)
    table.require(actor, "roll.draw", roll.place_path)
    refuse_frozen(roll)
    _clear(roll)
    roll.decisions.all().delete()
    roll.delete()
    log_event("roll_discarded", now=now, actor=actor, about=f"roll {roll_id}")


# --- writing -----------------------------------------------------------------------------------------
def write_draft(roll: Roll, now: datetime, *, seal: bool = False) -> Outcome:
    """
    Write the draft anew: voters, units, holders, problems, and the sums on the roll. With `seal` each voter gets salt and hash.

    The caller holds the lock. Twenty thousand voters take a few seconds, a thousand a fraction of one.
    """
    outcome = draw(roll.kind, gather(roll))
    _clear(roll)
    numbers = _write_voters(roll, outcome.voters, seal=seal)
    _write_units(roll, outcome.voters, numbers)
    _write_problems(roll, outcome.found, numbers)
    roll.voter_count = len(outcome.voters)
    roll.unit_count = sum(len(v.units) for v in outcome.voters)
    roll.area = sum(u.area for v in outcome.voters for u in v.units)
    roll.facts, roll.drawn_at = _facts(outcome), now
    if not seal:
        roll.save(update_fields=["voter_count", "unit_count", "area", "facts", "drawn_at", "version"])
    return outcome


def _clear(roll: Roll) -> None:
    """Straight from the tables, children first: nothing else may refer to a draft."""
    for model in (RollProblem, Holder, VotingUnit, Voter):
        rows = model.objects.filter(roll=roll)
        rows._raw_delete(rows.db)  # the collector would load every row to find children that cannot be


def _facts(outcome: Outcome) -> dict[str, Any]:
    """Counts a reader of the roll is told."""
    voters = outcome.voters
    return {
        **outcome.facts,
        "joint": sum(bool(v.co_owners) for v in voters),
        "several": sum(len(v.units) > 1 and v.key != "dev" for v in voters),
        "organisations": sum(bool(v.organisation) for v in voters),
        "excluded": sum(f.code == "excluded" for f in outcome.found),
        "parking": sum(u.kind == "parking" for v in voters for u in v.units),
    }


_VOTER = (
    *("id", "roll_id", "seq", "key", "person_id", "household_id", "organisation", "organisation_code", "name", "agent_id", "agent_name"),
    *("agent_as", "co_owners", "note", "home_path", "building_id", "door", "unit_count", "area", "salt", "who_digest", "hash"),
)


def _write_voters(roll: Roll, voters: list[Drawn], *, seal: bool) -> dict[str, int]:
    suite, ids = hash_suite(), reserve_ids(Voter, len(voters))

    def rows() -> Iterator[tuple[Any, ...]]:
        for seq, (pk, v) in enumerate(zip(ids, voters, strict=True), start=1):
            name, agent_name = v.name[:120], v.agent_name[:60]
            salt, digest, leaf = b"", "", ""
            if seal:
                salt = secrets.token_bytes(16)
                digest = who_digest(who_text(name, v.organisation, v.code, v.co_owners, agent_name), salt, suite)
                units = sealed_units((u.home.place, u.area, u.kind, u.state) for u in v.units)
                leaf = leaf_hash(roll_id=roll.pk, seq=seq, who_digest=digest, units=units, suite=suite)
            yield (
                *(pk, roll.pk, seq, v.key, v.person, v.household, v.organisation[:80], v.code[:18], name, v.agent, agent_name),
                *(v.agent_as, v.co_owners, v.note[:200], v.path, v.building, v.door[:120], len(v.units), sum(u.area for u in v.units)),
                *(salt, digest, leaf),
            )

    insert_rows(Voter, _VOTER, rows())
    numbers = {v.key: pk for pk, v in zip(ids, voters, strict=True)}
    held = ((roll.pk, numbers[v.key], person, role) for v in voters for person, role in sorted(v.holders))
    insert_rows(Holder, ("roll_id", "voter_id", "person_id", "role"), held)
    return numbers


def sealed_units(units: Iterable[tuple[int, int, str, str]]) -> list[list[Any]]:
    """Units as a voter's hash covers them, in one order."""
    return [list(unit) for unit in sorted(units)]


def _write_units(roll: Roll, voters: list[Drawn], numbers: Mapping[str, int]) -> None:
    names = ("roll_id", "voter_id", "home_id", "building_id", "path", "door", "area", "area_source", "kind", "state")
    insert_rows(
        VotingUnit,
        names,
        (
            (roll.pk, numbers[v.key], u.home.place, u.home.building, u.home.path, u.home.door[:120], u.area, u.source, u.kind, u.state)
            for v in voters
            for u in v.units
        ),
    )


def _write_problems(roll: Roll, found: list[Found], numbers: Mapping[str, int]) -> None:
    names = ("roll_id", "code", "level", "voter_id", "home_id", "other_home_id", "person_id", "other_person_id", "door", "facts")
    insert_rows(
        RollProblem,
        names,
        (
            (
                *(roll.pk, f.code, f.level, numbers.get(f.voter), f.home, f.other_home, f.person, f.other_person, f.door[:120]),
                {**f.facts, "voter": f.voter} if f.voter else f.facts,
            )
            for f in found
        ),
    )

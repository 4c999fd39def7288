"""Proof that frozen rolls are as they were published: every voter recomputed, every root, every hash, and the notice beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext as _

from linli.kernel.rolls.actions.draft import sealed_units
from linli.kernel.rolls.models import Roll, RollState, Voter, VotingUnit, chained
from linli.kernel.rolls.rules import leaf_hash, roll_hash, root_of, who_digest, who_text


@dataclass(frozen=True)
class Fault:
    """What is wrong with a roll (edited, count, root, hash, notice), on which number, and in words."""

    kind: str
    roll: int
    seq: int | None
    text: str


def verify_rolls(roll_id: int | None = None) -> Iterator[Fault]:
    """Every fault of the frozen rolls (or of one); an honest roll gives nothing. Three queries for each roll."""
    found = Roll.objects.exclude(state=RollState.DRAFT).select_related("replaces", "notice").order_by("pk")
    for roll in found.filter(pk=roll_id) if roll_id else found:
        yield from _faults(roll)


def _faults(roll: Roll) -> Iterator[Fault]:
    suite = roll.root.partition(":")[0]
    units: dict[int, list[tuple[int, int, str, str]]] = {}
    rows = VotingUnit.objects.filter(roll=roll).order_by("voter_id").values_list("voter_id", "home_id", "area", "kind", "state")
    for voter_id, group in groupby(rows.iterator(5000), key=lambda row: row[0]):
        units[voter_id] = [row[1:] for row in group]
    hashes, area = [], 0
    for voter in Voter.objects.filter(roll=roll).order_by("seq").iterator(2000):
        own = units.pop(voter.pk, [])
        area += sum(unit[1] for unit in own)
        hashes.append(voter.hash)
        if not _intact(roll, voter, own, suite):
            yield Fault("edited", roll.pk, voter.seq, _("第 %(seq)s 号被改动过") % {"seq": voter.seq})
    if units:
        yield Fault("count", roll.pk, None, _("有 %(n)s 个专有部分不属于名册上的任何人") % {"n": sum(map(len, units.values()))})
    if len(hashes) != roll.voter_count or area != roll.area:
        told = {"then": roll.voter_count, "now": len(hashes)}
        yield Fault("count", roll.pk, None, _("人数或面积与冻结时不符（冻结时 %(then)s 人，现在 %(now)s 人）") % told)
    if root_of(hashes, suite) != roll.root:
        yield Fault("root", roll.pk, None, _("名单与冻结时的存证不符：有人被加入、移出或调换"))
    if roll_hash(roll.replaces.hash if roll.replaces else "", chained(roll), suite) != roll.hash:
        yield Fault("hash", roll.pk, None, _("名册的条件或合计被改动过"))
    if roll.notice is None or roll.notice.facts.get("hash") != roll.hash:
        yield Fault("notice", roll.pk, None, _("与公示的存证值不符"))


def _intact(roll: Roll, voter: Voter, units: list[tuple[int, int, str, str]], suite: str) -> bool:
    leaf = leaf_hash(roll_id=roll.pk, seq=voter.seq, who_digest=voter.who_digest, units=sealed_units(units), suite=suite)
    if leaf != voter.hash:
        return False
    salt = bytes(voter.salt)
    if not salt:  # taken out by law: the digest alone is left
        return not voter.name and not voter.agent_name
    text = who_text(voter.name, voter.organisation, voter.organisation_code, voter.co_owners, voter.agent_name)
    return who_digest(text, salt, suite) == voter.who_digest

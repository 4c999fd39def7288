"""
The bundle published after a ballot: rule, roll, votes and result, so that anybody recomputes it with `verify_bundle.py`.

Named: every paper with owner number, choice and channel. Secret: choices under random tags with sealed areas, beside the list of those who took
part; area by choice only as sums, and only where they show nobody. Pure: openings and randomness come in. docs/ballots.md has the design and
its limits. Owner numbers are positions on the published roll, counted from 1.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from linli.insight.choice import verify_bundle as plain
from linli.insight.choice.seals import Bits, Opening, Sealer, prove
from linli.insight.choice.secrecy import why_not_publish_sums, why_not_secret
from linli.law.reasons import Reason, say
from linli.law.voting import Profile, RuleRefused, Threshold
from linli.lib.units import format_area

SCRIPT: Final = Path(plain.__file__)
MOST_PROVEN: Final = 3_000


class NotSecret(ValueError):
    """A secret ballot that would not be secret; `reasons` say why, and ask for a named one."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        super().__init__(" ".join(say(reason, "en") for reason in reasons))
        self.reasons = tuple(reasons)


@dataclass(frozen=True, slots=True)
class Row:
    """A unit on the published roll: the owner's number, the area (0.01 m²), and the unit's id hidden behind a nonce its owner is told."""

    owner: int
    area: int
    unit: str
    nonce: str

    def published(self) -> dict[str, Any]:
        row: dict[str, Any] = {"owner": self.owner, "area": format_area(self.area), "unit": hide_unit(self.unit, self.nonce)}
        return {**row, "leaf": plain.leaf_of(row).hex()}


@dataclass(frozen=True, slots=True)
class NamedVote:
    """
    A paper of a named ballot. `not_counted` says why it does not count (late, proxy …); empty: it counts. `said` is the whole choice where
    there were several options ({"approve": […]} …), and `choice` what it says of the option in question.
    """

    owner: int
    choice: str
    channel: str
    nonce: str
    not_counted: str = ""
    said: Any = None


@dataclass(frozen=True, slots=True)
class SecretVote:
    """A vote of a secret ballot, without its voter: a random tag, the choice, the opening of its sealed area; `said` as for named ones."""

    tag: str
    choice: str
    opening: Opening
    said: Any = None


def hide_unit(unit: str, nonce: str) -> str:
    """The unit's id behind its nonce: published instead of the address, and recognised by whoever has the nonce."""
    return hashlib.sha256(f"linli unit 1\n{nonce}\n{unit}".encode()).hexdigest()


def new_nonce(bits: Bits = secrets.randbits) -> str:
    """256 random bits as hexadecimal text."""
    return f"{bits(256):064x}"


def make_tag(ours: str, theirs: str) -> str:
    """
    The tag of a secret vote, from our nonce and one that comes from the voter's device or sheet: two voters can then never be told the
    same tag, even by a dishonest server.
    """
    return hashlib.sha256(f"linli tag 1\n{ours}\n{theirs}".encode()).hexdigest()


def rule_snapshot(profile: Profile, policies: Mapping[str, str], *, jurisdiction: str = "CN") -> dict[str, Any]:
    """The rule as it is applied, so that the check needs no law book. Raises RuleRefused for thresholds nobody has verified."""
    if refusal := profile.why_not():
        raise refusal
    return {
        "profile": profile.id, "jurisdiction": jurisdiction, "take_part": _tests(profile.take_part),
        "agree": {"base": profile.base, **_tests(profile.agree)} if profile.agree else {}, "object_max": _tests(profile.object_max),
        "policies": {"silent": policies.get("silent", "strict"), "invalid_ballot": policies.get("invalid_ballot", "not_participating"), **policies},
        "rules": list(profile.rules),
    }  # fmt: skip


def named_bundle(
    ballot: Mapping[str, Any], rule: Mapping[str, Any], roll: Sequence[Row], votes: Iterable[NamedVote], delivered: Iterable[int] = ()
) -> dict[str, Any]:
    """The bundle of a named ballot. `ballot` has at least an id; `delivered` are owner numbers, for a silent policy."""
    listed = sorted(votes, key=lambda vote: (vote.owner, vote.channel, vote.nonce))
    entries = []
    for number, vote in enumerate(listed, start=1):
        entry = {"n": number, "owner": vote.owner, "choice": vote.choice, "channel": vote.channel, "nonce": vote.nonce}
        if vote.not_counted:
            entry["not_counted"] = vote.not_counted
        entries.append(entry if vote.said is None else {**entry, "said": vote.said})
    bundle = _frame("named", ballot, rule, roll, entries, delivered)
    areas = owners_of(roll)
    total = {"area": sum(areas.values()), "owners": len(areas)}
    participating, agree, against = plain.count_named(bundle, areas)
    quorum, passed = plain.judge(bundle["rule"], total, participating, agree, against)
    bundle["result"] = {
        "quorum": quorum, "passed": passed, "total": plain.shown(total), "participating": plain.shown(participating),
        "agree": plain.shown(agree), "against": plain.shown(against),
    }  # fmt: skip
    return _closed(_with_heads(bundle, lambda: plain.carried_of(bundle, areas, total)))


def secret_bundle(
    ballot: Mapping[str, Any],
    rule: Mapping[str, Any],
    roll: Sequence[Row],
    took_part: Iterable[int],
    votes: Iterable[SecretVote],
    delivered: Iterable[int] = (),
    bits: Bits = secrets.randbits,
    withhold: Mapping[str, str] | None = None,
    carried: Sequence[str] = (),
) -> dict[str, Any]:
    """
    The bundle of a secret ballot. Raises NotSecret where `why_not_secret` has reasons, and ValueError where votes and those who took part do
    not fit. Areas by choice are withheld, with the reason, where they would show somebody's choice, and where `withhold` says so. `carried` are the
    candidates of an election who passed the law's test: by area only who opens the seals can say.
    """
    areas = owners_of(roll)
    policies = rule["policies"]
    if reasons := why_not_secret(list(areas.values()), silent=policies["silent"], invalid_ballot=policies["invalid_ballot"]):
        raise NotSecret(reasons)
    listed, taking = sorted(votes, key=lambda vote: vote.tag), sorted(set(took_part))
    mine = [areas[owner] for owner in taking]
    if sorted(mine) != sorted(vote.opening.area for vote in listed):
        raise ValueError("the areas of the votes are not the areas of those who took part")
    sealer = Sealer(ballot["id"])
    entries: list[dict[str, Any]] = [
        {"tag": vote.tag, "choice": vote.choice, "seal": sealer.seal(vote.opening)} | ({} if vote.said is None else {"said": vote.said})
        for vote in listed
    ]
    bundle = _frame("secret", ballot, rule, roll, entries, delivered)
    bundle["took_part"] = taking
    agreeing = [vote.opening for vote in listed if vote.choice == "agree"]
    others = [vote.opening for vote in listed if vote.choice != "agree"]
    agree = _total(agreeing)
    participating = {"area": sum(mine), "owners": len(mine)}
    counted = participating
    if policies["silent"] == "delivered_participates":
        reached = [owner for owner in set(delivered) if owner in areas and owner not in taking]
        counted = plain.add(participating, {"area": sum(areas[owner] for owner in reached), "owners": len(reached)})
    total = {"area": sum(areas.values()), "owners": len(areas)}
    quorum, passed = plain.judge(bundle["rule"], total, counted, agree, {"area": 0, "owners": 0})
    bundle["result"] = {"quorum": quorum, "passed": passed, "total": plain.shown(total), "participating": plain.shown(counted)}
    reason = why_not_publish_sums(mine, [opening.area for opening in agreeing])
    if reason is None and withhold is None:
        bundle["result"]["agree"] = plain.shown(agree)
        bundle["sums"] = {"agree": _opened(agreeing), "others": _opened(others)}
        if 2 <= len(listed) <= MOST_PROVEN:
            bundle["proof"] = prove(ballot["id"], [vote.opening for vote in listed], [entry["seal"] for entry in entries], bits)
    else:
        bundle["result"]["agree"] = {"owners": agree["owners"]}
        bundle["withheld"] = dict(withhold) if reason is None else {"code": reason.code, "zh": say(reason, "zh"), "en": say(reason, "en")}  # type: ignore[arg-type]  # one of both is there
    bundle["openings"] = f"sha256:{plain.sha(plain.canonical(openings_file(ballot['id'], listed))).hex()}"
    return _closed(_with_heads(bundle, lambda: list(carried)))


def _with_heads(bundle: dict[str, Any], carried: Callable[[], list[str]]) -> dict[str, Any]:
    """Votes for each option, where there were several (`ballot["options"]`); of an election (`ballot["seats"]`) who passed and who has the seats."""
    ballot, result = bundle["ballot"], bundle["result"]
    if ballot.get("options") is not None:
        result["heads"] = plain.heads_of(bundle["votes"], ballot["options"])
    if "seats" in ballot:
        result["carried"] = carried()
        result["seats"] = plain.seats_of(ballot, result["heads"], result["carried"])
    return bundle


def openings_file(ballot: str, votes: Iterable[SecretVote]) -> dict[str, Any]:
    """
    What the counting witnesses keep under lock for a court: every seal's opening, bound to the bundle by its hash. It shows area beside
    choice, and is not published. `verify_openings` recomputes the result from it.
    """
    kept = {vote.tag: {"area": format_area(vote.opening.area), "blinding": f"{vote.opening.blinding:x}"} for vote in votes}
    return {"format": plain.OPENINGS, "ballot": ballot, "openings": kept}


def receipt(bundle: Mapping[str, Any], leaf: str, opening: Opening | None = None) -> dict[str, Any]:
    """The receipt for the vote with that leaf: the vote, its path to the root, and for a secret ballot the opening of its own area."""
    leaves = [vote["leaf"] for vote in bundle["votes"]]
    at = leaves.index(leaf)
    found = {
        "format": plain.RECEIPT, "ballot": bundle["ballot"]["id"], "vote": bundle["votes"][at], "index": at, "size": len(leaves),
        "path": path_of(leaves, at), "root": bundle["tree"]["root"],
    }  # fmt: skip
    if opening is not None:
        found |= {"area": format_area(opening.area), "blinding": f"{opening.blinding:x}"}
    return found


def path_of(leaves: Sequence[str], index: int) -> list[str]:
    """The audit path of one leaf (RFC 6962), from its sibling up."""
    nodes, at, found = [bytes.fromhex(leaf) for leaf in leaves], index, []
    while len(nodes) > 1:
        if at ^ 1 < len(nodes):
            found.append(nodes[at ^ 1].hex())
        joined = [plain.sha(b"\x01", nodes[pair], nodes[pair + 1]) for pair in range(0, len(nodes) - 1, 2)]
        nodes = joined + nodes[len(joined) * 2 :]
        at //= 2
    return found


def owners_of(roll: Iterable[Row]) -> dict[int, int]:
    """Area by owner number."""
    areas: dict[int, int] = {}
    for row in roll:
        areas[row.owner] = areas.get(row.owner, 0) + row.area
    return areas


def _frame(
    secrecy: str,
    ballot: Mapping[str, Any],
    rule: Mapping[str, Any],
    roll: Sequence[Row],
    entries: list[dict[str, Any]],
    delivered: Iterable[int],
) -> dict[str, Any]:
    rows = [row.published() for row in sorted(roll, key=lambda row: (row.owner, row.nonce))]
    leaves = [plain.leaf_of(entry) for entry in entries]
    votes = [{**entry, "leaf": leaf.hex()} for entry, leaf in zip(entries, leaves, strict=True)]
    bundle: dict[str, Any] = {
        "format": plain.FORMAT, "secrecy": secrecy, "ballot": dict(ballot), "rule": dict(rule), "roll": rows,
        "roll_root": plain.root_of([plain.leaf_of(row) for row in rows]), "votes": votes,
        "tree": {"size": len(votes), "root": plain.root_of(leaves)},
    }  # fmt: skip
    reached = sorted(set(delivered))
    return {**bundle, "delivered": reached} if reached else bundle


def _closed(bundle: dict[str, Any]) -> dict[str, Any]:
    return {**bundle, "fingerprint": plain.fingerprint_of(bundle)}


def _total(openings: Sequence[Opening]) -> dict[str, int]:
    return {"area": sum(opening.area for opening in openings), "owners": len(openings)}


def _opened(openings: Sequence[Opening]) -> dict[str, str]:
    return {
        "area": format_area(sum(opening.area for opening in openings)),
        "blinding": f"{sum(opening.blinding for opening in openings):x}",
    }


def _tests(tests: Sequence[Threshold]) -> dict[str, list[str]]:
    return {test.dimension: [test.op, str(test.share)] for test in tests}


__all__ = [
    "SCRIPT", "NamedVote", "NotSecret", "Row", "RuleRefused", "SecretVote", "hide_unit", "make_tag", "named_bundle", "new_nonce", "openings_file", "owners_of",
    "path_of", "receipt", "rule_snapshot", "secret_bundle",
]  # fmt: skip

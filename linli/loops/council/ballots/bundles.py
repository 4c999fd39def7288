"""
From a counted ballot to its published bundle: roll rows behind nonces, the rule as it was applied, votes, and the openings of a secret one.

Owner numbers of the bundle are numbers on the roll. Where voters count by heads alone each stands there with an area of 1.00.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q

from linli.insight.choice import verify_bundle as plain
from linli.insight.choice.bundle import NamedVote, Row, SecretVote, named_bundle, new_nonce, openings_file, owners_of, secret_bundle
from linli.insight.choice.seals import Opening
from linli.insight.choice.units import PARKING_KINDS
from linli.kernel.rolls.models import Voter
from linli.kernel.rolls.queries import case_of
from linli.lib.units import parse_area
from linli.loops.council.ballots.models import Ballot, Delivery, SecretPaper, Vote
from linli.loops.council.ballots.receipts import ballot_name

ONE_HEAD = 100  # what a voter weighs where areas do not count
# Votes that stand in a named bundle although they do not count, and why they do not.
_NOT_COUNTED: dict[str, str] = {Vote.State.VOID: "void", Vote.State.LATE: "late"}


class BundleProblem(ValueError):
    """The bundle and the count do not say the same: nothing is published."""


def option_of(ballot: Ballot) -> str | None:
    """The option the law's test in the bundle is about: the winner, else the first; None for yes or no, and for a budget (any project)."""
    codes = [o["code"] for o in ballot.question.get("options", ())]
    if not codes or ballot.kind == "budget":
        return None
    if ballot.kind == "election":
        heads = {o["code"]: o["heads"] for o in ballot.result.get("options", ())}
        return max(codes, key=lambda code: heads.get(code, 0))
    return ballot.result.get("winner") or codes[0]


def choice_of(ballot: Ballot, said: Any, option: str | None) -> str:
    """A vote as the law's test counts it."""
    return plain.supports(said, option)


# --- the roll -------------------------------------------------------------------------------------------
def rows_of(ballot: Ballot, salts: Mapping[int, bytes] | None = None) -> list[Row]:
    """The roll as it counts: parking left out where the rule does, one row a unit (a voter, where heads count). Three queries."""
    roll = ballot.roll
    held = salts if salts is not None else {seq: bytes(salt) for seq, salt in Voter.objects.filter(roll=roll).values_list("seq", "salt")}
    if not roll.has_area:
        return [Row(seq, ONE_HEAD, f"V{seq}", unit_nonce(salt, 0)) for seq, salt in sorted(held.items())]
    case = case_of(roll, profile=ballot.profile, policies=dict(ballot.policies))
    parking = case["policies"].get("parking", "count_area_if_registered")
    rows = []
    for unit in case["units"]:
        if unit["kind"] in PARKING_KINDS and not (unit["kind"] == "registered_parking" and parking == "count_area_if_registered"):
            continue
        seq = int(unit["owner"][1:])
        rows.append(Row(seq, parse_area(unit["area"]), unit["id"], unit_nonce(held.get(seq, b""), int(unit["id"][1:]))))
    return rows


def unit_nonce(salt: bytes, home_id: int) -> str:
    """
    Hides a unit in the bundle; whoever has the voter's proof from the roll, with its salt, computes it again. Random once the salt was erased.
    """
    return hashlib.sha256(b"linli unit nonce 1\n" + salt + str(home_id).encode()).hexdigest() if salt else new_nonce()


def areas_of(ballot: Ballot) -> dict[int, int]:
    """What each number on the roll weighs, in 0.01 m²; 100 for each where heads count."""
    return owners_of(rows_of(ballot, dict.fromkeys(Voter.objects.filter(roll_id=ballot.roll_id).values_list("seq", flat=True), b"-")))


# --- the rule --------------------------------------------------------------------------------------------
def rule_of(ballot: Ballot) -> dict[str, Any]:
    """The rule as the count applied it, local and entered thresholds in it; ways of counting heads are all called owners."""
    law = ballot.result["law"]
    tests: dict[str, dict[str, Any]] = {"take_part": {}, "agree": {}, "object": {}}
    for test in law.get("tests", ()):
        tests[test["kind"]]["area" if test["dimension"] == "area" else "owners"] = [test["op"], test["threshold"]]
    base = "all" if law.get("base") == "all" else "participating"
    policies = law.get("policies", {})
    return {
        "profile": law.get("profile", ballot.profile), "jurisdiction": law.get("jurisdiction", ballot.jurisdiction),
        "take_part": tests["take_part"], "agree": {"base": base, **tests["agree"]}, "object_max": tests["object"],
        "policies": {**policies, "silent": policies.get("silent", "strict"), "invalid_ballot": policies.get("invalid_ballot", "not_participating")},
        "rules": list(law.get("rules", ())), "source": ballot.thresholds_source,
    }  # fmt: skip


def about(ballot: Ballot) -> dict[str, Any]:
    """What the bundle says of the ballot: name, title, text, roll, hashes; with several options, which the law's test is about."""
    frozen = ballot.frozen
    told: dict[str, Any] = {
        "id": ballot_name(ballot), "title": ballot.motion.matter.public_title, "ref": ballot.motion.matter.ref, "kind": ballot.kind,
        "terms": ballot.frozen_hash, "text": frozen.get("text"), "text_digest": frozen.get("text_digest"), "roll_hash": ballot.roll.hash,
        "closes_at": ballot.closes_at.isoformat(), "consultative": ballot.consultative, "counts": "area" if ballot.roll.has_area else "heads",
    }  # fmt: skip
    if codes := [o["code"] for o in ballot.question.get("options", ())]:
        told |= {"options": codes, "option": option_of(ballot)}
    return {**told, **seats_of(ballot)} if ballot.kind == "election" else told


def seats_of(ballot: Ballot) -> dict[str, Any]:
    """What an election's rule says of the seats: how many, how many stand by, the quotas, and which candidates count for which."""
    question = ballot.question
    return {
        "seats": question["seats"],
        "alternates": question.get("alternates", len(question["options"])),
        "quotas": list(question.get("quotas", ())),
        "groups": {o["code"]: list(o["groups"]) for o in question["options"] if o.get("groups")},
    }


def carried_of(ballot: Ballot) -> list[str]:
    """The candidates of a counted election who passed the law's test."""
    return [o["code"] for o in ballot.result.get("options", ()) if o["law"]["passed"]] if ballot.kind == "election" else []


def delivered_to(ballot: Ballot) -> list[int]:
    """Numbers of those reached in time; told only where the rule looks at silence."""
    if ballot.result["law"].get("policies", {}).get("silent", "strict") == "strict":
        return []
    found = Delivery.objects.filter(ballot=ballot, stands_from__lte=ballot.closes_at).values_list("voter__seq", flat=True)
    return sorted(set(found))


# --- the whole ---------------------------------------------------------------------------------------------
def build(ballot: Ballot, kept: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """
    The bundle of a counted ballot; `kept` are the openings of a secret one. Raises BundleProblem when the result in it is not the one that was
    posted, or its own check finds anything; NotSecret as `secret_bundle` does.
    """
    rows = rows_of(ballot)
    areas = owners_of(rows)
    made = _secret(ballot, rows, areas, kept or {}) if ballot.is_secret else _named(ballot, rows, areas)
    law, said = ballot.result["law"], made["result"]
    if ballot.kind != "survey" and (said["quorum"], said["passed"]) != (law["quorum"], law["passed"]):
        raise BundleProblem("the bundle's result is not the result of the count")
    if ballot.kind == "election" and (seats := said["seats"]) and any(seats[name] != ballot.result[name] for name in ("elected", "tied")):
        raise BundleProblem("the bundle's seats are not those of the count")
    if problems := plain.verify(made, quick=True):
        raise BundleProblem(f"{problems[0][0]}: {problems[0][2]}")
    return made


def _named(ballot: Ballot, rows: list[Row], areas: Mapping[int, int]) -> dict[str, Any]:
    option, several = option_of(ballot), bool(ballot.question.get("options"))
    votes = [
        NamedVote(
            seq,
            choice_of(ballot, said, option),
            channel,
            bytes(nonce).hex(),
            _NOT_COUNTED.get(state, ""),
            said if several else None,
        )
        for seq, said, channel, nonce, state in Vote.objects.filter(
            Q(state="stands") | Q(state__in=_NOT_COUNTED), ballot=ballot
        ).values_list("voter__seq", "choice", "channel", "nonce", "state")
        if seq in areas
    ]
    return named_bundle(about(ballot), rule_of(ballot), rows, votes, delivered_to(ballot))


def _secret(ballot: Ballot, rows: list[Row], areas: Mapping[int, int], kept: Mapping[str, Any]) -> dict[str, Any]:
    option, several = option_of(ballot), bool(ballot.question.get("options"))
    openings = kept.get("openings", {})
    papers = SecretPaper.objects.filter(ballot=ballot)
    votes = [
        SecretVote(
            tag,
            choice_of(ballot, said, option),
            Opening(parse_area(openings[tag]["area"]), int(openings[tag]["blinding"], 16)),
            said if several else None,
        )
        for tag, said in papers.values_list("tag", "choice")
        if tag in openings
    ]
    taking = Vote.objects.filter(ballot=ballot, state="stands").values_list("voter__seq", flat=True)
    withheld = ballot.result.get("withheld")
    return secret_bundle(
        about(ballot), rule_of(ballot), rows, [s for s in taking if s in areas], votes, delivered_to(ballot), withhold=withheld,
        carried=carried_of(ballot),
    )  # fmt: skip


def openings_of(ballot: Ballot, opened: Iterable[tuple[str, int, str]]) -> dict[str, Any]:
    """What the witnesses keep, from (tag, area, blinding in hexadecimal) of every vote that counts."""
    votes = [SecretVote(tag, "", Opening(area, int(blinding, 16))) for tag, area, blinding in opened]
    return openings_file(ballot_name(ballot), sorted(votes, key=lambda vote: vote.tag))


def to_file(bundle: Mapping[str, Any]) -> tuple[bytes, str]:
    """The file people download, one line a vote so that two can be compared, and its hash."""
    text = json.dumps(bundle, ensure_ascii=False, indent=1, sort_keys=False).encode()
    return text, f"sha256:{hashlib.sha256(text).hexdigest()}"


def packed(content: bytes) -> bytes:
    return gzip.compress(content, 6, mtime=0)


def unpacked(content: bytes | memoryview) -> bytes:
    return gzip.decompress(bytes(content))

"""Counting: once, after closing, with nothing unsettled; the result goes to the motion, secret votes lose their tie to voters for good."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from linli.insight.choice.reading import CaseError
from linli.insight.choice.secrecy import why_not_publish_sums
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused, said
from linli.kernel.access.tongue import spoken
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.lawful import counted
from linli.kernel.rolls.queries import case_of
from linli.kernel.rolls.rules import owner_id
from linli.law import voting
from linli.law.voting import RuleRefused
from linli.lib.calendar import YearMissing
from linli.loops.council.ballots import bundles, counts, locks, official, sealing
from linli.loops.council.ballots.actions.announcing import frozen_still
from linli.loops.council.ballots.actions.setting_up import ballot_of, forget_papers
from linli.loops.council.ballots.models import Ballot, Delivery, Hearing, Kind, Openings, Published, Reading, SecretPaper, State, Vote
from linli.loops.council.ballots.veiling import veil
from linli.loops.council.ballots.wording import refuse, seated_of
from linli.loops.council.motions.actions import deciding
from linli.loops.council.motions.models import Motion


@transaction.atomic
def count(*, actor: Actor, ballot_id: int, now: datetime, text: str = "") -> Ballot:
    """
    Count a closed ballot: the law's test in both dimensions, the method's winner, the strict result beside any other policy; post the result.

    Counting again is refused, so that a secret ballot's votes are opened once. Raises Refused("still_open" | "conflicts_open" |
    "readings_open" | "hearings_open" | "already_counted"), and when what was frozen is no longer what the row says.
    """
    ballot_of(actor, ballot_id, "ballot.count")
    locks.alone(ballot_id)
    ballot = Ballot.objects.select_for_update(of=("self",)).select_related("motion__matter", "roll").get(pk=ballot_id)
    _refuse_early(ballot, now)
    found = votes_of(ballot)
    case = case_for(ballot)
    try:
        result = counts.count(ballot.kind, ballot.question, case, {owner: [c["choice"] for c in rows] for owner, rows in found.items()})
    except RuleRefused as refused:
        raise Refused(refused.code, said(refused), rule=refused.rule) from None
    except CaseError as problem:
        raise Invalid("bad_case", said(problem)) from None
    ballot.result, ballot.passed = result, result["passed"]
    ballot.state, ballot.counted_at = State.COUNTED, now
    if ballot.is_secret:
        ballot.result = _veiled(ballot, found)
        _part_from_voters(ballot, found, now)
    ballot.save()
    Published.objects.create(ballot=ballot)
    if ballot.kind != Kind.SURVEY and not ballot.consultative:
        deciding.record_decision(
            actor=actor,
            matter_id=ballot.motion_id,
            now=now,
            passed=bool(ballot.passed),
            text="\n\n".join(filter(None, [result_words(ballot, "zh"), text.strip()])),
            figures={**figures_of(ballot.result), "said_en": result_words(ballot, "en")},
            bundle=f"/ballots/{ballot.pk}/bundle.json",
            by_ballot=True,
            post_days=posting_days(ballot, now) if ballot.roll.has_area else 0,
        )
    return ballot


def posting_days(ballot: Ballot, now: datetime) -> int:
    """
    The days a result for owners is posted by the law of the place (OWN-036), at least as many as hold the working days asked for everything owners
    are told (NOT-001). In a year whose calendar nobody knows twice as many days stand for working days.
    """
    place = voting.place(ballot.jurisdiction)
    days, working = place.days("result_posting_days") or 0, place.days("posting_working_days") or 0
    if not working:
        return days
    try:
        last = counted(now, working, "working_days").last_day
    except YearMissing:
        return max(days, 2 * working)
    return max(days, (last - now.astimezone(ZONE).date()).days)


def _refuse_early(ballot: Ballot, now: datetime) -> None:
    if ballot.state == State.COUNTED:
        raise refuse("already_counted")
    if ballot.state == State.ABANDONED:
        raise refuse("abandoned")
    if now < ballot.closes_at or ballot.state not in (State.OPEN, State.CLOSED):
        raise refuse("still_open")
    if Vote.objects.filter(ballot=ballot, state=Vote.State.CONFLICT).exists():
        raise refuse("conflicts_open")
    if Reading.objects.filter(sheet__ballot=ballot, state__in=("waiting", "differs")).exists():
        raise refuse("readings_open")
    if Hearing.objects.filter(ballot=ballot, state=Hearing.State.WAITING).exists():
        raise refuse("hearings_open")
    if not frozen_still(ballot):
        raise Refused(
            "frozen_changed", _("公告时冻结的规则和现在的记录对不上，不能计票。请核验记录。"), rule=_("公告时冻结的，到计票都不能变。")
        )


Counted = Mapping[str, list[dict[str, Any]]]


def votes_of(ballot: Ballot) -> dict[str, list[dict[str, Any]]]:
    """
    By the voter's name in the case, what counts: {"choice"}, of a secret ballot with "tag" and "blinding". Opens sealed votes: for the count
    alone.
    """
    cipher = sealing.cipher_of(ballot) if ballot.is_secret else None
    rows = Vote.objects.filter(ballot=ballot, state=Vote.State.STANDS).select_related("voter").order_by("voter__seq")
    found: dict[str, list[dict[str, Any]]] = {}
    for vote in rows.iterator(2000):
        opened = sealing.unseal(cipher, ballot, vote.voter_id, vote.sealed) if cipher else {"choice": vote.choice}
        found.setdefault(owner_id(vote.voter.seq), []).append(opened)
    return found


def case_for(ballot: Ballot) -> dict[str, Any]:
    """The case of the counting core without ballots: roll, rule, policies, and to whom it was delivered in time."""
    reached = Delivery.objects.filter(ballot=ballot, stands_from__lte=ballot.closes_at).values_list("voter__seq", flat=True).distinct()
    case = case_of(
        ballot.roll,
        profile=ballot.profile,
        jurisdiction=ballot.jurisdiction,
        policies=dict(ballot.policies),
        delivered=[owner_id(seq) for seq in sorted(set(reached))] if ballot.roll.has_area else (),
    )
    if ballot.thresholds:
        case["thresholds"] = {**ballot.thresholds, "source": ballot.thresholds_source}
    if ballot.conditions:
        case["conditions"] = dict.fromkeys(ballot.conditions, True)
    if not case["delivered"]:
        case.pop("delivered")
    return case


def _veiled(ballot: Ballot, found: Counted) -> dict[str, Any]:
    """The result of a secret ballot without the areas that would show somebody's choice (docs/ballots.md, before anything is posted)."""
    result, reason = ballot.result, None
    if ballot.roll.has_area and "options" not in result:
        areas = bundles.areas_of(ballot)
        option = bundles.option_of(ballot)
        taking = [(areas.get(int(owner[1:]), 0), bundles.choice_of(ballot, rows[0]["choice"], option)) for owner, rows in found.items()]
        counted = [(area, choice) for area, choice in taking if area]
        reason = why_not_publish_sums([a for a, _c in counted], [a for a, c in counted if c == "agree"])
    return veil(result, reason)


def _part_from_voters(ballot: Ballot, found: Counted, now: datetime) -> None:
    """
    The choices of a secret ballot under their random tags, written in the order of the tags; what was sealed beside voters is erased, and the
    key with it. From here on neither the database nor the field keys tell who chose what: what opens the sealed areas waits, sealed, for
    the counting witnesses.
    """
    areas = bundles.areas_of(ballot)
    opened = [
        (row["tag"], areas[int(owner[1:])], row["blinding"]) for owner, rows in found.items() for row in rows if int(owner[1:]) in areas
    ]
    Openings.objects.create(ballot=ballot, kept=json.dumps(bundles.openings_of(ballot, opened)))
    papers = sorted((row["tag"], row["choice"]) for rows in found.values() for row in rows)
    SecretPaper.objects.bulk_create([SecretPaper(ballot=ballot, tag=tag, choice=choice) for tag, choice in papers], batch_size=500)
    Vote.objects.filter(ballot=ballot).update(sealed=b"")
    forget_papers(ballot)
    ballot.key, ballot.key_destroyed_at = "", now


def figures_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """The exact sums and shares of the law's test, flat enough for a timeline."""
    law = result["law"]
    flat = {"quorum": law["quorum"], "passed": result["passed"], "method": result["method"]}
    for part in ("total", "participating", "agree", "against"):
        for dimension, value in law.get(part, {}).items():
            flat[f"{part}_{dimension}"] = value
    flat |= {f"share_{name}": value for name, value in law.get("shares", {}).items()}
    for name in ("winner", "elected", "winners"):
        if result.get(name):
            flat[name] = "、".join(result[name]) if isinstance(result[name], list) else result[name]
    return flat


def result_words(ballot: Ballot, tongue: str) -> str:
    """
    The result in the words of the rule: how many of how many in each dimension, met or missed and by how much. In Chinese ("zh") or English
    ("en") whatever the language of who counts: it is a record.
    """
    with translation.override("zh-hans" if tongue == "zh" else "en"):
        return _result_words(ballot, tongue)


def _result_words(ballot: Ballot, tongue: str) -> str:
    lines = [row[tongue] for row in ballot.result["law"].get("explain", ())]
    if withheld := ballot.result.get("withheld"):
        lines.append(withheld[tongue])
    head = _("表决通过。") if ballot.passed else _("表决没有通过。")
    names = {o["code"]: o["title"] for o in ballot.question.get("options", [])}
    if winner := ballot.result.get("winner"):
        head += _("得到支持的方案：%(name)s。") % {"name": names.get(winner, winner)}
    if elected := ballot.result.get("elected"):
        head += _("当选：%(names)s。") % {"names": _("、").join(names.get(c, c) for c in elected)}
    if "winners" in ballot.result:
        head += _("入选项目：%(names)s。") % {"names": _("、").join(names.get(c, c) for c in ballot.result["winners"]) or _("没有")}
    return "\n".join([head, *seated_of(ballot), *lines])


def totals_of(ballot: Ballot) -> dict[str, int]:
    """The whole of each dimension of the ballot's roll; empty for a roll without area."""
    return {"owners": ballot.roll.voter_count, "area": ballot.roll.area} if ballot.roll.has_area else {}


def invalid_takes_part(ballot: Ballot) -> bool:
    """Whether an invalid paper counts among those who took part, by the rule that was announced."""
    return ballot.policies.get("invalid_ballot", voting.policies()["invalid_ballot"].default) != "not_participating"


def _rule_of(ballot: Ballot) -> voting.Profile | None:
    """The rule an official result can be held against: strict, on one question. None where another policy makes figures mean something else."""
    known = voting.profiles().get(ballot.profile)
    if known is None or not known.verified or ballot.thresholds or known.object_max or ballot.question.get("options"):
        return None
    return known if ballot.policies.get("silent", "strict") == "strict" else None


@transaction.atomic
def import_official(
    *,
    actor: Actor,
    ballot_id: int,
    passed: bool | None,
    figures: Mapping[str, int],
    proof: StoredFile | None,
    text: str,
    now: datetime,
    knowingly: bool = False,
) -> Ballot:
    """
    Bring in the binding result of the government's own system for a consultative ballot, with the proof it gave. `figures` are heads and areas (0.01 m²)
    by choice under the names of `official.KEYS`; what is left out is not guessed.

    Raises Invalid without proof, for figures that contradict each other (naming which), and for a result they do not bear out under the announced
    rule, unless it is recorded `knowingly`: the official result decides, and that this was seen is kept with it.
    """
    ballot = ballot_of(actor, ballot_id, "ballot.count")
    ballot = Ballot.objects.select_for_update(of=("self",)).select_related("motion__matter", "roll").get(pk=ballot.pk)
    if not ballot.consultative or ballot.official_result or ballot.kind == Kind.SURVEY:
        raise Refused("not_consultative", _("这次表决不用导入官方结果，或者已经导入过。"))
    if proof is None or passed is None or not text.strip():
        raise Invalid("missing", _("请上传官方系统的结果证明，选择是否通过，并写明结果。"), fields={"proof": [_("请上传结果证明。")]})
    given, whole = {key: n for key, n in figures.items() if key in official.KEYS}, totals_of(ballot)
    wrong: dict[str, list[Any]] = {}
    for name, words in official.contradictions(given, whole, invalid_takes_part=invalid_takes_part(ballot)):
        wrong.setdefault(name, []).append(words)
    if wrong:
        raise Invalid("figures_contradict", "".join(words for several in wrong.values() for words in several), fields=wrong)
    rule = _rule_of(ballot)

    def doubted() -> str:
        return official.against_the_rule(passed, given, whole, rule) if rule else ""

    doubt = doubted()
    if doubt and not knowingly:
        raise Invalid(
            "against_the_rule", doubt, fields={"passed": [doubt], "knowingly": [_("请核对原件；原件确实如此的，勾上这一项再登记。")]}
        )
    sums = official.told(given, whole)
    ballot.official_result = {
        "passed": passed,
        "text": text.strip(),
        "figures": sums,
        "at": now.isoformat(),
        "proof_sha256": proof.sha256,
        **({"against_the_rule": spoken(doubted)} if doubt else {}),
    }
    ballot.official_proof = proof
    ballot.save(update_fields=["official_result", "official_proof"])
    motion = Motion.objects.get(pk=ballot.motion_id)
    deciding.record_decision(
        actor=actor,
        matter_id=motion.pk,
        now=now,
        passed=passed,
        text=text.strip(),
        figures=sums,
        by_ballot=True,
        post_days=posting_days(ballot, now),
    )
    return ballot


def recount(ballot: Ballot) -> dict[str, Any]:
    """The result once more from what is stored: for named ballots and for secret ones before the count. For `linli check`; writes nothing."""
    found = votes_of(ballot)
    return counts.count(ballot.kind, ballot.question, case_for(ballot), {o: [c["choice"] for c in rows] for o, rows in found.items()})

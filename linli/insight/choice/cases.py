"""
A case to count, as JSON: `linli choice tally CASE.json`. In words of the facts: profiles, policies and choices have their ids there.

Forms: `units` with `ballots` (owners' decisions), a list of those entitled with `ballots` (committees, meetings), or sums (`total`,
`participating`, `agree`; `returned` with `delivered_no_reply`; `members`, `present`, `agree`). docs/ballots.md shows each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from linli.insight.choice import sums_form
from linli.insight.choice.papers import read_papers
from linli.insight.choice.reading import CaseError, Reader
from linli.insight.choice.tally import NotOnRoll, Result, collect, tally, with_silent
from linli.insight.choice.units import KINDS, STATES, Roll, RollProblem, Unit, make_roll
from linli.law import voting
from linli.law.reading import PackError
from linli.law.reasons import Reason
from linli.law.voting import Place, Profile
from linli.lib.units import parse_date

_ABOUT: Final = {"id", "title", "note", "name", "description", "comment", "expected", "scope"}
_FRAME: Final = {"profile", "jurisdiction", "policies", "date", "thresholds", "conditions"}
_UNIT_FORM: Final = {"units", "ballots", "delivered", "developer", "closes_at"}
_UNIT_KEYS: Final = {"id", "area", "owner", "kind", "state", "co_owners", "building", "name", "note"}
_STATE_WORDS: Final = {None: "", "sold": "", "delivered": "", "occupied": ""}


@dataclass(frozen=True)
class Case:
    """A case read: the rule, the place, how papers count, and what was counted. `conditions_missing` is what the silent policy lacks."""

    profile: Profile
    place: Place
    policies: Mapping[str, str]
    content: Mapping[str, Any]
    conditions_missing: tuple[str, ...] = ()
    said: tuple[Reason, ...] = field(default=())


def count(data: Any) -> list[tuple[Case, Result]]:
    """
    Read and count; more than one only when the case has a list `cases` of alternatives. Raises CaseError for what cannot be read,
    RuleRefused for a rule that may not be applied.
    """
    reader = Reader()
    whole = reader.must(reader.mapping("$", data))
    if isinstance(whole.get("input"), Mapping):
        whole = {**{key: value for key, value in whole.items() if key != "input"}, **whole["input"]}
    several = whole.get("cases")
    if several is None:
        case = _frame(reader, whole)
        return [(case, _counted(reader, case))]
    shared = {key: value for key, value in whole.items() if key != "cases"}
    found = []
    for number, item in enumerate(reader.listing("$.cases", several)):
        case = _frame(reader, {**shared, **reader.must(reader.mapping(f"$.cases[{number}]", item))})
        found.append((case, _counted(reader, case)))
    reader.done()
    return found


def _counted(reader: Reader, case: Case) -> Result:
    content, profile = case.content, case.profile
    if "units" in content:
        if not profile.by_owners:
            reader.wrong(
                "$.units",
                "no_units_here",
                "这项规则不按面积计票，请改写人数。",
                "This rule does not count area; give numbers of people instead.",
            )
            reader.done()
        result = _by_units(reader, case)
    elif "ballots" in content:
        result = _by_people(reader, case)
    else:
        reader.only("$", content, {*_ABOUT, *_FRAME, *sums_form.KEYS})
        strict, silent = sums_form.read(reader, profile, content, case.policies["invalid_ballot"])
        result = strict if silent is None or case.policies["silent"] == "strict" else with_silent(strict, case.policies["silent"], *silent)  # type: ignore[arg-type]
    return replace(result, counted=(*result.counted, *_floor(case, result), *case.said))


def _frame(reader: Reader, whole: Mapping[str, Any]) -> Case:
    """Rule, place and policies, and whether they may be applied together."""
    profile = _profile(reader, whole)
    code = reader.text("$.jurisdiction", whole.get("jurisdiction") or profile.jurisdiction or "CN")
    place = reader.must(reader.calling("$.jurisdiction", lambda: voting.place(code)))
    on = _day(reader, whole.get("date"))
    reader.done()
    if refusal := profile.why_not(on, place.id):
        raise refusal
    said = []
    if place.id not in voting.places():
        said.append(Reason("place_unknown_national_used", {"place": place.parent}))
    if profile.jurisdiction and not voting.place_within(place.id, profile.jurisdiction):
        said.append(Reason("profile_of_other_place", {"place": profile.jurisdiction}))
    if profile.until and not on:
        said.append(Reason("profile_ended", {"until": profile.until.isoformat()}))
    if profile.entered_from:
        said.append(Reason("thresholds_entered", {"source": profile.entered_from}))
    if any(rule.startswith("VIL-") for rule in profile.rules):
        said.append(Reason("recheck_amended_law"))
    if profile.by_owners and place.is_set("official_platform_required"):
        said.append(Reason("official_platform_required"))
    policies, differs = _policies(reader, whole.get("policies"), place)
    said += [Reason("parking_policy_differs_from_place")] if differs else []
    missing = _conditions(reader, whole.get("conditions"))
    if missing and policies["silent"] != "strict":
        policies["silent"] = "strict"
        names = {"zh": "、".join(_NEEDS[name] for name in missing), "en": ", ".join(missing)}
        said.append(Reason("silent_conditions_missing", {"missing": names}))
    reader.done()
    return Case(profile, place, policies, whole, missing, tuple(said))


_NEEDS: Final = {"adopted_clause": "写入规约的条款", "delivery_evidence": "送达凭证", "warning_on_ballot": "票面上的提示"}


def _profile(reader: Reader, whole: Mapping[str, Any]) -> Profile:
    code = reader.text("$.profile", whole.get("profile"))
    reader.done()
    entered = whole.get("thresholds")
    if code == "custom":
        profile = Profile(id="custom", name_zh="自定规则", name_en="Rule of your own", rules=(), verified=False)
    else:
        profile = reader.must(reader.calling("$.profile", lambda: voting.profile(code)))
    if entered is None:
        return profile
    if profile.verified:
        reader.wrong(
            "$.thresholds", "thresholds_are_law",
            "这项规则的比例由法律规定，不能改动。自定的规则请把 profile 写成 custom。",
            "The thresholds of this profile are law and cannot be changed. For a rule of your own use the profile custom.",
        )  # fmt: skip
    given = reader.must(reader.mapping("$.thresholds", entered))
    reader.only("$.thresholds", given, {"take_part", "agree", "source"})
    for name in ("take_part", "agree"):
        if given.get(name) is not None:
            reader.mapping(f"$.thresholds.{name}", given[name])
    if not isinstance(given.get("source"), str) or not given["source"].strip():
        reader.wrong(
            "$.thresholds.source",
            "source_missing",
            "请写明比例出自哪部法律或者规约的哪一条。",
            "Say which law or covenant, and which article, the thresholds are from.",
        )
    reader.done()
    take_part, agree, source = given.get("take_part"), given.get("agree") or {}, given["source"]
    try:
        return profile.with_thresholds(take_part, agree, source=source)
    except PackError as fault:
        reader.wrong("$.thresholds", "thresholds", f"比例写得不对：{fault}", str(fault))
        reader.done()
        raise


def _policies(reader: Reader, given: Any, place: Place) -> tuple[dict[str, str], bool]:
    """What holds for every policy, and whether the parking policy chosen contradicts a local rule."""
    known = voting.policies()
    chosen = reader.must(reader.mapping("$.policies", given if given is not None else {}))
    reader.only("$.policies", chosen, known)
    local = place.setting("parking")
    held = {name: policy.default for name, policy in known.items()}
    if local is not None:
        held["parking"] = str(local.value)
    for name, policy in known.items():
        value = chosen.get(name)
        if value is not None and not (isinstance(value, Mapping) and len(policy.values) == 1):
            held[name] = reader.word(f"$.policies.{name}", value, policy.values)
    differs = (
        local is not None and local.place != "CN" and held["parking"] != local.value and not place.is_set("counting_method_may_be_agreed")
    )
    return held, differs


def _conditions(reader: Reader, given: Any) -> tuple[str, ...]:
    """What the silent policy needs and the case says is not there; a case that says nothing has said nothing against it."""
    if given is None:
        return ()
    needs = voting.policies()["silent"].needs
    if isinstance(given, list):
        given = dict.fromkeys((item for item in given if isinstance(item, str)), True)
    there = reader.must(reader.mapping("$.conditions", given))
    reader.only("$.conditions", there, {*needs, "topics_announced"})
    return tuple(name for name in needs if not there.get(name))


def _floor(case: Case, result: Result) -> tuple[Reason, ...]:
    """A warning where an older local text asks that the majority cast stand on its own; it is not applied, for it may not be in force."""
    if result.silent_policy != "follow_majority" or result.strict is None or not case.place.stated("silent_majority_floor_area"):
        return ()
    counts = result.strict.counts
    most = max(
        ({"area": amounts.get("area", 0), "owners": amounts.get("owners", 0)} for amounts in (counts.agree, counts.against)),
        key=lambda item: item["owners"],
    )
    stands = all(2 * most[dimension] > counts.total[dimension] for dimension in most)
    return () if stands else (Reason("silent_older_floor_not_met"),)


def _by_units(reader: Reader, case: Case) -> Result:
    content = case.content
    reader.only("$", content, {*_ABOUT, *_FRAME, *_UNIT_FORM})
    units = list(_units(reader, content["units"]))
    developer = reader.text("$.developer", content["developer"]) if "developer" in content else ""
    reader.done()
    try:
        roll = make_roll(units, parking=case.policies["parking"], developer=developer)
    except RollProblem as problem:
        path = f"$.units[{problem.unit}]" + (f".{problem.field}" if problem.field else "")
        reader.wrong(path if units else "$.units", problem.code, problem.text_zh, problem.text_en)
        reader.done()
        raise
    if not roll.owners:
        reader.wrong("$.units", "roll_empty", "按车位口径，名册上没有业主。", "Under the parking policy nobody is on the roll.")
    by_unit = {unit.id: unit.owner for unit in units}
    ballots, said = read_papers(reader, content.get("ballots") or [], case.place, by_unit, content.get("closes_at"))
    delivered = _delivered(reader, content.get("delivered") or [], roll)
    reader.done()
    try:
        cast = collect(roll, ((owner, choice) for _path, owner, choice in ballots))
    except NotOnRoll:
        for path, owner, _choice in ballots:
            if roll.find(owner) is None and owner not in roll.left_out:
                reader.wrong(
                    path,
                    "not_on_roll",
                    "这名业主不在名册上，请核对编号，或者补上房屋。",
                    "This owner is not on the roll; check the id, or add the unit.",
                )
        reader.done()
        raise
    result = tally(
        case.profile, roll, cast, silent=case.policies["silent"], delivered=delivered, invalid_ballot=case.policies["invalid_ballot"]  # type: ignore[arg-type]
    )  # fmt: skip
    return replace(result, counted=(*result.counted, *said))


def _by_people(reader: Reader, case: Case) -> Result:
    """A list of those entitled and their papers, one head each; with `present`, those who came count as taking part whatever they did."""
    content, profile = case.content, case.profile
    listed = next((key for key in sums_form.TOTAL_WORDS if isinstance(content.get(key), list)), "")
    if profile.by_owners or not listed:
        reader.wrong(
            "$", "no_roll", "只有表决票、没有名册：请写出 units（业主），或者 members、entitled 等名单。",
            "There are ballots but no roll: give units (owners), or a list of members, entitled and so on.",
        )  # fmt: skip
        reader.done()
    reader.only("$", content, {*_ABOUT, *_FRAME, *_UNIT_FORM, *sums_form.KEYS})
    names = [reader.text(f"$.{listed}[{at}]", name) for at, name in enumerate(content[listed])]
    if len(set(names)) != len(names):
        reader.wrong(f"$.{listed}", "name_twice", "名单里有人写了两次，请删去一个。", "Somebody stands twice on the list; remove one.")
    ballots, said = read_papers(reader, content["ballots"] or [], case.place, {}, content.get("closes_at"))
    present = (
        {reader.text(f"$.present[{at}]", name) for at, name in enumerate(content.get("present", []))}
        if isinstance(content.get("present"), list)
        else set()
    )
    known = {name: at for at, name in enumerate(names)}
    for path, owner, _choice in ballots:
        if owner not in known:
            reader.wrong(path, "not_on_roll", "这个人不在名单上，请核对。", "This person is not on the list; check the name.")
    reader.done()
    roll = Roll(tuple(names), (1,) * len(names), known)
    cast = collect(roll, ((owner, choice) for _path, owner, choice in ballots))
    result = sums_form.of_people(reader, profile, content, roll, cast, present, case.policies["invalid_ballot"])
    return replace(result, counted=(*result.counted, *said))


def _units(reader: Reader, given: Any) -> Iterator[Unit]:
    for number, row in enumerate(reader.listing("$.units", given)):
        path = f"$.units[{number}]"
        if (item := reader.mapping(path, row)) is None:
            continue
        reader.only(path, item, _UNIT_KEYS, strict=False)
        state = item.get("state")
        co_owners = item.get("co_owners") or []
        yield Unit(
            id=reader.text(f"{path}.id", item.get("id")),
            area=reader.area(f"{path}.area", item.get("area")),
            owner=reader.text(f"{path}.owner", item.get("owner")),
            kind=reader.word(f"{path}.kind", item.get("kind") or "home", KINDS),  # type: ignore[arg-type]
            state=_STATE_WORDS[state]
            if (state is None or isinstance(state, str)) and state in _STATE_WORDS
            else reader.word(f"{path}.state", state, STATES),
            co_owners=tuple(
                reader.text(f"{path}.co_owners[{at}]", name) for at, name in enumerate(reader.listing(f"{path}.co_owners", co_owners))
            ),
        )


def _delivered(reader: Reader, given: Any, roll: Roll) -> list[str]:
    found = []
    for number, item in enumerate(reader.listing("$.delivered", given)):
        path = f"$.delivered[{number}]"
        if isinstance(item, Mapping):
            reader.only(path, item, {"owner", "how", "at", "by", "evidence", "signed"}, strict=False)
            path, item = f"{path}.owner", item.get("owner")
        owner = reader.text(path, item)
        if owner and roll.find(owner) is None and owner not in roll.left_out:
            reader.wrong(path, "not_on_roll", "这名业主不在名册上，请核对编号。", "This owner is not on the roll; check the id.")
        found.append(owner)
    return found


def _day(reader: Reader, given: Any) -> date | None:
    return None if given is None else reader.calling("$.date", lambda: parse_date(given))


__all__ = ["Case", "CaseError", "count"]

"""A case read from JSON is counted as the worked examples say, and what cannot be read says where and how to mend it."""

import copy
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from linli.insight.choice import answers, reading
from linli.insight.choice.reading import CaseError
from linli.law.voting import RuleRefused

VECTORS = {row["id"]: row for row in yaml.safe_load((Path(__file__).parent / "vectors.yaml").read_text(encoding="utf-8"))["test_vectors"]}
Case = dict[str, Any]


def answer(case: Case) -> dict[str, Any]:
    """Through JSON text, as the command reads it."""
    return answers.answer_to(reading.parse(json.dumps(case)))


def vector(code: str, **changes: Any) -> Case:
    return {"profile": VECTORS[code]["profile"], **copy.deepcopy(VECTORS[code]["input"]), **changes}


def problems(case: Any) -> list[tuple[str, str]]:
    with pytest.raises(CaseError) as caught:
        answers.answer_to(reading.parse(case if isinstance(case, str) else json.dumps(case)))
    assert all(problem.text_zh and problem.text_en for problem in caught.value.problems)
    return [(problem.path, problem.code) for problem in caught.value.problems]


UNITS = [{"id": f"U{n}", "area": "100.00", "owner": name} for n, name in enumerate("ABCDEF")]


def owners(ballots: Any, profile: str = "owners.civil_code.ordinary", **more: Any) -> Case:
    return {"profile": profile, "jurisdiction": "CN", "units": copy.deepcopy(UNITS), "ballots": ballots, **more}


# --- the worked examples -------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["TV-A", "TV-B1", "TV-B2", "TV-B3", "TV-C", "TV-F", "TV-G"])
def test_worked_examples_in_sums(code: str) -> None:
    expected, found = VECTORS[code]["expected"], answer(vector(code))

    assert (found["quorum"], found["passed"]) == (expected["quorum"], expected["passed"])
    assert {name: found["shares"][name] for name in expected.get("shares", {})} == expected.get("shares", {})
    if "reason" in expected:
        assert found["reasons"] == [expected["reason"]]
    if "display_take_part_area" in expected:
        assert found["display"]["take_part_area"] == expected["display_take_part_area"]
    if expected["passed"]:
        assert found["reasons"] == []


def test_a_worked_example_can_be_given_whole() -> None:
    assert answer(VECTORS["TV-A"])["passed"] is True


def test_abstentions_are_not_dropped_from_the_denominator() -> None:
    assert Fraction(answer(vector("TV-F"))["shares"]["agree_area"]) != Fraction(VECTORS["TV-F"]["expected"]["wrong_if_abstain_dropped"])


@pytest.mark.parametrize(
    ("expected", "more"),
    [
        ("national", {}),
        ("national", {"policies": {"parking": "count_area_if_registered"}}),
        ("national", {"jurisdiction": "CN-37"}),
        ("parking_excluded_ningbo", {"jurisdiction": "CN-33-NB"}),
        ("parking_excluded_ningbo", {"policies": {"parking": "exclude_area"}}),
    ],
)
@pytest.mark.parametrize("matter", ["ordinary", "major"])
def test_the_roll_with_joint_owners_developer_and_parking(expected: str, more: Case, matter: str) -> None:
    wanted = VECTORS["TV-D"]["expected"][expected]

    found = answer(vector("TV-D", **more) | {"profile": f"owners.civil_code.{matter}"})

    assert found["total"] == {"area": wanted["total_area"], "owners": wanted["total_owners"]}
    assert found["participating"] == {"area": wanted["part_area"], "owners": wanted["part_owners"]}
    assert found["agree"] == {"area": wanted["agree_area"], "owners": wanted["agree_owners"]}
    assert (found["quorum"], found["passed"]) == (wanted["quorum"], wanted[f"passed_{matter}"])


@pytest.mark.parametrize("policy", ["strict", "delivered_participates", "follow_majority"])
def test_no_reply_under_every_policy_with_the_strict_result_beside(policy: str) -> None:
    expected = VECTORS["TV-E"]["expected"]

    found = answer(vector("TV-E", policies={"silent": policy}))

    wanted = expected[policy]
    assert found["participating"]["owners"] == wanted["part_owners"]
    assert (found["quorum"], found["passed"]) == (wanted["quorum"], wanted["passed"])
    assert found["agree"]["owners"] == wanted.get("agree_owners", 417)
    if "share_agree" in wanted:
        assert found["shares"]["agree_owners"] == found["shares"]["agree_area"] == wanted["share_agree"]
    if policy == "strict":
        assert found["shares"]["take_part_owners"] == wanted["share"]
        assert "strict" not in found
    else:
        assert found["requires"] == expected["follow_majority"]["requires"]
        assert found["strict"]["shares"]["take_part_owners"] == expected["strict"]["share"]
        assert found["strict"]["passed"] is False
        assert found["strict"]["reasons"] == ["participation_below_two_thirds"]


def test_alternatives_are_answered_one_by_one() -> None:
    found = answer(vector("TV-H"))

    assert found["quorum"] is True
    assert found["passed"] == VECTORS["TV-H"]["expected"]["passed"]
    assert [item["shares"]["agree_members"] for item in found["cases"]] == ["1/2", "11/20"]


@pytest.mark.parametrize(("profile", "passed"), VECTORS["TV-I"]["expected"].items())
def test_half_of_a_committee_is_enough_for_the_guide_rules_only(profile: str, passed: bool) -> None:
    assert answer(vector("TV-I") | {"profile": profile})["passed"] is passed


def test_a_notice_period_is_counted_too() -> None:
    expected = VECTORS["TV-J"]["expected"]

    assert {**answer(VECTORS["TV-J"]), "rules": None} == {**expected, "rules": None}


# --- how owners and papers count -----------------------------------------------------------------


def test_the_result_says_by_how_much_each_threshold_is_missed() -> None:
    found = answer(owners([{"owner": "A", "choice": "agree"}, {"owner": "B", "choice": "against"}]))

    assert found["still_needed"] == {"take_part": {"area": "200.00", "owners": 2}, "agree": {"area": "0.01", "owners": 1}}
    assert found["reasons"] == ["participation_below_two_thirds", "consent_not_above_half"]


def test_papers_of_one_owner_that_disagree_hold_each_other() -> None:
    found = answer(owners([{"owner": "A", "choice": "agree"}, {"owner": "A", "choice": "against"}, {"owner": "B", "choice": "agree"}]))

    assert found["participating"] == {"area": "100.00", "owners": 1}
    assert "co_owners_conflict_not_participating" in [item["code"] for item in found["explain"]]
    assert "OWN-012" in found["rules"]


def test_held_papers_are_not_silent_papers() -> None:
    ballots = [{"owner": "A", "choice": "agree"}, {"owner": "A", "choice": "against"}, {"owner": "B", "choice": "agree"}]

    found = answer(owners(ballots, policies={"silent": "follow_majority"}, delivered=["A", "B", "C"]))

    assert found["participating"]["owners"] == 2


def test_the_same_paper_twice_counts_once() -> None:
    found = answer(owners([{"owner": "A", "choice": "agree", "channel": "paper"}, {"owner": "A", "choice": "agree", "channel": "online"}]))

    assert found["agree"] == {"area": "100.00", "owners": 1}


def test_a_joint_owner_votes_for_the_unit() -> None:
    units = [{"id": "1", "area": 100, "owner": "B", "co_owners": ["B1", "B2"]}, {"id": "2", "area": 50.5, "owner": "C"}]

    assert answer({**owners([{"owner": "B1", "choice": "agree"}]), "units": units})["agree"] == {"area": "100.00", "owners": 1}
    torn = answer({**owners([{"owner": "B1", "choice": "agree"}, {"owner": "B2", "choice": "against"}]), "units": units})
    assert torn["participating"]["owners"] == 0


def test_undelivered_homes_are_the_developers_though_they_name_their_buyers() -> None:
    units = [
        {"id": "1", "area": "100", "owner": "DEV", "state": "unsold"},
        {"id": "2", "area": "100", "owner": "K", "state": "sold_not_delivered"},
        {"id": "3", "area": "100", "owner": "A"},
    ]

    found = answer({**owners([{"owner": "DEV", "choice": "agree"}]), "units": units})

    assert found["total"] == {"area": "300.00", "owners": 2}
    assert found["agree"] == {"area": "200.00", "owners": 1}


def test_several_developers_must_be_named() -> None:
    units = [
        {"id": "1", "area": "1", "owner": "K", "state": "sold_not_delivered"},
        {"id": "2", "area": "1", "owner": "L", "state": "sold_not_delivered"},
    ]
    case = {**owners([]), "units": units}

    assert problems(case) == [("$.units[0].owner", "developer_unknown")]
    assert answer({**case, "developer": "DEV"})["total"]["owners"] == 1


@pytest.mark.parametrize(("policy", "taking_part"), [("not_participating", 1), ("participates_not_consent", 2)])
def test_invalid_papers_count_as_the_rules_of_procedure_say(policy: str, taking_part: int) -> None:
    ballots = [{"owner": "A", "choice": "agree"}, {"owner": "B", "choice": "invalid"}]

    assert answer(owners(ballots, policies={"invalid_ballot": policy}))["participating"]["owners"] == taking_part


def test_silent_owners_follow_only_a_majority_of_area_and_of_owners() -> None:
    units = [{"id": "1", "area": "900", "owner": "A"}, *({"id": name, "area": "10", "owner": name} for name in "BCD")]
    ballots = {"A": "agree", "B": "against", "C": "against"}

    found = answer({**owners(ballots), "units": units, "delivered": ["D"], "policies": {"silent": "follow_majority"}})

    assert found["participating"]["owners"] == 4
    assert found["agree"]["owners"] == 1
    assert "silent_no_majority" in [item["code"] for item in found["explain"]]


def test_silent_owners_follow_a_majority_against() -> None:
    found = answer(owners({"A": "against", "B": "against", "C": "agree"}, policies={"silent": "follow_majority"}, delivered=["D", "E"]))

    assert (found["participating"]["owners"], found["agree"]["owners"], found["against"]["owners"]) == (5, 1, 4)


def test_only_those_reached_are_counted_as_silent() -> None:
    found = answer(owners({"A": "agree"}, policies={"silent": "delivered_participates"}, delivered=["A", {"owner": "B", "how": "door"}]))

    assert found["participating"]["owners"] == 2


def test_a_silent_policy_without_its_basis_falls_back_to_strict() -> None:
    conditions = {"adopted_clause": True, "delivery_evidence": True, "warning_on_ballot": False}

    found = answer(owners({"A": "agree"}, policies={"silent": "follow_majority"}, delivered=["B"], conditions=conditions))

    assert found["policies"]["silent"] == "strict"
    assert found["missing_conditions"] == ["warning_on_ballot"]
    assert found["participating"]["owners"] == 1


def test_an_older_zhejiang_text_is_a_warning_only() -> None:
    case = owners({"A": "agree"}, policies={"silent": "follow_majority"}, delivered=list("BCDEF"), jurisdiction="CN-33-HZ")

    found = answer(case)

    assert found["agree"]["owners"] == 6
    assert "silent_older_floor_not_met" in [item["code"] for item in found["explain"]]


def test_late_papers_do_not_count() -> None:
    ballots = [
        {"owner": "A", "choice": "agree", "late": True},
        {"owner": "B", "choice": "agree", "at": "2026-03-01T18:00:00+08:00"},
        {"owner": "C", "choice": "agree", "at": "2026-03-01T17:59:59+08:00"},
    ]

    found = answer(owners(ballots, closes_at="2026-03-01T18:00:00+08:00"))

    assert found["agree"]["owners"] == 1


@pytest.mark.parametrize(("place", "counted"), [("CN", 4), ("CN-37-WF", 0)])
def test_a_proxy_holds_no_more_principals_than_the_place_allows(place: str, counted: int) -> None:
    ballots = [{"owner": name, "choice": "agree", "proxy": "P"} for name in "ABCD"]

    assert answer(owners(ballots, jurisdiction=place))["agree"]["owners"] == counted


def test_a_proxy_without_mandate_instructions_or_standing_does_not_count() -> None:
    ballots = [
        {"owner": "A", "choice": "agree", "proxy": {"holder": "P", "mandate": False}},
        {"owner": "B", "choice": "agree", "proxy": {"holder": "P", "instructions": False}},
        {"owner": "C", "choice": "agree", "proxy": {"holder": "Q", "property_staff": True}},
    ]

    assert answer(owners(ballots, jurisdiction="CN-SH"))["agree"]["owners"] == 1
    assert answer(owners(ballots, jurisdiction="CN-33-ZS"))["agree"]["owners"] == 1
    assert answer(owners(ballots))["agree"]["owners"] == 2


def test_a_paper_of_a_parking_owner_left_off_the_roll_is_no_mistake() -> None:
    case = vector("TV-D", policies={"parking": "exclude_area"})
    case["ballots"]["X"] = "against"

    found = answer(case)

    assert found["participating"]["owners"] == 6
    assert "off_roll_not_counted" in [item["code"] for item in found["explain"]]


def test_objections_pass_unless_they_are_too_many() -> None:
    four = dict.fromkeys("ABCD", "against")
    ok = answer(owners({"A": "against", "B": "against"}, "owners.henan_fund_objection", jurisdiction="CN-41"))
    too_many = answer(owners(four, "owners.henan_fund_objection", jurisdiction="CN-41"))

    assert (ok["passed"], ok["shares"]["object_owners"]) == (True, "1/3")
    assert (too_many["passed"], too_many["reasons"]) == (False, ["objection_above_one_third"])
    assert too_many["still_needed"]["too_many"] == {"area": "200.00", "owners": 2}


def test_the_rule_before_2021_measures_consent_against_all() -> None:
    found = answer(owners(dict.fromkeys("ABC", "agree") | {"D": "against"}, "owners.before_2021.ordinary"))

    assert (found["quorum"], found["passed"], found["shares"]["agree_owners"]) == (True, False, "1/2")


def test_people_on_a_list_vote_by_head() -> None:
    case = {"profile": "committee.guide_rules", "members": ["a", "b", "c", "d"], "ballots": {"a": "agree", "b": "agree", "c": "against"}}

    assert answer(case)["passed"] is True
    assert answer({**case, "profile": "committee.beijing_shanghai"})["reasons"] == ["consent_not_above_half"]


def test_those_present_take_part_though_they_do_not_vote() -> None:
    case = {
        "profile": "villagers_representatives",
        "members": list("abcdef"),
        "present": list("abcd"),
        "ballots": {"a": "agree", "b": "agree"},
    }

    found = answer(case)

    assert (found["quorum"], found["passed"]) == (True, False)
    assert found["shares"] == {"take_part_members": "2/3", "agree_members": "1/2"}


@pytest.mark.parametrize(
    ("case", "quorum", "passed"),
    [
        ({"profile": "villagers_meeting.persons", "villagers_18": 100, "present": 51, "agree": 26}, True, True),
        ({"profile": "villagers_meeting.persons", "villagers_18": 100, "present": 50, "agree": 50}, False, False),
        ({"profile": "villagers_meeting.households", "households": 90, "present": 60, "agree": 31}, True, True),
        (
            {
                "profile": "villagers_meeting.households",
                "total": {"households": 90},
                "participating": {"households": 60, "persons": 70},
                "agree": {"persons": 35},
            },
            True,
            False,
        ),
        ({"profile": "villagers_group", "persons_or_households": 30, "present": 20, "agree": 11}, True, True),
        ({"profile": "village_election.first_round", "registered": 200, "votes_cast": 101, "votes": 51}, True, True),
        ({"profile": "village_election.first_round", "registered": 200, "votes_cast": 100, "votes": 51}, False, False),
        ({"profile": "village_election.next_round", "votes_cast": 90, "votes": 30, "runner_up": 29}, True, True),
        ({"profile": "village_election.next_round", "votes_cast": 90, "votes": 30, "others": [30, 30]}, True, False),
        ({"profile": "village_election.next_round", "votes_cast": 90, "votes": 29, "runner_up": 0}, True, False),
        ({"profile": "village_recall", "registered": 10, "votes_cast": 6, "agree": 4}, True, True),
        ({"profile": "residents_meeting.until_2025", "entitled": 10, "present": 6, "agree": 4, "date": "2025-12-31"}, True, True),
    ],
)
def test_meetings_and_elections_in_sums(case: Case, quorum: bool, passed: bool) -> None:
    found = answer(case)

    assert (found["quorum"], found["passed"]) == (quorum, passed)


# --- what is refused -----------------------------------------------------------------------------


def test_an_unverified_quorum_is_refused_until_it_is_entered() -> None:
    case = {"profile": "residents_meeting.from_2026", "entitled": 100, "present": 60, "agree": 40}

    with pytest.raises(RuleRefused) as caught:
        answer(case)
    refused = answers.refusal(caught.value)
    assert (refused["passed"], refused["reasons"], refused["rules"]) == (None, ["thresholds_unverified"], ["RES-003"])
    assert refused["refused"]["zh"].endswith("录入比例和出处。")
    half = {"entitled": [">", "1/2"]}
    entered = answer({**case, "thresholds": {"take_part": half, "agree": half, "source": "居民委员会组织法（2025年修订）"}})
    assert (entered["quorum"], entered["passed"]) == (True, True)


def test_a_rule_of_ones_own_names_its_source() -> None:
    thresholds = {"take_part": {"members": [">=", "2/3"]}, "agree": {"base": "all", "members": [">=", "1/2"]}, "source": "党员大会议事规则"}
    case = {"profile": "custom", "thresholds": thresholds, "members": 30, "present": 20, "agree": 15}

    assert answer(case)["passed"] is True
    assert problems({**case, "thresholds": {**thresholds, "source": ""}}) == [("$.thresholds.source", "source_missing")]


def test_thresholds_of_law_cannot_be_changed() -> None:
    half = {"owners": [">", "1/2"]}

    assert problems(vector("TV-A", thresholds={"take_part": half, "agree": half, "source": "x"})) == [
        ("$.thresholds", "thresholds_are_law")
    ]


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (vector("TV-A", date="2020-06-01"), "profile_not_in_force"),
        (owners({}, "owners.henan_fund_objection", jurisdiction="CN-BJ"), "profile_of_other_place"),
    ],
)
def test_a_rule_of_another_time_or_place_is_refused(case: Case, code: str) -> None:
    with pytest.raises(RuleRefused) as caught:
        answer(case)
    assert caught.value.code == code


BAD_UNIT = {"id": "U0", "area": "100", "owner": "A"}


@pytest.mark.parametrize(
    ("case", "found"),
    [
        ("{", [("$", "not_json")]),
        ("[]", [("$", "not_an_object")]),
        ('{"profile": "x", "profile": "y"}', [("$..profile", "key_twice")]),
        ('{"profile": "committee.guide_rules", "members": NaN}', [("$", "not_a_number")]),
        ("[" * 100_000, [("$", "too_deep")]),
        ({}, [("$.profile", "not_text")]),
        ({"profile": "owners"}, [("$.profile", "refused")]),
        (owners({}, jurisdiction="Mars"), [("$.jurisdiction", "refused")]),
        (owners({}, policies={"silent": "yes"}), [("$.policies.silent", "unknown_word")]),
        (owners({}, policies={"quiet": "strict"}), [("$.policies.quiet", "unknown_key")]),
        (owners({}, date="soon"), [("$.date", "date")]),
        (owners({}, ballot=[]), [("$.ballot", "unknown_key")]),
        (owners("A"), [("$.ballots", "not_a_list")]),
        (owners([{"owner": "Z", "choice": "agree"}]), [("$.ballots[0].owner", "not_on_roll")]),
        (owners([{"owner": "A", "choice": "yes"}]), [("$.ballots[0].choice", "unknown_word")]),
        (owners([{"owner": "A"}, {"choice": "agree"}]), [("$.ballots[0].choice", "unknown_word"), ("$.ballots[1].owner", "not_text")]),
        (owners([{"unit": "U99", "choice": "agree"}]), [("$.ballots[0].unit", "unknown_unit")]),
        (owners({}, delivered=["Z"]), [("$.delivered[0]", "not_on_roll")]),
        ({**owners({}), "units": []}, [("$.units", "roll_empty")]),
        ({**owners({}), "units": [{**BAD_UNIT, "area": "-1"}]}, [("$.units[0].area", "area")]),
        ({**owners({}), "units": [{**BAD_UNIT, "area": "0"}]}, [("$.units[0].area", "area_not_positive")]),
        ({**owners({}), "units": [{**BAD_UNIT, "area": "1.005"}]}, [("$.units[0].area", "area")]),
        ({**owners({}), "units": [{**BAD_UNIT, "area": None}]}, [("$.units[0].area", "area")]),
        ({**owners({}), "units": [{**BAD_UNIT, "kind": "boat"}]}, [("$.units[0].kind", "unknown_word")]),
        ({**owners({}), "units": [{**BAD_UNIT, "state": "lost"}]}, [("$.units[0].state", "unknown_word")]),
        ({**owners({}), "units": [{**BAD_UNIT, "owners": "A"}]}, [("$.units[0].owners", "unknown_key")]),
        ({**owners({}), "units": [BAD_UNIT, BAD_UNIT]}, [("$.units[1].id", "unit_twice")]),
        ({**owners({}), "profile": "committee.guide_rules"}, [("$.units", "no_units_here")]),
        ({"profile": "owners.civil_code.ordinary", "ballots": {}}, [("$", "no_roll")]),
        (vector("TV-A", participating={"area": "10000.01", "owners": 70}), [("$.participating.area", "more_than_all")]),
        (vector("TV-A", agree={"area": "1", "owners": 71}), [("$.agree.owners", "more_than_participating")]),
        (vector("TV-A", agree={"area": "1"}), [("$.agree.owners", "missing")]),
        (vector("TV-A", agree=36), [("$.agree.area", "missing")]),
        ({"profile": "committee.guide_rules", "members": 4.5, "present": 3, "agree": 2}, [("$.members", "not_a_count")]),
        (
            {"profile": "committee.guide_rules", "members": 4, "agree": 2},
            [("$.participating.members", "missing")],
        ),
        ({"profile": "village_election.next_round", "votes_cast": 9, "votes": 5}, [("$.runner_up", "missing")]),
    ],
)
def test_a_mistake_is_named_with_its_place(case: Any, found: list[tuple[str, str]]) -> None:
    assert problems(case) == found


def test_a_long_roll_is_mended_in_one_go() -> None:
    units = [{"id": str(n), "area": "?", "owner": "A"} for n in range(50)]

    assert problems({**owners({}), "units": units}) == [(f"$.units[{n}].area", "area") for n in range(reading.MOST_PROBLEMS)]


def test_the_words_of_a_mistake_do_not_repeat_what_was_entered() -> None:
    with pytest.raises(CaseError) as caught:
        answer(owners([{"owner": "Zhang San 13800000000", "choice": "agree"}]))
    assert "1380000" not in str(caught.value) + caught.value.text_zh

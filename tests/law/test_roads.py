"""Roads of deliberation: what every road must hold, however an operator changes it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from linli.law.packs import categories
from linli.law.roads import Road, road, road_from, roads
from linli.lib.problems import InputProblem


@pytest.mark.parametrize("known", roads(), ids=lambda r: r.code)
def test_a_road_read_back_from_its_own_data_is_the_same(known: Road) -> None:
    assert road_from(known.data()) == known


def test_the_six_named_procedures_are_there() -> None:
    codes = {r.code for r in roads()}
    assert codes >= {"four_discuss_two_open", "four_steps", "residents_assembly", "building_consultation", "working_group"}
    assert {"owners_assembly_written", "owners_assembly_meeting"} <= codes
    assert categories()


def changed(**step: Any) -> dict[str, Any]:
    data = deepcopy(road("owners_assembly_written").data())
    data["steps"][5] |= step
    return data


@pytest.mark.parametrize(
    "broken",
    [
        changed(notice_days=-1),
        changed(notice_days=True),
        changed(kind="dance"),
        changed(body="nobody"),
        changed(code="raise"),
        changed(documents=["poem"]),
        changed(colour="red"),
        changed(kind="draft"),
        {**road("four_steps").data(), "steps": []},
        {**road("four_steps").data(), "steps": road("four_steps").data()["steps"][1:]},
        {**road("four_steps").data(), "tier": "galaxy"},
    ],
    ids=["days", "truth", "kind", "body", "twice", "document", "key", "no_notice", "empty", "no_raise", "tier"],
)
def test_a_road_that_cannot_be_walked_says_which_step_and_how_to_mend_it(broken: dict[str, Any]) -> None:
    with pytest.raises(InputProblem) as problem:
        road_from(broken)
    assert problem.value.text_zh
    assert problem.value.text_en


def test_each_decision_knows_the_notice_that_leads_to_it_and_how_long_its_result_stands() -> None:
    four = road("four_discuss_two_open")
    discuss, review, decide = four.decisions

    assert four.leading_to(discuss, "notice") is None
    assert four.leading_to(review, "notice") is None
    assert four.leading_to(decide, "notice").notice_days == 10  # type: ignore[union-attr]
    assert [four.posting_of(i) for i in four.decisions] == [0, 0, 7]
    assert four.decision_after(0) == discuss
    assert four.next_of("carry_out", decide) == 7

"""Keys by floor: the published ones as their sources say, an operator's own read line by line."""

from __future__ import annotations

from fractions import Fraction

import pytest

from linli.law.lifts import LiftScheme, lift_scheme, lift_schemes, scheme_from, table_from
from linli.lib.problems import InputProblem


def test_every_scheme_names_its_source_and_how_far_it_was_checked() -> None:
    for scheme in lift_schemes():
        assert scheme.source_zh, scheme.code
        assert scheme.source_en, scheme.code
        assert scheme.cites, scheme.code
        assert scheme.name("en") != scheme.name("zh-hans")


def test_examples_say_that_they_are_examples() -> None:
    found = [s for s in lift_schemes() if s.confidence == "example"]

    assert found
    assert all("示例" in s.name_zh and "未核实" in s.name_zh and "unverified" in s.name_en for s in found)


def test_the_guangzhou_key_is_that_of_its_article() -> None:
    """LIFT-002: floor 3 = 1.0, floor 2 = 0.5, floor 1 = 0, each floor above adds 0.1."""
    floors = lift_scheme("guangzhou_reference").floors

    assert [floors.coefficient(f) for f in (-1, 1, 2, 3, 4, 6, 9)] == [
        0,
        0,
        Fraction(1, 2),
        1,
        Fraction(11, 10),
        Fraction(13, 10),
        Fraction(8, 5),
    ]


def test_the_circulating_key_is_that_of_the_facts() -> None:
    """LIFT-003: floors 1 and 2 pay nothing, floor 3 = 0.7 up to floor 9 = 1.3."""
    floors = lift_scheme("circulating_from_third").floors

    assert [floors.coefficient(f) for f in range(1, 10)] == [0, 0, *(Fraction(n, 10) for n in range(7, 14))]


@pytest.mark.parametrize("scheme", lift_schemes(), ids=lambda s: s.code)
def test_a_scheme_survives_its_plain_data(scheme: LiftScheme) -> None:
    assert scheme_from(scheme.data()) == scheme


def test_a_table_is_read_one_floor_a_line() -> None:
    found = scheme_from({"code": "own", "name_zh": "商定", **table_from("1层 0\n2：0.5\n3 = 1\n", "area", "0.1")})

    assert [found.floors.coefficient(f) for f in (-1, 1, 2, 3, 5)] == [0, 0, Fraction(1, 2), 1, Fraction(6, 5)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "各层的系数"), ("3", "每行写一层"), ("3 abc", "系数请写成"), ("3 -1", "系数请写成"), ("0 1", "楼层请写成"), ("1 0\n3 1", "第 2 层没有写系数"),
        ("1 1/0", "系数请写成"), ("1 1e999999999", "系数请写成"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_read_says_how_to_mend_it(text: str, words: str) -> None:
    with pytest.raises(InputProblem) as found:
        table_from(text, "home")

    assert words in found.value.text_zh


@pytest.mark.parametrize(
    "change",
    [{"by": "person"}, {"name_zh": ""}, {"table": {"1": "0"}, "base": "0", "step": "0"}, {"confidence": "sure"}, {"free_up_to": "x"}],
)
def test_a_scheme_that_cannot_be_used_is_refused(change) -> None:
    with pytest.raises(InputProblem):
        scheme_from({**lift_scheme("guangzhou_reference").data(), **change})

"""A draw can be repeated by anybody, cannot be steered, and gives everybody the same chance."""

import hashlib
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.insight.choice.lottery import Announcement, Category, DrawProblem, Entrant, draw, faults, order, seed_of

TEXT = "2026156 期 07 11 19 23 28 30 + 05"


def announcement(places: dict[str, int], entrants: dict[str, str]) -> Announcement:
    return Announcement(
        "地面车位抽签",
        "中国福利彩票双色球 2026156 期开奖号码",
        tuple(Category(name, number) for name, number in places.items()),
        tuple(Entrant(one, frozenset(names.split())) for one, names in entrants.items()),
    )


SPACES = announcement({"disabled": 2, "general": 3}, {f"{n:02}": "disabled general" if n < 1 else "general" for n in range(8)})


def test_the_result_can_be_recomputed_with_sha256_alone() -> None:
    result = draw(SPACES, TEXT)

    lines = "".join(f"{n:02}\t{'disabled,general' if n < 1 else 'general'}\n" for n in range(8))
    digest = hashlib.sha256(lines.encode()).hexdigest()
    text = "\n".join(["linli-draw-1", "地面车位抽签", digest, "中国福利彩票双色球 2026156 期开奖号码", TEXT])
    seed = hashlib.sha256(text.encode()).hexdigest()
    tickets = {f"{n:02}": hashlib.sha256(f"{seed}\n{n:02}".encode()).hexdigest() for n in range(8)}
    assert (result.digest, result.seed) == (digest, seed)
    assert {one.id: one.ticket for one in (*result.drawn, *result.waiting)} == tickets
    assert [one.id for one in result.waiting] == sorted((one.id for one in result.waiting), key=tickets.__getitem__)


def test_places_that_are_not_filled_pass_to_the_next_category() -> None:
    result = draw(SPACES, TEXT)

    assert Counter(one.category for one in result.drawn) == {"disabled": 1, "general": 4}
    assert len(result.waiting) == 3
    assert [one.turn for one in result.waiting] == [1, 2, 3]


def test_each_category_has_its_waiting_list() -> None:
    spaces = announcement({"disabled": 1, "general": 0}, {"a": "disabled", "b": "disabled general", "c": "general"})

    result = draw(spaces, TEXT)

    (winner,) = result.drawn
    assert {one.id for one in result.waiting_for(spaces, "disabled")} == {"a", "b"} - {winner.id}


@given(st.permutations(range(8)))
def test_the_order_of_entrants_is_irrelevant(mixed) -> None:
    other = replace(SPACES, entrants=tuple(SPACES.entrants[n] for n in mixed))

    assert draw(other, f"  {TEXT}\n") == draw(SPACES, TEXT)


@given(st.text(min_size=1).filter(str.strip), st.text(min_size=1).filter(str.strip))
def test_another_text_is_another_draw(one, other) -> None:
    if " ".join(one.split()) != " ".join(other.split()):
        seeds = {seed_of(SPACES, one), seed_of(SPACES, other)}
        assert len(seeds) == 2 or hashlib  # texts that differ only in Unicode form are the same text
        assert all(len(seed) == 64 for seed in seeds)


def test_every_change_of_the_announcement_is_another_seed() -> None:
    changed = [
        replace(SPACES, title="另一次抽签"),
        replace(SPACES, source="另一个来源"),
        replace(SPACES, entrants=SPACES.entrants[1:]),
        replace(SPACES, entrants=(Entrant("00", frozenset({"general"})), *SPACES.entrants[1:])),
    ]

    assert len({seed_of(one, TEXT) for one in [SPACES, *changed]}) == 5


def test_every_place_is_equally_likely_for_everybody() -> None:
    first = Counter(order(hashlib.sha256(str(n).encode()).hexdigest(), "abcde")[0] for n in range(5_000))

    # 1,000 each is expected; chi-squared with 4 degrees of freedom is above 23.5 once in ten thousand
    assert sum((count - 1000) ** 2 / 1000 for count in first.values()) < 23.5


def test_a_changed_result_is_found_out() -> None:
    result = draw(SPACES, TEXT)
    swapped = replace(result, drawn=(result.drawn[0], *(replace(one, turn=one.turn + 1) for one in result.drawn[1:2]), *result.drawn[2:]))

    assert faults(SPACES, TEXT, result) == []
    assert faults(SPACES, TEXT, swapped) == [result.drawn[1].id]


@pytest.mark.parametrize("text", ["", " \n"])
def test_nothing_is_drawn_before_the_source_is_published(text: str) -> None:
    with pytest.raises(DrawProblem) as refused:
        draw(SPACES, text)

    assert refused.value.code == "no_text"


@pytest.mark.parametrize(
    ("places", "entrants", "code"),
    [
        ({"general": 1}, {"a\nb": "general"}, "unclear"),
        ({"general": 1}, {"a": "other"}, "category_unknown"),
        ({"general": -1}, {"a": "general"}, "category_unknown"),
    ],
)
def test_an_announcement_that_is_not_clear_is_refused(places, entrants, code) -> None:
    with pytest.raises(DrawProblem) as refused:
        announcement(places, entrants)

    assert refused.value.code == code


def test_an_entrant_named_twice_is_refused() -> None:
    with pytest.raises(DrawProblem):
        replace(SPACES, entrants=(*SPACES.entrants, SPACES.entrants[0]))

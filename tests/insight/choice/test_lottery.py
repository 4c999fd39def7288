"""A draw can be repeated by anybody, cannot be steered, and gives everybody the same chance."""

import hashlib
import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.insight.choice import verify_draw
from linli.insight.choice.draw_bundle import SCRIPT, announced, build
from linli.insight.choice.lottery import Announcement, Category, DrawProblem, Entrant, draw, faults, order, seed_of, successor

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


# --- waiting lists carried over, places with names -----------------------------------------------------------------------------
def carrying(carried: dict[str, int], fresh: int = 5, lots: int = 3) -> Announcement:
    names = tuple(f"A{n}" for n in range(1, lots + 1))
    entrants = [Entrant(one, frozenset({"cars"}), place, "w" * 8) for one, place in carried.items()]
    entrants += [Entrant(f"n{n}", frozenset({"cars"})) for n in range(fresh)]
    return Announcement("车位", "双色球 2026160 期", (Category("cars", lots, True, names),), tuple(entrants))


@given(st.text(min_size=1).filter(str.strip), st.permutations([1, 2, 3, 4]))
def test_those_carried_over_come_first_in_their_order_whatever_the_numbers(text, places) -> None:
    carried = {f"c{n}": place for n, place in enumerate(places)}

    result = draw(carrying(carried), text)

    order_of = sorted(carried, key=carried.__getitem__)
    assert [one.id for one in result.drawn] == order_of[:3]
    assert [one.lot for one in result.drawn] == ["A1", "A2", "A3"]
    assert result.waiting[0].id == order_of[3]


def test_two_with_the_same_earlier_place_are_refused() -> None:
    with pytest.raises(DrawProblem) as refused:
        carrying({"a": 1, "b": 1})

    assert refused.value.code == "carried_twice"


@pytest.mark.parametrize("lots", [("A1",), ("A1", "A1"), ("A,1", "A2"), ("", "A2")])
def test_lots_have_names_of_their_own(lots) -> None:
    with pytest.raises(DrawProblem) as refused:
        Announcement("车位", "来源", (Category("cars", 2, True, lots),), ())

    assert refused.value.code == "lots_unclear"


def test_places_that_do_not_pass_on_stay_empty() -> None:
    kept = replace(SPACES, categories=(replace(SPACES.categories[0], passes_on=False), SPACES.categories[1]))

    assert Counter(one.category for one in draw(kept, TEXT).drawn) == {"disabled": 1, "general": 3}


def test_the_commitment_covers_categories_and_lots() -> None:
    plain, mine = carrying({}), carrying({}, lots=4)
    renamed = replace(plain, categories=(replace(plain.categories[0], lots=("A3", "A2", "A1")),))
    closed = replace(plain, categories=(replace(plain.categories[0], passes_on=False),))

    assert len({one.commitment() for one in (plain, mine, renamed, closed, replace(plain, source="别的"))}) == 5


CATEGORIES = (Category("disabled", 1, True), Category("first", 2, False), Category("second", 1))


@pytest.mark.parametrize(
    ("waiting", "freed", "own", "found"),
    [
        ([("a", "second"), ("b", "first")], "first", "", ("b", "first")),
        ([("a", "first"), ("b", "disabled")], "first", "disabled", ("b", "disabled")),
        ([("a", "first")], "disabled", "", ("a", "first")),
        ([("a", "second")], "disabled", "", None),
        ([("a", "second")], "second", "", ("a", "second")),
        ([], "first", "", None),
    ],
)
def test_a_place_given_back_goes_down_the_categories_like_one_not_filled(waiting, freed, own, found) -> None:
    line = [(one, frozenset(names.split())) for one, names in waiting]

    assert successor(CATEGORIES, line, freed, own=own) == found


def test_over_many_seeds_every_entrant_gets_every_place_equally_often() -> None:
    counts: Counter[tuple[str, str]] = Counter()
    spaces = carrying({}, fresh=6, lots=3)
    for n in range(3_000):
        counts.update((one.id, one.lot) for one in draw(spaces, f"{n} 期").drawn)

    # 500 each of 18 is expected; within each place 5 degrees of freedom, together 15: chi-squared is above 44.3 once in ten thousand
    assert len(counts) == 18
    assert sum((count - 500) ** 2 / 500 for count in counts.values()) < 44.3


# --- the published file --------------------------------------------------------------------------------------------------------
def published() -> dict:
    return build(carrying({"c1": 1}), TEXT, about={"place": "桂花苑"}, names={"cars": "第一辆车"})


def test_an_honest_file_is_held_again_with_the_same_result() -> None:
    bundle = published()

    assert verify_draw.verify(bundle) == []
    assert announced(bundle).commitment() == bundle["commitment"]
    assert verify_draw.verify(json.loads(json.dumps(bundle, ensure_ascii=False))) == []


def swap(bundle: dict) -> None:
    bundle["drawn"][1]["lot"], bundle["drawn"][2]["lot"] = bundle["drawn"][2]["lot"], bundle["drawn"][1]["lot"]


TAMPERED = {
    "an entrant removed": lambda b: b["entrants"].pop(),
    "an entrant added": lambda b: b["entrants"].append({"id": "zz", "categories": ["cars"], "carried": 0, "who": ""}),
    "a household behind a number exchanged": lambda b: b["entrants"][0].update(who="x" * 8),
    "another text": lambda b: b.update(text="2026156 期 01 02 03"),
    "another source": lambda b: b.update(source="双色球 2026161 期"),
    "one lot more": lambda b: b["categories"][0].update(lots=["A1", "A2", "A3", "A4"], places=4),
    "two lots exchanged": swap,
    "somebody earlier on the waiting list": lambda b: b["waiting"][0].update(turn=2),
    "a winner left out": lambda b: b["drawn"].pop(),
    "another seed": lambda b: b.update(seed="0" * 64),
    "a part missing": lambda b: b.pop("categories"),
    "another format": lambda b: b.update(format="x"),
    "nonsense": lambda b: b.update(entrants=7),
}


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED.keys())
def test_a_tampered_file_is_found_out(change) -> None:
    bundle = published()
    change(bundle)
    bundle["fingerprint"] = verify_draw.fingerprint_of(bundle)

    assert verify_draw.verify(bundle)


def test_a_draw_held_anew_with_another_list_has_another_commitment() -> None:
    forged = build(carrying({"c1": 1}, fresh=4), TEXT, about={}, names={})

    assert verify_draw.verify(forged) == []
    assert forged["commitment"] != published()["commitment"]


def test_the_script_is_one_file_without_dependencies(tmp_path) -> None:
    (tmp_path / "draw.json").write_text(json.dumps(published(), ensure_ascii=False), encoding="utf-8")
    (tmp_path / "verify_draw.py").write_bytes(SCRIPT.read_bytes())
    run = partial(subprocess.run, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    good = run([sys.executable, "-I", "verify_draw.py", "draw.json"])
    other = run([sys.executable, "-I", "verify_draw.py", "draw.json", "--commitment", "0" * 64])

    assert (good.returncode, good.stderr) == (0, "")
    assert (other.returncode, other.stderr) == (1, "")

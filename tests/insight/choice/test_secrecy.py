"""Subset sums, small groups, unanimity: what the sums of a secret ballot would show is found before anything is published."""

import random
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.insight.choice.secrecy import CERTAIN, LEAST_OWNERS, hiding_bits, who_is_shown, why_not_publish_sums, why_not_secret

TYPES = [6520, 8937, 11205, 13377, 14890]


def compound(homes: int, seed: int = 1) -> list[int]:
    """A compound of five kinds of homes."""
    chance = random.Random(seed)
    return [chance.choice(TYPES) for _home in range(homes)]


def villas(homes: int, seed: int = 1) -> list[int]:
    """Homes of which hardly two are alike."""
    chance = random.Random(seed)
    return [chance.randint(5_000, 25_000) for _home in range(homes)]


def codes(areas: list[int], **more: str) -> list[str]:
    return [reason.code for reason in why_not_secret(areas, **more)]


def attacked(areas: list[int], agreeing: list[int]) -> set[int]:
    """The neighbour's attack in full: every choice of homes with that number and sum. Areas whose owners' choice all or most of them share."""
    yes = len(agreeing)
    small = yes if 2 * yes <= len(areas) else len(areas) - yes
    wanted = sum(agreeing) if small == yes and 2 * yes <= len(areas) else sum(areas) - sum(agreeing)
    fits = [chosen for chosen in combinations(range(len(areas)), small) if sum(areas[at] for at in chosen) == wanted]
    found = set()
    for at, area in enumerate(areas):
        chance = Fraction(sum(at in chosen for chosen in fits), len(fits))
        if chance == 0 or chance >= CERTAIN:
            found.add(area)
    return found


@given(st.lists(st.sampled_from([3, 5, 7, 8, 20]), min_size=2, max_size=11), st.data())
def test_no_sum_is_published_that_the_subset_sum_attack_reads(areas: list[int], data: st.DataObject) -> None:
    agreeing = [area for area in areas if data.draw(st.booleans())]
    if len(agreeing) in (0, len(areas)):
        return
    shown = who_is_shown(areas, agreeing)

    assert not attacked(areas, agreeing) or shown > 0


@given(st.lists(st.integers(50, 99), min_size=2, max_size=11, unique=True), st.data())
def test_where_no_two_homes_are_alike_exactly_what_the_attack_reads_is_withheld(areas: list[int], data: st.DataObject) -> None:
    agreeing = [area for area in areas if data.draw(st.booleans())]
    if len(agreeing) in (0, len(areas)):
        return

    assert bool(who_is_shown(areas, agreeing)) == bool(attacked(areas, agreeing))


def test_one_dissenter_in_a_thousand_different_homes_is_not_shown_by_the_sum() -> None:
    areas = villas(300)

    assert why_not_publish_sums(areas, areas[1:]) is not None


def test_one_dissenter_among_homes_alike_still_shows_all_other_kinds() -> None:
    areas = compound(300)

    assert who_is_shown(areas, areas[1:]) > 0


@pytest.mark.parametrize("homes", [compound(1000), villas(1000)], ids=["five kinds", "all different"])
def test_an_ordinary_split_in_a_compound_of_a_thousand_can_be_published(homes: list[int]) -> None:
    agreeing = random.Random(2).sample(homes, 620)

    assert why_not_publish_sums(homes, agreeing) is None


def test_a_kind_of_home_that_voted_as_one_is_not_shown_when_other_mixtures_have_the_same_sum() -> None:
    areas = [10] * 30 + [20] * 30 + [30] * 2

    assert who_is_shown(areas, [10] * 15 + [20] * 15) == 0


def test_a_penthouse_is_shown_where_only_one_mixture_has_the_sum() -> None:
    areas = [*([8937] * 60), *([11205] * 60), 30177]

    assert who_is_shown(areas, [8937] * 30 + [11205] * 30 + [30177]) == 1


@pytest.mark.parametrize("agreeing", [[], compound(60)], ids=["nobody", "everybody"])
def test_unanimity_is_shown_by_the_numbers_and_the_sums_add_nothing(agreeing: list[int]) -> None:
    assert why_not_publish_sums(compound(60), agreeing) is None


def test_a_yes_of_somebody_who_did_not_take_part_is_refused() -> None:
    with pytest.raises(ValueError, match="did not take part"):
        who_is_shown([10, 20], [30])


def test_a_group_too_small_is_asked_for_a_named_ballot() -> None:
    assert codes([10_000] * (LEAST_OWNERS - 1)) == ["secret_too_few"]
    assert codes([10_000] * LEAST_OWNERS) == []


def test_a_developer_with_much_unsold_area_cannot_vote_in_secret() -> None:
    assert codes([*compound(300), 900_000]) == ["secret_outlier_area", "secret_rare_area"]


def test_a_penthouse_among_few_kinds_cannot_vote_in_secret() -> None:
    assert "secret_rare_area" in codes([*([8937] * 60), *([11205] * 60), 20177])


@pytest.mark.parametrize("homes", [compound(1000), villas(1000), compound(200)], ids=["five kinds", "all different", "two hundred"])
def test_an_ordinary_compound_can_vote_in_secret(homes: list[int]) -> None:
    assert codes(homes) == []


def test_some_counting_policies_cannot_be_kept_secret() -> None:
    assert codes(compound(100), silent="follow_majority") == ["secret_follow_majority_needs_named"]
    assert codes(compound(100), invalid_ballot="not_participating") == ["secret_invalid_needs_participating"]


@given(st.lists(st.integers(1, 6), min_size=2, max_size=9), st.data())
def test_hiding_counts_mixtures_not_homes(areas: list[int], data: st.DataObject) -> None:
    small = data.draw(st.integers(1, len(areas) - 1))
    small = min(small, len(areas) - small)
    mixtures = {tuple(sorted(chosen)) for chosen in combinations(areas, small)}
    ordered = sorted(areas)
    sums = sum(ordered[len(areas) - small :]) - sum(ordered[:small]) + 1

    assert hiding_bits(areas, small) == len(mixtures).bit_length() - sums.bit_length()

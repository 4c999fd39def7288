"""Properties of the count: order is irrelevant, a yes never hurts, rolls add up, nobody counts twice, shares are exact."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.insight.choice.tally import ABSTAIN, AGAINST, AGREE, INVALID, Cast, NotOnRoll, Result, collect, sums, tally, words
from linli.insight.choice.units import Roll, Unit, make_roll, merge
from linli.law import voting

PROFILES = [voting.profile(code) for code in ("owners.civil_code.ordinary", "owners.civil_code.major", "owners.before_2021.major")]
NAMES = st.integers(0, 14).map("o{}".format)
CHOICE = st.sampled_from([AGREE, AGAINST, ABSTAIN, INVALID])
AREAS = st.integers(1, 30_000)


@st.composite
def rolls(draw: st.DrawFn, prefix: str = "") -> Roll:
    areas = draw(st.lists(AREAS, min_size=1, max_size=25))
    return make_roll([Unit(f"{prefix}{at}", area, prefix + draw(NAMES)) for at, area in enumerate(areas)])


@st.composite
def votes(draw: st.DrawFn) -> tuple[Roll, list[tuple[str, int]]]:
    roll = draw(rolls())
    return roll, draw(st.lists(st.tuples(st.sampled_from(roll.owners), CHOICE), max_size=40))


def counted(roll: Roll, ballots: list[tuple[str, int]], **more: object) -> Result:
    return tally(PROFILES[0], roll, collect(roll, ballots), **more)


@given(votes(), st.randoms(), st.sampled_from(["strict", "delivered_participates", "follow_majority"]))
def test_the_order_of_ballots_is_irrelevant(vote, random, silent) -> None:
    roll, ballots = vote
    shuffled = random.sample(ballots, len(ballots))

    assert counted(roll, shuffled, silent=silent, delivered=roll.owners) == counted(roll, ballots, silent=silent, delivered=roll.owners)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.id)
@given(roll=rolls(), data=st.data())
def test_removing_a_yes_never_helps(profile, roll, data) -> None:
    choices = data.draw(st.fixed_dictionaries({owner: st.sampled_from([None, AGREE, AGAINST, ABSTAIN]) for owner in roll.owners}))
    ballots = [(owner, choice) for owner, choice in choices.items() if choice is not None]
    yes = [owner for owner, choice in choices.items() if choice == AGREE]
    before = tally(profile, roll, collect(roll, ballots))
    for owner in yes:
        after = tally(profile, roll, collect(roll, [ballot for ballot in ballots if ballot[0] != owner]))
        assert before.verdict.passed or not after.verdict.passed
        assert before.verdict.quorum or not after.verdict.quorum


@given(rolls("a"), rolls("b"), st.data())
def test_merging_rolls_adds_up(first, second, data) -> None:
    both = merge(first, second)
    parts = [[(owner, data.draw(CHOICE)) for owner in roll.owners if data.draw(st.booleans())] for roll in (first, second)]

    whole = counted(both, parts[0] + parts[1]).counts
    one, two = (counted(roll, part).counts for roll, part in zip((first, second), parts, strict=True))

    for name in ("total", "participating", "agree", "against", "abstain"):
        left, right, sum_of = getattr(one, name), getattr(two, name), getattr(whole, name)
        assert {key: left[key] + right[key] for key in left} == sum_of


@given(rolls(), rolls())
def test_an_owner_on_two_rolls_is_one_person(first, second) -> None:
    both = merge(first, second)

    assert both.area == first.area + second.area
    assert set(both.owners) == set(first.owners) | set(second.owners)
    assert len(both.owners) == len(set(both.owners))


@given(votes(), st.integers(1, 4))
def test_a_ballot_never_counts_twice_across_channels(vote, times) -> None:
    roll, ballots = vote

    assert counted(roll, ballots * times).counts == counted(roll, ballots).counts


@given(votes())
def test_owners_and_area_are_all_accounted_for(vote) -> None:
    roll, ballots = vote
    cast = collect(roll, ballots)
    heads, spaces = sums(roll.areas, cast.choices)

    assert sum(heads) == len(roll.owners)
    assert sum(spaces) == roll.area
    for code in range(6):
        mine = [area for area, choice in zip(roll.areas, cast.choices, strict=True) if choice == code]
        assert (heads[code], spaces[code]) == (len(mine), sum(mine))


@given(votes())
def test_shares_are_exact(vote) -> None:
    roll, ballots = vote
    result = counted(roll, ballots)

    for kind, part, whole in (
        ("take_part", result.counts.participating, result.counts.total),
        ("agree", result.counts.agree, result.counts.participating),
    ):
        for dimension, test in result.verdict.of(kind).items():
            expected = Fraction(part[dimension], whole[dimension]) if whole[dimension] else None
            assert test.share == expected
            assert isinstance(test.share, Fraction | None)


@given(votes(), st.sampled_from(["delivered_participates", "follow_majority"]))
def test_the_strict_result_stands_beside_every_other(vote, silent) -> None:
    roll, ballots = vote
    result = counted(roll, ballots, silent=silent, delivered=roll.owners[::2])

    assert result.strict == counted(roll, ballots)
    assert all(result.counts.participating[name] >= result.strict.counts.participating[name] for name in ("area", "owners"))
    assert result.counts.participating["owners"] <= len(roll.owners)


@given(
    st.lists(
        st.tuples(AREAS, NAMES, st.sampled_from(["home", "registered_parking"]), st.sampled_from(["", "unsold"])), min_size=1, max_size=25
    )
)
def test_the_roll_counts_every_area_once_and_the_developer_as_one(rows) -> None:
    units = [Unit(str(at), area, "DEV" if state else owner, kind, state) for at, (area, owner, kind, state) in enumerate(rows)]
    roll = make_roll(units)
    homes = make_roll(units, parking="exclude_area") if any(unit.kind == "home" for unit in units) else None

    assert roll.area == sum(unit.area for unit in units)
    assert set(roll.owners) == {unit.owner for unit in units}
    if homes is not None:
        assert homes.area == sum(unit.area for unit in units if unit.kind == "home")
        assert homes.left_out == set(roll.owners) - set(homes.owners)


@given(votes())
def test_everything_is_said_in_both_languages(vote) -> None:
    roll, ballots = vote
    result = counted(roll, ballots)

    assert len(words(result, "zh-hans")) == len(words(result, "en")) >= 4
    assert all("{" not in sentence for language in ("zh", "en") for sentence in words(result, language))


def test_a_ballot_of_a_stranger_names_its_place() -> None:
    roll = make_roll([Unit("1", 100, "A")])

    with pytest.raises(NotOnRoll) as caught:
        collect(roll, [("A", AGREE), ("Z", AGREE)])
    assert caught.value.ballot == 1


def test_a_joint_owner_of_two_homes_is_ambiguous_and_stands_for_neither() -> None:
    roll = make_roll([Unit("1", 100, "A", co_owners=("C",)), Unit("2", 100, "B", co_owners=("C",))])

    assert roll.find("C") is None


def test_nobody_voting_passes_nothing() -> None:
    roll = make_roll([Unit("1", 100, "A")])
    result = tally(PROFILES[0], roll, Cast(bytes(1)))

    assert not result.verdict.quorum
    assert not result.verdict.passed
    assert result.verdict.of("agree")["area"].share is None

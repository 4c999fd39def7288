"""Who gets the seats: votes, quotas, equals; the count and the published script say the same, and a tampered election is found out."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.insight.choice import bundle as bundles
from linli.insight.choice import verify_bundle as plain
from linli.insight.choice.bundle import NamedVote, Row, SecretVote
from linli.insight.choice.ranked import elect
from linli.insight.choice.seals import new_opening
from linli.insight.choice.seats import Allotted, Standing, allot
from linli.law import voting


def people(*rows: tuple[int, int] | tuple[int, int, str]) -> list[Standing]:
    return [Standing(row[0], row[1], True, frozenset(row[2].split()) if len(row) > 2 else frozenset()) for row in rows]


@pytest.mark.parametrize(
    ("standings", "elected", "alternates", "tied", "tied_by"),
    [
        (people((1, 30), (2, 20), (3, 10)), (1, 2), (3,), (), ()),
        (people((1, 30), (2, 20), (3, 20), (4, 5)), (1,), (), (2, 3), ()),
        (people((1, 30), (2, 20), (3, 10), (4, 10)), (1, 2), (), (), (3, 4)),
        ([Standing(1, 30)], (1,), (), (), ()),
        ([Standing(1, 30, passed=False), Standing(2, 20), Standing(3, 0)], (2,), (), (), ()),
    ],
)
def test_seats_go_to_the_most_votes_and_equals_at_the_edge_get_none(
    standings: list[Standing], elected: tuple[int, ...], alternates: tuple[int, ...], tied: tuple[int, ...], tied_by: tuple[int, ...]
) -> None:
    result = allot(standings, seats=2, alternates=1, quotas={})

    assert result == Allotted(elected, alternates, tied, tied_by)


@pytest.mark.parametrize(
    ("standings", "seats", "quotas", "wanted"),
    [
        pytest.param(
            people((1, 50, "party"), (2, 40), (3, 30), (4, 20, "women"), (5, 10, "women")), 3, {"women": 1, "party": 1},
            {"elected": (1, 2, 4), "by_quota": ((4, "women"),), "displaced": (3,), "alternates": (3,)},
            id="the last whom no quota needs makes room",
        ),
        pytest.param(
            people((1, 50), (2, 40)), 1, {"women": 1}, {"elected": (1,), "short_of": ("women",), "by_quota": ()}, id="one that cannot be met is named"
        ),
        pytest.param(
            people((1, 30), (2, 20, "women"), (3, 20)), 2, {"women": 1}, {"elected": (1, 2), "tied": (), "by_quota": ((2, "women"),)},
            id="a quota decides between equals when one is of its group",
        ),
        pytest.param(
            people((1, 30), (2, 20), (3, 5, "women"), (4, 5, "women")), 2, {"women": 1}, {"elected": (1,), "tied": (3, 4), "by_quota": ()},
            id="equals of the group are voted on again",
        ),
        pytest.param(
            people((1, 30), (2, 20), (3, 20), (4, 5, "women")), 3, {"women": 1}, {"elected": (1, 4), "tied": (2, 3), "by_quota": ((4, "women"),)},
            id="equals who would make room are voted on again",
        ),
        pytest.param(
            people((1, 10, "a"), (2, 5, "a b")), 1, {"a": 1, "b": 1}, {"elected": (2,), "by_quota": ((2, "a"),), "displaced": (1,)},
            id="one of two groups stands for both",
        ),
    ],
)  # fmt: skip
def test_a_quota_moves_no_more_than_it_must(standings: list[Standing], seats: int, quotas: dict[str, int], wanted: dict[str, Any]) -> None:
    result = allot(standings, seats=seats, alternates=1, quotas=quotas)

    assert {name: getattr(result, name) for name in wanted} == wanted


GROUPS = st.sets(st.sampled_from(["women", "here"])).map(frozenset)
STANDINGS = st.lists(st.tuples(st.integers(0, 12), st.booleans(), GROUPS), min_size=1, max_size=10).map(
    lambda rows: [Standing(n, votes, passed or n % 3 == 0, groups) for n, (votes, passed, groups) in enumerate(rows, 1)]
)
QUOTAS = st.dictionaries(st.sampled_from(["women", "here"]), st.integers(1, 4), max_size=2)


@given(STANDINGS, st.integers(1, 6), st.integers(0, 4), QUOTAS, st.randoms())
def test_quotas_seat_nobody_ineligible_and_leave_no_seat_empty(
    standings: list[Standing], seats: int, alternates: int, quotas: dict[str, int], chance: random.Random
) -> None:
    quotas = {group: min(least, seats) for group, least in quotas.items()}
    mixed = list(standings)
    chance.shuffle(mixed)

    result = allot(standings, seats=seats, alternates=alternates, quotas=quotas)
    without = allot(standings, seats=seats, alternates=alternates, quotas={})

    assert allot(mixed, seats=seats, alternates=alternates, quotas=quotas) == result, "the order of candidates is irrelevant"
    able = {s.number: s for s in standings if s.passed and s.votes}
    assert {*result.elected, *result.alternates, *result.tied, *result.tied_by} <= able.keys()
    assert len(result.alternates) <= alternates
    assert not set(result.elected) & {*result.alternates, *result.tied}
    contested = min(seats, len(able)) - len(result.elected)
    assert contested >= 0
    assert (contested > 0) == bool(result.tied), "a seat stays empty between equals alone"
    assert len(result.tied) > contested or not result.tied
    if not quotas:
        assert (result.by_quota, result.displaced, result.short_of) == ((), (), ())
        told = elect({f"{n:02}": s.votes for n, s in able.items()}, ballots=99, seats=seats, quota=Fraction(0))
        assert tuple(f"{n:02}" for n in result.elected) == told.elected, "without quotas it is the plain outcome"
    assert {n for n, _quota in result.by_quota} == set(result.elected) - set(without.elected)
    assert set(result.displaced) == set(without.elected) - {*result.elected, *result.tied}
    for group, least in quotas.items():
        seated = sum(group in able[n].groups for n in (*result.elected, *result.tied))
        assert group in result.short_of or seated >= least
    if len(quotas) == 1 and result.short_of:
        (group,) = quotas
        assert all(n in (*result.elected, *result.tied) for n, s in able.items() if group in s.groups), "all there are have a seat"


@given(STANDINGS, st.integers(1, 5), st.integers(0, 3), QUOTAS)
def test_the_published_script_seats_the_same_people(standings: list[Standing], seats: int, alternates: int, quotas: dict[str, int]) -> None:
    result = allot(standings, seats=seats, alternates=alternates, quotas=quotas)
    told = plain.seats_of(
        {
            "options": [f"n{s.number}" for s in standings], "seats": seats, "alternates": alternates,
            "quotas": [{"code": group, "least": least} for group, least in quotas.items()],
            "groups": {f"n{s.number}": sorted(s.groups) for s in standings},
        },
        {f"n{s.number}": s.votes for s in standings},
        [f"n{s.number}" for s in standings if s.passed],
    )  # fmt: skip

    assert told == {
        "elected": [f"n{n}" for n in result.elected], "alternates": [f"n{n}" for n in result.alternates], "tied": [f"n{n}" for n in result.tied],
        "by_quota": [f"n{n}" for n, _quota in result.by_quota], "short_of": list(result.short_of), "vacant": seats - len(result.elected),
    }  # fmt: skip


@given(STANDINGS, st.integers(1, 6))
def test_more_votes_never_cost_a_seat(standings: list[Standing], seats: int) -> None:
    result = allot(standings, seats=seats, alternates=0, quotas={})
    if result.elected:
        winner = result.elected[-1]
        more = [Standing(s.number, s.votes + 1, s.passed, s.groups) if s.number == winner else s for s in standings]
        assert winner in allot(more, seats=seats, alternates=0, quotas={}).elected


# --- in the bundle ------------------------------------------------------------------------------------------------------------
CODES = ["n1", "n2", "n3", "n4"]
ELECTION = {
    "id": "ballot-9", "title": "业委会换届", "kind": "election", "counts": "area", "options": CODES, "option": "n1", "seats": 2, "alternates": 1,
    "quotas": [{"code": "q1", "name": "女委员", "least": 1, "source": "议事规则第八条"}], "groups": {"n4": ["q1"]},
}  # fmt: skip
Bundle = dict[str, Any]


def chosen(owner: int) -> list[str]:
    """Everybody is for n1; of every ten eight are for n2, seven for n3, six for n4."""
    return ["n1", *(code for code, most in (("n2", 8), ("n3", 7), ("n4", 6)) if owner % 10 < most)]


def election(*, secret: bool, about: Mapping[str, Any] = ELECTION) -> Bundle:
    chance = random.Random(3)
    rows = [Row(n, chance.choice([6520, 8937]), f"1-{n}", f"{chance.getrandbits(256):064x}") for n in range(1, 31)]
    policies = {"silent": "strict", "invalid_ballot": "participates_not_consent"}
    rule = bundles.rule_snapshot(voting.profile("owners.civil_code.ordinary"), policies)
    if not secret:
        votes = [NamedVote(r.owner, "agree", "paper", f"{chance.getrandbits(64):064x}", said={"approve": chosen(r.owner)}) for r in rows]
        return bundles.named_bundle(about, rule, rows, votes)
    sealed = [
        SecretVote(f"{chance.getrandbits(256):064x}", "agree", new_opening(r.area, chance.getrandbits), {"approve": chosen(r.owner)})
        for r in rows
    ]
    owners = [r.owner for r in rows]
    return bundles.secret_bundle(
        about, rule, rows, owners, sealed, carried=CODES, bits=chance.getrandbits, withhold={"code": "-", "zh": "-", "en": "-"}
    )


def where(bundle: Bundle) -> list[str]:
    return [place for place, _zh, _en in plain.verify({**bundle, "fingerprint": plain.fingerprint_of(bundle)}, quick=True)]


@pytest.mark.parametrize("secret", [False, True])
def test_an_elections_seats_are_recomputed_with_the_quota_of_its_rule(secret: bool) -> None:
    bundle = election(secret=secret)

    assert where(bundle) == []
    assert bundle["result"]["carried"] == CODES
    assert bundle["result"]["seats"] == {
        "elected": ["n1", "n4"], "alternates": ["n2"], "tied": [], "by_quota": ["n4"], "short_of": [], "vacant": 0,
    }  # fmt: skip
    assert plain.elected_words(bundle) == [("n1 当选", "n1 elected"), ("n4 按名额要求当选", "n4 elected by a quota")]


def _seat(name: str, value: Sequence[str]) -> Callable[[Bundle], Any]:
    return lambda b: b["result"]["seats"].update({name: list(value)})


@pytest.mark.parametrize("secret", [False, True])
@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        pytest.param(_seat("elected", ["n1", "n2"]), "result.seats.elected", id="somebody else is seated"),
        pytest.param(_seat("by_quota", []), "result.seats.by_quota", id="the quota is hushed up"),
        pytest.param(lambda b: b["ballot"].update(quotas=[]), "result.seats.elected", id="the quota is taken out"),
        pytest.param(lambda b: b["ballot"]["groups"].update(n3=["q1"]), "result.seats.elected", id="another is of the group"),
        pytest.param(lambda b: b["ballot"].update(seats=3), "result.seats.elected", id="a seat more"),
    ],
)
def test_a_tampered_election_is_refused_although_everything_was_rebuilt(secret: bool, tamper: Callable[[Bundle], Any], found: str) -> None:
    bundle = copy.deepcopy(election(secret=secret))
    tamper(bundle)

    assert found in where(bundle)


def test_nobody_passes_the_law_whom_the_votes_do_not_carry() -> None:
    """n4 has 18 of 30 owners; told to have failed, a named bundle is refused; told to have passed with 9 votes, a secret one is."""
    bundle = copy.deepcopy(election(secret=False))
    bundle["result"]["carried"].remove("n4")
    assert "result.carried" in where(bundle)

    few = copy.deepcopy(election(secret=True))
    for vote in [v for v in few["votes"] if "n4" in v["said"]["approve"]][:9]:
        vote["said"]["approve"].remove("n4")
        vote["leaf"] = plain.leaf_of(vote).hex()
    few["tree"]["root"] = plain.root_of([plain.leaf_of(v) for v in few["votes"]])
    few["result"]["heads"]["n4"] -= 9
    assert where(few) == ["result.carried"]


def test_the_witnesses_recompute_by_area_whom_the_votes_carry() -> None:
    chance = random.Random(3)
    rows = [Row(n, chance.choice([6520, 8937]), f"1-{n}", f"{chance.getrandbits(256):064x}") for n in range(1, 31)]
    made = [
        SecretVote(f"{chance.getrandbits(256):064x}", "agree", new_opening(r.area, chance.getrandbits), {"approve": chosen(r.owner)})
        for r in rows
    ]
    rule = bundles.rule_snapshot(
        voting.profile("owners.civil_code.ordinary"), {"silent": "strict", "invalid_ballot": "participates_not_consent"}
    )
    kept = bundles.openings_file("ballot-9", sorted(made, key=lambda vote: vote.tag))

    for carried, wrong in ((CODES, []), (["n1", "n2", "n4"], ["result.carried"])):
        bundle = bundles.secret_bundle(
            ELECTION, rule, rows, [r.owner for r in rows], made, carried=carried, withhold={"code": "-", "zh": "-", "en": "-"}
        )
        assert [place for place, _zh, _en in plain.verify_openings(bundle, kept)] == wrong

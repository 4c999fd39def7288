"""Who gets the seats: votes, quotas, equals; and the law's data with its articles."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.law.elections import bodies, body
from linli.loops.council.elections.rules import ALLOWED, Standing, allot, is_due, missing_sources, months_later, why_not


def people(*rows: tuple[int, int] | tuple[int, int, str]) -> list[Standing]:
    return [Standing(row[0], row[1], True, frozenset(row[2].split()) if len(row) > 2 else frozenset()) for row in rows]


@pytest.mark.parametrize(
    ("standings", "elected", "alternates", "tied"),
    [
        (people((1, 30), (2, 20), (3, 10)), (1, 2), (3,), ()),
        (people((1, 30), (2, 20), (3, 20), (4, 5)), (1,), (), (2, 3)),
        (people((1, 30), (2, 20), (3, 10), (4, 10)), (1, 2), (), (3, 4)),
        (
            people(
                (1, 30),
            ),
            (1,),
            (),
            (),
        ),
        ([Standing(1, 30, passed=False), Standing(2, 20)], (2,), (), ()),
    ],
)
def test_seats_go_to_the_most_votes_and_equals_at_the_edge_get_none(standings, elected, alternates, tied) -> None:
    result = allot(standings, seats=2, alternates=1, quotas={})

    assert (result.elected, result.alternates, result.tied) == (elected, alternates, tied)


def test_a_quota_takes_the_seat_of_the_last_whom_no_quota_needs() -> None:
    standings = people((1, 50, "party"), (2, 40), (3, 30), (4, 20, "women"), (5, 10, "women"))

    result = allot(standings, seats=3, alternates=1, quotas={"women": 1, "party": 1})

    assert result.elected == (1, 2, 4)
    assert result.by_quota == (4,)
    assert result.alternates == (3,)


def test_a_quota_that_cannot_be_met_is_named() -> None:
    result = allot(people((1, 50), (2, 40)), seats=1, alternates=0, quotas={"women": 1})

    assert result.elected == (1,)
    assert result.short_of == ("women",)


STANDINGS = st.lists(st.tuples(st.integers(0, 40), st.booleans(), st.booleans()), min_size=1, max_size=12).map(
    lambda rows: [Standing(n, votes, passed, frozenset({"women"} if woman else ())) for n, (votes, passed, woman) in enumerate(rows, 1)]
)


@given(STANDINGS, st.integers(1, 6), st.integers(0, 4), st.integers(0, 3), st.randoms())
def test_the_order_of_candidates_is_irrelevant_and_seats_are_never_overfilled(standings, seats, alternates, least, chance) -> None:
    mixed = list(standings)
    chance.shuffle(mixed)
    quotas = {"women": min(least, seats)} if least else {}

    result = allot(standings, seats=seats, alternates=alternates, quotas=quotas)

    assert allot(mixed, seats=seats, alternates=alternates, quotas=quotas) == result
    assert len(result.elected) <= seats
    assert len(result.alternates) <= alternates
    assert not set(result.elected) & set(result.alternates)
    passed = {s.number for s in standings if s.passed}
    assert {*result.elected, *result.alternates} <= passed
    if quotas and not result.short_of:
        assert sum("women" in s.groups for s in standings if s.number in result.elected) >= quotas["women"]


@given(STANDINGS, st.integers(1, 6))
def test_more_votes_never_cost_a_seat(standings, seats) -> None:
    result = allot(standings, seats=seats, alternates=0, quotas={})
    if result.elected:
        winner = result.elected[-1]
        more = [Standing(s.number, s.votes + 1, s.passed, s.groups) if s.number == winner else s for s in standings]
        assert winner in allot(more, seats=seats, alternates=0, quotas={}).elected


def test_every_rule_names_its_article_or_is_not_verified() -> None:
    for found in bodies().values():
        for figure in (found.seats, found.term_months, found.posting_days, found.filing_days):
            assert figure["article"] or not figure["verified"]
        assert all(check.article or not check.verified for check in found.checks)
        assert found.handover


@pytest.mark.parametrize(("seats", "why"), [(5, ""), (3, ""), (4, "few"), (6, "even"), (13, "many"), (11, "")])
def test_the_owners_committee_is_odd_and_of_five_to_eleven(seats: int, why: str) -> None:
    assert body("owners_committee").why_not_seats(seats) == why


def test_rules_of_a_place_hold_in_its_parts_only() -> None:
    owners = body("owners_committee")
    checks = {c.code: c for c in owners.checks}

    assert owners.of_place(owners.posting_days, "CN-33-NB") == 10
    assert owners.of_place(owners.posting_days, "CN") == 7
    assert checks["fees_paid"].holds_in("CN-SH")
    assert not checks["fees_paid"].holds_in("CN-BJ")
    assert checks["owner"].holds_in("CN-37")


def test_what_is_not_verified_needs_a_source() -> None:
    owners = body("owners_committee")

    assert missing_sources({"seats": owners.seats, "filing": owners.filing_days}, {}) == ["seats"]
    assert missing_sources({"seats": owners.seats}, {"seats": "本市办法第十条"}) == []


def test_months_end_on_the_last_day_of_a_shorter_month() -> None:
    assert months_later(date(2026, 8, 31), 6) == date(2027, 2, 28)
    assert months_later(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert is_due(date(2031, 6, 10), date(2030, 12, 10), 6)
    assert not is_due(date(2031, 6, 10), date(2030, 12, 9), 6)


def test_each_refused_step_says_why() -> None:
    assert all(why_not(verb, "cancelled") for verb in ALLOWED)

"""The law's data with its articles, months, and which step is done from where. Who gets the seats: tests/insight/choice/test_seats.py."""

from __future__ import annotations

from datetime import date

import pytest

from linli.law import voting
from linli.law.elections import Limits, bodies, body
from linli.loops.council.elections.rules import ALLOWED, is_due, missing_sources, months_later, why_not


def test_every_rule_names_its_article_or_is_not_verified() -> None:
    for found in bodies().values():
        for figure in (found.seats, found.term_months, found.posting_days, found.filing_days):
            assert figure["article"] or not figure["verified"]
        assert all(check.article or not check.verified for check in found.checks)
        assert found.handover


@pytest.mark.parametrize(("seats", "why"), [(5, ""), (3, "few"), (4, "few"), (6, "even"), (13, "many"), (11, "")])
def test_the_owners_committee_is_odd_and_of_five_to_eleven(seats: int, why: str) -> None:
    assert body("owners_committee").limits(voting.place("CN")).why_not_seats(seats, small=True) == why


def test_three_seats_are_for_small_estates_where_the_place_says_so() -> None:
    beijing, shanghai = (body("owners_committee").limits(voting.place(code)) for code in ("CN-BJ", "CN-SH"))

    assert beijing.why_not_seats(3, small=True) == ""
    assert beijing.why_not_seats(3, small=False) == "not_small"
    assert beijing.is_small(households=99, area=9_000_000)
    assert not beijing.is_small(households=100, area=1)
    assert shanghai.is_small(households=500, area=1_000_000)
    assert not shanghai.is_small(households=5, area=1_000_001)


def test_rules_of_a_place_hold_in_its_parts_only() -> None:
    owners, leaders = body("owners_committee"), body("building_leaders")
    checks = {c.code: c for c in owners.checks}

    def limits(code: str) -> Limits:
        return owners.limits(voting.place(code))

    assert limits("CN-33-NB").posting_days == limits("CN-33-NB-XX").posting_days == 10
    assert limits("CN-33").posting_days == 7
    assert leaders.limits(voting.place("CN-33-NB")).posting_days == 3
    assert (limits("CN-BJ").remind_months, limits("CN-33-HZ").remind_months, limits("CN").remind_months) == (6, 3, 6)
    assert (limits("CN-SH").term_min, limits("CN").term_min, limits("CN").term_max) == (36, 0, 60)
    assert limits("CN").filing_days == 30
    assert limits("CN-33-NB").articles["posting_days"] == "《宁波市住宅小区物业管理条例》第31条"
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

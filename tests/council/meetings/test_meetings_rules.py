"""The pure rules of meetings, as tables and properties."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from linli.lib.masking import mask_name
from linli.loops.council.meetings import codes, rules
from linli.loops.council.meetings.rules import Ask, Count
from linli.loops.council.meetings.wording import line_words, seen_name
from tests.factories import NOW, at


def test_who_left_no_name_is_nobody_whose_name_is_masked() -> None:
    assert [seen_name("未留姓名", full=full) for full in (True, False)] == ["未留姓名", "未留姓名"]
    assert (seen_name("林素珍", full=True), seen_name("林素珍", full=False)) == ("林素珍", mask_name("林素珍"))
    with translation.override("en"):
        assert seen_name("未留姓名", full=False) == "No name given"
        assert line_words("adjourn", {"reason": "举手通过休会动议"}) == "Adjourned: A motion to adjourn was carried by hands"


@pytest.mark.parametrize(
    ("noticed", "days", "first"),
    [("2026-09-11", 15, "2026-09-27"), ("2026-06-10", 0, "2026-06-10"), ("2026-06-10", 1, "2026-06-12"), ("2026-02-20", 7, "2026-02-28")],
)
def test_the_day_of_notice_does_not_count_and_whole_days_pass(noticed: str, days: int, first: str) -> None:
    assert rules.first_lawful_day(date.fromisoformat(noticed), days) == date.fromisoformat(first)


def test_a_last_day_on_a_holiday_moves_on_as_the_worked_example_of_the_law_facts() -> None:
    def working(day: date) -> bool:  # 26 September 2026 is a Saturday, 27 a Sunday
        return day.weekday() < 5

    assert rules.first_lawful_day(date(2026, 9, 11), 15, working) == date(2026, 9, 29)


@pytest.mark.parametrize(
    ("entitled", "fraction", "strict", "needed"),
    [
        (30, "1/2", True, 16),
        (30, "1/2", False, 15),
        (31, "1/2", True, 16),
        (30, "2/3", False, 20),
        (31, "2/3", False, 21),
        (1, "1/2", True, 1),
    ],
)
def test_the_quorum_is_the_least_whole_number_that_satisfies_the_fraction(entitled: int, fraction: str, strict: bool, needed: int) -> None:
    found = rules.quorum(needed, entitled, Fraction(fraction), strict=strict)

    assert found.needed == needed
    assert found.reached is True
    assert rules.quorum(needed - 1, entitled, Fraction(fraction), strict=strict).reached is False


def test_nobody_entitled_means_that_no_quorum_is_kept() -> None:
    assert rules.quorum(3, None, Fraction(1, 2), strict=True).reached is None


@given(st.integers(1, 5000), st.integers(1, 50), st.integers(1, 50), st.booleans())
def test_one_less_than_needed_never_satisfies_the_fraction(entitled: int, over: int, under: int, strict: bool) -> None:
    fraction = Fraction(min(over, under), max(over, under))
    needed = rules.needed_of(entitled, fraction, strict=strict)

    assert Fraction(needed, entitled) > fraction if strict else Fraction(needed, entitled) >= fraction
    assert not (Fraction(needed - 1, entitled) > fraction if strict else Fraction(needed - 1, entitled) >= fraction)


@pytest.mark.parametrize(
    ("asks", "last", "order"),
    [
        ([Ask(1, 1, "pro"), Ask(2, 2, "pro"), Ask(3, 3, "contra")], "", [1, 3, 2]),
        ([Ask(1, 1, "pro"), Ask(2, 2, "contra")], "pro", [2, 1]),
        ([Ask(1, 1, "pro", spoken=1), Ask(2, 2, "pro")], "pro", [2, 1]),
        ([Ask(1, 1, "contra", spoken=1), Ask(2, 2, "pro")], "pro", [2, 1]),
        ([Ask(1, 1, "open"), Ask(2, 2, "pro"), Ask(3, 3, "pro")], "pro", [1, 2, 3]),
        ([], "pro", []),
    ],
)
def test_first_speakers_come_first_and_sides_take_turns(asks: list[Ask], last: str, order: list[int]) -> None:
    assert [a.number for a in rules.in_order(asks, last_side=last)] == order


@given(
    st.lists(st.tuples(st.sampled_from(["pro", "contra", "open"]), st.integers(0, 2)), max_size=12), st.sampled_from(["", "pro", "contra"])
)
def test_everybody_who_waits_is_called_once_and_never_before_somebody_who_spoke_less(rows: list[tuple[str, int]], last: str) -> None:
    asks = [Ask(n, n, side, spoken) for n, (side, spoken) in enumerate(rows)]
    ordered = rules.in_order(asks, last_side=last)

    assert sorted(a.number for a in ordered) == [a.number for a in asks]
    assert [a.spoken for a in ordered] == sorted(a.spoken for a in asks)


def test_what_is_left_of_a_speech_is_the_same_wherever_it_is_asked() -> None:
    later = NOW + timedelta(seconds=50)

    assert rules.remaining_ms(180_000, 30_000, NOW, later) == 100_000
    assert rules.remaining_ms(180_000, 80_000, None, later) == 100_000
    assert rules.remaining_ms(60_000, 30_000, NOW, later) == -20_000


def test_equal_hands_do_not_carry_a_motion() -> None:
    assert Count({"agree": 3, "against": 1}, {"agree": 0, "against": 2}).carried is False
    assert Count({"agree": 3, "against": 1}, {"agree": 1, "against": 2}).carried is True


def test_more_hands_than_people_are_counted_again() -> None:
    assert rules.why_not_counted(Count({"agree": 3}, {"agree": 2}), 5) is None
    assert "现场不要再数" in (rules.why_not_counted(Count({"agree": 3}, {"agree": 3}), 5) or "")


def test_a_code_of_the_room_is_good_for_its_minute_and_the_next() -> None:
    secret = codes.new_secret()
    code = codes.code_at(secret, NOW, rotating=True)

    assert codes.is_good(secret, code, NOW, rotating=True)
    assert codes.is_good(secret, code, NOW + timedelta(seconds=60), rotating=True)
    assert not codes.is_good(secret, code, NOW + timedelta(seconds=180), rotating=True)
    assert not codes.is_good(secret, "", NOW, rotating=True)
    assert codes.is_good(secret, codes.code_at(secret, NOW, rotating=False), NOW + timedelta(days=1), rotating=False)


def test_slots_are_evenings_of_working_days_and_the_whole_of_free_ones() -> None:
    found = rules.proposed_slots(date(2026, 6, 12), 2, lambda d: d.weekday() < 5)

    assert [(d.isoformat(), f"{a:%H:%M}") for d, a, _b in found] == [
        ("2026-06-12", "19:00"),
        ("2026-06-13", "09:30"),
        ("2026-06-13", "15:00"),
        ("2026-06-13", "19:00"),
    ]


def test_slots_are_ranked_by_those_not_yet_reached_then_by_all() -> None:
    counts = [rules.SlotCount(1, 9, 1, 5), rules.SlotCount(2, 4, 3, 3), rules.SlotCount(3, 5, 3, 4)]

    assert [c.slot for c in rules.best_first(counts)] == [3, 2, 1]


@pytest.mark.parametrize(
    ("line", "title", "minutes", "seconds"),
    [
        ("电梯大修", "电梯大修", None, None),
        ("电梯大修（20 分钟，每人 2 分钟）", "电梯大修", 20, 120),
        ("Lift (20 min, 90 s each)", "Lift", 20, 90),
        ("停车（每人90秒）", "停车", None, 90),
        ("停车 (约15分钟)", "停车", 15, None),
        ("电梯（三号楼）", "电梯（三号楼）", None, None),
        ("电梯（20 分钟，三号楼）", "电梯（20 分钟，三号楼）", None, None),
        ("停车（99999 分钟）", "停车（99999 分钟）", None, None),
        ("（20 分钟）", "", 20, None),
    ],
)
def test_a_line_of_the_agenda_may_say_how_long(line: str, title: str, minutes: int | None, seconds: int | None) -> None:
    assert rules.topic_times(line) == (title, minutes, seconds)


def test_times_proposed_are_those_that_suited_most_people_before() -> None:
    offered = [(1, "evening"), (1, "morning"), (2, "evening"), (2, "morning"), (3, "evening"), (3, "evening")]
    earlier = rules.suited(offered, [(1, "morning"), (2, "morning"), (3, "evening"), (9, "evening")])

    assert (earlier["morning"], earlier["evening"]) == (rules.Earlier(2, 2), rules.Earlier(1, 3))
    kinds = ["evening", "night", "morning", "evening", "morning"]
    assert rules.likeliest(kinds, earlier, 2) == [2, 4]
    assert rules.likeliest(kinds, earlier, 3) == [1, 2, 4], "of a kind nobody was asked about nothing is known, neither good nor bad"
    assert rules.likeliest(kinds, {}, 3) == []


def test_every_state_has_words_for_why_something_is_not_done_now() -> None:
    states = {"planned", "noticed", "open", "adjourned", "ended", "confirmed", "published", "cancelled"}

    for verb, allowed in rules.ALLOWED.items():
        assert allowed <= states
        for state in states:
            assert (rules.why_not(verb, state) is None) == (state in allowed)


def test_times_are_exact_to_the_millisecond() -> None:
    start: datetime = at("2026-06-30 19:00")

    assert rules.spent_ms(1, start, start + timedelta(milliseconds=1999, microseconds=999)) == 2000

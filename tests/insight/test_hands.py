"""Queues out of the past: hours, curves, arrivals, the queue against its theory, what another hand changes, looking back, bad input."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.insight.hands.arrivals import arrivals_of, kind_of
from linli.insight.hands.cases import OPEN, Case, curve_of, share_in_time
from linli.insight.hands.files import Columns, as_data, cases_of, hours_of, looked_back
from linli.insight.hands.hours import ALWAYS, DAY, Calendar, Hours, minute_of, observed
from linli.insight.hands.looking_back import looking_back
from linli.insight.hands.outlook import Asked, Office, Outlook, outlook
from linli.insight.hands.simulate import waits
from linli.lib.problems import InputProblem

MONDAY = date(2026, 6, 1)


def at(day: int, hour: int = 0, minute: int = 0) -> int:
    return minute_of(datetime(2026, 6, day, hour, minute, tzinfo=UTC))


START = at(1)
OFFICE_HOURS = Hours()


def office_past(days: int = 70, a_day: int = 8, hands: int = 2, work: float = 100.0, promise: int = DAY, seed: int = 3) -> list[Case]:
    """What an office with so many hands would have recorded: people come in its hours, and are served in turn."""
    random = Random(seed)
    calendar = Calendar(OFFICE_HOURS, MONDAY, date(2027, 6, 1))
    opened = sorted(
        START + n * DAY + 9 * 60 + random.randrange(470)
        for n in range(days)
        if n % 7 < 5
        for _c in range(sum(random.random() < a_day / 50 for _m in range(50)))
    )
    came = [calendar.worked(at) for at in opened]
    taken = waits(came, [random.expovariate(1 / work) for _n in came], [0] * len(came), hands)
    return [
        Case(at, round(calendar.later(at, took)), promise, "灯" if n % 3 else "井盖", "城管")
        for n, (at, took) in enumerate(zip(opened, taken, strict=True))
    ]


# --- hours ---------------------------------------------------------------------------------------------------------------------------
def test_work_is_counted_in_hours_alone_and_holidays_move_it() -> None:
    hours = Hours(closed=frozenset([date(2026, 6, 3)]), opened=frozenset([date(2026, 6, 6)]))
    calendar = Calendar(hours, MONDAY, date(2026, 6, 30))
    friday = at(5, 16, 30)

    assert calendar.worked(at(1, 12, 30)) == 180
    assert calendar.worked(at(4, 9)) == 2 * 420
    assert calendar.later(friday, 60) == at(6, 9, 30)
    assert calendar.later(friday, 0) == friday
    assert calendar.worked(START - 5) == 0
    with pytest.raises(ValueError, match="no working hours"):
        Calendar(Hours(week=((),) * 7), MONDAY, MONDAY)


@given(st.integers(0, 29 * DAY), st.integers(0, 3000))
def test_work_done_later_is_so_much_more_work(minute: int, work: int) -> None:
    calendar = Calendar(OFFICE_HOURS, MONDAY, date(2026, 12, 31))

    later = calendar.later(START + minute, work)

    assert calendar.worked(later) == pytest.approx(calendar.worked(START + minute) + work)
    assert not work or later >= START + minute


def test_hours_are_seen_from_when_things_were_finished() -> None:
    closings = [START + n * DAY + hour * 60 for n in range(28) if n % 7 < 5 for hour in (9, 10, 11, 14, 15)]

    seen = observed(closings)

    assert seen.week[0] == ((9 * 60, 16 * 60),)
    assert seen.week[5] == seen.week[6] == ()
    assert observed([]) == ALWAYS


# --- what the past says -----------------------------------------------------------------------------------------------------------------
def test_what_is_still_open_counts_until_now_and_not_as_finished() -> None:
    cases = [Case(0, 10), Case(0, 20), Case(0, None), Case(15, None)]

    curve = curve_of(cases, 30)

    # At 10 one of four; at 20 one of the two that are known so long (the fourth is only known for 15).
    assert (curve.after, curve.open_) == ((10, 20), (0.75, 0.375))
    assert curve.later_than(10) == 0.75
    assert curve.later_than(9) == 1
    assert curve.beyond(10, 0.1) == 20
    assert curve.beyond(30, 0.5) > 30
    assert curve_of([Case(0, None)], 9).beyond(0, 0.5) == OPEN


def test_a_promise_is_kept_late_or_cannot_be_told_yet() -> None:
    assert [Case(0, 5, 5).in_time(9), Case(0, 6, 5).in_time(9), Case(0, None, 5).in_time(9)] == [True, False, False]
    assert Case(0, None, 10).in_time(9) is None
    assert Case(0, 5).in_time(9) is None
    assert Case(0, 9, 10).known_at(5) == Case(0, None, 10)
    assert share_in_time([Case(0, 5, 5), Case(0, 9, 5), Case(0, None, 50)], 9) == (1, 2)


def test_days_like_the_past_come_with_a_seed_and_holidays_are_quiet() -> None:
    rest = {date(2026, 6, 3), date(2026, 6, 10)}
    cases = [c for c in office_past() if c.opened // DAY not in {(START // DAY) + 2, (START // DAY) + 9}]
    found = arrivals_of(cases, MONDAY, date(2026, 8, 9), rest=rest)

    assert kind_of(date(2026, 6, 3), rest) == 7
    assert kind_of(date(2026, 6, 6), (), [date(2026, 6, 6)]) == 0
    made = found.days(date(2026, 8, 10), 28, Random(1))
    assert made == found.days(date(2026, 8, 10), 28, Random(1))
    assert 100 < len(made) < 230
    assert all(9 <= at % DAY // 60 < 18 for at, _category in made)
    assert not [at for at, _c in made if (at // DAY + 3) % 7 > 4]
    assert {category for _at, category in made} == {"灯", "井盖"}


# --- the queue -----------------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("hands", "rate", "expected"), [(1, 0.5, 2.0), (2, 1.2, 1.5625)])
def test_waits_are_those_of_the_theory(hands: int, rate: float, expected: float) -> None:
    random = Random(7)
    now, came = 0.0, []
    for _n in range(20_000):
        now += random.expovariate(rate)
        came.append(now)

    found = waits(came, [random.expovariate(1) for _n in came], [0] * len(came), hands)

    # Mean time in M/M/c, A. Erlang 1917.
    assert sum(found) / len(found) == pytest.approx(expected, rel=0.07)


def test_the_urgent_are_taken_first_and_nobody_is_interrupted() -> None:
    assert waits([0, 1, 2], [10, 10, 10], [0, 1, 0], 1) == [10, 29, 18]
    assert waits([0, 1, 2], [10, 10, 10], [0, 1, 0], 3) == [10, 10, 10]
    assert waits([], [], [], 1) == []


# --- the answer -----------------------------------------------------------------------------------------------------------------------------
def test_another_hand_helps_where_people_wait_for_hands_and_fewer_harm() -> None:
    cases = office_past(hands=2, work=100, promise=6 * 60)
    cut = START + 70 * DAY
    office = Office(OFFICE_HOURS, hands=2, work=100)

    more = outlook(cases, cut, office, Asked(extra=1, runs=8))
    fewer = outlook(cases, cut, office, Asked(extra=-1, runs=8))

    assert more.why_none == ""
    assert more.gain.low > 0.02
    assert more.as_asked.mean > more.as_it_is.mean
    assert fewer.as_asked.mean < fewer.as_it_is.mean - 0.1
    assert more.as_it_is == fewer.as_it_is
    assert more.as_it_is.low <= more.as_it_is.mean <= more.as_it_is.high
    assert more.past[0] / more.past[1] == pytest.approx(more.as_it_is.mean, abs=0.08)
    assert 0.8 < more.load < 1.15
    assert outlook(list(reversed(cases)), cut, office, Asked(extra=1, runs=8)) == more


def test_a_shorter_promise_is_kept_less_often_and_a_longer_more_often() -> None:
    cases, office, cut = office_past(promise=6 * 60), Office(OFFICE_HOURS, 2, 100), START + 70 * DAY
    shares = [outlook(cases, cut, office, Asked(promise=hours * 60, runs=6)).as_asked.mean for hours in (1, 6, 24)]
    one = outlook(cases, cut, office, Asked(promise=60, category="井盖", runs=6)).by_category

    assert shares == sorted(shares)
    assert shares[0] < shares[1] - 0.1
    assert one["井盖"][1] < one["井盖"][0]
    assert one["灯"][1] == one["灯"][0]


@pytest.mark.parametrize(
    ("cases", "why"),
    [
        ([], "few_cases"),
        (office_past(days=5), "few_cases"),
        ([Case(START + n, START + n + 9, 60) for n in range(80)], "few_days"),
        ([Case(c.opened, c.closed) for c in office_past()], "no_promise"),
    ],
)
def test_too_little_past_says_so(cases: list[Case], why: str) -> None:
    assert outlook(cases, START + 70 * DAY, Office(OFFICE_HOURS)).why_none == why


def test_questions_without_sense_are_refused() -> None:
    cases, cut = office_past(), START + 70 * DAY
    assert outlook(cases, cut, Office(Hours(week=((),) * 7))).why_none == "no_hours"
    for asked, office in (
        (Asked(extra=-2), Office(OFFICE_HOURS, 2)),
        (Asked(promise=0), Office(OFFICE_HOURS)),
        (Asked(days=0), Office(OFFICE_HOURS)),
        (Asked(), Office(OFFICE_HOURS, 0)),
    ):
        with pytest.raises(ValueError, match="at least"):
            outlook(cases, cut, office, asked)


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 40 * DAY), st.one_of(st.none(), st.integers(0, 400 * DAY)), st.one_of(st.none(), st.integers(1, 9 * DAY))),
        min_size=60,
        max_size=90,
    ),
    st.integers(-1, 2),
)
def test_any_past_gives_shares_or_a_reason(rows: list[tuple[int, int | None, int | None]], extra: int) -> None:
    cases = [Case(START + at, None if took is None else START + at + took, promise, str(at % 4)) for at, took, promise in rows]

    told = outlook(cases, START + 40 * DAY, Office(ALWAYS, 2), Asked(extra=extra, days=7, runs=2))

    assert told.why_none or all(0 <= s.low <= s.mean <= s.high <= 1 for s in (told.as_it_is, told.as_asked))
    json.dumps(as_data("", Office(ALWAYS, 2), Asked(extra=extra), told))


def test_looking_back_meets_a_steady_past_and_knows_nothing_of_what_came_after() -> None:
    cases, cut, end = office_past(days=84, work=50, promise=2 * 60), START + 56 * DAY, START + 84 * DAY
    offices = {"城管": Office(OFFICE_HOURS, 2, 50), "少": Office(OFFICE_HOURS)}
    few = [Case(START + n * DAY, START + n * DAY + 9, 60, "", "少") for n in range(70)][:30]

    told = looking_back(cases + few, cut, end, offices, Asked(runs=8))

    assert told.whole is not None
    assert abs(told.whole.error) < 0.08
    assert told.left_out == ("少",)
    assert {row.name for row in told.categories} == {"灯", "井盖"}
    json.dumps(looked_back(told))
    # Whatever becomes of it later, the prediction is the same.
    other = [c if c.opened < cut and (c.closed or 0) <= cut else Case(c.opened, None, c.promise, c.category, c.group) for c in cases]
    again = looking_back(other, cut, end, offices, Asked(runs=8))
    assert again.groups == () or again.groups[0].predicted == told.groups[0].predicted


# --- files -----------------------------------------------------------------------------------------------------------------------------------
def test_a_table_is_read_with_columns_by_any_name() -> None:
    text = "\ufeff受理,办结,到期,类别,急\n2026-06-01 09:00,2026-06-01 10:00,2026-06-02 09:00,灯,1\n2026-06-01T09:30:00,,,井盖,\n"

    found = cases_of(text.encode(), Columns("受理", "办结", "到期", "类别", "", "急"))

    assert found == [Case(START + 540, START + 600, DAY, "灯", "", 1), Case(START + 570, None, None, "井盖", "", 0)]
    assert hours_of("office", found, 0) == OFFICE_HOURS
    assert hours_of("always", found, 0) == ALWAYS
    with pytest.raises(InputProblem):
        hours_of("sometimes", found, 0)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("soon,,,a", "bad_line"),
        (",2026-06-01,,a", "bad_line"),
        ("2026-06-02 09:00,2026-06-01 09:00,,a", "bad_line"),
        ("2026-06-02 09:00,NaN,,a", "bad_line"),
        ("2026-06-02 09:00,,inf,a", "bad_line"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(row: str, code: str) -> None:
    with pytest.raises(InputProblem) as caught:
        cases_of(f"opened,closed,due,category\n{row}\n".encode(), Columns(group=""))
    assert caught.value.code == code
    assert "2" in caught.value.text_en


@settings(max_examples=40, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda t: ("opened,closed,due\n" + t).encode())))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        cases_of(content, Columns(category="", group=""))
    except InputProblem as problem:
        assert problem.text("zh-hans")


def test_an_empty_answer_is_whole_json() -> None:
    assert as_data("x", Office(OFFICE_HOURS), Asked(), Outlook("few_cases"))["past"]["share"] is None

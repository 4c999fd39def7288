"""Times and numbers in words, in both languages."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
import time_machine
from django.utils import timezone, translation

from linli.lib.units import SHANGHAI
from linli.web import words

WEDNESDAY = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)  # 18:00 in Shanghai


@pytest.mark.parametrize(
    ("language", "today", "said"),
    [
        ("zh-hans", date(2026, 11, 22), "11 月 25 日周三 18:00"),
        ("zh-hans", date(2027, 1, 2), "2026 年 11 月 25 日 18:00"),
        ("zh-hans", date(2025, 12, 30), "2026 年 11 月 25 日周三 18:00"),
        ("en", date(2026, 11, 22), "Wed 25 Nov, 18:00"),
        ("en", date(2027, 1, 2), "25 Nov 2026, 18:00"),
    ],
)
def test_a_moment_is_said_with_its_weekday_while_that_helps(language: str, today: date, said: str) -> None:
    with translation.override(language):
        assert words.date_long(WEDNESDAY, today) == said


def test_what_is_kept_or_printed_says_the_year_too() -> None:
    today = date(2026, 1, 1)
    with words.whole_dates():
        assert words.date_long(date(2026, 11, 25), today) == "2026 年 11 月 25 日周三"
        with translation.override("en"):
            assert words.day(date(2026, 11, 25), today) == "Wed 25 Nov 2026"
    assert words.day(date(2026, 11, 25), today) == "11 月 25 日周三"


def test_a_plain_date_has_no_clock_time() -> None:
    assert words.date_long(date(2026, 11, 25), date(2026, 1, 1)) == "11 月 25 日周三"


@pytest.mark.parametrize(
    ("before", "chinese", "english"),
    [
        (timedelta(seconds=20), "刚刚", "just now"),
        (timedelta(minutes=1), "1 分钟前", "1 minute ago"),
        (timedelta(hours=3), "3 小时前", "3 hours ago"),
        (timedelta(days=6), "6 天前", "6 days ago"),
    ],
)
def test_lately_is_said_from_now(before: timedelta, chinese: str, english: str) -> None:
    assert words.ago(WEDNESDAY - before, WEDNESDAY) == chinese
    with translation.override("en"):
        assert words.ago(WEDNESDAY - before, WEDNESDAY) == english


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (Fraction(91, 100), "91.0%"),
        ((375, 412), "91.0%"),
        ((0, 0), "—"),
        (None, "—"),
        ((1, 1), "100.0%"),
        (Fraction(1, 3), "33.3%"),
        (Fraction(9995, 10000), "100.0%"),
        (Fraction(-1, 20), "-5.0%"),
    ],
)
def test_a_share_is_said_in_per_cent_rounded_half_up(value: Fraction | tuple[int, int] | None, said: str) -> None:
    assert words.percent(value) == said


@pytest.mark.parametrize(
    ("minutes", "said"), [(0, "0 分钟"), (45, "45 分钟"), (120, "2 小时"), (125, "2 小时 5 分钟"), (1680, "1 天 4 小时"), (1442, "1 天")]
)
def test_a_length_is_said_in_at_most_two_units(minutes: int, said: str) -> None:
    assert words.minutes_words(minutes) == said


def test_the_strip_is_read_as_a_sentence() -> None:
    assert words.step_sentence(4, 7, "办理") == "第四步，共七步：办理"
    assert words.step_sentence(8, 7, "回看") == "七步都已走完"
    with translation.override("en"):
        assert words.step_sentence(4, 7, "Handling") == "Step 4 of 7: Handling"


def test_midnight_as_a_deadline_is_the_end_of_the_day_before_and_as_a_beginning_the_day_alone() -> None:
    midnight, morning = datetime(2026, 12, 1, tzinfo=SHANGHAI), datetime(2026, 12, 1, 9, tzinfo=SHANGHAI)
    with time_machine.travel(morning, tick=False), timezone.override(SHANGHAI), translation.override("zh-hans"):
        assert words.until(midnight) == "11 月 30 日周一 24:00"
        assert words.until(morning) == words.begins(morning) == "12 月 1 日周二 09:00"
        assert words.begins(midnight) == "12 月 1 日周二"


@pytest.mark.parametrize(
    ("digits", "written"),
    [("02885551234", "028-85551234"), ("01062345678", "010-62345678"), ("057312345678", "0573-12345678"), ("13900000001", "13900000001")],
)
def test_a_landline_is_written_with_its_area_code_apart(digits: str, written: str) -> None:
    assert words.telephone(digits) == written

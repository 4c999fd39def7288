"""Quantities are read exactly as people write them, or refused with how to write them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.lib import units
from linli.lib.units import SHANGHAI, UnitError


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("89.37㎡", 8937),
        ("89.37", 8937),
        (89.37, 8937),
        (" 89.3 平方米", 8930),
        ("１２０", 12000),
        ("1,234.5 m2", 123450),
        (0, 0),
        (Decimal("1.10"), 110),
        (89.37000000000001, 8937),
    ],
)
def test_areas_are_hundredths_of_a_square_metre(text: Any, area: int) -> None:
    assert units.parse_area(text) == area


@pytest.mark.parametrize("text", ["", "约90", "89.375", -1, "-5", "1e5", float("nan"), float("inf"), True, "99999999999", "8 9亩"])
def test_unreadable_areas_are_refused(text: Any) -> None:
    with pytest.raises(UnitError) as caught:
        units.parse_area(text)
    assert caught.value.code == "area"


@given(st.integers(0, 10_000_000_000))
def test_areas_come_back(area: int) -> None:
    assert units.parse_area(units.format_area(area)) == area


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("1/2", Fraction(1, 2)),
        ("50%", Fraction(1, 2)),
        ("33.3%", Fraction(333, 1000)),
        ("0.5", Fraction(1, 2)),
        (1, Fraction(1)),
        ("二分之一", Fraction(1, 2)),
        ("１／３", Fraction(1, 3)),
        (0.1, Fraction(1, 10)),
        (Fraction(2, 7), Fraction(2, 7)),
    ],
)
def test_shares_are_exact(text: Any, share: Fraction) -> None:
    assert units.parse_fraction(text) == share


@pytest.mark.parametrize("text", ["", "2", "1/0", "3/2", "-1/2", "150%", "一半", True, "1/2/3"])
def test_unreadable_shares_are_refused(text: Any) -> None:
    with pytest.raises(UnitError):
        units.parse_fraction(text)


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1,234.50", 123450),
        ("¥12", 1200),
        ("￥12.3元", 1230),
        ("3.5万元", 3_500_000),
        (0.1, 10),
        ("-5", -500),
        ("-￥5", -500),
        ("100元整", 10000),
        (12, 1200),
    ],
)
def test_money_is_fen(text: Any, fen: int) -> None:
    assert units.parse_money(text) == fen


@pytest.mark.parametrize("text", ["", "1.234", "十元", "1 or 2", float("inf"), "9" * 18])
def test_unreadable_money_is_refused(text: Any) -> None:
    with pytest.raises(UnitError):
        units.parse_money(text)


@given(st.integers(-(10**14), 10**14))
def test_money_comes_back(fen: int) -> None:
    assert units.parse_money(units.format_fen(fen)) == fen


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-03",
        "2026/2/3",
        "2026.2.3",
        "2026年2月3日",
        "２０２６－０２－０３",
        "20260203",
        20260203,
        46056,
        46056.75,
        "46056",
        date(2026, 2, 3),
        datetime(2026, 2, 3, 23, tzinfo=SHANGHAI),
        "2026-02-03 14:30",
        "2026-02-03T00:00:00",
        datetime(2026, 2, 2, 17, tzinfo=UTC),
    ],
)
def test_days_are_read_in_every_usual_form(text: Any) -> None:
    assert units.parse_date(text) == date(2026, 2, 3)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026.2.30", "no_such_day"),
        ("2026-13-01", "no_such_day"),
        ("20260230", "no_such_day"),
        ("26.2.3", "date"),
        ("3/2/2026", "date"),
        ("", "date"),
        ("昨天", "date"),
        ("2026", "date"),
        (True, "date"),
        (float("nan"), "date"),
        (-5, "date"),
        (float("inf"), "date"),
        ("9999-01-01", "year"),
        ("2026-02", "date"),
    ],
)
def test_days_that_are_none_are_refused_with_how_to_mend_them(text: Any, code: str) -> None:
    with pytest.raises(UnitError) as caught:
        units.parse_date(text)
    assert caught.value.code == code
    assert caught.value.text("en").endswith(".")


def test_the_day_that_never_was_is_named() -> None:
    with pytest.raises(UnitError) as caught:
        units.parse_date("2026.2.30")
    assert caught.value.text("zh-hans") == "2026 年 2 月 30 日不存在，请改成真实的日期。"


@given(st.dates(date(1850, 1, 1), date(2199, 12, 31)), st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d"]))
def test_every_day_comes_back(day: date, form: str) -> None:
    assert units.parse_date(day.strftime(form)) == day


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-03 14:30",
        "2026/2/3 14:30:00",
        "2026年2月3日下午2点30分",
        "2026-02-03T06:30:00Z",
        "2026-02-03T14:30:00+08:00",
        "2026-02-03 2:30 PM",
        "2026-02-03T01:30-05:00",
        "2026年2月3日（星期二）14时30分",
        "20260203 14:30",
        46056 + 14.5 / 24,
        datetime(2026, 2, 3, 6, 30, tzinfo=UTC),
        datetime(2026, 2, 3, 14, 30, tzinfo=SHANGHAI).replace(tzinfo=None),
    ],
)
def test_instants_are_aware_and_naive_text_is_shanghai(text: Any) -> None:
    found = units.parse_instant(text)
    assert found.tzinfo is not None
    assert found == datetime(2026, 2, 3, 6, 30, tzinfo=UTC)


def test_a_day_alone_is_its_midnight() -> None:
    assert units.parse_instant("2026-02-03") == units.parse_instant(date(2026, 2, 3)) == datetime(2026, 2, 3, tzinfo=SHANGHAI)


@pytest.mark.parametrize("text", ["2026-02-03 25:00", "2026-02-03 abc", "2026-02-30 10:00", "", "14:30", "2026-02-03T10:00+99:00"])
def test_unreadable_instants_are_refused(text: str) -> None:
    with pytest.raises(UnitError):
        units.parse_instant(text)


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda moment: 1850 < moment.year < 2199))
def test_iso_instants_come_back(moment: datetime) -> None:
    assert units.parse_instant(moment.isoformat()) == moment


@given(st.text(max_size=30) | st.floats() | st.integers())
def test_nothing_but_a_unit_error_comes_out(value: Any) -> None:
    for parse in (units.parse_date, units.parse_instant, units.parse_area, units.parse_money, units.parse_fraction):
        try:
            parse(value)
        except UnitError as refused:
            assert refused.text_zh


@given(st.text())
def test_the_digit_view_keeps_every_place(text: str) -> None:
    assert len(units.digit_view(text)) == len(text)

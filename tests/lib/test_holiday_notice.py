"""A year's days read from a notice as it was published, from JSON and from CSV; what does not add up is refused, never guessed."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.lib.calendar import WorkCalendar
from linli.lib.holiday_notice import Day, NoticeError, as_csv, read_notice

# General Office of the State Council, arrangements of public holidays: the paragraphs as they were published.
NOTICES = {
    2026: """国务院办公厅关于2026年部分节假日安排的通知
各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
经国务院批准，现将2026年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫、疫情防控等工作，遇有重大突发事件，要按规定及时报告并妥善处置。
国务院办公厅
2025年11月4日
""",
    2025: """一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。
""",
    2024: """一、元旦：1月1日放假，与周末连休。
二、春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。鼓励各单位结合带薪年休假等制度落实，安排职工在除夕（2月9日）休息。
三、清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
四、劳动节：5月1日至5日放假调休，共5天。4月28日（星期日）、5月11日（星期六）上班。
五、端午节：6月10日放假，与周末连休。
六、中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。
""",
}
DAYS = {"2027-01-01": ("元旦", True), "2027-02-06": ("春节", True), "2027-02-20": ("春节", False)}


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_notices_words_give_the_official_calendar_day_by_day(year: int) -> None:
    notice = read_notice(NOTICES[year], year)
    read = WorkCalendar({one.day: one.working for one in notice.days}, [])
    official = WorkCalendar()

    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    own = {one.day for one in notice.days}
    differing = [d for d in days if official.is_working_day(d) != (read._days[d] if d in own else d.weekday() < 5)]

    assert differing == [] and notice.doubts == []
    assert {one.name for one in notice.days if one.day == date(year, 5, 1)} == {"劳动节"}


def test_an_older_wording_is_read_too_and_what_it_only_encourages_is_seen_in_the_preview() -> None:
    notice = read_notice(NOTICES[2024], 2024)
    official = WorkCalendar()

    differing = [one.day for one in notice.days if official.is_working_day(one.day) != one.working]

    assert differing == [date(2024, 2, 9)]  # the eve that employers were encouraged to give


def test_a_holiday_over_the_years_edge_names_its_year() -> None:
    notice = read_notice("一、元旦：2026年12月31日至2027年1月2日放假调休，共3天。2027年1月3日（周日）上班。", 2027)

    assert [(one.day.isoformat(), one.working) for one in notice.days] == [
        ("2026-12-31", False),
        ("2027-01-01", False),
        ("2027-01-02", False),
        ("2027-01-03", True),
    ]


def test_the_list_is_read_as_json_bare_or_wrapped_and_as_csv_with_or_without_headings() -> None:
    rows = [{"name": name, "date": day, "isOffDay": off} for day, (name, off) in DAYS.items()]
    lines = "\n".join(f"{day},{'放假' if off else '上班'},{name}" for day, (name, off) in DAYS.items())
    expected = [Day(date.fromisoformat(day), not off, name) for day, (name, off) in DAYS.items()]

    for text in (
        json.dumps({"year": 2027, "papers": [], "days": rows}),
        json.dumps(rows, ensure_ascii=False),
        "\ufeff日期,放假,名称\n" + lines,
        lines.replace("-", "/").replace(",", "\t"),
        "date,name,isOffDay\n" + "\n".join(f"{day},{name},{str(off).lower()}" for day, (name, off) in DAYS.items()),
    ):
        assert read_notice(text, 2027).days == expected, text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("  ", "empty_notice"),
        ("x" * 60_001, "long_notice"),
        (NOTICES[2026], "other_notice"),
        ("一、元旦：1月1日（周四）放假。", "wrong_weekday"),
        ("一、元旦：1月1日至3日放假，共4天。", "wrong_count"),
        ("一、元旦：13月1日放假。", "bad_date"),
        ("一、国庆节：10月7日至1日放假。", "bad_span"),
        ("各地区1月5日以前报告。", "no_days_off"),
        ("一、元旦：1月3日上班。", "no_days_off"),
        ("一、元旦：1月1日放假。1月1日上班。", "day_twice"),
        ('{"days": [', "not_json"),
        ('{"days": [{"date": "2027-01-01"}]}', "not_days"),
        ('{"days": 3}', "not_days"),
        ('[{"date": "2027-02-30", "isOffDay": true, "name": ""}]', "bad_date"),
        ('[{"date": "2025-05-01", "isOffDay": true, "name": ""}]', "other_year"),
        ("2027-01-01,元旦", "bad_line"),
        ("[" * 5000, "not_json"),
    ],
)
def test_what_does_not_add_up_is_refused_with_its_reason_in_two_languages(text: str, code: str) -> None:
    with pytest.raises(NoticeError) as refused:
        read_notice(text, 2027)

    assert refused.value.code == code
    assert refused.value.text("zh-hans") and "{" not in refused.value.text("en").replace('{"d', "").replace('{"date', "").replace("[{", "")


def test_a_thin_or_odd_list_is_taken_with_doubts_said() -> None:
    notice = read_notice("2027-01-01,放假,元旦\n2027-03-03,上班,元旦", 2027)

    said = "".join(doubt.text("zh-hans") for doubt in notice.doubts)
    assert "5 月 1 日（劳动节）没有放假" in said and "只有 1 天" in said and "2027-03-03 是平常的工作日" in said
    assert all(doubt.text("en").isascii() for doubt in notice.doubts if "(" not in doubt.text("en"))


@settings(deadline=None)  # a busy machine is no fault
@given(
    st.dictionaries(
        st.dates(date(2027, 1, 1), date(2027, 12, 31)),
        st.tuples(st.booleans(), st.sampled_from(["", "元旦", "春节, 一", '引"号'])),
        min_size=1,
    )
)
def test_what_is_written_as_csv_is_read_back_the_same(rows: dict[date, tuple[bool, str]]) -> None:
    rows[date(2027, 1, 1)] = (False, "元旦")
    days = [Day(day, working, name) for day, (working, name) in sorted(rows.items())]

    assert read_notice(as_csv(days), 2027).days == days


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(NoticeError):
        read_notice("一、元旦：" + text, 2027)

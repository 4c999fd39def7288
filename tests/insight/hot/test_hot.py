"""What many people write about is found, named and counted, and stays the same from day to day; whatever comes in."""

from __future__ import annotations

import io
import math
from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

import pytest

pytest.importorskip("numpy")
pytest.importorskip("scipy")

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix

from linli.insight.hot import ties, traces, weights
from linli.insight.hot.gathering import _Sums
from linli.insight.hot.heat import Alarm, HeatRule, alarm_of, at_least, course_of, raised
from linli.insight.hot.identity import kept
from linli.insight.hot.lines import line_of, parted
from linli.insight.hot.messages import Message, Span
from linli.insight.hot.summing import Asked, by_group, common_place
from linli.insight.hot.tables import DETAILS, MORE, TOPICS, messages_of, write_details, write_topics
from linli.insight.hot.ties import Rules
from linli.insight.hot.topics import Window, topics_of
from linli.lib.problems import InputProblem

DAY0 = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001 - a message's time is local

SITE = ["{p}旁边工地夜里施工扰民", "投诉{p}工地夜间施工噪音太大", "{p}工地半夜施工，吵得睡不着", "请管管{p}工地夜间施工扰民的问题"]
WATER = ["{p}水压太低洗不了澡", "反映{p}水压太低，热水器打不着", "{p}早晚水压太低怎么办", "{p}自来水水压太低"]
SINGLE = [
    "办老年证要带什么材料",
    "能不能多开一班社区巴士",
    "路口的红绿灯时间太短",
    "快递柜挡住消防通道了",
    "儿童滑梯坏了没人修",
    "菜市场短斤少两",
]


def told(texts: list[str], place: str, start: int, day: int = 0) -> list[Message]:
    return [
        Message(start + n, text.format(p=place), "", f"u{start + n}", DAY0 + timedelta(days=day + n), likes=n)
        for n, text in enumerate(texts)
    ]


def town() -> list[Message]:
    """Two matters in each of two compounds, and what nobody else says."""
    single = [Message(900 + n, text, "", f"s{n}", DAY0 + timedelta(days=n)) for n, text in enumerate(SINGLE)]
    return [
        *told(SITE, "桂花苑小区", 0),
        *told(WATER, "桂花苑小区", 100),
        *told(SITE, "望江花园", 200),
        *told(WATER, "望江花园", 300),
        *single,
    ]


SPAN = Span(date(2026, 2, 1), date(2026, 3, 31))


def groups(messages: list[Message]) -> set[frozenset[Any]]:
    return {frozenset(topic.messages) for topic in topics_of(messages, SPAN)}


def test_one_matter_in_one_place_is_one_topic_and_elsewhere_another() -> None:
    expected = {frozenset(range(start, start + 4)) for start in (0, 100, 200, 300)}
    assert groups(town()) == expected
    shuffled = town()
    Random(3).shuffle(shuffled)
    assert groups(shuffled) == expected, "the order in the file decides nothing"


def test_the_line_names_place_and_matter_and_the_table_has_the_published_form() -> None:
    found = topics_of(town(), SPAN, Asked(most=1))
    assert found[0].line.place in {"桂花苑小区", "望江花园"} and any(word in found[0].line.what for word in ("施工", "水压"))
    assert parted("投诉A5区劳动东路桂花苑小区油烟扰民的问题", {"劳动东路", "桂花苑小区"}) == ("A5区劳动东路桂花苑小区", "油烟扰民")
    assert line_of([Message(1, "？？", "", "a", DAY0)], ()).text
    out = io.StringIO()
    write_topics(found, out)
    heads, row = out.getvalue().splitlines()
    assert heads == ",".join([*TOPICS, *MORE]) and row.startswith(f"1,{found[0].number},")
    rows: dict[Any, Any] = {m.id: (m, {}) for m in town()}
    details = io.StringIO()
    assert write_details(found, rows, details) == 4
    assert details.getvalue().splitlines()[0] == ",".join(DETAILS)


def test_reading_in_slices_and_counting_in_a_table_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made = traces.traces_of(town(), traces.names_of(town()))
    days, placed = np.array([m.day for m in town()]), np.zeros(len(town()), dtype=bool)
    once = weights.weighed(made)
    tied = ties.ties_of(once, days, placed)
    for module, name, value in ((weights, "SLICE", 3), (weights, "MANY", 1), (weights, "AT_ONCE", 100), (ties, "CHUNK", 2)):
        monkeypatch.setattr(module, name, value)
    again = weights.weighed(made)
    for matrix, same in ((once.what, again.what), (once.where, again.where)):
        assert matrix.nnz and (matrix != same).nnz == 0
        assert np.array_equal(same.sorted_indices().indices, same.indices), "columns ascend, which the sums of groups rely on"
    assert set(zip(tied.later, tied.earlier, strict=True)) == set(
        zip(*(getattr(ties.ties_of(again, days, placed), name) for name in ("later", "earlier")), strict=True)
    )


@given(st.integers(0, 1000))
def test_sums_of_groups_are_those_of_their_rows(seed: int) -> None:
    chance = np.random.default_rng(seed)
    table = chance.random((9, 12)) * (chance.random((9, 12)) < 0.4)
    sums = _Sums(csr_matrix(table.astype(np.float32)))
    groups = {row: table[row] for row in range(6)} | {6: table[6:].sum(axis=0)}
    sums.begin_with([np.array([6, 7, 8])])
    while len(groups) > 1:
        a, b = sorted(chance.choice(sorted(groups), 2, replace=False).tolist())
        assert math.isclose(sums.product(a, b), groups[a] @ groups[b], rel_tol=1e-5, abs_tol=1e-6)
        sums.join(a, b)
        groups[a] = groups[a] + groups.pop(b)


def test_one_person_writing_forty_times_is_one_person() -> None:
    many = [Message(n, SITE[n % 2].format(p="桂花苑小区"), "", "the same", DAY0 + timedelta(hours=n)) for n in range(40)]
    (topic,) = topics_of(many, SPAN)
    assert (len(topic.messages), topic.people) == (40, 1)
    assert topic.heat < 2 and topics_of(many, SPAN, Asked(least_people=2)) == []
    four = topics_of(told(SITE, "桂花苑小区", 0), SPAN)[0]
    assert four.heat > topic.heat


def test_topics_keep_their_numbers_and_grow_day_by_day() -> None:
    window = Window()
    window.add([m for m in town() if m.at < DAY0 + timedelta(days=2)])
    before = {m.id: n for m, n in zip(window.messages, window.topic.tolist(), strict=True) if n >= 0}
    window.add([m for m in town() if m.at >= DAY0 + timedelta(days=2)])
    after = {m.id: n for m, n in zip(window.messages, window.topic.tolist(), strict=True)}
    assert before and all(after[m] == n for m, n in before.items())
    by_topic = {n: {m for m in after if after[m] == n} for n in set(after.values()) if n >= 0}
    assert {frozenset(members) for members in by_topic.values()} == {frozenset(range(s, s + 4)) for s in (0, 100, 200, 300)}
    with pytest.raises(ValueError, match="once"):
        window.add(town()[:1])
    window.rebuild()
    assert {m.id: n for m, n in zip(window.messages, window.topic.tolist(), strict=True)} == after


def test_what_people_decided_is_left_where_it_is_and_grows_and_what_is_forgotten_is_gone() -> None:
    window = Window(mining=False, names=["桂花苑小区"])
    window.add(told(SITE[:2], "桂花苑小区", 0))
    window.add(told(WATER[:2], "桂花苑小区", 100))
    site, water = window.topic[0], window.topic[2]
    assert site != water
    window.fixed = frozenset({int(site), int(water)})
    window.add([Message(500, "桂花苑小区工地夜间施工，水压太低洗不了澡，热水器打不着，吵得睡不着", "", "x", DAY0 + timedelta(days=3))])
    assert window.topic[0] == site and window.topic[2] == water
    window.forget({0, 500})
    assert [m.id for m in window.messages] == [1, 100, 101] and len(window.traces) == 3
    assert window.topic.tolist() == [site, water, water]


def test_a_message_taken_out_of_a_topic_does_not_come_back_by_likeness() -> None:
    def gathered(*, barred: bool) -> Window:
        """The site's topic without its second message, which is left alone; then two more write what it says."""
        window = Window()
        window.add(told(SITE, "桂花苑小区", 0))
        site = int(window.topic[0])
        window.topic[1] = -1
        window.fixed = frozenset({site})
        window.barred = {1: frozenset({site})} if barred else {}
        window.add([Message(500 + n, SITE[1].format(p="桂花苑小区"), "", f"x{n}", DAY0 + timedelta(days=4)) for n in range(2)])
        return window

    free, kept_out = gathered(barred=False), gathered(barred=True)
    assert len(set(free.topic.tolist())) == 1, "by likeness alone it would be there again"
    site = kept_out.topic[0]
    assert kept_out.topic[1] != site and kept_out.topic[2] == kept_out.topic[3] == site
    kept_out.rebuild()
    assert kept_out.topic[1] != kept_out.topic[0]


def test_merges_and_splits_are_told() -> None:
    told = kept({1: ["a", "b", "c"], 2: ["d", "e"]}, [["a", "b", "c", "d", "e", "f"], ["g", "h"]])
    assert (told[0].topic, told[0].merged) == (1, (2,)) and told[1].topic is None
    told = kept({1: ["a", "b", "c", "d"]}, [["a", "b", "c"], ["d", "e"]])
    assert told[0].topic == 1 and (told[1].topic, told[1].split_from) == (None, 1)


def test_heat_counts_people_and_fades() -> None:
    messages = told(SITE, "桂花苑小区", 0)
    day = messages[-1].day
    assert HeatRule().of(messages, day) == pytest.approx(4 + 1.5 * math.sqrt(6))
    assert HeatRule(like=0, half_life=10).of(messages[:1], messages[0].day + 10) == pytest.approx(0.5)
    assert HeatRule().of([], day) == 0
    with pytest.raises(ValueError, match="negative"):
        HeatRule(person=-1)
    with pytest.raises(ValueError, match="likeness"):
        Rules(what=0)


def test_the_course_counts_different_people_by_week_and_says_where_it_goes() -> None:
    def at(*days: int) -> list[Message]:
        return [Message(n, "x", "", f"p{n}", DAY0 + timedelta(days=d)) for n, d in enumerate(days)]

    today = DAY0.toordinal() + 27
    assert course_of(at(27, 26, 25, 1), DAY0.toordinal(), today).counts == (1, 0, 0, 3)
    directions = {
        "new": at(27, 26),
        "quiet": at(1, 2, 20),
        "steady": at(27, 26, 18, 19, 1),
        "rising": at(*[27] * 9, 19, 1),
        "falling": at(27, *[19] * 9),
    }
    for word, messages in directions.items():
        assert course_of(messages, DAY0.toordinal(), today).direction == word


def test_alarms_on_quiet_days_are_as_rare_as_the_level_says() -> None:
    """500 quiet days with 40 topics each, people by a Poisson law; at most `level` of the days may raise one (and a margin of chance)."""
    random, first, rung = Random(11), DAY0.toordinal(), 0

    def poisson(mean: float) -> int:
        limit, product, count = math.exp(-mean), random.random(), 0
        while product > limit:
            product, count = product * random.random(), count + 1
        return count

    for _day in range(500):
        alarms: list[Alarm | None] = []
        for _topic in range(40):
            mean = random.choice((0.5, 1, 2, 4))
            weeks = [poisson(mean) for _week in range(13)]
            messages = [
                Message(f"{w}.{n}", "x", "", f"{w}.{n}", DAY0 + timedelta(days=7 * w))
                for w, count in enumerate(weeks)
                for n in range(count)
            ]
            alarms.append(alarm_of(course_of(messages, first, first + 7 * 13 - 1)))
        rung += any(raised(alarms, 0.05))
    assert rung <= 500 * 0.05 + 3 * math.sqrt(500 * 0.05 * 0.95)
    burst = alarm_of(course_of([Message(n, "x", "", f"b{n}", DAY0 + timedelta(days=88)) for n in range(6)], first, first + 90))
    assert burst is not None and raised([burst])[0]


def test_the_predictive_law_sums_to_one_and_falls() -> None:
    assert at_least(0, 2.5, 0.9) == 1
    chances = [at_least(n, 2.5, 0.9) for n in range(30)]
    assert all(a > b > 0 for a, b in pairwise(chances))
    assert chances[1] == pytest.approx(1 - 0.9**2.5)


def test_a_group_is_counted_without_pointing_at_anybody_and_a_place_by_most() -> None:
    shares = by_group(["a", "b", "c", "d", "e"], {"old": ["a"], "young": ["b", "c", "d", "e", "f", "g", "h"], "all": list("abcdefghij")})
    assert [s.part for s in shares][:1] == [None]
    at = [Message(n, "x", "", str(n), DAY0, place=("street", "compound" if n < 9 else "other")) for n in range(10)]
    assert common_place(at) == "compound" and common_place([]) == ""


# --- bad input ---------------------------------------------------------------------------------------
nasty = st.one_of(
    st.sampled_from(
        [
            "",
            " ",
            "a",
            "水",
            "\x00\x1e\x1f",
            "<b>停水</b>",
            "👍🏽" * 50,
            "ﬁ１２３ＡＢＣ",
            "\ud800",
            "電梯壞了",
            "是" * 100_000,
            "a" * 100_000,
        ]
    ),
    st.text(max_size=60),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(nasty, nasty, st.integers(0, 3), st.integers(0, 60)), max_size=12))
def test_whatever_is_written_every_message_is_in_at_most_one_topic(rows: list[tuple[str, str, int, int]]) -> None:
    messages = [Message(n, title, body, f"p{who}", DAY0 + timedelta(days=day)) for n, (title, body, who, day) in enumerate(rows)]
    found = topics_of(messages, Span(date(2026, 1, 1), date(2026, 12, 31)))
    counts = Counter(m for topic in found for m in topic.messages)
    assert all(n == 1 for n in counts.values())
    assert all(topic.people <= len(topic.messages) and topic.line.text for topic in found)
    assert found == topics_of(messages, Span(date(2026, 1, 1), date(2026, 12, 31)))


def test_the_same_text_from_everybody_is_one_topic_and_nothing_is_none() -> None:
    (topic,) = topics_of([Message(n, "全小区停水了没有人通知", "", f"p{n}", DAY0) for n in range(300)], SPAN)
    assert topic.people == 300
    assert topics_of([], SPAN) == [] and topics_of([Message(1, "", "", "", DAY0)], SPAN) == []
    with pytest.raises(ValueError, match="span"):
        Span(date(2026, 3, 2), date(2026, 3, 1))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_column"),
        ("标题\n停水".encode(), "no_column"),
        ("标题,时间\n停水,昨天".encode(), "bad_time"),
        ("标题,时间,点赞数\n停水,2026-03-01,nan".encode(), "bad_count"),
        ("标题,时间,点赞数\n停水,2026-03-01,-1".encode(), "bad_count"),
        ("标题,时间,点赞数\n停水,2026-03-01,inf".encode(), "bad_count"),
        (b"\xff\xfe\x00", "not_utf8"),
        (b"\x1f\x8bxx", "bad_gzip"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_how_to_mend_it(content: bytes, code: str) -> None:
    with pytest.raises(InputProblem) as problem:
        list(messages_of(content))
    assert problem.value.code == code and problem.value.text_zh and problem.value.text_en


def test_a_table_is_read_by_its_usual_names_and_no_cell_leaves_as_a_formula() -> None:
    sheet = "留言编号,留言用户,留言主题,留言时间,留言详情,反对数,点赞数\n7,甲,=1+1停水了,2020/1/6 8:30:00,整栋停水,0,3\n7,乙,=1+1停水了,2020-01-07,整栋停水,,\n\n"
    rows = {m.id: (m, row) for m, row in messages_of(sheet.encode("gb18030"))}
    assert list(rows) == ["7", "7#2"] and rows["7"][0].likes == 3
    found = topics_of([m for m, _row in rows.values()], Span(date(2020, 1, 1), date(2020, 1, 31)))
    out = io.StringIO()
    write_details(found, rows, out)
    assert "'=1+1" in out.getvalue()
    with pytest.raises(InputProblem):
        list(messages_of(sheet.encode(), {"place": "没有这列"}))

"""Pairs are judged by a scorecard that explains itself; what clerks marked is learned from without looking ahead."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.insight.same import marks, scorecard
from linli.insight.same.evidence import CARD
from linli.insight.same.learn import boosted, learned_card
from linli.insight.same.likeness import shared_passages, totals_of
from linli.insight.same.near import alike, find_near, tokens_of, weights_of
from linli.insight.same.pieces import IN_HEAD, PIECE, STRONG, pieces_of
from linli.insight.same.reports import Report, pair_of
from linli.insight.same.scorecard import Scorecard, Table
from linli.insight.same.tables import Columns, moment, reports_of
from linli.lib.problems import InputProblem

DAY = 86_400
HERE = (39.9, 116.4)
NUMBER = st.one_of(st.none(), st.floats(allow_nan=True, allow_infinity=True))


# --- the scorecard -------------------------------------------------------------------------------
@given(st.dictionaries(st.sampled_from(sorted(CARD.tables)), NUMBER))
def test_the_points_add_up_to_the_chance_whatever_is_known_and_arrays_judge_the_same(values: dict[str, float | None]) -> None:
    chance, reasons = CARD.judge(values)

    total = CARD.base + sum(reason.points for reason in reasons)
    assert 0 < chance < 1 and chance == pytest.approx(scorecard.chance_of(total))
    assert [abs(r.points) for r in reasons] == sorted((abs(r.points) for r in reasons), reverse=True)
    arrays = {name: np.array([math.nan if values.get(name) is None else values[name]]) for name in CARD.tables}
    assert totals_of(CARD, arrays)[0] == pytest.approx(total)


def test_a_scorecard_is_written_read_and_refused_when_it_is_none(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    scorecard.save(CARD, path, {"rows": 3})
    assert scorecard.load(path) == CARD
    whole = path.read_text(encoding="utf-8")
    for broken in (whole[: len(whole) // 2], "[]", "{}", whole.replace("-4.0", "NaN", 1), whole.replace('"edges"', '"edge"'), "\x00"):
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(InputProblem, match="bad_scorecard"):
            scorecard.load(path)
    path.write_text(whole.replace('"version": 1', '"version": 9'), encoding="utf-8")
    with pytest.raises(InputProblem, match="other_version"):
        scorecard.load(path)


# --- texts ---------------------------------------------------------------------------------------
def test_pieces_fold_script_and_width_and_mark_the_head() -> None:
    plain, other, empty = pieces_of(["楼道電燈Ａ座\n坏了", "楼道电灯a座", "！？ 🙂"])

    assert set((other & PIECE).tolist()) < set((plain & PIECE).tolist())
    assert len(empty) == 0
    assert (plain & IN_HEAD > 0).sum() == len(other)


def test_shared_passages_stand_in_both_word_for_word() -> None:
    found = shared_passages("丽发新城附近的搅拌站太吵", ["搅拌站在丽发新城", "", "无关"], lambda pieces: np.ones(len(pieces)))

    assert found == [("丽发新城", "搅拌站"), (), ()]


def test_on_pages_the_likeness_is_symmetric_and_the_head_weighs_most() -> None:
    one, two, three = (tokens_of(text) for text in ("电梯坏了\n楼道也很脏", "电梯又坏了", "物业不管\n电梯坏了"))
    weights = weights_of([one, two, three])

    assert alike(one, two, weights) == pytest.approx(alike(two, one, weights))
    assert alike(one, one, weights) == pytest.approx(1)
    assert alike(one, two, weights) > alike(one, three, weights)
    assert alike({}, one, weights) == 0
    assert tokens_of("电梯坏了")["电梯"] == STRONG


def test_near_by_the_same_matter_comes_first_and_another_matter_of_the_place_does_not() -> None:
    asked = Report("0", "三单元电梯坏了一直没人修", 10 * DAY, HERE, spot="b3")
    others = [
        Report("0", "三单元电梯坏了一直没人修", 10 * DAY, HERE),
        Report("lift", "三单元的电梯又坏了", 9 * DAY, HERE, spot="b3"),
        Report("rubbish", "楼道堆满纸箱", 10 * DAY, HERE, spot="b3"),
        Report("far", "三单元的电梯又坏了", 9 * DAY, (39.91, 116.41)),
        Report("nowhere", "三单元的电梯又坏了"),
    ]

    found = find_near(asked, others, top=9)

    assert found[0].id == "lift" and "0" not in [one.id for one in found]
    chances = {one.id: one.chance for one in found}
    assert max(chances["rubbish"], chances["far"]) < 0.3 < 0.6 < chances["lift"] and chances["nowhere"] < chances["lift"]
    assert "电梯" in found[0].words
    assert find_near(Report("", "\x00\ud800 \U0001f642"), others, least=0.3) == [] == find_near(asked, [])


def test_words_the_asked_text_alone_has_hardly_hide_the_one_it_means() -> None:
    said = ("电梯夜里异响", "楼道灯坏了", "门口停满了车", "树枝挡住窗户")
    nearby = [Report(str(n), text, 0, HERE) for n, text in enumerate(said)]

    plain, wordy = (
        find_near(Report("", text, 0, HERE), nearby, top=1)[0] for text in ("电梯异响", "我们家住这里三年了，电梯异响，求求你们")
    )

    assert plain.id == wordy.id == "0" and plain.chance > wordy.chance > 0.3


def test_what_is_not_known_of_both_is_neither_for_nor_against() -> None:
    values = pair_of(Report("1", "x", 5, HERE, "a", "s"), Report("2", "y"), None).values
    assert values == {"text": None, "metres": None, "hours": None, "kind": None, "spot": None, "open": 1.0}
    assert Scorecard(0.0, {"text": Table((0.5,), (-1.0, 1.0), 0.25)}).judge(values)[1][0].points == 0.25


# --- tables --------------------------------------------------------------------------------------
def test_a_table_is_read_by_its_columns_and_what_cannot_be_read_names_its_line() -> None:
    content = "编号,标题,时间,纬度,经度\n7,漏水,2026/3/2 8:15,39.9,116.4\n,,,x,\n8,停电,2026-03-02 08:15:00,0,0\n".encode("gb18030")
    columns = Columns(text=("标题",), id="编号", time="时间", latitude="纬度", longitude="经度")

    first, second, third = reports_of(content, columns)

    assert (first.id, first.text, first.point, first.at) == ("7", "漏水", (39.9, 116.4), moment("2026-03-02 08:15:00", 1))
    assert (second.id, second.text, second.at, second.point) == ("2", "", None, None)
    assert third.point is None  # nought and nought is nobody's address
    with pytest.raises(InputProblem) as refused:
        list(reports_of("时间\n昨天\n".encode(), Columns(time="时间")))
    assert "第 1 行" in refused.value.text("zh")
    with pytest.raises(InputProblem, match="no_column"):
        list(reports_of(b"a,b\n1,2\n", Columns(text=("c",))))


# --- what clerks marked --------------------------------------------------------------------------
def street(days: int = 60, seed: int = 1) -> marks.Records:
    """Every other day somebody reports a light at one of forty poles, and a neighbour the same an hour later, which the clerk marks."""
    random = np.random.default_rng(seed)
    reports, marked, originals = [], [], []
    for n in range(days * 4):
        at = n * DAY // 4
        pole = int(random.integers(40))
        point = (39.9 + pole * 0.002, 116.4)
        reports.append(Report(f"a{n}", "", at, point, "light", closed_at=at + 2 * DAY))
        marked.append(False)
        originals.append("")
        if n % 2:
            reports.append(Report(f"b{n}", "", at + 3600, point, "light", closed_at=at + 7200))
            marked.append(True)
            originals.append(f"a{n}")
        reports.append(Report(f"c{n}", "", at + 1800, point if n % 3 else None, "rubbish", closed_at=at + DAY))
        marked.append(False)
        originals.append("")
    return marks.records_of(reports, marked, originals)


def test_repeats_are_told_better_than_by_the_rule_and_their_originals_come_first() -> None:
    records = street()

    figures, card = marks.evaluate(records, 30.0 * DAY, every=10)

    at_75 = next(row["precision"] for row in figures["learned"] if row["recall"] == 0.75)
    assert at_75 > figures["rule"]["precision"] > 0
    assert figures["originals"]["named"] == 60 and figures["originals"]["first_3"] > 0.9
    assert card.tables["kind"].points[1] > card.tables["kind"].points[0]


def test_nothing_is_learned_from_a_mark_before_it_was_made() -> None:
    """Marks made after the end of the table are unknown throughout: the models never see one."""
    records = street(30)
    late = marks.Records(**{**records.__dict__, "closed": np.where(records.marked, 1e12, records.closed)})

    with pytest.raises(InputProblem, match="few_marks"):
        marks.evaluate(late, 15.0 * DAY)


def test_pairs_are_those_of_a_plain_search_and_few_or_no_reports_are_borne() -> None:
    records = street(6)
    pairs = marks.near_pairs(records, metres=300.0, days=3.0)

    plain = {
        (b, a)
        for a in range(len(records.ids))
        for b in range(a + 1, len(records.ids))
        if math.hypot(records.x[a] - records.x[b], records.y[a] - records.y[b]) <= 300 and records.at[b] - records.at[a] <= 3 * DAY
    }
    assert set(zip(pairs.later.tolist(), pairs.earlier.tolist(), strict=True)) == plain and plain
    nobody = marks.records_of([], [], [])
    assert len(marks.near_pairs(nobody).later) == 0 and marks.precision_at(np.zeros(0), np.zeros(0, dtype=bool)) == []
    with pytest.raises(InputProblem, match="no_time"):
        marks.records_of([Report("1", "")], [False], [""])


def test_learning_needs_both_kinds_and_gives_the_same_each_time() -> None:
    random = np.random.default_rng(0)
    features = random.random((400, 3))
    truth = (features[:, 0] > 0.6).astype(float)

    one, two = (boosted(features, truth, np.ones(400)).score(features) for _n in range(2))

    assert (one == two).all() and one[truth == 1].mean() > 2 > -2 > one[truth == 0].mean()
    with pytest.raises(ValueError, match="both"):
        boosted(features, np.zeros(400), np.ones(400))
    with pytest.raises(ValueError, match="both"):
        learned_card({"metres": np.zeros(4)}, np.ones(4))

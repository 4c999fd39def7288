"""A reader learns from labelled texts, says how sure it is and why, and bears whatever text comes."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.insight.reading.calibration import calibrated, chances_of, threshold_of
from linli.insight.reading.learn import train
from linli.insight.reading.measures import calibration_error, measures_of
from linli.insight.reading.model import Model, evaluate
from linli.insight.reading.model_files import load, save
from linli.insight.reading.pieces import batch_of, counted, pieces_of
from linli.insight.reading.words import LONGEST, words_of
from linli.lib.problems import InputProblem

SAID = {
    "供水": ("自来水停了三天", "水管漏水没人修", "家里水龙头出来的水发黄", "停水也不通知", "水表坏了水费太高"),
    "供电": ("晚上经常停电", "电表跳闸", "路灯不亮", "电压不稳，灯一直闪", "变压器嗡嗡响，怕漏电"),
    "停车": ("车位被占", "消防通道停满了车", "停车费又涨了", "车库进不去，车停在路边", "邻居的车堵住了车库门"),
}
PLACES = ("一号楼", "东门", "我们小区", "幸福里三栋", "学校旁边", "菜市场", "老年活动室", "六单元")


def rows() -> tuple[list[str], list[str]]:
    pairs = [(f"{place}{said}，请尽快处理", label) for label, all_said in SAID.items() for said in all_said for place in PLACES]
    return [text for text, _label in pairs], [label for _text, label in pairs]


@pytest.fixture(scope="module")
def model() -> Model:
    return train(*rows(), learned_on=date(2026, 3, 1))


def test_a_text_not_seen_is_read_with_the_words_that_spoke(model: Model) -> None:
    (reading,) = model.read(["阳光花园的自来水又停水了"])

    assert (reading.labels[0], reading.sure) == ("供水", True)
    assert {"自来水", "停水"} & set(reading.words[0])
    assert sum(reading.chances) == pytest.approx(1, abs=1e-5)
    assert model.suggest("电表跳闸了")[0].code == "供电"
    assert model.suggest("") == []


def test_script_width_markup_and_spelling_do_not_matter(model: Model) -> None:
    plain, *others = model.chances(
        ["车位被占，停车费涨了", "車位被占，停車費漲了", "<p>车位被占，停车费涨了</p>", "车位被占　停车费涨了！！"]
    )

    for other in others:
        assert other == pytest.approx(plain, abs=1e-6)
    assert words_of("Ａ３区１２栋") == words_of("a3区12栋")
    assert model.labels[model.chances(["停車场车未被站"])[0].argmax()] == "停车"


def test_a_long_row_of_texts_reads_as_each_alone(model: Model) -> None:
    texts = rows()[0] * 3
    together = model.chances(texts)

    assert together.shape == (len(texts), 3)
    assert together[[0, 130, 299]] == pytest.approx(np.concatenate([model.chances([texts[n]]) for n in (0, 130, 299)]), abs=1e-5)


@pytest.mark.parametrize(
    "text",
    ["", "水", "\x00\x1f\u200b", "😀😀😀", "<script>alert(1)</script>", "?" * 200, "\ud800", "的了吗", "水" * 100_000, "a" * 100_000],
)
def test_odd_texts_get_an_answer_that_is_seldom_sure(model: Model, text: str) -> None:
    (reading,) = model.read([text])

    assert len(reading.labels) == 3
    assert all(0 <= chance <= 1 for chance in reading.chances)
    if not words_of(text):
        assert not reading.sure
        assert reading.words == ((), (), ())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=5))
def test_any_text_at_all_is_read(model: Model, texts: list[str]) -> None:
    readings = list(model.read(texts))

    assert len(readings) == len(texts)
    assert all(np.isfinite(reading.chances).all() for reading in readings)


def test_only_the_beginning_of_an_endless_text_is_read() -> None:
    assert sum(map(len, words_of("水" * 100_000))) == LONGEST


def test_equal_pieces_have_equal_hashes_wherever_they_stand() -> None:
    def places(text: str) -> set[int]:
        key, _count = counted(pieces_of(batch_of(["前面还有别的内容", text])).key)
        return {int(k) & ((1 << 22) - 1) for k in key if (int(k) >> 22) // 5 == 1 and (int(k) >> 22) % 5 == 3}

    assert places("停水通知") == places("停水通知停水通知") - places("通知停水")
    assert len(places("停水通知")) == 2


def test_learning_again_gives_the_same_and_holds_no_text(model: Model, tmp_path: Path) -> None:
    again = train(*rows(), learned_on=date(2026, 3, 1))
    save(model, tmp_path / "a")
    save(again, tmp_path / "b")

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    kept = load(tmp_path / "a")
    assert kept.facts == model.facts
    assert kept.facts["learned_on"] == "2026-03-01"
    assert kept.facts["held_out"]["accuracy"] > 0.9
    assert kept.chances(rows()[0]) == pytest.approx(model.chances(rows()[0]), abs=0.01)
    assert "自来水".encode() not in (tmp_path / "a").read_bytes()


def test_a_damaged_or_foreign_model_file_is_refused(model: Model, tmp_path: Path) -> None:
    path = tmp_path / "model"
    save(model, path)
    whole = path.read_bytes()

    for content, code in (
        (whole[: len(whole) // 2], "bad_model"),
        (b"", "bad_model"),
        (b"\x80\x04N.", "bad_model"),
        (changed(whole), "bad_model"),
    ):
        path.write_bytes(content)
        with pytest.raises(InputProblem) as refused:
            load(path)
        assert refused.value.code == code
    with pytest.raises(InputProblem, match="no_model"):
        load(tmp_path / "nothing")


def changed(whole: bytes) -> bytes:
    middle = len(whole) // 2
    return whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :]


def test_a_model_of_another_version_says_so(model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linli.insight.reading.model_files.VERSION", 7)
    save(model, tmp_path / "model")
    monkeypatch.undo()

    with pytest.raises(InputProblem) as refused:
        load(tmp_path / "model")
    assert "7" in refused.value.text("zh-hans")


@pytest.mark.parametrize(
    ("texts", "labels", "code"),
    [
        ([], [], "no_rows"),
        (["", "  "], ["甲", "乙"], "no_rows"),
        (["停水", "停电"], ["甲", "甲"], "one_label"),
        (["停水", "停电"], ["", "甲"], "no_rows"),
    ],
)
def test_too_little_to_learn_from_is_said(texts: list[str], labels: list[str], code: str) -> None:
    with pytest.raises(InputProblem) as refused:
        train(texts, labels)
    assert refused.value.code == code


def test_classes_of_one_row_are_learned_too() -> None:
    texts, labels = rows()
    model = train([*texts, "楼道里有人养鸡，公鸡打鸣"], [*labels, "养鸡"])

    assert model.labels[model.chances(["公鸡打鸣，楼道养鸡"])[0].argmax()] == "养鸡"
    assert train(["停水", "停电"], ["甲", "乙"]).facts.get("held_out") is None


def test_measures_are_those_of_the_books() -> None:
    truth, told = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 1, 0])
    chances = np.full((6, 3), 0.1)
    chances[np.arange(6), told] = 0.8
    found = measures_of(truth, chances, ("甲", "乙", "丙"), threshold=0.9)

    assert found.accuracy == pytest.approx(4 / 6)
    assert [row.f1 for row in found.labels] == pytest.approx([2 / 3, 0.8, 0.0])
    assert found.macro_f1 == pytest.approx((2 / 3 + 0.8) / 3)
    assert (found.top3, found.sure, found.sure_accuracy) == (1.0, 0.0, 0.0)
    assert found.confused == (("甲", "乙", 1), ("丙", "甲", 1))
    assert found.calibration_error == pytest.approx(0.8 - 4 / 6)
    assert calibration_error(np.array([1.0, 0.0]), np.array([True, False])) == 0


def test_chances_are_as_often_right_as_they_say() -> None:
    random = np.random.default_rng(1)
    scores = random.normal(size=(4000, 4))
    chances = chances_of(scores, 2.5, np.array([0.5, 0.0, -0.5, 0.0]))
    truth = np.array([random.choice(4, p=row) for row in chances])
    slope, offsets = calibrated(scores, truth)

    assert slope == pytest.approx(2.5, rel=0.1)
    assert offsets - offsets.mean() == pytest.approx([0.5, 0.0, -0.5, 0.0], abs=0.15)
    assert threshold_of(4) == 0.75
    assert threshold_of(0.5) == 0


def test_labels_never_learned_count_against_the_model(model: Model) -> None:
    found = evaluate(model, ["停水了", "孩子上学报名"], ["供水", "教育"])

    assert found.accuracy == 0.5
    assert next(row for row in found.labels if row.label == "教育").recall == 0
    assert found.macro_f1 < 0.7

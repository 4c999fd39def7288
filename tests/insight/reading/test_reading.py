"""A reader learns from labelled texts, says how sure it is and why, and bears whatever text comes."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.insight.reading.calibration import calibrated, chances_of
from linli.insight.reading.doubt import threshold_of
from linli.insight.reading.families import BITS, FAMILIES
from linli.insight.reading.learn import train
from linli.insight.reading.light import Light
from linli.insight.reading.measures import calibration_error, measures_of
from linli.insight.reading.model import Model, evaluate
from linli.insight.reading.model_files import load, save
from linli.insight.reading.pieces import batch_of, counted, pieces_of
from linli.insight.reading.readings import branches_of
from linli.insight.reading.words import HOUSE, LONGEST, house_words, words_of
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
@given(st.lists(st.one_of(st.text(max_size=60), st.none(), st.floats()), max_size=5))
def test_any_text_at_all_is_read(model: Model, texts: list[str | float | None]) -> None:
    readings = list(model.read(texts))

    assert len(readings) == len(texts)
    assert all(np.isfinite(reading.chances).all() for reading in readings)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.one_of(st.text(max_size=20), st.none()), st.sampled_from(["甲", "乙/丙", "", None, "NaN"])), max_size=8))
def test_any_rows_at_all_are_learned_or_refused(pairs: list[tuple[str | None, str | None]]) -> None:
    try:
        made = train([text for text, _label in pairs], [label for _text, label in pairs], separator="/")
    except InputProblem as refused:
        assert refused.code in {"no_rows", "one_label"}
    else:
        assert made.labels == ("乙/丙", "甲")
        assert np.isfinite(made.chances(["甲乙丙", ""])).all()


def test_only_the_beginning_of_an_endless_text_is_read() -> None:
    assert sum(map(len, words_of("水" * 100_000))) == LONGEST


def test_equal_pieces_have_equal_hashes_wherever_they_stand() -> None:
    def places(text: str) -> set[int]:
        key, _count = counted(pieces_of(batch_of([words_of(t) for t in ("前面还有别的内容", text)])).key)
        triple = next(n for n, family in enumerate(FAMILIES) if family.name == "triple")
        return {int(k) & ((1 << BITS) - 1) for k in key if divmod(int(k) >> BITS, len(FAMILIES)) == (1, triple)}

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
        (whole[:-1], "bad_model"),
        (whole[:60], "bad_model"),
        (b"", "bad_model"),
        (b"\x80\x04N.", "bad_model"),
        (b"PK\x03\x04 as the first version was kept", "other_version"),
        (changed(whole), "bad_model"),
        (whole[:150] + b"9" + whole[151:], "bad_model"),
    ):
        path.write_bytes(content)
        for opening in (load, Light):
            with pytest.raises(InputProblem) as refused:
                opening(path)
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
        ([None, float("nan"), "停水"], ["甲", "乙", "甲"], "no_rows"),
        (["停水", "停电", "停气"], [None, float("nan"), "甲"], "no_rows"),
    ],
)
def test_too_little_to_learn_from_is_said(texts: list[str], labels: list[str], code: str) -> None:
    with pytest.raises(InputProblem) as refused:
        train(texts, labels)
    assert refused.value.code == code


def test_the_website_reads_as_the_command_line_does(tmp_path: Path) -> None:
    save(train(*rows(), cut=HOUSE), tmp_path / "model")
    whole, light = load(tmp_path / "model"), Light(tmp_path / "model")
    texts = ["阳光花园的自来水又停水了，3 天", "", "的了吗", None, "<b>车位</b>被占，停车费涨了；" * 9, "a1 " * 50, "電表跳閘"]

    for text, theirs in zip(texts, whole.read(texts), strict=True):
        ours = light.reading(text)
        assert (ours.labels, ours.words, ours.sure, ours.strange) == (theirs.labels, theirs.words, theirs.sure, theirs.strange)
        assert ours.chances == pytest.approx(theirs.chances, abs=1e-5)
    assert [s.code for s in light.suggest("电表跳闸了", 1)] == ["供电"]
    assert light.suggest("") == []
    assert "".join(house_words("3栋自来水停了")) == "3栋自来水停了"


def test_where_no_leaf_is_sure_the_branch_is_told() -> None:
    texts = [f"{place}{said}" for said in ("路面坏了", "井盖没了", "夜里唱歌", "工地施工") for place in PLACES]
    labels = [label for label in ("道路/路面", "道路/井盖", "噪声/唱歌", "噪声/工地") for _place in PLACES]
    model = train([*texts, "树枝太长"], [*labels, "绿化"], separator="/")
    chances = np.sort(model.chances(["路面坏了井盖没了"])[0])[::-1]
    model = model.costing(1 / (1 - (chances[0] + chances[:2].sum()) / 2))  # between what the leaf and what the branch is sure of

    sure, unsure, nothing = model.read(["东门夜里唱歌", "路面坏了井盖没了", "你好"])
    assert (sure.labels[0], sure.sure) == ("噪声/唱歌", True)
    assert (unsure.labels[0], unsure.sure) == ("道路", True)
    assert set(unsure.labels[1:]) == {"道路/路面", "道路/井盖"}
    assert unsure.chances[0] == pytest.approx(sum(unsure.chances[1:]), abs=0.1)
    assert not nothing.sure
    assert len(model.facts["by_depth"]) == 2
    assert branches_of(("甲/乙", "甲"), "/") == {"甲": (0, 1)}
    assert branches_of(("甲/乙", "甲"), "") == {}


def test_a_description_stands_in_for_a_class_without_texts() -> None:
    model = train(*rows(), descriptions={"养犬": "遛狗不牵绳 狗叫 犬只伤人", "供水": "自来水 停水"})

    assert model.labels[model.chances(["有人遛狗不牵绳，狗叫了一夜"])[0].argmax()] == "养犬"
    assert model.facts["by_label"]["养犬"] == 0
    assert model.facts["rows"] == 120


def test_a_text_like_none_of_those_learned_is_strange() -> None:
    told = train(*rows())
    readings = list(told.read(["学校门口食堂的发票要不要补开", *rows()[0]]))

    assert not readings[0].sure
    assert sum(reading.strange for reading in readings[1:]) <= 0.06 * len(readings)
    assert told.costing(50).threshold == threshold_of(50)
    assert sum(r.sure for r in told.costing(1000).read(rows()[0])) <= sum(r.sure for r in told.costing(2).read(rows()[0]))


def test_what_tells_little_goes_where_there_is_no_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("linli.insight.reading.learn.MOST_WEIGHTS", 600)
    model = train(*rows())
    save(model, tmp_path / "model")

    assert model.weights.shape == (200, 3)
    assert (tmp_path / "model").stat().st_size < 8000
    assert model.labels[model.chances(["自来水停水"])[0].argmax()] == "供水"


def test_misspellings_and_dialect_change_little(model: Model) -> None:
    for text, label in (("俺们小区自莱水停嘞三天咧", "供水"), ("咱这嘎达晚上老停电，咋整", "供电"), ("车未被占啦，车库进唔去", "停车")):
        assert model.labels[model.chances([text])[0].argmax()] == label


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

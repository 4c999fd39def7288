"""The index finds what may be the same matter, says why, survives restarts and kills, and lets go of whoever is erased."""

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linli.insight.same import postings, store
from linli.insight.same.evidence import CARD
from linli.insight.same.index import Index
from linli.insight.same.reports import Report
from linli.insight.same.scorecard import chance_of
from linli.lib.problems import InputProblem

NOON = 1_700_000_000
HERE, THERE = (28.2000, 112.9000), (28.3000, 112.9500)
PLANT = Report("1", "丽发新城附近搅拌站噪音扰民\n夜里还在生产，粉尘很大。", NOON, HERE, "noise", person="a")
AGAIN = Report("2", "丽发新城旁边的攪拌站太吵\n请管一管，58车贷也是。", NOON + 7200, (28.2001, 112.9), "noise", person="b")
PARKING = Report("3", "伊景园滨河苑捆绑销售车位\n买房必须买车位。", NOON, THERE, person="a")


def filled(path: Path, *more: Report) -> Path:
    with Index(path, write=True) as index:
        index.add([PLANT, AGAIN, PARKING])
        for one in more:
            index.add([one])
    return path


def ids(path: Path, text: str, **how: float) -> list[str]:
    with Index(path) as index:
        return [found.id for found in index.find(Report("", text), **how)]  # type: ignore[arg-type]  # names of limits


def test_the_same_event_is_found_by_words_place_and_time_and_the_reasons_add_up(tmp_path: Path) -> None:
    with Index(filled(tmp_path / "i.same")) as index:
        first, *others = index.find(Report("9", "丽发新城搅拌站太吵了", NOON + 9000, HERE, "noise"))

    assert [first.id, *(one.id for one in others)][:2] in (["1", "2"], ["2", "1"])
    assert set(first.words) in ({"丽发新城", "搅拌站"}, {"丽发新城", "搅拌站太吵"})
    assert (first.metres or 0) < 15 and (first.hours or 9) < 3
    assert first.chance == pytest.approx(chance_of(CARD.base + sum(reason.points for reason in first.reasons)), abs=1e-4)


def test_far_away_long_ago_and_other_words_are_less_likely(tmp_path: Path) -> None:
    asked = Report("9", "丽发新城搅拌站太吵了", NOON + 9000, HERE, "noise")
    with Index(filled(tmp_path / "i.same", Report("4", PLANT.text, NOON - 10_000_000, THERE, "noise"))) as index:
        chances = {found.id: found.chance for found in index.find(asked)}
        assert chances["1"] > chances["4"]
        assert "4" not in [found.id for found in index.find(asked, days=30)] + [found.id for found in index.find(asked, metres=500)]
        assert chances.get("3", 0.0) < 0.2


def test_what_was_added_one_by_one_in_bulk_and_read_again_answers_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "TAIL", 32)
    many = [Report(f"m{n}", f"第{n}栋楼道灯不亮，{'电梯' if n % 3 else '水管'}也坏了 {n * 7919}", NOON + n, HERE) for n in range(150)]
    with Index(tmp_path / "bulk.same", write=True) as bulk, Index(tmp_path / "single.same", write=True) as single:
        bulk.add(many)
        for report in many[:50]:
            single.add([report])
        single.add(many[50:60])
        for report in many[60:]:
            single.add([report])
        asked = [Report("", many[n].text, NOON, HERE) for n in (0, 7, 120, 149)]
        before = [[found.id for found in single.find(one)] for one in asked]
        assert [found[0] for found in before] == ["m0", "m7", "m120", "m149"]
        assert [bulk.find(one)[0].id for one in asked] == [found[0] for found in before]
    with Index(tmp_path / "single.same") as again:
        assert len(again) == len(many)
        assert [[found.id for found in again.find(one)] for one in asked] == before


def test_an_id_that_comes_again_takes_the_earlier_ones_place(tmp_path: Path) -> None:
    path = filled(tmp_path / "i.same", Report("1", "广场舞音响太大", NOON, HERE, person="a"))

    assert "搅拌站噪音".encode() not in path.read_bytes()
    with Index(path) as index:
        assert len(index) == 3 and index.dead == 1
        assert index.find(Report("", "广场舞的音响"))[0].id == "1"


def test_erasing_a_person_takes_text_pieces_and_place_out_of_the_file_itself(tmp_path: Path) -> None:
    path = filled(tmp_path / "i.same")
    spot = struct.pack("<i", round(THERE[0] * 1e6))
    assert spot in path.read_bytes()

    with Index(path, write=True) as index:
        assert index.erase(persons=["a", "nobody"], ids=["404"]) == 2
        assert [found.id for found in index.find(Report("", PARKING.text))] in ([], ["2"])
        content = path.read_bytes()
        assert not any(word.encode() in content for word in ("搅拌站噪音", "伊景园", "滨河苑")) and spot not in content
        assert "58车贷".encode() in content
        size = len(content)
        index.compact()
        assert [found.id for found in index.find(Report("", "丽发新城搅拌站"))] == ["2"]
        index.add([Report("5", "新来的一条", NOON)])
    assert path.stat().st_size < size
    assert ids(path, "新来的一条")[0] == "5" and not path.with_name("i.same.part").exists()


def test_a_kill_between_the_word_and_the_deed_of_erasing_is_made_good_on_opening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = filled(tmp_path / "i.same")

    def killed(*_args: object) -> bytes:
        raise KeyboardInterrupt

    with Index(path, write=True) as index, monkeypatch.context() as patched:
        patched.setattr(store.Store, "_zeroed", killed)
        with pytest.raises(KeyboardInterrupt):
            index.erase(persons=["a"])
    assert "伊景园".encode() in path.read_bytes()

    assert ids(path, PARKING.text) == []  # who only reads does not see it any more
    with Index(path, write=True) as index:
        assert len(index) == 1
    assert "伊景园".encode() not in path.read_bytes()
    with Index(path) as index:
        assert index.said == ("", "")


def test_a_file_cut_off_anywhere_opens_with_what_was_whole_and_says_so_or_is_refused(tmp_path: Path) -> None:
    path = filled(tmp_path / "i.same", Report("4", "最后一条", NOON))
    content = path.read_bytes()
    whole = len(content)
    for size in {0, 5, 11, 12, 30, 60, whole // 3, whole // 2, whole - 40, whole - 1}:
        path.write_bytes(content[:size])
        if size < 12:
            with pytest.raises(InputProblem, match="bad_index"):
                Index(path)
            continue
        with Index(path, write=True) as index:
            assert len(index) in (0, 3) and (size == 12) == (index.said == ("", ""))
            index.add([Report("4", "最后一条", NOON)])
        assert ids(path, "最后一条")[0] == "4"
    path.write_bytes(content + bytes(300))
    with Index(path, write=True) as index:
        assert len(index) == 4 and "300" in index.said[1]


def test_damage_another_format_and_another_version_are_refused_with_what_to_do(tmp_path: Path) -> None:
    path = filled(tmp_path / "i.same", Report("4", "最后一条", NOON))
    content = bytearray(path.read_bytes())
    for at in (20, 100, len(content) // 3):
        path.write_bytes(content[:at] + bytes([content[at] ^ 0x55]) + content[at + 1 :])
        with pytest.raises(InputProblem) as refused:
            Index(path)
        assert refused.value.code == "bad_index" and "linli insight similar index" in refused.value.text("zh")
    path.write_bytes(content[:8] + b"\x63\x00" + content[10:])
    with pytest.raises(InputProblem, match="other_version"):
        Index(path)
    path.write_bytes(b"PK\x03\x04 something else entirely")
    with pytest.raises(InputProblem, match="bad_index"):
        Index(path)


def test_one_writer_at_a_time_and_readers_beside(tmp_path: Path) -> None:
    path = filled(tmp_path / "i.same")
    with Index(path, write=True), Index(path) as reader:
        with pytest.raises(InputProblem, match="index_busy"):
            Index(path, write=True)
        assert len(reader) == 3
    with pytest.raises(InputProblem, match="no_id"), Index(path, write=True) as index:
        index.add([Report("", "没有编号")])


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.text(max_size=80),
            st.sampled_from(
                ["", "水", "\x00\x1e\x07", "🙂" * 50, "<b>楼道</b>&nbsp;", "电" * 100_000, "\ud800", "ＡＢＣ１２３", "漏水 leak протечка"]
            ),
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([None, HERE, (-90.0, 180.0), (90.0, -180.0)]),
)
def test_whatever_text_comes_is_added_found_again_and_read_back(
    tmp_path: Path, texts: list[str], point: tuple[float, float] | None
) -> None:
    path = tmp_path / "any.same"
    path.unlink(missing_ok=True)
    with Index(path, write=True) as index:
        index.add(Report(str(n), text, NOON, point) for n, text in enumerate(texts))
        for text in texts:
            found = index.find(Report("", text, NOON, point), top=10)
            assert all(0 <= one.chance <= 1 and len(one.words) <= 4 for one in found)
            if len(texts) == 1 and point:
                assert [one.id for one in found] == ["0"]
    with Index(path) as index:
        assert len(index) == len(texts)


def test_a_hundred_times_the_same_text_is_found_at_once(tmp_path: Path) -> None:
    with Index(tmp_path / "i.same", write=True) as index:
        index.add(Report(str(n), "楼道灯不亮", NOON + n, HERE) for n in range(300))
        assert len(index.find(Report("", "楼道灯不亮", NOON, HERE), top=50)) >= 20
        assert index.find(Report("", "")) == []

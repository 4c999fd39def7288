"""Chinese words are found however the text was cut; what is stored is safe to show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.lib import texts

chinese = st.text(alphabet="小区电梯坏了漏水停车难物业不管三号楼灯的我家王明垃圾分类abcWiFi12，。！ \n", max_size=60)


def test_folding_brings_forms_together() -> None:
    assert texts.fold("  創建　ＷｉＦｉ\n網絡 ") == "创建 WiFi 网络"


def test_tokens_are_pairs_and_runs_without_punctuation() -> None:
    tokens = texts.search_tokens("小區3棟電梯壞了！WiFi也沒有")
    assert {"小区", "3", "电梯", "wifi", "没有", "梯坏"} <= set(tokens)
    assert len(tokens) == len(set(tokens))
    assert "！" not in tokens


def found(query: str, text: str) -> bool:
    index = set(texts.tokens_for_index(text).split(" "))
    tokens = texts.query_tokens(query)
    return bool(tokens) and all(token in index for token in tokens)


@pytest.mark.parametrize("query", ["电梯", "漏水", "停车", "電梯", "停车场", "物业公司", "3号楼", "wifi", "ＷＩＦＩ", "灯坏", "电梯 漏水"])
def test_what_is_written_is_found(query: str) -> None:
    assert found(query, "3号楼电梯漏水，停车场的灯坏了，物业公司说WiFi也断了")


def test_what_is_not_written_is_not_found() -> None:
    assert not found("暖气", "3号楼电梯漏水")


@given(chinese, st.data())
def test_every_two_neighbouring_characters_are_found(text: str, data: st.DataObject) -> None:
    folded = texts.fold(text)
    pairs = [folded[at : at + 2] for at in range(len(folded) - 1) if all("一" <= char <= "鿿" for char in folded[at : at + 2])]
    if pairs:
        assert found(data.draw(st.sampled_from(pairs)), text)


@given(chinese)
def test_a_text_is_found_by_itself(text: str) -> None:
    index = texts.tokens_for_index(text).split(" ")
    assert all(any(entry.startswith(token) for entry in index) for token in texts.query_tokens(text))


def test_one_character_is_a_prefix_wherever_it_stands() -> None:
    for text in ("水管", "停水了", "漏水"):
        assert texts.query_tokens("水") == ["水"]
        assert any(token.startswith("水") for token in texts.tokens_for_index(text).split(" "))


def test_words_are_looked_for_wherever_they_stand() -> None:
    """Not as written, one behind the other: whoever looks for the repair of a lift finds the lift that waits for its repair."""
    assert found("电梯维修", "维修了三次，电梯还是坏")
    assert found("停车场收费", "收费太高的停车场")
    assert not found("停车场收费", "停车收费，市场在旁边")


def test_words_that_two_texts_share_are_told_by_their_pairs() -> None:
    tokens = set(texts.search_tokens("停车场的WiFi断了"))
    assert [word for word in texts.word_tokens("停车场有wifi吗，车场呢") if texts.holds(tokens, word)] == ["停车场", "wifi", "车场"]


def test_particles_drop_out_beside_words() -> None:
    assert texts.query_tokens("我家里漏水") == ["家里", "漏水"]


@given(st.text())
def test_tokens_hold_no_spaces_and_no_empty_words(text: str) -> None:
    for token in (*texts.search_tokens(text), *texts.query_tokens(text), *texts.word_tokens(text)):
        assert token
        assert not any(char.isspace() for char in token)


def test_cleaning_takes_out_what_deceives() -> None:
    assert texts.clean("a\u202eb\u200bc\x00d\r\ne\u2028f", 100) == "abcd\ne\nf"
    assert texts.clean("  a  \n\n\n\n\nb  ", 100) == "a\n\nb"
    assert texts.clean("一二三四五", 3) == "一二三"


@given(st.text(), st.integers(0, 50))
def test_cleaning_twice_is_cleaning_once(text: str, limit: int) -> None:
    clean = texts.clean(text, limit)
    assert len(clean) <= limit
    assert texts.clean(clean, limit) == clean


@given(st.text(), st.integers(1, 50))
def test_an_excerpt_is_one_line_and_fits(text: str, n: int) -> None:
    line = texts.excerpt(text, n)
    assert len(line) <= n
    assert "\n" not in line


def test_an_excerpt_shows_that_something_was_cut() -> None:
    assert texts.excerpt("一二三四五六", 4) == "一二三…"
    assert texts.excerpt("一二\n三四", 5) == "一二 三四"

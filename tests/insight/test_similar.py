"""Requests about the same thing nearby come first; distance and age temper them."""

from hypothesis import given
from hypothesis import strategies as st

from linli.insight.similar import rank_similar, similarity
from linli.lib.texts import search_tokens

words = st.lists(st.sampled_from(["电梯", "漏水", "停车", "梯坏", "的", "小区", "wifi", "停车场"]), max_size=8)


@given(words, words)
def test_likeness_is_symmetric_and_between_nothing_and_the_same(a: list[str], b: list[str]) -> None:
    assert similarity(a, b) == similarity(b, a)
    assert 0 <= similarity(a, b) <= 1
    assert similarity(a, a) == (1.0 if a else 0.0)


def test_everyday_words_alone_are_hardly_alike() -> None:
    lift, same, other = (search_tokens(text) for text in ("3号楼电梯坏了没人修", "3号楼电梯故障没人修", "我们小区希望尽快解决垃圾问题"))
    assert similarity(lift, same) > 0.4
    assert similarity(lift, other) < 0.05


def test_the_same_matter_nearby_comes_first_with_its_words() -> None:
    found = rank_similar(
        "三单元电梯坏了一直没人修",
        [
            (1, "垃圾没人清运", 5.0, 1.0),
            (2, "三单元电梯坏了好几天", 2000.0, 1.0),
            (3, "三单元电梯坏了好几天", 20.0, 1.0),
            (4, "三单元电梯坏了好几天", None, 1.0),
        ],
        least=0.0,
    )
    assert [match.id for match in found][:2] == [3, 4]
    assert found[0].score > found[1].score
    assert "电梯" in found[0].reason


def test_the_newer_of_two_equal_ones_comes_first() -> None:
    found = rank_similar("路灯不亮", [("old", "路灯不亮", 10.0, 2000.0), ("new", "路灯不亮", 10.0, 1.0)])
    assert [match.id for match in found] == ["new", "old"]


def test_unlike_ones_are_left_out_and_no_more_than_asked_come() -> None:
    assert rank_similar("路灯不亮", [(1, "暖气不热", 10.0, 1.0)]) == []
    assert len(rank_similar("路灯不亮", [(n, "路灯不亮", 10.0, 1.0) for n in range(9)], top=3)) == 3
    assert rank_similar("", [(1, "路灯不亮", 10.0, 1.0)]) == []

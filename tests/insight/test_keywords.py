"""Suggestions name their words; danger to life is recognised, and a lecture about danger is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.insight.keywords import KeywordRules, Suggester, is_sure, numbers_to_call, urgency_of
from linli.law import packs

RULES = KeywordRules({"lift": ["电梯", ("电梯困人", 2.0)], "leak": ["漏水", "渗水"], "parking": ["停车", "车位"], "road": ["停车", "坑洼"]})
TREE = KeywordRules(packs.category_keywords())


def test_a_suggestion_names_the_words_that_decided() -> None:
    best = RULES.suggest("3号楼電梯困人，墻面漏水")[0]
    assert (best.code, best.reason) == ("lift", ("电梯困人", "电梯"))
    assert 0 < best.confidence < 1


def test_the_best_comes_first_and_no_more_than_asked() -> None:
    text = "车位被占，停车难，漏水"
    assert [suggestion.code for suggestion in RULES.suggest(text)] == ["parking", "leak", "road"]
    assert len(RULES.suggest(text, top=1)) == 1


def test_nothing_is_suggested_without_a_word() -> None:
    assert RULES.suggest("你好") == []
    assert RULES.suggest("") == []
    assert KeywordRules({}).suggest("漏水") == []


def test_rules_are_not_sure_where_several_codes_are_about_as_likely() -> None:
    rules = KeywordRules({"lift": ["电梯", "电梯异响"], "noise": ["异响"], "light": ["路灯"]})

    assert is_sure(rules.suggest("路灯不亮")) and is_sure(rules.suggest("电梯异响"))
    assert is_sure([])
    even = rules.suggest("路灯旁异响，电梯")
    assert len(even) == 3 and even[0].confidence < 0.4 and not is_sure(even)


def test_overlapping_words_are_all_found() -> None:
    rules = KeywordRules({"a": ["停车位"], "b": ["车位被占"], "c": ["停车"]})
    assert {suggestion.code for suggestion in rules.suggest("停车位被占")} == {"a", "b", "c"}


def test_signs_in_keywords_are_plain_text() -> None:
    assert KeywordRules({"a": ["c++", "(a|b)"]}).suggest("我会C++")[0].reason == ("c++",)


def test_an_empty_keyword_is_refused() -> None:
    with pytest.raises(ValueError, match="'a'"):
        KeywordRules({"a": [" "]})


def test_the_rules_are_a_suggester() -> None:
    suggester: Suggester = RULES
    assert suggester.suggest("漏水")[0].code == "leak"


@given(
    st.lists(st.text(alphabet="电梯漏水停车位坑", min_size=1, max_size=4), min_size=1, max_size=8, unique=True),
    st.text(alphabet="电梯漏水停车位坑，", max_size=30),
)
def test_exactly_the_words_that_occur_are_found(words: list[str], text: str) -> None:
    rules = KeywordRules({f"c{place}": [word] for place, word in enumerate(words)})
    found = {word for suggestion in rules.suggest(text, top=99) for word in suggestion.reason}
    assert found == {word for word in words if word in text}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("我们小区停车难，车位根本不够", "parking_shortage"),
        ("2单元电梯又坏了，停运三天", "lift_repair"),
        ("老楼想加装电梯", "lift_retrofit"),
        ("楼下半夜施工，夜间施工噪音太大", "noise_construction"),
        ("垃圾分类的桶放错地方", "waste_sorting"),
        ("家里停水一天了没水用", "water_cut"),
        ("井盖缺失很危险", "manhole"),
        ("邻居养狗遛狗不牵绳", "dogs"),
        ("希望开个老年食堂给老人助餐", "elder_meals"),
        ("老板拖欠工资三个月", "wages"),
    ],
)
def test_the_shipped_tree_finds_everyday_matters(text: str, code: str) -> None:
    assert TREE.suggest(text)[0].code == code


@pytest.mark.parametrize(
    ("text", "level", "numbers"),
    [
        ("3号楼着火了", "emergency", ("119",)),
        ("闻到煤气，怕是煤气泄漏", "emergency", ("119",)),
        ("电梯困人半小时", "emergency", ("119",)),
        ("老人晕倒在花园，有人触电", "emergency", ("120",)),
        ("有人要跳楼", "emergency", ("110",)),
        ("有人跳樓", "emergency", ("110",)),
        ("怕是煤气泄漏了", "emergency", ("119",)),
        ("没人管着火了", "emergency", ("119",)),
        ("老人没有呼吸了", "emergency", ("120",)),
        ("没有人被困", "urgent", ()),
        ("小区停水停电", "urgent", ()),
        ("污水外溢到路上", "urgent", ()),
        ("楼道有火灾隐患", "urgent", ()),
        ("建议办一次预防触电的讲座", "urgent", ()),
        ("没有着火，只是烧烤", "urgent", ()),
        ("建议增加健身器材", "ordinary", ()),
        ("", "ordinary", ()),
    ],
)
def test_urgency_follows_the_words(text: str, level: str, numbers: tuple[str, ...]) -> None:
    found = urgency_of(text)
    assert found.code == level
    assert numbers_to_call(text) == numbers
    assert bool(found.reason) == (level != "ordinary")
    assert 0 <= found.confidence <= 1


def test_one_word_of_danger_in_a_long_story_is_believed_less() -> None:
    story = "前些日子我们反映过楼下商铺的事情，一直没有结果。" * 10
    assert urgency_of(story + "有人被困").confidence < urgency_of("有人被困").confidence
    assert urgency_of(story + "有人被困").code == "emergency"

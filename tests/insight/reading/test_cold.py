"""On the first day descriptions of the categories are all there is."""

import pytest

from linli.insight.reading.cold import Rules
from linli.lib.problems import InputProblem

RULES = Rules({"环境保护": "噪音 油烟 污水 垃圾焚烧", "教育文体": "学校招生，幼儿园收费", "交通运输": ""})


def test_a_text_is_read_by_the_words_of_a_description() -> None:
    ours, other, nothing = RULES.read(["夜里噪音和油烟", "交通运输局管吗", "你好"])

    assert (ours.labels[0], ours.words[0], ours.sure) == ("环境保护", ("噪音", "油烟"), False)
    assert other.labels[0] == "交通运输"
    assert (nothing.chances, nothing.words, len(nothing.labels)) == ((0.0, 0.0, 0.0), ((), (), ()), 3)


def test_no_description_at_all_is_refused() -> None:
    with pytest.raises(InputProblem, match="no_rules"):
        Rules({})

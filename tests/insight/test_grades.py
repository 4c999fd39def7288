"""The suggestion of a grade: simple or complex, with the signs it rests on."""

from __future__ import annotations

import pytest

from linli.insight.grades import grade_of


@pytest.mark.parametrize(
    ("text", "code", "signs"),
    [
        ("楼道灯不亮", "simple", ()),
        ("外墙渗水，反映多次，物业和开发商互相推诿", "complex", ("反映多次", "开发商", "互相推诿")),
        ("小区大门口的违章建筑一直没人管", "complex", ("违章建筑", "一直没人管")),
        ("", "simple", ()),
    ],
)
def test_the_words_of_an_old_or_shared_trouble_suggest_complex(text: str, code: str, signs: tuple[str, ...]) -> None:
    found = grade_of(text)

    assert (found.code, found.reason) == (code, signs)


def test_a_category_of_complex_matters_comes_first_among_the_signs_and_weighs_more_than_one_word() -> None:
    by_category, by_word = grade_of("想了解一下", complex_category="加装电梯"), grade_of("听说要改造")

    assert by_category.code == by_word.code == "complex"
    assert by_category.reason == ("加装电梯",)
    assert by_category.confidence > by_word.confidence


def test_more_signs_are_believed_more_but_never_quite() -> None:
    every = grade_of("历史遗留的产权和规划，多年诉讼，征收补偿", complex_category="征收拆迁与安置")

    assert every.confidence == 0.9
    assert len(every.reason) == 5

"""Chinese is cut where words end; what is no word stays readable."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.lib.cutting import Words, words


@pytest.mark.parametrize(
    ("run", "cut"),
    [
        ("电梯坏了", ["电梯", "坏", "了"]),
        ("停车场收费", ["停车场", "收费"]),
        ("地下室漏水", ["地下室", "漏水"]),
        ("健身器材", ["健身", "器材"]),
        ("违建", ["违建"]),
        ("研究生命起源", ["研究", "生命", "起源"]),
    ],
)
def test_words_are_found(run: str, cut: list[str]) -> None:
    assert words().cut(run) == cut


@given(st.text(alphabet="小区电梯坏了漏水停车难物业不管三号楼灯的我家𠮷龘〇", max_size=40))
def test_words_joined_are_the_run_again(run: str) -> None:
    found = words().cut(run)

    assert "".join(found) == run
    assert all(1 <= len(word) <= 4 for word in found)


def test_what_is_met_often_wins_over_what_is_met_once() -> None:
    lines = "上   g\n上海  h\n海   g\n海上  m\n"

    assert Words(io.StringIO(lines)).cut("上海上") == ["上", "海上"]
    assert Words(io.StringIO(lines.replace("m", "a").replace("h\n", "m\n"))).cut("上海上") == ["上海", "上"]


def test_a_character_never_met_stands_alone() -> None:
    assert Words(io.StringIO("电梯  c\n")).cut("坏电梯坏") == ["坏", "电梯", "坏"]
    assert Words(io.StringIO("")).cut("电梯") == ["电", "梯"]


@pytest.mark.parametrize("lines", ["电梯 c\n", "电梯  c", "电梯  cc\n", "𠮷   c\n"])
def test_a_line_of_another_form_is_refused(lines: str) -> None:
    with pytest.raises(ValueError, match="four characters"):
        Words(io.StringIO(lines))


def test_the_words_of_the_house_are_in_order_and_many() -> None:
    assert len(words()) > 150_000
    assert list(words()._keys) == sorted(set(words()._keys))

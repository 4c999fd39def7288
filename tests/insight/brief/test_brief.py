"""A text in brief: the ask, places, times and amounts are the text's own words at the place that is told."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.insight.brief import tables
from linli.insight.brief.asking import MOST, the_ask
from linli.insight.brief.brief import brief_of
from linli.insight.brief.figures import amounts, times
from linli.insight.brief.places import Gazetteer, Known, settled
from linli.insight.brief.summary import CHARACTERS, summary
from linli.lib.problems import InputProblem

TEXT = (
    "尊敬的社区领导：您好！我是芳草苑3栋的住户。从今年3月起，楼下烧烤店每天晚上11点到凌晨2点还在营业，油烟直接排到窗口。"
    "我们找过物业三次，都说管不了。楼里有12户老人，已经有人住院，花了3200元。"
    "希望城管部门尽快核实油烟排放，要求店家装好净化设备。谢谢！"
)
TREE = Gazetteer(
    [
        Known((1,), "芳草社区", "community"),
        Known((1, 2), "芳草苑", "compound", (("老电厂宿舍", "alias"), ("锦绣路", "road"), ("人民医院", "landmark"))),
        Known((1, 2, 3), "3 栋", "building"),
        Known((1, 2, 5), "12 栋", "building"),
        Known((1, 4), "锦绣花园", "compound", (("锦绣路", "road"),)),
        Known((9, 8), "和平小区", "compound"),
        Known((1, 7), "和平小区", "compound"),
    ]
)
anything = st.one_of(
    st.text(max_size=200),
    st.text(alphabet="请希望解决3栋三号楼芳草苑0123456789年月日元点到\n。\x00\u200b😀<b>", max_size=200),
    st.sampled_from(["", " ", "a", "。" * 50, "好" * 100_000, "3栋" * 3_000, "一二三四五" * 2_000, "<img src=x onerror=alert(1)>"]),
)


def test_the_ask_is_the_sentence_that_asks_not_the_courtesy() -> None:
    found = the_ask(TEXT)

    assert found is not None
    assert found.text == "希望城管部门尽快核实油烟排放，要求店家装好净化设备。"
    assert TEXT[found.start : found.end] == found.text
    assert the_ask("路灯坏了。请问什么时候能修好？谢谢领导！").text == "请问什么时候能修好？"  # type: ignore[union-attr]  # there is one
    assert the_ask("") is the_ask("！！！") is None
    long = "因为小区大门口的车辆乱停乱放，" * 8 + "希望交警设置隔离护栏，" + "方便大家进出，" * 12
    assert len(the_ask(long).text) <= MOST and "隔离护栏" in the_ask(long).text  # type: ignore[union-attr]  # there is one


def test_times_amounts_and_a_summary_are_the_texts_own_words() -> None:
    assert [p.text for p in times(TEXT)] == ["今年3月", "每天晚上11点到凌晨2点"]
    assert [p.text for p in amounts(TEXT)] == ["三次", "12户", "3200元"]
    told = summary(TEXT)
    assert 1 <= len(told) <= 3 and sum(len(p.text) for p in told) <= CHARACTERS
    assert all(TEXT[p.start : p.end] == p.text for p in told)
    assert "".join(p.text for p in summary("电梯坏了。")) == "电梯坏了。"


@pytest.mark.parametrize(
    ("text", "place", "by"),
    [
        ("芳草苑3栋漏水", 3, "building"),
        ("芳草苑小区三号楼漏水", 3, "building"),
        ("老电厂宿舍十二幢没电", 5, "building"),
        ("芳草苑 ３ 栋门口", 3, "building"),
        ("芳草社区芳草苑门口", 2, "name"),
        ("人民医院旁边的灯坏了", 2, "landmark"),
        ("芳草苑9栋", 2, "name"),
    ],
)
def test_a_place_is_found_by_name_alias_landmark_and_down_to_the_building(text: str, place: int, by: str) -> None:
    one = settled(TREE.find(text), TREE.lines())

    assert one is not None and (one.place, one.by) == (place, by)


def test_what_may_be_several_places_is_told_as_such_and_suggested_as_none() -> None:
    road = TREE.find("锦绣路路灯坏了")

    assert [(m.place, m.by, m.others) for m in road] == [(2, "road", (4,))]
    assert settled(road, TREE.lines()) is None
    assert settled(TREE.find("芳草苑和锦绣花园都停水"), TREE.lines()) is None
    assert settled(TREE.find("和平小区停水"), TREE.lines()) is None
    assert settled(TREE.find("和平小区停水", near=(1,)), TREE.lines()).place == 7  # type: ignore[union-attr]  # one lies near
    assert TREE.find("") == TREE.find("别处") == []


@settings(max_examples=60)
@given(anything)
def test_whatever_is_pasted_each_piece_stands_where_it_is_told(text: str) -> None:
    made = brief_of(text, gazetteer=TREE)

    for piece in (*made.summary, *made.times, *made.amounts, *([made.ask] if made.ask else [])):
        assert text[piece.start : piece.end] == piece.text != ""
    assert all(0 <= m.start < m.end <= len(text) for m in made.places)


def test_a_table_of_briefs_holds_no_personal_detail() -> None:
    places, names = tables.places_in("name,kind,parent,alias\n芳草苑,compound,,老电厂宿舍\n3 栋,building,芳草苑,\n".encode())
    out = io.StringIO()
    text = "联系人王小明，电话13812345678，希望修好老电厂宿舍3栋501室楼上的水管。"

    assert tables.written(tables.briefs_of([text, ""], places), out, names) == 2
    row, empty = csv.DictReader(io.StringIO(out.getvalue()))
    assert (row["places"], row["details"]) == ("3 栋", "name；phone；address")
    assert all(secret not in out.getvalue() for secret in ("王小明", "13812345678", "501"))
    assert empty["ask"] == ""
    with pytest.raises(InputProblem, match="2"):
        tables.places_in("name,parent\n芳草苑,\n3 栋,没有的\n".encode())

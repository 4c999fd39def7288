"""Tables of messages: CSV as people have it."""

import gzip
import io

import pytest

from linli.insight.reading.readings import Reading
from linli.insight.reading.tables import rows_of, written
from linli.lib.problems import InputProblem

CSV = '编号,标题,内容,类别\n1,停水,"三天了,\n没人管",供水\n2,,灯不亮,\n\n3\n'


@pytest.mark.parametrize("content", [CSV.encode(), CSV.encode("utf-8-sig"), CSV.encode("gb18030"), gzip.compress(CSV.encode())])
def test_columns_are_joined_and_empty_ones_left_out(content: bytes) -> None:
    assert list(rows_of(content, ("标题", "内容"), "类别")) == [("停水\n三天了,\n没人管", "供水"), ("灯不亮", ""), ("", "")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_column"),
        (CSV.replace("内容", "正文").encode(), "no_column"),
        (gzip.compress(CSV.encode())[:30], "bad_gzip"),
        (b"\xff\xff\xff", "not_utf8"),
    ],
)
def test_what_cannot_be_read_says_how_to_mend_it(content: bytes, code: str) -> None:
    with pytest.raises(InputProblem) as refused:
        list(rows_of(content, ("标题", "内容")))
    assert refused.value.code == code


def test_readings_are_written_one_a_line_and_doubt_is_marked() -> None:
    out = io.StringIO()
    readings = [
        Reading(("供水", "供电", "停车"), (0.91, 0.05, 0.04), (("停水",), (), ()), True),
        Reading(("供电", "供水"), (0.5, 0.5), ((), ()), False),
    ]

    assert written(readings, out) == (2, 1)
    assert out.getvalue().splitlines() == [
        "row,label,confidence,second,third,reason",
        "1,供水,0.9100,供电,停车,停水",
        "2,供电,0.5000,供水,,?",
    ]

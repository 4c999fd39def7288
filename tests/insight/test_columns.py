"""Tables come as spreadsheets write them: any encoding in use here, any divider; what is no table says what it is and how to mend it."""

from __future__ import annotations

import csv
import gzip
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.insight.columns import DIVIDERS, columns_of, lines_of
from linli.insight.hands.files import Columns, cases_of
from linli.insight.hot.tables import messages_of
from linli.insight.opinion_files import read_votes
from linli.insight.reading.tables import rows_of
from linli.insight.same.tables import Columns as SameColumns
from linli.insight.same.tables import reports_of
from linli.lib.problems import InputProblem

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r", exclude_categories=("Cs",)), max_size=12)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=4),
    st.sampled_from(DIVIDERS),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
    st.booleans(),
)
def test_whatever_a_spreadsheet_writes_is_read_back(rows: list[tuple[str, str, str]], divider: str, encoding: str, packed: bool) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=divider, quoting=csv.QUOTE_ALL).writerows([("编号", "内容", "类别"), *rows])
    content = out.getvalue().encode(encoding)

    found = list(columns_of(gzip.compress(content) if packed else content, ["内容", "编号"]))

    assert found == [{"内容": text.strip(), "编号": number.strip()} for number, text, _label in rows]


def test_every_command_reads_a_table_with_semicolons_in_an_older_encoding() -> None:
    votes = "voter;statement;vote\n1;a;同意\n"
    cases = "开始;办结;到期\n2026/6/1 9:05;2026年6月1日 10:00;\n\n"
    texts = "\n编号;标题;内容;时间;类别\n7;停水了;整栋停水，没有通知;2026-06-01;供水\n"

    assert list(read_votes(votes.encode("gb18030"))) == [("1", "a", 1)]
    (case,) = cases_of(cases.encode("gb18030"), Columns("开始", "办结", "到期", "", ""))
    assert (case.closed or 0) - case.opened == 55
    assert list(rows_of(texts.encode("gb18030"), ("标题", "内容"), "类别")) == [("停水了\n整栋停水，没有通知", "供水")]
    assert [m.title for m, _row in messages_of(texts.encode("gb18030"))] == ["停水了"]
    assert [r.id for r in reports_of(texts.encode("gb18030"), SameColumns(("标题",), id="编号"))] == ["7"]


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"", "no_column", "空"),
        ("\ufeff\n \n".encode(), "no_column", "空"),
        ("编号，正文\n1，停水\n".encode(), "no_column", "内容"),
        (b"PK\x03\x04\x14\x00", "workbook", "另存为"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "workbook", "另存为"),
        ('编号,内容\n1,"停水\n2,漏水\n'.encode(), "open_quote", "第 2 行"),
        (b"\xff\xff\xff", "not_utf8", "UTF-8"),
        (b"\x1f\x8bxx", "bad_gzip", "压缩"),
        (b"a,b\n" + b"x" * 10_000_001, "not_csv", "CSV"),
    ],
)
def test_what_is_no_table_says_what_it_is_and_how_to_mend_it(content: bytes, code: str, says: str) -> None:
    with pytest.raises(InputProblem) as caught:
        list(columns_of(content, ["内容"]) if code != "not_csv" else lines_of(content))
    assert (caught.value.code, says in caught.value.text_zh, bool(caught.value.text_en)) == (code, True, True)


def test_a_lone_quotation_mark_inside_a_cell_is_a_mark_and_divides_nothing() -> None:
    assert list(columns_of('编号,内容\n1,5" 的管子漏水\n'.encode(), ["内容"])) == [{"内容": '5" 的管子漏水'}]

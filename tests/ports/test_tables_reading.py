"""Reading sheets: whatever people have, and what was made to harm."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.ports.tables import values
from linli.ports.tables.kinds import KINDS, kind_named
from linli.ports.tables.mapping import guess, mapping_of
from linli.ports.tables.open_document import shapes
from linli.ports.tables.reading import Sheet, Unreadable, open_book

MB = 1024 * 1024


def read(content: bytes, kind: str = "residents", sheet: str = "") -> Sheet:
    book = open_book(content, "file", most_bytes=10 * MB, is_heading=kind_named(kind).is_heading)
    return book.read(sheet or book.sheets[0])


def workbook(rows: list[list[object]]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"default_date_format": "yyyy-mm-dd"})
    page = book.add_worksheet("名册")
    for down, row in enumerate(rows):
        for across, value in enumerate(row):
            page.write(down, across, value)
    book.close()
    return out.getvalue()


def refused(content: bytes, *, limit: int = 10 * MB) -> str:
    with pytest.raises(Unreadable) as caught:
        book = open_book(content, "file", most_bytes=limit)
        book.read(book.sheets[0])
    assert str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_is_read_in_every_usual_encoding_and_delimiter(encoding: str, delimiter: str):
    text = f'姓名{delimiter}手机{delimiter}其他地址\r\n王小明{delimiter}13800138000{delimiter}"芳草街\n12号"\r\n'

    sheet = read(text.encode(encoding))

    assert sheet.header == ("姓名", "手机", "其他地址")
    assert [row.values for row in sheet.rows] == [("王小明", "13800138000", "芳草街\n12号")]


def test_header_is_found_under_title_rows_and_row_numbers_are_the_sheets_own():
    sheet = read(
        workbook([["芳草苑居民名册"], ["填表人：李敏", "", "2026-03-01"], [], ["姓名", "身份证号", "联系电话"], ["王小明", "x", "y"]])
    )

    assert sheet.header_row == 4
    assert sheet.rows[0].number == 5


def test_value_merged_down_belongs_to_every_row_and_dates_are_typed():
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    page = book.add_worksheet()
    page.write_row(0, 0, ["姓名", "楼栋", "入住日期"])
    page.merge_range(1, 1, 2, 1, "3栋")
    page.write(1, 0, "王")
    page.write(2, 0, "李")
    page.write_datetime(1, 2, date(2026, 3, 2), book.add_format({"num_format": "yyyy-mm-dd"}))
    book.close()

    rows = read(out.getvalue()).rows

    assert [row.values[1] for row in rows] == ["3栋", "3栋"]
    assert values.day(rows[0].values[2]) == date(2026, 3, 2)


def test_formula_gives_its_stored_result_and_one_without_is_named():
    stored, bare = io.BytesIO(), io.BytesIO()
    book = xlsxwriter.Workbook(stored)
    page = book.add_worksheet()
    page.write_row(0, 0, ["姓名", "专有面积"])
    page.write(1, 0, "王")
    page.write_formula(1, 1, "=80+9.37", None, 89.37)
    book.close()
    other = openpyxl.Workbook()
    other.active.append(["姓名", "专有面积"])
    other.active.append(["王", "=80+9.37"])
    other.save(bare)

    assert read(stored.getvalue()).rows[0].values == ("王", 89.37)
    assert read(bare.getvalue()).empty_formulas == {(2, 1)}


def test_file_is_taken_for_what_it_is_whatever_its_name_says():
    book = open_book(workbook([["姓名", "手机"], ["王", "1"]]), "名册.csv", most_bytes=MB)

    assert book.sheets == ("名册",)


def test_bomb_is_refused_before_it_is_unpacked():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", "<workbook/>")
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * (80 * MB))

    assert refused(out.getvalue()) == "bomb"


def test_bomb_that_lies_about_its_size_is_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"1" * (3 * MB))
    content = bytearray(out.getvalue())
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = content.find(mark)
        content[place + at : place + at + 4] = struct.pack("<I", 100)

    assert refused(bytes(content)) == "damaged"


def test_cell_at_the_far_corner_makes_no_room_for_a_million_columns():
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    page = book.add_worksheet()
    page.write(0, 0, "姓名")
    page.write(1_048_575, 16_383, "x")
    book.close()

    assert refused(out.getvalue()) == "too_long"
    assert refused(("姓名," * 1_000_000 + "\n1,2\n").encode()) == "too_wide"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \r\n\r\n", "empty"),
        (b"%PDF-1.7 ...", "not_a_sheet"),
        (b"\x89PNG\r\n\x1a\n0000", "not_a_sheet"),
        (b"\x7fELF\x02\x01\x01\x00\x00\x00", "not_a_sheet"),
        (bytes(range(128, 256)) * 40, "not_a_sheet"),
        (b"PK\x03\x04 and then nothing", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "damaged"),
    ],
)
def test_junk_is_refused_with_words(content: bytes, code: str):
    assert refused(content) == code


def test_truncated_protected_foreign_and_oversized_files_are_refused():
    whole = workbook([["姓名"], ["王"]])
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as packed:
        packed.writestr("photo.txt", "x")
    protected = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 512 + "EncryptedPackage".encode("utf-16-le")

    assert refused(whole[:-200]) == "damaged"
    assert refused(whole[: len(whole) // 2]) == "damaged"
    assert refused(zipped.getvalue()) == "not_a_sheet"
    assert refused(protected) == "protected"
    assert refused(whole, limit=100) == "too_large"


@settings(deadline=None)  # a busy machine is no fault
@given(st.binary(max_size=3000))
def test_no_bytes_whatever_do_anything_but_read_or_refuse(content: bytes):
    try:
        book = open_book(content, "x", most_bytes=MB)
        book.read(book.sheets[0])
    except Unreadable as refusal:
        assert str(refusal)


# --- columns ----------------------------------------------------------------------------------------------
def test_columns_are_known_by_many_headings_and_by_their_contents():
    text = "名字,证件号码,联系电话（必填）,幢,单元,室,与户主关系,建筑面积(㎡),份额,备注,号码\n王,11010519491231002X,1,3,1,501,户主,89,1,好,13800138000\n"

    found = {g.heading: (g.key, g.why) for g in guess(KINDS["residents"], read(text.encode()))}

    assert found["名字"] == ("name", "heading")
    assert found["证件号码"] == ("identity", "heading")
    assert found["联系电话（必填）"][0] == "phone"
    assert [found[h][0] for h in ("幢", "单元", "室", "与户主关系", "建筑面积(㎡)", "份额", "备注")] == [
        "building",
        "entrance",
        "room",
        "relation",
        "area",
        "share",
        "",
    ]
    assert found["号码"][0] == ""


def test_column_without_a_known_heading_is_known_by_what_stands_in_it():
    sheet = read("姓名,甲,乙\n王,11010519491231002X,13800138000\n李,11010519491231002X,13900138000\n".encode())

    assert mapping_of(guess(KINDS["residents"], sheet)).positions == {"name": 0, "identity": 1, "phone": 2}


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_template_is_understood_whole_in_both_languages(kind: str, language: str):
    from django.utils import translation

    from linli.ports.tables.writing import write_template

    out = io.BytesIO()
    with translation.override(language):
        write_template(out, KINDS[kind])
    sheet = read(out.getvalue(), kind)

    assert set(mapping_of(guess(KINDS[kind], sheet)).positions) == {c.key for c in KINDS[kind].columns}


# --- values -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "given_value", ["13800138000", "'13800138000", 13800138000.0, "１３８００１３８０００", "+86 138-0013-8000", "13800138000、13900139000"]
)
def test_telephone_is_read_however_the_sheet_bent_it(given_value: object):
    assert values.phone(given_value) == "13800138000"


@pytest.mark.parametrize("given_value", ["1.38E+10", "1.10105E+17", 1.1010519491231e17, date(2026, 1, 2)])
def test_number_that_lost_digits_is_explained(given_value: object):
    with pytest.raises(values.Wrong, match="文本"):
        values.digits(given_value)


def test_areas_shares_and_days_are_read_exactly():
    assert values.area("89.37㎡") == values.area(89.37) == values.area(" ８９.３７ 平方米") == 8937
    assert values.share("1/2") == values.share("50%") == values.share("二分之一") == values.share(0.5)
    assert values.day("2026.3.2") == values.day("2026年3月2日") == values.day(46083.0) == date(2026, 3, 2)
    with pytest.raises(values.Wrong, match="不存在"):
        values.day("2026.2.30")
    with pytest.raises(values.Wrong, match="日期"):
        values.share(date(2026, 1, 2))


# --- files as other programs write them (tests/ports/sheets/make.py says how they came about) ---------------------------------------------
SHEETS = Path(__file__).resolve().parent / "sheets"


@pytest.mark.parametrize("name", ["roster.xls", "roster.ods"])
def test_old_excel_and_open_document_rosters_are_read_cell_by_cell(name: str):
    book = open_book((SHEETS / name).read_bytes(), name, most_bytes=MB, is_heading=kind_named("residents").is_heading)
    sheet = book.read("名册")
    keys = mapping_of(guess(kind_named("residents"), sheet)).positions

    assert book.sheets == ("名册", "说明")  # and no hidden one
    assert sheet.header_row == 2 and [row.number for row in sheet.rows] == [3, 4]
    assert {"name", "identity", "phone", "compound", "building", "room", "area"} <= set(keys)
    first, second = (row.values for row in sheet.rows)
    assert values.mobile(first[keys["phone"]]) == "13800138000"  # kept as a number by whoever typed it
    assert second[keys["building"]] == "7栋", "merged down over both rows"
    assert values.day(second[-1]) == date(2020, 3, 1)


def test_formula_in_old_formats_gives_its_result_and_one_without_is_named_where_the_format_tells():
    assert read((SHEETS / "formula.ods").read_bytes()).rows[0].values == ("王小明", 89.37)
    assert read((SHEETS / "bare_formula.ods").read_bytes()).empty_formulas == {(2, 1)}
    # A program that computes nothing says in an xls that the result is the empty text: no reader can tell it from one that is.
    assert read((SHEETS / "formula.xls").read_bytes()).rows[0].values == ("王小明",)


def test_formula_whose_result_is_the_empty_text_is_an_empty_cell_and_no_fault():
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    page = book.add_worksheet()
    page.write_row(0, 0, ["姓名", "手机", "楼栋"])
    page.write(1, 0, "王")
    page.write_formula(1, 1, '=IF(A2="","x","")', None, "")
    page.write_formula(1, 2, '="7栋"', None, "7栋")
    book.close()
    excel = io.BytesIO()
    with zipfile.ZipFile(out) as before, zipfile.ZipFile(excel, "w") as after:
        for part in before.namelist():  # Excel says that the empty result is a text
            after.writestr(part, before.read(part).replace(b'<c r="B2"><f>', b'<c r="B2" t="str"><f>'))

    sheet = read(excel.getvalue())

    assert read(out.getvalue()).empty_formulas == {(2, 1)}

    assert sheet.empty_formulas == frozenset() and sheet.rows[0].values == ("王", "", "7栋")


def test_repeated_rows_and_marks_in_formulas_do_not_shift_what_is_found_in_an_open_document():
    cells = (
        '<table:table-row table:number-rows-repeated="3"><table:table-cell table:number-columns-repeated="2"/></table:table-row>'
        '<table:table-row/><table:table-row><table:table-cell table:number-columns-repeated="2"/>'
        '<table:table-cell table:formula="of:=IF([.A1]&gt;3;&quot;a>b&quot;;0)"/>'
        '<table:table-cell table:number-rows-spanned="2" office:value-type="string"><text:p>甲</text:p></table:table-cell></table:table-row>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("content.xml", f'<table:table table:name="A &amp; B">{cells}</table:table>')

    (shape,) = shapes(out.getvalue()).values()

    assert list(shapes(out.getvalue())) == ["A & B"]
    assert shape.bare == {(5, 2)} and shape.merged == [((4, 3), (5, 3))]

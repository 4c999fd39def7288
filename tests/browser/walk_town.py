"""The files a newcomer brings along: the places, the homes, and a roster with the mistakes rosters have."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from PIL import Image, ImageDraw

STREET, COMMUNITY = "510107020000", "510107020001"

PLACES = """\
级别,名称,上级,代码,社区类型,电话
省,四川省,,510000000000,,
市,成都市,510000000000,510100000000,,
区县,武侯区,510100000000,510107000000,,
街道,玉林街道,510107000000,510107020000,,02885550000
社区,芳草社区,510107020000,510107020001,老旧社区,02885551234
小区,芳草苑,510107020001,,,
楼栋,1 栋,芳草苑,,,
楼栋,2 栋,芳草苑,,,
楼栋,3 栋,芳草苑,,,
"""

HOMES = """\
小区,楼栋,单元,房号,专有面积,用途
芳草苑,1栋,1单元,101,80.50,住宅
芳草苑,1栋,1单元,102,80.50,住宅
芳草苑,2栋,1单元,201,65,住宅
芳草苑,3栋,2单元,502,89.37,住宅
"""

HEADER = ["姓名", "身份证号", "手机", "小区", "楼栋", "单元", "房号", "与户主关系", "入住日期"]
WRONG_IDENTITY, WRONG_DAY, WRONG_PHONE = "110105194912310021", "2026.2.30", "1380013800"
ROSTER = [
    ["王小明", "11010519491231002X", "13800138001", "芳草苑", "3栋", "2单元", "502", "户主", "2020-03-01"],
    ["林秀英", WRONG_IDENTITY, "13800138002", "芳草苑", "1栋", "1单元", "102", "户主", "2019-05-06"],
    ["周建国", "", "13800138003", "芳草苑", "2栋", "1单元", "201", "户主", WRONG_DAY],
    ["赵敏", "", WRONG_PHONE, "芳草苑", "2栋", "1单元", "201", "租户", "2021-01-01"],
    ["", "", "13800138005", "芳草苑", "1栋", "1单元", "101", "租户", "2021-01-01"],
    ["王小明", "11010519491231002X", "13800138001", "芳草苑", "3栋", "2单元", "502", "户主", "2020-03-01"],
    ["李华", "", "13800138006", "芳草苑", "1栋", "1单元", "101", "租户", "2021-01-01"],
]
# What somebody types into the marked cells: (row, column) as the sheet counts them. The doubled row 7 goes.
MENDED = {(3, "B"): "110105194912310046", (4, "I"): "2026-02-28", (5, "C"): "13800138004", (6, "A"): "孙丽"}
DOUBLED = 7
EXPECTED_MARKS = {"B3", "I4", "C5", "A6"}
PEOPLE = 6


def write_sheets(folder: Path) -> None:
    """places.csv, homes.csv and roster.xlsx."""
    (folder / "places.csv").write_text(PLACES, encoding="utf-8-sig")
    (folder / "homes.csv").write_text(HOMES, encoding="utf-8-sig")
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "名册"
    for row in [HEADER, *ROSTER]:
        sheet.append(row)
    book.save(folder / "roster.xlsx")


def marks(path: Path) -> dict[str, str]:
    """Marked cells of the first sheet: address to the words that explain what is wrong with it."""
    sheet = load_workbook(path).worksheets[0]
    return {cell.coordinate: cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment is not None}


def explanations(path: Path) -> dict[int, str]:
    """Row number to what its last column says; the heading of that column is row 1."""
    sheet = load_workbook(path).worksheets[0]
    return {row[-1].row: str(row[-1].value) for row in sheet.iter_rows() if row[-1].value}


def mend(path: Path) -> None:
    """Type the right values into the marked copy and save it, as a person would."""
    book = load_workbook(path)
    sheet = book.worksheets[0]
    for (row, column), value in MENDED.items():
        sheet[f"{column}{row}"] = value
    sheet.delete_rows(DOUBLED)
    book.save(path)


def photo() -> bytes:
    """A picture of a lift's door, drawn."""
    image = Image.new("RGB", (960, 720), "#b9c0c7")
    draw = ImageDraw.Draw(image)
    draw.rectangle((260, 90, 700, 700), fill="#8d97a1", outline="#5c6670", width=8)
    draw.line((480, 90, 480, 700), fill="#3c454d", width=6)
    draw.ellipse((760, 330, 800, 370), fill="#c8102e")
    out = BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()

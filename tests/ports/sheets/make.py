"""
How `roster.xls`, `roster.ods` and their kin beside this file were made: by real writers of those formats, xlwt 1.3.0 (BIFF8, as Excel 97-2003)
and odfpy 1.4.1 (OpenDocument 1.2). They are made once and kept, so that the tests need neither.

    python -m pip install xlwt odfpy && python tests/ports/sheets/make.py
"""

# mypy: ignore-errors
from __future__ import annotations

from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
TITLE = "芳草苑居民名册"
HEAD = ["姓名", "身份证号", "手机", "小区", "楼栋", "单元", "房号", "与户主关系", "专有面积", "入住日期"]
ROWS = [
    ["王小明", "11010519491231002X", 13800138000, "芳草苑", "7栋", "1", "501", "户主", 89.37, date(2020, 3, 1)],
    ["李梅", "", "13900139000", "芳草苑", "7栋", "1", "501", "配偶", 89.37, date(2020, 3, 1)],
]


def xls() -> None:
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    page, other = book.add_sheet("名册"), book.add_sheet("说明")
    other.write(0, 0, "填表说明")
    hidden = book.add_sheet("旧表")
    hidden.visibility = 1
    hidden.write(0, 0, "不要读")
    dated = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    page.write_merge(0, 0, 0, 9, TITLE)
    for across, word in enumerate(HEAD):
        page.write(1, across, word)
    for down, row in enumerate(ROWS, start=2):
        for across, value in enumerate(row):
            if across == 4:
                continue
            page.write(down, across, value, dated) if isinstance(value, date) else page.write(down, across, value)
    page.write_merge(2, 3, 4, 4, "7栋")
    book.save(str(HERE / "roster.xls"))
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("名册")
    page.write(0, 0, "姓名")
    page.write(0, 1, "专有面积")
    page.write(1, 0, "王小明")
    page.write(1, 1, xlwt.Formula("80+9.37"))
    book.save(str(HERE / "formula.xls"))


def ods() -> None:
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import CoveredTableCell, Table, TableCell, TableRow
    from odf.text import P

    def cell(value, **more):
        if isinstance(value, date):
            made = TableCell(valuetype="date", datevalue=value.isoformat(), **more)
        elif isinstance(value, int | float):
            made = TableCell(valuetype="float", value=value, **more)
        else:
            made = TableCell(valuetype="string", **more)
        made.addElement(P(text=str(value)))
        return made

    def table(name, rows):
        made = Table(name=name)
        for cells in rows:
            row = TableRow()
            for one in cells:
                row.addElement(one)
            made.addElement(row)
        return made

    document = OpenDocumentSpreadsheet()
    rows = [[cell(TITLE, numbercolumnsspanned=10), *(CoveredTableCell() for _ in range(9))], [cell(word) for word in HEAD]]
    for number, row in enumerate(ROWS):
        cells = []
        for across, value in enumerate(row):
            if across == 4:
                cells.append(cell(value, numberrowsspanned=2) if number == 0 else CoveredTableCell())
            else:
                cells.append(cell(value))
        rows.append(cells)
    document.spreadsheet.addElement(table("名册", rows))
    document.spreadsheet.addElement(table("说明", [[cell("填表说明")]]))
    document.save(str(HERE / "roster.ods"))
    for name, more in (("formula", {"valuetype": "float", "value": 89.37}), ("bare_formula", {})):
        document = OpenDocumentSpreadsheet()
        counted = TableCell(formula="of:=80+9.37", **more)
        document.spreadsheet.addElement(table("名册", [[cell("姓名"), cell("专有面积")], [cell("王小明"), counted]]))
        document.save(str(HERE / f"{name}.ods"))


if __name__ == "__main__":
    xls()
    ods()

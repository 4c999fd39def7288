"""Templates to fill in: headings (required ones starred), notes, an example, lists to choose from, explanations."""

from __future__ import annotations

from typing import IO, Any

from django.utils.translation import gettext as _

from linli.ports.tables.columns import Kind
from linli.web.sheets import sheet_name


def write_template(file: IO[bytes], kind: Kind) -> None:
    """A sheet to fill in: headings (required ones starred), notes, an example row, lists to choose from, and a page of explanations."""
    import xlsxwriter

    book = xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False})
    required = book.add_format({"bold": True, "bg_color": "#DCE9E0", "border": 1, "text_wrap": True, "valign": "vcenter"})
    optional = book.add_format({"bold": True, "bg_color": "#F2F2EE", "border": 1, "text_wrap": True, "valign": "vcenter"})
    text, grey = book.add_format({"num_format": "@"}), book.add_format({"num_format": "@", "italic": True, "font_color": "#5F6B66"})
    sheet = book.add_worksheet(sheet_name(kind.name))
    lists = book.add_worksheet(_("可选项"))
    about = book.add_worksheet(_("填写说明"))
    sheet.set_row(0, 32)
    sheet.freeze_panes(1, 1)
    listed = 0
    for at, column in enumerate(kind.columns):
        sheet.set_column(at, at, column.width, text)
        sheet.write_string(0, at, f"{column.name} *" if column.required else column.name, required if column.required else optional)
        if column.note:
            sheet.write_comment(0, at, column.note, {"x_scale": 1.6})
        sheet.write_string(1, at, column.example, grey)
        if column.choices:
            options = column.choices()
            lists.write_string(0, listed, column.name, optional)
            for down, option in enumerate(options, start=1):
                lists.write_string(down, listed, option)
            letter = xlsxwriter.utility.xl_col_to_name(listed)
            source = f"='{lists.get_name()}'!${letter}$2:${letter}${len(options) + 1}"
            sheet.data_validation(
                1,
                at,
                10_000,
                at,
                {
                    "validate": "list",
                    "source": source,
                    "error_type": "warning",
                    "error_title": column.name,
                    "error_message": _("请从列表里选；多项用顿号隔开。"),
                },
            )
            lists.set_column(listed, listed, 24)
            listed += 1
    _explain(about, kind, book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"}))
    if not listed:
        lists.hide()
    book.close()


def _explain(about: Any, kind: Kind, bold: Any, wrapped: Any) -> None:
    about.set_column(0, 0, 22)
    about.set_column(1, 1, 10)
    about.set_column(2, 2, 60)
    about.set_column(3, 3, 26)
    about.write_string(0, 0, kind.name, bold)
    about.merge_range(1, 0, 1, 3, kind.about, wrapped)
    about.merge_range(2, 0, 2, 3, _("第二行是示例，导入时会跳过没有改动的示例。号码列已设为文本格式，可直接填写。"), wrapped)
    for at, word in enumerate((_("列"), _("必填"), _("说明"), _("也认得这些表头"))):
        about.write_string(4, at, word, bold)
    for down, column in enumerate(kind.columns, start=5):
        about.write_string(down, 0, column.name)
        about.write_string(down, 1, _("是") if column.required else "")
        about.write_string(down, 2, column.note, wrapped)
        about.write_string(down, 3, "、".join(column.synonyms[:6]), wrapped)

"""Plans and spreadsheets: areas, floors, own keys and fund balances of many homes entered from a sheet, such as the plan's own table filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from linli.kernel.access.asking import put_on
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.matters.acts import worker_and_now
from linli.lib.texts import fold
from linli.loops.council.plans.actions import drafting
from linli.loops.council.plans.actions.drafting import Entered
from linli.loops.council.plans.desk.common import address, of_plan
from linli.loops.council.plans.forms import read_home
from linli.loops.council.plans.models import Plan
from linli.ports.tables.reading import Row, open_book

_HEADINGS: Final = {
    "id": ("编号", "房屋编号", "id", "number"),
    "door": ("门牌", "房号", "门牌号", "室号", "房屋", "地址", "door"),
    "floor": ("楼层", "所在层", "层", "floor"),
    "area": ("面积", "建筑面积", "专有面积", "面积(㎡)", "面积（㎡）", "面积(平方米)", "面积（平方米）", "area", "area(㎡)", "area(m²)"),
    "key": ("自定系数", "系数", "分摊系数", "权数", "份数", "key", "ownkey"),
    "balance": (
        "维修资金余额",
        "维修资金余额（元）",
        "维修资金余额(元)",
        "余额",
        "余额（元）",
        "账户余额",
        "balance",
        "fundbalance",
        "fundbalance(yuan)",
    ),
    "out": ("不参加", "不参加分摊", "doesnotshare"),
    "why": ("原因", "不参加的原因", "reason"),
}
_MOST_WRONG = 12
_YES = ("是", "1", "true", "yes", "√", "对")


class SheetForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("表格文件"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv,.txt"}),
        error_messages={"required": gettext_lazy("请选择一个文件。"), "empty": gettext_lazy("文件是空的。")},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@of_plan("plan.edit")
def sheet(request: HttpRequest, plan: Plan) -> HttpResponse:
    """All rows or none: what cannot be read is named with its row, and nothing is written."""
    actor, now = worker_and_now(request)
    form, status = SheetForm(request.POST or None, request.FILES or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                rows = read_sheet(plan, form.cleaned_data["file"])
                count = drafting.enter(actor=actor, plan_id=plan.pk, rows=rows, now=now)
            except Invalid as problem:
                put_on(
                    form,
                    Invalid(problem.code, "", fields={"file": [t for texts in problem.fields.values() for t in texts] or [problem.text]}),
                )
            except Refused as problem:
                if problem.status == 403:
                    raise
                form.add_error("file", str(problem.text))
            else:
                messages.success(request, ngettext("已改 %(n)s 户。", "已改 %(n)s 户。", count) % {"n": count})
                return HttpResponseRedirect(address(plan.pk))
    return render(request, "tables/plan_sheet.html", {"form": form, "plan": plan, "limit": settings.MAX_SHEET_MB}, status=status)


def read_sheet(plan: Plan, upload: Any) -> list[Entered]:
    """
    What the first sheet says of the plan's homes, found by number or by door. Columns it does not have stay as they are, and so do empty cells.

    Raises Invalid for a sheet without doors or without anything to enter, and with the rows that name no home or cannot be read.
    """
    most = settings.MAX_SHEET_MB * 1024 * 1024
    if upload.size > most:
        raise Invalid("too_large", "", fields={"file": [_("文件超过了 %(limit)s MB。") % {"limit": settings.MAX_SHEET_MB}]})
    book = open_book(upload.read(), upload.name, most_bytes=most, is_heading=lambda text: bool(_column(text)))
    found = book.read(book.sheets[0])
    at = {_column(word): position for position, word in reversed(list(enumerate(found.header))) if _column(word)}
    if not at.keys() & {"id", "door"}:
        raise Invalid("no_doors", "", fields={"file": [_("没有找到门牌一列。请让表头里有“门牌”或“编号”，再上传。")]})
    if not at.keys() - {"id", "door", "why"}:
        raise Invalid("nothing", "", fields={"file": [_("表里没有可以填写的列：楼层、面积、自定系数、维修资金余额、不参加。")]})
    by_door, known = doors_of(plan)
    rows, wrong, met = [], [], set()
    for row in found.rows:
        cells = {key: _cell(row, position) for key, position in at.items()}
        if not any(cells.values()):
            continue
        try:
            home = _home(cells, by_door, known)
            if home in met:
                raise Invalid("twice", _("这一户写了两次。"))
            met.add(home)
            rows.append(Entered(home, _values(cells)))
        except Invalid as problem:
            wrong.append(_("第 %(n)s 行：%(problem)s") % {"n": row.number, "problem": problem.text})
    if wrong:
        more = [_("还有 %(n)s 行也要改。") % {"n": len(wrong) - _MOST_WRONG}] if len(wrong) > _MOST_WRONG else []
        raise Invalid("bad_rows", "", fields={"file": [*wrong[:_MOST_WRONG], *more]})
    if not rows:
        raise Invalid("empty", "", fields={"file": [_("表里没有一行是这份方案的房屋，请核对是不是选错了文件。")]})
    return rows


def doors_of(plan: Plan) -> tuple[dict[str, list[int]], set[int]]:
    """(homes by door as the plan writes it and by its last word alone, all homes). One query."""
    by_door: dict[str, list[int]] = {}
    known = set()
    for home, door in plan.homes.values_list("home_id", "door"):
        known.add(home)
        for written in {_bare(door), _bare(door.split()[-1])}:
            by_door.setdefault(written, []).append(home)
    return by_door, known


def _home(cells: Mapping[str, str], by_door: Mapping[str, list[int]], known: set[int]) -> int:
    number = cells.get("id", "")
    if number:
        if number.isdecimal() and len(number) < 18 and int(number) in known:
            return int(number)
        raise Invalid("no_home", _("这份方案里没有这个编号的房屋。"))
    found = by_door.get(_bare(cells.get("door", "")), [])
    if len(found) == 1:
        return found[0]
    raise Invalid("no_home", _("不止一户叫这个门牌，请写全楼栋和单元，或者写编号。") if found else _("这份方案里没有这个门牌。"))


def _values(cells: Mapping[str, str]) -> dict[str, Any]:
    given = {name: cells[name] for name in ("floor", "area", "key", "balance") if cells.get(name)}
    values = read_home(given)
    if "out" in cells:
        values |= {"left_out": cells["out"].lower() in _YES}
        if cells.get("why"):
            values["why_left_out"] = cells["why"]
    return values


def _bare(text: str) -> str:
    return "".join(fold(text).split()).removesuffix("室").removesuffix("号")


def _cell(row: Row, position: int) -> str:
    value = row.values[position] if position < len(row.values) else None
    if isinstance(value, bool):
        return "是" if value else ""
    if isinstance(value, float):
        return f"{value:.10f}".rstrip("0").rstrip(".")
    return str(value if value is not None else "").strip()


def _column(word: str) -> str:
    bare = "".join(word.split()).lower().strip("*＊:：")
    return next((key for key, known in _HEADINGS.items() if bare in known), "")

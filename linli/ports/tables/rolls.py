"""Rolls and spreadsheets: the list of a roll as a file, and people entered from a sheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_http_methods

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now, put_on
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.rolls.actions.draft import refuse_frozen
from linli.kernel.rolls.actions.mending import enter_many
from linli.kernel.rolls.actions.reading import note_export
from linli.kernel.rolls.desk_door import of_roll
from linli.kernel.rolls.desk_rows import voter_name
from linli.kernel.rolls.desk_voters import building_asked
from linli.kernel.rolls.entering import recognised
from linli.kernel.rolls.models import Roll
from linli.kernel.rolls.queries import Row, find_voters, voter_page
from linli.kernel.rolls.wording import name_of, title_of
from linli.lib.masking import mask_name
from linli.ports.tables.reading import Sheet, open_book
from linli.web.downloads import MOST, every
from linli.web.sheets import FORMATS, Listing, as_file

BATCH = 500
NAME, BODY, PHONE, IDENTITY, NOTE = "name", "body", "phone", "identity", "note"
_HEADINGS = {
    NAME: ("姓名", "名字", "代表姓名", "成员", "name"),
    BODY: ("组织", "所在组织", "单位", "职务", "小组", "body", "group"),
    PHONE: ("电话", "手机", "手机号", "联系电话", "联系方式", "phone", "mobile"),
    IDENTITY: ("身份证号", "身份证", "证件号码", "identity"),
    NOTE: ("备注", "说明", "note"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@of_roll
def export(request: HttpRequest, roll: Roll) -> HttpResponseBase:
    """
    The list of a roll, a row for each unit, names masked; narrowed by `q` or a `building` as on the page of its voters. By POST with a
    `purpose` whole, for those who may, and logged for each person.
    """
    actor, now = actor_and_now(request)
    asked = request.POST if request.method == "POST" else request.GET
    form = asked.get("format", "xlsx")
    if form not in FORMATS:
        raise Invalid("bad_format", _("格式请用 xlsx 或 csv。"), fields={"format": ["xlsx, csv"]})
    purpose = asked.get("purpose", "") if request.method == "POST" else ""
    note_export(actor=actor, roll=roll, purpose=purpose, now=now)
    # Opened, the list is the whole roll's: each person on it reads that it was.
    chosen = {} if purpose.strip() else {"text": asked.get("q", ""), "building": asked.get("building", "")}
    return as_file(listing(roll, whole=bool(purpose.strip()), **chosen), form)


def listing(roll: Roll, *, whole: bool, text: str = "", building: str = "") -> Listing:
    """Two queries for each five hundred voters. `text` finds as the page of voters does, `building` is an id, "0" for homes without one."""
    heads = [
        _("序号"),
        _("姓名"),
        _("由谁投票"),
        _("门牌"),
        _("面积（㎡）"),
        _("面积来自"),
        pgettext("of a home", "用途"),
        _("状态"),
        _("备注"),
        _("本人的值"),
    ]
    return Listing(title_of(roll), tuple(heads), _rows(roll, whole, text.strip(), building), (8, 20, 16, 28, 12, 14, 10, 12, 24, 40))


def _rows(roll: Roll, whole: bool, text: str, building: str) -> Iterator[list[Any]]:
    place, chosen = building_asked(building)

    def page(after: int | None) -> tuple[list[Row], int]:
        return voter_page(roll, building=place, everywhere=not chosen, after=after or 0, limit=BATCH)

    for row in find_voters(roll, text, limit=MOST) if text else every(page):
        yield from _lines(row, whole)


def _lines(row: Row, whole: bool) -> Iterator[list[Any]]:
    voter = row.voter
    name = name_of(voter) if whole else voter_name(voter)
    agent = voter.agent_name if whole else mask_name(voter.agent_name) if voter.agent_name else ""
    for unit in row.units:
        area = unit.area / 100
        kinds = [unit.get_area_source_display(), unit.get_kind_display(), unit.get_state_display()]
        yield [voter.seq, name, agent, unit.door, area, *kinds, voter.note, voter.hash]
    if not row.units:
        yield [voter.seq, name, agent, voter.door, None, "", "", "", voter.note, voter.hash]


# --- people from a sheet -----------------------------------------------------------------------------
class SheetForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("表格文件"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv,.txt"}),
        error_messages={"required": gettext_lazy("请选择一个文件。"), "empty": gettext_lazy("文件是空的。")},
    )
    body = forms.CharField(
        label=gettext_lazy("所在组织"), max_length=40, required=False, help_text=gettext_lazy("表里没有这一列时，全部算这个组织的。")
    )


@require_http_methods(["GET", "HEAD", "POST"])
@of_roll
def sheet(request: HttpRequest, roll: Roll) -> HttpResponse:
    """Enter representatives, members or a list from a sheet with a column of names."""
    actor, now = actor_and_now(request)
    table.require(actor, "roll.draw", roll.place_path)
    refuse_frozen(roll)
    form, status = SheetForm(request.POST or None, request.FILES or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                rows = read_sheet(actor, form.cleaned_data["file"], form.cleaned_data["body"])
                enter_many(actor=actor, roll_id=roll.pk, now=now, entries=rows)
            except Invalid as problem:
                put_on(form, problem)
            except Refused as problem:
                if problem.status == 403:
                    raise
                form.add_error("file", str(problem.text))
            else:
                messages.success(request, _("已录入 %(n)s 行。") % {"n": len(rows)})
                return HttpResponseRedirect(reverse("rolls_desk:roll", args=[roll.pk]))
    context = {"form": form, "roll": roll, "title": title_of(roll), "limit": settings.MAX_SHEET_MB}
    return render(request, "tables/roll_sheet.html", context, status=status)


def read_sheet(actor: Actor, upload: Any, body: str) -> list[dict[str, Any]]:
    """Entries of the first sheet that has rows. Raises Invalid without a column of names, and for an empty sheet."""
    most = settings.MAX_SHEET_MB * 1024 * 1024
    if upload.size > most:
        raise Invalid("too_large", "", fields={"file": [_("文件超过了 %(limit)s MB。") % {"limit": settings.MAX_SHEET_MB}]})
    book = open_book(upload.read(), upload.name, most_bytes=most, is_heading=lambda text: bool(_column(text)))
    found = book.read(book.sheets[0])
    return recognised(actor, entries(found, body))


def entries(found: Sheet, body: str) -> list[dict[str, Any]]:
    at = {_column(word): position for position, word in reversed(list(enumerate(found.header))) if _column(word)}
    if NAME not in at:
        raise Invalid("no_names", _("没有找到姓名一列。"), fields={"file": [_("请让表头里有“姓名”一列，再上传。")]})

    def cell(values: tuple[Any, ...], key: str) -> str:
        value = values[at[key]] if key in at and at[key] < len(values) else None
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value or "").strip()

    rows = [
        {
            "name": cell(row.values, NAME),
            "bodies": [cell(row.values, BODY) or body] if cell(row.values, BODY) or body else [],
            "marks": [cell(row.values, key) for key in (PHONE, IDENTITY, NOTE) if cell(row.values, key)],
        }
        for row in found.rows
        if cell(row.values, NAME)
    ]
    if not rows:
        raise Invalid("empty", _("表里没有一行姓名。"), fields={"file": [_("请核对是不是选错了文件。")]})
    return rows


def _column(word: str) -> str:
    bare = "".join(word.split()).lower().strip("*＊:：")
    return next((key for key, known in _HEADINGS.items() if bare in known), "")

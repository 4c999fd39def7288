"""The work calendar at the Desk: a year at a glance, single days, and a whole year entered from the State Council's notice."""

from __future__ import annotations

import calendar as months
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.kernel.access.asking import actor_and_now, put_on
from linli.kernel.access.refusals import Invalid, NotFound, Refused, said
from linli.kernel.access.tongue import as_read
from linli.kernel.matters import setting_actions as actions
from linli.kernel.matters.desk import at_desk
from linli.kernel.matters.models import CalendarYear, WorkDay
from linli.kernel.matters.promises import calendar, year_to_enter
from linli.kernel.matters.settings_forms import DayForm, YearForm
from linli.lib.calendar import WorkCalendar
from linli.lib.holiday_notice import Notice, NoticeError, as_csv, read_notice
from linli.web.context import Banner
from linli.web.downloads import as_download, asked_as, downloads
from linli.web.words import in_english


def _year(request: HttpRequest, now: datetime) -> int:
    text = request.GET.get("year", "")
    year = int(text) if text.isdecimal() and len(text) == 4 else timezone.localdate(now).year
    return min(max(year, 2000), 2100)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def work_calendar(request: HttpRequest) -> HttpResponseBase:
    actor, now = actor_and_now(request)
    year = _year(request, now)
    form, status = (
        DayForm(
            request.POST or None, initial={"day": date(year, 1, 1) if year != timezone.localdate(now).year else timezone.localdate(now)}
        ),
        200,
    )
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                row = actions.set_day(actor=actor, now=now, **form.cleaned_data)
            except Invalid as problem:
                put_on(form, problem)
            else:
                messages.success(request, _("已记下。以后计算的时限按它来。"))
                return HttpResponseRedirect(f"/desk/settings/calendar/?year={row.day.year}")
    own = {row.day: row for row in WorkDay.objects.filter(day__year=year)}
    known = calendar()
    if request.method != "POST" and asked_as(request):
        return _file(request, known, own, year)
    context = {
        "year": year,
        "covered": known.covers(year),
        "declared": CalendarYear.objects.filter(year=year).exists(),
        "months": [_month(known, own, year, m) for m in range(1, 13)] if known.covers(year) or own else [],
        "weekdays": weekday_letters(),
        "own": [{"day": row.day, "working": row.working, "name": as_read(row.name)} for _day, row in sorted(own.items())],
        "form": form,
        "may_edit": actions.may_everywhere(actor, "calendar.edit"),
        "to_enter": year_to_enter(known, timezone.localdate(now)),
        "exports": downloads(request, most=0),
    }
    return render(request, "matters/settings/calendar.html", context, status=status)


def _file(request: HttpRequest, known: WorkCalendar, own: dict[date, WorkDay], year: int) -> HttpResponseBase:
    """Every day of the year as it counts, in the order of the calendar; none where the year has no calendar yet."""
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(366 if months.isleap(year) else 365)] if known.covers(year) or own else []
    cells = ((day, _cell(known, own, day)) for day in days)
    lines = ([day, _("放假") if cell["off"] else _("上班"), cell["why"], _("本地自己改的") if cell["own"] else ""] for day, cell in cells)
    header = (_("日期"), _("上班还是放假"), _("为什么"), _("来自"))
    return as_download(request, _("%(year)s 年工作日历") % {"year": year}, header, lines, (12, 14, 24, 16))


def _month(known: WorkCalendar, own: dict[date, WorkDay], year: int, month: int) -> dict[str, Any]:
    """A month as weeks of days from Monday: number, whether offices work, whether that differs from the weekday, and why."""
    weeks = [
        [_cell(known, own, day) if day.month == month else None for day in week]
        for week in months.Calendar().monthdatescalendar(year, month)
    ]
    label = months.month_name[month] if in_english() else f"{month} 月"
    return {"label": label, "weeks": weeks}


def _cell(known: WorkCalendar, own: dict[date, WorkDay], day: date) -> dict[str, Any]:
    row = own.get(day)
    working = row.working if row else known.is_working_day(day) if known.covers(day.year) else day.weekday() < 5
    usual = day.weekday() < 5
    named = known.holiday_name(day) if known.covers(day.year) and not working and not row else None
    why = (as_read(row.name) if row else "") or (_(named) if named else "")
    return {
        "n": day.day,
        "off": not working,
        "makeup": working and not usual,
        "holiday": not working and (usual or bool(why)),
        "own": row is not None,
        "why": why,
    }


# The official table names its holidays in Chinese: their English stands in the catalogue.
HOLIDAYS = (
    *(gettext_noop("元旦"), gettext_noop("春节"), gettext_noop("清明"), gettext_noop("劳动节")),
    *(gettext_noop("端午"), gettext_noop("国庆节"), gettext_noop("中秋")),
)


@login_required
@require_POST
def remove_day(request: HttpRequest) -> HttpResponse:
    actor, now = actor_and_now(request)
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError:
        raise NotFound("no_day", _("没有找到这一天。")) from None
    actions.remove_day(actor=actor, day=day, now=now)
    messages.success(request, _("已撤掉，恢复官方日历。"))
    return HttpResponseRedirect(f"/desk/settings/calendar/?year={day.year}")


@login_required
@require_POST
def declare_year(request: HttpRequest) -> HttpResponse:
    actor, now = actor_and_now(request)
    text = request.POST.get("year", "")
    year = int(text) if text.isdecimal() and len(text) == 4 else 0
    try:
        actions.declare_year(actor=actor, year=year, now=now)
    except Refused as problem:
        if problem.status == 403:
            raise
        messages.error(request, str(problem.text))
    else:
        messages.success(request, _("%(year)s 年的日历已经声明完整，时限可以算进这一年。") % {"year": year})
    return HttpResponseRedirect(f"/desk/settings/calendar/?year={year}")


# --- a whole year --------------------------------------------------------------------------------
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@at_desk
def enter_year(request: HttpRequest, year: int) -> HttpResponse:
    """
    Enter a year from the notice's text or a file of days: read, shown as it will stand, and only then taken.

    Whoever may not enter it reads here who may.
    """
    actor, now = actor_and_now(request)
    if not 2000 <= year <= 2100:
        raise NotFound("no_year", _("年份超出范围。"))
    form, notice, status = YearForm(request.POST or None, request.FILES or None), None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                notice = read_notice(form.text, year)
                if request.POST.get("confirmed") == "1":
                    actions.enter_year(actor=actor, year=year, days=notice.days, now=now)
                    messages.success(request, _("%(year)s 年的工作日历已经录入，时限可以算进这一年。") % {"year": year})
                    return HttpResponseRedirect(f"/desk/settings/calendar/?year={year}")
                status = 200
            except NoticeError as problem:
                form.add_error(None, said(problem))
            except Invalid as problem:
                put_on(form, problem)
    context = {
        "year": year,
        "form": form,
        "notice": notice,
        "known": calendar().covers(year),
        "may_edit": actions.may_everywhere(actor, "calendar.edit"),
        **(_preview(notice) if notice else {}),
    }
    return render(request, "matters/settings/calendar_year.html", context, status=status)


def _preview(notice: Notice) -> dict[str, Any]:
    """The year as it will stand: runs of days by holiday, twelve months, what looks odd, and the days to be sent back."""
    own = {one.day: WorkDay(day=one.day, working=one.working, name=one.name) for one in notice.days}
    ordinary = WorkCalendar({one.day: one.working for one in notice.days}, [notice.year])
    holidays: dict[str, dict[str, list[date]]] = {}
    for one in notice.days:
        name = one.name.removesuffix("调休上班") or _("没有写名称")
        holidays.setdefault(name, {"off": [], "work": []})["work" if one.working else "off"].append(one.day)
    return {
        "holidays": [{"name": _(name), **days} for name, days in holidays.items()],
        "months": [_month(ordinary, own, notice.year, month) for month in range(1, 13)],
        "weekdays": weekday_letters(),
        "doubts": [doubt.text(get_language() or "zh-hans") for doubt in notice.doubts],
        "as_csv": as_csv(notice.days),
    }


def weekday_letters() -> list[str]:
    return ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"] if in_english() else list("一二三四五六日")


# --- told in time ----------------------------------------------------------------------------------------
TOLD = frozenset({"community_head", "street_officer", "system_admin"})


def calendar_banner(request: HttpRequest) -> list[Banner]:
    """From November on, those who lead or administer read on every page of the Desk that the coming year is not entered yet."""
    actor, now = actor_and_now(request)
    if not any(s.role in TOLD for s in actor.standings):
        return []
    year = year_to_enter(calendar(), timezone.localdate(now))
    if year is None or request.path.startswith("/desk/settings/calendar/"):
        return []
    if actions.may_everywhere(actor, "calendar.edit"):
        text = _("还没有 %(year)s 年的工作日历。跨到那一年的工作日时限算不出来，办理会被拒绝。请按国务院通知录入。") % {"year": year}
    else:
        text = _("还没有 %(year)s 年的工作日历。跨到那一年的工作日时限算不出来，办理会被拒绝。请提醒系统管理员录入。") % {"year": year}
    return [Banner(text, f"/desk/settings/calendar/{year}/", _("录入 %(year)s 年的工作日历") % {"year": year})]

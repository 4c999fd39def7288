"""What administrators set: promises, categories, the work calendar. Each change is written to the security log with what it was."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.accounts.actions import log_event
from linli.kernel.matters import workflow
from linli.kernel.matters.models import CalendarYear, Category, Grade, PromiseRule, Urgency, WorkDay
from linli.kernel.matters.promises import calendar, forget_calendar
from linli.kernel.places.models import Place
from linli.lib.holiday_notice import Day

FAST_LANE_SLOTS = 18  # the documents count eighteen frequent matters and name only some: the operator fills in the rest (S1 4.3)


def may_everywhere(actor: Actor, verb: str) -> bool:
    """
    May the actor set what holds for the whole installation? Whoever holds `verb` over the whole tree, and system administrators
    wherever they are granted: categories and the calendar belong to no street.
    """
    return any(s.role in {"system", "system_admin"} or not s.path for _reach, s in table.reach_of(actor, verb))


def require_everywhere(actor: Actor, verb: str) -> None:
    if not may_everywhere(actor, verb):
        raise table.refusal(actor, verb)


def _promise_required(actor: Actor, place: Place | None) -> None:
    if place is None:
        require_everywhere(actor, "promise.edit")
    else:
        table.require(actor, "promise.edit", place.path)


@transaction.atomic
def set_promise(
    *,
    actor: Actor,
    kind: str,
    subject: str,
    amount: int,
    unit: str,
    source: str,
    now: datetime,
    category: Category | None = None,
    fast_lane: bool = False,
    urgency: str = "",
    grade: str = "",
    place: Place | None = None,
) -> PromiseRule:
    """
    Promise from now on `amount` of `unit` for `subject`. A rule in force for exactly the same ends now; running clocks keep theirs.

    Raises Invalid for an unknown kind, subject, unit, urgency or grade, an amount of nothing, or no source.
    """
    _promise_required(actor, place)
    fields: dict[str, list[Any]] = {}
    if kind not in {w.kind for w in workflow.workflows()}:
        fields["kind"] = [_("请选择事项种类。")]
    if subject not in PromiseRule.Subject.values:
        fields["subject"] = [_("请选择承诺的内容。")]
    if unit not in PromiseRule.Unit.values or not 0 < amount <= 100_000:
        fields["amount"] = [_("时限应为正数。")]
    if urgency and urgency not in Urgency.values:
        fields["urgency"] = [_("请选择紧急程度。")]
    if grade and grade not in Grade.values:
        fields["grade"] = [_("请选择难易程度。")]
    if not source.strip():
        fields["source"] = [_("请写明依据，例如文件名称和条款。")]
    if fields:
        raise Invalid("bad_promise", _("承诺时限有几处要改。"), fields=fields)
    same = PromiseRule.objects.filter(
        kind=kind, subject=subject, category=category, fast_lane=fast_lane, urgency=urgency, grade=grade, place=place, ends_at=None
    )
    ended = list(same.values_list("amount", "unit"))
    same.update(ends_at=now)
    rule = PromiseRule.objects.create(
        kind=kind,
        subject=subject,
        amount=amount,
        unit=unit,
        category=category,
        fast_lane=fast_lane,
        urgency=urgency,
        grade=grade,
        place=place,
        source=source.strip()[:120],
        status="own",
        starts_at=now,
        set_by_id=actor.account_id,
    )
    log_event(
        "promise_set",
        now=now,
        actor=actor,
        about=f"{PromiseRule.Subject(subject).label}",
        rule=rule.pk,
        amount=amount,
        unit=unit,
        was=ended,
    )
    return rule


@transaction.atomic
def end_promise(*, actor: Actor, rule_id: int, now: datetime) -> PromiseRule:
    """A rule no longer applies to what starts from now on. Ending it again changes nothing. Raises NotFound."""
    rule = PromiseRule.objects.select_related("place").filter(pk=rule_id).first()
    if rule is None:
        raise NotFound("no_promise", _("没有找到这条承诺。"))
    _promise_required(actor, rule.place)
    if rule.ends_at is None or rule.ends_at > now:
        rule.ends_at = now
        rule.save(update_fields=["ends_at"])
        log_event("promise_ended", now=now, actor=actor, about=str(PromiseRule.Subject(rule.subject).label), rule=rule.pk)
    return rule


@transaction.atomic
def save_category(
    *,
    actor: Actor,
    now: datetime,
    category: Category | None = None,
    code: str = "",
    name_zh: str,
    name_en: str = "",
    parent: Category | None = None,
    keywords: list[str | list[Any]] | None = None,
    external_codes: dict[str, str] | None = None,
    department: str = "",
    urgency: str = "ordinary",
    fast_lane: bool = False,
    usually_complex: bool = False,
    private: bool = False,
    active: bool = True,
) -> Category:
    """
    Change a category, or add one (category None) with a code of its own. The code never changes: matters and mappings hang on it.

    Raises Invalid for a bad or taken code, an empty name, a parent that is itself a leaf; Refused when all fast-lane slots are taken.
    """
    require_everywhere(actor, "category.edit")
    fresh = category is None
    if category is None:
        if not re.fullmatch(r"[a-z][a-z0-9_]{1,39}", code):
            raise Invalid("bad_code", _("类别代码有误。"), fields={"code": [_("用小写字母、数字和下划线，字母开头。")]})
        category = Category(code=code, sort=10_000)
    if not name_zh.strip():
        raise Invalid("missing", _("请填写名称。"), fields={"name_zh": [_("请填写名称。")]})
    if parent is not None and (parent.parent_id is not None or parent.pk == category.pk or (category.pk and category.children.exists())):
        raise Invalid("wrong_parent", _("类别只有两层。"), fields={"parent": [_("请选一个一级类别。")]})
    if fast_lane and not category.fast_lane and Category.objects.filter(fast_lane=True, parent__isnull=False).count() >= FAST_LANE_SLOTS:
        raise Refused("slots_full", _("高频事项已经有 %(n)s 项，请先取消一项。") % {"n": FAST_LANE_SLOTS}, rule="S1 4.3")
    was = (
        {}
        if fresh
        else {"name_zh": category.name_zh, "active": category.active, "fast_lane": category.fast_lane, "department": category.department}
    )
    category.name_zh, category.name_en, category.parent = name_zh.strip()[:40], name_en.strip()[:60], parent
    category.keywords, category.external_codes = keywords or [], external_codes or {}
    category.department, category.urgency = department.strip()[:40], urgency
    category.fast_lane, category.private, category.active = fast_lane, private, active
    category.usually_complex = usually_complex
    try:
        with transaction.atomic():
            category.save()
    except IntegrityError:
        raise Invalid("code_taken", _("这个代码已经有人用了。"), fields={"code": [_("请换一个代码。")]}) from None
    log_event("category_changed", now=now, actor=actor, about=category.name_zh, was=was)
    return category


@transaction.atomic
def set_day(*, actor: Actor, day: date, working: bool, name: str, now: datetime) -> WorkDay:
    """Say whether offices work on a day, over what the official table says. Deadlines that are computed from now on follow it."""
    require_everywhere(actor, "calendar.edit")
    if not 2000 <= day.year <= 2100:
        raise Invalid("bad_day", _("日期超出范围。"), fields={"day": [_("请核对年份。")]})
    row, _made = WorkDay.objects.update_or_create(day=day, defaults={"working": working, "name": name.strip()[:40]})
    log_event("calendar_changed", now=now, actor=actor, about=day.isoformat(), working=working)
    return row


@transaction.atomic
def remove_day(*, actor: Actor, day: date, now: datetime) -> None:
    """Take one's own row away: the official table decides again. Removing what is not there changes nothing."""
    require_everywhere(actor, "calendar.edit")
    for row in WorkDay.objects.filter(day=day):
        row.delete()
        log_event("calendar_changed", now=now, actor=actor, about=day.isoformat(), removed=True)


@transaction.atomic
def enter_year(*, actor: Actor, year: int, days: Sequence[Day], now: datetime) -> CalendarYear:
    """
    Enter a year's days off and make-up workdays as one act and declare the year complete; what stood for the year before goes.

    Days of the neighbouring years, where a holiday runs over the edge, are entered beside it. Deadlines left open for want of the year
    are computed by the next round of the duty. Raises Invalid for a year out of range or without a day off, NotAllowed.
    """
    require_everywhere(actor, "calendar.edit")
    if not 2000 <= year <= 2100:
        raise Invalid("bad_year", _("年份超出范围。"), fields={"year": [_("请核对年份。")]})
    if not any(not one.working and one.day.year == year for one in days):
        raise Invalid("empty_year", _("%(year)s 年还没有录入任何放假的日子，请先按国务院通知录完。") % {"year": year})
    WorkDay.objects.filter(day__year=year).delete()
    for one in days:
        WorkDay.objects.update_or_create(day=one.day, defaults={"working": one.working, "name": one.name[:40]})
    made, _fresh = CalendarYear.objects.get_or_create(year=year, defaults={"declared_at": now, "declared_by_id": actor.account_id})
    forget_calendar()
    off = sum(not one.working for one in days)
    log_event("calendar_changed", now=now, actor=actor, about=str(year), complete=True, off=off, worked=len(days) - off)
    return made


@transaction.atomic
def declare_year(*, actor: Actor, year: int, now: datetime) -> CalendarYear:
    """
    Declare a year's rows complete, so that deadlines may run into it. A year without a single day off entered is refused.

    Raises Invalid for a year out of range, Refused for an empty one.
    """
    require_everywhere(actor, "calendar.edit")
    if not 2000 <= year <= 2100:
        raise Invalid("bad_year", _("年份超出范围。"), fields={"year": [_("请核对年份。")]})
    known = CalendarYear.objects.filter(year=year).first()
    if known is not None:
        return known
    if not calendar().covers(year) and not WorkDay.objects.filter(day__year=year, working=False).exists():
        raise Refused("empty_year", _("%(year)s 年还没有录入任何放假的日子，请先按国务院通知录完。") % {"year": year})
    made = CalendarYear.objects.create(year=year, declared_at=now, declared_by_id=actor.account_id)
    log_event("calendar_changed", now=now, actor=actor, about=str(year), complete=True)
    return made

"""What is promised and when work is done: categories, promise rules, the calendar."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from linli.kernel.places.models import Place

ACCOUNT = settings.AUTH_USER_MODEL


class Category(models.Model):
    """A branch or leaf of the neutral category tree; `external_codes` maps a foreign table's name to its code."""

    code = models.CharField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    keywords = models.JSONField(default=list, blank=True)
    external_codes = models.JSONField(default=dict, blank=True)
    department = models.CharField(max_length=40, blank=True)
    urgency = models.CharField(max_length=10, default="ordinary")
    fast_lane = models.BooleanField(default=False)
    usually_complex = models.BooleanField(default=False)
    private = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    sort = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["sort", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name_zh


class PromiseRule(models.Model):
    """
    What is promised: `amount` of `unit` for `subject`, for a kind, and optionally a category, a place, an urgency and a grade.

    The most particular rule in force wins. Rules are ended, not edited: running clocks keep what was promised.
    """

    class Unit(models.TextChoices):
        MINUTES = "minutes", _("分钟")
        HOURS = "hours", _("小时")
        DAYS = "days", _("天")
        WORKING_DAYS = "working_days", _("个工作日")

    class Subject(models.TextChoices):
        ACCEPT = "accept", _("受理")
        DISPATCH = "dispatch", _("派单")
        FIRST_ANSWER = "first_answer", _("首次答复")
        PLAN = "plan", _("拿出方案")
        RESOLVE = "resolve", _("办结")
        REPORT_IN = "report_in", _("报到")
        ANSWER = "answer", _("部门答复")
        FOLLOW_UP = "follow_up", _("回访")
        SECOND = "second", _("征集附议")
        SCREEN = "screen", _("审核")
        TAKE_UP = "take_up", _("排期")
        CARRY_OUT = "carry_out", _("落实")

    kind = models.CharField(max_length=16)
    subject = models.CharField(max_length=16, choices=Subject.choices)
    amount = models.PositiveIntegerField()
    unit = models.CharField(max_length=12, choices=Unit.choices)
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, related_name="+")
    fast_lane = models.BooleanField(default=False)
    urgency = models.CharField(max_length=10, blank=True)
    grade = models.CharField(max_length=10, blank=True)
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    source = models.CharField(max_length=120)
    status = models.CharField(max_length=10, default="own")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    set_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="promise_amount_positive")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.amount} {self.unit}"


class WorkDay(models.Model):
    """The operator's own row of the work calendar: overrides or extends the official table."""

    day = models.DateField(unique=True)
    working = models.BooleanField()
    name = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return f"{self.day} {'work' if self.working else 'off'}"


class CalendarYear(models.Model):
    """A year the operator has declared complete, so that deadlines may be computed in it."""

    year = models.PositiveIntegerField(unique=True)
    declared_at = models.DateTimeField()
    declared_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return str(self.year)

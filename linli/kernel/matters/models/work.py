"""Who works on a matter and by when: work orders, clocks, pauses."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linli.kernel.accounts.models import Unit
from linli.kernel.matters.models.matter import Matter
from linli.kernel.matters.models.promised import ACCOUNT, PromiseRule


class WorkOrder(models.Model):
    """The handler's part of a matter (工单): what one unit owes, by when. Open orders are the inbox."""

    class Task(models.TextChoices):
        ACCEPT = "accept", _("待受理")
        DISPATCH = "dispatch", _("待派单")
        HANDLE = "handle", _("待办理")
        REPORT_IN = "report_in", _("待报到")
        ANSWER = "answer", _("待答复")
        FOLLOW_UP = "follow_up", _("待回访")
        SCREEN = "screen", _("待审核")
        SCHEDULE = "schedule", _("待排期")
        PREPARE = "prepare", _("待筹备")
        CARRY_OUT = "carry_out", _("待落实")

    class State(models.TextChoices):
        OPEN = "open", _("待办")
        REFUSED = "refused", _("已说明不属本单位")
        DONE = "done", _("已完成")
        RECALLED = "recalled", _("已收回")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="orders")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="orders")
    account = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    task = models.CharField(max_length=10, choices=Task.choices)
    lead = models.BooleanField(default=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    reported_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    was_late = models.BooleanField(default=False)
    answer = models.TextField(blank=True)
    refusal = models.CharField(max_length=32, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["unit", "due_at", "id"], condition=Q(state="open"), name="order_inbox"),
        ]

    def __str__(self) -> str:
        return f"{self.task} of {self.matter_id} by {self.unit_id}"


class Clock(models.Model):
    """
    One promise running on a matter: a snapshot of what was promised, so that a rule changed later changes nothing here.

    `due_at` is null while stopped. `next_warning_at` is when half, 80 % or all of the time will be gone; null when met,
    cancelled, stopped or all warnings given.
    """

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="clocks")
    order = models.ForeignKey(WorkOrder, models.PROTECT, null=True, blank=True, related_name="clocks")
    subject = models.CharField(max_length=16, choices=PromiseRule.Subject.choices)
    amount = models.PositiveIntegerField()
    unit = models.CharField(max_length=12, choices=PromiseRule.Unit.choices)
    source = models.CharField(max_length=120)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    met_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    warned = models.PositiveSmallIntegerField(default=0)
    next_warning_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_warning_at"], condition=Q(next_warning_at__isnull=False), name="clock_warning"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} of {self.matter_id}"


class Pause(models.Model):
    """A time during which a matter's clocks stand still, with its public reason; `review_on` says when it is looked at again."""

    class Reason(models.TextChoices):
        WAITING = "waiting", _("等待提出人补充")
        SUSPENDED = "suspended", _("挂账")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="pauses")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    text = models.CharField(max_length=300)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until_at=None) | Q(until_at__gte=F("from_at")), name="pause_ends_after_start"),
            models.UniqueConstraint(fields=["matter"], condition=Q(until_at=None), name="pause_one_open"),
        ]
        indexes = [models.Index(fields=["review_on"], condition=Q(until_at=None), name="pause_review")]

    def __str__(self) -> str:
        return f"{self.reason} of {self.matter_id}"

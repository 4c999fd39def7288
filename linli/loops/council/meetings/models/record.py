"""What stays of it: decisions and tasks, the record line by line, the minutes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.loops.council.meetings.models.meeting import AgendaItem, Meeting


class Outcome(models.Model):
    """
    What was decided, and what is to be done by whom until when, noted as it happens. A task has an owner and a date; `done_text` says what came of it,
    `warned_at` when whoever noted it was told that it is late.
    """

    class Kind(models.TextChoices):
        DECISION = "decision", _("形成的意见")
        TASK = "task", _("任务")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="outcomes")
    item = models.ForeignKey(AgendaItem, models.CASCADE, null=True, blank=True, related_name="outcomes")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    text = models.CharField(max_length=500)
    owner = models.CharField(max_length=60, blank=True)
    due_on = models.DateField(null=True, blank=True)
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    struck_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=60, blank=True)
    done_text = models.CharField(max_length=300, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(kind="task", done_at=None, struck_at=None), name="outcome_task_due"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(kind="task") | (~Q(owner="") & Q(due_on__isnull=False)), name="task_has_owner_and_date")
        ]

    def __str__(self) -> str:
        return self.text


class Line(models.Model):
    """One line of the record, append-only: who did what when. `once` is the mark of a form sent twice, under which an act is done once."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="lines")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    verb = models.CharField(max_length=20)
    who = models.CharField(max_length=60)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    channel = models.CharField(max_length=12)
    item = models.ForeignKey(AgendaItem, models.CASCADE, null=True, blank=True, related_name="+")
    facts = models.JSONField(default=dict)
    once = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "seq"], name="line_once_in_order"),
            models.UniqueConstraint(fields=["meeting", "once"], condition=~Q(once=""), name="line_form_once"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb}"


class Minutes(models.Model):
    """
    The minutes: sections of text drafted from the record, corrected, confirmed by chair and recorder. `digest` is what they confirmed.

    `sections` is a list of {"key", "title", "text"}; changing it takes both confirmations away.
    """

    meeting = models.OneToOneField(Meeting, models.CASCADE, related_name="minutes")
    sections = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    drafted_at = models.DateTimeField()
    digest = models.CharField(max_length=80, blank=True)
    chair_at = models.DateTimeField(null=True, blank=True)
    chair_by = models.CharField(max_length=80, blank=True)
    recorder_at = models.DateTimeField(null=True, blank=True)
    recorder_by = models.CharField(max_length=80, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"minutes of {self.meeting_id}"

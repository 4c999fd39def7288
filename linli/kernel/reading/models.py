"""What is stored about readers: each attempt to learn from the office's own records, how it was judged, and what was decided."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Learning(models.Model):
    """
    One attempt to learn. The new reader and the one in use (`before`; None: the keyword rules) read the same newest records, which neither
    learned from; of `judged` records they read `right` and `before_right` rightly. `digest` names the file of one that was taken.
    """

    class Decision(models.TextChoices):
        RUNNING = "running", _("正在学习")
        TAKEN = "taken", _("换上了新的")
        KEPT = "kept", _("保留原来的")
        FAILED = "failed", _("没有学成")

    night = models.DateField(null=True, blank=True, unique=True)
    decided_at = models.DateTimeField()
    decision = models.CharField(max_length=10, choices=Decision.choices, default=Decision.RUNNING)
    before = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    rows = models.PositiveIntegerField(default=0)
    labels = models.PositiveIntegerField(default=0)
    learned_until = models.DateTimeField(null=True, blank=True)
    judged_from = models.DateTimeField(null=True, blank=True)
    judged = models.PositiveIntegerField(default=0)
    right = models.PositiveIntegerField(default=0)
    before_right = models.PositiveIntegerField(default=0)
    figures = models.JSONField(default=dict, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(right__lte=models.F("judged")) & models.Q(before_right__lte=models.F("judged")),
                name="learning_right_of_judged",
            )
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.pk}"

    @property
    def engine(self) -> str:
        """What a suggestion of this reader is signed with."""
        return f"reader/{self.pk}"

    def figure(self, of: str, name: str) -> Any:
        """A figure of the "new" reader or of the one "before", on the judged records; None where it was not taken."""
        return self.figures.get(of, {}).get(name)

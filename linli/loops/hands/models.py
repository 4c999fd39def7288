"""What is stored of what-if questions: what somebody asked of a unit's past, and what the worker answered. Nothing about any one person."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from linli.kernel.accounts.models import Unit
from linli.kernel.matters.models import Category


class Question(models.Model):
    """
    "With `extra` hands more, or `promise_hours` promised: what share is in time?", of what `unit` handles (of `category` and below, where
    one is named) under the paths `scope`. `hands` is how many people work on it now; None: guessed from the busiest days. `answer` is
    plain values, empty until the worker answered; `failed` when it could not.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, related_name="+")
    scope = models.JSONField(default=list)
    hands = models.PositiveSmallIntegerField(null=True, blank=True)
    extra = models.SmallIntegerField(default=0)
    promise_hours = models.PositiveSmallIntegerField(null=True, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    begun_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    failed = models.BooleanField(default=False)
    answer = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["id"], condition=Q(answered_at=None), name="hands_waiting")]
        constraints = [models.CheckConstraint(condition=Q(hands=None) | Q(hands__gte=1), name="hands_at_least_one")]

    def __str__(self) -> str:
        return f"{self.extra:+d} at {self.unit_id}"

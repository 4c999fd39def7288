"""What is stored of questions to the lake: who asked what of which place, and what the worker answered."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.kernel.places.models import Place


class Asked(models.Model):
    """
    `preview`: what the indicator `code` would have said of `place` with the changes in `data`, month by month up to `period`; `publish`: the figures
    of `place` in `period`. `answer` is plain values, empty until the worker answered; `problem` says in the place's language why it could not.
    """

    class Kind(models.TextChoices):
        PREVIEW = "preview", _("试算")
        PUBLISH = "publish", _("公布")

    kind = models.CharField(max_length=8, choices=Kind.choices)
    code = models.CharField(max_length=64, blank=True)
    data = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    period = models.CharField(max_length=7)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    begun_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.JSONField(default=dict)
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["id"], condition=Q(answered_at=None), name="measure_asked_waiting")]

    def __str__(self) -> str:
        return f"{self.kind} {self.code} {self.period}"

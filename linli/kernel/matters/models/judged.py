"""What was judged of a matter: ratings, what the machine suggested, what the rates leave out."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.kernel.matters.models.matter import Matter
from linli.kernel.matters.models.promised import ACCOUNT
from linli.kernel.people.models import Person


class Rating(models.Model):
    """
    A resident's judgement of one round, or the record that they could not be reached (`outcome`).

    `answered`, `solved`, `satisfied` are what the person said; null where they did not say.
    """

    class Outcome(models.TextChoices):
        RATED = "rated", _("已评价")
        UNREACHABLE = "unreachable", _("未联系上")
        DECLINED = "declined", _("不愿评价")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="ratings")
    round = models.PositiveSmallIntegerField()
    account = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.RATED)
    answered = models.BooleanField(null=True, blank=True)
    solved = models.BooleanField(null=True, blank=True)
    satisfied = models.BooleanField(null=True, blank=True)
    comment = models.TextField(blank=True)
    channel = models.CharField(max_length=12)
    recorded_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["matter", "round", "account"], condition=Q(account__isnull=False, outcome="rated"), name="rating_once_a_round"
            )
        ]

    def __str__(self) -> str:
        return f"{self.outcome} of {self.matter_id}"


class Suggestion(models.Model):
    """
    What the machine suggested beside what the person chose: both are kept (`chosen` empty until somebody does).

    `sure` is False where the machine says itself that a person should look. `others` are what came second and third:
    [{"code", "confidence", "reason"}].
    """

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="suggestions", db_index=False)
    field = models.CharField(max_length=12)
    suggested = models.CharField(max_length=40)
    confidence = models.PositiveSmallIntegerField()
    reason = models.JSONField(default=list)
    others = models.JSONField(default=list, blank=True)
    sure = models.BooleanField(default=True)
    engine = models.CharField(max_length=24)
    at = models.DateTimeField()
    chosen = models.CharField(max_length=40, blank=True)
    chosen_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    chosen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "field"], name="suggestion_once_a_field")]

    def __str__(self) -> str:
        return f"{self.field} of {self.matter_id}"


class Exclusion(models.Model):
    """Why a matter leaves the rates: one of the six lawful classes, with the reply given (law.yaml HOT-003)."""

    matter = models.OneToOneField(Matter, models.PROTECT, related_name="exclusion")
    lawful_class = models.CharField(max_length=24)
    reply = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.lawful_class} of {self.matter_id}"

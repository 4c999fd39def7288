"""What is stored of measuring: indicators as the operator changed them, prepared figures, published ones, figures entered from documents."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.kernel.places.models import Place

ACCOUNT = settings.AUTH_USER_MODEL


class Definition(models.Model):
    """
    An indicator as an operator changed it: one version, never changed again. The pack is version 0; the newest here is in force.

    `data` holds what was changed of the pack's entry (see `linli.measure.indicators`).
    """

    code = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    data = models.JSONField()
    reason = models.CharField(max_length=300)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="definition_version_once"),
            models.CheckConstraint(condition=Q(version__gte=1), name="definition_after_the_pack"),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class Figure(models.Model):
    """
    A prepared figure: what the newest facts say of one indicator, place and period. Computed anew whenever the facts changed; pages only read it.

    `value` is the exact quotient as a float, null where there is nothing to divide by. `version` is the definition's.
    """

    code = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    place = models.ForeignKey(Place, models.CASCADE, related_name="+", db_index=False)
    period = models.CharField(max_length=7)
    numerator = models.BigIntegerField(null=True, blank=True)
    denominator = models.BigIntegerField(null=True, blank=True)
    value = models.FloatField(null=True, blank=True)
    snapshot = models.CharField(max_length=16)
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["place", "code", "period"], name="figure_once")]
        indexes = [models.Index(fields=["code", "period"], name="figure_of_all_places")]

    def __str__(self) -> str:
        return f"{self.code} {self.period} of {self.place_id}"


class Published(models.Model):
    """
    A figure as it was published: it never changes, and can be computed again from the snapshot and the definition it names.

    `definition` is the whole indicator as it was, so that a later version changes nothing here.
    """

    code = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    definition = models.JSONField()
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    place_code = models.CharField(max_length=32)
    level = models.CharField(max_length=12)
    period = models.CharField(max_length=7)
    numerator = models.BigIntegerField(null=True, blank=True)
    denominator = models.BigIntegerField(null=True, blank=True)
    value = models.FloatField(null=True, blank=True)
    snapshot = models.CharField(max_length=16)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    corrects = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrected_by")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["place", "period", "code"], name="published_of_place")]

    def __str__(self) -> str:
        return f"{self.code} {self.period} of {self.place_code}"


class Entered(models.Model):
    """
    A figure that only an outside document gives (a police statistic, an audit): with its day, its document and who entered it. A later entry replaces
    an earlier one of the same place and period; both stay.
    """

    class Kind(models.TextChoices):
        OUTSIDE = "outside", _("外部文件")
        SURVEY = "survey", _("抽样调查")

    code = models.CharField(max_length=64)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.OUTSIDE)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+", db_index=False)
    period = models.CharField(max_length=7)
    value = models.DecimalField(max_digits=18, decimal_places=6)
    document = models.CharField(max_length=200)
    dated = models.DateField()
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["place", "code", "period", "-id"], name="entered_of_place")]

    def __str__(self) -> str:
        return f"{self.code} {self.period} of {self.place_id}"


class Run(models.Model):
    """One round of building facts and preparing figures: what it did, how long it took, or why it ended."""

    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    snapshot = models.CharField(max_length=16, blank=True)
    parts = models.PositiveIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    figures = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-began_at"], name="run_newest")]

    def __str__(self) -> str:
        return f"{self.began_at:%Y-%m-%d %H:%M}"

"""
What is stored of suspicions: what a detector asked of a place's period, the matters behind it, what people said. Nothing about any one person, no score.

Marks of pictures are kept so that each is made once.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from linli.kernel.places.models import Place


class State(models.TextChoices):
    OPEN = "open", _("待说明")
    EXPLAINED = "explained", _("有正当原因")
    MEND = "mend", _("要整改")


class Suspicion(models.Model):
    """
    One question of a detector about `place` in `period` ("2026-10", "2026-Q3"). `facet` tells two of the same place and period apart. `alone` and `chance`
    are chances where all is honest (null: no chance in it). What was answered is not touched by later looks; `gone_at`: a later look found it no longer.
    """

    detector = models.CharField(max_length=16)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    ground = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    period = models.CharField(max_length=8)
    facet = models.CharField(max_length=80, blank=True)
    test = models.CharField(max_length=12)
    alone = models.FloatField(null=True, blank=True)
    chance = models.FloatField(null=True, blank=True)
    looked = models.PositiveIntegerField()
    says_zh = models.TextField()
    says_en = models.TextField()
    figures = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-period", "place", "id"]
        constraints = [models.UniqueConstraint(fields=["detector", "place", "period", "facet"], name="suspicion_once")]
        indexes = [
            models.Index(fields=["place", "-period"], name="suspicion_place"),
            models.Index(fields=["ground", "detector"], condition=Q(state="open"), name="suspicion_open"),
        ]

    def __str__(self) -> str:
        return f"{self.detector} {self.place_id} {self.period}"

    @property
    def says(self) -> str:
        return self.says_en if (get_language() or "").startswith("en") else self.says_zh


class Behind(models.Model):
    """One matter (or meeting) a suspicion rests on, by its number."""

    class Kind(models.TextChoices):
        MATTER = "matter", _("诉求")
        MEETING = "meeting", _("会议")

    suspicion = models.ForeignKey(Suspicion, models.CASCADE, related_name="behind")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    number = models.BigIntegerField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["suspicion", "kind", "number"], name="suspicion_behind_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


class Answer(models.Model):
    """What a person said of a suspicion; only added, the newest stands."""

    suspicion = models.ForeignKey(Suspicion, models.PROTECT, related_name="answers")
    state = models.CharField(max_length=10, choices=State.choices)
    text = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=80)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.state} of {self.suspicion_id}"


class PictureMark(models.Model):
    """
    The mark of a stored picture's content; empty for one that shows next to nothing or can no longer be read. By the content's hash, not by a reference:
    whatever refers to a file keeps it from being removed.
    """

    sha256 = models.CharField(max_length=64, primary_key=True)
    mark = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return self.mark[:8]


class Look(models.Model):
    """The last look at a ground (a district; null: what lies in none): when it was begun and done, and how many rows each detector was given."""

    ground = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    begun_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    failed = models.BooleanField(default=False)
    rows = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ground"], name="suspicion_look_once"),
            models.UniqueConstraint(fields=["failed"], condition=Q(ground=None), name="suspicion_look_of_none_once"),
        ]

    def __str__(self) -> str:
        return f"look at {self.ground_id or 'none'}"

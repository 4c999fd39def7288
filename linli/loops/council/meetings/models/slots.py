"""When could you come: times offered for a meeting, and what people answered."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from linli.kernel.people.models import Person
from linli.kernel.places.models import Place
from linli.loops.council.meetings.models.meeting import Body, Meeting


class SlotPoll(models.Model):
    """When could you come? Slots proposed for a meeting of `body` at `place`; residents answer themselves or through a worker."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    place_path = models.CharField(max_length=72, db_index=True)
    body = models.CharField(max_length=20, choices=Body.choices)
    title = models.CharField(max_length=80)
    closes_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    chosen = models.ForeignKey("Slot", models.PROTECT, null=True, blank=True, related_name="+")
    meeting = models.ForeignKey(Meeting, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return self.title


class Slot(models.Model):
    """A time that is offered."""

    poll = models.ForeignKey(SlotPoll, models.CASCADE, related_name="slots")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["poll", "starts_at"], name="slot_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="slot_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"


class SlotAnswer(models.Model):
    """When one person can come: the slots they marked, none for "no time suits me". Answering again replaces it."""

    poll = models.ForeignKey(SlotPoll, models.CASCADE, related_name="answers")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    home_path = models.CharField(max_length=72, blank=True)
    slots = models.ManyToManyField(Slot, related_name="answers")
    channel = models.CharField(max_length=12)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "person"], name="slot_answer_once")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.poll_id}"

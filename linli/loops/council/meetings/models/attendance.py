"""Who is expected and who came: the register, and every time somebody was present."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linli.kernel.access.tongue import as_read
from linli.kernel.people.models import Person
from linli.kernel.places.models import Place
from linli.loops.council.meetings.models.meeting import Meeting


class Presence(models.TextChoices):
    ROOM = "room", _("现场")
    ONLINE = "online", _("线上")
    PROXY = "proxy", _("委托他人")


class Attendee(models.Model):
    """
    Somebody on the meeting's register: expected beforehand, or come. `seat` is their number in this meeting and says nothing else.

    `entitled` ones count towards the quorum; others sit in. `present` is empty while they are not here. A proxy's row is the absent
    voter's, present through `holder`. `roll_id` and `voter_id` name a roll where there is one.
    """

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="attendees")
    seat = models.PositiveIntegerField()
    name = models.CharField(max_length=60)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    home = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    home_path = models.CharField(max_length=72, blank=True)
    where = models.CharField(max_length=60, blank=True)
    capacity = models.CharField(max_length=40, blank=True)
    expected = models.BooleanField(default=False)
    entitled = models.BooleanField(default=True)
    roll_id = models.BigIntegerField(null=True, blank=True)
    voter_id = models.BigIntegerField(null=True, blank=True)
    present = models.CharField(max_length=6, choices=Presence.choices, blank=True)
    holder = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="holds")

    class Meta:
        ordering = ["seat"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "seat"], name="attendee_seat_once"),
            models.UniqueConstraint(fields=["meeting", "person"], condition=Q(person__isnull=False), name="attendee_person_once"),
            models.UniqueConstraint(fields=["meeting", "account"], condition=Q(account__isnull=False), name="attendee_account_once"),
            models.UniqueConstraint(fields=["meeting", "voter_id"], condition=Q(voter_id__isnull=False), name="attendee_voter_once"),
            models.CheckConstraint(
                condition=(Q(present="proxy") & Q(holder__isnull=False)) | (~Q(present="proxy") & Q(holder=None)),
                name="attendee_proxy_has_holder",
            ),
        ]
        indexes = [models.Index(fields=["account", "-meeting"], name="attendee_account"), models.Index(fields=["home_path"])]

    def __str__(self) -> str:
        return f"{self.seat} {self.name}"

    @property
    def called(self) -> str:
        """Their name for those who work here; where none was left, that it was not, in the reader's language."""
        return as_read(self.name)


class Stay(models.Model):
    """One time somebody was present, from when until when, and how they signed. For the attendance list a court may ask for."""

    class How(models.TextChoices):
        CODE = "code", _("扫码")
        ONLINE = "online", _("线上签到")
        WORKER = "worker", _("工作人员登记")
        PROXY = "proxy", _("交来委托书")

    attendee = models.ForeignKey(Attendee, models.CASCADE, related_name="stays")
    present = models.CharField(max_length=6, choices=Presence.choices)
    how = models.CharField(max_length=6, choices=How.choices)
    came_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["came_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["attendee"], condition=Q(left_at=None), name="stay_one_at_a_time"),
            models.CheckConstraint(condition=Q(left_at=None) | Q(left_at__gte=F("came_at")), name="stay_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.attendee_id} {self.came_at:%H:%M}"

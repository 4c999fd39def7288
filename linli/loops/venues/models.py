"""
What is stored about venues: the register, the hours promised, the openings as they happened, what visitors said, a place's own standards, and
the cases the exit rule raised.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.kernel.files.models import StoredFile
from linli.kernel.matters.models import Matter
from linli.kernel.places.models import Place

ACCOUNT = settings.AUTH_USER_MODEL


class State(models.TextChoices):
    PREPARING = "preparing", pgettext_lazy("venue", "筹备中")
    IN_USE = "in_use", pgettext_lazy("venue", "使用中")
    CLOSED = "closed", pgettext_lazy("venue", "已停用")


class Venue(models.Model):
    """
    One venue; `place` is the part of the neighbourhood it serves and belongs to. `area` is in 0.01 m², `cost_fen` what it costs in a year,
    coordinates are WGS-84 in millionths of a degree. `households` is entered where the register of homes is not complete (null: counted).

    `has` says of zones, equipment and features whether they are there ({code: true or false}; a code that is absent: nobody has looked), `functions`
    which it runs (null: not known), `staff` how many of each, never who. `traits` are what the community is beside its kind in the register.
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="venues")
    name = models.CharField(max_length=60)
    address = models.CharField(max_length=120, blank=True)
    latitude = models.IntegerField(null=True, blank=True)
    longitude = models.IntegerField(null=True, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    about = models.TextField(blank=True)
    photo = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    photo_words = models.CharField(max_length=80, blank=True)
    area = models.PositiveBigIntegerField(null=True, blank=True)
    seats = models.PositiveIntegerField(null=True, blank=True)
    households = models.PositiveIntegerField(null=True, blank=True)
    traits = models.JSONField(default=list, blank=True)
    has = models.JSONField(default=dict, blank=True)
    functions = models.JSONField(null=True, blank=True)
    staff = models.JSONField(default=dict, blank=True)
    cost_fen = models.PositiveBigIntegerField(null=True, blank=True)
    cost_year = models.PositiveSmallIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.IN_USE)
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["place", "name"], condition=~Q(state="closed"), name="venue_name_once_at_place"),
            models.CheckConstraint(
                condition=(Q(latitude=None) & Q(longitude=None)) | (Q(latitude__isnull=False) & Q(longitude__isnull=False)),
                name="venue_point_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        """By which other rooms name it: V and its number."""
        return f"V{self.pk}"

    @property
    def point(self) -> tuple[float, float] | None:
        """(latitude, longitude) in degrees, WGS-84; None when unknown."""
        if self.latitude is None or self.longitude is None:
            return None
        return self.latitude / 1_000_000, self.longitude / 1_000_000


class HoursPlan(models.Model):
    """Weekly hours promised from `starts_on` until the day before `ends_on`: seven lists of [from, to] in minutes. Followed, never changed."""

    venue = models.ForeignKey(Venue, models.CASCADE, related_name="hours")
    week = models.JSONField()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["venue"], condition=Q(ends_on=None), name="venue_hours_one_open_end"),
            models.CheckConstraint(condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="venue_hours_end_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.venue_id} {self.starts_on}"


class HoursException(models.Model):
    """One day on which the hours differ; no spans: closed that day. `reason` stands on the public page."""

    venue = models.ForeignKey(Venue, models.CASCADE, related_name="exceptions")
    day = models.DateField()
    spans = models.JSONField(default=list, blank=True)
    reason = models.CharField(max_length=80)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["venue", "day"], name="venue_exception_once_a_day")]

    def __str__(self) -> str:
        return f"{self.venue_id} {self.day}"


class Opening(models.Model):
    """
    The venue was open from `opened_at` to `closed_at` (null: still). `source` live: logged as it happened; paper: keyed in afterwards from the
    log book. It speaks of the venue alone; `by` is kept as for every act, and nobody's days are counted from it. A row found wrong is struck.
    """

    class Source(models.TextChoices):
        LIVE = "live", _("当时登记")
        PAPER = "paper", _("按纸质记录补登")

    venue = models.ForeignKey(Venue, models.CASCADE, related_name="openings")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=5, choices=Source.choices, default=Source.LIVE)
    note = models.CharField(max_length=120, blank=True)
    by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    closed_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField()
    struck_at = models.DateTimeField(null=True, blank=True)
    struck_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    struck_for = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["venue"], condition=Q(closed_at=None, struck_at=None), name="venue_open_once"),
            models.CheckConstraint(condition=Q(closed_at=None) | Q(closed_at__gt=F("opened_at")), name="venue_closes_after_opening"),
        ]
        indexes = [models.Index(fields=["venue", "-opened_at"], name="venue_openings_newest")]

    def __str__(self) -> str:
        return f"{self.venue_id} {self.opened_at:%Y-%m-%d %H:%M}"


class Choice(models.TextChoices):
    SATISFIED = "satisfied", _("满意")
    FAIRLY = "fairly", _("基本满意")
    NOT = "not", _("不满意")


GOOD = (Choice.SATISFIED, Choice.FAIRLY)


class VisitRating(models.Model):
    """
    What visitors said on a day: one answer from somebody's own screen, or `count` equal answers keyed in from paper forms. An account answers once
    a month for a venue; a second answer stands instead of the first. Who answered is never shown.
    """

    venue = models.ForeignKey(Venue, models.CASCADE, related_name="ratings")
    day = models.DateField()
    choice = models.CharField(max_length=9, choices=Choice.choices)
    count = models.PositiveIntegerField(default=1)
    comment = models.CharField(max_length=200, blank=True)
    channel = models.CharField(max_length=8)
    month = models.CharField(max_length=7)
    account = models.ForeignKey(ACCOUNT, models.SET_NULL, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    batch = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    struck_at = models.DateTimeField(null=True, blank=True)
    struck_for = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-day", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["venue", "account", "month"],
                condition=Q(account__isnull=False, struck_at=None),
                name="venue_rating_once_a_month",
            ),
            models.CheckConstraint(condition=Q(count__gte=1), name="venue_rating_of_somebody"),
        ]
        indexes = [models.Index(fields=["venue", "day"], name="venue_ratings_by_day")]

    def __str__(self) -> str:
        return f"{self.venue_id} {self.day} {self.choice}"


class OwnStandard(models.Model):
    """
    A place's own standard from `starts_on` until the day before `ends_on` (null: still), for everything below `place` (null: everywhere). It stands
    instead of the pack's of the same code; `off`: that one does not apply there. Ended, never edited.
    """

    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    code = models.CharField(max_length=40)
    data = models.JSONField(default=dict, blank=True)
    off = models.BooleanField(default=False)
    source = models.CharField(max_length=120)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["place", "code"], condition=Q(ends_on=None), name="venue_standard_one_open_end"),
            models.UniqueConstraint(fields=["code"], condition=Q(ends_on=None, place=None), name="venue_standard_one_everywhere"),
            models.CheckConstraint(condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="venue_standard_end_after_start"),
        ]
        indexes = [models.Index(fields=["code", "starts_on"], name="venue_standard_code")]

    def __str__(self) -> str:
        return self.code


class ExitCase(models.Model):
    """The exit rule spoke once for these years: the matter it raised. A year counted here is not counted again."""

    venue = models.ForeignKey(Venue, models.PROTECT, related_name="cases")
    first_year = models.PositiveSmallIntegerField()
    last_year = models.PositiveSmallIntegerField()
    matter = models.ForeignKey(Matter, models.PROTECT, related_name="+")
    facts = models.JSONField(default=dict)
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ["-last_year"]
        constraints = [
            models.UniqueConstraint(fields=["venue", "last_year"], name="venue_exit_case_once"),
            models.CheckConstraint(condition=Q(first_year__lte=F("last_year")), name="venue_exit_years_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.venue_id} {self.first_year}-{self.last_year}"

"""The meeting itself: its plan and how far it is, its agenda, its papers."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.kernel.files.models import StoredFile
from linli.kernel.matters.models import Matter
from linli.kernel.notices.models import Notice
from linli.kernel.places.models import Place


class Body(models.TextChoices):
    """Which council meets (catalogue `deliberation_tiers` and law.yaml OWN, RES, PAR, VIL)."""

    BUILDING = "building", _("楼栋议事会")
    COMPOUND = "compound", _("小区议事会")
    COMMUNITY = "community", _("社区议事会")
    OWNERS_ASSEMBLY = "owners_assembly", _("业主大会会议")
    OWNERS_COMMITTEE = "owners_committee", _("业主委员会会议")
    TWO_COMMITTEES = "two_committees", _("“两委”会议")
    PARTY_MEMBERS = "party_members", _("党员大会")
    RESIDENTS = "residents", _("居民会议")
    REPRESENTATIVES = "representatives", _("居民代表会议")
    HEARING = "hearing", _("听证会、协调会、评议会")
    WORKING_GROUP = "working_group", _("专项工作组会议")
    VILLAGERS = "villagers", _("村民会议")
    VILLAGE_HOUSEHOLDS = "village_households", _("村民会议（户的代表参加）")
    VILLAGE_DELEGATES = "village_delegates", _("村民代表会议")
    VILLAGE_GROUP = "village_group", _("村民小组会议")


class State(models.TextChoices):
    PLANNED = "planned", _("筹备中")
    NOTICED = "noticed", _("已通知")
    OPEN = "open", _("正在开会")
    ADJOURNED = "adjourned", _("休会")
    ENDED = "ended", _("已散会")
    CONFIRMED = "confirmed", _("纪要已确认")
    PUBLISHED = "published", _("纪要已公布")
    CANCELLED = "cancelled", pgettext_lazy("meeting", "已取消")


class Openness(models.TextChoices):
    PUBLIC = "public", _("所有人可以看")
    NEIGHBOURS = "neighbours", _("本社区居民可以看")
    MEMBERS = "members", _("只有参会人和工作人员可以看")


class Meeting(models.Model):
    """
    One meeting. `entitled` is how many are entitled to take part (null: no quorum is kept); the quorum is the fraction
    `quorum_numerator`/`quorum_denominator` of them, more than it when `quorum_strict`. Speaking time is in seconds.

    `version` grows with every act; `plan_version` only when the plan itself changes, so that two planners notice each other.
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="meetings")
    place_path = models.CharField(max_length=72, db_index=True)
    body = models.CharField(max_length=20, choices=Body.choices)
    title = models.CharField(max_length=80)
    purpose = models.TextField(blank=True)
    openness = models.CharField(max_length=10, choices=Openness.choices, default=Openness.PUBLIC)
    full_names = models.BooleanField(default=False)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    venue = models.CharField(max_length=120)
    online = models.CharField(max_length=300, blank=True)
    chair = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    chair_name = models.CharField(max_length=60)
    recorder = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    recorder_name = models.CharField(max_length=60)

    notice_days = models.PositiveSmallIntegerField(default=0)
    notice_rule = models.CharField(max_length=160, blank=True)
    speak_seconds = models.PositiveSmallIntegerField(default=180)
    alternate = models.BooleanField(default=True)
    roll_id = models.BigIntegerField(null=True, blank=True)
    entitled = models.PositiveIntegerField(null=True, blank=True)
    quorum_numerator = models.PositiveSmallIntegerField(default=1)
    quorum_denominator = models.PositiveSmallIntegerField(default=2)
    quorum_strict = models.BooleanField(default=True)
    quorum_rule = models.CharField(max_length=160, blank=True)
    secret = models.CharField(max_length=64)
    rotating = models.BooleanField(default=True)

    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    current = models.ForeignKey("AgendaItem", models.PROTECT, null=True, blank=True, related_name="+")
    notice = models.ForeignKey(Notice, models.PROTECT, null=True, blank=True, related_name="+")
    noticed_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    plan_version = models.PositiveIntegerField(default=1)
    line_count = models.PositiveIntegerField(default=0)
    seat_count = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["state", "starts_at"], name="meeting_state_starts"),
            models.Index(fields=["place_path", "-starts_at"], name="meeting_place_starts"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at=None) | Q(ends_at__gt=F("starts_at")), name="meeting_ends_after_start"),
            models.CheckConstraint(
                condition=Q(quorum_numerator__gte=1) & Q(quorum_denominator__gte=F("quorum_numerator")), name="meeting_quorum_up_to_whole"
            ),
            models.CheckConstraint(condition=Q(speak_seconds__gte=30), name="meeting_speaks_at_least_half_a_minute"),
        ]

    def __str__(self) -> str:
        return self.title


class AgendaItem(models.Model):
    """One topic, tied to a matter of any kind or to words alone. `minutes` is planned time; `debate_closed` ends its speaking queue."""

    class State(models.TextChoices):
        WAITING = "waiting", _("未开始")
        OPEN = "open", _("正在议")
        DONE = "done", _("已议")
        DEFERRED = "deferred", _("留待下次")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="items")
    seq = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    detail = models.TextField(blank=True)
    matter = models.ForeignKey(Matter, models.PROTECT, null=True, blank=True, related_name="+")
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    speak_seconds = models.PositiveSmallIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    debate_closed = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["seq", "id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "seq"], name="agenda_item_once_in_order"),
            models.UniqueConstraint(fields=["meeting"], condition=Q(state="open"), name="agenda_one_topic_at_a_time"),
        ]
        indexes = [models.Index(fields=["matter"], name="agenda_matter", condition=Q(matter__isnull=False))]

    def __str__(self) -> str:
        return self.title


class Paper(models.Model):
    """
    A document of the meeting: a picture of it, a link, or both. `signature` papers are the signed sheets of the minutes and stay with
    those who work here.
    """

    class Kind(models.TextChoices):
        DOCUMENT = "document", _("会议材料")
        SIGNATURE = "signature", _("签字页")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="papers")
    item = models.ForeignKey(AgendaItem, models.CASCADE, null=True, blank=True, related_name="papers")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.DOCUMENT)
    title = models.CharField(max_length=120)
    link = models.CharField(max_length=300, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~Q(link="") | Q(file__isnull=False), name="paper_has_link_or_file")]

    def __str__(self) -> str:
        return self.title

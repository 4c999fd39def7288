"""
What is stored about meetings: the meeting, its agenda, who came, who spoke, hands, decisions, the record and the minutes; slot polls.

Every act writes lines of the append-only record and moves `Meeting.version` on, which is what phones in the room ask for.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.kernel.access.tongue import as_read
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.models import Matter
from linli.kernel.notices.models import Notice
from linli.kernel.people.models import Person
from linli.kernel.places.models import Place

ACCOUNT = settings.AUTH_USER_MODEL


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
    chair = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    chair_name = models.CharField(max_length=60)
    recorder = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
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
    created_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
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
    added_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~Q(link="") | Q(file__isnull=False), name="paper_has_link_or_file")]

    def __str__(self) -> str:
        return self.title


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
    account = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
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
    by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["came_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["attendee"], condition=Q(left_at=None), name="stay_one_at_a_time"),
            models.CheckConstraint(condition=Q(left_at=None) | Q(left_at__gte=F("came_at")), name="stay_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.attendee_id} {self.came_at:%H:%M}"


class Speech(models.Model):
    """
    A wish to speak and, once called, the speech. Times are exact: `used_ms` is what was spoken before the clock was last stopped,
    `running_since` is set while it runs. `limit_ms` is fixed when the speaker is called.
    """

    class Side(models.TextChoices):
        PRO = "pro", _("赞成")
        CONTRA = "contra", _("反对")
        OPEN = "open", _("提问或补充")

    class State(models.TextChoices):
        WAITING = "waiting", _("等待发言")
        SPEAKING = "speaking", _("正在发言")
        DONE = "done", _("已发言")
        WITHDRAWN = "withdrawn", pgettext_lazy("meeting", "已取消")
        CLOSED = "closed", _("辩论已结束，未发言")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="speeches")
    item = models.ForeignKey(AgendaItem, models.CASCADE, related_name="speeches")
    attendee = models.ForeignKey(Attendee, models.CASCADE, related_name="speeches")
    side = models.CharField(max_length=6, choices=Side.choices, default=Side.OPEN)
    channel = models.CharField(max_length=12)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField()
    called_at = models.DateTimeField(null=True, blank=True)
    limit_ms = models.PositiveIntegerField(default=0)
    used_ms = models.PositiveIntegerField(default=0)
    running_since = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    gist = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting"], condition=Q(state="speaking"), name="speech_one_speaker_at_a_time"),
            models.UniqueConstraint(fields=["item", "attendee"], condition=Q(state="waiting"), name="speech_asked_once_at_a_time"),
        ]
        indexes = [models.Index(fields=["meeting", "state"], name="speech_meeting_state")]

    def __str__(self) -> str:
        return f"{self.attendee_id} on {self.item_id}"


class Point(models.Model):
    """A motion on procedure. It comes before everybody in the queue and is decided by a show of hands."""

    class Kind(models.TextChoices):
        END_DEBATE = "end_debate", _("结束辩论")
        MOVE_ON = "move_on", _("转入下一议题")
        ADJOURN = "adjourn", _("休会")
        OTHER = "other", _("其他程序问题")

    class State(models.TextChoices):
        WAITING = "waiting", _("等待处理")
        PUT = "put", _("正在举手表决")
        ACCEPTED = "accepted", _("通过")
        REJECTED = "rejected", _("未通过")
        WITHDRAWN = "withdrawn", _("提出人撤回")
        RULED_OUT = "ruled_out", _("主持人不予受理")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="points")
    item = models.ForeignKey(AgendaItem, models.CASCADE, null=True, blank=True, related_name="points")
    attendee = models.ForeignKey(Attendee, models.CASCADE, related_name="points")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    text = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "kind"], condition=Q(state__in=["waiting", "put"]), name="point_of_a_kind_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class Choice(models.TextChoices):
    AGREE = "agree", pgettext_lazy("vote", "同意")
    AGAINST = "against", _("不同意")
    ABSTAIN = "abstain", _("弃权")


class Hands(models.Model):
    """
    A show of hands: phones one by one, the room as counted by a worker. It is never a ballot; nothing here is counted in one.
    When it closes only the sums stay (`phone_…`): whose phone showed what is deleted.

    `point` is the motion on procedure it decides; without one it only asks for opinion.
    """

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="hands")
    item = models.ForeignKey(AgendaItem, models.CASCADE, null=True, blank=True, related_name="hands")
    point = models.OneToOneField(Point, models.CASCADE, null=True, blank=True, related_name="hands")
    question = models.CharField(max_length=200)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    phone_agree = models.PositiveIntegerField(default=0)
    phone_against = models.PositiveIntegerField(default=0)
    phone_abstain = models.PositiveIntegerField(default=0)
    room_agree = models.PositiveIntegerField(default=0)
    room_against = models.PositiveIntegerField(default=0)
    room_abstain = models.PositiveIntegerField(default=0)
    room_counted_by = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["meeting"], condition=Q(closed_at=None), name="hands_one_question_at_a_time")]

    def __str__(self) -> str:
        return self.question


class Hand(models.Model):
    """One phone's hand. Showing another one replaces it while the question is open."""

    hands = models.ForeignKey(Hands, models.CASCADE, related_name="shown")
    attendee = models.ForeignKey(Attendee, models.CASCADE, related_name="+")
    choice = models.CharField(max_length=8, choices=Choice.choices)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hands", "attendee"], name="hand_once")]

    def __str__(self) -> str:
        return self.choice


class Outcome(models.Model):
    """
    What was decided, and what is to be done by whom until when, noted as it happens. A task has an owner and a date; `done_text` says what came of it,
    `warned_at` when whoever noted it was told that it is late.
    """

    class Kind(models.TextChoices):
        DECISION = "decision", _("形成的意见")
        TASK = "task", _("任务")

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="outcomes")
    item = models.ForeignKey(AgendaItem, models.CASCADE, null=True, blank=True, related_name="outcomes")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    text = models.CharField(max_length=500)
    owner = models.CharField(max_length=60, blank=True)
    due_on = models.DateField(null=True, blank=True)
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    struck_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=60, blank=True)
    done_text = models.CharField(max_length=300, blank=True)
    warned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(kind="task", done_at=None, struck_at=None), name="outcome_task_due"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(kind="task") | (~Q(owner="") & Q(due_on__isnull=False)), name="task_has_owner_and_date")
        ]

    def __str__(self) -> str:
        return self.text


class Line(models.Model):
    """One line of the record, append-only: who did what when. `once` is the mark of a form sent twice, under which an act is done once."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="lines")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    verb = models.CharField(max_length=20)
    who = models.CharField(max_length=60)
    account = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    channel = models.CharField(max_length=12)
    item = models.ForeignKey(AgendaItem, models.CASCADE, null=True, blank=True, related_name="+")
    facts = models.JSONField(default=dict)
    once = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "seq"], name="line_once_in_order"),
            models.UniqueConstraint(fields=["meeting", "once"], condition=~Q(once=""), name="line_form_once"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb}"


class Minutes(models.Model):
    """
    The minutes: sections of text drafted from the record, corrected, confirmed by chair and recorder. `digest` is what they confirmed.

    `sections` is a list of {"key", "title", "text"}; changing it takes both confirmations away.
    """

    meeting = models.OneToOneField(Meeting, models.CASCADE, related_name="minutes")
    sections = models.JSONField(default=list)
    version = models.PositiveIntegerField(default=1)
    drafted_at = models.DateTimeField()
    digest = models.CharField(max_length=80, blank=True)
    chair_at = models.DateTimeField(null=True, blank=True)
    chair_by = models.CharField(max_length=80, blank=True)
    recorder_at = models.DateTimeField(null=True, blank=True)
    recorder_by = models.CharField(max_length=80, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"minutes of {self.meeting_id}"


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
    created_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

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
    by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poll", "person"], name="slot_answer_once")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.poll_id}"

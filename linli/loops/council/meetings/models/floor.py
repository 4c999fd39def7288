"""What happens in the room: who speaks, motions on procedure, shows of hands."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.loops.council.meetings.models.attendance import Attendee
from linli.loops.council.meetings.models.meeting import AgendaItem, Meeting


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

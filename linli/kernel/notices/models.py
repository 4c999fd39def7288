"""Public notices, personal messages, and the outbox through which every message leaves exactly once."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.kernel.access.sealed import SealedField
from linli.kernel.places.models import Place


class Notice(models.Model):
    """
    A public notice on a place's board, from a day until a day. `form` says which of the official patterns it has, `paper` holds the
    pattern's parts (`official.Official.data`); empty for what was published before there was one.
    """

    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="notices")
    place_path = models.CharField(max_length=72, blank=True, db_index=True)
    kind = models.CharField(
        max_length=16, default="notice", choices=[("notice", _("公示")), ("day_root", _("存证公示")), ("matter", _("事项公示"))]
    )
    form = models.CharField(max_length=12, default="notice")
    title = models.CharField(max_length=120)
    body = models.TextField()
    paper = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    published_at = models.DateTimeField(db_index=True)
    until_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-published_at", "-id"]

    def __str__(self) -> str:
        return self.title


class Channel(models.TextChoices):
    APP = "app", _("应用内")
    SMS = "sms", _("短信")
    EMAIL = "email", _("电子邮件")
    ROBOT = "robot", _("群机器人")
    CALL = "call", _("打电话")


class Message(models.Model):
    """A message for one account, one person or one unit's group, as it shows in-app. `key` makes sending it again harmless."""

    key = models.CharField(max_length=120, unique=True)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="messages")
    person_id = models.BigIntegerField(null=True, blank=True)
    unit_id = models.BigIntegerField(null=True, blank=True)
    place_path = models.CharField(max_length=72, blank=True)
    about = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=160)
    body = models.CharField(max_length=600, blank=True)
    address = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["account", "-created_at"]),
            models.Index(fields=["account", "read_at"], condition=Q(read_at=None), name="message_unread"),
            models.Index(fields=["unit_id", "-created_at"]),
        ]

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """One way out for a message. Claimed by a lease, tried again with growing waits, sent once; calls are made by people."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待发送")
        SENT = "sent", _("已发送")
        FAILED = "failed", _("发送失败")
        DROPPED = "dropped", _("已取消")

    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    to = SealedField(context="notices.delivery.to")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "channel"], name="delivery_once_a_channel")]
        indexes = [models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="delivery_waiting")]

    def __str__(self) -> str:
        return f"{self.message_id} by {self.channel}"

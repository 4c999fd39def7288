"""What the API remembers: answers by idempotency key, and how much of a limit was used."""

from __future__ import annotations

from django.db import models


class KeptAnswer(models.Model):
    """The answer to one act. The row is written in the act's own transaction: both are there after a crash, or neither."""

    owner = models.CharField(max_length=64)
    key = models.CharField(max_length=200)
    asked = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    media_type = models.CharField(max_length=80, blank=True)
    body = models.BinaryField(default=bytes)
    location = models.CharField(max_length=300, blank=True)
    kept_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="answer_once_a_key")]

    def __str__(self) -> str:
        return self.key


class UsedUp(models.Model):
    """How many calls of one caller were granted in one minute, by all processes together."""

    caller = models.CharField(max_length=64)
    minute = models.BigIntegerField(db_index=True)
    used = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["caller", "minute"], name="used_up_once_a_minute")]

    def __str__(self) -> str:
        return f"{self.caller} {self.used}"

"""Who is told of what, what happened, and each parcel on its way."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.kernel.access.sealed import SealedField
from linli.kernel.places.models import Place


class Subscription(models.Model):
    """An address that is told of events at a place and below. `events` are names, or `*`. It sees what its account may see."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="subscriptions")
    name = models.CharField(max_length=60)
    url = models.CharField(max_length=500)
    secret = SealedField(context="ports.subscription.secret")
    events = models.JSONField(default=list)
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    place_path = models.CharField(max_length=72, blank=True)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    failing_since = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["place_path"], condition=Q(active=True), name="subscription_active")]

    def __str__(self) -> str:
        return self.name


class Happening(models.Model):
    """One event. Written in the transaction of the act."""

    code = models.CharField(max_length=32, unique=True)
    event = models.CharField(max_length=40)
    matter_id = models.BigIntegerField()
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.event} {self.code}"


class Parcel(models.Model):
    """One event for one subscription: its body is fixed when it is made, so that every try sends the same."""

    class State(models.TextChoices):
        WAITING = "waiting", _("待发送")
        SENT = "sent", _("已送达")
        FAILED = "failed", _("发送失败")

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="parcels")
    happening = models.ForeignKey(Happening, models.CASCADE, related_name="parcels")
    body = models.TextField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscription", "happening"], name="parcel_once_a_subscription")]
        indexes = [models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="parcel_waiting")]

    def __str__(self) -> str:
        return f"{self.happening_id} for {self.subscription_id}"

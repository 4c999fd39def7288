"""What is stored about machine judgement: which of its functions are switched on or off, where, since when and by whom."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from linli.kernel.places.models import Place


class Function(models.TextChoices):
    """What the machine may suggest. Each stands behind a switch of its own; with all of them off the house works as before."""

    KIND = "kind", _("类别建议")
    SAME = "same", _("同一件事")
    HOT = "hot", _("热点话题")
    TOPICS = "topics", _("公开的热点页")
    REPLY = "reply", _("答复提示")
    BRIEF = "brief", _("要点摘出")
    GROUPS = "groups", _("意见分布图")
    HANDS = "hands", _("人手测算")


class Switch(models.Model):
    """
    One turn of a switch. Rows are only added: the newest of a place and function stands, the others tell who switched before. Without a
    place it holds for the whole installation.
    """

    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    function = models.CharField(max_length=12, choices=Function.choices)
    on = models.BooleanField()
    reason = models.CharField(max_length=200, blank=True)
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("-pk",)
        constraints = [models.CheckConstraint(condition=models.Q(function__in=Function.values), name="judgement_known_function")]
        indexes = [models.Index(fields=["function", "place", "-id"], name="judgement_newest")]

    def __str__(self) -> str:
        return f"{self.function} {'on' if self.on else 'off'} at {self.place_id or 'all'}"

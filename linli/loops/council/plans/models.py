"""What is stored about plans: the costs, the homes that share them, alternative keys, and what was taken into a motion's text."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linli.kernel.matters.models import Matter
from linli.kernel.places.models import Place
from linli.kernel.rolls.models import Roll
from linli.loops.council.motions.models import Motion

ACCOUNT = settings.AUTH_USER_MODEL


class Kind(models.TextChoices):
    LIFT = "lift", _("加装电梯")
    LEVY = "levy", _("费用分摊")


class State(models.TextChoices):
    DRAFT = "draft", _("起草中")
    SHOWN = "shown", _("征求意见中")
    ADOPTED = "adopted", _("已写入议题")
    DROPPED = "dropped", _("已停用")


class How(models.TextChoices):
    AREA = "area", _("按面积")
    HOME = "home", _("按户平均")
    KEY = "key", _("按自定系数")
    FLOOR = "floor", _("按楼层系数")


class Plan(models.Model):
    """
    What something costs and who shares it: the homes under `place` (an entrance, a building, a compound), from the register or from `roll`.

    `subsidies`: [{name, kind: fixed|per_lift|share, fen, share: "1/4", cap_fen, source}]; `running`: yearly [{name, fen}]. `lead` is the number of
    the alternative that counts as the present one. Once adopted nothing of it changes; a changed plan is a new one that `follows` it.
    """

    kind = models.CharField(max_length=8, choices=Kind.choices)
    title = models.CharField(max_length=60)
    note = models.TextField(blank=True)
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    place_path = models.CharField(max_length=72, db_index=True)
    roll = models.ForeignKey(Roll, models.PROTECT, null=True, blank=True, related_name="+")
    matter = models.ForeignKey(Matter, models.PROTECT, null=True, blank=True, related_name="plans")
    follows = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followed_by")
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    cost_fen = models.BigIntegerField(default=0)
    cost_source = models.CharField(max_length=160, blank=True)
    lifts = models.PositiveSmallIntegerField(default=1)
    subsidies = models.JSONField(default=list)
    running = models.JSONField(default=list)
    from_fund = models.BooleanField(default=False)
    lead = models.PositiveSmallIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    shown_at = models.DateTimeField(null=True, blank=True)
    dropped_at = models.DateTimeField(null=True, blank=True)
    why_dropped = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "place_path"], name="plan_state_place")]
        constraints = [
            models.CheckConstraint(condition=Q(cost_fen__gte=0), name="plan_cost_not_negative"),
            models.CheckConstraint(condition=Q(lifts__gte=1), name="plan_at_least_one_lift"),
            models.CheckConstraint(condition=Q(state__in=["draft", "dropped"]) | Q(shown_at__isnull=False), name="plan_shown_when_shown"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_lift(self) -> bool:
        return self.kind == Kind.LIFT

    @property
    def may_change(self) -> bool:
        """Adopted and dropped plans stand still, for everybody."""
        return self.state in (State.DRAFT, State.SHOWN)


class PlanHome(models.Model):
    """
    A home that shares. `area` in 0.01 m², `key` in ten-thousandths, `balance_fen` what its maintenance fund holds; null: not known. Entered values
    stay when the homes are drawn again (`floor_entered`, `area_entered`). A home `left_out` shares nothing, with the reason.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="homes")
    home = models.ForeignKey(Place, models.PROTECT, related_name="+")
    path = models.CharField(max_length=72)
    door = models.CharField(max_length=120)
    group = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    floor = models.SmallIntegerField(null=True, blank=True)
    floor_entered = models.BooleanField(default=False)
    area = models.PositiveIntegerField(null=True, blank=True)
    area_entered = models.BooleanField(default=False)
    key = models.PositiveBigIntegerField(null=True, blank=True)
    balance_fen = models.BigIntegerField(null=True, blank=True)
    left_out = models.BooleanField(default=False)
    why_left_out = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["path", "id"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "home"], name="plan_home_once"),
            models.CheckConstraint(condition=Q(balance_fen=None) | Q(balance_fen__gte=0), name="plan_home_balance_not_negative"),
        ]
        indexes = [models.Index(fields=["home"], name="plan_home_home"), models.Index(fields=["plan", "path"], name="plan_home_path")]

    def __str__(self) -> str:
        return self.door


class Alternative(models.Model):
    """
    One way to share. `scheme` is the whole key by floor as plain data (linli.law.lifts), so that a changed scheme changes no plan. Homes up to floor
    `free_up_to` pay nothing and receive `paid_fen` each.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="alternatives")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)
    how = models.CharField(max_length=8, choices=How.choices)
    scheme = models.JSONField(default=dict)
    free_up_to = models.SmallIntegerField(null=True, blank=True)
    paid_fen = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="alternative_number_once"),
            models.CheckConstraint(condition=Q(paid_fen__gte=0), name="alternative_paid_not_negative"),
            models.CheckConstraint(condition=Q(paid_fen=0) | Q(free_up_to__isnull=False), name="alternative_paid_says_whom"),
        ]

    def __str__(self) -> str:
        return self.name


class Scheme(models.Model):
    """An operator's own key by floor, with its source. Schemes are ended, not edited; plans carry a copy."""

    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    place_path = models.CharField(max_length=72, blank=True)
    name = models.CharField(max_length=60)
    data = models.JSONField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    set_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["place_path", "name"], condition=Q(ends_at=None), name="scheme_name_once")]

    def __str__(self) -> str:
        return self.name


class Adoption(models.Model):
    """
    A plan that went into a motion's text: which version, which option stands for which alternative ([{code, title, text, cost_fen, number}]), and the
    whole calculation with its digest, which the text names. Written once.
    """

    plan = models.OneToOneField(Plan, models.PROTECT, related_name="adoption")
    motion = models.ForeignKey(Motion, models.PROTECT, related_name="+")
    text_number = models.PositiveIntegerField()
    options = models.JSONField()
    calculation = models.JSONField()
    digest = models.CharField(max_length=80)
    at = models.DateTimeField()
    by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["motion", "-id"], name="adoption_motion")]

    def __str__(self) -> str:
        return f"plan {self.plan_id} in motion {self.motion_id}"


class Line(models.Model):
    """What was done to a plan, by whom, with the figures it concerned."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="lines")
    verb = models.CharField(max_length=16)
    facts = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    who = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.verb} {self.plan_id}"

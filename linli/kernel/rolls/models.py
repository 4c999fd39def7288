"""Rolls: who is entitled, on what day, with which homes; what was decided while drawing one up; objections to it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.kernel.notices.models import Notice
from linli.kernel.people.models import Household, Person
from linli.kernel.places.models import Place


class RollKind(models.TextChoices):
    OWNERS = "owners", pgettext_lazy("a roll of", "业主")
    RESIDENTS = "residents", pgettext_lazy("a roll of", "居民")
    HOUSEHOLDS = "households", pgettext_lazy("a roll of", "户代表")
    REPRESENTATIVES = "representatives", pgettext_lazy("a roll of", "居民（业主）代表")
    MEMBERS = "members", pgettext_lazy("a roll of", "组织成员")
    LIST = "list", pgettext_lazy("a roll of", "指定名单")


# Drawn up from the register of people; the other kinds are entered, person by person or from a sheet.
DRAWN = frozenset({RollKind.OWNERS, RollKind.RESIDENTS, RollKind.HOUSEHOLDS})


class RollState(models.TextChoices):
    DRAFT = "draft", _("草拟中")
    FROZEN = "frozen", _("已冻结")
    REPLACED = "replaced", _("已被更正后的名册取代")


class Roll(models.Model):
    """
    Who is entitled at `place` on `record_date`. `policy` holds the choices that decide who counts (see rules.Policy), `facts` what came of
    them in plain data. `area` is the sum over the units in 0.01 m², 0 for rolls without area. `root` is the Merkle root over the voters'
    hashes, `hash` binds it to the rest of the roll and to the roll it replaces.

    Once frozen a roll, its voters and its units never change: the actions refuse, and so does the database (migration 0002).
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="rolls")
    place_path = models.CharField(max_length=72, db_index=True)
    kind = models.CharField(max_length=16, choices=RollKind.choices)
    title = models.CharField(max_length=80, blank=True)
    record_date = models.DateField()
    state = models.CharField(max_length=8, choices=RollState.choices, default=RollState.DRAFT)
    about = models.CharField(max_length=24, blank=True, db_index=True)
    policy = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    voter_count = models.PositiveIntegerField(default=0)
    unit_count = models.PositiveIntegerField(default=0)
    area = models.PositiveBigIntegerField(default=0)
    root = models.CharField(max_length=80, blank=True)
    hash = models.CharField(max_length=80, blank=True)
    version = models.PositiveIntegerField(default=1)
    drawn_at = models.DateTimeField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    frozen_at = models.DateTimeField(null=True, blank=True)
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    objections_until = models.DateTimeField(null=True, blank=True)
    notice = models.ForeignKey(Notice, models.PROTECT, null=True, blank=True, related_name="+")
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaced_by")
    replaces_why = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["place_path", "state"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft", hash="", frozen_at=None)
                | (~Q(state="draft") & ~Q(hash="") & ~Q(root="") & Q(frozen_at__isnull=False) & Q(voter_count__gte=1)),
                name="roll_frozen_has_hash",
            ),
        ]

    def __str__(self) -> str:
        return self.title or f"roll {self.pk}"

    @property
    def is_draft(self) -> bool:
        return self.state == RollState.DRAFT

    @property
    def has_area(self) -> bool:
        return self.kind == RollKind.OWNERS


class Voter(models.Model):
    """
    One who counts as one by number (law.yaml OWN-007): a person, an organisation, joint owners together, a household.

    `key` says who it is within the roll and stays the same when the draft is drawn again. `agent` is who votes where it is not `person`
    (representative of joint owners, a company's agent, a guardian, an heir). `co_owners`: [{"person", "name", "share"}], empty for one owner.
    `who_digest` is the salted hash of the names; with it `hash` can be recomputed after names were taken out by law.
    """

    roll = models.ForeignKey(Roll, models.CASCADE, related_name="voters")
    seq = models.PositiveIntegerField()
    key = models.CharField(max_length=100)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    household = models.ForeignKey(Household, models.PROTECT, null=True, blank=True, related_name="+")
    organisation = models.CharField(max_length=80, blank=True)
    organisation_code = models.CharField(max_length=18, blank=True)
    name = models.CharField(max_length=120, blank=True)
    agent = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    agent_name = models.CharField(max_length=60, blank=True)
    agent_as = models.CharField(max_length=16, blank=True)
    co_owners = models.JSONField(default=list)
    note = models.CharField(max_length=200, blank=True)
    home_path = models.CharField(max_length=72, blank=True)
    building = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    door = models.CharField(max_length=120, blank=True)
    unit_count = models.PositiveIntegerField(default=0)
    area = models.PositiveBigIntegerField(default=0)
    salt = models.BinaryField(max_length=16, default=bytes)
    who_digest = models.CharField(max_length=80, blank=True)
    hash = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["roll", "seq"], name="voter_seq_once"),
            models.UniqueConstraint(fields=["roll", "key"], name="voter_counts_once"),
        ]
        indexes = [
            models.Index(fields=["roll", "building", "seq"]),
            models.Index(fields=["roll", "name"]),
        ]

    def __str__(self) -> str:
        return f"{self.roll_id}/{self.seq}"

    @property
    def may_cast(self) -> tuple[int, ...]:
        """
        Ids of the people who may cast this voter's ballot: the agent when one is named, else the person, else any of the joint owners
        (whose ballots must then agree). Empty for an organisation without an agent.
        """
        if self.agent_id:
            return (self.agent_id,)
        if self.person_id:
            return (self.person_id,)
        return tuple(one["person"] for one in self.co_owners if one.get("person"))


class VotingUnit(models.Model):
    """One exclusive part with its exact area in 0.01 m² and where the figure comes from (OWN-006). A home stands on a roll once."""

    class Kind(models.TextChoices):
        HOME = "home", _("住宅")
        SHOP = "shop", _("商铺")
        PARKING = "parking", _("登记车位")
        OTHER = "other", _("其他")

    class State(models.TextChoices):
        SOLD = "sold", _("已交付")
        UNSOLD = "unsold", _("未售")
        UNDELIVERED = "undelivered", _("已售未交付")

    class AreaSource(models.TextChoices):
        REGISTER = "register", _("不动产登记簿")
        MEASURED = "measured", _("测绘面积")
        CONTRACT = "contract", _("买卖合同")

    roll = models.ForeignKey(Roll, models.CASCADE, related_name="units")
    voter = models.ForeignKey(Voter, models.CASCADE, related_name="units")
    home = models.ForeignKey(Place, models.PROTECT, related_name="+")
    building = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    path = models.CharField(max_length=72)
    door = models.CharField(max_length=120)
    area = models.PositiveIntegerField()
    area_source = models.CharField(max_length=8, choices=AreaSource.choices, default=AreaSource.REGISTER)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.HOME)
    state = models.CharField(max_length=12, choices=State.choices, default=State.SOLD)

    class Meta:
        ordering = ["path", "id"]
        constraints = [models.UniqueConstraint(fields=["roll", "home"], name="unit_home_once")]
        indexes = [models.Index(fields=["roll", "path"]), models.Index(fields=["roll", "building", "path"])]

    def __str__(self) -> str:
        return self.door


class Holder(models.Model):
    """Who stands behind a voter, so that a person finds themselves: as owner, joint owner, agent, or member of the household."""

    roll = models.ForeignKey(Roll, models.CASCADE, related_name="holders")
    voter = models.ForeignKey(Voter, models.CASCADE, related_name="holders")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    role = models.CharField(max_length=10)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["voter", "person", "role"], name="holder_once")]
        indexes = [models.Index(fields=["roll", "person"])]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} of {self.voter_id}"


class Level(models.TextChoices):
    """A block makes the count itself wrong or undecided; a warning leaves open who casts; a note tells how something was counted."""

    BLOCK = "block", _("要先处理")
    WARN = "warn", _("提醒")
    NOTE = "note", _("说明")


class RollProblem(models.Model):
    """What drawing up found wrong or worth telling; written anew each time the draft is drawn, kept and published once frozen."""

    roll = models.ForeignKey(Roll, models.CASCADE, related_name="problems")
    code = models.CharField(max_length=32)
    level = models.CharField(max_length=8, choices=Level.choices)
    voter = models.ForeignKey(Voter, models.CASCADE, null=True, blank=True, related_name="problems")
    home = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    other_home = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    other_person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    door = models.CharField(max_length=120, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["roll", "level", "code", "id"])]

    def __str__(self) -> str:
        return f"{self.code} on {self.roll_id}"


class Decision(models.Model):
    """
    One thing a person decided while drawing up: exclude, name, merge, keep apart, enter … `subject` says about whom ("home:12", "voter:p5",
    "pair:3-9"); deciding again about the same replaces it. Kept with the frozen roll.
    """

    roll = models.ForeignKey(Roll, models.CASCADE, related_name="decisions")
    verb = models.CharField(max_length=16)
    subject = models.CharField(max_length=120)
    home = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    other = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    value = models.JSONField(default=dict)
    reason = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["roll", "verb", "subject"], name="decision_once_a_subject")]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"


class ObjectionKind(models.TextChoices):
    MISSING = "missing", _("名册里没有我或我的房屋")
    AREA = "area", _("面积不对")
    OWNER = "owner", _("业主或共有人不对")
    NOT_ENTITLED = "not_entitled", _("有人不该在名册上")
    OTHER = "other", _("其他")


class RollObjection(models.Model):
    """An objection to a frozen roll within its period: who raised it, what about, the answer with its reason, and the roll that mended it."""

    class State(models.TextChoices):
        OPEN = "open", _("等待答复")
        ACCEPTED = "accepted", _("成立")
        REJECTED = "rejected", _("不成立")
        WITHDRAWN = "withdrawn", _("已撤回")

    roll = models.ForeignKey(Roll, models.PROTECT, related_name="objections")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=16, choices=ObjectionKind.choices)
    home = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.CharField(max_length=1000)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    channel = models.CharField(max_length=10)
    recorder = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    recorder_name = models.CharField(max_length=80, blank=True)
    raised_at = models.DateTimeField()
    answer = models.CharField(max_length=1000, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    answered_by_name = models.CharField(max_length=80, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    mended_in = models.ForeignKey(Roll, models.SET_NULL, null=True, blank=True, related_name="mends")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["roll", "state", "id"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["open", "withdrawn"]) | (~Q(answer="") & Q(answered_at__isnull=False)),
                name="objection_answered_with_reason",
            ),
            models.CheckConstraint(condition=Q(answered_at=None) | Q(answered_at__gte=F("raised_at")), name="objection_answered_after"),
        ]

    def __str__(self) -> str:
        return f"objection {self.pk} to {self.roll_id}"


def chained(roll: Roll) -> dict[str, Any]:
    """What the roll's own hash covers beside the root and the hash of the roll before it."""
    return {
        "roll": roll.pk,
        "place": roll.place_id,
        "kind": roll.kind,
        "record_date": roll.record_date,
        "about": roll.about,
        "policy": roll.policy,
        "voters": roll.voter_count,
        "units": roll.unit_count,
        "area": roll.area,
        "root": roll.root,
        "frozen_at": roll.frozen_at,
    }

"""What is stored about motions beside the matter itself: road, texts, seconders, announcements, decisions, tasks, supervision, cases."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linli.kernel.access.sealed import SealedField
from linli.kernel.accounts.models import Unit
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.models import Matter, WorkOrder
from linli.kernel.notices.models import Notice
from linli.kernel.people.models import Person
from linli.kernel.places.models import Place

ACCOUNT = settings.AUTH_USER_MODEL


class RoadTemplate(models.Model):
    """A place's own road, copied from another and changed. Templates are ended, not edited: `version` counts what followed."""

    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField(default=1)
    based_on = models.CharField(max_length=40, blank=True)
    data = models.JSONField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    set_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="road_version_once"),
            models.UniqueConstraint(fields=["code"], condition=Q(ends_at=None), name="road_one_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class SecondRule(models.Model):
    """How many homes must second a motion of a tier at a place, and within how many days. The nearest place's rule holds."""

    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    tier = models.CharField(max_length=10)
    homes = models.PositiveIntegerField(null=True, blank=True)
    share_numerator = models.PositiveIntegerField(null=True, blank=True)
    share_denominator = models.PositiveIntegerField(null=True, blank=True)
    days = models.PositiveIntegerField(default=30)
    source = models.CharField(max_length=120, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    set_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(homes__gt=0) | Q(share_numerator__gt=0), name="second_rule_asks_something"),
            models.CheckConstraint(
                condition=Q(share_numerator=None, share_denominator=None) | Q(share_denominator__gte=F("share_numerator")),
                name="second_rule_share_up_to_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tier} {self.homes or f'{self.share_numerator}/{self.share_denominator}'}"


class Motion(models.Model):
    """
    The motion beside its matter. `road` is the road it started with, `step` where on it it stands; `version` the text in force.

    `home_count` and `seconds_needed` were fixed when it was submitted; `budget_fen` is what it will cost by the text in force.
    """

    matter = models.OneToOneField(Matter, models.PROTECT, primary_key=True, related_name="motion")
    road = models.JSONField()
    road_code = models.CharField(max_length=40)
    step = models.PositiveSmallIntegerField(default=0)
    tier = models.CharField(max_length=10)
    rung = models.CharField(max_length=10)
    topic = models.CharField(max_length=20, default="public_matters")
    origin = models.CharField(max_length=10, default="resident")
    power = models.CharField(max_length=24, blank=True)
    profile = models.CharField(max_length=64, blank=True)
    version = models.PositiveIntegerField(default=1)
    budget_fen = models.BigIntegerField(null=True, blank=True)
    home_count = models.PositiveIntegerField(default=0)
    seconds_needed = models.PositiveIntegerField(default=0)
    second_count = models.PositiveIntegerField(default=0)
    seconds_due_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    banked_at = models.DateTimeField(null=True, blank=True)
    scheduled_on = models.DateField(null=True, blank=True)
    round = models.PositiveSmallIntegerField(default=0)
    archive_number = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["topic", "-matter"], name="motion_topic"),
            models.Index(fields=["-second_count", "-matter"], name="motion_hot"),
            models.Index(fields=["seconds_due_at"], condition=Q(seconds_due_at__isnull=False), name="motion_seconds_due"),
        ]

    def __str__(self) -> str:
        return f"motion {self.pk}"


class Text(models.Model):
    """One version of what is proposed: never changed, only followed. `options` are [{code, title, text, cost_fen}] in order."""

    motion = models.ForeignKey(Motion, models.PROTECT, related_name="texts")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=80)
    body = models.TextField(blank=True)
    options = models.JSONField(default=list)
    note = models.CharField(max_length=300, blank=True)
    digest = models.CharField(max_length=80)
    at = models.DateTimeField()
    by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    who = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["motion_id", "number"]
        constraints = [models.UniqueConstraint(fields=["motion", "number"], name="text_number_once")]

    def __str__(self) -> str:
        return f"{self.motion_id} v{self.number}"


class Second(models.Model):
    """A home supports that the motion be taken up. One home counts once, whoever of it seconds."""

    motion = models.ForeignKey(Motion, models.PROTECT, related_name="seconds")
    home = models.ForeignKey(Place, models.PROTECT, related_name="+")
    account = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    channel = models.CharField(max_length=12)
    recorded_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    came_with = models.ForeignKey(Motion, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["motion", "home"], name="second_home_once")]

    def __str__(self) -> str:
        return f"{self.home_id} seconds {self.motion_id}"


class Document(models.Model):
    """What must be at hand before a step: a file, or words where no file is needed."""

    motion = models.ForeignKey(Motion, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=24)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.CharField(max_length=300, blank=True)
    public = models.BooleanField(default=True)
    at = models.DateTimeField()
    by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.kind} of {self.motion_id}"


class Announcement(models.Model):
    """
    A notice that a decision will be taken: the text, rule, roll and secrecy it announces are frozen with it, for everybody.

    `frozen` is what the ballot's room fixed (rule, roll hash, secrecy, opening and closing); `days` the least full days it must stand.
    """

    motion = models.ForeignKey(Motion, models.PROTECT, related_name="announcements")
    step = models.PositiveSmallIntegerField()
    text = models.ForeignKey(Text, models.PROTECT, related_name="+")
    days = models.PositiveSmallIntegerField()
    frozen = models.JSONField(default=dict)
    notice = models.ForeignKey(Notice, models.PROTECT, related_name="+")
    published_at = models.DateTimeField()
    decidable_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)
    why_taken_back = models.CharField(max_length=300, blank=True)
    used = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["motion"], condition=Q(taken_back_at=None, used=False), name="announcement_one_in_force")
        ]

    def __str__(self) -> str:
        return f"announcement of {self.motion_id}"


class Decision(models.Model):
    """
    What a body decided at one step, with the figures that show it; it holds once its posting is over and objections are settled. `post_days`
    are those the place's law asks for beyond the road's.
    """

    motion = models.ForeignKey(Motion, models.PROTECT, related_name="decisions")
    step = models.PositiveSmallIntegerField()
    round = models.PositiveSmallIntegerField(default=0)
    body = models.CharField(max_length=24)
    how = models.CharField(max_length=10)
    passed = models.BooleanField()
    text = models.TextField()
    figures = models.JSONField(default=dict)
    bundle = models.CharField(max_length=120, blank=True)
    post_days = models.PositiveSmallIntegerField(default=0)
    decided_at = models.DateTimeField()
    posted_at = models.DateTimeField()
    holds_from = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    resolution_number = models.CharField(max_length=40, blank=True)
    annulled_at = models.DateTimeField(null=True, blank=True)
    why_annulled = models.CharField(max_length=300, blank=True)
    notice = models.ForeignKey(Notice, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["motion_id", "pk"]
        constraints = [models.UniqueConstraint(fields=["motion", "step", "round"], name="decision_once_a_round")]

    def __str__(self) -> str:
        return f"decision of {self.motion_id}"


class Objection(models.Model):
    """Somebody objects to a posted result; it must be answered before the result holds."""

    class Outcome(models.TextChoices):
        OPEN = "", _("待答复")
        UPHELD = "upheld", _("成立")
        DISMISSED = "dismissed", _("不成立")

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="objections")
    account = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField()
    channel = models.CharField(max_length=12)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, default=Outcome.OPEN)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"objection to {self.decision_id}"


class Suspension(models.Model):
    """A decision is not carried out for a while: on whose order or by whose decision, by which rule; until it is resumed or annulled."""

    class Ground(models.TextChoices):
        COURT = "court", _("人民法院的裁定")
        AUTHORITY = "authority", _("街道或主管部门的决定")
        OBJECTION = "objection", _("异议成立，正在核实")
        ERROR = "error", _("发现程序或计票可能有误")

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="suspensions")
    ground = models.CharField(max_length=10, choices=Ground.choices)
    rule = models.CharField(max_length=120)
    text = models.TextField()
    review_on = models.DateField()
    from_at = models.DateTimeField()
    by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    until_at = models.DateTimeField(null=True, blank=True)
    why_ended = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["decision"], condition=Q(until_at=None), name="suspension_one_at_a_time")]

    def __str__(self) -> str:
        return f"suspension of {self.decision_id}"


class Challenge(models.Model):
    """
    Somebody asks a court, the street or the department to annul a decision (Civil Code 280). Who it is stands here only as the public may
    know it; the case number finds the rest. `last_day` is the last of the year from `known_on`; whether it was kept is for the court to say.
    """

    class Forum(models.TextChoices):
        COURT = "court", _("人民法院")
        STREET = "street", _("街道办事处或乡镇政府")
        DEPARTMENT = "department", _("房地产行政主管部门")

    class Outcome(models.TextChoices):
        RUNNING = "", _("正在审理")
        ANNULLED = "annulled", _("撤销决定")
        DISMISSED = "dismissed", _("驳回")
        WITHDRAWN = "withdrawn", _("撤诉或撤回")

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="challenges")
    forum = models.CharField(max_length=10, choices=Forum.choices)
    who = models.CharField(max_length=80)
    case_number = models.CharField(max_length=60, blank=True)
    text = models.TextField()
    known_on = models.DateField()
    filed_on = models.DateField()
    last_day = models.DateField()
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, default=Outcome.RUNNING)
    ended_at = models.DateTimeField(null=True, blank=True)
    ruling = models.TextField(blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(filed_on__gte=F("known_on")), name="challenge_filed_after_known")]

    def __str__(self) -> str:
        return f"challenge of {self.decision_id}"

    @property
    def in_time(self) -> bool:
        return self.filed_on <= self.last_day


class Evidence(models.Model):
    """
    Everything by which a decision can be judged, in one file, fixed with its hash when the decision was final, and kept sealed as long as it
    can be challenged. Emptied when the time is over; that it was there and its hash stay.
    """

    decision = models.OneToOneField(Decision, models.PROTECT, primary_key=True, related_name="evidence")
    made_at = models.DateTimeField()
    digest = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField()
    contents = models.JSONField(default=list)
    kept = SealedField(context="motions.evidence.kept")
    let_go_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"evidence of {self.decision_id}"


class Task(models.Model):
    """One thing to be done for a resolution: who, by which day, with how much money. Its clock is its order's."""

    motion = models.ForeignKey(Motion, models.PROTECT, related_name="tasks")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=120)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    order = models.OneToOneField(WorkOrder, models.PROTECT, related_name="task_of_motion")
    due_on = models.DateField()
    budget_line = models.CharField(max_length=80, blank=True)
    budget_fen = models.BigIntegerField(null=True, blank=True)
    spent_fen = models.BigIntegerField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    outcome = models.TextField(blank=True)

    class Meta:
        ordering = ["motion_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["motion", "number"], name="task_number_once"),
            models.CheckConstraint(condition=Q(budget_fen=None) | Q(budget_fen__gte=0), name="task_budget_not_negative"),
            models.CheckConstraint(condition=Q(spent_fen=None) | Q(spent_fen__gte=0), name="task_spent_not_negative"),
        ]

    def __str__(self) -> str:
        return f"task {self.number} of {self.motion_id}"


class Supervisor(models.Model):
    """A resident appointed to watch the work and to accept it or not."""

    motion = models.ForeignKey(Motion, models.PROTECT, related_name="supervisors")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    account = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    since_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["motion", "person"], condition=Q(until_at=None), name="supervisor_once_at_a_time")]

    def __str__(self) -> str:
        return f"{self.person_id} watches {self.motion_id}"


class Opinion(models.Model):
    """A supervisor's opinion of the delivered work in one round."""

    supervisor = models.ForeignKey(Supervisor, models.PROTECT, related_name="opinions")
    round = models.PositiveSmallIntegerField()
    accepts = models.BooleanField()
    text = models.TextField(blank=True)
    channel = models.CharField(max_length=12)
    recorded_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["supervisor", "round"], name="opinion_once_a_round")]

    def __str__(self) -> str:
        return f"opinion of {self.supervisor_id}"


class Case(models.Model):
    """What others can learn from a motion that went its whole way: without names, searchable, and a template for the next."""

    motion = models.OneToOneField(Motion, models.PROTECT, related_name="case")
    title = models.CharField(max_length=80)
    situation = models.TextField()
    done = models.TextField()
    lessons = models.TextField(blank=True)
    topic = models.CharField(max_length=20)
    figures = models.JSONField(default=dict)
    words = models.TextField(blank=True)
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["topic", "-published_at"], name="case_topic")]

    def __str__(self) -> str:
        return self.title

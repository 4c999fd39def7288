"""
What is stored about talks: the talk, who takes part, what they contribute, marks on it, answers, reports, rulings; how names are shown.

Votes, support and "I want to know too" are marks on a contribution: of one participant at most one stands. Counts are written with the mark.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.kernel.accounts.models import Unit
from linli.kernel.matters.models import Matter
from linli.kernel.people.models import Person
from linli.kernel.places.models import Place

ACCOUNT = settings.AUTH_USER_MODEL


class Names(models.TextChoices):
    """How those who contribute are shown to everybody; those who work here know who they are."""

    NAME = "name", _("写姓名")
    BUILDING = "building", _("只写楼栋")
    ANONYMOUS = "anonymous", _("不写是谁")


class NameRule(models.Model):
    """How a place shows names, from an instant on. Rules are followed by later ones, never edited; a talk keeps what it began with."""

    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    place_path = models.CharField(max_length=72, db_index=True)
    names = models.CharField(max_length=10, choices=Names.choices)
    reason = models.CharField(max_length=200)
    since_at = models.DateTimeField()
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-since_at", "-id"]

    def __str__(self) -> str:
        return f"{self.place_id} {self.names} {self.since_at:%Y-%m-%d}"


class Talk(models.Model):
    """
    One talk about a matter, from when it was opened until `closes_at` (earlier when `closed_at` says so). `heard` is what those who
    opened it take from it, published when it ends. `most_…` is how many of each one person may contribute.
    """

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="talks")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    place_path = models.CharField(max_length=72)
    question = models.CharField(max_length=120)
    intro = models.TextField(blank=True)
    names = models.CharField(max_length=10, choices=Names.choices)
    most_statements = models.PositiveSmallIntegerField(default=5)
    most_arguments = models.PositiveSmallIntegerField(default=4)
    most_questions = models.PositiveSmallIntegerField(default=3)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    closes_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    heard = models.TextField(blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    contribution_count = models.PositiveIntegerField(default=0)
    participant_count = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["place_path", "-id"], name="talk_place"),
            models.Index(fields=["matter", "-id"], name="talk_matter"),
            models.Index(fields=["closes_at"], name="talk_ends", condition=Q(told_at=None)),
        ]
        constraints = [models.CheckConstraint(condition=Q(closes_at__gt=F("opened_at")), name="talk_ends_after_it_opens")]

    def __str__(self) -> str:
        return self.question


class Participant(models.Model):
    """
    Somebody who takes part in one talk. `number` is theirs in this talk and says nothing else. An erased person leaves what they voted,
    but not that it was they.
    """

    talk = models.ForeignKey(Talk, models.CASCADE, related_name="participants")
    number = models.PositiveIntegerField()
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    home_path = models.CharField(max_length=72, blank=True)
    building = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    joined_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["talk", "number"], name="talker_number_once"),
            models.UniqueConstraint(fields=["talk", "person"], condition=Q(person__isnull=False), name="talker_person_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} in {self.talk_id}"


class Kind(models.TextChoices):
    STATEMENT = "statement", pgettext_lazy("talk", "看法")
    ARGUMENT = "argument", pgettext_lazy("talk", "理由")
    QUESTION = "question", pgettext_lazy("talk", "提问")


class Side(models.TextChoices):
    PRO = "pro", _("赞成")
    CONTRA = "contra", _("反对")


class Contribution(models.Model):
    """
    A statement, an argument or a question. `participant` is empty for what the office put in itself. Of statements `agrees`, `disagrees`
    and `passes` count votes; of arguments and questions `agrees` counts support. A hidden one keeps its counts.
    """

    talk = models.ForeignKey(Talk, models.CASCADE, related_name="contributions")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    number = models.PositiveIntegerField()
    text = models.CharField(max_length=400)
    side = models.CharField(max_length=6, choices=Side.choices, blank=True)
    source = models.CharField(max_length=300, blank=True)
    participant = models.ForeignKey(Participant, models.PROTECT, null=True, blank=True, related_name="contributions")
    channel = models.CharField(max_length=12)
    by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    once = models.CharField(max_length=40, blank=True)
    agrees = models.PositiveIntegerField(default=0)
    disagrees = models.PositiveIntegerField(default=0)
    passes = models.PositiveIntegerField(default=0)
    reports = models.PositiveIntegerField(default=0)
    hidden_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["talk", "number"], name="contribution_number_once"),
            models.UniqueConstraint(fields=["talk", "once"], condition=~Q(once=""), name="contribution_sent_once"),
            models.CheckConstraint(
                condition=(Q(kind="argument") & ~Q(side="")) | (~Q(kind="argument") & Q(side="")), name="contribution_side_of_arguments"
            ),
        ]
        indexes = [models.Index(fields=["talk", "kind", "number"], name="contribution_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} of {self.talk_id}"

    @property
    def seen(self) -> int:
        return self.agrees + self.disagrees + self.passes


class Choice(models.TextChoices):
    AGREE = "agree", pgettext_lazy("vote", "同意")
    DISAGREE = "disagree", pgettext_lazy("opinion", "不同意")
    PASS = "pass", _("说不好，跳过")


class Mark(models.Model):
    """One participant's standing vote on a statement, or support of an argument or question (`agree`)."""

    contribution = models.ForeignKey(Contribution, models.CASCADE, related_name="marks")
    participant = models.ForeignKey(Participant, models.CASCADE, related_name="marks")
    choice = models.CharField(max_length=8, choices=Choice.choices)
    channel = models.CharField(max_length=12)
    by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contribution", "participant"], name="mark_once")]

    def __str__(self) -> str:
        return f"{self.choice} on {self.contribution_id}"


class Expert(models.Model):
    """A unit or a person invited to answer. `name` and `capacity` are what everybody reads; `unit` members and `account` answer themselves."""

    talk = models.ForeignKey(Talk, models.CASCADE, related_name="experts")
    name = models.CharField(max_length=60)
    capacity = models.CharField(max_length=80, blank=True)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    account = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    invited_at = models.DateTimeField()
    invited_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["talk", "name"], condition=Q(ended_at=None), name="expert_once")]

    def __str__(self) -> str:
        return self.name


class Answer(models.Model):
    """An answer to a question, dated, with who gave it. A better answer stands beside the first; none is edited."""

    question = models.ForeignKey(Contribution, models.CASCADE, related_name="answers")
    expert = models.ForeignKey(Expert, models.PROTECT, null=True, blank=True, related_name="+")
    who = models.CharField(max_length=140)
    text = models.TextField()
    channel = models.CharField(max_length=12)
    by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.who} on {self.question_id}"


class Report(models.Model):
    """A reader says that a contribution breaks a rule. `settled_at` when a worker has looked."""

    contribution = models.ForeignKey(Contribution, models.CASCADE, related_name="report_rows")
    account = models.ForeignKey(ACCOUNT, models.PROTECT, related_name="+")
    rule = models.CharField(max_length=12)
    text = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["contribution", "account"], name="report_once")]

    def __str__(self) -> str:
        return f"{self.rule} on {self.contribution_id}"


class Ruling(models.Model):
    """
    A contribution was hidden: by which rule, why, by whom; the author's appeal and what became of it. Published without the text.
    """

    class Outcome(models.TextChoices):
        UPHELD = "upheld", _("维持")
        RESTORED = "restored", _("恢复显示")

    contribution = models.ForeignKey(Contribution, models.CASCADE, related_name="rulings")
    rule = models.CharField(max_length=12)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()
    by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    who = models.CharField(max_length=80)
    appeal = models.CharField(max_length=300, blank=True)
    appealed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, blank=True)
    outcome_reason = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    decided_who = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["contribution"], condition=Q(decided_at=None) | Q(outcome="upheld"), name="ruling_one_in_force"
            ),
            models.CheckConstraint(condition=Q(decided_at=None) ^ ~Q(outcome=""), name="ruling_decided_with_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} on {self.contribution_id}"


class Drawn(models.Model):
    """
    The last map of a talk's opinions, drawn by the worker: groups, counts and axes as plain values, no person. `mark` says of which votes,
    `form` how the values are written.
    """

    talk = models.OneToOneField(Talk, models.CASCADE, related_name="drawn")
    mark = models.CharField(max_length=64)
    form = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    data = models.JSONField()

    def __str__(self) -> str:
        return f"map of {self.talk_id}"

"""What is stored about elections: the election, candidates with seconders, objections, seats, tasks of handing over, the record."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from linli.kernel.access.tongue import as_read
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.models import Matter
from linli.kernel.people.models import Person
from linli.kernel.places.models import Place
from linli.loops.council.ballots.models import Ballot

ACCOUNT = settings.AUTH_USER_MODEL


class State(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("election", "筹备中")
    NOMINATING = "nominating", _("推荐和自荐中")
    POSTED = "posted", _("候选人公示")
    VOTING = "voting", _("投票和计票")
    IN_OFFICE = "in_office", _("已产生，任期中")
    ENDED = "ended", _("任期届满")
    CANCELLED = "cancelled", pgettext_lazy("election", "已取消")


class Election(models.Model):
    """
    One election. `checks` are [{code, name_zh, name_en, auto, article, source}] as chosen when it was planned; `quotas` [{code, name, least,
    source}]: at least so many of those elected are of the group. Figures come with `sources` {figure: words} where the law's are not
    verified. `result` holds {candidate number: votes} and how it came.
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="elections")
    place_path = models.CharField(max_length=72, db_index=True)
    body = models.CharField(max_length=24)
    title = models.CharField(max_length=80)
    terms = models.TextField(blank=True)
    jurisdiction = models.CharField(max_length=16, default="CN")
    about = models.ForeignKey(Matter, models.PROTECT, null=True, blank=True, related_name="+")
    ballot = models.OneToOneField(Ballot, models.PROTECT, null=True, blank=True, related_name="+")
    follows = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followed_by")
    seats = models.PositiveSmallIntegerField()
    alternates = models.PositiveSmallIntegerField(default=0)
    quotas = models.JSONField(default=list)
    checks = models.JSONField(default=list)
    sources = models.JSONField(default=dict)
    seconds_needed = models.PositiveSmallIntegerField(default=0)
    nominate_from = models.DateTimeField()
    nominate_until = models.DateTimeField()
    posting_days = models.PositiveSmallIntegerField(default=7)
    posted_at = models.DateTimeField(null=True, blank=True)
    posted_until = models.DateTimeField(null=True, blank=True)
    term_months = models.PositiveSmallIntegerField()
    term_from = models.DateField(null=True, blank=True)
    term_until = models.DateField(null=True, blank=True)
    remind_months = models.PositiveSmallIntegerField(default=6)
    reminded_at = models.DateTimeField(null=True, blank=True)
    filing_days = models.PositiveSmallIntegerField(default=30)
    filing_due_on = models.DateField(null=True, blank=True)
    filing_number = models.CharField(max_length=60, blank=True)
    filed_on = models.DateField(null=True, blank=True)
    filed_with = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    result = models.JSONField(default=dict)
    proof = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    elected_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    line_count = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["state", "-id"], name="election_state"),
            models.Index(fields=["state", "term_until"], name="election_term"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(nominate_until__gt=F("nominate_from")), name="election_nominates_until_after_from"),
            models.CheckConstraint(condition=Q(seats__gte=1), name="election_has_seats"),
            models.CheckConstraint(condition=Q(term_until=None) | Q(term_until__gt=F("term_from")), name="election_term_ends_after_start"),
        ]

    def __str__(self) -> str:
        return self.title


class Candidate(models.Model):
    """
    Somebody who stands. `groups` are quota codes that hold for them; `checks` {code: "" or why not} as looked at; `votes` and `outcome` after
    the count. Without consent nobody is a candidate.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", _("已推荐，待核查")
        ACCEPTED = "accepted", _("核查通过")
        REFUSED = "refused", _("不符合条件")
        WITHDRAWN = "withdrawn", pgettext_lazy("candidate", "已退出")

    class Origin(models.TextChoices):
        SELF = "self", _("自荐")
        OTHER = "other", _("他人推荐")
        ORGANISATION = "organisation", _("组织推荐")

    class Consent(models.TextChoices):
        WAITING = "waiting", _("等本人同意")
        GIVEN = "given", _("本人同意")
        REFUSED = "refused", _("本人不同意")

    class Outcome(models.TextChoices):
        NONE = "", ""
        ELECTED = "elected", _("当选")
        ALTERNATE = "alternate", _("候补")
        NOT_ELECTED = "not_elected", _("未当选")

    election = models.ForeignKey(Election, models.PROTECT, related_name="candidates")
    number = models.PositiveSmallIntegerField()
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    account = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=60)
    home = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    groups = models.JSONField(default=list)
    statement = models.TextField(blank=True)
    origin = models.CharField(max_length=12, choices=Origin.choices)
    nominated_by = models.CharField(max_length=80, blank=True)
    nominator = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    channel = models.CharField(max_length=12)
    at = models.DateTimeField()
    consent = models.CharField(max_length=8, choices=Consent.choices, default=Consent.WAITING)
    consent_at = models.DateTimeField(null=True, blank=True)
    consent_note = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    checks = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_by = models.CharField(max_length=60, blank=True)
    votes = models.PositiveIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True, default="")
    rank = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["election_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["election", "number"], name="candidate_number_once"),
            models.UniqueConstraint(
                fields=["election", "person"], condition=Q(person__isnull=False) & ~Q(state="withdrawn"), name="candidate_person_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def reason_read(self) -> str:
        """Why they do not stand, for a page: the house's own words in the reader's language."""
        return as_read(self.reason)

    @property
    def consent_read(self) -> str:
        """How the consent was given, in the reader's language where the house wrote it itself."""
        return as_read(self.consent_note)

    @property
    def code(self) -> str:
        """How the ballot names the candidate."""
        return f"n{self.number}"


class Second(models.Model):
    """A home that supports a nomination; one home counts once for a candidate."""

    candidate = models.ForeignKey(Candidate, models.CASCADE, related_name="seconds")
    home = models.ForeignKey(Place, models.PROTECT, related_name="+")
    account = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    channel = models.CharField(max_length=12)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["candidate", "home"], name="second_candidate_home_once")]

    def __str__(self) -> str:
        return f"{self.home_id} for {self.candidate_id}"


class Objection(models.Model):
    """Somebody objects to a posted candidate, or to the list."""

    class State(models.TextChoices):
        OPEN = "open", _("待答复")
        UPHELD = "upheld", _("异议成立")
        REJECTED = "rejected", _("异议不成立")

    election = models.ForeignKey(Election, models.PROTECT, related_name="objections")
    candidate = models.ForeignKey(Candidate, models.PROTECT, null=True, blank=True, related_name="objections")
    text = models.CharField(max_length=500)
    name = models.CharField(max_length=60, blank=True)
    account = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    channel = models.CharField(max_length=12)
    at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    answer = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"objection {self.pk} to {self.election_id}"


class Seat(models.Model):
    """Somebody in office, or an alternate who waits for a vacancy. `until_on` is null while they hold it."""

    class Kind(models.TextChoices):
        MEMBER = "member", _("委员")
        ALTERNATE = "alternate", _("候补委员")

    election = models.ForeignKey(Election, models.PROTECT, related_name="seats_held")
    candidate = models.ForeignKey(Candidate, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    order = models.PositiveSmallIntegerField()
    role = models.CharField(max_length=30, blank=True)
    since_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    why_ended = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["election_id", "-kind", "order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["election", "candidate"], condition=Q(until_on=None), name="seat_one_a_candidate"),
            models.CheckConstraint(condition=Q(until_on=None) | Q(until_on__gte=F("since_on")), name="seat_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.candidate_id}"


class Task(models.Model):
    """What is handed over or done first, by when, by whom; done with proof. `warned_at`: somebody was told that it is overdue."""

    election = models.ForeignKey(Election, models.PROTECT, related_name="tasks")
    code = models.CharField(max_length=24)
    title = models.CharField(max_length=120)
    cites = models.CharField(max_length=80, blank=True)
    owner = models.CharField(max_length=60, blank=True)
    due_on = models.DateField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=60, blank=True)
    done_text = models.CharField(max_length=300, blank=True)
    proof = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    warned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["due_on"], condition=Q(done_at=None), name="election_task_due")]

    def __str__(self) -> str:
        return self.title


class Line(models.Model):
    """One line of the record, append-only: who did what when. `once` is the mark of a form sent twice, under which an act is done once."""

    election = models.ForeignKey(Election, models.PROTECT, related_name="lines")
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    verb = models.CharField(max_length=20)
    who = models.CharField(max_length=60)
    account = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    channel = models.CharField(max_length=12)
    facts = models.JSONField(default=dict)
    once = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["election", "seq"], name="election_line_once_in_order"),
            models.UniqueConstraint(fields=["election", "once"], condition=~Q(once=""), name="election_line_form_once"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb}"

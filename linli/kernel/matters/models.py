"""
What is stored about matters: the matter itself, its append-only timeline, clocks, work orders, parties, links, ratings.

States change only through `matters.turn`; nothing here writes.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from linli.kernel.accounts.models import Unit
from linli.kernel.files.models import StoredFile
from linli.kernel.people.models import Person
from linli.kernel.places.models import Place

ACCOUNT = settings.AUTH_USER_MODEL


class Category(models.Model):
    """A branch or leaf of the neutral category tree; `external_codes` maps a foreign table's name to its code."""

    code = models.CharField(max_length=40, unique=True)
    name_zh = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    keywords = models.JSONField(default=list, blank=True)
    external_codes = models.JSONField(default=dict, blank=True)
    department = models.CharField(max_length=40, blank=True)
    urgency = models.CharField(max_length=10, default="ordinary")
    fast_lane = models.BooleanField(default=False)
    usually_complex = models.BooleanField(default=False)
    private = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    sort = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["sort", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name_zh


class PromiseRule(models.Model):
    """
    What is promised: `amount` of `unit` for `subject`, for a kind, and optionally a category, a place, an urgency and a grade.

    The most particular rule in force wins. Rules are ended, not edited: running clocks keep what was promised.
    """

    class Unit(models.TextChoices):
        MINUTES = "minutes", _("分钟")
        HOURS = "hours", _("小时")
        DAYS = "days", _("天")
        WORKING_DAYS = "working_days", _("个工作日")

    class Subject(models.TextChoices):
        ACCEPT = "accept", _("受理")
        DISPATCH = "dispatch", _("派单")
        FIRST_ANSWER = "first_answer", _("首次答复")
        PLAN = "plan", _("拿出方案")
        RESOLVE = "resolve", _("办结")
        REPORT_IN = "report_in", _("报到")
        ANSWER = "answer", _("部门答复")
        FOLLOW_UP = "follow_up", _("回访")
        SECOND = "second", _("征集附议")
        SCREEN = "screen", _("审核")
        TAKE_UP = "take_up", _("排期")
        CARRY_OUT = "carry_out", _("落实")

    kind = models.CharField(max_length=16)
    subject = models.CharField(max_length=16, choices=Subject.choices)
    amount = models.PositiveIntegerField()
    unit = models.CharField(max_length=12, choices=Unit.choices)
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, related_name="+")
    fast_lane = models.BooleanField(default=False)
    urgency = models.CharField(max_length=10, blank=True)
    grade = models.CharField(max_length=10, blank=True)
    place = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    source = models.CharField(max_length=120)
    status = models.CharField(max_length=10, default="own")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    set_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="promise_amount_positive")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject} {self.amount} {self.unit}"


class WorkDay(models.Model):
    """The operator's own row of the work calendar: overrides or extends the official table."""

    day = models.DateField(unique=True)
    working = models.BooleanField()
    name = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return f"{self.day} {'work' if self.working else 'off'}"


class CalendarYear(models.Model):
    """A year the operator has declared complete, so that deadlines may be computed in it."""

    year = models.PositiveIntegerField(unique=True)
    declared_at = models.DateTimeField()
    declared_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return str(self.year)


class Visibility(models.TextChoices):
    PUBLIC = "public", _("公开")
    NEIGHBOURS = "neighbours", _("仅本社区居民可见")
    PRIVATE = "private", _("仅办理人员可见")


class Urgency(models.TextChoices):
    ORDINARY = "ordinary", _("一般")
    URGENT = "urgent", _("紧急")
    EMERGENCY = "emergency", _("突发")


class Grade(models.TextChoices):
    """How difficult a matter is, as a worker grades it; it decides which promise holds (S1 4.3). Never a grade of a person."""

    SIMPLE = "simple", _("简单")
    COMPLEX = "complex", _("复杂")


class Matter(models.Model):
    """
    The spine of every record. `title`/`body` are as given; `public_title`/`public_body` are what everyone may read.

    `place_path` and the ancestors' ids are the place as it was when the matter was raised. `version` grows with every turn.
    """

    kind = models.CharField(max_length=16)
    title = models.CharField(max_length=80)
    body = models.TextField(blank=True)
    public_title = models.CharField(max_length=80)
    public_body = models.TextField(blank=True)
    sort_of = models.CharField(max_length=12, blank=True)
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.PUBLIC)
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, related_name="matters", db_index=False)
    urgency = models.CharField(max_length=10, choices=Urgency.choices, default=Urgency.ORDINARY)
    grade = models.CharField(max_length=10, choices=Grade.choices, blank=True)
    channel = models.CharField(max_length=12)

    place = models.ForeignKey(Place, models.PROTECT, related_name="matters")
    place_path = models.CharField(max_length=72)
    district_id = models.BigIntegerField(null=True, blank=True)
    street_id = models.BigIntegerField(null=True, blank=True)
    community_id = models.BigIntegerField(null=True, blank=True)
    compound_id = models.BigIntegerField(null=True, blank=True)
    spot = models.CharField(max_length=120, blank=True)
    latitude = models.IntegerField(null=True, blank=True)
    longitude = models.IntegerField(null=True, blank=True)
    cell = models.CharField(max_length=16, blank=True)

    state = models.CharField(max_length=16)
    stage = models.PositiveSmallIntegerField()
    is_open = models.BooleanField(default=True)
    holder = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    owner_unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)
    due_for = models.CharField(max_length=16, blank=True)

    raised_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField()
    was_late = models.BooleanField(default=False)
    reopened = models.PositiveSmallIntegerField(default=0)
    me_too = models.PositiveIntegerField(default=0)
    rated_answered = models.BooleanField(null=True, blank=True)
    rated_solved = models.BooleanField(null=True, blank=True)
    rated_satisfied = models.BooleanField(null=True, blank=True)
    called_back = models.CharField(max_length=12, blank=True)
    excluded = models.CharField(max_length=24, blank=True)

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="parts")
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    external_id = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict, blank=True)

    version = models.PositiveIntegerField(default=1)
    entry_count = models.PositiveIntegerField(default=0)
    head_hash = models.CharField(max_length=80, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["compound_id", "-id"], name="matter_compound"),
            models.Index(fields=["community_id", "-id"], name="matter_community"),
            models.Index(fields=["street_id", "-id"], name="matter_street"),
            models.Index(fields=["category", "-id"], name="matter_category"),
            models.Index(fields=["holder", "-id"], name="matter_holder", condition=Q(is_open=True)),
            models.Index(fields=["cell", "-id"], name="matter_cell", condition=Q(is_open=True)),
            models.Index(fields=["raised_at"], name="matter_raised"),
            models.Index(fields=["updated_at"], name="matter_updated"),
            models.Index(fields=["place_path", "-id"], name="matter_place"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["kind", "external_id"], condition=~Q(external_id=""), name="matter_external_once"),
            models.CheckConstraint(condition=Q(stage__gte=1) & Q(stage__lte=7), name="matter_stage_on_strip"),
        ]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        """The short public reference, said over the phone and printed: a letter for the kind, then the number."""
        return f"{PREFIXES.get(self.kind, 'M')}{self.pk}"


PREFIXES: dict[str, str] = {}


class Party(models.Model):
    """Who a matter concerns: who raised it, who met the same, who helped. Each is told, and each may rate as the rules allow."""

    class Role(models.TextChoices):
        RAISER = "raiser", _("提出人")
        ME_TOO = "me_too", _("也遇到")
        RECORDER = "recorder", _("代录人")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="parties")
    account = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    role = models.CharField(max_length=10, choices=Role.choices)
    joined_at = models.DateTimeField()
    came_with = models.ForeignKey(Matter, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["matter", "account", "role"], condition=Q(account__isnull=False), name="party_account_once"),
            models.UniqueConstraint(fields=["matter", "person", "role"], condition=Q(person__isnull=False), name="party_person_once"),
        ]
        indexes = [models.Index(fields=["account", "-matter"], name="party_account")]

    def __str__(self) -> str:
        return f"{self.role} of {self.matter_id}"


class Mute(models.Model):
    """Somebody who is told of a matter and wants to hear nothing more of it."""

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="mutes")
    account = models.ForeignKey(ACCOUNT, models.CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "account"], name="mute_once")]

    def __str__(self) -> str:
        return f"{self.matter_id} muted"


class Entry(models.Model):
    """
    One entry of the timeline, append-only. `hash` covers everything but the text, of which it covers a salted digest, so that
    a text may be taken out by law without breaking the chain. `who` is what the public reads.
    """

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="entries", db_index=False)
    seq = models.PositiveIntegerField()
    at = models.DateTimeField(db_index=True)
    account = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    who = models.CharField(max_length=80)
    verb = models.CharField(max_length=24)
    public = models.BooleanField(default=True)
    text = models.TextField(blank=True)
    salt = models.BinaryField(max_length=16, default=bytes)
    text_digest = models.CharField(max_length=80, blank=True)
    facts = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=80, blank=True)
    hash = models.CharField(max_length=80)
    redacted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["matter_id", "seq"]
        constraints = [models.UniqueConstraint(fields=["matter", "seq"], name="entry_seq_once")]

    def __str__(self) -> str:
        return f"{self.matter_id}#{self.seq} {self.verb}"


class Attachment(models.Model):
    """A file shown with an entry."""

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="attachments")
    seq = models.PositiveIntegerField()
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    public = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.file_id} of {self.matter_id}"


class WorkOrder(models.Model):
    """The handler's part of a matter (工单): what one unit owes, by when. Open orders are the inbox."""

    class Task(models.TextChoices):
        ACCEPT = "accept", _("待受理")
        DISPATCH = "dispatch", _("待派单")
        HANDLE = "handle", _("待办理")
        REPORT_IN = "report_in", _("待报到")
        ANSWER = "answer", _("待答复")
        FOLLOW_UP = "follow_up", _("待回访")
        SCREEN = "screen", _("待审核")
        SCHEDULE = "schedule", _("待排期")
        PREPARE = "prepare", _("待筹备")
        CARRY_OUT = "carry_out", _("待落实")

    class State(models.TextChoices):
        OPEN = "open", _("待办")
        REFUSED = "refused", _("已说明不属本单位")
        DONE = "done", _("已完成")
        RECALLED = "recalled", _("已收回")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="orders")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="orders")
    account = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    task = models.CharField(max_length=10, choices=Task.choices)
    lead = models.BooleanField(default=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    reported_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    was_late = models.BooleanField(default=False)
    answer = models.TextField(blank=True)
    refusal = models.CharField(max_length=32, blank=True)
    score = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["unit", "due_at", "id"], condition=Q(state="open"), name="order_inbox"),
        ]

    def __str__(self) -> str:
        return f"{self.task} of {self.matter_id} by {self.unit_id}"


class Clock(models.Model):
    """
    One promise running on a matter: a snapshot of what was promised, so that a rule changed later changes nothing here.

    `due_at` is null while stopped. `next_warning_at` is when half, 80 % or all of the time will be gone; null when met,
    cancelled, stopped or all warnings given.
    """

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="clocks")
    order = models.ForeignKey(WorkOrder, models.PROTECT, null=True, blank=True, related_name="clocks")
    subject = models.CharField(max_length=16, choices=PromiseRule.Subject.choices)
    amount = models.PositiveIntegerField()
    unit = models.CharField(max_length=12, choices=PromiseRule.Unit.choices)
    source = models.CharField(max_length=120)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    met_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    warned = models.PositiveSmallIntegerField(default=0)
    next_warning_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_warning_at"], condition=Q(next_warning_at__isnull=False), name="clock_warning"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} of {self.matter_id}"


class Pause(models.Model):
    """A time during which a matter's clocks stand still, with its public reason; `review_on` says when it is looked at again."""

    class Reason(models.TextChoices):
        WAITING = "waiting", _("等待提出人补充")
        SUSPENDED = "suspended", _("挂账")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="pauses")
    reason = models.CharField(max_length=10, choices=Reason.choices)
    text = models.CharField(max_length=300)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True, blank=True)
    review_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(until_at=None) | Q(until_at__gte=F("from_at")), name="pause_ends_after_start"),
            models.UniqueConstraint(fields=["matter"], condition=Q(until_at=None), name="pause_one_open"),
        ]
        indexes = [models.Index(fields=["review_on"], condition=Q(until_at=None), name="pause_review")]

    def __str__(self) -> str:
        return f"{self.reason} of {self.matter_id}"


class Link(models.Model):
    """A tie between two matters; `duplicate_of` carries what un-merging needs in `facts`."""

    class Kind(models.TextChoices):
        CAUSED_BY = "caused_by", _("起因于")
        PART_OF = "part_of", _("属于")
        DUPLICATE_OF = "duplicate_of", _("重复于")
        REPEATS = "repeats", _("再次反映")

    source = models.ForeignKey(Matter, models.PROTECT, related_name="links_out")
    target = models.ForeignKey(Matter, models.PROTECT, related_name="links_in")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "target", "kind"], condition=Q(ended_at=None), name="link_once"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="link_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.kind} {self.target_id}"


class Rating(models.Model):
    """
    A resident's judgement of one round, or the record that they could not be reached (`outcome`).

    `answered`, `solved`, `satisfied` are what the person said; null where they did not say.
    """

    class Outcome(models.TextChoices):
        RATED = "rated", _("已评价")
        UNREACHABLE = "unreachable", _("未联系上")
        DECLINED = "declined", _("不愿评价")

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="ratings")
    round = models.PositiveSmallIntegerField()
    account = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.RATED)
    answered = models.BooleanField(null=True, blank=True)
    solved = models.BooleanField(null=True, blank=True)
    satisfied = models.BooleanField(null=True, blank=True)
    comment = models.TextField(blank=True)
    channel = models.CharField(max_length=12)
    recorded_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["matter", "round", "account"], condition=Q(account__isnull=False, outcome="rated"), name="rating_once_a_round"
            )
        ]

    def __str__(self) -> str:
        return f"{self.outcome} of {self.matter_id}"


class Suggestion(models.Model):
    """
    What the machine suggested beside what the person chose: both are kept (`chosen` empty until somebody does).

    `sure` is False where the machine says itself that a person should look. `others` are what came second and third:
    [{"code", "confidence", "reason"}].
    """

    matter = models.ForeignKey(Matter, models.PROTECT, related_name="suggestions", db_index=False)
    field = models.CharField(max_length=12)
    suggested = models.CharField(max_length=40)
    confidence = models.PositiveSmallIntegerField()
    reason = models.JSONField(default=list)
    others = models.JSONField(default=list, blank=True)
    sure = models.BooleanField(default=True)
    engine = models.CharField(max_length=24)
    at = models.DateTimeField()
    chosen = models.CharField(max_length=40, blank=True)
    chosen_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    chosen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "field"], name="suggestion_once_a_field")]

    def __str__(self) -> str:
        return f"{self.field} of {self.matter_id}"


class Exclusion(models.Model):
    """Why a matter leaves the rates: one of the six lawful classes, with the reply given (law.yaml HOT-003)."""

    matter = models.OneToOneField(Matter, models.PROTECT, related_name="exclusion")
    lawful_class = models.CharField(max_length=24)
    reply = models.TextField()
    at = models.DateTimeField()
    by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.lawful_class} of {self.matter_id}"


class DayRoot(models.Model):
    """The Merkle root over the entries recorded up to one day (numbers `first_entry` to `last_entry`), chained and published."""

    day = models.DateField(unique=True)
    first_entry = models.BigIntegerField()
    last_entry = models.BigIntegerField()
    count = models.PositiveIntegerField()
    root = models.CharField(max_length=80)
    previous_hash = models.CharField(max_length=80, blank=True)
    hash = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    notice_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return str(self.day)

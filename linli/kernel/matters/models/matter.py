"""A matter, who takes part in it, what was done, what is tied to it."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linli.kernel.accounts.models import Unit
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.models.promised import ACCOUNT, Category
from linli.kernel.people.models import Person
from linli.kernel.places.models import Place


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

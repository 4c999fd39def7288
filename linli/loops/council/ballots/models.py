"""What is stored about ballots: the ballot and what was frozen of it, deliveries, proxies, paper sheets, votes, conflicts, the count."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linli.kernel.access.sealed import SealedField
from linli.kernel.files.models import StoredFile
from linli.kernel.people.models import Person
from linli.kernel.rolls.models import Roll, Voter
from linli.law import voting
from linli.loops.council.motions.models import Announcement, Motion

ACCOUNT = settings.AUTH_USER_MODEL


class Kind(models.TextChoices):
    YES_NO = "yes_no", _("同意、反对、弃权")
    APPROVAL = "approval", _("多个方案，可选多个")
    RANKED = "ranked", _("多个方案，排先后")
    POINTS = "points", _("多个方案，分配点数")
    ELECTION = "election", _("选举若干席位")
    BUDGET = "budget", _("预算分配")
    SURVEY = "survey", _("征求意见（不作为决定）")


class Secrecy(models.TextChoices):
    NAMED = "named", _("记名")
    SECRET = "secret", _("无记名")


class State(models.TextChoices):
    DRAFT = "draft", _("筹备中")
    ANNOUNCED = "announced", _("已公告")
    OPEN = "open", _("投票中")
    CLOSED = "closed", _("已截止")
    COUNTED = "counted", _("已计票")
    ABANDONED = "abandoned", _("已停止")


class Channel(models.TextChoices):
    ONLINE = "online", _("网上")
    PAPER = "paper", _("纸质")
    PHONE = "phone", _("电话")
    VISIT = "visit", _("上门")
    MEETING = "meeting", _("会场")
    PROXY = "proxy", _("委托")


class Ballot(models.Model):
    """
    One question put to one roll. While a draft everything can be changed; from the notice on, `frozen` and its hash stand for rule, roll,
    secrecy, window and text, and nobody changes them.

    `question` holds what the kind needs: {"options": [{code, title, text, cost_fen}], "seats", "points", "budget_fen", "method"}.
    `policies` are the counting policies by their ids of the rule packs; `thresholds` those an operator entered where the law's are not
    verified, with `thresholds_source`; `silent_clause` is the adopted clause a silent policy rests on (OWN-014), or the assembly's decision
    that objection voting rests on (OWN-018). `settle_signed`: a conflict is settled only with the voter's signed statement. `key` seals secret votes until the count and is destroyed with it.
    """

    motion = models.ForeignKey(Motion, models.PROTECT, related_name="ballots")
    step = models.PositiveSmallIntegerField()
    round = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.YES_NO)
    question = models.JSONField(default=dict)
    roll = models.ForeignKey(Roll, models.PROTECT, related_name="+")
    jurisdiction = models.CharField(max_length=16, default="CN")
    profile = models.CharField(max_length=64)
    policies = models.JSONField(default=dict)
    conditions = models.JSONField(default=list)
    thresholds = models.JSONField(default=dict)
    thresholds_source = models.CharField(max_length=200, blank=True)
    silent_clause = models.CharField(max_length=300, blank=True)
    secrecy = models.CharField(max_length=8, choices=Secrecy.choices, default=Secrecy.NAMED)
    first_stands = models.BooleanField(default=False)
    settle_signed = models.BooleanField(default=False)
    proxy_most = models.PositiveSmallIntegerField(null=True, blank=True)
    consultative = models.BooleanField(default=False)
    official_system = models.CharField(max_length=80, blank=True)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)
    frozen = models.JSONField(default=dict)
    frozen_hash = models.CharField(max_length=80, blank=True)
    announcement = models.OneToOneField(Announcement, models.PROTECT, null=True, blank=True, related_name="ballot")
    key = SealedField(context="ballots.ballot.key")
    key_destroyed_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    counted_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(default=dict)
    passed = models.BooleanField(null=True, blank=True)
    bundle_hash = models.CharField(max_length=80, blank=True)
    official_result = models.JSONField(default=dict)
    official_proof = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    why_abandoned = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["motion", "step"], condition=~Q(state="abandoned") & ~Q(kind="survey"), name="ballot_one_a_step"
            ),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="ballot_closes_after_opening"),
            models.CheckConstraint(condition=Q(state__in=["draft", "abandoned"]) | ~Q(frozen_hash=""), name="ballot_frozen_when_announced"),
        ]
        indexes = [
            models.Index(fields=["state", "closes_at"], name="ballot_closing"),
            models.Index(fields=["state", "opens_at"], name="ballot_opening"),
        ]

    def __str__(self) -> str:
        return f"ballot {self.pk}"

    @property
    def is_secret(self) -> bool:
        return self.secrecy == Secrecy.SECRET

    @property
    def is_objection(self) -> bool:
        """Whether it passes unless too many object (OWN-018): silence is no objection, and only objections are asked for."""
        found = voting.profiles().get(self.profile)
        return bool(found and found.object_max)


class Delivery(models.Model):
    """One attempt to put the ballot before a voter (送达): how, when, by whom, and whether it was signed for, refused or failed."""

    class How(models.TextChoices):
        APP = "app", _("系统内送达")
        SMS = "sms", _("短信")
        IN_PERSON = "in_person", _("当面")
        DOOR = "door", _("上门留置")
        POST = "post", _("邮寄")
        PHONE = "phone", _("电话告知")
        NOTICE = "notice", _("公告送达")

    class Outcome(models.TextChoices):
        SIGNED = "signed", _("签收")
        DELIVERED = "delivered", _("已送达")
        REFUSED = "refused", _("拒收")
        UNREACHABLE = "unreachable", _("找不到人")
        SENT = "sent", _("已发出，待确认")

    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="deliveries")
    voter = models.ForeignKey(Voter, models.PROTECT, related_name="+")
    how = models.CharField(max_length=10, choices=How.choices)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    at = models.DateTimeField()
    stands_from = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=80, blank=True)
    proof = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["ballot", "voter"], name="delivery_voter")]

    def __str__(self) -> str:
        return f"{self.how} to {self.voter_id}"


class Proxy(models.Model):
    """
    A written authority to vote for somebody; `instruction` is the vote the principal wants, where the place asks for it (OWN-027). In a secret
    ballot the paper that says so goes with the count, and `authority_hash` says which it was.
    """

    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="proxies")
    voter = models.ForeignKey(Voter, models.PROTECT, related_name="+")
    holder = models.ForeignKey(Person, models.PROTECT, related_name="+")
    authority = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    authority_hash = models.CharField(max_length=64, blank=True)
    instruction = SealedField(context="ballots.proxy.instruction")
    property_staff = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ballot", "voter"], condition=Q(ended_at=None), name="proxy_one_a_voter")]

    def __str__(self) -> str:
        return f"{self.holder_id} for {self.voter_id}"


class Sheet(models.Model):
    """A paper ballot printed for one voter. `code` stands in its QR code; a reprint ends the one before."""

    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="sheets")
    voter = models.ForeignKey(Voter, models.PROTECT, related_name="+")
    code = models.CharField(max_length=24, unique=True)
    printed_at = models.DateTimeField()
    printed_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    void_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ballot", "voter"], condition=Q(void_at=None), name="sheet_one_in_force")]

    def __str__(self) -> str:
        return self.code


class Reading(models.Model):
    """
    What somebody keyed in from a paper, with its scan. A second person keys it again: when both agree it becomes a vote; when they do not,
    `second` keeps what the second one read until both have looked at the scan.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("等第二人核对")
        CONFIRMED = "confirmed", _("已核对")
        DIFFERS = "differs", _("两人录入不一致")
        DROPPED = "dropped", _("已作废")

    sheet = models.ForeignKey(Sheet, models.PROTECT, related_name="readings")
    choice = SealedField(context="ballots.reading.choice")
    scan = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    received_at = models.DateTimeField()
    keyed_at = models.DateTimeField()
    keyed_by = models.ForeignKey(ACCOUNT, models.PROTECT, related_name="+")
    second = SealedField(context="ballots.reading.second")
    second_at = models.DateTimeField(null=True, blank=True)
    second_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sheet"], condition=Q(state__in=["waiting", "differs"]), name="reading_one_open"),
            models.CheckConstraint(condition=Q(confirmed_by=None) | ~Q(confirmed_by=F("keyed_by")), name="reading_by_two"),
            models.CheckConstraint(condition=Q(second_by=None) | ~Q(second_by=F("keyed_by")), name="reading_second_is_another"),
        ]

    def __str__(self) -> str:
        return f"reading of {self.sheet_id}"


class Hearing(models.Model):
    """
    What somebody said on the phone or at the door, taken down by one worker and waiting for the word of the witness who heard it. Confirmed on
    the witness's own screen it becomes a vote as of when it was said; emptied once it did, or was dropped.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("等见证人确认")
        CONFIRMED = "confirmed", _("见证人已确认")
        DROPPED = "dropped", _("已作废")

    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="hearings")
    voter = models.ForeignKey(Voter, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    choice = SealedField(context="ballots.hearing.choice")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    heard_at = models.DateTimeField()
    recorder = models.ForeignKey(ACCOUNT, models.PROTECT, related_name="+")
    witness = models.ForeignKey(ACCOUNT, models.PROTECT, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    ended_at = models.DateTimeField(null=True, blank=True)
    why_dropped = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ballot", "voter"], condition=Q(state="waiting"), name="hearing_one_waiting"),
            models.CheckConstraint(condition=~Q(recorder=F("witness")), name="hearing_by_two"),
        ]

    def __str__(self) -> str:
        return f"hearing of {self.voter_id}"


class Vote(models.Model):
    """
    One vote of one voter. At most one of a voter `stands`; others were replaced, lie in conflict until somebody settles it, or came late.

    `choice` is what a named ballot says; of a secret one only `sealed`, under the ballot's own key, until the count. `nonce` hides the choice
    in the receipt of a named ballot; `receipt` is that receipt's code, empty for secret ones (theirs is the tag among the papers).
    """

    class State(models.TextChoices):
        STANDS = "stands", _("有效")
        REPLACED = "replaced", _("已被后一票取代")
        CONFLICT = "conflict", _("待核实")
        LATE = "late", _("截止后收到")
        VOID = "void", _("不计")

    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="votes")
    voter = models.ForeignKey(Voter, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.STANDS)
    choice = models.JSONField(null=True, blank=True)
    sealed = models.BinaryField(default=bytes, blank=True)
    nonce = models.BinaryField(max_length=16, default=bytes)
    receipt = models.CharField(max_length=80, blank=True)
    cast_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    account = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    recorder = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    witness = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    proxy = models.ForeignKey(Proxy, models.PROTECT, null=True, blank=True, related_name="+")
    reading = models.OneToOneField(Reading, models.PROTECT, null=True, blank=True, related_name="vote")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ballot", "voter"], condition=Q(state="stands"), name="vote_stands_once"),
            models.CheckConstraint(condition=Q(choice=None) | Q(sealed=b""), name="vote_open_or_sealed"),
        ]
        indexes = [
            models.Index(fields=["ballot", "state"], name="vote_state"),
            models.Index(fields=["ballot", "voter"], name="vote_voter"),
            models.Index(fields=["receipt"], condition=~Q(receipt=""), name="vote_receipt"),
        ]

    def __str__(self) -> str:
        return f"vote of {self.voter_id}"


class SecretPaper(models.Model):
    """One choice of a counted secret ballot under its random tag: nothing here leads to a voter. Written once, in the order of the tags."""

    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="papers")
    tag = models.CharField(max_length=64)
    choice = models.JSONField()

    class Meta:
        ordering = ["ballot_id", "tag"]
        constraints = [models.UniqueConstraint(fields=["ballot", "tag"], name="paper_tag_once")]

    def __str__(self) -> str:
        return self.tag


class Settlement(models.Model):
    """
    How a conflict between votes of one voter was settled: which stands (none: neither counts), why, by whom. `statement` is what the voter
    signed, a picture or a document.
    """

    ballot = models.ForeignKey(Ballot, models.PROTECT, related_name="settlements")
    voter = models.ForeignKey(Voter, models.PROTECT, related_name="+")
    stands = models.ForeignKey(Vote, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=300)
    statement = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    by_name = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return f"settlement for {self.voter_id}"


class Published(models.Model):
    """
    The bundle of a counted ballot (docs/ballots.md), made by the worker after the result was posted. `content` is the JSON file, gzipped;
    `digest` the hash of the file as it is downloaded. A bundle that could not be made says why.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("等待生成")
        BUILDING = "building", _("正在生成")
        READY = "ready", _("已公布")
        FAILED = "failed", _("没有生成")

    ballot = models.OneToOneField(Ballot, models.PROTECT, primary_key=True, related_name="published")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    claimed_at = models.DateTimeField(null=True, blank=True)
    content = models.BinaryField(default=bytes, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=80, blank=True)
    built_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(state="ready") | ~Q(digest=""), name="published_ready_has_hash")]
        indexes = [models.Index(fields=["state"], condition=Q(state__in=["waiting", "building"]), name="published_to_make")]

    def __str__(self) -> str:
        return f"bundle of {self.ballot_id}"


class Openings(models.Model):
    """
    What opens the sealed areas of a secret ballot: kept sealed for the counting witnesses, who take it and then have it erased here. It
    shows area beside choice.
    """

    ballot = models.OneToOneField(Ballot, models.PROTECT, primary_key=True, related_name="openings")
    kept = SealedField(context="ballots.openings.kept")
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    witnesses = models.CharField(max_length=120, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"openings of {self.ballot_id}"

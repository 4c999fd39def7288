"""What is stored about draws: the draw and what was frozen of it, applications, objections, offers, the record, the published bundle."""

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

ACCOUNT = settings.AUTH_USER_MODEL


class What(models.TextChoices):
    PARKING = "parking", _("停车位")
    SPACE = "space", _("活动场地")
    ALLOTMENT = "allotment", _("共享菜地、花圃")
    OTHER = "other", _("其他名额")


class State(models.TextChoices):
    DRAFT = "draft", pgettext_lazy("draw", "筹备中")
    OPEN = "open", pgettext_lazy("draw", "报名中")
    LISTED = "listed", pgettext_lazy("draw", "名单公示")
    FROZEN = "frozen", pgettext_lazy("draw", "等待抽签")
    DRAWN = "drawn", pgettext_lazy("draw", "已抽签，认领中")
    CLOSED = "closed", pgettext_lazy("draw", "已办结")
    CANCELLED = "cancelled", pgettext_lazy("draw", "已取消")


class Asks(models.TextChoices):
    """What a category asks of a household; whoever checks applications is shown what the register says of it."""

    NOTHING = "", _("都可以报")
    DISABLED = "disabled", _("有残疾人的家庭")
    NONE_YET = "none_yet", _("还没有名额的家庭")
    SECOND = "second", _("再要一个的家庭（第二辆车等）")


class Draw(models.Model):
    """
    One draw. `categories` are [{code, name, asks, passes_on, lots}] in the order in which they are drawn. `source` names in words what will
    be published by others at `source_at`, to be read at `source_where`; from the freezing on, list, source, categories and lots stand, and
    `commitment` covers them. `follows` is the draw whose waiting list is carried over.
    """

    place = models.ForeignKey(Place, models.PROTECT, related_name="draws")
    place_path = models.CharField(max_length=72, db_index=True)
    what = models.CharField(max_length=10, choices=What.choices, default=What.PARKING)
    title = models.CharField(max_length=80)
    terms = models.TextField(blank=True)
    about = models.ForeignKey(Matter, models.PROTECT, null=True, blank=True, related_name="+")
    follows = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followed_by")
    categories = models.JSONField(default=list)
    applies_from = models.DateTimeField()
    applies_until = models.DateTimeField()
    objection_days = models.PositiveSmallIntegerField(default=3)
    objections_until = models.DateTimeField(null=True, blank=True)
    accept_days = models.PositiveSmallIntegerField(default=7)
    source = models.CharField(max_length=160)
    source_at = models.DateTimeField()
    source_where = models.CharField(max_length=300)

    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    opened_at = models.DateTimeField(null=True, blank=True)
    listed_at = models.DateTimeField(null=True, blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    commitment = models.CharField(max_length=64, blank=True)
    text = models.CharField(max_length=300, blank=True)
    text_at = models.DateTimeField(null=True, blank=True)
    text_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    text_by_name = models.CharField(max_length=60, blank=True)
    proof = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    proof_link = models.CharField(max_length=300, blank=True)
    drawn_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    line_count = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["state", "-id"], name="draw_state"), models.Index(fields=["about"], name="draw_about")]
        constraints = [
            models.CheckConstraint(condition=Q(applies_until__gt=F("applies_from")), name="draw_applies_until_after_from"),
            models.CheckConstraint(condition=Q(source_at__gt=F("applies_until")), name="draw_source_after_applications"),
            models.CheckConstraint(
                condition=~Q(state__in=["frozen", "drawn", "closed"]) | (~Q(commitment="") & ~Q(digest="")), name="draw_frozen_has_hashes"
            ),
            models.CheckConstraint(condition=~Q(state__in=["drawn", "closed"]) | ~Q(text=""), name="draw_drawn_has_text"),
        ]

    def __str__(self) -> str:
        return self.title


class Application(models.Model):
    """
    One household's entry. `number` stands for it in public, and says nothing of who or when; `nonce` lets the applicant prove whose it is.
    `carried` is the place on the earlier waiting list (0: none); `turn` after the draw the turn in its category or on the waiting list.
    """

    class State(models.TextChoices):
        RECEIVED = "received", _("待审核")
        ACCEPTED = "accepted", _("审核通过")
        REFUSED = "refused", pgettext_lazy("application", "未通过")
        WITHDRAWN = "withdrawn", pgettext_lazy("draw", "已撤回")

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="applications")
    number = models.CharField(max_length=6)
    home = models.ForeignKey(Place, models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    account = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=60)
    categories = models.JSONField(default=list)
    note = models.CharField(max_length=300, blank=True)
    paper = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    channel = models.CharField(max_length=12)
    at = models.DateTimeField()
    recorded_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    reason = models.CharField(max_length=24, blank=True)
    reason_text = models.CharField(max_length=300, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    checked_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    carried = models.PositiveIntegerField(default=0)
    nonce = models.CharField(max_length=32, blank=True)
    who = models.CharField(max_length=64, blank=True)
    category = models.CharField(max_length=24, blank=True)
    turn = models.PositiveIntegerField(null=True, blank=True)
    left = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["draw", "number"], name="application_number_once"),
            models.UniqueConstraint(
                fields=["draw", "home"], condition=~Q(state__in=["withdrawn", "refused"]), name="application_home_once"
            ),
        ]
        indexes = [models.Index(fields=["draw", "state"], name="application_state"), models.Index(fields=["home"])]

    def __str__(self) -> str:
        return f"{self.number} of {self.draw_id}"

    @property
    def called(self) -> str:
        """Their name; of somebody erased that it is gone, in the reader's language."""
        return as_read(self.name)


class Objection(models.Model):
    """Somebody says the posted list is wrong: about one household on it, or about one left out."""

    class State(models.TextChoices):
        OPEN = "open", _("待答复")
        UPHELD = "upheld", _("异议成立")
        REJECTED = "rejected", _("异议不成立")

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="objections")
    application = models.ForeignKey(Application, models.PROTECT, null=True, blank=True, related_name="objections")
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
        return f"objection {self.pk} to {self.draw_id}"


class Offer(models.Model):
    """A place offered to a household, by the draw or by moving up. `own` is the category the place was announced in."""

    class State(models.TextChoices):
        OFFERED = "offered", _("待认领")
        ACCEPTED = "accepted", _("已认领")
        DECLINED = "declined", _("已放弃")
        LAPSED = "lapsed", _("逾期未认领")

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="offers")
    application = models.ForeignKey(Application, models.PROTECT, related_name="offers")
    lot = models.CharField(max_length=40)
    category = models.CharField(max_length=24)
    own = models.CharField(max_length=24)
    moved_up = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OFFERED)
    offered_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    channel = models.CharField(max_length=12, blank=True)
    recorded_by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["draw", "lot"], condition=Q(state__in=["offered", "accepted"], ended_at=None), name="offer_lot_once"
            ),
            models.UniqueConstraint(
                fields=["application"], condition=Q(state__in=["offered", "accepted"], ended_at=None), name="offer_one_a_household"
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="offer_due")]

    def __str__(self) -> str:
        return f"{self.lot} to {self.application_id}"


class Line(models.Model):
    """One line of the record, append-only: who did what when. `once` is the mark of a form sent twice, under which an act is done once."""

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="lines")
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
            models.UniqueConstraint(fields=["draw", "seq"], name="draw_line_once_in_order"),
            models.UniqueConstraint(fields=["draw", "once"], condition=~Q(once=""), name="draw_line_form_once"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.verb}"


class Published(models.Model):
    """The bundle as everybody downloads it, and its fingerprint."""

    draw = models.OneToOneField(Draw, models.PROTECT, primary_key=True, related_name="published")
    content = models.TextField()
    fingerprint = models.CharField(max_length=80)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.fingerprint

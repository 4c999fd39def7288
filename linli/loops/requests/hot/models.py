"""What is stored about hot topics: a trace of each request without its words, the topics, their figures at each place, what workers decided."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from linli.kernel.matters.models import Matter
from linli.kernel.places.models import Place

ACCOUNT = settings.AUTH_USER_MODEL


class Topic(models.Model):
    """
    One topic of a street (`root`; of a community that stands in no street). `line_place` and `line_what` are the machine's words, from public
    titles; `name` is a worker's, and stands instead. A joined topic points to the one it went `into`.
    """

    class State(models.TextChoices):
        LIVE = "live", _("在看")
        DISMISSED = "dismissed", _("不再列出")
        JOINED = "joined", _("并入别的热点")

    root = models.ForeignKey(Place, models.PROTECT, related_name="+")
    line_place = models.CharField(max_length=80, blank=True)
    line_what = models.CharField(max_length=80, blank=True)
    name = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.LIVE)
    into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="joined")
    split_from = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    lead = models.ForeignKey(Matter, models.PROTECT, null=True, blank=True, related_name="+")
    began_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(into=None) | (Q(state="joined") & ~Q(into=F("pk"))), name="hot_joined_elsewhere"),
            models.CheckConstraint(condition=~Q(state="joined") | Q(into__isnull=False), name="hot_joined_into_something"),
        ]

    def __str__(self) -> str:
        return self.title or f"topic {self.pk}"

    @property
    def title(self) -> str:
        """The worker's name, else the machine's line."""
        return self.name or f"{self.line_place} {self.line_what}".strip()


class Trace(models.Model):
    """
    What is kept of a request to compare it with others: numbers of its pairs of characters, no text (`insight.hot.traces`), as of `made_at`;
    and the topic it belongs to. Goes with the person who raised it.
    """

    matter = models.OneToOneField(Matter, models.CASCADE, primary_key=True, related_name="+")
    root = models.ForeignKey(Place, models.PROTECT, related_name="+")
    pieces = models.BinaryField()
    topic = models.ForeignKey(Topic, models.SET_NULL, null=True, blank=True, related_name="traces")
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["root", "matter"], name="hot_trace_root")]

    def __str__(self) -> str:
        return f"trace of {self.matter_id}"


class Figure(models.Model):
    """
    A topic at one place, the street or a community: counted over the window, of the requests at the place or below. `counts` are people a week,
    the last week last; `by_place` [[place, people], …]. Of the people whose record tells it, by age, by how they live in their home and by how many
    live there: `by_age`, `by_home`, `by_size` [[which, people or null, all people], …], small counts taken out already.
    """

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="figures")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    messages = models.PositiveIntegerField()
    people = models.PositiveIntegerField()
    likes = models.PositiveIntegerField()
    first_on = models.DateField()
    last_on = models.DateField()
    heat = models.FloatField()
    direction = models.CharField(max_length=8)
    counts = models.JSONField(default=list)
    alarm = models.BooleanField(default=False)
    recent = models.PositiveIntegerField(null=True, blank=True)
    expected = models.FloatField(null=True, blank=True)
    chance = models.FloatField(null=True, blank=True)
    by_place = models.JSONField(default=list)
    by_age = models.JSONField(default=list)
    by_home = models.JSONField(default=list)
    by_size = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "place"], name="hot_figure_once")]
        indexes = [models.Index(fields=["place", "-heat", "topic"], name="hot_figure_hottest")]

    def __str__(self) -> str:
        return f"{self.topic_id} at {self.place_id}"


class PublicFigure(models.Model):
    """
    What strangers read of a topic at one place: counted of its public requests alone, and only where enough different people raised them. `line` is
    the machine's from their public titles; `by_place` [[place, people], …] without small counts. Whatever hides one of the requests takes the
    row away until it is counted again.
    """

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="public_figures")
    place = models.ForeignKey(Place, models.PROTECT, related_name="+")
    line = models.CharField(max_length=161)
    messages = models.PositiveIntegerField()
    people = models.PositiveIntegerField()
    likes = models.PositiveIntegerField()
    first_on = models.DateField()
    last_on = models.DateField()
    heat = models.FloatField()
    direction = models.CharField(max_length=8)
    counts = models.JSONField(default=list)
    by_place = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "place"], name="hot_public_once")]
        indexes = [models.Index(fields=["place", "-heat", "topic"], name="hot_public_hottest")]

    def __str__(self) -> str:
        return f"{self.topic_id} in public at {self.place_id}"


class Parted(models.Model):
    """A worker took a request out of a topic: the machine does not put it there again. Goes when a worker puts it back."""

    matter = models.ForeignKey(Matter, models.CASCADE, related_name="+")
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="parted")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "topic"], name="hot_parted_once")]

    def __str__(self) -> str:
        return f"{self.matter_id} is not about {self.topic_id}"


class Change(models.Model):
    """
    What became of a topic, by whom; rows are only added. The machine's merges and splits stand here too, by nobody. `matter` is the request that
    was taken out or put in, `other` the topic it came from.
    """

    class Verb(models.TextChoices):
        RENAME = "rename", _("改了名称")
        JOIN = "join", _("并入了别的热点")
        TAKE_IN = "take_in", _("并进来一个热点")
        DISMISS = "dismiss", _("不再列出")
        RESTORE = "restore", _("重新列出")
        LEAD = "lead", _("立了牵头诉求")
        TAKE_OUT = "take_out", _("拿出了一件诉求")
        PUT_IN = "put_in", _("放进了一件诉求")
        MOVED = "moved", _("一件诉求放到了别的热点")
        UNDONE = "undone", _("撤销了上一步，诉求回到原处")
        MERGED = "merged", _("和别的热点说的是同一件事，系统合在了一起")
        SPLIT = "split", _("从别的热点分了出来")

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="changes")
    verb = models.CharField(max_length=8, choices=Verb.choices)
    text = models.CharField(max_length=200, blank=True)
    other = models.ForeignKey(Topic, models.SET_NULL, null=True, blank=True, related_name="+")
    matter = models.ForeignKey(Matter, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(ACCOUNT, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.topic_id} {self.verb}"


class Round(models.Model):
    """When a root's topics were last gathered, and for which day; claimed by an update that names the old day."""

    root = models.OneToOneField(Place, models.PROTECT, primary_key=True, related_name="+")
    for_day = models.DateField()
    begun_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    read = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.root_id} {self.for_day}"

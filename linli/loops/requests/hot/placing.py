"""
What workers say of single requests: this one is not about that topic, that one is. The machine keeps to it at every gathering, and each can be undone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotFound, Refused
from linli.kernel.matters.models import Matter
from linli.kernel.matters.queries import id_of_ref
from linli.loops.requests import figures
from linli.loops.requests.hot.counting import count
from linli.loops.requests.hot.deciding import locked, may_decide
from linli.loops.requests.hot.models import Change, Figure, Parted, Topic, Trace
from linli.loops.requests.hot.reading import counted, local_day, window_begins
from linli.loops.requests.rules import KIND

UNDOABLE: Final = (Change.Verb.TAKE_OUT, Change.Verb.PUT_IN)
_ABOUT_ONE: Final = (*UNDOABLE, Change.Verb.UNDONE)
_NOT_READ_YET: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""As of when a trace without pieces was made: the next gathering reads the request and leaves it where it is."""


@transaction.atomic
def take_out(*, actor: Actor, topic_id: int, ref: str, now: datetime) -> Topic:
    """Say that a request is not about a topic: it leaves, and the machine does not put it there again. Raises Refused when it is not in it."""
    topic = locked(actor, topic_id)
    matter = _request(actor, ref)
    trace = Trace.objects.select_for_update().filter(matter=matter).first()
    if trace is None or trace.topic_id != topic.pk:
        raise Refused("not_in_topic", _("诉求 %(ref)s 不在这个热点里，可能刚被调整过，请刷新再看。") % {"ref": matter.ref})
    Parted.objects.get_or_create(matter=matter, topic=topic)
    _place(matter, topic, None)
    _note(topic, Change.Verb.TAKE_OUT, actor, now, matter)
    count(topic.root, now, only={topic.pk})
    return topic


@transaction.atomic
def put_in(*, actor: Actor, topic_id: int, ref: str, now: datetime) -> Topic:
    """
    Say that a request is about a topic: it comes over from wherever it is, and stays. Repeating changes nothing.

    Raises Refused for one that may be in no topic (private, withdrawn, of another street, older than the window) or stands in a topic the actor
    may not decide about; NotFound for one the actor does not work with.
    """
    matter = _request(actor, ref)
    before = Trace.objects.filter(matter=matter).values_list("topic", flat=True).first()
    topic, source = _both(actor, topic_id, before)
    if source == topic:
        return topic
    if not counted(topic.root, window_begins(local_day(now))).filter(pk=matter.pk).exists():
        text = _("诉求 %(ref)s 不能放进这个热点：不公开给居民的、撤回的、别的街道的和太久以前的诉求不算在热点里。")
        raise Refused("not_countable", text % {"ref": matter.ref})
    Parted.objects.filter(matter=matter, topic=topic).delete()
    _place(matter, topic, topic)
    if source is not None:
        _note(source, Change.Verb.MOVED, actor, now, matter, topic)
    _note(topic, Change.Verb.PUT_IN, actor, now, matter, source)
    count(topic.root, now, only=_numbers(topic, source))
    return topic


@transaction.atomic
def undo(*, actor: Actor, topic_id: int, change_id: int, now: datetime) -> Topic:
    """
    Take back that a request was taken out or put in: it is where it was, and whether the machine may put it there is as it was.

    Raises Refused when something was said of the request since.
    """
    change = Change.objects.filter(pk=change_id, topic=topic_id, verb__in=UNDOABLE, matter__isnull=False).select_related("matter").first()
    if change is None or change.matter is None:
        raise NotFound("no_change", _("没有这一步，或者它不能撤销。"))
    matter = change.matter
    topic, source = _both(actor, topic_id, change.other_id if change.verb == Change.Verb.PUT_IN else None)
    said = list(Change.objects.filter(matter=matter, verb__in=_ABOUT_ONE).order_by("-pk")[:2])
    if said[0].pk != change.pk:
        raise Refused("said_since", _("诉求 %(ref)s 后来又调整过，这一步不能撤销了。") % {"ref": matter.ref})
    meanwhile = Trace.objects.filter(matter=matter).values_list("topic", flat=True).first()
    if change.verb == Change.Verb.TAKE_OUT:
        Parted.objects.filter(matter=matter, topic=topic).delete()
        _place(matter, topic, topic)
    else:
        if len(said) > 1 and said[1].verb == Change.Verb.TAKE_OUT and said[1].topic_id == topic.pk:
            Parted.objects.get_or_create(matter=matter, topic=topic)
        _place(matter, topic, source)
    _note(topic, Change.Verb.UNDONE, actor, now, matter, source)
    count(topic.root, now, only=_numbers(topic, source) | ({meanwhile} if meanwhile else set()))
    return topic


def with_undo(changes: QuerySet[Change]) -> QuerySet[Change]:
    """Changes that know which was the last said of their request (`last_of_matter`): only that one can be undone."""
    last = Change.objects.filter(matter=OuterRef("matter"), verb__in=_ABOUT_ONE).order_by("-pk").values("pk")[:1]
    return changes.annotate(last_of_matter=Subquery(last))


def is_undoable(change: Change) -> bool:
    """May this one, read `with_undo`, be undone?"""
    return change.verb in UNDOABLE and getattr(change, "last_of_matter", None) == change.pk


def _request(actor: Actor, ref: str) -> Matter:
    found = Matter.objects.filter(figures.in_reach(actor), pk=id_of_ref(ref), kind=KIND).first()
    if found is None:
        raise NotFound("no_matter", _("没有编号为 %(ref)s 的诉求，或者不在您的范围里。") % {"ref": ref.strip()[:40]})
    return found


def _both(actor: Actor, topic_id: int, other_id: int | None) -> tuple[Topic, Topic | None]:
    """
    A topic and the one a request comes from (None: from none, or from one that went into another since), both held, always in the same order.
    Raises Refused when the actor may not decide about the other.
    """
    other = Topic.objects.filter(pk=other_id).first() if other_id else None
    if other is not None and other.into_id:
        other = Topic.objects.get(pk=other.into_id)
    if other is None or other.pk == topic_id:
        topic = locked(actor, topic_id)
        return topic, topic if other else None
    # One that is too small to be listed anywhere is nobody's yet.
    if Figure.objects.filter(topic=other).exists() and not may_decide(actor, other):
        raise Refused("elsewhere", _("这件诉求在另一个热点“%(title)s”里，那个热点要由街道整理。") % {"title": other.title})
    list(Topic.objects.select_for_update(of=("self",)).filter(pk__in=[topic_id, other.pk]).order_by("pk"))
    return locked(actor, topic_id), Topic.objects.select_related("root").get(pk=other.pk)


def _place(matter: Matter, at: Topic, topic: Topic | None) -> None:
    moved = Trace.objects.filter(matter=matter).update(topic=topic, root=at.root_id)
    if not moved and topic is not None:
        Trace.objects.create(matter=matter, root_id=at.root_id, pieces=b"", topic=topic, made_at=_NOT_READ_YET)


def _numbers(*topics: Topic | None) -> set[int]:
    return {topic.pk for topic in topics if topic is not None}


def _note(topic: Topic, verb: str, actor: Actor, now: datetime, matter: Matter, other: Topic | None = None) -> None:
    Change.objects.create(topic=topic, verb=verb, matter=matter, other=other, at=now, by_id=actor.account_id)

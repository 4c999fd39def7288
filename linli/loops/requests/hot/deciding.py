"""What workers decide about a topic: its name, that two are one, that it is listed no more, a request that leads. Kept with who and when."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.matters.actions import TITLE_LIMIT, link
from linli.kernel.matters.models import Link, Matter
from linli.kernel.places.models import Place
from linli.loops.requests.actions.intake import raise_request
from linli.loops.requests.hot.counting import count
from linli.loops.requests.hot.models import Change, Figure, Topic, Trace

NAME_MOST = 60
REASON_MOST = 200
LED_MOST = 200


def locked(actor: Actor, topic_id: int) -> Topic:
    """The topic, held until the transaction ends. Raises NotFound, and NotAllowed for who may not decide at its root or a place of its figures."""
    topic = Topic.objects.select_for_update(of=("self",)).select_related("root").filter(pk=topic_id).first()
    if topic is None:
        raise NotFound("no_topic", _("没有这个热点。"))
    if not may_decide(actor, topic):
        raise table.refusal(actor, "hot.edit")
    if topic.state == Topic.State.JOINED:
        raise Refused("topic_joined", _("这个热点已经并入别的热点，请到那边去办。"))
    return topic


def may_decide(actor: Actor, topic: Topic) -> bool:
    """At the street, or at a community where all the topic's requests are."""
    if table.may(actor, "hot.edit", topic.root.path):
        return True
    figures = list(Figure.objects.filter(topic=topic).select_related("place"))
    whole = next((figure.messages for figure in figures if figure.place_id == topic.root_id), None)
    return whole is not None and any(f.messages == whole and table.may(actor, "hot.edit", f.place.path) for f in figures)


def _note(topic: Topic, verb: str, actor: Actor, now: datetime, text: str = "", other: Topic | None = None) -> None:
    Change.objects.create(topic=topic, verb=verb, text=text, other=other, at=now, by_id=actor.account_id)


@transaction.atomic
def rename(*, actor: Actor, topic_id: int, name: str, now: datetime) -> Topic:
    """Call a topic by a name of one's own; an empty name gives it back the machine's line. Raises Invalid for one too long."""
    topic = locked(actor, topic_id)
    name = " ".join(name.split())
    if len(name) > NAME_MOST:
        raise Invalid("too_long", _("名称请不要超过 60 字。"), fields={"name": [_("名称请不要超过 60 字。")]})
    if name != topic.name:
        topic.name = name
        topic.save(update_fields=["name"])
        _note(topic, Change.Verb.RENAME, actor, now, name)
    return topic


@transaction.atomic
def dismiss(*, actor: Actor, topic_id: int, reason: str, now: datetime) -> Topic:
    """List a topic no more, with the reason; it may be restored, and grows meanwhile. Raises Invalid without a reason."""
    topic = locked(actor, topic_id)
    if not reason.strip() or len(reason) > REASON_MOST:
        said = _("请写明原因，不超过 200 字。")
        raise Invalid("reason", said, fields={"reason": [said]})
    if topic.state == Topic.State.LIVE:
        topic.state = Topic.State.DISMISSED
        topic.save(update_fields=["state"])
        _note(topic, Change.Verb.DISMISS, actor, now, reason.strip())
    return topic


@transaction.atomic
def restore(*, actor: Actor, topic_id: int, now: datetime) -> Topic:
    """List a dismissed topic again."""
    topic = locked(actor, topic_id)
    if topic.state == Topic.State.DISMISSED:
        topic.state = Topic.State.LIVE
        topic.save(update_fields=["state"])
        _note(topic, Change.Verb.RESTORE, actor, now)
    return topic


@transaction.atomic
def join(*, actor: Actor, topic_id: int, into_id: int, now: datetime) -> Topic:
    """
    Say that a topic is the same as another of its street: its requests go over, and it points there. Returns the other. Raises Invalid for itself or
    one of another street.
    """
    pair = dict.fromkeys(sorted({topic_id, into_id}))
    if not Topic.objects.filter(pk=into_id).exists():
        pair.pop(into_id, None)
    held = {pk: locked(actor, pk) for pk in pair} or {topic_id: locked(actor, topic_id)}  # always in the same order
    topic, into = held[topic_id], held.get(into_id)
    if into is None or topic.pk == into.pk or topic.root_id != into.root_id:
        raise Invalid("bad_join", _("请选择同一个街道里的另一个热点。"), fields={"into": [_("请选择另一个热点。")]})
    Trace.objects.filter(topic=topic).update(topic=into)
    Topic.objects.filter(into=topic).update(into=into)
    topic.state, topic.into = Topic.State.JOINED, into
    topic.save(update_fields=["state", "into"])
    _note(topic, Change.Verb.JOIN, actor, now, other=into)
    _note(into, Change.Verb.TAKE_IN, actor, now, other=topic)
    count(topic.root, now, only={topic.pk, into.pk})
    return into


@transaction.atomic
def lead(*, actor: Actor, topic_id: int, title: str, body: str, place: Place, now: datetime) -> Matter:
    """
    Open one request that leads: dealt with once for all who raised it, each of theirs tied to it as a part. The topic remembers it.

    Raises Refused when one leads already and is open; what `raise_request` refuses.
    """
    topic = locked(actor, topic_id)
    if topic.lead is not None and topic.lead.is_open:
        raise Refused("lead_there", _("已经有一件牵头诉求在办：%(ref)s。") % {"ref": topic.lead.ref})
    members = list(Matter.objects.filter(pk__in=Trace.objects.filter(topic=topic).values("matter")).order_by("-is_open", "-pk")[:LED_MOST])
    category = next((m.category for m in members if m.category_id and not m.category.private), None)  # type: ignore[union-attr]
    made = raise_request(actor=actor, title=title.strip()[:TITLE_LIMIT], body=body, place=place, now=now, category=category)
    for member in members:
        if member.is_open and table.may(actor, "request.link", member.place_path):
            link(actor=actor, source_id=member.pk, target_id=made.pk, kind=Link.Kind.PART_OF, now=now)
    topic.lead = made
    topic.save(update_fields=["lead"])
    _note(topic, Change.Verb.LEAD, actor, now, made.ref)
    return made

"""Who may read a talk, who may take part in it, and what every page asks of its request."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import actor_and_now
from linli.kernel.access.paths import subtree, within
from linli.kernel.access.refusals import NotFound, Refused
from linli.kernel.matters.models import PREFIXES, Matter, Visibility
from linli.kernel.matters.queries import matter_for, visible_to
from linli.kernel.people.models import Ownership, Person
from linli.loops.council.talks.models import Participant, Talk


def at_desk(request: HttpRequest) -> tuple[Actor, datetime]:
    actor, now = actor_and_now(request)
    return actor.through("desk"), now


def talk_for(actor: Actor, talk_id: int) -> Talk:
    """
    A talk with its matter and place, when the actor may read the matter: who may not know of the one does not learn of the other.

    Raises NotFound. One query for public matters.
    """
    talk = Talk.objects.select_related("matter", "place").filter(pk=talk_id).first()
    if talk is None or not may_read(actor, talk.matter):
        raise NotFound("no_talk", _("没有找到这次交流。"))
    return talk


def may_read(actor: Actor, matter: Matter) -> bool:
    if matter.visibility == Visibility.PUBLIC:
        return True
    try:
        matter_for(actor, matter.pk)
    except NotFound:
        return False
    return True


def readable(actor: Actor) -> Q:
    """`may_read` as a filter on talks: the same rule in SQL, kind by kind."""
    seen = Q(matter__visibility=Visibility.PUBLIC)
    if actor.is_anonymous:
        return seen
    for kind in PREFIXES:
        seen |= Q(matter__in=Matter.objects.filter(visible_to(actor, kind), kind=kind).exclude(visibility=Visibility.PUBLIC).values("pk"))
    return seen


def belongs(person: Person, path: str) -> bool:
    """Does somebody live at the place of a talk, or own a home there? No query for who lives there."""
    if person.home_path and within(person.home_path, path):
        return True
    owned = Ownership.objects.filter(person=person, until_on=None, **subtree("home__place__path", path))
    return owned.exists()


def me_in(actor: Actor, talk: Talk) -> Participant | None:
    """The actor's own seat in a talk; None for who has not said or voted anything yet. One query."""
    if actor.person_id is None:
        return None
    return Participant.objects.filter(talk=talk, person_id=actor.person_id).first()


def why_not_part(actor: Actor, talk: Talk) -> Refused | None:
    """Why the actor cannot contribute themselves, apart from whether the talk is open; None when they can."""
    if actor.is_anonymous:
        return Refused("sign_in", _("登录以后就能表态和发言。"), would_signing_in_help=True)
    person = Person.objects.filter(pk=actor.person_id).first() if actor.person_id else None
    if person is None:
        return Refused("no_person", _("您的账号还没有和住户档案对上，请社区工作人员代为登记。"), turn_to=_("社区工作人员"))
    if not belongs(person, talk.place_path):
        return Refused(
            "lives_elsewhere",
            _("这件事由住在%(place)s或者在那里有房的人来谈。") % {"place": talk.place.name},
            turn_to=_("社区工作人员"),
        )
    return None

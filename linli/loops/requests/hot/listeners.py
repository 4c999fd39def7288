"""
What hot topics do at once: when somebody's data are erased (what they raised is in no topic any more), a request is hidden from strangers, or a
place switches them off.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.db.models.signals import post_save
from django.dispatch import receiver

from linli.kernel.judgement import switches
from linli.kernel.judgement.models import Function, Switch
from linli.kernel.matters.models import Matter, Party
from linli.kernel.matters.turn import Turn, matter_advanced
from linli.kernel.people.actions import person_erased
from linli.kernel.people.models import Person
from linli.kernel.places.models import Place
from linli.loops.requests.hot.counting import count, drop_hidden
from linli.loops.requests.hot.models import Parted, PublicFigure, Trace
from linli.loops.requests.rules import KIND

TOLD = frozenset({"public_title", "public_body", "visibility"})


@receiver(person_erased, dispatch_uid="hot.forget_person")
def forget(sender: Any, person: Person, now: datetime, **_kwargs: Any) -> None:
    """Their traces go, and the topics they were in are counted without them."""
    mine = Q(person=person) | Q(account_id=person.account_id) if person.account_id else Q(person=person)
    raised = Party.objects.filter(mine, role=Party.Role.RAISER).values("matter")
    traces = list(Trace.objects.filter(matter__in=Matter.objects.filter(pk__in=raised)).values_list("root_id", "topic_id", "pk"))
    Trace.objects.filter(pk__in=[pk for _root, _topic, pk in traces]).delete()
    Parted.objects.filter(matter__in=raised).delete()
    touched: dict[int, set[int]] = defaultdict(set)
    for root, topic, _pk in traces:
        if topic:
            touched[root].add(topic)
    for place in Place.objects.filter(pk__in=list(touched)):
        count(place, now, only=touched[place.pk])


@receiver(matter_advanced, dispatch_uid="hot.hide_from_strangers")
def hide(sender: Any, turn: Turn, **_kwargs: Any) -> None:
    """What strangers read of a topic goes when one of its requests is told otherwise, hidden or withdrawn; it comes again when counted anew."""
    if turn.matter.kind != KIND or turn.fresh:
        return
    if turn.changed & TOLD or ("state" in turn.changed and turn.matter.state == "withdrawn"):
        PublicFigure.objects.filter(topic__in=Trace.objects.filter(matter=turn.matter.pk, topic__isnull=False).values("topic")).delete()


@receiver(post_save, sender=Switch, dispatch_uid="hot.switched_off")
def switched(sender: Any, instance: Switch, created: bool, raw: bool = False, **_kwargs: Any) -> None:
    """What strangers could read is not only hidden but gone where the function is turned off; the next round counts it again where it is on."""
    if created and not raw and not instance.on and instance.function in (Function.HOT, Function.TOPICS):
        switches.forget()  # this turn has to count already; whoever turned it has others forget once it is written
        drop_hidden(instance.place)

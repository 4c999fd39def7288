"""What hot topics do when somebody's data are erased: what they raised is in no topic any more, at once."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from linli.kernel.matters.models import Matter, Party
from linli.kernel.people.actions import person_erased
from linli.kernel.people.models import Person
from linli.kernel.places.models import Place
from linli.loops.requests.hot.gathering import count
from linli.loops.requests.hot.models import Trace


@receiver(person_erased, dispatch_uid="hot.forget_person")
def forget(sender: Any, person: Person, now: datetime, **_kwargs: Any) -> None:
    """Their traces go, and the topics they were in are counted without them."""
    mine = Q(person=person) | Q(account_id=person.account_id) if person.account_id else Q(person=person)
    raised = Party.objects.filter(mine, role=Party.Role.RAISER).values("matter")
    traces = list(Trace.objects.filter(matter__in=Matter.objects.filter(pk__in=raised)).values_list("root_id", "topic_id", "pk"))
    Trace.objects.filter(pk__in=[pk for _root, _topic, pk in traces]).delete()
    touched: dict[int, set[int]] = defaultdict(set)
    for root, topic, _pk in traces:
        if topic:
            touched[root].add(topic)
    for place in Place.objects.filter(pk__in=list(touched)):
        count(place, now, only=touched[place.pk])

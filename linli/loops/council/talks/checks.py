"""Data consistency of talks, for `linli check`."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, F, Q

from linli.loops.council.talks.models import Contribution, Ruling, Talk
from linli.web.checks import Problem, consistency


@consistency("what was said in talks counts its marks")
def marks() -> Iterator[Problem]:
    kept = {c: Count("marks", filter=Q(marks__choice=c)) for c in ("agree", "disagree", "pass")}
    rows = Contribution.objects.annotate(a=kept["agree"], d=kept["disagree"], p=kept["pass"])
    for found in rows.exclude(a=F("agrees"), d=F("disagrees"), p=F("passes"))[:20]:
        said, held = f"{found.agrees}/{found.disagrees}/{found.passes}", f"{found.a}/{found.d}/{found.p}"
        yield Problem(f"talk {found.talk_id}, number {found.number}: says {said} marks, holds {held}")


@consistency("talks count those who take part")
def seats() -> Iterator[Problem]:
    for talk in Talk.objects.annotate(rows=Count("participants")).exclude(rows=F("participant_count"))[:20]:
        yield Problem(f"talk {talk.pk}: says {talk.participant_count} participants, holds {talk.rows}")


@consistency("what is hidden in talks has a published ruling")
def rulings() -> Iterator[Problem]:
    in_force = Ruling.objects.filter(Q(decided_at=None) | Q(outcome="upheld")).values("contribution")
    hidden = Q(hidden_at__isnull=False)
    for found in Contribution.objects.filter(hidden & ~Q(pk__in=in_force))[:20]:
        yield Problem(f"talk {found.talk_id}, number {found.number}: hidden without a ruling")
    for found in Contribution.objects.filter(~hidden & Q(pk__in=in_force))[:20]:
        yield Problem(f"talk {found.talk_id}, number {found.number}: shown in spite of a ruling in force")

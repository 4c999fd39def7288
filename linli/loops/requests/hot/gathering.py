"""
A root's topics made fresh: what is new or changed is read and traced, joins topics that stand or each other, and the figures of the street and its
communities are counted anew. Runs in the worker; needs numpy and scipy.

What workers decided stands: joined topics stay joined, names stay, what was dismissed stays dismissed though it grows, a request taken out of a topic
stays out of it and one put in stays in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from linli.insight.hot.identity import Kept as Became
from linli.insight.hot.messages import Message
from linli.kernel.access.rows import chunks
from linli.kernel.places.models import Place
from linli.loops.requests.hot.counting import BATCH, Said, count
from linli.loops.requests.hot.models import Change, Parted, Topic, Trace
from linli.loops.requests.hot.reading import (
    AT_ONCE,
    Ground,
    counted,
    ground_of,
    local_day,
    messages_of,
    public_ones,
    spoken,
    window_begins,
)


class Kept(NamedTuple):
    """A stored trace, as far as it is needed."""

    pieces: bytes | memoryview
    topic_id: int | None
    made_at: datetime


@transaction.atomic
def gather(root: Place, now: datetime) -> int:
    """The topics of one root as of `now`; returns how many requests were read. Repeating it changes nothing."""
    ground = ground_of(root)
    matters = list(spoken(counted(root, window_begins(local_day(now)))))
    known = {row[0]: Kept(*row[1:]) for row in Trace.objects.filter(root=root).values_list("matter_id", "pieces", "topic_id", "made_at")}
    gone = known.keys() - {m.pk for m in matters}
    for some in chunks(sorted(gone), AT_ONCE):
        Trace.objects.filter(root=root, matter__in=some).delete()
    messages = messages_of(matters, ground)
    stale = {m.pk for m in matters if m.pk not in known or known[m.pk].made_at < m.updated_at}
    _gathered(root, messages, known, stale, ground, now)
    count(root, now, said=Said(ground, messages, public_ones(matters)))
    return len(stale)


def _gathered(root: Place, messages: Sequence[Message], known: Mapping[int, Kept], stale: set[int], ground: Ground, now: datetime) -> None:
    """Trace what is stale, find its topics, and keep what changed."""
    import numpy as np

    from linli.insight.hot.topics import Window
    from linli.insight.hot.traces import Traces, joined, traces_of

    old = [m for m in messages if m.id not in stale]
    # Compared anew is only what is new; a text that was changed keeps its topic and gets a trace of its new words.
    fresh = [m for m in messages if m.id in stale and m.id not in known]
    changed = [m for m in messages if m.id in stale and m.id in known]
    made = traces_of([*fresh, *changed], ground.names)
    pieces = {m.id: made.of(n) for n, m in enumerate([*fresh, *changed])}

    def stored(m: Message) -> bytes:
        return pieces[m.id].astype("<u4").tobytes() if m.id in pieces else bytes(known[int(m.id)].pieces)

    standing = [*old, *changed]
    rows = [stored(m) for m in standing]
    traces = Traces(np.frombuffer(b"".join(rows), dtype="<u4"), np.cumsum([len(row) // 4 for row in rows], dtype=np.int64))
    window = Window(ground.names, mining=False)
    window.begin(standing, traces, [known[int(m.id)].topic_id or -1 for m in standing])
    taken = {int(n) for n in window.topic.tolist() if n >= 0}
    window.fixed = decided(root) & taken
    window.barred = barred_in(root)
    window.add(fresh, joined([Traces(pieces[m.id], np.array([len(pieces[m.id])])) for m in fresh]))
    topics = _numbered(root, window.told, taken, now)
    rows_now = []
    for m, number in zip(window.messages, window.topic.tolist(), strict=True):
        topic_id = topics.get(number) if number >= 0 else None
        before = known.get(int(m.id))
        if m.id in pieces or (before is not None and before.topic_id != topic_id):
            rows_now.append(Trace(matter_id=int(m.id), root=root, pieces=stored(m), topic_id=topic_id, made_at=now))
    Trace.objects.bulk_create(
        rows_now, batch_size=BATCH, update_conflicts=True, unique_fields=["matter"], update_fields=["root", "pieces", "topic", "made_at"]
    )


def decided(root: Place) -> frozenset[int]:
    """The topics of a root a worker decided something about: the machine lets them grow, and leaves them where they are."""
    return frozenset(Change.objects.filter(topic__root=root, by__isnull=False).values_list("topic_id", flat=True))


def barred_in(root: Place) -> dict[Hashable, frozenset[int]]:
    """Of each request that was taken out of topics of a root, which these are now: what was joined since is where it went. One query."""
    found: dict[Hashable, set[int]] = defaultdict(set)
    for matter, topic, into in Parted.objects.filter(topic__root=root).values_list("matter_id", "topic_id", "topic__into_id"):
        found[matter].add(into or topic)
    return {matter: frozenset(topics) for matter, topics in found.items()}


def _numbered(root: Place, told: Mapping[int, Became], taken: set[int], now: datetime) -> dict[int, int]:
    """The stored topic of each number of the window: new ones are made, merges and splits told."""
    found = {number: number for number in taken}
    fresh = [(number, became) for number, became in sorted(told.items()) if number not in taken]
    made = Topic.objects.bulk_create(
        [Topic(root=root, began_at=now, split_from_id=became.split_from) for _n, became in fresh], batch_size=BATCH
    )
    found |= {number: topic.pk for (number, _became), topic in zip(fresh, made, strict=True)}
    Change.objects.bulk_create(
        [
            Change(topic=topic, verb=Change.Verb.SPLIT, other_id=topic.split_from_id, at=now)
            for topic in made
            if topic.split_from_id is not None
        ],
        batch_size=BATCH,
    )
    for number, became in sorted(told.items()):
        for other in became.merged:
            Topic.objects.filter(pk=other).update(state=Topic.State.JOINED, into_id=found[number])
            Topic.objects.filter(into_id=other).update(into_id=found[number])
            Change.objects.create(topic_id=found[number], verb=Change.Verb.MERGED, other_id=other, at=now)
    return found

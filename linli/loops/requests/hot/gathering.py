"""
A root's topics made fresh: what is new or changed is read and traced, joins topics that stand or each other, and the figures of the street and its
communities are counted anew. Runs in the worker; needs numpy and scipy.

What workers decided stands: joined topics stay joined, names stay, what was dismissed stays dismissed though it grows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from linli.insight.hot.identity import Kept
from linli.insight.hot.messages import Message
from linli.insight.hot.summing import Asked, summed
from linli.insight.hot.summing import Topic as Found
from linli.kernel.judgement.switches import is_on
from linli.kernel.matters.models import Matter
from linli.kernel.people.models import Person
from linli.kernel.places.models import Kind, Place
from linli.lib.groups import age_band, protected
from linli.loops.requests.hot.models import Change, Figure, Topic, Trace
from linli.loops.requests.hot.reading import Ground, counted, ground_of, local_day, messages_of, span_until, window_begins
from linli.loops.requests.hot.rules import asked_at

BATCH = 500


@transaction.atomic
def gather(root: Place, now: datetime) -> int:
    """The topics of one root as of `now`; returns how many requests were read. Repeating it changes nothing."""
    ground = ground_of(root)
    matters = list(counted(root, window_begins(local_day(now))))
    known = {t.matter_id: t for t in Trace.objects.filter(root=root)}
    standing = {m.pk for m in matters}
    Trace.objects.filter(root=root, matter__in=[pk for pk in known if pk not in standing]).delete()
    messages = {m.id: m for m in messages_of(matters, ground)}
    stale = [m for m in matters if m.pk not in known or known[m.pk].made_at < m.updated_at]
    _gathered(root, [messages[m.pk] for m in matters], known, {m.pk for m in stale}, ground, now)
    count(root, now, ground=ground, messages=list(messages.values()))
    return len(stale)


def _gathered(root: Place, messages: Sequence[Message], known: Mapping[int, Trace], stale: set[int], ground: Ground, now: datetime) -> None:
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
    rows = [np.frombuffer(stored(m), dtype="<u4") for m in standing]
    window = Window(ground.names, mining=False)
    window.begin(standing, joined([Traces(row, np.array([len(row)])) for row in rows]), [known[int(m.id)].topic_id or -1 for m in standing])
    taken = {int(n) for n in window.topic.tolist() if n >= 0}
    window.fixed = decided(taken)
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


def decided(topics: Iterable[int]) -> frozenset[int]:
    """Those of the topics a worker decided something about: the machine lets them grow, and leaves them where they are."""
    by_people = Change.objects.filter(topic__in=list(topics), by__isnull=False)
    return frozenset(by_people.values_list("topic_id", flat=True))


def _numbered(root: Place, told: Mapping[int, Kept], taken: set[int], now: datetime) -> dict[int, int]:
    """The stored topic of each number of the window: new ones are made, merges and splits told."""
    found = {number: number for number in taken}
    for number, became in sorted(told.items()):
        if number not in taken:
            made = Topic.objects.create(root=root, began_at=now, split_from_id=became.split_from)
            found[number] = made.pk
            if became.split_from is not None:
                Change.objects.create(topic=made, verb=Change.Verb.SPLIT, other_id=became.split_from, at=now)
    for number, became in sorted(told.items()):
        for other in became.merged:
            Topic.objects.filter(pk=other).update(state=Topic.State.JOINED, into_id=found[number])
            Topic.objects.filter(into_id=other).update(into_id=found[number])
            Change.objects.create(topic_id=found[number], verb=Change.Verb.MERGED, other_id=other, at=now)
    return found


def count(
    root: Place, now: datetime, *, ground: Ground | None = None, messages: Sequence[Message] | None = None, only: Iterable[int] = ()
) -> None:
    """
    The figures of a root's topics (or `only` these) at the street and at each community, counted anew from their requests. No library: what a
    worker decided shows at once.
    """
    ground = ground or ground_of(root)
    of = dict(Trace.objects.filter(root=root, topic__isnull=False).values_list("matter_id", "topic_id"))
    wanted = set(only)
    if wanted:
        of = {matter: topic for matter, topic in of.items() if topic in wanted}
    if messages is None:
        messages = messages_of(Matter.objects.filter(pk__in=list(of)).order_by("raised_at", "pk"), ground)
    groups: dict[int, list[Message]] = defaultdict(list)
    for m in messages:
        if m.id in of:
            groups[of[int(m.id)]].append(m)
    kept = Figure.objects.filter(topic__root=root)
    (kept.filter(topic__in=wanted) if wanted else kept).delete()
    span = span_until(local_day(now))
    names, words = ground.names, ground.words
    lines: dict[int, Found] = {}
    rows: list[Figure] = []
    ages = _Ages({m.person for members in groups.values() if len(members) > 1 for m in members}, local_day(now))
    for place in _levels(ground):
        asked = asked_at(str(place.pk), words)
        level = str(Kind.COMMUNITY) if place.kind == Kind.STREET else ""
        for found in summed(groups, span, asked, names=names):
            lines.setdefault(found.number, found)
            rows.append(_figure(found, place, groups[found.number], ages, ground, level, asked))
    Figure.objects.bulk_create(rows, batch_size=BATCH)
    _say(lines)
    # Nothing may be read of a topic whose people are gone: its line was theirs.
    silent = Topic.objects.filter(root=root, pk__in=wanted) if wanted else Topic.objects.filter(root=root)
    silent.exclude(state=Topic.State.JOINED).exclude(pk__in=list(lines)).exclude(line_place="", line_what="").update(
        line_place="", line_what=""
    )


def _levels(ground: Ground) -> list[Place]:
    """The root first, then its communities: where people work with topics."""
    below = (p for p in ground.places.values() if p.kind == Kind.COMMUNITY and p.pk != ground.root.pk and is_on("hot", p))
    return [ground.root, *sorted(below, key=lambda p: p.path)]


def _say(lines: Mapping[int, Found]) -> None:
    topics = {t.pk: t for t in Topic.objects.filter(pk__in=list(lines))}
    said = []
    for number, found in lines.items():
        topic = topics[number]
        if (topic.line_place, topic.line_what) != (found.line.place[:80], found.line.what[:80]):
            topic.line_place, topic.line_what = found.line.place[:80], found.line.what[:80]
            said.append(topic)
    Topic.objects.bulk_update(said, ["line_place", "line_what"], batch_size=BATCH)


class _Ages:
    """Age bands of people whose record says when they were born."""

    def __init__(self, people: Iterable[str], today: date) -> None:
        numbers = sorted({int(who[1:]) for who in people if who.startswith("p")})
        self._bands: dict[str, str] = {}
        for at in range(0, len(numbers), BATCH):
            rows = Person.objects.filter(pk__in=numbers[at : at + BATCH], erased_at=None, born_on__isnull=False)
            self._bands |= {f"p{pk}": age_band(born_on, today) for pk, born_on in rows.values_list("pk", "born_on")}

    def of(self, people: Iterable[str]) -> Counter[str]:
        return Counter(band for who in people if (band := self._bands.get(who, "")))


def _figure(found: Found, place: Place, messages: Sequence[Message], ages: _Ages, ground: Ground, level: str, asked: Asked) -> Figure:
    counted_here = set(found.messages)
    here = [m for m in messages if m.id in counted_here]
    people = {m.who for m in here}
    bands = ages.of(people)
    shares = protected([(band, n, len(people)) for band, n in sorted(bands.items())]) if bands else []
    alarm = found.alarm
    return Figure(
        topic_id=found.number,
        place=place,
        messages=len(found.messages),
        people=found.people,
        likes=found.likes,
        first_on=found.first,
        last_on=found.last,
        heat=round(found.heat, 3),
        direction=found.course.direction,
        counts=list(found.course.counts),
        alarm=bool(alarm and alarm.raised),
        recent=alarm.recent if alarm else None,
        expected=round(alarm.expected, 4) if alarm else None,
        chance=alarm.chance if alarm else None,
        by_place=_places(here, place, ground, level),
        by_age=[[share.label, share.part, share.whole] for share in shares],
    )


def _places(messages: Sequence[Message], place: Place, ground: Ground, level: str) -> list[list[int]]:
    """People at each place below: communities of a street, compounds (or buildings outside of any) of a community."""
    people: dict[int, set[str]] = defaultdict(set)
    for m in messages:
        below = [ground.places[int(key)] for key in m.place if int(key) != place.pk and ground.places[int(key)].path.startswith(place.path)]
        wanted = [p for p in below if p.kind == level] if level else [p for p in below if p.kind in (Kind.COMPOUND, Kind.BUILDING)]
        if wanted:
            people[wanted[0].pk].add(m.who)
    return [[pk, len(who)] for pk, who in sorted(people.items(), key=lambda row: (-len(row[1]), row[0]))]

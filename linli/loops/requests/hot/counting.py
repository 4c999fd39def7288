"""
The figures of a root's topics, at the street and at each community: for workers of all requests, for strangers of the public ones alone. No library,
so that what a worker decided, or whose data were erased, shows at once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db.models import Q

from linli.insight.hot.messages import Message
from linli.insight.hot.summing import Topic as Found
from linli.insight.hot.summing import summed
from linli.kernel.access.paths import subtree
from linli.kernel.judgement.models import Function
from linli.kernel.judgement.switches import is_on
from linli.kernel.people.models import Person, Residence
from linli.kernel.places.models import Kind, Place
from linli.lib.groups import LEAST_COUNT, age_band, protected
from linli.lib.masking import scrub
from linli.loops.requests.hot.models import Figure, PublicFigure, Topic, Trace
from linli.loops.requests.hot.reading import Ground, ground_of, local_day, messages_of, public_ones, span_until, spoken_of
from linli.loops.requests.hot.rules import asked_at

BATCH: Final = 500
SIZES: Final = ("one", "two", "more")
"""People living in a home: one, two, three and more."""
BREAKDOWNS: Final = ("age", "home", "size")


@dataclass(frozen=True)
class Said:
    """The requests that may be in topics, as messages in order of time, and which of them strangers may read."""

    ground: Ground
    messages: Sequence[Message]
    public: Collection[int]


def count(root: Place, now: datetime, *, said: Said | None = None, only: Iterable[int] = ()) -> None:
    """The figures of a root's topics (or `only` these) counted anew from their requests, and what the topics are called."""
    wanted = set(only)
    traced = Trace.objects.filter(root=root, topic__isnull=False)
    of = dict((traced.filter(topic__in=wanted) if wanted else traced).values_list("matter_id", "topic_id"))
    said = said or _said(root, of)
    groups: dict[int, list[Message]] = defaultdict(list)
    for m in said.messages:
        if m.id in of:
            groups[of[int(m.id)]].append(m)
    for model in (Figure, PublicFigure):
        kept = model.objects.filter(topic__root=root)
        (kept.filter(topic__in=wanted) if wanted else kept).delete()
    lines = _for_workers(groups, said.ground, local_day(now))
    _for_strangers(groups, said, local_day(now))
    _say(lines)
    # Nothing may be read of a topic whose people are gone: its line was theirs.
    silent = Topic.objects.filter(root=root, pk__in=wanted) if wanted else Topic.objects.filter(root=root)
    silent.exclude(state=Topic.State.JOINED).exclude(pk__in=list(lines)).exclude(line_place="", line_what="").update(
        line_place="", line_what=""
    )


def _said(root: Place, matters: Iterable[int]) -> Said:
    ground = ground_of(root)
    found = spoken_of(matters)
    return Said(ground, messages_of(found, ground), public_ones(found))


def _levels(ground: Ground) -> list[Place]:
    """The root first, then its communities: where people work with topics. Those where it is switched off are left out."""
    below = (p for p in ground.places.values() if p.kind == Kind.COMMUNITY and p.pk != ground.root.pk and is_on(Function.HOT, p))
    return [ground.root, *sorted(below, key=lambda p: p.path)]


def drop_hidden(below: Place | None = None) -> int:
    """
    What was counted for strangers at places that do not show their topics (any more) goes, at `below` and under it or everywhere; how many rows.
    Counted anew where they are shown again. Two queries, one where there is nothing.
    """
    kept = PublicFigure.objects.filter(**subtree("place__path", below.path)) if below is not None else PublicFigure.objects.all()
    places = Place.objects.filter(pk__in=kept.order_by().values("place").distinct())
    hidden = [place.pk for place in places if not (is_on(Function.TOPICS, place) and is_on(Function.HOT, place))]
    return kept.filter(place__in=hidden).delete()[0] if hidden else 0


# --- for workers ---------------------------------------------------------------------------------------
def _for_workers(groups: Mapping[int, Sequence[Message]], ground: Ground, today: date) -> dict[int, Found]:
    """The topics found, by number, as they read at the widest place."""
    lines: dict[int, Found] = {}
    rows: list[Figure] = []
    people = _Population({m.person for members in groups.values() if len(members) > 1 for m in members}, today)
    names, words, span = ground.names, ground.words, span_until(today)
    for place in _levels(ground):
        level = str(Kind.COMMUNITY) if place.kind == Kind.STREET else ""
        for found in summed(groups, span, asked_at(str(place.pk), words), names=names):
            lines.setdefault(found.number, found)
            counted = set(found.messages)
            here = [m for m in groups[found.number] if m.id in counted]
            rows.append(_figure(found, place, _places(here, place, ground, level), people, {m.who for m in here}))
    people.protect(rows, ground.root.pk)
    Figure.objects.bulk_create(rows, batch_size=BATCH)
    return lines


def _figure(found: Found, place: Place, by_place: list[list[int]], population: _Population, people: set[str]) -> Figure:
    alarm = found.alarm
    made = Figure(
        topic_id=found.number,
        place=place,
        alarm=bool(alarm and alarm.raised),
        recent=alarm.recent if alarm else None,
        expected=round(alarm.expected, 4) if alarm else None,
        chance=alarm.chance if alarm else None,
        by_place=by_place,
        **_counted(found),
    )
    population.count(made, people)
    return made


def _counted(found: Found) -> dict[str, Any]:
    return {
        "messages": len(found.messages),
        "people": found.people,
        "likes": found.likes,
        "first_on": found.first,
        "last_on": found.last,
        "heat": round(found.heat, 3),
        "direction": found.course.direction,
        "counts": list(found.course.counts),
    }


class _Population:
    """
    Who the people of topics are, as far as their records say: by age, by how they live in their home, by how many live there. Facts that were
    recorded to help somebody (hardship, disability) are not asked (PIPL 6, 28).
    """

    def __init__(self, people: Iterable[str], today: date) -> None:
        numbers = sorted({int(who[1:]) for who in people if who.startswith("p")})
        self._of: dict[str, dict[str, str]] = {name: {} for name in BREAKDOWNS}
        self._raw: dict[tuple[int, int], dict[str, Counter[str]]] = {}
        for at in range(0, len(numbers), BATCH):
            self._read(numbers[at : at + BATCH], today)

    def _read(self, numbers: Sequence[int], today: date) -> None:
        """At most three queries."""
        born = Person.objects.filter(pk__in=numbers, erased_at=None, born_on__isnull=False)
        self._of["age"] |= {f"p{pk}": age_band(born_on, today) for pk, born_on in born.values_list("pk", "born_on")}
        living = Residence.objects.filter(Q(until_on=None) | Q(until_on__gte=today), since_on__lte=today)
        own = {
            who: (relation, household)
            for who, relation, household in living.filter(person__in=numbers, person__erased_at=None)
            .order_by("since_on", "pk")
            .values_list("person_id", "relation", "household_id")
        }
        together = Counter(living.filter(household__in={h for _r, h in own.values()}).values_list("household_id", flat=True)) if own else {}
        self._of["home"] |= {f"p{who}": relation for who, (relation, _household) in own.items()}
        self._of["size"] |= {f"p{who}": SIZES[min(together[household], 3) - 1] for who, (_relation, household) in own.items()}

    def count(self, figure: Figure, people: Collection[str]) -> None:
        """Note of which kinds the people of a figure are, and write it on the figure with small counts taken out."""
        raw = {name: Counter(kind for who in people if (kind := of.get(who, ""))) for name, of in self._of.items()}
        self._raw[figure.topic_id, figure.place_id] = raw
        for name, kinds in raw.items():
            shares = protected([(kind, n, len(people)) for kind, n in sorted(kinds.items())]) if kinds else []
            setattr(figure, f"by_{name}", [[share.label, share.part, share.whole] for share in shares])

    def protect(self, figures: Iterable[Figure], root: int) -> None:
        """
        Take out of the root's figures what, less what its communities show, would point at people: five at the street and four of them in one
        community are one in another.
        """
        shown: dict[tuple[int, str, str], int] = defaultdict(int)
        figures = list(figures)
        for figure in figures:
            for name in BREAKDOWNS if figure.place_id != root else ():
                for kind, part, _whole in getattr(figure, f"by_{name}"):
                    shown[figure.topic_id, name, kind] += part or 0
        for figure in figures:
            for name in BREAKDOWNS if figure.place_id == root else ():
                for row in getattr(figure, f"by_{name}"):
                    below = shown.get((figure.topic_id, name, row[0]))
                    if row[1] is not None and below and 0 < row[1] - below < LEAST_COUNT:
                        row[1] = None


def _places(messages: Sequence[Message], place: Place, ground: Ground, level: str) -> list[list[int]]:
    """People at each place below: communities of a street, compounds (or buildings outside of any) of a community."""
    people: dict[int, set[str]] = defaultdict(set)
    for m in messages:
        below = [ground.places[int(key)] for key in m.place if int(key) != place.pk and ground.places[int(key)].path.startswith(place.path)]
        wanted = [p for p in below if p.kind == level] if level else [p for p in below if p.kind in (Kind.COMPOUND, Kind.BUILDING)]
        if wanted:
            people[wanted[0].pk].add(m.who)
    return [[pk, len(who)] for pk, who in sorted(people.items(), key=lambda row: (-len(row[1]), row[0]))]


def _say(lines: Mapping[int, Found]) -> None:
    topics = {t.pk: t for t in Topic.objects.filter(pk__in=list(lines))}
    said = []
    for number, found in lines.items():
        topic = topics[number]
        if (topic.line_place, topic.line_what) != (found.line.place[:80], found.line.what[:80]):
            topic.line_place, topic.line_what = found.line.place[:80], found.line.what[:80]
            said.append(topic)
    Topic.objects.bulk_update(said, ["line_place", "line_what"], batch_size=BATCH)


# --- for strangers -------------------------------------------------------------------------------------
def _for_strangers(groups: Mapping[int, Sequence[Message]], said: Said, today: date) -> None:
    """Of the public requests alone, where the place shows its topics in public and enough different people raised them."""
    ground = said.ground
    silent = _silent(ground)
    shown = {number: [m for m in members if m.id in said.public and silent.isdisjoint(m.place[-1:])] for number, members in groups.items()}
    rows = []
    for place in _levels(ground):
        if str(place.pk) in silent:
            continue
        level = str(Kind.COMMUNITY) if place.kind == Kind.STREET else ""
        asked = asked_at(str(place.pk), ground.words, public=True)
        for found in summed(shown, span_until(today), asked, names=ground.names):
            counted = set(found.messages)
            here = [m for m in shown[found.number] if m.id in counted]
            line = scrub(f"{found.line.place} {found.line.what}".strip()[:160]).text[:161]
            by_place = [row for row in _places(here, place, ground, level) if row[1] >= LEAST_COUNT]
            rows.append(PublicFigure(topic_id=found.number, place=place, line=line, by_place=by_place, **_counted(found)))
    PublicFigure.objects.bulk_create(rows, batch_size=BATCH)


def _silent(ground: Ground) -> frozenset[str]:
    """The places (their keys) that show no topics in public."""
    return frozenset(str(pk) for pk, place in ground.places.items() if not (is_on(Function.TOPICS, place) and is_on(Function.HOT, place)))

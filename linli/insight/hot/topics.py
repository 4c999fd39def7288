"""
Hot topics: from messages to a list of what is talked about, with its line, people, days, heat, course, alarm and messages.

    found = topics_of(messages, Span.until(today, 90))                     # once
    window = Window(); window.add(messages); window.topics(span)           # and again each day: window.add(new); window.topics(span)

Needs numpy and scipy.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

import numpy as np

from linli.insight.hot.gathering import gather
from linli.insight.hot.heat import Alarm, Course, HeatRule, alarm_of, course_of, raised
from linli.insight.hot.identity import Kept, kept
from linli.insight.hot.lines import Line, line_of
from linli.insight.hot.messages import Message, Span
from linli.insight.hot.texts import Array
from linli.insight.hot.ties import RULES, Rules, ties_of
from linli.insight.hot.traces import Traces, joined, names_of, nothing, traces_of
from linli.insight.hot.weights import weighed
from linli.lib.groups import Share, protected

MOST: Final = 200


@dataclass(frozen=True)
class Topic:
    """
    `number` is the topic's own from day to day. `messages` are ids in order of time; `people` different people; `by_place` different people by
    narrowest place, most first.
    """

    number: int
    line: Line
    messages: tuple[int | str, ...]
    people: int
    first: date
    last: date
    likes: int
    dislikes: int
    heat: float
    course: Course
    alarm: Alarm | None
    by_place: tuple[tuple[str, int], ...]
    merged: tuple[int, ...] = ()
    split_from: int | None = None


@dataclass(frozen=True)
class Asked:
    """
    What is asked for: at least `least_messages` by `least_people`, the `most` hottest, by `heat`; periods of `period_days`; the alarm's `level`.
    `within` are keys of a place: only messages at it or below (by `Message.place`). `place_names` maps a place's key to its name.
    """

    least_messages: int = 2
    least_people: int = 1
    most: int = MOST
    heat: HeatRule = field(default_factory=HeatRule)
    period_days: int = 7
    level: float = 0.01
    within: str = ""
    place_names: Mapping[str, str] = field(default_factory=dict)


ASKED: Final = Asked()


class Window:
    """
    Messages with what is needed to compare them, in order of arrival, and the topic each belongs to. Adding reads only what is added.

    `names` are places' names known beforehand; more are found in the messages unless `mining` is off. Keeps titles, no bodies.
    """

    def __init__(self, names: Collection[str] = (), *, rules: Rules = RULES, mining: bool = True) -> None:
        self.messages: list[Message] = []
        self.names = frozenset(names)
        self.traces = nothing()
        self.topic: Array = np.zeros(0, dtype=np.int64)
        self.next = 1
        self._rules, self._mining = rules, mining
        self._told: dict[int, Kept] = {}

    def add(self, messages: Sequence[Message], traces: Traces | None = None) -> None:
        """
        Take up new messages: they join topics that stand, or each other. Topics that stand never come apart by this.

        `traces` are those of the messages when they were made before. Raises ValueError when an id is there twice.
        """
        ids = {m.id for m in self.messages}
        if len(ids | {m.id for m in messages}) != len(ids) + len(messages):
            raise ValueError("each message can be taken up once")
        if self._mining and messages:
            self.names |= names_of(messages)
        made = traces_of(messages, self.names) if traces is None else traces
        before = len(self.messages)
        self.traces = joined([self.traces, made])
        self.messages += [replace(m, body="") if len(m.title) >= 4 else replace(m, body=m.body[:80]) for m in messages]
        self._gather(np.arange(before, len(self.messages)), np.concatenate([self.topic, np.full(len(messages), -1, dtype=np.int64)]))

    def rebuild(self) -> None:
        """Gather all anew, as if all came today; topics keep their numbers where they hold, and merges and splits are told."""
        self._gather(np.arange(len(self.messages)), None)

    def begin(self, messages: Sequence[Message], traces: Traces, topics: Sequence[int]) -> None:
        """Take up messages whose topics are known already (a number each, negative for none), as kept somewhere; nothing is compared."""
        self.traces = joined([self.traces, traces])
        self.messages += messages
        self.topic = np.concatenate([self.topic, np.asarray(topics, dtype=np.int64)])
        self.next = max([self.next - 1, *self.topic.tolist()]) + 1

    def forget(self, ids: Collection[Hashable]) -> None:
        """Let messages go, with everything kept of them."""
        stay = [n for n, m in enumerate(self.messages) if m.id not in ids]
        self.traces = joined([Traces(self.traces.of(n), np.array([len(self.traces.of(n))])) for n in stay])
        self.messages = [self.messages[n] for n in stay]
        self.topic = self.topic[stay]

    def _gather(self, fresh: Array, known: Array | None) -> None:
        days = np.array([m.day for m in self.messages], dtype=np.int64)
        placed = np.array([bool(m.place) for m in self.messages], dtype=bool)
        vectors = weighed(self.traces)
        ties = ties_of(vectors, days, placed, fresh=fresh, rules=self._rules)
        groups = gather(vectors, ties, placed, known=known, rules=self._rules)
        self._number(groups)

    def _number(self, groups: Array) -> None:
        """Numbers for the groups of more than one message, yesterday's where they hold."""
        order = np.argsort(groups, kind="stable")
        parts = [part.tolist() for part in np.split(order, np.flatnonzero(np.diff(groups[order])) + 1) if len(part) > 1]
        before: dict[int, list[int]] = defaultdict(list)
        for row, topic in enumerate(self.topic.tolist()):
            if topic >= 0:
                before[topic].append(row)
        self.topic, self._told = np.full(len(groups), -1, dtype=np.int64), {}
        for part, told in zip(parts, kept(before, parts), strict=True):
            number = told.topic
            if number is None:
                number, self.next = self.next, self.next + 1
            self.topic[part] = number
            self._told[number] = told

    def members(self) -> dict[int, list[int]]:
        """The rows of each topic, in order of arrival."""
        found: dict[int, list[int]] = defaultdict(list)
        for row, topic in enumerate(self.topic.tolist()):
            if topic >= 0:
                found[topic].append(row)
        return found

    def topics(self, span: Span, asked: Asked = ASKED) -> list[Topic]:
        """The topics of the span, hottest first, then by number. Messages outside the span or the place asked for do not count."""
        found = []
        for number, rows in self.members().items():
            messages = [self.messages[row] for row in rows]
            counted = [m for m in messages if span.first <= m.at.date() <= span.last and (not asked.within or asked.within in m.place)]
            if len(counted) >= asked.least_messages and len({m.who for m in counted}) >= asked.least_people:
                found.append((asked.heat.of(counted, span.last.toordinal()), number, counted))
        found.sort(key=lambda row: (-row[0], row[1]))
        courses = [course_of(counted, span.first.toordinal(), span.last.toordinal(), asked.period_days) for _heat, _n, counted in found]
        alarms = [alarm_of(course) for course in courses]
        rung = raised(alarms, asked.level)
        return [
            self._topic(number, heat, counted, courses[n], replace(alarms[n], raised=rung[n]) if alarms[n] else None, asked)  # type: ignore[type-var]
            for n, (heat, number, counted) in enumerate(found[: asked.most])
        ]

    def _topic(self, number: int, heat: float, counted: list[Message], course: Course, alarm: Alarm | None, asked: Asked) -> Topic:
        ordered = sorted(counted, key=lambda m: (m.at, str(m.id)))
        told = self._told.get(number, Kept(number))
        return Topic(
            number=number,
            line=line_of(ordered, self.names, place=asked.place_names.get(common_place(ordered), "")),
            messages=tuple(m.id for m in ordered),
            people=len({m.who for m in ordered}),
            first=ordered[0].at.date(),
            last=ordered[-1].at.date(),
            likes=sum(m.likes for m in ordered),
            dislikes=sum(m.dislikes for m in ordered),
            heat=heat,
            course=course,
            alarm=alarm,
            by_place=by_place(ordered),
            merged=told.merged,
            split_from=told.split_from,
        )


def topics_of(messages: Sequence[Message], span: Span, asked: Asked = ASKED, *, names: Collection[str] = (), rules: Rules = RULES) -> list[Topic]:
    """The topics of some messages, from nothing. Messages are taken in order of time, so that their order in the file decides nothing."""
    window = Window(names, rules=rules)
    window.add(sorted(messages, key=lambda m: (m.at, str(m.id))))
    return window.topics(span, asked)


def common_place(messages: Iterable[Message], share: float = 0.8) -> str:
    """The narrowest place that at least `share` of the messages with a place are at or below; empty when there is none."""
    places: Counter[str] = Counter()
    depth: dict[str, int] = {}
    placed = 0
    for m in messages:
        placed += bool(m.place)
        for level, place in enumerate(m.place):
            places[place] += 1
            depth[place] = max(level, depth.get(place, 0))
    fitting = [place for place, count in places.items() if count >= share * placed]
    return max(fitting, key=lambda place: (depth[place], places[place], place), default="")


def by_place(messages: Iterable[Message]) -> tuple[tuple[str, int], ...]:
    """Different people at each narrowest place, most first, then by key."""
    people: dict[str, set[str]] = defaultdict(set)
    for m in messages:
        if m.place:
            people[m.place[-1]].add(m.who)
    return tuple(sorted(((place, len(who)) for place, who in people.items()), key=lambda row: (-row[1], row[0])))


def by_group(people: Collection[str], groups: Mapping[str, Collection[str]]) -> list[Share]:
    """
    How many of each group of the population (name → its people) take part, of all in the group; counts that would point at people are taken out.
    """
    here = set(people)
    return protected([(name, len(here & set(members)), len(members)) for name, members in groups.items()])

"""
Groups of messages as topics: counted within a span and a place, hottest first, each with its line, course and alarm. No library: a page that
joins two topics sums them anew by this.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Final

from linli.insight.hot.heat import Alarm, Course, HeatRule, alarm_of, course_of, raised
from linli.insight.hot.identity import Kept
from linli.insight.hot.lines import Line, line_of
from linli.insight.hot.messages import Message, Span
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


def summed(
    groups: Mapping[int, Sequence[Message]],
    span: Span,
    asked: Asked = ASKED,
    *,
    names: Collection[str] = (),
    told: Mapping[int, Kept] | None = None,
) -> list[Topic]:
    """The topics of the span, hottest first, then by number. Messages outside the span or the place asked for do not count."""
    found = []
    since, until = datetime.combine(span.first, time.min), datetime.combine(span.last, time.max)
    least = max(asked.least_messages, asked.least_people)
    for number, messages in groups.items():
        if len(messages) < least:
            continue
        counted = [m for m in messages if since <= m.at <= until and (not asked.within or asked.within in m.place)]
        if len(counted) >= least and len({m.who for m in counted}) >= asked.least_people:
            found.append((asked.heat.of(counted, span.last.toordinal()), number, counted))
    found.sort(key=lambda row: (-row[0], row[1]))
    courses = [course_of(counted, span.first.toordinal(), span.last.toordinal(), asked.period_days) for _heat, _number, counted in found]
    alarms = [alarm_of(course) for course in courses]
    alarms = [alarm and replace(alarm, raised=rung) for alarm, rung in zip(alarms, raised(alarms, asked.level), strict=True)]
    return [
        _topic(number, heat, counted, course, alarm, asked, names, (told or {}).get(number, Kept(number)))
        for (heat, number, counted), course, alarm in list(zip(found, courses, alarms, strict=True))[: asked.most]
    ]


def _topic(
    number: int, heat: float, counted: list[Message], course: Course, alarm: Alarm | None, asked: Asked, names: Collection[str], told: Kept
) -> Topic:
    ordered = sorted(counted, key=lambda m: (m.at, str(m.id)))
    return Topic(
        number=number,
        line=line_of(ordered, names, place=asked.place_names.get(common_place(ordered), "")),
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

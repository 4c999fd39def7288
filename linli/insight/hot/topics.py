"""
Hot topics: from messages to a list of what is talked about, with its line, people, days, heat, course, alarm and messages.

    found = topics_of(messages, Span.until(today, 90))                     # once
    window = Window(); window.add(messages); window.topics(span)           # and again each day: window.add(new); window.topics(span)

Needs numpy and scipy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Sequence
from dataclasses import replace

import numpy as np

from linli.insight.hot.gathering import Apart, gather
from linli.insight.hot.identity import Kept, kept
from linli.insight.hot.messages import Message, Span
from linli.insight.hot.summing import ASKED, Asked, Topic, summed
from linli.insight.hot.texts import Array
from linli.insight.hot.ties import RULES, Rules, ties_of
from linli.insight.hot.traces import Traces, joined, names_of, nothing, traces_of
from linli.insight.hot.weights import Vectors, weighed


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
        self.fixed: frozenset[int] = frozenset()
        """Topics that grow but are joined with no other: a person decided about them."""
        self.barred: dict[Hashable, frozenset[int]] = {}
        """By message, the topics it may not come into: a person took it out of them."""
        self.told: dict[int, Kept] = {}
        """What became of topics when messages were last taken up, by number."""
        self._rules, self._mining = rules, mining

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
        labels = self.topic if known is None else known
        barred = {row: self.barred[m.id] for row, m in enumerate(self.messages) if m.id in self.barred} if self.barred else {}
        apart = (labels, barred) if barred else None
        groups = gather(vectors, ties, placed, known=known, fixed=self.fixed, apart=apart, rules=self._rules)
        self._number(self._look_again(vectors, groups, days, placed, fresh, known, apart))

    def _look_again(
        self, vectors: Vectors, groups: Array, days: Array, placed: Array, fresh: Array, known: Array | None, apart: Apart | None
    ) -> Array:
        """
        Groups once more, by one message of each: where many wrote the very same, their likenesses crowd out those to what others wrote of it.
        """
        size = np.bincount(groups, minlength=len(groups))
        tops = np.flatnonzero(size >= 2)
        touched = np.flatnonzero(np.isin(tops, groups[fresh]))
        if len(tops) < 2 or not len(touched):
            return groups
        few = ties_of(vectors.rows(tops), days[tops], placed[tops], fresh=touched, rules=self._rules)
        ties = replace(few, later=tops[few.later], earlier=tops[few.earlier])
        fixed = [] if known is None else groups[np.isin(known, list(self.fixed))].tolist()
        return gather(vectors, ties, placed, known=groups, fixed=fixed, apart=apart, rules=self._rules)

    def _number(self, groups: Array) -> None:
        """Numbers for the groups of more than one message, yesterday's where they hold; what is left alone of a topic keeps its number."""
        listed = np.bincount(groups, minlength=len(groups))[groups] > 1
        listed[: len(self.topic)] |= self.topic >= 0
        rows = np.flatnonzero(listed)
        order = rows[np.argsort(groups[rows], kind="stable")]
        split = np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)
        parts = [part.tolist() for part in split if len(part)]
        before: dict[int, list[int]] = defaultdict(list)
        for row, topic in enumerate(self.topic.tolist()):
            if topic >= 0:
                before[topic].append(row)
        self.topic, self.told = np.full(len(groups), -1, dtype=np.int64), {}
        for part, told in zip(parts, kept(before, parts), strict=True):
            number = told.topic
            if number is None:
                number, self.next = self.next, self.next + 1
            self.topic[part] = number
            self.told[number] = told

    def members(self) -> dict[int, list[int]]:
        """The rows of each topic, in order of arrival."""
        found: dict[int, list[int]] = defaultdict(list)
        for row, topic in enumerate(self.topic.tolist()):
            if topic >= 0:
                found[topic].append(row)
        return found

    def topics(self, span: Span, asked: Asked = ASKED) -> list[Topic]:
        """The topics of the span, hottest first, then by number. Messages outside the span or the place asked for do not count."""
        groups = {number: [self.messages[row] for row in rows] for number, rows in self.members().items()}
        return summed(groups, span, asked, names=self.names, told=self.told)


def topics_of(
    messages: Sequence[Message], span: Span, asked: Asked = ASKED, *, names: Collection[str] = (), rules: Rules = RULES
) -> list[Topic]:
    """The topics of some messages, from nothing. Messages are taken in order of time, so that their order in the file decides nothing."""
    window = Window(names, rules=rules)
    window.add(sorted(messages, key=lambda m: (m.at, str(m.id))))
    return window.topics(span, asked)

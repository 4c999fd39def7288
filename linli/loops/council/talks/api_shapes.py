"""What talks look like in JSON, coming out and going in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field

from linli.web.jsonapi import Id, Input, at_most

Once = Annotated[str, at_most(40)]
Words = Annotated[str, at_most(3000)]
Most = Annotated[int, Field(ge=0, le=50)]


class TalkOut(Schema):
    """`names` says how those who contribute are shown: name, building or anonymous."""

    id: int
    matter: str
    question: str
    intro: str
    place: int
    place_name: str
    names: str
    open: bool
    opened_at: datetime
    closes_at: datetime
    participants: int
    heard: str


class TalkPageOut(Schema):
    items: list[TalkOut]
    next_cursor: int | None


class SaidOut(Schema):
    """Counts are null while fewer than three have voted. `mine` is the caller's own standing mark."""

    id: int
    number: int
    kind: str
    text: str
    who: str
    side: str
    source: str
    at: datetime
    agree: int | None
    disagree: int | None
    passes: int | None
    mine: str


class ExpertOut(Schema):
    id: int
    name: str
    capacity: str


class AnswerOut(Schema):
    who: str
    text: str
    at: datetime


class QuestionOut(SaidOut):
    answers: list[AnswerOut]


class NextOut(Schema):
    """The statement to vote on next (null when none is left), and how many are left."""

    statement: SaidOut | None
    left: int


class GroupOut(Schema):
    name: str
    size: int
    statements: list[dict[str, Any]]


class MapOut(Schema):
    """Without groups `why_none` says why. No person is on it."""

    votes: int
    counted: int
    why_none: str
    groups: list[GroupOut]
    shared: list[dict[str, Any]]


class RulingOut(Schema):
    id: int
    number: int
    kind: str
    rule: str
    reason: str
    who: str
    at: datetime
    appealed: bool
    outcome: str
    outcome_reason: str
    decided_at: datetime | None


class TalkDoneOut(Schema):
    done: bool


class OpenTalkIn(Input):
    matter: Annotated[str, at_most(24, shortest=1)]
    question: Annotated[str, at_most(120, shortest=1)]
    closes_at: datetime
    intro: Annotated[str, at_most(2000)] = ""
    most_statements: Most = 5
    most_arguments: Most = 4
    most_questions: Most = 3


class SayIn(Input):
    kind: Annotated[str, at_most(10)]
    text: Annotated[str, at_most(1000, shortest=1)]
    side: Annotated[str, at_most(6)] = ""
    source: Annotated[str, at_most(300)] = ""
    person: Id | None = None
    once: Once = ""


class MarkIn(Input):
    """`choice`: agree, disagree or pass for a statement; agree for an argument or question; empty takes it back."""

    choice: Annotated[str, at_most(8)]
    person: Id | None = None


class ExpertIn(Input):
    """A unit by its number, or a person by name; who has an account answers themselves."""

    name: Annotated[str, at_most(60)] = ""
    capacity: Annotated[str, at_most(80)] = ""
    unit: Id | None = None
    username: Annotated[str, at_most(60)] = ""


class TalkAnswerIn(Input):
    text: Annotated[str, at_most(2000, shortest=1)]
    expert: Id | None = None


class TalkReportIn(Input):
    rule: Annotated[str, at_most(12)]
    text: Annotated[str, at_most(200)] = ""


class TalkHideIn(Input):
    rule: Annotated[str, at_most(12)]
    reason: Annotated[str, at_most(200)]


class AppealIn(Input):
    text: Annotated[str, at_most(300)]


class DecideIn(Input):
    outcome: Annotated[str, at_most(8)]
    reason: Annotated[str, at_most(200)]


class EndTalkIn(Input):
    heard: Words


class ExtendTalkIn(Input):
    closes_at: datetime

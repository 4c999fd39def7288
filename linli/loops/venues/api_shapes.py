"""What venues look like in JSON, coming out and going in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from ninja import Schema
from pydantic import AwareDatetime, Field

from linli.loops.venues.actions import keeping, rating
from linli.web.jsonapi import Cursor, Id, Input, Limit, at_most

Count = Annotated[int, Field(ge=1, le=1_000_000)]
Minute = Annotated[int, Field(ge=0, le=1440)]
Day = Annotated[list[Annotated[list[Minute], Field(min_length=2, max_length=2)]], Field(max_length=12)]
Words = Annotated[str, at_most(600)]


# --- shapes out --------------------------------------------------------------------------------------------------------------
class OpenNowOut(Schema):
    """`by`: "log" when somebody logged it, "hours" when only the promise says so, "" when nothing is promised."""

    open: bool
    by: str
    until: datetime | None
    next_at: datetime | None


class VenueOut(Schema):
    id: int
    ref: str
    name: str
    place: int
    place_name: str
    address: str
    phone: str
    state: str
    latitude: float | None
    longitude: float | None
    metres: int | None
    now: OpenNowOut
    week: list[list[list[int]]] | None


class VenuePageOut(Schema):
    items: list[VenueOut]
    next_cursor: int | None


class FindingOut(Schema):
    """One standard: `have`, `need`, `short` and `over` are exact ("25/2") in `unit`; empty where nothing is counted."""

    standard: str
    group: str
    name: str
    state: str
    unit: str
    have: str
    need: str
    short: str
    over: str
    why: str
    takes: str
    cites: list[str]
    confidence: str


class YearOut(Schema):
    """`share` is exact; null without an answer."""

    year: int
    satisfied: int
    answers: int
    share: str | None


class ExceptionOut(Schema):
    day: date
    spans: list[list[int]]


class WholeVenueOut(VenueOut):
    about: str
    area: int | None
    area_per_household: str | None
    households: int | None
    households_counted: bool
    seats: int | None
    traits: list[str]
    has: dict[str, bool]
    functions: list[str] | None
    staff: dict[str, int]
    cost_fen: int | None
    cost_year: int | None
    exceptions: list[ExceptionOut]
    findings: list[FindingOut]
    years: list[YearOut]
    exit_cases: list[str]
    version: int


class OpeningOut(Schema):
    id: int
    opened_at: datetime
    closed_at: datetime | None
    source: str
    note: str
    struck: bool


class VenueStandardOut(Schema):
    code: str
    group: str
    measure: str
    op: str
    name: str
    value: str
    most: str | None
    unit: str
    item: str
    households_from: int | None
    households_to: int | None
    types: list[str]
    cites: list[str]
    confidence: str


# --- shapes in ---------------------------------------------------------------------------------------------------------------
class VenuesChosen(Schema):
    place: Id | None = None
    q: Annotated[str, at_most(80)] = ""
    open_now: bool = False
    accessible: bool = False
    evening: bool = False
    weekend: bool = False
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    datum: Annotated[str, Field(pattern="^(wgs84|gcj02)$")] = "wgs84"
    cursor: Cursor | None = None
    limit: Limit = 30


class VenueIn(Input):
    place: Id
    name: Annotated[str, at_most(60, shortest=1)]
    address: Annotated[str, at_most(120)] = ""
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    datum: Annotated[str, Field(pattern="^(wgs84|gcj02)$")] = "wgs84"
    phone: Annotated[str, at_most(20)] = ""
    about: Words = ""
    area: Annotated[int, Field(ge=1, le=keeping.LARGEST_AREA)] | None = None
    seats: Count | None = None
    households: Count | None = None
    traits: Annotated[list[Annotated[str, at_most(40)]], Field(max_length=10)] = []
    has: Annotated[dict[Annotated[str, at_most(40)], bool], Field(max_length=100)] = {}
    functions: Annotated[list[Annotated[str, at_most(40)]], Field(max_length=20)] | None = None
    staff: Annotated[dict[Annotated[str, at_most(40)], Annotated[int, Field(ge=0, le=10_000)]], Field(max_length=20)] = {}
    cost_fen: Annotated[int, Field(ge=0, le=keeping.LARGEST_FEN)] | None = None
    cost_year: Annotated[int, Field(ge=2000, le=2100)] | None = None
    state: Annotated[str, at_most(10)] = "in_use"
    opened_on: date | None = None


class VenueChangeIn(VenueIn):
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


class HoursIn(Input):
    week: Annotated[list[Day], Field(min_length=7, max_length=7)]
    starts_on: date


class DayIn(Input):
    day: date
    spans: Day = []
    reason: Annotated[str, at_most(80, shortest=1)]


class DropDayIn(Input):
    day: date


class ShutIn(Input):
    at: AwareDatetime | None = None


class LogIn(Input):
    opened_at: AwareDatetime
    closed_at: AwareDatetime
    note: Annotated[str, at_most(120)] = ""


class StrikeIn(Input):
    reason: Annotated[str, at_most(120, shortest=1)]


class VisitRatingIn(Input):
    choice: Annotated[str, at_most(9)]
    comment: Annotated[str, at_most(200)] = ""


class PaperFormsIn(Input):
    day: date
    counts: Annotated[dict[Annotated[str, at_most(9)], Annotated[int, Field(ge=0, le=rating.MOST_FORMS)]], Field(max_length=3)]
    batch: Annotated[str, at_most(40)] = ""
    comment: Annotated[str, at_most(200)] = ""


class CloseVenueIn(Input):
    reason: Annotated[str, at_most(200, shortest=1)]

"""What elections tell the lake of facts: how each went, which bodies are in office from when until when, and who stood."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from linli.insight.measure.tables import Column, FactTable
from linli.kernel.people.facts import taking_part
from linli.kernel.places.fact_columns import WHERE, Midnight, above, marks, placed, yes
from linli.kernel.places.facts import Source, declare
from linli.kernel.places.models import Kind
from linli.loops.council.elections.models import Candidate, Election, Objection, Seat, State

ELECTIONS: Final = FactTable(
    name="election",
    kind="event",
    version=1,
    says_zh="选举",
    says_en="elections",
    at="opened_at",
    columns=(
        Column("opened_at", "moment", "开始时间", "opened at"),
        Column("elected_at", "moment", "产生时间", "elected at"),
        Column("state", "code", "状态", "state", tuple(State.values)),
        Column("body", "code", "选什么", "body"),
        Column("seats", "number", "席位", "seats"),
        Column("candidates", "number", "候选人数", "candidates"),
        Column("objections", "number", "异议数", "objections"),
        Column("filed", "yes", "已备案", "filed"),
        Column("compound", "number", "小区", "compound"),
    ),
)

OFFICES: Final = FactTable(
    name="office",
    kind="state",
    version=1,
    says_zh="任期中的组织",
    says_en="bodies in office",
    at="since_at",
    until="until_at",
    columns=(
        Column("since_at", "moment", "任期开始", "term from"),
        Column("until_at", "moment", "任期届满", "term until"),
        Column("body", "code", "哪个组织", "body"),
        Column("members", "number", "现任委员数", "members"),
        Column("seats", "number", "席位", "seats"),
        Column("filed", "yes", "已备案", "filed"),
        Column("compound", "number", "小区", "compound"),
    ),
)


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.filter(election=OuterRef("pk")).order_by().values("election").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def _elections() -> QuerySet[Election]:
    return Election.objects.annotate(**placed("place_path"), part_compound=above("place_path", Kind.COMPOUND)).order_by("pk")


def _in_office() -> QuerySet[Election]:
    """Bodies whose term has been set; one that ended early ended when its last seat did."""
    found = _elections().filter(term_from__isnull=False, state__in=(State.IN_OFFICE, State.ENDED))
    return found.annotate(
        since_at=Midnight("term_from"),
        until_at=Midnight("term_until"),
        part_members=_count(Seat.objects.filter(kind=Seat.Kind.MEMBER, until_on=None)),
    )


def _changed(*moments: str, numbers: tuple[str, ...] = ()) -> dict[str, Any]:
    return marks(
        moments=moments,
        numbers=("version", "line_count", "part_compound", "in_street", "in_community", *numbers),
        flags=(~Q(filing_number=""),),
        codes={"state": State.values},
    )


declare(
    Source(
        table=ELECTIONS,
        rows=_elections,
        where=WHERE,
        moment="opened_at",
        columns=(
            F("opened_at"),
            F("elected_at"),
            F("state"),
            F("body"),
            F("seats"),
            _count(Candidate.objects.filter(state=Candidate.State.ACCEPTED)),
            _count(Objection.objects.all()),
            yes(~Q(filing_number="")),
            F("part_compound"),
        ),
        changed=_changed("opened_at", "elected_at"),
    )
)
declare(
    Source(
        table=OFFICES,
        rows=_in_office,
        where=WHERE,
        moment="since_at",
        columns=(
            F("since_at"),
            F("until_at"),
            F("body"),
            F("part_members"),
            F("seats"),
            yes(~Q(filing_number="")),
            F("part_compound"),
        ),
        changed=_changed("since_at", "until_at", numbers=("part_members",)),
    )
)


def _candidates() -> QuerySet[Candidate]:
    """Who agreed to stand."""
    found = Candidate.objects.filter(consent=Candidate.Consent.GIVEN)
    return found.annotate(**placed("election__place_path")).order_by("pk")


taking_part(
    "elections.stood",
    _candidates,
    act="stood",
    about="election",
    moment="at",
    where=WHERE,
    channel=F("channel"),
    home="home_id",
)

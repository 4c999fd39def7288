"""What talks tell the lake of facts: how many took part and were answered, and who contributed or marked; never what they said or thought."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from linli.insight.measure.tables import Column, FactTable
from linli.kernel.people.facts import taking_part
from linli.kernel.places.fact_columns import Where, marks, through, yes
from linli.kernel.places.facts import MinutesTo, Source, declare
from linli.loops.council.talks.models import Answer, Contribution, Kind, Mark, Talk

WHERE: Final[Where] = ("pk", "matter__district_id", "matter__street_id", "matter__community_id")

TABLE: Final = FactTable(
    name="talk",
    kind="event",
    version=1,
    says_zh="线上议事",
    says_en="talks",
    at="opened_at",
    columns=(
        Column("opened_at", "moment", "开始时间", "opened at"),
        Column("closes_at", "moment", "截止时间", "closes at"),
        Column("told_at", "moment", "公布收获的时间", "outcome told at"),
        Column("minutes_to_told", "number", "到公布收获的分钟数", "minutes until told"),
        Column("about", "code", "属于哪类事项", "of what", ("request", "motion")),
        Column("heard", "yes", "写明了听到什么", "said what was heard"),
        Column("participants", "number", "参与人数", "participants"),
        Column("contributions", "number", "发言数", "contributions"),
        Column("hidden", "number", "被隐藏的发言数", "contributions hidden"),
        Column("marks", "number", "表态数", "marks"),
        Column("questions", "number", "提问数", "questions"),
        Column("questions_answered", "number", "已答复的提问数", "questions answered"),
    ),
)


def _count(rows: QuerySet[Any], talk: str = "talk") -> Coalesce:
    counted = rows.filter(**{talk: OuterRef("pk")}).order_by().values(talk).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


_answered = Contribution.objects.filter(Exists(Answer.objects.filter(question=OuterRef("pk"))), kind=Kind.QUESTION)


def _talks() -> QuerySet[Talk]:
    return Talk.objects.annotate(
        part_marks=_count(Mark.objects.all(), "contribution__talk"),
        part_answered=_count(_answered),
        part_hidden=_count(Contribution.objects.filter(hidden_at__isnull=False)),
    ).order_by("pk")


declare(
    Source(
        table=TABLE,
        rows=_talks,
        where=WHERE,
        moment="opened_at",
        columns=(
            F("opened_at"),
            Coalesce(F("closed_at"), F("closes_at")),
            F("told_at"),
            MinutesTo("told_at"),
            F("matter__kind"),
            yes(~Q(heard="")),
            F("participant_count"),
            F("contribution_count"),
            F("part_hidden"),
            F("part_marks"),
            _count(Contribution.objects.filter(kind=Kind.QUESTION)),
            F("part_answered"),
        ),
        changed=marks(
            moments=("opened_at", "closes_at", "closed_at", "told_at"),
            numbers=("participant_count", "contribution_count", "part_marks", "part_answered", "part_hidden", *WHERE[1:]),
            flags=(~Q(heard=""),),
        ),
    )
)


def _contributions() -> QuerySet[Contribution]:
    """What residents put in; what the office put in itself has no participant."""
    return Contribution.objects.filter(participant__isnull=False).order_by("pk")


def _marks() -> QuerySet[Mark]:
    return Mark.objects.order_by("pk")


taking_part(
    "talks.contributed",
    _contributions,
    act="contributed",
    about="talk",
    moment="at",
    where=through("talk", WHERE),
    channel=F("channel"),
    person="participant__person",
    account="",
)
taking_part(
    "talks.marked",
    _marks,
    act="marked",
    about="talk",
    moment="at",
    where=through("participant__talk", WHERE),
    channel=F("channel"),
    person="participant__person",
    account="",
)

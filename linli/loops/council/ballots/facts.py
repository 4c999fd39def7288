"""
What ballots tell the lake of facts: turnout and result of each, and who took part; never what anybody chose, named or secret.

That somebody voted is told only once the ballot is closed, and as of when it closed: who came when says nothing about anybody's choice.
"""

from __future__ import annotations

from typing import Final

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from linli.insight.measure.tables import Column, FactTable
from linli.kernel.people.facts import taking_part
from linli.kernel.places.fact_columns import Where, marks, through, yes
from linli.kernel.places.facts import Source, declare
from linli.kernel.rolls.models import RollKind
from linli.loops.council.ballots.models import Ballot, Channel, Kind, Secrecy, State, Vote
from linli.loops.council.motions.rules import RUNGS, TIERS, TOPICS

OVER: Final = (State.CLOSED, State.COUNTED)
WHERE: Final[Where] = ("pk", "motion__matter__district_id", "motion__matter__street_id", "motion__matter__community_id")

TABLE: Final = FactTable(
    name="ballot",
    kind="event",
    version=1,
    says_zh="表决",
    says_en="ballots",
    at="closed_at",
    columns=(
        Column("closed_at", "moment", "截止时间", "closed at"),
        Column("opened_at", "moment", "开始时间", "opened at"),
        Column("counted_at", "moment", "计票时间", "counted at"),
        Column("state", "code", "状态", "state", tuple(State.values)),
        Column("kind", "code", "种类", "kind", tuple(Kind.values)),
        Column("secret", "yes", "无记名", "secret"),
        Column("consultative", "yes", "只征求意见", "consultative"),
        Column("passed", "yes", "通过", "passed"),
        Column("roll_kind", "code", "名册种类", "kind of roll", tuple(RollKind.values)),
        Column("tier", "code", "层级", "tier", tuple(TIERS)),
        Column("rung", "code", "参与深度", "rung of participation", tuple(RUNGS)),
        Column("topic", "code", "主题", "topic", tuple(TOPICS)),
        Column("entitled", "number", "应投票数", "entitled"),
        Column("cast", "number", "投票数", "cast"),
        *(Column(f"cast_{channel.value}", "number", f"{channel.value}：投票数", f"cast: {channel.value}") for channel in Channel),
    ),
)


def _cast(**which: str) -> Coalesce:
    found = Vote.objects.filter(ballot=OuterRef("pk"), state=Vote.State.STANDS, **which).order_by().values("ballot")
    return Coalesce(Subquery(found.annotate(n=Count("pk")).values("n")), 0)


def _ballots() -> QuerySet[Ballot]:
    """Those that are over: an open ballot's turnout is for its own page."""
    return Ballot.objects.filter(state__in=OVER).annotate(part_cast=_cast()).order_by("pk")


declare(
    Source(
        table=TABLE,
        rows=_ballots,
        where=WHERE,
        moment="closed_at",
        columns=(
            F("closed_at"),
            F("opened_at"),
            F("counted_at"),
            F("state"),
            F("kind"),
            yes(Q(secrecy=Secrecy.SECRET)),
            F("consultative"),
            F("passed"),
            F("roll__kind"),
            F("motion__tier"),
            F("motion__rung"),
            F("motion__topic"),
            F("roll__voter_count"),
            F("part_cast"),
            *(_cast(channel=channel.value) for channel in Channel),
        ),
        changed=marks(
            moments=("closed_at", "counted_at"),
            numbers=("version", "part_cast", "roll__voter_count", *WHERE[1:]),
            flags=(Q(passed=True), Q(passed=False)),
            codes={"state": State.values},
        ),
    )
)


def _votes() -> QuerySet[Vote]:
    return Vote.objects.filter(state=Vote.State.STANDS, ballot__state__in=OVER).order_by("pk")


taking_part(
    "ballots.voted",
    _votes,
    act="voted",
    about="ballot",
    moment="ballot__closed_at",
    where=through("ballot", WHERE),
    channel=F("channel"),
)

"""What matters of every kind tell the lake of facts: what was judged, what each unit owed, and who raised, joined and judged."""

from __future__ import annotations

from typing import Final

from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from linli.insight.measure.tables import Column, FactTable
from linli.kernel.accounts.models import UnitKind
from linli.kernel.matters.models import Party, Rating, WorkOrder
from linli.kernel.people.facts import ABOUT, not_erased, special_then, taking_part
from linli.kernel.places.fact_columns import Where, marks, yes
from linli.kernel.places.facts import MinutesTo, Source, declare

WHERE: Final[Where] = ("pk", "matter__district_id", "matter__street_id", "matter__community_id")
KINDS: Final = ("request", "motion")

RATINGS: Final = FactTable(
    name="rating",
    kind="event",
    version=1,
    says_zh="评价",
    says_en="ratings",
    at="at",
    columns=(
        Column("at", "moment", "评价时间", "rated at"),
        Column("about", "code", "评价的是什么", "of what", ABOUT),
        Column("group", "code", "大类", "group of categories"),
        Column("outcome", "code", "结果", "outcome", tuple(Rating.Outcome.values)),
        Column("answered", "yes", "有答复", "answered"),
        Column("solved", "yes", "解决了", "solved"),
        Column("satisfied", "yes", "满意", "satisfied"),
        Column("round", "number", "第几轮", "round"),
        Column("channel", "code", "渠道", "channel"),
        Column("recorded", "yes", "由工作人员登记", "recorded by a worker"),
        Column("special", "yes", "重点关怀人群的评价", "by somebody of a group with special care"),
        Column("person", "person", "评价人", "who rated"),
    ),
)

ORDERS: Final = FactTable(
    name="order",
    kind="event",
    version=1,
    says_zh="工单",
    says_en="work orders",
    at="opened_at",
    columns=(
        Column("opened_at", "moment", "派出时间", "opened at"),
        Column("reported_at", "moment", "报到时间", "reported in at"),
        Column("due_at", "moment", "时限", "due at"),
        Column("closed_at", "moment", "完成时间", "closed at"),
        Column("minutes_to_report", "number", "到报到的分钟数", "minutes until reporting in"),
        Column("minutes_to_close", "number", "到完成的分钟数", "minutes until closed"),
        Column("about", "code", "属于哪类事项", "of what", ABOUT),
        Column("task", "code", "任务", "task", tuple(WorkOrder.Task.values)),
        Column("state", "code", "状态", "state", tuple(WorkOrder.State.values)),
        Column("lead", "yes", "牵头", "leads"),
        Column("late", "yes", "超期", "was late"),
        Column("unit", "number", "单位", "unit"),
        Column("unit_kind", "code", "单位类别", "kind of unit", tuple(UnitKind.values)),
    ),
)


def _ratings() -> QuerySet[Rating]:
    found = Rating.objects.filter(matter__kind__in=KINDS).annotate(
        part_person=Coalesce(not_erased("person"), not_erased("account__person"))
    )
    return found.annotate(part_special=special_then("part_person", "at")).order_by("pk")


declare(
    Source(
        table=RATINGS,
        rows=_ratings,
        where=WHERE,
        moment="at",
        columns=(
            F("at"),
            F("matter__kind"),
            Coalesce(F("matter__category__parent__code"), F("matter__category__code")),
            F("outcome"),
            F("answered"),
            F("solved"),
            F("satisfied"),
            F("round"),
            F("channel"),
            yes(Q(recorded_by__isnull=False)),
            F("part_special"),
            F("part_person"),
        ),
        changed=marks(
            moments=("at",),
            numbers=("part_person", "matter__category_id", *WHERE[1:]),
            flags=(
                Q(answered=True),
                Q(answered=False),
                Q(solved=True),
                Q(solved=False),
                Q(satisfied=True),
                Q(satisfied=False),
                Q(part_special=True),
            ),
            codes={"outcome": Rating.Outcome.values},
        ),
    )
)


def _orders() -> QuerySet[WorkOrder]:
    return WorkOrder.objects.filter(matter__kind__in=KINDS).order_by("pk")


declare(
    Source(
        table=ORDERS,
        rows=_orders,
        where=WHERE,
        moment="opened_at",
        columns=(
            F("opened_at"),
            F("reported_at"),
            F("due_at"),
            F("closed_at"),
            MinutesTo("reported_at"),
            MinutesTo("closed_at"),
            F("matter__kind"),
            F("task"),
            F("state"),
            F("lead"),
            F("was_late"),
            F("unit_id"),
            F("unit__kind"),
        ),
        changed=marks(
            moments=("opened_at", "reported_at", "due_at", "closed_at"),
            numbers=("unit_id", *WHERE[1:]),
            flags=(Q(lead=True), Q(was_late=True)),
            codes={"task": WorkOrder.Task.values, "state": WorkOrder.State.values, "unit__kind": UnitKind.values},
        ),
    )
)


def _parties() -> QuerySet[Party]:
    """Who raised or joined something that others may see: what is still being drafted is nobody's business."""
    return Party.objects.filter(matter__kind__in=KINDS).exclude(role=Party.Role.RECORDER).exclude(matter__state="draft").order_by("pk")


def _by_residents() -> QuerySet[Rating]:
    return Rating.objects.filter(matter__kind__in=KINDS, outcome=Rating.Outcome.RATED).order_by("pk")


taking_part(
    "matters.raised",
    _parties,
    act=Case(
        When(role=Party.Role.ME_TOO, then=Value("joined")), When(matter__kind="motion", then=Value("proposed")), default=Value("raised")
    ),
    about=F("matter__kind"),
    moment="joined_at",
    where=WHERE,
    channel=F("matter__channel"),
)
taking_part(
    "matters.rated",
    _by_residents,
    act="rated",
    about=F("matter__kind"),
    moment="at",
    where=WHERE,
    channel=F("channel"),
)

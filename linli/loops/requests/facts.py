"""What requests tell the lake of facts: each request once, by the month it was raised, as it stands today."""

from __future__ import annotations

from django.db.models import Case, Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from linli.insight.measure.tables import Column, FactTable
from linli.kernel.accounts.models import UnitKind
from linli.kernel.matters.models import Clock, Grade, Link, Matter, Party, Urgency, WorkOrder
from linli.kernel.people.facts import not_erased, special_then
from linli.kernel.people.models import Person
from linli.kernel.places.fact_columns import AGES, age, marks
from linli.kernel.places.facts import MinutesTo, Source, declare
from linli.law import packs
from linli.loops.requests.rules import CHANNELS, KIND, STATES

TABLE = FactTable(
    name="request",
    kind="event",
    version=2,
    says_zh="诉求",
    says_en="requests",
    at="raised_at",
    columns=(
        Column("raised_at", "moment", "提出时间", "raised at"),
        Column("answered_at", "moment", "首次人工答复时间", "first answered by a person at"),
        Column("resolved_at", "moment", "办结时间", "resolved at"),
        Column("closed_at", "moment", "结束时间", "closed at"),
        Column("answer_due_at", "moment", "首次答复时限", "first answer due at"),
        Column("answer_met_at", "moment", "首次答复兑现时间", "first answer given at"),
        Column("resolve_due_at", "moment", "办结时限", "resolution due at"),
        Column("resolve_met_at", "moment", "办结兑现时间", "resolution given at"),
        Column("minutes_to_answer", "number", "到首次答复的分钟数", "minutes to the first answer"),
        Column("minutes_to_resolve", "number", "到办结的分钟数", "minutes to resolution"),
        Column("state", "code", "状态", "state", tuple(s.code for s in STATES)),
        Column("open", "yes", "未结束", "open"),
        Column("category", "code", "类别", "category"),
        Column("group", "code", "大类", "group of categories"),
        Column("channel", "code", "来源", "channel", tuple(CHANNELS)),
        Column("urgency", "code", "紧急程度", "urgency", tuple(Urgency.values)),
        Column("grade", "code", "难易", "grade", ("", *Grade.values)),
        Column("public", "yes", "公开", "public"),
        Column("excluded", "yes", "依法不计入", "lawfully excluded"),
        Column("late", "yes", "有过超期", "was late"),
        Column("reopened", "number", "重新办理次数", "times reopened"),
        Column("me_too", "number", "也遇到的人数", "others who met it too"),
        Column("rated_answered", "yes", "评价：有答复", "rated: answered"),
        Column("rated_solved", "yes", "评价：解决了", "rated: solved"),
        Column("rated_satisfied", "yes", "评价：满意", "rated: satisfied"),
        Column("departments", "number", "叫到的部门数", "departments called"),
        Column("repeats", "yes", "办结后同一户再次反映", "the same household raises again what was resolved"),
        Column("sort", "code", "种类", "kind of request", ("", *(kind.code for kind in packs.request_kinds()))),
        Column("raiser", "person", "提出人", "who raised it"),
        Column("age", "code", "提出人当时的年龄段", "age group of who raised it", AGES),
        Column("special", "yes", "提出人属于重点关怀人群", "raised by somebody of a group with special care"),
    ),
)


def _clock(subject: str, column: str) -> Subquery:
    found = Clock.objects.filter(matter=OuterRef("pk"), subject=subject, order=None, cancelled_at=None).order_by("pk")
    return Subquery(found.values(column)[:1])


def _departments() -> Coalesce:
    called = WorkOrder.objects.filter(matter=OuterRef("pk"), unit__kind=UnitKind.DEPARTMENT).exclude(state=WorkOrder.State.RECALLED)
    counted = called.order_by().values("matter").annotate(n=Count("unit", distinct=True)).values("n")
    return Coalesce(Subquery(counted), 0)


def rows() -> QuerySet[Matter]:
    """Every request; what was merged into another is told by its state."""
    raiser = Party.objects.filter(matter=OuterRef("pk"), role=Party.Role.RAISER).order_by("pk")
    who = raiser.annotate(who=Coalesce(not_erased("person"), not_erased("account__person"))).values("who")[:1]
    born = Person.objects.filter(pk=OuterRef("part_person")).values("born_on")
    found = Matter.objects.filter(kind=KIND).annotate(part_person=Subquery(who)).annotate(part_born=Subquery(born))
    return found.annotate(
        part_age=Case(When(part_person=None, then=Value("")), default=age("part_born", F("raised_at"))),
        part_special=special_then("part_person", "raised_at"),
    ).order_by("pk")


SOURCE = Source(
    table=TABLE,
    rows=rows,
    where=("pk", "district_id", "street_id", "community_id"),
    moment="raised_at",
    columns=(
        F("raised_at"),
        F("answered_at"),
        F("resolved_at"),
        F("closed_at"),
        _clock("first_answer", "due_at"),
        _clock("first_answer", "met_at"),
        _clock("resolve", "due_at"),
        _clock("resolve", "met_at"),
        MinutesTo("answered_at"),
        MinutesTo("resolved_at"),
        F("state"),
        F("is_open"),
        F("category__code"),
        Coalesce(F("category__parent__code"), F("category__code")),
        F("channel"),
        F("urgency"),
        F("grade"),
        Q(visibility="public"),
        ~Q(excluded=""),
        F("was_late"),
        F("reopened"),
        F("me_too"),
        F("rated_answered"),
        F("rated_solved"),
        F("rated_satisfied"),
        _departments(),
        Exists(
            Link.objects.filter(
                source=OuterRef("pk"), kind=Link.Kind.REPEATS, ended_at=None, target__resolved_at__lte=OuterRef("raised_at")
            )
        ),
        F("sort_of"),
        F("part_person"),
        F("part_age"),
        F("part_special"),
    ),
    changed={
        "count": Count("pk"),
        "version": Sum("version"),
        "entries": Sum("entry_count"),
        "last": Max("updated_at"),
        "met": Sum("me_too"),
        # Who was erased since must vanish from the lake as well, though no matter changed.
        **{
            f"who_{name}": ask
            for name, ask in marks(numbers=("part_person",), flags=(Q(part_special=True),), codes={"part_age": AGES}).items()
            if name.startswith("sum")
        },
    },
)

declare(SOURCE)

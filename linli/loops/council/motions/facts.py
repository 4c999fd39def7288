"""What motions tell the lake of facts: each motion as it stands, the tasks of its resolution, who seconded it and who watched over it."""

from __future__ import annotations

from typing import Final

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from linli.insight.measure.tables import Column, FactTable
from linli.kernel.accounts.models import UnitKind
from linli.kernel.matters.models import Party
from linli.kernel.people.facts import not_erased, taking_part
from linli.kernel.places.fact_columns import LocalDay, Midnight, Where, marks, through, yes
from linli.kernel.places.facts import MinutesTo, Source, declare
from linli.loops.council.motions.models import Announcement, Decision, Document, Motion, Objection, Opinion, Second, Supervisor, Task
from linli.loops.council.motions.rules import BODIES, ORIGINS, POWERS, RUNGS, STATES, TIERS, TOPICS

DONE: Final = ("rating", "closed")
"""States in which the supervisors have accepted the work."""
CARRIED: Final = ("carrying", "accepting", *DONE)
WHERE: Final[Where] = ("pk", "matter__district_id", "matter__street_id", "matter__community_id")
OF_MOTION: Final = through("motion", WHERE)

MOTIONS: Final = FactTable(
    name="motion",
    kind="event",
    version=1,
    says_zh="议题",
    says_en="motions",
    at="raised_at",
    columns=(
        Column("raised_at", "moment", "提出时间", "raised at"),
        Column("submitted_at", "moment", "提交时间", "submitted at"),
        Column("banked_at", "moment", "入库时间", "banked at"),
        Column("decided_at", "moment", "最近一次决定的时间", "last decided at"),
        Column("posted_at", "moment", "结果公示时间", "result posted at"),
        Column("resolved_at", "moment", "决议生效时间", "resolution in force at"),
        Column("closed_at", "moment", "结束时间", "closed at"),
        Column("minutes_to_bank", "number", "到入库的分钟数", "minutes until banked"),
        Column("minutes_to_decide", "number", "到决定的分钟数", "minutes until decided"),
        Column("state", "code", "状态", "state", tuple(s.code for s in STATES)),
        Column("open", "yes", "未结束", "open"),
        Column("tier", "code", "层级", "tier", tuple(TIERS)),
        Column("rung", "code", "参与深度", "rung of participation", tuple(RUNGS)),
        Column("topic", "code", "主题", "topic", tuple(TOPICS)),
        Column("origin", "code", "来源", "origin", tuple(ORIGINS)),
        Column("power", "code", "由谁决定", "whose decision", ("", *POWERS)),
        Column("road", "code", "议事的路", "road"),
        Column("passed", "yes", "最近一次决定通过", "last decision passed"),
        Column("how", "code", "怎样决定", "how decided"),
        Column("body", "code", "最近一次由谁决定", "last decided by", tuple(BODIES)),
        Column("carried_out", "yes", "已落实并验收", "carried out and accepted"),
        Column("carrying", "yes", "已形成决议", "resolved"),
        Column("announced", "yes", "表决前公告过", "announced before deciding"),
        Column("legal_opinion", "yes", "有法律意见", "has a legal opinion"),
        Column("supervised", "yes", "有居民监督员", "watched by residents"),
        Column("seconds", "number", "附议户数", "homes that seconded"),
        Column("homes", "number", "涉及户数", "homes concerned"),
        Column("objections", "number", "异议数", "objections"),
        Column("upheld", "number", "成立的异议数", "objections upheld"),
        Column("tasks", "number", "任务数", "tasks"),
        Column("late_tasks", "number", "逾期任务数", "late tasks"),
        Column("budget_fen", "number", "预算（分）", "budget (fen)"),
        Column("raiser", "person", "提出人", "who raised it"),
    ),
)

TASKS: Final = FactTable(
    name="task",
    kind="event",
    version=1,
    says_zh="决议任务",
    says_en="tasks of resolutions",
    at="due_at",
    columns=(
        Column("due_at", "moment", "到期日", "due on"),
        Column("done_at", "moment", "完成时间", "done at"),
        Column("opened_at", "moment", "分配时间", "given at"),
        Column("done", "yes", "已完成", "done"),
        Column("in_time", "yes", "按期完成", "done in time"),
        Column("accepted", "yes", "已验收", "accepted"),
        Column("stands", "yes", "决议有效", "resolution stands"),
        Column("supervised", "yes", "有居民监督员", "watched by residents"),
        Column("unit", "number", "负责单位", "unit"),
        Column("unit_kind", "code", "单位类别", "kind of unit", tuple(UnitKind.values)),
        Column("budget_fen", "number", "预算（分）", "budget (fen)"),
        Column("spent_fen", "number", "支出（分）", "spent (fen)"),
        Column("motion", "number", "议题", "motion"),
    ),
)


def _last(column: str) -> Subquery:
    """Of the last decision that was not annulled."""
    found = Decision.objects.filter(motion=OuterRef("pk"), annulled_at=None).order_by("-decided_at", "-pk")
    return Subquery(found.values(column)[:1])


def _objections(**which: str) -> Coalesce:
    found = Objection.objects.filter(decision__motion=OuterRef("pk"), **which).order_by().values("decision__motion")
    return Coalesce(Subquery(found.annotate(n=Count("pk")).values("n")), 0)


def _tasks(late: bool = False) -> Coalesce:
    found = Task.objects.filter(motion=OuterRef("pk"))
    if late:
        found = found.annotate(day=LocalDay("done_at")).filter(day__gt=F("due_on"))
    return Coalesce(Subquery(found.order_by().values("motion").annotate(n=Count("pk")).values("n")), 0)


def _motions() -> QuerySet[Motion]:
    """Every motion that was submitted; a draft is its author's business."""
    raiser = Party.objects.filter(matter=OuterRef("pk"), role=Party.Role.RAISER).order_by("pk")
    return (
        Motion.objects.exclude(matter__state="draft")
        .annotate(
            part_raiser=Subquery(raiser.annotate(who=Coalesce(not_erased("person"), not_erased("account__person"))).values("who")[:1])
        )
        .order_by("pk")
    )


declare(
    Source(
        table=MOTIONS,
        rows=_motions,
        where=WHERE,
        moment="matter__raised_at",
        columns=(
            F("matter__raised_at"),
            F("submitted_at"),
            F("banked_at"),
            _last("decided_at"),
            _last("posted_at"),
            _last("confirmed_at"),
            F("matter__closed_at"),
            MinutesTo("banked_at"),
            MinutesTo("decided_at"),
            F("matter__state"),
            F("matter__is_open"),
            F("tier"),
            F("rung"),
            F("topic"),
            F("origin"),
            F("power"),
            F("road_code"),
            _last("passed"),
            _last("how"),
            _last("body"),
            yes(Q(matter__state__in=DONE)),
            yes(Q(matter__state__in=CARRIED)),
            Exists(Announcement.objects.filter(motion=OuterRef("pk"), taken_back_at=None)),
            Exists(Document.objects.filter(motion=OuterRef("pk"), kind="legal_opinion")),
            Exists(Supervisor.objects.filter(motion=OuterRef("pk"))),
            F("second_count"),
            F("home_count"),
            _objections(),
            _objections(outcome=Objection.Outcome.UPHELD),
            _tasks(),
            _tasks(late=True),
            F("budget_fen"),
            F("part_raiser"),
        ),
        # Every act on a motion is a turn, which moves the matter's version on; only erasing goes past it.
        changed=marks(
            moments=("matter__updated_at",),
            numbers=("matter__version", "matter__entry_count", "second_count", "part_raiser", *WHERE[1:]),
            codes={"matter__state": [s.code for s in STATES]},
        ),
    )
)


def _resolved_tasks() -> QuerySet[Task]:
    return Task.objects.annotate(due_at=Midnight("due_on")).order_by("pk")


declare(
    Source(
        table=TASKS,
        rows=_resolved_tasks,
        where=OF_MOTION,
        moment="due_at",
        columns=(
            F("due_at"),
            F("done_at"),
            F("order__opened_at"),
            yes(Q(done_at__isnull=False)),
            yes(Q(done_at__isnull=False) & Q(due_on__gte=LocalDay("done_at"))),
            yes(Q(motion__matter__state__in=DONE)),
            yes(Q(motion__matter__state__in=CARRIED)),
            Exists(Supervisor.objects.filter(motion=OuterRef("motion"))),
            F("unit_id"),
            F("unit__kind"),
            F("budget_fen"),
            F("spent_fen"),
            F("motion_id"),
        ),
        changed=marks(
            moments=("due_at", "done_at", "motion__matter__updated_at"),
            numbers=("motion__matter__version", "unit_id", "spent_fen", *OF_MOTION[1:]),
            codes={"motion__matter__state": [s.code for s in STATES]},
        ),
    )
)


def _seconds() -> QuerySet[Second]:
    return Second.objects.exclude(motion__matter__state="draft").order_by("pk")


taking_part(
    "motions.seconded",
    _seconds,
    act="seconded",
    about="motion",
    moment="at",
    where=OF_MOTION,
    channel=F("channel"),
    home="home_id",
)


def _opinions() -> QuerySet[Opinion]:
    return Opinion.objects.order_by("pk")


taking_part(
    "motions.watched",
    _opinions,
    act="watched",
    about="motion",
    moment="at",
    where=through("supervisor", OF_MOTION),
    channel=F("channel"),
    person="supervisor__person",
    account="supervisor__account",
)

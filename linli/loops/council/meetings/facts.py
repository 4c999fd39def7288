"""What meetings tell the lake of facts: each meeting with its quorum and its minutes, who came and who spoke; nothing of what was said."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest

from linli.insight.measure.tables import Column, FactTable
from linli.kernel.people.facts import not_erased, taking_part
from linli.kernel.places.fact_columns import WHERE, above, marks, placed, yes
from linli.kernel.places.facts import MinutesTo, Source, declare
from linli.kernel.places.models import Kind
from linli.loops.council.meetings.models import AgendaItem, Attendee, Body, Meeting, Outcome, Presence, Speech, State, Stay

HELD: Final = (State.ENDED, State.CONFIRMED, State.PUBLISHED)

TABLE: Final = FactTable(
    name="meeting",
    kind="event",
    version=1,
    says_zh="会议",
    says_en="meetings",
    at="starts_at",
    columns=(
        Column("starts_at", "moment", "定的开会时间", "planned for"),
        Column("noticed_at", "moment", "通知时间", "noticed at"),
        Column("opened_at", "moment", "开会时间", "opened at"),
        Column("ended_at", "moment", "散会时间", "ended at"),
        Column("confirmed_at", "moment", "纪要确认时间", "minutes confirmed at"),
        Column("published_at", "moment", "纪要公布时间", "minutes published at"),
        Column("minutes_to_end", "number", "到散会的分钟数", "minutes until ended"),
        Column("state", "code", "状态", "state", tuple(State.values)),
        Column("body", "code", "哪个会", "body", tuple(Body.values)),
        Column("held", "yes", "开过了", "held"),
        Column("entitled", "number", "应到人数", "entitled"),
        Column("came", "number", "到会人数", "came"),
        Column("came_online", "number", "线上到会人数", "came online"),
        Column("quorum_met", "yes", "达到法定人数", "quorum met"),
        Column("items", "number", "议题数", "items"),
        Column("items_deferred", "number", "留待下次的议题数", "items deferred"),
        Column("items_of_matters", "number", "由诉求或议题转来的议程数", "items of matters"),
        Column("speeches", "number", "发言数", "speeches"),
        Column("over_time", "number", "超时的发言数", "speeches over time"),
        Column("outcomes", "number", "形成的意见和任务数", "decisions and tasks"),
        Column("compound", "number", "小区", "compound"),
    ),
)

LOOKED_BACK: Final = 6
"""Sessions looked back on, to see whether always the same people come."""

ATTENDANCE: Final = FactTable(
    name="attendance",
    kind="event",
    version=1,
    says_zh="到会",
    says_en="attendance",
    at="at",
    columns=(
        Column("at", "moment", "开会时间", "opened at"),
        Column("body", "code", "哪个会", "body", tuple(Body.values)),
        Column("present", "code", "怎样到会", "how present", tuple(Presence.values)),
        Column("entitled", "yes", "计入法定人数", "counts towards the quorum"),
        Column("regular", "yes", "近六次会议多数都到", "came to more than two thirds of the last six sessions"),
        Column("meeting", "number", "会议", "meeting"),
        Column("person", "person", "到会人", "who came"),
    ),
)


def _count(rows: QuerySet[Any]) -> Coalesce:
    counted = rows.filter(meeting=OuterRef("pk")).order_by().values("meeting").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)


def _came(present: str = "") -> QuerySet[Attendee]:
    stays = Stay.objects.filter(attendee=OuterRef("pk"), **({"present": present} if present else {}))
    return Attendee.objects.filter(Exists(stays))


def _meetings() -> QuerySet[Meeting]:
    entitled_came = _came().filter(entitled=True)
    return (
        Meeting.objects.annotate(
            **placed("place_path"),
            part_came=_count(_came()),
            part_entitled_came=_count(entitled_came),
            part_needs=F("entitled") * F("quorum_numerator"),
            part_compound=above("place_path", Kind.COMPOUND),
        )
        .annotate(part_has=F("part_entitled_came") * F("quorum_denominator"))
        .order_by("pk")
    )


_quorate = Q(part_has__gt=F("part_needs")) | Q(part_has=F("part_needs"), quorum_strict=False)

declare(
    Source(
        table=TABLE,
        rows=_meetings,
        where=WHERE,
        moment="starts_at",
        columns=(
            F("starts_at"),
            F("noticed_at"),
            F("opened_at"),
            F("ended_at"),
            # Confirmed when both have; unknown while one has not.
            Case(
                When(
                    Q(minutes__chair_at__isnull=False) & Q(minutes__recorder_at__isnull=False),
                    then=Greatest("minutes__chair_at", "minutes__recorder_at"),
                ),
                default=None,
            ),
            F("minutes__published_at"),
            MinutesTo("ended_at"),
            F("state"),
            F("body"),
            yes(Q(state__in=HELD)),
            F("entitled"),
            F("part_came"),
            _count(_came("online")),
            Case(When(entitled=None, then=None), When(_quorate, then=Value(True)), default=Value(False)),
            _count(AgendaItem.objects.all()),
            _count(AgendaItem.objects.filter(state=AgendaItem.State.DEFERRED)),
            _count(AgendaItem.objects.filter(matter__isnull=False)),
            _count(Speech.objects.filter(state=Speech.State.DONE)),
            _count(Speech.objects.filter(state=Speech.State.DONE, limit_ms__gt=0, used_ms__gt=F("limit_ms"))),
            _count(Outcome.objects.filter(struck_at=None)),
            F("part_compound"),
        ),
        # Every act writes a line and moves the version on; minutes have a version of their own.
        changed=marks(
            moments=("starts_at", "minutes__chair_at", "minutes__recorder_at", "minutes__published_at"),
            numbers=("version", "line_count", "minutes__version", "part_came", "part_compound", "in_street", "in_community"),
            codes={"state": State.values},
        ),
    )
)


def _attendees() -> QuerySet[Attendee]:
    """Who came to a meeting that was opened, in the room, online or by proxy, as of when it was opened."""
    first = Stay.objects.filter(attendee=OuterRef("pk")).order_by("came_at", "pk")
    found = _came().filter(meeting__opened_at__isnull=False)
    return found.annotate(**placed("meeting__place_path"), part_present=Subquery(first.values("present")[:1])).order_by("pk")


def _speeches() -> QuerySet[Speech]:
    found = Speech.objects.filter(state=Speech.State.DONE, called_at__isnull=False)
    return found.annotate(**placed("meeting__place_path")).order_by("pk")


def _in_a_row() -> QuerySet[Attendee]:
    """
    Who came, with how many of the last six sessions of the same council at the same place, this one among them, they came to. Unknown without a person,
    and before a council has met six times.
    """
    of_this = Q(place=OuterRef("meeting__place"), body=OuterRef("meeting__body"), opened_at__lte=OuterRef("meeting__opened_at"))
    # Asked from inside another question, so that what it leads to lies one level further out.
    deeper = Q(
        place=OuterRef(OuterRef("meeting__place")),
        body=OuterRef(OuterRef("meeting__body")),
        opened_at__lte=OuterRef(OuterRef("meeting__opened_at")),
    )
    of_them = Meeting.objects.filter(deeper, state__in=HELD).order_by("-opened_at", "-pk").values("pk")[:LOOKED_BACK]
    came = _came().filter(person=OuterRef("person"), meeting__in=of_them).order_by().values("person")
    held = Meeting.objects.filter(of_this, state__in=HELD).order_by().values("place").annotate(n=Count("pk")).values("n")
    return _attendees().annotate(
        part_person=not_erased("person"),
        part_held=Coalesce(Subquery(held), 0),
        part_came=Coalesce(Subquery(came.annotate(n=Count("meeting", distinct=True)).values("n")), 0),
    )


declare(
    Source(
        table=ATTENDANCE,
        rows=_in_a_row,
        where=WHERE,
        moment="meeting__opened_at",
        columns=(
            F("meeting__opened_at"),
            F("meeting__body"),
            F("part_present"),
            F("entitled"),
            Case(
                When(Q(part_person=None) | Q(part_held__lt=LOOKED_BACK), then=None),
                When(part_came__gt=LOOKED_BACK * 2 // 3, then=Value(True)),
                default=Value(False),
            ),
            F("meeting_id"),
            F("part_person"),
        ),
        changed=marks(
            moments=("meeting__opened_at",),
            numbers=("part_person", "part_held", "part_came", "meeting_id", "in_street", "in_community"),
            flags=(Q(entitled=True),),
            codes={"part_present": Presence.values},
        ),
    )
)
taking_part(
    "meetings.attended",
    _attendees,
    act="attended",
    about="meeting",
    moment="meeting__opened_at",
    where=WHERE,
    channel=F("part_present"),
    home="home_id",
)
taking_part(
    "meetings.spoke",
    _speeches,
    act="spoke",
    about="meeting",
    moment="called_at",
    where=WHERE,
    channel=F("channel"),
    person="attendee__person",
    account="attendee__account",
    home="attendee__home_id",
)

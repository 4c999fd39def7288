"""
What the register tells the lake of facts: people and homes as they are, the groups they belong to, and the table of who took part in what.

People are numbers that lead to nobody, without name, birthday or door; whoever was erased is not there. Rooms above add what somebody did in them to
`PARTICIPATION` (`taking_part`), so that people who did several things are counted once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.db.models import Case, Count, DateTimeField, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Least

from linli.insight.measure.tables import Column, FactTable
from linli.kernel.people.models import GroupFact, HelperLink, Home, HomeUse, Household, Ownership, Person, Residence
from linli.kernel.places.fact_columns import AGES, WHERE, LocalDay, Midnight, Where, age, marks, placed, yes
from linli.kernel.places.facts import Source, declare
from linli.law import packs

SPECIAL: Final = tuple(group.code for group in packs.population_groups() if group.special)
"""Groups with a care file and an answer within a day."""

PEOPLE: Final = FactTable(
    name="person",
    kind="state",
    version=1,
    says_zh="居民",
    says_en="residents",
    at="since_at",
    until="until_at",
    columns=(
        Column("since_at", "moment", "入住或登记时间", "here or registered since"),
        Column("until_at", "moment", "迁出时间", "moved away at"),
        Column("person", "person", "居民", "resident"),
        Column("home", "person", "住户", "household"),
        Column("age", "code", "年龄段", "age group", AGES),
        Column("special", "yes", "重点关怀人群", "of a group with special care"),
        Column("tenant", "yes", "租住", "tenant"),
        Column("online", "yes", "有账号", "has an account"),
        Column("by_phone", "yes", "留有电话", "can be phoned"),
        Column("helped", "yes", "有人帮办", "has a helper"),
    ),
)

GROUPS: Final = FactTable(
    name="belonging",
    kind="state",
    version=1,
    says_zh="人群",
    says_en="groups of the population",
    at="since_at",
    until="until_at",
    columns=(
        Column("since_at", "moment", "开始", "from"),
        Column("until_at", "moment", "结束", "until"),
        Column("group", "code", "人群", "group", tuple(group.code for group in packs.population_groups())),
        Column("special", "yes", "重点关怀人群", "of a group with special care"),
        Column("person", "person", "居民", "resident"),
    ),
)

HOMES: Final = FactTable(
    name="home",
    kind="state",
    version=1,
    says_zh="房屋",
    says_en="homes",
    at="since_at",
    until="until_at",
    columns=(
        Column("since_at", "moment", "登记时间", "registered at"),
        Column("until_at", "moment", "停用时间", "retired at"),
        Column("home", "person", "住户", "household"),
        Column("use", "code", "用途", "use", tuple(HomeUse.values)),
        Column("households", "number", "户数", "households"),
        Column("owned", "yes", "业主已登记", "owner registered"),
    ),
)

ACTS: Final = {
    "raised": ("提出诉求", "raised a request"),
    "joined": ("也遇到同样的事", "met the same"),
    "proposed": ("提出议题", "proposed a motion"),
    "seconded": ("附议", "seconded a motion"),
    "voted": ("投票", "voted"),
    "attended": ("到会", "came to a meeting"),
    "spoke": ("在会上发言", "spoke at a meeting"),
    "contributed": ("在线上议事里发言", "contributed to a talk"),
    "marked": ("对看法表态", "marked a statement"),
    "watched": ("担任监督员并提出意见", "gave an opinion as supervisor"),
    "rated": ("评价", "rated"),
    "applied": ("报名抽签", "applied for a draw"),
    "stood": ("参选", "stood for election"),
}
DELIBERATION: Final = ("proposed", "seconded", "voted", "attended", "spoke", "contributed", "marked")
ABOUT: Final = ("request", "motion", "ballot", "meeting", "talk", "draw", "election")

PARTICIPATION: Final = FactTable(
    name="participation",
    kind="event",
    version=1,
    says_zh="参与",
    says_en="taking part",
    at="at",
    columns=(
        Column("at", "moment", "时间", "at"),
        Column("act", "code", "做了什么", "what was done", tuple(ACTS)),
        Column("about", "code", "在哪类事项里", "in what", ABOUT),
        Column("channel", "code", "渠道", "channel"),
        Column("online", "yes", "线上", "online"),
        Column("person", "person", "居民", "resident"),
        Column("home", "person", "住户", "household"),
        Column("age", "code", "当时年龄段", "age group then", AGES),
        Column("special", "yes", "重点关怀人群", "of a group with special care"),
    ),
)
ONLINE: Final = ("web", "online", "api", "open311")


def special_then(person: str, moment: str) -> Exists:
    """Whether somebody (a name of what gives their number) was of a group with special care on the day of an instant (a name)."""
    day = LocalDay(OuterRef(moment))
    ended = Q(until_on=None) | Q(until_on__gt=day)
    return Exists(GroupFact.objects.filter(ended, person=OuterRef(person), group__in=SPECIAL, since_on__lte=day))


def not_erased(path: str) -> Case:
    """The number of the person a foreign key leads to, unless they were erased."""
    return Case(When(Q(**{f"{path}__erased_at": None}), then=F(f"{path}__id")), default=None)


def taking_part(
    branch: str,
    rows: Callable[[], QuerySet[Any]],
    *,
    act: Any,
    about: Any,
    moment: str,
    where: Where,
    channel: Any,
    person: str = "person",
    account: str = "account",
    home: str = "",
) -> None:
    """
    Declare what people did in one room: `rows` are its acts, `moment` when, `person` and `account` the foreign keys that lead to who it was (empty:
    there is none), `home` the one that says for which home. `act`, `about` and `channel` are words or expressions. Acts of nobody known are counted
    without a person.
    """
    ways = [path for path in (person, f"{account}__person" if account else "") if path]

    def one_of(field: str) -> Any:
        return Coalesce(*(F(f"{path}__{field}") for path in ways)) if len(ways) > 1 else F(f"{ways[0]}__{field}")

    def asked() -> QuerySet[Any]:
        who = [not_erased(path) for path in ways]
        at_home = one_of("home_place_id") if not home else Coalesce(F(home), one_of("home_place_id"))
        found = rows().annotate(
            part_act=act if hasattr(act, "resolve_expression") else Value(act),
            part_about=about if hasattr(about, "resolve_expression") else Value(about),
            part_channel=channel if hasattr(channel, "resolve_expression") else Value(channel),
            part_person=Coalesce(*who) if len(who) > 1 else who[0],
            part_home=at_home,
            part_born=one_of("born_on"),
        )
        return found.annotate(part_age=age("part_born", F(moment)), part_special=special_then("part_person", moment)).order_by("pk")

    known = Q(part_person__isnull=False)
    declare(
        Source(
            table=PARTICIPATION,
            branch=branch,
            rows=asked,
            where=where,
            moment=moment,
            columns=(
                F(moment),
                F("part_act"),
                F("part_about"),
                F("part_channel"),
                yes(Q(part_channel__in=ONLINE)),
                F("part_person"),
                # Below nought, so that no home has the number of a person.
                Case(When(known, then=-F("part_home")), default=None),
                Case(When(known, then=F("part_age")), default=Value("")),
                Case(When(known, then=F("part_special")), default=Value(False)),
            ),
            changed=marks(
                moments=(moment,),
                numbers=("part_person", "part_home", *where[1:]),
                flags=(Q(part_special=True), Q(part_channel__in=ONLINE)),
                codes={"part_age": AGES, "part_act": ACTS, "part_about": ABOUT},
            ),
        )
    )


def _first(row: str, created: str, *found: QuerySet[Any]) -> Least:
    """When the register says that somebody or something was here already, which may be long before it was entered."""
    firsts = [Subquery(one.order_by().values(row).annotate(first=Min("since_on")).values("first")) for one in found]
    return Least(F(created), *(Coalesce(Midnight(first), F(created)) for first in firsts))


def _people(now: datetime) -> QuerySet[Person]:
    """Everybody with a home here, as they are now; moved away when the last of their residences ended."""
    day = LocalDay(Value(now, output_field=DateTimeField()))
    residences = Residence.objects.filter(person=OuterRef("pk")).order_by()
    here = residences.filter(until_on=None)
    last = residences.values("person").annotate(last=Max("until_on")).values("last")
    found = Person.objects.filter(erased_at=None).annotate(
        **placed("home_path"),
        part_age=age("born_on", Value(now, output_field=DateTimeField())),
        part_special=Exists(
            GroupFact.objects.filter(Q(until_on=None) | Q(until_on__gt=day), person=OuterRef("pk"), group__in=SPECIAL, since_on__lte=day)
        ),
        part_since=_first("person", "created_at", residences, Ownership.objects.filter(person=OuterRef("pk"))),
        part_tenant=Exists(here.filter(relation="tenant")),
        part_helped=Exists(HelperLink.objects.filter(person=OuterRef("pk"), until_on=None)),
        part_until=Case(When(Exists(here), then=None), default=Midnight(Subquery(last)), output_field=DateTimeField()),
    )
    return found.order_by("pk")


declare(
    Source(
        table=PEOPLE,
        rows=_people,
        at_now=True,
        where=WHERE,
        moment="part_since",
        columns=(
            F("part_since"),
            F("part_until"),
            F("id"),
            -F("home_place_id"),
            F("part_age"),
            F("part_special"),
            F("part_tenant"),
            yes(Q(account__isnull=False)),
            yes(Q(phone_blind__isnull=False)),
            F("part_helped"),
        ),
        changed=marks(
            moments=("part_since", "part_until"),
            numbers=("home_place_id", "in_street", "in_community"),
            flags=(
                Q(part_special=True),
                Q(part_tenant=True),
                Q(part_helped=True),
                Q(account__isnull=False),
                Q(phone_blind__isnull=False),
            ),
            codes={"part_age": AGES},
        ),
    )
)


def _belonging() -> QuerySet[GroupFact]:
    found = GroupFact.objects.filter(person__erased_at=None)
    return found.annotate(since_at=Midnight("since_on"), until_at=Midnight("until_on"), **placed("person__home_path")).order_by("pk")


declare(
    Source(
        table=GROUPS,
        rows=_belonging,
        where=WHERE,
        moment="since_at",
        columns=(F("since_at"), F("until_at"), F("group"), yes(Q(group__in=SPECIAL)), F("person_id")),
        changed=marks(
            moments=("since_at", "until_at"),
            numbers=("person_id", "in_street", "in_community"),
            codes={"group": [group.code for group in packs.population_groups()]},
        ),
    )
)


def _homes() -> QuerySet[Home]:
    owned = Ownership.objects.filter(home=OuterRef("pk"), until_on=None)
    households = Household.objects.filter(home=OuterRef("pk")).order_by().values("home").annotate(n=Count("pk")).values("n")
    return Home.objects.annotate(
        part_since=_first(
            "home",
            "place__created_at",
            Ownership.objects.filter(home=OuterRef("pk")),
            Residence.objects.annotate(home=F("household__home")).filter(home=OuterRef("pk")),
        ),
        part_households=Coalesce(Subquery(households), 0),
        part_owned=Exists(owned),
        **placed("place__path"),
    ).order_by("pk")


declare(
    Source(
        table=HOMES,
        rows=_homes,
        where=WHERE,
        moment="part_since",
        columns=(
            F("part_since"),
            F("place__retired_at"),
            -F("place_id"),
            F("use"),
            F("part_households"),
            F("part_owned"),
        ),
        changed=marks(
            moments=("part_since", "place__retired_at"),
            numbers=("place_id", "part_households", "in_street", "in_community"),
            flags=(Q(part_owned=True),),
            codes={"use": HomeUse.values},
        ),
    )
)

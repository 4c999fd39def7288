"""Elections in the demo: an owners' committee in office with its handing over, and one of building leaders that calls for candidates."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from linli.demo.town import Town
from linli.kernel.matters.clock import ZONE
from linli.kernel.people.models import Person
from linli.loops.council.elections.actions import office, planning, standing, voting
from linli.loops.council.elections.actions.planning import Plan, Quota
from linli.loops.council.elections.models import Candidate, Election, Seat, Task

DAY: Final = timedelta(days=1)
CHECKS: Final = ("owner", "capacity", "no_interest", "no_default", "lawful_use")
SOURCES: Final = {
    "seats": "《芳草苑业主大会议事规则》第十条",
    "term_months": "《芳草苑业主大会议事规则》第十一条",
    **dict.fromkeys(CHECKS, "《芳草苑业主大会议事规则》第十二条"),
}
SAID: Final = ("退休会计，愿意把账目公开。", "做过工程监理，想把电梯的事办好。", "住了十五年，熟悉各栋情况。", "愿意每周在议事厅值班。")


def build(town: Town, now: datetime) -> int:
    """Live both elections through the house's own actions; returns how many there are."""
    _in_office(town, _morning(now, -45))
    _calling(town, _morning(now, -3), now)
    return 2


def _morning(now: datetime, days: int) -> datetime:
    return (now + days * DAY).astimezone(ZONE).replace(hour=9, minute=0, second=0, microsecond=0)


def _owners(town: Town, count: int) -> list[Person]:
    where = town.compounds[0].path
    rows = Person.objects.filter(ownerships__home__place__path__startswith=where, ownerships__until_on=None, home_place__kind="home")
    homes: dict[int, Person] = {}
    for person in rows.select_related("home_place").order_by("pk"):
        homes.setdefault(person.home_place_id or 0, person)
    return [p for p in homes.values() if p.home_path.startswith(where)][:count]


def _in_office(town: Town, begins: datetime) -> Election:
    worker, head = town.actors["wang.fang"], town.actors["chen.ying"]
    plan = Plan(
        place=town.compounds[0],
        body="owners_committee",
        title="芳草苑业主委员会换届选举",
        seats=5,
        alternates=2,
        nominate_from=begins,
        nominate_until=begins + 8 * DAY,
        term_months=48,
        checks=CHECKS,
        sources=SOURCES,
        quotas=(Quota("女委员", 1, "《芳草苑业主大会议事规则》第十条"),),
    )
    election = planning.plan_election(actor=worker, plan=plan, now=begins)
    planning.open_nominations(actor=worker, election_id=election.pk, now=begins)
    for n, person in enumerate(_owners(town, 8)):
        made = standing.nominate_for(
            actor=worker,
            election_id=election.pk,
            name=person.name,
            home_id=person.home_place_id,
            origin="self" if n % 3 else "organisation",
            nominated_by="" if n % 3 else "社区党支部",
            consented=True,
            statement=SAID[n % len(SAID)],
            now=begins + DAY,
        )
        fine = n != 7
        standing.check(
            actor=head, election_id=election.pk, candidate_id=made.pk, met=CHECKS if fine else CHECKS[:2], groups=["q1"] if person.sex == "f" else [],
            reason="" if fine else "儿子在物业公司当项目经理", now=begins + 2 * DAY,
        )  # fmt: skip
    posted = begins + 8 * DAY
    standing.post_candidates(actor=worker, election_id=election.pk, now=posted)
    counted = posted + 12 * DAY
    numbers = Candidate.objects.filter(election=election, state="accepted").values_list("number", flat=True)
    votes = [f"{number}={48 - 3 * n}" for n, number in enumerate(numbers)]
    voting.enter_result(actor=head, election_id=election.pk, votes=votes, needed=20, text="投票站结果报告单 2026-03", now=counted)
    office.record_filing(
        actor=worker,
        election_id=election.pk,
        number="武业备〔2026〕18 号",
        on=(counted + 5 * DAY).date(),
        filed_with="武侯区住房和城乡建设局",
        now=counted + 6 * DAY,
    )
    first = Seat.objects.filter(election=election, kind="member").order_by("order").first()
    if first is not None:
        office.set_role(actor=worker, election_id=election.pk, seat_id=first.pk, role="主任", now=counted + 6 * DAY)
    for task in Task.objects.filter(election=election).exclude(code="accounts"):  # the books are late, and the page says so
        office.finish_task(
            actor=worker,
            election_id=election.pk,
            task_id=task.pk,
            text="上届交给新一届，清单双方签字",
            owner="上届副主任",
            now=counted + 7 * DAY,
        )
    return election


def _calling(town: Town, begins: datetime, now: datetime) -> None:
    worker = town.actors["wang.fang"]
    plan = Plan(
        place=town.compounds[0],
        body="building_leaders",
        title="芳草苑楼栋长推选",
        seats=3,
        nominate_from=begins,
        nominate_until=begins + 10 * DAY,
        term_months=36,
        seconds_needed=2,
        posting_days=3,
        checks=("adult", "resident"),
        sources=dict.fromkeys(("seats", "term_months", "adult", "resident"), "芳草社区居民自治章程"),
    )
    election = planning.plan_election(actor=worker, plan=plan, now=begins)
    planning.open_nominations(actor=worker, election_id=election.pk, now=begins)
    at = min(begins + DAY, now)
    here = [a for a in town.residents if a.person_id and any(s.path.startswith(town.compounds[0].path) for s in a.standings)]
    for n, actor in enumerate(here[:2]):
        made = standing.nominate(actor=actor, election_id=election.pk, statement=SAID[n], now=at)
        for other in here[2 : 4 + n]:
            standing.second(actor=other, election_id=election.pk, candidate_id=made.pk, now=at)

"""
A compound with neighbours who can second, decide and watch: forty homes, each with an owner who lives there; the first eight have an account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.actions import grant_role
from linli.kernel.accounts.queries import actor_of
from linli.kernel.matters.lawful import first_moment_after
from linli.kernel.matters.models import Matter
from linli.kernel.people.actions import own, register_person
from linli.kernel.people.models import Home, Person
from linli.kernel.places.actions import add_place
from linli.kernel.places.models import Place
from linli.kernel.rolls.actions.draft import draw_up
from linli.kernel.rolls.actions.freezing import freeze
from linli.kernel.rolls.models import Roll, Voter
from linli.loops.council.ballots.actions import casting, counting, setting_up, storing
from linli.loops.council.ballots.models import Ballot
from linli.loops.council.motions.actions import carrying, deciding, preparing, raising, screening, seconding
from linli.loops.council.motions.reference import load_reference
from tests.factories import DAY, HOUSE, NOW, Cast, account_of, build_cast
from tests.worlds import laid_down_again

HOMES, WITH_ACCOUNT = 40, 8


@dataclass(frozen=True)
class Council:
    """The compound with its homes, their owners in the same order, and the accounts of the first few."""

    cast: Cast
    compound: Place
    homes: tuple[Place, ...]
    owners: tuple[Person, ...]
    residents: tuple[Actor, ...]

    @property
    def head(self) -> Actor:
        return self.cast.community_head

    @property
    def worker(self) -> Actor:
        return self.cast.community_worker


def build_council(cast: Cast) -> Council:
    load_reference(NOW - 30 * DAY)
    compound = add_place(actor=HOUSE, kind="compound", name="桂花苑", parent=cast.here.grid, now=NOW - 9 * DAY)
    building = add_place(actor=HOUSE, kind="building", name="1 栋", parent=compound, now=NOW - 9 * DAY)
    entrance = add_place(actor=HOUSE, kind="entrance", name="1 单元", parent=building, now=NOW - 9 * DAY)
    homes, owners, residents = [], [], []
    for i in range(HOMES):
        home = add_place(actor=HOUSE, kind="home", name=f"{i // 4 + 1:02d}{i % 4 + 1:02d}", parent=entrance, now=NOW - 9 * DAY)
        person, _new = register_person(actor=HOUSE, name=f"邻居{i}", phone=f"139{i:08d}", now=NOW - 8 * DAY, home_place=home)
        register = Home.objects.create(place=home, exclusive_area=8000 + i % 4 * 325)
        own(actor=HOUSE, person=person, home=register, share=Fraction(1), since_on=date(2020, 1, 1), now=NOW - 8 * DAY)
        homes.append(home)
        owners.append(person)
        if i < WITH_ACCOUNT:
            residents.append(with_account(person, home, f"owner{i}"))
    return Council(cast, compound, tuple(homes), tuple(owners), tuple(residents))


@laid_down_again
def council_again() -> Council:
    """The council with its cast, made once a run."""
    return build_council(build_cast())


def with_account(person: Person, home: Place, username: str) -> Actor:
    account = account_of(username, person.name)
    person.account = account
    person.save(update_fields=["account"])
    grant_role(actor=HOUSE, account=account, role="resident", place=home, now=NOW - 8 * DAY)
    account.refresh_from_db()
    return actor_of(account, now=NOW)


OPTIONS: list[dict[str, Any]] = [{"title": "加装一部电梯", "text": "每单元一部，由业主分摊。", "cost_fen": 58_000_000}]


def drafted(council: Council, *, who: int = 0, now: datetime = NOW, road: str = "owners_assembly_written", **more: Any) -> Matter:
    more.setdefault("title", "1 栋加装电梯")
    more.setdefault("body", "楼里老人多，上下楼难。建议加装一部电梯。")
    more.setdefault("options", OPTIONS)
    more.setdefault("place", council.compound)
    more.setdefault("topic", "lift")
    return raising.draft_motion(actor=more.pop("actor", council.residents[who]), road=road, now=now, **more)


def submitted(council: Council, **more: Any) -> Matter:
    now = more.get("now", NOW)
    return raising.submit(actor=more.get("actor", council.residents[more.get("who", 0)]), matter_id=drafted(council, **more).pk, now=now)


def seconded(council: Council, **more: Any) -> Matter:
    matter = submitted(council, **more)
    second = 1
    while matter.state == "seconding":
        matter = seconding.second(actor=council.residents[second], matter_id=matter.pk, now=more.get("now", NOW))
        second += 1
    return matter


def banked(council: Council, **more: Any) -> Matter:
    power = more.pop("power", "owners")
    matter = (
        seconded(council, **more) if more.get("road", "owners_assembly_written") != "building_consultation" else submitted(council, **more)
    )
    return screening.screen(actor=council.head, matter_id=matter.pk, now=more.get("now", NOW), power=power)


def scheduled(council: Council, **more: Any) -> Matter:
    now = more.get("now", NOW)
    matter = banked(council, **more)
    return preparing.schedule(actor=council.head, matter_id=matter.pk, now=now, on=(now + timedelta(days=3)).date())


def early_enough(latest: datetime, days: int, until: datetime) -> datetime:
    """The last instant up to `latest`, whole days before it, from which `days` of notice are over by `until`: holidays may need more room."""
    while first_moment_after(latest, days) > until:
        latest -= DAY
    return latest


def posted(council: Council, *, passed: bool = True, **more: Any) -> Matter:
    """A decision by consent, on the road of four steps, posted for its days; both end by the days tests count with, whatever day it is."""
    now = more.get("now", NOW)
    decided = early_enough(now + 4 * DAY, 3, now + 8 * DAY)
    noticed = early_enough(min(now - 2 * DAY, decided), 3, decided)
    matter = scheduled(council, **{"road": "four_steps", **more, "now": noticed})
    preparing.give_notice(actor=council.head, matter_id=matter.pk, now=noticed)
    return deciding.record_decision(
        actor=council.head, matter_id=matter.pk, now=decided, passed=passed, text="到场 18 户，一致同意。", figures={"present": 18}
    )


def carrying_out(council: Council, **more: Any) -> Matter:
    matter = posted(council, **more)
    return deciding.confirm(actor=council.head, matter_id=matter.pk, now=more.get("now", NOW) + 8 * DAY)


def delivered(council: Council, *, supervisors: int = 3, **more: Any) -> Matter:
    now = more.get("now", NOW)
    matter = carrying_out(council, **more)
    for person in council.owners[:supervisors]:
        carrying.appoint(actor=council.head, matter_id=matter.pk, person=person, now=now + 9 * DAY)
    carrying.add_task(
        actor=council.head,
        matter_id=matter.pk,
        now=now + 9 * DAY,
        text="装好路灯",
        unit=council.cast.here.units["property"],
        due_on=(now + 20 * DAY).date(),
        budget_line="公共收益",
        budget_fen=1_200_000,
    )
    carrying.finish_task(actor=council.head, matter_id=matter.pk, task=1, now=now + 15 * DAY, text="装了六盏", spent_fen=1_100_000)
    return carrying.deliver(actor=council.head, matter_id=matter.pk, now=now + 16 * DAY, text="请验收")


# --- ballots -----------------------------------------------------------------------------------------
OPENS, CLOSES = NOW + 20 * DAY, NOW + 40 * DAY


def frozen_roll(council: Council, *, now: datetime = NOW, place: Place | None = None, kind: str = "owners", **more: Any) -> Roll:
    head = council.head
    roll = draw_up(actor=head, place=place or council.compound, kind=kind, record_date=now.date(), now=now, **more)
    return freeze(actor=head, roll_id=roll.pk, now=now, objection_days=5)


def announced(council: Council, *, now: datetime = NOW, matter: Matter | None = None, in_time: bool = True, **terms: Any) -> Ballot:
    """A ballot of all owners of the compound on the lift, announced for the lawful days."""
    from linli.loops.council.motions.models import Motion

    matter = matter or scheduled(council, now=now)
    terms.setdefault("profile", "owners.civil_code.ordinary")
    terms.setdefault("opens_at", OPENS)
    terms.setdefault("closes_at", CLOSES)
    roll = terms.pop("roll", None) or frozen_roll(council, now=now)
    ballot = setting_up.set_up(actor=council.head, motion=Motion.objects.get(pk=matter.pk), roll=roll, now=now, **terms)
    preparing.give_notice(actor=council.head, matter_id=matter.pk, now=early_enough(now, 15, ballot.opens_at) if in_time else now)
    ballot.refresh_from_db()
    return ballot


def opened(council: Council, **terms: Any) -> Ballot:
    ballot = announced(council, **terms)
    return setting_up.open_now(actor=council.head, ballot_id=ballot.pk, now=ballot.opens_at)


def cast(council: Council, ballot: Ballot, who: int, choice: Any = "agree", now: datetime | None = None) -> storing.Receipt:
    """The owner of home `who` votes: on their own screen when they have an account, else by phone before two workers."""
    now = now or ballot.opens_at + DAY
    if who < WITH_ACCOUNT:
        return casting.cast_online(actor=council.residents[who], ballot_id=ballot.pk, choice=choice, now=now)
    seq = Voter.objects.get(roll=ballot.roll, person=council.owners[who]).seq
    return casting.record_vote(
        actor=council.worker,
        ballot_id=ballot.pk,
        seq=seq,
        choice=choice,
        channel="phone",
        now=now,
        witness_id=council.head.account_id,
        consent=True,
    )


def counted(council: Council, ballot: Ballot) -> Ballot:
    setting_up.close_due(ballot.closes_at)
    return counting.count(actor=council.head, ballot_id=ballot.pk, now=ballot.closes_at)

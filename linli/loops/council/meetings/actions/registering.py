"""Who is expected: the register filled from a frozen roll, from the residents who are of age, or name by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import subtree, within
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.matters.clock import ZONE
from linli.kernel.people.models import Person
from linli.kernel.places.models import Place
from linli.kernel.rolls.models import RollKind, RollState, Voter
from linli.kernel.rolls.queries import roll_for_staff
from linli.lib.texts import clean
from linli.loops.council.meetings import lawful
from linli.loops.council.meetings.actions.sitting import sitting
from linli.loops.council.meetings.models import Attendee, Meeting
from linli.loops.council.meetings.reading import may_read

MOST_NAMES = 5000


@dataclass(frozen=True)
class Expected:
    """Somebody who is entitled to take part, from a roll or a list. `voter_id` names the roll's row."""

    name: str
    person: Person | None = None
    account_id: int | None = None
    home: Place | None = None
    where: str = ""
    capacity: str = ""
    entitled: bool = True
    voter_id: int | None = None


def register(
    *, actor: Actor, meeting_id: int, expected: Iterable[Expected], now: datetime, roll_id: int | None = None, count: bool = True
) -> int:
    """
    Put people on the register; who is on it already (same voter, person or account) is left as they are. Returns how many are new.

    With `count` the number of entitled ones becomes what the quorum is reckoned from. `from_roll` adapts a roll's voters.
    """
    with sitting(actor, meeting_id, "register", now, permission="meeting.plan") as act:
        meeting = act.meeting
        rows = Attendee.objects.filter(meeting=meeting)
        voters = set(rows.exclude(voter_id=None).values_list("voter_id", flat=True))
        people = set(rows.exclude(person=None).values_list("person_id", flat=True))
        accounts = set(rows.exclude(account=None).values_list("account_id", flat=True))
        fresh = []
        for one in expected:
            person_id = one.person.pk if one.person else None
            account_id = one.account_id or (one.person.account_id if one.person else None)
            if one.voter_id in voters or person_id in people or account_id in accounts or not clean(one.name, 60):
                continue
            for known, number in ((voters, one.voter_id), (people, person_id), (accounts, account_id)):
                if number is not None:
                    known.add(number)
            meeting.seat_count += 1
            home = one.home or (one.person.home_place if one.person else None)
            fresh.append(
                Attendee(
                    meeting=meeting,
                    seat=meeting.seat_count,
                    name=clean(one.name, 60),
                    person_id=person_id,
                    account_id=account_id,
                    home=home,
                    home_path=home.path if home else "",
                    where=clean(one.where, 60),
                    capacity=clean(one.capacity, 40),
                    expected=True,
                    entitled=one.entitled,
                    roll_id=roll_id,
                    voter_id=one.voter_id,
                )
            )
            if len(fresh) > MOST_NAMES:
                raise Invalid("too_many", _("一次最多登记 %(n)s 人。") % {"n": MOST_NAMES})
        Attendee.objects.bulk_create(fresh)
        if roll_id is not None:
            meeting.roll_id = roll_id
        if count:
            meeting.entitled = rows.filter(expected=True, entitled=True).count() or None
        if fresh:
            act.record("register", count=len(fresh), entitled=meeting.entitled)
    return len(fresh)


def register_residents(*, actor: Actor, meeting_id: int, now: datetime) -> int:
    """
    Put everybody on the register who lives in the meeting's place and is eighteen or older on the day of the meeting. Returns how many are new.

    Raises Refused where the law names another electorate, NotAllowed for who may not read the people of the place.
    """
    meeting = _to_register(actor, meeting_id)
    table.require(actor, "person.read", meeting.place_path)
    _refuse_other(meeting, RollKind.RESIDENTS)
    on = meeting.starts_at.astimezone(ZONE).date()
    # Of 29 February one is of age on 1 March in a year without it: whoever was born by then.
    born_by = on.replace(year=on.year - 18) if (on.month, on.day) != (2, 29) else date(on.year - 18, 2, 28)
    living = Person.objects.filter(erased_at=None, born_on__lte=born_by, **subtree("home_path", meeting.place_path))
    people = living.select_related("home_place").order_by("home_path", "pk")[: MOST_NAMES + 1]
    return register(actor=actor, meeting_id=meeting_id, expected=[Expected(p.name, person=p) for p in people], now=now)


def register_roll(*, actor: Actor, meeting_id: int, roll_id: int, now: datetime) -> int:
    """
    Put the voters of a frozen roll on the register: the electorate of the meeting. Returns how many are new.

    Raises NotFound for a roll out of reach; Refused for a draft or a roll that was replaced, for one of another place, and for one of people who
    are not this meeting's electorate by law, citing the article.
    """
    meeting = _to_register(actor, meeting_id)
    roll = roll_for_staff(actor, roll_id)
    if roll.state != RollState.FROZEN:
        raise Refused("roll_not_frozen", _("只能用已经冻结、没有被更正的名册。"), turn_to=_("名册在“表决名册”里草拟、公示和冻结。"))
    if not within(roll.place_path, meeting.place_path):
        raise Refused("other_place", _("这份名册是%(place)s的，不是这次会议范围里的。") % {"place": roll.place.name})
    _refuse_other(meeting, roll.kind)
    voters = Voter.objects.filter(roll=roll).select_related("person", "agent").order_by("seq")
    return register(actor=actor, meeting_id=meeting_id, expected=from_roll(voters), now=now, roll_id=roll.pk)


def _to_register(actor: Actor, meeting_id: int) -> Meeting:
    found = Meeting.objects.select_related("place").filter(pk=meeting_id).first()
    if found is None or not may_read(actor, found):
        raise NotFound("no_meeting", _("没有找到这次会议。"))
    table.require(actor, "meeting.plan", found.place_path)
    return found


def _refuse_other(meeting: Meeting, kind: str) -> None:
    """Raises Refused, citing the article, for people of a roll of `kind` who are not this meeting's electorate."""
    entitled = lawful.electorate(meeting.body)
    if not entitled or kind in entitled:
        return
    said = {"body": meeting.get_body_display(), "kinds": "”“".join(str(RollKind(k).label) for k in entitled), "kind": RollKind(kind).label}
    words = _("%(body)s的应到名单按“%(kinds)s”名册，不能用“%(kind)s”名册。")
    raise Refused("other_electorate", words % said, rule=lawful.electorate_rule(meeting.body))


def from_roll(voters: Iterable[Voter]) -> Iterable[Expected]:
    """Voters of a roll as expected attendees: whoever may speak for them comes, an agent, a household's representative or they themselves."""
    for voter in voters:
        agent = voter.agent
        name = f"{voter.name}（{voter.agent_name}）" if voter.agent_name else voter.name
        yield Expected(name=name, person=agent or voter.person, voter_id=voter.pk, where=voter.door)

"""The village of the demo lives by the law of villages: electorates, notice and quorum are the house's, and everything is told quickly."""

from __future__ import annotations

import time
from fractions import Fraction
from random import Random

import pytest

from linli.config.setup import load_reference_data
from linli.demo import town as towns
from linli.demo import village
from linli.demo.villagers import GROUPS
from linli.kernel.people.models import Household, Person
from linli.kernel.places.models import Place
from linli.kernel.places.queries import phone_of
from linli.kernel.rolls.models import Roll, RollKind, Voter
from linli.kernel.rolls.queries import buildings
from linli.loops.council.ballots.models import Ballot
from linli.loops.council.ballots.queries import turnout
from linli.loops.council.meetings.models import Attendee, Body, Meeting, State
from linli.loops.council.meetings.queries import quorum_of
from linli.loops.council.meetings.shown import present_line
from linli.loops.council.motions.models import Announcement
from linli.loops.council.motions.reference import load_reference
from tests.factories import DAY, NOW

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_the_village_meets_and_votes_as_the_law_of_villages_asks() -> None:
    load_reference_data(NOW - 400 * DAY)
    load_reference(NOW - 400 * DAY)
    town = towns.build_town(NOW, Random(1))
    begun = time.monotonic()
    made = village.build(town, NOW)
    took = time.monotonic() - begun

    place = Place.objects.get(name="石桥村")
    assert place.community_type == "rural"
    assert Household.objects.filter(home__place__path__startswith=place.path, head__isnull=False).count() == 72
    found = {m.body: m for m in Meeting.objects.filter(place_path__startswith=place.path)}
    rolls = {m.body: Roll.objects.get(pk=m.roll_id).kind for m in found.values()}
    # Whose roll each register is, and how many of them must come (VIL-001 to VIL-003).
    assert rolls == {
        Body.VILLAGERS: RollKind.RESIDENTS,
        Body.VILLAGE_HOUSEHOLDS: RollKind.HOUSEHOLDS,
        Body.VILLAGE_DELEGATES: RollKind.REPRESENTATIVES,
        Body.VILLAGE_GROUP: RollKind.HOUSEHOLDS,
    }
    quorums = {b: (Fraction(m.quorum_numerator, m.quorum_denominator), m.quorum_strict) for b, m in found.items()}
    assert quorums.pop(Body.VILLAGERS) == (Fraction(1, 2), True)
    assert set(quorums.values()) == {(Fraction(2, 3), False)}
    assert {b: m.state for b, m in found.items()} == {
        Body.VILLAGERS: State.NOTICED,
        Body.VILLAGE_HOUSEHOLDS: State.PUBLISHED,
        Body.VILLAGE_DELEGATES: State.PUBLISHED,
        Body.VILLAGE_GROUP: State.PLANNED,
    }
    assert all(found[b].notice_days == 10 for b in (Body.VILLAGERS, Body.VILLAGE_HOUSEHOLDS))
    assert all(
        m.entitled == Attendee.objects.filter(meeting=m, expected=True).count() == Voter.objects.filter(roll_id=m.roll_id).count()
        for m in found.values()
    )

    # Everybody of eighteen or more, and nobody younger, is on the roll the road is voted on with.
    ballot = Ballot.objects.get()
    grown = Person.objects.filter(
        home_path__startswith=place.path, born_on__lte=ballot.roll.record_date.replace(year=ballot.roll.record_date.year - 18)
    )
    assert ballot.profile == "villagers_meeting.persons"
    assert found[Body.VILLAGERS].roll_id == ballot.roll_id
    assert ballot.roll.voter_count == grown.count() < sum(map(len, made.families))
    announced = Announcement.objects.get(motion=ballot.motion)
    assert (announced.days, announced.decidable_at <= ballot.opens_at) == (10, True)

    # Of the representatives' assembly four fifths at least represent, and a third of these are women (VIL-002).
    delegates = Voter.objects.filter(roll_id=found[Body.VILLAGE_DELEGATES].roll_id).select_related("person")
    speak = [v for v in delegates if v.note == "村民代表"]
    assert Fraction(len(speak), len(delegates)) >= Fraction(4, 5)
    assert Fraction(sum(v.person is not None and v.person.sex == "f" for v in speak), len(delegates)) >= Fraction(1, 3)
    assert not quorum_of(found[Body.VILLAGERS]).reached
    # Of a meeting that is over the page says who came, not that everybody has left.
    came = Attendee.objects.filter(meeting=found[Body.VILLAGE_DELEGATES]).exclude(stays=None).count()
    assert present_line(found[Body.VILLAGE_DELEGATES]) == (f"开会时到会 {came} 人，应到 {len(delegates)} 人，开会需要 12 人", "green")

    # A house is called by its group, and whatever is counted by building elsewhere is counted by group here, in their order.
    assert {v.door for v in delegates} >= {"一组 1 号", "六组 2 号"}
    assert [(b.name, b.is_group) for b in buildings(ballot.roll)] == [(name, True) for name in GROUPS]
    assert [b.name for b in turnout(ballot).buildings] == list(GROUPS)
    assert phone_of(made.groups[0]) == place.phone
    assert took < 20

"""
What the law of a place asks of meetings. Of an owners' committee: days of notice, who must be there, nobody by proxy (OWN-048 to OWN-050). Of an
owners' assembly: the days between its notice and the day it meets (Property Management Regulation 14, OWN-020), whatever was announced of the motions
on its agenda. Of villagers' meetings, of their representatives and of a group: their electorate, how many must come, and ten days of notice (VIL-001
to VIL-003). Of residents' meetings: more than half until 2025 (RES-005); since then a figure nobody verified, which the planner enters with its source
(RES-003). Other councils follow their own rules, which the planner writes into the plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from linli.kernel.places.law import place_rules
from linli.kernel.places.models import Place
from linli.kernel.rolls.models import RollKind
from linli.law import voting
from linli.loops.council.meetings.models import Body, Meeting

# By which rule a village counts who came.
_VILLAGE: Final[Mapping[str, str]] = {
    Body.VILLAGERS: "villagers_meeting.persons",
    Body.VILLAGE_HOUSEHOLDS: "villagers_meeting.households",
    Body.VILLAGE_DELEGATES: "villagers_representatives",
    Body.VILLAGE_GROUP: "villagers_group",
}
_RESIDENTS: Final = ("residents_meeting.from_2026", "residents_meeting.until_2025")
_DAYS: Final[Mapping[str, str]] = {
    Body.OWNERS_ASSEMBLY: "notice_days",
    Body.OWNERS_COMMITTEE: "committee_agenda_posted_days",
    Body.VILLAGERS: "villagers_notice_days",
    Body.VILLAGE_HOUSEHOLDS: "villagers_notice_days",
}
# Whose roll a meeting's register is; a meeting that is not named may use any.
_ELECTORATES: Final[Mapping[str, tuple[str, ...]]] = {
    Body.OWNERS_ASSEMBLY: (RollKind.OWNERS,),
    Body.OWNERS_COMMITTEE: (RollKind.MEMBERS,),
    Body.PARTY_MEMBERS: (RollKind.MEMBERS,),
    Body.REPRESENTATIVES: (RollKind.REPRESENTATIVES,),
    Body.RESIDENTS: (RollKind.RESIDENTS, RollKind.HOUSEHOLDS, RollKind.REPRESENTATIVES),
    Body.VILLAGERS: (RollKind.RESIDENTS,),
    Body.VILLAGE_HOUSEHOLDS: (RollKind.HOUSEHOLDS,),
    Body.VILLAGE_DELEGATES: (RollKind.REPRESENTATIVES,),
    Body.VILLAGE_GROUP: (RollKind.RESIDENTS, RollKind.HOUSEHOLDS),
}


@dataclass(frozen=True)
class LeastQuorum:
    """The least share of members who must be present, and the article."""

    test: voting.Threshold
    rule: str

    def weaker(self, numerator: int, denominator: int, *, strict: bool) -> bool:
        """Whether a quorum of (more than, when `strict`) so many of so many asks for less."""
        asked, least = numerator * self.test.share.denominator, self.test.share.numerator * denominator
        return asked < least or (asked == least and self.test.op == ">" and not strict)


def notice_days(body: str, place: Place) -> tuple[int, str]:
    """The least days of notice and their article; (0, "") where the law of the place says nothing. One query at most."""
    if body not in _DAYS:
        return 0, ""
    setting = place_rules(place).setting(_DAYS[Body(body)])
    return (int(str(setting.value)), setting.source.cited_for(setting.place)) if setting is not None else (0, "")


def least_quorum(body: str, place: Place, on: date) -> LeastQuorum | None:
    """The law's quorum of a meeting held on day `on`; None for councils it says nothing of, and where its figure was not verified. One query at most."""
    if body == Body.OWNERS_COMMITTEE:
        return _of_committee(place)
    profile = _profile(body, on)
    if profile is None or not profile.verified:
        return None
    return LeastQuorum(profile.take_part[0], voting.rules()[profile.rules[0]].citation)


def _of_committee(place: Place) -> LeastQuorum | None:
    law = place_rules(place)
    own, named = law.setting("committee_quorum"), law.setting("committee_profile")
    if own is not None:
        return LeastQuorum(voting.Threshold("members", ">=", Fraction(str(own.value))), own.source.cited_for(own.place))
    if named is None:
        return None
    test = voting.profile(str(named.value)).take_part[0]
    return LeastQuorum(test, named.source.cited_for(named.place))


def _profile(body: str, on: date) -> voting.Profile | None:
    if body in _VILLAGE:
        return voting.profile(_VILLAGE[Body(body)])
    return next((p for p in map(voting.profile, _RESIDENTS) if p.in_force_on(on)), None) if body == Body.RESIDENTS else None


def area_test(meeting: Meeting) -> LeastQuorum | None:
    """
    By area, how much of it must take part in what an owners' assembly decides (Civil Code 278), for its meter to be read beside; None for other
    councils. Whether enough did is what the ballot says, for owners may vote without coming.
    """
    if meeting.body != Body.OWNERS_ASSEMBLY:
        return None
    profile = voting.profile("owners.civil_code.ordinary")
    test = next(t for t in profile.take_part if t.dimension == "area")
    return LeastQuorum(test, voting.rules()[profile.rules[0]].citation)


def unverified(body: str, on: date) -> str:
    """The article of a quorum the law asks for and whose figure nobody verified; empty for none."""
    profile = _profile(body, on)
    return voting.rules()[profile.rules[0]].citation if profile is not None and not profile.verified else ""


def must_be_counted(body: str) -> bool:
    """Whether a meeting without a number of those entitled would decide nothing lawfully: a village's."""
    return body in _VILLAGE


def electorate(body: str) -> tuple[str, ...]:
    """The kinds of rolls whose voters are entitled to take part; empty: the law names none, any roll may be used."""
    return _ELECTORATES.get(Body(body), ())


def electorate_rule(body: str) -> str:
    """The article that says who is entitled in a village; empty for other councils."""
    return voting.rules()[voting.profile(_VILLAGE[Body(body)]).rules[0]].citation if body in _VILLAGE else ""


def in_person(meeting: Meeting) -> str:
    """The article by which members come themselves; empty where somebody may come for them."""
    if meeting.body != Body.OWNERS_COMMITTEE:
        return ""
    setting = place_rules(meeting.place).setting("committee_proxies_allowed")
    return setting.source.cited_for(setting.place) if setting is not None and setting.value is False else ""

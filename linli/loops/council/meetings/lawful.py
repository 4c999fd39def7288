"""
What the law of a place asks of meetings. Of an owners' committee: days of notice, who must be there, nobody by proxy (OWN-048 to OWN-050). Of an
owners' assembly: the days between its notice and the day it meets (Property Management Regulation 14, OWN-020), whatever was announced of the motions
on its agenda. Other councils follow their own rules, which the planner writes into the plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from linli.kernel.places.law import place_rules
from linli.kernel.places.models import Place
from linli.law import voting
from linli.loops.council.meetings.models import Body, Meeting


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
    if body not in (Body.OWNERS_COMMITTEE, Body.OWNERS_ASSEMBLY):
        return 0, ""
    law = place_rules(place)
    setting = law.setting("notice_days") if body == Body.OWNERS_ASSEMBLY else law.setting("committee_agenda_posted_days")
    return (int(str(setting.value)), setting.source.cited_for(setting.place)) if setting is not None else (0, "")


def least_quorum(body: str, place: Place) -> LeastQuorum | None:
    """The law's quorum of a committee's meeting; None for other councils. One query at most."""
    if body != Body.OWNERS_COMMITTEE:
        return None
    law = place_rules(place)
    own, named = law.setting("committee_quorum"), law.setting("committee_profile")
    if own is not None:
        return LeastQuorum(voting.Threshold("members", ">=", Fraction(str(own.value))), own.source.cited_for(own.place))
    if named is None:
        return None
    test = voting.profile(str(named.value)).take_part[0]
    return LeastQuorum(test, named.source.cited_for(named.place))


def in_person(meeting: Meeting) -> str:
    """The article by which members come themselves; empty where somebody may come for them."""
    if meeting.body != Body.OWNERS_COMMITTEE:
        return ""
    setting = place_rules(meeting.place).setting("committee_proxies_allowed")
    return setting.source.cited_for(setting.place) if setting is not None and setting.value is False else ""

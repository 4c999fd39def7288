"""
What is stored about meetings: the meeting, its agenda, who came, who spoke, hands, decisions, the record and the minutes; slot polls.

Every act writes lines of the append-only record and moves `Meeting.version` on, which is what phones in the room ask for.
"""

from linli.loops.council.meetings.models.attendance import Attendee, Presence, Stay
from linli.loops.council.meetings.models.floor import Choice, Hand, Hands, Point, Speech
from linli.loops.council.meetings.models.meeting import AgendaItem, Body, Meeting, Openness, Paper, State
from linli.loops.council.meetings.models.record import Line, Minutes, Outcome
from linli.loops.council.meetings.models.slots import Slot, SlotAnswer, SlotPoll

__all__ = [
    "AgendaItem",
    "Attendee",
    "Body",
    "Choice",
    "Hand",
    "Hands",
    "Line",
    "Meeting",
    "Minutes",
    "Openness",
    "Outcome",
    "Paper",
    "Point",
    "Presence",
    "Slot",
    "SlotAnswer",
    "SlotPoll",
    "Speech",
    "State",
    "Stay",
]

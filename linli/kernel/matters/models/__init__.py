"""
What is stored about matters: the matter itself, its append-only timeline, clocks, work orders, parties, links, ratings.

States change only through `matters.turn`; nothing here writes.
"""

from linli.kernel.matters.models.judged import Exclusion, Rating, Suggestion
from linli.kernel.matters.models.matter import PREFIXES, Attachment, DayRoot, Entry, Grade, Link, Matter, Mute, Party, Urgency, Visibility
from linli.kernel.matters.models.promised import ACCOUNT, CalendarYear, Category, PromiseRule, WorkDay
from linli.kernel.matters.models.work import Clock, Pause, WorkOrder

__all__ = [
    "ACCOUNT",
    "PREFIXES",
    "Attachment",
    "CalendarYear",
    "Category",
    "Clock",
    "DayRoot",
    "Entry",
    "Exclusion",
    "Grade",
    "Link",
    "Matter",
    "Mute",
    "Party",
    "Pause",
    "PromiseRule",
    "Rating",
    "Suggestion",
    "Urgency",
    "Visibility",
    "WorkDay",
    "WorkOrder",
]

"""Times, lists and statuses as Open311 writes them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

SPAN: Final = timedelta(days=90)
MOST: Final = 1000
LONGEST_TEXT: Final = 4000
LONGEST_BATCH: Final = 500

# Our state -> the extended status mySociety's FixMyStreet understands.
EXTENDED: Final = {
    "raised": "OPEN",
    "accepted": "INVESTIGATING",
    "dispatched": "ACTION_SCHEDULED",
    "whistled": "INTERNAL_REFERRAL",
    "in_progress": "IN_PROGRESS",
    "waiting": "INVESTIGATING",
    "suspended": "ACTION_SCHEDULED",
    "resolved": "FIXED",
    "closed": "CLOSED",
    "declined": "NOT_COUNCILS_RESPONSIBILITY",
    "withdrawn": "CANCELLED",
    "merged": "DUPLICATE",
}
ACCEPTED_STATUSES: Final = frozenset(
    {
        "OPEN",
        "FIXED",
        "IN_PROGRESS",
        "ACTION_SCHEDULED",
        "INVESTIGATING",
        "DUPLICATE",
        "NOT_COUNCILS_RESPONSIBILITY",
        "NO_FURTHER_ACTION",
        "INTERNAL_REFERRAL",
        "FOR_TRIAGE",
        "CLOSED",
        "CANCELLED",
        "REOPEN",
    }
)
_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?\s*(Z|[+-]\d{2}:?\d{2})?)?", re.IGNORECASE)
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)


# A code goes into `attribute[CODE]` of a form and into XML as text: letters, digits and a few marks, none of them a bracket.
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
LISTS: Final = frozenset({"singlevaluelist", "multivaluelist"})
MOST_QUESTIONS: Final = 30
MOST_VALUES: Final = 200


def is_code(text: str) -> bool:
    """Whether a question's code can travel through forms and addresses unchanged."""
    return bool(_CODE.fullmatch(text))


def why_not_values(datatype: str, values: Sequence[tuple[str, str]]) -> str:
    """
    What is wrong with the choices of a question of `datatype`: "missing", "unwanted", "too_many", "twice" or "empty"; "" for nothing.

    Only lists have choices, and a list needs at least two: with one there is nothing to choose.
    """
    if datatype not in LISTS:
        return "unwanted" if values else ""
    if len(values) < 2:
        return "missing"
    if len(values) > MOST_VALUES:
        return "too_many"
    if any(not key or not name for key, name in values):
        return "empty"
    return "twice" if len({key for key, _name in values}) < len(values) else ""


def moment(text: str) -> datetime | None:
    """
    A W3C date or time, aware. Without a zone it is UTC; None for anything that is not one.

    A plus that a form turned into a blank before the zone is put back ("…00:00 08:00").
    """
    text = re.sub(r"(\d{2}:\d{2}(?::\d{2})?) (\d{2}:?\d{2})$", r"\1+\2", text.strip())
    if not _TIME.fullmatch(text):
        return None
    try:
        found = datetime.fromisoformat(text.replace(" ", "T", 1))
        found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if _EARLIEST <= found <= _LATEST else None


def said(at: datetime | None) -> str | None:
    """`2010-01-01T00:00:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def comma_list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def window(start: datetime | None, end: datetime | None, now: datetime) -> tuple[datetime, datetime] | None:
    """The span that is looked at; None when it is longer than 90 days. One end alone takes 90 days from there; a start after the end finds nothing."""
    if start is None and end is None:
        return now - SPAN, now
    if start is None:
        assert end is not None
        return end - SPAN, end
    if end is None:
        return start, start + SPAN
    return (start, end) if end - start <= SPAN else None


def title_of(description: str, service: str, longest: int = 80) -> str:
    """The first sentence of what was written, shortened to a title; the service's name when nothing was."""
    first = re.split(r"[\n。！？!?]", description.strip(), maxsplit=1)[0].strip()
    return (first if len(first) <= longest else first[: longest - 1] + "…") or service[:longest]

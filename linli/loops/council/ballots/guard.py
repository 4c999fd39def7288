"""
The database's own refusal to change what was announced, whoever asks: the ballot's rule, roll, secrecy, window and question, the notice's
text and days, the text itself. Triggers for SQLite and PostgreSQL; `linli check` says when one is missing.

An announced ballot may only go onward (open, closed, counted, or stopped), have its key destroyed, and take its count and its bundle's hash
once. It becomes a draft again when the notice that announced it was taken back, and in no other way. A notice may be taken back, with its
reason, or used, once; a text may lose who wrote it.
"""

from __future__ import annotations

from typing import Final

from django.db import connection

from linli.kernel.access.triggers import Guard, Rule, same

_BALLOT: Final = (
    *("id", "motion_id", "step", "round", "kind", "question", "roll_id", "jurisdiction", "profile", "policies", "conditions"),
    *(
        "thresholds",
        "thresholds_source",
        "silent_clause",
        "secrecy",
        "first_stands",
        "settle_signed",
        "proxy_most",
        "consultative",
        "official_system",
    ),
    *("opens_at", "closes_at", "version", "created_at", "created_by_id"),
)
_FROZEN: Final = ("frozen", "frozen_hash", "announcement_id")
_COUNT: Final = ("result", "passed", "counted_at")
_OFFICIAL: Final = ("official_result", "official_proof_id")
_NOTICE: Final = ("id", "motion_id", "step", "text_id", "days", "frozen", "notice_id", "published_at", "decidable_at")
_TEXT: Final = ("id", "motion_id", "number", "title", "body", "options", "digest", "at")
_ONWARD: Final = (
    ("announced", ("open", "abandoned")),
    ("open", ("closed", "counted", "abandoned")),
    ("closed", ("counted", "abandoned")),
)


def _there() -> tuple[str, ...]:
    """The terms the table has now: a migration that goes back takes columns away, and a trigger that names one would refuse everything."""
    with connection.cursor() as cursor:
        if "ballots_ballot" not in connection.introspection.table_names(cursor):
            return _BALLOT
        found = {column.name for column in connection.introspection.get_table_description(cursor, "ballots_ballot")}
    return tuple(name for name in _BALLOT if name in found)


def _ballot(equal: str) -> str:
    """What may be done to a ballot that was announced."""
    steps = " OR ".join(f"(OLD.state = '{before}' AND NEW.state IN ({', '.join(repr(one) for one in after)}))" for before, after in _ONWARD)
    onward = f"(NEW.state = OLD.state OR {steps}) AND {same(_FROZEN, equal)}"
    taken_back = "EXISTS (SELECT 1 FROM motions_announcement WHERE id = OLD.announcement_id AND taken_back_at IS NOT NULL)"
    thawed = f"OLD.state = 'announced' AND NEW.state = 'draft' AND {taken_back}"
    once = (
        f"(OLD.state <> 'counted' OR ({same(_COUNT, equal)}))"
        f" AND (OLD.bundle_hash = '' OR {same(('bundle_hash',), equal)})"
        f" AND (CAST(OLD.official_result AS text) = '{{}}' OR ({same(_OFFICIAL, equal)}))"
    )
    return f"{same(_there(), equal)} AND (({onward}) OR ({thawed})) AND {once}"


def _rules(equal: str, _size: str) -> list[Rule]:
    used = f"({same(('used',), equal)} OR NEW.used)"
    back = f"(OLD.taken_back_at IS NULL OR ({same(('taken_back_at', 'why_taken_back'), equal)}))"
    announced = "EXISTS (SELECT 1 FROM motions_announcement WHERE text_id = OLD.id)"
    return [
        ("ballots_ballot_kept", "ballots_ballot", "UPDATE", f"OLD.state <> 'draft' AND NOT ({_ballot(equal)})"),
        ("ballots_ballot_stays", "ballots_ballot", "DELETE", "OLD.state <> 'draft'"),
        ("motions_announcement_kept", "motions_announcement", "UPDATE", f"NOT ({same(_NOTICE, equal)} AND {used} AND {back})"),
        ("motions_announcement_stays", "motions_announcement", "DELETE", "1 = 1"),
        ("motions_text_kept", "motions_text", "UPDATE", f"{announced} AND NOT ({same(_TEXT, equal)})"),
        ("motions_text_stays", "motions_text", "DELETE", announced),
    ]


GUARD: Final = Guard("what was announced never changes", _rules)
install, remove, missing = GUARD.install, GUARD.remove, GUARD.missing

"""
The database's own refusal to change a frozen roll, its voters or its units, whoever asks: triggers for SQLite and PostgreSQL.

A frozen roll may only be marked as replaced, follow its place when the tree moves, and lose the names of somebody who was erased by law.
`linli check` says when one is missing.
"""

from __future__ import annotations

from typing import Final

from linli.kernel.access.triggers import Guard, Rule, same

_ROLL_SAME: Final = (
    *("id", "place_id", "kind", "title", "record_date", "about", "policy", "facts", "voter_count", "unit_count", "area", "root", "hash"),
    *("version", "drawn_at", "created_at", "created_by_id", "frozen_at", "frozen_by_id", "objections_until", "notice_id"),
    *("replaces_id", "replaces_why"),
)
_VOTER_SAME: Final = (
    *("id", "roll_id", "seq", "key", "person_id", "household_id", "organisation", "organisation_code", "agent_id", "agent_as"),
    *("note", "home_path", "building_id", "door", "unit_count", "area", "who_digest", "hash"),
)


def _rules(equal: str, size: str) -> list[Rule]:
    closed = "EXISTS (SELECT 1 FROM rolls_roll WHERE id = {row}.roll_id AND state <> 'draft')"
    old, new = closed.format(row="OLD"), closed.format(row="NEW")
    nameless = f"NEW.name = '' AND NEW.agent_name = '' AND {size}(NEW.salt) = 0 AND {same(_VOTER_SAME, equal)}"
    onward = "(NEW.state = OLD.state OR (OLD.state = 'frozen' AND NEW.state = 'replaced'))"
    rules = [
        ("rolls_roll_kept", "rolls_roll", "UPDATE", f"OLD.state <> 'draft' AND NOT ({onward} AND {same(_ROLL_SAME, equal)})"),
        ("rolls_roll_stays", "rolls_roll", "DELETE", "OLD.state <> 'draft'"),
        ("rolls_voter_kept", "rolls_voter", "UPDATE", f"({old} OR {new}) AND NOT ({nameless})"),
    ]
    for table in ("rolls_voter", "rolls_votingunit", "rolls_holder"):
        rules += [(f"{table}_closed", table, "INSERT", new), (f"{table}_stays", table, "DELETE", old)]
        if table != "rolls_voter":
            rules.append((f"{table}_kept", table, "UPDATE", f"{old} OR {new}"))
    return rules


GUARD: Final = Guard("a frozen roll never changes", _rules)
install, remove, missing = GUARD.install, GUARD.remove, GUARD.missing

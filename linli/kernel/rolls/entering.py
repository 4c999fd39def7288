"""Lines of a list of people: a name, and what may follow it; a telephone number that fits makes it somebody of the register."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from linli.kernel.access.actor import Actor
from linli.kernel.access.rows import chunks
from linli.kernel.accounts.actions import phone_index
from linli.kernel.people.actions import identity_index
from linli.kernel.people.models import Person
from linli.kernel.people.queries import people_in_reach
from linli.lib.codes import CodeError, check_phone, check_rin
from linli.lib.masking import scrub
from linli.lib.texts import clean

_APART = re.compile(r"[,，;；\t|、]+")


def read_lines(actor: Actor, text: str, bodies: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Entries of a pasted list: "王小明, 13800138000, 第 2 小组". Empty lines are left out; what is no number is a note."""
    rows = []
    for line in text.splitlines():
        name, *rest = [part.strip() for part in _APART.split(clean(line, 200))] or [""]
        if name:
            rows.append({"name": name, "marks": rest, "bodies": list(bodies)})
    return recognised(actor, rows)


def recognised(actor: Actor, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """
    Entries with the people of the register they mean: the same name and the same telephone or identity number, in the actor's reach. `marks`
    are the other cells of a row. A few queries however many rows.
    """
    read = [_read(row) for row in rows]
    by_phone: dict[tuple[bytes, str], Person] = {}
    by_identity: dict[bytes, Person] = {}
    people = people_in_reach(actor)
    for part in chunks({phone for _row, phone, _identity in read if phone}):
        by_phone |= {(bytes(p.phone_blind or b""), p.name): p for p in people.filter(phone_blind__in=part)}
    for part in chunks({identity for _row, _phone, identity in read if identity}):
        by_identity |= {bytes(p.identity_blind or b""): p for p in people.filter(identity_blind__in=part)}
    return [
        {**row, "person": by_identity.get(identity or b"") or by_phone.get((phone or b"", str(row["name"])))}
        for row, phone, identity in read
    ]


def _read(row: dict[str, Any]) -> tuple[dict[str, Any], bytes | None, bytes | None]:
    """(entry, blind index of the phone, of the identity number); numbers never stay in a note."""
    phone = identity = None
    notes = []
    for mark in row.get("marks", ()):
        kind, index = _number(mark)
        if kind == "phone":
            phone = phone or index
        elif kind == "identity":
            identity = identity or index
        elif mark:
            notes.append(mark)
    note = scrub(" ".join(notes)).text[:120]
    return {"name": row["name"], "bodies": list(row.get("bodies", ())), "note": note}, phone, identity


def _number(text: str) -> tuple[str, bytes | None]:
    try:
        return "identity", identity_index(check_rin(text))
    except CodeError:
        pass
    try:
        return "phone", phone_index(check_phone(text))
    except CodeError:
        return "", None

"""What stands beside a matter at the Desk, whatever its kind: whom it concerns, what it is tied to, a telephone number opened for one answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotFound
from linli.kernel.matters import desk
from linli.kernel.matters.models import Link, Matter, Party
from linli.kernel.people.actions import agreed_to, consent_to_call, reveal, reveal_by_consent
from linli.lib.masking import mask_name, mask_phone


@dataclass(frozen=True)
class Known:
    """Somebody the matter concerns, masked; `revealed` holds what was just opened, for this one answer."""

    party: Party
    role: str
    name: str
    phone: str
    may_reveal: bool
    revealed: dict[str, str]
    refuses: bool = False


def people_of(
    actor: Actor,
    matter: Matter,
    parties: Sequence[Party],
    revealed: Mapping[int, dict[str, str]],
    *,
    unit_ids: frozenset[int] = frozenset(),
) -> list[Known]:
    """
    The parties, masked, each with whether the actor may open their phone: by their office, or, for a unit of `unit_ids` that works on it,
    because the party agreed (`refuses`: because they did not, they may not). One query at most.
    """
    if table.may(actor, "person.reveal", matter.place_path):
        return [_known(party, party.person is not None, revealed.get(party.pk, {})) for party in parties]
    if not _may_call(actor, matter, unit_ids):
        return [_known(party, False, {}) for party in parties]
    listed = [p.person_id for p in parties if p.person_id and p.role != Party.Role.RECORDER]
    agreed = agreed_to(consent_to_call(actor, matter.place_path), listed)
    return [
        _known(
            party,
            party.person_id in agreed,
            revealed.get(party.pk, {}),
            refuses=party.person_id in listed and party.person_id not in agreed,
        )
        for party in parties
    ]


def _may_call(actor: Actor, matter: Matter, unit_ids: frozenset[int]) -> bool:
    """Does the actor's unit work on it now, so that it may ring those who agreed?"""
    return matter.is_open and table.may(actor, "person.call", matter.place_path, unit_ids=unit_ids)


def _known(party: Party, may: bool, revealed: dict[str, str], *, refuses: bool = False) -> Known:
    person = party.person
    name = person.name if person else party.account.name if party.account else ""
    phone = mask_phone(person.phone.open()) if person and person.phone else ""
    # A colleague who recorded it is named in full: they acted in their office.
    shown = name if party.role == Party.Role.RECORDER else mask_name(name)
    return Known(party, party.get_role_display(), shown, phone, may, revealed, refuses)


def open_phone(
    actor: Actor,
    matter: Matter,
    parties: Sequence[Party],
    *,
    party: str,
    purpose: str,
    inside: bool,
    now: datetime,
    unit_ids: frozenset[int] = frozenset(),
) -> dict[int, dict[str, str]]:
    """
    Name and phone of one party (its number, as a form sent it), for this one answer; the reading is logged with its purpose, and the person
    can see it. A unit of `unit_ids` that works on it may where the party agreed. Raises NotFound, NotAllowed, Invalid without a purpose.
    """
    found = next((p for p in parties if str(p.pk) == party and p.person), None)
    if not inside or found is None or found.person is None:
        raise NotFound("no_person", _("没有找到这位当事人。"))
    asked: dict[str, Any] = {"actor": actor, "person": found.person, "purpose": purpose, "now": now, "concerning": matter.place_path}
    by_consent = not table.may(actor, "person.reveal", matter.place_path) and _may_call(actor, matter, unit_ids)
    phone = reveal_by_consent(unit_ids=unit_ids, **asked) if by_consent else reveal(field="phone", **asked)
    return {found.pk: {"name": found.person.name, "phone": phone}}


def links_of(matter: Matter, links: Sequence[Link], state_of: Callable[[Matter], str]) -> list[dict[str, Any]]:
    """What a matter is tied to, as rows; `state_of` says how another one stands, empty where its kind is not the room's own."""
    rows = []
    for tie in links:
        out = tie.source_id == matter.pk
        other = tie.target if out else tie.source
        words = _("这件%(kind)s %(ref)s") if out else _("%(ref)s %(kind)s这件")
        rows.append(
            {
                "title": words % {"kind": tie.get_kind_display(), "ref": other.ref},
                "href": desk.address_of(other),
                "meta": other.public_title,
                "chip": state_of(other),
            }
        )
    return rows

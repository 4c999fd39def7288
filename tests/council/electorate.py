"""
An electorate made in bulk inside an installation: homes, owners with accounts and tokens, a frozen roll, an open ballot. For measuring and
for faults, where the thousand single acts of setting up are not what is tried; the votes are real.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.db import SessionStore

from linli.kernel.accounts.actions import token_hash
from linli.kernel.accounts.models import Account, ApiToken, Grant
from linli.kernel.matters.models import Matter
from linli.kernel.people.models import Home, Ownership, Person
from linli.kernel.places.actions import add_place
from tests.council.factories import OPENS, Council, build_council, opened, scheduled
from tests.factories import HOUSE, NOW, build_cast


@dataclass(frozen=True)
class Electorate:
    """By the same order, for each home: number on the roll, token, session key. `others` are on the roll too and do not vote."""

    ballot_id: int
    seqs: list[int]
    tokens: list[str]
    sessions: list[str]


@dataclass(frozen=True)
class Settled:
    """The compound with its owners, before their ballot is opened; fit for pickling."""

    council: Council
    matter: Matter
    people: list[Person]
    tokens: list[str]
    sessions: list[str]


def build(homes: int, closes_at: datetime, **terms: Any) -> Electorate:
    """An open ballot of a compound in which `homes` homes more than the council's own have an owner with an account."""
    return open_for(settle(homes), closes_at, **terms)


def settle(homes: int) -> Settled:
    """The slow part of `build`: all but the ballot."""
    council = build_council(build_cast())
    matter = scheduled(council)  # before the many homes come: they would ask for as many seconders
    accounts, people = _owners(council, homes)
    secret = [f"linli_{secrets.token_urlsafe(24)}" for _ in accounts]
    ApiToken.objects.bulk_create(
        [ApiToken(account=a, name="t", hash=token_hash(s), scopes=["*"], created_at=NOW) for a, s in zip(accounts, secret, strict=True)]
    )
    return Settled(council, matter, people, secret, [_session(a) for a in accounts])


def open_for(settled: Settled, closes_at: datetime, **terms: Any) -> Electorate:
    """The ballot of those who settled, open until `closes_at` (at least for a day from its opening)."""
    ballot = opened(settled.council, matter=settled.matter, closes_at=max(closes_at, OPENS + timedelta(days=1)), **terms)
    seqs = dict(ballot.roll.voters.values_list("person_id", "seq"))
    return Electorate(ballot.pk, [seqs[p.pk] for p in settled.people], settled.tokens, settled.sessions)


def _owners(council: Council, homes: int) -> tuple[list[Account], list[Person]]:
    then = NOW - timedelta(days=8)
    building = add_place(actor=HOUSE, kind="building", name="2 栋", parent=council.compound, now=then)
    places = [add_place(actor=HOUSE, kind="home", name=f"{i:05d}", parent=building, now=then) for i in range(homes)]
    numbers = range(homes)
    accounts = Account.objects.bulk_create([Account(username=f"voter{i}", name=f"业主{i}", password="!", created_at=then) for i in numbers])
    people = Person.objects.bulk_create(
        [Person(name=f"业主{i}", account=accounts[i], home_place=places[i], home_path=places[i].path, created_at=then) for i in numbers]
    )
    registers = Home.objects.bulk_create([Home(place=p, exclusive_area=6500 + i % 5 * 900) for i, p in enumerate(places)])
    Ownership.objects.bulk_create([Ownership(person=people[i], home=registers[i], since_on=then.date()) for i in numbers])
    Grant.objects.bulk_create([Grant(account=accounts[i], role="resident", place=places[i], starts_at=then) for i in numbers])
    return accounts, people


def _session(account: Account) -> str:
    session = SessionStore()
    session["_auth_user_id"], session["_auth_user_backend"] = str(account.pk), "allauth.account.auth_backends.AuthenticationBackend"
    session["_auth_user_hash"] = account.get_session_auth_hash()
    session["account_authentication_methods"] = [{"method": "code", "at": datetime.now(UTC).timestamp()}]
    session.save()
    return str(session.session_key)

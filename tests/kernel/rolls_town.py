"""A compound for tests of rolls: buildings, homes and people made through the house's own actions."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from linli.kernel.accounts.models import Account
from linli.kernel.people import actions as people
from linli.kernel.people.models import Home, Ownership, Person
from linli.kernel.places.actions import add_place
from linli.kernel.places.models import Place
from tests.factories import DAY, HOUSE, NOW, Cast

SINCE = date(2020, 1, 1)
TODAY = date(2026, 6, 10)


def person_called(name: str, *, home: Place | None = None, identity: str = "", phone: str = "", born: date | None = None) -> Person:
    made, _new = people.register_person(actor=HOUSE, name=name, now=NOW - 5 * DAY, identity=identity, phone=phone, home_place=home)
    if born is not None:
        made.born_on = born
        made.save(update_fields=["born_on"])
    return made


def door(parent: Place, name: str, area: int | None = 8937, **more: Any) -> Home:
    place = add_place(actor=HOUSE, kind="home", name=name, parent=parent, now=NOW - 9 * DAY)
    return people.set_home(actor=HOUSE, place=place, now=NOW - 9 * DAY, exclusive_area=area, **more)


def owned(home: Home, who: Person, share: str = "1", since: date = SINCE) -> Ownership:
    return people.own(actor=HOUSE, person=who, home=home, share=Fraction(share), since_on=since, now=NOW - 5 * DAY)


def owned_by_company(home: Home, name: str, code: str = "", share: str = "1") -> Ownership:
    part = Fraction(share)
    return Ownership.objects.create(
        home=home,
        organisation=name,
        organisation_code=code,
        share_numerator=part.numerator,
        share_denominator=part.denominator,
        since_on=SINCE,
    )


def lives(home: Home, who: Person, relation: str = "owner", since: date = SINCE) -> Any:
    return people.settle(actor=HOUSE, person=who, home=home, relation=relation, since_on=since, now=NOW - 5 * DAY)


def with_account(who: Person, username: str) -> Account:
    from tests.factories import account_of

    account = account_of(username, who.name)
    who.account = account
    who.save(update_fields=["account"])
    return account


class Yard:
    """One building "6 栋" of the cast's compound with an entrance; homes are added as a test needs them."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.building = add_place(actor=HOUSE, kind="building", name="6 栋", parent=cast.here.compound, now=NOW - 9 * DAY)
        self.entrance = add_place(actor=HOUSE, kind="entrance", name="1 单元", parent=self.building, now=NOW - 9 * DAY)

    def home(self, name: str, *owners: Person, area: int | None = 8937, **more: Any) -> Home:
        made = door(self.entrance, name, area, **more)
        for one in owners:
            owned(made, one, str(Fraction(1, len(owners))))
        return made

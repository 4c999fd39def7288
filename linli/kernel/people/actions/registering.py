"""People come onto the roster, and what is known of them is put right."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, said
from linli.kernel.access.sealed import blind
from linli.kernel.accounts.actions import log_event, phone_index
from linli.kernel.people.models import ContactBy, Person
from linli.kernel.places.models import Place
from linli.lib.codes import CodeError, check_phone, check_rin, rin_birth_date, rin_sex
from linli.lib.texts import clean


def identity_index(identity: str) -> bytes | None:
    return blind(identity, "identity")


def address_index(address: str) -> bytes | None:
    return blind(address, "address")


def canonical(*, identity: str = "", phone: str = "") -> tuple[str, str]:
    """Checked identity number and phone. Raises Invalid with the field and how to mend it."""
    fields: dict[str, list[Any]] = {}
    for name, value, check in (("identity", identity, check_rin), ("phone", phone, check_phone)):
        if value:
            try:
                value = check(value)
            except CodeError as error:
                fields[name] = [said(error)]
        if name == "identity":
            identity = value
        else:
            phone = value
    if fields:
        raise Invalid("bad_person", _("居民信息有误。"), fields=fields)
    return identity, phone


@transaction.atomic
def register_person(
    *,
    actor: Actor,
    name: str,
    now: datetime,
    identity: str = "",
    phone: str = "",
    address: str = "",
    home_place: Place | None = None,
    contact_by: str = ContactBy.APP,
    language: str = "",
    large_type: bool = False,
) -> tuple[Person, bool]:
    """
    Register a person; returns (person, was new). Somebody with the same identity number, or the same name and phone, is returned.

    Raises Invalid for a bad number or an empty name, NotAllowed outside one's subtree.
    """
    table.require(actor, "person.edit", home_place.path if home_place else "")
    name = clean(name, 60)
    if not name:
        raise Invalid("missing", _("请填写姓名。"), fields={"name": [_("请填写姓名。")]})
    identity, phone = canonical(identity=identity, phone=phone)
    known = find_person(name=name, identity=identity, phone=phone)
    if known is not None:
        return known, False
    person = Person(name=name, created_at=now, contact_by=contact_by, language=language, large_type=large_type)
    write_sealed(person, identity=identity, phone=phone, address=address)
    if identity:
        person.born_on, person.sex = rin_birth_date(identity), rin_sex(identity)[0]
    if home_place is not None:
        person.home_place, person.home_path = home_place, home_place.path
    person.save(force_insert=True)
    return person, True


def find_person(*, name: str, identity: str, phone: str) -> Person | None:
    """By identity number, or else by name and phone together; canonical values."""
    if identity:
        found = Person.objects.filter(identity_blind=identity_index(identity)).first()
        if found:
            return found
    if phone:
        return (
            Person.objects.filter(phone_blind=phone_index(phone), name=name, erased_at=None)
            .filter(Q(identity_blind=None) if identity else Q())
            .first()
        )
    return None


def write_sealed(person: Person, *, identity: str | None = None, phone: str | None = None, address: str | None = None) -> None:
    if identity is not None:
        person.identity, person.identity_blind = identity, identity_index(identity)
    if phone is not None:
        person.phone, person.phone_blind = phone, phone_index(phone)
    if address is not None:
        person.address, person.address_blind = clean(address, 200), address_index(clean(address, 200))


@transaction.atomic
def mend_person(*, actor: Actor, person: Person, now: datetime, **changes: Any) -> Person:
    """
    Change a person's facts: name, identity, phone, address, contact_by, language, large_type, home_place.

    The person may change their own contact facts; identity and name only staff. Raises Invalid, NotAllowed.
    """
    own = person.account_id is not None and person.account_id == actor.account_id
    only_contact = set(changes) <= {"phone", "contact_by", "language", "large_type", "address"}
    table.require(actor, "person.contact" if only_contact else "person.edit", person.home_path, own=own)
    if changes.get("home_place"):
        table.require(actor, "person.edit", changes["home_place"].path)
    identity, phone = canonical(identity=changes.get("identity", ""), phone=changes.get("phone", ""))
    _check_plain(changes)
    write_sealed(
        person,
        identity=identity if "identity" in changes else None,
        phone=phone if "phone" in changes else None,
        address=changes.get("address"),
    )
    for name in ("name", "contact_by", "language", "large_type"):
        if name in changes:
            setattr(person, name, clean(changes[name], 60) if name == "name" else changes[name])
    if changes.get("home_place"):
        person.home_place, person.home_path = changes["home_place"], changes["home_place"].path
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        raise Invalid("identity_taken", _("这个身份证号已经登记给另一个人。"), fields={"identity": [_("请核对身份证号。")]}) from None
    log_event("person_changed", now=now, actor=actor, about=f"person {person.pk}", fields=sorted(changes))
    return person


def _check_plain(changes: dict[str, Any]) -> None:
    if "name" in changes and not clean(changes["name"], 60):
        raise Invalid("missing", _("请填写姓名。"), fields={"name": [_("请填写姓名。")]})
    if "contact_by" in changes and changes["contact_by"] not in ContactBy.values:
        raise Invalid("bad_contact", _("请选择联系方式。"), fields={"contact_by": [_("请选择联系方式。")]})

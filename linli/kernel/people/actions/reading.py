"""What is kept of a person: opened for somebody's eyes with a reason, taken away as a copy, erased."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.dispatch import Signal
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotAllowed, NotFound, Refused
from linli.kernel.accounts.actions import log_event
from linli.kernel.people.actions.registering import write_sealed
from linli.kernel.people.models import Consent, ContactBy, FieldReading, HelperLink, Person
from linli.kernel.people.purposes import CALLED_BY_HANDLERS, SHARED_WITH_PROPERTY

SEALED = {"identity": "people.person.identity", "phone": "people.person.phone", "address": "people.person.address"}

# Sent inside the transaction in which a person is erased: `person`, `now`. Whoever keeps words about people blanks them.
person_erased = Signal()
# Sent when a copy of everything about a person is made: `person`. Each receiver answers with a mapping of what it keeps, by a name of its own.
person_exported = Signal()


@transaction.atomic
def reveal(*, actor: Actor, person: Person, field: str, purpose: str, now: datetime, concerning: str = "") -> str:
    """
    Open one sealed field for the actor's eyes; the reading is logged with its purpose, and the person can see the log.

    `concerning` is the path of a matter the person is a party to: whoever may reveal there may, wherever the person lives.

    Raises Invalid without a purpose or for an unknown field, NotAllowed by the table.
    """
    own_record = person.account_id is not None and person.account_id == actor.account_id
    if not (concerning and table.may(actor, "person.reveal", concerning)):
        table.require(actor, "person.reveal", person.home_path, own=own_record)
    if field not in SEALED or not (purpose.strip() or own_record):
        raise Invalid("missing", _("请写明为什么要看。"), fields={"purpose": [_("请写明为什么要看，例如“电话回访”。")]})
    if not own_record:
        FieldReading.objects.create(
            person=person, field=field, reader_id=actor.account_id, reader_name=actor.name, purpose=purpose.strip()[:120], at=now
        )
    return str(getattr(person, field).open())


def consent_to_call(actor: Actor, path: str) -> str:
    """The purpose a person must have agreed to before the actor's unit may ring them about a matter at `path` (PIPL 23)."""
    return SHARED_WITH_PROPERTY if any(s.role == "property_manager" for s in actor.standings_at(path)) else CALLED_BY_HANDLERS


def agreed_to(purpose: str, people: Sequence[int]) -> frozenset[int]:
    """Those of the people who agreed to a purpose and have not taken it back. One query, none for nobody."""
    if not people:
        return frozenset()
    return frozenset(Consent.objects.filter(person__in=people, purpose=purpose, withdrawn_at=None).values_list("person", flat=True))


@transaction.atomic
def reveal_by_consent(*, actor: Actor, person: Person, purpose: str, now: datetime, concerning: str, unit_ids: frozenset[int]) -> str:
    """
    Open the phone of a person for a unit that works on a matter of theirs (at the path `concerning`, held by `unit_ids`), because they agreed
    to be rung by it; the reading is logged as by `reveal`.

    Raises NotAllowed by the table and without the consent, Invalid without a purpose.
    """
    table.require(actor, "person.call", concerning, unit_ids=unit_ids)
    if not agreed_to(consent_to_call(actor, concerning), [person.pk]):
        raise NotAllowed(
            "no_consent",
            _("当事人没有同意把电话告诉您的单位，不能查看。"),
            rule=_("个人信息保护法第二十三条：向别的单位提供要单独同意"),
            turn_to=_("请社区代为联系，或者请社区征得同意后登记"),
        )
    if not purpose.strip():
        raise Invalid("missing", _("请写明为什么要看。"), fields={"purpose": [_("请写明为什么要看，例如“电话回访”。")]})
    FieldReading.objects.create(
        person=person, field="phone", reader_id=actor.account_id, reader_name=actor.name, purpose=purpose.strip()[:120], at=now
    )
    return str(person.phone.open()) if person.phone else ""


@transaction.atomic
def reveal_phones(*, actor: Actor, people: Sequence[Person], purpose: str, now: datetime) -> dict[int, str]:
    """
    Open the phones of several people at once, for a list of calls; each reading is logged as by `reveal`. Returns phone by person id.

    The caller has checked that the actor is to call them (`call.record`). Raises NotAllowed, Invalid without a purpose.
    """
    if not table.holds(actor, "person.reveal"):
        raise table.refusal(actor, "person.reveal")
    if not purpose.strip():
        raise Invalid("missing", _("请写明为什么要看。"), fields={"purpose": [_("请写明为什么要看，例如“电话回访”。")]})
    unique = {p.pk: p for p in people}
    FieldReading.objects.bulk_create(
        FieldReading(person=p, field="phone", reader_id=actor.account_id, reader_name=actor.name, purpose=purpose.strip()[:120], at=now)
        for p in unique.values()
    )
    return {pk: p.phone.open() if p.phone else "" for pk, p in unique.items()}


def export_person(*, actor: Actor, person: Person, now: datetime) -> dict[str, Any]:
    """Everything stored about one person, as plain data (PIPL 45). Their own, or by those who may."""
    own_record = person.account_id is not None and person.account_id == actor.account_id
    table.require(actor, "person.export", person.home_path, own=own_record)
    if not own_record:
        for field in SEALED:
            FieldReading.objects.create(
                person=person, field=field, reader_id=actor.account_id, reader_name=actor.name, purpose=gettext_noop("导出个人资料"), at=now
            )
    log_event("person_exported", now=now, actor=actor, about=f"person {person.pk}")
    return {
        "name": person.name,
        "sex": person.sex,
        "born_on": person.born_on,
        **{field: getattr(person, field).open() for field in SEALED},
        "home": str(person.home_place or ""),
        "contact_by": person.contact_by,
        "language": person.language,
        "large_type": person.large_type,
        "verified_at": person.verified_at,
        "created_at": person.created_at,
        "account": person.account.username if person.account else "",
        "helpers": list(person.helpers.values("helper__name", "kind", "since_on", "until_on")),
        "helps": list(person.helps.values("person__name", "kind", "since_on", "until_on")),
        "residences": list(person.residences.values("household__home__place__name", "relation", "since_on", "until_on")),
        "ownerships": list(person.ownerships.values("home__place__name", "share_numerator", "share_denominator", "since_on", "until_on")),
        "groups": list(person.group_facts.values("group", "since_on", "until_on", "source")),
        "consents": list(person.consents.values("purpose", "basis", "given_at", "how", "withdrawn_at")),
        "readings": list(person.readings.values("field", "reader_name", "purpose", "at")),
        **dict(_told_elsewhere(person)),
    }


def _told_elsewhere(person: Person) -> Iterator[tuple[str, Any]]:
    """What other parts of the house keep of the person, by name."""
    answers: list[tuple[Any, Any]] = person_exported.send(Person, person=person)
    for _receiver, told in answers:
        yield from told.items()


@transaction.atomic
def erase_person(*, actor: Actor, person: Person, reason: str, now: datetime) -> None:
    """
    Erase a person (PIPL 47): sealed fields, name, facts and consents go; what they raised stays without them.

    Raises Refused while they own a home (the roll of owners needs them), Invalid without a reason.
    """
    own_record = person.account_id is not None and person.account_id == actor.account_id
    table.require(actor, "person.erase", person.home_path, own=own_record)
    if not reason.strip():
        raise Invalid("missing", _("请写明依据。"), fields={"reason": [_("请写明依据，例如“本人申请”。")]})
    if person.ownerships.filter(until_on=None).exists():
        raise Refused("owns_home", _("登记在册的业主不能删除，请先在房屋档案里变更产权。"), rule="个人信息保护法 47")
    person_erased.send(Person, person=person, now=now)
    person.group_facts.all().delete()
    person.consents.all().delete()
    HelperLink.objects.filter(Q(person=person) | Q(helper=person)).delete()
    person.residences.all().delete()
    write_sealed(person, identity="", phone="", address="")
    account, person.account = person.account, None
    person.name, person.sex, person.born_on, person.erased_at, person.contact_by = (
        gettext_noop("已删除的居民"),
        "",
        None,
        now,
        ContactBy.NONE,
    )
    person.save()
    if account is not None:
        account.phone, account.phone_blind, account.is_active, account.name = "", None, False, person.name
        account.save()
    log_event("person_erased", now=now, actor=actor, about=f"person {person.pk}", reason=reason)


def person_of(actor: Actor) -> Person:
    """The person behind the actor's account. Raises NotFound for an account without one."""
    person = Person.objects.select_related("home_place").filter(pk=actor.person_id).first() if actor.person_id else None
    if person is None:
        raise NotFound("no_person", _("这个账号还没有登记居民资料。"))
    return person

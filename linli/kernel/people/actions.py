"""What people do with people: register, mend, settle in a home, own, consent, reveal a sealed field, export and erase."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.dispatch import Signal
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused, said
from linli.kernel.access.sealed import blind
from linli.kernel.accounts.actions import log_event, phone_index
from linli.kernel.people.models import (
    Consent,
    ContactBy,
    FieldReading,
    GroupFact,
    HelperLink,
    Home,
    Household,
    Ownership,
    Person,
    Relation,
    Residence,
)
from linli.kernel.places.models import Kind, Place
from linli.lib.codes import CodeError, check_phone, check_rin, check_uscc, rin_birth_date, rin_sex
from linli.lib.texts import clean

SEALED = {"identity": "people.person.identity", "phone": "people.person.phone", "address": "people.person.address"}

# Sent inside the transaction in which a person is erased: `person`, `now`. Whoever keeps words about people blanks them.
person_erased = Signal()
# Sent when a copy of everything about a person is made: `person`. Each receiver answers with a mapping of what it keeps, by a name of its own.
person_exported = Signal()


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
    _write_sealed(person, identity=identity, phone=phone, address=address)
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


def _write_sealed(person: Person, *, identity: str | None = None, phone: str | None = None, address: str | None = None) -> None:
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
    _write_sealed(
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


@transaction.atomic
def set_home(
    *, actor: Actor, place: Place, now: datetime, exclusive_area: int | None = None, use: str = "dwelling", register_code: str = ""
) -> Home:
    """The home at a place of kind home, made or mended. `exclusive_area` in 0.01 m², positive."""
    table.require(actor, "person.edit", place.path)
    if place.kind != Kind.HOME or (exclusive_area is not None and exclusive_area <= 0):
        raise Invalid("bad_home", _("房屋面积应大于 0，地点应为一户房屋。"), fields={"exclusive_area": [_("请核对面积。")]})
    home, _made = Home.objects.get_or_create(place=place)
    home.exclusive_area = exclusive_area if exclusive_area is not None else home.exclusive_area
    home.use, home.register_code = use or home.use, register_code or home.register_code
    home.save()
    return home


@transaction.atomic
def settle(*, actor: Actor, person: Person, home: Home, relation: str, since_on: date, now: datetime) -> Residence:
    """Someone lives in a home from a day. Settling again in the same home only updates the relation."""
    table.require(actor, "person.edit", home.place.path)
    if relation not in Relation.values:
        raise Invalid("bad_relation", _("请选择与房屋的关系。"))
    household, _made = Household.objects.get_or_create(home=home)
    residence, made = Residence.objects.get_or_create(
        person=person, household=household, until_on=None, defaults={"relation": relation, "since_on": since_on}
    )
    if not made and residence.relation != relation:
        residence.relation = relation
        residence.save(update_fields=["relation"])
    if person.home_place_id != home.place_id:
        person.home_place, person.home_path = home.place, home.place.path
        person.save(update_fields=["home_place", "home_path"])
    return residence


@transaction.atomic
def own(*, actor: Actor, person: Person, home: Home, share: Fraction, since_on: date, now: datetime) -> Ownership:
    """Someone owns an exact share of a home. Raises Refused when all shares together would exceed the whole."""
    table.require(actor, "person.edit", home.place.path)
    current = [(o.person_id, Fraction(o.share_numerator, o.share_denominator)) for o in home.ownerships.filter(until_on=None)]
    others = sum((part for owner, part in current if owner != person.pk), Fraction(0))
    if share <= 0 or share + others > 1:
        raise Refused("shares_over_whole", _("各位业主的份额加起来超过了 1，请核对。"), rule="民法典 298")
    made, _new = Ownership.objects.update_or_create(
        home=home,
        person=person,
        until_on=None,
        defaults={"share_numerator": share.numerator, "share_denominator": share.denominator},
        create_defaults={"share_numerator": share.numerator, "share_denominator": share.denominator, "since_on": since_on},
    )
    return made


@transaction.atomic
def own_as_organisation(
    *, actor: Actor, organisation: str, home: Home, share: Fraction, since_on: date, now: datetime, code: str = ""
) -> Ownership:
    """
    An organisation owns an exact share of a home, by its name and, where known, its credit code. Stating it again mends share and code.

    Raises Refused when all shares together would exceed the whole, Invalid for a missing name or a wrong code.
    """
    table.require(actor, "person.edit", home.place.path)
    organisation = clean(organisation, 80)
    if not organisation:
        raise Invalid("missing", _("请填写单位名称。"), fields={"organisation": [_("请填写单位名称。")]})
    try:
        code = check_uscc(code) if code.strip() else ""
    except CodeError as error:
        raise Invalid("bad_code", _("统一社会信用代码有误。"), fields={"code": [said(error)]}) from None
    current = list(home.ownerships.filter(until_on=None))
    mine = next((o for o in current if o.organisation == organisation or (code and o.organisation_code == code)), None)
    others = sum((Fraction(o.share_numerator, o.share_denominator) for o in current if o is not mine), Fraction(0))
    if share <= 0 or share + others > 1:
        raise Refused("shares_over_whole", _("各位业主的份额加起来超过了 1，请核对。"), rule="民法典 298")
    made = mine or Ownership(home=home, since_on=since_on)
    made.organisation, made.organisation_code = organisation, code or made.organisation_code
    made.share_numerator, made.share_denominator = share.numerator, share.denominator
    made.save()
    return made


@transaction.atomic
def note_group(*, actor: Actor, person: Person, group: str, since_on: date, source: str, now: datetime) -> GroupFact:
    """Record, as a dated fact with its source, that a person belongs to a population group."""
    table.require(actor, "person.edit", person.home_path)
    fact, _made = GroupFact.objects.get_or_create(
        person=person, group=group, until_on=None, defaults={"since_on": since_on, "source": source}
    )
    return fact


@transaction.atomic
def link_helper(*, actor: Actor, person: Person, helper: Person, kind: str, since_on: date, now: datetime) -> HelperLink:
    """`helper` may raise and follow matters for `person`; made by staff, or by the person themselves."""
    own_record = person.account_id is not None and person.account_id == actor.account_id
    table.require(actor, "person.helper", person.home_path, own=own_record)
    if person.pk == helper.pk or kind not in {"guardian", "helper"}:
        raise Invalid("bad_helper", _("请选择另一个人，并说明是监护人还是帮办人。"))
    tie, _made = HelperLink.objects.get_or_create(person=person, helper=helper, kind=kind, until_on=None, defaults={"since_on": since_on})
    log_event("helper_linked", now=now, actor=actor, about=f"person {person.pk}", helper=helper.pk)
    return tie


@transaction.atomic
def end_helper(*, actor: Actor, tie: HelperLink, now: datetime) -> None:
    """From today on the helper may not act for the person any more. Ending it again changes nothing."""
    person = tie.person
    own_record = person.account_id is not None and person.account_id == actor.account_id
    table.require(actor, "person.helper", person.home_path, own=own_record)
    if tie.until_on is None:
        tie.until_on = localdate(now)
        tie.save(update_fields=["until_on"])
        log_event("helper_ended", now=now, actor=actor, about=f"person {person.pk}", helper=tie.helper_id)


@transaction.atomic
def give_consent(*, actor: Actor, person: Person, purpose: str, basis: str, how: str, now: datetime) -> Consent:
    """Record a separate consent for one purpose (PIPL 14, 23, 29)."""
    own_record = person.account_id is not None and person.account_id == actor.account_id
    table.require(actor, "person.consent", person.home_path, own=own_record)
    made, _new = Consent.objects.get_or_create(
        person=person, purpose=purpose, withdrawn_at=None, defaults={"basis": basis, "how": how, "given_at": now}
    )
    return made


@transaction.atomic
def withdraw_consent(*, actor: Actor, consent: Consent, now: datetime) -> None:
    """Withdraw a consent: as easy as giving it, and nothing past is undone (PIPL 15)."""
    own_record = consent.person.account_id is not None and consent.person.account_id == actor.account_id
    table.require(actor, "person.consent", consent.person.home_path, own=own_record)
    if consent.withdrawn_at is None:
        consent.withdrawn_at = now
        consent.save(update_fields=["withdrawn_at"])


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
    _write_sealed(person, identity="", phone="", address="")
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


@transaction.atomic
def move_out(*, actor: Actor, residence: Residence, until_on: date, now: datetime) -> Residence:
    """Somebody no longer lives in a home, as of a day. Raises Invalid for a day before they came."""
    home = residence.household.home
    table.require(actor, "person.edit", home.place.path)
    if until_on < residence.since_on:
        raise Invalid("ends_before_start", _("结束日期不能早于开始日期。"), fields={"until_on": [_("请核对日期。")]})
    residence.until_on = until_on
    residence.save(update_fields=["until_on"])
    person = residence.person
    if person.home_place_id == home.place_id:
        other = person.residences.filter(until_on=None).select_related("household__home__place").order_by("-since_on").first()
        place = other.household.home.place if other else None
        person.home_place, person.home_path = place, place.path if place else person.home_path
        person.save(update_fields=["home_place", "home_path"])
    log_event("person_changed", now=now, actor=actor, about=f"person {person.pk}", fields=["residence"])
    return residence


@transaction.atomic
def end_ownership(*, actor: Actor, ownership: Ownership, until_on: date, now: datetime) -> Ownership:
    """A share passed to somebody else, as of a day; the row stays as history."""
    table.require(actor, "person.edit", ownership.home.place.path)
    if until_on < ownership.since_on:
        raise Invalid("ends_before_start", _("结束日期不能早于开始日期。"), fields={"until_on": [_("请核对日期。")]})
    ownership.until_on = until_on
    ownership.save(update_fields=["until_on"])
    log_event("person_changed", now=now, actor=actor, about=f"home {ownership.home_id}", fields=["ownership"])
    return ownership


@transaction.atomic
def end_group(*, actor: Actor, fact: GroupFact, until_on: date, now: datetime) -> GroupFact:
    """Somebody no longer belongs to a population group, as of a day."""
    table.require(actor, "person.edit", fact.person.home_path)
    if until_on < fact.since_on:
        raise Invalid("ends_before_start", _("结束日期不能早于开始日期。"), fields={"until_on": [_("请核对日期。")]})
    fact.until_on = until_on
    fact.save(update_fields=["until_on"])
    log_event("person_changed", now=now, actor=actor, about=f"person {fact.person_id}", fields=["group"])
    return fact

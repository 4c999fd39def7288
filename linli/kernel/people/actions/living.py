"""Homes: who lives there and who owns which share, from which day until which; and the dated groups a person belongs to."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused, said
from linli.kernel.accounts.actions import log_event
from linli.kernel.people.models import GroupFact, Home, Household, Ownership, Person, Relation, Residence
from linli.kernel.places.models import Kind, Place
from linli.lib.codes import CodeError, check_uscc
from linli.lib.texts import clean


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
def note_group(*, actor: Actor, person: Person, group: str, since_on: date, source: str, now: datetime) -> GroupFact:
    """Record, as a dated fact with its source, that a person belongs to a population group."""
    table.require(actor, "person.edit", person.home_path)
    fact, _made = GroupFact.objects.get_or_create(
        person=person, group=group, until_on=None, defaults={"since_on": since_on, "source": source}
    )
    return fact


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

"""Whom a person lets act for them, and what they agree to: given and taken back as easily, by themselves or through whoever keeps the roster."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid
from linli.kernel.accounts.actions import log_event
from linli.kernel.people.models import Consent, HelperLink, Person


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
    """
    Record a separate consent for one purpose (PIPL 14, 23, 29), given by the person, or said to whoever keeps the roster: `how` tells how.
    Giving it again changes nothing.
    """
    own_record = person.account_id is not None and person.account_id == actor.account_id
    table.require(actor, "person.consent", person.home_path, own=own_record)
    made, fresh = Consent.objects.get_or_create(
        person=person, purpose=purpose, withdrawn_at=None, defaults={"basis": basis, "how": how, "given_at": now}
    )
    if fresh and not own_record:
        log_event("consent_recorded", now=now, actor=actor, about=f"person {person.pk}", purpose=purpose)
    return made


@transaction.atomic
def withdraw_consent(*, actor: Actor, consent: Consent, now: datetime) -> None:
    """Withdraw a consent: as easy as giving it, and nothing past is undone (PIPL 15)."""
    own_record = consent.person.account_id is not None and consent.person.account_id == actor.account_id
    table.require(actor, "person.consent", consent.person.home_path, own=own_record)
    if consent.withdrawn_at is None:
        consent.withdrawn_at = now
        consent.save(update_fields=["withdrawn_at"])
        if not own_record:
            log_event("consent_taken_back", now=now, actor=actor, about=f"person {consent.person_id}", purpose=consent.purpose)

"""Reading the names on a roll: masked everywhere, opened for a purpose, logged for the person."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound
from linli.kernel.accounts.actions import log_event
from linli.kernel.people.models import FieldReading
from linli.kernel.rolls.models import Holder, Roll, Voter
from linli.lib.texts import clean


@transaction.atomic
def reveal_voter(*, actor: Actor, roll: Roll, seq: int, purpose: str, now: datetime) -> Voter:
    """
    The whole names of one voter, for the actor's eyes; each person behind the voter sees in their log who read it and why.

    Raises NotAllowed by the table, Invalid without a purpose, NotFound for an unknown number.
    """
    table.require(actor, "roll.reveal", roll.place_path)
    purpose = _purpose(purpose)
    voter = Voter.objects.filter(roll=roll, seq=seq).first()
    if voter is None:
        raise NotFound("no_voter", _("名册上没有这个序号。"))
    _log(actor, set(Holder.objects.filter(voter=voter).values_list("person_id", flat=True)), purpose, now)
    return voter


@transaction.atomic
def note_export(*, actor: Actor, roll: Roll, purpose: str, now: datetime) -> None:
    """
    A list of the roll leaves the house. With a `purpose` its names are whole: for those who may, logged for everybody on it.

    Raises NotAllowed by the table.
    """
    table.require(actor, "roll.export", roll.place_path)
    purpose = clean(purpose, 120)
    if purpose:
        table.require(actor, "roll.reveal", roll.place_path)
        _log(actor, set(Holder.objects.filter(roll=roll).values_list("person_id", flat=True)), purpose, now)
    log_event("roll_exported", now=now, actor=actor, about=f"roll {roll.pk}", opened=bool(purpose), purpose=purpose)


def _purpose(text: str) -> str:
    text = clean(text, 120)
    if not text:
        raise Invalid("missing", _("请写明为什么要看。"), fields={"purpose": [_("请写明为什么要看，例如“送达表决票”。")]})
    return text


def _log(actor: Actor, people: Iterable[int], purpose: str, now: datetime) -> None:
    FieldReading.objects.bulk_create(
        (
            FieldReading(person_id=one, field="name", reader_id=actor.account_id, reader_name=actor.name, purpose=purpose, at=now)
            for one in sorted(people)
        ),
        batch_size=500,
    )

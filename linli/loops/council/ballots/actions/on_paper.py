"""Votes on paper: sheets printed with a code each, keyed by two who do not see each other, settled where they differ."""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.files.models import StoredFile
from linli.kernel.rolls.models import Voter
from linli.loops.council.ballots import locks
from linli.loops.council.ballots.actions.storing import checked, store
from linli.loops.council.ballots.models import Ballot, Channel, Reading, Sheet, State
from linli.loops.council.ballots.wording import refuse

_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@transaction.atomic
def print_sheets(*, actor: Actor, ballot_id: int, now: datetime, seqs: list[int] | None = None, again: bool = False) -> list[Sheet]:
    """
    A paper ballot for each voter (or those named); `again` makes new codes and ends the old ones. Printing twice gives the same codes.
    """
    ballot = Ballot.objects.select_related("motion__matter").filter(pk=ballot_id).first()
    if ballot is None or ballot.state not in (State.ANNOUNCED, State.OPEN):
        raise refuse("not_open")
    table.require(actor, "ballot.record", ballot.motion.matter.place_path)
    voters = Voter.objects.filter(roll_id=ballot.roll_id)
    chosen = voters.filter(seq__in=seqs) if seqs is not None else voters
    in_force = Sheet.objects.filter(ballot=ballot, voter__in=chosen, void_at=None)
    if again:
        in_force.update(void_at=now)
    known = set(in_force.values_list("voter_id", flat=True))
    # Two who print at the same moment print the same codes: what the other was faster to write is left alone.
    Sheet.objects.bulk_create(
        [
            Sheet(ballot=ballot, voter_id=pk, code=_new_code(), printed_at=now, printed_by_id=actor.account_id)
            for pk in chosen.order_by("seq").values_list("pk", flat=True)
            if pk not in known
        ],
        batch_size=500,
        ignore_conflicts=True,
    )
    found = in_force.all().select_related("voter", "voter__building")
    return list(found.order_by("voter__seq"))


def _new_code() -> str:
    return "".join(secrets.choice(_CODE_LETTERS) for _ in range(12))


@transaction.atomic
def key_in(*, actor: Actor, code: str, choice: Any, received_at: datetime, now: datetime, scan: StoredFile | None = None) -> Reading:
    """
    Key in a returned paper, with its scan. A second person keys the same paper without seeing the first: agreeing, it becomes a vote as of when
    the paper was received; disagreeing, both readings are kept, and either of the two (or a third) says with `settle_reading` which is right.

    Raises NotFound for a code of no sheet in force, Refused("same_person") when one person would do both.
    """
    sheet = Sheet.objects.select_related("ballot__motion__matter", "voter").filter(code=code.strip().upper().replace("-", "")).first()
    if sheet is None:
        raise NotFound("no_sheet", _("没有这个票号，请核对二维码下面的 12 位字母和数字。"))
    if sheet.void_at is not None:
        raise Refused("void_sheet", _("这张票已经作废，补发了新的一张；请收新的那张。"))
    ballot = sheet.ballot
    table.require(actor, "ballot.record", ballot.motion.matter.place_path)
    if ballot.state not in (State.OPEN, State.CLOSED):
        raise refuse("not_open" if ballot.state in (State.DRAFT, State.ANNOUNCED) else "already_counted")
    if received_at > now or received_at < ballot.opens_at:
        raise Invalid("bad_time", _("收票时间应在投票开始以后、现在以前。"), fields={"received_at": [_("请改收票时间。")]})
    wanted = checked(ballot, choice, on_paper=True)
    first = Reading.objects.select_for_update(of=("self",)).filter(sheet=sheet, state__in=("waiting", "differs")).first()
    if first is None:
        return Reading.objects.create(
            sheet=sheet, choice=json.dumps(wanted), scan=scan, received_at=received_at, keyed_at=now, keyed_by_id=actor.own_id
        )
    if first.state == Reading.State.DIFFERS:
        raise Refused("readings_differ", _("两个人录的不一样，请对照扫描件核对，不用再录一遍。"))
    if first.keyed_by_id == actor.account_id:
        raise refuse("same_person")
    first.second, first.second_by_id, first.second_at = json.dumps(wanted), actor.own_id, now
    if json.loads(first.choice.open()) != wanted:
        first.state = Reading.State.DIFFERS
        first.save()
        return first
    return _confirm_reading(first, wanted, now)


@transaction.atomic
def settle_reading(*, actor: Actor, reading_id: int, first_is_right: bool, now: datetime) -> Reading:
    """
    Both have looked at the scan: say which of the two readings is right. Neither is: drop it and key anew. Raises Refused("not_differing")
    when somebody has done so meanwhile.
    """
    found = (
        Reading.objects.select_for_update(of=("self",))
        .select_related("sheet__ballot__motion__matter", "sheet__voter")
        .filter(pk=reading_id)
        .first()
    )
    if found is None:
        raise NotFound("no_reading", _("没有找到这次录入。"))
    table.require(actor, "ballot.record", found.sheet.ballot.motion.matter.place_path)
    if found.state != Reading.State.DIFFERS:
        raise Refused("not_differing", _("这张票已经核对过了。"))
    return _confirm_reading(found, json.loads((found.choice if first_is_right else found.second).open()), now)


def _confirm_reading(reading: Reading, choice: Any, now: datetime) -> Reading:
    sheet = reading.sheet
    locks.share(sheet.ballot_id)
    ballot = Ballot.objects.select_related("roll").get(pk=sheet.ballot_id)
    if ballot.state not in (State.OPEN, State.CLOSED):
        raise refuse("already_counted")
    reading.state, reading.confirmed_at, reading.confirmed_by_id = Reading.State.CONFIRMED, now, reading.second_by_id
    reading.save()
    store(
        ballot,
        sheet.voter,
        choice,
        channel=Channel.PAPER,
        cast_at=reading.received_at,
        now=now,
        person_id=next(iter(sheet.voter.may_cast), sheet.voter.person_id),
        recorder_id=reading.keyed_by_id,
        witness_id=reading.second_by_id,
        reading=reading,
    )
    return reading


@transaction.atomic
def drop_reading(*, actor: Actor, reading_id: int, now: datetime) -> Reading:
    """Throw a mistaken reading away (the wrong paper, a slip): it can be keyed anew. Not one that became a vote."""
    found = Reading.objects.select_related("sheet__ballot__motion__matter").filter(pk=reading_id).first()
    if found is None:
        raise NotFound("no_reading", _("没有找到这次录入。"))
    table.require(actor, "ballot.record", found.sheet.ballot.motion.matter.place_path)
    if found.state == Reading.State.CONFIRMED:
        raise Refused("already_vote", _("这张票已经核对计入，不能作废录入。"))
    found.state = Reading.State.DROPPED
    found.save(update_fields=["state"])
    return found

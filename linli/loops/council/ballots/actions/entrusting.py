"""Written authorities: recorded, ended, voted by."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.accounts.models import Grant
from linli.kernel.files.models import StoredFile
from linli.kernel.people.models import Person
from linli.kernel.rolls.models import Voter
from linli.loops.council.ballots.actions.storing import Receipt, checked, open_ballot, store, voter_of
from linli.loops.council.ballots.models import Ballot, Channel, Proxy, State
from linli.loops.council.ballots.wording import refuse, rule_words


@transaction.atomic
def record_proxy(
    *,
    actor: Actor,
    ballot_id: int,
    seq: int,
    holder: Person,
    authority: StoredFile | None,
    now: datetime,
    instruction: Any = None,
    property_staff: bool = False,
) -> Proxy:
    """
    Record a written authority. Raises Refused where the place forbids the holder (property staff, OWN-029), limits how many one may hold
    (OWN-028) or asks for an instruction on the topic (OWN-027); Invalid without the paper.
    """
    from linli.law import voting

    ballot = Ballot.objects.select_related("roll", "motion__matter").filter(pk=ballot_id).first()
    if ballot is None or ballot.state in (State.COUNTED, State.ABANDONED, State.CLOSED):
        raise refuse("closed")
    table.require(actor, "ballot.record", ballot.motion.matter.place_path)
    place = voting.place(ballot.jurisdiction)
    if not place.is_set("proxy_allowed"):
        raise refuse("no_proxies")
    if authority is None:
        raise Invalid("missing", _("请上传委托书的照片或扫描件。"), fields={"authority": [_("请上传委托书。")]})
    voter = voter_of(ballot, seq)
    staff = place.setting("proxy_property_staff")
    property_staff = property_staff or _works_for_property(holder, now)
    if property_staff and staff is not None and staff.value is False:
        raise refuse("property_staff")
    if holder.pk in voter.may_cast:
        words = _("这位就是本来可以投这一票的人，不用委托。")
        raise Invalid("own_vote", words, fields={"holder": [words]})
    # Recording an authority anew (a better photo, another instruction) is no further one.
    held = Proxy.objects.filter(ballot=ballot, holder=holder, ended_at=None).exclude(voter=voter).count()
    if ballot.proxy_most is not None and held >= ballot.proxy_most:
        raise refuse("proxy_limit", most=ballot.proxy_most)
    wanted = checked(ballot, instruction, on_paper=False) if instruction is not None else None
    if wanted is None and place.is_set("proxy_instructions_per_topic"):
        raise Invalid("missing", _("本地规定委托书要写明对这项议题的意见。"), fields={"instruction": [_("请登记委托人的意见。")]})
    Voter.objects.select_for_update(of=("self",)).filter(pk=voter.pk).first()
    Proxy.objects.filter(ballot=ballot, voter=voter, ended_at=None).update(ended_at=now, ended_why=gettext_noop("重新登记"))
    return Proxy.objects.create(
        ballot=ballot,
        voter=voter,
        holder=holder,
        authority=authority,
        instruction=json.dumps(wanted) if wanted is not None else "",
        property_staff=property_staff,
        recorded_at=now,
        recorded_by_id=actor.account_id,
    )


def holds_proxy(actor: Actor, ballot_id: int, seq: int) -> bool:
    """Was the actor given an authority in force to vote for this number on the roll? One query."""
    return Proxy.objects.filter(ballot_id=ballot_id, voter__seq=seq, holder_id=actor.person_id, ended_at=None).exists()


def _works_for_property(person: Person, now: datetime) -> bool:
    """Whether the register knows them as staff of the property manager (OWN-029); what it does not know the worker ticks."""
    if person.account_id is None:
        return False
    granted = Grant.objects.filter(account_id=person.account_id, role="property_manager", starts_at__lte=now)
    return granted.filter(Q(ends_at=None) | Q(ends_at__gt=now)).exists()


@transaction.atomic
def end_proxy(*, actor: Actor, proxy_id: int, why: str, now: datetime) -> Proxy:
    """The principal takes the authority back. A vote already cast under it stands: the principal's own would contradict it, and is settled."""
    proxy = Proxy.objects.select_related("ballot__motion__matter", "voter").filter(pk=proxy_id).first()
    if proxy is None:
        raise NotFound("no_proxy", _("没有找到这份委托。"))
    table.require(actor, "ballot.record", proxy.ballot.motion.matter.place_path)
    if not why.strip():
        raise Invalid("missing", _("请写明为什么终止委托。"), fields={"why": [_("请写明为什么终止委托。")]})
    if proxy.ended_at is None:
        proxy.ended_at, proxy.ended_why = now, why.strip()[:200]
        proxy.save(update_fields=["ended_at", "ended_why"])
    return proxy


@transaction.atomic
def cast_by_proxy(*, actor: Actor, ballot_id: int, seq: int, choice: Any, now: datetime, theirs: str = "") -> Receipt:
    """
    The holder of an authority votes for the principal, on their own screen or before a worker. Against the instruction it is refused.
    """
    ballot = open_ballot(ballot_id, now)
    voter = voter_of(ballot, seq)
    proxy = Proxy.objects.filter(ballot=ballot, voter=voter, ended_at=None).first()
    staff = table.may(actor, "ballot.record", ballot.motion.matter.place_path)
    if proxy is None or (proxy.holder_id != actor.person_id and not staff):
        raise Refused("no_proxy", _("没有登记您可以代这一户投票的委托书。"), turn_to=_("请把委托书交到社区窗口登记。"))
    wanted = checked(ballot, choice)
    if proxy.instruction and json.loads(proxy.instruction.open()) != wanted:
        raise Refused("against_instruction", _("与委托书写明的意见不一致，不能这样投。"), rule=rule_words("OWN-027"))
    return store(
        ballot,
        voter,
        wanted,
        channel=Channel.PROXY,
        cast_at=now,
        now=now,
        person_id=proxy.holder_id,
        account_id=actor.account_id if not staff else None,
        recorder_id=actor.account_id if staff else None,
        theirs=theirs,
        proxy=proxy,
    )

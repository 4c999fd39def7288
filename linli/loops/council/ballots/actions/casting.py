"""Casting on every channel: one's own screen, paper keyed by two, phone or visit with a witness, a proxy. A voter counts once."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.prepared import NUMBER, Prepared
from linli.kernel.access.prepared import store as store_rows
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused, said
from linli.kernel.accounts.models import Account, Grant
from linli.kernel.accounts.queries import actor_of
from linli.kernel.files.models import StoredFile
from linli.kernel.people.models import Person
from linli.kernel.rolls.models import Voter
from linli.kernel.rolls.queries import voters_cast_by
from linli.lib.problems import InputProblem
from linli.loops.council.ballots import kept, locks, receipts, sealing
from linli.loops.council.ballots.models import Ballot, Channel, Proxy, Reading, Settlement, Sheet, State, Vote
from linli.loops.council.ballots.rules import check_choice, on_second_vote, why_not_cast
from linli.loops.council.ballots.wording import refuse, rule_words

_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


@dataclass(frozen=True)
class Receipt:
    """What a voter takes away: the vote's state, and the code by which its place in the published bundle can be found."""

    vote: Vote
    code: str
    repeats: bool = False
    seq: int = 0


_live: Prepared[Vote] = Prepared(
    lambda ballot, voter: Vote.objects.filter(ballot_id=ballot, voter_id=voter, state__in=("stands", "conflict")).order_by("pk"),
    ballot=NUMBER,
    voter=NUMBER,
)


# --- the one way in ----------------------------------------------------------------------------------
def _store(
    ballot: Ballot,
    voter: Voter,
    choice: Any,
    *,
    channel: str,
    cast_at: datetime,
    now: datetime,
    person_id: int | None,
    theirs: str = "",
    locked: bool = False,
    **more: Any,
) -> Receipt:
    """
    Store a vote beside what the voter's earlier ones mean: it replaces, repeats, is refused, or lies in conflict with them.

    The voter's row is locked first (or was by the caller), so that two channels at the same instant are told apart.
    """
    if not locked:
        list(Voter.objects.select_for_update(of=("self",)).filter(pk=voter.pk).values_list("pk"))
    live = _live.all(ballot=ballot.pk, voter=voter.pk)
    standing = live[0] if live else None
    cipher = sealing.cipher_of(ballot) if ballot.is_secret else None
    state = Vote.State.STANDS
    if cast_at >= ballot.closes_at:
        state = Vote.State.LATE
    elif standing is not None:
        said = {vote.pk: _choice_of(ballot, vote, cipher) for vote in live}
        same = next((v for v in live if said[v.pk] == choice and (v.channel, v.person_id) == (channel, person_id)), None)
        if same is not None:
            return Receipt(same, receipt_code(ballot, same, cipher), repeats=True, seq=voter.seq)
        before = said[standing.pk]
        fate = on_second_vote(
            same_choice=before == choice,
            same_channel=standing.channel == channel,
            same_person=standing.person_id == person_id,
            first_stands=ballot.first_stands,
            earlier_is_later=standing.cast_at > cast_at,
        )
        if fate == "refused":
            raise refuse("first_stands")
        if fate == "repeats" and standing.state == Vote.State.STANDS:
            return Receipt(standing, receipt_code(ballot, standing, cipher), repeats=True, seq=voter.seq)
        if fate == "replaces" and standing.state == Vote.State.STANDS:
            Vote.objects.filter(pk=standing.pk).update(state=Vote.State.REPLACED)
        else:
            state = Vote.State.CONFLICT
            Vote.objects.filter(ballot=ballot, voter=voter, state=Vote.State.STANDS).update(state=Vote.State.CONFLICT)
    hidden: dict[str, Any] = {}
    if cipher:
        made = receipts.secret_payload(choice, theirs)
        code, hidden = made["tag"], {"choice": None, "sealed": sealing.seal(cipher, ballot, voter.pk, made)}
    else:
        nonce = secrets.token_bytes(16)
        code = receipts.named_code(receipts.ballot_name(ballot), voter.seq, choice, nonce.hex())
        hidden = {"choice": choice, "nonce": nonce, "receipt": code}
    vote = Vote(
        ballot=ballot,
        voter=voter,
        channel=channel,
        state=state,
        cast_at=cast_at,
        recorded_at=now,
        person_id=person_id,
        **hidden,
        **more,
    )
    store_rows([vote])
    return Receipt(vote, code, seq=voter.seq)


def _choice_of(ballot: Ballot, vote: Vote, cipher: Any) -> Any:
    return sealing.unseal(cipher, ballot, vote.voter_id, vote.sealed)["choice"] if cipher else vote.choice


def receipt_code(ballot: Ballot, vote: Vote, cipher: Any = None) -> str:
    """
    Named: the salted hash of voter and choice, which anybody computes again from the bundle. Secret: the random tag under which the choice
    is published, known to the voter alone once the count has destroyed the key; Refused("key_destroyed") then.
    """
    if not ballot.is_secret:
        return vote.receipt
    return str(sealing.unseal(cipher or sealing.cipher_of(ballot), ballot, vote.voter_id, vote.sealed)["tag"])


def _checked(ballot: Ballot, choice: Any, *, on_paper: bool = False) -> Any:
    try:
        return check_choice(ballot.kind, ballot.question, choice, on_paper=on_paper)
    except InputProblem as problem:
        raise Invalid(problem.code, said(problem), fields={"choice": [said(problem)]}) from None


def _open_ballot(ballot_id: int, now: datetime) -> Ballot:
    return _open_for(ballot_id, None, now)[0]


def _open_for(ballot_id: int, person_id: int | None, now: datetime) -> tuple[Ballot, bool]:
    """The ballot while it is open, which it stays until the end of the transaction; whether the person holds an authority in it."""
    locks.share(ballot_id)
    found = kept.ballot_now(ballot_id, person_id)
    if found is None:
        raise NotFound("no_ballot", _("没有找到这次表决。"))
    ballot = found[0]
    code = why_not_cast(state=ballot.state, opens_at=ballot.opens_at, closes_at=ballot.closes_at, now=now)
    if code:
        raise refuse(code)
    return found


# --- one's own screen ----------------------------------------------------------------------------------
@transaction.atomic
def cast_online(*, actor: Actor, ballot_id: int, choice: Any, now: datetime, seq: int | None = None, theirs: str = "") -> Receipt:
    """
    Vote on one's own screen, for oneself or for the voter `seq` one casts for. Sending the same vote again gives the same receipt. `theirs`
    is a random text of the voter's own device that goes into the tag of a secret vote.

    Raises Refused("not_open" | "closed" | "not_on_roll" | "first_stands" | "official_only"), Invalid for a choice that cannot be used.
    """
    return _online(actor, _open_ballot(ballot_id, now), choice, now, seq, theirs)


@transaction.atomic
def cast_own(
    *, actor: Actor, ballot_id: int, choice: Any, now: datetime, seq: int | None = None, theirs: str = "", asked: str = ""
) -> Receipt:
    """
    What somebody sends from their own screen: by an authority they hold for `seq`, else as `cast_online`. `asked` is the hash of what they
    were asked; Conflict when the ballot was announced anew since.
    """
    ballot, holds = _open_for(ballot_id, actor.person_id, now)
    if asked and asked != ballot.frozen_hash:
        raise Conflict("changed_meanwhile", _("这次表决刚才重新公告过，请再看一遍。"))
    if holds and seq is not None and holds_proxy(actor, ballot_id, seq):
        return cast_by_proxy(actor=actor, ballot_id=ballot_id, seq=seq, choice=choice, now=now, theirs=theirs)
    return _online(actor, ballot, choice, now, seq, theirs)


def _online(actor: Actor, ballot: Ballot, choice: Any, now: datetime, seq: int | None, theirs: str) -> Receipt:
    table.require(actor, "ballot.cast", ballot.motion.matter.place_path, own=True)
    mine = voters_cast_by(ballot.roll, actor.person_id, lock=True) if actor.person_id else []
    voter = next((v for v in mine if seq is None or v.seq == seq), None)
    if voter is None:
        raise refuse("not_on_roll")
    return _store(
        ballot,
        voter,
        _checked(ballot, choice),
        channel=Channel.ONLINE,
        cast_at=now,
        now=now,
        person_id=actor.person_id,
        theirs=theirs,
        locked=True,
        account_id=actor.account_id,
    )


# --- for somebody who called or was visited -------------------------------------------------------------
@transaction.atomic
def record_vote(
    *,
    actor: Actor,
    ballot_id: int,
    seq: int,
    choice: Any,
    channel: str,
    now: datetime,
    witness_id: int | None,
    consent: bool,
    person: Person | None = None,
    note: str = "",
) -> Receipt:
    """
    A worker records the vote of somebody on the phone, at the door or in the meeting: with their recorded consent, and (but for a show in
    the meeting) a second worker who heard it.

    Raises Refused("consent_needed" | "witness_needed" | "same_person") and as `cast_online` does.
    """
    ballot = _open_ballot(ballot_id, now)
    table.require(actor, "ballot.record", ballot.motion.matter.place_path)
    if channel not in (Channel.PHONE, Channel.VISIT, Channel.MEETING):
        raise Invalid("bad_channel", _("请选择电话、上门或会场。"), fields={"channel": [_("请选择电话、上门或会场。")]})
    if not consent:
        raise refuse("consent_needed")
    if witness_id is None and channel != Channel.MEETING:
        raise refuse("witness_needed")
    if witness_id is not None:
        check_witness(ballot, actor, witness_id, now)
    voter = _voter(ballot, seq)
    who = person.pk if person else next(iter(voter.may_cast), voter.person_id)
    return _store(
        ballot,
        voter,
        _checked(ballot, choice),
        channel=channel,
        cast_at=now,
        now=now,
        person_id=who,
        recorder_id=actor.account_id,
        witness_id=witness_id,
        note=note[:300],
    )


def check_witness(ballot: Ballot, actor: Actor, witness_id: int, now: datetime) -> Account:
    """The account of a second worker who may take votes here. Raises Refused("same_person"), Invalid for anybody else."""
    if witness_id == actor.account_id:
        raise refuse("same_person")
    account = Account.objects.filter(pk=witness_id, is_active=True).first()
    if account is None or not table.may(actor_of(account, now=now), "ballot.record", ballot.motion.matter.place_path):
        words = _("见证人要是在这里有权代收选票的另一位工作人员。")
        raise Invalid("bad_witness", words, fields={"witness": [words]})
    return account


def _voter(ballot: Ballot, seq: int) -> Voter:
    found = Voter.objects.filter(roll_id=ballot.roll_id, seq=seq).first()
    if found is None:
        raise NotFound("no_voter", _("名册上没有这个序号。"))
    return found


# --- by proxy ----------------------------------------------------------------------------------------------
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
    voter = _voter(ballot, seq)
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
    wanted = _checked(ballot, instruction, on_paper=False) if instruction is not None else None
    if wanted is None and place.is_set("proxy_instructions_per_topic"):
        raise Invalid("missing", _("本地规定委托书要写明对这项议题的意见。"), fields={"instruction": [_("请登记委托人的意见。")]})
    Voter.objects.select_for_update(of=("self",)).filter(pk=voter.pk).first()
    Proxy.objects.filter(ballot=ballot, voter=voter, ended_at=None).update(ended_at=now, ended_why=_("重新登记"))
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
    ballot = _open_ballot(ballot_id, now)
    voter = _voter(ballot, seq)
    proxy = Proxy.objects.filter(ballot=ballot, voter=voter, ended_at=None).first()
    staff = table.may(actor, "ballot.record", ballot.motion.matter.place_path)
    if proxy is None or (proxy.holder_id != actor.person_id and not staff):
        raise Refused("no_proxy", _("没有登记您可以代这一户投票的委托书。"), turn_to=_("请把委托书交到社区窗口登记。"))
    wanted = _checked(ballot, choice)
    if proxy.instruction and json.loads(proxy.instruction.open()) != wanted:
        raise Refused("against_instruction", _("与委托书写明的意见不一致，不能这样投。"), rule=rule_words("OWN-027"))
    return _store(
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


# --- on paper --------------------------------------------------------------------------------------------------
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
    wanted = _checked(ballot, choice, on_paper=True)
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
    _store(
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


# --- conflicts ------------------------------------------------------------------------------------------------
@transaction.atomic
def settle(*, actor: Actor, ballot_id: int, seq: int, vote_id: int | None, reason: str, now: datetime) -> Settlement:
    """
    Say which of a voter's contradicting votes stands (None: neither counts, as for joint owners who do not agree), after asking them; why is kept.
    """
    ballot = Ballot.objects.select_related("motion__matter").filter(pk=ballot_id).first()
    if ballot is None:
        raise NotFound("no_ballot", _("没有找到这次表决。"))
    table.require(actor, "ballot.settle", ballot.motion.matter.place_path)
    locks.share(ballot_id)
    ballot.refresh_from_db(fields=["state"])
    if ballot.state in (State.COUNTED, State.ABANDONED):
        raise refuse("already_counted" if ballot.state == State.COUNTED else "abandoned")
    if not reason.strip():
        raise Invalid("missing", _("请写明怎样核实的。"), fields={"reason": [_("请写明怎样核实的。")]})
    voter = _voter(ballot, seq)
    Voter.objects.select_for_update(of=("self",)).filter(pk=voter.pk).first()
    held = Vote.objects.filter(ballot=ballot, voter=voter, state=Vote.State.CONFLICT)
    chosen = held.filter(pk=vote_id).first() if vote_id is not None else None
    if not held.exists() or (vote_id and chosen is None):
        raise Refused("no_conflict", _("这一户没有待核实的票，可能别人已经核实过了。"))
    held.exclude(pk=vote_id or 0).update(state=Vote.State.VOID)
    if chosen is not None:
        Vote.objects.filter(pk=chosen.pk).update(state=Vote.State.STANDS)
    return Settlement.objects.create(
        ballot=ballot, voter=voter, stands=chosen, reason=reason.strip()[:300], at=now, by_id=actor.account_id, by_name=actor.name
    )


# What votes taken down elsewhere (actions/hearing.py) share with these.
store, checked, open_ballot_of, voter_of = _store, _checked, _open_ballot, _voter

"""Delivery (送达): every attempt to put the ballot before every voter, and the announcement that stands in for what failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound
from linli.kernel.access.tongue import in_place_language
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.lawful import counted
from linli.kernel.notices.actions import Addressee, post_notice, send
from linli.kernel.notices.models import Message
from linli.kernel.notices.official import Official, full_date
from linli.kernel.people.models import Person
from linli.kernel.rolls.models import Voter
from linli.law import voting
from linli.law.periods import Period
from linli.loops.council.ballots.models import Ballot, Delivery, State, Vote
from linli.loops.council.ballots.wording import refuse
from linli.web.words import date_long

REACHED = (Delivery.Outcome.SIGNED, Delivery.Outcome.DELIVERED)
_DEFAULT_POSTING = 7


def _ballot(actor: Actor, ballot_id: int) -> Ballot:
    ballot = Ballot.objects.select_related("motion__matter__place", "roll").filter(pk=ballot_id).first()
    if ballot is None:
        raise NotFound("no_ballot", _("没有找到这次表决。"))
    table.require(actor, "ballot.deliver", ballot.motion.matter.place_path)
    if ballot.state not in (State.ANNOUNCED, State.OPEN):
        raise refuse("not_open" if ballot.state == State.DRAFT else "closed")
    return ballot


@transaction.atomic
def record_delivery(
    *,
    actor: Actor,
    ballot_id: int,
    seq: int,
    how: str,
    outcome: str,
    now: datetime,
    proof: StoredFile | None = None,
    note: str = "",
) -> Delivery:
    """One attempt, with what came of it. Raises Invalid for an unknown way or outcome, or a signature without its proof or a word about it."""
    ballot = _ballot(actor, ballot_id)
    if how not in Delivery.How.values or how == Delivery.How.NOTICE or outcome not in Delivery.Outcome.values:
        raise Invalid("bad_delivery", _("请选择送达方式和结果。"), fields={"how": [_("请选择送达方式和结果。")]})
    if outcome in (Delivery.Outcome.REFUSED, Delivery.Outcome.UNREACHABLE) and not note.strip():
        raise Invalid("missing", _("请写明当时的情况。"), fields={"note": [_("请写明当时的情况。")]})
    voter = Voter.objects.filter(roll_id=ballot.roll_id, seq=seq).first()
    if voter is None:
        raise NotFound("no_voter", _("名册上没有这个序号。"))
    return Delivery.objects.create(
        ballot=ballot,
        voter=voter,
        how=how,
        outcome=outcome,
        at=now,
        stands_from=now if outcome in REACHED else None,
        by_id=actor.account_id,
        by_name=actor.name,
        proof=proof,
        note=note.strip()[:200],
    )


@transaction.atomic
def record_deliveries(
    *,
    actor: Actor,
    ballot_id: int,
    seqs: Sequence[int],
    how: str,
    outcome: str,
    now: datetime,
    proof: StoredFile | None = None,
    note: str = "",
) -> list[Delivery]:
    """One attempt at each of these doors: all are written, or none."""
    return [
        record_delivery(actor=actor, ballot_id=ballot_id, seq=seq, how=how, outcome=outcome, now=now, proof=proof, note=note)
        for seq in seqs
    ]


def unreached(ballot: Ballot) -> QuerySet[Voter]:
    """Voters nobody has reached: no signed or delivered attempt, no vote, no announcement in their stead."""
    reached = Delivery.objects.filter(ballot=ballot, voter=OuterRef("pk"), outcome__in=REACHED)
    voted = Vote.objects.filter(ballot=ballot, voter=OuterRef("pk"))
    return Voter.objects.filter(~Exists(reached), ~Exists(voted), roll_id=ballot.roll_id).order_by("seq")


@in_place_language()
def _put_up(actor: Actor, ballot: Ballot, voters: Sequence[Voter], period: Period, now: datetime) -> None:
    """The notice that stands for the papers nobody could hand over."""
    post_notice(
        actor=actor,
        place=ballot.motion.matter.place,
        title=_("公告送达：%(title)s") % {"title": ballot.motion.matter.public_title},
        body="\n".join(
            [
                _("下列房屋的业主经多次联系未能送达表决票，现公告送达，期满视为送达。请到社区窗口领取表决票，也可以在网上投票。"),
                *attempts_by_door(ballot, voters),
            ]
        ),
        now=now,
        kind="matter",
        facts={"ref": ballot.motion.matter.ref, "ballot": ballot.pk, "substitute": True},
        official=Official(
            form="delivery",
            heading=_("关于“%(title)s”表决票公告送达的公告") % {"title": ballot.motion.matter.public_title},
            to=_("有关业主"),
            facts=[
                (_("议题编号"), ballot.motion.matter.ref),
                (_("户数"), str(len(voters))),
                (_("投票截止"), date_long(ballot.closes_at)),
            ],
            days=period,
            link=f"/ballots/{ballot.pk}/",
            screen=_("有 %(n)s 户的表决票没有送到，名单见公示栏，请看看有没有您家。") % {"n": len(voters)},
        ),
    )


@transaction.atomic
def announce_instead(*, actor: Actor, ballot_id: int, now: datetime) -> int:
    """
    Deliver by announcement to those whom attempts failed to reach (OWN-024, OWN-025): named by door, posted for the lawful days, counted as
    delivered only when these are over. Returns how many. Whom nobody tried to reach is not announced to: an attempt comes first.
    """
    ballot = _ballot(actor, ballot_id)
    days = voting.place(ballot.jurisdiction).days("substitute_announcement_days") or _DEFAULT_POSTING
    tried = Delivery.objects.filter(ballot=ballot, voter=OuterRef("pk")).exclude(how=Delivery.How.NOTICE)
    posted = Delivery.objects.filter(ballot=ballot, voter=OuterRef("pk"), how=Delivery.How.NOTICE)
    voters = list(unreached(ballot).filter(Exists(tried), ~Exists(posted)))
    if not voters:
        return 0
    period = counted(now, days)
    stands = period.ends_at()
    _put_up(actor, ballot, voters, period, now)
    Delivery.objects.bulk_create(
        Delivery(
            ballot=ballot,
            voter=v,
            how=Delivery.How.NOTICE,
            outcome=Delivery.Outcome.DELIVERED,
            at=now,
            stands_from=stands,
            by_id=actor.account_id,
            by_name=actor.name,
        )
        for v in voters
    )
    return len(voters)


def attempts_by_door(ballot: Ballot, voters: Sequence[Voter]) -> list[str]:
    """
    A line for each of them: the door (of an organisation its name), and every attempt with its day and what came of it; never a person's name,
    nor who went. Who is on the roll without a door is named by the number there.
    """
    found: dict[int, list[Delivery]] = {}
    for one in Delivery.objects.filter(ballot=ballot, voter__in=voters).exclude(how=Delivery.How.NOTICE).order_by("at", "pk"):
        found.setdefault(one.voter_id, []).append(one)
    lines = []
    for voter in voters:
        where = voter.door or voter.organisation or _("名册第 %(n)s 号") % {"n": voter.seq}
        tried = (
            _("%(day)s%(how)s（%(outcome)s）")
            % {"day": full_date(one.at.astimezone(ZONE).date()), "how": one.get_how_display(), "outcome": one.get_outcome_display()}
            for one in found.get(voter.pk, ())
        )
        lines.append(_("%(where)s：%(tried)s。") % {"where": where, "tried": _("；").join(tried)})
    return lines


@transaction.atomic
def remind(*, actor: Actor, ballot_id: int, now: datetime) -> int:
    """Remind those who have not voted, and nobody else, each once a day and in the way they chose. Returns how many."""
    ballot = _ballot(actor, ballot_id)
    voted = Vote.objects.filter(ballot=ballot, voter=OuterRef("pk"), state__in=("stands", "conflict"))
    waiting = Voter.objects.filter(~Exists(voted), roll_id=ballot.roll_id)
    ids = {pk for v in waiting.only("pk", "agent_id", "person_id", "co_owners") for pk in v.may_cast}
    people = Person.objects.filter(pk__in=ids, erased_at=None)
    to = [Addressee(account_id=p.account_id, person=p) for p in people]
    if not to:
        return 0
    matter, key = ballot.motion.matter, f"ballot:{ballot.pk}:remind:{now.date()}"
    known = Message.objects.filter(key__startswith=f"{key}:")
    before = known.count()
    send(
        to,
        key=key,
        title=lambda: _("请投票：%(title)s") % {"title": matter.public_title},
        body=lambda: (
            _("投票将在 %(when)s 截止。可以网上投，也可以领纸质票或请人上门。")
            % {"when": ballot.closes_at.astimezone().strftime("%m-%d %H:%M")}
        ),
        address=f"/ballots/{ballot.pk}/",
        about=matter.ref,
        place_path=matter.place_path,
        now=now,
    )
    return known.count() - before

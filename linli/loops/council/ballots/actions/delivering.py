"""Delivery (送达): every attempt to put the ballot before every voter, and the announcement that stands in for what failed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound
from linli.kernel.files.models import StoredFile
from linli.kernel.notices.actions import Addressee, publish_notice, send
from linli.kernel.notices.models import Message
from linli.kernel.people.models import Person
from linli.kernel.rolls.models import Voter
from linli.law import voting
from linli.loops.council.ballots.models import Ballot, Delivery, State, Vote
from linli.loops.council.ballots.wording import refuse
from linli.loops.council.motions.rules import first_moment_after

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


def unreached(ballot: Ballot) -> QuerySet[Voter]:
    """Voters nobody has reached: no signed or delivered attempt, no vote, no announcement in their stead."""
    reached = Delivery.objects.filter(ballot=ballot, voter=OuterRef("pk"), outcome__in=REACHED)
    voted = Vote.objects.filter(ballot=ballot, voter=OuterRef("pk"))
    return Voter.objects.filter(~Exists(reached), ~Exists(voted), roll_id=ballot.roll_id).order_by("seq")


@transaction.atomic
def announce_instead(*, actor: Actor, ballot_id: int, now: datetime) -> int:
    """
    Deliver by announcement to those whom attempts failed to reach (OWN-024, OWN-025): named by door, posted for the lawful days, counted as
    delivered only when these are over. Returns how many. Whom nobody tried to reach is not announced to: an attempt comes first.
    """
    ballot = _ballot(actor, ballot_id)
    place = ballot.motion.matter.place
    days = voting.place(ballot.jurisdiction).days("substitute_announcement_days") or _DEFAULT_POSTING
    tried = Delivery.objects.filter(ballot=ballot, voter=OuterRef("pk")).exclude(how=Delivery.How.NOTICE)
    posted = Delivery.objects.filter(ballot=ballot, voter=OuterRef("pk"), how=Delivery.How.NOTICE)
    voters = list(unreached(ballot).filter(Exists(tried), ~Exists(posted)))
    if not voters:
        return 0
    doors = _("、").join(v.door or v.organisation for v in voters)
    publish_notice(
        actor=actor,
        place=place,
        title=_("公告送达：%(title)s") % {"title": ballot.motion.matter.public_title},
        body=_(
            "下列房屋的业主经多次联系未能送达表决票，现公告送达，公告期 %(n)s 天，自公告次日起算：%(doors)s。请到社区窗口领取表决票，或在网上投票。"
        )
        % {"n": days, "doors": doors},
        now=now,
        until_at=now + timedelta(days=days + 1),
        kind="matter",
        facts={"ballot": ballot.pk, "substitute": True},
    )
    stands = first_moment_after(now, days)
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
        title=_("请投票：%(title)s") % {"title": matter.public_title},
        body=_("投票将在 %(when)s 截止。可以网上投，也可以领纸质票或请人上门。")
        % {"when": ballot.closes_at.astimezone().strftime("%m-%d %H:%M")},
        address=f"/ballots/{ballot.pk}/",
        about=matter.ref,
        place_path=matter.place_path,
        now=now,
    )
    return known.count() - before

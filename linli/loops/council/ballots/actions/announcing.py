"""A ballot announced: what its notice says and freezes, thawed when the notice is taken back, a survey put up by itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Refused
from linli.kernel.access.tongue import in_place_language
from linli.kernel.matters.turn import hash_suite
from linli.kernel.notices.actions import post_notice
from linli.kernel.notices.official import Official
from linli.kernel.rolls.models import RollState
from linli.law import voting
from linli.lib.chain import canonical, digest
from linli.loops.council.ballots import sealing
from linli.loops.council.ballots.actions.setting_up import ballot_of
from linli.loops.council.ballots.models import Ballot, Kind, State
from linli.loops.council.ballots.wording import frozen_words, refuse, rule_words
from linli.loops.council.motions.actions.taking import text_in_force
from linli.loops.council.motions.actions.telling import was_demanded
from linli.loops.council.motions.ballots import Prepared
from linli.loops.council.motions.models import Motion
from linli.web.words import date_long

VILLAGERS_MEETING = "villagers_meeting."


def notice_days(ballot: Ballot, *, demanded: bool) -> int:
    """The least days between the notice of a decision and its ballot by the law of the place: owners' and villagers' meetings (OWN-020, VIL-001)."""
    place = voting.place(ballot.jurisdiction)
    if ballot.roll.has_area:
        return place.notice_days(extraordinary=demanded)
    return place.days("villagers_notice_days") or 0 if ballot.profile.startswith(VILLAGERS_MEETING) else 0


def prepared(motion: Motion, step: int, now: datetime) -> Prepared | None:
    """What a notice of the decision at `step` announces and freezes; called by the motions' room through its door."""
    ballot = Ballot.objects.select_related("roll").filter(motion=motion, step=step, state=State.DRAFT).exclude(kind=Kind.SURVEY).first()
    if ballot is None:
        return None
    place = voting.place(ballot.jurisdiction)
    days = notice_days(ballot, demanded=was_demanded(motion))
    telling = place.setting("tell_residents_committee_with_notice") if ballot.roll.has_area else None
    missing = []
    if ballot.roll.state != RollState.FROZEN:
        missing.append(_("冻结的名册（原名册已被更正，请重新选择）"))
    if reason := why_not_secret(ballot):
        missing.append(reason)
    if ballot.question.get("text", motion.version) != motion.version:
        missing.append(_("按现在的文本重新保存的表决设置（方案已经改过）"))
    return Prepared(
        {**terms(ballot), "notice_days": days},
        lambda: frozen_words(ballot),
        tuple(missing),
        telling.rule if telling and telling.value is True else "",
    )


def why_not_secret(ballot: Ballot) -> str:
    """Why this ballot cannot be kept secret, in words; empty when it can or need not be."""
    if not ballot.is_secret:
        return ""
    from linli.loops.council.ballots.secrecy import obstacle

    return obstacle(ballot)


def terms(ballot: Ballot) -> dict[str, Any]:
    """Everything that stands still from the notice on, as plain data."""
    return {
        "ballot": ballot.pk,
        "kind": ballot.kind,
        "question": ballot.question,
        "roll": ballot.roll_id,
        "roll_hash": ballot.roll.hash,
        "voters": ballot.roll.voter_count,
        "area": ballot.roll.area,
        "jurisdiction": ballot.jurisdiction,
        "profile": ballot.profile,
        "policies": ballot.policies,
        "conditions": ballot.conditions,
        "thresholds": ballot.thresholds,
        "thresholds_source": ballot.thresholds_source,
        "silent_clause": ballot.silent_clause,
        "secrecy": ballot.secrecy,
        "first_stands": ballot.first_stands,
        "proxy_most": ballot.proxy_most,
        "consultative": ballot.consultative,
        "opens_at": ballot.opens_at.isoformat(),
        "closes_at": ballot.closes_at.isoformat(),
        # Named only where it was asked for: ballots announced before there was such a term hash as they did.
        **({"settle_signed": True} if ballot.settle_signed else {}),
    }


def freeze(motion: Motion, now: datetime) -> None:
    """
    The notice went out (called when the motions' room says so): the ballot it announced is frozen with it. Raises Refused when the
    window opens before the notice has stood its days: a ballot nobody could lawfully open is not announced.
    """
    from linli.loops.council.motions.actions.preparing import announced_now

    announced = announced_now(motion)
    if announced is None:
        return
    ballot = Ballot.objects.select_related("roll").filter(motion=motion, step=announced.step, state=State.DRAFT).first()
    if ballot is None or ballot.kind == Kind.SURVEY:
        return
    if ballot.opens_at < announced.decidable_at:
        raise Refused(
            "opens_in_notice",
            _("投票开始时间早于公告期满：请把开始时间改到 %(when)s 以后。") % {"when": date_long(announced.decidable_at)},
            rule=rule_words("OWN-020"),
        )
    ballot.frozen = {**terms(ballot), "text": announced.text.number, "text_digest": announced.text.digest}
    ballot.frozen_hash = digest(canonical(ballot.frozen), hash_suite())
    ballot.announcement, ballot.state, ballot.version = announced, State.ANNOUNCED, ballot.version + 1
    if ballot.is_secret:
        ballot.key = sealing.new_key()
    ballot.save()


def thaw(motion: Motion) -> None:
    """The notice was taken back before anybody voted: the ballot is a draft again, and must be announced anew."""
    Ballot.objects.filter(motion=motion, state=State.ANNOUNCED).exclude(kind=Kind.SURVEY).update(
        state=State.DRAFT, announcement=None, frozen={}, frozen_hash="", key=b""
    )


@transaction.atomic
def announce_survey(*, actor: Actor, ballot_id: int, now: datetime) -> Ballot:
    """
    Publish a survey and freeze it: it decides nothing, so it needs no lawful notice, only its own words on the board. Raises
    Refused("draft_only" | "not_survey").
    """
    ballot = ballot_of(actor, ballot_id, "ballot.set_up")
    ballot = Ballot.objects.select_for_update(of=("self",)).select_related("motion__matter__place", "roll").get(pk=ballot.pk)
    if ballot.kind != Kind.SURVEY:
        raise Refused("not_survey", _("有约束力的表决要随议题公告一起公布。"), rule=rule_words("OWN-020"))
    if ballot.state != State.DRAFT:
        raise refuse("draft_only")
    if reason := why_not_secret(ballot):
        raise Refused("not_secret", reason)
    text = text_in_force(ballot.motion)
    ballot.frozen = {**terms(ballot), "text": text.number, "text_digest": text.digest}
    ballot.frozen_hash = digest(canonical(ballot.frozen), hash_suite())
    ballot.state, ballot.version = State.ANNOUNCED, ballot.version + 1
    if ballot.is_secret:
        ballot.key = sealing.new_key()
    ballot.save()
    _put_up(actor, ballot, text.body, now)
    return ballot


@in_place_language()
def _put_up(actor: Actor, ballot: Ballot, text: str, now: datetime) -> None:
    matter = ballot.motion.matter
    post_notice(
        actor=actor,
        place=matter.place,
        title=_("征求意见：%(title)s") % {"title": matter.public_title},
        body="\n\n".join([text, *frozen_words(ballot), _("这次征求意见不作为决定。")]),
        now=now,
        until_at=ballot.closes_at,
        kind="matter",
        facts={"ref": matter.ref, "ballot": ballot.pk},
        official=Official(
            form="survey",
            heading=_("关于征求对“%(title)s”意见的公告") % {"title": matter.public_title},
            to=_("名册上的各位") if not ballot.roll.has_area else _("全体业主"),
            facts=[(_("议题编号"), matter.ref), (_("截止"), date_long(ballot.closes_at))],
            link=f"/ballots/{ballot.pk}/",
        ),
    )


def frozen_still(ballot: Ballot) -> bool:
    """Is what was frozen what the ballot's row still says? For `linli check` and before every count."""
    stands = {**terms(ballot), "text": ballot.frozen.get("text"), "text_digest": ballot.frozen.get("text_digest")}
    return stands == ballot.frozen and digest(canonical(ballot.frozen), ballot.frozen_hash.partition(":")[0]) == ballot.frozen_hash

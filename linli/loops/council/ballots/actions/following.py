"""What a counted survey leads to: a motion of its own, with what was asked and what was answered."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Refused
from linli.kernel.access.tongue import in_place_language
from linli.kernel.matters.models import Matter
from linli.loops.council.ballots.actions.setting_up import ballot_of
from linli.loops.council.ballots.models import Ballot, Kind, State
from linli.loops.council.motions.actions.raising import draft_motion
from linli.loops.council.motions.models import Motion, Text
from linli.web.words import date_long

TITLE = 80


@transaction.atomic
def motion_from_survey(*, actor: Actor, ballot_id: int, now: datetime) -> Matter:
    """
    Draft a motion out of a counted survey, at its place and on its road, with the text that was asked, the figures and where they can be
    recomputed. Asking again gives the same motion. Raises Refused("not_survey" | "not_counted"), NotAllowed.
    """
    ballot = ballot_of(actor, ballot_id, "ballot.set_up")
    if ballot.kind != Kind.SURVEY:
        raise Refused("not_survey", _("只有征求意见的结果可以转成新的议题；表决的结果本身就是决定。"))
    if ballot.state != State.COUNTED:
        raise Refused("not_counted", _("征求意见还没有汇总，汇总以后才能转成议题。"))
    matter, motion = ballot.motion.matter, Motion.objects.get(pk=ballot.motion_id)
    asked = Text.objects.get(motion=motion, number=ballot.frozen["text"])
    made = draft_motion(
        actor=actor,
        title=asked.title[:TITLE],
        body=_body(ballot, asked.body),
        place=matter.place,
        road=motion.road_code,
        now=now,
        topic=motion.topic,
        origin="survey",
        options=asked.options,
        parent=matter,
        external_id=f"survey:{ballot.pk}",
    )
    return made


@in_place_language()
def _body(ballot: Ballot, asked: str) -> str:
    figures = _("来自征求意见（%(ref)s，%(when)s截止，名册 %(n)s 位）。结果：") % {
        "ref": ballot.motion.matter.ref,
        "when": date_long(ballot.closes_at),
        "n": ballot.roll.voter_count,
    }
    where = _("全部数字和核对方法：%(address)s") % {"address": f"{settings.PUBLIC_URL}/ballots/{ballot.pk}/"}
    return "\n\n".join(filter(None, [asked, figures, survey_words(ballot), where]))


def survey_words(ballot: Ballot) -> str:
    """The sums of a counted survey, a line each: heads, and area where the roll has areas and they may be shown. It passes and fails nothing."""
    names = {
        "participating": pgettext("tally", "参与"),
        "agree": pgettext("tally", "同意"),
        "against": pgettext("tally", "反对"),
        "abstain": pgettext("tally", "弃权"),
    }
    lines = []
    for part, name in names.items():
        sums = ballot.result["law"].get(part) or {}
        heads, area = sums.get("owners", sums.get("entitled")), sums.get("area")
        if heads is not None and area is not None:
            lines.append(_("%(what)s：%(n)s 位，%(area)s 平方米") % {"what": name, "n": heads, "area": area})
        elif heads is not None:
            lines.append(_("%(what)s：%(n)s 位") % {"what": name, "n": heads})
    return "\n".join(lines)

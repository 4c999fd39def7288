"""How a motion comes in: drafted by a resident or a worker, caused by a request that keeps coming back; its text, version by version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.access.tongue import spoken
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.actions import BODY_LIMIT, TITLE_LIMIT, open_matter
from linli.kernel.matters.models import Matter
from linli.kernel.matters.orders import receive
from linli.kernel.matters.turn import Turn, hash_suite
from linli.kernel.people.models import HelperLink, Person
from linli.kernel.places.models import Place
from linli.kernel.places.queries import ancestor_of_kind
from linli.lib.chain import canonical, digest
from linli.lib.masking import scrub
from linli.lib.texts import clean
from linli.loops.council.motions import publishing
from linli.loops.council.motions.actions.taking import taking
from linli.loops.council.motions.models import Announcement, Motion, Text
from linli.loops.council.motions.roads import road_at, road_of, threshold_at, tier_of
from linli.loops.council.motions.rules import KIND, ORIGINS, TIERS, TOPICS, seconds_needed
from linli.loops.council.motions.standing import homes_at

OPTIONS_MOST: Final = 12
OPTION_TEXT_LIMIT: Final = 2000


@transaction.atomic
def draft_motion(
    *,
    actor: Actor,
    title: str,
    place: Place,
    road: str,
    now: datetime,
    body: str = "",
    topic: str = "public_matters",
    origin: str = "",
    tier: str = "",
    options: Sequence[Mapping[str, Any]] = (),
    channel: str = "",
    raised_for: Person | None = None,
    parent: Matter | None = None,
    files: Sequence[StoredFile] = (),
    external_id: str = "",
) -> Matter:
    """
    Begin a motion at a place on one of its roads; it stays a draft until it is submitted.

    `raised_for` records it on behalf of that person. Raises Invalid for text, topic, tier or options that cannot be used, NotAllowed.
    """
    if external_id and (known := Matter.objects.filter(kind=KIND, external_id=external_id).exclude(external_id="").first()):
        return known
    where = _place_of_tier(place, tier or tier_of(place))
    chosen = road_at(where, road, now)
    checked = _checked(topic=topic, origin=origin or _origin(actor, parent))
    offered = clean_options(options)
    opened = open_matter(
        actor=actor,
        kind=KIND,
        verb=_verb(actor, raised_for),
        title=title,
        body=body,
        place=where,
        now=now,
        channel=channel,
        raised_for=raised_for,
        parent=parent,
        files=tuple(files),
        facts={"road": chosen.code, "tier": tier_of(where)},
        external_id=external_id,
    )
    motion = Motion.objects.create(
        matter=opened.matter, road=chosen.data(), road_code=chosen.code, tier=tier_of(where), rung=chosen.rung, **checked
    )
    store_text(opened, motion, opened.matter.title, opened.matter.body, offered, "")
    opened.finish()
    return opened.matter


def _verb(actor: Actor, raised_for: Person | None) -> str:
    """Raising for somebody is the staff's; for the person themselves, and for somebody one is entered as a helper of, it is one's own."""
    if raised_for is None or raised_for.account_id == actor.own_id:
        return "raise"
    helps = bool(actor.person_id) and HelperLink.objects.filter(person=raised_for, helper_id=actor.person_id, until_on=None).exists()
    return "raise" if helps else "raise_for"


def _place_of_tier(place: Place, tier: str) -> Place:
    """The place a motion of `tier` belongs to: a home's motion is its building's, and so on up. Raises Invalid for a tier below the place."""
    if tier not in TIERS:
        raise Invalid("bad_tier", _("请选择层级。"), fields={"tier": [_("请选择楼栋、小区、社区或街道。")]})
    found = place if tier_of(place) == tier and place.kind not in ("home", "entrance", "grid") else ancestor_of_kind(place, tier)
    if found is None:
        raise Invalid(
            "bad_tier",
            _("“%(place)s”不在任何%(tier)s之下，请另选地点或层级。") % {"place": place.name, "tier": TIERS[tier]},
            fields={"tier": [_("请另选地点或层级。")]},
        )
    return found


def _origin(actor: Actor, parent: Matter | None) -> str:
    if parent is not None:
        return "request"
    if actor.roles & {"committee_member"}:
        return "committee"
    return "worker" if actor.is_staff and not actor.person_id else "resident"


def _checked(*, topic: str, origin: str) -> dict[str, str]:
    if topic not in TOPICS:
        raise Invalid("bad_topic", _("请选择议题的类别。"), fields={"topic": [_("请选择类别。")]})
    if origin not in ORIGINS:
        raise Invalid("bad_origin", _("请选择议题的来源。"), fields={"origin": [_("请选择来源。")]})
    return {"topic": topic, "origin": origin}


def clean_options(options: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """
    The options as they are stored: {code, title, text, cost_fen}; codes A, B, C … are given in order. Raises Invalid naming the option.
    """
    made: list[dict[str, Any]] = []
    if len(options) > OPTIONS_MOST:
        raise Invalid("too_many_options", _("方案最多 %(n)s 个。") % {"n": OPTIONS_MOST}, fields={"options": [_("请合并或删去几个方案。")]})
    for place, row in enumerate(options):
        title, text = clean(str(row.get("title", "")), TITLE_LIMIT + 1), clean(str(row.get("text", "")), OPTION_TEXT_LIMIT + 1)
        cost = row.get("cost_fen")
        if not title or len(title) > TITLE_LIMIT or len(text) > OPTION_TEXT_LIMIT:
            raise Invalid(
                "bad_option",
                _("第 %(n)s 个方案的名称要写，最多 %(most)s 个字；说明最多 %(text)s 个字。")
                % {"n": place + 1, "most": TITLE_LIMIT, "text": OPTION_TEXT_LIMIT},
                fields={"options": [_("请改第 %(n)s 个方案。") % {"n": place + 1}]},
            )
        if cost is not None and (isinstance(cost, bool) or not isinstance(cost, int) or not 0 <= cost <= 10**13):
            raise Invalid(
                "bad_cost",
                _("第 %(n)s 个方案的费用应是不小于零的金额。") % {"n": place + 1},
                fields={"options": [_("请改第 %(n)s 个方案的费用。") % {"n": place + 1}]},
            )
        made.append({"code": chr(ord("A") + place), "title": scrub(title).text, "text": scrub(text).text, "cost_fen": cost})
    return made


def store_text(t: Turn, motion: Motion, title: str, body: str, options: Sequence[Mapping[str, Any]], note: str) -> Text:
    """Store the next version of what is proposed. The digest is what a notice and a ballot later refer to."""
    number = Text.objects.filter(motion=motion).count() + 1
    whole = {"number": number, "title": title, "body": body, "options": list(options)}
    stored = Text.objects.create(
        motion=motion,
        number=number,
        title=title,
        body=body,
        options=list(options),
        note=note[:300],
        digest=digest(canonical(whole), hash_suite()),
        at=t.now,
        by_id=t.actor.account_id,
        who=t._public_name(),
    )
    costs = [o["cost_fen"] for o in options if o["cost_fen"] is not None]
    motion.version, motion.budget_fen = number, max(costs, default=None)
    motion.save(update_fields=["version", "budget_fen"])
    return stored


@transaction.atomic
def amend(
    *,
    actor: Actor,
    matter_id: int,
    now: datetime,
    title: str,
    body: str,
    options: Sequence[Mapping[str, Any]] = (),
    note: str = "",
    seen: int | None = None,
) -> Matter:
    """
    Change what is proposed: a new version, the old ones stay and can be compared. A text already announced loses its notice, and the
    days begin anew (OWN-022). While neighbours second it the text stands still: they seconded these words.

    Raises Invalid for bad text; Refused("nothing_changed").
    """
    title, body = clean(title, TITLE_LIMIT + 1), clean(body, BODY_LIMIT + 1)
    if not title or len(title) > TITLE_LIMIT or len(body) > BODY_LIMIT:
        raise Invalid(
            "bad_text",
            _("标题要写，最多 %(title)s 个字；正文最多 %(body)s 个字。") % {"title": TITLE_LIMIT, "body": BODY_LIMIT},
            fields={"title": [_("请改标题或正文。")]},
        )
    offered = clean_options(options)
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        before = Text.objects.get(motion=motion, number=motion.version)
        if (before.title, before.body, before.options) == (title, body, offered):
            raise Refused("nothing_changed", _("文本没有改动，不用保存新版本。"))
        stored = store_text(t, motion, title, body, offered, clean(note, 300))
        t.move("amend", text=note, facts={"version": stored.number, "digest": stored.digest})
        t.matter.title, t.matter.body = title, body
        t.matter.public_title, t.matter.public_body = scrub(title).text[:TITLE_LIMIT], scrub(body).text
        restart_notice(t, motion, spoken(lambda: _("文本改到第 %(n)s 版，公告从头计算。") % {"n": stored.number}))
    return t.matter


def restart_notice(t: Turn, motion: Motion, why: str) -> bool:
    """Take back the notice in force, if any: what it announced is no longer what would be decided. Returns whether there was one."""
    gone = take_back(t, motion, why)
    if gone and t.matter.state == "noticed":
        state = t.workflow.by_code["drafting"]
        t.matter.state, t.matter.stage, t.matter.is_open = state.code, state.stage, state.open
        t.say("take_back_notice", text=why, facts={"from": "noticed", "to": state.code, "by_rule": True})
    return bool(gone)


def take_back(t: Turn, motion: Motion, why: str) -> int:
    """The notice in force no longer holds, and the board says so; returns whether there was one."""
    standing = Announcement.objects.filter(motion=motion, taken_back_at=None, used=False)
    ids = list(standing.values_list("notice_id", flat=True))
    if ids:
        standing.update(taken_back_at=t.now, why_taken_back=why[:300])
        publishing.withdrawn(t, why, ids)
    return len(ids)


@transaction.atomic
def submit(*, actor: Actor, matter_id: int, now: datetime, seen: int | None = None) -> Matter:
    """
    Hand the draft in. On a road with seconding it now looks for seconders (how many, of how many homes and by when is fixed today);
    otherwise, and when the raiser's own home is already enough, it goes to the screening.
    """
    with taking(actor=actor, matter_id=matter_id, now=now, seen=seen) as (t, motion):
        road = road_of(motion)
        motion.submitted_at = now
        t.move("submit", facts={"version": motion.version})
        receive(t, "screen")
        if road.has("second"):
            _seek_seconders(t, motion)
        else:
            to_screening(t, motion)
        motion.save()
    return t.matter


def _seek_seconders(t: Turn, motion: Motion) -> None:
    from linli.loops.council.motions.actions.seconding import second_by_raiser

    threshold = threshold_at(t.matter.place, motion.tier, t.now)
    motion.home_count = homes_at(t.matter.place)
    motion.seconds_needed = seconds_needed(motion.home_count, count=threshold.count, share=threshold.share)
    motion.seconds_due_at = t.now + timedelta(days=threshold.days)
    t.start_until("second", motion.seconds_due_at, threshold.source)
    second_by_raiser(t, motion)


def to_screening(t: Turn, motion: Motion) -> None:
    """By rule, not by anybody's verb: the motion now waits to be screened."""
    before, state = t.matter.state, t.workflow.by_code["screening"]
    t.matter.state, t.matter.stage, t.matter.is_open = state.code, state.stage, state.open
    t.meet("second")
    t.start("screen")
    motion.seconds_due_at = None
    motion.step = road_of(motion).next_of("screen", 0) or 0
    if before != state.code:
        t.say("reach", facts={"from": before, "to": state.code, "seconds": motion.second_count, "by_rule": True})


def open_from_matter(*, actor: Actor, parent: Matter, title: str, body: str, now: datetime) -> Matter:
    """A motion caused by another matter (a request that keeps coming back): drafted at its compound, on the road for common affairs."""
    tier = "compound" if parent.compound_id else tier_of(parent.place)
    return draft_motion(
        actor=actor, title=title, body=body, place=parent.place, road="four_steps", tier=tier, now=now, parent=parent, origin="request"
    )

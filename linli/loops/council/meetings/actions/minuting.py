"""The minutes: drafted from the record, corrected, confirmed by chair and recorder, published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, Invalid, NotAllowed, NotFound, Refused
from linli.kernel.access.tongue import in_place_language, spoken
from linli.kernel.notices.actions import post_notice
from linli.kernel.notices.official import Official
from linli.lib.texts import clean
from linli.loops.council.meetings.actions.sitting import Sitting, sitting
from linli.loops.council.meetings.drafting import draft, formal_of, with_votes
from linli.loops.council.meetings.models import AgendaItem, Meeting, Minutes, Openness, Paper, State
from linli.loops.council.meetings.wording import addressee, times_of

LONGEST = 20_000
MINUTES = "meeting.minutes"


def digest_of(sections: list[dict[str, str]]) -> str:
    """The mark of a text of minutes, printed under it: any change gives another."""
    return hashlib.sha256(json.dumps(sections, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def draft_minutes(*, actor: Actor, meeting_id: int, now: datetime, anew: bool = False, once: str = "") -> Minutes:
    """
    Draft the minutes from the record, in the place's language. What stands already stays, unless `anew` writes it over (never after
    somebody confirmed).
    """
    with sitting(actor, meeting_id, "draft", now, permission=MINUTES, once=once) as act:
        found = Minutes.objects.filter(meeting=act.meeting).first()
        if act.repeated or (found is not None and not anew):
            assert found is not None
            return found
        if found is not None and (found.chair_at or found.recorder_at):
            raise Refused("confirmed", _("已经有人确认过这份纪要。要重写，请先修改正文，确认会自动取消。"))
        found = found or Minutes(meeting=act.meeting, version=0)
        with in_place_language():
            found.sections, found.drafted_at = draft(act.meeting), now
        found.digest, found.version = digest_of(found.sections), found.version + 1
        found.save()
        act.record("draft", version=found.version)
    return found


def correct_minutes(
    *, actor: Actor, meeting_id: int, texts: Mapping[str, str], now: datetime, seen: int | None = None, once: str = ""
) -> Minutes:
    """
    Change sections by their key; a change takes confirmations away. `seen` is the version the writer saw.

    Raises Conflict when somebody else wrote since; nothing is lost, the page shows both.
    """
    with sitting(actor, meeting_id, "correct", now, permission=MINUTES, once=once) as act:
        found = _of(act)
        if act.repeated:
            return found
        if seen is not None and seen != found.version:
            raise Conflict("changed", _("您打开以后，别人改过这份纪要。您写的还在下面，请对照新的内容再存。"))
        if any(len(text) > LONGEST for text in texts.values()):
            raise Invalid("too_long", _("每一段最多 %(n)s 字。") % {"n": LONGEST})
        sections = [{**s, "text": clean(texts[s["key"]], LONGEST) if s["key"] in texts else s["text"]} for s in found.sections]
        _write(act, found, sections)
    return found


def take_up_votes(*, actor: Actor, meeting_id: int, now: datetime, once: str = "") -> Minutes:
    """
    Write the formal votes into the minutes anew, in the place's language: what was still being voted when they were drafted has a result now. The rest stays as it was corrected; a
    change takes confirmations away, as every change does.
    """
    with sitting(actor, meeting_id, "correct", now, permission=MINUTES, once=once) as act:
        found = _of(act)
        if act.repeated:
            return found
        items = list(AgendaItem.objects.filter(meeting=act.meeting))
        with in_place_language():
            sections = with_votes(found.sections, formal_of(act.meeting, items))
        _write(act, found, sections)
    return found


def _write(act: Sitting, found: Minutes, sections: list[dict[str, str]]) -> None:
    """Other sections than there were, without confirmations; the same change nothing."""
    before = {s["key"]: s for s in found.sections}
    changed = [s["key"] for s in sections if s != before.get(s["key"])] + sorted(before.keys() - {s["key"] for s in sections})
    if not changed:
        return
    found.sections, found.digest, found.version = sections, digest_of(sections), found.version + 1
    found.chair_at = found.recorder_at = None
    found.chair_by = found.recorder_by = ""
    found.save()
    act.record("correct", version=found.version, sections=changed)


def confirm_minutes(*, actor: Actor, meeting_id: int, role: str, now: datetime, seen: int | None = None, once: str = "") -> Minutes:
    """
    Confirm as `role` "chair" or "recorder": by that person's own account, or by a worker when the signed sheet is attached. When both
    have, the minutes stand.

    Raises NotAllowed for somebody else's confirmation without a signed sheet, Conflict when the text changed since.
    """
    with sitting(actor, meeting_id, "confirm", now, permission=MINUTES, once=once) as act:
        meeting, found = act.meeting, _of(act)
        if act.repeated:
            return found
        if role not in ("chair", "recorder"):
            raise Invalid("bad_role", _("请选择以主持人还是记录人的身份确认。"))
        if seen is not None and seen != found.version:
            raise Conflict("changed", _("您打开以后，别人改过这份纪要。请看过新的内容再确认。"))
        signed = Paper.objects.filter(meeting=meeting, kind=Paper.Kind.SIGNATURE).exists()
        holder = meeting.chair_id if role == "chair" else meeting.recorder_id
        own = actor.account_id is not None and actor.account_id == holder
        if not own and not signed:
            raise NotAllowed(
                "not_yours",
                _("要由本人登录确认；本人不用手机或电脑的，请先上传签了字的纪要（照片或文件），再代为确认。"),
                verb=MINUTES,
            )
        if getattr(found, f"{role}_at") is not None:
            return found
        named = meeting.chair_name if role == "chair" else meeting.recorder_name
        by = {"name": named, "worker": actor.name}
        words = named if own else spoken(lambda: _("%(name)s（签字页，%(worker)s代为登记）") % by)
        setattr(found, f"{role}_at", now)
        setattr(found, f"{role}_by", words[:80])
        found.save()
        if found.chair_at and found.recorder_at:
            meeting.state = State.CONFIRMED
        act.record("confirm", role=role, digest=found.digest, own=own)
    return found


def publish_minutes(*, actor: Actor, meeting_id: int, now: datetime, once: str = "") -> Meeting:
    """Publish the confirmed minutes: their page opens for those who may read the meeting, and the board says so."""
    with sitting(actor, meeting_id, "publish", now, permission="meeting.publish", once=once) as act:
        meeting = act.meeting
        if act.repeated:
            return meeting
        found = _of(act)
        found.published_at = now
        found.save(update_fields=["published_at"])
        meeting.state = State.PUBLISHED
        if meeting.openness != Openness.MEMBERS:
            _put_up(act, found)
        act.record("publish", digest=found.digest)
    return meeting


@in_place_language()
def _put_up(act: Sitting, found: Minutes) -> None:
    """The board says where the minutes are."""
    meeting = act.meeting
    page = f"/meetings/{meeting.pk}/minutes/"
    post_notice(
        actor=act.actor,
        place=meeting.place,
        title=_("会议纪要：%(title)s") % {"title": meeting.title},
        body=_("会议纪要已由主持人和记录人确认，全文见会议页面：%(address)s") % {"address": f"{settings.PUBLIC_URL}{page}"},
        now=act.now,
        until_at=act.now + timedelta(days=14),
        kind="matter",
        facts={"meeting": meeting.pk, "digest": found.digest},
        official=Official(
            form="minutes",
            heading=_("关于公布“%(title)s”会议纪要的公告") % {"title": meeting.title},
            to=addressee(meeting),
            facts=[(_("什么时候"), times_of(meeting)), (_("在哪里"), meeting.venue), (_("文本校验码"), found.digest[:16])],
            object_to=_("对纪要有意见的，请向%(where)s提出。") % {"where": meeting.place.name},
            link=page,
            screen=_("会议纪要已经公布，扫码看全文。"),
        ),
    )


def _of(act: Sitting) -> Minutes:
    found = Minutes.objects.filter(meeting=act.meeting).first()
    if found is None:
        raise NotFound("no_minutes", _("还没有会议纪要，请先起草。"))
    return found

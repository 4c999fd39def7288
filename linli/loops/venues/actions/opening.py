"""The log of openings: opened and closed as it happens, keyed in afterwards from the log book, struck when it was wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.matters.clock import ZONE
from linli.lib.texts import clean
from linli.loops.venues.actions.keeping import locked
from linli.loops.venues.models import Opening, State, Venue

LONGEST: Final = timedelta(hours=24)
OLDEST: Final = timedelta(days=366)


def _for_log(actor: Actor, venue_id: int) -> Venue:
    venue = locked(actor, venue_id, "venue.log")
    if venue.state != State.IN_USE:
        raise Refused("not_in_use", _("这处场地没有在使用，不能登记开门。"))
    return venue


@transaction.atomic
def open_now(*, actor: Actor, venue_id: int, now: datetime, note: str = "") -> Opening:
    """The venue opens now. Repeating it changes nothing: the opening under way is returned. A log left open for a day must be mended first."""
    venue = _for_log(actor, venue_id)
    known = Opening.objects.filter(venue=venue, closed_at=None, struck_at=None).first()
    if known is not None and now - known.opened_at < LONGEST:
        return known
    if known is not None:
        raise Refused(
            "never_closed",
            _("上一次（%(when)s）开门以后没有登记关门。请先补登那天的关门时间，再登记开门。") % {"when": _told(known.opened_at)},
        )
    _refuse_overlap(venue, now, None)
    return Opening.objects.create(venue=venue, opened_at=now, note=clean(note, 120), by_id=actor.account_id, recorded_at=now)


@transaction.atomic
def close_now(*, actor: Actor, venue_id: int, now: datetime, at: datetime | None = None) -> Opening:
    """
    The venue closes now; or it closed `at` an earlier moment after it opened, for whoever forgot. Closing one that is not open is refused.
    """
    venue = locked(actor, venue_id, "venue.log")
    known = Opening.objects.select_for_update().filter(venue=venue, closed_at=None, struck_at=None).first()
    if known is None:
        raise Refused("not_open", _("这处场地没有登记开门，不用登记关门。"))
    closed = at or now
    if not known.opened_at < closed <= now or closed - known.opened_at > LONGEST:
        text = _("关门时间要在开门（%(when)s）以后 24 小时以内，也不能晚于现在。") % {"when": _told(known.opened_at)}
        raise Invalid("bad_times", text, fields={"closed_at": [text]})
    known.closed_at, known.closed_by_id = closed, actor.account_id
    known.save(update_fields=["closed_at", "closed_by"])
    return known


@transaction.atomic
def key_in(*, actor: Actor, venue_id: int, opened_at: datetime, closed_at: datetime, now: datetime, note: str = "") -> Opening:
    """
    An opening as the log book on paper has it. The very same times again return what is there. Raises Invalid for times in the future, out of order,
    longer than a day, older than a year, or over another opening.
    """
    venue = locked(actor, venue_id, "venue.log")
    wrong: dict[str, list[Any]] = {}
    if opened_at > now or now - opened_at > OLDEST:
        wrong["opened_at"] = [_("开门时间要在过去一年以内。")]
    if closed_at > now:
        wrong["closed_at"] = [_("关门时间不能晚于现在；还开着就用“登记开门”。")]
    elif not opened_at < closed_at or closed_at - opened_at > LONGEST:
        wrong["closed_at"] = [_("关门要在开门以后 24 小时以内。")]
    if wrong:
        raise Invalid("bad_times", _("这一次开放没有登记上。"), fields=wrong)
    known = Opening.objects.filter(venue=venue, struck_at=None, opened_at=opened_at, closed_at=closed_at).first()
    if known is not None:
        return known
    _refuse_overlap(venue, opened_at, closed_at)
    return Opening.objects.create(
        venue=venue,
        opened_at=opened_at,
        closed_at=closed_at,
        source=Opening.Source.PAPER,
        note=clean(note, 120),
        by_id=actor.account_id,
        closed_by_id=actor.account_id,
        recorded_at=now,
    )


def _refuse_overlap(venue: Venue, start: datetime, end: datetime | None) -> None:
    """Raises Invalid naming the opening that is there already."""
    rows = Opening.objects.filter(Q(closed_at=None) | Q(closed_at__gt=start), venue=venue, struck_at=None)
    clash = rows.filter(opened_at__lt=end).first() if end is not None else rows.first()
    if clash is not None:
        until = _told(clash.closed_at) if clash.closed_at else _("现在")
        text = _("这段时间已经登记过一次开放（%(since)s 到 %(until)s）。请核对，登记错的可以先作废。") % {
            "since": _told(clash.opened_at),
            "until": until,
        }
        raise Invalid("overlap", text, fields={"opened_at": [text]})


@transaction.atomic
def strike(*, actor: Actor, venue_id: int, opening_id: int, reason: str, now: datetime) -> Opening:
    """An opening that was entered wrongly no longer counts; it stays to be seen, with the reason. Striking twice changes nothing."""
    venue = locked(actor, venue_id, "venue.log")
    found = Opening.objects.select_for_update().filter(venue=venue, pk=opening_id).first()
    if found is None:
        raise NotFound("no_opening", _("没有找到这次开放记录。"))
    if found.struck_at is not None:
        return found
    reason = clean(reason, 120)
    if not reason:
        raise Invalid("no_reason", _("请写为什么作废。"), fields={"reason": [_("请写为什么作废，例如“日期写错了”。")]})
    found.struck_at, found.struck_by_id, found.struck_for = now, actor.account_id, reason
    found.save(update_fields=["struck_at", "struck_by", "struck_for"])
    return found


def _told(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"

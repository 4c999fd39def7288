"""What visitors say: one answer a month from an account, paper forms keyed in by the sheet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.accounts.actions import log_event
from linli.lib.masking import scrub
from linli.lib.texts import clean
from linli.loops.venues.actions.keeping import locked
from linli.loops.venues.models import Choice, State, Venue, VisitRating
from linli.loops.venues.standing import today_of

MOST_FORMS: Final = 2000
OLDEST: Final = timedelta(days=366)


@transaction.atomic
def rate(*, actor: Actor, venue_id: int, choice: str, now: datetime, comment: str = "") -> VisitRating:
    """
    A visitor says how it was. A second answer of the same account in the same month stands instead of the first. Raises Invalid, Refused for a
    venue that is not in use.
    """
    venue = Venue.objects.select_for_update(of=("self",)).select_related("place").filter(pk=venue_id).first()
    if venue is None or venue.state == State.PREPARING:
        raise NotFound("no_venue", _("没有找到这处场地。"))
    table.require(actor, "venue.rate", venue.place.path, own=True)
    if venue.state != State.IN_USE:
        raise Refused("not_in_use", _("这处场地已经停用，不再收评价。"))
    if choice not in Choice.values:
        raise Invalid("no_choice", _("请选一项再交。"), fields={"choice": [_("请选“满意”“基本满意”或“不满意”。")]})
    today = today_of(now)
    # What goes onto a page of the Desk carries nobody's number or name.
    said = {"choice": choice, "comment": scrub(clean(comment, 200))[0][:200], "day": today, "at": now, "channel": actor.channel[:8]}
    made, _new = VisitRating.objects.update_or_create(
        venue=venue, account_id=actor.own_id, month=f"{today:%Y-%m}", struck_at=None, defaults=said
    )
    return made


@transaction.atomic
def key_in_forms(
    *, actor: Actor, venue_id: int, day: date, counts: Mapping[str, int], now: datetime, batch: str = "", comment: str = ""
) -> list[VisitRating]:
    """
    Paper forms of one day: how many said what. `batch` is the number written on the sheet: the same number is keyed in once for a venue.

    Raises Invalid for a day to come or older than a year, negative or absurd counts, none at all, a batch that is in already.
    """
    venue = locked(actor, venue_id, "venue.rate_for")
    if venue.state == State.PREPARING:
        raise Refused("not_in_use", _("这处场地还没有使用，不收评价。"))
    wrong: dict[str, list[Any]] = {}
    today, batch = today_of(now), clean(batch, 40)
    if not today - OLDEST <= day <= today:
        wrong["day"] = [_("请选过去一年以内的日子。")]
    bad = [c for c, n in counts.items() if c not in Choice.values or isinstance(n, bool) or not 0 <= n <= MOST_FORMS]
    if bad:
        wrong[bad[0]] = [_("份数请写 0 到 2000 的整数。")]
    elif not sum(counts.values()):
        wrong["satisfied"] = [_("一份也没有，就不用登记。")]
    if batch and VisitRating.objects.filter(venue=venue, batch=batch, struck_at=None).exists():
        wrong["batch"] = [_("编号“%(batch)s”的评价表已经登记过了。") % {"batch": batch}]
    if wrong:
        raise Invalid("bad_forms", _("评价表没有登记上。"), fields=wrong)
    plain = {"day": day, "month": f"{day:%Y-%m}", "channel": "paper", "batch": batch, "at": now, "recorded_by_id": actor.account_id}
    words = scrub(clean(comment, 200))[0][:200]
    rows = [
        VisitRating.objects.create(venue=venue, choice=choice, count=counts[choice], comment=words if n == 0 else "", **plain)
        for n, choice in enumerate(c for c in Choice.values if counts.get(c))
    ]
    log_event("venue_forms_keyed", now=now, actor=actor, about=venue.name, venue=venue.pk, day=day.isoformat(), counts=dict(counts))
    return rows


@transaction.atomic
def strike_rating(*, actor: Actor, venue_id: int, rating_id: int, reason: str, now: datetime) -> VisitRating:
    """Forms keyed in wrongly no longer count. What somebody answered on their own screen cannot be struck. Raises NotFound, Refused, Invalid."""
    venue = locked(actor, venue_id, "venue.rate_for")
    found = VisitRating.objects.select_for_update().filter(venue=venue, pk=rating_id).first()
    if found is None:
        raise NotFound("no_rating", _("没有找到这份评价。"))
    if found.channel != "paper":
        raise Refused("not_yours", _("居民自己交的评价不能作废。"))
    if found.struck_at is not None:
        return found
    reason = clean(reason, 120)
    if not reason:
        raise Invalid("no_reason", _("请写为什么作废。"), fields={"reason": [_("请写为什么作废，例如“日期写错了”。")]})
    found.struck_at, found.struck_for = now, reason
    found.save(update_fields=["struck_at", "struck_for"])
    log_event("venue_forms_keyed", now=now, actor=actor, about=venue.name, venue=venue.pk, struck=found.pk, reason=reason)
    return found

"""A place's own standards: put in force from a day on, or ended. Never edited: what was judged by them can be looked up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.accounts.actions import log_event
from linli.kernel.matters.setting_actions import may_everywhere
from linli.kernel.places.models import Place
from linli.law.venues import Standard, standard_from, standards
from linli.lib.problems import InputProblem
from linli.lib.texts import clean
from linli.loops.venues.models import OwnStandard
from linli.loops.venues.standing import today_of
from linli.web.words import in_english

VERB: Final = "venue.set_standard"
FARTHEST: Final = timedelta(days=5 * 366)


def may_set(actor: Actor, place: Place | None) -> bool:
    """May the actor set what holds at `place`; for the whole installation (None) only whoever may everywhere."""
    return may_everywhere(actor, VERB) if place is None else table.may(actor, VERB, place.path)


def _require(actor: Actor, place: Place | None) -> None:
    if not may_set(actor, place):
        raise table.refusal(actor, VERB)


def checked_standard(data: Mapping[str, Any]) -> Standard:
    """The standard these data describe. Raises Invalid with the words on the field they speak of."""
    try:
        return standard_from(data)
    except InputProblem as problem:
        text = problem.text_en if in_english() else problem.text_zh
        raise Invalid("bad_standard", _("这条标准还要改一改。"), fields={problem.code: [text]}) from None


@transaction.atomic
def set_standard(
    *, actor: Actor, data: Mapping[str, Any], place: Place | None, starts_on: date, source: str, now: datetime, off: bool = False
) -> OwnStandard:
    """
    From `starts_on` (today or later) this standard holds at `place` and below (None: everywhere), instead of the one of the same code. With `off` the
    one of that code does not apply there. The place's own standard of the code ends the day before.

    Raises Invalid for data that make no standard, a day that has passed, or no source.
    """
    _require(actor, place)
    code = str(data.get("code", ""))
    standard = None if off else checked_standard(data)
    wrong: dict[str, list[Any]] = {}
    today, source = today_of(now), clean(source, 120)
    if off and code not in {s.code for s in standards()}:
        wrong["code"] = [_("没有这条标准。")]
    if not today <= starts_on <= today + FARTHEST:
        wrong["starts_on"] = [_("从哪天起，请选今天或以后的日子。")]
    if not source:
        wrong["source"] = [_("请写明依据，例如文件名称和条款。")]
    if wrong:
        raise Invalid("bad_standard", _("这条标准还要改一改。"), fields=wrong)
    rows = OwnStandard.objects.filter(place=place, code=code)
    for later in rows.filter(starts_on__gte=starts_on).filter(Q(ends_on=None) | Q(ends_on__gt=starts_on)):
        # What was to come into force on that day or later never does; the row stays to tell.
        later.ends_on = later.starts_on
        later.save(update_fields=["ends_on"])
    for known in rows.filter(starts_on__lt=starts_on).filter(Q(ends_on=None) | Q(ends_on__gt=starts_on)):
        known.ends_on = starts_on
        known.save(update_fields=["ends_on"])
    made = OwnStandard.objects.create(
        place=place,
        code=code,
        data={} if standard is None else {**standard.data(), "cites": [source]},
        off=off,
        source=source,
        starts_on=starts_on,
        set_at=now,
        set_by_id=actor.account_id,
    )
    where = place.name if place else ""
    log_event("venue_standard_set", now=now, actor=actor, about=code, place=where, off=off, starts_on=starts_on.isoformat())
    return made


@transaction.atomic
def end_standard(*, actor: Actor, standard_id: int, ends_on: date, now: datetime) -> OwnStandard:
    """From `ends_on` (today or later) the standard of a wider place, or of the pack, holds again. Raises NotFound, Refused, Invalid."""
    found = OwnStandard.objects.select_for_update(of=("self",)).select_related("place").filter(pk=standard_id).first()
    if found is None:
        raise NotFound("no_standard", _("没有找到这条标准。"))
    _require(actor, found.place)
    today = today_of(now)
    if found.ends_on is not None and found.ends_on <= today:
        raise Refused("standard_ended", _("这条标准已经停用。"))
    if ends_on < today:
        raise Invalid("past", _("请选今天或以后的日子。"), fields={"ends_on": [_("请选今天或以后的日子。")]})
    found.ends_on = max(ends_on, found.starts_on)
    found.save(update_fields=["ends_on"])
    log_event("venue_standard_ended", now=now, actor=actor, about=found.code, standard=found.pk, ends_on=found.ends_on.isoformat())
    return found

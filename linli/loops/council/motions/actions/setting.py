"""What a place sets for its motions: its own roads, and how many must second. Ended, never edited: what ran under them keeps them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused
from linli.kernel.accounts.actions import log_event
from linli.kernel.matters.setting_actions import may_everywhere
from linli.kernel.places.models import Place
from linli.law.roads import Road, road_from
from linli.lib.problems import InputProblem
from linli.loops.council.motions.models import RoadTemplate, SecondRule
from linli.loops.council.motions.rules import TIERS
from linli.web.words import in_english

VERB: Final = "road.edit"
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{1,39}")
MOST_DAYS: Final = 366


def may_set(actor: Actor, place: Place | None) -> bool:
    """May the actor set what holds at `place`; for the whole installation (None) only whoever may everywhere."""
    return may_everywhere(actor, VERB) if place is None else table.may(actor, VERB, place.path)


def _require(actor: Actor, place: Place | None) -> None:
    if not may_set(actor, place):
        raise table.refusal(actor, VERB)


def checked_road(data: Mapping[str, Any]) -> Road:
    """The road these data describe. Raises Invalid with the step and how to mend it."""
    try:
        return road_from(data)
    except InputProblem as problem:
        text = problem.text_en if in_english() else problem.text_zh
        raise Invalid("bad_road", text, fields={"steps": [text]}) from None


@transaction.atomic
def save_road(*, actor: Actor, data: Mapping[str, Any], place: Place | None, now: datetime, based_on: str = "") -> RoadTemplate:
    """
    Put a road into force for `place` and below (None: everywhere). A template of the same code in force ends now; running motions keep
    the road they started with. A code of the packs may be taken: the place's own road then stands instead of it.

    Raises Invalid for a code or steps that cannot be used, Refused when the code belongs to another place.
    """
    _require(actor, place)
    code = str(data.get("code", ""))
    if not _CODE.fullmatch(code):
        text = _("代号用小写字母开头，只含小写字母、数字和下划线，2 到 40 个字符。")
        raise Invalid("bad_code", text, fields={"code": [text]})
    road = checked_road({**data, "version": 0})
    last = RoadTemplate.objects.filter(code=code).order_by("-version").first()
    if last is not None and last.ends_at is None:
        if last.place_id != (place.pk if place else None):
            text = _("这个代号已经用在别的地点，请换一个代号。")
            raise Invalid("code_taken", text, fields={"code": [text]})
        RoadTemplate.objects.filter(pk=last.pk).update(ends_at=now)
    made = RoadTemplate.objects.create(
        place=place,
        code=code,
        version=last.version + 1 if last else 1,
        based_on=based_on[:40],
        data=road.data(),
        starts_at=now,
        set_by_id=actor.account_id,
    )
    log_event("road_set", now=now, actor=actor, about=road.name_zh, code=code, version=made.version, place=place.name if place else "")
    return made


@transaction.atomic
def end_road(*, actor: Actor, template_id: int, now: datetime) -> RoadTemplate:
    """Nobody starts on it any more; where it stood instead of a pack's road, that one holds again. Ending twice changes nothing."""
    found = RoadTemplate.objects.select_related("place").filter(pk=template_id).first()
    if found is None:
        raise NotFound("no_road", _("没有找到这种议事程序。"))
    _require(actor, found.place)
    if found.ends_at is None:
        found.ends_at = now
        found.save(update_fields=["ends_at"])
        log_event("road_ended", now=now, actor=actor, about=str(found.data.get("name_zh", "")), code=found.code, version=found.version)
    return found


@transaction.atomic
def set_second_rule(
    *,
    actor: Actor,
    place: Place | None,
    tier: str,
    now: datetime,
    homes: int | None = None,
    share: Fraction | None = None,
    days: int = 30,
    source: str = "",
) -> SecondRule:
    """
    From now on so many homes, or this exact share of them (whichever is fewer), must second a motion of `tier` at `place` within `days`.
    The rule in force for exactly this place and tier ends; what is being seconded keeps the number fixed when it was submitted.

    Raises Invalid for neither number nor share, a share above the whole, or days out of range.
    """
    _require(actor, place)
    wrong: dict[str, list[Any]] = {}
    if tier not in TIERS:
        wrong["tier"] = [_("请选择层级。")]
    if homes is None and share is None:
        wrong["homes"] = [_("户数和比例至少填一项。")]
    if homes is not None and not 0 < homes <= 100_000:
        wrong["homes"] = [_("户数应是 1 到 100000 的整数。")]
    if share is not None and not 0 < share <= 1:
        wrong["share"] = [_("比例应大于 0、不超过 1。")]
    if not 0 < days <= MOST_DAYS:
        wrong["days"] = [_("期限应是 1 到 %(n)s 天。") % {"n": MOST_DAYS}]
    if wrong:
        raise Invalid("bad_rule", _("附议规则有几处要改。"), fields=wrong)
    SecondRule.objects.filter(place=place, tier=tier, ends_at=None).update(ends_at=now)
    made = SecondRule.objects.create(
        place=place,
        tier=tier,
        homes=homes,
        share_numerator=share.numerator if share else None,
        share_denominator=share.denominator if share else None,
        days=days,
        source=source.strip()[:120],
        starts_at=now,
        set_by_id=actor.account_id,
    )
    log_event("second_rule_set", now=now, actor=actor, about=str(TIERS[tier]), rule=made.pk, homes=homes, share=str(share or ""), days=days)
    return made


@transaction.atomic
def end_second_rule(*, actor: Actor, rule_id: int, now: datetime) -> SecondRule:
    """The rule of a wider place, or the house's default, holds again. Raises NotFound, Refused for one that ended."""
    found = SecondRule.objects.select_related("place").filter(pk=rule_id).first()
    if found is None:
        raise NotFound("no_rule", _("没有找到这条规则。"))
    _require(actor, found.place)
    if found.ends_at is not None:
        raise Refused("rule_ended", _("这条规则已经停用。"))
    found.ends_at = now
    found.save(update_fields=["ends_at"])
    log_event("second_rule_ended", now=now, actor=actor, about=str(TIERS[found.tier]), rule=found.pk)
    return found

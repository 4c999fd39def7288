"""The public notice of a frozen roll: how many, how much area, the hash, and the doors by building; names only where the roll says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.kernel.notices.official import Official, full_date
from linli.kernel.places.models import Place
from linli.kernel.places.queries import short_names
from linli.kernel.rolls.models import Level, Roll, RollKind, RollProblem, Voter, VotingUnit
from linli.kernel.rolls.rules import Policy
from linli.kernel.rolls.wording import area_words, finding_title, title_of
from linli.law.periods import Period, period
from linli.lib.calendar import YearMissing, in_force
from linli.lib.masking import mask_name

# A wall can hold so many doors; of more the notice says how many there are in each building, and the page lists them.
MOST_DOORS = 3000


def notice_of(roll: Roll, old: Roll | None) -> tuple[str, str, dict[str, Any]]:
    """Title, text and facts of the notice. A few queries, whatever the size."""
    named = Policy.of(roll.policy).names
    day = f"{roll.record_date.year} 年 {roll.record_date.month} 月 {roll.record_date.day} 日"
    words = {"title": title_of(roll), "day": day}
    title = _("%(title)s公示（登记日 %(day)s）") % words if old is None else _("%(title)s更正公示（登记日 %(day)s）") % words
    page = _("逐户名单、本人条目和提异议：%(address)s") % {"address": f"{settings.PUBLIC_URL}/rolls/{roll.pk}/"}
    lines = [*_sums(roll, old), page, *_warnings(roll), "", *_list(roll, named)]
    facts = {
        "roll": roll.pk,
        "kind": roll.kind,
        "record_date": roll.record_date.isoformat(),
        "voters": roll.voter_count,
        "units": roll.unit_count,
        "area": roll.area,
        "root": roll.root,
        "hash": roll.hash,
        "about": roll.about,
        "replaces": old.hash if old else "",
    }
    return title, "\n".join(lines), facts


def official_of(roll: Roll, old: Roll | None, now: datetime, days: int | None) -> Official:
    """The official pattern of the notice: how many, how long objections are heard, where; a screen shows the sums and never the list."""
    area = _("%(area)s 平方米") % {"area": area_words(roll.area)} if roll.has_area else ""
    last = timezone.localtime(roll.objections_until) - timedelta(seconds=1) if roll.objections_until else None
    name = _("关于%(title)s的公示") if old is None else _("关于更正%(title)s的公示")
    return Official(
        form="roll",
        heading=name % {"title": title_of(roll)},
        to=_("全体业主") if roll.has_area else _("全体居民"),
        facts=[
            (_("登记日"), full_date(roll.record_date)),
            (_("有表决权的"), _("%(n)s 人") % {"n": roll.voter_count}),
            (_("面积合计"), area),
            (_("存证值"), f"{roll.hash[:23]}…"),
        ],
        days=_period(now, days),
        object_to=_("有异议的，请在%(day)s24时以前在网上或者到社区提出；每一件都会处理并记录。") % {"day": full_date(last.date())}
        if last
        else "",
        link=f"/rolls/{roll.pk}/",
        screen=_("请看看自己在不在名册上、面积对不对。逐户名单贴在公示栏，也可以扫码查自己的一条。"),
    )


def _period(now: datetime, days: int | None) -> Period | None:
    """The days as they were counted; none where somebody named the last day, or where its year has no calendar yet."""
    try:
        return period(now, days, in_force(), zone=timezone.get_current_timezone()) if days else None
    except YearMissing:
        return None


def _sums(roll: Roll, old: Roll | None) -> Iterator[str]:
    end = timezone.localtime(roll.objections_until) - timedelta(seconds=1) if roll.objections_until else None
    if roll.has_area:
        words = {"voters": roll.voter_count, "units": roll.unit_count, "area": area_words(roll.area)}
        yield _("本名册共有表决权人 %(voters)s 人，专有部分 %(units)s 个，专有部分面积合计 %(area)s 平方米。") % words
        parking = Policy.of(roll.policy).parking
        yield (_("已登记的车位计入专有部分。") if parking != "exclude_area" else _("车位、车库不计入人数和面积。"))
    else:
        yield _("本名册共有表决权人 %(voters)s 人。") % {"voters": roll.voter_count}
    if old is not None:
        yield _("本名册取代存证值为 %(hash)s 的名册，更正原因：%(why)s") % {"hash": old.hash, "why": roll.replaces_why}
    yield _("存证值：%(hash)s。名册冻结后有任何改动，都会与它不符；本人可以凭凭证核对自己在不在名册上。") % {"hash": roll.hash}
    if end is not None:
        day = f"{end.year} 年 {end.month} 月 {end.day} 日"
        yield _("对名册有异议的，请在 %(day)s 24 时以前在网上或到社区提出。") % {"day": day}


def _warnings(roll: Roll) -> Iterator[str]:
    """What was left open, by how often; each is on the roll's page."""
    counts: dict[str, int] = {}
    for code in RollProblem.objects.filter(roll=roll, level=Level.WARN).values_list("code", flat=True):
        counts[code] = counts.get(code, 0) + 1
    for code, count in counts.items():
        yield _("%(what)s：%(count)s 处。") % {"what": finding_title(code), "count": count}
    for door, facts in RollProblem.objects.filter(roll=roll, code="excluded").values_list("door", "facts")[:50]:
        yield _("未列入：%(door)s，理由：%(reason)s") % {
            "door": door or mask_name(str(facts.get("name", ""))),
            "reason": facts.get("reason", ""),
        }


def _list(roll: Roll, named: str) -> Iterator[str]:
    if roll.kind in (RollKind.REPRESENTATIVES, RollKind.MEMBERS, RollKind.LIST):
        if named != "none" and roll.voter_count <= MOST_DOORS:
            yield "、".join(
                shown_name(name, named) for name in Voter.objects.filter(roll=roll).order_by("seq").values_list("name", flat=True)
            )
        return
    rows = (
        VotingUnit.objects.filter(roll=roll).order_by("path").values_list("building_id", "door", "voter__name")
        if roll.has_area
        else Voter.objects.filter(roll=roll).order_by("seq").values_list("building_id", "door", "name")
    )
    by_building: dict[int | None, list[str]] = {}
    for building, door, name in rows:
        by_building.setdefault(building, []).append(f"{door}（{shown_name(name, named)}）" if named != "none" and name else door)
    names = building_names(by_building)
    whole = sum(map(len, by_building.values())) <= MOST_DOORS
    for at, doors in by_building.items():
        once = list(dict.fromkeys(doors))
        yield _("%(building)s（%(count)s）：") % {"building": names[at], "count": len(doors)} + ("、".join(once) if whole else "")
    if not whole:
        yield _("户数较多，逐户名单见网上名册和楼栋张贴的清单。")


def building_names(buildings: Iterable[int | None]) -> dict[int | None, str]:
    """What neighbours call each building; without one the homes stand by themselves."""
    found = list(Place.objects.filter(pk__in=[b for b in buildings if b]))
    names: dict[int | None, str] = {None: _("不分楼栋")}
    for place, name in short_names(found).items():
        names[place] = name
    return names


def shown_name(name: str, named: str) -> str:
    """A name as the public list shows it: joint owners one by one."""
    if named == "full":
        return name
    return "、".join(mask_name(part) for part in name.split("、")) if named == "masked" else ""

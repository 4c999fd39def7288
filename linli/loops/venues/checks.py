"""Data consistency of venues, for `linli check`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from django.utils import timezone
from django.utils.translation import gettext as _

from linli.law.venues import items, standard_from
from linli.lib.problems import InputProblem
from linli.loops.venues import hours
from linli.loops.venues.models import HoursException, HoursPlan, Opening, OwnStandard, State, Venue
from linli.loops.venues.standing import today_of
from linli.web.checks import Problem, consistency


@consistency("venues hold what the packs know")
def registers() -> Iterator[Problem]:
    known = items()
    for venue in Venue.objects.iterator(500):
        if strange := sorted({*venue.has, *(venue.functions or ())} - set(known)):
            yield Problem(_("%(ref)s：登记了标准里没有的“%(code)s”，请打开修改一次。") % {"ref": venue.ref, "code": strange[0]})
    for venue in Venue.objects.filter(place__retired_at__isnull=False).exclude(state=State.CLOSED)[:20]:
        yield Problem(_("%(ref)s：它所在的地点已经停用，请改到别的地点，或者停用这处场地。") % {"ref": venue.ref}, warning=True)


@consistency("venues promise readable hours")
def promises() -> Iterator[Problem]:
    for plan in HoursPlan.objects.iterator(500):
        try:
            hours.week_from(plan.week)
        except InputProblem:
            yield Problem(_("V%(pk)s：%(day)s 起的开放时间读不出来，请重新设置。") % {"pk": plan.venue_id, "day": plan.starts_on})
    for found in HoursException.objects.iterator(500):
        try:
            hours.checked_day(found.spans)
        except (InputProblem, TypeError, ValueError):
            yield Problem(_("V%(pk)s：%(day)s 的特别安排读不出来，请重新设置。") % {"pk": found.venue_id, "day": found.day})
    rows = HoursPlan.objects.order_by("venue", "starts_on", "pk").values_list("venue", "starts_on", "ends_on")
    for one, two in pairwise(rows.iterator(500)):
        if one[0] == two[0] and one[1] != one[2] and (one[2] is None or one[2] > two[1]):
            yield Problem(_("V%(pk)s：%(day)s 起有两份开放时间同时有效，请重新设置。") % {"pk": one[0], "day": two[1]})


@consistency("logged openings do not overlap")
def openings() -> Iterator[Problem]:
    rows = Opening.objects.filter(struck_at=None).order_by("venue", "opened_at", "pk").values_list("venue", "opened_at", "closed_at")
    for one, two in pairwise(rows.iterator(2000)):
        if one[0] == two[0] and (one[2] is None or one[2] > two[1]):
            yield Problem(_("V%(pk)s：%(at)s 的开放记录和前一次重叠，请把登记错的作废。") % {"pk": one[0], "at": two[1]})
    stale = timezone.now() - hours.FORGOTTEN
    for opening in Opening.objects.filter(struck_at=None, closed_at=None, opened_at__lt=stale)[:20]:
        yield Problem(_("V%(pk)s：%(at)s 开门以后没有登记关门，请补登。") % {"pk": opening.venue_id, "at": opening.opened_at}, warning=True)


@consistency("places' own venue standards can be read")
def standards() -> Iterator[Problem]:
    today = today_of(timezone.now())
    for row in OwnStandard.objects.filter(off=False).exclude(ends_on__lte=today):
        try:
            standard_from(row.data)
        except InputProblem as problem:
            yield Problem(_("场地标准“%(code)s”读不出来：%(why)s") % {"code": row.code, "why": problem.text_zh})

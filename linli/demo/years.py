"""
The work calendar of years that are not published yet, for the demo alone: weekends off, and marked in every month as what it is.

The product itself never guesses a calendar: a deadline that runs into a year nobody entered is refused or left open. The demo's people and
deeds are invented, and so may this be; its system administrator enters it through the act behind the settings page.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from django.utils.translation import gettext_noop

from linli.kernel.access.actor import Actor
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.promises import calendar
from linli.kernel.matters.setting_actions import enter_year
from linli.lib.holiday_notice import Day

SOURCE: Final = gettext_noop("演示用，须由管理员换成国务院办公厅公布的日历")
# The demo tells of the year behind it and of notices, terms and tasks in the half year to come.
BEHIND: Final = timedelta(days=400)
AHEAD: Final = timedelta(days=200)


def enter_missing(actor: Actor, now: datetime) -> list[int]:
    """Enter the years the demo lives in whose calendar is not known; which these were."""
    today = now.astimezone(ZONE).date()
    missing = [year for year in range((today - BEHIND).year, (today + AHEAD).year + 1) if not calendar().covers(year)]
    for year in missing:
        enter_year(actor=actor, year=year, days=marked(year), now=now)
    return missing


def marked(year: int) -> list[Day]:
    """The first Saturday of every month, off like all weekends of a year that is declared complete, and with the source on it."""
    firsts = (date(year, month, 1) for month in range(1, 13))
    return [Day(first + timedelta(days=(5 - first.weekday()) % 7), False, SOURCE) for first in firsts]

"""What the Desk's page of a matter is told: the venue the exit rule raised it for."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from linli.kernel.matters.models import Matter
from linli.loops.venues.actions.exiting import KIND
from linli.loops.venues.models import ExitCase


def beside(matter: Matter) -> Sequence[tuple[str, str]]:
    """(label, words) for a matter the exit rule raised; asks the database only about matters that nobody raised but the house."""
    if matter.kind != KIND or matter.channel != "clock":
        return ()
    case = ExitCase.objects.filter(matter=matter).select_related("venue").first()
    if case is None:
        return ()
    years = {"first": case.first_year, "last": case.last_year}
    return [(_("议事场地"), f"{case.venue.name} {case.venue.ref}"), (_("不达标的年份"), _("%(first)s 到 %(last)s 年") % years)]

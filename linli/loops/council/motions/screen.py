"""What motions bring to the screen in the lobby: what is seconded, announced, voted on and done; nobody's name."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from linli.kernel.notices.screens import Screen
from linli.kernel.places.models import Place
from linli.loops.council.motions.square_queries import Shown, board_rows
from linli.loops.council.motions.wording import seconded_words
from linli.web.words import begins, day
from linli.web.words import until as until_words


def heads() -> dict[str, str]:
    """What each group is called."""
    return {"seconding": _("正在征集附议"), "announced": _("公告中"), "voting": _("正在表决和公示"), "done": _("落实和办成")}


def row_words(shown: Shown, group: str) -> str:
    """What matters of one of them now: how many seconded it, from when it is decided, until when its result is posted."""
    row, until = shown.row, shown.until
    if group == "seconding":
        return " · ".join(filter(None, [seconded_words(row.motion), _("到 %(when)s") % {"when": day(until)} if until else ""]))
    if row.matter.state == "noticed" and until:
        return _("%(when)s 起可以决定") % {"when": begins(until)}
    if row.matter.state == "posted" and until:
        return _("公示到 %(when)s") % {"when": until_words(until)}
    return ""


def under_way(place: Place | None, now: datetime) -> list[Screen]:
    """A page for each group that holds any. Four queries."""
    found, named = board_rows(place, now), heads()
    return [
        Screen(
            kicker=_("议事"),
            heading=named[group],
            rows=[(s.row.title, " · ".join(filter(None, [s.row.where, row_words(s, group)]))) for s in rows],
            href="/motions/",
        )
        for group, rows in found.items()
        if rows
    ]

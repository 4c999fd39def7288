"""What the pages of the Square share: a request as a card, the way to signing in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.kernel.matters.promises import calendar
from linli.kernel.matters.saying import since_words
from linli.loops.requests.queries import Row
from linli.loops.requests.rules import STAGES
from linli.loops.requests.wording import promised_of, standing_of


@dataclass(frozen=True)
class Shown:
    """A request in a list, in words. `strip` are the arguments of the small strip."""

    href: str
    title: str
    meta: str
    chip: str
    tone: str
    strip: dict[str, Any]


def stages() -> list[str]:
    return [str(s) for s in STAGES]


def shown(row: Row, now: datetime) -> Shown:
    matter = row.matter
    standing = standing_of(matter, now, calendar())
    parts = [row.where, matter.ref]
    if matter.category:
        parts.append(matter.category.name)
    parts.append(_("%(when)s提出") % {"when": since_words(matter.raised_at, now)})
    if matter.me_too:
        parts.append(ngettext("%(n)s 位邻居也遇到", "%(n)s 位邻居也遇到", matter.me_too) % {"n": matter.me_too})
    promised = promised_of(matter, now, calendar())
    # What is done waits for its rating; that the call to ask for one is late is said on its page, not here.
    done = matter.state == "resolved"
    said = promised.left if promised is not None and promised.state in ("waiting", "late") and matter.is_open and not done else ""
    chip = f"{standing.label} · {said}" if said else standing.label
    strip = {"stages": stages(), "position": standing.position, "late": standing.late and not done, "stopped": standing.stopped}
    return Shown(reverse("square:one", args=[matter.ref]), row.title, " · ".join(parts), chip, "green" if done else standing.tone, strip)

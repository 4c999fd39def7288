"""Motions in lists, in words: for the list, the first page, the board."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.kernel.matters.promises import calendar
from linli.loops.council.motions.queries import Row
from linli.loops.council.motions.rules import STAGES, TOPICS
from linli.loops.council.motions.wording import seconded_words, standing_of, who_must


@dataclass(frozen=True)
class Shown:
    """A motion in a list, in words. `strip` are the arguments of the small strip."""

    href: str
    title: str
    meta: str
    chip: str
    tone: str
    strip: dict[str, Any]


def stages() -> list[str]:
    return [str(s) for s in STAGES]


def shown(row: Row, now: datetime) -> Shown:
    """Where it stands, who seconds it, how long it has waited and for whom."""
    matter, motion = row.matter, row.motion
    standing = standing_of(matter, now, calendar())
    parts = [row.where, matter.ref, str(TOPICS.get(motion.topic, ""))]
    if motion.seconds_needed and matter.state in ("seconding", "lapsed"):
        parts.append(seconded_words(motion))
    if matter.is_open and motion.submitted_at:
        parts.append(waited_words(row.days_waiting))
        parts.append(who_must(motion, matter))
    chip = f"{standing.label} · {missing_words(row.missing)}" if row.missing else standing.label
    strip = {"stages": stages(), "position": standing.position, "late": standing.late, "stopped": standing.stopped}
    return Shown(reverse("motions:one", args=[matter.ref]), row.title, " · ".join(filter(None, parts)), chip, standing.tone, strip)


def missing_words(n: int) -> str:
    return ngettext("还差 %(n)s 户", "还差 %(n)s 户", n) % {"n": n}


def waited_words(days: int) -> str:
    return ngettext("等了 %(n)s 天", "等了 %(n)s 天", days) % {"n": days} if days > 0 else _("今天提交")

"""Hot topics in words."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from linli.kernel.people.models import Relation
from linli.loops.requests.hot.models import Figure
from linli.web.words import percent

RARE: Final = 0.001
TONES: Final = {"rising": "red", "new": "gold", "falling": "green"}


def direction(code: str) -> str:
    return {
        "new": _("刚出现"),
        "rising": _("在升温"),
        "steady": _("差不多"),
        "falling": _("在降温"),
        "quiet": _("近 7 天没人说"),
    }.get(code, code)


def course(counts: Sequence[int]) -> str:
    """What the small line shows, for those who hear the page."""
    if not counts:
        return ""
    return _("近 %(weeks)s 周每周的人数，最多 %(most)s 人，最近一周 %(last)s 人") % {
        "weeks": len(counts),
        "most": max(counts),
        "last": counts[-1],
    }


def alarm(figure: Figure) -> str:
    """Why an alarm is raised, or is not; empty when nothing was tested."""
    if figure.chance is None or figure.expected is None:
        return ""
    chance = percent(Fraction(figure.chance).limit_denominator(1000)) if figure.chance >= RARE else _("不到 0.1%")
    told = {"recent": figure.recent, "expected": f"{figure.expected:.1f}", "chance": chance}
    if figure.alarm:
        return _("近 7 天有 %(recent)s 人说，按它自己以前的情况一周大约 %(expected)s 人；平时碰巧有这么多人的可能只有 %(chance)s。") % told
    return _("近 7 天有 %(recent)s 人说，按它自己以前的情况一周大约 %(expected)s 人，还算不上突发（可能性 %(chance)s）。") % told


def living(code: str) -> str:
    """How somebody lives in their home."""
    return str(dict(Relation.choices).get(code, code))


def household(code: str) -> str:
    """How many live there."""
    return {"one": _("一口人"), "two": _("两口人"), "more": _("三口人以上")}.get(code, code)


def far(done: int, under_way: int) -> str:
    """How far the requests of a topic are; empty when they are neither done nor being dealt with."""
    if done and under_way:
        return _("办好 %(done)s 件，在办 %(under)s 件") % {"done": done, "under": under_way}
    if done:
        return _("%(done)s 件都办好了") % {"done": done}
    return _("%(under)s 件在办") % {"under": under_way} if under_way else ""


def public_formula() -> str:
    """What is listed for strangers, with this installation's numbers."""
    return _(
        "只算公开的诉求，近 %(window)s 天里至少 %(people)s 位不同的居民提到同一处的同一件事，才列在这里；说的人越多越靠前，一个人说很多次只算一位。"
    ) % {
        "window": settings.HOT_DAYS,
        "people": max(settings.HOT_PEOPLE, settings.HOT_PUBLIC_PEOPLE),
    }


def formula() -> str:
    """How heat is computed here, with this installation's numbers."""
    values = {"like": settings.HOT_LIKE, "days": settings.HOT_HALF_LIFE, "window": settings.HOT_DAYS, "people": settings.HOT_PEOPLE}
    if settings.HOT_HALF_LIFE:
        return (
            _(
                "热度 = 说的人数（一个人说很多次只多算一点）+ %(like)s × “我也遇到”人数的平方根；每过 %(days)s 天减半。"
                "只看近 %(window)s 天，至少 %(people)s 个不同的人说才列出。"
            )
            % values
        )
    return (
        _(
            "热度 = 说的人数（一个人说很多次只多算一点）+ %(like)s × “我也遇到”人数的平方根。"
            "只看近 %(window)s 天，至少 %(people)s 个不同的人说才列出。"
        )
        % values
    )

"""What counts as a hot topic here, from the settings. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings

from linli.insight.hot.heat import HeatRule
from linli.insight.hot.summing import Asked

MOST = 500


def asked_at(place: str, words: Mapping[str, str], *, public: bool = False) -> Asked:
    """What is asked for at one place (its key), by workers or in `public`; `words` are what narrower places are called."""
    return Asked(
        least_messages=2,
        least_people=max(settings.HOT_PEOPLE, settings.HOT_PUBLIC_PEOPLE) if public else settings.HOT_PEOPLE,
        most=MOST,
        heat=HeatRule(like=settings.HOT_LIKE, half_life=settings.HOT_HALF_LIFE or None),
        within=place,
        place_names=words,
    )

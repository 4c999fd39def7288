"""What the pages of indicators share: who reads, at which place and in which period, and how one figure reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.insight.measure.definitions import Indicator, Target
from linli.insight.measure.periods import Period
from linli.kernel.access.actor import Actor
from linli.kernel.access.asking import number_in
from linli.kernel.matters.acts import worker_and_now
from linli.kernel.places.models import Place
from linli.measure import judging, queries, wording
from linli.measure.queries import Value

HOME: Final = "/desk/indicators/"


@dataclass(frozen=True)
class Chosen:
    """Who reads what: the places they may choose from, the one chosen (None: there is none), the period."""

    actor: Actor
    now: datetime
    places: list[Place]
    place: Place | None
    span: Period

    @property
    def here(self) -> Place:
        """The place. Raises Invalid where the reader works at none."""
        return queries.must(self.place)

    def kept(self, **more: Any) -> dict[str, Any]:
        """What an address carries on."""
        given = {"place": self.place.pk if self.place else "", "period": str(self.span), **more}
        return {k: v for k, v in given.items() if v}


def chosen(request: HttpRequest, verb: str = queries.VERB) -> Chosen:
    """What the address names. One query. Raises NotAllowed, NotFound for a place outside, Invalid for a period that is none."""
    actor, now = worker_and_now(request)
    places = queries.places_for(actor, verb)
    given = request.POST if request.method == "POST" else request.GET
    place = queries.place_among(places, number_in(given.get("place")))
    return Chosen(actor, now, places, place, queries.period_asked(given.get("period", ""), now))


def address(code: str = "", *, part: str = "", **kept: Any) -> str:
    """The address of an indicator's page, or of a page beside it."""
    name = {"": "one", "edit": "edit", "enter": "enter", "behind": "behind"}[part] if code else "list"
    path = reverse(f"indicators:{name}", args=[code] if code else [])
    found = {k: v for k, v in kept.items() if v not in ("", None)}
    return f"{path}?{urlencode(found)}" if found else path


def place_options(places: list[Place]) -> list[tuple[str, str]]:
    """The places to choose from, those further down indented."""
    depth = {"district": "", "street": "　", "community": "　　"}
    top = min((len(depth[p.kind]) for p in places), default=0)
    return [(str(p.pk), depth[p.kind][top:] + p.name) for p in places]


def period_options(here: Chosen) -> list[tuple[str, str]]:
    return [(str(p), p.name(wording.language())) for p in queries.periods_offered(here.now, here.span)]


@dataclass(frozen=True)
class Shown:
    """A figure in words: `enough` is false where too few cases stand behind it; `verdict` and `tone` say how it stands to its target."""

    words: str
    of: str
    enough: bool
    target: str
    verdict: str
    tone: str
    document: str = ""


VERDICTS: Final = {"met": "green", "missed": "gold", "unknown": "plain"}


def shown(one: Indicator, value: Value | None, target: Target | None) -> Shown:
    """How a figure reads beside its target."""
    number = value.value if value else None
    met = judging.judged(number, target)
    few = value is not None and number is None and value.denominator is not None and value.denominator < one.fewest
    words = wording.value_words(number, one.unit) if number is not None else (_("样本太少") if few else _("没有数字"))
    verdict = {"met": _("达到目标"), "missed": _("没有达到目标"), "unknown": ""}[met]
    return Shown(
        words,
        counts_words(value),
        number is not None,
        wording.target_words(target, one.unit) if target else "",
        verdict,
        VERDICTS[met],
        value.document if value else "",
    )


def counts_words(value: Value | None) -> str:
    """What a figure is of: both counts, or how many cases."""
    if value is None or value.denominator is None:
        return ""
    if value.numerator is None:
        return ngettext("%(n)s 件", "%(n)s 件", value.denominator) % {"n": f"{value.denominator:,}"}
    return f"{value.numerator:,} / {value.denominator:,}"


def target_of(one: Indicator, span: Period, place: Place | None) -> Target | None:
    return judging.in_force(one.targets, span.first.year, place.community_type if place else "")

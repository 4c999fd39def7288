"""Is a function of machine judgement on at a place? The nearest switch above decides; where nobody switched, it is on."""

from __future__ import annotations

from django.db.models import Max, QuerySet

from linli.kernel.access.paths import ancestors
from linli.kernel.access.together import together
from linli.kernel.judgement.models import Function, Switch
from linli.kernel.places.models import Place
from linli.lib.remembered import Remembered

_kept: Remembered[dict[tuple[str, str], bool]] = Remembered(5)  # so long a switch may be unknown to other processes


def is_on(function: str, place: Place | None) -> bool:
    """
    May the machine suggest here? `function` is a value of `Function`; without a place only the switch of the whole installation counts.

    One query every few seconds, whatever is asked.
    """
    standing = _kept.get("all", _read)
    for path in reversed(ancestors(place.path) if place is not None else []):
        if (function, path) in standing:
            return standing[function, path]
    return standing.get((function, ""), True)


def _read() -> dict[tuple[str, str], bool]:
    newest = Switch.objects.order_by().values("function", "place").annotate(newest=Max("pk")).values("newest")
    rows = Switch.objects.filter(pk__in=newest).values_list("function", "place__path", "on")
    return {(function, path or ""): on for function, path, on in rows}


def own_switches(place: Place | None) -> dict[str, Switch]:
    """The newest switch of each function set at just this place (or, without one, for the whole installation), with who set it. One query."""
    return {row.function: row for row in _standing_at(place)}


def _standing_at(place: Place | None) -> QuerySet[Switch]:
    here = Switch.objects.filter(place=place)
    newest = here.order_by().values("function").annotate(newest=Max("pk")).values("newest")
    return here.filter(pk__in=newest).select_related("set_by").order_by("pk")[: len(Function)]


def own_and_newest(place: Place | None, *, most: int = 1000) -> tuple[dict[str, Switch], list[Switch]]:
    """
    `own_switches`, and the newest turns anywhere, with who made them. One query.
    """
    own, turns = together(_standing_at(place), Switch.objects.select_related("place", "set_by").order_by("-pk")[:most])
    return {row.function: row for row in own}, turns


def forget() -> None:
    """Read the switches anew next time; called where one is turned."""
    _kept.forget()

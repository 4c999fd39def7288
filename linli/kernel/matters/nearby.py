"""Where a reader of the Square stands: their community and its telephone, the places around to choose from, the people they help."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Max, Min
from django.db.models.signals import post_delete, post_save

from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import ancestors, within
from linli.kernel.access.together import together
from linli.kernel.accounts.models import Unit, UnitKind
from linli.kernel.people.models import HelperLink, Person
from linli.kernel.places.models import ORDER, Kind, Place
from linli.kernel.places.queries import below, chain
from linli.lib.remembered import Remembered

_UPPER = ORDER[: ORDER.index(Kind.COMMUNITY) + 1]
_MOST_OFFICES = 50


# --- whose place -------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Here:
    """The place a page speaks of: its community (or whatever lies lowest), the words for the header, the number to call."""

    place: Place | None
    name: str
    phone: str


_kept: Remembered[Here] = Remembered(60, most=500)
for _model in (Place, Unit):
    post_save.connect(_kept.forget, sender=_model, dispatch_uid=f"square-places-{_model.__name__}")
    post_delete.connect(_kept.forget, sender=_model, dispatch_uid=f"square-places-gone-{_model.__name__}")


def here(actor: Actor) -> Here:
    """
    The reader's own community, or for a stranger the lowest place that holds everything. Kept for a minute: no query as a rule.
    """
    own = max((s.path for s in actor.standings if s.path), key=len, default="")
    return _kept.get(own, lambda: _here(own))


def _here(path: str) -> Here:
    """One query; for a stranger two."""
    line, offices = _line_and_offices(ancestors(path)) if path else _common_line()
    upper = [p for p in line if p.kind in _UPPER]
    shown = upper[-2:] if upper and upper[-1].kind == Kind.COMMUNITY else upper[-1:]
    place = upper[-1] if upper else (line[-1] if line else None)
    phone = next((p.phone for p in reversed(line) if p.phone), "")
    office = next((u.phone for u in offices if place and place.path.startswith(u.place.path)), "")
    return Here(place, " · ".join(p.name for p in shown), phone or office)


def _common_line() -> tuple[list[Place], list[Unit]]:
    """From the top down as long as there is just one place to go to."""
    by_kind = Place.objects.filter(retired_at=None, kind__in=_UPPER).order_by().values_list("kind").annotate(Min("path"), Max("path"))
    ends = [(first, last) for _kind, first, last in sorted(by_kind, key=lambda row: ORDER.index(row[0]))]
    lowest = ""
    for n, (first, last) in enumerate(ends):
        if first != last or not all(within(end, first) for below_here in ends[n:] for end in below_here):
            break
        lowest = first
    return _line_and_offices(ancestors(lowest)) if lowest else ([], [])


def _line_and_offices(paths: list[str]) -> tuple[list[Place], list[Unit]]:
    """The places from the top down, and the offices there that have a telephone, the nearest first."""
    places = Place.objects.filter(path__in=paths).order_by("path")
    offices = Unit.objects.filter(active=True, place__path__in=paths, kind__in=[UnitKind.COMMUNITY, UnitKind.STREET]).exclude(phone="")
    line, found = together(places[: len(paths)], offices.select_related("place").order_by("-place__path")[:_MOST_OFFICES])
    return line, found


def place_or_none(place_id: int | None) -> Place | None:
    return Place.objects.filter(pk=place_id, retired_at=None).exclude(kind=Kind.HOME).first() if place_id else None


@dataclass(frozen=True)
class Around:
    """A place with the way down to it and what can be chosen under it; `step` is the kind of those."""

    place: Place | None
    line: list[Place]
    under: list[Place]

    @property
    def is_last(self) -> bool:
        """Can a matter be pinned to what is listed here (buildings), or must one look further down?"""
        return not self.under or self.under[0].kind in (Kind.BUILDING, Kind.ENTRANCE)


def around(place: Place | None, *, limit: int = 400) -> Around:
    """The next places down that a neighbour would name: communities, then compounds, then buildings (grids are left out)."""
    if place is None:
        return Around(None, [], list(Place.objects.filter(kind=Kind.COMMUNITY, retired_at=None).order_by("path")[:limit]))
    index = ORDER.index(place.kind)
    if index < ORDER.index(Kind.COMMUNITY):
        under = list(below(place, Kind.COMMUNITY)[:limit])
    elif index < ORDER.index(Kind.COMPOUND):
        under = list(below(place, Kind.COMPOUND)[:limit]) or list(below(place, Kind.BUILDING)[:limit])
    elif place.kind == Kind.COMPOUND:
        under = list(below(place, Kind.BUILDING)[:limit])
    else:
        under = []
    line = [p for p in chain(place) if p.kind not in (Kind.PROVINCE, Kind.CITY, Kind.DISTRICT, Kind.GRID)]
    return Around(place, line, under)


# --- whom the reader helps ------------------------------------------------------------
def people_i_help(actor: Actor) -> list[Person]:
    """People for whom the reader may raise a request."""
    if not actor.person_id:
        return []
    return [t.person for t in HelperLink.objects.filter(helper_id=actor.person_id, until_on=None).select_related("person")[:20]]

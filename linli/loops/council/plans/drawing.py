"""Who shares: the homes under a place as the register or a roll knows them, with their floors as the doors tell them."""

from __future__ import annotations

from dataclasses import dataclass

from linli.insight.plans import floor_of_door
from linli.kernel.access.paths import subtree
from linli.kernel.people.models import HomeUse
from linli.kernel.places.models import Kind as PlaceKind
from linli.kernel.places.models import Place
from linli.kernel.places.queries import kinds_above, short_names
from linli.kernel.rolls.models import Roll, VotingUnit


@dataclass(frozen=True)
class Drawn:
    """A home as drawn; `area` in 0.01 m², None when not known. Parking spaces are drawn left out: whoever wants them to share puts them back."""

    home: Place
    door: str
    group_id: int | None
    floor: int | None
    area: int | None
    parking: bool


def homes_under(place: Place, roll: Roll | None = None, *, limit: int) -> list[Drawn]:
    """The homes of a place in the order of the tree; of those on `roll`, with its areas. Two or three queries; at most `limit` and one."""
    if roll is None:
        scope = Place.objects.filter(kind=PlaceKind.HOME, retired_at=None, **subtree("path", place.path)).select_related("home")
        found = [(h, h.home.exclusive_area if hasattr(h, "home") else None, _is_parking(h)) for h in scope.order_by("path")[: limit + 1]]
    else:
        units = VotingUnit.objects.filter(roll=roll, **subtree("path", place.path)).select_related("home").order_by("path")
        found = [(u.home, u.area or None, u.kind == VotingUnit.Kind.PARKING) for u in units[: limit + 1]]
    names = short_names([h for h, _area, _parking in found])
    before = short_names([place])[place.pk]
    return [
        Drawn(h, names[h.pk].removeprefix(before).strip() or h.name, group_of(h.path, place), floor_of_door(h.name), area, parking)
        for h, area, parking in found
    ]


def _is_parking(home: Place) -> bool:
    return hasattr(home, "home") and home.home.use == HomeUse.PARKING


def group_of(path: str, place: Place) -> int | None:
    """The part of `place` a home stands in, for sums: its building, in a building its entrance; None where there is no part."""
    wanted = PlaceKind.ENTRANCE if place.kind == PlaceKind.BUILDING else PlaceKind.BUILDING
    return (
        next((pk for kind, pk in kinds_above(path) if kind == wanted and pk != place.pk), None)
        if place.kind != PlaceKind.ENTRANCE
        else None
    )

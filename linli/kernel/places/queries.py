"""What people see of places: chains of names, children, the place at a point."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from linli.kernel.access.paths import WIDTH, ancestors, number_of, subtree
from linli.kernel.access.prepared import NUMBER, TEXT, Prepared
from linli.kernel.access.refusals import NotFound
from linli.kernel.access.together import Asking
from linli.kernel.places.models import ORDER, Kind, Place, PlaceChange, PlaceName
from linli.lib.geo import point_in_polygon, wgs84_from_gcj02
from linli.lib.remembered import Learned

MICRO = 1_000_000


def place_by_id(place_id: int) -> Place:
    """Raises NotFound for an unknown id."""
    place = Place.objects.filter(pk=place_id).first()
    if place is None:
        raise NotFound("no_place", _("没有找到这个地点。"))
    return place


_in_force: Prepared[Place] = Prepared(lambda pk: Place.objects.filter(pk=pk, retired_at=None), pk=NUMBER)


def place_in_force(place_id: int) -> Place | None:
    """The place with this id, unless it was retired."""
    return _in_force.first(pk=place_id)


def place_by_code(code: str) -> Place:
    """The place in force with the statistical (or own) code. Raises NotFound."""
    place = Place.objects.filter(code=code, retired_at=None).first()
    if place is None:
        raise NotFound("no_place", _("没有代码为 %(code)s 的地点。") % {"code": code})
    return place


def children_of(place: Place | None, kinds: Iterable[str] = ()) -> list[Place]:
    """Places in force directly below, numbers in names sorted by value."""
    found = Place.objects.filter(parent=place, retired_at=None)
    if kinds:
        found = found.filter(kind__in=list(kinds))
    return list(found.order_by("sort_key", "id"))


def phone_of(place: Place) -> str:
    """The number to ring about a place: its own, else that of what it lies in; empty for none. One query."""
    found = Place.objects.filter(path__in=ancestors(place.path)).exclude(phone="").order_by("-path")
    return next(iter(found.values_list("phone", flat=True)[:1]), "")


def below(place: Place, kind: str) -> QuerySet[Place]:
    """Places of `kind` in force anywhere under `place` (itself included)."""
    return Place.objects.filter(kind=kind, retired_at=None, **subtree("path", place.path)).order_by("sort_key", "id")


def chain(place: Place) -> list[Place]:
    """From the top down to `place` itself, one query."""
    return list(Place.objects.filter(path__in=ancestors(place.path)).order_by("path"))


# What kind of place an id names never changes, so it is learned once; the cap only bounds memory.
_kinds: Learned[int, str] = Learned(most=200_000)


def kinds_above(path: str) -> list[tuple[str, int]]:
    """(kind, id) of each place from the top down to `path` itself. No query for places met before."""
    ids = [number_of(step[-WIDTH:]) for step in ancestors(path)]
    known = _kinds.get(ids, lambda unknown: Place.objects.filter(pk__in=unknown).values_list("pk", "kind"))
    return [(kind, place_id) for place_id, kind in known.items()]


def ancestor_of_kind(place: Place, kind: str) -> Place | None:
    return Place.objects.filter(path__in=ancestors(place.path), kind=kind).first()


_named: Prepared[tuple[Any, ...]] = Prepared(
    lambda paths: Place.objects.filter(path__in=paths).values_list("path", "name", "kind"), paths=TEXT
)


# Named together with what they stand in.
_WITHIN: Final = frozenset({Kind.BUILDING, Kind.ENTRANCE, Kind.HOME})


def short_names(places: Sequence[Place], *, doors: bool = True) -> dict[int, str]:
    """
    A name a neighbour would use for each place, by id: from the compound down ("芳草苑 3 栋 2 单元"), or the place's own name
    above it. Without `doors` a home is named by its entrance: what strangers may read. One query for all of them; none where each is
    called by its own name.
    """
    return _named_by(places, _named.all(paths=_paths_to_name(places)), doors=doors)


def naming(places: Sequence[Place], *, doors: bool = True) -> Asking[dict[int, str]]:
    """`short_names`, asked together with what others ask."""
    paths = _paths_to_name(places)
    rows: list[tuple[str, str, str]] = []
    if paths:
        (rows,) = yield [Place.objects.filter(path__in=paths).values_list("path", "name", "kind")[: len(paths)]]
    return _named_by(places, rows, doors=doors)


def _paths_to_name(places: Sequence[Place]) -> list[str]:
    return sorted({p for place in places if place.kind in _WITHIN for p in ancestors(place.path)})


def _named_by(places: Sequence[Place], rows: Iterable[tuple[Any, ...]], *, doors: bool) -> dict[int, str]:
    by_path = {path: (name, kind) for path, name, kind in rows}
    names = {}
    for place in places:
        line = [by_path[p] for p in ancestors(place.path) if p in by_path]
        shown = standing_before({kind for _name, kind in line}) | ({Kind.HOME} if doors else set())
        near = [name for name, kind in line if kind in shown]
        names[place.pk] = (
            " ".join(near) if near else place.name if doors or place.kind != Kind.HOME else " ".join(name for name, _kind in line[-2:-1])
        )
    return names


def standing_before(kinds: Container[str]) -> set[str]:
    """The kinds of places whose names stand before a door, of those above it: in a village without compounds and buildings its group."""
    near = {Kind.COMPOUND, Kind.BUILDING, Kind.ENTRANCE}
    return set(near) if any(kind in kinds for kind in near) else {Kind.GRID}


@dataclass(frozen=True)
class Spot:
    """Where a point lies: the smallest drawn place that holds it, or the nearest known one within reach."""

    place: Place
    inside: bool


def place_at(latitude: float, longitude: float, *, datum: str = "wgs84") -> Spot | None:
    """
    The smallest place whose outline holds the point, by bounding box and then exactly; None when no outline does.

    Degrees in `datum` "wgs84" or "gcj02".
    """
    if datum == "gcj02":
        latitude, longitude = wgs84_from_gcj02(latitude, longitude)
    north, east = round(latitude * MICRO), round(longitude * MICRO)
    boxed = Place.objects.filter(retired_at=None, south__lte=north, north__gte=north, west__lte=east, east__gte=east)
    holding = [p for p in boxed if p.outline and point_in_polygon(latitude, longitude, p.outline)]
    if not holding:
        return None
    return Spot(max(holding, key=lambda p: (ORDER.index(p.kind), len(p.path))), inside=True)


def history_of(place: Place) -> list[PlaceChange]:
    return list(place.changes.select_related("by"))


_CHOSEN_KINDS = (Kind.PROVINCE, Kind.CITY, Kind.DISTRICT, Kind.STREET, Kind.COMMUNITY, Kind.GRID, Kind.COMPOUND)


def place_choices(paths: Iterable[str], kinds: Iterable[str] = _CHOSEN_KINDS, *, limit: int = 300) -> list[str]:
    """What a place box offers while typing: "芳草苑 #12" for each place of `kinds` in the subtrees, from the top down. Two queries."""
    scope = Q()
    for path in paths:
        scope |= Q(**subtree("path", path))
    wanted = list(kinds)
    found = list(Place.objects.filter(scope, kind__in=wanted, retired_at=None).order_by("path")[:limit])
    # Down to the compound a place is called by its own name alone.
    names = short_names(found) if set(wanted) - set(_CHOSEN_KINDS) else {p.pk: p.name for p in found}
    return [f"{names[p.pk]} #{p.pk}" for p in found]


def places_called(text: str, paths: Iterable[str], kinds: Iterable[str] = (), *, limit: int = 6) -> list[Place]:
    """
    Places in force in the subtrees that `text` may mean: a number with # before it, a statistical code, or a name whose last part is the
    place's and whose earlier parts (divided by / or ›) stand above it; where no place has that name, those also called so.
    """
    text = text.strip()
    numbered = re.search(r"#\s*(\d{1,18})$", text)
    scope = Q()
    for path in paths:
        scope |= Q(**subtree("path", path))
    known = Place.objects.filter(scope, retired_at=None)
    if kinds:
        known = known.filter(kind__in=list(kinds))
    if numbered:
        return list(known.filter(pk=int(numbered[1])))
    if text.isdecimal() and len(text) >= 6:
        return list(known.filter(code=text)[:1])
    parts = [p.strip() for p in re.split(r"[/›>]", text) if p.strip()]
    if not parts:
        return []
    most = 50 if len(parts) > 1 else limit
    found = list(known.filter(name=parts[-1]).order_by("path")[:most])
    if not found:
        alias = PlaceName.objects.filter(name=parts[-1], why=PlaceName.Why.ALIAS)
        found = list(known.filter(pk__in=alias.values("place")).order_by("path")[:most])
    if len(parts) > 1:
        above = {p.path: p.name for p in Place.objects.filter(path__in={a for f in found for a in ancestors(f.path)}).only("path", "name")}
        found = [f for f in found if set(parts[:-1]) <= {above.get(a, "") for a in ancestors(f.path)}]
    return found[:limit]


def roots_in_reach(paths: Iterable[str], text: str = "", *, limit: int = 50) -> list[Place]:
    """
    Where the subtrees begin (the tops of the whole tree for the empty path); with a text, the places in them whose name, or another word for
    them, holds it.
    """
    wanted = list(paths)
    if text:
        scope = Q()
        for path in wanted:
            scope |= Q(**subtree("path", path))
        called = Q(name__contains=text) | Q(code=text) | Q(pk__in=PlaceName.objects.filter(name__contains=text).values("place"))
        return list(Place.objects.filter(scope, retired_at=None).filter(called).order_by("path")[:limit])
    tops = Q(path__in=[p for p in wanted if p])
    if "" in wanted:
        tops |= Q(parent=None)
    return list(Place.objects.filter(tops, retired_at=None).order_by("sort_key", "id")[:limit])


def names_above(places: Sequence[Place]) -> dict[int, str]:
    """The names above each place, from the top down, divided by ›. One query."""
    above = {
        p.path: p.name for p in Place.objects.filter(path__in={a for place in places for a in ancestors(place.path)}).only("path", "name")
    }
    return {place.pk: " › ".join(above[a] for a in ancestors(place.path)[:-1] if a in above) for place in places}


def count_below(place: Place) -> int:
    """How many places in force lie below, itself not counted."""
    return Place.objects.filter(retired_at=None, **subtree("path", place.path)).count() - 1

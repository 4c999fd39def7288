"""Places named in what people write: the words for all places near by, kept in memory, and the reading of a text by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models.signals import post_delete, post_save

from linli.insight.brief.places import Gazetteer, Known, Match, settled
from linli.kernel.access.paths import WIDTH, ancestors, number_of, subtree
from linli.kernel.places.models import Kind, Place, PlaceName
from linli.kernel.places.queries import kinds_above
from linli.lib.remembered import Remembered

MOST: Final = 6_000  # places known at once; a street has fewer
_LOOKED_FOR: Final = (Kind.STREET, Kind.COMMUNITY, Kind.GRID, Kind.COMPOUND, Kind.BUILDING)
_kept: Remembered[Gazetteer] = Remembered(60, most=4)

for _model in (Place, PlaceName):
    post_save.connect(_kept.forget, sender=_model, dispatch_uid=f"named-{_model.__name__}")
    post_delete.connect(_kept.forget, sender=_model, dispatch_uid=f"named-{_model.__name__}-gone")


def forget() -> None:
    """Read the words for places anew next time; called where many are written at once, of which no signal tells."""
    _kept.forget()


@dataclass(frozen=True)
class Named:
    """A place a text names: its id, what a neighbour calls it, the words that named it and by what, and whether it is sure."""

    id: int
    name: str
    words: str
    by: str
    sure: bool


def gazetteer(path: str) -> Gazetteer:
    """The words for all places from streets down to buildings below `path`, at most `MOST`. Two queries, then none for a minute."""
    return _kept.get(path, lambda: _read(path))


def _read(path: str) -> Gazetteer:
    rows = Place.objects.filter(retired_at=None, kind__in=_LOOKED_FOR, **subtree("path", path)).order_by("path")
    found = list(rows.values_list("path", "name", "kind")[:MOST])
    also: dict[int, list[tuple[str, str]]] = {}
    for place_id, name, why in PlaceName.objects.filter(place__retired_at=None, **subtree("place__path", path)).values_list(
        "place_id", "name", "why"
    )[:MOST]:
        also.setdefault(place_id, []).append((name, why))
    return Gazetteer(Known(line := _line(at), name, kind, tuple(also.get(line[-1], ()))) for at, name, kind in found)


def _line(path: str) -> tuple[int, ...]:
    return tuple(number_of(step[-WIDTH:]) for step in ancestors(path))


def street_of(path: str) -> str:
    """The path of the street that holds a place, or the place's own where it lies above one. Places met before cost no query."""
    line = ancestors(path)
    kinds = kinds_above(path)
    return (
        next((step for step, (kind, _id) in zip(line, kinds, strict=True) if kind == Kind.STREET), path)
        if len(line) == len(kinds)
        else path
    )


def places_named(text: str, path: str, *, limit: int = 4) -> list[Named]:
    """The places below the street around `path` that a text names, each once, in the order of the text. No query beside those of `gazetteer`."""
    known = gazetteer(street_of(path))
    found: dict[int, Named] = {}
    for match in known.find(text, near=_line(path)):
        if match.place not in found and len(found) < limit:
            found[match.place] = _named(known, match, text)
    return list(found.values())


def place_named(text: str, path: str) -> Named | None:
    """The one place a text is about, as far as it can be told (`settled`); only ever a suggestion."""
    known = gazetteer(street_of(path))
    one = settled(known.find(text, near=_line(path)), known.lines())
    return _named(known, one, text) if one else None


def _named(known: Gazetteer, match: Match, text: str) -> Named:
    return Named(match.place, known.called(match.place), text[match.start : match.end].strip(), match.by, not match.others)

"""
Places a text names, matched to a tree of places by name, by another name, by road or landmark, and down to the building.

Names are looked for as they are called (芳草苑 for 芳草苑小区), the longest first; a building is read from what follows its compound (3 栋, 三号楼).
One name of several places is settled by what else the text names, or by where the reader is; else all of them are told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from linli.insight.brief.pieces import LONGEST
from linli.lib.texts import simplified
from linli.lib.units import digit_view


@dataclass(frozen=True)
class Known:
    """
    One place of the tree: its ids from the top down (`line`, its own last), what it is called, and other words for it with why they
    mean it ("alias", "road", "landmark"). `kind` as in the tree; only buildings and what is below are looked for beside what holds them.
    """

    line: tuple[int, ...]
    name: str
    kind: str
    also: tuple[tuple[str, str], ...] = ()

    @property
    def id(self) -> int:
        return self.line[-1]


@dataclass(frozen=True)
class Match:
    """A place a text names at `start` up to `end`: which, by what, and the others of that name when it cannot be told."""

    place: int
    start: int
    end: int
    by: str
    others: tuple[int, ...] = ()


_SUFFIX: Final = re.compile(r"(?:小区|社区|花园小区|居民小区|生活区|家属院|宿舍|村|街道|镇)$")
_BUILDING: Final = re.compile(
    r"[\s　]{0,2}(?:小区)?(?:[一二三四]期)?[\s　]{0,2}(?P<n>[0-9]{1,3}|[一二三四五六七八九十]{1,3}|[A-Za-z])[\s　]?(?:号楼|栋|棟|幢|座|#楼|#|号院)"
)
_NUMBER: Final = re.compile(r"([0-9]{1,3}|[一二三四五六七八九十]{1,3}|[A-Za-z])\s*(?:号楼|栋|棟|幢|座|#楼|#|号院)?$")
_UNITS: Final = {c: n for n, c in enumerate("零一二三四五六七八九")}
_SHORTEST: Final = 2
_STRENGTH: Final = {"building": 5, "name": 4, "alias": 3, "landmark": 2, "road": 1}


@dataclass
class Gazetteer:
    """Known places by every word for them. Building one takes time with their number, looking in a text with its length."""

    _by_word: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    _known: dict[int, Known] = field(default_factory=dict)
    _below: dict[tuple[int, str], int] = field(default_factory=dict)
    _longest: int = 0
    _firsts: dict[str, int] = field(default_factory=dict)

    def __init__(self, places: Iterable[Known]) -> None:
        self._by_word, self._known, self._below, self._longest, self._firsts = {}, {}, {}, 0, {}
        for place in places:
            self._add(place)

    def __len__(self) -> int:
        return len(self._known)

    def called(self, place: int) -> str:
        """What a neighbour calls a known place: a building with its compound before it, else its own name."""
        known = self._known[place]
        if known.kind != "building":
            return known.name
        above = [self._known[p].name for p in known.line[:-1] if p in self._known and self._known[p].kind == "compound"]
        return " ".join([*above[-1:], known.name])

    def lines(self) -> dict[int, tuple[int, ...]]:
        """The line from the top of every place known."""
        return {known.id: known.line for known in self._known.values()}

    def _add(self, place: Known) -> None:
        self._known[place.id] = place
        if place.kind == "building":
            number = _number_of(place.name)
            if number:
                for above in place.line[:-1]:
                    self._below.setdefault((above, number), place.id)
                return
        if place.kind in ("entrance", "home"):
            return
        name = _view(place.name)
        self._word(name, place.id, "name")
        short = _SUFFIX.sub("", name)
        if short != name and len(short) >= (_SHORTEST if place.kind == "compound" else 3):
            self._word(short, place.id, "name")
        for word, why in place.also:
            self._word(_view(word), place.id, why)

    def _word(self, word: str, place: int, why: str) -> None:
        word = word.strip()
        if len(word) < _SHORTEST:
            return
        rows = self._by_word.setdefault(word, [])
        if place not in (p for p, _why in rows):
            rows.append((place, why))
        self._longest = max(self._longest, len(word))
        self._firsts[word[0]] = max(self._firsts.get(word[0], 0), len(word))

    def find(self, text: str, *, near: Iterable[int] = ()) -> list[Match]:
        """
        The places named in a text, in order. `near` are ids from the top down of where the reader or the office is: of several places of
        one name those below it come first.
        """
        view = _view(text[:LONGEST])
        met = list(self._words_in(view))
        around = set(near) | {p for _a, _b, rows in met if len(rows) == 1 for p in self._known[rows[0][0]].line}
        return [self._match(view, start, end, rows, around) for start, end, rows in met]

    def _words_in(self, view: str) -> Iterator[tuple[int, int, list[tuple[int, str]]]]:
        at = 0
        while at < len(view):
            longest = self._firsts.get(view[at], 0)
            for length in range(min(longest, len(view) - at), _SHORTEST - 1, -1):
                rows = self._by_word.get(view[at : at + length])
                if rows:
                    yield at, at + length, rows
                    at += length - 1
                    break
            at += 1

    def _match(self, view: str, start: int, end: int, rows: list[tuple[int, str]], around: set[int]) -> Match:
        ranked = sorted(rows, key=lambda row: (-len(around & set(self._known[row[0]].line[:-1])), -_STRENGTH[row[1]], row[0]))
        place, why = ranked[0]
        tied = [
            p
            for p, w in ranked[1:]
            if len(around & set(self._known[p].line[:-1])) == len(around & set(self._known[place].line[:-1])) and w == why
        ]
        others = tuple(p for p in tied if place not in self._known[p].line and p not in self._known[place].line)
        if not others and (building := _BUILDING.match(view, end)):
            found = self._below.get((place, _plain(building["n"])))
            if found:
                return Match(found, start, building.end(), "building")
        return Match(place, start, end, why, others)


def settled(matches: Iterable[Match], known: Mapping[int, tuple[int, ...]] | None = None) -> Match | None:
    """
    The one place a text is about, or None where it names none for sure, or two that do not lie in one another. By the strongest sign: a
    building or name before a road; `known` gives the line from the top of each id.
    """
    sure = [m for m in matches if not m.others]
    if not sure:
        return None
    strongest = max(_STRENGTH[m.by] for m in sure)
    best = [m for m in sure if _STRENGTH[m.by] >= min(strongest, 3)]
    lines = {m.place: (known or {}).get(m.place, (m.place,)) for m in best}
    deepest = max(best, key=lambda m: (len(lines[m.place]), -m.start))
    if all(m.place in lines[deepest.place] for m in best):
        return deepest
    return None


def _view(text: str) -> str:
    view = digit_view(text)
    plain = simplified(view)
    return (plain if len(plain) == len(view) else view).lower()


def _number_of(name: str) -> str:
    m = _NUMBER.search(digit_view(name).strip())
    return _plain(m[1]) if m else ""


def _plain(number: str) -> str:
    """三 → 3, 十二 → 12, a → A."""
    if number.isascii():
        return str(int(number)) if number.isdecimal() else number.upper()
    tens, ten, ones = number.rpartition("十")
    if not ten:
        return str(int("".join(str(_UNITS[c]) for c in number)))
    return str((_UNITS[tens[-1]] if tens else 1) * 10 + (_UNITS[ones] if ones else 0))

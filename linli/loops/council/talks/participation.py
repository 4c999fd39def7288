"""Who takes part in a talk, by age and building, small counts protected; and the homes nobody has spoken from, for a visit."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from linli.kernel.access.paths import WIDTH, subtree
from linli.kernel.matters.clock import ZONE
from linli.kernel.people.models import Person
from linli.kernel.places.models import Kind, Place
from linli.loops.council.talks import rules
from linli.loops.council.talks.models import Participant, Talk

BANDS = (*(code for _low, _high, code in rules.AGE_BANDS), "")


@dataclass(frozen=True)
class Participation:
    """
    Facts about groups and homes; nobody is named or ranked. `bands` count people of eighteen and older who live there, `buildings` homes.
    """

    bands: list[rules.Share]
    buildings: list[rules.Share]
    people: int
    homes: int
    reached: int


@dataclass(frozen=True)
class Unreached:
    """Homes from which nobody took part, in the order of their address; `next_after` pages."""

    homes: list[tuple[str, str]]
    count: int
    next_after: str


def participation(talk: Talk, now: datetime) -> Participation:
    """Count it; four queries."""
    came = dict(Participant.objects.filter(talk=talk).values_list("pk", "home_path"))
    speakers = set(Participant.objects.filter(talk=talk, person__isnull=False).values_list("person_id", flat=True))
    whole: Counter[str] = Counter()
    part: Counter[str] = Counter()
    today = now.astimezone(ZONE).date()
    for pk, born_on in Person.objects.filter(erased_at=None, **subtree("home_path", talk.place_path)).values_list("pk", "born_on"):
        band = rules.age_band(born_on, today)
        whole[band] += 1
        part[band] += pk in speakers
    homes, names = _homes(talk)
    reached = {path for path, _name in homes} & set(came.values())
    all_homes: Counter[str] = Counter()
    spoke: Counter[str] = Counter()
    for path, _name in homes:
        building = _building(path, names)
        all_homes[building] += 1
        spoke[building] += path in reached
    return Participation(
        rules.protected([(code, part[code], whole[code]) for code in BANDS if whole[code]]),
        rules.protected([(_words(path, names, compounds=False) or "—", spoke[path], n) for path, n in all_homes.items()]),
        len(came),
        len(homes),
        len(reached),
    )


def unreached(talk: Talk, *, after: str = "", limit: int | None = 100) -> Unreached:
    """The homes nobody has taken part from; three queries. Whoever asks is logged by the page."""
    homes, names = _homes(talk)
    spoke = set(Participant.objects.filter(talk=talk).exclude(home_path="").values_list("home_path", flat=True))
    rows = [(path, f"{_words(path, names)} {name}".strip()) for path, name in homes if path not in spoke]
    rest = [row for row in rows if row[0] > after]
    page = rest if limit is None else rest[:limit]
    return Unreached(page, len(rows), page[-1][0] if len(page) < len(rest) else "")


Named = dict[str, tuple[str, str]]


def _homes(talk: Talk) -> tuple[list[tuple[str, str]], Named]:
    """(path, name) of every home in order, and path → (name, kind) of what stands above them."""
    kinds = [Kind.COMPOUND, Kind.BUILDING, Kind.ENTRANCE, Kind.HOME]
    found = Place.objects.filter(kind__in=kinds, retired_at=None, **subtree("path", talk.place_path)).order_by("path")
    rows = list(found.values_list("path", "name", "kind"))
    return [(p, n) for p, n, k in rows if k == Kind.HOME], {p: (n, k) for p, n, k in rows if k != Kind.HOME}


def _above(path: str) -> list[str]:
    return [path[:end] for end in range(WIDTH, len(path) + 1, WIDTH)]


def _building(path: str, names: Named) -> str:
    return next((p for p in reversed(_above(path)) if names.get(p, ("", ""))[1] == Kind.BUILDING), path[:-WIDTH])


def _words(path: str, names: Named, *, compounds: bool = True) -> str:
    kept = [names[p] for p in _above(path) if p in names]
    several = sum(kind == Kind.COMPOUND for _name, kind in names.values()) > 1
    return " ".join(name for name, kind in kept if compounds or several or kind != Kind.COMPOUND)

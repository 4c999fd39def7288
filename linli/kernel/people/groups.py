"""Who takes part somewhere, by age and building, small counts protected; and the homes nobody has come from. Facts about groups and homes; nobody is named or ranked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from linli.kernel.access.paths import WIDTH, subtree
from linli.kernel.people.models import Person
from linli.kernel.places.models import Kind, Place
from linli.kernel.places.queries import standing_before
from linli.lib.groups import AGE_BANDS, LEAST_COUNT, Share, age_band, protected

BANDS = (*(code for _low, _high, code in AGE_BANDS), "")


@dataclass(frozen=True)
class TakingPart:
    """
    `bands` count people of eighteen and older who live there (by `age_band`, unknown birthdays last), `buildings` homes; `unreached` are
    (path, address) of the homes nobody came from, in the order of their address.
    """

    bands: list[Share]
    buildings: list[Share]
    unreached: list[tuple[str, str]]
    homes: int
    reached: int


def band_words(code: str) -> str:
    return {"a18": _("18 到 34 岁"), "a35": _("35 到 59 岁"), "a60": _("60 到 79 岁"), "a80": _("80 岁以上")}.get(code, _("年龄没有登记"))


def few_words() -> str:
    """What stands in place of a protected count."""
    return _("不足 %(n)s，不显示") % {"n": LEAST_COUNT}


def taking_part(path: str, *, came: Collection[int], reached: Collection[str], today: date) -> TakingPart:
    """Count below `path`, of the people `came` and the homes (paths) `reached`; two queries."""
    homes, above = _homes(path)
    whole: Counter[str] = Counter()
    part: Counter[str] = Counter()
    for pk, born_on in Person.objects.filter(erased_at=None, **subtree("home_path", path)).values_list("pk", "born_on"):
        band = age_band(born_on, today)
        whole[band] += 1
        part[band] += pk in came
    all_homes: Counter[str] = Counter()
    spoke: Counter[str] = Counter()
    for home, _name in homes:
        building = _building(home, above)
        all_homes[building] += 1
        spoke[building] += home in reached
    return TakingPart(
        protected([(code, part[code], whole[code]) for code in BANDS if whole[code]]),
        protected([(_words(b, above, compounds=False) or "—", spoke[b], all_homes[b]) for b in sorted(all_homes, key=_order(above))]),
        [(home, f"{_words(home, above)} {name}".strip()) for home, name in homes if home not in reached],
        len(homes),
        sum(home in reached for home, _name in homes),
    )


Above = dict[str, tuple[str, str, str]]


def unreached_homes(path: str, reached: Collection[str]) -> list[tuple[str, str]]:
    """(path, address) of the homes below `path` nobody came from, in the order of their address. One query."""
    homes, above = _homes(path)
    return [(home, f"{_words(home, above)} {name}".strip()) for home, name in homes if home not in reached]


def _homes(path: str) -> tuple[list[tuple[str, str]], Above]:
    """(path, name) of every home in order, and path → (name, kind, sort key) of what stands above them."""
    kinds = [Kind.GRID, Kind.COMPOUND, Kind.BUILDING, Kind.ENTRANCE, Kind.HOME]
    found = Place.objects.filter(kind__in=kinds, retired_at=None, **subtree("path", path)).order_by("path")
    rows = list(found.values_list("path", "name", "kind", "sort_key"))
    return [(p, n) for p, n, k, _s in rows if k == Kind.HOME], {p: (n, k, s) for p, n, k, s in rows if k != Kind.HOME}


def _chain(path: str) -> list[str]:
    return [path[:end] for end in range(WIDTH, len(path) + 1, WIDTH)]


def _building(path: str, above: Above) -> str:
    return next((p for p in reversed(_chain(path)) if above.get(p, ("", ""))[1] == Kind.BUILDING), path[:-WIDTH])


def _order(above: Above) -> Callable[[str], tuple[str, str]]:
    """Buildings as people count them (3, then 10), compound by compound."""
    return lambda path: (path[:-WIDTH], above[path][2] if path in above else "")


def _words(path: str, above: Above, *, compounds: bool = True) -> str:
    kept = [above[p] for p in _chain(path) if p in above]
    several = sum(kind == Kind.COMPOUND for _name, kind, _key in above.values()) > 1
    shown = standing_before({kind for _name, kind, _key in kept})
    return " ".join(name for name, kind, _key in kept if kind in shown and (compounds or several or kind != Kind.COMPOUND))

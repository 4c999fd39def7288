"""
What the machine suggests for a request's text: category, department, urgency, grade, each with its words. A person decides.

The category comes from the reader that learned from the office's own records, where there is one and the place has not switched it off,
else from keyword rules. Both are read in the page's own process: the reader's file needs neither numpy nor much memory (`insight.reading.light`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from linli.insight.grades import grade_of
from linli.insight.keywords import KeywordRules, Suggester, Suggestion, is_sure, urgency_of
from linli.kernel.accounts.models import Unit, UnitKind
from linli.kernel.judgement.switches import is_on
from linli.kernel.matters.models import Category
from linli.kernel.places.models import Place
from linli.kernel.reading import shelf
from linli.kernel.reading.records import SEPARATOR, text_of
from linli.lib.remembered import Remembered

ENGINE = "keywords/1"
TOP: Final = 3
# Bodies of which each neighbourhood has its own, by department code.
KINDS: Final = {
    "property_manager": UnitKind.PROPERTY,
    "residents_committee": UnitKind.COMMUNITY,
    "street_office": UnitKind.STREET,
    "owners_committee": UnitKind.COMMITTEE,
}
CHOSEN_CATEGORY: Final = 0.9  # how much a department is believed that follows from a category somebody chose
_kept: Remembered[tuple[Suggester, dict[str, Category]]] = Remembered(30)


@dataclass(frozen=True)
class Suggested:
    """
    `sure` is False where a person should look before anything else: the reader says so itself, of rules several categories are about as
    likely; `strange` where the text is like nothing the reader learned. `others` are the second and third category. `engine` is what named the category.
    """

    category: Suggestion | None
    department: Suggestion | None
    urgency: Suggestion
    grade: Suggestion
    engine: str
    sure: bool = True
    strange: bool = False
    others: tuple[Suggestion, ...] = ()


@dataclass(frozen=True)
class _Read:
    """Categories, the likeliest first, by an engine; and how likely each department is, whichever of its categories it turns out to be."""

    told: tuple[Suggestion, ...]
    engine: str
    sure: bool = True
    strange: bool = False
    departments: Mapping[str, float] = field(default_factory=dict)


def _rules() -> tuple[Suggester, dict[str, Category]]:
    """The keyword rules of today's category tree, and each category by its code."""
    rows = list(Category.objects.filter(active=True).only("code", "keywords", "department", "usually_complex", "name_zh"))
    words = tuple((c.code, tuple((k[0], k[1]) if isinstance(k, list) else k for k in c.keywords)) for c in rows if c.keywords)
    return _composed(words), {c.code: c for c in rows}


@lru_cache(maxsize=2)
def _composed(words: tuple[tuple[str, tuple[str | tuple[str, float], ...]], ...]) -> KeywordRules:
    """Composed once for the same words: of a tree read anew, they seldom changed."""
    return KeywordRules(dict(words))


def forget() -> None:
    """Read the category tree anew next time; called where it is changed."""
    _kept.forget()


def suggest(title: str, body: str, chosen: str = "", place: Place | None = None) -> Suggested:
    """
    Suggest from title and body; grade and department follow the category too: the one `chosen` (a code), else the suggested one. `place` is
    where it is, as far as known: its switch decides whether the learned reader speaks.

    A text without any known word suggests no category, ordinary urgency and a simple matter.
    """
    rules, known = _kept.get("rules", _rules)
    text = f"{title}\n{body}"
    read = (_learned(text_of(title, body), known) if is_on("kind", place) else None) or _ruled(rules, text)
    category = read.told[0] if read.told else None
    sorted_as = known.get(chosen or (category.code if category else ""))
    grade = grade_of(text, complex_category=sorted_as.name_zh if sorted_as and sorted_as.usually_complex else "")
    department = _department(sorted_as, category, read.departments)
    return Suggested(category, department, urgency_of(text), grade, read.engine, read.sure, read.strange, read.told[1:])


def category_read(text: str, place: Place | None = None) -> int | None:
    """The id of the category a text reads as, where the machine is sure of it and may say so at `place`."""
    made = suggest("", text, place=place)
    return category_id_of(made.category.code) if made.category is not None and made.sure else None


def category_id_of(code: str) -> int | None:
    """The id of a category that may be suggested; None for another code. At most one query, every half minute."""
    known = _kept.get("rules", _rules)[1]
    return known[code].pk if code in known else None


def serves_as(unit: Unit, department: str) -> bool:
    """Is the unit what the list of departments calls by this code: by its own code, or as the one of its kind around here?"""
    return bool(department) and (unit.code == department or KINDS.get(department) == unit.kind)


def department_of(unit: Unit) -> str:
    """How a unit stands beside a suggested department: by the same code where it is that one, else by its own, or its name."""
    return next((code for code, kind in KINDS.items() if kind == unit.kind), "") or unit.code or unit.name[:40]


def _department(sorted_as: Category | None, category: Suggestion | None, departments: Mapping[str, float]) -> Suggestion | None:
    """
    Whoever usually handles such matters, for the words that named the category; where somebody chose another one, for that one's name.
    """
    if sorted_as is None or not sorted_as.department:
        return None
    if category is not None and category.code == sorted_as.code:
        return Suggestion(sorted_as.department, departments.get(sorted_as.department, category.confidence), category.reason)
    return Suggestion(sorted_as.department, CHOSEN_CATEGORY, (sorted_as.name_zh,))


def _ruled(rules: Suggester, text: str) -> _Read:
    told = tuple(rules.suggest(text, top=TOP))
    return _Read(told, ENGINE, is_sure(told))


def _learned(text: str, known: Mapping[str, Category]) -> _Read | None:
    """What the reader in use says; None without one, or when it knows nothing of the text or its categories are gone."""
    learning, light = shelf.in_use()
    if learning is None or light is None:
        return None
    reading, chances = light.told(text)
    told = {
        code: Suggestion(code, round(chance, 3), words)
        for path, chance, words in reversed(list(zip(reading.labels, reading.chances, reading.words, strict=True)))
        if (code := _code(path)) in known
    }
    if not any(s.reason for s in told.values()):
        return None
    departments: dict[str, float] = defaultdict(float)
    for path, chance in zip(light.labels, chances, strict=True):
        if (code := _code(path)) in known:
            departments[known[code].department] += chance
    shares = {code: round(chance, 3) for code, chance in departments.items()}
    return _Read(tuple(reversed(told.values())), learning.engine, reading.sure, reading.strange, shares)


def _code(path: str) -> str:
    return path.rpartition(SEPARATOR)[2]

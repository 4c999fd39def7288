"""What the machine suggests for a request's text: category, department, urgency, grade, each with its words. A person decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from linli.insight.grades import grade_of
from linli.insight.keywords import KeywordRules, Suggester, Suggestion, urgency_of
from linli.kernel.accounts.models import Unit, UnitKind
from linli.kernel.matters.models import Category
from linli.lib.remembered import Remembered

ENGINE = "keywords/1"
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
    category: Suggestion | None
    department: Suggestion | None
    urgency: Suggestion
    grade: Suggestion
    engine: str


def _rules() -> tuple[Suggester, dict[str, Category]]:
    """The keyword rules of today's category tree, and each category by its code."""
    rows = list(Category.objects.filter(active=True).only("code", "keywords", "department", "usually_complex", "name_zh"))
    rules = KeywordRules({c.code: [(k[0], k[1]) if isinstance(k, list) else k for k in c.keywords] for c in rows if c.keywords})
    return rules, {c.code: c for c in rows}


def forget() -> None:
    """Read the category tree anew next time; called where it is changed."""
    _kept.forget()


def suggest(title: str, body: str, chosen: str = "") -> Suggested:
    """
    Suggest from title and body; grade and department follow the category too: the one `chosen` (a code), else the suggested one.

    A text without any known word suggests no category, ordinary urgency and a simple matter.
    """
    rules, known = _kept.get("rules", _rules)
    text = f"{title}\n{body}"
    found = rules.suggest(text, top=1)
    category = found[0] if found else None
    sorted_as = known.get(chosen or (category.code if category else ""))
    grade = grade_of(text, complex_category=sorted_as.name_zh if sorted_as and sorted_as.usually_complex else "")
    return Suggested(category, _department(sorted_as, category), urgency_of(text), grade, ENGINE)


def serves_as(unit: Unit, department: str) -> bool:
    """Is the unit what the list of departments calls by this code: by its own code, or as the one of its kind around here?"""
    return bool(department) and (unit.code == department or KINDS.get(department) == unit.kind)


def department_of(unit: Unit) -> str:
    """How a unit stands beside a suggested department: by the same code where it is that one, else by its own, or its name."""
    return next((code for code, kind in KINDS.items() if kind == unit.kind), "") or unit.code or unit.name[:40]


def _department(sorted_as: Category | None, category: Suggestion | None) -> Suggestion | None:
    """
    Whoever usually handles such matters, for the words that named the category; where somebody chose another one, for that one's name.
    """
    if sorted_as is None or not sorted_as.department:
        return None
    if category is not None and category.code == sorted_as.code:
        return Suggestion(sorted_as.department, category.confidence, category.reason)
    return Suggestion(sorted_as.department, CHOSEN_CATEGORY, (sorted_as.name_zh,))

"""What the machine suggests for a request's text: category, department, urgency, grade, each with its words. A person decides."""

from __future__ import annotations

from dataclasses import dataclass

from linli.insight.grades import grade_of
from linli.insight.keywords import KeywordRules, Suggester, Suggestion, urgency_of
from linli.kernel.matters.models import Category
from linli.lib.remembered import Remembered

ENGINE = "keywords/1"
_kept: Remembered[tuple[Suggester, dict[str, Category]]] = Remembered(30)


@dataclass(frozen=True)
class Suggested:
    category: Suggestion | None
    department: str
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
    Suggest from title and body, and for the grade from the category too: the one `chosen` (a code), else the suggested one.

    A text without any known word suggests no category, ordinary urgency and a simple matter.
    """
    rules, known = _kept.get("rules", _rules)
    text = f"{title}\n{body}"
    found = rules.suggest(text, top=1)
    category = found[0] if found else None
    graded_by = known.get(chosen or (category.code if category else ""))
    grade = grade_of(text, complex_category=graded_by.name_zh if graded_by and graded_by.usually_complex else "")
    department = known[category.code].department if category and category.code in known else ""
    return Suggested(category, department, urgency_of(text), grade, ENGINE)

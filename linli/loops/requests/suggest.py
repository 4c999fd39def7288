"""What the machine suggests for a request's text: category, department, urgency, each with its words. A person decides."""

from __future__ import annotations

from dataclasses import dataclass

from linli.insight.keywords import KeywordRules, Suggester, Suggestion, urgency_of
from linli.kernel.matters.models import Category
from linli.lib.remembered import Remembered

ENGINE = "keywords/1"
_kept: Remembered[tuple[Suggester, dict[str, str]]] = Remembered(30)


@dataclass(frozen=True)
class Suggested:
    category: Suggestion | None
    department: str
    urgency: Suggestion
    engine: str


def _rules() -> tuple[Suggester, dict[str, str]]:
    """The keyword rules of today's category tree, and each category's department."""
    rows = list(Category.objects.filter(active=True).only("code", "keywords", "department"))
    rules = KeywordRules({c.code: [(k[0], k[1]) if isinstance(k, list) else k for k in c.keywords] for c in rows if c.keywords})
    return rules, {c.code: c.department for c in rows}


def forget() -> None:
    """Read the category tree anew next time; called where it is changed."""
    _kept.forget()


def suggest(title: str, body: str) -> Suggested:
    """Suggest from title and body. A text without any known word suggests no category and ordinary urgency."""
    rules, departments = _kept.get("rules", _rules)
    found = rules.suggest(f"{title}\n{body}", top=1)
    category = found[0] if found else None
    return Suggested(category, departments.get(category.code, "") if category else "", urgency_of(f"{title}\n{body}"), ENGINE)

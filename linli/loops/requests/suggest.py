"""What the machine suggests for a request's text: category, department, urgency, each with its words. A person decides."""

from __future__ import annotations

import time
from dataclasses import dataclass

from linli.insight.keywords import KeywordRules, Suggester, Suggestion, urgency_of
from linli.kernel.matters.models import Category

ENGINE = "keywords/1"
_KEPT_SECONDS = 30
_kept: dict[str, tuple[float, Suggester, dict[str, str]]] = {}


@dataclass(frozen=True)
class Suggested:
    category: Suggestion | None
    department: str
    urgency: Suggestion
    engine: str


def _rules() -> tuple[Suggester, dict[str, str]]:
    """The keyword rules of today's category tree, kept for half a minute."""
    made, rules, departments = _kept.get("rules", (0.0, None, {}))
    if rules is None or time.monotonic() - made > _KEPT_SECONDS:
        rows = list(Category.objects.filter(active=True).only("code", "keywords", "department"))
        rules = KeywordRules({c.code: [(k[0], k[1]) if isinstance(k, list) else k for k in c.keywords] for c in rows if c.keywords})
        departments = {c.code: c.department for c in rows}
        _kept["rules"] = (time.monotonic(), rules, departments)
    return rules, departments


def forget() -> None:
    """Read the category tree anew next time; called where it is changed."""
    _kept.clear()


def suggest(title: str, body: str) -> Suggested:
    """Suggest from title and body. A text without any known word suggests no category and ordinary urgency."""
    rules, departments = _rules()
    found = rules.suggest(f"{title}\n{body}", top=1)
    category = found[0] if found else None
    return Suggested(category, departments.get(category.code, "") if category else "", urgency_of(f"{title}\n{body}"), ENGINE)

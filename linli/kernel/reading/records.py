"""What there is to learn from: the office's own requests whose category a person confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from linli.kernel.matters.models import Category, Matter

SEPARATOR: Final = "/"
MOST: Final = 20_000
"""Records that are learned from, the newest: more teach little, and categories change."""


@dataclass(frozen=True)
class Record:
    """A confirmed request: its number, its words, the path of its category, when it was raised."""

    matter_id: int
    text: str
    label: str
    raised_at: datetime


def confirmed(until: datetime) -> QuerySet[Matter]:
    """Requests taken up by a person, or closed elsewhere and brought in, under a category that is still used."""
    done = Q(accepted_at__lte=until) | Q(closed_at__lte=until)
    return Matter.objects.filter(done, kind="request", category__active=True).exclude(state__in=("declined", "withdrawn"))


def records(until: datetime, most: int = MOST) -> list[Record]:
    """The newest confirmed records, the oldest first. One query beside the categories."""
    paths = {code: path for path, code in codes_by_path().items()}
    newest = confirmed(until).order_by("-raised_at", "-pk").values_list("pk", "title", "body", "category__code", "raised_at")[:most]
    return [Record(pk, text_of(title, body), paths[code], raised_at) for pk, title, body, code, raised_at in reversed(newest)]


def text_of(title: str, body: str) -> str:
    """The words of a request, once where its title is only how they begin."""
    return body if body.startswith(title.rstrip("…")) else f"{title}\n{body}"


def codes_by_path() -> dict[str, str]:
    """The active categories by their path from the top (`waste/toilet`), in their order."""
    rows = {c.pk: c for c in Category.objects.filter(active=True).only("pk", "code", "parent_id")}
    return {SEPARATOR.join(_steps(rows, c)): c.code for c in rows.values()}


def _steps(rows: dict[int, Category], category: Category) -> list[str]:
    steps, seen = [category.code], {category.pk}
    while category.parent_id in rows and category.parent_id not in seen:
        category = rows[category.parent_id]
        seen.add(category.pk)
        steps.append(category.code)
    return steps[::-1]


def descriptions(paths: Sequence[str]) -> dict[str, str]:
    """What the names and keywords say of each category, for those with few records."""
    told = {
        c.code: " ".join([c.name_zh, *(k[0] if isinstance(k, list) else k for k in c.keywords)])
        for c in Category.objects.filter(active=True)
    }
    return {path: told[code] for path in paths if (code := path.rpartition(SEPARATOR)[2]) in told}

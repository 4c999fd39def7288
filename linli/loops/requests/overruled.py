"""The office's error book: where a person chose otherwise than the machine suggested, by category and month, each number with the filter that lists it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import TruncMonth

from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import Category, Matter, Suggestion
from linli.loops.requests.rules import KIND

FIELDS: Final = ("category", "unit", "urgency", "grade")
MONTHS: Final = 6
PAIRS: Final = 20


@dataclass(frozen=True)
class Cell:
    """Of so many suggestions that a person decided on, so many were overruled."""

    decided: int = 0
    overruled: int = 0


@dataclass(frozen=True)
class Book:
    """By (what was chosen, month): the cells; the months in order; and the most frequent (suggested, chosen, how often)."""

    months: tuple[date, ...]
    cells: dict[tuple[str, date], Cell]
    pairs: tuple[tuple[str, str, int], ...]


def decided(field: str, since: datetime, until: datetime) -> QuerySet[Suggestion]:
    """Suggestions on which a person decided in the period; of requests that were taken up, as a resident's own choice is confirmed by then."""
    return Suggestion.objects.filter(
        field=field, chosen_at__gte=since, chosen_at__lt=until, matter__kind=KIND, matter__accepted_at__isnull=False
    ).exclude(chosen="")


def is_overruled(field: str) -> Q:
    """Another was chosen; a category under the suggested one is no other, the person was only more exact."""
    other = ~Q(chosen=F("suggested"))
    if field != "category":
        return other
    finer = Category.objects.filter(code=OuterRef("chosen"), parent__code=OuterRef("suggested"))
    return other & ~Q(Exists(finer))


def code_of(field: str, *, only_overruled: bool, suggested: str = "", chosen: str = "") -> str:
    """How an address names the matters behind a number of the book; `matters_behind` reads it."""
    return f"{'overruled' if only_overruled else 'decided'}-{field}.{suggested}.{chosen}"


def is_code(code: str) -> bool:
    name, _dash, of = code.partition("-")
    return name in ("overruled", "decided") and of.partition(".")[0] in FIELDS


def matters_behind(code: str, since: datetime, until: datetime) -> Q:
    """The matters behind a number of the book, by its `code_of`."""
    name, _dash, of = code.partition("-")
    field, suggested, chosen = [*of.split(".", 2), "", ""][:3]
    rows = decided(field, since, until)
    if name == "overruled":
        rows = rows.filter(is_overruled(field))
    if suggested:
        rows = rows.filter(suggested=suggested)
    if chosen:
        rows = rows.filter(chosen=chosen)
    return Q(pk__in=rows.values("matter"))


def book(reach: QuerySet[Matter], field: str, months: tuple[date, ...], since: datetime, until: datetime) -> Book:
    """What was suggested and chosen for the matters in `reach`. Two queries."""
    rows = decided(field, since, until).filter(matter__in=reach.filter(updated_at__gte=since).values("pk"))
    by_month = (
        rows.annotate(month=TruncMonth("chosen_at", tzinfo=ZONE))
        .values("chosen", "month")
        .annotate(decided=Count("pk"), overruled=Count("pk", filter=is_overruled(field)))
    )
    cells = {(row["chosen"], row["month"].date()): Cell(row["decided"], row["overruled"]) for row in by_month}
    pairs = (
        rows.filter(is_overruled(field))
        .values_list("suggested", "chosen")
        .annotate(n=Count("pk"))
        .order_by("-n", "suggested", "chosen")[:PAIRS]
    )
    return Book(months, cells, tuple(pairs))


def months_until(today: date, count: int = MONTHS) -> tuple[date, ...]:
    """The first days of the last `count` months, this one last."""
    found = [today.replace(day=1)]
    while len(found) < count:
        last = found[0]
        found.insert(0, date(last.year - (last.month == 1), (last.month - 2) % 12 + 1, 1))
    return tuple(found)


def total(book: Book, *, chosen: str = "", month: date | None = None) -> Cell:
    """All cells of one row, one column, or the whole book together."""
    fit = [c for (what, when), c in book.cells.items() if (not chosen or what == chosen) and (month is None or when == month)]
    return Cell(sum(c.decided for c in fit), sum(c.overruled for c in fit))


def rows_of(book: Book) -> list[str]:
    """What was chosen, the most often overruled first."""
    return sorted({what for what, _month in book.cells}, key=lambda what: (-total(book, chosen=what).overruled, what))

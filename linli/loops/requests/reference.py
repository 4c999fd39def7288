"""Reference data of this loop: the category tree and the promises, from the rule packs into the tables operators change."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from linli.kernel.matters.models import Category, Grade, PromiseRule
from linli.law.packs import ServiceLevel, categories, levels_of
from linli.loops.requests import suggest
from linli.loops.requests.rules import KIND

_UNITS = ("minutes", "hours", "days", "working_days")
# What the packs say holds from the beginning, so that what is brought in from before the installation has its promises too.
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
# Between people: only the parties and the staff concerned read of it.
PRIVATE_BY_NATURE = frozenset({"neighbours", "relief", "disability"})


@transaction.atomic
def load_reference(now: datetime, profile: str = "standard") -> int:
    """
    Put the packs' categories and promises into empty tables; what an operator has since changed is left alone. Returns rows added.
    """
    return _load_categories() + _load_promises(profile)


def _load_categories() -> int:
    known = dict(Category.objects.values_list("code", "pk"))
    added = 0
    for place, entry in enumerate(categories()):
        if entry.code in known:
            continue
        made = Category.objects.create(
            code=entry.code,
            name_zh=entry.name_zh,
            name_en=entry.name_en,
            parent_id=known.get(entry.parent) if entry.parent else None,
            keywords=[list(k) if isinstance(k, tuple) else k for k in entry.keywords],
            department=entry.department,
            urgency=entry.urgency,
            fast_lane=entry.fast_lane,
            usually_complex=entry.complex,
            private=bool({entry.code, entry.parent} & PRIVATE_BY_NATURE),
            sort=place,
        )
        known[entry.code] = made.pk
        added += 1
    suggest.forget()
    return added


def _load_promises(profile: str) -> int:
    levels = levels_of(profile)
    if PromiseRule.objects.filter(kind=KIND).exists():
        # An installation from before matters were graded gets the promises for complex ones, once; ended ones still stand there.
        graded = PromiseRule.objects.filter(kind=KIND).exclude(grade="").exists()
        rows = [] if graded else [row for level in levels if level.complex for row in _promise_rows(level)]
        PromiseRule.objects.bulk_create(rows)
        return len(rows)
    rows = [row for level in levels for row in _promise_rows(level)]
    rows += [_own("report_in", 24, "hours"), _own("answer", 3, "working_days"), _own("follow_up", 3, "working_days")]
    PromiseRule.objects.bulk_create(rows)
    return len(rows)


def _promise_rows(level: ServiceLevel) -> list[PromiseRule]:
    """One rule for each category a level names, or one for all. What is promised of complex matters holds once a worker graded them so."""
    if level.unit not in _UNITS:
        return []
    amount, unit = level.amount, level.unit
    if amount.denominator != 1:
        amount, unit = amount * 24, "hours"
    chosen: list[Category | None] = list(Category.objects.filter(code__in=level.categories)) or [None]
    return [
        PromiseRule(
            kind=KIND,
            subject=level.promise,
            amount=int(amount),
            unit=unit,
            category=category,
            fast_lane=level.fast_lane,
            urgency=level.urgency or "",
            grade=Grade.COMPLEX if level.complex else "",
            source=_source(level),
            status=level.status,
            starts_at=BEGINNING,
        )
        for category in chosen
    ]


def _source(level: ServiceLevel) -> str:
    """The level's name with where it is written; what is our own default has no place to look it up."""
    cites = "、".join(cite for cite in level.cites if cite != "own")
    return (f"{level.name_zh}（{cites}）" if cites else level.name_zh)[:120]


def _own(subject: str, amount: int, unit: str) -> PromiseRule:
    return PromiseRule(
        kind=KIND,
        subject=subject,
        amount=amount,
        unit=unit,
        source=gettext_noop("默认设置，可在工作台修改"),
        status="own",
        starts_at=BEGINNING,
    )

"""Running the detectors over a ground's records, once a day and apart, and keeping what they ask."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q

from linli.insight.measure.detectors import DETECTORS
from linli.insight.measure.detectors import Suspicion as Asked
from linli.kernel.places.models import Kind, Place
from linli.measure.suspicions.models import Behind, Look, State, Suspicion
from linli.measure.suspicions.records import PAST, SOURCES, numbers

EVERY: Final = timedelta(hours=20)
LEASE: Final = timedelta(hours=1)
MOST_BEHIND: Final = 500
log = logging.getLogger(__name__)


def grounds() -> list[int | None]:
    """Each district, and what lies in none."""
    return [*Place.objects.filter(kind=Kind.DISTRICT, retired_at=None).order_by("path").values_list("pk", flat=True), None]


def any_waits(now: datetime) -> bool:
    """Is there a ground whose turn it is?"""
    looks = {look.ground_id: look for look in Look.objects.all()}
    return any(_is_due(looks.get(ground), now) for ground in grounds())


def look_due(now: datetime) -> int:
    """Look at every ground whose turn it is; returns how many."""
    return sum(_looked_at(ground, now) for ground in grounds())


def _is_due(look: Look | None, now: datetime) -> bool:
    if look is None:
        return True
    return look.begun_at <= now - (EVERY if look.done_at else LEASE)


def _looked_at(ground: int | None, now: datetime) -> bool:
    if not _claimed(ground, now):
        return False
    try:
        rows, failed = look_at(ground, now), False
    except Exception:
        # The questions of the day before stay; the next turn comes in any case.
        log.exception("the detectors could not look at the ground %s", ground)
        rows, failed = {}, True
    Look.objects.filter(ground=ground).update(done_at=now, rows=rows, failed=failed)
    return True


def _claimed(ground: int | None, now: datetime) -> bool:
    """Of several workers one gets it: the update names what it was."""
    look = Look.objects.filter(ground=ground).first()
    if look is None:
        try:
            with transaction.atomic():
                Look.objects.create(ground_id=ground, begun_at=now)
            return True
        except IntegrityError:
            return False
    if not _is_due(look, now):
        return False
    return bool(Look.objects.filter(pk=look.pk, begun_at=look.begun_at, done_at=look.done_at).update(begun_at=now, done_at=None))


def look_at(ground: int | None, now: datetime) -> dict[str, int]:
    """Run every detector over the ground's last year, and keep what they ask. Returns how many rows each was given."""
    given = {}
    for code, source in SOURCES.items():
        rows = source.rows(ground, now - PAST)
        given[code] = len(rows)
        of = numbers(rows)
        asked = DETECTORS[code].look(rows, now)
        _keep(code, ground, source.kind, [(one, [of[key] for key in one.matters]) for one in asked], now)
    return given


@transaction.atomic
def _keep(code: str, ground: int | None, kind: Behind.Kind, found: list[tuple[Asked, list[int]]], now: datetime) -> None:
    """What is asked anew or still; what nobody answered and no longer shows is put away. What was answered stays as it was answered."""
    standing = {
        (one.detector, str(one.place_id), one.period, one.facet): one
        for one in Suspicion.objects.select_for_update().filter(Q(facet__startswith=f"{code} ") | Q(facet=code), ground=ground)
    }
    places = Place.objects.in_bulk([int(one.place) for one, _numbers in found])
    met = set()
    for one, matters in found:
        place = places.get(int(one.place))
        if place is None:
            continue
        name = (one.detector, one.place, str(one.period), _facet(code, one, matters))
        met.add(name)
        kept = standing.get(name)
        if kept is None:
            kept = Suspicion(detector=name[0], place=place, ground_id=ground, period=name[2], facet=name[3], found_at=now)
        elif kept.state != State.OPEN:
            Suspicion.objects.filter(pk=kept.pk).update(seen_at=now, gone_at=None)
            continue
        _write(kept, one, now)
        _behind(kept, kind, matters)
    gone = [kept.pk for name, kept in standing.items() if name not in met and kept.gone_at is None]
    Suspicion.objects.filter(pk__in=gone).update(gone_at=now)


def _write(kept: Suspicion, one: Asked, now: datetime) -> None:
    kept.test, kept.alone, kept.chance, kept.looked = one.test, one.alone, one.chance, one.looked
    kept.says_zh, kept.says_en, kept.figures = one.says_zh, one.says_en, dict(one.figures)
    kept.seen_at, kept.gone_at = now, None
    kept.save()


def _behind(kept: Suspicion, kind: Behind.Kind, matters: list[int]) -> None:
    wanted = sorted(set(matters))[:MOST_BEHIND]
    kept.behind.exclude(number__in=wanted).delete()
    there = set(kept.behind.values_list("number", flat=True))
    Behind.objects.bulk_create(Behind(suspicion=kept, kind=kind, number=number) for number in wanted if number not in there)


def _facet(code: str, one: Asked, matters: list[int]) -> str:
    """What tells two suspicions of one place and period apart, the same each day: whose look it was, and of what."""
    words: list[Any] = [code] + [one.figures[name] for name in ("what", "channel", "of") if name in one.figures]
    if code == "pictures" and one.detector == code:
        words.append(one.test)
    if one.figures.get("of") == "source":
        words.append(min(matters))
    return " ".join(str(word) for word in words)[:80]

"""Rows in bulk for the demo: ids given beforehand, the database's own numbering moved on afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.management.color import no_style
from django.db import connection, models

from linli.kernel.access.paths import segment
from linli.kernel.access.rows import insert_objects
from linli.kernel.places.actions import sort_key
from linli.kernel.places.models import Place


def move_numbers_on(*kinds: type[models.Model]) -> None:
    statements = connection.ops.sequence_reset_sql(no_style(), kinds)
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def next_id(kind: type[models.Model]) -> int:
    last = kind._default_manager.order_by("-pk").values_list("pk", flat=True).first()
    return (last or 0) + 1


def placed(kind: str, name: str, parent: Place, now: datetime) -> Place:
    return Place(kind=kind, name=name, parent=parent, created_at=now, sort_key=sort_key(name))


def save_places(places: Sequence[Place]) -> None:
    """Insert with ids given here, so that each path is known at once. Parents come before their children."""
    first = next_id(Place)
    for number, place in enumerate(places, first):
        place.pk = number
        place.path = (place.parent.path if place.parent else "") + segment(number)
    insert_objects(Place, places)
    move_numbers_on(Place)  # the next community is added by the house's own action

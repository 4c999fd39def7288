"""What plans do when places move."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.dispatch import receiver

from linli.kernel.access.paths import subtree
from linli.kernel.places.actions import place_moved
from linli.loops.council.plans.models import Plan, PlanHome, Scheme


@receiver(place_moved, dispatch_uid="plans.follow_places")
def follow(sender: Any, old: str, new: str, **_kwargs: Any) -> None:
    """Plans, their homes and own keys go with their places; what was reckoned stays."""
    for model, field in ((Plan, "place_path"), (PlanHome, "path"), (Scheme, "place_path")):
        moving = model._default_manager.filter(**subtree(field, old))
        moving.update(**{field: Concat(Value(new), Substr(F(field), len(old) + 1))})

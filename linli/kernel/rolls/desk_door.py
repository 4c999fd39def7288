"""What the Desk's pages of rolls share: who asks, the roll that is asked for, and the way back to it."""

from __future__ import annotations

from functools import wraps
from typing import Any, ParamSpec, Protocol

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from linli.kernel.access.asking import actor_and_now
from linli.kernel.rolls import queries
from linli.kernel.rolls.models import Roll

LARGEST = 2**63 - 1


P = ParamSpec("P")


class _Page(Protocol[P]):
    def __call__(self, request: HttpRequest, roll: Roll, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase: ...


def of_roll(view: _Page[P]) -> Any:
    """A page of one roll that staff may read: fetched and allowed in one step, never kept in a cache."""

    @never_cache
    @login_required
    @wraps(view)
    def page(request: HttpRequest, roll_id: int, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(request, queries.roll_for_staff(actor_and_now(request)[0], min(roll_id, LARGEST)), *args, **kwargs)

    return page


def number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def to_roll(roll: Roll | int) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("rolls_desk:roll", args=[roll if isinstance(roll, int) else roll.pk]))

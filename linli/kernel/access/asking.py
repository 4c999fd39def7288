"""What every page asks of its request, and how an action's refusal of what was typed comes back onto the form."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, TypeVar

from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import urlencode

from linli.kernel.access import table
from linli.kernel.access.actor import ANONYMOUS, Actor
from linli.kernel.access.refusals import Invalid, NotFound, Refused

T = TypeVar("T")
_AS_THEY_ARE: Final[Mapping[str, str]] = MappingProxyType({})


def actor_and_now(request: HttpRequest) -> tuple[Actor, datetime]:
    """
    Who asks, and the one instant of this request, both set by the accounts' middleware.

    A request refused before it got that far (its error page still has a header and a help number) is nobody's, now.
    """
    return getattr(request, "actor", ANONYMOUS), getattr(request, "now", None) or timezone.now()


def reach(actor: Actor, verb: str) -> list[str]:
    """The paths under which the actor may do `verb`."""
    return [s.path for kind, s in table.reach_of(actor, verb) if kind == "area"]


def number_in(text: str | None) -> int | None:
    """A number of a row, as an address or a form brings it; None for what is none, or larger than any row's."""
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


def once() -> str:
    """A mark for a form, under which it is acted on once however often it is sent."""
    return uuid.uuid4().hex


def query(request: HttpRequest, **changes: Any) -> str:
    """The address of this list with some of its parameters changed."""
    kept = {k: v for k, v in request.GET.items() if v and k not in changes}
    return "?" + urlencode({**kept, **{k: v for k, v in changes.items() if v}})


def sign_in_at(back: str) -> str:
    """The address where one signs in and comes back from to `back`."""
    return f"{settings.LOGIN_URL}?{urlencode({'next': back})}"


def told(request: HttpRequest, said: str, back: str) -> HttpResponseRedirect:
    """Back to a page, which says what was done."""
    messages.success(request, said)
    return HttpResponseRedirect(back)


def answer_to(
    request: HttpRequest,
    form: Form,
    act: Callable[[], T],
    said: str | Callable[[T], str],
    back: str | Callable[[T], str],
    *,
    refused_at: str = "",
) -> HttpResponseRedirect | None:
    """
    Do what a valid form asks, say so and go back; None where the form is to be shown again with what must be mended. `said` and `back` may be made
    of what was done. A refusal of the act itself stands at the field `refused_at`, where one is named, unless it is not allowed at all.
    """
    if not form.is_valid():
        return None
    try:
        made = act()
    except Invalid as problem:
        put_on(form, problem)
    except Refused as problem:
        if not refused_at or problem.status == 403:
            raise
        form.add_error(refused_at if refused_at in form.fields else None, str(problem.text))
    else:
        return told(request, said if isinstance(said, str) else said(made), back if isinstance(back, str) else back(made))
    return None


def one_of_many(
    request: HttpRequest, form: Form | None, act: Callable[[], Any], said: str, back: str
) -> HttpResponseRedirect | Refused | None:
    """
    Do one act of a page that has several; say so and go back. Otherwise the page is to be drawn again: with the refusal on top, where this
    answers one, or (None) with what must be mended in the form. Raises NotFound.
    """
    if form is not None and not form.is_valid():
        return None
    try:
        act()
    except NotFound:
        raise
    except Refused as refused:
        if form is None or not isinstance(refused, Invalid):
            return refused
        put_on(form, refused)
        return None
    return told(request, said, back)


def put_on(form: Form, problem: Invalid, at: Mapping[str, str] = _AS_THEY_ARE) -> None:
    """
    An action's refusal of input onto the form, so that nothing typed is lost; what belongs to no field stands on top. `at` names the field
    for what the action calls otherwise. Where the form itself found fault with the same field, the action's words, which say more, stand alone.
    """
    placed = False
    for name, texts in problem.fields.items():
        field = name if name in form.fields else at.get(name, "")
        form.errors.pop(field, None)
        for text in texts:
            form.add_error(field if field in form.fields else None, str(text))
            placed = True
    if not placed or str(problem.text) not in [str(t) for texts in problem.fields.values() for t in texts]:
        form.add_error(None, str(problem.text))

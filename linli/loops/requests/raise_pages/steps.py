"""The steps, their addresses, and the page around each."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy

from linli.kernel.matters.acts import PHOTOS
from linli.loops.requests.drafts import Draft
from linli.web.middleware import preferences_of

STEPS: Final = ("what", "where", "who", "check")
ELDER_STEPS: Final = ("what", "where", "spot", "who", "photo", "check")
NAMES: Final = {
    "what": gettext_lazy("什么事"),
    "where": gettext_lazy("在哪里"),
    "spot": gettext_lazy("具体位置"),
    "who": gettext_lazy("谁能看"),
    "photo": gettext_lazy("照片"),
    "check": gettext_lazy("核对"),
}


def address(step: str, **more: Any) -> str:
    return f"{reverse('square:raise')}?{urlencode({'step': step, **more})}"


def steps_for(request: HttpRequest) -> tuple[str, ...]:
    return ELDER_STEPS if preferences_of(request).elder else STEPS


def first_missing(draft: Draft, *, before: int, steps: tuple[str, ...]) -> str:
    """The first step that must be done before the one at `before`, and is not; empty when none."""
    has = {"what": bool(draft.text), "where": bool(draft.place_id), "who": bool(draft.visibility)}
    return next((s for s in steps[:before] if not has.get(s, True)), "")


def next_step(request: HttpRequest, step: str) -> HttpResponse:
    """To the step after this one."""
    steps = steps_for(request)
    return HttpResponseRedirect(address(steps[steps.index(step) + 1]))


def step_page(request: HttpRequest, step: str, draft: Draft, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page of one step, with the others and the way back around it."""
    steps = steps_for(request)
    position = steps.index(step) + 1
    labels = [{"label": str(NAMES[s]), "href": address(s)} for s in steps]
    back = address(steps[position - 2]) if position > 1 else "/"
    context = {
        "step": step,
        "draft": draft,
        "steps": labels,
        "position": position,
        "back": back,
        "limit": settings.MAX_UPLOAD_MB,
        "photos_most": PHOTOS,
    }
    return render(request, "requests/raise.html", context | more, status=status)

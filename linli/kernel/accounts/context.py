"""What every page knows of the reader."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from linli.kernel.access.actor import ANONYMOUS


def who(request: HttpRequest) -> dict[str, Any]:
    return {"actor": getattr(request, "actor", ANONYMOUS), "now": getattr(request, "now", None)}

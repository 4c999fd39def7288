"""The page on which the API explains itself; everything it loads comes from this server."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "ports/api_docs.html", {"description": "/api/v1/openapi.json"})

"""The network address a request came from, the same for rate limits, the lock-out and the security log."""

from __future__ import annotations

from allauth.core.internal.httpkit import get_client_ip
from django.http import HttpRequest


def address_of(request: HttpRequest | None) -> str | None:
    """The client's address, behind a trusted proxy the one the proxy saw; None when there is none."""
    return get_client_ip(request) if request is not None else None


def axes_address(request: HttpRequest) -> str | None:
    """For django-axes (AXES_CLIENT_IP_CALLABLE)."""
    return address_of(request)

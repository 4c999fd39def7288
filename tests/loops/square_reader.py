"""A reader of the Square in tests: a client signed in as one of the cast, at a fixed instant."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.test import Client
from PIL import Image

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account
from tests.factories import NOW

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def reader(actor: Actor | None = None, *, elder: bool = False, language: str = "zh-hans") -> Client:
    """A client: a stranger, or signed in as `actor`."""
    client = Client()
    client.cookies["django_language"] = language
    if elder:
        client.cookies["linli_elder"] = "on"
    if actor is not None:
        client.force_login(Account.objects.get(pk=actor.account_id), backend=BACKEND)
    return client


def picture(colour: str = "#0f6b57", side: int = 40) -> io.BytesIO:
    """A small real JPEG, as a phone would send it."""
    out = io.BytesIO()
    Image.new("RGB", (side, side), colour).save(out, "JPEG")
    out.seek(0)
    out.name = "photo.jpg"
    return out


@pytest.fixture
def stopped_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[datetime]:
    """Every page is asked for at NOW."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    yield NOW

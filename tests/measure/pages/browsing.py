"""A browser of somebody's, and pages opened with their queries counted."""

from __future__ import annotations

from typing import Any

import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.kernel.accounts.models import Account
from linli.lib.remembered import forget_all
from tests.factories import NOW, Cast


def browser(cast: Cast, role: str, side: str = "inside") -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=getattr(cast, side)[role].account_id))
    return client


def page(client: Client, path: str, status: int = 200, most: int = 12) -> str:
    """The page as a process that remembers nothing answers it."""
    forget_all()
    with time_machine.travel(NOW, tick=False), CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()[:2000]
    assert len(asked) <= most, "\n".join(q["sql"][:150] for q in asked)
    return answer.content.decode()


def post(client: Client, path: str, data: dict[str, Any], status: int = 302) -> Any:
    with time_machine.travel(NOW, tick=False):
        answer = client.post(path, data)
    assert answer.status_code == status, answer.content.decode()[:3000]
    return answer

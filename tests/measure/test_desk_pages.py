"""The Desk's pages of indicators."""

from __future__ import annotations

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from linli.kernel.accounts.models import Account
from tests.factories import NOW, Cast

pytestmark = pytest.mark.django_db


def browser(cast: Cast, role: str, side: str = "inside") -> Client:
    client = Client()
    client.force_login(Account.objects.get(pk=getattr(cast, side)[role].account_id))
    return client


def page(client: Client, path: str, status: int = 200, most: int = 12) -> str:
    with time_machine.travel(NOW, tick=False), CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    assert answer.status_code == status, answer.content.decode()[:2000]
    assert len(asked) <= most, "\n".join(q["sql"][:150] for q in asked)
    return answer.content.decode()


def test_x(cast: Cast) -> None:
    head = browser(cast, "community_head")
    for path in (
        "",
        "of/resident_request_response_rate/",
        "of/resident_request_response_rate/behind/?of=numerator",
        "of/service_response_hours/",
        "of/need_response_speed_uplift/",
        "of/public_security_case_change/",
        "of/public_security_case_change/enter/",
        "publish/",
    ):
        page(head, "/desk/indicators/" + path)
    officer = browser(cast, "street_officer")
    page(officer, "/desk/indicators/of/resident_request_response_rate/edit/")

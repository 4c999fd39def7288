"""The Wall: what those who work somewhere see of it, and what strangers do."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.factories import Cast
from tests.measure.test_desk_pages import browser, page

pytestmark = pytest.mark.django_db


def test_x(cast: Cast) -> None:
    here = cast.here
    head = browser(cast, "community_head")
    for client in (head, Client()):
        for place in (here.community, here.street, cast.district):
            page(client, f"/wall/?place={place.pk}")
            for board in ("today", "loop", "map", "topics", "indicators", "compare", "participation"):
                page(client, f"/wall/screen/{board}/?place={place.pk}&every=20")

"""Venues in a real browser: a phone finds one and rates it, the Desk logs, keys in and sets a standard; accessible, nothing wider than the screen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from linli.loops.venues.actions import keeping, opening, promising
from linli.loops.venues.models import Opening, OwnStandard, Venue, VisitRating
from tests.browser.conftest import OpenPage
from tests.browser.test_square import sign_in
from tests.factories import HOUSE, NOW, Cast, build_cast
from tests.venues.scene import WEEK, given

pytestmark = pytest.mark.django_db(transaction=True)
Axe = Callable[[Page], None]
Shot = Callable[[Page, str], None]


@pytest.fixture
def cast(live_server: Any, settings: Any) -> Cast:
    settings.STAFF_SECOND_FACTOR = "optional"
    made = build_cast()
    Client().get("/venues/")
    return made


def venue_of(cast: Cast) -> Venue:
    now = timezone.now()
    venue = keeping.add_venue(actor=HOUSE, given=given(cast), now=NOW)
    promising.set_hours(actor=HOUSE, venue_id=venue.pk, week=WEEK, starts_on=NOW.date(), now=NOW)
    day = (now + timedelta(days=4)).date()
    promising.set_exception(actor=HOUSE, venue_id=venue.pk, day=day, spans=[[540, 600]], reason="下午换桌椅", now=now)
    keeping.add_venue(actor=HOUSE, given=given(cast, name="议事角", area=None, has={}, point=(30.6301, 104.0558)), now=NOW)
    opening.key_in(actor=HOUSE, venue_id=venue.pk, opened_at=now - timedelta(hours=30), closed_at=now - timedelta(hours=27), now=now)
    return venue


def test_a_phone_finds_a_venue_and_the_desk_keeps_it(
    cast: Cast, browser_page: OpenPage, axe: Axe, fits: Axe, shot: Shot, site: str
) -> None:
    venue = venue_of(cast)
    phone = browser_page(width=390)
    sign_in(phone, cast.neighbour, site)
    for name, path in (("list", "/venues/"), ("map", "/venues/map/"), ("sheet", f"/venues/{venue.pk}/sheet/")):
        phone.goto(f"{site}{path}")
        axe(phone)
        fits(phone)
        shot(phone, f"venues-{name}-390")
    phone.goto(f"{site}/venues/?access=1")
    phone.get_by_role("link", name=venue.name).click()
    phone.get_by_role("radio", name="基本满意").check()
    phone.get_by_role("button", name="交评价").click()
    expect(phone.get_by_role("button", name="改评价")).to_be_visible()
    axe(phone)
    fits(phone)
    shot(phone, "venues-one-390")
    elder = browser_page(width=390, language="en", elder=True)
    elder.goto(f"{site}/venues/{venue.pk}/")
    axe(elder)
    fits(elder)
    shot(elder, "venues-one-390-en-elder")

    desk = browser_page(language="en", dark=True)
    sign_in(desk, cast.community_head, site)
    paths = {"list": "/desk/venues/", "form": f"/desk/venues/{venue.pk}/edit/", "hours": f"/desk/venues/{venue.pk}/hours/"}
    paths |= {"standards": "/desk/settings/venue-standards/", "standard": "/desk/settings/venue-standards/change/area_500_1000/"}
    for name, path in paths.items():
        desk.goto(f"{site}{path}")
        axe(desk)
        fits(desk)
        shot(desk, f"venues-desk-{name}-1280-en-dark")
    desk.locator("#id_value").fill("60")
    desk.locator("#id_place").fill(f"#{cast.here.community.pk}")
    desk.locator("#id_source").fill("Residents' meeting")
    desk.get_by_role("button", name="Ask for this from that day").click()
    expect(desk.get_by_text("At least 60 m²").first).to_be_visible()
    desk.goto(f"{site}/desk/venues/{venue.pk}/")
    axe(desk)
    fits(desk)
    shot(desk, "venues-desk-one-1280-en-dark")
    desk.get_by_role("button", name="Log that it opens").press("Enter")
    expect(desk.get_by_role("button", name="Log that it closes")).to_be_visible()

    assert Opening.objects.filter(closed_at=None).count() == 1
    assert [r.choice for r in VisitRating.objects.all()] == ["fairly"]
    assert OwnStandard.objects.get().data["value"] == "60"

"""Draws and elections in a real browser: accessible on a phone and a desk, in both languages and large type; applied for by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from linli.demo import draws, elections
from linli.demo import town as towns
from linli.kernel.accounts.models import Account
from linli.loops.council.draws.models import Application, Draw
from linli.loops.council.elections.models import Election
from linli.loops.requests.reference import load_reference
from tests.browser.conftest import OpenPage
from tests.browser.test_square import sign_in

pytestmark = pytest.mark.django_db(transaction=True)
LOOKS = ((390, "zh-hans", False), (1280, "en", False), (390, "en", True))


def test_draws_and_elections_are_accessible_fit_and_work_by_keyboard(
    live_server: Any, settings: Any, browser_page: OpenPage, axe: Callable[[Page], None], fits: Callable[[Page], None], shot: Callable[[Page, str], Path], site: str
) -> None:  # fmt: skip
    settings.STAFF_SECOND_FACTOR = "optional"
    now = timezone.now()
    load_reference(now)
    town = towns.build_town(now, Random(2026))
    draws.build(town, now)
    elections.build(town, now)
    past, present = Draw.objects.order_by("pk")
    office, calling = Election.objects.order_by("pk")
    Client().get("/draws/")  # the first page of a process reads every template
    taken = set(Application.objects.filter(draw=present).values_list("account_id", flat=True))
    where = present.place_path
    neighbour = next(a for a in town.residents if a.account_id not in taken and any(s.path.startswith(where) for s in a.standings))
    for width, language, elder in LOOKS:
        page = browser_page(width=width, language=language, elder=elder)  # type: ignore[arg-type]
        sign_in(page, neighbour, site)
        d, p, e = f"/draws/{present.pk}/", f"/draws/{past.pk}/", f"/elections/{office.pk}/"
        shown = {"list": "/draws/", "one": d, "apply": f"{d}apply/", "past": p, "print": f"{p}print/result/", "elections": "/elections/", "election": e, "nominate": f"/elections/{calling.pk}/nominate/"}  # fmt: skip
        for name, path in shown.items():
            page.goto(f"{site}{path}")
            axe(page)
            fits(page)
            shot(page, f"draws-{name}-{width}-{language}-{'elder' if elder else 'plain'}")
    page = browser_page(width=390)
    sign_in(page, neighbour, site)
    page.goto(f"{site}/draws/{present.pk}/apply/")
    page.get_by_label("第一辆车").focus()
    page.keyboard.press("Space")
    page.locator("form button[type=submit].is-primary").last.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#mine")).to_contain_text("编号")
    for width in (390, 1280):
        desk = browser_page(width=width, language="zh-hans" if width == 390 else "en")
        sign_in(desk, town.actors["wang.fang"], site)
        base, old, poll = f"/desk/draws/{present.pk}/", f"/desk/draws/{past.pk}/", f"/desk/elections/{office.pk}/"
        staff = {"new": "/desk/draws/new/", "draw": base, "applications": f"{base}applications/", "apply-for": f"{base}apply/", "old": old, "elections": "/desk/elections/", "election": poll, "candidates": f"/desk/elections/{calling.pk}/candidates/", "plan": "/desk/elections/new/owners_committee/"}  # fmt: skip
        for name, path in staff.items():
            desk.goto(f"{site}{path}")
            axe(desk)
            fits(desk)
            shot(desk, f"draws-desk-{name}-{width}")

    assert Account.objects.filter(pk=neighbour.account_id, pk__in=Application.objects.filter(draw=present).values("account")).exists()

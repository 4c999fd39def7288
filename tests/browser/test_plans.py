"""Plans in a real browser: accessible at phone and desktop width in both languages and large type; shown and written into a motion by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from linli.kernel.accounts.queries import actor_of
from linli.loops.council.motions.models import Text
from linli.loops.council.plans.actions import drafting
from linli.loops.council.plans.actions.drafting import Entered, Way
from linli.loops.council.plans.models import Plan, State
from linli.loops.council.plans.queries import schemes_at
from tests.browser.conftest import OpenPage
from tests.browser.test_square import sign_in
from tests.council.factories import Council, build_council, scheduled
from tests.council.plans.test_plans_road import levy, lift, shown_lift
from tests.factories import NOW, build_cast

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 60_000
Axe = Callable[[Page], None]
Fits = Callable[..., None]
Shot = Callable[[Page, str], Path]


@pytest.fixture
def council(live_server: Any, settings: Any) -> Council:
    settings.STAFF_SECOND_FACTOR = "optional"
    made = build_council(build_cast())
    # The first page of a process reads every template: not the browser's patience is tested here.
    Client().get("/plans/")
    return made


def test_plans_are_accessible_fit_every_screen_and_become_a_motions_text_by_hand(
    council: Council, browser_page: OpenPage, axe: Axe, fits: Fits, shot: Shot, site: str
) -> None:
    matter = scheduled(council)
    plan = lift(council, matter=matter)
    scheme = dict(schemes_at(plan.place_path))["pack:guangzhou_reference"]
    drafting.offer(actor=council.worker, plan_id=plan.pk, way=Way("补偿一层", "floor", scheme.data(), 1, 1_000_000), now=NOW)
    shown, fund = shown_lift(council), levy(council)
    rows = [Entered(h.pk, {"balance_fen": 20_000 + n * 200}) for n, h in enumerate(council.homes[:38])]
    drafting.enter(actor=council.worker, plan_id=fund.pk, rows=rows, now=NOW)

    def visit(page: Page, paths: dict[str, str], label: str) -> None:
        for name, path in paths.items():
            page.goto(f"{site}{path}")
            axe(page)
            fits(page)
            shot(page, f"plans-{name}-{label}")

    square = {"list": "/plans/", "one": f"/plans/{shown.pk}/", "motion": f"/motions/{matter.ref}/"}
    for width, language, elder in ((390, "zh-hans", False), (390, "en", True), (1280, "zh-hans", False)):
        page = browser_page(width=width, language=language, elder=elder)
        page.set_default_timeout(PATIENCE)
        sign_in(page, council.residents[6], site)
        visit(page, square, f"{width}-{language}{'-elder' if elder else ''}")

    d, f = f"/desk/plans/{plan.pk}/", f"/desk/plans/{fund.pk}/"
    desk = {
        "desk-list": "/desk/plans/", "desk-new": "/desk/plans/new/lift/", "desk-one": d, "desk-fund": f, "desk-terms": f"{d}terms/",
        "desk-homes": f"{f}homes/", "desk-way": f"{d}ways/4/", "desk-schemes": "/desk/plans/schemes/", "desk-print": f"{d}print/", "desk-sheet": f"{d}sheet/",
    }  # fmt: skip
    for width, language in ((1280, "zh-hans"), (390, "en")):
        page = browser_page(width=width, language=language)
        page.set_default_timeout(PATIENCE)
        sign_in(page, actor_of(_account(council), now=NOW), site)
        visit(page, desk, f"{width}-{language}")

    page = browser_page(width=1280, scripts=False)
    page.set_default_timeout(PATIENCE)
    sign_in(page, actor_of(_account(council), now=NOW), site)
    page.goto(f"{site}{d}ways/4/")
    page.get_by_role("button", name="先算算看").click()
    expect(page.locator("#preview")).to_contain_text("收到补偿 10,000 元")
    page.goto(f"{site}{d}")
    page.get_by_role("button", name="公开征求意见").click()
    page.get_by_role("checkbox", name="补偿一层").check()
    page.get_by_role("button", name="写入议题文本").click()
    expect(page.get_by_text("方案从此不再改动；投票时每户会看到自己的一份。")).to_be_visible()

    assert Plan.objects.get(pk=plan.pk).state == State.ADOPTED
    assert len(Text.objects.get(motion_id=matter.pk, number=2).options) == 2


def _account(council: Council) -> Any:
    from linli.kernel.accounts.models import Account

    return Account.objects.get(pk=council.head.account_id)

"""Ballots in a real browser: a vote on a phone from the page to the receipt, in both languages, large and dark; results; without script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from playwright.sync_api import Page, expect

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account
from linli.loops.council.ballots.actions import counting, publishing, setting_up
from linli.loops.council.ballots.models import Ballot, Vote
from tests.browser.conftest import OpenPage
from tests.council.factories import OPENS, Council, build_council, cast, opened
from tests.factories import build_cast

pytestmark = pytest.mark.django_db(transaction=True)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
Check = Callable[[Page], None]
Shot = Callable[[Page, str], None]
PROJECTS = [
    {"code": "A", "title": "修好东门的六盏路灯", "text": "换成节能灯，亮度不变。", "cost_fen": 300_000},
    {"code": "B", "title": "花园里加四把有靠背的座椅", "text": "", "cost_fen": 500_000},
    {"code": "C", "title": "补种二十棵桂花", "text": "", "cost_fen": 200_000},
]


@pytest.fixture
def council(live_server: Any) -> Council:
    made = build_council(build_cast())
    Client().get("/ballots/")
    return made


def running(council: Council, **terms: Any) -> Ballot:
    """Open since summer and for an hour from the machine's own now."""
    return opened(council, closes_at=datetime.now(UTC) + timedelta(hours=1), **terms)


def sign_in(page: Page, actor: Actor, site: str) -> None:
    account = Account.objects.get(pk=actor.account_id)
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(account.pk), BACKEND
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session["account_authentication_methods"] = [{"method": "code", "at": datetime.now(UTC).timestamp()}]
    session.save()
    page.context.add_cookies([{"name": "sessionid", "value": str(session.session_key), "url": site}])


@pytest.mark.parametrize(
    ("width", "language", "elder", "dark"),
    [(390, "zh-hans", False, False), (1280, "en", False, True), (390, "zh-hans", True, False)],
    ids=["phone", "english dark", "elder"],
)
def test_a_vote_from_the_page_to_the_receipt(
    council: Council,
    browser_page: OpenPage,
    site: str,
    axe: Check,
    fits: Check,
    shot: Shot,
    width: int,
    language: Any,
    elder: bool,
    dark: bool,
) -> None:
    ballot = running(council, question={"share_by": "area"})
    for who in range(1, 12):
        cast(council, ballot, who, now=OPENS + timedelta(days=1))
    page = browser_page(width=width, language=language, elder=elder, dark=dark)
    look = f"{language}-{width}{'-elder' if elder else ''}{'-dark' if dark else ''}"
    sign_in(page, council.residents[0], site)

    def seen(name: str) -> None:
        axe(page)
        shot(page, f"ballot-{name}-{look}")
        fits(page)

    page.goto("/ballots/")
    seen("list")
    page.goto(f"/ballots/{ballot.pk}/")
    seen("page")
    page.locator("main .buttons .btn.is-primary").first.click()
    page.wait_for_url("**/vote/*/")
    seen("vote")
    if elder:
        page.locator("main .buttons .btn.is-primary").click()
        seen("choose")
        smallest = page.eval_on_selector_all(
            "main .choice, main .btn", "all => Math.min(...all.map(e => e.getBoundingClientRect().height))"
        )
        assert smallest >= 60
    page.locator("[name=choice][value=agree]").check()
    page.locator("main form .btn.is-primary").click()
    expect(page.locator("[name=cast]")).to_be_visible()
    seen("confirm")
    assert not Vote.objects.filter(channel="online", person=council.owners[0]).exists()
    page.locator("[name=cast]").click()
    page.wait_for_url("**/receipt/*/")
    seen("receipt")
    vote = Vote.objects.get(person=council.owners[0])
    assert vote.choice == "agree"
    page.goto(f"/ballots/{ballot.pk}/check/?code={vote.receipt}")
    expect(page.locator(".notice.is-done").first).to_be_visible()


def test_a_budget_is_added_up_and_voted_without_script(council: Council, browser_page: OpenPage, site: str, shot: Shot) -> None:
    ballot = running(council, kind="budget", question={"options": PROJECTS, "budget_fen": 600_000})
    page = browser_page(width=390, scripts=False)
    sign_in(page, council.residents[0], site)
    page.goto(f"/ballots/{ballot.pk}/vote/")
    page.locator("[value=A]").check()
    page.locator("[value=C]").check()
    page.locator("[name=total]").click()
    expect(page.locator("main")).to_contain_text("还剩 1,000 元")
    shot(page, "ballot-budget-zh-hans-390")
    page.locator("main form .btn.is-primary").click()
    page.locator("[name=cast]").click()
    page.wait_for_url("**/receipt/*/")
    assert Vote.objects.get().choice == {"approve": ["A", "C"]}


@pytest.mark.parametrize(("width", "language"), [(390, "zh-hans"), (1280, "en")])
def test_results_read_well(
    council: Council, browser_page: OpenPage, axe: Check, fits: Check, shot: Shot, width: int, language: Any
) -> None:
    closes = OPENS + timedelta(days=3)
    for kind, question in (("yes_no", {}), ("budget", {"options": PROJECTS, "budget_fen": 600_000})):
        Ballot.objects.filter(state="open").update(state="closed")
        from tests.council.factories import scheduled

        ballot = opened(council, matter=scheduled(council), kind=kind, question=question, closes_at=closes)
        for who in range(30):
            cast(
                council,
                ballot,
                who,
                ("agree" if who < 12 else "against") if kind == "yes_no" else {"approve": ["A", "B"] if who < 20 else ["C"]},
            )
        setting_up.close_due(closes)
        counting.count(actor=council.head, ballot_id=ballot.pk, now=closes)
        publishing.build_due(closes)
        page = browser_page(width=width, language=language)
        page.goto(f"/ballots/{ballot.pk}/")
        axe(page)
        shot(page, f"ballot-result-{kind}-{language}-{width}")
        fits(page)

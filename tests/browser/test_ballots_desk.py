"""The Desk of ballots in a browser: papers printed, keyed by two, the ballot counted; every page readable by everybody."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page, expect

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account
from linli.kernel.rolls.models import Voter
from linli.loops.council.ballots.actions import casting, delivering, on_paper
from linli.loops.council.ballots.models import Ballot, Sheet, Vote
from linli.loops.council.motions.models import Motion
from tests.browser.conftest import OpenPage
from tests.council.factories import Council, build_council, cast, frozen_roll, opened, scheduled
from tests.factories import DAY, HOUR, build_cast

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[[Page, Actor], None]


@pytest.fixture
def council(settings: Any) -> Council:
    settings.STAFF_SECOND_FACTOR = "optional"
    return build_council(build_cast())


@pytest.fixture
def sign_in(site: str) -> SignIn:
    def enter(page: Page, actor: Actor) -> None:
        client = Client()
        client.force_login(Account.objects.get(pk=actor.account_id), backend="allauth.account.auth_backends.AuthenticationBackend")
        page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])

    return enter


@pytest.fixture
def clock() -> Iterator[Callable[[datetime], None]]:
    held: list[Any] = []

    def go(moment: datetime) -> None:
        for old in held:
            old.stop()
        held[:] = [time_machine.travel(moment, tick=True)]
        held[0].start()

    yield go
    for old in held:
        old.stop()


def running(council: Council, now: datetime, **terms: Any) -> Ballot:
    """A ballot that opened yesterday and closes in a fortnight."""
    before = now - timedelta(days=21)
    return opened(council, now=before, opens_at=now - DAY, closes_at=now + 14 * DAY, **terms)


def picture() -> dict[str, Any]:
    out = io.BytesIO()
    Image.new("RGB", (600, 800), "white").save(out, "PNG")
    return {"name": "paper.png", "mimeType": "image/png", "buffer": out.getvalue()}


def test_papers_are_printed_keyed_by_two_and_counted(
    browser_page: OpenPage, council: Council, sign_in: SignIn, clock: Callable[[datetime], None], shot: Callable[[Page, str], None]
) -> None:
    now = timezone.now()
    ballot = running(council, now)
    for who in range(28):
        cast(council, ballot, who, now=now - HOUR)
    page = browser_page()
    sign_in(page, council.worker)
    page.goto(f"/desk/ballots/{ballot.pk}/paper/")
    page.get_by_role("button", name="打印桂花苑 1 栋").click()
    expect(page.locator(".ballot-sheet")).to_have_count(40)
    shot(page, "ballots-sheets")
    sheet = Sheet.objects.get(ballot=ballot, voter__person=council.owners[35])

    page.goto("/desk/ballots/paper/")
    page.get_by_label("票号").fill(sheet.code.lower())
    page.get_by_role("button", name="打开这张票").click()
    page.get_by_label("同意").check()
    page.get_by_label("选票的照片").set_input_files(picture())
    page.get_by_role("button", name="录入").click()
    expect(page.get_by_role("status").filter(has_text="等另一个人再录")).to_be_visible()

    sign_in(page, council.head)
    page.goto(f"/desk/ballots/{ballot.pk}/paper/")
    page.get_by_role("link", name=f"{sheet.code[:4]}-").click()
    expect(page.locator("img.ballot-scan")).to_be_visible()
    expect(page.get_by_label("同意")).not_to_be_checked()
    page.get_by_label("同意").check()
    page.get_by_role("button", name="录入").click()
    expect(page.get_by_text("两人录的一致，已计入。")).to_be_visible()
    assert Vote.objects.get(channel="paper").choice == "agree"

    clock(now + 14 * DAY + HOUR)
    sign_in(page, council.head)
    page.goto(f"/desk/ballots/{ballot.pk}/")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="计票并公布结果").click()
    expect(page.get_by_text("表决通过。").first).to_be_visible()
    shot(page, "ballots-counted")


def lived(council: Council, now: datetime) -> list[str]:
    """A running ballot with everything that can wait: a conflict, deliveries that failed, a paper half keyed, a motion yet to be set up."""
    ballot = running(council, now)
    for who in range(12):
        cast(council, ballot, who, "agree" if who % 3 else "against", now=now - HOUR)
    seq = Voter.objects.get(roll=ballot.roll, person=council.owners[0]).seq
    casting.record_vote(
        actor=council.worker, ballot_id=ballot.pk, seq=seq, choice="agree", channel="phone", now=now - HOUR / 2,
        witness_id=council.head.account_id, consent=True,
    )  # fmt: skip
    for seq, outcome in ((20, "signed"), (21, "unreachable"), (22, "refused")):
        delivering.record_delivery(
            actor=council.worker, ballot_id=ballot.pk, seq=seq, how="in_person", outcome=outcome, note="敲门两次", now=now - HOUR
        )
    sheets = on_paper.print_sheets(actor=council.worker, ballot_id=ballot.pk, now=now - HOUR)
    on_paper.key_in(actor=council.worker, code=sheets[30].code, choice="agree", received_at=now - HOUR, now=now - HOUR)
    fresh = scheduled(council, now=now, title="2 号楼前加装充电桩")
    frozen_roll(council, now=now)
    assert Motion.objects.filter(pk=fresh.pk).exists()
    base = f"/desk/ballots/{ballot.pk}/"
    return [
        "/desk/ballots/",
        base,
        f"{base}delivery/",
        f"{base}paper/",
        f"{base}phone/?seq=33",
        f"{base}proxies/?seq=33",
        f"{base}conflicts/",
        "/desk/ballots/paper/",
        f"/desk/ballots/paper/{sheets[30].code}/",
        f"/desk/ballots/paper/{sheets[31].code}/",
        f"/desk/motions/{fresh.ref}/ballot/",
        f"{base}print/notice/",
        f"{base}print/notice/?size=a3",
        f"{base}paper/sheets/?seq=5",
        f"{base}delivery/print/",
    ]


@pytest.mark.parametrize(
    ("width", "language", "dark"), [(1280, "zh-hans", False), (390, "en", True)], ids=["desktop", "phone dark English"]
)
def test_every_page_can_be_read_by_everybody(
    browser_page: OpenPage,
    council: Council,
    sign_in: SignIn,
    axe: Callable[[Page], None],
    fits: Callable[[Page], None],
    shot: Callable[[Page, str], None],
    width: int,
    language: Any,
    dark: bool,
) -> None:
    paths = lived(council, timezone.now())
    page = browser_page(width=width, language=language, dark=dark)
    sign_in(page, council.head)
    for number, path in enumerate(paths):
        answer = page.goto(path, wait_until="networkidle")
        assert answer is not None and answer.status == 200, path
        shot(page, f"ballots-{number}-{width}-{language}{'-dark' if dark else ''}")
        page.evaluate("document.querySelectorAll('.desk-main details').forEach(drawer => { drawer.open = true })")
        axe(page)
        fits(page)

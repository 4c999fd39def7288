"""
What the walk of the council needs of its people: a clock that goes forward, a phone or a desk for each, the worker's duties in between.

The house runs in this process, so that its clock can be moved; people only ever press what the pages show them.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import time_machine
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.models import Account
from linli.web.duties import registered
from tests.browser.conftest import OpenPage, assert_fits, keep_picture, pick
from tests.council.factories import Council

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
Language = Literal["zh-hans", "en"]
PHONE, DESK = 390, 1280


@dataclass
class Hall:
    """The compound, its site, and who sits before which screen. `now` is the house's time."""

    council: Council
    site: str
    open_page: OpenPage
    now: datetime
    screens: dict[tuple[Any, ...], Page] = field(default_factory=dict)
    travelled: Any = None

    def go(self, moment: datetime, *, work: bool = True) -> None:
        """It is `moment` now, and the worker has done what fell due."""
        assert moment >= self.now, "time goes forward"
        self.leave()
        self.now = moment
        self.travelled = time_machine.travel(moment, tick=True)
        self.travelled.start()
        if work:
            self.work()

    def leave(self) -> None:
        if self.travelled is not None:
            self.travelled.stop()
            self.travelled = None

    def work(self) -> None:
        """One round of everything a worker does."""
        for duty in registered():
            duty.work(self.now)

    def sit(
        self, who: Actor | None, *, width: int = DESK, language: Language = "zh-hans", elder: bool = False, proven: bool = True
    ) -> Page:
        """Whoever it is before a screen of their own, signed in anew; `proven` when they have just shown who they are."""
        key = (who.account_id if who else None, width, language, elder)
        if key not in self.screens:
            self.screens[key] = self.open_page(width=width, language=language, elder=elder)
            self.screens[key].on("dialog", lambda dialog: dialog.accept())
        page = self.screens[key]
        if who is not None:
            page.context.add_cookies([{"name": "sessionid", "value": session_of(who, proven=proven), "url": self.site}])
        return page

    def visit(self, who: Actor | None, path: str, **how: Any) -> Page:
        page = self.sit(who, **how)
        answer = page.goto(path)
        assert answer is not None and answer.status == 200, path
        return page


def session_of(actor: Actor, *, proven: bool) -> str:
    account = Account.objects.get(pk=actor.account_id)
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(account.pk), BACKEND
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    if proven:
        session["account_authentication_methods"] = [{"method": "code", "at": datetime.now(UTC).timestamp()}]
    session.save()
    return str(session.session_key)


def look(page: Page, name: str) -> None:
    """Nothing is wider than the screen; a picture where somebody wants to read it."""
    keep_picture(page, f"council/{name}")
    assert_fits(page)


def sent(page: Page, press: Callable[[], None]) -> None:
    """Press something that sends a form; the page comes back without a refusal."""
    with page.expect_navigation(wait_until="load"):
        press()
    refused = page.locator("main [role=alert]")
    assert refused.count() == 0, f"{page.url}: {refused.first.inner_text()}"


def act(page: Page, ref: str, verb: str, **given: str) -> None:
    """Do one move on a motion's page at the Desk: open its drawer, fill it in, send it."""
    page.goto(f"/desk/motions/{ref}/")
    drawer = page.locator(f"#act-{verb}")
    # As a person would, press again when the first press did nothing: on a busy machine it can come while the page still moves.
    for _press in range(5):
        if drawer.get_attribute("open") is not None:
            break
        drawer.locator("summary").first.click()
        page.wait_for_timeout(200)
    fill(page, f"#act-{verb}", **given)
    sent(page, drawer.locator("button[type=submit].btn").last.click)


def fill(page: Page, where: str = "main form", **given: str) -> None:
    """Fill the fields by their names, whatever they are."""
    for name, value in given.items():
        boxes = page.locator(f"{where} [name={name}]")
        kind = boxes.first.evaluate("e => e.type || e.tagName")
        if kind in ("radio", "checkbox"):
            pick(page.locator(f"{where} [name={name}][value='{value}']"))
        elif kind == "select-one":
            boxes.first.select_option(value)
        else:
            boxes.first.fill(value)


def words(page: Page) -> str:
    return page.locator("main").inner_text()


def number_in(page: Page, pattern: str) -> str:
    found = re.search(pattern, page.url)
    assert found is not None, page.url
    return found.group(1)


def picture(text: str) -> dict[str, Any]:
    """A sheet of paper, photographed."""
    image = Image.new("RGB", (600, 800), "#f4f1ea")
    draw = ImageDraw.Draw(image)
    draw.rectangle((40, 40, 560, 760), outline="#3c454d", width=3)
    draw.text((70, 80), text, fill="#222222")
    out = io.BytesIO()
    image.save(out, "PNG")
    return {"name": "paper.png", "mimeType": "image/png", "buffer": out.getvalue()}


def by_code(page: Page) -> None:
    """Prove who one is by the code that a demo shows on the page."""
    sent(page, page.locator("[name=send]").click)
    shown = re.search(r"\d{6}", words(page))
    assert shown is not None, words(page)
    page.locator("[name=code]").fill(shown.group())
    sent(page, page.locator("main form .btn.is-primary").click)


def verify(bundle: Path, *more: str) -> tuple[int, str]:
    """What `linli verify ballot` says of a file, as its reader would run it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-m", "linli.config.cli", "verify", "ballot", str(bundle), *more],
        check=False, capture_output=True, text=True, timeout=90, cwd=bundle.parent,
        env=kept | {"LINLI_DATA": str(bundle.parent), "LC_ALL": "zh_CN.UTF-8", "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


__all__ = ["DESK", "PHONE", "Hall", "act", "by_code", "expect", "fill", "look", "number_in", "picture", "sent", "verify", "words"]

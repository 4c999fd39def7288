"""
A real browser in front of a real server.

`site` is the address of a running server; `browser_page(...)` opens a page at a width, in a language and a mode, and at the end
of the test asserts that the browser had nothing to complain about; `axe(page)` checks accessibility; `fits(page)` that nothing is wider
than a telephone's or a desk's screen; `shot(page, name)` keeps a picture when somebody wants to look (`LINLI_TEST_SHOTS=on`).

Machine checks of a page are made once for each look it can have (plain, large, dark), not for every combination with language and width:
colours and sizes are those of the look, and each language and each width is met in one of them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, Protocol

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Response, ViewportSize, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from linli.web.middleware import ELDER_COOKIE, THEME_COOKIE

SHOTS = Path(__file__).resolve().parent.parent / "shots"
WIDTHS = (390, 1280)
PATIENCE = 30_000  # milliseconds: another step of the tests has the other core
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WCAG = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],  # where each rule held is nobody's question, and takes longer to tell than the checks
}

expect.set_options(timeout=PATIENCE)

# The browser's own driver runs an event loop in this thread; the ORM calls of a test in the same thread are safe all the same.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).resolve().parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, started once: the one without windows if it is there."""
    program = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"))), None)
    if not program:
        pytest.exit("The browser tests need Chromium. On Debian: apt-get install chromium fonts-noto-cjk", returncode=1)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def site(live_server: LiveServer) -> str:
    """Address of a server with the test's own database, static files included."""
    return str(live_server.url)


class OpenPage(Protocol):
    def __call__(
        self,
        *,
        width: int = 1280,
        language: Literal["zh-hans", "en"] = "zh-hans",
        elder: bool = False,
        dark: bool = False,
        scripts: bool = True,
        offline_allowed: bool = False,
    ) -> Page: ...


class Complaints:
    """What the browser complained about on a page: script errors, blocked or failed requests, policy violations."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.said.append(f"script error: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    def _console(self, message: ConsoleMessage) -> None:
        # A status of 400 and more is a complaint of its own kind: see _answered.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.said.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        # A page left before its pictures came, or a request replaced by a newer one, is no failure.
        if request.failure != "net::ERR_ABORTED":
            self.said.append(f"request failed: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        # What a page itself is answered with (404, 422) is for the test to judge; what a page pulls in must be there.
        if response.status >= 500 or (response.status >= 400 and response.request.resource_type not in {"document", "xhr", "fetch"}):
            self.said.append(f"{response.status}: {response.url}")


@pytest.fixture
def browser_page(browser: Browser, site: str) -> Iterator[OpenPage]:
    """Open pages as one kind of reader; complaints of any of them fail the test at its end."""
    complaints = Complaints()
    contexts = []

    def open_page(
        *,
        width: int = 1280,
        language: Literal["zh-hans", "en"] = "zh-hans",
        elder: bool = False,
        dark: bool = False,
        scripts: bool = True,
        offline_allowed: bool = False,
    ) -> Page:
        context = browser.new_context(
            base_url=site,
            viewport=size(width),
            locale="zh-CN" if language == "zh-hans" else "en-GB",
            timezone_id="Asia/Shanghai",
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            java_script_enabled=scripts,
            has_touch=width < 700,
        )
        # How the product itself remembers a reader's choices.
        chosen: dict[str, str] = {settings.LANGUAGE_COOKIE_NAME: language}
        if elder:
            chosen[ELDER_COOKIE] = "on"
        if dark:
            chosen[THEME_COOKIE] = "dark"
        context.add_cookies([{"name": name, "value": value, "url": site} for name, value in chosen.items()])
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        if not offline_allowed:
            complaints.watch(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints.said == []


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Assert that the page has no violation of WCAG 2.2 AA that a machine can find; each one found is named with its elements."""

    def check(page: Page) -> None:
        found = Axe().run(page, options=WCAG).response["violations"]
        lines = [
            f"{item['id']} ({item['impact']}): {item['help']}\n    {node['html']}\n    {node['failureSummary']}"
            for item in found
            for node in item["nodes"]
        ]
        assert not lines, f"{page.url}\n" + "\n".join(lines)

    return check


def size(width: int) -> ViewportSize:
    return {"width": width, "height": 844 if width < 700 else 900}


def assert_fits(page: Page, widths: tuple[int, ...] = WIDTHS) -> None:
    """Nothing on the page is wider than the screen, at each of these widths; the page gets its own width back."""
    page.wait_for_load_state("load")  # without its style sheet any page is wide
    before = page.viewport_size
    for width in sorted(widths, key=lambda width: width != (before or {}).get("width")):
        page.set_viewport_size(size(width))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{page.url} is wider than a screen of {width}"
    if before:
        page.set_viewport_size(before)


@pytest.fixture
def fits() -> Callable[[Page], None]:
    return assert_fits


def pick(field: Locator) -> None:
    """Choose a radio button or tick a box as a finger does, by its label: the box itself lies under what is drawn of it."""
    field.locator("xpath=ancestor::label[1]").click()
    expect(field).to_be_checked()


def keep_picture(page: Page, name: str) -> None:
    """A picture of the whole page in tests/shots (not in the repository), when somebody asked for pictures."""
    if os.environ.get("LINLI_TEST_SHOTS") == "on":
        path = SHOTS / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=path, full_page=True, animations="disabled")


@pytest.fixture
def shot() -> Callable[[Page, str], None]:
    return keep_picture

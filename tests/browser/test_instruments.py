"""The instruments of the browser tests see what they are for: an instrument that never complains would prove nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Complaints, OpenPage

BARE = "<!doctype html><html lang='zh'><head><title>x</title></head><body><main><h1>x</h1>%s</main></body></html>"


def test_axe_names_an_element_that_a_screen_reader_could_not_read(browser_page: OpenPage, axe: Callable[[Page], None]) -> None:
    page = browser_page()
    page.set_content(BARE % "<button></button>")

    with pytest.raises(AssertionError, match="button-name"):
        axe(page)


def test_axe_has_nothing_to_say_about_a_page_without_faults(browser_page: OpenPage, axe: Callable[[Page], None]) -> None:
    page = browser_page()
    page.set_content(BARE % "<button>办结</button>")

    axe(page)


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("<script>console.error('broken')</script>", "console: broken"),
        ("<script>throw new Error('broken')</script>", "script error: broken"),
        ("<img src='/no-such.png' alt='x'>", "404: "),
        (
            "<meta http-equiv='Content-Security-Policy' content=\"img-src 'none'\"><img src='/robots.txt' alt='x'>",
            "Content Security Policy",
        ),
    ],
    ids=["console", "script", "missing file", "policy"],
)
def test_what_the_browser_complains_about_is_collected(browser: Browser, site: str, body: str, complaint: str) -> None:
    page = browser.new_page(base_url=site)
    complaints = Complaints()
    complaints.watch(page)
    page.route("**/page", lambda route: route.fulfill(body=BARE % body, content_type="text/html"))

    page.goto("/page", wait_until="networkidle")
    page.close()

    assert any(complaint in said for said in complaints.said), complaints.said


def test_a_page_is_opened_as_the_reader_asked(browser_page: OpenPage, site: str) -> None:
    page = browser_page(width=390, language="en", elder=True, dark=True)
    page.goto("/robots.txt")

    chosen = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    assert page.evaluate("[innerWidth, navigator.language, matchMedia('(prefers-color-scheme: dark)').matches]") == [390, "en-GB", True]
    assert chosen == {"django_language": "en", "linli_elder": "on", "linli_theme": "dark"}


def test_a_picture_is_kept(browser_page: OpenPage, shot: Callable[[Page, str], Path]) -> None:
    page = browser_page(width=390)
    page.set_content(BARE % "邻里")

    picture = shot(page, "instruments")

    assert picture.read_bytes().startswith(b"\x89PNG")

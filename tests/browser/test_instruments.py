"""The instruments of the browser tests see what they are for: an instrument that never complains would prove nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import conftest
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
    # The browser asks for an icon by itself, whose answer may bring a cookie of its own.
    assert chosen.items() >= {"django_language": "en", "linli_elder": "on", "linli_theme": "dark"}.items()


@pytest.mark.parametrize("asked", ["on", "off"])
def test_a_picture_is_kept_when_asked_for(
    browser_page: OpenPage, shot: Callable[[Page, str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, asked: str
) -> None:
    monkeypatch.setenv("LINLI_TEST_SHOTS", asked)
    monkeypatch.setattr(conftest, "SHOTS", tmp_path)
    page = browser_page(width=390)
    page.set_content(BARE % "邻里")

    shot(page, "instruments")

    kept = [path.read_bytes()[:4] for path in tmp_path.iterdir()]
    assert kept == ([b"\x89PNG"] if asked == "on" else [])


@pytest.mark.parametrize(("wide", "complaint"), [(300, None), (600, "screen of 390"), (1300, "screen of")])
def test_what_is_wider_than_a_screen_is_seen(
    browser_page: OpenPage, fits: Callable[[Page], None], wide: int, complaint: str | None
) -> None:
    page = browser_page()
    page.set_content(BARE % f"<svg width='{wide}' height='1'></svg>")

    if complaint is None:
        fits(page)
        assert page.evaluate("innerWidth") == 1280
    else:
        with pytest.raises(AssertionError, match=complaint):
            fits(page)

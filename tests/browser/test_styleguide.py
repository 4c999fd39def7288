"""Every component in a real browser: accessible, within the width, and usable by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
from playwright.sync_api import Page

PARTS = ("residents", "forms", "staff", "figures", "paper")
OpenPage = Callable[..., Page]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    ("width", "language", "elder", "dark"),
    [(1280, "zh-hans", False, False), (390, "en", False, False), (390, "zh-hans", True, False), (1280, "en", False, True)],
    ids=["desk", "phone English", "large", "dark English"],
)
def test_every_part_is_accessible(
    browser_page: OpenPage, axe: Callable[[Page], None], part: str, width: int, language: Literal["zh-hans", "en"], elder: bool, dark: bool
) -> None:
    page = browser_page(width=width, language=language, elder=elder, dark=dark)
    page.goto(f"/styleguide/?part={part}")
    axe(page)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("elder", [False, True])
def test_nothing_is_wider_than_a_small_phone(browser_page: OpenPage, language: str, elder: bool) -> None:
    page = browser_page(width=320, language=language, elder=elder)
    for part in PARTS:
        page.goto(f"/styleguide/?part={part}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, part


def sizes(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate(
        """() => [...document.querySelectorAll('main a.btn, main button, main .choice, main .round, nav a, summary, .help-call')]
        .filter(e => e.checkVisibility()).map(e => [e.className, e.getBoundingClientRect().height])"""
    )
    return found


@pytest.mark.parametrize("part", ["residents", "forms"])
@pytest.mark.parametrize(("elder", "least"), [(False, 47.5), (True, 59.5)])
def test_targets_are_large_enough_for_a_thumb(browser_page: OpenPage, part: str, elder: bool, least: float) -> None:
    page = browser_page(width=390, elder=elder)
    page.goto(f"/styleguide/?part={part}")
    assert [item for item in sizes(page) if item[1] < least] == []


def test_elder_mode_has_no_type_under_18_points(browser_page: OpenPage) -> None:
    page = browser_page(width=390, elder=True)
    page.goto("/styleguide/?part=residents")
    small = page.evaluate(
        """() => [...document.querySelectorAll('main *')].filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
        .filter(e => !e.closest('svg') && parseFloat(getComputedStyle(e).fontSize) < 24)
        .map(e => e.className + ': ' + e.textContent.trim().slice(0, 20))"""
    )
    assert small == []


def test_the_desk_can_be_walked_by_keyboard(browser_page: OpenPage) -> None:
    page = browser_page(width=1280)
    page.goto("/styleguide/?part=staff")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "楼道声控灯整层不亮"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.type("j?")
    assert page.evaluate("document.activeElement.value") == "j?"
    assert not page.locator("[data-keys-help]").is_visible()


def test_a_draft_outlives_the_page(browser_page: OpenPage) -> None:
    page = browser_page(width=390)
    page.goto("/styleguide/?part=forms")
    page.wait_for_load_state("networkidle")
    page.locator("form[data-draft] textarea").fill("三楼到五楼的灯都不亮")
    page.wait_for_function("() => Object.keys(localStorage).some(key => key.startsWith('linli-draft'))")
    page.reload()
    page.get_by_text("已恢复您上次没写完的内容").wait_for()
    assert page.locator("form[data-draft] textarea").input_value() == "三楼到五楼的灯都不亮"


def test_the_page_works_without_scripts(browser_page: OpenPage) -> None:
    page = browser_page(width=390, scripts=False)
    page.goto("/styleguide/?part=residents")
    page.locator("footer button[name=language]").click()
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.get_by_role("heading", name="What you raised").is_visible()

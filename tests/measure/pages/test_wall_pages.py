"""The Wall: what those who work somewhere see of it, what strangers do, and a screen that turns by itself."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from linli.insight.measure.periods import period
from linli.measure.actions import publish
from linli.measure.wall.boards import BOARDS
from tests.factories import NOW, Cast
from tests.measure.pages.browsing import browser, page

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def board(text: str, name: str) -> str:
    """One board of the page."""
    found = re.search(
        rf'<section class="section" id="board-{name}">(.*?)</section>\s*<section class="section" id="board|id="board-{name}">(.*)$',
        text,
        re.S,
    )
    assert found
    return found[1] or found[2]


def numbers(text: str) -> list[str]:
    return re.findall(r'class="figure-value"><a [^>]*>([^<]*)<', text)


def test_whoever_works_there_sees_all_counts_and_every_one_opens_its_list(cast: Cast) -> None:
    head = browser(cast, "community_head")
    text = page(head, f"/wall/?place={cast.here.community.pk}")

    assert numbers(board(text, "today")) == ["2", "1", "0", "1"]  # one not public among them
    assert "75%" in board(text, "indicators")
    assert "没有达到目标" in board(text, "indicators")
    assert len(numbers(board(text, "loop"))) == 7
    for href in set(re.findall(r'class="figure-value"><a href="([^"]*)"', text)):
        answer = head.get(href.replace("&amp;", "&"))
        assert answer.status_code == 200, href
    opened = head.get(re.findall(r'href="(/desk/requests/[^"]*status=open)"', text)[0].replace("&amp;", "&")).content.decode()
    assert "车棚漏雨" in opened
    assert "路灯不亮" in opened


def test_strangers_see_public_requests_and_published_figures_and_no_small_counts(cast: Cast) -> None:
    place = cast.here.community
    before = page(Client(), f"/wall/?place={place.pk}")

    assert numbers(board(before, "today")) == ["少于 5", "少于 5", "0", "0"]  # the one that came today is not public
    assert "75%" not in before
    assert "/desk/" not in before
    publish(actor=cast.inside["community_head"], place=place, span=period("2026-05"), now=NOW)
    after = page(Client(), f"/wall/?place={place.pk}")
    assert "75%" in board(after, "indicators")
    # The same for somebody from elsewhere, and for those who work there when they ask how it looks.
    for client in (browser(cast, "community_head", "outside"), browser(cast, "community_head")):
        assert numbers(board(page(client, f"/wall/?place={place.pk}&public=1"), "today")) == ["少于 5", "少于 5", "0", "0"]


def test_a_screen_shows_one_board_turns_without_script_and_can_be_stopped(cast: Cast) -> None:
    head, place = browser(cast, "community_head"), cast.here.community.pk
    order = list(BOARDS)
    for client in (head, Client()):
        for n, name in enumerate(order):
            text = page(client, f"/wall/screen/{name}/?place={place}&every=20&theme=dark")
            following = f"/wall/screen/{order[(n + 1) % len(order)]}/?place={place}&amp;every=20&amp;theme=dark{'' if client is head else '&amp;public=1'}"
            assert f'content="20;url={following}"' in text
            assert 'data-theme="dark"' in text
    still = page(head, f"/wall/screen/today/?place={place}")
    assert "http-equiv" not in still
    assert "every=20" in still
    assert 'content="10;' in page(head, f"/wall/screen/today/?place={place}&every=1")
    page(head, "/wall/screen/nothing/", 404)


def test_every_level_has_its_wall_in_few_queries_and_what_is_none_has_not(cast: Cast) -> None:
    officer = browser(cast, "street_officer")
    for place in (cast.here.street, cast.district):
        for client in (officer, Client()):
            text = page(client, f"/wall/?place={place.pk}")
            assert place.name in text
    assert cast.here.community.name in board(page(officer, f"/wall/?place={cast.here.street.pk}"), "map")
    page(Client(), "/wall/")
    page(Client(), f"/wall/?place={cast.here.buildings[0].pk}", 404)
    similar = page(officer, f"/wall/?place={cast.here.community.pk}")
    assert "同类比较" in similar


def test_similar_places_stand_beside_each_other_in_their_own_order(cast: Cast) -> None:
    for where, head in ((cast.here, cast.inside), (cast.there, cast.outside)):
        publish(actor=head["community_head"], place=where.community, span=period("2026-05"), now=NOW)
    text = board(page(browser(cast, "community_head"), f"/wall/?place={cast.here.community.pk}"), "compare")

    assert cast.here.community.name in text
    assert cast.there.community.name in text
    assert "样本太少" in text  # two requests there: no share is told
    assert "不排名次" in text

"""Preferences, error pages, and what a phone is given; with a client that never needs the database."""

from __future__ import annotations

import json

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from linli.web import errors, pages
from linli.web.jinja import Fragment
from linli.web.middleware import Preferences, Refusals, preferences_of


class Declined(Exception):
    """A refusal as the kernel makes them."""

    def __init__(self, status: int = 403, **details: object) -> None:
        super().__init__("declined")
        self.status, self.text, self.rule, self.turn_to, self.details = status, "<b>不归</b>社区管", "准入目录第 12 条", "供电公司", details


# The head of every page may name the reader's place, which the database knows.
pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of_anybody(rf: RequestFactory) -> HttpRequest:
    request = rf.get("/requests/7KX2/?page=2")
    request.session = {}  # type: ignore[assignment]  # no test here needs a stored session
    return request


@pytest.fixture
def declined(monkeypatch: pytest.MonkeyPatch) -> type[Declined]:
    monkeypatch.setattr(errors, "_registered", [])
    errors.register(Declined)
    return Declined


def refuse(request: HttpRequest, error: Exception) -> HttpResponse | None:
    return Refusals(lambda r: HttpResponse()).process_exception(request, error)


def words(response: HttpResponse | None) -> str:
    assert response is not None
    return response.content.decode()


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [
        ("/requests/?page=2", "/requests/?page=2"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_preferences_lead_back_within_the_site_only(client: Client, wanted: str, led_to: str) -> None:
    response = client.post("/preferences/", {"elder": "on", "next": wanted})
    assert (response.status_code, response["Location"]) == (302, led_to)


def test_preferences_are_kept_in_cookies(client: Client) -> None:
    response = client.post("/preferences/", {"language": "en", "elder": "on", "theme": "dark"})
    assert {name: cookie.value for name, cookie in response.cookies.items()} == {
        "django_language": "en",
        "linli_elder": "on",
        "linli_theme": "dark",
    }


def test_unknown_preferences_change_nothing(client: Client) -> None:
    assert client.post("/preferences/", {"language": "xx", "elder": "maybe", "theme": "<b>"}).cookies == {}


def test_preferences_are_changed_by_post_only(client: Client) -> None:
    assert client.get("/preferences/").status_code == 405


@pytest.mark.django_db
def test_an_address_for_a_button_says_so_when_it_is_opened_by_itself(client: Client) -> None:
    answer = client.get("/preferences/", headers={"accept-language": "zh"})

    assert answer.headers["Allow"] == "POST"
    assert "这个地址不能直接打开" in answer.content.decode()


@pytest.mark.parametrize(
    ("header", "cookie", "language"),
    [("", "", "zh-hans"), ("en-GB,en", "", "en"), ("zh-CN", "", "zh-hans"), ("en", "zh-hans", "zh-hans"), ("fr", "", "zh-hans")],
)
def test_the_language_is_the_chosen_one_then_the_browsers(rf: RequestFactory, header: str, cookie: str, language: str) -> None:
    request = rf.get("/", headers={"accept-language": header})
    if cookie:
        request.COOKIES["django_language"] = cookie
    response = Preferences(lambda r: HttpResponse(preferences_of(r).language))(request)
    assert response.content.decode() == language
    assert response["Content-Language"] == language


def test_a_broken_theme_cookie_counts_as_none(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.COOKIES["linli_theme"] = "<script>"
    Preferences(lambda r: HttpResponse())(request)
    assert preferences_of(request).theme == "auto"


@pytest.mark.parametrize("part", ["residents", "forms", "staff", "figures", "paper"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("elder", ["on", "off"])
@pytest.mark.django_db
def test_the_style_guide_draws_every_part(client: Client, part: str, language: str, elder: str) -> None:
    client.cookies["django_language"], client.cookies["linli_elder"] = language, elder
    response = client.get("/styleguide/", {"part": part})
    html = response.content.decode()
    assert response.status_code == 200
    assert f'data-mode="{"elder" if elder == "on" else "plain"}"' in html
    assert " style=" not in html


@pytest.mark.django_db
def test_the_style_guide_has_no_other_parts(client: Client) -> None:
    assert client.get("/styleguide/", {"part": "../secret"}).status_code == 404


def test_a_refusal_says_what_happened_by_which_rule_and_where_to_turn(declined: type[Declined], request_of_anybody: HttpRequest) -> None:
    response = refuse(request_of_anybody, declined())
    assert response is not None
    assert response.status_code == 403
    html = words(response)
    assert all(text in html for text in ("&lt;b&gt;不归&lt;/b&gt;社区管", "准入目录第 12 条", "供电公司"))
    assert "/sign-in/" not in html


def test_a_refusal_that_signing_in_would_lift_offers_it(declined: type[Declined], request_of_anybody: HttpRequest) -> None:
    html = words(refuse(request_of_anybody, declined(would_signing_in_help=True)))
    assert "/sign-in/?next=/requests/7KX2/%3Fpage%3D2" in html


def test_too_many_says_when_to_come_back(declined: type[Declined], request_of_anybody: HttpRequest) -> None:
    response = refuse(request_of_anybody, declined(429, retry_after=120))
    assert response is not None
    assert response["Retry-After"] == "120"
    assert "2 分钟" in words(response)


def test_an_exception_nobody_registered_is_not_a_refusal(declined: type[Declined], request_of_anybody: HttpRequest) -> None:
    assert refuse(request_of_anybody, ValueError("x")) is None


@pytest.mark.parametrize(
    "said",
    [
        "attempt to write a readonly database",
        "database or disk is full",
        "disk I/O error",
        "could not extend file: No space left on device",
    ],
)
def test_a_store_that_cannot_be_written_is_said_plainly(request_of_anybody: HttpRequest, said: str) -> None:
    response = refuse(request_of_anybody, OperationalError(said))
    assert response is not None
    assert response.status_code == 503
    assert "没有保存" in words(response)


def test_another_database_error_is_not_hidden(request_of_anybody: HttpRequest) -> None:
    assert refuse(request_of_anybody, OperationalError("no such table: x")) is None


def test_the_page_of_a_failure_needs_nothing(rf: RequestFactory) -> None:
    response = pages.server_error(rf.get("/"))
    assert response.status_code == 500
    assert "这不是您的问题" in words(response)
    assert "static" not in words(response)


def test_an_error_page_comes_out_even_when_drawing_it_fails(rf: RequestFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object, **_kwargs: object) -> HttpResponse:
        raise OperationalError("no session")

    monkeypatch.setattr(pages, "render", broken)
    response = pages.not_found(rf.get("/nowhere/"))
    assert response.status_code == 404
    assert "没有找到" in words(response)


@pytest.mark.parametrize(
    ("page", "status"),
    [
        (pages.bad_request, 400),
        (pages.permission_denied, 403),
        (pages.not_found, 404),
        (pages.too_large, 413),
        (pages.too_many, 429),
        (pages.unavailable, 503),
    ],
)
def test_error_pages_carry_their_status_and_are_not_stored(request_of_anybody: HttpRequest, page: object, status: int) -> None:
    response = page(request_of_anybody, None)  # type: ignore[operator]  # handlers have one shape
    assert response.status_code == status
    assert response["Cache-Control"] == "no-store"


def test_an_expired_form_says_how_to_go_on(request_of_anybody: HttpRequest) -> None:
    response = pages.csrf_failure(request_of_anybody, "CSRF token missing.")
    assert response.status_code == 403
    assert "刷新后再提交" in words(response)


def test_htmx_gets_a_refusal_without_the_frame(declined: type[Declined], request_of_anybody: HttpRequest) -> None:
    request_of_anybody.htmx = True  # type: ignore[attr-defined]  # as django_htmx sets it
    html = words(refuse(request_of_anybody, declined()))
    assert "供电公司" in html
    assert "<html" not in html


class Htmx:
    boosted = history_restore_request = False


def test_a_fragment_is_one_block_for_htmx_and_the_page_for_others(request_of_anybody: HttpRequest) -> None:
    values = {
        "title": "没有找到",
        "text": "没有",
        "status": 404,
        "rule": "",
        "turn_to": "",
        "sign_in": "",
        "lines": [],
        "retry_after": None,
    }
    answer = Fragment("web/refusal.html", "main")
    assert "<html" in words(answer(request_of_anybody, values))
    request_of_anybody.htmx = Htmx()  # type: ignore[attr-defined]  # as django_htmx sets it
    part = answer(request_of_anybody, values)
    assert "<html" not in words(part)
    assert "没有找到" in words(part)
    assert part["Vary"] == "HX-Request"


def test_the_manifest_and_the_worker_name_files_that_exist(client: Client) -> None:
    manifest = json.loads(client.get("/manifest.webmanifest").content)
    assert manifest["name"] == "邻里"
    worker = client.get("/sw.js")
    assert worker["Content-Type"].startswith("text/javascript")
    assert '"/offline/"' in worker.content.decode()


def test_the_worker_keeps_only_pages_an_app_named(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_offline", {})
    pages.keep_offline("/desk/patrol/")
    pages.keep_offline("/desk/patrol/")
    pages.keep_offline("/desk/others/", lambda request: False)
    assert 'const KEPT = ["/desk/patrol/"];' in client.get("/sw.js").content.decode()


def test_robots_stay_out_of_the_desk(client: Client) -> None:
    assert "Disallow: /desk/" in client.get("/robots.txt").content.decode()

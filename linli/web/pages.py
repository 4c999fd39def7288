"""The face's own pages: preferences, style guide, errors, and what a phone needs to keep the site at hand."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.dispatch import Signal
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST, require_safe

from linli.web.middleware import ELDER_COOKIE, THEME_COOKIE, THEMES, attribute

log = logging.getLogger("linli.web")
YEAR = 365 * 24 * 3600
Whom = Callable[[HttpRequest], bool]
_offline: dict[str, Whom] = {}


def keep_offline(path: str, whom: Whom) -> None:
    """
    Adds a page to what the service worker keeps for a lost connection, on the devices of those for whom `whom` says yes: to others the page
    is never fetched. It must hold nothing personal.
    """
    _offline.setdefault(path, whom)


def kept_offline(answer: HttpResponse) -> HttpResponse:
    """Marks a page that the service worker keeps as soon as it is opened, also one that began its work before its reader had signed in."""
    answer.headers["Linli-Keep"] = "offline"
    return answer


def safe_next(request: HttpRequest) -> str:
    """Where to go back to: a path of this very site, else the first page."""
    wanted = request.POST.get("next") or request.headers.get("Referer", "")
    if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    return "/"


# Sent when somebody chose a language with the switch: `request`, `language`. Those who know who it is keep it for what they send.
language_chosen = Signal()


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keeps language, elder mode and theme in cookies, and tells those who asked which language was chosen; only what was sent and is known changes."""
    response = HttpResponseRedirect(safe_next(request))
    keep: dict[str, Any] = {"max_age": YEAR, "samesite": "Lax", "secure": settings.SESSION_COOKIE_SECURE}
    language = request.POST.get("language", "")
    if language in dict(settings.LANGUAGES) and check_for_language(language):
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, **keep)
        language_chosen.send(preferences, request=request, language=language)
    if request.POST.get("elder") in {"on", "off"}:
        response.set_cookie(ELDER_COOKIE, request.POST["elder"], **keep)
    if request.POST.get("theme") in THEMES:
        response.set_cookie(THEME_COOKIE, request.POST["theme"], **keep)
    return response


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    return render(request, "web/offline.html", {"kept": list(_offline)})


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    name = str(getattr(settings, "SITE_NAME", "Linli"))
    return JsonResponse(
        {
            "name": name,
            "short_name": name,
            "lang": "zh-Hans",
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#fbfaf6",
            "theme_color": "#0f6b57",
            "icons": [
                {"src": static("web/icons/linli.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
                {"src": static("web/icons/linli-192.png"), "sizes": "192x192", "type": "image/png", "purpose": "any maskable"},
                {"src": static("web/icons/linli-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any maskable"},
            ],
        },
        content_type="application/manifest+json",
        json_dumps_params={"ensure_ascii": False},
    )


@require_safe
@cache_control(max_age=86400)
def robots(request: HttpRequest) -> HttpResponse:
    closed = ("/desk/", "/api/", "/me/", "/sign-in/", "/preferences/", "/styleguide/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), ""]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(no_cache=True, private=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker stands at the root so that it may serve every page; it names today's files, and the pages this reader may keep."""
    shell = [
        static(path)
        for path in (
            "web/linli.css",
            "web/js/app.js",
            "web/js/words.js",
            "web/js/offline.js",
            "web/js/draft.js",
            "web/js/photo.js",
            "web/icons/linli.svg",
        )
    ]
    answer = render(
        request,
        "web/sw.js",
        {"shell": shell, "kept": [path for path, whom in _offline.items() if whom(request)], "offline": reverse("web:offline")},
        content_type="text/javascript; charset=utf-8",
    )
    answer.headers["Service-Worker-Allowed"] = "/"
    return answer


@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in every state."""
    from linli.web import showcase

    part = request.GET.get("part", "residents")
    if part not in showcase.PARTS:
        raise Http404
    layout = "web/desk.html" if part == "staff" else "web/paper.html" if part == "paper" else "web/square.html"
    return render(request, f"web/styleguide/{part}.html", showcase.samples(part, layout))


# --- errors --------------------------------------------------------------------------------------
def wants_page(request: HttpRequest) -> bool:
    return not getattr(request, "htmx", False)


def problem(request: HttpRequest, status: int, title: str, text: str, **more: Any) -> HttpResponse:
    """An error page: what happened, and how to go on. HTMX gets the same words without the frame."""
    values = {
        "status": status,
        "title": title,
        "text": text,
        "rule": "",
        "turn_to": "",
        "sign_in": "",
        "link": "",
        "link_words": "",
        "lines": [],
        "retry_after": None,
        **more,
    }
    template = "web/refusal.html" if wants_page(request) else "web/refusal_part.html"
    try:
        response = render(request, template, values, status=status)
    except Exception:  # the error page must come out even when the session or a context processor is what broke
        log.exception("error page %s could not be drawn in full", status)
        response = HttpResponse(bare(status, title, text), status=status)
    if values["retry_after"]:
        response.headers["Retry-After"] = str(values["retry_after"])
    response.headers["Cache-Control"] = "no-store"
    return response


def bare(status: int, title: str, text: str) -> str:
    """A page that needs nothing: no context, no session, no static files."""
    from django.utils.html import escape

    return (
        f'<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><main><h1>{escape(title)}</h1><p>{escape(text)}</p><p><a href='/'>{escape(_('回到首页'))}</a></p>"
        f"<p>{status}</p></main></html>"
    )


def sign_in_address(request: HttpRequest) -> str:
    from urllib.parse import quote

    login = str(settings.LOGIN_URL)
    try:
        path = login if login.startswith("/") else reverse(login)
    except NoReverseMatch:
        return ""
    return f"{path}?next={quote(page_of(request))}"


def page_of(request: HttpRequest) -> str:
    """The address to come back to: the one asked for, or the page whose button was pressed, since the button's own address opens nothing."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    came_from = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        split = urlsplit(came_from)
        return f"{split.path}?{split.query}" if split.query else split.path
    return request.path


def title_of(status: int) -> str:
    """The heading of an error page by its status."""
    return {
        400: _("这次提交没有看懂"),
        403: _("这件事您现在不能做"),
        404: _("没有找到"),
        409: _("情况有变，没有办成"),
        413: _("内容太大"),
        422: _("有几处要改一改"),
        429: _("太频繁了，请等一等"),
        503: _("暂时办不了"),
    }.get(status, _("没有办成"))


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page of a registered refusal: its words, the rule that decided, whom to turn to, and signing in when that would help."""
    status = int(attribute(exception, "status", 409))
    details = attribute(exception, "details", {})
    fields = attribute(exception, "fields", {})
    lines = [str(text) for texts in fields.values() for text in texts]
    retry = details.get("retry_after")
    return problem(
        request,
        status,
        title_of(status),
        str(attribute(exception, "text", "") or exception),
        rule=str(attribute(exception, "rule", "")),
        turn_to=str(attribute(exception, "turn_to", "")),
        sign_in=sign_in_address(request) if details.get("would_signing_in_help") else "",
        link=str(details.get("link", "")),
        link_words=str(details.get("link_words", "")),
        lines=lines,
        retry_after=int(retry) if retry else None,
    )


def only_by_button(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """405: an address that a button leads to, opened by itself (a bookmark, a page loaded again after signing in)."""
    page = problem(
        request,
        405,
        _("这个地址不能直接打开"),
        _("它是页面上一个按钮用的，直接打开什么也不会发生，也没有改动任何东西。请回到原来的页面再按一次。"),
    )
    page.headers["Allow"] = answer.headers.get("Allow", "")
    return page


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem(request, 400, title_of(400), _("浏览器发来的内容不完整或不合规。请返回上一页再试一次；您写的内容通常还在。"))


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    signed_in = getattr(getattr(request, "user", None), "is_authenticated", False)
    return problem(
        request,
        403,
        title_of(403),
        _("您的账号没有这项权限，或者这件事不在您的范围里。"),
        sign_in="" if signed_in else sign_in_address(request),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem(request, 404, title_of(404), _("这个地址下没有内容：可能链接写错了，也可能它已经不公开。"))


def too_large(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    limit = getattr(settings, "MAX_UPLOAD_MB", 10)
    return problem(
        request,
        413,
        title_of(413),
        _("一次提交的内容超过了限制（每个文件不超过 %(limit)s MB）。请少选几张，或者换小一些的文件。") % {"limit": limit},
    )


def too_many(request: HttpRequest, exception: Exception | None = None, retry_after: int = 60) -> HttpResponse:
    return problem(
        request,
        429,
        title_of(429),
        _("短时间里的请求太多。请 %(seconds)s 秒以后再试。") % {"seconds": retry_after},
        retry_after=retry_after,
    )


def cannot_save(request: HttpRequest) -> HttpResponse:
    return problem(
        request,
        503,
        _("现在存不进去"),
        _("系统的存储暂时不能写入，您刚才的提交没有保存，也没有只保存一半。请过几分钟再试；着急的事请直接打电话。"),
        retry_after=300,
    )


def unavailable(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return problem(request, 503, title_of(503), _("系统正在维护或太忙。请过几分钟再试；着急的事请直接打电话。"), retry_after=120)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: drawn without template, session or database, since any of them may be what broke."""
    return HttpResponse(bare(500, _("系统出了错"), _("这不是您的问题。刚才的操作没有完成，请稍后再试；着急的事请直接打电话。")), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return problem(
        request,
        403,
        _("这个页面开得太久了"),
        _("为了防止别人冒用您的名义，页面里的凭据过一段时间会失效。请返回上一页，刷新后再提交；您写的内容通常还在。"),
    )

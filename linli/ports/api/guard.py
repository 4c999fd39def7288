"""
What stands before every call of a machine door: who asks, how often, how large, of what type; and after it: the cache tag.

Tokens come as `Authorization: Bearer …`. A browser of the same site may use its session, with the page's CSRF token for writes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from ninja.operation import PathView

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.addresses import address_of
from linli.kernel.accounts.middleware import staff_gate
from linli.kernel.accounts.queries import actor_of_token
from linli.ports.api import idempotency, limits
from linli.ports.api.errors import of_anything
from linli.web.jsonapi import PROBLEM_TYPE, problem

View = Callable[..., HttpResponse]
LARGEST_JSON = 1024 * 1024
SAFE = ("GET", "HEAD", "OPTIONS")


def guarded(view: View, path_view: PathView | None) -> View:
    """`view` behind the guard; `path_view` knows which parameters and bodies each method takes."""

    def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return identify(request) or tagged(
                request, limited(request, lambda: check_shape(request, path_view) or run(request, lambda: view(request, *args, **kwargs)))
            )
        except Exception as error:
            return of_anything(error)

    guard.csrf_exempt = True  # type: ignore[attr-defined]  # sessions are checked in identify; tokens need no CSRF token
    return guard


def limited(request: HttpRequest, act: Callable[[], HttpResponse]) -> HttpResponse:
    """The call, if the caller has one left this minute; the answer says how many remain."""
    allowance = limits.spend(caller_of(request), limit_of(request), request.now)  # type: ignore[attr-defined]  # set by the middleware
    if allowance.allowed:
        answer = act()
    else:
        answer = problem(429, "too_many_calls", _("调用太频繁，请 %(s)s 秒后再试。") % {"s": allowance.reset}, retry_after=allowance.reset)
    answer.headers["RateLimit-Limit"] = str(allowance.limit)
    answer.headers["RateLimit-Remaining"] = str(allowance.remaining)
    answer.headers["RateLimit-Reset"] = str(allowance.reset)
    return answer


def identify(request: HttpRequest) -> HttpResponse | None:
    """Put the actor on the request; a problem when a credential is there but wrong."""
    header = request.headers.get("Authorization", "")
    if header:
        scheme, _blank, secret = header.partition(" ")
        actor = actor_of_token(secret.strip(), now=request.now) if scheme.lower() == "bearer" else None  # type: ignore[attr-defined]  # set by the middleware
        if actor is None:
            return problem(401, "bad_token", _("令牌无效、已过期或已收回。"))
        request.actor = actor  # type: ignore[attr-defined]  # read by every view
        return None
    actor = request.actor  # type: ignore[attr-defined]  # set by the middleware
    if actor.account_id is None:
        return None
    if actor.is_staff and staff_gate(request) is not None:
        return problem(401, "sign_in_again", _("请先在工作台完成登录（含第二步验证）。"))
    if request.method not in SAFE:
        check = CsrfViewMiddleware(lambda _request: HttpResponse())
        check.process_request(request)
        if check.process_view(request, _not_exempt, (), {}) is not None:
            return problem(403, "csrf", _("用网页会话写入时，要带上页面里的 CSRF 令牌。"))
    return None


def _not_exempt(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def caller_of(request: HttpRequest) -> str:
    """Whose limit is used: the account, or the address of somebody unknown."""
    actor: Actor = request.actor  # type: ignore[attr-defined]  # set by the middleware
    return f"a{actor.account_id}" if actor.account_id else f"ip{address_of(request) or 'local'}"


def limit_of(request: HttpRequest) -> int:
    return settings.API_PER_MINUTE if request.actor.account_id else settings.API_PER_MINUTE_ANONYMOUS  # type: ignore[attr-defined]  # as above


def check_shape(request: HttpRequest, path_view: PathView | None) -> HttpResponse | None:
    """Size, type and names, before anything is read."""
    if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        return problem(400, "nul", _("地址里不能有空字符。"))
    operation = next((o for o in path_view.operations if request.method in o.methods), None) if path_view else None
    if path_view is not None and operation is None:
        allowed = sorted({m for o in path_view.operations for m in o.methods})
        answer = problem(405, "method_not_allowed", _("这里只能用 %(methods)s。") % {"methods": "、".join(allowed)})
        answer.headers["Allow"] = ", ".join(allowed)
        return answer
    if operation is None:
        return None
    known = {
        name
        for model in operation.models
        if model.__ninja_param_source__ == "query"
        for name in getattr(model, "__ninja_flatten_map__", {})
    }
    unknown = sorted(set(request.GET) - known)
    if unknown:
        return problem(422, "unknown_parameter", _("有不认识的参数。"), errors={name[:60]: [_("没有这个参数。")] for name in unknown[:20]})
    takes = {model.__ninja_param_source__ for model in operation.models}
    if not takes & {"body", "form", "file"}:
        return None
    return _check_body(request, multipart="file" in takes)


def _check_body(request: HttpRequest, *, multipart: bool) -> HttpResponse | None:
    wanted = "multipart/form-data" if multipart else "application/json"
    if request.content_type != wanted:
        return problem(415, "wrong_type", _("请用 Content-Type: %(type)s 发送。") % {"type": wanted})
    largest = (settings.MAX_UPLOAD_MB + 1) * 1024 * 1024 if multipart else LARGEST_JSON
    if int(request.META.get("CONTENT_LENGTH") or 0) > largest:
        return problem(413, "too_large", _("一次最多 %(mb)s MB。") % {"mb": largest // 1024 // 1024})
    return None


def run(request: HttpRequest, act: Callable[[], HttpResponse]) -> HttpResponse:
    """The call itself, under its idempotency key when it has one."""
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method != "POST":
        return act()
    return idempotency.keep(request, caller_of(request), key, request.now, act)  # type: ignore[attr-defined]  # set by the middleware


def tagged(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Reads get a tag of their content; whoever has it already gets 304. What one may read depends on who asks."""
    patch_vary_headers(answer, ("Accept-Language", "Authorization", "Cookie"))
    if request.method not in ("GET", "HEAD") or answer.status_code != 200 or answer.streaming:
        if answer.headers.get("Content-Type", "") != PROBLEM_TYPE:
            answer.headers.setdefault("Cache-Control", "no-store")
        return answer
    answer.headers.setdefault("Cache-Control", "private, no-cache")
    answer.headers.setdefault("ETag", f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"')
    tag = answer.headers["ETag"]
    seen = parse_etags(request.headers.get("If-None-Match", ""))
    if tag in seen or "*" in seen:
        unchanged = HttpResponse(status=304)
        for name in ("ETag", "Cache-Control", "Vary", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"):
            if name in answer.headers:
                unchanged.headers[name] = answer.headers[name]
        del unchanged.headers["Content-Type"]
        return unchanged
    return answer

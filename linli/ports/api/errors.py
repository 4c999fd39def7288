"""Everything that can go wrong in a JSON call, said as one problem."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from linli.kernel.access.refusals import Invalid, Refused
from linli.web.jsonapi import field_errors, problem
from linli.web.middleware import cannot_write

log = logging.getLogger(__name__)


def of_refusal(refused: Refused) -> HttpResponse:
    """A refusal of the kernel. Somebody unknown, whom signing in would help, is asked for a token."""
    status = 401 if refused.details.get("would_signing_in_help") else refused.status
    more: dict[str, Any] = {}
    for name in ("current_version", "retry_after"):
        if isinstance(refused.details.get(name), int):
            more[name] = refused.details[name]
    errors = {name: [str(t) for t in texts] for name, texts in refused.fields.items()} if isinstance(refused, Invalid) else {}
    rule, turn_to = str(refused.rule), str(refused.turn_to)
    return problem(status, refused.code, str(refused.text), rule=rule, turn_to=turn_to, errors=errors, **more)


def of_schema(errors: Iterable[dict[str, Any]]) -> HttpResponse:
    return problem(422, "invalid", _("有几处内容不对，请看 errors。"), errors=field_errors(errors))


def of_database() -> HttpResponse:
    return problem(503, "cannot_write", _("系统的存储暂时不能写入，什么都没有保存，也没有只保存一半。请过几分钟再试。"), retry_after=300)


def of_anything(error: Exception) -> HttpResponse:
    """The problem an exception of a view stands for; what nobody expected is logged and said to be ours."""
    if isinstance(error, Refused):
        return of_refusal(error)
    if isinstance(error, Http404):
        return problem(404, "not_found", _("这个地址下没有内容。"))
    if isinstance(error, RequestDataTooBig):
        return problem(413, "too_large", _("内容太大。"))
    if isinstance(error, (TooManyFieldsSent, TooManyFilesSent, MultiPartParserError, SuspiciousOperation)):
        return problem(400, "bad_request", _("请求的内容看不懂。"))
    if cannot_write(error):
        log.error("the database cannot be written: %s", error)
        return of_database()
    log.exception("a call failed")
    return problem(500, "internal", _("系统出了错，您的操作没有完成。"))


def install(api: NinjaAPI) -> None:
    """Make `api` say every error this way."""

    @api.exception_handler(ValidationError)
    def _schema(request: HttpRequest, error: ValidationError) -> HttpResponse:
        return of_schema(error.errors)

    @api.exception_handler(HttpError)
    def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, "bad_json" if error.status_code == 400 else "refused", _("请求的正文不是可以读懂的 JSON。"))

    @api.exception_handler(Exception)
    def _any(request: HttpRequest, error: Exception) -> HttpResponse:
        return of_anything(error)

"""
What every JSON surface shares: problems as RFC 9457 says, pages behind a cursor with bounds, strict input. No domain words.

The keeper of idempotency keys and the limits on how often are wired in by whoever mounts a surface; a router only states its shapes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Protocol

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Schema
from ninja.operation import Operation
from pydantic import ConfigDict, Field

PROBLEM_TYPE = "application/problem+json"
LARGEST_ID = 2**63 - 1
LARGEST_PAGE = 100

# Text without NUL (no database keeps it), as the schema says too.
NO_NUL = r"^[^\x00]*$"
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Limit = Annotated[int, Field(ge=1, le=LARGEST_PAGE, description="Rows on a page.")]
Cursor = Annotated[int, Field(ge=1, le=LARGEST_ID, description="`next_cursor` of the page before.")]


def at_most(longest: int, *, shortest: int = 0) -> Any:
    """What a text input of at most `longest` characters must be: `Annotated[str, at_most(80)]`."""
    return Field(min_length=shortest, max_length=longest, pattern=NO_NUL)


class Input(Schema):
    """Whatever comes in: a field nobody asked for is refused, so that a misspelt one is never silently ignored."""

    model_config = ConfigDict(extra="forbid")


class ProblemOut(Schema):
    """RFC 9457. `code` is stable and English; `detail` is for people; `rule` says what decided, `turn_to` where to turn instead."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    rule: str = ""
    turn_to: str = ""
    errors: dict[str, list[str]] = {}
    current_version: int | None = None
    retry_after: int | None = None


_answers: dict[Any, Any] = {}
_one_more_answer = Operation._create_response_model


def _shared_answer(operation: Operation, shape: Any) -> Any:
    """
    One class for one shape of answer. Ninja makes one for every status of every operation: nearly seven hundred for our problems alone,
    which cost eleven megabytes in each process and half the time of its start.
    """
    if shape not in _answers:
        _answers[shape] = _one_more_answer(operation, shape)
    return _answers[shape]


Operation._create_response_model = _shared_answer  # type: ignore[method-assign,assignment]  # there is no other way in

PROBLEM_STATUSES = (400, 401, 403, 404, 409, 413, 415, 422, 429, 503)
PROBLEMS: dict[Any, Any] = dict.fromkeys(PROBLEM_STATUSES, ProblemOut)


def title_of(status: int) -> str:
    """A few words for a status, the same for every problem of its kind."""
    return {
        400: _("请求没有看懂"),
        401: _("需要登录或令牌"),
        403: _("没有这项权限"),
        404: _("没有找到"),
        405: _("这个地址不支持这种方法"),
        406: _("没有这种格式"),
        409: _("与现在的情况冲突"),
        413: _("内容太大"),
        415: _("不支持这种内容类型"),
        422: _("内容需要修改"),
        429: _("请求太频繁"),
        503: _("暂时不能写入"),
    }.get(status, _("系统出了错"))


def problem(
    status: int, code: str, detail: str, *, rule: str = "", turn_to: str = "", errors: dict[str, list[str]] | None = None, **more: Any
) -> HttpResponse:
    """One problem as an answer. `retry_after` (seconds) also becomes the header."""
    body: dict[str, Any] = {
        "type": f"urn:linli:problem:{code}",
        "title": title_of(status),
        "status": status,
        "detail": detail,
        "code": code,
    }
    body |= {"rule": rule, "turn_to": turn_to, "errors": errors or {}} | more
    answer = HttpResponse(dumps(body), status=status, content_type=PROBLEM_TYPE)
    answer.headers["Cache-Control"] = "no-store"
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="linli"'
    if more.get("retry_after"):
        answer.headers["Retry-After"] = str(more["retry_after"])
    return answer


def dumps(value: Any) -> bytes:
    """JSON in UTF-8; a lone surrogate, which UTF-8 cannot say, becomes a question mark."""
    return json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace")


def field_errors(found: Iterable[dict[str, Any]]) -> dict[str, list[str]]:
    """What the schema found wrong, by field: "lat", "units.0"; wrapper names of the framework left out."""
    errors: dict[str, list[str]] = {}
    for one in found:
        where = [str(part) for part in one["loc"]]
        name = ".".join(where[2:] or where[1:] or where)
        errors.setdefault(name[:200], []).append(str(one["msg"])[:300])
    return errors


class Keeper(Protocol):
    """Remembers the answers to acts by their key, in the transaction of the act."""

    def __call__(self, request: HttpRequest, act: Callable[[], HttpResponse]) -> HttpResponse: ...

"""The addresses of GeoReport v2: parse, one action or query, one tree as XML or JSON."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.http.request import RawPostDataException
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from linli.kernel.access.actor import ANONYMOUS, Actor
from linli.kernel.access.refusals import Invalid, NotAllowed, NotFound, Refused
from linli.kernel.accounts.queries import actor_of_token
from linli.kernel.matters.models import Matter
from linli.ports.api import idempotency, limits
from linli.ports.api.guard import caller_of, limit_of
from linli.ports.open311 import actions, queries, rules
from linli.ports.open311.spark import Many, One, to_json, to_xml
from linli.web.middleware import cannot_write

log = logging.getLogger(__name__)
TYPES = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGED = "2026-11-22T00:00:00Z"
LARGEST_FORM, LARGEST_BATCH = 1024 * 1024, 5 * 1024 * 1024
_ATTRIBUTE = re.compile(r"attribute\[([^\[\]]{1,40})\](\[\])?")
View = Callable[..., Many | One]


class Refusal(Exception):
    """An answer that is an error: HTTP status, code and words."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(code)
        self.status, self.code, self.description = status, code, description


def open311(*methods: str) -> Callable[[View], Callable[..., HttpResponse]]:
    """A view that answers a tree; here are its format, its limits, its errors, and who asks."""

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def answer(request: HttpRequest, form: str = "xml", **kwargs: Any) -> HttpResponse:
            if form not in TYPES:
                return _errors("xml", [(404, _("没有这种格式，请用 xml 或 json。"))], 404)
            if request.method not in methods:
                found = _errors(form, [(400, _("这里只能用 %(methods)s。") % {"methods": ", ".join(methods)})], 405)
                found.headers["Allow"] = ", ".join(methods)
                return found
            try:
                return _within_limits(request, form, lambda: _answer(form, view(request, **kwargs)))
            except Exception as error:
                return _failed(form, error)

        return answer

    return decorate


def _answer(form: str, tree: Many | One) -> HttpResponse:
    return HttpResponse(to_xml(tree) if form == "xml" else to_json(tree), content_type=TYPES[form])


def _within_limits(request: HttpRequest, form: str, act: Callable[[], HttpResponse]) -> HttpResponse:
    _check_size(request)
    request.actor = _actor(request)  # type: ignore[attr-defined]  # read by every view below
    allowance = limits.spend(caller_of(request), limit_of(request), request.now)  # type: ignore[attr-defined]  # set by the middleware
    if not allowance.allowed:
        found = _errors(form, [(429, _("调用太频繁，请 %(s)s 秒后再试。") % {"s": allowance.reset})], 429)
        found.headers["Retry-After"] = str(allowance.reset)
        return found
    key = request.headers.get("Idempotency-Key", "") if request.method == "POST" else ""
    found = idempotency.keep(request, caller_of(request), key, request.now, act) if key else act()  # type: ignore[attr-defined]  # as above
    patch_vary_headers(found, ("Accept-Language", "Authorization"))
    return found


def _check_size(request: HttpRequest) -> None:
    if request.method != "POST":
        return
    multipart = request.content_type == "multipart/form-data"
    largest = (
        (settings.MAX_UPLOAD_MB + 1) * 1024 * 1024
        if multipart
        else LARGEST_BATCH
        if request.content_type == "application/json"
        else LARGEST_FORM
    )
    if int(request.META.get("CONTENT_LENGTH") or 0) > largest:
        raise Refusal(413, "413", _("内容太大。"))


def _actor(request: HttpRequest) -> Actor:
    """Whoever the api_key (form, query or Authorization header) belongs to; nobody in particular without one. A wrong one is 403."""
    bearer = request.headers.get("Authorization", "")
    secret = bearer[7:].strip() if bearer[:7].lower() == "bearer " else ""
    secret = secret or _parameter(request, "api_key")
    if not secret:
        return ANONYMOUS.through("open311")
    actor = actor_of_token(secret, now=request.now, channel="open311")  # type: ignore[attr-defined]  # set by the middleware
    if actor is None:
        raise Refusal(403, "403", _("api_key 无效、已过期或已收回。"))
    return actor


def _parameter(request: HttpRequest, name: str) -> str:
    """A parameter of the address, or of the form. NUL, which no database keeps, is not text."""
    value = request.GET.get(name, "")
    if not value and request.method == "POST" and request.content_type != "application/json":
        value = request.POST.get(name, "")
    if "\0" in value:
        raise Refusal(400, "400", _("参数里不能有空字符。"))
    return value.strip()


def _failed(form: str, error: Exception) -> HttpResponse:
    if isinstance(error, Refusal):
        return _errors(form, [(error.code, error.description)], error.status)
    if isinstance(error, Invalid) and error.fields:
        return _errors(form, [(400, f"{name}: {text}") for name, texts in error.fields.items() for text in texts], 400)
    if isinstance(error, Refused):
        status = 404 if isinstance(error, NotFound) else 403 if isinstance(error, NotAllowed) else 400
        return _errors(form, [(status, str(error.text))], status)
    if isinstance(error, RequestDataTooBig):
        return _errors(form, [(413, _("内容太大。"))], 413)
    if isinstance(error, (TooManyFieldsSent, TooManyFilesSent, MultiPartParserError, SuspiciousOperation, UnreadablePostError)):
        return _errors(form, [(400, _("请求的内容看不懂。"))], 400)
    if cannot_write(error):
        log.error("the database cannot be written: %s", error)
        return _errors(form, [(503, _("系统的存储暂时不能写入，什么都没有保存。请过几分钟再试。"))], 503)
    log.exception("an Open311 call failed")
    return _errors(form, [(500, _("系统出了错，您的操作没有完成。"))], 500)


def _errors(form: str, found: list[tuple[Any, str]], status: int) -> HttpResponse:
    tree = Many("errors", "error", [{"code": str(code), "description": text} for code, text in found])
    answer = _answer(form, tree)
    answer.status_code = status
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _who(request: HttpRequest) -> tuple[Actor, Any]:
    return request.actor, request.now  # type: ignore[attr-defined]  # set above and by the middleware


def _where(request: HttpRequest) -> Any:
    return queries.jurisdiction(_parameter(request, "jurisdiction_id"))


# --- reading -------------------------------------------------------------------------------------
@open311("GET", "HEAD")
def discovery(request: HttpRequest) -> One:
    base = f"{settings.PUBLIC_URL}/open311/v2"
    formats = Many("formats", "format", ["text/xml", "application/json"])
    endpoint = {
        "specification": SPECIFICATION,
        "url": base,
        "changeset": CHANGED,
        "type": "test" if settings.DEMO else "production",
        "formats": formats,
    }
    return One(
        "discovery",
        {
            "changeset": CHANGED,
            "contact": settings.OPEN311_CONTACT or settings.DEFAULT_FROM_EMAIL,
            "key_service": f"{settings.PUBLIC_URL}/me/security/",
            "endpoints": Many("endpoints", "endpoint", [endpoint]),
        },
    )


@open311("GET", "HEAD")
def services(request: HttpRequest) -> Many:
    _where(request)
    return queries.services()


@open311("GET", "HEAD")
def service(request: HttpRequest, service_code: str) -> One:
    _where(request)
    if "\0" in service_code:
        raise Refusal(400, "400", _("参数里不能有空字符。"))
    return queries.definition(queries.service(service_code))


@open311("GET", "HEAD", "POST")
def requests(request: HttpRequest) -> Many:
    return _report(request) if request.method == "POST" else _list(request)


def _list(request: HttpRequest) -> Many:
    actor, now = _who(request)
    found = queries.requests_seen(actor, _where(request))
    extended, datum = _parameter(request, "extensions").lower() == "true", _datum(request)
    ids = rules.comma_list(_parameter(request, "service_request_id"))
    if ids:
        return queries.requests_out(queries.by_ids(found, ids[: rules.MOST]), extended=extended, datum=datum)
    start, end = _time(request, "start_date"), _time(request, "end_date")
    span = rules.window(start, end, now)
    if span is None:
        raise Refusal(400, "400", _("start_date 到 end_date 不能超过 90 天。"))
    statuses = [s.lower() for s in rules.comma_list(_parameter(request, "status"))]
    if set(statuses) - {"open", "closed"}:
        raise Refusal(400, "400", _("status 只能是 open、closed，用逗号分开。"))
    codes = rules.comma_list(_parameter(request, "service_code"))[:200]
    offset, limit = _slice(request)
    if offset >= rules.MOST * 1000:
        return queries.requests_out([], extended=extended, datum=datum)
    categories = queries.categories_of(codes) if codes else None
    matters = queries.in_window(found, *span, categories, statuses, offset=offset, limit=limit)
    return queries.requests_out(matters, extended=extended, datum=datum)


def _datum(request: HttpRequest) -> str:
    datum = _parameter(request, "datum") or "wgs84"
    if datum not in ("wgs84", "gcj02"):
        raise Refusal(400, "400", _("datum 只能是 wgs84 或 gcj02。"))
    return datum


def _time(request: HttpRequest, name: str) -> Any:
    text = _parameter(request, name)
    if not text:
        return None
    found = rules.moment(text)
    if found is None:
        raise Refusal(400, "400", _("%(name)s 要写成 2010-01-01T00:00:00Z 这样的时间。") % {"name": name})
    return found


def _slice(request: HttpRequest) -> tuple[int, int]:
    """Offset and size of the page asked for; without `page_size` it is everything allowed. A page beyond the end is empty."""
    size, page = _number(request, "page_size", rules.MOST), _number(request, "page", 1)
    size = min(size, rules.MOST)
    return (page - 1) * size, size


def _number(request: HttpRequest, name: str, otherwise: int) -> int:
    text = _parameter(request, name)
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) < 1:
        raise Refusal(400, "400", _("%(name)s 要是正整数。") % {"name": name})
    return int(text)


@open311("GET", "HEAD")
def one_request(request: HttpRequest, request_id: str) -> Many:
    actor, _now = _who(request)
    found = queries.by_ids(queries.requests_seen(actor, _where(request)), [request_id]) if "\0" not in request_id else []
    if not found:
        raise Refusal(404, "404", _("没有编号为 %(id)s 的诉求。") % {"id": request_id[:64]})
    return queries.requests_out(found, extended=_parameter(request, "extensions").lower() == "true", datum=_datum(request))


@open311("GET", "HEAD")
def token(request: HttpRequest, token: str) -> Many:
    _where(request)
    matter = actions.by_token(token)
    return Many("service_requests", "request", [{"service_request_id": matter.ref, "token": token}])


@open311("GET", "HEAD", "POST")
def updates(request: HttpRequest) -> Many:
    actor, now = _who(request)
    if request.method == "POST":
        if actor.account_id is None:
            raise Refusal(403, "403", _("缺少 api_key。"))
        entry = actions.receive_update(actor=actor, given=_given(request), now=now)
        return Many("service_request_updates", "request_update", [{"update_id": f"E{entry.pk}"}])
    start, end = _time(request, "start_date"), _time(request, "end_date")
    span = rules.window(start, end, now)
    if span is None:
        raise Refusal(400, "400", _("start_date 到 end_date 不能超过 90 天。"))
    offset, limit = _slice(request)
    return queries.updates(actor, _where(request), *span, offset=offset, limit=limit)


# --- writing -------------------------------------------------------------------------------------
def _given(request: HttpRequest) -> actions.Given:
    """A form's values, its answers to questions, its pictures."""
    values: dict[str, str] = {}
    attributes: dict[str, list[str]] = {}
    for name, several in request.POST.lists():
        if any("\0" in text for text in (name, *several)):
            raise Refusal(400, "400", _("参数里不能有空字符。"))
        asked = _ATTRIBUTE.fullmatch(name)
        if asked:
            attributes.setdefault(asked[1], []).extend(several)
        else:
            values[name] = several[-1]
    for name in ("jurisdiction_id", "api_key"):
        values.setdefault(name, request.GET.get(name, ""))
    media = [file for name in ("media", "media[]") for file in request.FILES.getlist(name)]
    return actions.Given(values, attributes, media)


def _report(request: HttpRequest) -> Many:
    actor, now = _who(request)
    if actor.account_id is None:
        raise Refusal(403, "403", _("缺少 api_key。"))
    given = _given(request)
    atlas = actions.Atlas(actor, _where(request))
    if actions.is_replay(given):
        record = actions.read_replay(actor=actor, given=given, atlas=atlas, now=now)
        stored, _new = actions.store_replays(actor=actor, records=[record], now=now)
        matter = stored[record.replay.external_id]
    else:
        matter = actions.report(actor=actor, given=given, atlas=atlas, now=now)
    return Many("service_requests", "request", [_receipt(matter, given)])


def _receipt(matter: Matter, given: actions.Given) -> dict[str, Any]:
    """The id, or a token where the request is not public; never both."""
    known = {"service_request_id": matter.ref} if matter.visibility == "public" else {"token": actions.token_of(matter)}
    return {**known, "service_notice": "", "account_id": given.get("account_id")}


@open311("POST")
def replay(request: HttpRequest) -> Many:
    """
    Up to 500 records at once: `{"requests": [{…}]}`, stored together; one row of the answer for each record, with its id, or with what
    was wrong with it.
    """
    actor, now = _who(request)
    if actor.account_id is None:
        raise Refusal(403, "403", _("缺少 api_key。"))
    atlas = actions.Atlas(actor, _where(request))
    read = [_read(actor, record, atlas, now) for record in _records(request)]
    stored, fresh = actions.store_replays(actor=actor, records=[r for r in read if isinstance(r, actions.Replayed)], now=now)
    rows = []
    for one in read:
        if isinstance(one, actions.Replayed):
            external_id = one.replay.external_id
            rows.append(
                {"service_request_id": stored[external_id].ref, "external_id": external_id, "new": external_id in fresh, "error": None}
            )
            fresh.discard(external_id)
        else:
            rows.append({"service_request_id": None, "external_id": one[0], "new": False, "error": one[1]})
    return Many("service_requests", "request", rows)


def _records(request: HttpRequest) -> list[dict[str, Any]]:
    try:
        body = json.loads(request.body)
    except (ValueError, RecursionError, RawPostDataException):  # the last: a form was sent where JSON is asked for
        raise Refusal(400, "400", _("正文不是可以读懂的 JSON。")) from None
    records = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(records, list) or not 0 < len(records) <= rules.LONGEST_BATCH or not all(isinstance(r, dict) for r in records):
        raise Refusal(400, "400", _('请给出 1 到 %(n)s 条记录：{"requests": [ … ]}。') % {"n": rules.LONGEST_BATCH})
    return records


def _read(actor: Actor, record: dict[str, Any], atlas: actions.Atlas, now: Any) -> actions.Replayed | tuple[str, str]:
    """A record that can be stored, or its id and what is wrong with it."""
    try:
        given, notes = _record(record)
        return actions.read_replay(actor=actor, given=given, atlas=atlas, now=now, notes=notes)
    except NotAllowed:
        raise
    except Refused as refused:
        return str(record.get("service_request_id") or "")[:64], str(refused.text)


def _record(record: dict[str, Any]) -> tuple[actions.Given, list[dict[str, str]]]:
    """A JSON record as a form would say it. Raises Invalid for shapes a form cannot have."""
    values = {
        name: _scalar(value)
        for name, value in record.items()
        if name not in ("attributes", "extended_attributes", "notes") and value is not None
    }
    attributes = record.get("attributes") or {}
    notes = record.get("notes") or []
    if not isinstance(attributes, dict) or not isinstance(notes, list) or len(notes) > 200 or len(attributes) > 100:
        raise Invalid("bad_record", _("attributes 要是对象，notes 要是数组。"))
    kept = [
        {name: _scalar(note.get(name) or "")[:1000] for name in ("datetime", "summary", "description", "type")}
        for note in notes
        if isinstance(note, dict)
    ]
    return actions.Given(
        values,
        {
            str(code)[:40]: [_scalar(v)[:1000] for v in (value if isinstance(value, list) else [value])]
            for code, value in attributes.items()
        },
    ), kept


def _scalar(value: Any) -> str:
    if isinstance(value, (dict, list)):
        raise Invalid("bad_record", _("记录里的值要是文字或数字。"))
    text = "true" if value is True else "false" if value is False else str(value)
    return text.replace("\0", "").encode("utf-8", "replace").decode()

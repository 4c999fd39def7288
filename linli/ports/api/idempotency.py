"""
`Idempotency-Key`: the same key with the same body gets the same answer, and the act is done once.

The key's row is written in the transaction of the act. Whatever happens to the process, the act and its key are both there or
neither is; only acts that were done are remembered, a refused one may be tried again under its key.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from linli.ports.api.models import KeptAnswer
from linli.web.jsonapi import problem

KEPT_FOR = timedelta(hours=24)
LONGEST_KEY = 200
_KEY = re.compile(f"[!-~]{{1,{LONGEST_KEY}}}")
_busy: set[tuple[str, str]] = set()
_lock = threading.Lock()


def keep(request: HttpRequest, owner: str, key: str, now: datetime, act: Callable[[], HttpResponse]) -> HttpResponse:
    """Run `act` under `key` of `owner`, or answer as before. 422: the key was used for something else; 409: it is being worked on."""
    if not _KEY.fullmatch(key):
        return problem(400, "bad_idempotency_key", _("Idempotency-Key 应为 1 到 %(n)s 个可见字符。") % {"n": LONGEST_KEY})
    asked = _fingerprint(request)
    with _lock:
        if (owner, key) in _busy:
            return _in_progress()
        _busy.add((owner, key))
    try:
        return _known(owner, key, asked, now) or _do(owner, key, asked, now, act)
    finally:
        with _lock:
            _busy.discard((owner, key))


def _fingerprint(request: HttpRequest) -> str:
    return hashlib.sha256(b"\0".join([str(request.method).encode(), request.get_full_path().encode(), _body(request)])).hexdigest()


def _body(request: HttpRequest) -> bytes:
    """The bytes sent; of a form with files, whose bytes were streamed, its fields and the files' content."""
    if request.content_type != "multipart/form-data":
        return request.body
    parts = [f"{name}={value}".encode() for name, values in sorted(request.POST.lists()) for value in values]
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            parts.append(f"{name}={file.name}:{hashlib.sha256(file.read()).hexdigest()}".encode())
            file.seek(0)
    return b"&".join(parts)


def _in_progress() -> HttpResponse:
    return problem(409, "in_progress", _("用这个 Idempotency-Key 的请求正在处理，请稍后再试。"), retry_after=1)


def _known(owner: str, key: str, asked: str, now: datetime) -> HttpResponse | None:
    row = KeptAnswer.objects.filter(owner=owner, key=key).first()
    if row is None:
        return None
    if row.kept_at < now - KEPT_FOR:
        row.delete()
        return None
    if row.asked != asked:
        return problem(422, "key_reused", _("这个 Idempotency-Key 已经用于另一个请求，请换一个新的。"))
    answer = HttpResponse(bytes(row.body), status=row.status, content_type=row.media_type)
    answer.headers["Idempotent-Replayed"] = "true"
    if row.location:
        answer.headers["Location"] = row.location
    return answer


def _do(owner: str, key: str, asked: str, now: datetime, act: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        with transaction.atomic():
            if not _locked_elsewhere(owner, key):
                row = KeptAnswer.objects.create(owner=owner, key=key, asked=asked, kept_at=now)
                answer = act()
                if answer.status_code < 300:
                    row.status, row.body = answer.status_code, answer.content
                    row.media_type, row.location = answer.headers.get("Content-Type", ""), answer.headers.get("Location", "")
                    row.save(update_fields=["status", "body", "media_type", "location"])
                else:
                    transaction.set_rollback(True)
                return answer
    except IntegrityError:
        # Another process was first while this one waited for the write lock.
        return _known(owner, key, asked, now) or _in_progress()
    return _in_progress()


def _locked_elsewhere(owner: str, key: str) -> bool:
    """On PostgreSQL a second process is told at once instead of waiting; SQLite has one writer, so it waits and finds the answer."""
    if connection.vendor != "postgresql":
        return False
    number = int.from_bytes(hashlib.sha256(f"{owner}\0{key}".encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return not cursor.fetchone()[0]


def forget_old(now: datetime) -> int:
    """Delete answers older than a day."""
    return KeptAnswer.objects.filter(kept_at__lt=now - KEPT_FOR).delete()[0]

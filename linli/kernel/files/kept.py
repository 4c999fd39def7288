"""
Files chosen in a form that came back, or was sent after the session had ended, need not be chosen again.

A browser never fills a file field in by itself. What was sent is therefore kept for a while: sealed on disk, named in the session of whoever
sent it, offered beside the same field of the same form (`shown`), and handed to the page when the form is sent again, as if it had been chosen
anew (`bring_back`). No page has to do anything: the middleware and the macro that draws a file field do it for every form. A picture is
kept as it would be stored, without what it said about its place; what could not be stored is not kept.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.http import HttpRequest
from django.urls import reverse

from linli.kernel.access.sealed_files import SealedFiles
from linli.lib import documents
from linli.lib.images import ImageError, reencode, sniff
from linli.web.kept import FileField, KeptFile

# The names under which a form says which file fields it holds ("photo:answer-photo"), and which kept files it brings along.
FIELDS, TOKENS = "file_at", "kept_token"
HOURS: Final = 24
MOST, MOST_BYTES = 12, 100_000_000  # in one session
MOST_OF_STRANGERS: Final = 200  # in the whole house, sent by nobody known: a session that ended looks like that
FILES: Final = SealedFiles("kept", "kernel.files.kept", "kernel.files.kept")
_KEY: Final = "kept_files"
_request: ContextVar[HttpRequest | None] = ContextVar("request_with_files", default=None)


@dataclass(frozen=True)
class Kept:
    """
    A file kept for one field of one form: `where` the form was sent to, `page` the page it stood on (empty when unknown), `by` whose it is
    (None: the session had ended, so nobody knows).
    """

    token: str
    field: str
    at: str
    where: str
    page: str
    name: str
    media_type: str
    size: int
    by: int | None

    @property
    def is_picture(self) -> bool:
        return self.media_type.startswith("image/")


class KeptUpload(InMemoryUploadedFile):
    """A kept file as a page gets it: an upload like any other."""

    def __init__(self, kept: Kept, content: bytes) -> None:
        super().__init__(io.BytesIO(content), kept.field, kept.name, kept.media_type, len(content), None)


# --- what a session holds --------------------------------------------------------------------------------------------
def _all(request: HttpRequest) -> list[Kept]:
    return [Kept(**one) for one in request.session.get(_KEY, [])]


def _write(request: HttpRequest, kept: Sequence[Kept]) -> None:
    if kept:
        request.session[_KEY] = [asdict(one) for one in kept]
    else:
        request.session.pop(_KEY, None)


def mine(request: HttpRequest) -> list[Kept]:
    """What this session holds for whoever uses it now: on a shared computer the next one is not shown what the last one chose."""
    found = _all(request)
    user = request.user.pk if found else None
    return [one for one in found if one.by is None or one.by == user]


def waiting() -> bool:
    """Whether something is kept for whoever signs in on this browser."""
    request = _request.get()
    return request is not None and settings.SESSION_COOKIE_NAME in request.COOKIES and bool(_all(request))


def forget(request: HttpRequest, tokens: set[str]) -> None:
    if tokens:
        _write(request, [one for one in _all(request) if one.token not in tokens])
        for token in tokens:
            FILES.forget(token)


def content_of(request: HttpRequest, token: str) -> tuple[Kept, bytes] | None:
    """A kept file of this session with its content; None for any other, and for one that is gone."""
    found = next((one for one in mine(request) if one.token == token), None)
    try:
        return (found, FILES.fetch(token)) if found is not None else None
    except FileNotFoundError:
        return None


# --- a form that is sent ----------------------------------------------------------------------------------------------
@contextmanager
def drawing_for(request: HttpRequest) -> Iterator[None]:
    """Whose page is drawn inside, for the macros, which do not see the request."""
    outer = _request.set(request)
    try:
        yield
    finally:
        _request.reset(outer)


def bring_back(request: HttpRequest) -> None:
    """The kept files a form names, in front of those chosen now; what it held and no longer names was let go by its writer."""
    fields = set(request.POST.getlist(FIELDS))
    ticked = set(request.POST.getlist(TOKENS))
    if not fields or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return
    of_form = [one for one in mine(request) if one.where == request.path and f"{one.field}:{one.at}" in fields]
    forget(request, {one.token for one in of_form if one.token not in ticked})
    back: dict[str, list[UploadedFile]] = {}
    for one in of_form:
        found = content_of(request, one.token) if one.token in ticked else None
        if found is not None:
            back.setdefault(one.field, []).append(KeptUpload(*found))
    for field, uploads in back.items():
        request.FILES.setlist(field, [*uploads, *request.FILES.getlist(field)])


def brought(request: HttpRequest) -> set[str]:
    """The kept files the form just sent brought along."""
    return set(request.POST.getlist(TOKENS)) & {one.token for one in mine(request)} if request.POST.get(TOKENS) else set()


def hold(request: HttpRequest, field: FileField | None = None) -> None:
    """Keep what the form just sent holds: in one field that is drawn again, or (without) in all its fields. Holding twice keeps once."""
    held: set[str] = request.__dict__.setdefault("held_fields", set())
    sent = dict.fromkeys(request.POST.getlist(FIELDS))
    for mark in [f"{field.name}:{field.at}"] if field is not None else list(sent):
        if mark in sent and mark not in held:
            held.add(mark)
            name, _colon, at = mark.partition(":")
            _hold(request, field or FileField(name[:60], at[:80], "", several=True, refused=False))


def held_elsewhere(request: HttpRequest) -> None:
    """For a page that has put by itself what was sent: nothing is kept beside it."""
    request.__dict__.setdefault("held_fields", set()).update(request.POST.getlist(FIELDS))


def _hold(request: HttpRequest, field: FileField) -> None:
    fresh = [upload for upload in request.FILES.getlist(field.name) if not isinstance(upload, KeptUpload)]
    kept = _all(request)
    if not field.several and fresh:
        fresh = fresh[-1:]
        replaced = {one.token for one in kept if one.where == request.path and one.at == field.at}
        forget(request, replaced)
        kept = [one for one in kept if one.token not in replaced]
    by = request.user.pk or getattr(request, "sent_by", None)
    if by is None and fresh and sum(1 for _path in FILES.paths()) >= MOST_OF_STRANGERS:
        return
    for upload in fresh:
        content = _worth_keeping(upload, field)
        if content is None or len(kept) >= MOST or sum(one.size for one in kept) + len(content) > MOST_BYTES:
            continue
        media = f"image/{sniff(content)}" if sniff(content) not in (None, "pdf") else "application/octet-stream"
        token = FILES.keep(content)
        kept.append(Kept(token, field.name, field.at, request.path, _page_of(request), (upload.name or "")[:120], media, len(content), by))
    if fresh:
        _write(request, kept)


def _page_of(request: HttpRequest) -> str:
    """The path of the page the form stood on, as the browser tells; only ever compared."""
    return urlsplit(request.headers.get("Referer", "")).path[:300]


def _worth_keeping(upload: UploadedFile, field: FileField) -> bytes | None:
    """What to keep of an upload: a picture as it would be stored; None for what the field would refuse again."""
    limit = max(settings.MAX_UPLOAD_MB, settings.MAX_SHEET_MB) * 1024 * 1024
    try:
        upload.seek(0)
        content = upload.read(limit + 1)
    except (OSError, ValueError):
        return None  # closed already by whoever read it
    kind = sniff(content)
    if not content or len(content) > limit:
        return None
    if kind not in (None, "pdf"):
        try:
            return reencode(content)[0]
        except ImageError:
            return None
    if field.accept == "image/*" or (field.refused and not field.several and ".pdf" not in field.accept):
        return None  # no picture where only pictures are taken; a sheet that cannot be read
    if kind == "pdf" or (upload.name or "").lower().endswith(".docx"):
        try:
            documents.check(content)
        except documents.DocumentError:
            return None
    return content


# --- a form that is drawn ---------------------------------------------------------------------------------------------
def shown(field: FileField) -> list[KeptFile]:
    """What is kept for a field that is being drawn, the new ones of a form that just came back with it."""
    request = _request.get()
    if request is None:
        return []
    sent = request.method == "POST" and f"{field.name}:{field.at}" in request.POST.getlist(FIELDS)
    if sent:
        hold(request, field)
    elif settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return []
    made = [one for one in mine(request) if one.field == field.name and one.at == field.at and _stands_on(one, request, sent)]
    if made and sent:
        request.__dict__["kept_drawn"] = True
    return [KeptFile(one.token, one.name, reverse("files:kept", args=[one.token]) if one.is_picture else "") for one in made]


def _stands_on(one: Kept, request: HttpRequest, sent: bool) -> bool:
    """Whether it was sent from a form of the page being drawn."""
    if sent:
        return one.where == request.path
    return request.path in (one.where, one.page) or (request.path != "/" and one.where.startswith(request.path))


def take(request: HttpRequest, field: str) -> list[UploadedFile]:
    """The files kept of one field of this address, for a page that keeps them itself from here on; they are forgotten here."""
    of_field = [one for one in mine(request) if one.field == field and one.where == request.path]
    found = [pair for one in of_field if (pair := content_of(request, one.token)) is not None]
    forget(request, {one.token for one in of_field})
    return [KeptUpload(*pair) for pair in found]


def forget_old(now: datetime) -> int:
    """Remove what nobody came back for within `HOURS`; returns how many files."""
    return FILES.forget_older(now - timedelta(hours=HOURS))

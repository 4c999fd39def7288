"""Files out: pictures drawn by the browser, documents always as downloads; whoever reads what is not public is written down."""

from __future__ import annotations

from datetime import datetime
from pathlib import PurePath
from typing import Final

from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotFound
from linli.kernel.accounts.actions import log_event
from linli.kernel.files.models import StoredFile

HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Disposition": "inline",
    # Never in a cache that others share: what is public today may be taken back tomorrow.
    "Cache-Control": "private, max-age=3600",
}


def served(file: StoredFile | None, *, small: bool = False, name: str = "") -> HttpResponse:
    """
    A stored file, or the thumbnail of a picture. A document is a download, for its content came from a stranger: under `name`, or where that
    is empty under the beginning of its hash, since the name it came with may be somebody's.

    Whoever asks was allowed before. Raises NotFound for none, and for one whose content is not there.
    """
    where = (file.thumbnail_as if small and file.thumbnail_as else file.stored_as) if file is not None else ""
    if file is None or not default_storage.exists(where):
        raise NotFound("no_file", _("没有找到这个文件。"))
    # Files were made small or refused on their way in: whole in memory is simpler than a stream to be closed.
    with default_storage.open(where) as content:
        answer = HttpResponse(content.read(), content_type="image/jpeg" if where == file.thumbnail_as else file.media_type)
    for header, value in HEADERS.items():
        answer.headers[header] = value
    if not file.is_picture:
        named = name or f"{file.sha256[:12]}{PurePath(file.stored_as).suffix}"
        answer.headers["Content-Disposition"] = content_disposition_header(True, named) or "attachment"
    return answer


def served_inside(file: StoredFile | None, *, actor: Actor, about: str, now: datetime) -> HttpResponse:
    """
    As `served`, for what is not public: under its own name, kept in no cache, and that it was read stands in the security log (but for one's
    own).
    """
    answer = served(file, name=file.name if file is not None else "")
    answer.headers["Cache-Control"] = "no-store"
    assert file is not None
    if file.added_by_id is None or file.added_by_id != actor.account_id:
        log_event("file_read", now=now, actor=actor, about=about, file=file.pk, sha256=file.sha256)
    return answer

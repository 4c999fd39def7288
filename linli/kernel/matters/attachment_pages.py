"""Pictures out: each one served only through an attachment its reader may see, or to whoever has just added it."""

from __future__ import annotations

from typing import Final

from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.kernel.access.refusals import NotFound
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.queries import attachment_for

LARGEST_ID: Final = 2**63 - 1
HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Disposition": "inline",
    # Never in a cache that others share: what is public today may be taken back tomorrow.
    "Cache-Control": "private, max-age=3600",
}


@require_safe
def picture(request: HttpRequest, file_id: int, small: bool = False) -> HttpResponse:
    """A stored picture or its thumbnail. Not found and not allowed look alike."""
    file = _file_for(request, file_id)
    where = file.thumbnail_as if small and file.thumbnail_as else file.stored_as
    if not default_storage.exists(where):
        raise NotFound("no_file", _("没有找到这个文件。"))
    media_type = "image/jpeg" if where == file.thumbnail_as else file.media_type
    # Pictures were made small on their way in (see files.actions): whole in memory is simpler than a stream to be closed.
    with default_storage.open(where) as content:
        answer = HttpResponse(content.read(), content_type=media_type)
    for name, value in HEADERS.items():
        answer.headers[name] = value
    return answer


def _file_for(request: HttpRequest, file_id: int) -> StoredFile:
    actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    found = attachment_for(actor, file_id) if file_id <= LARGEST_ID else None
    if found is not None:
        return found.file
    if actor.account_id is not None and file_id <= LARGEST_ID:
        own = StoredFile.objects.filter(pk=file_id, added_by_id=actor.account_id).first()
        if own is not None:
            return own
    raise NotFound("no_file", _("没有找到这个文件，或者它没有公开。"), would_signing_in_help=actor.is_anonymous)

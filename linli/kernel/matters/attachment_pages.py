"""Files of matters, out: each one served only through an attachment its reader may see, or to whoever has just added it."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.kernel.access.refusals import NotFound
from linli.kernel.files.models import StoredFile
from linli.kernel.files.serving import served, served_inside
from linli.kernel.matters.models import Attachment, Visibility
from linli.kernel.matters.queries import attachment_for

LARGEST_ID: Final = 2**63 - 1


@require_safe
def picture(request: HttpRequest, file_id: int, small: bool = False) -> HttpResponse:
    """A stored picture or its thumbnail, or a document to take down. Not found and not allowed look alike."""
    file, through = _file_for(request, file_id)
    return answer_for(request, file, through, small=small)


def answer_for(request: HttpRequest, file: StoredFile, through: Attachment | None, *, small: bool = False) -> HttpResponse:
    """
    The file found `through` an attachment (None: one's own, just added). That a document which is not public was taken is logged; pictures stand on the
    page itself.
    """
    public = through is None or (through.public and through.matter.visibility == Visibility.PUBLIC)
    if public or file.is_picture:
        return served(file, small=small)
    assert through is not None
    return served_inside(file, actor=request.actor, about=through.matter.ref, now=request.now)  # type: ignore[attr-defined]  # set by ActorMiddleware


def _file_for(request: HttpRequest, file_id: int) -> tuple[StoredFile, Attachment | None]:
    actor = request.actor  # type: ignore[attr-defined]  # set by ActorMiddleware
    found = attachment_for(actor, file_id) if file_id <= LARGEST_ID else None
    if found is not None:
        return found.file, found
    if actor.account_id is not None and file_id <= LARGEST_ID:
        own = StoredFile.objects.filter(pk=file_id, added_by_id=actor.account_id).first()
        if own is not None:
            return own, None
    raise NotFound("no_file", _("没有找到这个文件，或者它没有公开。"), would_signing_in_help=actor.is_anonymous)

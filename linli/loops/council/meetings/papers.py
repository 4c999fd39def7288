"""Pictures of a meeting's documents, out."""

from __future__ import annotations

from django.core.files.storage import default_storage
from django.http import HttpResponse
from django.utils.translation import gettext as _

from linli.kernel.access.refusals import NotFound
from linli.kernel.matters.attachment_pages import HEADERS
from linli.loops.council.meetings.models import Paper


def picture_of(paper: Paper | None) -> HttpResponse:
    """The paper's picture. Raises NotFound for none."""
    if paper is None or paper.file is None or not default_storage.exists(paper.file.stored_as):
        raise NotFound("no_paper", _("没有找到这份材料。"))
    with default_storage.open(paper.file.stored_as) as content:
        answer = HttpResponse(content.read(), content_type=paper.file.media_type)
    for name, value in HEADERS.items():
        answer.headers[name] = value
    return answer

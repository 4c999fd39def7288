"""A small picture of a file that was chosen and not sent yet, for whoever chose it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.kernel.access.refusals import NotFound
from linli.kernel.files import kept
from linli.kernel.files.serving import HEADERS
from linli.lib.images import ImageError, thumbnail

SIDE = 240


@require_safe
def kept_picture(request: HttpRequest, token: str) -> HttpResponse:
    """Not found for everybody but the session that sent it."""
    found = kept.content_of(request, token)
    if found is None or not found[0].is_picture:
        raise NotFound("no_file", _("没有找到这个文件。"))
    try:
        small, kind = thumbnail(found[1], SIDE)
    except ImageError:
        raise NotFound("no_file", _("没有找到这个文件。")) from None
    answer = HttpResponse(small, content_type=f"image/{kind}")
    for header, value in HEADERS.items():
        answer.headers[header] = value
    return answer

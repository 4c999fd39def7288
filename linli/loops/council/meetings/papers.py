"""A meeting's papers, out."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from linli.kernel.access.refusals import NotFound
from linli.kernel.files.serving import served
from linli.loops.council.meetings.models import Paper


def picture_of(paper: Paper | None) -> HttpResponse:
    """The paper's picture, or its document to take down. Raises NotFound for none."""
    if paper is None or paper.file is None:
        raise NotFound("no_paper", _("没有找到这份材料。"))
    return served(paper.file)

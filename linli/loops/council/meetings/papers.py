"""A meeting's papers, out."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotFound
from linli.kernel.files.serving import served, served_inside
from linli.loops.council.meetings.models import Paper


def picture_of(paper: Paper | None) -> HttpResponse:
    """The paper's picture, or its document to take down. Raises NotFound for none."""
    return served(_there(paper).file)


def picture_inside(paper: Paper | None, actor: Actor, now: datetime) -> HttpResponse:
    """The same at the Desk, where signed sheets lie too: who reads those is written down."""
    found = _there(paper)
    if found.kind != Paper.Kind.SIGNATURE:
        return served(found.file)
    return served_inside(found.file, actor=actor, about=f"meeting {found.meeting_id}, paper {found.pk}", now=now)


def _there(paper: Paper | None) -> Paper:
    if paper is None or paper.file is None:
        raise NotFound("no_paper", _("没有找到这份材料。"))
    return paper

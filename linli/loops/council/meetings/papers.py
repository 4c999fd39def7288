"""A meeting's papers, out."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpResponse
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import NotFound
from linli.kernel.files.serving import served, served_inside
from linli.loops.council.meetings.models import Meeting, Openness, Paper


def picture_of(paper: Paper | None, meeting: Meeting, actor: Actor, now: datetime) -> HttpResponse:
    """The paper's picture, or its document to take down; of a meeting that is not public it is written down who took it. Raises NotFound for none."""
    found = _there(paper)
    if meeting.openness == Openness.PUBLIC or (found.file is not None and found.file.is_picture):
        return served(found.file)
    return served_inside(found.file, actor=actor, about=_about(found), now=now)


def picture_inside(paper: Paper | None, meeting: Meeting, actor: Actor, now: datetime) -> HttpResponse:
    """The same at the Desk, where signed sheets lie too: who reads those is written down."""
    found = _there(paper)
    if found.kind != Paper.Kind.SIGNATURE:
        return picture_of(found, meeting, actor, now)
    return served_inside(found.file, actor=actor, about=_about(found), now=now)


def _about(paper: Paper) -> str:
    return f"meeting {paper.meeting_id}, paper {paper.pk}"


def _there(paper: Paper | None) -> Paper:
    if paper is None or paper.file is None:
        raise NotFound("no_paper", _("没有找到这份材料。"))
    return paper

"""Pictures and documents, in and out."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import File, Status
from ninja.files import UploadedFile

from linli.kernel.access.refusals import NotFound
from linli.kernel.files.actions import store_paper
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.attachment_pages import answer_for
from linli.kernel.matters.queries import attachment_for
from linli.loops.requests.api import (
    FileOut,
    stored_out,
    who,
)
from linli.ports.api.kernel.router import Number, own_account, router
from linli.web.jsonapi import PROBLEMS


@router.post(
    "/files", response={201: FileOut, **PROBLEMS}, summary="Upload a picture or document", operation_id="upload_file", tags=["files"]
)
def upload(request: HttpRequest, photo: File[UploadedFile]) -> Status[FileOut]:
    """Pictures are encoded anew without metadata, documents (PDF, docx) kept as given. Name its id in `files` of what it belongs to."""
    actor, now = who(request)
    own_account(actor)
    return Status(201, stored_out(store_paper(actor=actor, upload=photo, name=photo.name or "photo", now=now)))


@router.get("/files/{file_id}", response={200: None, **PROBLEMS}, summary="A file", operation_id="get_file", tags=["files"])
def get_file(request: HttpRequest, file_id: Number) -> HttpResponse:
    """The bytes, for whoever may read the request or motion it belongs to; a document (PDF, docx) as a download."""
    actor, _now = who(request)
    found = attachment_for(actor, file_id)
    file = (
        found.file if found else StoredFile.objects.filter(pk=file_id, added_by_id=actor.account_id).first() if actor.account_id else None
    )
    if file is None:
        raise NotFound("no_file", _("没有找到这个文件。"))
    return answer_for(request, file, found)

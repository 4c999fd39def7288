"""Files in: pictures re-encoded and stripped of all metadata, documents looked through and kept as given, all else refused with words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import partial
from typing import Protocol

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, said
from linli.kernel.files.models import StoredFile
from linli.lib import documents
from linli.lib.documents import DocumentError
from linli.lib.images import ImageError, reencode, sniff, thumbnail
from linli.lib.texts import clean

THUMBNAIL_SIDE = 480


class Readable(Protocol):
    """An upload, an open file, bytes in memory."""

    def read(self, size: int = -1, /) -> bytes: ...


_ENDINGS = {"jpeg": "jpg", "png": "png"}


def store_picture(*, actor: Actor, upload: Readable, name: str, now: datetime) -> StoredFile:
    """
    Re-encode a picture, store it and its thumbnail, and return the record. The same content is stored once.

    Raises Invalid (field `photo`) for what is too large, broken, or no picture.
    """
    return _keep_picture(actor, _content(upload, name), name, now)


def store_paper(*, actor: Actor, upload: Readable, name: str, now: datetime) -> StoredFile:
    """
    Store a picture as `store_picture` does, or a PDF or Word document exactly as it was given, so that a signature in it still holds.

    What it is its bytes tell, never its name. Raises Invalid (field `photo`) for what is too large, something else, or could do harm.
    """
    content = _content(upload, name)
    if sniff(content) not in (None, "pdf"):
        return _keep_picture(actor, content, name, now)
    try:
        checked = documents.check(content)
    except DocumentError as error:
        raise _refused(f"{name[:60]}：{said(error)}") from None
    digest = hashlib.sha256(content).hexdigest()
    path = f"{digest[:2]}/{digest}.{documents.ENDINGS[checked.media_type]}"
    return _keep(
        StoredFile(
            sha256=digest,
            name=_named(name, documents.ENDINGS[checked.media_type]),
            media_type=checked.media_type,
            size=len(content),
            pages=checked.pages,
            stored_as=path,
            added_at=now,
            added_by_id=actor.account_id,
        ),
        {path: content},
    )


def _content(upload: Readable, name: str) -> bytes:
    limit = settings.MAX_UPLOAD_MB * 1024 * 1024
    content = upload.read(limit + 1)
    if len(content) > limit:
        raise _refused(_("文件“%(name)s”超过 %(mb)s MB，请压缩或换一份。") % {"name": name[:60], "mb": settings.MAX_UPLOAD_MB})
    return content


def _keep_picture(actor: Actor, content: bytes, name: str, now: datetime) -> StoredFile:
    try:
        picture, kind = reencode(content)
        small, _small_type = thumbnail(picture, THUMBNAIL_SIDE)
    except ImageError as error:
        raise _refused(f"{name[:60]}：{said(error)}") from None
    digest = hashlib.sha256(picture).hexdigest()
    path = f"{digest[:2]}/{digest}.{_ENDINGS[kind]}"
    small_path = f"{digest[:2]}/{digest}.small.jpg"
    return _keep(
        StoredFile(
            sha256=digest,
            name=clean(name, 120) or "photo",
            media_type=f"image/{kind}",
            size=len(picture),
            stored_as=path,
            thumbnail_as=small_path,
            added_at=now,
            added_by_id=actor.account_id,
        ),
        {path: picture, small_path: small},
    )


def _keep(file: StoredFile, contents: dict[str, bytes]) -> StoredFile:
    """Write what is not there yet, and the record; looked at again once the record stands, since another's refused upload may have taken it away."""
    for path, content in contents.items():
        _write(path, content)
    file.save()
    for path, content in contents.items():
        transaction.on_commit(partial(_write, path, content))
    stored = _stored.get()
    if stored is not None:
        stored.append(file)
    return file


# What the act under way has stored so far; None where nobody asked.
_stored: ContextVar[list[StoredFile] | None] = ContextVar("stored", default=None)


@contextmanager
def gone_if_refused() -> Iterator[None]:
    """What is stored inside goes again when the body raises: an upload leaves nothing behind when the act it came for is refused."""
    outer, mine = _stored.get(), list[StoredFile]()
    token = _stored.set(mine)
    try:
        yield
    except BaseException:
        for file in mine:
            _take_back(file)
        raise
    else:
        if outer is not None:
            outer.extend(mine)
    finally:
        _stored.reset(token)


def _take_back(file: StoredFile) -> None:
    """Its record, where it was not rolled back anyway, and its content unless another record holds the same. What came into use stays."""
    try:
        with transaction.atomic():
            StoredFile.objects.filter(pk=file.pk).delete()
        _delete_unless_held(file)
    except (ProtectedError, DatabaseError):
        return  # what went wrong first is what must be told


def _delete_unless_held(file: StoredFile) -> None:
    if not StoredFile.objects.filter(stored_as=file.stored_as).exists():
        # A rolled back transaction must find its file again.
        for name in filter(None, (file.stored_as, file.thumbnail_as)):
            transaction.on_commit(partial(default_storage.delete, name))


def _write(path: str, content: bytes) -> None:
    if not default_storage.exists(path):
        default_storage.save(path, ContentFile(content))


def _named(name: str, ending: str) -> str:
    """The name it is handed out under: as it came, ending as what it is."""
    stem = clean(name, 120)
    if stem.lower().endswith(f".{ending}"):
        return stem
    return f"{stem[:110] or ending}.{ending}"


def _refused(text: str) -> Invalid:
    return Invalid("bad_photo", text, fields={"photo": [text]})


def erase_file(file: StoredFile) -> None:
    """Take a file away for good: its record, and its content unless another record holds the same. Raises ProtectedError while used."""
    file.delete()
    _delete_unless_held(file)

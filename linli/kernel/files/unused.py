"""
Uploads that came to nothing are removed: a photo of a request that was never sent, a file brought to the API and never named.

Whether something is used is never guessed: a file is unused when no row of any model refers to it (every reference is a foreign key, which the
database itself protects), and a content when no file's record names it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Exists, OuterRef, ProtectedError, QuerySet
from django.db.models.fields.reverse_related import ForeignObjectRel

from linli.kernel.files.actions import erase_file
from linli.kernel.files.models import StoredFile

BATCH: Final = 500
_FOLDER: Final = re.compile(r"[0-9a-f]{2}")
_CONTENT: Final = re.compile(r"[0-9a-f]{64}(\.small)?\.[a-z0-9]{2,5}")


def unused(before: datetime) -> QuerySet[StoredFile]:
    """Files added before that moment to which nothing refers."""
    found = StoredFile.objects.filter(added_at__lt=before)
    for relation in references():
        found = found.filter(~Exists(relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})))
    return found


def references() -> list[ForeignObjectRel]:
    """Every way in which a row may refer to a file."""
    return [f for f in StoredFile._meta.get_fields(include_hidden=True) if isinstance(f, ForeignObjectRel)]


def clear_unused(now: datetime) -> int:
    """Remove what waited for its act longer than the setting says, and contents without a record; returns how many of both."""
    before = now - timedelta(days=settings.UPLOAD_DAYS)
    return _clear_records(before) + _clear_contents(before)


def _clear_records(before: datetime) -> int:
    gone, last = 0, 0
    while part := list(unused(before).filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = part[-1].pk
        for file in part:
            try:
                erase_file(file)
            except ProtectedError:
                continue  # somebody has just used it
            gone += 1
    return gone


def _clear_contents(before: datetime) -> int:
    """What a process wrote that died before its record stood. A content that is used again is written again if need be (`_keep`)."""
    gone = 0
    for folder, names in _contents():
        paths = [f"{folder}/{name}" for name in names]
        known = set(StoredFile.objects.filter(stored_as__startswith=f"{folder}/").values_list("stored_as", flat=True))
        known |= set(StoredFile.objects.filter(thumbnail_as__startswith=f"{folder}/").values_list("thumbnail_as", flat=True))
        for path in sorted(set(paths) - known):
            if default_storage.get_modified_time(path) < before:
                default_storage.delete(path)
                gone += 1
    return gone


def _contents() -> Iterator[tuple[str, list[str]]]:
    """The contents in the store by their folder; what is named otherwise is not ours."""
    if not default_storage.exists(""):
        return
    folders, _files = default_storage.listdir("")
    for folder in sorted(filter(_FOLDER.fullmatch, folders)):
        _inner, names = default_storage.listdir(folder)
        yield folder, [name for name in names if _CONTENT.fullmatch(name)]

"""What a stored file is, in words: beside a link, before somebody takes it down on a phone."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linli.kernel.files.models import StoredFile
from linli.lib.documents import PDF


def described(file: StoredFile) -> str:
    """``一张照片``, ``PDF，3 页，1.2 MB``, ``Word 文档，80 KB``. Never the name it came with: that may be somebody's."""
    if file.is_picture:
        return _("一张照片")
    size = f"{file.size / 1_000_000:.1f} MB" if file.size >= 1_000_000 else f"{max(1, file.size // 1000)} KB"
    if file.media_type == PDF:
        return ngettext("PDF，%(n)s 页，%(size)s", "PDF，%(n)s 页，%(size)s", file.pages or 1) % {"n": file.pages or 1, "size": size}
    return _("Word 文档，%(size)s") % {"size": size}


def look(file: StoredFile) -> str:
    """The words of the link that opens it."""
    return _("看照片") if file.is_picture else _("下载文件（%(what)s）") % {"what": described(file)}


def attached(file: StoredFile, n: int, href: str, thumb: str) -> dict[str, Any]:
    """One of several files beside each other, as pages draw them: a picture small, a document by what it is."""
    if file.is_picture:
        return {"name": _("照片 %(n)s") % {"n": n}, "href": href, "thumb": thumb}
    return {"name": _("文件 %(n)s（%(what)s）") % {"n": n, "what": described(file)}, "href": href, "thumb": ""}

"""Letters of the demo as Word documents, written by hand: the library that writes them otherwise is not everywhere."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape

from linli.demo.town import Town
from linli.kernel.files.actions import store_paper
from linli.kernel.files.models import StoredFile
from linli.lib.documents import DOCX

_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_WORDS: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def letter(town: Town, name: str, paragraphs: Sequence[str], at: datetime) -> StoredFile:
    """A letter of a few paragraphs, handed in by the worker; the first is its heading."""
    return store_paper(actor=town.actors["wang.fang"], upload=io.BytesIO(written(paragraphs)), name=f"{name}.docx", now=at)


def written(paragraphs: Sequence[str]) -> bytes:
    body = "".join(f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>" for text in paragraphs)
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{DOCX}.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{_WORDS}"><w:body>{body}</w:body></w:document>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(zipfile.ZipInfo(name, _EARLIEST), f'<?xml version="1.0" encoding="UTF-8"?>{content}', zipfile.ZIP_DEFLATED)
    return out.getvalue()

"""
Documents from strangers, looked through before they are kept: PDF and Word (docx). Kept as they came, for a signature holds only so.

What a document could do by itself (scripts, macros, actions on opening, parts loaded from elsewhere, files inside files) has it refused with a
sentence that tells how to mend it. This is a gate for honest people's files and known tricks, no virus scanner.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from linli.lib.documents import docx, pdf
from linli.lib.documents.problems import DocumentError, refusal

PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ENDINGS: Final = {PDF: "pdf", DOCX: "docx"}
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP: Final = b"PK\x03\x04"

__all__ = ["DOCX", "ENDINGS", "PDF", "Checked", "DocumentError", "check"]


@dataclass(frozen=True)
class Checked:
    """What a document is, told by its bytes; `pages` only where the file itself says so (PDF)."""

    media_type: str
    pages: int | None


def check(data: bytes) -> Checked:
    """
    The kind of a document that may be kept. Raises DocumentError naming what stands against it and how to mend it.

    The name it came with plays no part.
    """
    if data.startswith(b"%PDF-"):
        if zipfile.is_zipfile(BytesIO(data)):
            raise refusal("polyglot")
        return Checked(PDF, pdf.check(data))
    if data.startswith(_ZIP):
        docx.check(data)
        return Checked(DOCX, None)
    raise refusal("old_word" if data.startswith(_OLE) else "unknown_type")

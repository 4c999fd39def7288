"""Documents made by hand, the smallest that readers open: a PDF of a few pages, a Word document, and what can be wrong with either."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping

MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def pdf(*more: bytes, catalog: bytes = b"", pages: int = 1, trailer: bytes = b"", words: bytes = b"authority") -> bytes:
    """A PDF with `pages` empty pages; `more` are objects from number 100 on, `catalog` and `trailer` stand in those dictionaries."""
    kids = b" ".join(b"%d 0 R" % (10 + n) for n in range(pages))
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        2: b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, kids),
        3: stream(b"BT /F1 12 Tf (" + words + b") Tj ET"),
        **{10 + n: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R >>" for n in range(pages)},
        **{100 + n: body for n, body in enumerate(more)},
    }
    out, places = b"%PDF-1.7\n%\xe4\xbd\xa0\n", {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % places[n] for n in objects)
    return (
        out
        + b"xref\n0 1\n0000000000 65535 f \n"
        + table
        + b"trailer\n<< /Root 1 0 R "
        + trailer
        + b" >>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    )


def stream(content: bytes, head: bytes = b"", *, packed: bool = True) -> bytes:
    body = zlib.compress(content) if packed else content
    filters = b"/Filter /FlateDecode " if packed else b""
    return b"<< /Length %d %s%s >>\nstream\n%s\nendstream" % (len(body), filters, head, body)


def object_stream(*bodies: bytes, head: bytes = b"/Type /ObjStm ") -> bytes:
    """Objects from number 500 on, packed as writers of PDF 1.5 pack them."""
    at, table, whole = 0, b"", b""
    for number, body in enumerate(bodies, start=500):
        table += b"%d %d " % (number, at)
        whole += body + b" "
        at = len(whole)
    return stream(table + whole, head + b"/N %d /First %d " % (len(bodies), len(table)))


def docx(
    parts: Mapping[str, str | bytes] | None = None,
    *,
    body: str = "<w:p><w:r><w:t>法律意见</w:t></w:r></w:p>",
    relations: str = "",
    main: str = MAIN,
    compressed: bool = True,
) -> bytes:
    """A Word document; `relations` stand beside its text, `parts` are added, or replace a part of the same name."""
    whole: dict[str, str | bytes] = {
        "[Content_Types].xml": '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": '<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f"<w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}</Relationships>',
        **(parts or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in whole.items():
            # The same bytes whenever it is asked for.
            made.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED)
    return out.getvalue()


def relation(kind: str, target: str, mode: str = ' TargetMode="External"') -> str:
    return f'<Relationship Id="rId9" Type="{RELATIONS}/{kind}" Target="{target}"{mode}/>'

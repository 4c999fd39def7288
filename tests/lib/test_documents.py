"""Documents are taken when they only show something, and refused with the reason when they could do something."""

from __future__ import annotations

import io
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linli.lib.documents import DOCX, PDF, DocumentError, check
from linli.lib.documents.problems import TEXTS
from tests.papers import MAIN, docx, object_stream, pdf, relation, stream


def why_not(data: bytes) -> str:
    with pytest.raises(DocumentError) as refused:
        check(data)
    assert (refused.value.text_zh, refused.value.text_en) == TEXTS[refused.value.code]
    return refused.value.code


# --- taken --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "data",
    [
        pdf(),
        pdf(catalog=b"/OpenAction [10 0 R /Fit]"),
        pdf(b"<< /S /GoTo /D [10 0 R /Fit] >>", catalog=b"/OpenAction 100 0 R"),
        pdf(b"[10 0 R /XYZ null null 0]", catalog=b"/OpenAction 100 0 R"),
        pdf(b"<< /Type /Annot /Subtype /Link /A << /S /URI /URI (https://example.org/a) >> >>"),
        pdf(object_stream(b"<< /Type /Font /BaseFont /AAAAAA+SimSun >>", b"<< /Title (JS and AA) >>")),
        pdf(b"<< /FT /Sig /T (seal) >>", catalog=b"/AcroForm << /SigFlags 3 /Fields [100 0 R] >>"),
        pdf(stream(bytes(range(256)) * 2000, b"/Subtype /Image ")),
    ],
)
def test_a_pdf_that_only_shows_something_is_taken(data: bytes) -> None:
    found = check(data)
    assert (found.media_type, found.pages) == (PDF, 1)


def test_pages_are_counted_in_object_streams_too_and_an_old_revision_counts_once() -> None:
    assert check(pdf(pages=7)).pages == 7
    assert check(pdf(object_stream(b"<< /Type /Page /Parent 2 0 R >>", b"<< /Type/Page >>"))).pages == 3
    revised = pdf() + b"10 0 obj\n<< /Type /Page /Parent 2 0 R /Rotate 90 >>\nendobj\n%%EOF\n"
    assert check(revised).pages == 1


@pytest.mark.parametrize(
    "data",
    [
        docx(),
        docx(relations=relation("hyperlink", "https://example.org/law")),
        docx(relations=relation("hyperlink", "mailto:office@example.org")),
        docx(relations=relation("image", "media/image1.png", ""), parts={"word/media/image1.png": b"\x89PNG\r\n\x1a\n"}),
        docx(body='<w:p><w:fldSimple w:instr=" PAGE "/><w:r><w:instrText>HYPERLINK "http://x.org/link/import"</w:instrText></w:r></w:p>'),
        docx(body="<w:p><w:r><w:t>DDEAUTO 是什么</w:t></w:r></w:p>"),
    ],
)
def test_a_word_document_that_only_shows_something_is_taken(data: bytes) -> None:
    found = check(data)
    assert (found.media_type, found.pages) == (DOCX, None)


def test_what_the_houses_own_libraries_write_is_taken() -> None:
    written = io.BytesIO()
    document = pytest.importorskip("docx").Document()
    document.add_heading("会议纪要", 1)
    document.add_table(2, 2)
    document.save(written)
    assert check(written.getvalue()).media_type == DOCX
    html = '<h1>授权委托书</h1><p><a href="https://example.org">法律</a></p><p style="break-before: page">2</p>'
    assert check(pytest.importorskip("weasyprint").HTML(string=html).write_pdf()).pages == 2


# --- refused: PDF ---------------------------------------------------------------------------------------------------------
OBJECTS = b"/Type /ObjStm /N 1 /First 4 "
JS = b"<< /S /JavaScript /JS (app.alert(1)) >>"


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("script", pdf(JS, catalog=b"/OpenAction 100 0 R")),
        ("script", pdf(JS)),
        ("script", pdf(b"<< /S /J#61vaScript /J#53 (x) >>")),
        ("script", pdf(object_stream(JS))),
        ("script", pdf(object_stream(JS, head=b"/Type /XObject "))),
        ("script", pdf(object_stream(JS, head=b"/Type /O#62jStm "))),
        ("script", pdf(stream(JS, b"/Subtype /Image ", packed=False))),
        ("script", pdf(stream(b"<< /S /J#61vaScript >>", packed=False))),
        ("script", pdf(catalog=b"/Names << /JavaScript << /Names [(a) 100 0 R] >> >>")),
        ("action", pdf(b"<< /S /Launch /F (cmd.exe) >>")),
        ("action", pdf(b"<< /S /SubmitForm /F (https://example.org) >>")),
        ("action", pdf(b"<< /S /GoToR /F (other.pdf) >>")),
        ("action", pdf(catalog=b"/AA << /WC 100 0 R >>")),
        ("action", pdf(b"<< /Type /Page /AA 101 0 R >>")),
        ("action", pdf(catalog=b"/OpenAction << /S /URI /URI (https://example.org) >>")),
        ("action", pdf(b"<< /S /Named /N /Print >>", catalog=b"/OpenAction 100 0 R")),
        ("action", pdf(b"<< /S /GoTo /D [10 0 R /Fit] /Next 101 0 R >>", catalog=b"/OpenAction 100 0 R")),
        ("action", pdf(object_stream(b"<< /S /URI /URI (x) >>"), catalog=b"/OpenAction 500 0 R")),
        ("action", pdf(b"<< /S /URI /URI (https://example.org) >>", catalog=b"/OpenAction 0100 0 R")),
        ("odd", pdf(stream(b"501 9 500 0 << /S /URI /URI (x) >>", OBJECTS), catalog=b"/OpenAction 500 0 R")),
        ("embedded", pdf(catalog=b"/Names << /EmbeddedFiles 100 0 R >>")),
        ("embedded", pdf(b"<< /Type /Filespec /F (a.exe) /EF << /F 101 0 R >> >>")),
        ("embedded", pdf(b"<< /Subtype /RichMedia >>")),
        ("embedded", pdf(b"<< /Subtype /Movie >>")),
        ("form", pdf(catalog=b"/AcroForm << /XFA 100 0 R >>")),
        ("encrypted", pdf(trailer=b"/Encrypt 100 0 R")),
        ("odd", pdf(stream(b"", b"/Type /ObjStm /N 1 /First 4 /DecodeParms << /Predictor 12 >> "))),
        ("odd", pdf(b"<< /Type /ObjStm /N 1 /First 4 /Filter /LZWDecode >>\nstream\nabc\nendstream")),
        ("odd", pdf(b"<< /Type /ObjStm /N 1 /First 4 /Filter [/FlateDecode /ASCIIHexDecode] >>\nstream\nabc\nendstream")),
        ("bomb", pdf(b"<< /Filter [/FlateDecode /FlateDecode] >>\nstream\nabc\nendstream")),
        ("bomb", pdf(stream(b"0" * 80_000_000, b"/Type /ObjStm /N 1 /First 4 "))),
        # All that may be unpacked but a byte, then one that was never packed: what follows must not be unpacked without a bound.
        (
            "bomb",
            pdf(stream(b"0" * (64 * 1024 * 1024 - 1), OBJECTS), stream(b"00", OBJECTS, packed=False), stream(b"0" * 80_000_000, OBJECTS)),
        ),
        ("damaged", pdf(b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode >>\nstream\nnot packed\nendstream")),
        ("damaged", pdf()[:-30]),
        ("damaged", pdf(b"<< >>\nstream\nwithout end")),
        ("damaged", b"%PDF-1.7\n%%EOF"),
        ("too_many_pages", pdf(pages=501)),
        ("polyglot", pdf() + docx()),
    ],
)
def test_a_pdf_that_could_do_something_is_refused_by_what_it_does(code: str, data: bytes) -> None:
    assert why_not(data) == code


# --- refused: Word --------------------------------------------------------------------------------------------------------
MACRO_MAIN = "application/vnd.ms-word.document.macroEnabled.main+xml"


def doctored(data: bytes, change: bytes, by: bytes) -> bytes:
    assert change in data
    return data.replace(change, by)


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("script", docx(main=MACRO_MAIN)),
        ("script", docx({"word/vbaProject.bin": b"x"})),
        ("script", docx({"word/activeX/activeX1.xml": "<a/>"})),
        ("script", docx({"customUI/customUI.xml": "<a/>"})),
        ("script", docx(body='<w:p><w:fldSimple w:instr=" MACROBUTTON Run press "/></w:p>')),
        ("embedded", docx({"word/embeddings/oleObject1.bin": b"x"})),
        ("embedded", docx({"word/media/image1.png": b"MZ\x90\x00"})),
        ("embedded", docx({"word/media/other.bin": docx()})),
        ("embedded", docx(relations=relation("aFChunk", "part.htm", ""), parts={"word/part.htm": "<script>"})),
        ("external", docx(relations=relation("attachedTemplate", "https://example.org/t.dotm"))),
        ("external", docx(relations=relation("image", "https://example.org/seen.png"))),
        ("external", docx(relations=relation("hyperlink", "file://server/share"))),
        ("external", docx(body='<w:p><w:r><w:instrText> INCLUDEPICTURE "https://example.org/a" </w:instrText></w:r></w:p>')),
        (
            "action",
            docx(
                body='<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DDE</w:instrText></w:r>'
                "<w:r><w:instrText>AUTO c:\\\\cmd.exe</w:instrText></w:r></w:p>"
            ),
        ),
        ("odd", docx({"word/settings.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'})),
        ("odd", docx({"word/settings.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a/>'.encode("utf-16")})),
        ("odd", docx({"../../etc/passwd": "x"})),
        ("odd", docx({"word/other.dat": "<a/>"}, main=f'{MAIN}"/><Override PartName="/word/other.dat" ContentType="{MAIN}')),
        ("bomb", docx({"word/a.bin": b"\0" * 110_000_000})),
        ("bomb", docx({"word/big.xml": b"<a>" + b" " * 45_000_000 + b"</a>"})),
        ("bomb", docx({f"word/{n}.xml": "<a/>" for n in range(3001)})),
        ("damaged", docx({"word/settings.xml": "<a><b></a>"})),
        ("damaged", docx()[:-60]),
        ("damaged", doctored(docx(compressed=False), "法律意见".encode(), "别的意见".encode())),
        ("polyglot", docx() + b"<html>"),
        ("polyglot", docx({"WORD/document.xml": "<a/>"})),
        ("other_office", docx(main="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml")),
    ],
)
def test_a_word_document_that_could_do_something_is_refused_by_what_it_does(code: str, data: bytes) -> None:
    assert why_not(data) == code


def test_other_files_are_named_with_what_to_do() -> None:
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as made:
        made.writestr("a.txt", "x")
    ofd = io.BytesIO()
    with zipfile.ZipFile(ofd, "w") as made:
        made.writestr("OFD.xml", "<a/>")
    assert why_not(plain.getvalue()) == "other_office"
    assert why_not(ofd.getvalue()) == "ofd"
    assert why_not(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)) == "old_word"
    assert why_not(b"<html><script>") == why_not(b"") == "unknown_type"


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([pdf(object_stream(b"<< /A 1 >>"), pages=2), docx()]), st.data())
def test_whatever_was_done_to_a_file_it_is_taken_or_refused_and_nothing_else(whole: bytes, drawn: st.DataObject) -> None:
    broken = bytearray(whole)
    for _round in range(drawn.draw(st.integers(1, 6))):
        at = drawn.draw(st.integers(0, len(broken) - 1))
        broken[at : at + drawn.draw(st.integers(0, 40))] = drawn.draw(st.binary(max_size=12))
        broken = broken or bytearray(b"x")
    try:
        check(bytes(broken))
    except DocumentError as refused:
        assert refused.code in TEXTS


def test_a_directory_that_lies_about_sizes_unpacks_no_further() -> None:
    data = bytearray(docx({"word/a.bin": b"\0" * 5_000_000}))
    at = data.rfind(b"word/a.bin") - 46
    assert data[at : at + 4] == b"PK\x01\x02"
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    assert why_not(bytes(data)) in ("damaged", "bomb")


def test_a_large_file_of_packed_bytes_gives_no_name_away_by_chance() -> None:
    noise = zlib.compress(b"".join(n.to_bytes(4, "big") for n in range(0, 3_000_000_000, 1200)), 1)[:9_000_000]
    data = pdf(b"<< /Subtype /Image /Length 1 >>\nstream\n" + noise.replace(b"endstream", b"") + b"\nendstream")
    assert check(data).pages == 1

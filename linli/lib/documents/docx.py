"""
A Word document (docx) looked through part by part: an archive within bounds, of known parts, without macros, objects, or parts from elsewhere.

ECMA-376 parts 1 and 2. XML is read by expat with document types refused, so that no entity is ever expanded. Links that a reader has to click are left
alone; a relationship that loads something by itself is not.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Final
from xml.parsers import expat

from linli.lib.documents.problems import DocumentError, refusal

ENTRIES_MOST: Final = 3000
UNPACKED_MOST: Final = 100 * 1024 * 1024
_XML_MOST: Final = 40 * 1024 * 1024
_TYPES: Final = "[Content_Types].xml"
_MAIN: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_LINKS: Final = ("http://", "https://", "mailto:", "tel:")
# By the name of a part or by its content type, whichever gives it away.
_BANNED: Final = (
    ("vbaproject", "script"),
    ("vbadata", "script"),
    ("macroenabled", "script"),
    ("customui", "script"),
    ("attachedtoolbars", "script"),
    ("activex", "script"),
    ("oleobject", "embedded"),
    ("/embeddings/", "embedded"),
    ("officedocument.package", "embedded"),
)
# Fields that fetch or run something when they are brought up to date; a field's kind is its first word.
_FIELD: Final = re.compile(r"^\s*(DDEAUTO|DDE|INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|MACROBUTTON|DATABASE)\b", re.IGNORECASE | re.MULTILINE)
_FIELD_KINDS: Final = {"MACROBUTTON": "script", "DDE": "action", "DDEAUTO": "action"}


def check(data: bytes) -> None:
    """Raises DocumentError for what is no docx, or none that may be kept."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            _check_archive(archive, data)
            _check_parts(archive)
    except DocumentError:
        raise
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, OSError, ValueError, RuntimeError, NotImplementedError, KeyError):
        raise refusal("damaged") from None


def _check_archive(archive: zipfile.ZipFile, data: bytes) -> None:
    """Bounds and plain names, before anything is unpacked. Sizes are held again while unpacking: a directory may lie."""
    entries = archive.infolist()
    names = [one.filename for one in entries]
    if "OFD.xml" in names:
        raise refusal("ofd")
    if _TYPES not in names:
        raise refusal("other_office")
    if len(entries) > ENTRIES_MOST or sum(one.file_size for one in entries) > UNPACKED_MOST:
        raise refusal("bomb")
    if len({name.lower() for name in names}) != len(names):
        raise refusal("polyglot")
    for one in entries:
        if one.flag_bits & 0x1:
            raise refusal("encrypted")
        if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise refusal("odd")
        if one.filename.startswith("/") or "\\" in one.filename or ".." in one.filename.split("/"):
            raise refusal("odd")
    # Nothing before the first entry (the caller saw it begin as an archive), no words and nothing else behind the directory.
    if archive.comment or min(one.header_offset for one in entries) or data[-22:-18] != b"PK\x05\x06":
        raise refusal("polyglot")


def _check_parts(archive: zipfile.ZipFile) -> None:
    typed = _content_types(_read(archive, _TYPES, _XML_MOST))
    types = [kind for _part, kind in typed]
    if not any(kind == _MAIN for kind in types):
        raise refusal("script" if any("macroenabled" in kind.lower() for kind in types) else "other_office")
    for word in (*archive.namelist(), *types):
        for part, code in _BANNED:
            if part in f"/{word.lower()}":
                raise refusal(code)
    # What is read as XML must be called so, or it would not be looked through below.
    if any(kind.lower().endswith("xml") and not kind.startswith("image/") and not part.endswith(("xml", "rels")) for part, kind in typed):
        raise refusal("odd")
    left = UNPACKED_MOST
    for entry in archive.infolist():
        name = entry.filename.lower()
        content = _read(archive, entry.filename, min(left, _XML_MOST) if name.endswith((".xml", ".rels")) else left)
        left -= len(content)
        if name.endswith(".rels"):
            _check_relations(content)
        elif name.endswith(".xml"):
            _check_fields(content)
        elif content.startswith((b"PK\x03\x04", b"MZ", b"\xd0\xcf\x11\xe0", b"%PDF-")):
            raise refusal("embedded")


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with archive.open(name) as part:
        content = part.read(most + 1)
    if len(content) > most:
        raise refusal("bomb")
    return content


def _parse(content: bytes, start: Callable[[str, Mapping[str, str]], None], text: Callable[[str], None] | None = None) -> None:
    """Elements by their names without a namespace's prefix. A document type, which no part may have, is refused."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def typed(*_about: object) -> None:
        raise refusal("odd")

    parser.StartDoctypeDeclHandler = typed
    parser.StartElementHandler = lambda name, given: start(name.rpartition(" ")[2], {k.rpartition(" ")[2]: v for k, v in given.items()})
    if text is not None:
        parser.CharacterDataHandler = text
    parser.Parse(content, True)


def _content_types(content: bytes) -> list[tuple[str, str]]:
    """(name of a part or ending of several, in small letters; content type)."""
    found: list[tuple[str, str]] = []

    def one(name: str, given: Mapping[str, str]) -> None:
        if name in ("Override", "Default"):
            found.append(((given.get("PartName") or given.get("Extension", "")).lower(), given.get("ContentType", "")))

    _parse(content, one)
    return found


def _check_relations(content: bytes) -> None:
    """A link to click may lead outside; anything else that does is loaded by itself."""

    def one(name: str, given: Mapping[str, str]) -> None:
        kind = given.get("Type", "").rpartition("/")[2].lower()
        if name != "Relationship":
            return
        if kind == "afchunk":
            raise refusal("embedded")
        if given.get("TargetMode", "").lower() == "external" and (
            kind != "hyperlink" or not given.get("Target", "").strip().lower().startswith(_LINKS)
        ):
            raise refusal("external")

    _parse(content, one)


def _check_fields(content: bytes) -> None:
    """Field instructions, put together again where they were cut into pieces."""
    told: list[str] = []
    state = {"in": False}

    def start(name: str, given: Mapping[str, str]) -> None:
        state["in"] = name == "instrText"
        if name == "fldSimple":
            told.append(f"\n{given.get('instr', '')}\n")
        elif name == "fldChar":
            told.append("\n")

    def text(said: str) -> None:
        if state["in"]:
            told.append(said.replace("\n", " "))

    _parse(content, start, text)
    if found := _FIELD.search("".join(told)):
        raise refusal(_FIELD_KINDS.get(found[1].upper(), "external"))

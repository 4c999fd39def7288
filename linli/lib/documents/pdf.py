"""
A PDF looked through as bytes: every object, reachable or not, of every revision in it, since readers differ in which of them they follow.

Names are read with their escapes undone, object streams are unpacked within a bound, and what runs by itself or carries other files is
refused (ISO 32000-2: actions 12.6, embedded files 7.11.4, multimedia 13, XFA 12.7.8). Links that a reader has to click are left alone.
Linear in the size of the file; nothing is rendered.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Final

from linli.lib.documents.problems import refusal

PAGES_MOST: Final = 500
_UNPACKED_MOST: Final = 64 * 1024 * 1024
_TAIL: Final = 2048
_END: Final = rb"(?=[\s\x00()<>\[\]{}/%]|\Z)"
_STREAM: Final = re.compile(rb">>[\s\x00]*stream\r?\n")
_OBJECT: Final = re.compile(rb"(\d{1,10})[\s\x00]+\d{1,5}[\s\x00]+obj(?![A-Za-z])")
_ESCAPED: Final = re.compile(rb"/[^\s\x00()<>\[\]{}/%#]{0,40}#[0-9A-Fa-f]{2}[^\s\x00()<>\[\]{}/%]{0,127}")
_HEX: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_PAGE: Final = re.compile(rb"/Type[\s\x00]*/Page" + _END)
_REFERENCE: Final = re.compile(rb"[\s\x00]*(\d{1,10})[\s\x00]+\d{1,5}[\s\x00]+R")
_OPENING: Final = re.compile(rb"/OpenAction" + _END)
_GOES: Final = re.compile(rb"/S[\s\x00]*/GoTo" + _END)

# Long enough never to stand in packed bytes by chance: looked for everywhere, in streams that pose as pictures too.
_ANYWHERE: Final = {
    b"JavaScript": "script",
    b"Launch": "action",
    b"SubmitForm": "action",
    b"ImportData": "action",
    b"GoToR": "action",
    b"GoToE": "action",
    b"Rendition": "action",
    b"RichMedia": "embedded",
    b"RichMediaExecute": "action",
    b"EmbeddedFile": "embedded",
    b"EmbeddedFiles": "embedded",
    b"FileAttachment": "embedded",
}
# Looked for where objects stand.
_IN_OBJECTS: Final = {
    **_ANYWHERE,
    b"JS": "script",
    b"Encrypt": "encrypted",
    b"XFA": "form",
    b"EF": "embedded",
    b"Movie": "embedded",
    b"Sound": "embedded",
    b"3D": "embedded",
}
_SEARCH_ANYWHERE: Final = re.compile(rb"/(" + rb"|".join(sorted(_ANYWHERE, reverse=True)) + rb")" + _END)
_SEARCH_OBJECTS: Final = re.compile(rb"/(" + rb"|".join(sorted(_IN_OBJECTS, reverse=True)) + rb")" + _END)
_ADDITIONAL: Final = re.compile(rb"/AA[\s\x00]*(?:<<|\d+[\s\x00]+\d+[\s\x00]+R)")
_FLATE: Final = rb"/FlateDecode"
_PLAIN_FLATE: Final = re.compile(rb"/Filter[\s\x00]*(?:" + _FLATE + _END + rb"|\[[\s\x00]*" + _FLATE + rb"[\s\x00]*\])")


def check(data: bytes) -> int:
    """How many pages a PDF has that may be kept. Raises DocumentError."""
    if b"%%EOF" not in data[-_TAIL:]:
        raise refusal("damaged")
    between: list[bytes] = []
    texts: dict[bytes, list[bytes]] = {}
    left = _UNPACKED_MOST
    for part, packed in _parts(data):
        between.append(_undone(part))
        if packed is None:
            continue
        if hidden := _SEARCH_ANYWHERE.search(packed) or _hidden(packed):
            raise refusal(_ANYWHERE[hidden[1]])
        if inside := _object_stream(between[-1], packed, left):
            left -= len(inside)
            for number, body in _inside(inside, between[-1]):
                texts.setdefault(_plain(number), []).append(_undone(body))
    whole = b"".join(between)
    looked_at = [whole, *(body for several in texts.values() for body in several)]
    for number, body in _objects(whole):
        texts.setdefault(_plain(number), []).append(body)
    followed: set[bytes] = set()
    for body in looked_at:
        _refuse_names(body)
        _refuse_opening(body, texts, followed)
    pages = sum(any(_PAGE.search(body) for body in several) for several in texts.values())
    if not pages:
        raise refusal("damaged")
    if pages > PAGES_MOST:
        raise refusal("too_many_pages")
    return pages


def _parts(data: bytes) -> Iterator[tuple[bytes, bytes | None]]:
    """What stands between streams, each with the packed bytes of the stream behind it (None behind the last)."""
    at = 0
    while found := _STREAM.search(data, at):
        end = data.find(b"endstream", found.end())
        if end < 0:
            raise refusal("damaged")
        yield data[at : found.start() + 2], data[found.end() : end]
        at = end + len(b"endstream")
    yield data[at:], None


def _undone(text: bytes) -> bytes:
    """Names with their escapes undone (``/J#61vaScript``), so that one spelling is looked for."""
    return _ESCAPED.sub(lambda name: _HEX.sub(lambda one: bytes([int(one[1], 16)]), name[0]), text)


def _hidden(packed: bytes) -> re.Match[bytes] | None:
    """A name spelt with escapes where only packed bytes should be."""
    return next((hit for name in _ESCAPED.finditer(packed) if (hit := _SEARCH_ANYWHERE.search(_undone(name[0])))), None)


def _object_stream(text: bytes, packed: bytes, most: int) -> bytes:
    """The objects packed in a stream; empty for a stream of anything else. Readers go by /N and /First, whatever its type says it is."""
    head = _head(text)
    if head.count(_FLATE) > 1:
        raise refusal("bomb")
    if b"/ObjStm" not in head and not (re.search(rb"/First" + _END, head) and re.search(rb"/N" + _END, head)):
        return b""
    if not re.search(rb"/Filter" + _END, head):
        if len(packed) > most:
            raise refusal("bomb")
        return packed
    if not _PLAIN_FLATE.search(head) or b"/Predictor" in head:
        raise refusal("odd")
    try:
        inside = zlib.decompressobj().decompress(packed, most + 1)
    except zlib.error:
        raise refusal("damaged") from None
    if len(inside) > most:
        raise refusal("bomb")
    return inside


def _head(text: bytes) -> bytes:
    """The dictionary before a stream: from the last object on."""
    starts = [one.end() for one in _OBJECT.finditer(text)]
    return text[starts[-1] :] if starts else text


def _inside(inside: bytes, text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(number, text) of the objects of an unpacked stream, as its table says; all of it under no number where the table cannot be read."""
    firsts = re.findall(rb"/First[\s\x00]+(\d{1,9})", _head(text))
    first = int(firsts[-1]) if firsts else 0
    table = inside[:first].split()
    if not first or len(table) % 2 or not all(one.isdigit() and len(one) < 11 for one in table):
        yield b"", inside
        return
    starts = [first + int(one) for one in table[1::2]]
    if starts != sorted(starts):
        yield b"", inside
        return
    for number, start, end in zip(table[::2], starts, [*starts[1:], len(inside)], strict=True):
        yield number, inside[start:end]


def _objects(whole: bytes) -> Iterator[tuple[bytes, bytes]]:
    found = list(_OBJECT.finditer(whole))
    ends = [*(one.start() for one in found), len(whole)][1:]
    for one, end in zip(found, ends, strict=True):
        yield one[1], whole[one.end() : end]


def _plain(number: bytes) -> bytes:
    """An object's number in the one way it is looked up: ``0100`` is 100."""
    return number.lstrip(b"0")


def _refuse_names(body: bytes) -> None:
    if found := _SEARCH_OBJECTS.search(body):
        raise refusal(_IN_OBJECTS[found[1]])
    if _ADDITIONAL.search(body):
        raise refusal("action")


def _refuse_opening(body: bytes, texts: dict[bytes, list[bytes]], followed: set[bytes]) -> None:
    """What happens on opening may be to show a page, nothing else. An object is looked at once, however many (`followed`) lead to it."""
    for found in _OPENING.finditer(body):
        after = body[found.end() : found.end() + 600].lstrip(b"\x00 \t\r\n\f")
        reference = _REFERENCE.match(after)
        number = _plain(reference[1]) if reference else b""
        if reference and number in followed:
            continue
        followed |= {number} if reference else set()
        # What stands in a stream whose table cannot be read may be any object.
        for told in [*texts.get(number, []), *texts.get(b"", [])] if reference else [after]:
            told = told.lstrip(b"\x00 \t\r\n\f")
            if told.startswith(b"<<"):
                action = told[: told.find(b">>") + 2]
                if not _GOES.search(action) or b"/Next" in action:
                    raise refusal("action")
            elif not told.startswith((b"[", b"null", b"(", b"/")):
                raise refusal("odd")

"""
Message catalogues: one per app, English beside the Chinese source, no line numbers and no dates, so that they merge cleanly.

    python tools/messages.py extract linli/loops/requests   # add new sentences, drop gone ones, keep translations
    python tools/messages.py compile                        # write every .mo
    python tools/messages.py check                          # fail on anything missing, fuzzy, untranslated, wrong, stale or said two ways

Without a path every app that has (or needs) a catalogue is done.
"""

from __future__ import annotations

import argparse
import io
import re
import struct
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# English of the sentences in this app. The source language is Simplified Chinese.\n"
PO_HEADER = (
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: 8bit",
    "Language: en",
    "Plural-Forms: nplurals=2; plural=(n != 1);",
)
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "_t": None,  # plain gettext where `_` is the lazy one
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
COMMENTS = ("译：", "Translators:")
JINJA = {
    "trimmed": "true",
    "silent": "false",
    "trim_blocks": "true",
    "lstrip_blocks": "true",
    "extensions": "jinja2.ext.do,jinja2.ext.loopcontrols",
}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}")
CHINESE = re.compile(r"[\u3400-\u9fff]")
# The command line reads its own catalogue, before Django is set up; all others are merged into one.
APART = frozenset({ROOT / "linli" / "config"})

Found = tuple[str, str | tuple[str, ...], list[str], str | None]


def apps() -> list[Path]:
    """Every package with an apps.py, and any other that has a catalogue."""
    found = {p.parent for p in (ROOT / "linli").rglob("apps.py")} | {p.parent for p in (ROOT / "linli").rglob("locale") if p.is_dir()}
    return sorted(found)


def own_files(app: Path, suffixes: Sequence[str]) -> Iterator[Path]:
    """Files of the app, without those of an app inside it."""
    inner = [other for other in apps() if other != app and app in other.parents]
    for path in (path for suffix in suffixes for path in sorted(app.rglob(f"*{suffix}"))):
        if not any(other in path.parents for other in inner) and "migrations" not in path.parts and "static" not in path.parts:
            yield path


def sentences(app: Path) -> Iterator[Found]:
    """(file, msgid or plural pair, comments, context) of every sentence in Python and Jinja2 files."""
    for path in own_files(app, (".py",)):
        with path.open("rb") as source:
            for _line, message, comments, context in extract("python", source, KEYWORDS, COMMENTS, {"encoding": "utf-8"}):
                yield str(path.relative_to(ROOT)), message, comments, context
    for path in own_files(app, (".html", ".txt", ".jinja", ".xml")):
        if "templates" not in path.parts:
            continue
        with path.open("rb") as source:
            for _line, message, comments, context in extract("jinja2", source, KEYWORDS, COMMENTS, JINJA):
                yield str(path.relative_to(ROOT)), message, comments, context


def po_path(app: Path) -> Path:
    return app / "locale" / "en" / "LC_MESSAGES" / "django.po"


def fresh_catalogue() -> Catalog:
    return Catalog(locale="en", fuzzy=False)


def read(app: Path) -> Catalog:
    path = po_path(app)
    if not path.exists():
        return fresh_catalogue()
    with path.open("rb") as source:
        return read_po(source, locale="en")


def wanted(said: Iterable[Found], old: Catalog) -> Catalog:
    """The catalogue as it must be: today's sentences with the translations that are already there."""
    new = fresh_catalogue()
    for _file, message, comments, context in said:
        kept = old.get(message if isinstance(message, str) else message[0], context)
        plural = not isinstance(message, str)
        text = kept.string if kept and bool(kept.pluralizable) == plural else ("", "") if plural else ""
        entry = new.get(message if isinstance(message, str) else message[0], context)
        if entry is None or (plural and not entry.pluralizable):
            new.add(message, text, auto_comments=comments, context=context, flags=(kept.flags & {"fuzzy"}) if kept else ())
    return new


def po_text(catalogue: Catalog) -> bytes:
    body = io.BytesIO()
    write_po(body, catalogue, width=130, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True)
    head = 'msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in PO_HEADER) + "\n"
    return (HEADER + head).encode() + body.getvalue().rstrip() + b"\n"


def several(text: str | Sequence[str] | None) -> list[str]:
    """A sentence, or its singular and plural, as a list."""
    return [text] if isinstance(text, str) else list(text or [""])


def mo_bytes(catalogue: Catalog) -> bytes:
    """The compiled form (GNU .mo), the same bytes for the same sentences whatever made them."""
    pairs = {b"": "".join(f"{line}\n" for line in PO_HEADER).encode()}
    for message in catalogue:
        if not message.id or "fuzzy" in message.flags:
            continue
        ids, texts = several(message.id), several(message.string)
        if all(texts):
            key = "\0".join(ids).encode()
            pairs[f"{message.context}\4".encode() + key if message.context else key] = "\0".join(texts).encode()
    keys = sorted(pairs)
    table, texts_at = 28, 28 + 16 * len(keys)
    ids_block = b"".join(k + b"\0" for k in keys)
    offsets, id_at, text_at = [], texts_at, texts_at + len(ids_block)
    for key in keys:
        offsets.append((len(key), id_at, len(pairs[key]), text_at))
        id_at, text_at = id_at + len(key) + 1, text_at + len(pairs[key]) + 1
    head = struct.pack("<7I", 0x950412DE, 0, len(keys), table, table + 8 * len(keys), 0, 0)
    id_table = b"".join(struct.pack("<2I", a, b) for a, b, _c, _d in offsets)
    text_table = b"".join(struct.pack("<2I", c, d) for _a, _b, c, d in offsets)
    return head + id_table + text_table + ids_block + b"".join(pairs[k] + b"\0" for k in keys)


def placeholders(text: str) -> set[str]:
    return {a or b for a, b in PLACEHOLDER.findall(text)}


def faults(app: Path, old: Catalog) -> list[str]:
    """What is wrong with one app's catalogue, a line each."""
    name, found, said = app.relative_to(ROOT), list[str](), list(sentences(app))
    new = wanted(said, old)
    if not len(new):
        return []
    where = {(m if isinstance(m, str) else m[0], c): f for f, m, _comments, c in said}
    for message in new:
        if not message.id:
            continue
        first = message.id if isinstance(message.id, str) else message.id[0]
        at = where.get((first, message.context), str(name))
        found += [f"{at}: {complaint}: {first[:60]!r}" for complaint in complaints(message, old.get(first, message.context))]
    found += [
        f"{name}: nobody says this any more: {str(m.id)[:60]!r}"
        for m in old
        if m.id and new.get(m.id if isinstance(m.id, str) else m.id[0], m.context) is None
    ]
    mo = po_path(app).with_suffix(".mo")
    if not mo.exists() or mo.read_bytes() != mo_bytes(old):
        found.append(f"{name}: django.mo is stale; run: python tools/messages.py compile {name}")
    return found


def complaints(message: Message, kept: Message | None) -> Iterator[str]:
    if kept is None:
        yield "not in the catalogue (run extract)"
        return
    ids, texts = several(message.id), several(message.string)
    if not all(texts):
        yield "no English"
        return
    if "fuzzy" in kept.flags:
        yield "fuzzy"
    if any(CHINESE.search(t) for t in texts) and not any(word in t for t in texts for word in ("简体中文", "邻里")):
        yield "English with Chinese in it"
    if any(placeholders(t) - placeholders(i) for t in texts for i in ids[:1]) or placeholders(ids[0]) - placeholders(texts[-1]):
        yield "placeholders differ"
    if any(len(t) > 40 and t[: len(t) // n] * n == t for t in texts for n in (2, 3)):
        yield "English that says itself again"


def disagreements(catalogues: Mapping[str, Catalog]) -> list[str]:
    """
    Sentences that two apps put into different English, a line each: Django merges all catalogues, so that only one of them is ever read.

    A sentence that means two things takes a context (`pgettext`).
    """
    said: dict[tuple[str, str], dict[str, list[str]]] = {}
    for name, catalogue in catalogues.items():
        for message in catalogue:
            if message.id:
                key = (message.context or "", several(message.id)[0])
                said.setdefault(key, {}).setdefault("/".join(several(message.string)), []).append(name)
    return [
        f"{msgid[:60]!r} has more than one English: " + "; ".join(f"{text!r} in {', '.join(names)}" for text, names in texts.items())
        for (_context, msgid), texts in sorted(said.items())
        if len(texts) > 1
    ]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=("extract", "compile", "check"))
    parser.add_argument("path", nargs="*", type=Path, help="app directories; all when none is given")
    chosen = parser.parse_args(arguments)
    problems, catalogues = list[str](), {app: read(app) for app in apps()}
    for app in [p.resolve() for p in chosen.path] or apps():
        path, old = po_path(app), catalogues.get(app) or read(app)
        if chosen.verb == "extract":
            new = wanted(sentences(app), old)
            if len(new):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(po_text(new))
                empty = sum(1 for m in new if m.id and not all(several(m.string)))
                print(f"{path.relative_to(ROOT)}: {len(new)} sentences, {empty} without English")
        elif chosen.verb == "compile":
            if path.exists():
                path.with_suffix(".mo").write_bytes(mo_bytes(old))
                print(f"{path.with_suffix('.mo').relative_to(ROOT)}")
        else:
            problems += faults(app, old)
    if chosen.verb == "check":
        problems += disagreements({str(app.relative_to(ROOT)): catalogue for app, catalogue in catalogues.items() if app not in APART})
    for line in problems:
        print(line, file=sys.stderr)
    if chosen.verb == "check":
        print(f"{len(problems)} faults" if problems else "catalogues: all sentences have English")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

"""
List the licence of everything Linli ships with or uses: `requirements/LICENSES.md`.

`python tools/licences.py [--check]`. Read from the installed packages' own metadata and licence files. Fails when something needed
to run (core, postgres, documents) is under the GPL or AGPL, or states no licence; the LGPL is allowed there, with a note.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from email.message import Message
from importlib import metadata
from pathlib import Path
from typing import cast

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from tools.requirements import FILES, blocks  # noqa: E402 - found only once the repository is on the path

OUTPUT = ROOT / "requirements" / "LICENSES.md"
WHY = {
    "build": "builds the package",
    "core": "core: needed to run",
    "postgres": "extra: PostgreSQL",
    "insight": "extra: large elections counted faster, reading what was learned",
    "measure": "extra: facts, indicators, the Wall",
    "scale": "extra: indicators on Spark",
    "documents": "extra: PDF and Word files",
    "test": "development: checks and tests",
}

# Wanted on other systems or for Spark only, therefore not installed here; licences as their package pages state them.
ELSEWHERE = {
    "colorama": "BSD-3-Clause",
    "py4j": "BSD-3-Clause",
    "pyspark": "Apache-2.0",
    "tzdata": "Apache-2.0",
    "pywin32": "PSF-2.0",
    "brotlicffi": "MIT",
    "httpx2-jsfetch": "BSD-3-Clause",
}

# Offered under several licences at the user's choice: the one we take.
CHOSEN = {"pyphen": "MPL-1.1"}

# Front-end code that reaches the browser: name, version, licence, where it comes from. The test compares this with the static folders.
FRONT_END = [("htmx", "2.0.10", "0BSD", "ships inside the package django-htmx")]

# What others wrote and the package brings in an own file: name, version, licence, where it comes from, which file it is.
CARRIED = [
    ("dictionary of jieba", "0.42.1", "MIT, © 2013 Sun Junyi", "jieba's source package, cut down by tools/words.py", "linli/lib/words.txt")
]

# The extra `encoder`: for whoever brings a pretrained encoder; of its own it is not pinned (the checks pin the same two for their test); licences as their package pages state them.
ON_DEMAND = [("onnxruntime", "MIT", "runs the encoder"), ("tokenizers", "Apache-2.0", "cuts texts as the encoder expects")]

# In a licence text, the first sign found decides; specific before general.
SIGNS = [
    (r"GNU AFFERO GENERAL PUBLIC", "AGPL"),
    (r"GNU LESSER GENERAL PUBLIC", "LGPL"),
    (r"GNU GENERAL PUBLIC LICENSE", "GPL"),
    (r"Mozilla Public License", "MPL-2.0"),
    (r"Apache License", "Apache-2.0"),
    (r"Permission is hereby granted, free of charge", "MIT"),
    (r"Redistributions? .{0,120}source", "BSD"),
    (r"Permission to use, copy, modify", "ISC"),
]


@dataclass(frozen=True)
class Row:
    package: str
    version: str
    licence: str
    group: str

    @property
    def forbidden(self) -> bool:
        """GPL or AGPL (never LGPL) or nothing stated, in something needed to run."""
        copyleft = re.search(r"(?<!L)(A?GPL|General Public)", re.sub(r"(?i)lesser general public", "", self.licence))
        return self.group in {"core", "postgres", "insight", "documents"} and (not self.licence or bool(copyleft))

    @property
    def note(self) -> str:
        lesser = "LGPL" in self.licence or "Lesser" in self.licence
        return "used as an unmodified, replaceable library" if lesser else ""


def licence_of(name: str) -> str:
    """Licence of an installed package in few words: the one chosen, expression, then short field, then classifier, then the licence file's own words."""
    if name in CHOSEN:
        return CHOSEN[name]
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return ELSEWHERE.get(name, "")
    head = cast("Message", found.metadata)  # an e-mail message in every version of Python, though typed more narrowly
    classifiers = [
        text.rsplit(" :: ", 1)[-1] for text in head.get_all("Classifier") or [] if text.startswith("License :: OSI Approved :: ")
    ]
    short = (head.get("License") or "").strip()
    if stated := (head.get("License-Expression") or (short if 0 < len(short) < 60 else "") or " / ".join(classifiers)):
        return stated
    for file in found.files or []:
        if re.match(r"(?i)(licen[cs]e|copying)", file.name):
            text = Path(str(file.locate())).read_text(encoding="utf-8", errors="replace")
            return next((name for sign, name in SIGNS if re.search(sign, text, re.IGNORECASE | re.DOTALL)), "")
    return ""


def rows() -> list[Row]:
    found = []
    for group in FILES:
        pins = blocks((ROOT / "requirements" / f"{group}.txt").read_text(encoding="utf-8"))
        for name, pin in pins.items():
            version = pin.split("==", 1)[1].split()[0]
            found.append(Row(name, version, licence_of(name), group))
    return found


def page(table: list[Row]) -> str:
    lines = [
        "# Licences",
        "",
        "Linli itself: Apache-2.0 (`LICENSE`). Made by `make licences`; nothing under the GPL or AGPL is needed to run it.",
        "",
        "| package | version | licence | why it is here | note |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [f"| {row.package} | {row.version} | {row.licence or 'not stated'} | {WHY[row.group]} | {row.note} |" for row in table]
    lines += ["", "## On demand: the extra `encoder`, not pinned", "", "| package | licence | what it does |", "| --- | --- | --- |"]
    lines += [f"| {' | '.join(row)} |" for row in ON_DEMAND]
    lines += ["", "## In the browser", "", "| what | version | licence | where it comes from |", "| --- | --- | --- | --- |"]
    lines += [f"| {name} | {version} | {licence} | {origin} |" for name, version, licence, origin in FRONT_END]
    lines += ["", "## Carried along", "", "| what | version | licence | where it comes from | file |", "| --- | --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(row)} |" for row in CARRIED]
    return "\n".join(lines) + "\n"


def main() -> int:
    table = rows()
    forbidden = [row for row in table if row.forbidden]
    for row in forbidden:
        print(f"{row.package} {row.version}: {row.licence or 'no licence stated'} may not be in {row.group}", file=sys.stderr)
    text = page(table)
    if "--check" in sys.argv[1:]:
        if not OUTPUT.exists() or OUTPUT.read_text(encoding="utf-8") != text:
            print("requirements/LICENSES.md is out of date: make licences", file=sys.stderr)
            return 1
    else:
        OUTPUT.write_text(text, encoding="utf-8")
        print(f"requirements/LICENSES.md: {len(table)} packages, {len(FRONT_END)} front-end libraries")
    return 1 if forbidden else 0


if __name__ == "__main__":
    sys.exit(main())

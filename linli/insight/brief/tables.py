"""Tables of texts put in brief, and tables of places to look for in them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from linli.insight.brief.brief import Brief, brief_of
from linli.insight.brief.places import Gazetteer, Known
from linli.insight.brief.summary import joined
from linli.insight.columns import columns_of
from linli.lib.masking import scrub
from linli.lib.problems import InputProblem

COLUMNS: Final = ("row", "ask", "summary", "places", "times", "amounts", "details", "masked")
JOINT: Final = "；"
KINDS: Final = ("province", "city", "district", "street", "community", "grid", "compound", "building", "entrance", "home")
DEEPEST: Final = len(KINDS)
_DIVIDED: Final = re.compile(r"[、，,；;|]")


def texts_in(content: bytes, text: Sequence[str]) -> Iterator[str]:
    """The text of each line: the columns named, one below the other."""
    for row in columns_of(content, text):
        yield "\n".join(row[name] for name in text if row[name])


def places_in(content: bytes) -> tuple[Gazetteer, dict[int, str]]:
    """
    Places from a CSV table: name, and where known kind (compound when empty), parent (the name of a line above), alias, road, landmark,
    several divided by 、 or a comma. Returns them with their names by number of line. Raises InputProblem for an unknown kind or parent.
    """
    names: dict[int, str] = {}
    lines: dict[str, tuple[int, ...]] = {}
    known = []
    for number, row in enumerate(columns_of(content, ["name"], maybe=["kind", "parent", "alias", "road", "landmark"]), 1):
        kind, parent = row.get("kind") or "compound", row.get("parent", "")
        if kind not in KINDS or (parent and parent not in lines):
            raise InputProblem(
                "bad_place",
                f"第 {number} 行：级别或上级不认识，上级要写在前面的行里。",
                f"Line {number}: unknown kind or parent; a parent comes first.",
            )
        line = ((*lines[parent], number) if parent else (number,))[:DEEPEST]
        also = tuple((word, why) for why in ("alias", "road", "landmark") for word in _DIVIDED.split(row.get(why, "")) if word.strip())
        names[number], lines[row["name"]] = row["name"], line
        known.append(Known(line, row["name"], kind, also))
    return Gazetteer(known), names


def briefs_of(texts: Iterable[str], gazetteer: Gazetteer | None = None) -> Iterator[tuple[str, Brief]]:
    for text in texts:
        yield text, brief_of(text, gazetteer=gazetteer)


def written(found: Iterable[tuple[str, Brief]], file: Any, names: dict[int, str]) -> int:
    """
    Write a line a text to the text `file`: its number, the ask, the summary, places, times, amounts, the kinds of personal details, and
    the whole text with those hidden. What is written holds no personal detail that was found. Returns how many lines.
    """
    out = csv.writer(file, lineterminator="\n")
    out.writerow(COLUMNS)
    lines = 0
    for lines, (text, made) in enumerate(found, 1):
        out.writerow(
            [
                lines,
                scrub(made.ask.text).text if made.ask else "",
                scrub(joined(made.summary)).text,
                JOINT.join(dict.fromkeys(names[m.place] for m in made.places)),
                JOINT.join(dict.fromkeys(p.text for p in made.times)),
                JOINT.join(dict.fromkeys(p.text for p in made.amounts)),
                JOINT.join(dict.fromkeys(d.kind for d in made.details)),
                scrub(text).text,
            ]
        )
    return lines

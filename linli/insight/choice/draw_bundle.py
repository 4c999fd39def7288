"""
The bundle published after a draw: what was announced, the text of the source and the result, so that anybody holds the draw again with
`verify_draw.py`. Numbers stand for households; who is behind one shows only to whoever has the receipt. docs/draws.md has the design.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from linli.insight.choice import verify_draw as plain
from linli.insight.choice.lottery import Announcement, Category, Draw, Entrant, draw

SCRIPT: Final = Path(plain.__file__)


def announced(bundle: Mapping[str, Any]) -> Announcement:
    """The announcement a bundle holds. Raises DrawProblem, KeyError for one that is not whole."""
    return Announcement(
        bundle["title"],
        bundle["source"],
        tuple(Category(c["id"], c["places"], c["passes_on"], tuple(c["lots"])) for c in bundle["categories"]),
        tuple(Entrant(e["id"], frozenset(e["categories"]), e["carried"], e["who"]) for e in bundle["entrants"]),
    )


def build(announcement: Announcement, published_text: str, *, about: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """
    Hold the draw and write it down. `about` is what readers are told beside it (place, times, where the source can be read), `names` the
    categories in words. Raises DrawProblem.
    """
    result = draw(announcement, published_text)
    made: dict[str, Any] = {
        "format": plain.FORMAT,
        "about": dict(about),
        "title": announcement.title,
        "source": announcement.source,
        "categories": [
            {"id": c.id, "name": names.get(c.id, c.id), "places": c.places, "passes_on": c.passes_on, "lots": list(c.lots)}
            for c in announcement.categories
        ],
        "entrants": [
            {"id": e.id, "categories": sorted(e.categories), "carried": e.carried, "who": e.who}
            for e in sorted(announcement.entrants, key=lambda one: one.id)
        ],
        "digest": announcement.digest(),
        "commitment": announcement.commitment(),
        "text": published_text.strip(),
        **_result(result),
    }
    return {**made, "fingerprint": plain.fingerprint_of(made)}


def _result(result: Draw) -> dict[str, Any]:
    return {
        "seed": result.seed,
        "drawn": [{"id": d.id, "ticket": d.ticket, "category": d.category, "turn": d.turn, "lot": d.lot} for d in result.drawn],
        "waiting": [{"id": d.id, "ticket": d.ticket, "turn": d.turn} for d in result.waiting],
    }

"""Free text before strangers read it: what is personal is found by all finders and shortened, again and again until nothing is found."""

from __future__ import annotations

from typing import NamedTuple

from linli.lib.masking.detail import Detail
from linli.lib.masking.doors import doors
from linli.lib.masking.names import names
from linli.lib.masking.numbers import numbers
from linli.lib.units import digit_view


class Scrubbed(NamedTuple):
    """
    Text for public display and the kinds of personal detail taken out of it (phone, rin, bank_card, id_number, email, plate, account, name,
    address).
    """

    text: str
    kinds: list[str]


def scrub(text: str, *, named: bool = False) -> Scrubbed:
    """
    Take telephone, identity, bank-card and document numbers, e-mail addresses, vehicle plates, accounts, names of people and numbers of doors
    out of free text.

    Digits are seen in any script and width, and through spaces, hyphens and dots between them; in doubt a number goes (this is for public
    display, and the holder still sees the original). Stars replace what is hidden. Where people are `named` on purpose (a notice that tells who
    was elected, a paper that is signed) names stay.
    """
    kinds: list[str] = []
    while True:
        found = details(text, named=named)
        kinds.extend(dict.fromkeys(d.kind for d in found if d.kind not in kinds))
        clean = _without(text, found)
        if clean == text:
            return Scrubbed(clean, kinds)
        text = clean


def details(text: str, *, named: bool = False) -> list[Detail]:
    """Where the personal details of a text stand, in order and without overlap; the longer one of two that begin at the same place."""
    view = digit_view(text)
    found = [*numbers(view), *doors(view), *([] if named else names(view))]
    kept: list[Detail] = []
    done = 0
    for detail in sorted(found, key=lambda d: (d.start, -d.end)):
        if detail.start >= done:  # what begins inside is hidden already; its rest, if any, is found in the next round
            kept.append(detail)
            done = detail.end
    return kept


def _without(text: str, found: list[Detail]) -> str:
    pieces, done = [], 0
    for detail in found:
        pieces += [text[done : detail.start], detail.instead]
        done = detail.end
    return "".join((*pieces, text[done:]))

"""Which action a word in an address, on a page or in the API, means. One table for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from linli.loops.council.draws.actions import applying, drawing, listing, offering, planning

GIVEN: Final = frozenset({"actor", "draw_id", "now"})

# At the Desk and in the API.
VERBS: Final[Mapping[str, Callable[..., Any]]] = {
    "open": planning.open_draw,
    "source": planning.name_source,
    "cancel": planning.cancel,
    "check": applying.check,
    "withdraw": applying.withdraw,
    "carry-over": applying.carry_over,
    "post-list": listing.post_list,
    "object": listing.raise_objection,
    "answer-objection": listing.answer_objection,
    "freeze": listing.freeze,
    "text": drawing.enter_text,
    "hold": drawing.hold,
    "answer": offering.answer_offer,
    "give-back": offering.give_back,
    "close": offering.close,
}

# What somebody does for themselves, from their own phone.
OWN: Final[Mapping[str, Callable[..., Any]]] = {
    "withdraw": applying.withdraw,
    "object": listing.raise_objection,
    "answer": offering.answer_offer,
}

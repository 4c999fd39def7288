"""Which action a word in an address, on a page or in the API, means. One table for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from linli.loops.council.elections.actions import office, planning, standing, voting

GIVEN: Final = frozenset({"actor", "election_id", "now"})

# At the Desk and in the API.
VERBS: Final[Mapping[str, Callable[..., Any]]] = {
    "open": planning.open_nominations,
    "cancel": planning.cancel,
    "nominate-for": standing.nominate_for,
    "consent": standing.consent,
    "second-for": standing.second_for,
    "withdraw": standing.withdraw,
    "check": standing.check,
    "post": standing.post_candidates,
    "object": standing.raise_objection,
    "answer-objection": standing.answer_objection,
    "ballot": voting.set_ballot,
    "take-result": voting.take_result,
    "enter-result": voting.enter_result,
    "vacate": office.vacate,
    "role": office.set_role,
    "file": office.record_filing,
    "add-task": office.add_task,
    "finish-task": office.finish_task,
    "end-term": office.end_term,
}

# What somebody does for themselves, from their own phone.
OWN: Final[Mapping[str, Callable[..., Any]]] = {
    "second": standing.second,
    "consent": standing.consent,
    "withdraw": standing.withdraw,
    "object": standing.raise_objection,
}

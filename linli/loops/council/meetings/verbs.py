"""Which action a word in an address, on a page or in the API, means. One table for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from linli.loops.council.meetings.actions import attending, hands, minuting, noticing, noting, running, speaking

GIVEN: Final = frozenset({"actor", "meeting_id", "now"})

# At the Desk and in the API.
VERBS: Final[Mapping[str, Callable[..., Any]]] = {
    "notice": noticing.give_notice,
    "withdraw-notice": noticing.withdraw_notice,
    "cancel": noticing.cancel,
    "open": running.open_meeting,
    "adjourn": running.adjourn,
    "resume": running.resume,
    "end": running.end,
    "item": running.open_item,
    "item-done": running.close_item,
    "tick": attending.tick,
    "leave": attending.leave,
    "proxy": attending.give_proxy,
    "ask": speaking.ask,
    "unask": speaking.withdraw_ask,
    "call": speaking.call,
    "clock": speaking.clock,
    "finish": speaking.finish,
    "gist": speaking.note_gist,
    "point": speaking.raise_point,
    "point-put": speaking.put_point,
    "point-out": speaking.rule_out,
    "point-back": speaking.withdraw_point,
    "hands": hands.open_hands,
    "count": hands.count_room,
    "hands-down": hands.close_hands,
    "note": noting.note,
    "strike": noting.strike,
    "task-done": noting.finish_task,
    "draft": minuting.draft_minutes,
    "take-up-votes": minuting.take_up_votes,
    "confirm": minuting.confirm_minutes,
    "publish": minuting.publish_minutes,
}

# What somebody does for themselves, from their own phone.
OWN: Final[Mapping[str, Callable[..., Any]]] = {
    "leave": attending.leave,
    "ask": speaking.ask,
    "unask": speaking.withdraw_ask,
    "point": speaking.raise_point,
    "point-back": speaking.withdraw_point,
    "hand": hands.show_hand,
    "confirm": minuting.confirm_minutes,
}

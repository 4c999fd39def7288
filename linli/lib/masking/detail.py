"""One personal detail in a text."""

from __future__ import annotations

from typing import NamedTuple


class Detail(NamedTuple):
    """
    Where a personal detail stands (characters from `start` up to `end`), which kind it is (phone, rin, bank_card, id_number, email, plate,
    account, name, address), and what stands there instead in public.
    """

    start: int
    end: int
    kind: str
    instead: str

"""Matters by the thousand, opened in memory by the same rules and written together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import transaction

from linli.kernel.access.rows import insert_objects, insert_rows
from linli.kernel.matters.models import Entry, Matter, Party, WorkOrder
from linli.kernel.matters.search import index_all
from linli.kernel.matters.turn import Turn, chained_fields, hash_suite, matter_advanced
from linli.lib.chain import entry_hash


@transaction.atomic
def write_opened(
    turns: Sequence[Turn],
    *,
    parties: Sequence[Party] = (),
    orders: Sequence[WorkOrder] = (),
    advance: Callable[[int], None] = lambda steps: None,
) -> None:
    """
    Store what fresh turns opened: matters that carry their reserved keys, entries chained, parties, orders, search words.

    Announces each turn as `Turn.finish` does. Clocks, files and links are the one-matter actions' business.
    """
    suite = hash_suite()
    for turn in turns:
        matter = turn.matter
        for entry in turn.entries:
            entry.previous_hash = matter.head_hash
            entry.hash = matter.head_hash = entry_hash(entry.previous_hash, chained_fields(entry), suite)
            matter.entry_count = entry.seq
        matter.updated_at = turn.now
    insert_objects(Matter, [turn.matter for turn in turns])
    _insert(Entry, [entry for turn in turns for entry in turn.entries])
    _insert(Party, parties)
    _insert(WorkOrder, orders)
    for start in range(0, len(turns), 1000):
        part = turns[start : start + 1000]
        index_all([turn.matter for turn in part], fresh=True)
        for turn in part:
            matter_advanced.send(sender=turn.matter.kind, turn=turn)
        advance(len(part))


def _insert(model: type[Entry] | type[Party] | type[WorkOrder], objects: Sequence[Entry] | Sequence[Party] | Sequence[WorkOrder]) -> None:
    """Rows whose keys the database gives."""
    names = [f.attname for f in model._meta.concrete_fields if not f.primary_key]
    insert_rows(model, names, ([getattr(o, name) for name in names] for o in objects))

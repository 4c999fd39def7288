"""
Public texts looked through again with today's rules of masking.

What strangers read was masked when it was written. The rules get better; what stands stored does not by itself. Here every stored public text
is read again: what would be hidden today is named, and hidden where asked for, each time with an entry of the log. What a person decided the
public may read (`retell`) is named but left alone, for they may have had a reason. A formal text that was announced, voted or signed is no
matter of this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, Model, OuterRef, QuerySet

from linli.kernel.access.actor import Actor
from linli.kernel.accounts.actions import log_event
from linli.kernel.matters.models import Entry, Matter
from linli.kernel.matters.turn import turn
from linli.lib.masking import scrub

BATCH: Final = 1000
Mend = Callable[[Actor, Any, dict[str, str], datetime], None]


@dataclass(frozen=True)
class PublicTexts:
    """
    Texts of one kind of row: which rows, in which fields, how a row is called, whether a person decided what it says, and how it is mended
    (None: its columns are written).
    """

    name: str
    rows: Callable[[], QuerySet[Any]]
    fields: tuple[str, ...]
    called: Callable[[Any], str]
    by_hand: Callable[[Any], bool] = lambda row: False
    mend: Mend | None = None


@dataclass(frozen=True)
class Seen:
    """A text that would be hidden in part today: where it stands, of what kind are the details, and whether a person decided it."""

    texts: PublicTexts
    row: Any
    changes: dict[str, str]
    kinds: tuple[str, ...]

    @property
    def where(self) -> str:
        return self.texts.called(self.row)

    @property
    def by_hand(self) -> bool:
        return self.texts.by_hand(self.row)


_known: dict[str, PublicTexts] = {}


def register(texts: PublicTexts) -> None:
    """Look through these texts too; each room names its own once."""
    _known[texts.name] = texts


def known() -> list[PublicTexts]:
    return list(_known.values())


def look_through(texts: PublicTexts, advance: Callable[[int], None]) -> Iterator[Seen]:
    """Every text that today's rules would change, in the order of the rows; `advance` is told how many rows were read. Two queries a batch at most."""
    last = 0
    while part := list(texts.rows().filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = part[-1].pk
        for row in part:
            found = _seen(texts, row)
            if found is not None:
                yield found
        advance(len(part))


def _seen(texts: PublicTexts, row: Any) -> Seen | None:
    changes: dict[str, str] = {}
    kinds: list[str] = []
    for name in texts.fields:
        text = getattr(row, name)
        made = scrub(text) if text else None
        most = row._meta.get_field(name).max_length
        if made is not None and made.text[:most] != text:
            changes[name] = made.text[:most]
            kinds += [k for k in made.kinds if k not in kinds]
    return Seen(texts, row, changes, tuple(kinds)) if changes else None


@transaction.atomic
def mend(*, actor: Actor, seen: Seen, now: datetime) -> bool:
    """Hide in the stored text what today's rules hide; the security log says where. False where a person decided what it says: that stays."""
    if seen.by_hand:
        return False
    if seen.texts.mend is not None:
        seen.texts.mend(actor, seen.row, seen.changes, now)
    else:
        model: type[Model] = type(seen.row)
        model._base_manager.filter(pk=seen.row.pk).update(**seen.changes)
    log_event(
        "text_masked_again",
        now=now,
        actor=actor,
        about=f"{seen.texts.name} {seen.where}",
        fields=sorted(seen.changes),
        kinds=list(seen.kinds),
    )
    return True


# --- matters themselves ----------------------------------------------------------------------------------------------
def _matters() -> QuerySet[Matter]:
    return Matter.objects.annotate(retold=Exists(Entry.objects.filter(matter=OuterRef("pk"), verb="retell")))


def _mend_matter(actor: Actor, matter: Matter, changes: dict[str, str], now: datetime) -> None:
    """In a turn of its own that nobody's view of the matter grows old by: the record says it, and search finds the new words alone."""
    with turn(actor=actor, matter_id=matter.pk, now=now, quiet=True) as t:
        for name, text in changes.items():
            setattr(t.matter, name, text)
        t.say("mask", public=False, facts={"fields": sorted(changes)})


register(PublicTexts("matter", _matters, ("public_title", "public_body"), lambda m: m.ref, lambda m: m.retold, _mend_matter))

"""
The one way to act on what is no matter but keeps a record as one does: a draw, an election, a meeting. Lock it, ask the table, ask the
rules, change, write the record, move its version on; all of it or nothing.

A room says of what kind its things are, names its act after them, and adds what only it needs:

    @dataclass
    class Acting(Held[Draw, Line]):
        kind = Kind("draw", Draw, Line, …)

A form sent twice carries the same mark `once`; the second time `repeated` is true and the action changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext_noop

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Conflict, NotFound, Refused
from linli.kernel.access.tongue import Words, in_place_language
from linli.kernel.files.actions import gone_if_refused
from linli.kernel.notices.actions import Addressee, publish_notice, send
from linli.kernel.notices.models import Notice
from linli.kernel.notices.official import Official

M = TypeVar("M", bound=Model)
L = TypeVar("L", bound=Model)
HOUSE = gettext_noop("系统")


@dataclass(frozen=True)
class Kind(Generic[M, L]):
    """
    What a room tells of its things. `name` is their word in addresses, in facts, and the record's column that points to them; `why_not` says
    of (verb, state) why it cannot be done now; `missing` and `changed` are lazy words for what is not there and what somebody else changed.

    A thing has `place_path`, `state`, `version` and `line_count`; a line `seq`, `at`, `verb`, `who`, `account`, `channel`, `facts`, `once`.
    """

    name: str
    model: type[M]
    line: type[L]
    may_read: Callable[[Actor, M], bool]
    why_not: Callable[[str, str], Any]
    missing: Any
    changed: Any
    related: tuple[str, ...] = ("place",)


@dataclass
class Held(Generic[M, L]):
    """One thing, locked for the time of one act. `touch()` moves its version on without a line; `record` does both."""

    kind: ClassVar[Kind[Any, Any]]

    thing: M
    actor: Actor
    now: datetime
    once: str = ""
    repeated: bool = False
    touched: bool = False
    lines: list[L] = field(default_factory=list)

    def touch(self) -> None:
        self.touched = True

    def record(self, verb: str, **facts: Any) -> None:
        """One line of the record; facts are plain values, and none that may not be public."""
        self.write(verb, facts)

    def write(self, verb: str, facts: dict[str, Any], **columns: Any) -> None:
        """A line with further columns of the room's own."""
        self.touched = True
        thing: Any = self.thing
        thing.line_count += 1
        self.lines.append(
            self.kind.line(
                seq=thing.line_count,
                at=self.now,
                verb=verb,
                who=(self.actor.name or HOUSE)[:60],
                account_id=self.actor.account_id,
                channel=self.actor.channel,
                facts=facts,
                once="" if self.lines else self.once,
                **{self.kind.name: thing},
                **columns,
            )
        )

    def publish(self, words: Callable[[], tuple[str, str]], pattern: Callable[[], Official] | None = None, **facts: Any) -> Notice:
        """
        A notice on the board of its place: `words` makes title and body, `pattern` its other parts in the official pattern, in the place's own
        language. One whose days are counted stands as long as they do.
        """
        thing: Any = self.thing
        with in_place_language():
            title, body = words()
            return publish_notice(
                official=pattern() if pattern else None,
                actor=self.actor,
                place=thing.place,
                title=title,
                body=body,
                now=self.now,
                kind="matter",
                facts={self.kind.name: thing.pk, **facts},
            )

    def tell(self, rows: Iterable[Any], key: str, title: Words, body: Words) -> None:
        """
        A message to those whose rows these are, each in the way and the language they chose. `key` names the occasion, which is told of
        once. A row has `account_id` and `person`; one with neither is nobody who could be told.
        """
        name, thing = self.kind.name, self.thing
        send(
            [Addressee(account_id=row.account_id, person=row.person) for row in rows if row.person_id or row.account_id],
            key=f"{name}:{thing.pk}:{key}",
            title=title,
            body=body,
            address=f"/{name}s/{thing.pk}/",
            about=f"{name} {thing.pk}",
            place_path=thing.place_path,  # type: ignore[attr-defined]  # every thing held lies somewhere, as `Kind` says
            now=self.now,
        )


H = TypeVar("H", bound=Held[Any, Any])


@contextmanager
def holding(
    held: type[H],
    actor: Actor,
    pk: int,
    verb: str,
    now: datetime,
    *,
    permission: str,
    own: Callable[[Any], bool] = lambda thing: False,
    once: str = "",
    seen: int | None = None,
) -> Iterator[H]:
    """
    Lock a thing and let the body change it; `own` says whether the actor acts for themselves there.

    Raises NotFound, NotAllowed, Conflict when it changed since `seen`, or Refused when it is not where `verb` may be done.
    """
    kind = held.kind
    with gone_if_refused(), transaction.atomic():
        found = kind.model._default_manager.select_for_update(of=("self",)).select_related(*kind.related)
        thing = found.filter(pk=pk).first()
        if thing is None or not kind.may_read(actor, thing):
            raise NotFound(f"no_{kind.name}", str(kind.missing))
        table.require(actor, permission, thing.place_path, own=own(thing))
        act = held(thing, actor, now, once[:40])
        if act.once and kind.line._default_manager.filter(**{kind.name: thing}, once=act.once).exists():
            act.repeated = True
            yield act
            return
        if seen is not None and seen != thing.version:
            raise Conflict("changed", str(kind.changed))
        why = kind.why_not(verb, thing.state)
        if why is not None:
            raise Refused("not_now", why, state=thing.state)
        yield act
        if act.touched:
            thing.version += 1
            thing.save()
            kind.line._default_manager.bulk_create(act.lines)


def begin(act: Held[Any, Any], verb: str) -> None:
    """The first line of a thing that was just stored."""
    act.record(verb)
    act.thing.save(update_fields=["line_count"])
    act.lines[0].save()

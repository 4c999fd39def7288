"""
One turn on one matter: lock, check, change, record, announce. Every action on a matter of any kind is made of this.

    with turn(actor=actor, matter_id=7, now=now, seen=version) as t:
        t.move("accept", text="…")

Either all of it is written or none; two turns never interleave; the timeline gets at least one entry.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.dispatch import Signal
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import WIDTH, segment, within
from linli.kernel.access.prepared import NUMBER, Prepared, at_once, change, store
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused
from linli.kernel.files.models import StoredFile
from linli.kernel.matters import promises
from linli.kernel.matters.models import Attachment, Clock, Entry, Matter, Party, Pause, WorkOrder
from linli.kernel.matters.search import index
from linli.kernel.matters.workflow import Move, Workflow, workflow_of
from linli.kernel.people.models import HelperLink
from linli.lib.chain import entry_hash, text_digest

# Sent inside the transaction after a turn was written: `turn`. Listeners may open other matters; they never raise for taste.
matter_advanced = Signal()

_COLUMNS = [f.attname for f in Matter._meta.concrete_fields]
TEXT_LIMIT = 4000


_locked: Prepared[Matter] = Prepared(
    lambda pk: Matter.objects.select_for_update(of=("self",)).select_related("category", "place").filter(pk=pk), pk=NUMBER
)
_orders: Prepared[WorkOrder] = Prepared(lambda pk: WorkOrder.objects.filter(matter_id=pk).select_related("unit").order_by("pk"), pk=NUMBER)


def orders_of(matter: Matter) -> list[WorkOrder]:
    """Every order of the matter with its unit, the oldest first."""
    return _orders.all(pk=matter.pk)


def hash_suite() -> str:
    return "sm3" if settings.CRYPTO_SUITE == "national" else "sha256"


class Turn:
    """What is being done to `matter` by `actor` at `now`; made by `turn()`, written when its block ends."""

    def __init__(self, matter: Matter, actor: Actor, now: datetime, *, fresh: bool = False, quiet: bool = False) -> None:
        self.matter, self.actor, self.now, self.fresh, self.quiet = matter, actor, now, fresh, quiet
        self.workflow: Workflow = workflow_of(matter.kind)
        self.entries: list[Entry] = []
        self.moved: list[Move] = []
        self._files: list[tuple[int, StoredFile, bool]] = []
        self._brought: list[Sequence[Model]] = []
        self._before = self._columns()
        self._orders: list[WorkOrder] | None = [] if fresh else None
        self._is_party: bool | None = None
        self._clocks: list[Clock] | None = None
        self.changed: frozenset[str] = frozenset()
        """The matter's columns that this turn changed, known once they are written."""

    # --- who ---------------------------------------------------------------------------------
    @property
    def orders(self) -> list[WorkOrder]:
        """Every order of the matter with its unit, loaded once a turn; whoever opens or ends one does it through here."""
        if self._orders is None:
            self._orders = orders_of(self.matter)
        return self._orders

    @property
    def unit_ids(self) -> frozenset[int]:
        """Units that hold or held an order on the matter (recalled ones aside)."""
        return frozenset(o.unit_id for o in self.orders if o.state != WorkOrder.State.RECALLED)

    @property
    def working_unit_ids(self) -> frozenset[int]:
        """Units that may act: with an open or a finished order. Who refused, or was recalled, has nothing more to do here."""
        return frozenset(o.unit_id for o in self.orders if o.state in (WorkOrder.State.OPEN, WorkOrder.State.DONE))

    @property
    def is_party(self) -> bool:
        """Is the actor the one who raised it or met the same, or the helper of such a person?"""
        if self._is_party is None:
            self._is_party = is_party(self.actor, self.matter)
        return self._is_party

    def require(self, verb: str) -> None:
        """Raises NotAllowed, or NotFound when the actor may not know of the matter at all."""
        if self.fresh:
            table.require(self.actor, verb, self.matter.place_path, own=True)
            return
        row = table.row(verb)
        reaches = set(row.reach_by_role.values())
        unit_ids: frozenset[int] = frozenset()
        if "unit" in reaches and self.actor.unit_ids:
            unit_ids = self.unit_ids if row.reads_only else self.working_unit_ids
        decision = table.decide(
            self.actor,
            verb,
            self.matter.place_path,
            unit_ids=unit_ids,
            own="own" in reaches and not self.actor.is_anonymous and self.is_party,
        )
        # What anybody signed in may do, they may do only to what they can see.
        if decision.allowed and (decision.role, decision.reach) != (table.SIGNED_IN, "area"):
            return
        if decision.allowed and may_read(self.actor, self.matter, unit_ids=self.unit_ids, own=self.is_party):
            return
        if not may_read(self.actor, self.matter, unit_ids=self.unit_ids, own=self.is_party):
            raise NotFound("no_matter", _("没有找到这件事。"))
        raise table.refusal(self.actor, verb)

    # --- moves -------------------------------------------------------------------------------
    def move(
        self,
        verb: str,
        *,
        text: str = "",
        facts: dict[str, Any] | None = None,
        files: Sequence[StoredFile] = (),
        public: bool = True,
        **given: Any,
    ) -> Entry:
        """
        Do `verb` of the workflow: permission, state, needed input, clocks, timeline. Not `public`, its words and files stay inside, whatever
        the verb.

        Raises NotAllowed, Refused("wrong_state") naming what can be done instead, Invalid for missing input.
        """
        move = self.workflow.by_verb[verb]
        self.require(f"{self.matter.kind}.{verb}")
        self._check_state(move)
        self._check_input(move, {"text": text, **given})
        before = self.matter.state
        if move.target:
            state = self.workflow.by_code[move.target]
            self.matter.state, self.matter.stage, self.matter.is_open = state.code, state.stage, state.open
        self._turn_clocks(move)
        self.moved.append(move)
        told = {"from": before, "to": self.matter.state, **(facts or {})}
        return self.say(verb, text=text, public=move.public and public, facts=told, files=files)

    def _check_state(self, move: Move) -> None:
        if self.matter.state in move.sources:
            return
        state = self.workflow.by_code[self.matter.state]
        possible = _("、").join(str(m.label) for m in self.workflow.moves_from(state.code))
        raise Refused(
            "wrong_state",
            _("这件事现在是“%(state)s”，不能“%(move)s”。") % {"state": state.label, "move": move.label},
            rule=f"workflow {self.workflow.kind}",
            turn_to=_("现在可以：%(moves)s。") % {"moves": possible} if possible else "",
        )

    def _check_input(self, move: Move, given: dict[str, Any]) -> None:
        missing = {name: [_("请填写这一项。")] for name in move.asks if not given.get(name)}
        if missing:
            raise Invalid("missing", _("“%(move)s”还缺必填内容。") % {"move": move.label}, fields=missing)

    # --- clocks ------------------------------------------------------------------------------
    @property
    def clocks(self) -> list[Clock]:
        """The running clocks, loaded once a turn."""
        if self._clocks is None:
            self._clocks = [] if self.fresh else promises.running(self.matter)
        return self._clocks

    def _turn_clocks(self, move: Move) -> None:
        if move.meets:
            self.meet(*move.meets)
        if move.cancels:
            self.cancel(*move.cancels)
        if move.starts:
            self.start(*move.starts)

    def start(self, *subjects: str, order: WorkOrder | None = None) -> list[Clock]:
        fresh = [s for s in subjects if order is not None or not any(c.subject == s and c.order_id is None for c in self.clocks)]
        started = promises.start(self.matter, fresh, self.now, order, lenient=not self.actor.is_staff)
        self.clocks.extend(started)
        return started

    def start_until(self, subject: str, due_at: datetime, source: str, order: WorkOrder | None = None) -> Clock:
        """Start a clock that runs to an instant named for this matter alone, such as a task's day; it warns like every promise."""
        clock = promises.start_until(self.matter, subject, self.now, due_at, source, order)
        self.clocks.append(clock)
        return clock

    def meet(self, *subjects: str, order: WorkOrder | None = None) -> bool:
        """End the clocks of these subjects as met; returns whether one was late, and remembers it on the matter."""
        late = self._end(subjects, order, met=True)
        self.matter.was_late = self.matter.was_late or late
        return late

    def cancel(self, *subjects: str, order: WorkOrder | None = None) -> None:
        self._end(subjects, order, met=False)

    def _end(self, subjects: Iterable[str], order: WorkOrder | None, *, met: bool) -> bool:
        names = set(subjects)
        chosen = [c for c in self.clocks if (c.subject in names or "*" in names) and (order is None or c.order_id == order.pk)]
        self._clocks = [c for c in self.clocks if c not in chosen]
        return promises.end(chosen, self.now, met=met)

    def renew(self, *subjects: str, since: datetime) -> None:
        """Let what is promised of the matter as it is now take the place of what was (`promises.renew`); what was late stays late."""
        self._clocks, late = promises.renew(self.matter, self.clocks, subjects, since, self.now)
        self.matter.was_late = self.matter.was_late or late

    def promise_until(self, due: datetime, subject: str, source: str) -> None:
        """Run a promise to a day that somebody named, beside those made by rule."""
        self.clocks.append(promises.until(self.matter, subject, due, self.now, source))

    def hold(self, reason: str, text: str, review_on: Any = None) -> None:
        """Stop every running clock, with a public reason."""
        Pause.objects.create(matter=self.matter, reason=reason, text=text[:300], from_at=self.now, review_on=review_on)
        promises.rewind(self.matter, self.clocks, self.now)

    def release(self) -> None:
        """Let the clocks run on; what they stood still is added."""
        self.end_pause()
        promises.rewind(self.matter, self.clocks, self.now)

    def end_pause(self) -> None:
        """A pause ends with the matter's work: whatever is over is not looked at again on its review date."""
        Pause.objects.filter(matter=self.matter, until_at=None).update(until_at=self.now)

    # --- the record --------------------------------------------------------------------------
    def say(
        self,
        verb: str,
        *,
        text: str = "",
        public: bool = True,
        facts: dict[str, Any] | None = None,
        files: Sequence[StoredFile] = (),
        unit_id: int | None = None,
    ) -> Entry:
        """Add an entry to the timeline."""
        if len(text) > TEXT_LIMIT:
            raise Invalid("too_long", _("说明最多 %(limit)s 个字。") % {"limit": TEXT_LIMIT}, fields={"text": [_("请缩短后再提交。")]})
        seq = self.matter.entry_count + len(self.entries) + 1
        salt = secrets.token_bytes(16) if text else b""
        entry = Entry(
            matter=self.matter,
            seq=seq,
            at=self.now,
            account_id=self.actor.account_id,
            unit_id=unit_id or self._speaking_unit(),
            who=self._public_name(),
            verb=verb,
            public=public,
            text=text,
            salt=salt,
            text_digest=text_digest(text, salt, hash_suite()) if text else "",
            facts=facts or {},
        )
        self.entries.append(entry)
        self._files.extend((seq, file, public) for file in files)
        return entry

    def _speaking_unit(self) -> int | None:
        """The unit the actor speaks for here: one that holds an order before any other."""
        mine = [s.unit_id for s in self.actor.standings if s.unit_id and self.matter.place_path.startswith(s.path)]
        if len(mine) > 1 and not self.fresh:
            holding = [u for u in mine if u in self.unit_ids]
            return (holding or mine)[0]
        return mine[0] if mine else None

    def _public_name(self) -> str:
        unit = self._speaking_unit()
        return self.actor.unit_names.get(unit, "") if unit else ""

    def _columns(self) -> dict[str, Any]:
        return {name: getattr(self.matter, name) for name in _COLUMNS}

    def bring(self, rows: Sequence[Model]) -> None:
        """New rows of one kind that are written with the turn; nobody needs their numbers before."""
        self._brought.append(rows)

    # --- the end -----------------------------------------------------------------------------
    def finish(self) -> None:
        """Write entries, files, the matter's changed columns; refuse when somebody else wrote meanwhile."""
        matter = self.matter
        if not self.entries and self._columns() == self._before:
            return  # nothing was done: nobody's view of the matter has grown old
        if self.fresh or self.moved or self._clocks is not None:
            self._refresh_due()
        suite = hash_suite()
        for entry in self.entries:
            entry.previous_hash = matter.head_hash
            entry.hash = matter.head_hash = entry_hash(entry.previous_hash, chained_fields(entry), suite)
            matter.entry_count = entry.seq
        with at_once():
            for rows in self._brought:
                store(rows)
            store(self.entries)
            store([Attachment(matter=matter, seq=seq, file=file, public=public) for seq, file, public in self._files])
            if self.fresh:  # nobody else knows of it yet
                index(matter, fresh=True)
                change(Matter, {"id": matter.pk}, self._changes())
        if not self.fresh:
            self._write_matter()
        matter_advanced.send(sender=matter.kind, turn=self)

    def _changes(self) -> dict[str, Any]:
        """The columns to be written, with their values; remembers which they are."""
        matter = self.matter
        matter.updated_at = self.now
        if not (self.fresh or self.quiet):
            matter.version += 1
        changes = {name: value for name, value in self._columns().items() if self._before[name] != value}
        self.changed = frozenset(changes)
        return changes

    def _write_matter(self) -> None:
        matter = self.matter
        if change(Matter, {"id": matter.pk, "version": self._before["version"]}, self._changes()) != 1:
            raise changed_meanwhile(matter)
        if {"public_title", "public_body", "visibility", "title", "body"} & self.changed:
            index(matter)

    def _refresh_due(self) -> None:
        """The matter's next promise, and each open order's, follow from the running clocks."""
        due = [(c.due_at, c.subject) for c in self.clocks if c.due_at is not None and c.order_id is None]
        self.matter.due_at, self.matter.due_for = min(due) if due else (None, "")
        if self.fresh:
            return
        by_order = {c.order_id: c.due_at for c in self.clocks if c.order_id}
        by_subject = {c.subject: c.due_at for c in self.clocks if c.order_id is None}
        stale = []
        for order in self.orders:
            if order.state != WorkOrder.State.OPEN:
                continue
            due_at = by_order.get(order.pk, order_due(order.task, by_subject))
            if order.due_at != due_at:
                order.due_at = due_at
                stale.append(order)
        if stale:
            WorkOrder.objects.bulk_update(stale, ["due_at"])


def order_due(task: str, by_subject: dict[str, Any]) -> Any:
    """An order without a clock of its own follows the matter's promise for its task."""
    wanted = {
        "accept": ("accept", "first_answer"),
        "dispatch": ("first_answer", "resolve"),
        "handle": ("plan", "resolve"),
        "follow_up": ("follow_up",),
        "screen": ("screen",),
        "schedule": ("take_up",),
    }.get(task, ())
    return next((by_subject[s] for s in wanted if s in by_subject), None)


def chained_fields(entry: Entry) -> dict[str, Any]:
    """What an entry's hash covers."""
    return {
        "matter": entry.matter_id,
        "seq": entry.seq,
        "at": entry.at,
        "account": entry.account_id,
        "unit": entry.unit_id,
        "who": entry.who,
        "verb": entry.verb,
        "public": entry.public,
        "text": entry.text_digest,
        "facts": entry.facts,
    }


def working_units(matter: Matter, orders: Iterable[WorkOrder]) -> frozenset[int]:
    """The units that may act on `matter`, given its orders: the holder, and whoever has an open order."""
    busy = {o.unit_id for o in orders if o.state == WorkOrder.State.OPEN}
    return frozenset(busy | {matter.holder_id} if matter.holder_id else busy)


def parts_of(actor: Actor) -> QuerySet[Party]:
    """The actor's own parts in matters, and those of the people they help; recorders are no parties."""
    if actor.account_id is None:
        return Party.objects.none()
    mine = Q(account_id=actor.account_id)
    if actor.person_id:
        helped = HelperLink.objects.filter(helper_id=actor.person_id, until_on=None).values("person")
        mine |= Q(person_id=actor.person_id) | Q(person__in=helped)
    return Party.objects.filter(mine).exclude(role=Party.Role.RECORDER)


def is_party(actor: Actor, matter: Matter) -> bool:
    """Did the actor, or somebody they help, raise the matter or meet the same?"""
    return parts_of(actor).filter(matter=matter).exists()


def is_raiser(actor: Actor, matter: Matter) -> bool:
    """Did the actor, or somebody they help, raise the matter? They read their own words; a neighbour who met the same does not."""
    return parts_of(actor).filter(matter=matter, role=Party.Role.RAISER).exists()


def may_read(actor: Actor, matter: Matter, *, unit_ids: frozenset[int] = frozenset(), own: bool = False) -> bool:
    """Public matters anyone; neighbours' matters any signed-in member of the community; private ones by the table."""
    if matter.visibility == "public" or own:
        return True
    if (
        matter.visibility == "neighbours"
        and table.in_scope(actor, f"{matter.kind}.read")
        and any(within(s.path, community_path(matter)) for s in actor.standings)
    ):
        return True
    return table.may(actor, f"{matter.kind}.read", matter.place_path, unit_ids=unit_ids)


def changed_meanwhile(matter: Matter) -> Conflict:
    last = Entry.objects.filter(matter_id=matter.pk).order_by("-seq").first()
    return Conflict(
        "changed_meanwhile",
        _("就在刚才，%(who)s已经处理了这件事，您的操作没有写入。请看最新情况后再决定。")
        % {"who": (last.who if last else "") or _("另一位工作人员")},
        current_version=Matter.objects.filter(pk=matter.pk).values_list("version", flat=True).first(),
    )


def community_path(matter: Matter) -> str:
    """The path of the community the matter was raised in; of its own place when that lies above any community."""
    if matter.community_id is None:
        return matter.place_path
    end = matter.place_path.find(segment(matter.community_id))
    return matter.place_path[: end + WIDTH] if end >= 0 else matter.place_path


@contextmanager
def turn(*, actor: Actor, matter_id: int, now: datetime, seen: int | None = None, quiet: bool = False) -> Iterator[Turn]:
    """
    Take one turn on a matter, in one transaction. `seen` is the version the actor was looking at; a `quiet` turn adds to the record
    without making anybody's view of the matter old.

    Raises NotFound; Conflict when the matter changed since `seen` (nothing is written).
    """
    # The action around it has the savepoint; a second one would cost two more trips to the database.
    with transaction.atomic(savepoint=False):
        matter = _locked.first(pk=matter_id)
        if matter is None:
            raise NotFound("no_matter", _("没有找到这件事。"))
        if seen is not None and seen != matter.version:
            raise changed_meanwhile(matter)
        taken = Turn(matter, actor, now, quiet=quiet)
        yield taken
        taken.finish()

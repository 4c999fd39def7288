"""What can be done with a matter of any kind: open, add to, meet too, link, merge and un-merge, exclude, redact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import WIDTH, ancestors, subtree
from linli.kernel.access.prepared import store
from linli.kernel.access.refusals import Conflict, Invalid, NotFound, Refused
from linli.kernel.accounts.models import Unit
from linli.kernel.files.models import StoredFile
from linli.kernel.matters.models import Category, Entry, Exclusion, Link, Matter, Party, WorkOrder
from linli.kernel.matters.muting import bring_along
from linli.kernel.matters.turn import Turn, turn
from linli.kernel.matters.workflow import workflow_of
from linli.kernel.people.models import Person
from linli.kernel.places.models import ORDER, Kind, Place
from linli.kernel.places.queries import kinds_above
from linli.lib.geo import geocell
from linli.lib.masking import scrub
from linli.lib.texts import clean

TITLE_LIMIT, BODY_LIMIT = 80, 4000
_LEVELS = {Kind.DISTRICT: "district_id", Kind.STREET: "street_id", Kind.COMMUNITY: "community_id", Kind.COMPOUND: "compound_id"}


def open_matter(
    *,
    actor: Actor,
    kind: str,
    title: str,
    body: str,
    place: Place,
    now: datetime,
    verb: str = "raise",
    category: Category | None = None,
    visibility: str = "public",
    urgency: str = "ordinary",
    sort_of: str = "",
    spot: str = "",
    point: tuple[float, float] | None = None,
    channel: str = "",
    external_id: str = "",
    parent: Matter | None = None,
    raised_for: Person | None = None,
    files: tuple[StoredFile, ...] = (),
    facts: dict[str, Any] | None = None,
    holder: Unit | None = None,
) -> Turn:
    """
    Open a matter of `kind` and return the turn that opens it: the caller adds orders and finishes it, inside its own transaction.

    A `holder` known beforehand is written with it, which spares the database to enter it into every index a second time.

    `point` is (latitude, longitude) in WGS-84 degrees. With `raised_for` the actor records it for that person and is the recorder.
    Raises Invalid for empty or over-long text, NotAllowed by the table.
    """
    table.require(actor, f"{kind}.{verb}", place.path, own=True)
    matter = new_matter(
        kind=kind,
        title=title,
        body=body,
        place=place,
        where=whereabouts(place, point),
        now=now,
        category=category,
        visibility=visibility,
        urgency=urgency,
        sort_of=sort_of,
        spot=spot,
        channel=channel or actor.channel,
        external_id=external_id,
        parent=parent,
    )
    matter.holder = matter.owner_unit = holder
    try:
        with transaction.atomic(savepoint=bool(external_id)):  # without one nothing can be there already
            store([matter])
    except IntegrityError:
        raise Conflict("already_there", _("编号为 %(id)s 的事项已经登记过。") % {"id": external_id}, external_id=external_id) from None
    opened = Turn(matter, actor, now, fresh=True)
    opened.start(*opened.workflow.on_raise_starts)
    say_raised(opened, facts, files)
    opened.bring(first_parties(matter, actor, raised_for, now))
    return opened


def say_raised(opened: Turn, facts: dict[str, Any] | None = None, files: tuple[StoredFile, ...] = ()) -> None:
    """
    The first entry of every timeline. What is hashed cannot be taken out again: the title goes in as the public reads it, the words
    as given stay in the text.
    """
    matter = opened.matter
    opened.say(
        "raise",
        text=matter.body,
        public=False,
        facts={"to": matter.state, "title": matter.public_title, "channel": matter.channel, **(facts or {})},
        files=files,
    )


def new_matter(
    *,
    kind: str,
    title: str,
    body: str,
    place: Place,
    where: dict[str, Any],
    now: datetime,
    category: Category | None,
    visibility: str,
    urgency: str,
    spot: str,
    channel: str,
    external_id: str,
    sort_of: str = "",
    parent: Matter | None = None,
) -> Matter:
    """A matter in its first state, not yet stored, with what the public may read taken from what was given. Raises Invalid for bad text."""
    title, body = _texts(title, body)
    workflow = workflow_of(kind)
    first = workflow.by_code[workflow.first]
    public_title, public_body = scrub(title)[0], scrub(body)[0]
    return Matter(
        kind=kind,
        title=title,
        body=body,
        public_title=public_title[:TITLE_LIMIT],
        public_body=public_body,
        sort_of=sort_of,
        visibility=visibility,
        category=category,
        urgency=urgency,
        channel=channel,
        place=place,
        spot=clean(spot, 120),
        state=first.code,
        stage=first.stage,
        is_open=first.open,
        raised_at=now,
        updated_at=now,
        parent=parent,
        external_id=external_id,
        **where,
    )


def _texts(title: str, body: str) -> tuple[str, str]:
    title, body = clean(title, TITLE_LIMIT + 1), clean(body, BODY_LIMIT + 1)
    errors: dict[str, list[Any]] = {}
    if not title:
        errors["title"] = [_("请用一句话说说是什么事。")]
    if len(title) > TITLE_LIMIT:
        errors["title"] = [_("标题最多 %(limit)s 个字，其余内容请写在详情里。") % {"limit": TITLE_LIMIT}]
    if len(body) > BODY_LIMIT:
        errors["body"] = [_("详情最多 %(limit)s 个字。") % {"limit": BODY_LIMIT}]
    if errors:
        raise Invalid("bad_text", _("内容还需要改一改。"), fields=errors)
    return title, body


def whereabouts(place: Place, point: tuple[float, float] | None) -> dict[str, Any]:
    """A matter's columns that say where: the path and the ancestors as they are today, and the point (the place's own when none is given)."""
    latitude, longitude = point or place.point or (None, None)
    found: dict[str, Any] = {"place_path": place.path}
    for kind, place_id in kinds_above(place.path):
        if kind in _LEVELS:
            found[_LEVELS[Kind(kind)]] = place_id
    if latitude is not None and longitude is not None:
        found |= {"latitude": round(latitude * 1_000_000), "longitude": round(longitude * 1_000_000), "cell": geocell(latitude, longitude)}
    return found


def first_parties(matter: Matter, actor: Actor, raised_for: Person | None, now: datetime) -> list[Party]:
    """Who a new matter concerns: the one it is recorded for and the recorder, or the actor alone. Not yet stored."""
    if raised_for is not None:
        parties = [Party(matter=matter, person=raised_for, account_id=raised_for.account_id, role=Party.Role.RAISER, joined_at=now)]
        if actor.account_id:
            parties.append(Party(matter=matter, account_id=actor.account_id, role=Party.Role.RECORDER, joined_at=now))
        return parties
    if not actor.account_id:
        return []
    role = Party.Role.RECORDER if actor.is_staff and not actor.person_id else Party.Role.RAISER
    return [Party(matter=matter, account_id=actor.account_id, person_id=actor.person_id, role=role, joined_at=now)]


@transaction.atomic
def add_me_too(*, actor: Actor, matter_id: int, now: datetime) -> Matter:
    """
    "I met this too": the actor becomes a party, is told what happens, and may rate. Saying it twice counts once.

    A quiet turn: the matter's version stays, so that a neighbour never throws a handler's work away.
    """
    with turn(actor=actor, matter_id=matter_id, now=now, quiet=True) as t:
        t.require(f"{t.matter.kind}.me_too")
        if not t.matter.is_open:
            raise Refused("not_open", _("这件事已经办结，请另外提出。"))
        me = Q(account_id=actor.account_id) | Q(person_id=actor.person_id) if actor.person_id else Q(account_id=actor.account_id)
        if Party.objects.filter(me, matter=t.matter).exclude(role=Party.Role.RECORDER).exists():
            return t.matter
        Party.objects.create(matter=t.matter, account_id=actor.account_id, person_id=actor.person_id, role=Party.Role.ME_TOO, joined_at=now)
        t.matter.me_too += 1
        t.say("me_too", facts={"count": t.matter.me_too})
    return t.matter


@transaction.atomic
def end_me_too(*, actor: Actor, matter_id: int, now: datetime) -> Matter:
    """
    "I did not meet this after all", or not any more: the actor is no party now and is told nothing further. Whoever raised it stays.

    A quiet turn like `add_me_too`; repeating it changes nothing. Raises Refused once it is no longer open.
    """
    with turn(actor=actor, matter_id=matter_id, now=now, quiet=True) as t:
        t.require(f"{t.matter.kind}.end_me_too")
        if not t.matter.is_open:
            raise Refused("not_open", _("这件事已经办完，记录不再更改。"))
        me = Q(account_id=actor.account_id) | Q(person_id=actor.person_id) if actor.person_id else Q(account_id=actor.account_id)
        if Party.objects.filter(me, matter=t.matter, role=Party.Role.ME_TOO).delete()[0]:
            t.matter.me_too = max(0, t.matter.me_too - 1)
            t.say("me_too_ended", facts={"count": t.matter.me_too})
    return t.matter


@transaction.atomic
def link(*, actor: Actor, source_id: int, target_id: int, kind: str, now: datetime, seen: int | None = None) -> Link:
    """Tie two matters; both timelines say so. Raises Invalid for a matter tied to itself or an unknown kind of tie."""
    if kind not in Link.Kind.values or source_id == target_id:
        raise Invalid("bad_link", _("请选择另一件事，以及两件事的关系。"))
    with turn(actor=actor, matter_id=source_id, now=now, seen=seen) as t:
        t.require(f"{t.matter.kind}.link")
        target = readable_or_refuse(actor, target_id)
        tie, made = Link.objects.get_or_create(
            source=t.matter, target=target, kind=kind, ended_at=None, defaults={"made_at": now, "made_by_id": actor.account_id}
        )
        if made:
            t.say("link", facts={"kind": kind, "target": target.ref})
            with turn(actor=actor, matter_id=target_id, now=now, quiet=True) as other:
                other.say("linked_from", facts={"kind": kind, "source": t.matter.ref})
    return tie


def readable_or_refuse(actor: Actor, matter_id: int) -> Matter:
    """The matter, when the actor may know of it. Raises NotFound."""
    from linli.kernel.matters.queries import matter_for

    return matter_for(actor, matter_id)


@transaction.atomic
def merge(*, actor: Actor, source_id: int, target_id: int, now: datetime, text: str = "", seen: int | None = None) -> Matter:
    """
    Merge `source` into `target`: every party of it becomes a party of the target, is told there and may rate there.

    The source's clocks and orders end; what un-merging needs is kept with the link. Raises Refused when either is not open.
    """
    if source_id == target_id:
        raise Invalid("merge_itself", _("不能把一件事并入它自己。"))
    with (
        _both(source_id, target_id),
        turn(actor=actor, matter_id=source_id, now=now, seen=seen) as source,
        turn(actor=actor, matter_id=target_id, now=now) as target,
    ):
        target.require(f"{target.matter.kind}.merge")
        if not target.matter.is_open or target.matter.kind != source.matter.kind:
            raise Refused("merge_closed", _("只能并入同类的、还在办理的事项。"))
        was: dict[str, Any] = {"state": source.matter.state, "stage": source.matter.stage, "orders": []}
        was["promises"] = sorted({c.subject for c in source.clocks if c.order_id is None})
        source.move("merge", text=text, facts={"target": target.matter.ref})
        open_ones = WorkOrder.objects.filter(matter=source.matter, state=WorkOrder.State.OPEN)
        was["orders"] = list(open_ones.values_list("pk", flat=True))
        open_ones.update(state=WorkOrder.State.RECALLED, closed_at=now)
        source.cancel("*")
        source.end_pause()
        source.matter.merged_into, source.matter.closed_at = target.matter, now
        Link.objects.create(
            source=source.matter, target=target.matter, kind=Link.Kind.DUPLICATE_OF, made_at=now, made_by_id=actor.account_id, facts=was
        )
        target.matter.me_too += _bring_parties(source.matter, target.matter, now)
        target.say("merged_in", text=text, facts={"source": source.matter.ref})
    return target.matter


@contextmanager
def _both(one: int, other: int) -> Iterator[None]:
    """Lock two matters in the order of their ids, so that two people merging crosswise wait for each other instead of both failing."""
    with transaction.atomic():
        list(Matter.objects.select_for_update(of=("self",)).filter(pk__in=(one, other)).order_by("pk").values_list("pk"))
        yield


def _bring_parties(source: Matter, target: Matter, now: datetime) -> int:
    there = list(target.parties.exclude(role=Party.Role.RECORDER))
    accounts, people = {p.account_id for p in there if p.account_id}, {p.person_id for p in there if p.person_id}
    fresh = []
    for p in source.parties.exclude(role=Party.Role.RECORDER).order_by("pk"):
        if p.account_id in accounts or p.person_id in people:
            continue
        fresh.append(
            Party(matter=target, account_id=p.account_id, person_id=p.person_id, role=Party.Role.ME_TOO, joined_at=now, came_with=source)
        )
        accounts |= {p.account_id} if p.account_id else set()
        people |= {p.person_id} if p.person_id else set()
    Party.objects.bulk_create(fresh)
    bring_along(source, target)
    return len(fresh)


@transaction.atomic
def unmerge(*, actor: Actor, source_id: int, now: datetime, text: str = "", seen: int | None = None) -> Matter:
    """Undo a merge: the source goes on where it stood, with its orders and a fresh promise; its parties leave the target."""
    into = Matter.objects.filter(pk=source_id).values_list("merged_into", flat=True).first()
    with _both(source_id, into or source_id), turn(actor=actor, matter_id=source_id, now=now, seen=seen) as source:
        tie = Link.objects.filter(source_id=source_id, kind=Link.Kind.DUPLICATE_OF, ended_at=None).first()
        if tie is None or source.matter.merged_into_id is None:
            raise Refused("not_merged", _("这件事没有并入别的事项。"))
        with turn(actor=actor, matter_id=tie.target_id, now=now) as target:
            gone = Party.objects.filter(matter=target.matter, came_with=source.matter)
            target.matter.me_too = max(0, target.matter.me_too - gone.count())
            gone.delete()
            target.say("unmerged", text=text, facts={"source": source.matter.ref})
        source.move("unmerge", text=text, facts={"target": target.matter.ref})
        state = source.workflow.by_code[tie.facts["state"]]
        source.matter.state, source.matter.stage, source.matter.is_open = state.code, state.stage, state.open
        source.matter.merged_into = source.matter.closed_at = None
        WorkOrder.objects.filter(pk__in=tie.facts["orders"]).update(state=WorkOrder.State.OPEN, closed_at=None)
        for order in WorkOrder.objects.filter(pk__in=tie.facts["orders"], task__in=("report_in", "answer")):
            source.start(order.task, order=order)
        source.start(*tie.facts.get("promises", source.workflow.on_raise_starts))
        if source.matter.state == "waiting":
            source.hold("waiting", text)
        tie.ended_at = now
        tie.save(update_fields=["ended_at"])
    return source.matter


@transaction.atomic
def exclude(
    *, actor: Actor, matter_id: int, lawful_class: str, reply: str, now: datetime, classes: frozenset[str], seen: int | None = None
) -> Exclusion:
    """
    Take a matter out of the rates for one of the lawful `classes`, with the reply given to the person (law.yaml HOT-003).

    Raises Invalid without a known class and a reply.
    """
    if lawful_class not in classes or not reply.strip():
        raise Invalid(
            "bad_exclusion",
            _("只有六种法定情形可以不计入，并且必须写明给居民的答复。"),
            rule="北京市接诉即办工作条例 11",
            fields={} if reply.strip() else {"reply": [_("请写明答复。")]},
        )
    with turn(actor=actor, matter_id=matter_id, now=now, seen=seen) as t:
        t.require(f"{t.matter.kind}.exclude")
        made, _created = Exclusion.objects.update_or_create(
            matter=t.matter, defaults={"lawful_class": lawful_class, "reply": reply, "at": now, "by_id": actor.account_id}
        )
        t.matter.excluded = lawful_class
        t.say("exclude", text=reply, facts={"class": lawful_class})
    return made


@transaction.atomic
def redact(*, actor: Actor, entry_id: int, reason: str, now: datetime) -> Entry:
    """
    Take the text out of a timeline entry because the law asks for it; its digest stays, so the chain still holds.

    A new entry says that it was done, by whom and why.
    """
    if not reason.strip():
        raise Invalid("missing", _("请写明依据。"), fields={"reason": [_("请写明依据。")]})
    found = Entry.objects.filter(pk=entry_id).first()
    if found is None:
        raise NotFound("no_entry", _("没有找到这条记录。"))
    with turn(actor=actor, matter_id=found.matter_id, now=now) as t:
        t.require("matter.redact")
        take_out(t, [found], reason)
    found.refresh_from_db()
    return found


def take_out(t: Turn, entries: Iterable[Entry], reason: str) -> None:
    """Blank the texts of these entries of the turn's matter; for each a new entry says so. The first entry's text is the matter's body."""
    for entry in entries:
        if not entry.text or entry.redacted_at is not None:
            continue
        Entry.objects.filter(pk=entry.pk).update(text="", salt=b"", redacted_at=t.now)
        if entry.seq == 1:
            t.matter.body = t.matter.public_body = ""
        t.say("redact", text=reason, facts={"seq": entry.seq})


def follow_places(old: str, new: str) -> int:
    """
    Open matters follow a place that moved, or was merged, from path `old` to `new`; closed ones keep the place as it was. Returns how
    many. The levels above the place change with it, so that lists by community or street show them where they are now.
    """
    arrived = {Kind(p.kind): p.pk for p in Place.objects.filter(path__in=ancestors(new))}
    deepest = max((ORDER.index(kind) for kind in arrived), default=0)
    levels = {column: arrived.get(kind) for kind, column in _LEVELS.items() if ORDER.index(kind) <= deepest}
    Matter.objects.filter(is_open=True, place_path=old).update(place_id=int(new[-WIDTH:], 36))
    moving = Matter.objects.filter(is_open=True, **subtree("place_path", old))
    return moving.update(place_path=Concat(Value(new), Substr(F("place_path"), len(old) + 1)), **levels)

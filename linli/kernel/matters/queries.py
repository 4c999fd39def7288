"""What people see of matters of any kind: one matter, its timeline, the inbox, the scope of a reader."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import WIDTH, ancestors, subtree
from linli.kernel.access.prepared import NUMBER, TEXT, Prepared
from linli.kernel.access.refusals import NotFound
from linli.kernel.access.together import if_any, together
from linli.kernel.matters import panels
from linli.kernel.matters.clock import ZONE
from linli.kernel.matters.models import PREFIXES, Attachment, Category, Clock, Entry, Link, Matter, Visibility, WorkOrder
from linli.kernel.matters.turn import is_party, is_raiser, may_read, parts_of
from linli.kernel.places.models import Kind, Place


def id_of_ref(ref: str) -> int:
    """The number in a reference such as "R1042" (any case, spaces allowed). Raises NotFound for anything else."""
    found = re.fullmatch(r"\s*([A-Za-z]?)\s*(\d{1,18})\s*", ref)
    if not found or (found[1] and found[1].upper() not in PREFIXES.values()):
        raise NotFound("no_matter", _("没有编号为 %(ref)s 的事项。") % {"ref": ref[:40]})
    return int(found[2])


def known_elsewhere(kind: str, external_ids: Iterable[str]) -> QuerySet[Matter]:
    """
    The matters of `kind` that carry one of these foreign ids.

    The exclusion repeats the condition of the partial index: without it SQLite reads the whole table.
    """
    return Matter.objects.filter(kind=kind, external_id__in=list(external_ids)).exclude(external_id="")


_known_elsewhere: Prepared[Matter] = Prepared(lambda kind, external_id: known_elsewhere(kind, [external_id]), kind=TEXT, external_id=TEXT)


def one_known_elsewhere(kind: str, external_id: str) -> Matter | None:
    """The matter of `kind` that carries this foreign id: asked before each one that is brought in. None for an empty id."""
    return _known_elsewhere.first(kind=kind, external_id=external_id) if external_id else None


def visible_to(actor: Actor, kind: str) -> Q:
    """
    The filter for what `actor` may read of `kind`: public ones, the neighbours' of their communities, and what the table adds.

    The same rule as `may_read`, as SQL.
    """
    seen = Q(visibility=Visibility.PUBLIC)
    for reach, standing in table.reach_of(actor, f"{kind}.read"):
        if reach == "area":
            if not standing.path:
                return Q()
            seen |= Q(**subtree("place_path", standing.path))
        elif reach == "unit" and standing.unit_id:
            held = WorkOrder.objects.filter(unit_id=standing.unit_id).exclude(state=WorkOrder.State.RECALLED).values("matter")
            seen |= Q(pk__in=held, **subtree("place_path", standing.path))
    # A path is made of the ids of the places above it: whoever stands below a community's id is its neighbour.
    above = {int(step[-WIDTH:], 36) for s in actor.standings for step in ancestors(s.path)}
    if above and table.in_scope(actor, f"{kind}.read"):
        seen |= Q(visibility=Visibility.NEIGHBOURS) & (Q(community_id__in=above) | Q(community_id=None, place_id__in=above))
    if actor.account_id and not actor.is_staff:
        # A set of ids, not a join: a join would list a public matter once for each of its parties.
        seen |= Q(pk__in=parts_of(actor).values("matter"))
    return seen


_matter: Prepared[Matter] = Prepared(
    lambda pk: Matter.objects.select_related("place", "category", "holder", "owner_unit", "merged_into").filter(pk=pk), pk=NUMBER
)


def matter_for(actor: Actor, matter_id: int) -> Matter:
    """
    One matter with its place, category and holder, when `actor` may read it.

    Raises NotFound, also for what the actor may not know of. A merged matter is returned itself; its page points on.
    """
    matter = _matter.first(pk=matter_id)
    if matter is None:
        raise NotFound("no_matter", _("没有找到这件事。"))
    return readable(actor, matter)


_for_pages: dict[str, Prepared[Matter]] = {}


def matter_for_page(actor: Actor, matter_id: int, kind: str) -> Matter:
    """
    `matter_for` with what a page of that kind need then not ask for: whether it has files and links (`has_files`, `has_links`), and which rooms above
    have something to show of it. One query. Raises NotFound, also for another kind.
    """
    if kind not in _for_pages:
        here = OuterRef("pk")
        facts = {
            "has_files": Exists(Attachment.objects.filter(matter=here)),
            "has_links": Exists(Link.objects.filter(Q(source=here) | Q(target=here), ended_at=None)),
            **panels.facts_beside(kind),
        }
        related = ("place", "category", "holder", "owner_unit", "merged_into")
        _for_pages[kind] = Prepared(lambda pk: Matter.objects.select_related(*related).filter(pk=pk).annotate(**facts), pk=NUMBER)
    matter = _for_pages[kind].first(pk=matter_id)
    if matter is None or matter.kind != kind:
        raise NotFound("no_matter", _("没有找到这件事。"))
    return readable(actor, matter)


def readable(actor: Actor, matter: Matter) -> Matter:
    """The matter itself when `actor` may read it; no query for public ones. Raises NotFound."""
    if matter.visibility == Visibility.PUBLIC:
        return matter
    unit_ids = (
        frozenset(matter.orders.exclude(state=WorkOrder.State.RECALLED).values_list("unit_id", flat=True))
        if actor.unit_ids
        else frozenset()
    )
    if not may_read(actor, matter, unit_ids=unit_ids) and not is_party(actor, matter):
        raise NotFound("no_matter", _("没有找到这件事。"))
    return matter


_entries: Prepared[Entry] = Prepared(lambda pk: Entry.objects.filter(matter_id=pk).select_related("unit").order_by("seq"), pk=NUMBER)
_public_entries: Prepared[Entry] = Prepared(
    lambda pk: Entry.objects.filter(matter_id=pk, public=True).select_related("unit").order_by("seq"), pk=NUMBER
)
_files: Prepared[Attachment] = Prepared(lambda pk: Attachment.objects.filter(matter_id=pk).select_related("file").order_by("pk"), pk=NUMBER)


def reread(matter: Matter) -> Matter:
    """The matter as it stands now, with its place, category and holder: after an act on it."""
    found = _matter.first(pk=matter.pk)
    assert found is not None  # nothing deletes a matter
    return found


@dataclass(frozen=True)
class Line:
    """One entry as a reader sees it: the text only where they may, and its pictures."""

    entry: Entry
    text: str
    files: list[Attachment]


def timeline(matter: Matter, *, inside: bool, staff: bool = True, files: bool = True) -> list[Line]:
    """The timeline in order; only public entries and files unless `inside`. Two queries; one where it is known that there are no `files`."""
    return lines_of(entries_of(matter, inside=inside, staff=staff), _files.all(pk=matter.pk) if files else [], inside=inside)


def entries_of(matter: Matter, *, inside: bool, staff: bool = True) -> list[Entry]:
    """
    The entries in order; only public ones unless `inside`. One query.

    Inside readers who are not `staff` concerned (those who raised it) read what residents wrote too, but no unit's internal notes.
    """
    entries = (_entries if inside else _public_entries).all(pk=matter.pk)
    return entries if staff or not inside else [e for e in entries if e.public or e.unit_id is None or e.seq == 1]


def files_of(matter: Matter) -> QuerySet[Attachment]:
    """What `lines_of` wants to know beside the entries."""
    return Attachment.objects.filter(matter=matter).select_related("file").order_by("pk")


def lines_of(entries: Sequence[Entry], files: Iterable[Attachment], *, inside: bool) -> list[Line]:
    """Each entry with its files; only the public ones unless `inside`."""
    by_seq: dict[int, list[Attachment]] = {}
    for file in files:
        if file.public or inside:
            by_seq.setdefault(file.seq, []).append(file)
    return [Line(e, e.text, by_seq.get(e.seq, [])) for e in entries]


def _open_orders(actor: Actor, tasks: Iterable[str], place_path: str, category_id: int | None) -> QuerySet[WorkOrder]:
    orders = WorkOrder.objects.filter(unit_id__in=actor.unit_ids, state=WorkOrder.State.OPEN)
    wanted = list(tasks)
    if wanted:
        orders = orders.filter(task__in=wanted)
    if place_path:
        orders = orders.filter(**subtree("matter__place_path", place_path))
    if category_id:
        orders = orders.filter(Q(matter__category_id=category_id) | Q(matter__category__parent_id=category_id))
    return orders


def inbox(
    actor: Actor,
    *,
    tasks: Iterable[str] = (),
    place_path: str = "",
    category_id: int | None = None,
    after: tuple[datetime | None, int] | None = None,
    limit: int = 50,
) -> list[WorkOrder]:
    """
    The open work orders of the actor's units, what is due first first; those without a date last.

    `category_id` takes a branch with its leaves. `after` is the (due_at, id) of the last row seen. Two queries, at most `limit`
    rows, with matter, place, category and unit.
    """
    if not actor.unit_ids:
        return []
    orders = _open_orders(actor, tasks, place_path, category_id)
    dated, undated = orders.filter(due_at__isnull=False), orders.filter(due_at=None)
    if after is not None:
        due, pk = after
        dated = dated.none() if due is None else dated.filter(Q(due_at__gt=due) | Q(due_at=due, pk__gt=pk))
        undated = undated.filter(pk__gt=pk) if due is None else undated
    rows = _with_matters(dated, ("due_at", "id"), limit)
    if len(rows) < limit:
        rows += _with_matters(undated, ("id",), limit - len(rows))
    return rows


def _with_matters(orders: QuerySet[WorkOrder], by: tuple[str, ...], limit: int) -> list[WorkOrder]:
    """
    The first orders with all a row shows. They are chosen by themselves, along their index: a planner that guesses a unit's open orders too few
    would fetch the matter of every one of them before it sorts.
    """
    first = WorkOrder.objects.filter(pk__in=orders.order_by(*by).values("pk")[:limit])
    return list(first.select_related("matter__place", "matter__category", "matter__holder", "unit", "account").order_by(*by))


@dataclass(frozen=True)
class Standing:
    """How many orders are open, due before the day ends (and not late yet), and late; `capped` when counting stopped early."""

    count: int
    today: int
    late: int
    capped: bool


def inbox_standing(
    actor: Actor, now: datetime, *, tasks: Iterable[str] = (), place_path: str = "", category_id: int | None = None, cap: int = 1000
) -> Standing:
    """Count the inbox, the first `cap` orders by date; one query."""
    if not actor.unit_ids:
        return Standing(0, 0, 0, False)
    dues = list(_open_orders(actor, tasks, place_path, category_id).order_by("due_at").values_list("due_at", flat=True)[: cap + 1])
    counted = [due for due in dues[:cap] if due is not None]
    midnight = now.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    late = sum(due < now for due in counted)
    return Standing(min(len(dues), cap), sum(now <= due < midnight for due in counted), late, len(dues) > cap)


def places_in_reach(actor: Actor, *, limit: int = 80) -> list[tuple[str, str]]:
    """The communities and compounds inside the actor's grants, as (id, name) for a filter, compounds indented; one query."""
    return [_choice(p) for p in _places_in_reach(actor)[:limit]]


# What a row of a list says of a matter something is tied to, and when it came and was done.
_OF_A_TIE: Final = ("kind", "state", "public_title", "raised_at", "resolved_at")


def ties_of(matter: Matter) -> QuerySet[Link]:
    """The ties of a matter that hold. Of both ends only what a row of a list says is read: their texts stay where they are."""
    ties = Link.objects.filter(Q(source=matter) | Q(target=matter), ended_at=None).select_related("source", "target").order_by("pk")
    return ties.only("kind", *(f"{end}__{name}" for end in ("source", "target") for name in _OF_A_TIE))


def with_chosen(places: list[tuple[str, str]], chosen: Place | None) -> list[tuple[str, str]]:
    """The choices of a filter by place, "all" first; the chosen one is always among them, even when it lies deeper."""
    known = chosen is None or any(code == str(chosen.pk) for code, _name in places)
    return [("", _("全部地点")), *([] if known or chosen is None else [(str(chosen.pk), chosen.name)]), *places]


def _choice(place: Place) -> tuple[str, str]:
    return str(place.pk), place.name if place.kind == Kind.COMMUNITY else f"　{place.name}"


def _places_in_reach(actor: Actor) -> QuerySet[Place]:
    roots = {s.path for s in actor.standings if s.role != "resident"}
    if not roots:
        return Place.objects.none()
    scope = Q()
    for root in roots:
        scope |= Q(**subtree("path", root)) if root else Q(path__gte="")
    found = Place.objects.filter(scope, kind__in=(Kind.COMMUNITY, Kind.COMPOUND), retired_at=None)
    return found.order_by("path").only("pk", "name", "kind")


def inbox_choices(actor: Actor) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """What an inbox can be narrowed to, as (id, name): the tops of the category tree, and the `places_in_reach`; one query."""
    tops = Category.objects.filter(parent=None, active=True)
    categories, places = together(if_any(actor.unit_ids, tops[:500]), _places_in_reach(actor)[:80])
    return [(str(c.pk), c.name) for c in categories], [_choice(p) for p in places]


_clocks: Prepared[Clock] = Prepared(
    lambda pk: Clock.objects.filter(matter_id=pk, met_at=None, cancelled_at=None).select_related("order").order_by("due_at", "id"),
    pk=NUMBER,
)


def running_clocks(matter: Matter) -> list[Clock]:
    return _clocks.all(pk=matter.pk)


def attachment_for(actor: Actor, file_id: int) -> Attachment | None:
    """The attachment through which the actor may see a stored file: a public one of a matter they may read, or any of one they see inside. Else None."""
    for found in Attachment.objects.filter(file_id=file_id).select_related("file", "matter__place")[:20]:
        matter = found.matter
        if found.public and matter.visibility == Visibility.PUBLIC:
            return found
        if actor.is_anonymous:
            continue
        raiser = is_raiser(actor, matter)
        unit_ids = (
            frozenset(matter.orders.exclude(state=WorkOrder.State.RECALLED).values_list("unit_id", flat=True))
            if actor.unit_ids
            else frozenset()
        )
        inside = raiser or table.may(actor, f"{matter.kind}.read", matter.place_path, unit_ids=unit_ids)
        if inside or (found.public and (may_read(actor, matter, unit_ids=unit_ids) or is_party(actor, matter))):
            return found
    return None

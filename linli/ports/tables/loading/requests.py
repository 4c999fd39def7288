"""Requests: with their own times through the replay, today's through the ordinary way in."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.matters.actions import BODY_LIMIT, TITLE_LIMIT
from linli.kernel.matters.models import Category, Urgency, Visibility
from linli.kernel.people.bulk import Draft, Roster
from linli.kernel.people.models import Person
from linli.kernel.places.bulk import Node
from linli.kernel.places.models import Kind, Place
from linli.lib.texts import clean, excerpt
from linli.loops.requests.actions.intake import check_times, raise_request
from linli.loops.requests.actions.replaying import Replay, known_ids, replay_requests
from linli.ports.tables.loading.common import Advance, Task, faults_of
from linli.ports.tables.rows import Fault, Parsed


@dataclass(slots=True)
class _Ready:
    row: Parsed
    node: Node
    category: Category | None
    title: str
    body: str
    external_id: str


class RequestLoader:
    def __init__(self, task: Task) -> None:
        table.require(task.actor, "request.import", task.path)
        self.task = task
        self._ready: list[_Ready] = []
        self._categories = _category_words()
        self._roster: Roster | None = None
        self._raiser_row: dict[int, int] = {}

    def check(self, rows: Sequence[Parsed], advance: Advance) -> list[Fault]:
        faults: list[Fault] = []
        seen: dict[str, int] = {}
        for row in rows:
            found, wrong = self._checked(row)
            if found is not None and not wrong and found.external_id in seen:
                text = (
                    _("与第 %(row)s 行重复：编号相同。") if row.get("external_id") else _("与第 %(row)s 行重复：内容、地点和时间都相同。")
                )
                wrong = [Fault(row.row, "external_id" if row.get("external_id") else "", text % {"row": seen[found.external_id]})]
            if found is None or wrong:
                faults += wrong
                continue
            seen[found.external_id] = row.row
            self._ready.append(found)
            advance(1)
        return faults + self._raisers()

    def _checked(self, row: Parsed) -> tuple[_Ready | None, list[Fault]]:
        """The row with everything wrong about it, not the first alone."""
        faults: list[Fault] = []
        title, body = clean(row.get("title"), BODY_LIMIT), clean(row.get("body"), BODY_LIMIT)
        if not title and not body:
            faults.append(Fault(row.row, "title", _("标题和内容至少填一项。")))
        if len(title) > TITLE_LIMIT:
            title, body = excerpt(title, TITLE_LIMIT), body or title
        node = self._attempt(row, "place", lambda: self._place(row), faults)
        category = self._attempt(row, "category", lambda: self._category(row.get("category")), faults)
        raised_at, closed_at = row.get("raised_at", None), row.get("closed_at", None)
        if closed_at and not raised_at:
            faults.append(Fault(row.row, "raised_at", _("写了办结时间，也要写提出时间。")))
        if row.get("answer") and not closed_at:
            faults.append(Fault(row.row, "closed_at", _("写了办理结果，也要写办结时间。")))
        if raised_at:
            self._attempt(row, "raised_at", lambda: check_times(raised_at, closed_at, self.task.now), faults)
            if node is not None and not table.may(self.task.actor, "request.replay", node.path):
                text = _("您的账号不能按原时间登记历史诉求。请去掉“提出时间”一列，或请社区负责人、街道来导入。")
                faults.append(Fault(row.row, "raised_at", text))
        if row.get("raiser") and not row.get("raiser_phone"):
            faults.append(
                Fault(row.row, "raiser_phone", _("写了提出人，也要写电话，否则无法认出是谁；不需要登记提出人时可以不导入这一列。"))
            )
        if (row.get("latitude", None) is None) != (row.get("longitude", None) is None):
            faults.append(Fault(row.row, "latitude", _("纬度和经度要一起填。")))
        if faults or node is None:
            return None, faults
        title = title or excerpt(body, 40)
        return _Ready(row, node, category, title, body, row.get("external_id") or _fingerprint(title, body, node, raised_at)), []

    def _attempt(self, row: Parsed, key: str, find: Any, faults: list[Fault]) -> Any:
        try:
            return find()
        except Refused as problem:
            named = faults_of(row.row, problem)
            faults += [f if f.key else Fault(f.row, key, f.text) for f in named]
            return None

    def _place(self, row: Parsed) -> Node:
        tree = self.task.tree
        if not row.get("compound"):
            return self.task.place(row.get("place"))
        found = tree.compound_named(row.get("compound"))
        if len(found) != 1:
            text = _("没有登记过“%(name)s”这个小区。%(near)s") if not found else _("有几个小区叫“%(name)s”，请改写地点代码。")
            raise Invalid(
                "no_place", "", fields={"compound": [text % {"name": row.get("compound"), "near": self.task.near(row.get("compound"))}]}
            )
        node = found[0]
        for kind, key in ((Kind.BUILDING, "building"), (Kind.ENTRANCE, "entrance")):
            if row.get(key):
                below = node.child(kind.value, row.get(key))
                if below is None:
                    raise Invalid(
                        "no_place", "", fields={key: [_("“%(parent)s”里没有“%(name)s”。") % {"parent": node.name, "name": row.get(key)}]}
                    )
                node = below
        return node

    def _category(self, text: str) -> Category | None:
        if not text:
            return None
        word = unicodedata.normalize("NFKC", text).strip().lower()
        found = self._categories.get(word) or self._categories.get(word.replace("\\", "/").split("/")[-1].strip())
        if found is None:
            close = get_close_matches(word, self._categories, n=3, cutoff=0.4) or ["其他"]
            raise Invalid(
                "no_category",
                "",
                fields={
                    "category": [
                        _("没有“%(category)s”这个类别。相近的有：%(names)s。") % {"category": text[:30], "names": "、".join(close)}
                    ]
                },
            )
        return found

    def _raisers(self) -> list[Fault]:
        """Those who raised them, on the roster or to be registered."""
        named = [r for r in self._ready if r.row.get("raiser") and r.row.get("raiser_phone")]
        if not named:
            return []
        if not table.may(self.task.actor, "person.import", self.task.path):
            text = _("您的账号不能登记居民。请不要导入“提出人”和“提出人电话”两列。")
            return [Fault(r.row.row, "raiser", text) for r in named]
        self._roster = Roster(actor=self.task.actor, tree=self.task.tree, now=self.task.now, today=self.task.today)
        drafts = [Draft(r.row.row, r.row.get("raiser"), phone=r.row.get("raiser_phone"), lives=False) for r in named]
        # The same person may well have raised several: only the first row is theirs to be registered by.
        first = {(d.name, d.phone): d for d in reversed(drafts)}
        self._raiser_row = {d.row: first[d.name, d.phone].row for d in drafts}
        return [Fault(p.row, "raiser_phone", p.text) for p in self._roster.plan(list(first.values()))]

    def write(self, skip: set[int], advance: Advance) -> dict[str, int]:
        kept = [r for r in self._ready if r.row.row not in skip]
        people = self._people(kept)
        places = Place.objects.in_bulk({r.node.id for r in kept})
        old = [r for r in kept if r.row.get("raised_at", None)]
        fresh = [r for r in kept if not r.row.get("raised_at", None)]
        actor, now = self.task.actor, self.task.now
        replays = [self._replay(r, places[r.node.id], people.get(r.row.row)) for r in old]
        made, known = replay_requests(actor=actor, replays=replays, now=now, advance=advance)
        before = known_ids([r.external_id for r in fresh])
        for r in fresh:
            if r.external_id not in before:
                self._raise(r, places[r.node.id], people.get(r.row.row))
            advance(1)
        return {"requests_new": made + len(fresh) - len(before), "requests_same": known + len(before)}

    def _people(self, kept: Sequence[_Ready]) -> dict[int, Person]:
        if self._roster is None:
            return {}
        rows = {r.row.row for r in kept}
        needed = {first for row, first in self._raiser_row.items() if row in rows}
        self._roster.write(skip=set(self._raiser_row.values()) - needed)
        ids = self._roster.person_ids()
        found = Person.objects.in_bulk(set(ids.values()))
        return {row: found[ids[first]] for row, first in self._raiser_row.items() if ids.get(first) in found}

    def _replay(self, ready: _Ready, place: Place, person: Person | None) -> Replay:
        row = ready.row
        return Replay(
            title=ready.title,
            body=ready.body,
            place=place,
            raised_at=row.get("raised_at"),
            external_id=ready.external_id,
            category=ready.category,
            point=_point(row),
            spot=row.get("spot"),
            channel=row.get("channel") or "import",
            closed_at=row.get("closed_at", None),
            answer=row.get("answer"),
            visibility=row.get("visibility") or Visibility.PUBLIC.value,
            urgency=row.get("urgency") or Urgency.ORDINARY.value,
            grade=row.get("grade"),
            raised_for=person,
        )

    def _raise(self, ready: _Ready, place: Place, person: Person | None) -> None:
        row = ready.row
        raise_request(
            actor=self.task.actor,
            title=ready.title,
            body=ready.body,
            place=place,
            now=self.task.now,
            category=ready.category,
            visibility=row.get("visibility") or Visibility.PUBLIC.value,
            urgency=row.get("urgency"),
            grade=row.get("grade"),
            spot=row.get("spot"),
            point=_point(row),
            channel=row.get("channel") or "import",
            external_id=ready.external_id,
            raised_for=person,
        )


def _point(row: Parsed) -> tuple[float, float] | None:
    latitude, longitude = row.get("latitude", None), row.get("longitude", None)
    return (latitude, longitude) if latitude is not None and longitude is not None else None


def _fingerprint(title: str, body: str, node: Node, raised_at: datetime | None) -> str:
    """Stands for a number of its own where the sheet gives none: the same content at the same place and time is the same request."""
    parts = [title, body, node.path, raised_at.isoformat() if raised_at else ""]
    return "sheet-" + hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]


def _category_words() -> dict[str, Category]:
    """Every code, name and foreign code of the tree; a leaf wins over a top of the same name."""
    found: dict[str, Category] = {}
    for category in sorted(Category.objects.filter(active=True), key=lambda c: c.parent_id is not None):
        words = [category.code, category.name_zh, category.name_en, *(str(code) for code in category.external_codes.values())]
        found.update({unicodedata.normalize("NFKC", word).strip().lower(): category for word in words if word})
    return found

"""Places, parents before children however the sheet orders them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.access.rows import chunks
from linli.kernel.places.actions import check_names, mend_places, names_in
from linli.kernel.places.bulk import Node
from linli.kernel.places.models import ORDER, Place, PlaceName
from linli.lib.geo import wgs84_from_gcj02
from linli.ports.tables.loading.common import Advance, Task, faults_of
from linli.ports.tables.rows import Fault, Parsed


class PlaceLoader:
    def __init__(self, task: Task) -> None:
        table.require(task.actor, "place.edit", task.path)
        self.task = task
        self._rows: dict[int, tuple[Node, Parsed]] = {}

    def check(self, rows: Sequence[Parsed], advance: Advance) -> list[Fault]:
        faults: list[Fault] = []
        taken = self._codes_elsewhere(rows)
        seen: dict[int, int] = {}
        for row in sorted(rows, key=lambda r: ORDER.index(r.get("level"))):
            try:
                node = self._grow(row, taken)
                check_names(_names(row))
            except Refused as problem:
                faults += faults_of(row.row, problem, {"kind": "level"})
                continue
            if id(node) in seen:
                faults.append(Fault(row.row, "name", _("与第 %(row)s 行是同一个地点。") % {"row": seen[id(node)]}))
                continue
            seen[id(node)] = row.row
            self._rows[row.row] = (node, row)
        advance(len(rows))
        return faults

    def _codes_elsewhere(self, rows: Sequence[Parsed]) -> set[str]:
        """Codes of the sheet that belong to places outside the part of the tree imported into."""
        found: set[str] = set()
        for part in chunks({row.get("code") for row in rows if row.get("code")}):
            found.update(Place.objects.filter(code__in=part, retired_at=None).values_list("code", flat=True))
        return found - set(self.task.tree.by_code)

    def _grow(self, row: Parsed, taken: set[str]) -> Node:
        code, kind = row.get("code"), row.get("level")
        parent = self._parent(row)
        point = self._point(row)
        known = self.task.tree.by_code.get(code) if code else None
        node = (parent or self.task.tree.tops).child(kind, row.get("name"))
        if code and (code in taken or (known is not None and known is not node)):
            raise Invalid("code_taken", "", fields={"code": [_("统计代码 %(code)s 已经属于另一个地点。") % {"code": code}]})
        if node is None:
            if parent is None and self.task.root is not None:
                raise Invalid("no_parent", "", fields={"parent": [_("请填写上级。")]})
            node = self.task.tree.grow(parent, kind, row.get("name"), code)
            node.point, node.community_type, node.phone = point, row.get("community_type"), row.get("phone")
        return node

    def _parent(self, row: Parsed) -> Node | None:
        if not row.get("parent"):
            return self.task.tree.root
        text = row.get("parent")
        if text in self.task.tree.by_code:
            return self.task.tree.by_code[text]
        first, *rest = [part.strip() for part in text.replace("／", "/").split("/") if part.strip()]
        starts = [
            n
            for n in (*self.task.tree.nodes.values(), *self.task.tree.fresh)
            if n.name == first and ORDER.index(n.kind) < ORDER.index(row.get("level"))
        ]
        ends = [node for node in ((self.task._descend(start, rest) if rest else start) for start in starts) if node is not None]
        if len(ends) == 1:
            return ends[0]
        text = _("没有找到上级“%(parent)s”。") if not ends else _("有几个地点叫“%(parent)s”，请写代码或从上往下的路径。")
        raise Invalid("no_parent", "", fields={"parent": [text % {"parent": row.get("parent")[:60]}]})

    def _point(self, row: Parsed) -> tuple[float, float] | None:
        latitude, longitude = row.get("latitude", None), row.get("longitude", None)
        if (latitude is None) != (longitude is None):
            raise Invalid("bad_point", "", fields={"latitude": [_("纬度和经度要一起填。")]})
        if latitude is None:
            return None
        if not -90 <= latitude <= 90:
            raise Invalid("bad_point", "", fields={"latitude": [_("纬度应在 -90 到 90 之间，请核对是否与经度写反了。")]})
        return wgs84_from_gcj02(latitude, longitude) if row.get("datum") == "gcj02" else (latitude, longitude)

    def write(self, skip: set[int], advance: Advance) -> dict[str, int]:
        kept = [(node, row) for number, (node, row) in self._rows.items() if number not in skip]
        known = [(node, row) for node, row in kept if not node.fresh]
        added = self.task.tree.write(actor=self.task.actor, now=self.task.now, wanted={id(node) for node, _row in kept})
        changes: dict[int, dict[str, Any]] = {node.id: {"names": names} for node, row in kept if (names := _names(row))}
        for node, row in known:
            told = {name: row.get(name) for name in ("code", "community_type", "phone") if row.get(name)}
            point = self._point(row)
            changes[node.id] = {**changes.get(node.id, {}), **told, **({"point": point} if point else {})}
        mended = mend_places(actor=self.task.actor, changes=changes, root_path=self.task.path, now=self.task.now)
        changed = len(mended & {node.id for node, _row in known})
        advance(4)
        return {"places_new": added, "places_changed": changed, "places_same": len(known) - changed}


def _names(row: Parsed) -> dict[str, list[str]]:
    """The other words of a row, by why; an empty cell says nothing."""
    told = {why: names_in(row.get(why) or "") for why in PlaceName.Why.values}
    return {why: names for why, names in told.items() if names}

"""Residents, and homes with their owners: both are one roster (kernel.people.bulk)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction

from django.utils.translation import gettext as _

from linli.kernel.access import table
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.people.bulk import Draft, Roster
from linli.kernel.places.bulk import Node, name_key
from linli.kernel.places.models import Kind
from linli.ports.tables.kinds.residents import HEAD
from linli.ports.tables.loading.common import Advance, Task, faults_of
from linli.ports.tables.rows import Fault, Parsed

# What the kernel calls a field -> the sheet's column.
_KEYS = {"exclusive_area": "area"}
_LEVELS = ((Kind.COMPOUND, "compound"), (Kind.BUILDING, "building"), (Kind.ENTRANCE, "entrance"), (Kind.HOME, "room"))


class RosterLoader:
    """`owners_only`: the sheet of homes, where people are owners and nobody is settled."""

    def __init__(self, task: Task, *, owners_only: bool) -> None:
        self.task, self.owners_only = task, owners_only
        self.roster = Roster(actor=task.actor, tree=task.tree, now=task.now, today=task.today)
        self._whole: dict[int, Fraction] = {}
        self._may_add_compounds = table.may(task.actor, "place.edit", task.path)

    def check(self, rows: Sequence[Parsed], advance: Advance) -> list[Fault]:
        faults: list[Fault] = []
        drafts = []
        self._whole = self._sole_owners(rows) if self.owners_only else {}
        for row in rows:
            try:
                home = self._home(row)
            except Refused as problem:
                faults += faults_of(row.row, problem)
                continue
            drafts.append(self._owner(row, home) if self.owners_only else self._resident(row, home))
            if self.owners_only and drafts[-1].name and drafts[-1].share is None:
                faults.append(Fault(row.row, "share", _("同一户有几位业主时，每位都要写产权份额；共同共有的可以各写 1/2。")))
                drafts.pop()
        keys = {**_KEYS, "name": "owner"} if self.owners_only else _KEYS
        faults += [Fault(p.row, keys.get(p.field, p.field), p.text) for p in self.roster.plan(drafts, advance=advance)]
        return faults

    def write(self, skip: set[int], advance: Advance) -> dict[str, int]:
        return dict(vars(self.roster.write(skip=skip, advance=advance)))

    def _sole_owners(self, rows: Sequence[Parsed]) -> dict[int, Fraction]:
        """Rows whose owner is the only one named for the home and whose share is not stated."""
        by_home: dict[tuple[str, ...], list[Parsed]] = defaultdict(list)
        for row in rows:
            if row.get("owner"):
                by_home[tuple(name_key(kind.value, row.get(key)) for kind, key in _LEVELS)].append(row)
        return {group[0].row: Fraction(1) for group in by_home.values() if len(group) == 1}

    def _home(self, row: Parsed) -> Node | None:
        """The home the row names, grown in memory when new: building, entrance and home freely, a compound by those who may."""
        room = row.get("room")
        if not room:
            return None
        parent = self._compound(row.get("compound"))
        for kind, key in _LEVELS[1:]:
            if row.get(key):
                parent = self.task.tree.grow(parent, kind.value, row.get(key))
        return parent

    def _compound(self, name: str) -> Node:
        tree, root = self.task.tree, self.task.tree.root
        if not name:
            if root is not None and root.kind in (Kind.COMPOUND, Kind.BUILDING):
                return root
            if len(tree.compounds()) == 1:
                return tree.compounds()[0]
            raise _here("compound", _("请填写小区：这里有 %(count)s 个小区。") % {"count": len(tree.compounds())})
        found = tree.compound_named(name)
        if len(found) == 1:
            return found[0]
        if found:
            raise _here("compound", _("有 %(count)s 个小区叫“%(name)s”，请选择更小的导入位置。") % {"count": len(found), "name": name})
        if root is not None and root.kind in (Kind.COMMUNITY, Kind.GRID) and self._may_add_compounds and self.owners_only:
            return tree.grow(root, Kind.COMPOUND.value, name)
        raise _here(
            "compound", _("没有登记过“%(name)s”这个小区。%(near)s新小区请先在“地点”里添加。") % {"name": name, "near": self.task.near(name)}
        )

    def _resident(self, row: Parsed, home: Node | None) -> Draft:
        relation = row.get("relation")
        return Draft(
            row=row.row,
            name=row.get("name"),
            identity=row.get("identity"),
            phone=row.get("phone"),
            address=row.get("address"),
            contact_by=row.get("contact_by"),
            language=row.get("language"),
            large_type=row.get("large_type", None),
            home=home,
            lives=True,
            relation=relation.removesuffix(HEAD),
            heads=relation.endswith(HEAD),
            share=row.get("share", None),
            groups=row.get("groups", ()),
            since_on=row.get("since_on", None),
            area=row.get("area", None),
        )

    def _owner(self, row: Parsed, home: Node | None) -> Draft:
        named = bool(row.get("owner"))
        return Draft(
            row=row.row,
            name=row.get("owner"),
            identity=row.get("identity"),
            phone=row.get("phone"),
            home=home,
            lives=False,
            # An owner without a stated share: the whole, when nobody else of the home is named.
            share=row.get("share", None) if row.get("share", None) is not None or not named else self._whole.get(row.row),
            since_on=row.get("since_on", None),
            area=row.get("area", None),
            use=row.get("use"),
            register_code=row.get("register_code"),
        )


def _here(key: str, text: str) -> Refused:
    return Invalid("bad_row", text, fields={key: [text]})

"""
Places by the thousand: a part of the tree in memory, looked up the way people write names, and grown in one go.

"3栋", "３ 幢", "03号楼" and "3" are the same building under the same parent; what is new is named the way the house names things.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from django.db import transaction

from linli.kernel.access import table
from linli.kernel.access.actor import Actor
from linli.kernel.access.paths import segment, subtree
from linli.kernel.access.rows import insert_rows, reserve_ids
from linli.kernel.places.actions import HAN, check_place, han_number, sort_key
from linli.kernel.places.models import ORDER, Kind, Place, PlaceChange

_ENDINGS = {
    Kind.BUILDING: re.compile(r"(?:号楼|號樓|栋|棟|幢|座|楼|#楼|#|号)$"),
    Kind.ENTRANCE: re.compile(r"(?:单元|單元|号门|门|梯)$"),
    Kind.HOME: re.compile(r"(?:室|户|房|号)$"),
}
_UNITS = {Kind.BUILDING: "栋", Kind.ENTRANCE: "单元"}


@dataclass(slots=True)
class Node:
    """A place of the tree in memory; `id` and `path` are empty until a new one is written."""

    kind: str
    name: str
    parent: Node | None
    id: int = 0
    path: str = ""
    code: str = ""
    fresh: bool = False
    retired_at: datetime | None = None
    point: tuple[float, float] | None = None
    community_type: str = ""
    phone: str = ""
    by_name: dict[tuple[str, str], Node] = field(default_factory=dict, repr=False)
    by_key: dict[tuple[str, str], list[Node]] = field(default_factory=dict, repr=False)

    def add(self, child: Node) -> None:
        self.by_name[child.kind, child.name] = child
        self.by_key.setdefault((child.kind, name_key(child.kind, child.name)), []).append(child)

    def child(self, kind: str, name: str) -> Node | None:
        """By the very name, or else by what it amounts to when only one does."""
        found = self.by_name.get((kind, name))
        if found is None:
            alike = self.by_key.get((kind, name_key(kind, name)), [])
            found = alike[0] if len(alike) == 1 else None
        return found


@lru_cache(maxsize=65536)
def name_key(kind: str, name: str) -> str:
    """What a name amounts to: width, spaces, case, leading zeros, Chinese numerals and the word for the level do not count."""
    text = "".join(unicodedata.normalize("NFKC", name).split()).lower()
    ending = _ENDINGS.get(Kind(kind)) if kind in Kind.values else None
    if ending:
        text = ending.sub("", text) or text
    if text and all(char in HAN for char in text):
        text = str(han_number(text))
    return text.lstrip("0") or text if text.isdecimal() else text


@lru_cache(maxsize=65536)
def house_name(kind: str, name: str) -> str:
    """How a new place is named: "3幢" stays 3 幢, a bare 3 becomes 3 栋; a home keeps its number without 室."""
    text = " ".join(unicodedata.normalize("NFKC", name).split())
    if kind == Kind.HOME:
        return re.sub(r"(?<=\d)室$", "", text)
    if kind in _UNITS:
        if text.isdecimal():
            return f"{int(text)} {_UNITS[Kind(kind)]}"
        return re.sub(r"(?<=\d)(?=[\u4e00-\u9fff])", " ", text)
    return text


class Tree:
    """The places in force at and below `root` (None: all of them), and those to be added."""

    def __init__(self, root: Place | None) -> None:
        self.root_path = root.path if root else ""
        self.nodes: dict[int, Node] = {}
        self.tops: Node = Node("", "", None)
        self.fresh: list[Node] = []
        self.by_code: dict[str, Node] = {}
        self._compounds: list[Node] = []
        found = Place.objects.filter(retired_at=None, **subtree("path", self.root_path))
        for id_, kind, name, parent_id, path, code in (
            found.order_by("path").values_list("id", "kind", "name", "parent_id", "path", "code").iterator(5000)
        ):
            node = Node(kind, name, self.nodes.get(parent_id) if parent_id else None, id_, path, code)
            self.nodes[id_] = node
            (node.parent or self.tops).add(node)
            self._note(node)
        self.root: Node | None = self.nodes.get(root.pk) if root else None

    def _note(self, node: Node) -> None:
        if node.code:
            self.by_code[node.code] = node
        if node.kind == Kind.COMPOUND:
            self._compounds.append(node)

    def compounds(self) -> list[Node]:
        return self._compounds

    def compound_named(self, name: str) -> list[Node]:
        """Compounds of that name anywhere in the tree."""
        key = name_key(Kind.COMPOUND, name)
        return [node for node in self._compounds if node.name == name] or [
            node for node in self._compounds if name_key(Kind.COMPOUND, node.name) == key
        ]

    def grow(self, parent: Node | None, kind: str, name: str, code: str = "") -> Node:
        """The child of `parent` of that kind and name, made in memory when there is none. Raises Invalid by the rules of places."""
        above = parent or self.tops
        found = above.child(kind, name)
        if found is not None:
            return found
        name = house_name(kind, name)
        check_place(kind, name, parent, code)
        node = Node(kind, name, parent, code=code, fresh=True)
        above.add(node)
        self._note(node)
        self.fresh.append(node)
        return node

    @transaction.atomic
    def write(self, *, actor: Actor, now: datetime, verb: str = "place.edit", wanted: set[int] | None = None) -> int:
        """
        Write what was grown (all, or those whose `id(node)` is wanted, with their parents), each with its history row.

        `verb` is what the actor must be allowed at the root. Returns how many places were added.
        """
        table.require(actor, verb, self.root_path)
        nodes = list(self._chosen(wanted))
        nodes.sort(key=lambda node: ORDER.index(node.kind))
        for node, number in zip(nodes, reserve_ids(Place, len(nodes)), strict=True):
            node.id, node.path = number, (node.parent.path if node.parent else "") + segment(number)
            node.fresh = False
        micro = 1_000_000
        insert_rows(
            Place,
            [
                "id",
                "kind",
                "name",
                "code",
                "parent_id",
                "path",
                "community_type",
                "phone",
                "latitude",
                "longitude",
                "sort_key",
                "created_at",
            ],
            (
                (
                    n.id,
                    n.kind,
                    n.name,
                    n.code,
                    n.parent.id if n.parent else None,
                    n.path,
                    n.community_type,
                    n.phone,
                    round(n.point[0] * micro) if n.point else None,
                    round(n.point[1] * micro) if n.point else None,
                    sort_key(n.name),
                    now,
                )
                for n in nodes
            ),
        )
        insert_rows(
            PlaceChange,
            ["place_id", "verb", "at", "by_id", "by_name", "before", "after"],
            (
                (
                    n.id,
                    "added",
                    now,
                    actor.account_id,
                    actor.name,
                    {},
                    {"name": n.name, "kind": n.kind, "code": n.code, "parent": n.parent.id if n.parent else None},
                )
                for n in nodes
            ),
        )
        self.fresh = [node for node in self.fresh if node.fresh]
        self.nodes.update((node.id, node) for node in nodes)
        return len(nodes)

    def _chosen(self, wanted: set[int] | None) -> Iterator[Node]:
        if wanted is None:
            yield from self.fresh
            return
        seen: set[int] = set()
        for node in self.fresh:
            if id(node) in wanted:
                step: Node | None = node
                while step is not None and step.fresh and id(step) not in seen:
                    seen.add(id(step))
                    yield step
                    step = step.parent

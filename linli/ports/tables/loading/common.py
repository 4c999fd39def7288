"""What every kind of import is given, and finding the place a text names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from functools import cached_property
from typing import Protocol

from django.utils.translation import gettext as _

from linli.kernel.access.actor import Actor
from linli.kernel.access.refusals import Invalid, Refused
from linli.kernel.places.bulk import Node, Tree, name_key
from linli.kernel.places.models import Kind, Place
from linli.ports.tables.rows import Fault, Parsed

Advance = Callable[[int], None]


@dataclass
class Task:
    """Who imports, where, when."""

    actor: Actor
    root: Place | None
    now: datetime
    today: date

    @property
    def path(self) -> str:
        return self.root.path if self.root else ""

    @cached_property
    def tree(self) -> Tree:
        return Tree(self.root)

    @cached_property
    def _named(self) -> dict[str, list[Node]]:
        """Places down to the compound by name; buildings and homes are only found below one."""
        found: dict[str, list[Node]] = defaultdict(list)
        for node in self.tree.nodes.values():
            if node.kind not in (Kind.BUILDING, Kind.ENTRANCE, Kind.HOME):
                found[name_key(node.kind, node.name)].append(node)
        return found

    def place(self, text: str) -> Node:
        """
        The place with that code, that path ("芳草社区/芳草苑/3栋") or that name below the root; empty text is the root.

        Raises Invalid naming what is near when there is none, or several.
        """
        text = text.strip()
        if not text:
            if self.tree.root is None:
                raise Invalid("no_place", _("请填写地点，或者选择导入到哪里。"))
            return self.tree.root
        if text in self.tree.by_code:
            return self.tree.by_code[text]
        first, *rest = [part for part in text.replace("＞", "/").replace(">", "/").replace("／", "/").split("/") if part.strip()] or [text]
        found = self._named.get(name_key("", first), [])
        if rest:
            found = [node for node in (self._descend(start, rest) for start in found) if node is not None]
        if len(found) == 1:
            return found[0]
        if not found:
            raise Invalid("no_place", _("没有找到地点“%(place)s”。%(near)s") % {"place": text[:40], "near": self.near(first)})
        raise Invalid(
            "place_unclear", _("有 %(count)s 个地点叫“%(place)s”，请写代码或从上往下的路径。") % {"count": len(found), "place": text[:40]}
        )

    def _descend(self, node: Node, names: Sequence[str]) -> Node | None:
        for name in names:
            below = next((child for child in (node.child(kind.value, name.strip()) for kind in Kind) if child is not None), None)
            if below is None:
                return None
            node = below
        return node

    def near(self, name: str) -> str:
        """A sentence with the names that could have been meant; empty when none is near."""
        names = sorted({nodes[0].name for nodes in self._named.values()})[:5000]
        close = get_close_matches(name, names, n=3, cutoff=0.5) or [n for n in names if name and name[:2] in n][:3]
        return _("是不是：%(names)s？") % {"names": "、".join(close)} if close else ""


class Loader(Protocol):
    """One import of one kind. `check` names every row that cannot be taken; `write` puts down the rest and counts."""

    def check(self, rows: Sequence[Parsed], advance: Advance) -> list[Fault]: ...

    def write(self, skip: set[int], advance: Advance) -> dict[str, int]: ...


def faults_of(row: int, problem: Refused, keys: dict[str, str] | None = None) -> list[Fault]:
    """A refusal as faults of a row; `keys` maps the action's field names to columns."""
    if isinstance(problem, Invalid) and problem.fields:
        return [Fault(row, (keys or {}).get(name, name), "".join(str(text) for text in texts)) for name, texts in problem.fields.items()]
    return [Fault(row, "", str(problem))]

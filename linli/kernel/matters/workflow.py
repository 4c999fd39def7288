"""
Workflows as data: states, and the moves between them. A kind of matter registers one; pages, the API, the docs' diagrams and
the tests all read the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class State:
    """`stage` is today's position on the strip (1-7); `sentence` says who owes what, in words; `open` states await somebody."""

    code: str
    label: Any
    stage: int
    sentence: Any
    open: bool = True
    tone: str = "gold"


@dataclass(frozen=True)
class Move:
    """
    `verb` leads from any of `sources` to `target` (None: stays), or back to one of `back_to` when the matter was held there. Who may is
    the permission row of the same name.

    `asks` are the inputs it needs; `starts`, `meets` and `cancels` name promises; `stops`/`restarts` hold and resume the clocks.
    """

    verb: str
    label: Any
    sources: tuple[str, ...]
    target: str | None
    asks: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    meets: tuple[str, ...] = ()
    cancels: tuple[str, ...] = ()
    stops: bool = False
    restarts: bool = False
    public: bool = True
    back_to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workflow:
    kind: str
    prefix: str
    label: Any
    stages: tuple[Any, ...]
    states: tuple[State, ...]
    moves: tuple[Move, ...]
    first: str
    on_raise_starts: tuple[str, ...] = ()
    reads: str = field(default="")

    def __post_init__(self) -> None:
        codes = {s.code for s in self.states}
        named = {self.first} | {c for m in self.moves for c in (*m.sources, *m.back_to, m.target or self.first)}
        if len(self.stages) != 7 or named - codes or len(codes) != len(self.states):
            raise ValueError(f"workflow {self.kind}: seven stages, and every move between known states; unknown: {named - codes}")
        if len({m.verb for m in self.moves}) != len(self.moves):
            raise ValueError(f"workflow {self.kind}: a verb stands twice")

    @cached_property
    def by_code(self) -> dict[str, State]:
        return {s.code: s for s in self.states}

    @cached_property
    def by_verb(self) -> dict[str, Move]:
        return {m.verb: m for m in self.moves}

    def moves_from(self, state: str) -> list[Move]:
        return [m for m in self.moves if state in m.sources]

    @property
    def open_states(self) -> list[str]:
        return [s.code for s in self.states if s.open]


_workflows: dict[str, Workflow] = {}


def register(workflow: Workflow) -> None:
    """Make a kind known. Registering the same kind again must be the same workflow."""
    known = _workflows.setdefault(workflow.kind, workflow)
    if known != workflow:
        raise ValueError(f"two workflows for {workflow.kind}")


def workflow_of(kind: str) -> Workflow:
    return _workflows[kind]


def workflows() -> Iterable[Workflow]:
    return _workflows.values()


def diagram(workflow: Workflow) -> str:
    """The workflow as a Mermaid state diagram, made from the data."""
    lines = ["stateDiagram-v2", f"    [*] --> {workflow.first}"]
    lines += [f"    {s.code}: {s.code} / {s.label} ({s.stage})" for s in workflow.states]
    for move in workflow.moves:
        ends = [(source, end) for source in move.sources for end in (move.target or source, *move.back_to)]
        lines += [f"    {source} --> {end}: {move.verb} / {move.label}" for source, end in ends]
    lines += [f"    {s.code} --> [*]" for s in workflow.states if not s.open]
    return "\n".join(lines) + "\n"

"""
What a table of facts is: its columns, which moment says when a row happened, and what each column may be asked.

An *event* happened once, at its moment. A *state* held from one moment until another (open: null). Every row says where: the 12-digit codes of
its district, street and community (empty where there is none), which stay as they were when it happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from linli.insight.measure.problems import refuse

Type = Literal["number", "code", "moment", "yes", "person"]
"""`number`: whole; `moment`: an instant; `yes`: true, false or unknown; `person`: a number that stands for somebody and leads to nobody."""
Kind = Literal["event", "state"]

PLACES: Final = ("district", "street", "community")
"""Columns of every table, from the top down."""
COMMON: Final = ("row", *PLACES)
"""`row`: the number of what the fact is of, by which it is found again in the records."""
ORDERED: Final = frozenset({"number", "moment"})


@dataclass(frozen=True)
class Column:
    """`says_zh` and `says_en` name it on a page; `values` are all it can be, where that is a closed list."""

    name: str
    type: Type
    says_zh: str
    says_en: str
    values: tuple[str, ...] = ()

    def says(self, language: str) -> str:
        return self.says_zh if language.lower().startswith("zh") else self.says_en


_PLACED: Final = (
    Column("district", "code", "区县", "district"),
    Column("street", "code", "街道", "street"),
    Column("community", "code", "社区", "community"),
)


@dataclass(frozen=True)
class FactTable:
    """
    One table. `at` is the moment that puts an event into a month, or from which a state holds; `until` ends a state.

    `version` grows when a column is added or means something else: what was written under another one is written anew.
    """

    name: str
    kind: Kind
    version: int
    says_zh: str
    says_en: str
    at: str
    columns: tuple[Column, ...]
    until: str = ""

    def __post_init__(self) -> None:
        names = [c.name for c in self.columns]
        assert len(set(names)) == len(names), f"{self.name}: a column stands twice"
        assert not set(names) & set(COMMON), f"{self.name}: {COMMON} are of every table"
        assert self.column(self.at).type == "moment", f"{self.name}: {self.at} is no moment"
        assert (self.kind == "state") == bool(self.until), f"{self.name}: a state ends, an event does not"

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Every column that can be asked of, the places among them: so communities with something in them can be counted."""
        return {c.name: c for c in (*_PLACED, *self.columns)}

    def column(self, name: str) -> Column:
        """Raises InputProblem for a column the table does not have."""
        found = self.by_name.get(name)
        if found is None:
            raise refuse(
                "no_column",
                f"事实表“{self.name}”没有“{name}”这一列；有的是：{'、'.join(self.by_name)}。",
                f'The fact table "{self.name}" has no column "{name}"; it has: {", ".join(self.by_name)}.',
            )
        return found

    def says(self, language: str) -> str:
        return self.says_zh if language.lower().startswith("zh") else self.says_en

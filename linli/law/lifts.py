"""
Keys for sharing the cost of a lift (加装电梯分摊系数) as data: coefficients by floor, with the source and how far it was checked.

Packs and an operator's own schemes have the same shape, so the same checks hold for a page's input as for a pack. Sources: LIFT-002,
LIFT-003; that owners may agree otherwise: Civil Code 283.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any, Final

from linli.insight.choice.shares import By, FloorScheme
from linli.insight.plans import figure
from linli.law.packs import FOLDER
from linli.law.reading import PackError, content_of
from linli.lib.problems import InputProblem

LOWEST, HIGHEST = -5, 120
MOST_COEFFICIENT: Final = 100
CONFIDENCES: Final = ("verified_text", "verified_secondary", "from_memory", "own", "example")


@dataclass(frozen=True)
class LiftScheme:
    """
    Floors named in `table` have their coefficient; others above `free_up_to` have `base` plus `step` for each floor above `base_floor`, never
    below 0; the rest pay nothing. `by` says whether a coefficient counts per home or per area.
    """

    code: str
    name_zh: str
    name_en: str
    by: By
    base: Fraction
    step: Fraction
    base_floor: int = 3
    free_up_to: int = 1
    table: Mapping[int, Fraction] = field(default_factory=dict)
    confidence: str = "own"
    source_zh: str = ""
    source_en: str = ""
    jurisdiction: str = "CN"
    cites: tuple[str, ...] = ()
    note_zh: str = ""
    note_en: str = ""

    def name(self, language: str) -> str:
        return self.name_zh if language.lower().startswith("zh") or not self.name_en else self.name_en

    def source(self, language: str) -> str:
        return self.source_zh if language.lower().startswith("zh") or not self.source_en else self.source_en

    def note(self, language: str) -> str:
        return self.note_zh if language.lower().startswith("zh") or not self.note_en else self.note_en

    @property
    def floors(self) -> FloorScheme:
        """The same for the arithmetic."""
        return FloorScheme(self.base, self.step, self.base_floor, self.free_up_to, dict(self.table), self.by)

    def data(self) -> dict[str, Any]:
        """Plain data for JSON; `scheme_from` reads it back."""
        same = ("code", "name_zh", "name_en", "by", "base_floor", "free_up_to", "confidence", "source_zh", "source_en", "jurisdiction", "note_zh", "note_en")  # fmt: skip
        return {
            **{name: getattr(self, name) for name in same},
            "base": str(self.base),
            "step": str(self.step),
            "table": {str(floor): str(value) for floor, value in sorted(self.table.items())},
            "cites": list(self.cites),
        }


def scheme_from(data: Mapping[str, Any]) -> LiftScheme:
    """A scheme from plain data. Raises InputProblem naming what is wrong and how to mend it."""
    by = data.get("by")
    if by not in ("home", "area"):
        raise InputProblem("bad_scheme", "请选择系数按户算还是按面积算。", "Say whether coefficients count per home or per area.")
    made = LiftScheme(
        code=_text(data, "code", 40),
        name_zh=_text(data, "name_zh", 60),
        name_en=_text(data, "name_en", 120, needed=False),
        by=by,
        base=coefficient(data.get("base", "0")),
        step=coefficient(data.get("step", "0")),
        base_floor=_floor(data.get("base_floor", 3)),
        free_up_to=_floor(data.get("free_up_to", 1)),
        table={_floor(floor): coefficient(value) for floor, value in dict(data.get("table") or {}).items()},
        confidence=_confidence(data),
        source_zh=_text(data, "source_zh", 120, needed=False),
        source_en=_text(data, "source_en", 160, needed=False),
        jurisdiction=str(data.get("jurisdiction", "CN")),
        cites=tuple(str(c) for c in data.get("cites", ())),
        note_zh=_text(data, "note_zh", 200, needed=False),
        note_en=_text(data, "note_en", 300, needed=False),
    )
    if not made.base and not made.step and not any(made.table.values()):
        raise InputProblem("bad_scheme", "系数不能全是零：没有人出钱。", "The coefficients cannot all be zero: nobody would pay.")
    return made


def coefficient(value: Any) -> Fraction:
    """A coefficient from 0 to 100 as an exact fraction ("0.5", "1/2", 1). Raises InputProblem."""
    found = figure(str(value))
    if isinstance(value, bool) or found is None or found > MOST_COEFFICIENT:
        raise InputProblem(
            "bad_coefficient",
            "系数请写成 0 到 100 的数，如 0、0.5、1.1。",
            "Write a coefficient as a number from 0 to 100, such as 0, 0.5 or 1.1.",
        )
    return found


def _floor(value: Any) -> int:
    try:
        found = int(str(value).strip())
    except ValueError:
        found = LOWEST - 1
    if isinstance(value, bool) or not LOWEST <= found <= HIGHEST or found == 0:
        raise InputProblem(
            "bad_floor",
            f"楼层请写成整数：地面一层是 1，地下一层是 -1，最高 {HIGHEST}。",
            f"Write a floor as a whole number: the ground floor is 1, the one below it -1, the highest {HIGHEST}.",
        )
    return found


def _text(row: Mapping[str, Any], key: str, most: int, *, needed: bool = True) -> str:
    value = row.get(key, "")
    if not isinstance(value, str) or (needed and not value.strip()) or len(value) > most:
        raise InputProblem("bad_scheme", f"名称和来源要写，最多 {most} 个字。", f"{key} is needed, {most} characters at most.")
    return value.strip()


def _confidence(row: Mapping[str, Any]) -> str:
    value = row.get("confidence", "own")
    if value not in CONFIDENCES:
        raise InputProblem("bad_scheme", "请写明来源是否核对过。", f"confidence must be one of {', '.join(CONFIDENCES)}.")
    return str(value)


@cache
def lift_schemes() -> tuple[LiftScheme, ...]:
    """The published schemes and the examples, in order. Raises PackError."""
    content = content_of(FOLDER / "lift_schemes.yaml")
    try:
        found = tuple(scheme_from(row) for row in content["entries"])
    except InputProblem as problem:
        raise PackError(f"lift_schemes.yaml: {problem.text_en}") from None
    if len({s.code for s in found}) != len(found):
        raise PackError("lift_schemes.yaml: a code occurs twice")
    return found


def lift_scheme(code: str) -> LiftScheme:
    """The pack's scheme of that code. Raises KeyError."""
    found = next((s for s in lift_schemes() if s.code == code), None)
    if found is None:
        raise KeyError(code)
    return found


def table_from(text: str, by: str, step: str = "0") -> dict[str, Any]:
    """
    A scheme's numbers from what somebody wrote, one floor a line ("2层 0.5"). Floors below the lowest line pay nothing; above the highest each floor
    counts `step` more. Raises InputProblem naming the line, or the floor left out between two.
    """
    table: dict[int, Fraction] = {}
    for line in text.splitlines():
        words = line.replace("层", " ").translate(str.maketrans("：:，,=＝、", "       ")).split()
        if not words:
            continue
        if len(words) != 2:
            raise InputProblem(
                "bad_table", "每行写一层和它的系数，如“3 1.0”。", "Write one floor and its coefficient a line, such as “3 1.0”."
            )
        table[_floor(words[0])] = coefficient(words[1])
    if not table:
        raise InputProblem(
            "bad_table", "请写出各层的系数，每行一层，如“3 1.0”。", "Write the coefficients, one floor a line, such as “3 1.0”."
        )
    low, high = min(table), max(table)
    if missing := [f for f in range(low, high) if f and f not in table]:
        raise InputProblem(
            "bad_table",
            f"第 {missing[0]} 层没有写系数。不出钱的楼层请写 0。",
            f"Floor {missing[0]} has no coefficient. Write 0 for floors that pay nothing.",
        )
    return {
        "by": by, "table": {str(f): str(v) for f, v in sorted(table.items())}, "base": str(table[high]), "step": str(coefficient(step or "0")),
        "base_floor": high, "free_up_to": low - 1 or -1,
    }  # fmt: skip

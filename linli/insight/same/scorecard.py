"""
A scorecard: every fact of a pair of reports is worth points read from a table, their sum is the logarithm of the odds that it is one matter.

Being a sum, it explains itself: a reason is a line of the sum. (Additive models of binned facts: W. Siddiqi, "Credit Risk Scorecards", 2006;
T. Hastie & R. Tibshirani, "Generalized Additive Models", 1986.) Pure Python: pages use it where numpy is not loaded.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from linli.insight.same.reports import Reason
from linli.lib.problems import InputProblem

FORMAT: Final = "linli-same-scorecard"
VERSION: Final = 1


@dataclass(frozen=True)
class Table:
    """`points[n]` for values below `edges[n]` and not below the edge before; the last for all above; `unknown` without a value."""

    edges: tuple[float, ...]
    points: tuple[float, ...]
    unknown: float = 0.0

    def of(self, value: float | None) -> float:
        if value is None or value != value:
            return self.unknown
        return self.points[bisect_right(self.edges, value)]


@dataclass(frozen=True)
class Scorecard:
    """Tables by the fact's name; a fact without a table is worth nothing."""

    base: float
    tables: Mapping[str, Table]

    def judge(self, values: Mapping[str, float | None]) -> tuple[float, tuple[Reason, ...]]:
        """The chance (0 to 1) that it is one matter, and the points of every fact, the weightiest first."""
        reasons = [Reason(name, values.get(name), table.of(values.get(name))) for name, table in self.tables.items()]
        total = self.base + sum(reason.points for reason in reasons)
        return chance_of(total), tuple(sorted(reasons, key=lambda reason: -abs(reason.points)))


def chance_of(total: float) -> float:
    """The chance whose odds have this natural logarithm."""
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, total))))


def save(card: Scorecard, path: Path, facts: Mapping[str, Any] | None = None) -> None:
    """Write a scorecard as JSON, with `facts` of where it was learned; what stood there is replaced when all is written."""
    tables = {name: {"edges": t.edges, "points": t.points, "unknown": t.unknown} for name, t in card.tables.items()}
    told = {"format": FORMAT, "version": VERSION, "base": card.base, "tables": tables, "facts": dict(facts or {})}
    beside = path.with_name(path.name + ".part")
    beside.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    beside.replace(path)


def load(path: Path) -> Scorecard:
    """Read one. Raises InputProblem for what is not a whole scorecard of this version."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["format"] != FORMAT:
            raise _unreadable()
        if told["version"] != VERSION:
            raise InputProblem(
                "other_version",
                "评分表是别的版本，请用现在的版本重新学习（linli insight similar evaluate --card）。",
                "The scorecard is of another version; learn it again (linli insight similar evaluate --card).",
            )
        return Scorecard(_finite(told["base"]), {str(name): _table(given) for name, given in told["tables"].items()})
    except InputProblem:
        raise
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise _unreadable() from None


def _table(given: Any) -> Table:
    edges, points = tuple(map(_finite, given["edges"])), tuple(map(_finite, given["points"]))
    if len(points) != len(edges) + 1 or list(edges) != sorted(edges):
        raise _unreadable()
    return Table(edges, points, _finite(given["unknown"]))


def _finite(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise _unreadable()
    return number


def _unreadable() -> InputProblem:
    zh = "评分表不完整或不是 Linli 的评分表，请重新学习（linli insight similar evaluate --card）。"
    en = "The scorecard is damaged or none of Linli; learn it again (linli insight similar evaluate --card)."
    return InputProblem("bad_scorecard", zh, en)

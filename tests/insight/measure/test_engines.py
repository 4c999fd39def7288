"""
The same indicators over the same facts on Spark give the same figures as on DuckDB, to the last digit.

`make test-spark` runs it; elsewhere it is skipped, for Spark is no part of what the other checks install.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from linli.insight.measure.engines import engine
from linli.insight.measure.expressions import figures_of
from linli.insight.measure.periods import months_between, period
from tests.insight.measure.test_figures import SHAPES, TABLES, moment, of, write

pytest.importorskip("pyspark", reason="Spark is not installed: make test-spark")


def rows() -> list[dict[str, Any]]:
    """Two years of visits in two districts, with unknown values in every column that may have them."""
    return [
        {
            "district": f"51010{7 + n % 2}000000",
            "community": None if n % 13 == 0 else f"51010{7 + n % 2}02000{1 + n % 3}",
            "at": moment(n % 24, 1 + n % 28, (7 * n) % 24),
            "due_at": None if n % 5 == 0 else moment(n % 24, 2 + n % 27),
            "minutes": None if n % 7 == 0 else (n * n) % 1000,
            "kind": None if n % 11 == 0 else "ab"[n % 2],
            "good": None if n % 3 == 0 else n % 4 == 1,
            "who": None if n % 17 == 0 else n % 50,
        }
        for n in range(2000)
    ]


def test_spark_gives_what_duckdb_gives(tmp_path: Path) -> None:
    homes = [
        {
            "district": "510107000000",
            "community": f"51010702000{n % 3}",
            "since": moment(n % 20),
            "until": None if n % 4 else moment(n % 20 + 3),
            "people": n % 5,
        }
        for n in range(200)
    ]
    snapshot = write(tmp_path, {"visit": rows(), "home": homes})
    indicators = [of({**formula, "window": window}) for formula, _oracle in SHAPES for window in ("period", "year")]
    indicators += [
        of({"shape": "quantile", "q": "9/10", "numerator": {"table": "visit", "column": "minutes"}, "scale": 60}),
        of({"shape": "amount", "numerator": {"table": "home", "how": "sum", "column": "people"}}),
        of(
            {
                "shape": "share",
                "numerator": {"table": "visit"},
                "denominator": {"table": "home", "how": "sum", "column": "people"},
                "per": 1000,
            }
        ),
    ]
    found = {}
    for name in ("duckdb", "spark"):
        with engine(name, snapshot, TABLES.values()) as connected:  # type: ignore[arg-type]
            found[name] = [
                figures_of(connected, TABLES, indicators, months_between(period("2025-06"), period("2026-12")), level)
                for level in ("community", "district", "city", "province")
            ] + [figures_of(connected, TABLES, indicators, [period("2025-Q4"), period("2026-Q1")], "community")]
    assert found["spark"] == found["duckdb"]
    assert sum(map(len, found["duckdb"])) > 500

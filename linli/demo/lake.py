"""
A city's facts straight into a lake, without a database: for trying what a city of twenty million asks of the machine.

Made up and repeatable: the same seed gives the same rows. Arrivals follow season, week and office hours; times to answer and to resolve are
log-normal, as real ones are; one request in eight comes late. Only what requests tell is made, a hundred million of them where asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from linli.insight.measure import lake
from linli.insight.measure.engines import columns_of
from linli.insight.measure.periods import Period, period_of
from linli.lib.units import SHANGHAI
from linli.loops.requests.facts import TABLE

if TYPE_CHECKING:
    import duckdb

DISTRICTS: Final = 16
STREETS: Final = 15
"""In each district."""
COMMUNITIES: Final = 50
"""In each street: 12,000 in the city."""
MONTHS: Final = 36
PEOPLE: Final = 20_000_000

# Uniform numbers of a row: the same for the same row and name, whatever else is asked.
_UNIFORM: Final = "CREATE MACRO u(n, name) AS (hash(n, name, $seed) >> 11)::DOUBLE / 9007199254740992.0"
# Two uniform numbers make a normal one (Box and Muller).
_NORMAL: Final = "CREATE MACRO z(n, name) AS sqrt(-2 * ln(greatest(u(n, name), 1e-12))) * cos(2 * pi() * u(n, name || '~'))"
_MONTH: Final = "CREATE MACRO month_no(s) AS (year(make_timestamp((s + 28800) * 1000000)) * 12 + month(make_timestamp((s + 28800) * 1000000)) - 1)::INTEGER"

_ROWS: Final = """
WITH n AS (SELECT $first + range AS row FROM range($many)),
drawn AS (
    SELECT row,
        $begin + (u(row, 'day') * $days)::BIGINT * 86400 + (8 * 3600 + least(greatest(z(row, 'hour') * 3 + 3, -7.9), 15.9) * 3600)::BIGINT AS raised_at,
        exp(6.2 + 1.1 * z(row, 'answer'))::BIGINT AS to_answer,
        exp(8.4 + 1.0 * z(row, 'work'))::BIGINT AS to_work,
        u(row, 'fate') AS fate, u(row, 'rated') AS rated, u(row, 'solved') AS solved,
        1 + (u(row, 'street') * $streets)::INTEGER % $streets AS street_no,
        1 + (pow(u(row, 'community'), 1.4) * $communities)::INTEGER % $communities AS community_no,
        1 + (u(row, 'kind') * 12)::INTEGER % 12 AS kind_no,
        1 + (pow(u(row, 'person'), 2) * $people)::BIGINT AS person
    FROM n
),
lived AS (
    SELECT *, raised_at + to_answer * 60 AS answered, raised_at + (to_answer + to_work) * 60 AS resolved FROM drawn
),
seen AS (
    SELECT *,
        CASE WHEN answered <= $now THEN answered END AS answered_at,
        CASE WHEN resolved <= $now AND fate < 0.93 THEN resolved END AS resolved_at
    FROM lived
)
SELECT row, $district AS district,
    left($district, 6) || printf('%03d', street_no) || '000' AS street,
    left($district, 6) || printf('%03d', street_no) || printf('%03d', community_no) AS community,
    raised_at, month_no(raised_at) AS raised_at_month,
    answered_at, month_no(answered_at) AS answered_at_month,
    resolved_at, month_no(resolved_at) AS resolved_at_month,
    resolved_at + 7 * 86400 AS closed_at, month_no(resolved_at + 7 * 86400) AS closed_at_month,
    raised_at + 86400 AS answer_due_at, month_no(raised_at + 86400) AS answer_due_at_month,
    answered_at AS answer_met_at, month_no(answered_at) AS answer_met_at_month,
    raised_at + 10 * 86400 AS resolve_due_at, month_no(raised_at + 10 * 86400) AS resolve_due_at_month,
    resolved_at AS resolve_met_at, month_no(resolved_at) AS resolve_met_at_month,
    (answered_at - raised_at) // 60 AS minutes_to_answer,
    (resolved_at - raised_at) // 60 AS minutes_to_resolve,
    CASE WHEN resolved_at IS NOT NULL THEN 'closed' WHEN answered_at IS NULL THEN 'raised' ELSE 'in_progress' END AS state,
    resolved_at IS NULL AS open,
    'kind' || kind_no AS category, 'group' || (kind_no % 4) AS "group",
    CASE WHEN fate < 0.6 THEN 'web' WHEN fate < 0.85 THEN 'phone' ELSE 'counter' END AS channel,
    CASE WHEN kind_no = 1 THEN 'urgent' ELSE 'ordinary' END AS urgency,
    CASE WHEN kind_no % 5 = 0 THEN 'complex' ELSE 'simple' END AS grade,
    fate < 0.9 AS public, fate BETWEEN 0.5 AND 0.505 AS excluded,
    coalesce(resolved_at, $now) > raised_at + 10 * 86400 AS late,
    CASE WHEN solved > 0.93 THEN 1 ELSE 0 END AS reopened,
    (pow(u(row, 'too'), 6) * 9)::BIGINT AS me_too,
    CASE WHEN resolved_at IS NOT NULL AND rated < 0.7 THEN solved < 0.97 END AS rated_answered,
    CASE WHEN resolved_at IS NOT NULL AND rated < 0.7 THEN solved < 0.90 END AS rated_solved,
    CASE WHEN resolved_at IS NOT NULL AND rated < 0.7 THEN solved < 0.87 END AS rated_satisfied,
    CASE WHEN kind_no % 5 = 0 THEN 2 ELSE 1 END AS departments,
    solved > 0.98 AS repeats,
    CASE WHEN fate < 0.1 THEN 'consultation' WHEN fate < 0.2 THEN 'complaint' ELSE 'help' END AS sort,
    person AS raiser,
    CASE WHEN person % 100 < 14 THEN '0-15' WHEN person % 100 < 40 THEN '18-35' WHEN person % 100 < 78 THEN '36-59' ELSE '60-79' END AS age,
    person % 50 = 0 AS special
FROM seen
"""


def make_lake(
    folder: Path, *, matters: int, now: datetime, seed: int = 2026, advance: Callable[[int], None] = lambda rows: None
) -> lake.Snapshot:
    """
    Facts of `matters` requests over three years until `now`, a part for each district and month. Taken up again where it was killed. Raises
    InputProblem when another build of this lake runs, OSError when the disk is full.
    """
    import duckdb

    months = [period_of("month", now.astimezone(SHANGHAI).date()).before(n) for n in range(MONTHS - 1, -1, -1)]
    shares = _shares(matters, months)
    with duckdb.connect() as connection, lake.writing(folder) as writing:
        for macro in (_UNIFORM.replace("$seed", str(int(seed))), _NORMAL, _MONTH):
            connection.execute(macro)
        first = 1
        for month, of_month in zip(months, shares, strict=True):
            for number in range(DISTRICTS):
                many = of_month // DISTRICTS + (number < of_month % DISTRICTS)
                district = f"5101{number + 1:02d}000000"
                mark = f"{seed} {matters} {int(now.timestamp())}"
                if not writing.unchanged(TABLE.name, TABLE.version, district, str(month), mark):
                    rows = _rows(connection, month, district, first, many, now)
                    writing.add(TABLE.name, TABLE.version, district, str(month), mark, rows)
                first += many
                advance(many)
        return writing.commit(now)


def _shares(matters: int, months: list[Period]) -> list[int]:
    """How many are raised in each month: more in winter (heating) and in the rains of summer."""
    weights = [130 if m.first.month in (1, 12) else 115 if m.first.month in (6, 7) else 100 for m in months]
    whole = sum(weights)
    found = [matters * weight // whole for weight in weights]
    found[-1] += matters - sum(found)
    return found


def _rows(connection: duckdb.DuckDBPyConnection, month: Period, district: str, first: int, many: int, now: datetime) -> Any:
    import pyarrow as pa

    begin, end = month.begins_at(), min(month.ends_at(), now)
    given = {
        "first": first,
        "many": many,
        "begin": int(begin.timestamp()),
        "days": max(1, (end - begin).days),
        "streets": STREETS,
        "communities": COMMUNITIES,
        "people": PEOPLE // DISTRICTS,
        "district": district,
        "now": int(now.timestamp()),
    }
    types = {"int64": pa.int64(), "int32": pa.int32(), "boolean": pa.bool_(), "string": pa.string()}
    schema = pa.schema([(name, types[kind]) for name, kind in columns_of(TABLE).items()])
    return connection.execute(_ROWS, given).to_arrow_table().select(schema.names).cast(schema)

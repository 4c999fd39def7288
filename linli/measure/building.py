"""
Facts from the records to the lake, incrementally: a part (one district's month of one table) is written anew only when something in it changed.

What changed is asked of the database in one question a table: counts and sums over each part, kept beside it in the manifest. The same marks mean
the same rows. So a late change rewrites its month alone, whatever was deleted goes, and nothing has to remember what it touched.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import transaction

from linli.insight.measure import lake
from linli.insight.measure.engines import columns_of
from linli.insight.measure.periods import period
from linli.kernel.places.facts import LocalMonth, MinutesTo, Source, declared
from linli.kernel.places.models import Kind, Place
from linli.lib.keys import key_file
from linli.lib.units import SHANGHAI

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger(__name__)
AT_A_TIME: Final = 50_000
"""Rows fetched at a time."""


@dataclass(frozen=True)
class Built:
    """What a build did: parts written and taken over, rows written, and the lake as it now is."""

    written: int
    taken_over: int
    rows: int
    snapshot: lake.Snapshot


def folder() -> Path:
    """Where the lake lies: the setting LINLI_LAKE, else beside the other data."""
    return Path(settings.LAKE_DIR)


def current() -> lake.Snapshot:
    """The lake as it is. Raises InputProblem when nothing was built yet."""
    return lake.read(folder())


@dataclass(frozen=True)
class _Wanted:
    sources: tuple[Source, ...]
    district_id: int | None
    month: str
    mark: str
    rows: int


def build(now: datetime, *, everything: bool = False, track: Callable[[int], Callable[[int], None]] | None = None) -> Built:
    """
    Bring the lake up to what the records say. `everything` writes all parts anew. `track(rows)` is told how many rows are to be written and
    answers what is called with each step. Raises InputProblem when another build runs, OSError when the disk is full: the lake then stays as it was.
    """
    with lake.writing(folder()) as writing:
        places = _codes()
        wanted: list[_Wanted] = []
        taken = 0
        for sources in declared().values():
            source = sources[0]
            for one in _parts(sources, now):
                district = places.get(one.district_id, lake.NOWHERE)
                mark = _marked(one.mark, places)
                if not everything and writing.unchanged(source.table.name, source.table.version, district, one.month, mark):
                    taken += 1
                else:
                    wanted.append(_Wanted(sources, one.district_id, one.month, mark, one.rows))
        advance = track(sum(one.rows for one in wanted)) if track else lambda rows: None
        rows = 0
        for one in wanted:
            table = _table(one, places, now)
            writing.add(
                one.sources[0].table.name,
                one.sources[0].table.version,
                places.get(one.district_id, lake.NOWHERE),
                one.month,
                one.mark,
                table,
            )
            rows += table.num_rows
            advance(one.rows)
        return Built(len(wanted), taken, rows, writing.commit(now))


def _codes() -> dict[int | None, str]:
    """The code of every district, street and community by its id; one without a code is told by its number, with noughts before it."""
    kinds = (Kind.DISTRICT, Kind.STREET, Kind.COMMUNITY)
    return {pk: code or f"{pk:012d}" for pk, code in Place.objects.filter(kind__in=kinds).values_list("pk", "code")}


def _marked(mark: str, places: dict[int | None, str]) -> str:
    """The mark of a part, with the codes it was written under: when a place gets another code, its facts are written anew."""
    return f"{mark} {_digest_of(tuple(sorted(str(item) for item in places.items())))}"


@cache
def _digest_of(said: tuple[str, ...]) -> str:
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]


def _parts(sources: tuple[Source, ...], now: datetime) -> list[_Wanted]:
    """The parts of one table, whichever rooms fill it."""
    told: dict[tuple[int | None, str], list[tuple[str, int]]] = {}
    for source in sources:
        for district_id, month, mark, rows in _counted(source, now):
            told.setdefault((district_id, month), []).append((f"{source.branch} {mark}", rows))
    found = [
        _Wanted(sources, district_id, month, _short(" ".join(mark for mark, _rows in said)), sum(rows for _mark, rows in said))
        for (district_id, month), said in told.items()
    ]
    return sorted(found, key=lambda one: (one.district_id or 0, one.month))


def _counted(source: Source, now: datetime) -> Iterator[tuple[int | None, str, str, int]]:
    """What a source says of each part: whose district, which month, its mark and how many rows."""
    _row, district, _street, _community = source.where
    names = sorted(source.changed)
    counted = (
        source.found(now)
        .order_by()
        .filter(**{f"{source.moment}__isnull": False})
        .annotate(in_month=LocalMonth(source.moment))
        .values(district, "in_month")
        .annotate(**{f"mark_{name}": ask for name, ask in source.changed.items()})
    )
    at_count = names.index("count")
    for district_id, month, *said in counted.values_list(district, "in_month", *(f"mark_{name}" for name in names)):
        yield district_id, month, _short(" ".join(str(value) for value in said)), int(said[at_count])


def _short(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()[:24]


@transaction.atomic
def _table(one: _Wanted, places: dict[int | None, str], now: datetime) -> pa.Table:
    """The rows of one part as an Arrow table."""
    import pyarrow as pa

    batches = [batch for source in one.sources for batch in _batches(source, one, places, now)]
    return pa.concat_tables(batches) if batches else _empty(one.sources[0])


def _batches(source: Source, one: _Wanted, places: dict[int | None, str], now: datetime) -> Iterator[pa.Table]:
    row, district, street, community = source.where
    span = period(one.month)
    rows = source.found(now).filter(
        **{district: one.district_id, f"{source.moment}__gte": span.begins_at(), f"{source.moment}__lt": span.ends_at()}
    )
    asked = {f"fact_{n}": ask for n, ask in enumerate(source.columns) if not isinstance(ask, MinutesTo)}
    answers = rows.annotate(**asked).values_list(row, district, street, community, *asked).iterator(chunk_size=AT_A_TIME)
    while chunk := list(islice(answers, AT_A_TIME)):
        yield _arrow(source, list(zip(*chunk, strict=True)), places)


def _empty(source: Source) -> pa.Table:
    import pyarrow as pa

    return pa.table({name: pa.array([], type=_arrow_type(kind)) for name, kind in columns_of(source.table).items()})


def _arrow_type(kind: str) -> Any:
    import pyarrow as pa

    return {"int64": pa.int64(), "int32": pa.int32(), "boolean": pa.bool_(), "string": pa.string()}[kind]


def _arrow(source: Source, given: Sequence[Sequence[Any]], places: dict[int | None, str]) -> pa.Table:
    """Columns as the lake keeps them, of rows turned on their side."""
    import pyarrow as pa

    table = source.table
    made: dict[str, Any] = {"row": pa.array(given[0], type=pa.int64())}
    for name, ids in zip(("district", "street", "community"), given[1:4], strict=True):
        made[name] = pa.array([places.get(i) if i is not None else None for i in ids], type=pa.string())
    seconds: dict[str, Any] = {}
    waiting = []
    taken = iter(given[4:])
    for column, ask in zip(table.columns, source.columns, strict=True):
        if isinstance(ask, MinutesTo):
            waiting.append((column.name, ask.column))
            continue
        values = next(taken)
        if column.type == "moment":
            seconds[column.name], made[f"{column.name}_month"] = _moments(values)
            made[column.name] = seconds[column.name]
        elif column.type == "person":
            made[column.name] = pa.array([None if v is None else stands_for(v) for v in values], type=pa.int64())
        elif column.type == "yes":
            made[column.name] = pa.array([None if v is None else bool(v) for v in values], type=pa.bool_())
        elif column.type == "number":
            made[column.name] = pa.array(values, type=pa.int64())
        else:
            made[column.name] = pa.array([None if v is None else str(v) for v in values], type=pa.string())
    for name, until in waiting:
        made[name] = _minutes(seconds[table.at], seconds[until])
    order = columns_of(table)
    return pa.table({name: made[name] for name in order}, schema=pa.schema([(name, _arrow_type(kind)) for name, kind in order.items()]))


def _moments(values: Iterable[datetime | None]) -> tuple[Any, Any]:
    """Whole seconds since 1970, and the number of the month in the place's own time."""
    import pyarrow as pa

    seconds: list[int | None] = []
    months: list[int | None] = []
    for value in values:
        if value is None:
            seconds.append(None)
            months.append(None)
        else:
            local = value.astimezone(SHANGHAI)
            seconds.append(int(value.timestamp()))
            months.append(local.year * 12 + local.month - 1)
    return pa.array(seconds, type=pa.int64()), pa.array(months, type=pa.int32())


def _minutes(begin: Any, end: Any) -> Any:
    """Whole minutes between; unknown where one is, and where the clocks say that the end came first."""
    import pyarrow as pa
    import pyarrow.compute as pc

    taken = pc.subtract(end, begin)
    lawful = pc.if_else(pc.less(taken, 0), pa.scalar(None, pa.int64()), taken)
    return pc.divide(lawful, 60)


def stands_for(person: int) -> int:
    """
    A number that stands for somebody in the lake: the same each time, so that people can be counted once, and of no use to whoever does not hold
    the lake's key.
    """
    return int.from_bytes(hmac.new(_key(), str(person).encode(), hashlib.sha256).digest()[:8], "big") >> 1


@cache
def _key() -> bytes:
    return key_file(Path(settings.DATA_DIR) / "facts.key")

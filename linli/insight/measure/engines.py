"""
What answers the expressions: DuckDB inside the process, or Spark on one machine or many. Both see the same files and give the same figures, since
everything asked is exact: whole numbers counted, summed and sorted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal

from linli.insight.measure.lake import Snapshot
from linli.insight.measure.problems import refuse
from linli.insight.measure.tables import FactTable

if TYPE_CHECKING:
    import ibis.expr.types as ir

EngineName = Literal["duckdb", "spark"]
ENGINES: Final = ("duckdb", "spark")


class Engine:
    """A connection that has read a snapshot; `table` gives its tables as Ibis expressions."""

    def __init__(self, backend: Any, snapshot: Snapshot, tables: Iterable[FactTable]) -> None:
        self.backend, self.snapshot = backend, snapshot
        self._tables = {t.name: t for t in tables}
        self._read: dict[str, ir.Table] = {}

    def has(self, name: str) -> bool:
        """Whether anything of the table was ever built."""
        return bool(self.snapshot.of(name))

    def table(self, name: str) -> ir.Table:
        """Raises InputProblem when a part is missing or cut off."""
        if name not in self._read:
            import ibis

            table = self._tables[name]
            files = self.snapshot.files(name)
            if not files:
                self._read[name] = ibis.memtable([], schema=schema_of(table))
            else:
                with _readable():
                    self._read[name] = self._files(files, f"facts_{name}")
        return self._read[name]

    def _files(self, files: list[str], name: str) -> ir.Table:
        return self.backend.read_parquet(files, table_name=name)

    def rows(self, expression: ir.Table) -> list[dict[str, Any]]:
        """The answer, row by row. Raises InputProblem when a part turns out to be cut off."""
        with _readable():
            return list(self.backend.to_pyarrow(expression).to_pylist())


class _Spark(Engine):
    def _files(self, files: list[str], name: str) -> ir.Table:
        self.backend._session.read.parquet(*files).createOrReplaceTempView(name)
        return self.backend.table(name)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if type(error).__module__.split(".")[0] in ("duckdb", "_duckdb", "pyarrow") and "arquet" in str(error):
            raise refuse(
                "part_damaged",
                "事实库里有文件损坏或不完整。请运行 linli facts check 查看，再用 linli facts build --all 重建。",
                "A file of the facts is damaged or cut off. See linli facts check, then rebuild with linli facts build --all.",
            ) from error
        raise


def schema_of(table: FactTable) -> Any:
    """The columns of a table as Ibis types: see `columns_of`."""
    import ibis

    return ibis.schema(columns_of(table))


_TYPES: Final = {"number": "int64", "moment": "int64", "yes": "boolean", "code": "string", "person": "int64"}


def columns_of(table: FactTable) -> dict[str, str]:
    """
    The columns as they are stored, with their types. A moment is whole seconds since 1970 (UTC), and beside it stands its month in the place's
    own time as a whole number (year × 12 + month − 1): engines then need no calendar and no time zone.
    """
    found = {"row": "int64", "district": "string", "street": "string", "community": "string"}
    for column in table.columns:
        found[column.name] = _TYPES[column.type]
        if column.type == "moment":
            found[f"{column.name}_month"] = "int32"
    return found


@contextmanager
def engine(name: EngineName, snapshot: Snapshot, tables: Iterable[FactTable], *, memory: str = "4GB", threads: int = 0) -> Iterator[Engine]:
    """
    An engine over a snapshot, closed at the end. `memory` and `threads` bound DuckDB (0: all cores). Raises InputProblem when Spark is not
    installed.
    """
    import ibis

    if name == "duckdb":
        settings: dict[str, Any] = {"memory_limit": memory, "preserve_insertion_order": False}
        if threads:
            settings["threads"] = threads
        backend = ibis.duckdb.connect(**settings)
        try:
            yield Engine(backend, snapshot, tables)
        finally:
            backend.disconnect()
        return
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise refuse(
            "no_spark",
            "没有安装 Spark：pip install 'linli[scale]'，并需要 Java 17。",
            "Spark is not installed: pip install 'linli[scale]', with Java 17.",
        ) from None
    session = (
        SparkSession.builder.appName("linli")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "8")
        .getOrCreate()
    )
    try:
        yield _Spark(ibis.pyspark.connect(session), snapshot, tables)
    finally:
        session.stop()

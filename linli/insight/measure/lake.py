"""
The lake: facts as Parquet files in a folder, one part for each table, district and month, and a manifest that says which parts are in force.

A part never changes: it is named by what is in it. Writing makes new parts and then puts a new manifest in the place of the old one, so that
whoever reads sees the whole of one state or the whole of the next, whatever is killed in between. What a published figure was computed from stays
(`keep`), so that it can be computed again.

    parts/<table>.<version>/<district>/<month>/<digest>.parquet
    facts.json                    the manifest in force
    kept/<snapshot>.json          manifests of published figures
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from linli.insight.measure.problems import refuse

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST: Final = "facts.json"
SCHEMA: Final = 1
_JOURNAL: Final = "building.jsonl"
_LOCK: Final = "building.lock"
NOWHERE: Final = "-"
"""The district of a fact without one."""


@dataclass(frozen=True, order=True)
class Part:
    """`mark` is what the source said of these rows when they were written; the same mark means that nothing changed."""

    table: str
    version: int
    district: str
    month: str
    file: str
    rows: int
    mark: str


@dataclass(frozen=True)
class Snapshot:
    """One state of the lake: all its parts, when it was built, and an id that stands for exactly these rows."""

    folder: Path
    built_at: datetime
    parts: tuple[Part, ...]

    @cached_property
    def id(self) -> str:
        said = "\n".join(f"{p.table} {p.version} {p.district} {p.month} {p.file}" for p in sorted(self.parts))
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(sorted({p.table for p in self.parts}))

    def of(self, table: str) -> tuple[Part, ...]:
        return tuple(p for p in self.parts if p.table == table)

    def rows(self, table: str) -> int:
        return sum(p.rows for p in self.of(table))

    def files(self, table: str, months: Iterable[str] | None = None, districts: Iterable[str] | None = None) -> list[str]:
        """
        The files that hold a table, or of it only these months and districts. Raises InputProblem when one that the manifest names is missing.
        """
        wanted_months = None if months is None else set(months)
        wanted_districts = None if districts is None else set(districts)
        found = [
            self.folder / p.file
            for p in self.of(table)
            if (wanted_months is None or p.month in wanted_months) and (wanted_districts is None or p.district in wanted_districts)
        ]
        missing = [path for path in found if not path.is_file()]
        if missing:
            raise refuse(
                "part_missing",
                f"事实库缺少 {len(missing)} 个文件（例如 {missing[0].name}）。请运行 linli facts build --all 重建。",
                f"{len(missing)} files of the facts are missing (such as {missing[0].name}). Rebuild with linli facts build --all.",
            )
        return [str(path) for path in found]

    def text(self) -> str:
        """The manifest as it is stored."""
        return json.dumps(
            {"schema": SCHEMA, "built_at": self.built_at.isoformat(), "parts": [asdict(p) for p in sorted(self.parts)]}, ensure_ascii=False
        )


def read(folder: Path, snapshot: str = "") -> Snapshot:
    """
    The lake as it is, or as it was when a figure was published. Raises InputProblem when nothing was built yet, or what is there is no manifest of
    this version.
    """
    path = folder / "kept" / f"{snapshot}.json" if snapshot else folder / MANIFEST
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        raise refuse(
            "no_facts",
            "还没有事实数据。请先运行 linli facts build。" if not snapshot else f"快照 {snapshot} 已经不在事实库里。",
            "There are no facts yet. Run linli facts build first." if not snapshot else f"The snapshot {snapshot} is no longer kept.",
        ) from None
    try:
        said = json.loads(text)
        if said["schema"] != SCHEMA:
            raise ValueError
        return Snapshot(folder, datetime.fromisoformat(said["built_at"]), tuple(Part(**one) for one in said["parts"]))
    except (ValueError, KeyError, TypeError):
        raise refuse(
            "manifest_damaged",
            f"事实库的清单 {path.name} 已损坏，或由别的版本写成。请运行 linli facts build --all 重建。",
            f"The manifest {path.name} of the facts is damaged or of another version. Rebuild with linli facts build --all.",
        ) from None


def keep(snapshot: Snapshot) -> None:
    """Let this state stay readable: a figure computed from it was published."""
    target = snapshot.folder / "kept" / f"{snapshot.id}.json"
    target.parent.mkdir(exist_ok=True)
    if not target.exists():
        _replace(target, snapshot.text().encode())


class Writing:
    """
    One build. Parts are added in any order; nothing of it is seen before `commit`. A build that was killed is taken up again: what it had
    written whole is not written a second time.
    """

    def __init__(self, folder: Path, before: Snapshot | None) -> None:
        self.folder, self.before = folder, before
        self._old = {(p.table, p.version, p.district, p.month): p for p in before.parts} if before else {}
        self._new: dict[tuple[str, int, str, str], Part] = {}
        self._journal = folder / _JOURNAL
        self._resumed = {(p.table, p.version, p.district, p.month): p for p in self._journalled()}

    def _journalled(self) -> Iterator[Part]:
        try:
            lines = self._journal.read_text(encoding="utf-8").splitlines()
        except OSError:
            return
        for line in lines:
            try:
                part = Part(**json.loads(line))
            except (ValueError, TypeError):
                continue  # the last line of a killed build
            if (self.folder / part.file).is_file():
                yield part

    def unchanged(self, table: str, version: int, district: str, month: str, mark: str) -> bool:
        """Whether a part with this mark is there already; it is then taken over."""
        key = (table, version, district, month)
        for known in (self._resumed, self._old):
            part = known.get(key)
            if part is not None and part.mark == mark and (self.folder / part.file).is_file():
                self._new[key] = part
                return True
        return False

    def add(self, table: str, version: int, district: str, month: str, mark: str, rows: pa.Table) -> Part:
        """Write one part. Raises OSError when the disk is full; nothing half written is ever named."""
        import pyarrow.parquet as pq

        place = self.folder / "parts" / f"{table}.{version}" / district / month
        place.mkdir(parents=True, exist_ok=True)
        making = place / f".{os.getpid()}.making"
        try:
            pq.write_table(rows, making, compression="zstd", write_statistics=True)
            digest = hashlib.sha256(making.read_bytes()).hexdigest()[:16]
            target = place / f"{digest}.parquet"
            _settle(making, target)
        finally:
            making.unlink(missing_ok=True)
        part = Part(table, version, district, month, str(target.relative_to(self.folder)), rows.num_rows, mark)
        with self._journal.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(asdict(part), ensure_ascii=False) + "\n")
        self._new[(table, version, district, month)] = part
        return part

    def commit(self, now: datetime) -> Snapshot:
        """Put what was added in the place of what was; then remove what nothing names any more."""
        made = Snapshot(self.folder, now, tuple(sorted(self._new.values())))
        _replace(self.folder / MANIFEST, made.text().encode())
        self._journal.unlink(missing_ok=True)
        tidy(self.folder)
        return made


@contextmanager
def writing(folder: Path) -> Iterator[Writing]:
    """
    Begin a build; the only one at a time. Raises InputProblem when another is running. A damaged manifest is left alone and everything written anew.
    """
    import fcntl

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise refuse(
                "build_running", "另一次事实数据生成正在进行，请等它结束。", "Another build of the facts is running; wait until it ends."
            ) from None
        from linli.lib.problems import InputProblem

        try:
            before = read(folder)
        except InputProblem:
            before = None
        yield Writing(folder, before)


def tidy(folder: Path) -> int:
    """Remove parts that neither the manifest in force nor a kept one names; returns how many."""
    named: set[str] = set()
    for path in [folder / MANIFEST, *sorted((folder / "kept").glob("*.json"))]:
        named |= {one["file"] for one in json.loads(path.read_text(encoding="utf-8"))["parts"]}
    gone = 0
    for path in (folder / "parts").rglob("*.parquet"):
        if str(path.relative_to(folder)) not in named:
            path.unlink()
            gone += 1
    for path in sorted((folder / "parts").rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    return gone


def damaged_parts(snapshot: Snapshot, advance: Callable[[int], None] = lambda steps: None) -> list[Part]:
    """Parts whose file is missing, cut off or other than its name says; empty when all is well."""
    found = []
    for part in snapshot.parts:
        path = snapshot.folder / part.file
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest()[:16] != path.stem:
            found.append(part)
        advance(1)
    return found


def _replace(target: Path, content: bytes) -> None:
    making = target.with_name(f".{target.name}.making")
    with making.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    making.replace(target)
    _sync(target.parent)


def _settle(making: Path, target: Path) -> None:
    with making.open("rb") as file:
        os.fsync(file.fileno())
    making.replace(target)


def _sync(folder: Path) -> None:
    held = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)
